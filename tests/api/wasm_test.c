/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasm_test.c - the library `ocre` as a program links it, with WebAssembly guests: what the Ocre
 * API promises about them, and what must not go wrong again.
 */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/beyond.h>
#include <ocre/ocre.h>
#include <ocre/platform/log.h>
#include <ocre/runtime/wamr/wasip1.h>

#include "guest_wasm.h"
#include "help.h"
#include "huge_wasm.h"

static char *workdir;
static struct ocre_context *context;

/* wamr_vtable as a runtime of the program, under another name. */
static struct ocre_runtime_vtable *other_vtable;

static int set_up(void **state)
{
	const struct ocre_runtime_vtable like = {
		.runtime_name = "other/wasm",
		.init = wamr_vtable.init,
		.deinit = wamr_vtable.deinit,
		.create = wamr_vtable.create,
		.destroy = wamr_vtable.destroy,
		.thread_execute = wamr_vtable.thread_execute,
		.stop = wamr_vtable.stop,
		.kill = wamr_vtable.kill,
		.pause = wamr_vtable.pause,
		.unpause = wamr_vtable.unpause,
	};
	const struct ocre_runtime_vtable *vtables[] = {NULL, NULL};

	(void)state;
	__ocre_log_level = getenv("OCRE_TEST_LOG") != NULL ? 4 : 0;
	other_vtable = malloc(sizeof(*other_vtable));
	memcpy(other_vtable, &like, sizeof(like));
	vtables[0] = other_vtable;
	workdir = help_workdir();
	if (workdir == NULL || ocre_initialize(vtables) != 0 ||
	    !help_image(workdir, "guest.wasm", guest_wasm, sizeof(guest_wasm)) ||
	    !help_image(workdir, "cut.wasm", guest_wasm, sizeof(guest_wasm) - 1) ||
	    !help_image(workdir, "huge.wasm", huge_wasm, sizeof(huge_wasm))) {
		return -1;
	}
	context = ocre_create_context(workdir);
	return context != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ocre_deinitialize();
	help_remove(workdir);
	free(other_vtable);
	return 0;
}

static struct ocre_container *make_with(const char *runtime, const char *what, const char *id,
					const char **capabilities, int in, int out)
{
	const char *argv[] = {what, NULL};
	const struct ocre_container_args args = {.argv = argv, .capabilities = capabilities};
	struct ocre_container *container = ocre_context_create_container(
		context, "guest.wasm", runtime, id, true, &args, in, out, -1);

	assert_non_null(container);
	return container;
}

static const char *api[] = {"ocre:api", NULL};

static struct ocre_container *make(const char *what)
{
	return make_with(NULL, what, NULL, api, -1, -1);
}

static struct ocre_container *start(const char *what)
{
	struct ocre_container *container = make(what);

	assert_int_equal(ocre_container_start(container), 0);
	return container;
}

static void end(struct ocre_container *container)
{
	(void)ocre_container_kill(container);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
}

static int exit_code(struct ocre_container *container)
{
	int status = -1;

	assert_int_equal(ocre_container_wait(container, &status), 0);
	assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_STOPPED);
	return status;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what is promised ---- */

static void the_exit_code_is_the_guests(void **state)
{
	struct ocre_container *container = start("e");

	(void)state;
	assert_int_equal(exit_code(container), 42);
	end(container);
	container = start("t");
	assert_int_equal(exit_code(container), 0);
	end(container);
}

/* Fresh memory and fresh globals: the product of both counters is 1 each time. */
static void each_life_is_fresh(void **state)
{
	struct ocre_container *container = make("c");

	(void)state;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ocre_container_start(container), 0);
		assert_int_equal(exit_code(container), 1);
	}
	end(container);
}

static void arguments_do_not_tell_the_hosts_paths(void **state)
{
	const char *argv[] = {"p", "two", NULL};
	const struct ocre_container_args args = {.argv = argv};
	struct ocre_container *container;
	char text[200] = {0};
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	container = ocre_context_create_container(context, "guest.wasm", NULL, NULL, false, &args,
						  -1, pipes[1], -1);
	assert_non_null(container);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(read(pipes[0], text, sizeof(text)), sizeof("guest.wasm\0p\0two"));
	assert_memory_equal(text, "guest.wasm\0p\0two", sizeof("guest.wasm\0p\0two"));
	end(container);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void a_closed_descriptor_is_refused(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct ocre_container *container = make_with(
			NULL, "e", NULL, NULL, i == 0 ? 999999 : -1, i == 1 ? 999999 : -1);

		assert_int_equal(ocre_container_start(container), -1);
		assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_ERROR);
		end(container);
	}
}

static void files_survive_a_context_and_not_their_container(void **state)
{
	static const char *filesystem[] = {"filesystem", NULL};
	struct ocre_container *container = make_with(NULL, "f", "keeper", filesystem, -1, -1);

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 2); /* it is there */
	ocre_deinitialize();
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
	container = make_with(NULL, "f", "keeper", filesystem, -1, -1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 2);
	/* Another one does not see it, and one of the same name after a removal does not either. */
	end(container);
	container = make_with(NULL, "f", "keeper", filesystem, -1, -1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 1);
	end(container);
	container = make_with(NULL, "f", "other", NULL, -1, -1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 3); /* it has no directory */
	end(container);
}

static void a_truncated_image_is_refused(void **state)
{
	(void)state;
	assert_null(ocre_context_create_container(context, "cut.wasm", NULL, "x", true, NULL, -1,
						  -1, -1));
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

static void pause_holds_a_guest(void **state)
{
	static const char *const guests[] = {"l", "s", "h"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ocre_container *container = start(guests[i]);
		struct ocre_container_stats first;
		struct ocre_container_stats second;

		help_sleep_ms(10);
		assert_int_equal(ocre_container_pause(container), 0);
		assert_int_equal(ocre_container_get_status(container),
				 OCRE_CONTAINER_STATUS_PAUSED);
		assert_int_equal(ocre_container_get_stats(container, &first), OCRE_OK);
		help_sleep_ms(30);
		assert_int_equal(ocre_container_get_stats(container, &second), OCRE_OK);
		assert_int_equal(first.budget, second.budget);
		assert_int_equal(ocre_container_unpause(container), 0);
		/* The one that computes goes on; on a busy machine that may take a while. */
		for (int n = 0; i == 0 && second.budget == first.budget; n++) {
			assert_true(n < 1000);
			help_sleep_ms(5);
			assert_int_equal(ocre_container_get_stats(container, &second), OCRE_OK);
		}
		assert_int_equal(ocre_container_stop(container), 0);
		end(container);
	}
}

/* ---- what went wrong elsewhere, by its number in the list of known defects ---- */

static void defect_1_a_second_start_leaves_a_running_one_alone(void **state)
{
	struct ocre_container *container = start("s");

	(void)state;
	assert_int_equal(ocre_container_start(container), -1);
	assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_RUNNING);
	assert_int_equal(ocre_context_remove_container(context, container), -1);
	assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_RUNNING);
	end(container);
}

static void defect_2_a_start_without_memory_fails_and_returns(void **state)
{
	const struct ocre_context_options options = {.memory_limit = 32 * 1024 * 1024};
	struct ocre_container *container;
	double began = now();

	(void)state;
	assert_int_equal(ocre_destroy_context(context), 0);
	context = ocre_create_context_with(workdir, &options);
	assert_non_null(context);
	container = ocre_context_create_container(context, "huge.wasm", NULL, "huge", false, NULL,
						  -1, -1, -1);
	if (container != NULL) {
		assert_int_equal(ocre_container_start(container), -1);
		assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_ERROR);
		assert_int_equal(ocre_context_remove_container(context, container), 0);
	}
	assert_true(now() - began < 5);
	/* And nobody else suffers. */
	container = start("e");
	assert_int_equal(exit_code(container), 42);
	end(container);
}

static void *kill_it(void *arg)
{
	(void)ocre_container_kill(arg);
	return NULL;
}

static void defect_3_a_kill_may_come_at_any_time(void **state)
{
	struct ocre_container *container = make("e");

	(void)state;
	for (int i = 0; i < 300; i++) {
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, kill_it, container), 0);
		assert_int_equal(ocre_container_start(container), 0);
		(void)ocre_container_kill(container);
		pthread_join(thread, NULL);
		assert_int_equal(ocre_container_get_status(container),
				 OCRE_CONTAINER_STATUS_STOPPED);
	}
	end(container);
}

static void defect_4_a_kill_ends_any_wait_at_once(void **state)
{
	static const char *const guests[] = {"s", "r", "l", "h"};
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	for (size_t i = 0; i < 4; i++) {
		struct ocre_container *container =
			make_with(NULL, guests[i], NULL, api, pipes[0], -1);
		double began;

		assert_int_equal(ocre_container_start(container), 0);
		help_sleep_ms(20);
		/* 9,999,999 ms are 2.8 hours, and no number that is negative. */
		assert_int_equal(ocre_container_get_status(container),
				 OCRE_CONTAINER_STATUS_RUNNING);
		began = now();
		assert_int_equal(ocre_container_kill(container), 0);
		assert_true(now() - began < 10);
		assert_int_equal(exit_code(container), 0);
		end(container);
	}
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void a_guest_that_reads_gets_what_is_written(void **state)
{
	struct ocre_container *container;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	container = make_with(NULL, "r", NULL, api, pipes[0], -1);
	assert_int_equal(ocre_container_start(container), 0);
	help_sleep_ms(20);
	assert_int_equal(write(pipes[1], "A", 1), 1);
	assert_int_equal(exit_code(container), 'A');
	end(container);
	(void)close(pipes[0]);
	(void)close(pipes[1]);
}

static void *wait_for(void *arg)
{
	return (void *)(intptr_t)ocre_container_wait(arg, NULL);
}

static void defect_5_a_wait_for_a_paused_one_waits(void **state)
{
	struct ocre_container *container = start("s");
	pthread_t thread;
	double began = now();
	void *rc;

	(void)state;
	assert_int_equal(ocre_container_pause(container), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_for, container), 0);
	help_sleep_ms(100);
	assert_int_equal(ocre_container_kill(container), 0);
	pthread_join(thread, &rc);
	assert_int_equal((intptr_t)rc, 0);
	assert_true(now() - began >= 0.1);
	end(container);
}

/* 6: one that never takes its events does not block others. 7: each has a timer 1 of its own. */
static void defects_6_and_7_events_and_timers_are_each_containers_own(void **state)
{
	struct ocre_container *hoarders[3];
	struct ocre_container *tickers[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		hoarders[i] = start("h");
	}
	help_sleep_ms(100); /* more events than a queue has room for */
	for (int i = 0; i < 3; i++) {
		tickers[i] = start("w");
	}
	for (int i = 0; i < 3; i++) {
		assert_int_equal(exit_code(tickers[i]), 11);
		end(tickers[i]);
		assert_int_equal(ocre_container_get_status(hoarders[i]),
				 OCRE_CONTAINER_STATUS_RUNNING);
	}
	for (int i = 0; i < 3; i++) {
		end(hoarders[i]);
	}
}

/* A life does not begin with what the one before left in its queue. */
static void defect_6_events_of_a_life_end_with_it(void **state)
{
	struct ocre_container *container = make("q");

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(ocre_container_start(container), 0);
		help_sleep_ms(50);
		assert_int_equal(ocre_container_get_status(container),
				 OCRE_CONTAINER_STATUS_RUNNING);
		assert_int_equal(ocre_container_kill(container), 0);
	}
	end(container);
}

/* Whoever lacks `ocre:api` does not sleep and gets no timer, but -EPERM. */
static void defect_8_without_the_capability_nothing_is_done(void **state)
{
	static const char *others[] = {"filesystem", "networking", "ocre:shared_heap", NULL};
	double began = now();

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char **capabilities = i == 0 ? NULL : others;
		struct ocre_container *sleeper = make_with(NULL, "s", NULL, capabilities, -1, -1);
		struct ocre_container *ticker = make_with(NULL, "w", NULL, capabilities, -1, -1);

		assert_int_equal(ocre_container_start(sleeper), 0);
		assert_int_equal(ocre_container_start(ticker), 0);
		assert_int_equal(exit_code(sleeper), -1);
		assert_int_equal(exit_code(ticker), 1);
		end(sleeper);
		end(ticker);
	}
	assert_true(now() - began < 10);
}

/* ---- wamr_vtable ---- */

static void the_runtime_works_as_a_table_too(void **state)
{
	static const char *both[] = {"ocre:api", "filesystem", NULL};
	struct ocre_container *container = make_with("other/wasm", "e", NULL, api, -1, -1);

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 42);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 42);
	end(container);
	container = make_with("other/wasm", "f", "filer", both, -1, -1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 2);
	end(container);
	container = make_with("other/wasm", "l", NULL, api, -1, -1);
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_pause(container), 0);
	assert_int_equal(ocre_container_unpause(container), 0);
	assert_int_equal(ocre_container_stop(container), 0);
	end(container);
	assert_null(ocre_context_create_container(context, "cut.wasm", "other/wasm", "x", true,
						  NULL, -1, -1, -1));
	assert_null(ocre_context_create_container(context, "none.wasm", "other/wasm", "x", true,
						  NULL, -1, -1, -1));
}

/* ---- many threads, random calls ---- */

#define THREADS	   4
#define CONTAINERS 4
#define STEPS	   1500

static const char *const ids[CONTAINERS] = {"a", "b", "c", "d"};

static void step(unsigned int *seed)
{
	const char *id = ids[rand_r(seed) % CONTAINERS];
	struct ocre_container *container = ocre_context_get_container_by_id(context, id);
	static const char *const guests[] = {"e", "t", "l", "s", "w"};
	const char *argv[] = {guests[rand_r(seed) % 5], NULL};
	const struct ocre_container_args args = {.argv = argv, .capabilities = api};

	switch (rand_r(seed) % 9) {
	case 0:
	case 1:
		(void)ocre_context_create_container(context, "guest.wasm", NULL, id, true, &args,
						    -1, -1, -1);
		break;
	case 2:
	case 3:
		(void)ocre_container_start(container);
		break;
	case 4:
		(void)ocre_container_pause(container);
		break;
	case 5:
		(void)ocre_container_unpause(container);
		break;
	case 6:
		(void)ocre_container_kill(container);
		break;
	case 7:
		(void)ocre_context_remove_container(context, container);
		break;
	default: {
		ocre_container_status_t status = ocre_container_get_status(container);

		assert_true(status >= OCRE_CONTAINER_STATUS_UNKNOWN &&
			    status <= OCRE_CONTAINER_STATUS_ERROR);
		break;
	}
	}
}

static void *walk(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;

	for (int i = 0; i < STEPS; i++) {
		step(&seed);
	}
	return NULL;
}

/* The handles that a thread has are removed by others under its hands. */
static void threads_may_do_what_they_like(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, walk, (void *)(uintptr_t)(i + 1)), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < CONTAINERS; i++) {
		struct ocre_container *container =
			ocre_context_get_container_by_id(context, ids[i]);

		if (container != NULL) {
			end(container);
		}
	}
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_exit_code_is_the_guests),
		TEST(each_life_is_fresh),
		TEST(arguments_do_not_tell_the_hosts_paths),
		TEST(a_closed_descriptor_is_refused),
		TEST(files_survive_a_context_and_not_their_container),
		TEST(a_truncated_image_is_refused),
		TEST(pause_holds_a_guest),
		TEST(defect_1_a_second_start_leaves_a_running_one_alone),
		TEST(defect_2_a_start_without_memory_fails_and_returns),
		TEST(defect_3_a_kill_may_come_at_any_time),
		TEST(defect_4_a_kill_ends_any_wait_at_once),
		TEST(a_guest_that_reads_gets_what_is_written),
		TEST(defect_5_a_wait_for_a_paused_one_waits),
		TEST(defects_6_and_7_events_and_timers_are_each_containers_own),
		TEST(defect_6_events_of_a_life_end_with_it),
		TEST(defect_8_without_the_capability_nothing_is_done),
		TEST(the_runtime_works_as_a_table_too),
		TEST(threads_may_do_what_they_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
