/* SPDX-License-Identifier: Apache-2.0 */
/* common.h - what the library is, and which names it takes. */
#ifndef OCRE_COMMON_H
#define OCRE_COMMON_H

#ifdef __cplusplus
extern "C" {
#endif

/* None of them is NULL. */
struct ocre_config {
	const char *version;	/* "0.1.0" */
	const char *commit_id;	/* of the sources, or "unknown" */
	const char *build_info; /* system, processor and compiler */
	const char *build_date; /* "2026-01-31 12:00:00 UTC"; SOURCE_DATE_EPOCH is respected */
};

extern const struct ocre_config ocre_build_configuration;

/*
 * May a container or an image be called this? 1: yes; 0: no. Names are not empty, do not begin with
 * a dot, and have lower case letters, digits, '.', '_' and '-' only. NULL is no name.
 */
int ocre_is_valid_name(const char *id);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_COMMON_H */
