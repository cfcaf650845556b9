/* SPDX-License-Identifier: Apache-2.0 */
/* constexpr.h - constant expressions at link time. */
#ifndef OCRE_ENGINE_CONSTEXPR_H
#define OCRE_ENGINE_CONSTEXPR_H

#include "config.h"
#include "decode.h"

/* Where an expression gets what only an instance knows. */
struct const_env {
	struct ocre_instance *instance;
	void (*global)(const struct const_env *env, uint32_t index, union ocre_value *value);
	uint32_t (*func)(const struct const_env *env, uint32_t func);
};

/* The value of an expression that ocre__check_const() accepted. */
void ocre__eval_const(struct ocre_module *m, uint32_t offset, uint8_t type,
		      const struct const_env *env, union ocre_value *value);

#endif /* OCRE_ENGINE_CONSTEXPR_H */
