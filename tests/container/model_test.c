/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model_test.c - random calls against the table of states.def. One thread: each result and each
 * state is the one of the table. Several threads on the same containers: no call does what no state
 * allows, and the notices of each container are a path through the table.
 *
 *   model_test [steps]     steps of each test; 20000 without it
 */
#include "fake.h"

#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum row {
#define OCRE__ROW(state, ...) ROW_##state,
#include <states.def>
#undef OCRE__ROW
	ROWS
};

static const char *const row_names[] = {
#define OCRE__ROW(state, ...) #state,
#include <states.def>
#undef OCRE__ROW
};

enum call {
	START,
	PAUSE,
	UNPAUSE,
	STOP,
	KILL,
	RESTART,
	WAIT,
	REMOVE,
	POST,
	CALLS,
};

static const char *const table[ROWS][CALLS] = {
#define OCRE__ROW(state, a, b, c, d, e, f, g, h, i) {#a, #b, #c, #d, #e, #f, #g, #h, #i},
#include <states.def>
#undef OCRE__ROW
};

static long steps = 20000;

/* Guests that never end by themselves, and some that do. */
static const char *const endless[] = {"P", "r", "wL", "r1000 p1 L", "d16 wL", "p2 L"};
static const char *const mortal[] = {"r1000", "p1 x3", "t", "w x1", "d16 w x2", "r10 p1 r100000 t"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t next(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static int make_call(struct ocre_container *c, enum call call)
{
	const struct ocre_event event = {.type = OCRE_EVENT_GPIO};

	switch (call) {
	case START:
		return ocre_core_start(c, NULL);
	case PAUSE:
		return ocre_core_pause(c);
	case UNPAUSE:
		return ocre_core_unpause(c);
	case STOP:
		return ocre_core_stop_within(c, 0);
	case KILL:
		return ocre_core_kill(c);
	case RESTART:
		return ocre_core_restart(c, NULL);
	case WAIT:
		return ocre_core_wait(c, 0, NULL);
	case REMOVE:
		return ocre_container_remove(c);
	default:
		return ocre_container_post(c, &event);
	}
}

/* ---- one thread ---- */

static enum row row_called(const char *name)
{
	for (int i = 0; i < ROWS; i++) {
		if (strcmp(name, row_names[i]) == 0) {
			return (enum row)i;
		}
	}
	fail_msg("no state %s", name);
	return ROW_ERROR;
}

#define SLOTS 16

static void one_step(struct fake *fake, struct ocre_container **slots, enum row *model,
		     uint32_t *seed)
{
	uint32_t n = next(seed) % SLOTS;
	enum call call = (enum call)(next(seed) % CALLS);
	bool broken = next(seed) % 8 == 0;
	struct ocre_container_config config;
	const char *wanted;
	int rc;

	if (slots[n] == NULL) {
		char id[16];

		snprintf(id, sizeof(id), "c%u", n);
		config = fake_script(id, endless[next(seed) % COUNT(endless)]);
		config.stop_grace_ms = 1;
		assert_int_equal(ocre_container_create(fake->context, &config, &slots[n], NULL),
				 OCRE_OK);
		model[n] = ROW_CREATED;
		return;
	}
	wanted = table[model[n]][call];
	if (broken && (call == START || call == RESTART) && strcmp(wanted, "RUNNING") == 0) {
		fake->config.fail_start = 1;
		assert_int_equal(make_call(slots[n], call), OCRE_E_LINK);
		model[n] = ROW_ERROR;
		return;
	}
	rc = make_call(slots[n], call);
	if (strcmp(wanted, "NO") == 0) {
		assert_int_equal(rc, OCRE_E_STATE);
	} else if (strcmp(wanted, "LATER") == 0) {
		assert_int_equal(rc, OCRE_E_BUSY);
	} else if (call == POST) {
		assert_true(rc == OCRE_OK || rc == OCRE_E_LIMIT);
	} else {
		assert_int_equal(rc, OCRE_OK);
	}
	if (strcmp(wanted, "GONE") == 0) {
		slots[n] = NULL;
		return;
	}
	if (strcmp(wanted, "NO") != 0 && strcmp(wanted, "SAME") != 0 &&
	    strcmp(wanted, "LATER") != 0) {
		model[n] = row_called(wanted);
	}
	assert_string_equal(ocre_state_name(fake_state(slots[n])), row_names[model[n]]);
}

static void against_the_table(bool threads)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	struct ocre_container *slots[SLOTS] = {NULL};
	enum row model[SLOTS] = {ROW_CREATED};
	uint32_t seed = 20240229;

	fake_init(fake, threads);
	fake_open(fake);
	for (long i = 0; i < steps; i++) {
		one_step(fake, slots, model, &seed);
		if (!threads) {
			ocre_core_poll(fake->context, 5000);
		}
	}
	fake_deinit(fake);
	free(fake);
}

static void test_one_thread(void **state)
{
	(void)state;
	against_the_table(false);
}

static void test_one_thread_and_executors(void **state)
{
	(void)state;
	against_the_table(true);
}

/* ---- several threads ---- */

#define THREADS 4

/* What the notices of one container have told so far. */
struct told {
	atomic_int lives;
	bool exists;
	bool alive;
	bool paused;
};

struct slot {
	pthread_rwlock_t lock; /* for writing: it is made or removed */
	struct ocre_container *container;
	struct told told;
	atomic_int starts; /* that returned OCRE_OK */
};

static struct arena {
	struct fake fake;
	struct slot slots[SLOTS];
	atomic_int made;
	atomic_int wrong;
	atomic_int lost; /* notices that there was no memory for; the log says so */
} * arena;

static void count_lost(void *ctx, int level, const char *text)
{
	(void)ctx;
	(void)level;
	if (strstr(text, "no memory to tell") != NULL) {
		arena->lost++;
	}
}

static void require(bool good, const char *what)
{
	if (!good) {
		arena->wrong++;
		fprintf(stderr, "%s\n", what);
	}
}

static void watcher(void *ctx, struct ocre_container *container, enum ocre_notice notice)
{
	struct told *t = &((struct slot *)ocre_container_user(container))->told;

	(void)ctx;
	switch (notice) {
	case OCRE_NOTICE_CREATED:
		require(!t->exists, "created twice");
		memset(t, 0, sizeof(*t));
		t->exists = true;
		break;
	case OCRE_NOTICE_STARTED:
		require(t->exists && !t->alive, "started while it was alive");
		t->alive = true;
		t->paused = false;
		t->lives++;
		break;
	case OCRE_NOTICE_PAUSED:
		require(t->alive && !t->paused, "paused, but did not run");
		t->paused = true;
		break;
	case OCRE_NOTICE_UNPAUSED:
		require(t->alive && t->paused, "unpaused, but was not paused");
		t->paused = false;
		break;
	case OCRE_NOTICE_ENDED:
		require(t->exists, "ended before it was created");
		t->alive = false;
		break;
	case OCRE_NOTICE_REMOVED:
		require(t->exists && !t->alive, "removed while it was alive");
		t->exists = false;
		break;
	default:
		break;
	}
}

static bool without_memory(int rc)
{
	return rc == OCRE_E_NOMEM && arena->fake.memory.fail_each != 0;
}

static void make_in(struct slot *slot, uint32_t *seed)
{
	const char *script = next(seed) % 2 == 0 ? endless[next(seed) % COUNT(endless)]
						 : mortal[next(seed) % COUNT(mortal)];
	struct ocre_container_config config = fake_script(NULL, script);
	int rc;

	config.user = slot;
	config.stop_grace_ms = 1;
	config.restart = (enum ocre_restart)(next(seed) % 4);
	config.restart_delay_ms = 1 + next(seed) % 3;
	config.cpu_percent = next(seed) % 3 == 0 ? 20 : 0;
	config.priority = (int32_t)(next(seed) % 3) - 1;
	config.watchdog_ms = next(seed) % 4 == 0 ? 2 : 0;
	config.watchdog_restart = next(seed) % 2 == 0;
	config.budget = next(seed) % 8 == 0 ? 100000 : 0;
	rc = ocre_container_create(arena->fake.context, &config, &slot->container, NULL);
	require(rc == OCRE_OK || without_memory(rc), "not created");
	arena->made++;
}

static void use(struct slot *slot, enum call call, uint32_t *seed)
{
	struct ocre_container_info info;
	struct ocre_container_stats stats;
	int rc;

	if (next(seed) % 16 == 0 && (call == START || call == RESTART)) {
		arena->fake.config.fail_start++;
	}
	rc = call == WAIT ? ocre_core_wait(slot->container, next(seed) % 3, NULL)
			  : make_call(slot->container, call);
	switch (rc) {
	case OCRE_OK:
	case OCRE_E_STATE:
		break;
	case OCRE_E_BUSY:
		require(call == WAIT, "busy, but no wait");
		break;
	case OCRE_E_LINK:
		require(call == START || call == RESTART, "no start, but it failed as one");
		break;
	case OCRE_E_LIMIT:
		require(call == POST, "a limit, but no event");
		break;
	default:
		require(without_memory(rc), ocre_status_text(rc));
		break;
	}
	require(ocre_container_get_info(slot->container, &info) == OCRE_OK, "no info");
	require(info.state != OCRE_STATE_UNKNOWN, "in no state");
	require(ocre_container_get_stats(slot->container, &stats) == OCRE_OK, "no statistics");
}

static void *run_calls(void *arg)
{
	uint32_t seed = 77 + (uint32_t)(uintptr_t)arg;

	for (long i = 0; i < steps / THREADS; i++) {
		struct slot *slot = &arena->slots[next(&seed) % SLOTS];
		enum call call = (enum call)(next(&seed) % CALLS);

		if (call == REMOVE) {
			pthread_rwlock_wrlock(&slot->lock);
			if (slot->container == NULL) {
				make_in(slot, &seed);
			} else if (ocre_container_remove(slot->container) == OCRE_OK) {
				slot->container = NULL;
			}
		} else {
			pthread_rwlock_rdlock(&slot->lock);
			if (slot->container != NULL) {
				use(slot, call, &seed);
			}
		}
		pthread_rwlock_unlock(&slot->lock);
	}
	return NULL;
}

static void use_by_threads(long fail_each)
{
	pthread_t threads[THREADS];

	arena = calloc(1, sizeof(*arena));
	fake_init(&arena->fake, true);
	arena->fake.open.log = count_lost;
	fake_open(&arena->fake);
	arena->fake.memory.fail_each = fail_each;
	ocre_context_watch(arena->fake.context, watcher, NULL);
	for (int i = 0; i < SLOTS; i++) {
		pthread_rwlock_init(&arena->slots[i].lock, NULL);
	}
	for (uintptr_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, run_calls, (void *)(i * 991)),
				 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_true(arena->made > SLOTS);
	fake_close(&arena->fake);
	for (int i = 0; i < SLOTS; i++) {
		assert_false(arena->lost == 0 && arena->slots[i].told.exists);
		pthread_rwlock_destroy(&arena->slots[i].lock);
	}
	/* Only where memory fails may a notice be lost, and what follows look wrong. */
	assert_true(fail_each != 0 || arena->lost == 0);
	if (arena->lost == 0) {
		assert_int_equal(arena->wrong, 0);
	}
	fake_deinit(&arena->fake);
	free(arena);
}

static void test_several_threads(void **state)
{
	(void)state;
	use_by_threads(0);
}

/* The same where memory fails now and then: nobody but the one that asked for it is hurt. */
static void test_memory_that_fails(void **state)
{
	(void)state;
	use_by_threads(29);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_thread),
		cmocka_unit_test(test_one_thread_and_executors),
		cmocka_unit_test(test_several_threads),
		cmocka_unit_test(test_memory_that_fails),
	};

	if (argc > 1) {
		steps = strtol(argv[1], NULL, 10);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
