/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lifecycle_test.c - a container's life from create to remove. Each test runs twice: on a port
 * without threads whose clock is the test's, and on the real one with executors.
 */
#include "both.h"

#include <string.h>

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
	assert_in_range(stats.budget, 100010, 100010 + fake_scripts.overhead);
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

/* ---- the table ---- */

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

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CALLS 9
static const char *const table[ROWS][CALLS] = {
#define OCRE__ROW(state, a, b, c, d, e, f, g, h, i) {#a, #b, #c, #d, #e, #f, #g, #h, #i},
#include <states.def>
#undef OCRE__ROW
};

static int call_nr(struct ocre_container *c, int call)
{
	const struct ocre_event event = {.type = OCRE_EVENT_GPIO};

	switch (call) {
	case 0:
		return ocre_core_start(c, NULL);
	case 1:
		return ocre_core_pause(c);
	case 2:
		return ocre_core_unpause(c);
	case 3:
		return ocre_core_stop(c);
	case 4:
		return ocre_core_kill(c);
	case 5:
		return ocre_core_restart(c, NULL);
	case 6:
		return ocre_core_wait(c, 0, NULL);
	case 7:
		return ocre_container_remove(c);
	default:
		return ocre_container_post(c, &event);
	}
}

/* A container in the state of a row; EXITED passes too quickly to be caught. */
static struct ocre_container *in_state(struct fake *fake, enum row row)
{
	struct ocre_container_config config =
		fake_script("table", row == ROW_RESTARTING ? "t" : "P");
	struct ocre_container *c = NULL;

	config.restart = row == ROW_RESTARTING ? OCRE_RESTART_ALWAYS : OCRE_RESTART_NO;
	config.restart_delay_ms = 3600 * 1000;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	if (row == ROW_CREATED) {
		return c;
	}
	if (row == ROW_ERROR) {
		fake->config.fail_start = 1;
		assert_int_equal(ocre_core_start(c, NULL), OCRE_E_LINK);
		return c;
	}
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	if (row == ROW_PAUSED) {
		assert_int_equal(ocre_core_pause(c), OCRE_OK);
	} else if (row == ROW_STOPPED) {
		assert_int_equal(ocre_core_kill(c), OCRE_OK);
	} else if (row == ROW_RESTARTING) {
		while (fake_state(c) != OCRE_STATE_STOPPED) {
			fake_run_for(fake, 1);
		}
	}
	return c;
}

static enum row row_of(struct ocre_container *c)
{
	struct ocre_container_info info;

	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	if (info.restarting) {
		assert_int_equal(info.state, OCRE_STATE_STOPPED);
		return ROW_RESTARTING;
	}
	for (int row = 0; row < ROWS; row++) {
		if (strcmp(row_names[row], ocre_state_name(info.state)) == 0) {
			return (enum row)row;
		}
	}
	fail();
	return ROW_ERROR;
}

static void check_cell(struct fake *fake, enum row row, int call)
{
	struct ocre_container *c = in_state(fake, row);
	const char *wanted = table[row][call];
	int lives = fake->config.lives;
	int rc;

	assert_int_equal(row_of(c), row);
	rc = call_nr(c, call);
	if (strcmp(wanted, "NO") == 0) {
		assert_int_equal(rc, OCRE_E_STATE);
		assert_int_equal(row_of(c), row);
		assert_int_equal(fake->config.lives, lives);
	} else if (strcmp(wanted, "LATER") == 0) {
		assert_int_equal(rc, OCRE_E_BUSY);
		assert_int_equal(row_of(c), row);
	} else if (strcmp(wanted, "SAME") == 0) {
		assert_int_equal(rc, OCRE_OK);
		assert_int_equal(row_of(c), row);
	} else if (strcmp(wanted, "GONE") == 0) {
		assert_int_equal(rc, OCRE_OK);
		assert_null(ocre_container_find(fake->context, "table"));
		return;
	} else {
		assert_int_equal(rc, OCRE_OK);
		/* A script that traps at once has ended when we look. */
		if (row != ROW_RESTARTING || strcmp(wanted, "RUNNING") != 0) {
			assert_string_equal(row_names[row_of(c)], wanted);
		}
	}
	ocre_core_stop_within(c, 0);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
}

static void test_table(void **state)
{
	for (int row = 0; row < ROWS; row++) {
		for (int call = 0; row != ROW_EXITED && call < CALLS; call++) {
			check_cell(*state, (enum row)row, call);
		}
	}
}

/* ---- pause ---- */

static uint64_t slices_of(struct ocre_container *c)
{
	struct ocre_container_stats stats;

	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	return stats.slices;
}

/* Let it run until it has had a slice more; on a busy machine that takes a while. */
static void run_beyond(struct fake *fake, struct ocre_container *c, uint64_t slices)
{
	for (int i = 0; i < 1000 && slices_of(c) <= slices; i++) {
		fake_run_for(fake, 5);
	}
	assert_true(slices_of(c) > slices);
}

static void test_paused_guest_stands_still(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "b");
	uint64_t slices;

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	run_beyond(fake, c, 0);
	assert_int_equal(ocre_core_pause(c), OCRE_OK);
	slices = slices_of(c);
	fake_run_for(fake, 20);
	assert_int_equal(slices_of(c), slices);
	assert_int_equal(ocre_core_unpause(c), OCRE_OK);
	run_beyond(fake, c, slices);
}

static void test_sleep_that_ends_in_a_pause(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "p300 x3");
	struct ocre_end_info end;

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	fake_run_for(fake, 2);
	assert_int_equal(ocre_core_pause(c), OCRE_OK);
	fake_run_for(fake, 400);
	assert_int_equal(fake_state(c), OCRE_STATE_PAUSED);
	assert_int_equal(ocre_core_wait(c, 5, &end), OCRE_E_BUSY);
	assert_int_equal(ocre_core_unpause(c), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, 1000, &end), OCRE_OK);
	assert_int_equal(end.code, 3);
}

static void test_kill_while_paused(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "r");

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_pause(c), OCRE_OK);
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, NULL), OCRE_OK);
	assert_int_equal(fake->config.lives, 0);
}

/* ---- stop ---- */

static void test_stop_asks_first(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *asked = fake_create(fake, "asked", "d16 w x7");
	struct ocre_container *deaf = fake_create(fake, "deaf", "P");
	struct ocre_container *stubborn = fake_create(fake, "stubborn", "d16 wL");
	struct ocre_end_info end;
	uint64_t begin;

	assert_int_equal(ocre_core_start(asked, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(deaf, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(stubborn, NULL), OCRE_OK);
	fake_run_for(fake, 5);
	begin = fake_now(fake);
	assert_int_equal(ocre_core_stop(asked), OCRE_OK);
	assert_int_equal(ocre_core_wait(asked, 0, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_EXIT);
	assert_int_equal(end.code, 7);
	assert_int_equal(fake->config.stops, 1);
	assert_int_equal(ocre_core_stop(deaf), OCRE_OK);
	assert_int_equal(ocre_core_wait(deaf, 0, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_KILLED);
	assert_true(fake_now(fake) - begin < 9000 * MS); /* the time it has is 10 s */
	begin = fake_now(fake);
	assert_int_equal(ocre_core_stop_within(stubborn, 30), OCRE_OK);
	assert_true(fake_now(fake) - begin >= 30 * MS);
	assert_int_equal(ocre_core_wait(stubborn, 0, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_KILLED);
	assert_int_equal(fake->config.stops, 2);
	assert_int_equal(ocre_core_stop(stubborn), OCRE_OK);
}

/* A callback for the stop event runs also where the guest waits for something else. */
static void test_stop_calls_back(void **state)
{
	static const char *const scripts[] = {"e16 c100000", "e16 p100000", "e16 P"};
	struct fake *fake = *state;

	for (int i = 0; i < (int)COUNT(scripts); i++) {
		struct ocre_container *c = fake_create(fake, NULL, scripts[i]);

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		fake_run_for(fake, 5);
		assert_int_equal(ocre_core_stop_within(c, 100), OCRE_OK);
		assert_int_equal(fake->config.stops, i + 1);
	}
}

/* The stop event finds a place even when the queue is full, and comes to a busy guest too. */
static void test_stop_with_a_full_queue(void **state)
{
	const struct ocre_event event = {.type = OCRE_EVENT_GPIO};
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "d16 r2000000 wwwww x1");
	struct ocre_container *c = NULL;
	struct ocre_container_stats stats;

	config.max_events = 2;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_pause(c), OCRE_OK);
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	assert_int_equal(ocre_container_post(c, &event), OCRE_E_LIMIT);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.events_queued, 2);
	assert_int_equal(stats.events_lost, 1);
	assert_int_equal(ocre_core_unpause(c), OCRE_OK);
	for (int i = 0; i < 5000 && fake->config.events < 2; i++) {
		fake_run_for(fake, 1);
	}
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	fake_run_for(fake, 20);
	assert_int_equal(ocre_core_stop(c), OCRE_OK);
	assert_int_equal(fake->config.stops, 1);
}

/* ---- restart ---- */

static void test_restart_is_a_fresh_life(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "T1000 r1000 P");
	struct ocre_container_info info;
	struct ocre_container_stats stats;

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	fake_run_for(fake, 5);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.timers, 1);
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.timers, 0);
	assert_int_equal(ocre_core_restart(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_restart(c, NULL), OCRE_OK);
	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	assert_int_equal(info.lives, 3);
	assert_int_equal(info.state, OCRE_STATE_RUNNING);
	fake_run_for(fake, 5);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_in_range(stats.budget, 1000, 1000 + fake_scripts.overhead);
	assert_int_equal(stats.guest_memory, fake_scripts.guest_memory);
}

static void test_start_that_fails(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "P");
	struct ocre_container_info info;
	struct ocre_diag diag = {0};

	fake->config.fail_start = 1;
	assert_int_equal(ocre_core_start(c, &diag), OCRE_E_LINK);
	assert_string_equal(diag.text, "told to fail");
	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	assert_int_equal(info.state, OCRE_STATE_ERROR);
	assert_int_equal(info.end.end, OCRE_END_ERROR);
	assert_string_equal(info.end.text, "told to fail");
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, NULL), OCRE_E_STATE);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	memset(&diag, 0, sizeof(diag));
	assert_int_equal(ocre_core_start(c, &diag), OCRE_E_STATE);
	assert_string_equal(diag.text, "container one is RUNNING: it cannot be started");
	assert_int_equal(fake_state(c), OCRE_STATE_RUNNING);
}

/* ---- limits and ends ---- */

static void test_trap_and_codes(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = fake_create(fake, "one", "t");
	struct ocre_end_info end;

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_TRAP);
	assert_int_equal(end.code, 0);
	assert_memory_equal(end.text, "unreachable", 11);
	fake_close(fake);
	fake->open.honest_exit_codes = true;
	fake_open(fake);
	c = fake_create(fake, "one", "t");
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(end.code, 134);
	c = fake_create(fake, "two", "P");
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(end.code, 137);
}

static void test_budget_of_a_life(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "r");
	struct ocre_container *c = NULL;
	struct ocre_container_stats stats;
	struct ocre_end_info end;

	config.budget = 123456;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	for (int life = 0; life < 2; life++) {
		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		assert_int_equal(ocre_core_wait(c, UINT32_MAX, &end), OCRE_OK);
		assert_int_equal(end.end, OCRE_END_LIMIT);
		assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
		assert_in_range(stats.budget, 123456 - fake_scripts.overhead, 123456);
	}
}

static void test_memory_limit(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "P");
	struct ocre_container *c = NULL;
	struct ocre_container_stats stats;
	struct ocre_diag diag = {0};
	size_t before;
	size_t life;

	if (fake_scripts.lazy_memory) {
		skip();
	}
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	before = stats.memory;
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	/* What a life takes, it takes when it is started. */
	life = stats.memory_peak - before;
	assert_true(life >= fake_scripts.guest_memory);
	fake_run_for(fake, 5);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.memory_peak, before + life);
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.memory, before);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config.memory_limit = before + life - 1;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_E_NOMEM);
	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	assert_int_equal(stats.memory, before);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config.memory_limit = before + life;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	ocre_core_kill(c);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config.memory_limit = 100;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, &diag), OCRE_E_NOMEM);
	assert_true(strlen(diag.text) > 0);
}

/* Start it, and let it take what letter m says, or end without it: what it has then. */
static size_t start_and_take(struct fake *fake, struct ocre_container *c)
{
	struct ocre_container_stats stats = {0};

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	for (int i = 0; i < 5000 && stats.memory < 300000; i++) {
		fake_run_for(fake, 1);
		assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
		if (ocre_core_wait(c, 0, NULL) == OCRE_OK) {
			break;
		}
	}
	return stats.memory;
}

/* What containers have, mappings included, is together at most what their context may have. */
static void test_memory_limit_of_the_context(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *all[4];
	struct ocre_end_info end;
	struct ocre_container_stats stats;
	size_t each;

	if (fake_scripts.lazy_memory) {
		skip();
	}
	all[0] = fake_create(fake, NULL, "m300000 P");
	each = start_and_take(fake, all[0]);
	assert_true(each > 300000);
	fake_close(fake);
	fake->open.memory_limit = 3 * each + 200000;
	fake_open(fake);
	for (int i = 0; i < 4; i++) {
		all[i] = fake_create(fake, NULL, "m300000 P");
		(void)start_and_take(fake, all[i]);
		assert_int_equal(ocre_core_wait(all[i], i < 3 ? 0 : 1000, &end),
				 i < 3 ? OCRE_E_BUSY : OCRE_OK);
		assert_int_equal(ocre_container_get_stats(all[i], &stats), OCRE_OK);
		assert_true(i < 3 ? stats.memory > 300000 : stats.memory < 100000);
	}
	assert_int_equal(end.code, 1);
	assert_int_equal(ocre_core_kill(all[1]), OCRE_OK);
	assert_true(start_and_take(fake, all[3]) > 300000);
	assert_int_equal(ocre_core_wait(all[3], 0, NULL), OCRE_E_BUSY);
	fake_close(fake);
	fake->open.memory_limit = 0;
	fake_open(fake);
}

/* ---- create ---- */

static int try_create(struct fake *fake, const struct ocre_container_config *config)
{
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};
	long used = fake->memory.used;
	uint32_t count = ocre_container_list(fake->context, NULL, 0);
	int rc = ocre_container_create(fake->context, config, &c, &diag);

	if (rc != OCRE_OK) {
		assert_null(c);
		assert_int_equal(diag.status, rc);
		assert_true(strlen(diag.text) > 5);
		/* Nothing is held but room in tables of the context, which the first one made. */
		assert_int_equal(fake->memory.used, used);
		assert_int_equal(ocre_container_list(fake->context, NULL, 0), count);
	}
	return rc;
}

static void test_bad_configurations(void **state)
{
	static const char *const names[] = {"", ".a", "A", "a b", "a/b", "\xc3\xa4", "a:"};
	static const char *const mounts[] = {
		"a:/b",	    "/tmp:b",	     "/tmp", "/tmp:/", "/tmp://",	   "/tmp:/b:rw",
		"/tmp:/b:", "/tmp:/b:ro:ro", ":/b",  "",       "/no/such/place:/b"};
	struct fake *fake = *state;
	struct ocre_container_config config;
	const char *list[3] = {"/tmp:/good", NULL, NULL};
	char big[300];

	fake_create(fake, "taken", "P");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		config = fake_script(names[i], "P");
		assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	}
	memset(big, 'a', sizeof(big));
	big[299] = '\0';
	config = fake_script(big, "P");
	assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	config = fake_script("taken", "P");
	assert_int_equal(try_create(fake, &config), OCRE_E_BUSY);
	config = fake_script("one", "P");
	config.driver = "none such";
	assert_int_equal(try_create(fake, &config), OCRE_E_NOTFOUND);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		config = fake_script("one", "P");
		config.mounts = list;
		list[1] = mounts[i];
		assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	}
	config = fake_script("one", "?");
	assert_int_equal(try_create(fake, &config), OCRE_E_INVALID);
	config = fake_script("one", "P");
	config.cpu_percent = 101;
	assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	config = fake_script("one", "P");
	config.priority = -101;
	assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	config = fake_script("one", "P");
	config.max_events = UINT32_MAX;
	assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	config = fake_script("one", "P");
	config.bytes.data = NULL;
	assert_int_equal(try_create(fake, &config), OCRE_E_ARGUMENT);
	config = fake_script("one", "P");
	config.driver = "script"; /* an alias */
	assert_int_equal(try_create(fake, &config), OCRE_OK);
}

static void test_null(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "P");
	const struct ocre_event event = {0};
	struct ocre_container *c = NULL;
	struct ocre_context *context = NULL;
	struct ocre_container_info info;
	struct ocre_container_stats stats;
	struct ocre_log_entry entry;
	struct ocre_context_config without = fake->open;
	const struct ocre_action action = {0};
	struct ocre_diag diag = {0};

	assert_int_equal(ocre_context_open(NULL, &context, NULL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_context_open(&fake->open, NULL, NULL), OCRE_E_ARGUMENT);
	without.resize = NULL;
	assert_int_equal(ocre_context_open(&without, &context, &diag), OCRE_E_ARGUMENT);
	assert_string_equal(diag.text, "a context needs memory: `resize` is NULL");
	assert_null(context);
	ocre_context_close(NULL);
	assert_int_equal(ocre_container_create(NULL, &config, &c, NULL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_create(fake->context, NULL, &c, NULL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_create(fake->context, &config, NULL, NULL),
			 OCRE_E_ARGUMENT);
	assert_null(ocre_container_find(NULL, "a"));
	assert_null(ocre_container_find(fake->context, NULL));
	assert_int_equal(ocre_container_list(NULL, NULL, 0), 0);
	assert_null(ocre_container_user(NULL));
	for (int call = 0; call < CALLS; call++) {
		assert_int_equal(call_nr(NULL, call), OCRE_E_ARGUMENT);
	}
	assert_int_equal(ocre_core_stop_within(NULL, 1), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_get_info(NULL, &info), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_get_stats(NULL, &stats), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_read_log(NULL, 0, 0, &entry), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_explain(NULL, &action, NULL, 0), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_post(NULL, &event), OCRE_E_ARGUMENT);
	ocre_context_watch(NULL, NULL, NULL);
	ocre_core_poll(NULL, 1);
	c = fake_create(fake, "one", "P");
	assert_int_equal(ocre_container_get_info(c, NULL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_get_stats(c, NULL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_container_post(c, NULL), OCRE_E_ARGUMENT);
}

static void test_copies_its_configuration(void **state)
{
	struct fake *fake = *state;
	char id[] = "one";
	char arg[] = "-v";
	char mount[] = "/tmp/:/data/:ro";
	const char *args[] = {arg, NULL};
	const char *mounts[] = {mount, NULL};
	struct ocre_container_config config = fake_script(id, "P");
	struct ocre_container *c = NULL;
	struct ocre_container_info info;
	const struct ocre_guest *guest;

	config.args = args;
	config.mounts = mounts;
	config.user = &config;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	memset(id, 'z', 3);
	memset(arg, 'z', 2);
	memset(mount, 'z', 3);
	guest = (const struct ocre_guest *)c; /* as its host modules see it */
	assert_int_equal(guest->arg_count, 2);
	assert_string_equal(guest->args[0], "script");
	assert_string_equal(guest->args[1], "-v");
	assert_null(guest->args[2]);
	assert_int_equal(guest->mount_count, 1);
	assert_string_equal(guest->mounts[0].host_path, "/tmp/");
	assert_string_equal(guest->mounts[0].guest_path, "/data");
	assert_true(guest->mounts[0].read_only);
	assert_int_equal(guest->stdio[2], 2);
	assert_ptr_equal(ocre_container_user(c), &config);
	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	assert_string_equal(info.id, "one");
	assert_string_equal(info.image, "script");
	assert_string_equal(info.driver, "fake");
}

static void test_ids_and_lists(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *list[100];
	struct ocre_container_info info;

	for (int i = 0; i < 100; i++) {
		assert_int_equal(ocre_container_list(fake->context, list, 100), i);
		fake_create(fake, NULL, "P");
	}
	assert_int_equal(ocre_container_list(fake->context, list, 100), 100);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ocre_container_get_info(list[i], &info), OCRE_OK);
		assert_int_equal(strlen(info.id), 7);
		assert_true(ocre_container_find(fake->context, info.id) == list[i]);
	}
	assert_int_equal(ocre_container_remove(list[50]), OCRE_OK);
	assert_int_equal(ocre_container_list(fake->context, list, 10), 99);
}

static void test_images_are_shared(void **state)
{
	static const char script[] = "P";
	struct fake *fake = *state;

	fake_create(fake, "one", script);
	fake_create(fake, "two", script);
	assert_int_equal(fake->config.loads, 1);
	fake_create(fake, "three", "PP");
	assert_int_equal(fake->config.loads, 2);
	assert_int_equal(ocre_container_remove(ocre_container_find(fake->context, "one")), OCRE_OK);
	assert_int_equal(fake->config.loaded, 2);
	assert_int_equal(ocre_container_remove(ocre_container_find(fake->context, "two")), OCRE_OK);
	assert_int_equal(fake->config.loaded, 1);
}

static struct ocre_message *new_message(void)
{
	struct ocre_message *message = calloc(1, sizeof(*message) + 200);

	message->topic_size = 3;
	message->payload_size = 100;
	return message;
}

static void test_close_from_every_state(void **state)
{
	static const char *const scripts[] = {
		"rL", "w5 L", "P", "e0 T1 c100000", "e3 d16 r1000 c1 L", "o300 T1 w P", "m100000 P",
		"x1", "t",    "hL"};
	struct ocre_message *message = new_message();
	const struct ocre_event event = {.type = OCRE_EVENT_MESSAGE, .message = message};
	struct fake *fake = *state;

	for (int row = 0; row < ROWS; row++) {
		if (row != ROW_EXITED) {
			in_state(fake, (enum row)row);
			fake_close(fake);
			fake_open(fake);
		}
	}
	/* In the middle of all that a guest can do, with events that nobody took. */
	for (size_t i = 0; i < 60; i++) {
		struct ocre_container *c = fake_create(fake, NULL, scripts[i % COUNT(scripts)]);

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		if (i % 2 == 0) {
			fake_run_for(fake, 1);
		}
		if (fake_state(c) == OCRE_STATE_RUNNING) {
			const int rc = ocre_container_post(c, &event);

			assert_true(rc == OCRE_OK || rc == OCRE_E_STATE);
		}
		if (i % 3 == 0) {
			(void)ocre_core_pause(c);
		}
	}
	fake_run_for(fake, 10);
	free(message);
}

/* All that lives took is given back when they end, and the rest when the container is removed. */
static void live_and_leave(struct fake *fake, const char *script, bool first)
{
	struct ocre_message *message = new_message();
	const struct ocre_event event = {.type = OCRE_EVENT_MESSAGE, .message = message};
	const long used = fake->memory.used;
	struct ocre_container *c = fake_create(fake, "one", script);
	struct ocre_container_stats stats;
	size_t before;

	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	before = stats.memory;
	for (int life = 0; life < 3; life++) {
		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		fake_run_for(fake, 2);
		for (int i = 0; i < 3; i++) {
			(void)ocre_container_post(c, &event); /* some have ended */
			fake_run_for(fake, 1);
		}
		assert_int_equal(ocre_core_stop_within(c, 0), OCRE_OK);
		assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
		assert_int_equal(stats.memory, before);
		assert_int_equal(stats.guest_memory, 0);
		assert_int_equal(fake->config.lives, 0);
	}
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	/* Tables of the context stay; a notice may still hold the container. */
	for (int i = 0; i < 5000 && !first && fake->memory.used != used; i++) {
		fake_run_for(fake, 1);
	}
	assert_true(first || fake->memory.used == used);
	free(message);
}

static void test_lives_leave_nothing(void **state)
{
	static const char *const scripts[] = {
		"P",	  "rL",	       "r100 L", "w5 L", "e0 T1 c100000", "e3 d16 r1000 c1 L",
		"T1 w P", "m100000 P", "x1",	 "t",	 "e3 c100000",	  "r1000 hL"};

	for (size_t i = 0; i < COUNT(scripts); i++) {
		live_and_leave(*state, scripts[i], true);
		live_and_leave(*state, scripts[i], false);
	}
}

/* ---- failing memory ---- */

static int whole_life(struct fake *fake, const char *script)
{
	static const char *const grants[] = {"ocre:api", "networking", NULL};
	static const char *const args[] = {"a", "b", NULL};
	struct ocre_message *message;
	struct ocre_container_config config = fake_script("one", script);
	struct ocre_container *c = NULL;
	int rc;

	rc = ocre_context_open(&fake->open, &fake->context, NULL);
	if (rc != OCRE_OK) {
		return rc;
	}
	config.grants = grants;
	config.args = args;
	rc = ocre_container_create(fake->context, &config, &c, NULL);
	if (rc == OCRE_OK) {
		rc = ocre_core_start(c, NULL);
	}
	if (rc == OCRE_OK) {
		message = new_message();
		rc = ocre_container_post(
			c, &(struct ocre_event){.type = OCRE_EVENT_MESSAGE, .message = message});
		free(message);
	}
	if (rc == OCRE_OK) {
		rc = ocre_core_wait(c, UINT32_MAX, NULL);
		assert_int_equal(rc, OCRE_OK);
		assert_int_equal(ocre_container_remove(c), OCRE_OK);
	}
	fake_close(fake);
	return rc;
}

/* Each allocation fails once: with all that come after it, and by itself. */
static void walk(struct fake *fake, const char *script, bool once)
{
	long failures = 0;
	int rc;

	fake->memory.fail_once = once;
	do {
		failures++;
		fake->memory.calls = 0;
		fake->memory.fail_at = failures;
		rc = whole_life(fake, script);
		assert_int_equal(fake->memory.used, 0);
		assert_int_equal(fake->config.lives, 0);
		assert_true(rc == OCRE_OK || rc == OCRE_E_NOMEM);
	} while (fake->memory.calls >= failures);
	assert_true(failures > 15);
	assert_int_equal(rc, OCRE_OK);
	fake->memory.fail_at = 0;
}

static void test_failing_memory(void **state)
{
	static const char *const scripts[] = {"o100 T5 w w100 x1", "e3 d16 m70000 T1 c20 t"};
	struct fake *fake = *state;

	fake_close(fake);
	for (size_t i = 0; i < COUNT(scripts); i++) {
		walk(fake, scripts[i], false);
		walk(fake, scripts[i], true);
	}
	fake_open(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_runs_to_its_end),
		BOTH(test_kill),
		BOTH(test_table),
		BOTH(test_paused_guest_stands_still),
		BOTH(test_sleep_that_ends_in_a_pause),
		BOTH(test_kill_while_paused),
		BOTH(test_stop_asks_first),
		BOTH(test_stop_calls_back),
		BOTH(test_stop_with_a_full_queue),
		BOTH(test_restart_is_a_fresh_life),
		BOTH(test_start_that_fails),
		BOTH(test_trap_and_codes),
		BOTH(test_budget_of_a_life),
		BOTH(test_memory_limit),
		BOTH(test_memory_limit_of_the_context),
		BOTH(test_bad_configurations),
		BOTH(test_null),
		BOTH(test_copies_its_configuration),
		BOTH(test_ids_and_lists),
		BOTH(test_images_are_shared),
		BOTH(test_close_from_every_state),
		BOTH(test_lives_leave_nothing),
		/* With threads the order of calls is not the same each time. */
		cmocka_unit_test_setup_teardown(test_failing_memory, setup_none, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
