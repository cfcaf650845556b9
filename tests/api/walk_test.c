/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk_test.c - the life of a program with each allocation failing in turn: a call fails, nothing
 * is held, and nothing else happens.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/ocre.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>

#include "fake.h"
#include "help.h"

/* So many allocations from now the one that fails; below 0: none. */
static atomic_int until_failure = -1;
static atomic_int held;

void *user_malloc(size_t size)
{
	void *p = atomic_fetch_sub(&until_failure, 1) == 0 ? NULL : malloc(size);

	held += p != NULL;
	return p;
}

void user_free(void *p)
{
	held -= p != NULL;
	free(p);
}

void *user_realloc(void *p, size_t size)
{
	return atomic_fetch_sub(&until_failure, 1) == 0 ? NULL : realloc(p, size);
}

/* ---- a runtime of the program, without memory of its own ---- */

static int object;

static void *rt_create(const char *container_id, const char *img_path, const char *workdir,
		       const char **capabilities, const char **argv, const char **envp,
		       const char **mounts, int stdin_fd, int stdout_fd, int stderr_fd)
{
	(void)container_id;
	(void)img_path;
	(void)workdir;
	(void)capabilities;
	(void)argv;
	(void)envp;
	(void)mounts;
	(void)stdin_fd;
	(void)stdout_fd;
	(void)stderr_fd;
	return &object;
}

static int rt_execute(void *runtime_context, sem_t *sem)
{
	(void)runtime_context;
	sem_post(sem);
	return 3;
}

static int rt_nothing(void *runtime_context)
{
	(void)runtime_context;
	return 0;
}

static const struct ocre_runtime_vtable vtable = {
	.runtime_name = "walk",
	.create = rt_create,
	.destroy = rt_nothing,
	.thread_execute = rt_execute,
	.kill = rt_nothing,
};

/* ---- the walk ---- */

static bool live(struct ocre_context *context, const char *runtime, int code)
{
	static const char *words[] = {"one", "two", NULL};
	static const char *env[] = {"A=1", NULL};
	static const char *capabilities[] = {"filesystem", "ocre:api", NULL};
	const struct ocre_container_args args = {words, env, capabilities, NULL};
	struct ocre_container *container = ocre_context_create_container(
		context, "exit42", runtime, NULL, true, &args, -1, -1, -1);
	int status = -1;

	if (container == NULL) {
		return false;
	}
	if (ocre_container_start(container) != 0 || ocre_container_wait(container, &status) != 0) {
		return false;
	}
	assert_int_equal(status, code);
	return ocre_context_remove_container(context, container) == 0;
}

/* True when nothing failed. */
static bool program(const char *workdir)
{
	const struct ocre_runtime_vtable *const vtables[] = {&vtable, NULL};
	struct ocre_context *context;
	bool good = false;

	if (ocre_initialize(vtables) != 0) {
		return false;
	}
	context = ocre_create_context(workdir);
	if (context != NULL) {
		good = live(context, NULL, 42) && live(context, "walk", 3);
	}
	ocre_deinitialize();
	return good;
}

static void every_allocation_may_fail(void **state)
{
	char *workdir = help_workdir();
	int n = 0;

	(void)state;
	__ocre_log_level = 0;
	assert_true(help_image(workdir, "exit42", "exit 42", 7));
	for (;; n++) {
		bool good;

		until_failure = n;
		good = program(workdir);
		assert_int_equal(fake_choice_users, 0);
		/* The last threads of the runtime may be about to leave. */
		for (int i = 0; i < 1000 && held > 0; i++) {
			help_sleep_ms(1);
		}
		if (held != 0) {
			fail_msg("failure of allocation %d: %d are held", n, held);
		}
		if (until_failure >= 0) {
			assert_true(good);
			break;
		}
	}
	assert_true(n > 20);
	help_remove(workdir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
