/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permissions.h - what a container may do: a set of grants, made from their text, asked with a
 * struct ocre_action. Nothing is allowed that no grant allows. docs/permissions.md has the grammar.
 * Portable; needs base.h and host.h only.
 */
#ifndef OCRE_PERMISSIONS_H
#define OCRE_PERMISSIONS_H

#include <ocre/base.h>
#include <ocre/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_permissions;

/*
 * `grants` is NULL-terminated, or NULL for none. A name that is not known is kept and means nothing
 * (as the Ocre API has it) unless `strict`; a known name with wrong words is always refused:
 * OCRE_E_ARGUMENT, and `diag` says which grant, and its offset in it. Nothing of `grants` is kept.
 */
int ocre_permissions_create(struct ocre_mem *mem, const char *const *grants, bool strict,
			    struct ocre_permissions **out, struct ocre_diag *diag);
void ocre_permissions_destroy(struct ocre_permissions *permissions);

/* Is there any grant for such actions? */
bool ocre_permissions_any(const struct ocre_permissions *permissions, enum ocre_action_kind kind);

/* Is this very action allowed? Constant data: any number of threads may ask at once. */
bool ocre_permissions_allow(const struct ocre_permissions *permissions,
			    const struct ocre_action *action);

/*
 * Grant number `n` of those that name a file or directory: `out` has its kind (FILE_READ;
 * FILE_WRITE is both) and the path, without a slash at its end. False: there are not so many.
 */
bool ocre_permissions_file(const struct ocre_permissions *permissions, uint32_t n,
			   struct ocre_action *out);

/*
 * ocre_permissions_allow() with words, one line: "allowed by net:connect=tcp/10.0.0.0/8:1883", or
 * "denied: needs net:connect=tcp/example.org:80". At most `size` bytes with the NUL; returns
 * whether it is allowed.
 */
bool ocre_permissions_explain(const struct ocre_permissions *permissions,
			      const struct ocre_action *action, char *text, size_t size);

/* The grant that would allow just this action, as text; used by explain and by logs. */
void ocre_action_grant(const struct ocre_action *action, char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PERMISSIONS_H */
