/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grants_fuzz.c - the parser of grants. The input is grants, one in a line, and after an empty line
 * the name of what is asked for. What it must hold: no grant is read past its end; what explain
 * says agrees with allow; the grant that is said to be missing is enough, and is one that can be
 * given; a set of two allows what one of them allows; a path that is listed as granted is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/permissions.h>

#include "harness.h"

#define GRANTS 8

static struct ocre_permissions *make(struct ocre_mem *mem, const char *const *grants)
{
	struct ocre_permissions *p = NULL;
	struct ocre_diag diag = {0};
	int rc = ocre_permissions_create(mem, grants, false, &p, &diag);

	REQUIRE(rc == OCRE_OK ? p != NULL : p == NULL && diag.text[0] != '\0');
	REQUIRE(rc == OCRE_OK || rc == OCRE_E_ARGUMENT);
	return p;
}

/* Names that the grammar can say: what it cannot, no grant can be written for. */
static bool is_plain(const struct ocre_action *action)
{
	for (size_t i = 0; i < action->name_size; i++) {
		char ch = action->name[i];

		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9'))) {
			return false;
		}
	}
	return action->name_size > 0 && action->name_size < 64;
}

static void ask(struct ocre_mem *mem, const struct ocre_permissions *p,
		const struct ocre_action *action)
{
	static const char denied[] = "denied: needs ";
	char text[256];
	bool good = ocre_permissions_allow(p, action);
	bool file = action->kind == OCRE_ACTION_FILE_READ || action->kind == OCRE_ACTION_FILE_WRITE;

	REQUIRE(ocre_permissions_explain(p, action, text, sizeof(text)) == good);
	REQUIRE(!good || memcmp(text, "allowed", 7) == 0);
	if (!good) {
		REQUIRE(memcmp(text, denied, sizeof(denied) - 1) == 0);
	}
	if (!good && is_plain(action) && !file) {
		const char *one[] = {text + sizeof(denied) - 1, NULL};
		struct ocre_permissions *more = make(mem, one);

		REQUIRE(more != NULL && ocre_permissions_allow(more, action));
		ocre_permissions_destroy(more);
	}
}

static void ask_all(struct ocre_mem *mem, const struct ocre_permissions *p, const char *name,
		    size_t size)
{
	for (int kind = 0; kind < OCRE_ACTION_KINDS; kind++) {
		struct ocre_action action = {
			.kind = (enum ocre_action_kind)kind,
			.name = name,
			.name_size = size,
			.address_size = size % 2 == 0 ? 4 : 16,
			.protocol = size % 3 == 0 ? OCRE_PROTOCOL_TCP : OCRE_PROTOCOL_UDP,
		};

		if (size >= 4) {
			action.port = (uint8_t)name[0];
			action.pin = (uint8_t)name[1];
			action.count = (uint8_t)name[2];
			memcpy(action.address, name, size < 16 ? size : 16);
		}
		REQUIRE(!ocre_permissions_allow(p, &action) || kind == OCRE_ACTION_ENV ||
			ocre_permissions_any(p, action.kind));
		ask(mem, p, &action);
		if (size >= 4) {
			action.name = NULL;
			action.name_size = 0;
			ask(mem, p, &action);
		}
	}
}

static void list_files(const struct ocre_permissions *p)
{
	struct ocre_action file;
	uint32_t n = 0;

	for (; ocre_permissions_file(p, n, &file); n++) {
		struct ocre_action root = file;

		REQUIRE(n < GRANTS);
		REQUIRE(file.kind == OCRE_ACTION_FILE_READ || file.kind == OCRE_ACTION_FILE_WRITE);
		if (file.name_size == 0) {
			root.name = "/";
			root.name_size = 1;
		}
		REQUIRE(root.name[0] == '/' &&
			(root.name_size == 1 || root.name[root.name_size - 1] != '/'));
		REQUIRE(ocre_permissions_allow(p, &root));
		root.kind = OCRE_ACTION_FILE_READ;
		REQUIRE(ocre_permissions_allow(p, &root));
	}
	REQUIRE(n == 0 || ocre_permissions_any(p, OCRE_ACTION_FILE_READ));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *grants[GRANTS + 1] = {NULL};
	struct ocre_permissions *p;
	struct ocre_mem mem;
	char *text = malloc(size + 1);
	char *at = text;
	char *name;
	size_t name_size = 0;
	uint32_t count = 0;

	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	if (size > 0) {
		memcpy(text, data, size);
	}
	text[size] = '\0';
	while (count < GRANTS && *at != '\0' && *at != '\n') {
		char *end = strchr(at, '\n');

		/* Each in memory of its own size, so that reading on is seen. */
		if (end != NULL) {
			*end = '\0';
		}
		grants[count++] = strdup(at);
		at = end != NULL ? end + 1 : at + strlen(at);
	}
	at += *at == '\n';
	name_size = size - (size_t)(at - text);
	name = malloc(name_size + (name_size == 0));
	memcpy(name, at, name_size);
	p = make(&mem, grants);
	if (p != NULL) {
		ask_all(&mem, p, name, name_size);
		list_files(p);
		ocre_permissions_destroy(p);
	}
	REQUIRE(mem.used == 0);
	while (count > 0) {
		free((char *)(uintptr_t)grants[--count]);
	}
	free(name);
	free(text);
	return 0;
}

#ifdef OCRE_NO_FUZZER
#include "replay.h"
#endif
