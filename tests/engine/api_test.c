/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_test.c - engine.h as an embedder uses it: host functions, suspended and nested calls, traps
 * and backtraces, budget, deep recursion, and allocations that fail.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include <ocre/engine.h>

#include "api_wasm.h"

#define PLENTY UINT64_C(1000000000000)

/* ---- host functions ---- */

/* How often the functions of one instance were called. */
struct host {
	unsigned int begun;
	unsigned int resumed;
};

/* Parks as often as arg % 100 says, remembering in its record how often it did. */
static int host_park(struct ocre_call *call)
{
	struct host *h = call->host;
	uint32_t times = ocre_arg_u32(call, 0) % 100;

	if (call->resumed) {
		h->resumed++;
	} else {
		h->begun++;
		assert_int_equal(call->record->word[0], 0);
		assert_int_equal(call->record->word[3], 0);
	}
	assert_int_equal(call->record->word[3], call->record->word[0] * 7);
	if (call->record->word[0] < times) {
		call->record->word[0]++;
		call->record->word[3] += 7;
		call->park->deadline_ns = 1000 + call->record->word[0];
		return OCRE_HOST_PARK;
	}
	call->ret[0] = ocre_arg_u32(call, 0) + 1;
	return OCRE_HOST_DONE;
}

static int host_add(struct ocre_call *call)
{
	uint32_t f32_bits = ocre_arg_u32(call, 2);
	double sum;
	double f64;
	float f32;

	memcpy(&f32, &f32_bits, sizeof(f32));
	memcpy(&f64, &call->arg[3], sizeof(f64));
	sum = (double)(int32_t)ocre_arg_u32(call, 0) + (double)(int64_t)ocre_arg_u64(call, 1) +
	      (double)f32 + f64;
	memcpy(&call->ret[0], &sum, sizeof(sum));
	return OCRE_HOST_DONE;
}

static int host_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

static int host_trap(struct ocre_call *call)
{
	call->message = "out of paper";
	return OCRE_HOST_TRAP;
}

static int host_charge(struct ocre_call *call)
{
	call->charge = ocre_arg_u64(call, 0);
	return OCRE_HOST_DONE;
}

static int host_poke(struct ocre_call *call)
{
	uint8_t *at = ocre_call_memory(call, ocre_arg_u32(call, 0), ocre_arg_u32(call, 1));

	call->ret[0] = at != NULL;
	if (at != NULL && ocre_arg_u32(call, 1) > 0) {
		*at = 99;
	}
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func funcs[] = {
	{"park", "i:i", host_park}, {"add", "iIfF:F", host_add},   {"exit", "i:", host_exit},
	{"trap", ":", host_trap},   {"charge", "I:", host_charge}, {"poke", "ii:i", host_poke},
};
static const struct ocre_host_module host_module = {"host", funcs, 6};

/* ---- a guest ---- */

struct guest {
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	struct host host;
	size_t requests; /* of memory, until one fails */
};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct guest *g = ctx;

	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (g->requests != 0 && --g->requests == 0) {
		g->requests = 1; /* and all that follow */
		return NULL;
	}
	return realloc(ptr, new_size);
}

static int start(struct guest *g, size_t cache, uint32_t stack, bool strict, struct ocre_diag *diag)
{
	const struct ocre_bytes bytes = {api_wasm, sizeof(api_wasm)};
	const struct ocre_module_options module = {.code_cache = cache};
	const struct ocre_host_import host = {&host_module, &g->host};
	const struct ocre_instance_options options = {
		.hosts = &host, .host_count = 1, .stack_size = stack, .strict = strict};
	int status;

	ocre_mem_init(&g->mem, resize, g, SIZE_MAX);
	status = ocre_module_load(&g->mem, bytes, &module, &g->module, diag);
	if (status == 0) {
		status = ocre_store_create(&g->mem, NULL, &g->store);
	}
	if (status == 0) {
		status = ocre_instance_create(g->store, g->module, &options, &g->instance, diag);
	}
	return status;
}

static void begin_with(struct guest *g, size_t cache, uint32_t stack)
{
	struct ocre_diag diag = {0};

	memset(g, 0, sizeof(*g));
	assert_int_equal(start(g, cache, stack, false, &diag), OCRE_OK);
}

static void begin(struct guest *g)
{
	begin_with(g, 0, 0);
}

static void end(struct guest *g)
{
	ocre_store_destroy(g->store);
	ocre_module_unload(g->module);
	assert_int_equal(g->mem.used, 0);
}

static uint32_t find(struct guest *g, const char *name)
{
	uint32_t func;

	assert_int_equal(ocre_instance_find_func(g->instance, name, &func, NULL), OCRE_OK);
	return func;
}

static void call(struct guest *g, const char *name, uint32_t a, uint32_t b)
{
	const union ocre_value args[2] = {{.i32 = a}, {.i32 = b}};

	assert_int_equal(ocre_instance_call(g->instance, find(g, name), args), OCRE_OK);
}

static enum ocre_run run(struct guest *g)
{
	uint64_t budget = PLENTY;

	return ocre_instance_run(g->instance, &budget);
}

static uint32_t result(struct guest *g)
{
	union ocre_value v;

	ocre_instance_results(g->instance, &v, 1);
	return v.i32;
}

/* The names of the functions on the guest stack, innermost first. */
static void expect_frames(struct guest *g, const char *names)
{
	char text[200] = "";
	struct ocre_frame_info f;

	for (uint32_t n = 0; ocre_instance_frame(g->instance, n, &f); n++) {
		struct ocre_bytes name = ocre_module_func_name(g->module, f.func);

		assert_true(strlen(text) + name.size + 2 < sizeof(text));
		assert_true(f.offset > 8 && f.offset < sizeof(api_wasm));
		strncat(text, (const char *)name.data, name.size);
		strcat(text, " ");
	}
	assert_string_equal(text, names);
}

/* ---- tests ---- */

static void results(void **state)
{
	const union ocre_value mixed[4] = {{.i32 = (uint32_t)-3},
					   {.i64 = 10},
					   {.f32 = 0x3f800000},
					   {.f64 = 0x4000000000000000}};
	union ocre_value v[5];
	struct ocre_func_type type;
	struct guest g;
	uint32_t func;

	(void)state;
	begin(&g);
	assert_int_equal(ocre_instance_find_func(g.instance, "many", &func, &type), OCRE_OK);
	assert_int_equal(type.param_count, 1);
	assert_int_equal(type.result_count, 5);
	assert_int_equal(type.results[3], OCRE_F64);
	call(&g, "many", 7, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	ocre_instance_results(g.instance, v, 5);
	assert_int_equal(v[0].i32, 7);
	assert_true(v[1].i64 == (uint64_t)-2);
	assert_int_equal(v[2].f32, 0x3fc00000);
	assert_true(v[3].f64 == 0xc004000000000000);
	assert_int_equal(v[4].i32, 8);

	assert_int_equal(ocre_instance_call(g.instance, find(&g, "mixed"), mixed), OCRE_OK);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	ocre_instance_results(g.instance, v, 1);
	assert_true(v[0].f64 == 0x4024000000000000); /* 10.0 */

	assert_int_equal(ocre_instance_find_func(g.instance, "nothing", &func, NULL),
			 OCRE_E_NOTFOUND);
	assert_int_equal(ocre_instance_find_func(g.instance, "memory", &func, NULL),
			 OCRE_E_NOTFOUND);
	assert_int_equal(ocre_instance_call(g.instance, 10000, NULL), OCRE_E_ARGUMENT);
	/* Nothing was begun, so there is nothing to run. */
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	end(&g);
}

static void globals(void **state)
{
	union ocre_value v = {.i64 = 0};
	struct guest g;
	uint8_t type;

	(void)state;
	begin(&g);
	assert_int_equal(ocre_instance_global_get(g.instance, "constant", &type, &v), OCRE_OK);
	assert_int_equal(type, OCRE_I64);
	assert_true(v.i64 == 77);
	assert_int_equal(ocre_instance_global_set(g.instance, "constant", &v), OCRE_E_ACCESS);
	assert_int_equal(ocre_instance_global_get(g.instance, "half", &type, &v), OCRE_OK);
	assert_int_equal(type, OCRE_F64);
	assert_true(v.f64 == 0x3fe0000000000000);
	v.i32 = 123;
	assert_int_equal(ocre_instance_global_set(g.instance, "changes", &v), OCRE_OK);
	v.i32 = 0;
	assert_int_equal(ocre_instance_global_get(g.instance, "changes", &type, &v), OCRE_OK);
	assert_int_equal(v.i32, 123);
	assert_int_equal(ocre_instance_global_get(g.instance, "memory", &type, &v),
			 OCRE_E_NOTFOUND);
	assert_int_equal(ocre_instance_global_set(g.instance, "none", &v), OCRE_E_NOTFOUND);
	end(&g);
}

static void parks(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, "calls_twice", 3, 0);
	for (unsigned int n = 1; n <= 3; n++) {
		assert_int_equal(run(&g), OCRE_RUN_PARKED);
		assert_int_equal(ocre_instance_park(g.instance)->deadline_ns, 1000 + n);
		expect_frames(&g, "twice calls_twice ");
	}
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000 + 4 + 101);
	assert_int_equal(g.host.begun, 2);
	assert_int_equal(g.host.resumed, 3);
	expect_frames(&g, "");
	end(&g);
}

/* Calls on top of parked calls, each with its own record; they end in reverse order. */
static void nested(void **state)
{
	struct guest g;
	uint64_t none = 3;

	(void)state;
	begin(&g);
	call(&g, "calls_twice", 2, 0);
	assert_int_equal(run(&g), OCRE_RUN_PARKED);
	call(&g, "twice", 1, 0);
	expect_frames(&g, "twice twice calls_twice ");
	assert_int_equal(run(&g), OCRE_RUN_PARKED);
	expect_frames(&g, "twice twice calls_twice ");
	/* One that runs out of budget, with one on top that does not. */
	call(&g, "down", 1000, 0);
	assert_int_equal(ocre_instance_run(g.instance, &none), OCRE_RUN_BUDGET);
	assert_int_equal(none, 0);
	call(&g, "down", 17, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 17);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 2 + 101);
	expect_frames(&g, "twice calls_twice ");
	assert_int_equal(run(&g), OCRE_RUN_PARKED);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000 + 3 + 101);
	assert_int_equal(run(&g), OCRE_RUN_DONE); /* nothing left */
	end(&g);
}

static void nested_trap(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, "calls_twice", 2, 0);
	assert_int_equal(run(&g), OCRE_RUN_PARKED);
	call(&g, "outer", 0, 0);
	assert_int_equal(run(&g), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_DIVIDE_BY_ZERO);
	expect_frames(&g, "inner middle outer twice calls_twice ");
	/* A trap is the end of all of it. */
	ocre_instance_abandon(g.instance);
	expect_frames(&g, "");
	call(&g, "down", 5, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 5);
	end(&g);
}

static void stack_is_full(void **state)
{
	const union ocre_value arg = {.i32 = 2};
	struct guest g;
	int status = OCRE_OK;
	unsigned int n = 0;

	(void)state;
	begin_with(&g, 0, 4096);
	while (status == OCRE_OK && n++ < 1000) {
		status = ocre_instance_call(g.instance, find(&g, "twice"), &arg);
		if (status == OCRE_OK && run(&g) == OCRE_RUN_TRAP) {
			break;
		}
	}
	assert_true(n > 5 && n < 200);
	ocre_instance_abandon(g.instance);
	call(&g, "endless", 0, 0);
	assert_int_equal(run(&g), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_STACK);
	end(&g);
}

static void exits_and_traps(void **state)
{
	const struct ocre_trap_info *t;
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, "exits", 0, 0);
	assert_int_equal(run(&g), OCRE_RUN_EXIT);
	assert_int_equal(ocre_instance_exit_code(g.instance), 42);
	call(&g, "traps", 0, 0); /* no need to abandon what has ended */
	assert_int_equal(run(&g), OCRE_RUN_TRAP);
	t = ocre_instance_trap(g.instance);
	assert_int_equal(t->kind, OCRE_TRAP_HOST);
	assert_string_equal(t->message, "a host function failed: out of paper");
	assert_true(t->host_module.size == 4 && memcmp(t->host_module.data, "host", 4) == 0);
	assert_true(t->host_name.size == 4 && memcmp(t->host_name.data, "trap", 4) == 0);
	expect_frames(&g, "traps ");
	call(&g, "down", 2, 0);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_NONE);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	end(&g);
}

static void unlinked(void **state)
{
	struct ocre_diag diag = {0};
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, "unlinked", 0, 0);
	assert_int_equal(run(&g), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_UNLINKED);
	assert_string_equal(ocre_instance_trap(g.instance)->message,
			    "failed to call unlinked import function: nobody.knows");
	expect_frames(&g, "unlinked ");
	end(&g);

	memset(&g, 0, sizeof(g));
	assert_int_equal(start(&g, 0, 0, true, &diag), OCRE_E_LINK);
	assert_string_equal(diag.text, "unknown import: nobody.knows");
	end(&g);
}

static void memory(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	call(&g, "poke", 65535, 1);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1);
	assert_int_equal(*(uint8_t *)ocre_instance_memory(g.instance, 65535, 1), 99);
	call(&g, "poke", 65536, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1);
	call(&g, "poke", 65535, 2);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 0);
	call(&g, "poke", 0xffffffff, 0xffffffff);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 0);
	assert_null(ocre_instance_memory(g.instance, 1, 65536));
	assert_true(ocre_instance_memory_size(g.instance) == 65536);
	call(&g, "grow", 2, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	assert_true(ocre_instance_memory_size(g.instance) == 3 * 65536);
	assert_non_null(ocre_instance_memory(g.instance, 1, 65536));
	end(&g);
}

/* Where in the module the constant is: the two bytes of it that are the same in every encoding. */
static uint32_t offset_of_constant(uint32_t value)
{
	uint8_t leb[4] = {0x41, (uint8_t)(value | 0x80), (uint8_t)(value >> 7 | 0x80),
			  (uint8_t)(value >> 14)};

	for (uint32_t at = 0; at + 4 <= sizeof(api_wasm); at++) {
		if (memcmp(api_wasm + at, leb, 4) == 0) {
			return at;
		}
	}
	fail();
	return 0;
}

static void offsets(void **state)
{
	/* i32.const (4 bytes) and drop come first, then the operands. */
	const uint32_t expected[] = {offset_of_constant(11111) + 5 + 4,
				     offset_of_constant(22222) + 5 + 2,
				     offset_of_constant(33333) + 5 + 2};
	static const uint8_t opcodes[] = {0x6e, 0x10, 0x10};
	struct ocre_frame_info f;

	(void)state;
	for (size_t cache = 0; cache < 2; cache++) {
		struct guest g;

		begin_with(&g, cache, 0);
		call(&g, "outer", 0, 0);
		assert_int_equal(run(&g), OCRE_RUN_TRAP);
		assert_string_equal(ocre_instance_trap(g.instance)->message,
				    "integer divide by zero");
		for (uint32_t n = 0; n < 3; n++) {
			assert_true(ocre_instance_frame(g.instance, n, &f));
			assert_ptr_equal(f.instance, g.instance);
			assert_int_equal(f.offset, expected[n]);
			assert_int_equal(api_wasm[f.offset], opcodes[n]);
		}
		assert_false(ocre_instance_frame(g.instance, 3, &f));
		expect_frames(&g, "inner middle outer ");
		end(&g);
	}
}

/* Run in slices; the budget used and the result. */
static uint64_t used(struct guest *g, uint64_t slice)
{
	uint64_t left = 0;
	uint64_t sum = 0;

	for (;;) {
		uint64_t before = left + slice;
		enum ocre_run r;

		left = before;
		r = ocre_instance_run(g->instance, &left);
		sum += before - left;
		if (r == OCRE_RUN_DONE) {
			return sum;
		}
		if (r == OCRE_RUN_BUDGET) {
			assert_int_equal(left, 0);
		} else {
			assert_int_equal(r, OCRE_RUN_PARKED);
		}
	}
}

static void budget(void **state)
{
	static const uint64_t slices[] = {PLENTY, 1, 2, 7, 100, 999};
	static const size_t caches[] = {0, 1, 300, 2000};
	uint64_t expected = 0;
	uint32_t value = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		for (size_t k = 0; k < sizeof(slices) / sizeof(slices[0]); k++) {
			struct guest g;
			uint64_t sum;

			begin_with(&g, caches[i], 0);
			call(&g, "work", 40, 0);
			sum = used(&g, slices[k]);
			if (expected == 0) {
				expected = sum;
				value = result(&g);
			}
			assert_true(sum == expected);
			assert_int_equal(result(&g), value);
			end(&g);
		}
	}
	assert_true(expected > 40 * (3000 + 2000) / 64);
	assert_true(value != 0);
}

/* What a host function charges beyond the budget is owed by the next slices. */
static void charges(void **state)
{
	struct guest g;
	uint64_t left = 100;
	unsigned int slices = 1;

	(void)state;
	begin(&g);
	call(&g, "charged", 0, 0);
	while (ocre_instance_run(g.instance, &left) == OCRE_RUN_BUDGET) {
		assert_int_equal(left, 0);
		left = 100;
		slices++;
	}
	assert_int_equal(slices, 6); /* 500, and what the instructions cost */
	end(&g);
}

/* New pages cost what filling them would; that they could not be had costs nothing. */
static void growing_is_paid(void **state)
{
	const uint64_t page = 65536 / 64;
	struct guest g;
	uint64_t none;

	(void)state;
	begin(&g);
	call(&g, "grow", 0, 0);
	none = used(&g, PLENTY);
	assert_true(none < 16);
	call(&g, "grow", 2, 0);
	assert_true(used(&g, 100) == none + 2 * page);
	assert_int_equal(result(&g), 1);
	call(&g, "grow", 0xffffffff, 0);
	assert_true(used(&g, PLENTY) == none);
	assert_int_equal(result(&g), UINT32_MAX);
	end(&g);
}

static uint8_t byte_at(struct guest *g, uint32_t addr)
{
	const uint8_t *at = ocre_instance_memory(g->instance, addr, 1);

	assert_non_null(at);
	return *at;
}

static void fill_is_stopped(void **state)
{
	struct guest g;
	uint64_t left = 1000000;
	uint32_t filled = 0;
	uint32_t size = 1u << 30;

	(void)state;
	begin(&g);
	call(&g, "grow", 16383, 0);
	assert_int_equal(run(&g), OCRE_RUN_DONE);
	if (result(&g) != 1) {
		end(&g);
		print_message("no memory of 1 GiB here\n");
		skip();
	}
	assert_true(ocre_instance_memory_size(g.instance) == size);
	call(&g, "fill", 0xab, size);
	assert_int_equal(ocre_instance_run(g.instance, &left), OCRE_RUN_BUDGET);
	/* It fills from the start: where it got to. */
	for (uint32_t step = size / 2; step > 0; step /= 2) {
		filled += byte_at(&g, filled + step - 1) == 0xab ? step : 0;
	}
	/* A million units are 64 MB, and one piece more. */
	assert_true(filled >= 60u << 20 && filled <= 66u << 20);
	assert_int_equal(byte_at(&g, filled - 1), 0xab);
	assert_int_equal(byte_at(&g, filled), 0);
	assert_int_equal(byte_at(&g, size - 1), 0);
	expect_frames(&g, "fill ");
	/* It goes on where it was. */
	left = 1000000;
	assert_int_equal(ocre_instance_run(g.instance, &left), OCRE_RUN_BUDGET);
	assert_int_equal(byte_at(&g, filled), 0xab);
	assert_int_equal(byte_at(&g, size - 1), 0);
	ocre_instance_abandon(g.instance);
	end(&g);
}

/* The least that a thread can have; sanitizers need room of their own. */
#if defined(__SANITIZE_ADDRESS__)
#define NATIVE_STACK (256 * 1024)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NATIVE_STACK (256 * 1024)
#endif
#endif
#ifndef NATIVE_STACK
#define NATIVE_STACK (16 * 1024)
#endif

static void *run_in_thread(void *arg)
{
	return (void *)(intptr_t)run(arg);
}

static int run_on_small_stack(struct guest *g)
{
	pthread_attr_t attr;
	pthread_t thread;
	void *end_of_run = NULL;
	size_t least = (size_t)PTHREAD_STACK_MIN; /* 128 KiB on 64-bit Arm */

	assert_int_equal(pthread_attr_init(&attr), 0);
	assert_int_equal(
		pthread_attr_setstacksize(&attr, least > NATIVE_STACK ? least : NATIVE_STACK), 0);
	assert_int_equal(pthread_create(&thread, &attr, run_in_thread, g), 0);
	assert_int_equal(pthread_join(thread, &end_of_run), 0);
	pthread_attr_destroy(&attr);
	return (int)(intptr_t)end_of_run;
}

static void ten_million_deep(void **state)
{
	struct guest g;
	struct ocre_diag diag = {0};
	uint32_t stack = sizeof(void *) > 4 ? 1u << 30 : 1u << 29;

	(void)state;
	memset(&g, 0, sizeof(g));
	if (start(&g, 0, stack, false, &diag) == OCRE_E_NOMEM) {
		end(&g);
		print_message("no guest stack of %u bytes here\n", (unsigned int)stack);
		skip();
	}
	call(&g, "down", 10000000, 0);
	assert_int_equal(run_on_small_stack(&g), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 10000000);
	end(&g);
}

/* Everything again, while the first, second, third ... request for memory fails. */
static void memory_fails(void **state)
{
	unsigned int failures = 0;

	(void)state;
	for (size_t n = 1;; n++) {
		struct ocre_diag diag = {0};
		struct guest g;
		int status;

		memset(&g, 0, sizeof(g));
		g.requests = n;
		status = start(&g, 600, 0, false, &diag);
		if (status == 0) {
			call(&g, "work", 3, 0);
			for (enum ocre_run r = OCRE_RUN_BUDGET; r == OCRE_RUN_BUDGET;) {
				uint64_t left = 50;

				r = ocre_instance_run(g.instance, &left);
				if (r == OCRE_RUN_TRAP) {
					assert_int_equal(ocre_instance_trap(g.instance)->kind,
							 OCRE_TRAP_NOMEM);
					expect_frames(&g, "work ");
					status = OCRE_E_NOMEM;
				}
			}
		} else {
			assert_int_equal(status, OCRE_E_NOMEM);
		}
		end(&g);
		if (status == 0) {
			break;
		}
		failures++;
	}
	assert_true(failures > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results),
		cmocka_unit_test(globals),
		cmocka_unit_test(parks),
		cmocka_unit_test(nested),
		cmocka_unit_test(nested_trap),
		cmocka_unit_test(stack_is_full),
		cmocka_unit_test(exits_and_traps),
		cmocka_unit_test(unlinked),
		cmocka_unit_test(memory),
		cmocka_unit_test(offsets),
		cmocka_unit_test(budget),
		cmocka_unit_test(charges),
		cmocka_unit_test(growing_is_paid),
		cmocka_unit_test(fill_is_stopped),
		cmocka_unit_test(ten_million_deep),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
