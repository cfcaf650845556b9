/* SPDX-License-Identifier: Apache-2.0 */
/* wasm_test.c - the wasm driver without the container core: fake_guest.c stands for it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/driver_wasm.h>

#include "entries_wasm.h"
#include "fake_guest.h"
#include "guest_wasm.h"
#include "old_wasm.h"
#include "spawner_wasm.h"
#include "threads_wasm.h"

#define SLICE	     100000u
#define BYTES(array) ((struct ocre_bytes){array, sizeof(array)})

/* ---- host functions ---- */

static int host_deed(struct ocre_call *call)
{
	call->ret[0] = ((struct fake_guest *)call->host)->deed;
	return OCRE_HOST_DONE;
}

static int host_log(struct ocre_call *call)
{
	struct fake_guest *f = call->host;

	assert_true(f->log_count < FAKE_LOG);
	f->log[f->log_count++] = (int32_t)ocre_arg_u32(call, 0);
	return OCRE_HOST_DONE;
}

static int host_text(struct ocre_call *call)
{
	struct fake_guest *f = call->host;
	uint32_t size = ocre_arg_u32(call, 1);
	const char *at = ocre_call_memory(call, ocre_arg_u32(call, 0), size);

	assert_non_null(at);
	assert_true(strlen(f->text) + 102 < sizeof(f->text));
	if (size <= 100) {
		strncat(f->text, at, size);
	} else {
		snprintf(f->text + strlen(f->text), 20, "%u %c", size, at[size - 1]);
	}
	strcat(f->text, ";");
	return OCRE_HOST_DONE;
}

/* How often it was continued. 4: it waits for descriptors. */
static int host_park(struct ocre_call *call)
{
	struct fake_guest *f = call->host;

	call->record->word[0] += call->resumed;
	if (f->go && call->resumed) {
		call->ret[0] = call->record->word[0];
		return OCRE_HOST_DONE;
	}
	f->parks++;
	call->park->deadline_ns = f->now_ns + 777000;
	call->park->events = (uint8_t)(ocre_arg_u32(call, 0) & OCRE_PARK_CALLBACKS);
	if (ocre_arg_u32(call, 0) == 4) {
		call->park->deadline_ns = UINT64_MAX;
		call->park->fd_count = 2;
		call->park->fds[0] = (struct ocre_park_fd){5, OCRE_PARK_READ};
		call->park->fds[1] = (struct ocre_park_fd){6, OCRE_PARK_WRITE};
	}
	return OCRE_HOST_PARK;
}

static int host_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

static int host_alloc(struct ocre_call *call)
{
	call->ret[0] = call->ops->alloc(call, ocre_arg_u32(call, 0));
	return OCRE_HOST_DONE;
}

static int host_free(struct ocre_call *call)
{
	call->ret[0] = call->ops->free(call, ocre_arg_u32(call, 0));
	return OCRE_HOST_DONE;
}

#define PIECES 300u

static void check_piece(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	const uint8_t *at = ocre_call_memory(call, addr, size);

	assert_non_null(at);
	for (uint32_t n = 0; n < size; n++) {
		assert_int_equal(at[n], (uint8_t)(addr / 8));
	}
}

/* One after the other, as messages come and go: no more is ever touched than two of them take. */
static void take_turns(struct ocre_call *call)
{
	uint32_t last = call->ops->alloc(call, 40);

	for (uint32_t n = 0; n < 5000; n++) {
		uint32_t addr = call->ops->alloc(call, 40 + n % 3 * 8);

		assert_true(addr >= 65536 && addr < 65536 + 200);
		assert_true(call->ops->free(call, last));
		last = addr;
	}
	assert_true(call->ops->free(call, last));
}

/* Takes and gives back at random: no piece ever lies in another, and there is always room again. */
static int churn(struct ocre_call *call)
{
	uint32_t addr[PIECES] = {0};
	uint32_t size[PIECES] = {0};
	uint32_t random = 12345;
	uint32_t refused = 0;

	take_turns(call);
	for (uint32_t n = 0; n < 20000; n++) {
		uint32_t k;

		random = random * 1664525u + 1013904223u;
		k = (random >> 8) % PIECES;
		if (addr[k] != 0) {
			check_piece(call, addr[k], size[k]);
			assert_true(call->ops->free(call, addr[k]));
			assert_false(call->ops->free(call, addr[k]));
			addr[k] = 0;
			continue;
		}
		size[k] = (random >> 20) % (n % 3 == 0 ? 4000 : 100);
		addr[k] = call->ops->alloc(call, size[k]);
		if (addr[k] == 0) {
			refused++;
			continue;
		}
		assert_true(addr[k] >= 65536 && addr[k] % 8 == 0);
		memset(ocre_call_memory(call, addr[k], size[k]), (int)(addr[k] / 8 & 0xff),
		       size[k]);
	}
	for (uint32_t k = 0; k < PIECES; k++) {
		if (addr[k] != 0) {
			check_piece(call, addr[k], size[k]);
			assert_true(call->ops->free(call, addr[k]));
		}
	}
	assert_true(refused > 100 && refused < 8000);
	call->ret[0] = call->ops->alloc(call, 2 * 65536); /* all that there is, in one piece */
	return OCRE_HOST_DONE;
}

static int host_call(struct ocre_call *call)
{
	const uint64_t arg = 21;
	const char *name = ocre_arg_u32(call, 0) == 0 ? "twice" : "fails";

	if (ocre_arg_u32(call, 0) == 2) {
		return churn(call);
	}

	assert_true(call->ops->exports(call, name));
	return call->ops->invoke(call, name, "i:i", &arg, &call->ret[0], 10000) == OCRE_OK
		       ? OCRE_HOST_DONE
		       : OCRE_HOST_TRAP;
}

static int host_never(struct ocre_call *call)
{
	(void)call;
	fail();
	return OCRE_HOST_TRAP;
}

static const struct ocre_host_func funcs[] = {
	{"deed", ":i", host_deed},
	{"log", "i:", host_log},
	{"text", "ii:", host_text},
	{"park", "i:i", host_park},
	{"exit", "i:", host_exit},
	{"alloc", "i:i", host_alloc},
	{"free", "i:i", host_free},
	{"call", "i:i", host_call},
	{"secret", ":i", host_never, OCRE_ACTION_GPIO_READ, -13},
	{"ratio", ":F", host_never, OCRE_ACTION_SENSOR, -2},
};
static const struct ocre_host_module module = {"test", funcs, sizeof(funcs) / sizeof(funcs[0])};
static const struct ocre_host_module *const modules[] = {&module};

/* ---- a provider ---- */

static int open_provider(struct ocre_mem *mem, const struct ocre_port *port, const void *config,
			 void **shared, struct ocre_diag *diag)
{
	(void)port;
	assert_string_equal(config, "config");
	*shared = ocre_mem_alloc(mem, 100);
	return *shared != NULL ? OCRE_OK : ocre_diag_set(diag, OCRE_E_NOMEM, 0, "no memory");
}

static struct ocre_mem *opened_with;

static void close_provider(void *shared)
{
	ocre_mem_free(opened_with, shared, 100);
}

static int create_object(void *shared, struct ocre_guest *guest, void **object,
			 struct ocre_diag *diag)
{
	assert_non_null(shared);
	((struct fake_guest *)guest)->objects++;
	*object = guest;
	(void)diag;
	return OCRE_OK;
}

static void destroy_object(void *object)
{
	((struct fake_guest *)object)->objects--;
}

static const struct ocre_host_provider provider = {
	.name = "test",
	.modules = modules,
	.module_count = 1,
	.open = open_provider,
	.close = close_provider,
	.create = create_object,
	.destroy = destroy_object,
};

/* A second one that shares an object between all. */
static const struct ocre_host_func shared_funcs[] = {{"deed", "II:", host_never}};
static const struct ocre_host_module shared_module = {"test", shared_funcs, 1};
static const struct ocre_host_module *const shared_modules[] = {&shared_module};
static const struct ocre_host_provider shared_provider = {
	.name = "shared",
	.modules = shared_modules,
	.module_count = 1,
};

static const struct ocre_provider_choice choices[] = {
	{&shared_provider, NULL},
	{&provider, "config"},
};

/* ---- a container ---- */

struct container {
	struct fake_guest fake;
	size_t code_cache;
	const struct ocre_memory_ops *memory_ops;
	struct ocre_wasm_config config;
	struct ocre_driver_env env;
	void *driver;
	void *loaded;
	void *object;
	struct ocre_diag diag;
	struct ocre_end_info end;
	struct ocre_slice_info info;
	bool started;
};

static const struct ocre_driver *const wasm = &ocre_driver_wasm;

/* What was made before a failure is kept in `c`. */
static int make(struct container *c, struct ocre_bytes bytes,
		const struct ocre_driver_options *options)
{
	const struct ocre_driver_image image = {.bytes = bytes};
	int rc;

	c->config = (struct ocre_wasm_config){
		.providers = choices,
		.provider_count = 2,
		.code_cache = c->code_cache,
		.memory_ops = c->memory_ops,
	};
	c->env = (struct ocre_driver_env){
		.mem = &c->fake.mem, .port = &c->fake.port, .config = &c->config};
	opened_with = &c->fake.mem;
	rc = wasm->open(&c->env, &c->driver, &c->diag);
	if (rc == OCRE_OK) {
		rc = wasm->load(c->driver, &image, &c->loaded, &c->diag);
	}
	if (rc == OCRE_OK) {
		rc = wasm->create(c->driver, c->loaded, &c->fake.guest, options, &c->object,
				  &c->diag);
	}
	return rc;
}

static int start(struct container *c)
{
	int rc = wasm->start(c->object, &c->diag);

	c->started = rc == OCRE_OK;
	return rc;
}

static void unmake(struct container *c)
{
	if (c->started) {
		wasm->end(c->object);
	}
	if (c->object != NULL) {
		wasm->destroy(c->object);
	}
	if (c->loaded != NULL) {
		wasm->unload(c->driver, c->loaded);
	}
	if (c->driver != NULL) {
		wasm->close(c->driver);
	}
	fake_guest_deinit(&c->fake);
}

static void begin_with(struct container *c, struct ocre_bytes bytes, uint32_t deed,
		       struct ocre_driver_options options)
{
	memset(c, 0, sizeof(*c));
	fake_guest_init(&c->fake);
	c->fake.deed = deed;
	assert_int_equal(make(c, bytes, &options), OCRE_OK);
	assert_int_equal(start(c), OCRE_OK);
}

static void begin(struct container *c, uint32_t deed)
{
	begin_with(c, BYTES(guest_wasm), deed, (struct ocre_driver_options){0});
}

static enum ocre_slice run(struct container *c, uint64_t budget)
{
	c->info = (struct ocre_slice_info){.end = &c->end};
	return wasm->run(c->object, budget, &c->info);
}

static void run_to_end(struct container *c, enum ocre_end end, int32_t code)
{
	enum ocre_slice slice;

	do {
		slice = run(c, SLICE);
	} while (slice == OCRE_SLICE_BUDGET);
	assert_int_equal(slice, OCRE_SLICE_END);
	assert_int_equal(c->end.end, end);
	assert_int_equal(c->end.code, code);
}

static void assert_log(struct container *c, const int32_t *log, uint32_t count)
{
	for (uint32_t n = 0; n < count && n < c->fake.log_count; n++) {
		assert_int_equal(c->fake.log[n], log[n]);
	}
	assert_int_equal(c->fake.log_count, count);
	c->fake.log_count = 0;
}
#define ASSERT_LOG(c, ...)                                                                         \
	assert_log(c, (const int32_t[]){__VA_ARGS__},                                              \
		   sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

/* ---- lives ---- */

static void a_guest_says_hello(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 1);
	run_to_end(&c, OCRE_END_EXIT, 0);
	assert_string_equal(c.fake.text, "hello;");
	assert_string_equal(c.end.text, "");
	assert_int_equal(c.info.host_calls, 2);
	assert_true(c.info.used > 0);
	assert_int_equal(wasm->guest_memory(c.object), 65536);
	unmake(&c);
}

static void a_guest_exits(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 2);
	run_to_end(&c, OCRE_END_EXIT, 42);
	unmake(&c);
}

static void each_life_is_fresh(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 6);
	for (uint32_t life = 0; life < 3; life++) {
		c.fake.guest.dispatchers = 3;
		run_to_end(&c, OCRE_END_EXIT, 0);
		ASSERT_LOG(&c, 1, 1);
		wasm->end(c.object);
		assert_int_equal(c.fake.objects, 0);
		assert_int_equal(start(&c), OCRE_OK);
		assert_int_equal(c.fake.objects, 1);
		assert_int_equal(c.fake.guest.dispatchers, 0);
		assert_int_equal(c.fake.guest.callbacks, 0x1000b);
	}
	unmake(&c);
}

static void a_trap_has_a_backtrace(void **state)
{
	struct container c;
	const char *at;

	(void)state;
	begin(&c, 3);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "integer divide by zero\n  #0 inner (func ", 40);
	at = strstr(c.end.text, "\n  #1 outer (func ");
	assert_non_null(at);
	at = strstr(at, "\n  #2 _start (func ");
	assert_non_null(at);
	assert_null(strchr(at + 1, '\n'));
	unmake(&c);

	begin(&c, 13);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text,
			    "failed to call unlinked import function: nobody.knows\n  #0 _start",
			    65);
	unmake(&c);

	/* The stack is full of the same. */
	begin(&c, 14);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "call stack exhausted\n  #0 deep (func ", 37);
	assert_non_null(strstr(c.end.text, " more of these\n  ... more frames are not shown"));
	unmake(&c);
}

static void an_endless_guest_is_sliced(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 4);
	for (uint32_t n = 0; n < 10; n++) {
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_BUDGET);
		assert_int_equal(c.info.used, SLICE);
		assert_int_equal(c.info.host_calls, 1);
		assert_null(c.info.park);
	}
	unmake(&c); /* killed where it stands */
}

static void a_guest_parks(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 5);
	c.fake.now_ns = 1000;
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
		assert_int_equal(c.info.park->deadline_ns, 778000);
		assert_int_equal(c.info.park->fd_count, 0);
		assert_int_equal(c.info.park->events, 0);
	}
	assert_int_equal(c.fake.parks, 3);
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 3);
	unmake(&c);

	begin(&c, 5);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	unmake(&c); /* killed while it waits */
}

static void small_slices_come_to_the_same(void **state)
{
	struct container c;
	uint64_t whole;
	uint64_t used = 0;
	enum ocre_slice slice;

	(void)state;
	begin(&c, 10);
	run_to_end(&c, OCRE_END_EXIT, 0);
	whole = c.info.used;
	unmake(&c);
	begin(&c, 10);
	do {
		slice = run(&c, 7);
		assert_true(c.info.used <= 7);
		used += c.info.used;
	} while (slice == OCRE_SLICE_BUDGET);
	assert_int_equal(slice, OCRE_SLICE_END);
	assert_int_equal(used, whole);
	unmake(&c);
}

static void memory_that_runs_out_is_a_limit(void **state)
{
	struct container c;
	char words[64];

	(void)state;
	memset(&c, 0, sizeof(c));
	fake_guest_init(&c.fake);
	c.code_cache = 1; /* so that code is prepared when it is called */
	assert_int_equal(make(&c, BYTES(guest_wasm), &(struct ocre_driver_options){0}), OCRE_OK);
	assert_int_equal(start(&c), OCRE_OK);
	c.fake.mem.limit = c.fake.mem.used;
	run_to_end(&c, OCRE_END_LIMIT, 0);
	snprintf(words, sizeof(words), "memory limit of %zu bytes reached", c.fake.mem.limit);
	assert_memory_equal(c.end.text, words, strlen(words));
	unmake(&c);
}

/* ---- entry functions ---- */

/* Put an x before every name up to number `n`. */
static void hide(uint8_t *bytes, size_t size, const char *const *names, uint32_t n)
{
	for (uint32_t k = 0; k < n; k++) {
		size_t length = strlen(names[k]);

		for (size_t at = 1; at + length < size; at++) {
			if (bytes[at - 1] == length && memcmp(bytes + at, names[k], length) == 0) {
				bytes[at] = '.';
			}
		}
	}
}

static void a_life_begins_with_an_entry(void **state)
{
	static const char *const names[] = {"_start", "main",	 "__main_argc_argv",
					    "_main",  "on_init", "run"};
	static const int32_t logs[] = {10, 11, 12, 13, 608, 15};
	static const int32_t codes[] = {0, 31, 32, 33, 0, 0};
	struct container c;

	(void)state;
	for (uint32_t n = 0; n <= 6; n++) {
		const struct ocre_driver_options options = {0};
		uint8_t bytes[sizeof(entries_wasm)];

		memcpy(bytes, entries_wasm, sizeof(bytes));
		hide(bytes, sizeof(bytes), names, n);
		memset(&c, 0, sizeof(c));
		fake_guest_init(&c.fake);
		if (n == 6) {
			assert_int_equal(make(&c, BYTES(bytes), &options), OCRE_E_NOTFOUND);
			assert_non_null(strstr(c.diag.text, "no entry function"));
			unmake(&c);
			break;
		}
		assert_int_equal(make(&c, BYTES(bytes), &options), OCRE_OK);
		assert_int_equal(start(&c), OCRE_OK);
		run_to_end(&c, OCRE_END_EXIT, codes[n]);
		if (n == 0) {
			ASSERT_LOG(&c, 1, logs[n]); /* a command has no _initialize */
		} else {
			ASSERT_LOG(&c, 1, 2, logs[n]);
		}
		unmake(&c);
	}
}

static void an_entry_may_be_named(void **state)
{
	static const struct {
		const char *name;
		int rc;
		int32_t log;
		int32_t code;
	} cases[] = {
		{"other", OCRE_OK, 16, 0},	 {"on_init", OCRE_OK, 608, 0},
		{"main", OCRE_OK, 11, 31},	 {"none", OCRE_E_NOTFOUND, 0, 0},
		{"wide", OCRE_E_ARGUMENT, 0, 0},
	};
	struct container c;

	(void)state;
	for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
		const struct ocre_driver_options options = {.entry = cases[n].name};

		memset(&c, 0, sizeof(c));
		fake_guest_init(&c.fake);
		assert_int_equal(make(&c, BYTES(entries_wasm), &options), cases[n].rc);
		if (cases[n].rc == OCRE_OK) {
			assert_int_equal(start(&c), OCRE_OK);
			run_to_end(&c, OCRE_END_EXIT, cases[n].code);
			ASSERT_LOG(&c, 1, 2, cases[n].log);
		} else {
			assert_true(c.diag.text[0] != '\0');
		}
		unmake(&c);
	}
}

/* ---- callbacks ---- */

static void callbacks_run_while_it_waits(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(c.info.park->events, OCRE_PARK_CALLBACKS);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 3, 0, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 103, 1103);
	assert_int_equal(c.info.park->deadline_ns, 777000); /* it still waits for the same */
	fake_post(&c.fake, OCRE_EVENT_GPIO, 5, 2, 1);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 4, 0, 0);
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 5, 1, 2, 104, 1104);
	unmake(&c);
}

/* The last one first, each when what it waits for is done. */
static void callbacks_may_wait_themselves(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 7, 0, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 107);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 1, 0, 0);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 7, 0, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 101, 1101, 107);
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 1107, 1107);
	unmake(&c);
}

/* There is an end to it: the next one waits. */
static void callbacks_on_callbacks_are_limited(void **state)
{
	struct container c;
	uint32_t runs = 0;

	(void)state;
	begin(&c, 8);
	for (uint32_t n = 0; n < FAKE_EVENTS; n++) {
		fake_post(&c.fake, OCRE_EVENT_TIMER, 7, 0, 0);
	}
	while (c.info.park == NULL || (c.info.park->events & OCRE_PARK_CALLBACKS) != 0) {
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
		assert_true(++runs < 3);
	}
	assert_int_equal(c.fake.event_count, FAKE_EVENTS - 8);
	assert_int_equal(c.fake.log_count, 8);
	unmake(&c);
}

static void a_callback_that_ends_the_guest(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 66, 0, 0);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "integer divide by zero\n  #0 inner", 33);
	assert_non_null(strstr(c.end.text, "  #1 timer_callback (func"));
	assert_non_null(strstr(c.end.text, " wait_for (func"));
	unmake(&c);

	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 77, 0, 0);
	run_to_end(&c, OCRE_END_EXIT, 7);
	unmake(&c);
}

/* Events of a type that it takes itself are left alone, and those when it waits for else. */
static void callbacks_only_where_they_are_wanted(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	c.fake.guest.dispatchers = 1u << OCRE_EVENT_TIMER;
	fake_post(&c.fake, OCRE_EVENT_TIMER, 1, 0, 0);
	fake_post(&c.fake, OCRE_EVENT_SENSOR, 1, 0, 0);
	fake_post(&c.fake, OCRE_EVENT_GPIO, 1, 2, 3);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 1, 3, 2);
	assert_int_equal(c.fake.event_count, 2);
	unmake(&c);

	begin(&c, 5);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 1, 0, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(c.fake.event_count, 1);
	unmake(&c);
}

/* To stop is said to a guest whatever it waits for. */
static void stop_reaches_a_guest_that_waits(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 5);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_TIMER, 1, 0, 0);
	fake_post(&c.fake, OCRE_EVENT_STOP, 0, 0, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(c.fake.log_count, 0);
	assert_int_equal(wasm->signal(c.object, OCRE_SIGNAL_STOP), OCRE_OK);
	assert_int_equal(c.fake.wakes, 1);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 999);
	assert_int_equal(c.fake.event_count, 1);
	assert_int_equal(wasm->signal(c.object, OCRE_SIGNAL_PAUSE), OCRE_E_UNSUPPORTED);
	unmake(&c);
}

/* ---- messages ---- */

static void messages_lie_in_guest_memory(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 8);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	/* The first one waits for the guest to take it itself, until it no longer wants to. */
	c.fake.guest.dispatchers = 1u << OCRE_EVENT_MESSAGE;
	fake_post_message(&c.fake, 70, 0, "test/topic", "text", "payload");
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(c.fake.log_count, 0);
	c.fake.guest.dispatchers = 0;
	fake_post_message(&c.fake, 71, 0, "other", "t", "");
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	ASSERT_LOG(&c, 70, 1, 71, 1);
	assert_string_equal(c.fake.text, "test/topic;text;payload;other;t;;");
	assert_int_equal(wasm->guest_memory(c.object), 2 * 65536);
	unmake(&c);
}

/* Two messages of this size fit into the room that there is, three would not. */
static void room_of_messages_is_given_back(void **state)
{
	static char payload[30001];
	struct container c;

	(void)state;
	memset(payload, 'p', sizeof(payload) - 1);
	begin_with(&c, BYTES(guest_wasm), 8, (struct ocre_driver_options){.heap_size = 8192});
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	for (uint32_t n = 0; n < 3; n++) {
		fake_post_message(&c.fake, n, 0, "t", "c", payload);
	}
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	assert_string_equal(c.fake.text, "t;c;30000 p;t;c;30000 p;t;c;30000 p;");
	assert_int_equal(wasm->guest_memory(c.object), 2 * 65536);
	assert_int_equal(c.fake.notes, 0);
	unmake(&c);
}

/* The guest takes all the pages that it may have: the last one is for the host alone. */
static void a_message_without_room_is_dropped(void **state)
{
	static char payload[70001];
	struct container c;

	(void)state;
	memset(payload, 'x', sizeof(payload) - 1);
	begin_with(&c, BYTES(guest_wasm), 15, (struct ocre_driver_options){.heap_size = 1});
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(wasm->guest_memory(c.object), 3 * 65536);
	fake_post_message(&c.fake, 1, 0, "t", "c", payload);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	assert_int_equal(c.info.park->deadline_ns, 777000);
	assert_int_equal(c.fake.log_count, 0);
	assert_string_equal(c.fake.note, "a message was dropped: no room for it in guest memory");
	fake_post_message(&c.fake, 2, 0, "t", "c", "small");
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	assert_string_equal(c.fake.text, "t;c;small;");
	assert_int_equal(wasm->guest_memory(c.object), 4 * 65536);
	unmake(&c);
}

/* ---- older guests ---- */

static void old_begin(struct container *c, uint32_t deed)
{
	memset(c, 0, sizeof(*c));
	/* No page more than it has, also for the host: its own malloc is used. */
	begin_with(c, BYTES(old_wasm), deed, (struct ocre_driver_options){.heap_size = 1});
}

static void older_forms_of_callbacks(void **state)
{
	static const char *const handlers[] = {"nothing", "on_topic"};
	struct container c;

	(void)state;
	old_begin(&c, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post(&c.fake, OCRE_EVENT_GPIO, 4, 3, 1);
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 4, 1);
	unmake(&c);

	old_begin(&c, 0);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post_message(&c.fake, 12, 0, "ab", "cd", "efgh");
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 12);
	assert_string_equal(c.fake.text, "ab;cd;efgh;");
	unmake(&c);

	/* One that names its handlers itself. */
	old_begin(&c, 0);
	c.fake.guest.handlers = handlers;
	c.fake.guest.handler_count = 2;
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post_message(&c.fake, 1, 1, "ab", "cd", "ef"); /* there is no such export */
	fake_post_message(&c.fake, 2, 3, "ab", "cd", "ef"); /* nor such a handler */
	fake_post_message(&c.fake, 3, 2, "gh", "ij", "kl");
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 77, 3);
	assert_string_equal(c.fake.text, "gh;ij;kl;");
	assert_int_equal(c.fake.notes, 2);
	unmake(&c);
}

/* Memory that does not grow: the guest's own malloc is used, and believed as far as it can be. */
static void the_guests_malloc_is_the_last_resort(void **state)
{
	static const int32_t drops[] = {1, 2};
	struct container c;

	(void)state;
	if (OCRE_ENGINE_EXTENTS) {
		print_message("pages of the engine's memory cost nothing until they are used\n");
		skip();
	}
	old_begin(&c, 5);
	c.fake.mem.limit = c.fake.mem.used + 2000;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 5020, 4096, 0, 6000 + 4096, 1);
	unmake(&c);

	old_begin(&c, 0);
	c.fake.mem.limit = c.fake.mem.used + 2000;
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post_message(&c.fake, 12, 0, "ab", "cd", "efgh");
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 5003, 5003, 5004, 5024, 12, 6000 + 4480, 6000 + 4352, 6000 + 4224,
		   6000 + 4096);
	assert_string_equal(c.fake.text, "ab;cd;efgh;");
	assert_int_equal(wasm->guest_memory(c.object), 65536);
	unmake(&c);

	for (uint32_t n = 0; n < 2; n++) { /* no room, or room where there is no memory */
		old_begin(&c, (uint32_t)drops[n]);
		c.fake.mem.limit = c.fake.mem.used + 2000;
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
		fake_post_message(&c.fake, 12, 0, "ab", "cd", "efgh");
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
		assert_int_equal(c.info.park->deadline_ns, 777000);
		assert_int_equal(c.fake.notes, 1);
		assert_int_equal(c.fake.messages, 0);
		unmake(&c);
	}

	old_begin(&c, 3);
	c.fake.mem.limit = c.fake.mem.used + 2000;
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post_message(&c.fake, 12, 0, "ab", "cd", "efgh");
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "unreachable\n  #0 malloc (func", 29);
	unmake(&c);

	old_begin(&c, 4);
	c.fake.mem.limit = c.fake.mem.used + 2000;
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	fake_post_message(&c.fake, 12, 0, "ab", "cd", "efgh");
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_string_equal(c.end.text, "takes too long, or wants to wait: malloc");
	unmake(&c);
}

/* ---- room in guest memory ---- */

static void room_is_taken_and_given_back_at_random(void **state)
{
	struct container c;

	(void)state;
	begin_with(&c, BYTES(guest_wasm), 16, (struct ocre_driver_options){.heap_size = 2 * 65536});
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 65536);
	assert_int_equal(wasm->guest_memory(c.object), 3 * 65536);
	unmake(&c);
}

/* A page for the host costs what is used of it: a small limit is no reason to drop messages. */
static void room_costs_what_is_used(void **state)
{
	struct container c;

	(void)state;
	if (!OCRE_ENGINE_EXTENTS) {
		print_message("pages of the engine's memory cost all that they are\n");
		skip();
	}
	begin(&c, 7);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
	c.fake.mem.limit = c.fake.mem.used + 10000;
	fake_post_message(&c.fake, 1, 0, "ab", "cd", "efgh");
	c.fake.go = true;
	run_to_end(&c, OCRE_END_EXIT, 0);
	assert_string_equal(c.fake.text, "ab;cd;efgh;");
	unmake(&c);
}

static void room_in_guest_memory(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 10);
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 0, 104, 2, 0, 0, 1, 0, 1, 2, 3 * 65536, 1, 1);
	unmake(&c);
}

/* ---- calls back, denied functions ---- */

static void host_functions_call_the_guest(void **state)
{
	struct container c;

	(void)state;
	begin(&c, 11);
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 42);
	unmake(&c);
	begin(&c, 12);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "integer divide by zero\n  #0 inner", 33);
	assert_non_null(strstr(c.end.text, " fails (func"));
	assert_non_null(strstr(c.end.text, " _start (func"));
	unmake(&c);
}

static void denied_functions_are_noted_once(void **state)
{
	struct container c;

	(void)state;
	memset(&c, 0, sizeof(c));
	fake_guest_init(&c.fake);
	c.fake.deed = 9;
	c.fake.denied_kinds = 1u << OCRE_ACTION_GPIO_READ | 1u << OCRE_ACTION_SENSOR;
	assert_int_equal(make(&c, BYTES(guest_wasm), &(struct ocre_driver_options){0}), OCRE_OK);
	for (uint32_t life = 0; life < 2; life++) {
		assert_int_equal(start(&c), OCRE_OK);
		run_to_end(&c, OCRE_END_EXIT, 0);
		ASSERT_LOG(&c, -13, -2);
		assert_int_equal(c.fake.notes, 2);
		assert_string_equal(c.fake.note,
				    "denied: function ratio needs a grant: sensor=NAME");
		wasm->end(c.object);
	}
	c.started = false;
	unmake(&c);
}

/* ---- threads ---- */

static void need_threads(void)
{
	if (!OCRE_ENGINE_THREADS) {
		print_message("the engine is built without threads\n");
		skip();
	}
}

static void threads_begin(struct container *c, uint32_t deed)
{
	begin_with(c, BYTES(threads_wasm), deed, (struct ocre_driver_options){.stack_size = 4096});
}

static void threads_share_memory(void **state)
{
	struct container c;

	(void)state;
	need_threads();
	threads_begin(&c, 1);
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 1, 2, 3, 4, 300000);
	assert_int_equal(c.info.host_calls, 16);
	unmake(&c);
}

/* A start function runs for every thread, and sees to it that data is written once. */
static void threads_as_llvm_makes_them(void **state)
{
	struct container c;

	(void)state;
	need_threads();
	begin_with(&c, BYTES(spawner_wasm), 0, (struct ocre_driver_options){0});
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 1, 2, 3, 4, 101000);
	unmake(&c);
}

static void a_thread_ends_all(void **state)
{
	struct container c;

	(void)state;
	need_threads();
	threads_begin(&c, 3);
	run_to_end(&c, OCRE_END_TRAP, 0);
	assert_memory_equal(c.end.text, "unreachable\n  #0 traps (func", 28);
	assert_non_null(strstr(c.end.text, "#1 wasi_thread_start (func"));
	unmake(&c);
	threads_begin(&c, 4);
	run_to_end(&c, OCRE_END_EXIT, 9);
	unmake(&c);
}

static void threads_are_limited(void **state)
{
	struct container c;
	size_t one;

	(void)state;
	need_threads();
	threads_begin(&c, 0);
	run_to_end(&c, OCRE_END_EXIT, 0);
	one = c.fake.mem.used;
	unmake(&c);

	threads_begin(&c, 5);
	c.fake.most_threads = 5;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, -1);
	assert_true(c.fake.mem.used > one + 5 * 4096 && c.fake.mem.used < one + 6 * 8192);
	unmake(&c);

	/* There is an end without a limit of the container's, too. */
	threads_begin(&c, 5);
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, -1);
	assert_true(c.fake.mem.used > one + 64 * 4096 && c.fake.mem.used < one + 65 * 8192);
	unmake(&c);

	memset(&c, 0, sizeof(c));
	fake_guest_init(&c.fake);
	c.fake.deed = 5;
	c.fake.denied_kinds = 1u << OCRE_ACTION_THREAD;
	assert_int_equal(make(&c, BYTES(threads_wasm), &(struct ocre_driver_options){0}), OCRE_OK);
	assert_int_equal(start(&c), OCRE_OK);
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, -1);
	assert_string_equal(c.fake.note, "denied: function thread-spawn needs a grant: threads=N");
	unmake(&c);
}

/* Until the first deadline, or any of the descriptors. */
static void all_threads_wait(void **state)
{
	struct container c;

	(void)state;
	need_threads();
	threads_begin(&c, 6);
	c.fake.now_ns = 100000;
	for (uint32_t n = 0; n < 2; n++) {
		assert_int_equal(run(&c, SLICE), OCRE_SLICE_PARKED);
		assert_int_equal(c.info.park->deadline_ns, 105000);
		assert_int_equal(c.info.park->fd_count, 2);
		assert_int_equal(c.info.park->fds[0].fd, 5);
		assert_int_equal(c.info.park->fds[1].events, OCRE_PARK_WRITE);
	}
	c.fake.now_ns = 105000;
	run_to_end(&c, OCRE_END_EXIT, 0);
	ASSERT_LOG(&c, 6);
	unmake(&c);
}

static void a_thread_that_loops_holds_up_nobody(void **state)
{
	struct container c;

	(void)state;
	need_threads();
	for (uint32_t deed = 2; deed <= 7; deed += 5) {
		threads_begin(&c, deed);
		for (uint32_t n = 0; n < 5; n++) {
			assert_int_equal(run(&c, SLICE), OCRE_SLICE_BUDGET);
		}
		c.fake.go = true;
		run_to_end(&c, OCRE_END_EXIT, 0);
		assert_int_equal(c.fake.log[c.fake.log_count - 1], 5);
		unmake(&c);
	}
	threads_begin(&c, 2);
	assert_int_equal(run(&c, SLICE), OCRE_SLICE_BUDGET);
	unmake(&c);
}

/* ---- memory that runs out ---- */

struct reserved {
	uint32_t held;
	size_t most;
};

static void *reserve(void *ctx, size_t max)
{
	struct reserved *r = ctx;

	if (max > r->most) {
		return NULL;
	}
	r->held++;
	return calloc(1, max);
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	(void)ctx;
	(void)base;
	return from <= to;
}

static void unreserve(void *ctx, void *base, size_t max)
{
	(void)max;
	((struct reserved *)ctx)->held--;
	free(base);
}

/* Reserved address space is used where there is enough of it. */
static void memory_may_be_reserved(void **state)
{
	struct reserved reserved = {0, 8 * 65536};
	const struct ocre_memory_ops ops = {reserve, commit, unreserve, &reserved};
	struct container c;

	(void)state;
	for (uint32_t n = 0; n < 2; n++) {
		memset(&c, 0, sizeof(c));
		fake_guest_init(&c.fake);
		c.fake.deed = 10;
		c.memory_ops = &ops;
		assert_int_equal(make(&c, BYTES(guest_wasm),
				      &(struct ocre_driver_options){.heap_size = 5 * 65536}),
				 OCRE_OK);
		assert_int_equal(start(&c), OCRE_OK);
		assert_int_equal(reserved.held, n == 0);
		run_to_end(&c, OCRE_END_EXIT, 0);
		ASSERT_LOG(&c, 0, 104, 2, 0, 0, 1, 0, 1, 2, 3 * 65536, 1, 1);
		unmake(&c);
		assert_int_equal(reserved.held, 0);
		reserved.most = 65536;
	}
}

/* Every allocation fails once: nothing stays, and nothing worse happens. */
static void fail_all(struct ocre_bytes bytes, uint32_t deed, bool messages)
{
	struct container c;
	uint32_t refused = 0;
	bool whole = false;

	for (size_t n = 1; !whole; n++) {
		enum ocre_slice slice = OCRE_SLICE_BUDGET;

		memset(&c, 0, sizeof(c));
		fake_guest_init(&c.fake);
		c.fake.deed = deed;
		c.fake.requests = n;
		c.code_cache = n % 2; /* prepared at once, or when called */
		if (make(&c, bytes, &(struct ocre_driver_options){0}) == OCRE_OK &&
		    start(&c) == OCRE_OK) {
			if (messages) {
				fake_post_message(&c.fake, 1, 0, "ab", "cd", "efgh");
				c.fake.go = true;
			}
			while (slice == OCRE_SLICE_BUDGET) {
				slice = run(&c, SLICE);
			}
			whole = slice == OCRE_SLICE_END && c.end.end == OCRE_END_EXIT &&
				c.fake.requests > 1;
		} else {
			assert_true(c.diag.status < 0);
			assert_true(c.diag.text[0] != '\0');
			refused++;
		}
		unmake(&c);
		assert_true(n < 2000);
	}
	assert_true(refused > 10);
}

static void allocations_that_fail(void **state)
{
	(void)state;
	fail_all(BYTES(guest_wasm), 7, true);
	fail_all(BYTES(guest_wasm), 10, false);
	fail_all(BYTES(guest_wasm), 11, false);
	fail_all(BYTES(old_wasm), 0, true);
	if (OCRE_ENGINE_THREADS) {
		fail_all(BYTES(threads_wasm), 1, false);
	}
	fail_all(BYTES(entries_wasm), 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_says_hello),
		cmocka_unit_test(a_guest_exits),
		cmocka_unit_test(each_life_is_fresh),
		cmocka_unit_test(a_trap_has_a_backtrace),
		cmocka_unit_test(an_endless_guest_is_sliced),
		cmocka_unit_test(a_guest_parks),
		cmocka_unit_test(small_slices_come_to_the_same),
		cmocka_unit_test(memory_that_runs_out_is_a_limit),
		cmocka_unit_test(a_life_begins_with_an_entry),
		cmocka_unit_test(an_entry_may_be_named),
		cmocka_unit_test(callbacks_run_while_it_waits),
		cmocka_unit_test(callbacks_may_wait_themselves),
		cmocka_unit_test(callbacks_on_callbacks_are_limited),
		cmocka_unit_test(a_callback_that_ends_the_guest),
		cmocka_unit_test(callbacks_only_where_they_are_wanted),
		cmocka_unit_test(stop_reaches_a_guest_that_waits),
		cmocka_unit_test(messages_lie_in_guest_memory),
		cmocka_unit_test(room_of_messages_is_given_back),
		cmocka_unit_test(a_message_without_room_is_dropped),
		cmocka_unit_test(older_forms_of_callbacks),
		cmocka_unit_test(the_guests_malloc_is_the_last_resort),
		cmocka_unit_test(room_is_taken_and_given_back_at_random),
		cmocka_unit_test(room_costs_what_is_used),
		cmocka_unit_test(room_in_guest_memory),
		cmocka_unit_test(host_functions_call_the_guest),
		cmocka_unit_test(denied_functions_are_noted_once),
		cmocka_unit_test(threads_share_memory),
		cmocka_unit_test(threads_as_llvm_makes_them),
		cmocka_unit_test(a_thread_ends_all),
		cmocka_unit_test(threads_are_limited),
		cmocka_unit_test(all_threads_wait),
		cmocka_unit_test(a_thread_that_loops_holds_up_nobody),
		cmocka_unit_test(memory_may_be_reserved),
		cmocka_unit_test(allocations_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
