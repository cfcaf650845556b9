/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_test.c - the Ocre API on a driver of text: names, contexts, every call in every state,
 * waiting, exit codes, and arguments that are none.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/beyond.h>
#include <ocre/ocre.h>
#include <ocre/platform/log.h>

#include "fake.h"
#include "help.h"

static char *workdir;
static struct ocre_context *context;

static int set_up(void **state)
{
	static const char *const images[][2] = {
		{"exit0", "exit 0"},	{"exit42", "exit 42"},	{"loop", "loop"},
		{"sleep", "sleep"},	{"polite", "polite"},	{"trap", "trap"},
		{"invalid", "invalid"}, {"nostart", "nostart"}, {"empty", ""},
	};

	(void)state;
	__ocre_log_level = getenv("OCRE_TEST_LOG") != NULL ? 4 : 0;
	workdir = help_workdir();
	if (workdir == NULL || ocre_initialize(NULL) != 0) {
		return -1;
	}
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++) {
		if (!help_image(workdir, images[i][0], images[i][1], strlen(images[i][1]))) {
			return -1;
		}
	}
	context = ocre_create_context(workdir);
	return context != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ocre_deinitialize();
	help_remove(workdir);
	return fake_choice_users;
}

/* A detached container of `image`. */
static struct ocre_container *make(const char *image, const char *id)
{
	struct ocre_container *container =
		ocre_context_create_container(context, image, NULL, id, true, NULL, -1, -1, -1);

	assert_non_null(container);
	return container;
}

static struct ocre_container *make_in(const char *image, ocre_container_status_t status)
{
	struct ocre_container *container = make(image, NULL);

	if (status != OCRE_CONTAINER_STATUS_CREATED) {
		int rc = ocre_container_start(container);

		assert_int_equal(rc == 0, status != OCRE_CONTAINER_STATUS_ERROR);
	}
	if (status == OCRE_CONTAINER_STATUS_PAUSED) {
		assert_int_equal(ocre_container_pause(container), 0);
	}
	if (status == OCRE_CONTAINER_STATUS_STOPPED) {
		assert_int_equal(ocre_container_wait(container, NULL), 0);
	}
	assert_int_equal(ocre_container_get_status(container), status);
	return container;
}

static void end(struct ocre_container *container)
{
	(void)ocre_container_kill(container);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- common.h ---- */

static void the_build_is_described(void **state)
{
	(void)state;
	assert_non_null(ocre_build_configuration.version);
	assert_non_null(ocre_build_configuration.commit_id);
	assert_non_null(ocre_build_configuration.build_info);
	assert_non_null(ocre_build_configuration.build_date);
	assert_true(strlen(ocre_build_configuration.version) >= 5);
}

static void names_are_names(void **state)
{
	static const char *const good[] = {"a", "0", "a.b", "hello-world", "a_b",
					   "-", "_", "x..", "7f3"};
	static const char *const bad[] = {"",	      ".",   "..",   ".a",   "A",
					  "a b",      "a/b", "a\n",  "a:b",  "\xff",
					  "\xc3\xa4", "a*",  "../a", "a\\b", "a\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ocre_is_valid_name(good[i]), 1);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ocre_is_valid_name(bad[i]), 0);
	}
	assert_int_equal(ocre_is_valid_name(NULL), 0);
}

/* ---- contexts ---- */

static void a_directory_has_one_context(void **state)
{
	char *other = help_workdir();
	struct ocre_context *second;

	(void)state;
	assert_non_null(other);
	assert_null(ocre_create_context(workdir));
	second = ocre_create_context(other);
	assert_non_null(second);
	assert_string_equal(ocre_context_get_working_directory(second), other);
	assert_int_equal(ocre_destroy_context(second), 0);
	/* It is gone, and the directory is free again. */
	assert_int_equal(ocre_destroy_context(second), -1);
	second = ocre_create_context(other);
	assert_non_null(second);
	assert_int_equal(ocre_destroy_context(second), 0);
	help_remove(other);
}

static void a_context_makes_its_directories(void **state)
{
	char *parent = help_workdir();
	char path[300];
	struct stat st;
	struct ocre_context *made;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/new", parent);
	made = ocre_create_context(path);
	assert_non_null(made);
	(void)snprintf(path, sizeof(path), "%s/new/images", parent);
	assert_int_equal(stat(path, &st), 0);
	(void)snprintf(path, sizeof(path), "%s/new/containers", parent);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(ocre_destroy_context(made), 0);
	help_remove(parent);
}

static void the_default_directory_can_be_set(void **state)
{
	char *home = help_workdir();
	struct ocre_context *made;

	(void)state;
	assert_int_equal(setenv("OCRE_HOME", home, 1), 0);
	made = ocre_create_context(NULL);
	assert_non_null(made);
	assert_string_equal(ocre_context_get_working_directory(made), home);
	assert_int_equal(unsetenv("OCRE_HOME"), 0);
	assert_int_equal(ocre_destroy_context(made), 0);
	help_remove(home);
}

static void a_context_that_cannot_be_is_none(void **state)
{
	char path[5000];

	(void)state;
	assert_null(ocre_create_context(""));
	assert_null(ocre_create_context("/proc/ocre"));
	/* A file, and what is too long for any system. */
	(void)snprintf(path, sizeof(path), "%s/images/exit0", workdir);
	assert_null(ocre_create_context(path));
	(void)snprintf(path, sizeof(path), "%s/images/exit0/below", workdir);
	assert_null(ocre_create_context(path));
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	assert_null(ocre_create_context(path));
	assert_null(ocre_create_context_with(path, NULL));
}

static void containers_are_listed_in_their_order(void **state)
{
	struct ocre_container *a = make("exit0", "a");
	struct ocre_container *b = make("exit0", "b");
	struct ocre_container *list[4] = {NULL};

	(void)state;
	assert_int_equal(ocre_context_get_container_count(context), 2);
	assert_int_equal(ocre_context_get_containers(context, list, 4), 2);
	assert_ptr_equal(list[0], a);
	assert_ptr_equal(list[1], b);
	list[1] = NULL;
	assert_int_equal(ocre_context_get_containers(context, list, 1), 1);
	assert_null(list[1]);
	assert_int_equal(ocre_context_get_containers(context, list, 0), 0);
	assert_int_equal(ocre_context_get_containers(context, list, -1), -1);
	assert_int_equal(ocre_context_get_containers(context, NULL, 4), -1);
	assert_ptr_equal(ocre_context_get_container_by_id(context, "b"), b);
	assert_null(ocre_context_get_container_by_id(context, "c"));
	assert_null(ocre_context_get_container_by_id(context, NULL));
	assert_null(ocre_context_get_container_by_id(context, ""));
	assert_null(ocre_context_get_container_by_id(context, "../b"));
	end(a);
	assert_null(ocre_context_get_container_by_id(context, "a"));
	assert_int_equal(ocre_context_get_container_count(context), 1);
	end(b);
}

/* ---- making containers ---- */

static void a_container_without_an_id_gets_one(void **state)
{
	struct ocre_container *list[100];
	char first[8];

	(void)state;
	for (int i = 0; i < 100; i++) {
		const char *id;

		list[i] = make("exit0", NULL);
		id = ocre_container_get_id(list[i]);
		assert_int_equal(strlen(id), 7);
		assert_int_equal(strspn(id, "0123456789abcdef"), 7);
		assert_ptr_equal(ocre_context_get_container_by_id(context, id), list[i]);
	}
	memcpy(first, ocre_container_get_id(list[0]), 8);
	for (int i = 0; i < 100; i++) {
		end(list[i]);
	}
	/* After a new beginning the ids are others: they do not come from a fixed seed. */
	ocre_deinitialize();
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	list[0] = make("exit0", NULL);
	assert_string_not_equal(ocre_container_get_id(list[0]), first);
	end(list[0]);
}

static void what_is_no_container_is_not_made(void **state)
{
	static const char *bad_mount[] = {"relative:/x", NULL};
	static const char *root_mount[] = {"/tmp:/", NULL};
	static const char *good_then_bad[] = {"/tmp:/x", "/tmp", NULL};
	const struct ocre_container_args mounts[] = {
		{.mounts = bad_mount}, {.mounts = root_mount}, {.mounts = good_then_bad}};
	char name[600];
	struct ocre_container *a = make("exit0", "a");

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
#define NOT(image, runtime, id, args, fd)                                                          \
	assert_null(ocre_context_create_container(context, image, runtime, id, true, args, fd, -1, \
						  -1))
	NOT(NULL, NULL, "b", NULL, -1);
	NOT("", NULL, "b", NULL, -1);
	NOT("../exit0", NULL, "b", NULL, -1);
	NOT("missing", NULL, "b", NULL, -1);
	NOT("invalid", NULL, "b", NULL, -1);
	NOT("empty", NULL, "b", NULL, -1);
	NOT(name, NULL, "b", NULL, -1);
	NOT("exit0", "no/such", "b", NULL, -1);
	NOT("exit0", "", "b", NULL, -1);
	NOT("exit0", NULL, "", NULL, -1);
	NOT("exit0", NULL, "B", NULL, -1);
	NOT("exit0", NULL, "..", NULL, -1);
	NOT("exit0", NULL, name, NULL, -1);
	NOT("exit0", NULL, "a", NULL, -1); /* there is one */
	NOT("exit0", NULL, "b", NULL, -2);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		NOT("exit0", NULL, "b", &mounts[i], -1);
	}
#undef NOT
	assert_int_equal(ocre_context_get_container_count(context), 1);
	end(a);
}

static void arguments_arrive(void **state)
{
	static const char *argv[] = {"one", "two words", "", NULL};
	static const char *envp[] = {"A=1", "B=", NULL};
	static const char *capabilities[] = {"networking", "no-such-thing", "ocre:api", NULL};
	const char *mounts[] = {NULL, NULL};
	struct ocre_container_args args = {argv, envp, capabilities, mounts};
	struct ocre_container *container;
	char mount[300];

	(void)state;
	(void)snprintf(mount, sizeof(mount), "%s:/data", workdir);
	mounts[0] = mount;
	container = ocre_context_create_container(context, "exit0", "wamr/wasip1", "c", false,
						  &args, 5, -1, 6);
	assert_non_null(container);
	/* The first is the image's name: no path of the host. */
	assert_string_equal(fake_seen.args, "exit0|one|two words|");
	assert_string_equal(fake_seen.env, "A=1|B=");
	assert_string_equal(fake_seen.grants, "networking|no-such-thing|ocre:api");
	assert_string_equal(fake_seen.mounts, mount);
	assert_int_equal(fake_seen.stdio[0], 5);
	assert_int_equal(fake_seen.stdio[1], 1);
	assert_int_equal(fake_seen.stdio[2], 6);
	assert_string_equal(ocre_container_get_id(container), "c");
	assert_string_equal(ocre_container_get_image(container), "exit0");
	assert_false(ocre_container_is_detached(container));
	end(container);
	container = make("exit0", "c");
	assert_string_equal(fake_seen.args, "exit0");
	assert_string_equal(fake_seen.env, "");
	assert_string_equal(fake_seen.grants, "");
	assert_string_equal(fake_seen.mounts, "");
	assert_true(ocre_container_is_detached(container));
	end(container);
}

static bool has_storage(const char *id)
{
	char path[300];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/containers/%s", workdir, id);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void storage_lives_as_long_as_its_container(void **state)
{
	static const char *capabilities[] = {"filesystem", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_container *container =
		ocre_context_create_container(context, "exit0", NULL, "c", true, &args, -1, -1, -1);
	char path[300];

	(void)state;
	assert_non_null(container);
	assert_true(has_storage("c"));
	(void)snprintf(path, sizeof(path), "%s/containers/c:/", workdir);
	assert_string_equal(fake_seen.mounts, path);
	/* A new context does not throw away what containers stored. */
	(void)snprintf(path, sizeof(path), "%s/containers/c/kept", workdir);
	assert_int_equal(fclose(fopen(path, "w")), 0);
	assert_int_equal(ocre_destroy_context(context), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
	assert_true(has_storage("c"));
	assert_int_equal(access(path, F_OK), 0);
	end(make("exit0", "d"));
	assert_false(has_storage("d")); /* it has no such capability */
}

static void removing_a_container_removes_its_storage(void **state)
{
	static const char *capabilities[] = {"filesystem", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_container *container =
		ocre_context_create_container(context, "exit0", NULL, "e", true, &args, -1, -1, -1);

	(void)state;
	assert_non_null(container);
	assert_true(has_storage("e"));
	end(container);
	assert_false(has_storage("e"));
}

/* ---- every call in every state ---- */

enum action {
	START,
	PAUSE,
	UNPAUSE,
	STOP,
	KILL,
	WAIT,
	REMOVE,
};

static int act(struct ocre_container *container, enum action action)
{
	switch (action) {
	case START:
		return ocre_container_start(container);
	case PAUSE:
		return ocre_container_pause(container);
	case UNPAUSE:
		return ocre_container_unpause(container);
	case STOP:
		return ocre_container_stop(container);
	case KILL:
		return ocre_container_kill(container);
	case WAIT:
		return ocre_container_wait(container, NULL);
	case REMOVE:
		return ocre_context_remove_container(context, container);
	}
	return -2;
}

#define CREATED OCRE_CONTAINER_STATUS_CREATED
#define RUNNING OCRE_CONTAINER_STATUS_RUNNING
#define PAUSED	OCRE_CONTAINER_STATUS_PAUSED
#define STOPPED OCRE_CONTAINER_STATUS_STOPPED
#define ERROR	OCRE_CONTAINER_STATUS_ERROR
#define GONE	OCRE_CONTAINER_STATUS_UNKNOWN
#define NO	((ocre_container_status_t)77) /* fails, and nothing has changed */

/*
 * Among others: a start in a wrong state leaves the state alone; a failing start returns; pause,
 * unpause and stop work; wait and remove do not take what runs.
 */
static void every_call_in_every_state(void **state)
{
	static const struct {
		ocre_container_status_t from;
		const char *image;
		ocre_container_status_t after[7]; /* by enum action */
	} rows[] = {
		{CREATED, "sleep", {RUNNING, NO, NO, NO, NO, NO, GONE}},
		{CREATED, "loop", {RUNNING, NO, NO, NO, NO, NO, GONE}},
		{RUNNING, "sleep", {NO, PAUSED, NO, STOPPED, STOPPED, RUNNING, NO}},
		{RUNNING, "loop", {NO, PAUSED, NO, STOPPED, STOPPED, RUNNING, NO}},
		{PAUSED, "sleep", {NO, NO, RUNNING, STOPPED, STOPPED, PAUSED, NO}},
		{PAUSED, "loop", {NO, NO, RUNNING, STOPPED, STOPPED, PAUSED, NO}},
		{STOPPED, "exit0", {RUNNING, NO, NO, NO, NO, STOPPED, GONE}},
		{ERROR, "nostart", {NO, NO, NO, NO, NO, NO, GONE}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int action = START; action <= REMOVE; action++) {
			ocre_container_status_t after = rows[i].after[action];
			struct ocre_container *container = make_in(rows[i].image, rows[i].from);
			int rc;

			/* Waiting for these is another test. */
			if (action == WAIT && (after == RUNNING || after == PAUSED)) {
				end(container);
				continue;
			}
			rc = act(container, (enum action)action);
			if ((rc == 0) != (after != NO)) {
				fail_msg("from state %d action %d returned %d", (int)rows[i].from,
					 action, rc);
			}
			if (after == NO) {
				after = rows[i].from;
			}
			if (rows[i].from == STOPPED && action == START) {
				assert_true(fake_becomes(container, STOPPED));
			} else if (ocre_container_get_status(container) != after) {
				fail_msg("from state %d action %d left state %d", (int)rows[i].from,
					 action, (int)ocre_container_get_status(container));
			}
			if (after != GONE) {
				end(container);
			}
		}
	}
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

/* Limits that leave no room: a call fails, and the next context is as good as any. */
static void options_that_leave_no_room(void **state)
{
	static const struct ocre_context_options all[] = {
		{.memory_limit = 1},
		{.memory_limit = 5000},
		{.max_containers = 1},
		{.executors = 257},
		{.executors = UINT32_MAX, .memory_limit = SIZE_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct ocre_container *container = NULL;

		assert_int_equal(ocre_destroy_context(context), 0);
		context = ocre_create_context_with(workdir, &all[i]);
		if (context != NULL) {
			container = ocre_context_create_container(context, "exit0", NULL, "one",
								  true, NULL, -1, -1, -1);
		}
		if (container != NULL) {
			assert_int_equal(ocre_container_start(container), 0);
			assert_int_equal(ocre_container_wait(container, NULL), 0);
		}
		if (all[i].max_containers == 1) {
			assert_non_null(container);
			assert_null(ocre_context_create_container(context, "exit0", NULL, "two",
								  true, NULL, -1, -1, -1));
		}
		if (all[i].executors != 0) {
			assert_null(context);
		}
		if (all[i].memory_limit == 1) {
			assert_null(container);
		}
		if (context == NULL) {
			context = ocre_create_context(workdir);
			assert_non_null(context);
		}
	}
}

static void a_container_can_live_again(void **state)
{
	struct ocre_container *container = make("exit42", NULL);

	(void)state;
	for (int i = 0; i < 50; i++) {
		int status = -1;

		assert_int_equal(ocre_container_start(container), 0);
		assert_int_equal(ocre_container_wait(container, &status), 0);
		assert_int_equal(status, 42);
	}
	end(container);
}

/* ---- waiting and exit codes ---- */

static void start_waits_unless_detached(void **state)
{
	struct ocre_container *container = ocre_context_create_container(
		context, "exit42", NULL, NULL, false, NULL, -1, -1, -1);
	int status = -1;

	(void)state;
	/* 0, whatever the exit code. */
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_get_status(container), STOPPED);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 42);
	end(container);
}

static void traps_and_kills_are_0_unless_asked(void **state)
{
	const struct ocre_context_options options = {.honest_exit_codes = true};
	struct ocre_container *container = make("trap", NULL);
	struct ocre_container_info info;
	int status = -1;

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 0);
	/* The true reason is there all the same. */
	assert_int_equal(ocre_container_get_info(container, &info), OCRE_OK);
	assert_int_equal(info.end.end, OCRE_END_TRAP);
	end(container);
	container = make_in("loop", RUNNING);
	assert_int_equal(ocre_container_kill(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 0);
	end(container);

	assert_int_equal(ocre_destroy_context(context), 0);
	context = ocre_create_context_with(workdir, &options);
	assert_non_null(context);
	container = make("trap", NULL);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 134);
	end(container);
	container = make_in("sleep", RUNNING);
	assert_int_equal(ocre_container_kill(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 137);
	end(container);
}

static void a_polite_guest_is_asked_to_end(void **state)
{
	struct ocre_container *container = make_in("polite", RUNNING);
	int status = -1;

	(void)state;
	assert_int_equal(ocre_container_stop(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 7);
	end(container);
}

static void waiting_in_error_does_not_touch_the_status(void **state)
{
	struct ocre_container *container = make_in("nostart", ERROR);
	int status = 1234;

	(void)state;
	assert_int_equal(ocre_container_wait(container, &status), -1);
	assert_int_equal(status, 1234);
	end(container);
}

struct waiter {
	pthread_t thread;
	struct ocre_container *container;
	int (*fn)(struct ocre_container *container);
	int rc;
	_Atomic int done;
};

static void *wait_there(void *arg)
{
	struct waiter *waiter = arg;

	waiter->rc = waiter->fn(waiter->container);
	waiter->done = 1;
	return NULL;
}

static void begin(struct waiter *waiter, struct ocre_container *container,
		  int (*fn)(struct ocre_container *container))
{
	waiter->container = container;
	waiter->fn = fn;
	waiter->done = 0;
	waiter->rc = -5;
	assert_int_equal(pthread_create(&waiter->thread, NULL, wait_there, waiter), 0);
}

static int wait_for_end(struct ocre_container *container)
{
	int status = -1;
	int rc = ocre_container_wait(container, &status);

	return rc == 0 ? status : -100;
}

static void waiting_goes_on_while_it_is_paused(void **state)
{
	struct ocre_container *container = make_in("polite", RUNNING);
	struct waiter waiters[8];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		begin(&waiters[i], container, wait_for_end);
	}
	help_sleep_ms(20);
	assert_int_equal(ocre_container_pause(container), 0);
	help_sleep_ms(50);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(waiters[i].done, 0);
	}
	assert_int_equal(ocre_container_unpause(container), 0);
	help_sleep_ms(20);
	assert_int_equal(waiters[0].done, 0);
	assert_int_equal(ocre_container_stop(container), 0);
	for (size_t i = 0; i < 8; i++) {
		pthread_join(waiters[i].thread, NULL);
		assert_int_equal(waiters[i].rc, 7);
	}
	end(container);
}

static void a_start_that_waits_ends_with_a_kill(void **state)
{
	struct ocre_container *container =
		ocre_context_create_container(context, "loop", NULL, NULL, false, NULL, -1, -1, -1);
	struct waiter waiter;

	(void)state;
	begin(&waiter, container, ocre_container_start);
	assert_true(fake_becomes(container, RUNNING));
	assert_int_equal(ocre_container_kill(container), 0);
	pthread_join(waiter.thread, NULL);
	assert_int_equal(waiter.rc, 0);
	end(container);
}

static void kill_right_after_start(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		struct ocre_container *container = make(i % 2 == 0 ? "exit0" : "loop", NULL);

		assert_int_equal(ocre_container_start(container), 0);
		(void)ocre_container_kill(container);
		assert_int_equal(ocre_container_get_status(container), STOPPED);
		end(container);
	}
}

static void no_call_takes(struct ocre_context *ctx, struct ocre_container *container)
{
	struct ocre_container *list[2];
	int status = 1234;

	assert_int_equal(ocre_container_start(container), -1);
	assert_int_equal(ocre_container_get_status(container), GONE);
	assert_null(ocre_container_get_id(container));
	assert_null(ocre_container_get_image(container));
	assert_int_equal(ocre_container_pause(container), -1);
	assert_int_equal(ocre_container_unpause(container), -1);
	assert_int_equal(ocre_container_stop(container), -1);
	assert_int_equal(ocre_container_kill(container), -1);
	assert_int_equal(ocre_container_wait(container, &status), -1);
	assert_int_equal(status, 1234);
	assert_false(ocre_container_is_detached(container));
	assert_int_equal(ocre_context_remove_container(context, container), -1);

	assert_null(
		ocre_context_create_container(ctx, "exit0", NULL, NULL, true, NULL, -1, -1, -1));
	assert_null(ocre_context_get_container_by_id(ctx, "a"));
	assert_int_equal(ocre_context_get_container_count(ctx), -1);
	assert_int_equal(ocre_context_get_containers(ctx, list, 2), -1);
	assert_null(ocre_context_get_working_directory(ctx));
	assert_int_equal(ocre_destroy_context(ctx), -1);
}

/* ---- ends ---- */

static void destroying_a_context_lets_waiters_go(void **state)
{
	struct ocre_container *container = make_in("sleep", RUNNING);
	struct ocre_container *paused = make_in("loop", PAUSED);
	struct waiter waiters[2];
	double began = now();

	(void)state;
	begin(&waiters[0], container, wait_for_end);
	begin(&waiters[1], paused, wait_for_end);
	help_sleep_ms(20);
	assert_int_equal(ocre_destroy_context(context), 0);
	assert_true(now() - began < 5);
	pthread_join(waiters[0].thread, NULL);
	pthread_join(waiters[1].thread, NULL);
	assert_int_equal(waiters[0].rc, 0);
	assert_int_equal(waiters[1].rc, 0);
	assert_int_equal(ocre_container_get_status(container), GONE);
	context = ocre_create_context(workdir);
	assert_non_null(context);
}

static void deinitialize_ends_everything(void **state)
{
	struct ocre_container *container = make_in("loop", RUNNING);

	(void)state;
	ocre_deinitialize();
	assert_int_equal(fake_choice_users, 0);
	assert_int_equal(ocre_container_get_status(container), GONE);
	assert_int_equal(ocre_context_get_container_count(context), -1);
	no_call_takes(context, container);
	assert_null(ocre_create_context(workdir)); /* not initialized */
	ocre_deinitialize();			   /* no harm */
	assert_int_equal(ocre_initialize(NULL), 0);
	assert_int_equal(ocre_initialize(NULL), 0); /* instead of the first */
	assert_int_equal(fake_choice_users, 0);	    /* the choice is for contexts */
	context = ocre_create_context(workdir);
	assert_int_equal(fake_choice_users, 1);
	assert_non_null(context);
	assert_int_equal(ocre_initialize(NULL), -1); /* there is a context */
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

static void a_choice_that_fails_fails_initialize(void **state)
{
	(void)state;
	ocre_deinitialize();
	fake_choice_fails = true;
	assert_int_equal(ocre_initialize(NULL), -1);
	fake_choice_fails = false;
	assert_null(ocre_create_context(workdir));
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
}

/* ---- handles that are none ---- */

static void handles_that_are_none(void **state)
{
	struct ocre_container *gone = make("exit0", "a");
	static char garbage[4096];
	char *other = help_workdir();
	struct ocre_context *second = ocre_create_context(other);
	struct ocre_container *container = make("exit0", "b");

	(void)state;
	memset(garbage, 0x5a, sizeof(garbage));
	end(gone);
	no_call_takes(NULL, NULL);
	no_call_takes((struct ocre_context *)garbage, (struct ocre_container *)garbage);
	no_call_takes((struct ocre_context *)0x10, (struct ocre_container *)0x10);
	/* Each in the place of the other. */
	no_call_takes((struct ocre_context *)container, (struct ocre_container *)context);
	/* A container of another context is not removed. */
	assert_int_equal(ocre_context_remove_container(second, container), -1);
	assert_int_equal(ocre_context_remove_container(NULL, container), -1);
	assert_int_equal(ocre_destroy_context(second), 0);
	no_call_takes(second, gone);
	assert_int_equal(ocre_container_get_status(container), CREATED);
	end(container);
	help_remove(other);
}

/* ---- together with core.h ---- */

static void the_core_and_this_api_know_the_same_containers(void **state)
{
	const struct ocre_container_config config = {
		.id = "core", .image = "exit42", .cpu_weight = 10, .memory_limit = 1000000};
	struct ocre_container *container = NULL;
	struct ocre_container_stats stats;
	int status = -1;

	(void)state;
	assert_int_equal(ocre_container_create(context, &config, &container, NULL), OCRE_OK);
	assert_ptr_equal(ocre_context_get_container_by_id(context, "core"), container);
	assert_string_equal(ocre_container_get_image(container), "exit42");
	assert_true(ocre_container_is_detached(container));
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(status, 42);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
	assert_int_equal(ocre_container_get_status(container), GONE);

	/* And the other way round, with a removal that this API does not see. */
	container = make("exit42", "api");
	assert_int_equal(ocre_container_get_stats(container, &stats), OCRE_OK);
	assert_int_equal(ocre_core_start(container, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(container, UINT32_MAX, NULL), OCRE_OK);
	assert_int_equal(ocre_container_remove(container), OCRE_OK);
	assert_int_equal(ocre_container_get_status(container), GONE);
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_build_is_described),
		cmocka_unit_test(names_are_names),
		TEST(a_directory_has_one_context),
		TEST(a_context_makes_its_directories),
		TEST(the_default_directory_can_be_set),
		TEST(a_context_that_cannot_be_is_none),
		TEST(containers_are_listed_in_their_order),
		TEST(a_container_without_an_id_gets_one),
		TEST(what_is_no_container_is_not_made),
		TEST(arguments_arrive),
		TEST(storage_lives_as_long_as_its_container),
		TEST(removing_a_container_removes_its_storage),
		TEST(every_call_in_every_state),
		TEST(options_that_leave_no_room),
		TEST(a_container_can_live_again),
		TEST(start_waits_unless_detached),
		TEST(traps_and_kills_are_0_unless_asked),
		TEST(a_polite_guest_is_asked_to_end),
		TEST(waiting_in_error_does_not_touch_the_status),
		TEST(waiting_goes_on_while_it_is_paused),
		TEST(a_start_that_waits_ends_with_a_kill),
		TEST(kill_right_after_start),
		TEST(destroying_a_context_lets_waiters_go),
		TEST(deinitialize_ends_everything),
		TEST(a_choice_that_fails_fails_initialize),
		TEST(handles_that_are_none),
		TEST(the_core_and_this_api_know_the_same_containers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
