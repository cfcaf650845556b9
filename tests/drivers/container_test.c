/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container_test.c - the container core with the wasm driver and real host modules: what a program
 * sees that links all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

#include "tenant_wasm.h"

struct world {
	struct ocre_port_posix posix;
	struct ocre_wasm_config wasm;
	struct ocre_context *context;
};

static const struct ocre_provider_choice providers[] = {
	{&ocre_provider_wasi, NULL},
	{&ocre_provider_event, NULL},
	{&ocre_provider_messaging, NULL},
};

static const char *const all[] = {"ocre:api", NULL};

static void open_world(struct world *w, uint32_t executors, bool reserved)
{
	struct ocre_diag diag = {0};

	memset(w, 0, sizeof(*w));
	assert_int_equal(ocre_port_posix_init(&w->posix, 0), 0);
	w->wasm.providers = providers;
	w->wasm.provider_count = sizeof(providers) / sizeof(providers[0]);
	w->wasm.memory_ops = reserved ? &ocre_memory_posix : NULL;
	{
		const struct ocre_driver_choice driver = {&ocre_driver_wasm, &w->wasm};
		const struct ocre_context_config config = {
			.resize = ocre_port_posix_resize,
			.port = &w->posix.port,
			.drivers = &driver,
			.driver_count = 1,
			.executors = executors,
		};

		assert_int_equal(ocre_context_open(&config, &w->context, &diag), OCRE_OK);
	}
}

static void close_world(struct world *w)
{
	ocre_context_close(w->context);
	ocre_port_posix_deinit(&w->posix);
}

static struct ocre_container *create(struct world *w, const char *entry, const char *const *grants)
{
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};
	const struct ocre_container_config config = {
		.image = "tenant.wasm",
		.bytes = {tenant_wasm, sizeof(tenant_wasm)},
		.entry = entry,
		.grants = grants,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
		.stop_grace_ms = 2000,
	};
	int rc = ocre_container_create(w->context, &config, &c, &diag);

	if (rc != OCRE_OK) {
		print_error("%s: %s\n", entry, diag.text);
	}
	assert_int_equal(rc, OCRE_OK);
	return c;
}

static struct ocre_container *begin(struct world *w, const char *entry)
{
	struct ocre_container *c = create(w, entry, all);

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static struct ocre_end_info wait_for(struct ocre_container *c)
{
	struct ocre_end_info end;

	assert_int_equal(ocre_core_wait(c, 20000, &end), OCRE_OK);
	return end;
}

static void assert_exit(struct ocre_container *c, int32_t code)
{
	struct ocre_end_info end = wait_for(c);

	assert_int_equal(end.end, OCRE_END_EXIT);
	assert_int_equal(end.code, code);
}

static void sleep_ms(long ms)
{
	const struct timespec time = {0, ms * 1000000};

	nanosleep(&time, NULL);
}

/* One takes its messages, the other one is called: a hundred times there and back. */
static void two_containers_talk(void **state)
{
	struct world w;

	(void)state;
	for (uint32_t n = 0; n < 4; n++) {
		struct ocre_container *ping;
		struct ocre_container *pong;

		open_world(&w, 1 + n % 2, n >= 2);
		ping = begin(&w, "ping");
		pong = begin(&w, "pong");
		assert_exit(ping, 100);
		assert_int_equal(ocre_core_kill(pong), OCRE_OK);
		assert_int_equal(wait_for(pong).end, OCRE_END_KILLED);
		assert_int_equal(ocre_container_remove(pong), OCRE_OK);
		/* The other one again, from the beginning; nobody answers, so it waits. */
		assert_int_equal(ocre_core_start(ping, NULL), OCRE_OK);
		sleep_ms(20);
		pong = begin(&w, "pong");
		assert_exit(ping, 100);
		close_world(&w);
	}
}

/* It never asks for an event: its timer runs while it sleeps. */
static void timers_run_while_it_sleeps(void **state)
{
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	assert_exit(begin(&w, "blinks"), 3);
	close_world(&w);
}

static void a_guest_is_asked_to_stop(void **state)
{
	struct ocre_container *c;
	struct world w;

	(void)state;
	open_world(&w, 2, true);
	c = begin(&w, "sleeps");
	sleep_ms(20);
	assert_int_equal(ocre_core_stop(c), OCRE_OK);
	assert_exit(c, 77);
	/* This one hears nothing. */
	c = begin(&w, "loops");
	sleep_ms(20);
	assert_int_equal(ocre_core_stop_within(c, 50), OCRE_OK);
	assert_int_equal(wait_for(c).end, OCRE_END_KILLED);
	close_world(&w);
}

static void a_guest_is_held_and_goes_on(void **state)
{
	static const char *const entries[] = {"loops", "sleeps"};
	struct ocre_container_stats stats[2];
	struct world w;

	(void)state;
	open_world(&w, 2, true);
	for (uint32_t n = 0; n < 2; n++) {
		struct ocre_container *c = begin(&w, entries[n]);

		sleep_ms(20);
		assert_int_equal(ocre_core_pause(c), OCRE_OK);
		for (uint32_t k = 0; k < 2; k++) {
			assert_int_equal(ocre_container_get_stats(c, &stats[k]), OCRE_OK);
			sleep_ms(20);
		}
		assert_int_equal(stats[0].budget, stats[1].budget);
		assert_int_equal(ocre_core_unpause(c), OCRE_OK);
		assert_int_equal(ocre_core_kill(c), OCRE_OK);
		assert_int_equal(wait_for(c).end, OCRE_END_KILLED);
	}
	close_world(&w);
}

static void a_trap_is_told_with_its_place(void **state)
{
	struct ocre_container_info info;
	struct ocre_container *c;
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	c = begin(&w, "traps");
	assert_int_equal(wait_for(c).end, OCRE_END_TRAP);
	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	assert_memory_equal(info.end.text, "unreachable\n  #0 inner (func ", 29);
	assert_non_null(strstr(info.end.text, "\n  #1 traps (func "));
	close_world(&w);
}

static void each_life_is_fresh(void **state)
{
	struct ocre_log_entry entry;
	struct ocre_container *c;
	struct world w;

	(void)state;
	open_world(&w, 1, true);
	c = begin(&w, "says");
	assert_exit(c, 1);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_exit(c, 1);
	assert_int_equal(ocre_container_read_log(c, 0, 0, &entry), OCRE_OK);
	assert_int_equal(entry.stream, OCRE_STREAM_STDOUT);
	assert_memory_equal(entry.text, "hello", 5);
	close_world(&w);
}

/* What it has no grant for says no, and the log says which was missing. */
static void without_a_grant(void **state)
{
	static const char *const none[] = {NULL};
	struct ocre_log_entry entry = {0};
	struct ocre_container *c;
	struct world w;
	bool told = false;

	(void)state;
	open_world(&w, 1, true);
	c = create(&w, "asks", none);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_exit(c, 11); /* -EPERM twice */
	while (ocre_container_read_log(c, entry.number, 0, &entry) == OCRE_OK) {
		told = told || strstr(entry.text, "ocre_publish_message") != NULL;
	}
	assert_true(told);
	close_world(&w);
}

/* Many of them, started and ended again and again. */
static void many_lives(void **state)
{
	struct ocre_container *c[50];
	struct world w;

	(void)state;
	open_world(&w, 2, true);
	for (uint32_t n = 0; n < 50; n++) {
		c[n] = create(&w, n % 5 == 4 ? "sleeps" : "says", all);
	}
	for (uint32_t round = 0; round < 5; round++) {
		for (uint32_t n = 0; n < 50; n++) {
			assert_int_equal(ocre_core_start(c[n], NULL), OCRE_OK);
		}
		for (uint32_t n = 0; n < 50; n++) {
			if (n % 5 == 4) {
				assert_int_equal(ocre_core_kill(c[n]), OCRE_OK);
			} else {
				assert_exit(c[n], 1);
			}
		}
	}
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_containers_talk),
		cmocka_unit_test(timers_run_while_it_sleeps),
		cmocka_unit_test(a_guest_is_asked_to_stop),
		cmocka_unit_test(a_guest_is_held_and_goes_on),
		cmocka_unit_test(a_trap_is_told_with_its_place),
		cmocka_unit_test(each_life_is_fresh),
		cmocka_unit_test(without_a_grant),
		cmocka_unit_test(many_lives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
