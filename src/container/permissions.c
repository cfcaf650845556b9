/* SPDX-License-Identifier: Apache-2.0 */
/* permissions.c - what a container may do. */
#include <ocre/permissions.h>

#include <string.h>

struct ocre_permissions {
	struct ocre_mem *mem;
	uint32_t kinds;
};

#define KIND(k) (1u << OCRE_ACTION_##k)

static const struct {
	const char *name;
	uint32_t kinds;
} broad[] = {
	{"filesystem", KIND(FILE_READ) | KIND(FILE_WRITE)},
	{"networking", KIND(CONNECT) | KIND(LISTEN) | KIND(RESOLVE)},
	{"ocre:api", KIND(API) | KIND(PUBLISH) | KIND(SUBSCRIBE) | KIND(GPIO_READ) |
			     KIND(GPIO_WRITE) | KIND(SENSOR) | KIND(TIMER) | KIND(ENV) |
			     KIND(THREAD) | KIND(NATIVE)},
};

int ocre_permissions_create(struct ocre_mem *mem, const char *const *grants, bool strict,
			    struct ocre_permissions **out, struct ocre_diag *diag)
{
	struct ocre_permissions *p = ocre_mem_alloc(mem, sizeof(*p));

	(void)strict;
	if (p == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for grants");
	}
	p->mem = mem;
	p->kinds = KIND(NONE) | KIND(ENV);
	for (; grants != NULL && *grants != NULL; grants++) {
		for (size_t i = 0; i < sizeof(broad) / sizeof(broad[0]); i++) {
			if (strcmp(*grants, broad[i].name) == 0) {
				p->kinds |= broad[i].kinds;
			}
		}
	}
	*out = p;
	return OCRE_OK;
}

void ocre_permissions_destroy(struct ocre_permissions *p)
{
	if (p != NULL) {
		ocre_mem_free(p->mem, p, sizeof(*p));
	}
}

bool ocre_permissions_any(const struct ocre_permissions *p, enum ocre_action_kind kind)
{
	return (p->kinds & 1u << kind) != 0;
}

bool ocre_permissions_allow(const struct ocre_permissions *p, const struct ocre_action *action)
{
	return ocre_permissions_any(p, action->kind);
}

bool ocre_permissions_explain(const struct ocre_permissions *p, const struct ocre_action *action,
			      char *text, size_t size)
{
	ocre_action_grant(action, text, size);
	return ocre_permissions_allow(p, action);
}

void ocre_action_grant(const struct ocre_action *action, char *text, size_t size)
{
	const char *name = "ocre:api";

	for (size_t i = 0; i < sizeof(broad) / sizeof(broad[0]); i++) {
		if ((broad[i].kinds & 1u << action->kind) != 0) {
			name = broad[i].name;
		}
	}
	if (size > 0) {
		size_t n = strlen(name) < size ? strlen(name) : size - 1;

		memcpy(text, name, n);
		text[n] = '\0';
	}
}
