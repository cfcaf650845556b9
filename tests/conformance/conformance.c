/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance.c - the checks. Freestanding, so that it runs wherever containers do. The guest is
 * tests/drivers/tenant.wat: what it does is the function that a container is entered by.
 */
#include <string.h>

#include <ocre/driver_wasm.h>
#include <ocre/providers.h>

#include "conformance.h"
#include "tenant_wasm.h"

#define MS UINT64_C(1000000)

struct run {
	const struct platform *platform;
	struct ocre_context *context;
	const char *name; /* of the check in hand */
	bool failed;
	uint32_t passed_count;
	uint32_t failed_count;
};

/* ---- saying ---- */

static void say(struct run *r, const char *text)
{
	r->platform->print(r->platform->print_ctx, text);
}

static void fail(struct run *r, const char *what)
{
	say(r, "FAILED  ");
	say(r, r->name);
	say(r, ": ");
	say(r, what);
	say(r, "\n");
	r->failed = true;
}

static bool expect(struct run *r, bool what, const char *text)
{
	if (!what) {
		fail(r, text);
	}
	return what;
}

#define EXPECT(r, what) expect(r, what, #what)

/* ---- containers ---- */

static const char *const all[] = {"ocre:api", NULL};
static const char *const none[] = {NULL};

static struct ocre_container_config tenant(const char *entry)
{
	struct ocre_container_config config = {
		.id = entry,
		.image = "tenant",
		.bytes = {tenant_wasm, sizeof(tenant_wasm)},
		.entry = entry,
		.grants = all,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
		.stack_size = 1024,
		.log_bytes = 128,
		.stop_grace_ms = 5000,
	};

	return config;
}

static struct ocre_container *create(struct run *r, const struct ocre_container_config *config)
{
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};

	if (ocre_container_create(r->context, config, &c, &diag) != OCRE_OK) {
		fail(r, diag.text);
		return NULL;
	}
	return c;
}

static struct ocre_container *begin(struct run *r, const struct ocre_container_config *config)
{
	struct ocre_container *c = create(r, config);
	struct ocre_diag diag = {0};

	if (c != NULL && ocre_core_start(c, &diag) != OCRE_OK) {
		fail(r, diag.text);
		ocre_container_remove(c);
		return NULL;
	}
	return c;
}

/* How a life ended; the container is gone afterwards. */
static void end_of(struct run *r, struct ocre_container *c, enum ocre_end how, int32_t code)
{
	static const struct ocre_end_info nothing;
	struct ocre_end_info end = nothing;

	if (c == NULL) {
		return;
	}
	EXPECT(r, ocre_core_wait(c, 20000, &end) == OCRE_OK);
	if (end.end != how || end.code != code) {
		fail(r, end.text[0] != '\0' ? end.text : "another end, or another status");
	}
	EXPECT(r, ocre_container_remove(c) == OCRE_OK);
}

static uint64_t now(struct run *r)
{
	uint64_t ns = 0;

	r->platform->port->ops->clock_now(r->platform->port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

/* Let it run for a while; it must not end by itself. */
static void run_for(struct run *r, struct ocre_container *c, uint32_t ms)
{
	EXPECT(r, ocre_core_wait(c, ms, NULL) == OCRE_E_BUSY);
}

static uint64_t budget_of(struct ocre_container *c)
{
	struct ocre_container_stats stats = {0};

	ocre_container_get_stats(c, &stats);
	return stats.budget;
}

/* Let it run until it has done something more; at once, unless the machine is busy. */
static void run_on(struct run *r, struct ocre_container *c)
{
	uint64_t before = budget_of(c);
	uint32_t turns = 0;

	while (budget_of(c) == before && turns++ < 2000) {
		run_for(r, c, 10);
	}
	EXPECT(r, budget_of(c) > before);
}

static enum ocre_state state_of(struct ocre_container *c)
{
	struct ocre_container_info info;

	return ocre_container_get_info(c, &info) == OCRE_OK ? info.state : OCRE_STATE_UNKNOWN;
}

/* ---- life and death ---- */

static void exits(struct run *r)
{
	struct ocre_container_config config = tenant("says");
	struct ocre_container *c = begin(r, &config);
	static struct ocre_log_entry entry;

	if (c == NULL) {
		return;
	}
	EXPECT(r, ocre_core_wait(c, 20000, NULL) == OCRE_OK);
	EXPECT(r, ocre_container_read_log(c, 0, 0, &entry) == OCRE_OK);
	EXPECT(r, entry.size >= 5 && memcmp(entry.text, "hello", 5) == 0);
	/* The next life is a fresh one: its counter says one again. */
	EXPECT(r, ocre_core_start(c, NULL) == OCRE_OK);
	end_of(r, c, OCRE_END_EXIT, 1);
}

static void traps(struct run *r)
{
	struct ocre_container_config config = tenant("traps");
	struct ocre_container *c = begin(r, &config);

	end_of(r, c, OCRE_END_TRAP, 134);
}

static void killed(struct run *r, const char *entry)
{
	struct ocre_container_config config = tenant(entry);
	struct ocre_container *c = begin(r, &config);

	if (c != NULL) {
		run_for(r, c, 20);
		EXPECT(r, ocre_core_kill(c) == OCRE_OK);
		end_of(r, c, OCRE_END_KILLED, 137);
	}
}

static void killed_in_a_loop(struct run *r)
{
	killed(r, "loops");
}

static void killed_in_its_sleep(struct run *r)
{
	killed(r, "sleeps");
}

static void asked_to_stop(struct run *r)
{
	struct ocre_container_config config = tenant("sleeps");
	struct ocre_container *c = begin(r, &config);

	if (c != NULL) {
		run_for(r, c, 20);
		EXPECT(r, ocre_core_stop(c) == OCRE_OK);
		end_of(r, c, OCRE_END_EXIT, 77);
	}
}

static void paused(struct run *r)
{
	struct ocre_container_config config = tenant("loops");
	struct ocre_container *c = begin(r, &config);
	uint64_t before;

	if (c == NULL) {
		return;
	}
	run_on(r, c);
	EXPECT(r, ocre_core_pause(c) == OCRE_OK);
	EXPECT(r, state_of(c) == OCRE_STATE_PAUSED);
	before = budget_of(c);
	run_for(r, c, 30);
	EXPECT(r, budget_of(c) == before);
	EXPECT(r, ocre_core_unpause(c) == OCRE_OK);
	run_on(r, c);
	ocre_core_kill(c);
	end_of(r, c, OCRE_END_KILLED, 137);
}

static void wrong_states(struct run *r)
{
	struct ocre_container_config config = tenant("sleeps");
	struct ocre_container *c = create(r, &config);

	if (c == NULL) {
		return;
	}
	EXPECT(r, ocre_core_pause(c) == OCRE_E_STATE);
	EXPECT(r, ocre_core_unpause(c) == OCRE_E_STATE);
	EXPECT(r, ocre_core_start(c, NULL) == OCRE_OK);
	EXPECT(r, ocre_core_start(c, NULL) == OCRE_E_STATE);
	EXPECT(r, ocre_container_remove(c) == OCRE_E_STATE);
	EXPECT(r, state_of(c) == OCRE_STATE_RUNNING);
	ocre_core_kill(c);
	end_of(r, c, OCRE_END_KILLED, 137);
}

/* ---- limits ---- */

static void budget_of_a_life(struct run *r)
{
	struct ocre_container_config config = tenant("loops");
	struct ocre_container *c;

	config.budget = 100000;
	c = begin(r, &config);
	end_of(r, c, OCRE_END_LIMIT, 137);
}

static void memory_limit(struct run *r)
{
	struct ocre_container_config config = tenant("says");
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};

	config.memory_limit = 256;
	EXPECT(r, ocre_container_create(r->context, &config, &c, &diag) != OCRE_OK ||
			  ocre_core_start(c, &diag) != OCRE_OK);
	EXPECT(r, diag.text[0] != '\0');
	if (c != NULL) {
		EXPECT(r, ocre_container_remove(c) == OCRE_OK);
	}
}

/* Two that never end share the processor, and a third one still gets its turn. */
static void shares(struct run *r)
{
	struct ocre_container_config config = tenant("loops");
	struct ocre_container *a = begin(r, &config);
	struct ocre_container *b;

	config.id = "loops-too";
	b = begin(r, &config);
	config = tenant("blinks");
	end_of(r, begin(r, &config), OCRE_END_EXIT, 3);
	if (a != NULL && b != NULL) {
		run_on(r, a);
		run_on(r, b);
		run_on(r, a);
		ocre_core_kill(a);
		ocre_core_kill(b);
		end_of(r, a, OCRE_END_KILLED, 137);
		end_of(r, b, OCRE_END_KILLED, 137);
	}
}

/* ---- what guests may do ---- */

static void timers(struct run *r)
{
	struct ocre_container_config config = tenant("blinks");
	uint64_t start = now(r);

	/* Three ticks of five milliseconds. */
	end_of(r, begin(r, &config), OCRE_END_EXIT, 3);
	EXPECT(r, now(r) - start >= 14 * MS);
}

static void messages(struct run *r)
{
	struct ocre_container_config config = tenant("pong");
	struct ocre_container *pong = begin(r, &config);

	config = tenant("ping");
	end_of(r, begin(r, &config), OCRE_END_EXIT, 100);
	if (pong != NULL) {
		ocre_core_kill(pong);
		end_of(r, pong, OCRE_END_KILLED, 137);
	}
}

static void nothing_without_a_grant(struct run *r)
{
	struct ocre_container_config config = tenant("asks");
	struct ocre_container *c;
	static struct ocre_end_info end;

	config.grants = none;
	c = begin(r, &config);
	if (c != NULL) {
		EXPECT(r, ocre_core_wait(c, 20000, &end) == OCRE_OK);
		/* Refused, twice, with an error each. */
		EXPECT(r, end.end == OCRE_END_EXIT && end.code > 10);
		EXPECT(r, ocre_container_remove(c) == OCRE_OK);
	}
}

static void the_clock(struct run *r)
{
	struct ocre_container_config config = tenant("sleeps");
	struct ocre_container *c = begin(r, &config);
	uint64_t before = now(r);
	uint64_t after;

	if (c == NULL) {
		return;
	}
	run_for(r, c, 50);
	after = now(r);
	EXPECT(r, after - before >= 49 * MS && after - before < 10000 * MS);
	ocre_core_kill(c);
	end_of(r, c, OCRE_END_KILLED, 137);
}

/* Again and again: what one life held is there for the next. */
static void many_lives(struct run *r)
{
	struct ocre_container_config config = tenant("says");
	int i;

	for (i = 0; i < 100 && !r->failed; i++) {
		end_of(r, begin(r, &config), OCRE_END_EXIT, 1);
	}
}

/* ---- files ---- */

static bool count_name(void *arg, const struct ocre_port_dirent *entry)
{
	static const char name[] = "conformance.new";

	*(uint32_t *)arg += entry->name_size == sizeof(name) - 1 &&
			    memcmp(entry->name, name, sizeof(name) - 1) == 0;
	return true;
}

/* Where the port has files: the bytes come back, and nothing outside is reached. */
static void files(struct run *r)
{
	const struct ocre_port *port = r->platform->port;
	const char *folder = r->platform->folder;
	static const char text[] = "conformance";
	struct ocre_port_stat st;
	char data[sizeof(text)];
	uint32_t listed;
	int32_t dir, fd;

	if (port->ops->open_root(port->ctx, folder != NULL ? folder : ".", &dir) != 0) {
		say(r, "        (this port has no files)\n");
		return;
	}
	port->ops->unlink_at(port->ctx, dir, "conformance.tmp");
	if (EXPECT(r, port->ops->open_at(port->ctx, dir, "conformance.tmp",
					 OCRE_OPEN_WRITE | OCRE_OPEN_READ | OCRE_OPEN_CREATE,
					 &fd) == 0)) {
		EXPECT(r, port->ops->write(port->ctx, fd, text, sizeof(text)) == sizeof(text));
		EXPECT(r, port->ops->pread(port->ctx, fd, data, sizeof(data), 0) == sizeof(text));
		EXPECT(r, memcmp(data, text, sizeof(text)) == 0);
		EXPECT(r, port->ops->close(port->ctx, fd) == 0);
	}
	if (EXPECT(r, port->ops->open_at(port->ctx, dir, "conformance.tmp", OCRE_OPEN_READ, &fd) ==
			      0)) {
		memset(data, 0, sizeof(data));
		EXPECT(r, port->ops->seek(port->ctx, fd, 0, OCRE_SEEK_END) == sizeof(text));
		EXPECT(r, port->ops->seek(port->ctx, fd, 4, OCRE_SEEK_SET) == 4);
		EXPECT(r, port->ops->read(port->ctx, fd, data, sizeof(data)) == sizeof(text) - 4);
		EXPECT(r, memcmp(data, text + 4, sizeof(text) - 4) == 0);
		EXPECT(r, port->ops->close(port->ctx, fd) == 0);
	}
	EXPECT(r, port->ops->rename_at(port->ctx, dir, "conformance.tmp", dir, "conformance.new") ==
			  0);
	EXPECT(r, port->ops->stat_at(port->ctx, dir, "conformance.tmp", true, &st) < 0);
	EXPECT(r, port->ops->stat_at(port->ctx, dir, "conformance.new", true, &st) == 0 &&
			  st.size == sizeof(text));
	listed = 0;
	EXPECT(r, port->ops->read_dir(port->ctx, dir, 0, count_name, &listed) == 0 && listed == 1);
	EXPECT(r, port->ops->open_at(port->ctx, dir, "../x", OCRE_OPEN_READ, &fd) < 0);
	EXPECT(r, port->ops->unlink_at(port->ctx, dir, "conformance.new") == 0);
	port->ops->close(port->ctx, dir);
}

/* ---- all of it ---- */

static const struct {
	const char *name;
	void (*fn)(struct run *r);
} checks[] = {
	{"exits, writes a log, starts afresh", exits},
	{"traps", traps},
	{"killed in a loop", killed_in_a_loop},
	{"killed in its sleep", killed_in_its_sleep},
	{"asked to stop", asked_to_stop},
	{"paused and unpaused", paused},
	{"wrong states change nothing", wrong_states},
	{"budget of a life", budget_of_a_life},
	{"memory limit", memory_limit},
	{"endless ones share, others get their turn", shares},
	{"timers", timers},
	{"messages", messages},
	{"nothing without a grant", nothing_without_a_grant},
	{"the clock", the_clock},
	{"many lives", many_lives},
	{"files", files},
};

static bool open_context(struct run *r, const struct ocre_wasm_config *wasm)
{
	const struct ocre_driver_choice driver = {&ocre_driver_wasm, wasm};
	const struct ocre_context_config config = {
		.resize = r->platform->resize,
		.resize_ctx = r->platform->resize_ctx,
		.port = r->platform->port,
		.drivers = &driver,
		.driver_count = 1,
		.executors = 1,
		.honest_exit_codes = true,
	};
	struct ocre_diag diag = {0};

	if (ocre_context_open(&config, &r->context, &diag) != OCRE_OK) {
		fail(r, diag.text);
		return false;
	}
	return true;
}

uint32_t conformance_run(const struct platform *platform)
{
	static const struct ocre_provider_choice providers[] = {
		{&ocre_provider_wasi, NULL},
		{&ocre_provider_event, NULL},
		{&ocre_provider_messaging, NULL},
	};
	const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
		.memory_ops = platform->memory_ops,
	};
	struct run r = {.platform = platform};
	struct ocre_diag result = {0};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		r.name = checks[i].name;
		r.failed = false;
		/* A context of its own, so that what is left over is found when it is closed. */
		if (open_context(&r, &wasm)) {
			checks[i].fn(&r);
			ocre_context_close(r.context);
		}
		if (!r.failed) {
			say(&r, "ok      ");
			say(&r, r.name);
			say(&r, "\n");
		}
		r.passed_count += !r.failed;
		r.failed_count += r.failed;
	}
	ocre_diag_set(&result, 1, OCRE_NO_OFFSET, "RESULT passed %u failed %u\n", r.passed_count,
		      r.failed_count);
	say(&r, result.text);
	return r.failed_count;
}
