/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime_test.c - the calls of the Ocre runtime API on the real core, engine and host functions:
 * what the document says, what our header adds, and what a program can do wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <ocre/fs/fs.h>
#include <ocre/ocre_container_runtime.h>
#include <ocre/sha256.h>
#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>

#include "guests_wasm.h"
#include "scratch.h"

#define LONG_MS 60000

static ocre_cs_ctx ctx;
static char *home;

/* ---- what guests tell by env.report ---- */

static struct {
	pthread_mutex_t lock;
	int32_t values[32];
	int count;
} reports = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void report(wasm_exec_env_t env, int32_t value)
{
	(void)env;
	pthread_mutex_lock(&reports.lock);
	if (reports.count < 32) {
		reports.values[reports.count++] = value;
	}
	pthread_mutex_unlock(&reports.lock);
}

static int report_count(void)
{
	int count;

	pthread_mutex_lock(&reports.lock);
	count = reports.count;
	pthread_mutex_unlock(&reports.lock);
	return count;
}

static void expect_reports(int count)
{
	int64_t end = k_uptime_get() + LONG_MS;

	while (report_count() < count && k_uptime_get() < end) {
		k_msleep(1);
	}
	assert_int_equal(report_count(), count);
}

/* Blocks until the test opens the gate. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	int entered;
	int left;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int32_t block(wasm_exec_env_t env, uint8_t *to, uint32_t size)
{
	(void)env;
	pthread_mutex_lock(&gate.lock);
	gate.entered++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open) {
		pthread_cond_wait(&gate.changed, &gate.lock);
	}
	memset(to, 1, size);
	gate.left++;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
	return 42;
}

static void set_gate(bool open)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = open;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void wait_for(const int *what, int value)
{
	pthread_mutex_lock(&gate.lock);
	while (*what < value) {
		pthread_cond_wait(&gate.changed, &gate.lock);
	}
	pthread_mutex_unlock(&gate.lock);
}

/* Room in the guest's memory: its address, or 0. */
static int32_t room(wasm_exec_env_t env, int32_t size)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	void *at = NULL;
	uint64_t addr = wasm_runtime_module_malloc(inst, (uint64_t)size, &at);

	if (addr != 0) {
		memset(at, 0x5a, (size_t)size);
		wasm_runtime_module_free(inst, addr);
	}
	return (int32_t)addr;
}

static _Atomic bool more_work;

static int32_t more(wasm_exec_env_t env)
{
	(void)env;
	return more_work;
}

static NativeSymbol functions[] = {
	EXPORT_WASM_API_WITH_SIG(report, "(i)"),
	EXPORT_WASM_API_WITH_SIG(block, "!(*~)i"),
	EXPORT_WASM_API_WITH_SIG(room, "(i)i"),
	EXPORT_WASM_API_WITH_SIG(more, "()i"),
	{NULL, NULL, NULL, NULL},
};

/* ---- the form of the tests ---- */

static void write_image(const char *name, const uint8_t *data, size_t size)
{
	struct fs_file_t file;
	char path[FILE_PATH_MAX];

	snprintf(path, sizeof(path), "/lfs/ocre/images/%s.bin", name);
	fs_file_t_init(&file);
	assert_int_equal(fs_open(&file, path, FS_O_CREATE | FS_O_TRUNC | FS_O_WRITE), 0);
	assert_int_equal(fs_write(&file, data, size), size);
	assert_int_equal(fs_close(&file), 0);
}

static ocre_container_init_arguments_t default_args(void)
{
	return (ocre_container_init_arguments_t){8192, 16384, 5, functions};
}

static int setup_storage(void **state)
{
	(void)state;
	home = scratch_make();
	setenv("OCRE_HOME", home, 1);
	assert_int_equal(ocre_app_storage_init(), 0);
#define IMAGE(name) write_image(#name, name##_wasm, sizeof(name##_wasm))
	IMAGE(returns);
	IMAGE(loops);
	IMAGE(sleeps);
	IMAGE(traps);
	IMAGE(busy);
	IMAGE(recurses);
	IMAGE(files);
	IMAGE(exits);
	IMAGE(blocks);
	IMAGE(rooms);
	IMAGE(timers);
	reports.count = 0;
	/* What a program's stack has in it: init must not read it. */
	memset(&ctx, 0xa5, sizeof(ctx));
	return 0;
}

static int teardown_storage(void **state)
{
	(void)state;
	ocre_container_runtime_destroy();
	scratch_remove(home);
	return 0;
}

static int setup(void **state)
{
	ocre_container_init_arguments_t args = default_args();

	setup_storage(state);
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_INITIALIZED);
	return 0;
}

static ocre_container_data_t container(const char *name, const char *image)
{
	ocre_container_data_t data;

	memset(&data, 0, sizeof(data));
	snprintf(data.name, sizeof(data.name), "%s", name);
	snprintf(data.sha256, sizeof(data.sha256), "%s", image);
	return data;
}

static int create(const char *name, const char *image)
{
	ocre_container_data_t data = container(name, image);
	int id = -1;

	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	return id;
}

static void refuse(ocre_container_data_t data)
{
	int id = 1234;

	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_ERROR);
	assert_int_equal(id, 1234);
}

static ocre_container_status_t status(int id)
{
	return ocre_container_runtime_get_container_status(&ctx, id);
}

static ocre_container_status_t run(int id)
{
	return ocre_container_runtime_run_container(&ctx, id, NULL);
}

static ocre_container_status_t stop(int id)
{
	return ocre_container_runtime_stop_container(&ctx, id, NULL);
}

static ocre_container_status_t restart(int id)
{
	return ocre_container_runtime_restart_container(&ctx, id, NULL);
}

static ocre_container_status_t destroy(int id)
{
	return ocre_container_runtime_destroy_container(&ctx, id, NULL);
}

static void expect_status(int id, ocre_container_status_t expected)
{
	int64_t end = k_uptime_get() + LONG_MS;
	ocre_container_status_t now;

	while ((now = status(id)) != expected && k_uptime_get() < end) {
		k_msleep(1);
	}
	assert_int_equal(now, expected);
}

/* ---- the runtime ---- */

static void the_runtime_comes_and_goes(void **state)
{
	ocre_container_init_arguments_t args = default_args();
	int64_t begin = k_uptime_get();

	(void)state;
	for (int n = 0; n < 3; n++) {
		assert_int_equal(ocre_container_runtime_init(&ctx, &args),
				 RUNTIME_STATUS_INITIALIZED);
		/* There is one, and it stays. */
		assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_ERROR);
		assert_int_equal(run(create("one", "sleeps")), CONTAINER_STATUS_RUNNING);
		assert_int_equal(run(create("two", "loops")), CONTAINER_STATUS_RUNNING);
		assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
		assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
		assert_int_equal(status(0), CONTAINER_STATUS_ERROR);
	}
	/* No call just takes its time, as a stop may: ten seconds each. */
	assert_true(k_uptime_get() - begin < 9000);
}

static void arguments_of_the_runtime(void **state)
{
	NativeSymbol bad[] = {{"f", (void *)report, "(ii", NULL}, {NULL, NULL, NULL, NULL}};
	ocre_container_init_arguments_t args = default_args();

	(void)state;
	assert_int_equal(ocre_container_runtime_init(NULL, &args), RUNTIME_STATUS_ERROR);
	assert_int_equal(ocre_container_runtime_init(&ctx, NULL), RUNTIME_STATUS_ERROR);
	args.maximum_containers = MAX_CONTAINERS + 1;
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_ERROR);
	args.maximum_containers = -1;
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_ERROR);
	args.maximum_containers = 1;
	args.ocre_api_functions = bad;
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_ERROR);
	setenv("OCRE_HOME", "/dev/null/ocre", 1);
	args = default_args();
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_ERROR);
	setenv("OCRE_HOME", home, 1);
	/* Nothing of these is left: the smallest and the largest work, and 0 for the largest. */
	for (int n = 0; n <= MAX_CONTAINERS; n++) {
		args.maximum_containers = n;
		assert_int_equal(ocre_container_runtime_init(&ctx, &args),
				 RUNTIME_STATUS_INITIALIZED);
		for (int i = 0; i < (n == 0 ? MAX_CONTAINERS : n); i++) {
			char name[16];

			snprintf(name, sizeof(name), "c%d", i);
			assert_int_equal(create(name, "returns"), i);
		}
		refuse(container("one more", "returns"));
		ocre_container_runtime_destroy();
	}
}

static void calls_without_a_runtime(void **state)
{
	ocre_container_data_t data = container("a", "returns");
	int id = 7;

	(void)state;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_ERROR);
	assert_int_equal(id, 7);
	assert_int_equal(run(0), CONTAINER_STATUS_ERROR);
	assert_int_equal(stop(0), CONTAINER_STATUS_ERROR);
	assert_int_equal(restart(0), CONTAINER_STATUS_ERROR);
	assert_int_equal(destroy(0), CONTAINER_STATUS_ERROR);
	assert_int_equal(status(0), CONTAINER_STATUS_ERROR);
}

/* ---- containers ---- */

static void a_life(void **state)
{
	int id = create("Hello World", "sleeps");

	(void)state;
	assert_int_equal(id, 0);
	assert_int_equal(status(id), CONTAINER_STATUS_CREATED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_reports(1);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
	/* In the wrong state: refused, and nothing changed. */
	assert_int_equal(run(id), CONTAINER_STATUS_ERROR);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
	assert_int_equal(stop(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(status(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(stop(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(status(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_reports(2);
	assert_int_equal(destroy(id), CONTAINER_STATUS_DESTROYED);
	assert_int_equal(status(id), CONTAINER_STATUS_DESTROYED);
	assert_int_equal(destroy(id), CONTAINER_STATUS_ERROR);
	assert_int_equal(run(id), CONTAINER_STATUS_ERROR);
	/* Each life had fresh memory. */
	assert_int_equal(reports.values[0], 1);
	assert_int_equal(reports.values[1], 1);
}

static void a_container_that_was_never_run(void **state)
{
	int id = create("a", "sleeps");

	(void)state;
	assert_int_equal(stop(id), CONTAINER_STATUS_ERROR);
	assert_int_equal(restart(id), CONTAINER_STATUS_ERROR);
	assert_int_equal(status(id), CONTAINER_STATUS_CREATED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
}

static void restart_is_fresh(void **state)
{
	int id = create("a", "sleeps");

	(void)state;
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_reports(1);
	assert_int_equal(restart(id), CONTAINER_STATUS_RUNNING);
	expect_reports(2);
	assert_int_equal(stop(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(restart(id), CONTAINER_STATUS_RUNNING);
	expect_reports(3);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
	for (int n = 0; n < 3; n++) {
		assert_int_equal(reports.values[n], 1);
	}
}

static void how_guests_end(void **state)
{
	int returns = create("returns", "returns");
	int exits = create("exits", "exits");
	int traps = create("traps", "traps");

	(void)state;
	assert_int_equal(run(returns), CONTAINER_STATUS_RUNNING);
	assert_int_equal(run(exits), CONTAINER_STATUS_RUNNING);
	assert_int_equal(run(traps), CONTAINER_STATUS_RUNNING);
	expect_status(returns, CONTAINER_STATUS_STOPPED);
	expect_status(exits, CONTAINER_STATUS_STOPPED);
	expect_status(traps, CONTAINER_STATUS_ERROR);
	assert_non_null(
		strstr(ctx.containers[traps].ocre_runtime_arguments.error_buf, "unreachable"));
	/* To stop what has ended is a success without effect. */
	assert_int_equal(stop(returns), CONTAINER_STATUS_STOPPED);
	assert_int_equal(stop(traps), CONTAINER_STATUS_STOPPED);
	assert_int_equal(status(traps), CONTAINER_STATUS_ERROR);
	assert_int_equal(run(returns), CONTAINER_STATUS_RUNNING);
	assert_int_equal(run(traps), CONTAINER_STATUS_RUNNING);
	expect_status(traps, CONTAINER_STATUS_ERROR);
	assert_int_equal(restart(traps), CONTAINER_STATUS_RUNNING);
	assert_int_equal(destroy(traps), CONTAINER_STATUS_DESTROYED);
}

/* The module of the document's example, to the byte: nothing but an export `run`. */
static void the_minimal_module(void **state)
{
	static const uint8_t minimal[] = {
		0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01,
		0x60, 0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x07, 0x01, 0x03,
		0x72, 0x75, 0x6e, 0x00, 0x00, 0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b,
	};
	int id;

	(void)state;
	write_image("minimal", minimal, sizeof(minimal));
	id = create("minimal", "minimal");
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_status(id, CONTAINER_STATUS_STOPPED);
	/* Every shorter piece of it that is no module is refused. */
	for (size_t size = 0; size < sizeof(minimal); size++) {
		if (size == 8 || size == 14) {
			continue; /* whole modules, without functions */
		}
		write_image("cut", minimal, size);
		refuse(container("cut", "cut"));
	}
}

static void endless_guests_are_stopped(void **state)
{
	int id = create("a", "loops");
	int64_t begin;

	(void)state;
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	k_msleep(20);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
	begin = k_uptime_get();
	assert_int_equal(stop(id), CONTAINER_STATUS_STOPPED);
	assert_true(k_uptime_get() - begin < 5000);
	assert_int_equal(status(id), CONTAINER_STATUS_STOPPED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	assert_int_equal(destroy(id), CONTAINER_STATUS_DESTROYED);
}

static void ten_at_a_time(void **state)
{
	ocre_container_init_arguments_t args = default_args();
	char name[16];

	(void)state;
	args.maximum_containers = 10;
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_INITIALIZED);
	for (int n = 0; n < 10; n++) {
		snprintf(name, sizeof(name), "c%d", n);
		assert_int_equal(create(name, n % 2 == 0 ? "sleeps" : "loops"), n);
		assert_int_equal(run(n), CONTAINER_STATUS_RUNNING);
	}
	expect_reports(5);
	for (int n = 0; n < 10; n++) {
		assert_int_equal(status(n), CONTAINER_STATUS_RUNNING);
	}
	for (int n = 0; n < 10; n++) {
		assert_int_equal(stop(n), CONTAINER_STATUS_STOPPED);
	}
}

static void what_create_refuses(void **state)
{
	ocre_container_data_t data = container("a", "returns");
	static const uint8_t text[] = "this is not a module";
	int id = 7;

	(void)state;
	write_image("text", text, sizeof(text));
	write_image("broken", returns_wasm, sizeof(returns_wasm) - 1);
	write_image("empty", text, 0);
	refuse(container("a", "no such file"));
	refuse(container("a", "text"));
	refuse(container("a", "broken"));
	refuse(container("a", "empty"));
	refuse(container("a", "../images/returns"));
	refuse(container("a", ""));
	refuse(container("", "returns"));
	memset(data.name, 'x', sizeof(data.name));
	refuse(data);
	data = container("a", "returns");
	memset(data.sha256, 'x', sizeof(data.sha256));
	refuse(data);
	data = container("a", "returns");
	data.watchdog_interval = -1;
	refuse(data);
	data = container("a", "returns");
	data.timers = -1;
	refuse(data);
	assert_int_equal(ocre_container_runtime_create_container(&ctx, NULL, &id, NULL),
			 CONTAINER_STATUS_ERROR);
	data = container("a", "returns");
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, NULL, NULL),
			 CONTAINER_STATUS_ERROR);
	/* Nothing of all this is held: all slots are free, the name is. */
	for (int n = 0; n < 5; n++) {
		char name[16];

		snprintf(name, sizeof(name), "%c", 'a' + n);
		assert_int_equal(create(name, "returns"), n);
	}
}

static void names_are_unique(void **state)
{
	int id = create("Name, 15 bytes!", "returns");

	(void)state;
	refuse(container("Name, 15 bytes!", "sleeps"));
	/* Names that differ in what the core's own names cannot tell apart. */
	assert_int_equal(create("name, 15 bytes!", "returns"), 1);
	assert_int_equal(create("a.b", "returns"), 2);
	assert_int_equal(create("a/b", "returns"), 3);
	assert_int_equal(create("\xff\x01../../..", "returns"), 4);
	assert_int_equal(destroy(id), CONTAINER_STATUS_DESTROYED);
	assert_int_equal(create("Name, 15 bytes!", "sleeps"), id);
}

static void ids_that_are_none(void **state)
{
	static const int ids[] = {-1, 1, 4, 5, 9, 10, 11, INT_MAX, INT_MIN};
	ocre_cs_ctx other;

	(void)state;
	assert_int_equal(create("a", "sleeps"), 0);
	for (size_t n = 0; n < sizeof(ids) / sizeof(ids[0]); n++) {
		assert_int_equal(run(ids[n]), CONTAINER_STATUS_ERROR);
		assert_int_equal(stop(ids[n]), CONTAINER_STATUS_ERROR);
		assert_int_equal(restart(ids[n]), CONTAINER_STATUS_ERROR);
		assert_int_equal(destroy(ids[n]), CONTAINER_STATUS_ERROR);
		assert_int_equal(status(ids[n]), CONTAINER_STATUS_ERROR);
	}
	assert_int_equal(status(0), CONTAINER_STATUS_CREATED);
	assert_int_equal(run(0), CONTAINER_STATUS_RUNNING);
	/* A context that was never initialized, and none. */
	for (int n = 0; n < 2; n++) {
		ocre_cs_ctx *no = n == 0 ? NULL : &other;
		ocre_container_data_t data = container("b", "returns");
		int id = 7;

		assert_int_equal(ocre_container_runtime_create_container(no, &data, &id, NULL),
				 CONTAINER_STATUS_ERROR);
		assert_int_equal(id, 7);
		assert_int_equal(ocre_container_runtime_run_container(no, 0, NULL),
				 CONTAINER_STATUS_ERROR);
		assert_int_equal(ocre_container_runtime_stop_container(no, 0, NULL),
				 CONTAINER_STATUS_ERROR);
		assert_int_equal(ocre_container_runtime_restart_container(no, 0, NULL),
				 CONTAINER_STATUS_ERROR);
		assert_int_equal(ocre_container_runtime_destroy_container(no, 0, NULL),
				 CONTAINER_STATUS_ERROR);
		assert_int_equal(ocre_container_runtime_get_container_status(no, 0),
				 CONTAINER_STATUS_ERROR);
	}
	assert_int_equal(status(0), CONTAINER_STATUS_RUNNING);
}

static void digests_are_checked(void **state)
{
	uint8_t digest[OCRE_SHA256_SIZE];
	char name[OCRE_SHA256_TEXT];

	(void)state;
	ocre_sha256(returns_wasm, sizeof(returns_wasm), digest);
	ocre_sha256_text(digest, name);
	write_image(name, returns_wasm, sizeof(returns_wasm));
	assert_int_equal(run(create("right", name)), CONTAINER_STATUS_RUNNING);
	/* Another module, as good, under that name. */
	write_image(name, sleeps_wasm, sizeof(sleeps_wasm));
	refuse(container("wrong", name));
	/* 63 digits are a plain name. */
	name[63] = '\0';
	write_image(name, sleeps_wasm, sizeof(sleeps_wasm));
	assert_int_equal(run(create("plain", name)), CONTAINER_STATUS_RUNNING);
}

static void stacks_are_as_large_as_told(void **state)
{
	ocre_container_data_t data = container("small", "recurses");
	int id;

	(void)state;
	/* The default of this runtime, 8192 bytes, is too small for it. */
	assert_int_equal(run(create("default", "recurses")), CONTAINER_STATUS_RUNNING);
	expect_status(0, CONTAINER_STATUS_ERROR);
	data.stack_size = 1048576;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_status(id, CONTAINER_STATUS_STOPPED);
	assert_int_equal(ctx.containers[0].ocre_runtime_arguments.stack_size, 8192);
	assert_int_equal(ctx.containers[id].ocre_runtime_arguments.stack_size, 1048576);
}

static void functions_of_the_program(void **state)
{
	ocre_container_init_arguments_t args = default_args();

	(void)state;
	/* Without them the guest traps where it calls what is not there. */
	args.ocre_api_functions = NULL;
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_INITIALIZED);
	assert_int_equal(run(create("a", "sleeps")), CONTAINER_STATUS_RUNNING);
	expect_status(0, CONTAINER_STATUS_ERROR);
	assert_int_equal(report_count(), 0);
}

/* heap_size is for what the host puts into the guest's memory. */
static void room_for_the_host(void **state)
{
	ocre_container_data_t data = container("large", "rooms");
	int id;

	(void)state;
	assert_int_equal(run(create("default", "rooms")), CONTAINER_STATUS_RUNNING);
	expect_reports(2);
	assert_int_not_equal(reports.values[0], 0);
	assert_int_equal(reports.values[1], 0);
	data.heap_size = 2097152;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_reports(4);
	assert_int_not_equal(reports.values[3], 0);
}

static void as_many_timers_as_told(void **state)
{
	ocre_container_data_t data = container("two", "timers");
	int id;

	(void)state;
	data.timers = 2;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_reports(3);
	assert_int_equal(run(create("default", "timers")), CONTAINER_STATUS_RUNNING);
	expect_reports(6);
	assert_int_equal(reports.values[0], 0);
	assert_int_equal(reports.values[1], 0);
	assert_int_not_equal(reports.values[2], 0);
	assert_int_equal(reports.values[5], 0);
}

/* One that is in such a call can be stopped at once, and goes on when the call is over. */
static void functions_that_block(void **state)
{
	int id = create("a", "blocks");
	int64_t begin;

	(void)state;
	gate.entered = 0;
	gate.left = 0;
	set_gate(false);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	wait_for(&gate.entered, 1);
	begin = k_uptime_get();
	assert_int_equal(stop(id), CONTAINER_STATUS_STOPPED);
	assert_true(k_uptime_get() - begin < 5000);
	assert_int_equal(report_count(), 0);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	wait_for(&gate.entered, 2);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
	set_gate(true);
	expect_reports(2);
	wait_for(&gate.left, 2);
	assert_int_equal(reports.values[0], 42);
	assert_int_equal(reports.values[1], 0x01010101);
	expect_status(id, CONTAINER_STATUS_STOPPED);
}

/* Both containers find their storage empty, and keep it until they are destroyed. */
static void files_of_their_own(void **state)
{
	ocre_container_init_arguments_t args = default_args();
	int a = create("a", "files");
	int b = create("b", "files");

	(void)state;
	assert_int_equal(run(a), CONTAINER_STATUS_RUNNING);
	expect_reports(2);
	assert_int_equal(run(b), CONTAINER_STATUS_RUNNING);
	expect_reports(4);
	expect_status(a, CONTAINER_STATUS_STOPPED);
	assert_int_equal(run(a), CONTAINER_STATUS_RUNNING);
	expect_reports(6);
	assert_int_equal(reports.values[0], 44); /* ENOENT */
	assert_int_equal(reports.values[1], 0);
	assert_int_equal(reports.values[2], 44);
	assert_int_equal(reports.values[3], 0);
	assert_int_equal(reports.values[4], 0);
	/* The next runtime, as after a restart of the device. */
	assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_INITIALIZED);
	a = create("a", "files");
	assert_int_equal(run(a), CONTAINER_STATUS_RUNNING);
	expect_reports(8);
	assert_int_equal(reports.values[6], 0);
	assert_int_equal(destroy(a), CONTAINER_STATUS_DESTROYED);
	assert_int_equal(run(create("a", "files")), CONTAINER_STATUS_RUNNING);
	expect_reports(10);
	assert_int_equal(reports.values[8], 44);
}

/* ---- callbacks ---- */

static _Atomic int calls;

static void count_call(void)
{
	calls++;
}

static void destroy_runtime(void)
{
	calls++;
	assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
}

static void callbacks_come_exactly_once(void **state)
{
	ocre_container_data_t data = container("a", "sleeps");
	int id;

	(void)state;
	calls = 0;
	ocre_container_runtime_create_container(&ctx, &data, &id, count_call);
	assert_int_equal(calls, 1);
	ocre_container_runtime_run_container(&ctx, id, count_call);
	assert_int_equal(calls, 2);
	ocre_container_runtime_restart_container(&ctx, id, count_call);
	assert_int_equal(calls, 3);
	ocre_container_runtime_stop_container(&ctx, id, count_call);
	assert_int_equal(calls, 4);
	ocre_container_runtime_stop_container(&ctx, id, count_call);
	assert_int_equal(calls, 5);
	/* Refused ones: a name that is taken, ids that are none, no context. */
	ocre_container_runtime_create_container(&ctx, &data, &id, count_call);
	assert_int_equal(calls, 6);
	ocre_container_runtime_run_container(&ctx, 99, count_call);
	ocre_container_runtime_stop_container(&ctx, 99, count_call);
	ocre_container_runtime_restart_container(&ctx, 99, count_call);
	ocre_container_runtime_destroy_container(&ctx, 99, count_call);
	assert_int_equal(calls, 10);
	ocre_container_runtime_destroy_container(NULL, id, count_call);
	assert_int_equal(calls, 11);
	ocre_container_runtime_destroy_container(&ctx, id, count_call);
	assert_int_equal(calls, 12);
	/* They come when everything is done: even the runtime may end in one. */
	ocre_container_runtime_create_container(&ctx, &data, &id, destroy_runtime);
	assert_int_equal(calls, 13);
	assert_int_equal(status(id), CONTAINER_STATUS_ERROR);
}

/* ---- watchdogs ---- */

static void an_endless_loop_is_unresponsive(void **state)
{
	ocre_container_data_t data = container("loops", "loops");
	int loops;
	int sleeps;

	(void)state;
	data.watchdog_interval = 50;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &loops, NULL),
			 CONTAINER_STATUS_CREATED);
	data = container("sleeps", "sleeps");
	data.watchdog_interval = 50;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &sleeps, NULL),
			 CONTAINER_STATUS_CREATED);
	assert_int_equal(run(loops), CONTAINER_STATUS_RUNNING);
	assert_int_equal(run(sleeps), CONTAINER_STATUS_RUNNING);
	expect_status(loops, CONTAINER_STATUS_UNRESPONSIVE);
	k_msleep(200);
	assert_int_equal(status(loops), CONTAINER_STATUS_UNRESPONSIVE);
	assert_int_equal(status(sleeps), CONTAINER_STATUS_RUNNING);
	/* It can be stopped and restarted as any other, with a fresh watchdog. */
	assert_int_equal(restart(loops), CONTAINER_STATUS_RUNNING);
	expect_status(loops, CONTAINER_STATUS_UNRESPONSIVE);
	assert_int_equal(stop(loops), CONTAINER_STATUS_STOPPED);
	assert_int_equal(status(loops), CONTAINER_STATUS_STOPPED);
}

static void life_ends_unresponsiveness(void **state)
{
	ocre_container_data_t data = container("busy", "busy");
	int id;

	(void)state;
	data.watchdog_interval = 20;
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	more_work = true;
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	expect_status(id, CONTAINER_STATUS_UNRESPONSIVE);
	more_work = false;
	expect_status(id, CONTAINER_STATUS_RUNNING);
	k_msleep(100);
	assert_int_equal(status(id), CONTAINER_STATUS_RUNNING);
}

/* `loops` as it is, but telling when it starts. */
static void a_watchdog_that_restarts(void **state)
{
	ocre_container_data_t data = container("loops", "reports");
	static const uint8_t reports_wasm[] = {
		0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x60, 0x01,
		0x7f, 0x00, 0x60, 0x00, 0x00, 0x02, 0x0e, 0x01, 0x03, 'e',  'n',  'v',	0x06,
		'r',  'e',  'p',  'o',	'r',  't',  0x00, 0x00, 0x03, 0x02, 0x01, 0x01, 0x07,
		0x0a, 0x01, 0x06, '_',	's',  't',  'a',  'r',	't',  0x00, 0x01, 0x0a, 0x0d,
		0x01, 0x0b, 0x00, 0x41, 0x07, 0x10, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b,
	};
	int id;

	(void)state;
	write_image("reports", reports_wasm, sizeof(reports_wasm));
	assert_int_equal(ocre_healthcheck_init(&data.WDT, 50), 0);
	assert_int_equal(ocre_healthcheck_set_restart(&data.WDT, true), 0);
	assert_int_equal(ocre_container_runtime_create_container(&ctx, &data, &id, NULL),
			 CONTAINER_STATUS_CREATED);
	/* It was copied. */
	assert_int_equal(ocre_healthcheck_deinit(&data.WDT), 0);
	assert_int_equal(run(id), CONTAINER_STATUS_RUNNING);
	while (report_count() < 3) {
		k_msleep(5);
	}
	assert_int_equal(destroy(id), CONTAINER_STATUS_DESTROYED);
}

/* ---- threads ---- */

static void *make_calls(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	for (int n = 0; n < 300; n++) {
		ocre_container_data_t data = container("", n % 3 == 0 ? "returns" : "sleeps");
		int id;

		seed = seed * 1103515245u + 12345u;
		id = (int)(seed >> 16) % 6;
		snprintf(data.name, sizeof(data.name), "n%d", id);
		switch ((seed >> 24) % 8) {
		case 0:
		case 1:
			ocre_container_runtime_create_container(&ctx, &data, &id, count_call);
			break;
		case 2:
		case 3:
			run(id);
			break;
		case 4:
			stop(id);
			break;
		case 5:
			restart(id);
			break;
		case 6:
			destroy(id);
			break;
		default:
			status(id);
			break;
		}
	}
	return NULL;
}

static void *create_and_destroy(void *name)
{
	for (int n = 0; n < 100; n++) {
		ocre_container_data_t data = container(name, "large");
		int id;

		if (ocre_container_runtime_create_container(&ctx, &data, &id, NULL) !=
			    CONTAINER_STATUS_CREATED ||
		    destroy(id) != CONTAINER_STATUS_DESTROYED) {
			return name;
		}
	}
	return NULL;
}

/*
 * Containers of one image share its bytes: those that go with the last must not be found by the
 * next. A large image takes its time to go.
 */
static void an_image_that_is_shared_while_it_goes(void **state)
{
	/* `returns`, and a custom section of 1 MiB with an empty name. */
	static const uint8_t custom[] = {0, 0x80, 0x80, 0xc0, 0};
	static uint8_t large[sizeof(returns_wasm) + sizeof(custom) + 0x100000];
	static char names[4][2] = {"a", "b", "c", "d"};
	pthread_t threads[4];

	(void)state;
	memcpy(large, returns_wasm, sizeof(returns_wasm));
	memcpy(large + sizeof(returns_wasm), custom, sizeof(custom));
	write_image("large", large, sizeof(large));
	for (int n = 0; n < 4; n++) {
		assert_int_equal(pthread_create(&threads[n], NULL, create_and_destroy, names[n]),
				 0);
	}
	for (int n = 0; n < 4; n++) {
		void *failed;

		pthread_join(threads[n], &failed);
		assert_null(failed);
	}
	assert_int_equal(ctx.download_count, 0);
}

/* Random calls on a few containers from four threads, and an end in the middle of it. */
static void calls_from_many_threads(void **state)
{
	ocre_container_init_arguments_t args = default_args();
	pthread_t threads[4];

	(void)state;
	for (uintptr_t n = 0; n < 4; n++) {
		assert_int_equal(pthread_create(&threads[n], NULL, make_calls, (void *)(n + 1)), 0);
	}
	k_msleep(20);
	assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
	assert_int_equal(ocre_container_runtime_init(&ctx, &args), RUNTIME_STATUS_INITIALIZED);
	for (int n = 0; n < 4; n++) {
		pthread_join(threads[n], NULL);
	}
	/* All is in order afterwards: every slot can be freed, or is free. */
	for (int n = 0; n < 5; n++) {
		destroy(n);
		assert_int_not_equal(status(n), CONTAINER_STATUS_RUNNING);
	}
	assert_int_equal(create("n0", "returns"), 0);
	assert_int_equal(ctx.download_count, 1);
}

int main(void)
{
#define ALONE(name) cmocka_unit_test_setup_teardown(name, setup_storage, teardown_storage)
#define TEST(name)  cmocka_unit_test_setup_teardown(name, setup, teardown_storage)
	const struct CMUnitTest tests[] = {
		ALONE(the_runtime_comes_and_goes),
		ALONE(arguments_of_the_runtime),
		ALONE(calls_without_a_runtime),
		TEST(a_life),
		TEST(a_container_that_was_never_run),
		TEST(restart_is_fresh),
		TEST(how_guests_end),
		TEST(the_minimal_module),
		TEST(endless_guests_are_stopped),
		ALONE(ten_at_a_time),
		TEST(what_create_refuses),
		TEST(names_are_unique),
		TEST(ids_that_are_none),
		TEST(digests_are_checked),
		TEST(stacks_are_as_large_as_told),
		ALONE(functions_of_the_program),
		TEST(room_for_the_host),
		TEST(as_many_timers_as_told),
		TEST(functions_that_block),
		TEST(files_of_their_own),
		TEST(callbacks_come_exactly_once),
		TEST(an_endless_loop_is_unresponsive),
		TEST(life_ends_unresponsiveness),
		TEST(a_watchdog_that_restarts),
		TEST(an_image_that_is_shared_while_it_goes),
		TEST(calls_from_many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
