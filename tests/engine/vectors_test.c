/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors_test.c - vectors as values: what the specification's scripts leave out. Those try what
 * each instruction computes; here vectors are passed, selected, kept and carried beside values of
 * other sizes, and lie over the operands they come from. The guest is vectors.wat. Each call is
 * made twice, the second time one instruction at a time with prepared code thrown away in between.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "vectors_wasm.h"
#include "support/heap.h"

struct guest {
	struct ocre_mem mem;
	struct ocre_store *store;
	struct ocre_module *module;
	struct ocre_instance *instance;
};

static void setup(struct guest *g)
{
	struct ocre_module_options options = {.code_cache = 200,
					      .prepare_at_load = OCRE_PREPARE_NEVER};
	struct ocre_bytes bytes = {vectors_wasm, sizeof(vectors_wasm)};
	struct ocre_diag diag = {0};

	memset(g, 0, sizeof(*g));
	ocre_mem_init(&g->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&g->mem, NULL, &g->store), OCRE_OK);
	if (ocre_module_load(&g->mem, bytes, &options, &g->module, &diag) != OCRE_OK ||
	    ocre_instance_create(g->store, g->module, NULL, &g->instance, &diag) != OCRE_OK) {
		fail_msg("%s (offset %u)", diag.text, (unsigned int)diag.offset);
	}
}

static void teardown(struct guest *g)
{
	ocre_store_destroy(g->store);
	ocre_module_unload(g->module);
	assert_int_equal(g->mem.used, 0);
}

static enum ocre_run run(struct guest *g, const char *name, const union ocre_value *args,
			 uint64_t slice, uint64_t *used)
{
	uint32_t func = 0;
	enum ocre_run end;

	*used = 0;
	assert_int_equal(ocre_instance_find_func(g->instance, name, &func, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(g->instance, func, args), OCRE_OK);
	do {
		uint64_t left = slice;

		end = ocre_instance_run(g->instance, &left);
		*used += slice - left;
	} while (end == OCRE_RUN_BUDGET);
	return end;
}

static void call(struct guest *g, const char *name, const union ocre_value *args,
		 union ocre_value *results, uint32_t count)
{
	union ocre_value again[5];
	uint64_t used[2];

	memset(again, 0, sizeof(again));
	for (uint32_t n = 0; n < 2; n++) {
		if (run(g, name, args, n == 0 ? UINT64_MAX : 1, &used[n]) != OCRE_RUN_DONE) {
			fail_msg("%s: %s", name, ocre_instance_trap(g->instance)->message);
		}
		ocre_instance_results(g->instance, n == 0 ? results : again, count);
	}
	assert_memory_equal(results, again, count * sizeof(*results));
	assert_int_equal(used[0], used[1]);
}

/* Four lanes of 32 bits. */
static union ocre_value vector(uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	uint32_t lanes[4] = {a, b, c, d};
	union ocre_value v;

	for (uint32_t i = 0; i < 16; i++) {
		v.v128[i] = (uint8_t)(lanes[i / 4] >> (8 * (i % 4)));
	}
	return v;
}

static void assert_vector(union ocre_value v, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	union ocre_value expected = vector(a, b, c, d);

	assert_memory_equal(v.v128, expected.v128, 16);
}

static void test_one_of_two(void **state)
{
	static const char *const names[] = {"select", "by_if", "by_table"};
	union ocre_value args[3] = {vector(1, 2, 3, 4), {.i32 = 7}, vector(5, 6, 7, 8)};
	union ocre_value v;
	struct guest g;

	(void)state;
	setup(&g);
	for (uint32_t n = 0; n < 3; n++) {
		args[1].i32 = 7;
		call(&g, names[n], args, &v, 1);
		assert_vector(v, 1, 2, 3, 4);
	}
	for (uint32_t n = 0; n < 2; n++) {
		args[1].i32 = 0;
		call(&g, names[n], args, &v, 1);
		assert_vector(v, 5, 6, 7, 8);
	}
	call(&g, "by_table", args, &v, 1);
	assert_vector(v, ~5u, ~6u, ~7u, ~8u);
	args[1].i32 = 1;
	call(&g, "by_table", args, &v, 1);
	assert_vector(v, ~1u, ~2u, ~3u, ~4u);
	teardown(&g);
}

static void test_global(void **state)
{
	union ocre_value v = vector(9, 8, 7, 6);
	uint8_t type = 0;
	uint64_t used;
	struct guest g;

	(void)state;
	setup(&g);
	assert_int_equal(run(&g, "swap", &v, UINT64_MAX, &used), OCRE_RUN_DONE);
	ocre_instance_results(g.instance, &v, 1);
	assert_vector(v, 1, 2, 3, 4);
	assert_int_equal(ocre_instance_global_get(g.instance, "g", &type, &v), OCRE_OK);
	assert_int_equal(type, OCRE_V128);
	assert_vector(v, 9, 8, 7, 6);
	v = vector(10, 11, 12, 13);
	assert_int_equal(ocre_instance_global_set(g.instance, "g", &v), OCRE_OK);
	assert_int_equal(ocre_instance_global_set(g.instance, "fixed", &v), OCRE_E_ACCESS);
	assert_int_equal(run(&g, "swap", &v, 1, &used), OCRE_RUN_DONE);
	ocre_instance_results(g.instance, &v, 1);
	assert_vector(v, 10, 11, 12, 13);
	assert_int_equal(ocre_instance_global_get(g.instance, "fixed", &type, &v), OCRE_OK);
	assert_vector(v, 5, 0, 6, 0);
	teardown(&g);
}

static void test_among_others(void **state)
{
	union ocre_value args[5] = {{.i32 = 1},
				    vector(2, 3, 4, 5),
				    {.i64 = UINT64_C(0x600000007)},
				    vector(8, 9, 10, 11),
				    {.f32 = 0x41400000}};
	union ocre_value v[5];
	struct guest g;

	(void)state;
	setup(&g);
	call(&g, "reverse", args, v, 5);
	assert_int_equal(v[0].f32, 0x41400000);
	assert_vector(v[1], 8, 9, 10, 11);
	assert_int_equal(v[2].i64, UINT64_C(0x600000007));
	assert_vector(v[3], 2, 3, 4, 5);
	assert_int_equal(v[4].i32, 1);
	call(&g, "shift", args, v, 2);
	assert_vector(v[0], 8, 9, 10, 11);
	assert_vector(v[1], 2, 3, 4, 5);
	teardown(&g);
}

static void test_carried(void **state)
{
	union ocre_value arg = {.i32 = 0};
	union ocre_value v;
	struct guest g;

	(void)state;
	setup(&g);
	for (; arg.i32 < 4; arg.i32++) {
		static const uint32_t sums[] = {15, 11, 9, 9};
		uint32_t sum = sums[arg.i32];

		call(&g, "carry", &arg, &v, 1);
		assert_vector(v, sum, sum, sum, sum);
	}
	call(&g, "zeros_again", NULL, &v, 1);
	assert_vector(v, 0, 0, 0, 0);
	teardown(&g);
}

static void test_overlaps(void **state)
{
	union ocre_value args[2] = {{.i32 = 4}, vector(1, 2, 3, 4)};
	union ocre_value v[2];
	struct guest g;

	(void)state;
	setup(&g);
	call(&g, "over_address", args, v, 1);
	assert_vector(v[0], ~1u, ~2u, 0x07060504, ~4u);
	args[0].i64 = UINT64_C(0x1ffffffff);
	call(&g, "over_scalar", args, v, 1);
	assert_vector(v[0], 0, 2, 0, 2);
	call(&g, "over_lanes", &args[1], v, 1);
	assert_int_equal(v[0].i64, ~UINT64_C(0x400000003));
	call(&g, "over_local", &args[1], v, 2);
	assert_vector(v[0], 1, 2, 3, 4);
	assert_vector(v[1], 0x08000000, 0x06000000, 0x04000000, 0x02000000);
	teardown(&g);
}

static void test_numbers(void **state)
{
	union ocre_value arg = vector(0, 0, 0, 0);
	union ocre_value v;
	struct guest g;

	(void)state;
	setup(&g);
	call(&g, "decide", &arg, &v, 1);
	assert_int_equal(v.i32, (uint32_t)-2);
	arg = vector(0x80, 0, 0x80000000, 1);
	call(&g, "decide", &arg, &v, 1);
	assert_int_equal(v.i32, 1 + (1 | 1 << 11));
	arg = vector(0x01010101, 0x02020202, 0x80808080, 0xffffffff);
	call(&g, "decide", &arg, &v, 1);
	assert_int_equal(v.i32, (uint32_t)-1);
	arg.i32 = 1000;
	call(&g, "sum", &arg, &v, 1);
	assert_int_equal(v.i32, 120000);
	teardown(&g);
}

static void test_beyond_memory(void **state)
{
	static const char *const names[] = {"beyond_load", "beyond_lane"};
	union ocre_value arg;
	uint64_t used;
	struct guest g;

	(void)state;
	setup(&g);
	for (uint32_t n = 0; n < 2; n++) {
		arg.i32 = 0;
		assert_int_equal(run(&g, names[n], &arg, UINT64_MAX, &used), OCRE_RUN_DONE);
		for (uint32_t i = 0; i < 2; i++) {
			arg.i32 = i == 0 ? 1 : UINT32_MAX;
			assert_int_equal(run(&g, names[n], &arg, UINT64_MAX, &used), OCRE_RUN_TRAP);
			assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_MEMORY);
		}
	}
	arg.i32 = 0;
	assert_int_equal(run(&g, "beyond_all", &arg, UINT64_MAX, &used), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(g.instance)->kind, OCRE_TRAP_MEMORY);
	teardown(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_two),    cmocka_unit_test(test_global),
		cmocka_unit_test(test_among_others),  cmocka_unit_test(test_carried),
		cmocka_unit_test(test_overlaps),      cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_beyond_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
