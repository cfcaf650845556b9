/* SPDX-License-Identifier: Apache-2.0 */
/* events_test.c - events, timers, descriptors, logs, watchdog, restarts and notices. */
#include "both.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ocre_container *start(struct fake *fake, const char *id, const char *script)
{
	struct ocre_container *c = fake_create(fake, id, script);

	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static struct ocre_container *start_with(struct fake *fake,
					 const struct ocre_container_config *config)
{
	struct ocre_container *c = NULL;

	assert_int_equal(ocre_container_create(fake->context, config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static struct ocre_container_info info_of(struct ocre_container *c)
{
	struct ocre_container_info info;

	assert_int_equal(ocre_container_get_info(c, &info), OCRE_OK);
	return info;
}

static struct ocre_container_stats stats_of(struct ocre_container *c)
{
	struct ocre_container_stats stats;

	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	return stats;
}

/* Wait, at most five seconds, until what the guests took is `count` events. */
static void wait_taken(struct fake *fake, int count)
{
	for (int i = 0; i < 5000 && fake->config.events < count; i++) {
		fake_run_for(fake, 1);
	}
	assert_int_equal(fake->config.events, count);
}

/* ---- events ---- */

static void test_event_wakes_who_waits_for_it(void **state)
{
	const struct ocre_event event = {.type = OCRE_EVENT_GPIO};
	struct fake *fake = *state;
	struct ocre_container *waits = start(fake, "waits", "wL");
	struct ocre_container *sleeps = start(fake, "sleeps", "p100000");
	struct ocre_container *calls = start(fake, "calls", "e1 c100000");

	fake_run_for(fake, 5);
	assert_int_equal(ocre_container_post(waits, &event), OCRE_OK);
	wait_taken(fake, 1);
	/* A guest that only sleeps is not disturbed; one with a callback is. */
	assert_int_equal(ocre_container_post(sleeps, &event), OCRE_OK);
	fake_run_for(fake, 20);
	assert_int_equal(fake->config.events, 1);
	assert_int_equal(stats_of(sleeps).slices, 1);
	assert_int_equal(stats_of(sleeps).events_queued, 1);
	assert_int_equal(ocre_container_post(calls, &event), OCRE_OK);
	wait_taken(fake, 2);
	/* An event that nobody takes by a callback does not keep waking a guest that waits for one.
	 */
	assert_int_equal(ocre_container_post(calls, &(struct ocre_event){.type = 3}), OCRE_OK);
	fake_run_for(fake, 20);
	assert_true(stats_of(calls).slices < 4);
	assert_int_equal(stats_of(waits).parks, 2);
}

static void test_message_is_copied_and_charged(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = start(fake, "one", "p100000");
	struct ocre_message *message = calloc(1, sizeof(*message) + 200);
	const struct ocre_event event = {.type = OCRE_EVENT_MESSAGE, .message = message};
	size_t before;

	message->topic_size = 3;
	message->payload_size = 100;
	fake_run_for(fake, 5);
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	before = stats_of(c).memory;
	assert_int_equal(ocre_container_post(c, &event), OCRE_OK);
	assert_true(stats_of(c).memory >= before + 103);
	message->payload_size = UINT32_MAX;
	assert_int_equal(ocre_container_post(c, &event), OCRE_E_LIMIT);
	free(message);
	assert_int_equal(ocre_container_post(c, &(struct ocre_event){.type = 32}), OCRE_E_ARGUMENT);
	before = stats_of(c).memory;
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_true(stats_of(c).memory < before);
	assert_int_equal(stats_of(c).events_queued, 0);
}

static void test_timers(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *takes = start(fake, "takes", "T10 wwwww x0");
	struct ocre_container *calls = start(fake, "calls", "e0 T10 c55 x0");
	uint64_t begin = fake_now(fake);
	struct ocre_end_info end;

	assert_int_equal(ocre_core_wait(takes, 10000, &end), OCRE_OK);
	assert_true(fake_now(fake) - begin >= 40 * MS);
	assert_true(stats_of(takes).parks >= 5);
	assert_int_equal(ocre_core_wait(calls, 10000, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_EXIT);
	/* 5 of the first; of the second as many as came until it had slept enough. */
	assert_true(fake->config.events >= 6);
	if (!fake->threads) {
		assert_int_equal(fake->config.events, 10);
	}
}

static void test_descriptors(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c[20];
	int ends[20][2];
	char scripts[20][16];

	for (int i = 0; i < 20; i++) {
		assert_int_equal(pipe(ends[i]), 0);
		snprintf(scripts[i], sizeof(scripts[i]), "f%d x%d", ends[i][0], i);
		c[i] = start(fake, NULL, scripts[i]);
	}
	fake_run_for(fake, 5);
	for (int i = 19; i >= 0; i--) {
		struct ocre_end_info end;
		uint64_t others = stats_of(c[i == 0 ? 1 : 0]).slices;

		assert_int_equal(fake_state(c[i]), OCRE_STATE_RUNNING);
		assert_int_equal(write(ends[i][1], "a", 1), 1);
		assert_int_equal(ocre_core_wait(c[i], 10000, &end), OCRE_OK);
		assert_int_equal(end.code, i);
		if (i > 0) {
			assert_int_equal(stats_of(c[0]).slices, others);
		}
	}
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ocre_container_remove(c[i]), OCRE_OK);
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

/* ---- logs ---- */

static void test_log(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = start(fake, "one", "o5 o300 o10 x0");
	struct ocre_log_entry entry;

	assert_int_equal(ocre_core_wait(c, 10000, NULL), OCRE_OK);
	assert_int_equal(ocre_container_read_log(c, 0, 0, &entry), OCRE_OK);
	assert_int_equal(entry.number, 1);
	assert_int_equal(entry.size, 5);
	assert_memory_equal(entry.text, "yyyy\n", 5);
	assert_int_equal(entry.stream, OCRE_STREAM_STDOUT);
	assert_false(entry.partial);
	assert_true(entry.time_ns > 0);
	assert_int_equal(ocre_container_read_log(c, 1, 0, &entry), OCRE_OK);
	assert_int_equal(entry.size, 256);
	assert_true(entry.partial);
	assert_int_equal(ocre_container_read_log(c, 2, 0, &entry), OCRE_OK);
	assert_int_equal(entry.size, 44);
	assert_false(entry.partial);
	assert_int_equal(ocre_container_read_log(c, 4, 0, &entry), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_container_read_log(c, UINT64_MAX, 0, &entry), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_container_read_log(c, 4, 5, &entry), OCRE_E_NOTFOUND);
	assert_int_equal(stats_of(c).log_bytes, 315);
}

static void test_log_keeps_the_newest(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config =
		fake_script("one", "o100 o100 o100 o100 o100 o100 x0");
	struct ocre_container *c;
	struct ocre_log_entry entry;
	uint64_t number = 0;
	uint64_t seen = 0;

	config.log_bytes = 500;
	c = start_with(fake, &config);
	assert_int_equal(ocre_core_wait(c, 10000, NULL), OCRE_OK);
	while (ocre_container_read_log(c, number, 0, &entry) == OCRE_OK) {
		assert_true(entry.number > number);
		number = entry.number;
		seen += entry.size;
	}
	assert_int_equal(number, 6);
	assert_int_equal(seen, 400);
	assert_int_equal(stats_of(c).log_bytes, 600);
	assert_int_equal(stats_of(c).log_dropped, 200);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config.log_bytes = UINT32_MAX;
	c = start_with(fake, &config);
	assert_int_equal(ocre_core_wait(c, 10000, NULL), OCRE_OK);
	assert_int_equal(ocre_container_read_log(c, 0, 0, &entry), OCRE_E_NOTFOUND);
	assert_int_equal(stats_of(c).log_dropped, 600);
}

static void test_log_is_followed(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *c = start(fake, "one", "p30 o7 P");
	struct ocre_log_entry entry;

	assert_int_equal(ocre_container_read_log(c, 0, 10000, &entry), OCRE_OK);
	assert_int_equal(entry.size, 7);
}

/* ---- watchdog, restarts, notices ---- */

struct heard {
	char text[64];
	atomic_int count;
};

static void hear(void *ctx, struct ocre_container *container, enum ocre_notice notice)
{
	struct heard *heard = ctx;

	(void)container;
	if (heard->count < 63) {
		heard->text[heard->count] = "CSPUEnrR"[notice];
		heard->count++;
	}
}

static void wait_heard(struct fake *fake, struct heard *heard, int count)
{
	for (int i = 0; i < 5000 && heard->count < count; i++) {
		fake_run_for(fake, 1);
	}
}

static void test_notices_in_order(void **state)
{
	struct fake *fake = *state;
	struct heard heard = {0};
	struct ocre_container *c;

	ocre_context_watch(fake->context, hear, &heard);
	c = start(fake, "one", "P");
	assert_int_equal(ocre_core_pause(c), OCRE_OK);
	assert_int_equal(ocre_core_unpause(c), OCRE_OK);
	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	wait_heard(fake, &heard, 6);
	ocre_context_watch(fake->context, NULL, NULL);
	assert_string_equal(heard.text, "CSPUER");
	start(fake, "two", "x0");
	fake_run_for(fake, 5);
	assert_int_equal(heard.count, 6);
}

static void test_watchdog(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "r");
	struct heard heard = {0};
	struct ocre_container *c;
	struct ocre_container *good;

	ocre_context_watch(fake->context, hear, &heard);
	config.watchdog_ms = 30;
	c = start_with(fake, &config);
	config = fake_script("good", "r1000 hL");
	config.watchdog_ms = fake->threads ? 1000 : 30; /* the machine may be busy */
	good = start_with(fake, &config);
	wait_heard(fake, &heard, 5);
	assert_string_equal(heard.text, "CSCSn");
	assert_true(info_of(c).unresponsive);
	assert_int_equal(info_of(c).state, OCRE_STATE_RUNNING);
	assert_false(info_of(good).unresponsive);
	ocre_context_watch(fake->context, NULL, NULL);
}

static void test_watchdog_that_wants_kicks(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "p500 k P");
	struct heard heard = {0};
	struct ocre_container *c;

	ocre_context_watch(fake->context, hear, &heard);
	config.watchdog_ms = 100;
	config.watchdog_kick = true;
	c = start_with(fake, &config);
	wait_heard(fake, &heard, 5);
	/* Parked is not enough; the kick is; and then it is silent again. */
	assert_memory_equal(heard.text, "CSnrn", 5);
	assert_int_equal(info_of(c).state, OCRE_STATE_RUNNING);
	ocre_context_watch(fake->context, NULL, NULL);
}

static void test_watchdog_restarts(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "r");
	struct heard heard = {0};
	struct ocre_container *c;

	ocre_context_watch(fake->context, hear, &heard);
	config.watchdog_ms = 20;
	config.watchdog_restart = true;
	config.restart = OCRE_RESTART_ON_FAILURE;
	config.restart_max = 1;
	config.restart_delay_ms = 5;
	c = start_with(fake, &config);
	assert_int_equal(ocre_core_wait(c, 10000, NULL), OCRE_OK);
	wait_heard(fake, &heard, 7);
	ocre_context_watch(fake->context, NULL, NULL);
	assert_string_equal(heard.text, "CSnESnE");
	assert_int_equal(info_of(c).lives, 2);
	assert_string_equal(info_of(c).end.text, "killed by its watchdog");
}

static void test_restarts_back_off(void **state)
{
	struct fake *fake = *state;
	struct ocre_container_config config = fake_script("one", "x1");
	struct ocre_container *c;
	uint64_t begin = fake_now(fake);
	struct ocre_end_info end;

	config.restart = OCRE_RESTART_ON_FAILURE;
	config.restart_max = 4;
	config.restart_delay_ms = 10;
	c = start_with(fake, &config);
	assert_int_equal(ocre_core_wait(c, 10000, &end), OCRE_OK);
	assert_int_equal(end.code, 1);
	assert_int_equal(info_of(c).lives, 5);
	assert_int_equal(info_of(c).restarts, 4);
	assert_true(fake_now(fake) - begin >= (10 + 20 + 40 + 80) * MS);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	config = fake_script("good", "x0");
	config.restart = OCRE_RESTART_ON_FAILURE;
	c = start_with(fake, &config);
	assert_int_equal(ocre_core_wait(c, 10000, NULL), OCRE_OK);
	assert_int_equal(info_of(c).lives, 1);
	config = fake_script("always", "x0");
	config.restart = OCRE_RESTART_ALWAYS;
	config.restart_delay_ms = 1;
	c = start_with(fake, &config);
	for (int i = 0; i < 5000 && info_of(c).lives < 4; i++) {
		fake_run_for(fake, 1);
	}
	assert_true(info_of(c).lives >= 4);
	assert_int_equal(ocre_core_stop(c), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, 1000, NULL), OCRE_OK);
	assert_false(info_of(c).restarting);
}

/* ---- calls from callbacks ---- */

static struct fake *in_hook;
static bool acted;

static void act_in_hook(void *ctx)
{
	struct ocre_container *me = ocre_container_find(in_hook->context, "me");
	struct ocre_container *other = ocre_container_find(in_hook->context, "other");
	struct ocre_container *made = fake_create(in_hook, NULL, "P");
	int rc;

	(void)ctx;
	if (acted) {
		assert_int_equal(ocre_container_remove(made), OCRE_OK);
		return;
	}
	acted = true;
	assert_int_equal(ocre_core_start(made, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(other, UINT32_MAX, NULL), OCRE_E_BUSY);
	assert_int_equal(ocre_core_pause(other), OCRE_OK);
	assert_int_equal(ocre_core_kill(other), OCRE_OK);
	assert_int_equal(ocre_core_kill(made), OCRE_OK);
	/* Another executor may be in a slice of it, and nobody waits here. */
	rc = ocre_container_remove(made);
	assert_true(rc == OCRE_OK || rc == OCRE_E_STATE);
	assert_int_equal(ocre_core_restart(me, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(me, NULL), OCRE_E_STATE);
}

static void test_calls_from_a_host_function(void **state)
{
	struct fake *fake = *state;
	struct ocre_container *other = start(fake, "other", "P");
	struct ocre_container *me = fake_create(fake, "me", "! x9");
	struct ocre_end_info end;

	in_hook = fake;
	acted = false;
	fake->config.hook = act_in_hook;
	assert_int_equal(ocre_core_start(me, NULL), OCRE_OK);
	for (int i = 0; i < 5000 && info_of(me).lives < 2; i++) {
		fake_run_for(fake, 1);
	}
	assert_int_equal(ocre_core_wait(me, 10000, &end), OCRE_OK);
	assert_int_equal(info_of(me).lives, 2);
	assert_int_equal(end.code, 9);
	assert_int_equal(ocre_core_wait(other, 10000, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_KILLED);
}

/* ---- images and storage on disk ---- */

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text, 1, strlen(text) + 1, f);
	fclose(f);
}

static void test_working_directory(void **state)
{
	static const char *const grants[] = {"filesystem", NULL};
	struct fake *fake = *state;
	struct ocre_container_config config = {.id = "one", .image = "app.wasm"};
	struct ocre_container *c = NULL;
	struct ocre_container *d = NULL;
	struct ocre_diag diag = {0};
	struct ocre_end_info end;
	char base[] = "/tmp/ocre-core-XXXXXX";
	char dir[64];
	char path[512];
	char command[600];

	assert_non_null(mkdtemp(base));
	snprintf(dir, sizeof(dir), "%s/a/b", base);
	fake_close(fake);
	fake->open.workdir = dir;
	fake_open(fake);
	assert_int_equal(ocre_container_create(fake->context, &config, &c, &diag), OCRE_E_NOTFOUND);
	snprintf(path, sizeof(path), "%s/images", dir);
	write_file(path, "app.wasm", "x5");
	config.grants = grants;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	config.id = "two";
	assert_int_equal(ocre_container_create(fake->context, &config, &d, NULL), OCRE_OK);
	assert_int_equal(fake->config.loads, 1);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, 10000, &end), OCRE_OK);
	assert_int_equal(end.code, 5);
	/* A file that has changed is another image. */
	write_file(path, "app.wasm", "x61");
	config.id = "three";
	assert_int_equal(ocre_container_create(fake->context, &config, &d, NULL), OCRE_OK);
	assert_int_equal(fake->config.loads, 2);
	/* What it made, however deep, goes with it. */
	snprintf(path, sizeof(path), "%s/containers/one", dir);
	assert_string_equal(((const struct ocre_guest *)c)->mounts[0].host_path, path);
	assert_string_equal(((const struct ocre_guest *)c)->mounts[0].guest_path, "/");
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p 1/2/3/4/5 1/b && touch f 1/f 1/2/3/f && ln -s / 1/2/out", path);
	assert_int_equal(system(command), 0);
	assert_int_equal(ocre_container_remove(c), OCRE_OK);
	assert_int_not_equal(access(path, F_OK), 0);
	/* What an earlier program left stays until somebody wants it cleared. */
	fake_close(fake);
	snprintf(path, sizeof(path), "%s/containers/left", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	write_file(path, "file", "x");
	fake_open(fake);
	assert_int_equal(access(path, F_OK), 0);
	fake_close(fake);
	fake->open.clear_storage = true;
	fake_open(fake);
	snprintf(path, sizeof(path), "%s/containers", dir);
	assert_int_equal(rmdir(path), 0);
	fake_close(fake);
	fake->open.workdir = NULL;
	fake_open(fake);
	snprintf(command, sizeof(command), "rm -r %s", base);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_event_wakes_who_waits_for_it),
		BOTH(test_message_is_copied_and_charged),
		BOTH(test_timers),
		BOTH(test_descriptors),
		BOTH(test_log),
		BOTH(test_log_keeps_the_newest),
		BOTH(test_log_is_followed),
		BOTH(test_notices_in_order),
		BOTH(test_watchdog),
		BOTH(test_watchdog_that_wants_kicks),
		BOTH(test_watchdog_restarts),
		BOTH(test_restarts_back_off),
		BOTH(test_calls_from_a_host_function),
		BOTH(test_working_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
