/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_test.c - what host functions may do beyond reading memory: call the guest back, take room
 * in its memory, make it grow; and functions that are denied.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "host_wasm.h"
#include "support/heap.h"

#define PLENTY UINT64_C(1000000000000)

/* What the host function `call` is to do. */
enum deed {
	SUM,
	STORE,
	UNKNOWN,
	WRONG_TYPE,
	DIVIDES,
	DIVIDES_AND_IGNORES,
	EXITS,
	WAITS,
	LOOPS,
	DEEP,
	ROOM,
	TWICE,
};

struct guest {
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	const struct ocre_host_func *called; /* call->func of the last call */
	uint32_t parks;
	uint32_t freed;
	bool has_heap;
};

/* ---- host functions ---- */

static uint64_t bits64(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return bits;
}

static int host_sum(struct ocre_call *call)
{
	const float third = 0.5f;
	uint64_t args[4] = {(uint32_t)-3, (uint64_t)-10, 0, bits64(100.25)};
	uint64_t ret = 0;
	uint32_t bits;
	double sum;

	memcpy(&bits, &third, sizeof(bits));
	args[2] = bits;
	assert_int_equal(call->ops->invoke(call, "sum", "iIfF:F", args, &ret, PLENTY), OCRE_OK);
	memcpy(&sum, &ret, sizeof(sum));
	call->ret[0] = (uint64_t)(int64_t)(sum * 4);
	return OCRE_HOST_DONE;
}

static int host_store(struct ocre_call *call)
{
	const uint64_t args[2] = {1024, 4321};
	const uint8_t *at;

	assert_int_equal(call->ops->invoke(call, "store", "ii:", args, NULL, 1000), OCRE_OK);
	at = ocre_call_memory(call, 1024, 4);
	call->ret[0] = ocre_get_u32(at) + ocre_arg_u64(call, 1);
	return OCRE_HOST_DONE;
}

/* Neither harms the guest. */
static int host_wrong(struct ocre_call *call)
{
	const uint64_t args[2] = {7, 7};
	uint64_t ret = 5;

	assert_int_equal(call->ops->invoke(call, "none", "i:i", args, &ret, 1000), OCRE_E_NOTFOUND);
	assert_int_equal(call->ops->invoke(call, "memory", "i:i", args, &ret, 1000),
			 OCRE_E_NOTFOUND);
	assert_int_equal(call->ops->invoke(call, "wide", "i:I", args, &ret, 1000), OCRE_E_ARGUMENT);
	assert_int_equal(call->ops->invoke(call, "wide", "I:", args, &ret, 1000), OCRE_E_ARGUMENT);
	assert_int_equal(ret, 5);
	assert_int_equal(call->ops->invoke(call, "wide", "I:I", args, &ret, 1000), OCRE_OK);
	call->ret[0] = ret;
	return OCRE_HOST_DONE;
}

/* Calls what ends the guest: whatever it does then, the guest is over. */
static int host_ends(struct ocre_call *call, const char *name, const char *sig, uint64_t arg,
		     bool ignores)
{
	uint64_t ret = 0;
	int status = call->ops->invoke(call, name, sig, &arg, &ret, 5000);

	assert_true(status < 0 && status != OCRE_E_NOTFOUND && status != OCRE_E_ARGUMENT);
	assert_int_equal(call->ops->invoke(call, "wide", "I:I", &arg, &ret, 1000), OCRE_E_STATE);
	call->message = "the guest has failed";
	return ignores ? OCRE_HOST_DONE : OCRE_HOST_TRAP;
}

static int host_room(struct ocre_call *call)
{
	uint32_t at = call->ops->alloc(call, 16);

	assert_int_equal(at, 4096);
	assert_true(call->ops->free(call, at));
	assert_false(call->ops->free(call, at + 1));
	assert_true(call->ops->exports(call, "wide"));
	assert_false(call->ops->exports(call, "memory"));
	call->ret[0] = at;
	return OCRE_HOST_DONE;
}

static int host_call(struct ocre_call *call)
{
	struct guest *g = call->host;

	g->called = call->func;
	switch ((enum deed)ocre_arg_u32(call, 0)) {
	case SUM:
		return host_sum(call);
	case STORE:
		return host_store(call);
	case UNKNOWN:
	case WRONG_TYPE:
		return host_wrong(call);
	case DIVIDES:
		return host_ends(call, "divides", "i:i", 0, false);
	case DIVIDES_AND_IGNORES:
		return host_ends(call, "divides", "i:i", 0, true);
	case EXITS:
		return host_ends(call, "exits", "i:", 41, true);
	case WAITS:
		return host_ends(call, "waits", ":", 0, false);
	case LOOPS:
		return host_ends(call, "loops", ":", 0, false);
	case DEEP:
		return host_ends(call, "deep", "i:i", ocre_arg_u64(call, 1), false);
	case ROOM:
		return host_room(call);
	case TWICE:
		call->ret[0] = (uint64_t)(call->ops->alloc == NULL && call->ops->free == NULL);
		return OCRE_HOST_DONE;
	}
	return OCRE_HOST_TRAP;
}

/* The guest's `nested` calls this again, so many levels deep. */
static int host_nest(struct ocre_call *call)
{
	uint64_t level = ocre_arg_u32(call, 0);
	uint64_t ret = 0;

	if (level == 0) {
		call->ret[0] = 0;
		return OCRE_HOST_DONE;
	}
	level--;
	if (call->ops->invoke(call, "nested", "i:i", &level, &ret, PLENTY) != OCRE_OK) {
		return OCRE_HOST_TRAP;
	}
	call->ret[0] = ret;
	return OCRE_HOST_DONE;
}

/* Parks once, with a call into the guest before and one after; 99 traps then. */
static int host_park(struct ocre_call *call)
{
	struct guest *g = call->host;
	uint64_t arg = ocre_arg_u32(call, 0);
	uint64_t ret = 0;

	if (arg == 1) {
		return OCRE_HOST_PARK;
	}
	g->parks += !call->resumed;
	call->park->deadline_ns = 12345;
	if (!call->resumed) {
		call->record->word[1] = 17;
	}
	assert_int_equal(call->ops->invoke(call, "wide", "I:I", &arg, &ret, 1000), OCRE_OK);
	assert_int_equal(ret, arg + 1);
	assert_int_equal(call->park->deadline_ns, 12345);
	assert_int_equal(call->record->word[1], 17);
	if (!call->resumed) {
		return OCRE_HOST_PARK;
	}
	if (arg == 99) {
		call->message = "after waiting";
		return OCRE_HOST_TRAP;
	}
	call->ret[0] = ret;
	return OCRE_HOST_DONE;
}

static int host_grow(struct ocre_call *call)
{
	struct guest *g = call->host;
	uint32_t old = ocre_instance_memory_grow(g->instance, ocre_arg_u32(call, 0));

	assert_int_not_equal(old, UINT32_MAX);
	call->ret[0] = old * 65536;
	return OCRE_HOST_DONE;
}

static int host_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

static int never(struct ocre_call *call)
{
	(void)call;
	fail();
	return OCRE_HOST_TRAP;
}

static const struct ocre_host_func funcs[] = {
	{"call", "iI:I", host_call}, {"nest", "i:i", host_nest}, {"park", "i:i", host_park},
	{"grow", "i:i", host_grow},  {"exit", "i:", host_exit},
};
static const struct ocre_host_module host_module = {"host", funcs, 5};

static const struct ocre_host_func denied_funcs[] = {
	{"i32", ":i", never, OCRE_ACTION_API, -22},    {"i64", "I:I", never, OCRE_ACTION_API, -1},
	{"f32", ":f", never, OCRE_ACTION_API, -1},     {"f64", ":F", never, OCRE_ACTION_API, -13},
	{"nothing", "i:", never, OCRE_ACTION_API, -1},
};
static const struct ocre_host_module denied_module = {"no", denied_funcs, 5};

static bool is_denied(void *ctx, const struct ocre_host_func *func)
{
	assert_non_null(ctx);
	return func->action == OCRE_ACTION_API;
}

static uint32_t heap_alloc(void *ctx, struct ocre_call *call, uint32_t size)
{
	assert_non_null(ctx);
	assert_non_null(call);
	return size == 16 ? 4096 : 0;
}

static bool heap_free(void *ctx, struct ocre_call *call, uint32_t addr)
{
	struct guest *g = ctx;

	assert_non_null(call);
	g->freed += addr == 4096;
	return addr == 4096;
}

/* ---- a guest ---- */

static void begin_with(struct guest *g, uint32_t stack, uint32_t host_pages, bool has_heap)
{
	const struct ocre_bytes bytes = {host_wasm, sizeof(host_wasm)};
	const struct ocre_host_import imports[] = {
		{&host_module, g, is_denied, g},
		{&denied_module, g, is_denied, g},
	};
	const struct ocre_guest_heap heap = {heap_alloc, heap_free, g};
	static struct ocre_guest_heap kept;
	const struct ocre_store_options store = {.host_memory_pages = host_pages};
	const struct ocre_instance_options options = {
		.hosts = imports,
		.host_count = 2,
		.stack_size = stack,
		.strict = true,
		.heap = has_heap ? &kept : NULL,
	};

	kept = heap;
	memset(g, 0, sizeof(*g));
	ocre_mem_init(&g->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_module_load(&g->mem, bytes, NULL, &g->module, NULL), OCRE_OK);
	assert_int_equal(ocre_store_create(&g->mem, &store, &g->store), OCRE_OK);
	assert_int_equal(ocre_instance_create(g->store, g->module, &options, &g->instance, NULL),
			 OCRE_OK);
}

static void begin(struct guest *g)
{
	begin_with(g, 0, 0, false);
}

static void end(struct guest *g)
{
	ocre_store_destroy(g->store);
	ocre_module_unload(g->module);
	assert_int_equal(g->mem.used, 0);
}

static enum ocre_run run_with(struct guest *g, const char *name, uint32_t a, uint64_t b,
			      uint64_t *budget)
{
	const union ocre_value args[2] = {{.i32 = a}, {.i64 = b}};
	uint32_t func;

	assert_int_equal(ocre_instance_find_func(g->instance, name, &func, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(g->instance, func, args), OCRE_OK);
	return ocre_instance_run(g->instance, budget);
}

static enum ocre_run run(struct guest *g, const char *name, uint32_t a, uint64_t b)
{
	uint64_t budget = PLENTY;

	return run_with(g, name, a, b, &budget);
}

static uint64_t result(struct guest *g)
{
	union ocre_value v = {0};

	ocre_instance_results(g->instance, &v, 1);
	return v.i64;
}

/* An i32 or an f32. */
static uint32_t result32(struct guest *g)
{
	union ocre_value v = {0};

	ocre_instance_results(g->instance, &v, 1);
	return v.i32;
}

static void assert_name(struct guest *g, uint32_t n, const char *name)
{
	struct ocre_frame_info frame;
	struct ocre_bytes is;

	assert_true(ocre_instance_frame(g->instance, n, &frame));
	is = ocre_module_func_name(g->module, frame.func);
	assert_int_equal(is.size, strlen(name));
	assert_memory_equal(is.data, name, is.size);
}

static void assert_no_frame(struct guest *g, uint32_t n)
{
	struct ocre_frame_info frame;

	assert_false(ocre_instance_frame(g->instance, n, &frame));
}

/* ---- calling back ---- */

static void a_host_function_calls_the_guest(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "calls", SUM, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000 + 351);
	assert_int_equal(run(&g, "calls", STORE, 5), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000 + 4321 + 5);
	assert_int_equal(run(&g, "calls", UNKNOWN, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1008);
	assert_ptr_equal(g.called, &funcs[0]);
	assert_int_equal(ocre_instance_host_calls(g.instance), 3);
	end(&g);
}

/* The function called back is paid for by the one that called the host. */
static void calling_back_costs_budget(void **state)
{
	uint64_t outside = PLENTY;
	uint64_t inside = PLENTY;
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run_with(&g, "nested", 0, 0, &outside), OCRE_RUN_DONE);
	assert_int_equal(run_with(&g, "nested", 3, 0, &inside), OCRE_RUN_DONE);
	assert_int_equal(result32(&g), 4);
	assert_int_equal(PLENTY - inside, 4 * (PLENTY - outside));
	end(&g);
}

/* In small slices the call is just as whole, and what it cost is paid in the slices that follow. */
static void calling_back_in_slices(void **state)
{
	uint64_t whole = PLENTY;
	uint64_t used = 0;
	enum ocre_run end_of;
	struct guest g;
	uint32_t slices = 0;
	uint32_t func;
	const union ocre_value arg = {.i32 = 7};

	(void)state;
	begin(&g);
	assert_int_equal(run_with(&g, "nested", 7, 0, &whole), OCRE_RUN_DONE);
	assert_int_equal(ocre_instance_find_func(g.instance, "nested", &func, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(g.instance, func, &arg), OCRE_OK);
	do {
		uint64_t slice = 1;

		end_of = ocre_instance_run(g.instance, &slice);
		used += 1 - slice;
		slices++;
	} while (end_of == OCRE_RUN_BUDGET);
	assert_int_equal(end_of, OCRE_RUN_DONE);
	assert_int_equal(result32(&g), 8);
	assert_int_equal(used, PLENTY - whole);
	assert_true(slices > 3);
	end(&g);
}

static void calls_are_nested_so_deep(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "nested", OCRE_INVOKE_DEPTH, 0), OCRE_RUN_DONE);
	assert_int_equal(result32(&g), OCRE_INVOKE_DEPTH + 1);
	assert_int_equal(run(&g, "nested", OCRE_INVOKE_DEPTH + 1, 0), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_STACK);
	assert_name(&g, OCRE_INVOKE_DEPTH, "nested");
	assert_no_frame(&g, OCRE_INVOKE_DEPTH + 1);
	/* And the depth is counted anew. */
	assert_int_equal(run(&g, "nested", OCRE_INVOKE_DEPTH, 0), OCRE_RUN_DONE);
	end(&g);
}

static void a_stack_that_is_full(void **state)
{
	struct guest g;

	(void)state;
	for (uint32_t size = 256; size < 1400; size += 4) {
		enum ocre_run how;

		begin_with(&g, size, 0, false);
		how = run(&g, "nested", 4, 0);
		if (how != OCRE_RUN_DONE) {
			assert_int_equal(how, OCRE_RUN_TRAP);
			assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_STACK);
		} else {
			assert_int_equal(result32(&g), 5);
			assert_true(size > 400);
		}
		assert_true(how == OCRE_RUN_DONE || size < 1300);
		end(&g);
	}
}

static void ends_inside(struct guest *g, enum deed deed, uint64_t arg, enum ocre_trap kind)
{
	assert_int_equal(run(g, "calls", deed, arg), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g->instance)->kind, kind);
}

static void a_trap_inside_is_the_guests(void **state)
{
	const struct ocre_trap_info *trap;
	struct guest g;

	(void)state;
	begin(&g);
	for (enum deed deed = DIVIDES; deed <= DIVIDES_AND_IGNORES; deed++) {
		ends_inside(&g, deed, 0, OCRE_TRAP_DIVIDE_BY_ZERO);
		assert_name(&g, 0, "divides");
		assert_name(&g, 1, "calls");
		assert_no_frame(&g, 2);
	}
	ends_inside(&g, DEEP, 1000000, OCRE_TRAP_HOST); /* out of its budget, before the stack is */
	ends_inside(&g, LOOPS, 0, OCRE_TRAP_HOST);
	trap = ocre_instance_trap(g.instance);
	assert_string_equal(trap->message,
			    "a host function failed: the function that it called took too long");
	assert_int_equal(trap->host_name.size, 4);
	assert_name(&g, 0, "loops");
	ends_inside(&g, WAITS, 0, OCRE_TRAP_HOST);
	assert_string_equal(trap->message,
			    "a host function failed: the function that it called wants to wait");
	assert_name(&g, 0, "waits");
	assert_name(&g, 1, "calls");
	assert_no_frame(&g, 2);
	/* None of it stays. */
	assert_int_equal(run(&g, "calls", SUM, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1351);
	end(&g);
}

static void an_exit_inside_is_the_guests(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "calls", EXITS, 0), OCRE_RUN_EXIT);
	assert_int_equal(ocre_instance_exit_code(g.instance), 41);
	end(&g);
}

/* Before it parks, and when it goes on; with a call on top of it meanwhile. */
static void calling_back_while_waiting(void **state)
{
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "twice", 50, 0), OCRE_RUN_PARKED);
	assert_int_equal(ocre_instance_park(g.instance)->deadline_ns, 12345);
	assert_int_equal(run(&g, "calls", SUM, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1351);
	for (uint32_t n = 0; n < 2; n++) {
		uint64_t budget = PLENTY;

		assert_int_equal(ocre_instance_run(g.instance, &budget),
				 n == 0 ? OCRE_RUN_PARKED : OCRE_RUN_DONE);
	}
	assert_int_equal(result32(&g), 102);
	assert_int_equal(g.parks, 2);
	end(&g);
}

/* The stack below is walked from the call, not from where the call keeps its arguments. */
static void a_trap_after_waiting_has_a_backtrace(void **state)
{
	uint64_t budget = PLENTY;
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "twice", 99, 0), OCRE_RUN_PARKED);
	assert_int_equal(ocre_instance_run(g.instance, &budget), OCRE_RUN_TRAP);
	assert_string_equal(ocre_instance_trap(g.instance)->message,
			    "a host function failed: after waiting");
	assert_name(&g, 0, "twice");
	assert_no_frame(&g, 1);
	end(&g);
}

/* ---- memory ---- */

static void room_in_guest_memory(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 0, 0, true);
	assert_int_equal(run(&g, "calls", ROOM, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1000 + 4096);
	assert_int_equal(g.freed, 1);
	end(&g);
	begin(&g);
	assert_int_equal(run(&g, "calls", TWICE, 0), OCRE_RUN_DONE);
	assert_int_equal(result(&g), 1001);
	end(&g);
}

static void the_host_makes_memory_grow(void **state)
{
	struct guest g;

	(void)state;
	begin_with(&g, 0, 2, false);
	assert_int_equal(run(&g, "grows", 1, 0), OCRE_RUN_DONE); /* to what the guest may have */
	assert_int_equal(result32(&g), 77 + 2);
	assert_int_equal(run(&g, "grow", 1, 0), OCRE_RUN_DONE);
	assert_int_equal(result32(&g), UINT32_MAX);
	assert_int_equal(run(&g, "grows", 1, 0), OCRE_RUN_DONE); /* and beyond */
	assert_int_equal(result32(&g), 77 + 3);
	for (uint32_t pages = 0; pages < 3; pages++) {
		assert_int_equal(run(&g, "grow", pages, 0), OCRE_RUN_DONE);
		assert_int_equal(result32(&g), pages == 0 ? 3 : UINT32_MAX);
	}
	assert_int_equal(ocre_instance_memory_grow(g.instance, 2), UINT32_MAX);
	assert_int_equal(ocre_instance_memory_grow(g.instance, 1), 3);
	assert_int_equal(ocre_instance_memory_size(g.instance), 4 * 65536);
	end(&g);
}

/* ---- denied functions ---- */

static void denied_functions_say_no(void **state)
{
	struct guest g;
	uint64_t bits;
	uint32_t bits32;
	double f64;
	float f32;

	(void)state;
	begin(&g);
	assert_int_equal(run(&g, "no_i32", 0, 0), OCRE_RUN_DONE);
	assert_int_equal((int32_t)result32(&g), -22);
	assert_int_equal(run(&g, "no_i64", 0, 0), OCRE_RUN_DONE);
	assert_int_equal((int64_t)result(&g), -1);
	assert_int_equal(run(&g, "no_f32", 0, 0), OCRE_RUN_DONE);
	bits32 = result32(&g);
	memcpy(&f32, &bits32, sizeof(f32));
	assert_true(f32 == -1.0f);
	assert_int_equal(run(&g, "no_f64", 0, 0), OCRE_RUN_DONE);
	bits = result(&g);
	memcpy(&f64, &bits, sizeof(f64));
	assert_true(f64 == -13.0);
	assert_int_equal(run(&g, "no_nothing", 0, 0), OCRE_RUN_DONE);
	assert_int_equal(result32(&g), 4);
	end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_function_calls_the_guest),
		cmocka_unit_test(calling_back_costs_budget),
		cmocka_unit_test(calling_back_in_slices),
		cmocka_unit_test(calls_are_nested_so_deep),
		cmocka_unit_test(a_stack_that_is_full),
		cmocka_unit_test(a_trap_inside_is_the_guests),
		cmocka_unit_test(an_exit_inside_is_the_guests),
		cmocka_unit_test(calling_back_while_waiting),
		cmocka_unit_test(a_trap_after_waiting_has_a_backtrace),
		cmocka_unit_test(room_in_guest_memory),
		cmocka_unit_test(the_host_makes_memory_grow),
		cmocka_unit_test(denied_functions_say_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
