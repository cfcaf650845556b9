/* SPDX-License-Identifier: Apache-2.0 */
/*
 * isolation_test.c - containers side by side, some of them hostile: nobody sees, hears, changes or
 * guesses what is another's. hostile.c says what they try.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

#include "hostile_wasm.h"

/* ---- functions of the application ---- */

static int one(struct ocre_call *call)
{
	call->ret[0] = 7;
	return OCRE_HOST_DONE;
}

static int two(struct ocre_call *call)
{
	call->ret[0] = 8;
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func native_funcs[] = {
	{"one", ":i", one, OCRE_ACTION_NATIVE, -1},
	{"two", ":i", two, OCRE_ACTION_NATIVE, -1},
};
static const struct ocre_host_module native_module = {"env", native_funcs, 2};
static const struct ocre_host_module *const native_modules[] = {&native_module};
static const struct ocre_host_provider natives = {
	.name = "natives", .modules = native_modules, .module_count = 1};

/* ---- the world ---- */

static const struct ocre_provider_choice providers[] = {
	{&natives, NULL},
	{&ocre_provider_wasi, NULL},
	{&ocre_provider_event, NULL},
	{&ocre_provider_messaging, NULL},
};

struct world {
	struct ocre_port_posix posix;
	struct ocre_memory_pool pool;
	struct ocre_memory_ops memory;
	struct ocre_wasm_config wasm;
	struct ocre_context *context;
	char dir[40];
};

/* How linear memory is made: 0 plain, 1 reserved, 2 from a pool. */
static void open_world(struct world *w, int memory)
{
	struct ocre_diag diag = {0};

	memset(w, 0, sizeof(*w));
	strcpy(w->dir, "/tmp/ocre-isolation-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	assert_int_equal(ocre_port_posix_init(&w->posix, 0), 0);
	ocre_memory_pool_init(&w->pool);
	ocre_memory_pool_ops(&w->pool, &w->memory);
	w->wasm.providers = providers;
	w->wasm.provider_count = sizeof(providers) / sizeof(providers[0]);
	w->wasm.memory_ops = memory == 0 ? NULL : memory == 1 ? &ocre_memory_posix : &w->memory;
	{
		const struct ocre_driver_choice driver = {&ocre_driver_wasm, &w->wasm};
		const struct ocre_context_config config = {
			.resize = ocre_port_posix_resize,
			.port = &w->posix.port,
			.drivers = &driver,
			.driver_count = 1,
			.executors = 2,
			.workdir = w->dir,
		};

		if (ocre_context_open(&config, &w->context, &diag) != OCRE_OK) {
			fail_msg("%s", diag.text);
		}
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void close_world(struct world *w)
{
	ocre_context_close(w->context);
	ocre_memory_pool_deinit(&w->pool);
	ocre_port_posix_deinit(&w->posix);
	assert_int_equal(nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static struct ocre_container *create(struct world *w, const char *id, const char *entry,
				     const char *const *grants, const char *mount)
{
	const char *const mounts[] = {mount, NULL};
	const struct ocre_container_config config = {
		.id = id,
		.image = "hostile.wasm",
		.bytes = {hostile_wasm, sizeof(hostile_wasm)},
		.entry = entry,
		.grants = grants,
		.mounts = mounts,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
	};
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};

	if (ocre_container_create(w->context, &config, &c, &diag) != OCRE_OK) {
		fail_msg("%s: %s", entry, diag.text);
	}
	return c;
}

static void start(struct ocre_container *c)
{
	struct ocre_diag diag = {0};

	if (ocre_core_start(c, &diag) != OCRE_OK) {
		fail_msg("%s", diag.text);
	}
}

static void assert_good(struct ocre_container *c)
{
	struct ocre_end_info end;

	assert_int_equal(ocre_core_wait(c, 20000, &end), OCRE_OK);
	if (end.end != OCRE_END_EXIT || end.code != 0) {
		fail_msg("line %d of hostile.c: %s", (int)end.code, end.text);
	}
}

static void run_one(struct world *w, const char *entry, const char *grant)
{
	const char *const grants[] = {grant, NULL};
	struct ocre_container *c = create(w, "it", entry, grants, NULL);

	start(c);
	assert_good(c);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
}

static const char *const api[] = {"ocre:api", NULL};

/* ---- what is one's own ---- */

static void timers_of_others(void **state)
{
	struct ocre_container *keeps;
	struct ocre_container *pries;
	struct world w;

	(void)state;
	open_world(&w, 1);
	keeps = create(&w, "keeps", "keeps_time", api, NULL);
	pries = create(&w, "pries", "pries_timers", api, NULL);
	start(keeps);
	start(pries);
	assert_good(pries);
	assert_good(keeps);
	close_world(&w);
}

static void topics_of_others(void **state)
{
	static const char *const mine[] = {"msg:publish=mine/#", "msg:subscribe=mine/#", NULL};
	struct ocre_container *tells;
	struct ocre_container *hears;
	struct world w;

	(void)state;
	open_world(&w, 1);
	tells = create(&w, "tells", "tells", api, NULL);
	hears = create(&w, "hears", "eavesdrops", mine, NULL);
	start(tells);
	start(hears);
	assert_good(tells);
	assert_good(hears);
	close_world(&w);
}

static void storage_of_others(void **state)
{
	static const char *const own[] = {"filesystem", NULL};
	struct ocre_container *owner;
	struct ocre_container *thief;
	struct world w;
	char path[80];

	(void)state;
	open_world(&w, 1);
	owner = create(&w, "owner", "stores", own, NULL);
	thief = create(&w, "owner2", "searches", own, NULL);
	start(owner);
	assert_good(owner);
	start(thief);
	assert_good(thief);
	snprintf(path, sizeof(path), "%s/containers/owner/secret", w.dir);
	assert_int_equal(access(path, F_OK), 0);
	/* What comes under the same name afterwards begins with nothing. */
	assert_int_equal(ocre_container_remove(owner), OCRE_OK);
	owner = create(&w, "owner", "searches", own, NULL);
	start(owner);
	assert_good(owner);
	close_world(&w);
}

static void parts_of_a_mount(void **state)
{
	static const char *const parts[] = {"file:ro=/data/in", "file:rw=/data/out", NULL};
	struct ocre_container *c;
	struct world w;
	char path[96];
	FILE *file;

	(void)state;
	open_world(&w, 1);
	for (int n = 0; n < 4; n++) {
		static const char *const names[] = {"", "/in", "/out", "/hidden"};

		snprintf(path, sizeof(path), "%s/mount%s", w.dir, names[n]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	for (int n = 0; n < 2; n++) {
		snprintf(path, sizeof(path), "%s/mount%s/file", w.dir, n == 0 ? "" : "/in");
		file = fopen(path, "w");
		assert_non_null(file);
		fclose(file);
	}
	snprintf(path, sizeof(path), "%s/mount:/data", w.dir);
	c = create(&w, "it", "has_parts", parts, path);
	start(c);
	assert_good(c);
	snprintf(path, sizeof(path), "%s/mount/out/new", w.dir);
	assert_int_equal(access(path, F_OK), 0);
	close_world(&w);
}

/* What another container left in memory is not found by the next. */
static void memory_of_others(void **state)
{
	struct world w;

	(void)state;
	for (int memory = 0; memory < 3; memory++) {
		open_world(&w, memory);
		for (int n = 0; n < 3; n++) {
			run_one(&w, "stains", "ocre:api");
			run_one(&w, "sniffs", "ocre:api");
		}
		close_world(&w);
	}
}

/* ---- by name ---- */

static void functions_of_the_application(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1);
	run_one(&w, "has_both", "ocre:api");
	run_one(&w, "has_both", "native=*");
	run_one(&w, "has_one", "native=one");
	run_one(&w, "has_one", "native=o*");
	run_one(&w, "has_none", "native=three");
	run_one(&w, "has_none", NULL);
	run_one(&w, "has_none", "timers=1");
	close_world(&w);
}

/* docs/permissions.md, "Names of hosts". */
static void names_of_hosts(void **state)
{
	static const char *const cases[][2] = {
		{"net:connect=localhost:80", "looks_up_localhost"},
		{"net:connect=udp/localhost:*", "looks_up_localhost"},
		{"net:resolve=localhost", "looks_up_localhost"},
		{"net:connect=127.0.0.0/8:80", "looks_up_numbers"},
		{"net:connect=0.0.0.0/0:*", "looks_up_numbers"},
		{"net:connect=[::/0]:*", "looks_up_numbers"},
		{"net:connect=elsewhere.org:80", "looks_up_nothing"},
		{"net:listen=*:80", "looks_up_nothing"},
		{NULL, "looks_up_nothing"},
	};
	struct world w;

	(void)state;
	open_world(&w, 1);
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		run_one(&w, cases[n][1], cases[n][0]);
	}
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_of_others),  cmocka_unit_test(topics_of_others),
		cmocka_unit_test(storage_of_others), cmocka_unit_test(parts_of_a_mount),
		cmocka_unit_test(memory_of_others),  cmocka_unit_test(functions_of_the_application),
		cmocka_unit_test(names_of_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
