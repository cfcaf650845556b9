/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals_test.c - containers of a driver that is not sliced: each life has a thread of its own,
 * and is told by signals what to do.
 */
#include "both.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

static struct ocre_container *create_with(struct fake *fake, const char *id, const char *script,
					  uint32_t grace_ms)
{
	struct ocre_container_config config = fake_script(id, script);
	struct ocre_container *c = NULL;

	config.driver = "fake/thread";
	config.stop_grace_ms = grace_ms;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	return c;
}

static struct ocre_container *create(struct fake *fake, const char *id, const char *script)
{
	return create_with(fake, id, script, 0);
}

static struct ocre_container *started(struct fake *fake, const char *id, const char *script)
{
	struct ocre_container *c = create(fake, id, script);

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static int sent(struct fake *fake, enum ocre_signal signal)
{
	return fake->config.signals[signal];
}

static struct ocre_end_info end_of(struct ocre_container *c)
{
	struct ocre_end_info end = {0};

	assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(fake_state(c), OCRE_STATE_STOPPED);
	return end;
}

static void test_ends_by_itself(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *quick = create(fake, "quick", "i42");
	struct ocre_container *slow = NULL;

	for (int life = 1; life <= 3; life++) {
		assert_int_equal(ocre_core_start(quick, NULL), OCRE_OK);
		assert_int_equal(end_of(quick).code, 42);
		assert_int_equal(fake->config.lives, 0);
	}
	if (fake->threads) {
		slow = started(fake, "slow", "p5 x7");
		assert_int_equal(end_of(slow).end, OCRE_END_EXIT);
		assert_int_equal(end_of(slow).code, 7);
	}
	assert_int_equal(ocre_container_remove(quick), OCRE_OK);
	assert_null(ocre_container_find(fake->context, "quick"));
}

static void test_pause(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = started(fake, "one", "P");

	assert_int_equal(ocre_core_unpause(c), OCRE_E_STATE);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(ocre_core_pause(c), OCRE_OK);
		assert_int_equal(fake_state(c), OCRE_STATE_PAUSED);
		assert_int_equal(ocre_core_pause(c), OCRE_E_STATE);
		assert_int_equal(ocre_core_unpause(c), OCRE_OK);
		assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
		assert_int_equal(sent(fake, OCRE_SIGNAL_PAUSE), i);
		assert_int_equal(sent(fake, OCRE_SIGNAL_UNPAUSE), i);
	}
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(end_of(c).end, OCRE_END_KILLED);
	assert_int_equal(sent(fake, OCRE_SIGNAL_STOP), 0);
}

static void test_stop(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = started(fake, "one", "P");
	struct ocre_container *deaf = started(fake, "deaf", "sP");
	uint64_t begin = fake_now(fake);

	assert_int_equal(ocre_core_stop(c), OCRE_OK);
	assert_int_equal(end_of(c).end, OCRE_END_EXIT);
	assert_int_equal(end_of(c).code, 16);
	assert_true(fake_now(fake) - begin < 5000 * MS);
	assert_int_equal(sent(fake, OCRE_SIGNAL_KILL), 0);
	begin = fake_now(fake);
	assert_int_equal(ocre_core_stop_within(deaf, 30), OCRE_OK);
	assert_true(fake_now(fake) - begin >= 30 * MS);
	assert_int_equal(end_of(deaf).end, OCRE_END_KILLED);
	assert_int_equal(sent(fake, OCRE_SIGNAL_STOP), 2);
	assert_int_equal(sent(fake, OCRE_SIGNAL_KILL), 1);
	/* A life that follows is asked anew. */
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_restart(c, NULL), OCRE_OK);
	assert_int_equal(sent(fake, OCRE_SIGNAL_STOP), 3);
	assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
}

/* A driver that cannot do what it is asked for says so, and nothing has changed. */
static void test_unsupported(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = started(fake, "one", "P");

	fake->config.unsupported = 1u << OCRE_SIGNAL_PAUSE | 1u << OCRE_SIGNAL_STOP;
	assert_int_equal(ocre_core_pause(c), OCRE_E_UNSUPPORTED);
	assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
	assert_int_equal(ocre_core_stop(c), OCRE_OK); /* by a kill */
	assert_int_equal(end_of(c).end, OCRE_END_KILLED);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	fake->config.unsupported = 1u << OCRE_SIGNAL_KILL;
	assert_int_equal(ocre_core_kill(c), OCRE_E_UNSUPPORTED);
	assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
	/* It was not killed, so this end is its own. */
	assert_int_equal(ocre_core_stop(c), OCRE_OK);
	assert_int_equal(end_of(c).end, OCRE_END_EXIT);
	fake->config.unsupported = 0;
}

static void test_failing_start(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = create(fake, "one", "P");
	struct ocre_diag diag = {0};

	fake->config.fail_start = 1;
	assert_int_equal(ocre_core_start(c, &diag), OCRE_E_LINK);
	assert_string_equal(diag.text, "told to fail");
	assert_int_equal(fake_state(c), OCRE_STATE_ERROR);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	fake_close(fake); /* kills what runs */
	fake_open(fake);
}

static void test_restart_policy(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "i3");
	struct ocre_container *c = NULL;
	struct ocre_container_info info;

	config.driver = "fake/thread";
	config.restart = OCRE_RESTART_ON_FAILURE;
	config.restart_max = 2;
	config.restart_delay_ms = 5;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(end_of(c).code, 3);
	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	assert_int_equal(info.lives, 3);
	assert_int_equal(info.restarts, 2);
}

/* ---- several threads ---- */

#define CALLERS 4

struct call {
	struct ocre_container *container;
	int (*call)(struct ocre_container *container);
	atomic_int *waiting;
	int rc;
};

static void *make_call(void *arg)
{
	struct call *call = arg;

	--*call->waiting;
	while (*call->waiting > 0) { /* all at once */
	}
	call->rc = call->call(call->container);
	return NULL;
}

/* How many of the threads that make this call at the same time got `wanted`. */
static int at_once(struct ocre_container *c, int (*call)(struct ocre_container *), int wanted)
{
	pthread_t threads[CALLERS];
	struct call calls[CALLERS];
	atomic_int waiting = CALLERS;
	int count = 0;

	for (int i = 0; i < CALLERS; i++) {
		calls[i] = (struct call){c, call, &waiting, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, make_call, &calls[i]), 0);
	}
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		count += calls[i].rc == wanted;
	}
	return count;
}

/* The driver gets each signal once; what became of the other calls is as if they had come later. */
static void test_at_once(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = started(fake, "one", "P");

	fake->config.signal_ms = 5;
	assert_int_equal(at_once(c, ocre_core_pause, OCRE_OK), 1);
	assert_int_equal(sent(fake, OCRE_SIGNAL_PAUSE), 1);
	assert_int_equal(fake_state(c), OCRE_STATE_PAUSED);
	assert_int_equal(at_once(c, ocre_core_unpause, OCRE_E_STATE), CALLERS - 1);
	assert_int_equal(sent(fake, OCRE_SIGNAL_UNPAUSE), 1);
	assert_int_equal(at_once(c, ocre_core_stop, OCRE_OK), CALLERS);
	assert_int_equal(sent(fake, OCRE_SIGNAL_STOP), 1);
	assert_int_equal(end_of(c).code, 16);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_true(at_once(c, ocre_core_kill, OCRE_OK) >= 1);
	assert_int_equal(sent(fake, OCRE_SIGNAL_KILL), 1);
	assert_int_equal(end_of(c).end, OCRE_END_KILLED);
}

struct crowd {
	struct ocre_container *containers[4];
	atomic_bool over;
	atomic_uint seed;
};

static void *random_calls(void *arg)
{
	struct crowd *crowd = arg;
	uint32_t seed = ++crowd->seed * 2654435761u;

	while (!crowd->over) {
		struct ocre_container *c;

		seed = seed * 1664525u + 1013904223u;
		c = crowd->containers[seed >> 24 & 3];
		switch (seed >> 16 & 7) {
		case 0:
		case 1:
			ocre_core_start(c, NULL);
			break;
		case 2:
			ocre_core_pause(c);
			break;
		case 3:
			ocre_core_unpause(c);
			break;
		case 4:
			ocre_core_stop_within(c, seed >> 8 & 3);
			break;
		case 5:
			ocre_core_kill(c);
			break;
		case 6:
			ocre_core_wait(c, 1, NULL);
			break;
		default:
			ocre_core_restart(c, NULL);
			break;
		}
	}
	return NULL;
}

/* The driver checks that one thread at a time has an object, and that each signal makes sense. */
static void test_random_calls(void **state)
{
	static const char *const scripts[] = {"P", "i1", "p1 x2", "sP"};
	struct fake *fake = *state;
	struct crowd crowd = {0};
	pthread_t threads[CALLERS];

	for (int i = 0; i < 4; i++) {
		crowd.containers[i] = create_with(fake, NULL, scripts[i], 20);
	}
	for (int i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, random_calls, &crowd), 0);
		usleep(1000);
	}
	usleep(500000);
	crowd.over = true;
	for (int i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < 4; i++) {
		ocre_core_stop_within(crowd.containers[i], 0);
		assert_int_equal(ocre_container_remove(crowd.containers[i]), OCRE_OK);
	}
	assert_int_equal(fake->config.lives, 0);
	assert_true(sent(fake, OCRE_SIGNAL_PAUSE) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_ends_by_itself),
		BOTH(test_pause),
		BOTH(test_stop),
		BOTH(test_unsupported),
		BOTH(test_failing_start),
		BOTH(test_restart_policy),
		cmocka_unit_test_setup_teardown(test_at_once, setup_threads, teardown),
		cmocka_unit_test_setup_teardown(test_random_calls, setup_threads, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
