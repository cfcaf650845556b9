/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_run.c DIRECTORY - runs the guests of api/ as containers of one context, side by side, and
 * looks at their logs and at how they end.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/board.h>
#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/messaging.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

#include "support/heap.h"

static const char *directory;
static int failed;

static void problem(const char *where, const char *what)
{
	printf("%s: %s\n", where, what);
	failed++;
}

static struct ocre_bytes read_guest(const char *name)
{
	struct ocre_bytes bytes = {0};
	uint8_t *data = (uint8_t *)malloc(1 << 20);
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.wasm", directory, name);
	file = fopen(path, "rb");
	if (file == NULL || data == NULL) {
		perror(path);
		exit(1);
	}
	bytes.size = fread(data, 1, 1 << 20, file);
	bytes.data = data;
	fclose(file);
	return bytes;
}

/* A container that runs. */
struct running {
	struct ocre_bytes bytes;
	struct ocre_container *container;
	const char *name;
	int failed; /* before it */
};

static void start_with(struct ocre_context *context, struct running *r, const char *id,
		       const char *name, const char *const *grants, const char *const *args)
{
	struct ocre_container_config config = {
		.id = id,
		.image = name,
		.grants = grants,
		.args = args,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
		.log_bytes = 65536,
	};
	struct ocre_diag diag = {0};
	int rc;

	r->name = name;
	r->failed = failed;
	r->bytes = read_guest(name);
	config.bytes = r->bytes;
	rc = ocre_container_create(context, &config, &r->container, &diag);
	if (rc == OCRE_OK) {
		rc = ocre_core_start(r->container, &diag);
	}
	if (rc != OCRE_OK) {
		printf("%s: %s\n", name, diag.text);
		exit(1);
	}
}

static void start(struct ocre_context *context, struct running *r, const char *name,
		  const char *const *grants)
{
	start_with(context, r, name, name, grants, NULL);
}

/* How often a line is in the log; with a time, wait until it is there. */
static unsigned int count_lines(const struct running *r, const char *line, uint32_t timeout_ms)
{
	struct ocre_log_entry entry;
	unsigned int count = 0;
	uint64_t after = 0;

	while (ocre_container_read_log(r->container, after, count == 0 ? timeout_ms : 0, &entry) ==
	       OCRE_OK) {
		after = entry.number;
		if (entry.size >= strlen(line) && memcmp(entry.text, line, strlen(line)) == 0) {
			count++;
		}
	}
	return count;
}

/* The same for lines that have these words. */
static unsigned int count_words(const struct running *r, const char *words)
{
	struct ocre_log_entry entry;
	unsigned int count = 0;
	uint64_t after = 0;

	while (ocre_container_read_log(r->container, after, 0, &entry) == OCRE_OK) {
		char text[sizeof(entry.text) + 1] = {0};

		after = entry.number;
		memcpy(text, entry.text, entry.size);
		if (strstr(text, words) != NULL) {
			count++;
		}
	}
	return count;
}

static void expect_line(const struct running *r, const char *line, unsigned int times)
{
	char text[256];

	if (count_lines(r, line, 0) != times) {
		snprintf(text, sizeof(text), "not %u times in its log: %s", times, line);
		problem(r->name, text);
	}
}

static void print_log(const struct running *r)
{
	struct ocre_log_entry entry;
	uint64_t after = 0;

	while (ocre_container_read_log(r->container, after, 0, &entry) == OCRE_OK) {
		after = entry.number;
		printf("    %s: %.*s%s", r->name, (int)entry.size, entry.text,
		       entry.partial ? "\n" : "");
	}
}

/* Wait for its end and take it away. */
static void finish(struct running *r, int code)
{
	struct ocre_end_info end;
	char text[600];

	if (ocre_core_wait(r->container, 10000, &end) != OCRE_OK) {
		problem(r->name, "did not end");
		ocre_core_kill(r->container);
	} else if (end.end != OCRE_END_EXIT || end.code != code) {
		snprintf(text, sizeof(text), "ended by %d with %d, not %d: %s", (int)end.end,
			 (int)end.code, code, end.text);
		problem(r->name, text);
	}
	if (failed != r->failed) {
		print_log(r);
	}
	if (ocre_container_remove(r->container) != OCRE_OK) {
		problem(r->name, "could not be removed");
	}
	free((void *)(uintptr_t)r->bytes.data);
}

static const char *const api[] = {"ocre:api", NULL};

/* The host calls what the guest exports, while it sleeps. */
static void test_blinky(struct ocre_context *context)
{
	struct running r;

	start(context, &r, "blinky", api);
	ocre_core_wait(r.container, 10000, NULL);
	expect_line(&r, "blink 1 of timer 3", 1);
	expect_line(&r, "blink 3 of timer 3", 1);
	finish(&r, 0);
}

static void test_timers(struct ocre_context *context, const char *name)
{
	struct running r;

	start(context, &r, name, api);
	ocre_core_wait(r.container, 10000, NULL);
	expect_line(&r, "timers are right", 1);
	finish(&r, 0);
}

/* Nothing is allowed, nothing traps, and the log says what is missing. */
static void test_without_grants(struct ocre_context *context)
{
	struct running r;

	start(context, &r, "blinky", NULL);
	ocre_core_wait(r.container, 10000, NULL);
	expect_line(&r, "no timer", 1);
	finish(&r, 1);
}

/* Two containers that talk, and the program with them. */
static void test_messages(struct ocre_context *context, struct ocre_bus *bus)
{
	struct running subscriber;
	struct running publisher;

	start(context, &subscriber, "subscriber", api);
	if (count_lines(&subscriber, "ready", 5000) == 0) {
		problem("subscriber", "is not ready");
	}
	start(context, &publisher, "publisher", api);
	ocre_core_wait(publisher.container, 10000, NULL);
	expect_line(&publisher, "published message 1: 0", 1);
	expect_line(&publisher, "published message 3: 0", 1);
	finish(&publisher, 0);
	if (ocre_bus_publish(bus, "test/program", "text/plain", "from the program", 16) != 1) {
		problem("subscriber", "the program's message did not reach it");
	}
	/* It takes what is in the queue before it ends. */
	if (ocre_core_stop(subscriber.container) != OCRE_OK) {
		problem("subscriber", "did not stop");
	}
	expect_line(&subscriber, "test/topic (text/plain): message 1", 2);
	expect_line(&subscriber, "test/topic (text/plain): message 2", 2);
	expect_line(&subscriber, "test/topic (text/plain): message 3", 2);
	expect_line(&subscriber, "test/program (text/plain): from the program", 1);
	expect_line(&subscriber, "asked to stop", 1);
	finish(&subscriber, 42);
}

/* Handlers and types of 2025-03. */
static void test_old(struct ocre_context *context)
{
	struct running r;

	start(context, &r, "old", api);
	ocre_core_wait(r.container, 10000, NULL);
	/* The number of the message is the bus's. */
	if (count_words(&r, " old/topic text/plain old 1") != 1 ||
	    count_words(&r, " old/topic text/plain old 3") != 1) {
		problem("old", "its handler did not get its messages");
	}
	finish(&r, 0);
}

/* Several at once, beside one that is not disturbed. */
static void test_hostile(struct ocre_context *context)
{
	static const char *const ids[] = {"hostile.1", "hostile.2", "hostile.3"};
	struct running r[3];

	for (unsigned int i = 0; i < 3; i++) {
		const char *const args[] = {ids[i] + 8, NULL};

		start_with(context, &r[i], ids[i], "hostile", api, args);
	}
	test_blinky(context);
	for (unsigned int i = 0; i < 3; i++) {
		ocre_core_wait(r[i].container, 60000, NULL);
		finish(&r[i], 7);
	}
}

int main(int argc, char **argv)
{
	static const char text[] = "gpio 0/13 name=led0\ngpio 2/13 name=sw0\nwire 0/13 2/13\n"
				   "sensor weather channel=ambient_temp value=21.5\n";
	const struct ocre_bytes board = {(const uint8_t *)text, sizeof(text) - 1};
	struct ocre_port_posix posix;
	struct ocre_mem mem;
	struct ocre_bus *bus = NULL;
	struct ocre_sim *sim = NULL;
	struct ocre_provider_choice providers[] = {
		{&ocre_provider_wasi, NULL},	  {&ocre_provider_event, NULL},
		{&ocre_provider_messaging, NULL}, {&ocre_provider_gpio, NULL},
		{&ocre_provider_sensor, NULL},
	};
	struct ocre_wasm_config wasm = {.providers = providers, .provider_count = 5};
	struct ocre_driver_choice driver = {&ocre_driver_wasm, &wasm};
	struct ocre_context_config config = {.resize = heap_resize,
					     .port = &posix.port,
					     .drivers = &driver,
					     .driver_count = 1,
					     .executors = 2};
	struct ocre_context *context = NULL;
	struct ocre_diag diag = {0};

	if (argc != 2) {
		fprintf(stderr, "usage: api_run DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	mem.threads = true;
	if (ocre_port_posix_init(&posix, 0) != 0 ||
	    ocre_bus_create(&mem, &posix.port, &bus) != OCRE_OK ||
	    ocre_sim_create(&mem, &posix.port, board, &sim, &diag) != OCRE_OK) {
		fprintf(stderr, "api_run: no port, bus or board: %s\n", diag.text);
		return 1;
	}
	providers[2].config = bus;
	providers[3].config = ocre_sim_board(sim);
	providers[4].config = ocre_sim_board(sim);
	if (ocre_context_open(&config, &context, &diag) != OCRE_OK) {
		fprintf(stderr, "api_run: %s\n", diag.text);
		return 1;
	}
	test_blinky(context);
	test_timers(context, "timers");
	test_timers(context, "poll");
	test_without_grants(context);
	test_messages(context, bus);
	test_old(context);
	test_hostile(context);
	ocre_context_close(context);
	ocre_sim_destroy(sim);
	ocre_bus_destroy(bus);
	ocre_port_posix_deinit(&posix);
	if (mem.used != 0) {
		problem("bus and board", "memory is left");
	}
	return failed != 0;
}
