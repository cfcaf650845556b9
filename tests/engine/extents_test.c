/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extents_test.c - linear memory as a few extents (src/engine/extents.c): that it costs what is
 * touched, and that a guest sees no difference. Two instances of one module do the same, one with
 * extents, the other with its memory in one block: results, traps, budgets and bytes must be equal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "assemble.h"

#define PAGE	65536u
#define GRANULE 256u

/* ---- a guest with a function for each way to reach memory ---- */

struct access {
	uint8_t code;
	uint8_t bytes;
	uint8_t type;
};

static const struct access loads[] = {
	{0x28, 4, I32},	       {0x29, 8, I64}, {0x2a, 4, OCRE_F32}, {0x2b, 8, F64}, {0x2c, 1, I32},
	{0x2d, 1, I32},	       {0x2e, 2, I32}, {0x2f, 2, I32},	    {0x30, 1, I64}, {0x31, 1, I64},
	{0x32, 2, I64},	       {0x33, 2, I64}, {0x34, 4, I64},	    {0x35, 4, I64},
#if OCRE_ENGINE_SIMD
	{0x00, 16, OCRE_V128},
#endif
};
static const struct access stores[] = {
	{0x36, 4, I32},	       {0x37, 8, I64}, {0x38, 4, OCRE_F32}, {0x39, 8, F64}, {0x3a, 1, I32},
	{0x3b, 2, I32},	       {0x3c, 1, I64}, {0x3d, 2, I64},	    {0x3e, 4, I64},
#if OCRE_ENGINE_SIMD
	{0x0b, 16, OCRE_V128},
#endif
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LOADS	 ((uint32_t)COUNT(loads))
#define STORES	 ((uint32_t)COUNT(stores))

/* Functions of the guest. The first is imported; each access is there with two offsets. */
enum {
	F_HOST,
	F_LOADS,
	F_STORES = F_LOADS + 2 * COUNT(loads),
	F_FILL = F_STORES + 2 * COUNT(stores),
	F_COPY,
	F_INIT,
	F_GROW,
	F_SIZE,
	F_SWING,
	F_PAIR,
	F_COUNT,
};

/* Types, by number: loads and stores of each value type, then the others. */
static const uint8_t values[] = {I32, I64, OCRE_F32, F64, OCRE_V128};
enum {
	T_LOAD = 0,
	T_STORE = 5,
	T_III = 10, /* [i32 i32 i32] -> [] */
	T_I_I,	    /* [i32] -> [i32] */
	T_HOST,	    /* [i32 i32] -> [i32] */
	T_TOTAL,
};

#define OFFSET	    300u
#define DATA_OFFSET 700u
static const uint8_t data[] = "the data segment";

static uint8_t type_number(uint8_t type)
{
	uint8_t n = 0;

	while (values[n] != type) {
		n++;
	}
	return n;
}

static void put(uint8_t *to, size_t *size, const uint8_t *bytes, size_t count)
{
	memcpy(to + *size, bytes, count);
	*size += count;
}

static void put_types(struct assembly *a)
{
	uint8_t types[256];
	size_t size = 0;
	/* Without vectors the place of their type is taken by another one. */
	const uint8_t last = OCRE_ENGINE_SIMD ? OCRE_V128 : I32;

	put(types, &size, BYTES(T_TOTAL));
	for (uint32_t n = 0; n < COUNT(values); n++) {
		put(types, &size, BYTES(0x60, 1, I32, 1, n < 4 ? values[n] : last));
	}
	for (uint32_t n = 0; n < COUNT(values); n++) {
		put(types, &size, BYTES(0x60, 2, I32, n < 4 ? values[n] : last, 0));
	}
	put(types, &size, BYTES(0x60, 3, I32, I32, I32, 0));
	put(types, &size, BYTES(0x60, 1, I32, 1, I32));
	put(types, &size, BYTES(0x60, 2, I32, I32, 1, I32));
	assemble_section(a, SECTION_TYPE, types, size);
}

static void body_of_access(struct assembly *a, const struct access *access, bool store, bool far)
{
	uint8_t body[16];
	size_t size = 0;

	put(body, &size, BYTES(NO_LOCALS, LOCAL_GET, 0));
	if (store) {
		put(body, &size, BYTES(LOCAL_GET, 1));
	}
	if (access->bytes == 16) {
		put(body, &size, BYTES(0xfd));
	}
	put(body, &size, BYTES(access->code, 0));
	if (far) {
		put(body, &size, BYTES(0x80 | (OFFSET & 0x7f), OFFSET >> 7));
	} else {
		put(body, &size, BYTES(0));
	}
	assemble_body(a, body, size);
}

static void make_guest(struct assembly *a, uint8_t pages, uint8_t most)
{
	uint8_t functions[F_COUNT];
	size_t size = 0;

	assemble_begin(a);
	put_types(a);
	assemble_section(a, SECTION_IMPORT, BYTES(1, 1, 'h', 1, 'h', 0, T_HOST));
	put(functions, &size, BYTES(F_COUNT - 1));
	for (uint32_t n = 0; n < 2 * LOADS; n++) {
		put(functions, &size, BYTES((uint8_t)(T_LOAD + type_number(loads[n / 2].type))));
	}
	for (uint32_t n = 0; n < 2 * STORES; n++) {
		put(functions, &size, BYTES((uint8_t)(T_STORE + type_number(stores[n / 2].type))));
	}
	put(functions, &size, BYTES(T_III, T_III, T_III, T_I_I, T_I_I, T_III, T_HOST));
	assemble_section(a, SECTION_FUNCTION, functions, size);
	assemble_section(a, SECTION_MEMORY, BYTES(1, 1, pages, most));
	assemble_section(a, 12, BYTES(1)); /* one data segment */
	for (uint32_t n = 0; n < 2 * LOADS; n++) {
		body_of_access(a, &loads[n / 2], false, n % 2 != 0);
	}
	for (uint32_t n = 0; n < 2 * STORES; n++) {
		body_of_access(a, &stores[n / 2], true, n % 2 != 0);
	}
	/* clang-format off */
#define THREE LOCAL_GET, 0, LOCAL_GET, 1, LOCAL_GET, 2
	assemble_body(a, BYTES(NO_LOCALS, THREE, 0xfc, 11, 0));
	assemble_body(a, BYTES(NO_LOCALS, THREE, 0xfc, 10, 0, 0));
	assemble_body(a, BYTES(NO_LOCALS, THREE, 0xfc, 8, 0, 0));
	assemble_body(a, BYTES(NO_LOCALS, LOCAL_GET, 0, 0x40, 0));
	assemble_body(a, BYTES(NO_LOCALS, 0x3f, 0));
	/* Add one to the byte at a and one to that at b, c times. */
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOOP, NOTHING,
				LOCAL_GET, 0, LOCAL_GET, 0, 0x2d, 0, 0, I32_CONST, 1, I32_ADD, 0x3a, 0, 0,
				LOCAL_GET, 1, LOCAL_GET, 1, 0x2d, 0, 0, I32_CONST, 1, I32_ADD, 0x3a, 0, 0,
				LOCAL_GET, 2, I32_CONST, 1, I32_SUB, LOCAL_TEE, 2, BR_IF, 0,
			END));
	/* Store 7 at a, call the host with a and b, return what is then at a plus what it says. */
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOCAL_GET, 0, I32_CONST, 7, 0x36, 0, 0,
			LOCAL_GET, 0, LOCAL_GET, 1, CALL, F_HOST,
			LOCAL_GET, 0, 0x28, 0, 0, I32_ADD));
	/* clang-format on */
	assemble_end(a);
	a->bytes[a->size++] = 11;
	a->bytes[a->size++] = 2 + 3 + 2 + sizeof(data);
	a->bytes[a->size++] = 1;
	a->bytes[a->size++] = 0;
	a->bytes[a->size++] = I32_CONST;
	a->bytes[a->size++] = 0x80 | (DATA_OFFSET & 0x7f);
	a->bytes[a->size++] = DATA_OFFSET >> 7;
	a->bytes[a->size++] = END;
	a->bytes[a->size++] = sizeof(data);
	memcpy(a->bytes + a->size, data, sizeof(data));
	a->size += sizeof(data);
}

/* ---- running it ---- */

struct heap {
	uint32_t fail_every; /* 0: never */
	uint32_t calls;
};

static void *heap_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct heap *h = ctx;

	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (new_size > old_size && h->fail_every != 0 && ++h->calls % h->fail_every == 0) {
		return NULL;
	}
	return realloc(ptr, new_size);
}

static void *reserve(void *ctx, size_t max)
{
	(void)ctx;
	return calloc(1, max);
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	(void)ctx;
	(void)base;
	return from <= to;
}

static void release(void *ctx, void *base, size_t max)
{
	(void)ctx;
	(void)max;
	free(base);
}

static const struct ocre_memory_ops block_ops = {reserve, commit, release, NULL};

struct guest {
	struct heap heap;
	struct ocre_mem mem;
	struct assembly code;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	uint64_t used; /* of the budget */
};

/* Two ranges at a time is what the contract does not promise; one after the other it does. */
static int host(struct ocre_call *call)
{
	uint8_t *a = ocre_call_memory(call, ocre_arg_u32(call, 0), 4);

	if (a == NULL || a[0] != 7) {
		call->ret[0] = 1000;
		return OCRE_HOST_DONE;
	}
	a[0] = 8;
	a = ocre_call_memory(call, ocre_arg_u32(call, 1), 2 * PAGE);
	call->ret[0] = a == NULL ? 100 : a[2 * PAGE - 1];
	if (a != NULL) {
		a[2 * PAGE - 1] = 9;
	}
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func host_funcs[] = {{"h", "ii:i", host}};
static const struct ocre_host_module host_module = {"h", host_funcs, 1};

static int create(struct guest *g, const struct ocre_memory_ops *ops, uint8_t pages, uint8_t most)
{
	const struct ocre_host_import import = {&host_module, NULL};
	const struct ocre_store_options store = {.memory_ops = ops};
	const struct ocre_instance_options options = {
		.hosts = &import, .host_count = 1, .stack_size = 1024};
	struct ocre_diag diag = {0};
	int status;

	memset(g, 0, sizeof(*g));
	ocre_mem_init(&g->mem, heap_resize, &g->heap, SIZE_MAX);
	make_guest(&g->code, pages, most);
	status = ocre_module_load(&g->mem, (struct ocre_bytes){g->code.bytes, g->code.size}, NULL,
				  &g->module, &diag);
	assert_string_equal(diag.text, "");
	assert_int_equal(status, OCRE_OK);
	assert_int_equal(ocre_module_prepare_all(g->module, &diag), OCRE_OK);
	assert_int_equal(ocre_store_create(&g->mem, &store, &g->store), OCRE_OK);
	return ocre_instance_create(g->store, g->module, &options, &g->instance, &diag);
}

static void destroy(struct guest *g)
{
	ocre_store_destroy(g->store);
	ocre_module_unload(g->module);
	assert_int_equal(g->mem.used, 0);
}

static enum ocre_trap call(struct guest *g, uint32_t func, const union ocre_value *args,
			   union ocre_value *result)
{
	uint64_t budget = 1u << 30;
	enum ocre_run run;

	assert_int_equal(ocre_instance_call(g->instance, func, args), OCRE_OK);
	run = ocre_instance_run(g->instance, &budget);
	g->used = (1u << 30) - budget;
	memset(result, 0, sizeof(*result));
	if (run == OCRE_RUN_TRAP) {
		return ocre_instance_trap(g->instance)->kind;
	}
	assert_int_equal(run, OCRE_RUN_DONE);
	ocre_instance_results(g->instance, result, 1);
	return OCRE_TRAP_NONE;
}

static enum ocre_trap call3(struct guest *g, uint32_t func, uint32_t a, uint32_t b, uint32_t c)
{
	union ocre_value args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}};
	union ocre_value result;

	return call(g, func, args, &result);
}

static size_t committed(const struct guest *g)
{
	return ocre_instance_memory_committed(g->instance);
}

/* ---- both kinds of memory, side by side ---- */

struct pair {
	struct guest extents;
	struct guest block;
};

static void create_pair(struct pair *p, uint8_t pages, uint8_t most)
{
	assert_int_equal(create(&p->extents, NULL, pages, most), OCRE_OK);
	assert_int_equal(create(&p->block, &block_ops, pages, most), OCRE_OK);
}

static void destroy_pair(struct pair *p)
{
	destroy(&p->extents);
	destroy(&p->block);
}

static enum ocre_trap both(struct pair *p, uint32_t func, const union ocre_value *args)
{
	union ocre_value a;
	union ocre_value b;
	enum ocre_trap trap = call(&p->extents, func, args, &a);

	assert_int_equal(trap, call(&p->block, func, args, &b));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(p->extents.used, p->block.used);
	return trap;
}

static enum ocre_trap both3(struct pair *p, uint32_t func, uint32_t a, uint32_t b, uint32_t c)
{
	const union ocre_value args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}};

	return both(p, func, args);
}

static void same_bytes(struct pair *p)
{
	uint64_t size = ocre_instance_memory_size(p->extents.instance);

	assert_int_equal(size, ocre_instance_memory_size(p->block.instance));
	for (uint32_t at = 0; at < size; at += PAGE / 4) {
		assert_memory_equal(ocre_instance_memory(p->extents.instance, at, PAGE / 4),
				    ocre_instance_memory(p->block.instance, at, PAGE / 4),
				    PAGE / 4);
	}
}

/* ---- the tests ---- */

static void nothing_touched_costs_nothing(void **state)
{
	struct guest g;

	(void)state;
	assert_int_equal(create(&g, NULL, 2, 100), OCRE_OK);
	assert_int_equal(ocre_instance_memory_size(g.instance), 2 * PAGE);
	/* The data segment, and no more. */
	assert_int_equal(committed(&g), GRANULE);
	assert_memory_equal(ocre_instance_memory(g.instance, DATA_OFFSET, sizeof(data)), data,
			    sizeof(data));
	assert_int_equal(call3(&g, F_GROW, 98, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(ocre_instance_memory_size(g.instance), 100 * PAGE);
	assert_int_equal(committed(&g), GRANULE);
	assert_int_equal(call3(&g, F_FILL, 0x8000, 0, 0x100000), OCRE_TRAP_NONE);
	assert_int_equal(committed(&g), GRANULE);
	assert_int_equal(call3(&g, F_LOADS, 100 * PAGE - 4, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(committed(&g), 2 * GRANULE);
	assert_int_equal(call3(&g, F_FILL, 0x80000, 1, 0x3000), OCRE_TRAP_NONE);
	assert_int_equal(committed(&g), 2 * GRANULE + 0x3000);
	destroy(&g);
}

/* Every access around every border, in every order, starting from untouched memory. */
static void borders(void **state)
{
	static const uint32_t places[] = {0,	GRANULE,  DATA_OFFSET, 768,	    20 * GRANULE,
					  PAGE, 2 * PAGE, 3 * PAGE,    0x80000000u, 0u - OFFSET,
					  0};
	struct pair p;

	(void)state;
	for (uint32_t around = 0; around < COUNT(places); around++) {
		create_pair(&p, 2, 3);
		for (uint32_t d = 0; d < 48; d++) {
			/* From the outside in: 0, 47, 1, 46 ... */
			uint32_t step = d % 2 == 0 ? d / 2 : 47 - d / 2;
			uint32_t at = places[around] + step - 24;
			union ocre_value args[2] = {
				{.i32 = at},
				{.v128 = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}}};

			for (uint32_t n = 0; n < 2 * STORES; n++) {
				args[1].v128[0] = (uint8_t)(n + d);
				both(&p, F_STORES + n, args);
			}
			for (uint32_t n = 0; n < 2 * LOADS; n++) {
				both(&p, F_LOADS + n, args);
			}
		}
		if (around == 6) {
			both3(&p, F_GROW, 1, 0, 0);
		}
		same_bytes(&p);
		destroy_pair(&p);
	}
}

static void ends_of_memory(void **state)
{
	struct pair p;

	(void)state;
	create_pair(&p, 2, 3);
	for (uint32_t n = 0; n < 2 * STORES; n++) {
		uint32_t bytes = stores[n / 2].bytes;
		uint32_t last = 2 * PAGE - bytes - (n % 2 != 0 ? OFFSET : 0);
		union ocre_value args[2] = {{.i32 = last}, {.i64 = 0x1234567812345678}};

		assert_int_equal(both(&p, F_STORES + n, args), OCRE_TRAP_NONE);
		args[0].i32 = last + 1;
		assert_int_equal(both(&p, F_STORES + n, args), OCRE_TRAP_MEMORY);
		args[0].i32 = 0u - 1;
		assert_int_equal(both(&p, F_STORES + n, args), OCRE_TRAP_MEMORY);
		args[0].i32 = 0u - bytes;
		assert_int_equal(both(&p, F_STORES + n, args), OCRE_TRAP_MEMORY);
		/* With the offset this comes out at 0. */
		args[0].i32 = 0u - OFFSET;
		assert_int_equal(both(&p, F_STORES + n, args), OCRE_TRAP_MEMORY);
	}
	assert_int_equal(both3(&p, F_LOADS, 2 * PAGE, 0, 0), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_GROW, 1, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_LOADS, 2 * PAGE - 2, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_LOADS, 3 * PAGE - 4, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_GROW, 1, 0, 0), OCRE_TRAP_NONE); /* refused: -1 */
	assert_int_equal(both3(&p, F_LOADS, 3 * PAGE, 0, 0), OCRE_TRAP_MEMORY);
	same_bytes(&p);
	destroy_pair(&p);
}

static void bulk_operations(void **state)
{
	struct pair p;

	(void)state;
	create_pair(&p, 4, 4);
	both3(&p, F_FILL, 1000, 0x55, 3000);
	both3(&p, F_FILL, 100000, 0x66, 10);
	both3(&p, F_FILL, 900, 0, 500); /* partly touched */
	both3(&p, F_COPY, 99999, 1200, 70000);
	both3(&p, F_COPY, 1300, 1200, 150000); /* overlapping, both ways */
	both3(&p, F_COPY, 1200, 1300, 150000);
	both3(&p, F_COPY, 200000, 240000, 20000); /* nothing to nothing */
	both3(&p, F_FILL, 0, 1, 0);
	both3(&p, F_FILL, 4 * PAGE, 1, 0);
	assert_int_equal(both3(&p, F_FILL, 4 * PAGE, 1, 1), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_FILL, 4 * PAGE + 1, 0, 0), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_FILL, 4 * PAGE - 1, 0, 2), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_COPY, 0, 4 * PAGE - 1, 2), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_COPY, 0xffffffff, 0, 2), OCRE_TRAP_MEMORY);
	assert_int_equal(both3(&p, F_INIT, 0, 0, 1), OCRE_TRAP_MEMORY); /* active: dropped */
	assert_int_equal(both3(&p, F_INIT, 4 * PAGE, 0, 0), OCRE_TRAP_NONE);
	same_bytes(&p);
	destroy_pair(&p);
}

static void views_of_the_host(void **state)
{
	struct pair p;
	uint8_t *bytes;

	(void)state;
	create_pair(&p, 4, 4);
	/* The first range is an extent of its own, then a part of the second. */
	assert_int_equal(both3(&p, F_PAIR, PAGE + 1, 5, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_PAIR, 3 * PAGE, 5, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_PAIR, 17, 2 * PAGE, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_PAIR, 17, 2 * PAGE + 1, 0), OCRE_TRAP_NONE);
	assert_int_equal(both3(&p, F_PAIR, 4 * PAGE - 3, 0, 0), OCRE_TRAP_MEMORY);
	same_bytes(&p);
	assert_null(ocre_instance_memory(p.extents.instance, 4 * PAGE, 1));
	assert_null(ocre_instance_memory(p.extents.instance, 4 * PAGE + 1, 0));
	assert_null(ocre_instance_memory(p.extents.instance, 8, 0xffffffff));
	assert_non_null(ocre_instance_memory(p.extents.instance, 4 * PAGE, 0));
	bytes = ocre_instance_memory(p.extents.instance, 0, 4 * PAGE);
	assert_non_null(bytes);
	assert_int_equal(committed(&p.extents), 4 * PAGE);
	bytes[4 * PAGE - 1] = 3;
	bytes = ocre_instance_memory(p.block.instance, 0, 4 * PAGE);
	bytes[4 * PAGE - 1] = 3;
	both3(&p, F_LOADS, 4 * PAGE - 4, 0, 0);
	same_bytes(&p);
	destroy_pair(&p);
}

static uint32_t random_below(uint32_t *seed, uint32_t limit)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(*seed >> 4) * limit >> 28);
}

/* Places are near a few others, so that they meet. */
static uint32_t random_place(uint32_t *seed)
{
	uint32_t home = random_below(seed, 12) * 0x5800;

	return home + random_below(seed, 4) * GRANULE + random_below(seed, 40) - 20;
}

static void random_one(struct pair *p, uint32_t *seed)
{
	union ocre_value args[3];
	uint32_t length = random_below(seed, 20) == 0 ? 30000 : 700;
	uint32_t kind = random_below(seed, 100);

	memset(args, 0, sizeof(args));
	args[0].i32 = random_place(seed);
	if (kind < 50) {
		for (uint32_t n = 0; n < 16; n++) {
			args[1].v128[n] = (uint8_t)random_below(seed, 256);
		}
		both(p, F_STORES + random_below(seed, 2 * STORES), args);
	} else if (kind < 90) {
		both(p, F_LOADS + random_below(seed, 2 * LOADS), args);
	} else if (kind < 94) {
		both3(p, F_FILL, args[0].i32, random_below(seed, 3), random_below(seed, length));
	} else if (kind < 98) {
		both3(p, F_COPY, args[0].i32, random_place(seed), random_below(seed, length));
	} else if (kind < 99) {
		both3(p, F_SWING, args[0].i32, random_place(seed), 1 + random_below(seed, 9000));
	} else {
		both3(p, F_GROW, 1, 0, 0);
	}
}

static void random_accesses(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed < 40; seed++) {
		uint32_t s = seed;
		struct pair p;

		create_pair(&p, 2, 5);
		if (seed % 4 == 0) {
			/* Room for all of it while it is moved, but little for gaps. */
			p.extents.mem.limit = p.extents.mem.used + 10 * PAGE;
		}
		for (uint32_t n = 0; n < 1500; n++) {
			random_one(&p, &s);
		}
		p.extents.mem.limit = SIZE_MAX;
		same_bytes(&p);
		destroy_pair(&p);
	}
}

/* Allocations fail now and then: the guest traps, and nothing else changes. */
static void without_memory(void **state)
{
	uint32_t refused = 0;

	(void)state;
	for (uint32_t seed = 1; seed < 20; seed++) {
		uint32_t s = seed;
		struct pair p;

		create_pair(&p, 5, 5);
		for (uint32_t n = 0; n < 500; n++) {
			union ocre_value args[2] = {{.i32 = random_place(&s)}, {.i64 = s}};
			union ocre_value a;
			union ocre_value b;
			bool store = random_below(&s, 2) == 0;
			uint32_t func = store ? F_STORES + random_below(&s, 2 * STORES)
					      : F_LOADS + random_below(&s, 2 * LOADS);
			enum ocre_trap trap;

			p.extents.heap.fail_every = 1 + n % 3;
			trap = call(&p.extents, func, args, &a);
			p.extents.heap.fail_every = 0;
			if (trap == OCRE_TRAP_NOMEM) {
				refused++;
				trap = call(&p.extents, func, args, &a);
			}
			assert_int_equal(trap, call(&p.block, func, args, &b));
			assert_memory_equal(&a, &b, sizeof(a));
		}
		same_bytes(&p);
		destroy_pair(&p);
	}
	assert_true(refused > 100);
}

static void the_limit(void **state)
{
	const struct ocre_trap_info *trap;
	struct guest g;

	(void)state;
	assert_int_equal(create(&g, NULL, 3, 8), OCRE_OK);
	/* Growing holds nothing, but by more than there is it is refused. */
	g.mem.limit = g.mem.used + PAGE;
	assert_int_equal(call3(&g, F_GROW, 1, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(call3(&g, F_GROW, 2, 0, 0), OCRE_TRAP_NONE);
	assert_int_equal(ocre_instance_memory_size(g.instance), 4 * PAGE);
	g.mem.limit = g.mem.used + 5000;
	assert_int_equal(call3(&g, F_STORES, PAGE, 77, 0), OCRE_TRAP_NONE);
	assert_int_equal(call3(&g, F_FILL, 2 * PAGE, 1, 6000), OCRE_TRAP_NOMEM);
	assert_int_equal(call3(&g, F_COPY, 0, PAGE, 6000), OCRE_TRAP_NOMEM);
	/* A host function that is refused a range for lack of memory ends the guest, too. */
	assert_int_equal(call3(&g, F_PAIR, PAGE, 0, 0), OCRE_TRAP_NOMEM);
	trap = ocre_instance_trap(g.instance);
	assert_int_equal(trap->host_name.size, 1);
	for (uint32_t at = 0; at < 3 * PAGE; at += 1024) {
		if (call3(&g, F_STORES, at, at, 0) == OCRE_TRAP_NOMEM) {
			assert_true(at > 1024);
			break;
		}
		assert_true(at < PAGE);
	}
	assert_true(g.mem.used <= g.mem.limit);
	/* What it has can be used as before. */
	assert_int_equal(call3(&g, F_STORES, PAGE, 78, 0), OCRE_TRAP_NONE);
	g.mem.limit = SIZE_MAX;
	assert_int_equal(call3(&g, F_FILL, 2 * PAGE, 1, 6000), OCRE_TRAP_NONE);
	destroy(&g);
}

/* A loop that goes to and fro between two extents makes them one, if memory allows. */
static void to_and_fro(void **state)
{
	struct guest g;

	(void)state;
	assert_int_equal(create(&g, NULL, 4, 4), OCRE_OK);
	call3(&g, F_SWING, 0, 3 * PAGE, 1000);
	assert_true(committed(&g) < 2048);
	call3(&g, F_SWING, 0, 3 * PAGE, 100000);
	assert_int_equal(committed(&g), 3 * PAGE + GRANULE);
	destroy(&g);

	assert_int_equal(create(&g, NULL, 4, 4), OCRE_OK);
	g.mem.limit = g.mem.used + 5 * PAGE; /* less than twice the gap */
	call3(&g, F_SWING, 0, 3 * PAGE, 100000);
	assert_true(committed(&g) < 2048);
	assert_int_equal(*(uint8_t *)ocre_instance_memory(g.instance, 3 * PAGE, 1), 100000 % 256);
	destroy(&g);
}

/* Nor does speed take the memory of others: what all have together is looked at too. */
static void to_and_fro_beside_others(void **state)
{
	struct ocre_mem all;
	struct guest g;

	(void)state;
	ocre_mem_init(&all, heap_resize, NULL, 5 * PAGE);
	assert_int_equal(create(&g, NULL, 4, 4), OCRE_OK);
	g.mem.parent = &all;
	assert_true(ocre_mem_charge(&all, g.mem.used));
	all.limit += g.mem.used;
	call3(&g, F_SWING, 0, 3 * PAGE, 100000);
	assert_true(committed(&g) < 2048);
	all.limit += 2 * PAGE;
	call3(&g, F_SWING, 0, 3 * PAGE, 100000);
	assert_int_equal(committed(&g), 3 * PAGE + GRANULE);
	destroy(&g);
	assert_int_equal(all.used, 0);
}

/* Places all over memory: few extents stay, and no byte is lost. */
static void many_places(void **state)
{
	struct pair p;

	(void)state;
	create_pair(&p, 5, 5);
	for (uint32_t n = 0; n < 3000; n++) {
		uint32_t at = n * 40503u % (5 * PAGE - 4);

		assert_int_equal(both3(&p, F_STORES, at, n, 0), OCRE_TRAP_NONE);
	}
	same_bytes(&p);
	destroy_pair(&p);
}

/* ---- the program that everybody writes first ---- */

static char printed[200];

static int wasi_fd_write(struct ocre_call *call)
{
	uint32_t list = ocre_arg_u32(call, 1);
	uint32_t written = 0;

	for (uint32_t n = 0; n < ocre_arg_u32(call, 2); n++) {
		const uint8_t *entry = ocre_call_memory(call, list + 8 * n, 8);
		uint32_t at = ocre_get_u32(entry);
		uint32_t size = ocre_get_u32(entry + 4);

		assert_true(strlen(printed) + size < sizeof(printed));
		strncat(printed, ocre_call_memory(call, at, size), size);
		written += size;
	}
	ocre_put_u32(ocre_call_memory(call, ocre_arg_u32(call, 3), 4), written);
	return OCRE_HOST_DONE;
}

static int wasi_sizes(struct ocre_call *call)
{
	ocre_put_u32(ocre_call_memory(call, ocre_arg_u32(call, 0), 4), 1);
	ocre_put_u32(ocre_call_memory(call, ocre_arg_u32(call, 1), 4), 6);
	return OCRE_HOST_DONE;
}

static int wasi_args(struct ocre_call *call)
{
	ocre_put_u32(ocre_call_memory(call, ocre_arg_u32(call, 0), 4), ocre_arg_u32(call, 1));
	memcpy(ocre_call_memory(call, ocre_arg_u32(call, 1), 6), "hello", 6);
	return OCRE_HOST_DONE;
}

/* Descriptor 1 is a terminal, as its type and its rights say. */
static int wasi_fdstat(struct ocre_call *call)
{
	uint8_t *at = ocre_call_memory(call, ocre_arg_u32(call, 1), 24);

	memset(at, 0, 24);
	at[0] = 2;
	at[8] = 0x40;
	return OCRE_HOST_DONE;
}

static int wasi_nothing(struct ocre_call *call)
{
	(void)call;
	return OCRE_HOST_DONE;
}

static int wasi_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

static const struct ocre_host_func wasi_funcs[] = {
	{"fd_write", "iiii:i", wasi_fd_write}, {"args_sizes_get", "ii:i", wasi_sizes},
	{"args_get", "ii:i", wasi_args},       {"fd_fdstat_get", "ii:i", wasi_fdstat},
	{"fd_close", "i:i", wasi_nothing},     {"fd_seek", "iIii:i", wasi_nothing},
	{"proc_exit", "i:", wasi_exit},
};
static const struct ocre_host_module wasi_module = {"wasi_snapshot_preview1", wasi_funcs,
						    COUNT(wasi_funcs)};

/* The module that the first of some compilers makes, or NULL. */
static uint8_t *compile_hello(size_t *size)
{
	static const char *const compilers[] = {"clang-19", "clang-14", "clang"};
	char path[] = "/tmp/ocre-extents-XXXXXX";
	int fd = mkstemp(path);
	uint8_t *bytes = NULL;
	char command[500];
	long length;
	FILE *f = NULL;

	assert_true(fd >= 0);
	close(fd);
	for (uint32_t n = 0; n < COUNT(compilers) && f == NULL; n++) {
		snprintf(command, sizeof(command),
			 "%s --target=wasm32-wasi -O2 -o %s '%s' 2>/dev/null", compilers[n], path,
			 HELLO_SOURCE);
		if (system(command) == 0) {
			f = fopen(path, "rb");
		}
	}
	unlink(path);
	if (f == NULL) {
		return NULL;
	}
	fseek(f, 0, SEEK_END);
	length = ftell(f);
	rewind(f);
	bytes = malloc((size_t)length);
	*size = fread(bytes, 1, (size_t)length, f);
	fclose(f);
	assert_int_equal(*size, length);
	return bytes;
}

static void hello(void **state)
{
	const struct ocre_host_import import = {&wasi_module, NULL};
	const struct ocre_instance_options options = {.hosts = &import, .host_count = 1};
	struct heap heap = {0, 0};
	struct ocre_diag diag = {0};
	struct ocre_instance *instance;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_mem mem;
	struct ocre_bytes bytes;
	uint64_t budget = 1u << 30;
	uint32_t func = 0;

	(void)state;
	bytes.data = compile_hello(&bytes.size);
	if (bytes.data == NULL) {
		print_message("SKIPPED hello: no clang that makes WASI programs (packages clang-19 "
			      "or clang, lld, wasi-libc, libclang-rt-dev-wasm32)\n");
		skip();
	}
	ocre_mem_init(&mem, heap_resize, &heap, SIZE_MAX);
	assert_int_equal(ocre_module_load(&mem, bytes, NULL, &module, &diag), OCRE_OK);
	assert_int_equal(ocre_store_create(&mem, NULL, &store), OCRE_OK);
	assert_int_equal(ocre_instance_create(store, module, &options, &instance, &diag), OCRE_OK);
	assert_int_equal(ocre_instance_find_func(instance, "_start", &func, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(instance, func, NULL), OCRE_OK);
	printed[0] = '\0';
	assert_true(ocre_instance_run(instance, &budget) <= OCRE_RUN_EXIT);
	assert_string_equal(printed, "hello from hello, 1 argument(s)\n");
	print_message("hello: %u bytes of module, %u of memory declared, %u committed\n",
		      (unsigned int)bytes.size, (unsigned int)ocre_instance_memory_size(instance),
		      (unsigned int)ocre_instance_memory_committed(instance));
	assert_true(ocre_instance_memory_size(instance) >= 2 * PAGE);
	assert_true(ocre_instance_memory_committed(instance) <= 12 * 1024);
	ocre_store_destroy(store);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
	free((void *)(uintptr_t)bytes.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_touched_costs_nothing),
		cmocka_unit_test(borders),
		cmocka_unit_test(ends_of_memory),
		cmocka_unit_test(bulk_operations),
		cmocka_unit_test(views_of_the_host),
		cmocka_unit_test(random_accesses),
		cmocka_unit_test(without_memory),
		cmocka_unit_test(the_limit),
		cmocka_unit_test(to_and_fro),
		cmocka_unit_test(to_and_fro_beside_others),
		cmocka_unit_test(many_places),
		cmocka_unit_test(hello),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
