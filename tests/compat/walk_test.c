/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk_test.c - a program on the Ocre runtime API to which the system refuses something, one after
 * the other: each allocation, mapping and thread that any part of the runtime asks for. A call
 * says ERROR or the guest traps; nothing is held afterwards, nothing else happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <ocre/fs/fs.h>
#include <ocre/ocre_container_runtime.h>
#include <ocre/platform/log.h>
#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>

#include "guests_wasm.h"
#include "scratch.h"

/* ---- the system, by the linker's --wrap ---- */

/* So many requests from now the one that is refused; below 0: none. */
static atomic_int until_refusal = -1;
static atomic_int blocks;    /* that are allocated */
static atomic_long mapped;   /* bytes */
static atomic_bool counting; /* while the program runs */

static bool refused(void)
{
	if (atomic_load(&counting) && atomic_fetch_sub(&until_refusal, 1) == 0) {
		errno = ENOMEM;
		return true;
	}
	return false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__real_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *addr, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);
void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *addr, size_t size);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg);

static void *counted(void *p)
{
	blocks += p != NULL;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *p, size_t size)
{
	if (refused()) {
		return NULL;
	}
	return p != NULL ? __real_realloc(p, size) : counted(__real_realloc(NULL, size));
}

void __wrap_free(void *p)
{
	blocks -= p != NULL;
	__real_free(p);
}

void *__wrap_mmap(void *addr, size_t size, int prot, int flags, int fd, off_t offset)
{
	void *p = refused() ? MAP_FAILED : __real_mmap(addr, size, prot, flags, fd, offset);

	/* What is mapped over something that was is no more than before. */
	if (p != MAP_FAILED && (flags & MAP_FIXED) == 0) {
		mapped += (long)size;
	}
	return p;
}

int __wrap_munmap(void *addr, size_t size)
{
	mapped -= (long)size;
	return __real_munmap(addr, size);
}

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*fn)(void *),
			  void *arg)
{
	return refused() ? EAGAIN : __real_pthread_create(thread, attr, fn, arg);
}

/* ---- host functions ---- */

static void report(wasm_exec_env_t env, int32_t value)
{
	(void)env;
	(void)value;
}

static int32_t block(wasm_exec_env_t env, uint8_t *to, uint32_t size)
{
	(void)env;
	memset(to, 1, size);
	return 1;
}

static int32_t room(wasm_exec_env_t env, int32_t size)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	uint64_t addr = wasm_runtime_module_malloc(inst, (uint64_t)size, NULL);

	(void)wasm_runtime_lookup_function(inst, "_start");
	wasm_runtime_module_free(inst, addr);
	return (int32_t)addr;
}

static int32_t more(wasm_exec_env_t env)
{
	(void)env;
	return 0;
}

static NativeSymbol functions[] = {
	EXPORT_WASM_API_WITH_SIG(report, "(i)"),
	EXPORT_WASM_API_WITH_SIG(block, "!(*~)i"),
	EXPORT_WASM_API_WITH_SIG(room, "(i)i"),
	EXPORT_WASM_API_WITH_SIG(more, "()i"),
	{NULL, NULL, NULL, NULL},
};

/* ---- the program ---- */

static ocre_cs_ctx ctx;

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

static ocre_container_status_t status(int id)
{
	return ocre_container_runtime_get_container_status(&ctx, id);
}

/* True when the call was done; when not, it said so. */
static bool done(ocre_container_status_t got, ocre_container_status_t expected)
{
	if (got != expected) {
		assert_int_equal(got, CONTAINER_STATUS_ERROR);
	}
	return got == expected;
}

static bool create(const char *image, int *id)
{
	ocre_container_data_t data;

	memset(&data, 0, sizeof(data));
	snprintf(data.name, sizeof(data.name), "The %s", image);
	snprintf(data.sha256, sizeof(data.sha256), "%s", image);
	data.watchdog_interval = 10000;
	*id = 1234;
	if (!done(ocre_container_runtime_create_container(&ctx, &data, id, NULL),
		  CONTAINER_STATUS_CREATED)) {
		assert_int_equal(*id, 1234);
		assert_int_equal(ctx.download_count, 0);
		return false;
	}
	assert_int_equal(status(*id), CONTAINER_STATUS_CREATED);
	return true;
}

/* Does the guest come to its end, or would it run for ever? */
static bool ends(int id)
{
	int64_t end = k_uptime_get() + 60000;

	while (status(id) == CONTAINER_STATUS_RUNNING) {
		assert_true(k_uptime_get() < end);
		k_msleep(1);
	}
	return status(id) == CONTAINER_STATUS_STOPPED;
}

static bool live(const char *image, bool endless)
{
	bool good;
	int id;

	if (!create(image, &id)) {
		return false;
	}
	good = done(ocre_container_runtime_run_container(&ctx, id, NULL), CONTAINER_STATUS_RUNNING);
	good = good && (endless || ends(id));
	good = good && done(ocre_container_runtime_restart_container(&ctx, id, NULL),
			    CONTAINER_STATUS_RUNNING);
	good = good && (endless || ends(id));
	good = good && done(ocre_container_runtime_stop_container(&ctx, id, NULL),
			    CONTAINER_STATUS_STOPPED);
	/* This does not need anything that could be refused. */
	assert_int_equal(ocre_container_runtime_destroy_container(&ctx, id, NULL),
			 CONTAINER_STATUS_DESTROYED);
	assert_int_equal(ctx.download_count, 0);
	return good;
}

/* True when nothing was refused. */
static bool program(void)
{
	ocre_container_init_arguments_t args = {0, 0, 2, functions};
	ocre_container_runtime_status_t rc = ocre_container_runtime_init(&ctx, &args);
	ocre_healthcheck check = NULL;
	bool good;

	if (rc != RUNTIME_STATUS_INITIALIZED) {
		assert_int_equal(rc, RUNTIME_STATUS_ERROR);
		return false;
	}
	good = live("files", false);
	good = live("blocks", false) && good;
	good = live("rooms", false) && good;
	good = live("timers", false) && good;
	good = live("sleeps", true) && good;
	good = live("loops", true) && good;
	if (ocre_healthcheck_init(&check, 10) == 0) {
		assert_int_equal(ocre_healthcheck_deinit(&check), 0);
	} else {
		assert_null(check);
		good = false;
	}
	/* A container is left for destroy to remove. */
	if (create("sleeps", &(int){0})) {
		good = done(ocre_container_runtime_run_container(&ctx, 0, NULL),
			    CONTAINER_STATUS_RUNNING) &&
		       good;
	} else {
		good = false;
	}
	assert_int_equal(ocre_container_runtime_destroy(), RUNTIME_STATUS_DESTROYED);
	return good;
}

static void everything_may_be_refused(void **state)
{
	char *home = scratch_make();
	int blocks_before;
	long mapped_before;
	int n = 0;

	(void)state;
	__ocre_log_level = getenv("OCRE_TEST_LOG") != NULL ? 4 : 0;
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
	blocks_before = blocks;
	mapped_before = mapped;
	for (;; n++) {
		bool good;

		until_refusal = n;
		counting = true;
		good = program();
		counting = false;
		/* A job's own thread may be about to leave. */
		for (int i = 0; i < 1000 && blocks != blocks_before; i++) {
			k_msleep(1);
		}
		if (blocks != blocks_before || mapped != mapped_before) {
			fail_msg("refusal %d: %d blocks and %ld mapped bytes are held", n,
				 blocks - blocks_before, mapped - mapped_before);
		}
		if (until_refusal >= 0) {
			assert_true(good);
			break;
		}
	}
	print_message("%d refusals\n", n);
	assert_true(n > 100);
	scratch_remove(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_may_be_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
