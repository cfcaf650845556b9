/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lifecycle_test.c - a container's life from create to remove. Each test runs twice: on a port
 * without threads whose clock is the test's, and on the real one with executors.
 */
#include "fake.h"

#include <string.h>

static int setup(void **state, bool threads)
{
	struct fake *fake = test_calloc(1, sizeof(*fake));

	fake_init(fake, threads);
	fake_open(fake);
	*state = fake;
	return 0;
}

static int setup_none(void **state)
{
	return setup(state, false);
}

static int setup_threads(void **state)
{
	return setup(state, true);
}

static int teardown(void **state)
{
	fake_deinit(*state);
	test_free(*state);
	return 0;
}

static void test_runs_to_its_end(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "r100000 p5 r10 x42");
	struct ocre_container_stats stats;
	struct ocre_end_info end;

	assert_int_equal(fake_state(c), OCRE_STATE_CREATED);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_EXIT);
	assert_int_equal(end.code, 42);
	assert_int_equal(fake_state(c), OCRE_STATE_STOPPED);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.budget, 100010);
	assert_int_equal(stats.parks, 1);
	assert_true(ocre_container_find(fake->context, "one") == c);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	assert_null(ocre_container_find(fake->context, "one"));
	assert_int_equal(fake->config.objects, 0);
}

static void test_kill(void **state)
{
	static const char *const scripts[] = {"rL", "P", "w", "p1000000", "r10 L"};
	struct fake *fake = *state;

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct ocre_container *c = fake_create(fake, "one", scripts[i]);
		struct ocre_end_info end;

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		fake_run_for(fake, 2);
		assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
		assert_int_equal(ocre_core_kill(c), OCRE_OK);
		assert_int_equal(fake_state(c), OCRE_STATE_STOPPED);
		assert_int_equal(ocre_core_wait(c, 0, &end), OCRE_OK);
		assert_int_equal(end.end, OCRE_END_KILLED);
		assert_int_equal(end.code, 0);
		assert_int_equal(fake->config.lives, 0);
		assert_int_equal(ocre_container_remove(c), OCRE_OK);
	}
}

#define BOTH(test)                                                                                 \
	{#test, test, setup_none, teardown, NULL},                                                 \
	{                                                                                          \
#test " with threads", test, setup_threads, teardown, NULL                         \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_runs_to_its_end),
		BOTH(test_kill),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
