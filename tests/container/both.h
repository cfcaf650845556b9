/* SPDX-License-Identifier: Apache-2.0 */
/* both.h - each test runs on a port without threads and on the real one. */
#ifndef TESTS_CONTAINER_BOTH_H
#define TESTS_CONTAINER_BOTH_H

#include "fake.h"

static int setup(void **state, bool threads)
{
	struct fake *fake = calloc(1, sizeof(*fake));

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
	free(*state);
	return 0;
}

#define BOTH(test)                                                                                 \
	{#test, test, setup_none, teardown, NULL},                                                 \
	{                                                                                          \
#test " with threads", test, setup_threads, teardown, NULL                         \
	}

#endif /* TESTS_CONTAINER_BOTH_H */
