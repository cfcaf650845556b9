/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config_section.h - what a module says about how it wants to be run: the custom section
 * `ocre.config`, lines of text, see docs/config-section.md. It travels with the module, so that a
 * device needs no other file; what the device itself says comes first.
 */
#ifndef OCRE_CONFIG_SECTION_H
#define OCRE_CONFIG_SECTION_H

#include <ocre/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The longest section that is read. */
#define OCRE_CONFIG_SECTION_MAX 4096u

/* What the strings of a configuration are held in. */
struct ocre_config_section {
	struct ocre_mem *mem;
	void *block;
	size_t size;
};

/* The section's text within `module`, or nothing (data is NULL). Any bytes may be given. */
struct ocre_bytes ocre_config_section_find(struct ocre_bytes module);

/*
 * Fill in those fields of `config` that are still 0 or NULL and that `text` has a word for. Grants
 * are taken only with `with_grants`: a module must not grant itself what its owner has not. A list
 * that `config` has already is left alone as a whole. OCRE_E_INVALID: `diag` has the line and what
 * is wrong with it; config is as it was, and nothing is held. `section` holds the strings until it
 * is freed, which may be done as soon as the container is created.
 */
int ocre_config_section_apply(struct ocre_bytes text, bool with_grants, struct ocre_mem *mem,
			      struct ocre_container_config *config,
			      struct ocre_config_section *section, struct ocre_diag *diag);
void ocre_config_section_free(struct ocre_config_section *section);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CONFIG_SECTION_H */
