/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vtable_test.c - runtimes of a program's own: one with good manners, which writes down every call
 * that breaks the rules it was promised, and some with bad ones. The image's name says which.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <ocre/beyond.h>
#include <ocre/ocre.h>
#include <ocre/platform/log.h>

#include "fake.h"
#include "help.h"

/* ---- the runtime ---- */

struct box {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char mode[32];
	bool running;
	bool paused;
	bool killed;
	bool stopped;
};

static struct {
	_Atomic int inits;
	_Atomic int deinits;
	_Atomic int boxes;    /* created and not destroyed */
	_Atomic int lives;    /* begun */
	_Atomic int offences; /* calls that should not have come */
	_Atomic int kills;
	_Atomic int stops;
	_Atomic bool release;	  /* those that do not listen may go */
	struct box *_Atomic deaf; /* that is lost to us */
	struct fake_seen seen;
	char id[32];
	char path[300];
	char workdir[300];
	bool has_workdir;
} runtime;

static int rt_init(void)
{
	runtime.inits++;
	return 0;
}

static int rt_deinit(void)
{
	runtime.deinits++;
	return 0;
}

static void join(char *out, size_t size, const char **list)
{
	(void)snprintf(out, size, "%s", list != NULL ? "" : "NULL");
	for (; list != NULL && *list != NULL; list++) {
		size_t used = strlen(out);

		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? "|" : "", *list);
	}
}

static void *rt_create(const char *container_id, const char *img_path, const char *workdir,
		       const char **capabilities, const char **argv, const char **envp,
		       const char **mounts, int stdin_fd, int stdout_fd, int stderr_fd)
{
	const char *name = strrchr(img_path, '/');
	struct box *box;

	(void)snprintf(runtime.id, sizeof(runtime.id), "%s", container_id);
	(void)snprintf(runtime.path, sizeof(runtime.path), "%s", img_path);
	(void)snprintf(runtime.workdir, sizeof(runtime.workdir), "%s",
		       workdir != NULL ? workdir : "NULL");
	join(runtime.seen.args, sizeof(runtime.seen.args), argv);
	join(runtime.seen.env, sizeof(runtime.seen.env), envp);
	join(runtime.seen.grants, sizeof(runtime.seen.grants), capabilities);
	join(runtime.seen.mounts, sizeof(runtime.seen.mounts), mounts);
	runtime.seen.stdio[0] = stdin_fd;
	runtime.seen.stdio[1] = stdout_fd;
	runtime.seen.stdio[2] = stderr_fd;
	name = name != NULL ? name + 1 : img_path;
	if (strcmp(name, "nocreate") == 0) {
		return NULL;
	}
	box = calloc(1, sizeof(*box));
	pthread_mutex_init(&box->lock, NULL);
	pthread_cond_init(&box->changed, NULL);
	(void)snprintf(box->mode, sizeof(box->mode), "%s", name);
	runtime.boxes++;
	return box;
}

static int rt_destroy(void *runtime_context)
{
	struct box *box = runtime_context;

	runtime.offences += box->running;
	pthread_cond_destroy(&box->changed);
	pthread_mutex_destroy(&box->lock);
	free(box);
	runtime.boxes--;
	return 0;
}

/* Runs until it is stopped or killed, and not while it is paused. */
static int live(struct box *box, sem_t *sem, bool posts)
{
	int code;

	pthread_mutex_lock(&box->lock);
	runtime.offences += box->running;
	box->running = true;
	box->paused = false;
	box->killed = false;
	box->stopped = false;
	if (posts) {
		sem_post(sem);
	}
	while (!box->killed && !(box->stopped && !box->paused)) {
		pthread_cond_wait(&box->changed, &box->lock);
	}
	box->running = false;
	code = box->killed ? 9 : 5;
	pthread_mutex_unlock(&box->lock);
	return code;
}

static int rt_execute(void *runtime_context, sem_t *sem)
{
	struct box *box = runtime_context;

	runtime.lives++;
	if (strcmp(box->mode, "quick") == 0) {
		sem_post(sem);
		return 3;
	}
	if (strcmp(box->mode, "flood") == 0) {
		for (int i = 0; i < 1000; i++) {
			sem_post(sem);
		}
		return 4;
	}
	if (strcmp(box->mode, "silent") == 0) {
		return 6;
	}
	if (strcmp(box->mode, "late") == 0) {
		help_sleep_ms(100);
		return live(box, sem, true);
	}
	if (strcmp(box->mode, "never") == 0) {
		return live(box, sem, false);
	}
	if (strcmp(box->mode, "deaf") == 0) {
		runtime.deaf = box;
		while (!runtime.release) {
			help_sleep_ms(5);
		}
		return 0;
	}
	return live(box, sem, true);
}

/* When a call may come: while it runs, while it is paused, both. */
enum when {
	RUNS = 1,
	IS_PAUSED = 2,
};

static int change(struct box *box, bool *what, bool to, unsigned int when)
{
	pthread_mutex_lock(&box->lock);
	if (strcmp(box->mode, "good") == 0 && box->running) {
		runtime.offences += ((box->paused ? IS_PAUSED : RUNS) & when) == 0;
	}
	*what = to;
	pthread_cond_broadcast(&box->changed);
	pthread_mutex_unlock(&box->lock);
	return 0;
}

static int rt_stop(void *runtime_context)
{
	struct box *box = runtime_context;

	runtime.stops++;
	return strcmp(box->mode, "rude") == 0 ? -1
					      : change(box, &box->stopped, true, RUNS | IS_PAUSED);
}

static int rt_kill(void *runtime_context)
{
	struct box *box = runtime_context;

	runtime.kills++;
	return strcmp(box->mode, "deaf") == 0 ? 0 : change(box, &box->killed, true, RUNS);
}

static int rt_pause(void *runtime_context)
{
	struct box *box = runtime_context;

	return strcmp(box->mode, "rude") == 0 ? -1 : change(box, &box->paused, true, RUNS);
}

static int rt_unpause(void *runtime_context)
{
	struct box *box = runtime_context;

	return change(box, &box->paused, false, IS_PAUSED);
}

static const struct ocre_runtime_vtable good_vtable = {
	.runtime_name = "good/one",
	.init = rt_init,
	.deinit = rt_deinit,
	.create = rt_create,
	.destroy = rt_destroy,
	.thread_execute = rt_execute,
	.stop = rt_stop,
	.kill = rt_kill,
	.pause = rt_pause,
	.unpause = rt_unpause,
};

/* Only what must be there. */
static const struct ocre_runtime_vtable bare_vtable = {
	.runtime_name = "bare",
	.create = rt_create,
	.destroy = rt_destroy,
	.thread_execute = rt_execute,
	.kill = rt_kill,
};

static int init_fails(void)
{
	return -1;
}

/* ---- helpers ---- */

static char *workdir;
static struct ocre_context *context;

static int set_up(void **state)
{
	const struct ocre_runtime_vtable *const vtables[] = {&good_vtable, &bare_vtable, NULL};

	(void)state;
	__ocre_log_level = getenv("OCRE_TEST_LOG") != NULL ? 4 : 0;
	runtime.inits = runtime.deinits = runtime.boxes = runtime.lives = 0;
	runtime.offences = runtime.kills = runtime.stops = 0;
	runtime.release = false;
	workdir = help_workdir();
	if (workdir == NULL || ocre_initialize(vtables) != 0) {
		return -1;
	}
	context = ocre_create_context(workdir);
	return context != NULL ? 0 : -1;
}

/* Whatever a test does: all is given back, in order, and no promise was broken. */
static int tear_down(void **state)
{
	(void)state;
	ocre_deinitialize();
	help_remove(workdir);
	if (runtime.boxes != 0 || runtime.offences != 0 || runtime.inits != runtime.deinits) {
		(void)fprintf(stderr, "%d boxes left, %d offences, %d inits, %d deinits\n",
			      runtime.boxes, runtime.offences, runtime.inits, runtime.deinits);
		return -1;
	}
	return 0;
}

static struct ocre_container *make(const char *image, const char *name)
{
	struct ocre_container *container =
		ocre_context_create_container(context, image, name, NULL, true, NULL, -1, -1, -1);

	assert_non_null(container);
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
	return status;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define STATUS(container, status)                                                                  \
	assert_int_equal(ocre_container_get_status(container), OCRE_CONTAINER_STATUS_##status)

/* ---- manners ---- */

static void it_gets_what_it_was_promised(void **state)
{
	static const char *argv[] = {"one", "two", NULL};
	static const char *envp[] = {"A=1", NULL};
	static const char *capabilities[] = {"filesystem", "own:thing", NULL};
	const char *mounts[] = {NULL, NULL};
	struct ocre_container_args args = {argv, envp, capabilities, mounts};
	struct ocre_container *container;
	char text[300];
	char mount[300];

	(void)state;
	(void)snprintf(mount, sizeof(mount), "%s:/data", workdir);
	mounts[0] = mount;
	container = ocre_context_create_container(context, "good", "good/one", "c1", true, &args,
						  -1, 7, -1);
	assert_non_null(container);
	assert_string_equal(runtime.id, "c1");
	/* There is no such file: that is the runtime's business. */
	(void)snprintf(text, sizeof(text), "%s/images/good", workdir);
	assert_string_equal(runtime.path, text);
	(void)snprintf(text, sizeof(text), "%s/containers/c1", workdir);
	assert_string_equal(runtime.workdir, text);
	assert_string_equal(runtime.seen.args, "one|two");
	assert_string_equal(runtime.seen.env, "A=1");
	assert_string_equal(runtime.seen.grants, "filesystem|own:thing");
	assert_string_equal(runtime.seen.mounts, mount);
	assert_int_equal(runtime.seen.stdio[0], 0);
	assert_int_equal(runtime.seen.stdio[1], 7);
	assert_int_equal(runtime.seen.stdio[2], 2);
	end(container);
	end(make("good", "good/one"));
	assert_string_equal(runtime.workdir, "NULL");
	assert_string_equal(runtime.seen.args, "NULL");
	assert_string_equal(runtime.seen.env, "NULL");
	assert_string_equal(runtime.seen.grants, "NULL");
	assert_string_equal(runtime.seen.mounts, "NULL");
	assert_int_equal(runtime.inits, 1);
}

static void it_is_led_through_its_states(void **state)
{
	struct ocre_container *container = make("good", "good/one");

	(void)state;
	STATUS(container, CREATED);
	assert_int_equal(ocre_container_kill(container), -1);
	assert_int_equal(ocre_container_start(container), 0);
	STATUS(container, RUNNING);
	assert_int_equal(ocre_container_start(container), -1);
	assert_int_equal(ocre_context_remove_container(context, container), -1);
	assert_int_equal(ocre_container_unpause(container), -1);
	assert_int_equal(ocre_container_pause(container), 0);
	STATUS(container, PAUSED);
	assert_int_equal(ocre_container_pause(container), -1);
	assert_int_equal(ocre_container_unpause(container), 0);
	STATUS(container, RUNNING);
	assert_int_equal(ocre_container_stop(container), 0);
	STATUS(container, STOPPED);
	assert_int_equal(exit_code(container), 5);
	assert_int_equal(runtime.kills, 0);
	/* Again. */
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(runtime.lives, 2);
	assert_int_equal(ocre_container_kill(container), 0);
	STATUS(container, STOPPED);
	assert_int_equal(exit_code(container), 0);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
	assert_int_equal(runtime.boxes, 0);
}

static void a_paused_one_can_be_stopped_and_killed(void **state)
{
	struct ocre_container *container = make("good", "good/one");

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_pause(container), 0);
	assert_int_equal(ocre_container_kill(container), 0);
	STATUS(container, STOPPED);
	end(container);
}

static void one_that_ends_at_once_has_lived(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct ocre_container *container = make("quick", "good/one");

		assert_int_equal(ocre_container_start(container), 0);
		assert_int_equal(exit_code(container), 3);
		end(container);
	}
}

static void one_that_is_not_detached_is_waited_for(void **state)
{
	struct ocre_container *container = ocre_context_create_container(
		context, "quick", "good/one", NULL, false, NULL, -1, -1, -1);

	(void)state;
	assert_non_null(container);
	assert_int_equal(ocre_container_start(container), 0);
	STATUS(container, STOPPED);
	end(container);
}

static void many_run_side_by_side(void **state)
{
	struct ocre_container *list[50];

	(void)state;
	for (int i = 0; i < 50; i++) {
		list[i] = make("good", "good/one");
		assert_int_equal(ocre_container_start(list[i]), 0);
	}
	for (int i = 0; i < 25; i++) {
		assert_int_equal(ocre_container_kill(list[i]), 0);
	}
	/* The others are left to ocre_deinitialize(). */
	STATUS(list[49], RUNNING);
}

/* ---- functions that are not there ---- */

static void without_stop_it_is_killed(void **state)
{
	struct ocre_container *container = make("good", "bare");

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_pause(container), -1);
	STATUS(container, RUNNING);
	assert_int_equal(ocre_container_unpause(container), -1);
	assert_int_equal(ocre_container_stop(container), 0);
	STATUS(container, STOPPED);
	assert_int_equal(runtime.kills, 1);
	end(container);
}

static void lists_of_runtimes_that_are_not_taken(void **state)
{
#define BAD(...)                                                                                   \
	{                                                                                          \
		const struct ocre_runtime_vtable vtable = {__VA_ARGS__};                           \
		const struct ocre_runtime_vtable *const list[] = {&bare_vtable, &vtable, NULL};    \
                                                                                                   \
		assert_int_equal(ocre_initialize(list), -1);                                       \
	}
#define ALL                                                                                        \
	.create = rt_create, .destroy = rt_destroy, .thread_execute = rt_execute, .kill = rt_kill

	(void)state;
	ocre_deinitialize();
	BAD(.runtime_name = NULL, ALL)
	BAD(.runtime_name = "", ALL)
	BAD(.runtime_name = "bare", ALL)
	BAD(.runtime_name = "wamr/wasip1", ALL)
	BAD(.runtime_name = "wasm", ALL)
	BAD(.runtime_name = "x", .destroy = rt_destroy, .thread_execute = rt_execute,
	    .kill = rt_kill)
	BAD(.runtime_name = "x", .create = rt_create, .thread_execute = rt_execute, .kill = rt_kill)
	BAD(.runtime_name = "x", .create = rt_create, .destroy = rt_destroy, .kill = rt_kill)
	BAD(.runtime_name = "x", .create = rt_create, .destroy = rt_destroy,
	    .thread_execute = rt_execute)
	BAD(.runtime_name = "x", ALL, .init = init_fails)
	assert_null(ocre_create_context(workdir));
	assert_int_equal(fake_choice_users, 0);
#undef BAD
#undef ALL
}

static void a_failing_init_undoes_the_others(void **state)
{
	const struct ocre_runtime_vtable fails = {
		.runtime_name = "x",
		.init = init_fails,
		.deinit = rt_deinit,
		.create = rt_create,
		.destroy = rt_destroy,
		.thread_execute = rt_execute,
		.kill = rt_kill,
	};
	const struct ocre_runtime_vtable *const list[] = {&good_vtable, &fails, NULL};

	(void)state;
	ocre_deinitialize();
	assert_int_equal(runtime.deinits, 1);
	assert_int_equal(ocre_initialize(list), -1);
	assert_int_equal(runtime.inits, 2);
	assert_int_equal(runtime.deinits, 2);
	ocre_deinitialize();
	assert_int_equal(runtime.deinits, 2);
}

/* ---- bad manners ---- */

static void no_container_no_create(void **state)
{
	(void)state;
	assert_null(ocre_context_create_container(context, "nocreate", "good/one", "x", true, NULL,
						  -1, -1, -1));
	assert_int_equal(ocre_context_get_container_count(context), 0);
}

static void one_that_leaves_without_a_word_was_not_started(void **state)
{
	struct ocre_container *container = make("silent", "good/one");
	double began = now();

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ocre_container_start(container), -1);
		STATUS(container, ERROR);
	}
	assert_true(now() - began < 60); /* 100 times 3 s if they were waited for */
	assert_int_equal(ocre_container_wait(container, NULL), -1);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
}

static void one_that_posts_too_often_has_lived_once(void **state)
{
	struct ocre_container *container = make("flood", "good/one");

	(void)state;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ocre_container_start(container), 0);
		assert_int_equal(exit_code(container), 4);
	}
	end(container);
}

static void one_that_is_late_is_waited_for(void **state)
{
	struct ocre_container *container = make("late", "good/one");

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	STATUS(container, RUNNING);
	end(container);
}

static void one_that_never_says_a_word_is_killed(void **state)
{
	struct ocre_container *container = make("never", "good/one");
	double began = now();

	(void)state;
	assert_int_equal(ocre_container_start(container), -1);
	STATUS(container, ERROR);
	assert_true(now() - began < 30);
	assert_int_equal(runtime.kills, 1);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
}

static void one_that_hears_nothing_is_given_up(void **state)
{
	struct ocre_container *container = make("deaf", "good/one");

	(void)state;
	assert_int_equal(ocre_container_start(container), -1);
	STATUS(container, ERROR);
	/* It still goes on: it is not started a second time beside that. */
	assert_int_equal(ocre_container_start(container), -1);
	assert_int_equal(runtime.lives, 1);
	assert_int_equal(ocre_context_remove_container(context, container), 0);
	/* Others are not disturbed. */
	container = make("quick", "good/one");
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(exit_code(container), 3);
	end(container);
	/* Its object was lost, on purpose: the runtime may be using it. */
	assert_int_equal(runtime.boxes, 1);
	runtime.release = true;
	help_sleep_ms(100);
	rt_destroy(runtime.deaf);
}

static void one_that_refuses_pause_and_stop(void **state)
{
	struct ocre_container *container = make("rude", "good/one");

	(void)state;
	assert_int_equal(ocre_container_start(container), 0);
	assert_int_equal(ocre_container_pause(container), -1);
	STATUS(container, RUNNING);
	assert_int_equal(ocre_container_stop(container), 0);
	STATUS(container, STOPPED);
	assert_int_equal(runtime.stops, 1);
	assert_int_equal(runtime.kills, 1);
	end(container);
}

/* ---- from several threads ---- */

#define THREADS 4

static void *use(void *arg)
{
	struct ocre_container *container = arg;

	for (int i = 0; i < 200; i++) {
		(void)ocre_container_start(container);
		(void)ocre_container_pause(container);
		(void)ocre_container_get_status(container);
		(void)ocre_container_unpause(container);
		(void)(i % 2 == 0 ? ocre_container_kill(container)
				  : ocre_container_stop(container));
	}
	return NULL;
}

static void several_threads_lead_one_container(void **state)
{
	struct ocre_container *container = make("good", "good/one");
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, use, container), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	end(container);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_gets_what_it_was_promised),
		TEST(it_is_led_through_its_states),
		TEST(a_paused_one_can_be_stopped_and_killed),
		TEST(one_that_ends_at_once_has_lived),
		TEST(one_that_is_not_detached_is_waited_for),
		TEST(many_run_side_by_side),
		TEST(without_stop_it_is_killed),
		TEST(lists_of_runtimes_that_are_not_taken),
		TEST(a_failing_init_undoes_the_others),
		TEST(no_container_no_create),
		TEST(one_that_leaves_without_a_word_was_not_started),
		TEST(one_that_posts_too_often_has_lived_once),
		TEST(one_that_is_late_is_waited_for),
		TEST(one_that_never_says_a_word_is_killed),
		TEST(one_that_hears_nothing_is_given_up),
		TEST(one_that_refuses_pause_and_stop),
		TEST(several_threads_lead_one_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
