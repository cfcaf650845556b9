/* SPDX-License-Identifier: Apache-2.0 */
/* native_none.c - host functions in WAMR's form, where neither a trampoline nor libffi is: none. */
#include "internal.h"

int ocre__natives_create(const NativeSymbol *symbols, struct ocre__natives **out,
			 struct ocre_diag *diag)
{
	(void)symbols;
	(void)out;
	return ocre_diag_set(diag, OCRE_E_UNSUPPORTED, OCRE_NO_OFFSET,
			     "ocre_api_functions: this build cannot call any; it must be NULL");
}

void ocre__natives_destroy(struct ocre__natives *natives)
{
	(void)natives;
}

struct ocre_provider_choice ocre__natives_choice(struct ocre__natives *natives)
{
	(void)natives;
	return (struct ocre_provider_choice){NULL, NULL};
}
