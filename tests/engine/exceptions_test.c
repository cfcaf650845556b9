/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exceptions_test.c - exception handling: what the specification's scripts leave out. Those know
 * the legacy form only; here are try_table, references to exceptions and what becomes of them,
 * deep stacks, and throwing from one instance through another. Each call is made twice, the second
 * time in small slices with prepared code thrown away in between: nothing may differ, the budget
 * neither.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "assemble.h"
#include "support/heap.h"

/* Types of the modules here, by their number. */
enum {
	T_VOID,	   /* [] -> [] */
	T_I_I,	   /* [i32] -> [i32] */
	T_I,	   /* [i32] -> [] */
	T_X,	   /* [exnref] -> [] */
	T_TO_IX,   /* [] -> [i32 exnref] */
	T_TO_XX,   /* [] -> [exnref exnref] */
	T_ILF,	   /* [i32 i64 f64] -> [] */
	T_TO_ILF,  /* [] -> [i32 i64 f64] */
	T_TO_ILFX, /* [] -> [i32 i64 f64 exnref] */
	TYPE_COUNT,
};

/* Tags: of nothing, an i32, an exnref, three numbers. */
enum {
	E_VOID,
	E_I,
	E_X,
	E_ILF,
	TAG_COUNT,
};

/* Functions of the module that most tests use; [i32] -> [i32] but for the first two. */
enum {
	F_THROW,   /* throws E_VOID for 0, E_ILF(3, 4, 5) for 1, else E_I of its argument */
	F_UNLESS0, /* throws E_VOID unless its argument is 0 */
	F_CLAUSES,
	F_VALUES,
	F_AGAIN,
	F_LOOP,
	F_LOOP_RUN,
	F_NULL,
	F_LEGACY,
	F_ROW,
	F_DEEP,
	F_DEEP_TOP,
	F_MANY,
	F_TABLE,
	F_NESTED,
	F_WIDE,
	FUNCTION_COUNT,
};

/* Of a try_table: what kind of clause. */
enum {
	TO_CATCH,
	TO_CATCH_REF,
	TO_CATCH_ALL,
	TO_CATCH_ALL_REF,
};

#define TABLE_ENTRIES 300

/* clang-format off */

static void begin(struct assembly *a)
{
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE,
			 BYTES(TYPE_COUNT, 0x60, 0, 0, 0x60, 1, I32, 1, I32, 0x60, 1, I32, 0, 0x60,
			       1, EXNREF, 0, 0x60, 0, 2, I32, EXNREF, 0x60, 0, 2, EXNREF, EXNREF,
			       0x60, 3, I32, I64, F64, 0, 0x60, 0, 3, I32, I64, F64, 0x60, 0, 4,
			       I32, I64, F64, EXNREF));
}

static void body_of_throw(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOCAL_GET, 0, I32_EQZ, IF, NOTHING,
				THROW, E_VOID,
			END,
			LOCAL_GET, 0, I32_CONST, 1, I32_EQ, IF, NOTHING,
				I32_CONST, 3, I64_CONST, 4, I32_CONST, 5, F64_CONVERT_I32_S,
				THROW, E_ILF,
			END,
			LOCAL_GET, 0, THROW, E_I));
}

static void body_of_unless0(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOCAL_GET, 0, IF, NOTHING,
				THROW, E_VOID,
			END));
}

/* An E_I gives its value, all else 40; plus a local that changed within the try. */
static void body_of_clauses(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, I32,
			I32_CONST, 5, LOCAL_SET, 1,
			BLOCK, NOTHING,
				BLOCK, I32,
					TRY_TABLE, NOTHING, 2, TO_CATCH, E_I, 0, TO_CATCH_ALL, 1,
						I32_CONST, 7, LOCAL_SET, 1,
						LOCAL_GET, 0, CALL, F_THROW, I32_CONST, 9,
						LOCAL_SET, 1,
					END,
					UNREACHABLE,
				END,
				LOCAL_GET, 1, I32_ADD, RETURN,
			END,
			I32_CONST, 40, LOCAL_GET, 1, I32_ADD));
}

/* The sum of the values of an E_ILF. */
static void body_of_values(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			BLOCK, T_TO_ILFX,
				TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_ILF, 0,
					I32_CONST, 1, CALL, F_THROW,
				END,
				UNREACHABLE,
			END,
			DROP,
			I32_TRUNC_F64_S, I64_EXTEND_I32_S, I64_ADD, I32_WRAP_I64, I32_ADD));
}

/* Catch an E_I, make a lot of others, throw it again, and catch it with the function's label. */
static void body_of_again(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, EXNREF,
			BLOCK, T_TO_IX,
				TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_I, 0,
					LOCAL_GET, 0, CALL, F_THROW,
				END,
				UNREACHABLE,
			END,
			LOCAL_SET, 1,
			DROP,
			I32_CONST, 60, CALL, F_MANY, DROP,
			TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 0,
				LOCAL_GET, 1, THROW_REF,
			END,
			UNREACHABLE));
}

/* The label of the clause is a loop that takes the value: as many rounds as asked for. */
static void body_of_loop(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, I32,
			I32_CONST, 0,
			LOOP, T_I_I,
				LOCAL_SET, 1,
				LOCAL_GET, 1, LOCAL_GET, 0, I32_LT_S, IF, NOTHING,
					TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 1,
						LOCAL_GET, 1, I32_CONST, 1, I32_ADD, THROW, E_I,
					END,
				END,
				LOCAL_GET, 1,
			END));
}

/* Likewise; no branch is between the loop and the end of the try_table. */
static void body_of_loop_run(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, I32,
			LOOP, NOTHING,
				TRY_TABLE, NOTHING, 1, TO_CATCH, E_VOID, 0,
					LOCAL_GET, 0, LOCAL_GET, 1, I32_CONST, 1, I32_ADD,
					LOCAL_TEE, 1, I32_SUB, CALL, F_UNLESS0,
				END,
			END,
			LOCAL_GET, 1));
}

static void body_of_null(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			TRY_TABLE, NOTHING, 0,
				REF_NULL, EXNREF, THROW_REF,
			END,
			UNREACHABLE));
}

/* 50 + 3 times the value of an E_I, which is thrown again after another one was caught. */
static void body_of_legacy(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, I32,
			I32_CONST, 50,
			TRY, I32,
				TRY, NOTHING,
					LOCAL_GET, 0, LOCAL_SET, 1,
					LOCAL_GET, 0, CALL, F_THROW,
				CATCH, E_I,
					LOCAL_GET, 1, I32_ADD, LOCAL_SET, 1,
					TRY, NOTHING,
						THROW, E_VOID,
					CATCH_ALL,
					END,
					RETHROW, 0,
				END,
				UNREACHABLE,
			CATCH, E_I,
				LOCAL_GET, 1, I32_ADD,
			CATCH_ALL,
				I32_CONST, 0,
			END,
			I32_ADD));
}

/* The results of clauses, by their end and by a branch, stand in a row with other arguments. */
static void body_of_row(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			BLOCK, T_TO_ILF,
				TRY_TABLE, NOTHING, 1, TO_CATCH, E_ILF, 0,
					I32_CONST, 3,
					TRY, I64,
						LOCAL_GET, 0, CALL, F_THROW,
						UNREACHABLE,
					CATCH, E_I,
						I64_EXTEND_I32_S,
					CATCH, E_VOID,
						I64_CONST, 1, BR, 0,
					END,
					I32_CONST, 5, F64_CONVERT_I32_S,
					THROW, E_ILF,
				END,
				UNREACHABLE,
			END,
			I32_TRUNC_F64_S, I64_EXTEND_I32_S, I64_ADD, I32_WRAP_I64, I32_ADD));
}

/* Throws E_I(44) under as many frames as asked for. */
static void body_of_deep(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOCAL_GET, 0, I32_EQZ, IF, NOTHING,
				I32_CONST, 44, CALL, F_THROW,
			END,
			BLOCK, NOTHING,
				TRY_TABLE, I32, 1, TO_CATCH, E_VOID, 0,
					LOCAL_GET, 0, I32_CONST, 1, I32_SUB, CALL, F_DEEP,
				END,
				RETURN,
			END,
			UNREACHABLE));
}

static void body_of_deep_top(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			TRY_TABLE, I32, 1, TO_CATCH, E_I, 0,
				LOCAL_GET, 0, CALL, F_DEEP,
			END));
}

/* Throws and catches with a reference, as often as asked for. */
static void body_of_many(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, EXNREF,
			LOOP, NOTHING,
				BLOCK, T_TO_IX,
					TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_I, 0,
						LOCAL_GET, 0, THROW, E_I,
					END,
					UNREACHABLE,
				END,
				LOCAL_SET, 1,
				I32_CONST, 1, I32_SUB, LOCAL_TEE, 0, BR_IF, 0,
			END,
			LOCAL_GET, 0));
}

/* Fill the table with exceptions of k + 50, make a lot of others, add up what those in it hold. */
static void body_of_table(struct assembly *a)
{
	assemble_body(a,
		BYTES(2, 2, I32, 1, EXNREF,
			LOOP, NOTHING,
				LOCAL_GET, 1,
				BLOCK, T_TO_IX,
					TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_I, 0,
						LOCAL_GET, 1, I32_CONST, 50, I32_ADD, THROW, E_I,
					END,
					UNREACHABLE,
				END,
				LOCAL_SET, 3,
				DROP,
				LOCAL_GET, 3, TABLE_SET, 0,
				LOCAL_GET, 1, I32_CONST, 1, I32_ADD, LOCAL_TEE, 1,
				I32_CONST, 0xac, 2, I32_LT_S, BR_IF, 0,
			END,
			LOCAL_GET, 0, CALL, F_MANY, LOCAL_SET, 1,
			LOOP, NOTHING,
				BLOCK, I32,
					TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 0,
						LOCAL_GET, 1, TABLE_GET, 0, THROW_REF,
					END,
					UNREACHABLE,
				END,
				LOCAL_GET, 2, I32_ADD, LOCAL_SET, 2,
				LOCAL_GET, 1, I32_CONST, 1, I32_ADD, LOCAL_TEE, 1,
				I32_CONST, 0xac, 2, I32_LT_S, BR_IF, 0,
			END,
			LOCAL_GET, 2));
}

/* An exception within an exception within a global. */
static void body_of_nested(struct assembly *a)
{
	assemble_body(a,
		BYTES(1, 1, EXNREF,
			BLOCK, T_TO_XX,
				TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_X, 0,
					BLOCK, EXNREF,
						TRY_TABLE, NOTHING, 1, TO_CATCH_ALL_REF, 0,
							LOCAL_GET, 0, CALL, F_THROW,
						END,
						UNREACHABLE,
					END,
					THROW, E_X,
				END,
				UNREACHABLE,
			END,
			GLOBAL_SET, 0,
			DROP,
			I32_CONST, 60, CALL, F_MANY, DROP,
			TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 0,
				BLOCK, EXNREF,
					TRY_TABLE, NOTHING, 1, TO_CATCH, E_X, 0,
						GLOBAL_GET, 0, THROW_REF,
					END,
					UNREACHABLE,
				END,
				THROW_REF,
			END,
			UNREACHABLE));
}

/*
 * Clauses whose results are constants of different sizes. Found by structured fuzzing: the last
 * clause wrote them once more, one cell too high.
 */
static void body_of_wide(struct assembly *a)
{
	assemble_body(a,
		BYTES(NO_LOCALS,
			TRY, T_TO_ILF,
				LOCAL_GET, 0, CALL, F_THROW,
				UNREACHABLE,
			CATCH, E_I,
				DROP,
				I32_CONST, 1, I64_CONST, 2, I32_CONST, 3, F64_CONVERT_I32_S,
			CATCH_ALL,
				I32_CONST, 4, I64_CONST, 5, I32_CONST, 6, F64_CONVERT_I32_S,
			END,
			I32_TRUNC_F64_S, LOCAL_SET, 0,
			I32_WRAP_I64, I32_CONST, 10, I32_MUL, LOCAL_GET, 0, I32_ADD, LOCAL_SET, 0,
			I32_CONST, 0xe4, 0, I32_MUL, LOCAL_GET, 0, I32_ADD));
}

static void assemble_all(struct assembly *a)
{
	begin(a);
	assemble_section(a, SECTION_FUNCTION,
			 BYTES(FUNCTION_COUNT, T_I, T_I, T_I_I, T_I_I, T_I_I, T_I_I, T_I_I, T_I_I,
			       T_I_I, T_I_I, T_I_I, T_I_I, T_I_I, T_I_I, T_I_I, T_I_I));
	assemble_section(a, SECTION_TABLE, BYTES(1, EXNREF, 0, 0xac, 2));
	assemble_section(a, SECTION_TAG, BYTES(TAG_COUNT, 0, T_VOID, 0, T_I, 0, T_X, 0, T_ILF));
	assemble_section(a, SECTION_GLOBAL, BYTES(1, EXNREF, 1, REF_NULL, EXNREF, END));
	body_of_throw(a);
	body_of_unless0(a);
	body_of_clauses(a);
	body_of_values(a);
	body_of_again(a);
	body_of_loop(a);
	body_of_loop_run(a);
	body_of_null(a);
	body_of_legacy(a);
	body_of_row(a);
	body_of_deep(a);
	body_of_deep_top(a);
	body_of_many(a);
	body_of_table(a);
	body_of_nested(a);
	body_of_wide(a);
	assemble_end(a);
}

/* clang-format on */

/* ---- running ---- */

struct fixture {
	struct ocre_mem mem;
	struct ocre_store *store;
	struct assembly assemblies[2];
	struct ocre_module *modules[2];
	struct ocre_instance *instances[2];
	uint32_t count;
	uint64_t used; /* budget, by the last call */
};

static void setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	ocre_mem_init(&f->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&f->mem, NULL, &f->store), OCRE_OK);
}

/* An instance of f->assemblies[f->count], which sees the one before as "other". */
static struct ocre_instance *add(struct fixture *f, uint32_t stack_size)
{
	struct ocre_module_options code = {.code_cache = 400};
	struct ocre_instance_import import = {"other", f->instances[0]};
	struct ocre_instance_options options = {.instances = &import,
						.instance_count = f->count,
						.stack_size = stack_size,
						.strict = true};
	struct assembly *a = &f->assemblies[f->count];
	struct ocre_bytes bytes = {a->bytes, a->size};
	struct ocre_diag diag = {0};

	if (ocre_module_load(&f->mem, bytes, &code, &f->modules[f->count], &diag) != OCRE_OK ||
	    ocre_instance_create(f->store, f->modules[f->count], &options, &f->instances[f->count],
				 &diag) != OCRE_OK) {
		fail_msg("%s (offset %u)", diag.text, (unsigned int)diag.offset);
	}
	return f->instances[f->count++];
}

static struct ocre_instance *add_all(struct fixture *f, uint32_t stack_size)
{
	assemble_all(&f->assemblies[f->count]);
	return add(f, stack_size);
}

static void teardown(struct fixture *f)
{
	ocre_store_destroy(f->store);
	for (uint32_t n = 0; n < f->count; n++) {
		ocre_module_unload(f->modules[n]);
	}
	assert_int_equal(f->mem.used, 0);
}

static enum ocre_run run_sliced(struct fixture *f, struct ocre_instance *i, uint32_t func,
				uint32_t arg, uint64_t slice, uint32_t *result)
{
	union ocre_value value = {.i32 = arg};
	enum ocre_run end;

	f->used = 0;
	assert_int_equal(ocre_instance_call(i, func, &value), OCRE_OK);
	do {
		uint64_t left = slice;

		end = ocre_instance_run(i, &left);
		f->used += slice - left;
	} while (end == OCRE_RUN_BUDGET);
	if (end == OCRE_RUN_DONE) {
		ocre_instance_results(i, &value, 1);
		*result = value.i32;
	}
	return end;
}

static uint32_t run(struct fixture *f, struct ocre_instance *i, uint32_t func, uint32_t arg)
{
	uint32_t results[2] = {0, 0};
	uint64_t used = 0;

	for (uint32_t n = 0; n < 2; n++) {
		uint64_t slice = n == 0 ? UINT64_MAX : 3;

		if (run_sliced(f, i, func, arg, slice, &results[n]) != OCRE_RUN_DONE) {
			fail_msg("function %u of %u: %s", (unsigned int)func, (unsigned int)arg,
				 ocre_instance_trap(i)->message);
		}
		used = n == 0 ? f->used : used;
	}
	assert_int_equal(f->used, used);
	assert_int_equal(results[0], results[1]);
	return results[0];
}

static void expect_trap(struct fixture *f, struct ocre_instance *i, uint32_t func, uint32_t arg,
			enum ocre_trap trap)
{
	uint32_t result;

	assert_int_equal(run_sliced(f, i, func, arg, UINT64_MAX, &result), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(i)->kind, trap);
}

/* ---- handlers ---- */

static void handlers(void **state)
{
	static const struct {
		uint32_t func;
		uint32_t arg;
		uint32_t result;
	} calls[] = {
		{F_CLAUSES, 10, 17}, {F_CLAUSES, 0, 47}, {F_CLAUSES, 1, 47}, {F_VALUES, 0, 12},
		{F_AGAIN, 33, 33},   {F_LOOP, 5, 5},	 {F_LOOP, 0, 0},     {F_LOOP_RUN, 6, 6},
		{F_LOOP_RUN, 1, 1},  {F_LEGACY, 4, 62},	 {F_LEGACY, 0, 50},  {F_ROW, 10, 18},
		{F_ROW, 0, 9},	     {F_ROW, 1, 12},	 {F_NESTED, 71, 71}, {F_WIDE, 9, 123},
		{F_WIDE, 0, 456},    {F_WIDE, 1, 456},
	};
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	setup(&f);
	i = add_all(&f, 0);
	for (size_t n = 0; n < sizeof(calls) / sizeof(calls[0]); n++) {
		uint32_t result = run(&f, i, calls[n].func, calls[n].arg);

		if (result != calls[n].result) {
			fail_msg("call %u: %u", (unsigned int)n, (unsigned int)result);
		}
	}
	expect_trap(&f, i, F_NULL, 0, OCRE_TRAP_NULL_REFERENCE);
	expect_trap(&f, i, F_AGAIN, 0, OCRE_TRAP_EXCEPTION);
	teardown(&f);
}

/* What arriving at a handler costs: the instructions of its run, like any other branch there. */
static void handlers_are_paid(void **state)
{
	struct fixture f;
	struct ocre_instance *i;
	uint64_t used[3];

	(void)state;
	setup(&f);
	i = add_all(&f, 0);
	for (uint32_t n = 0; n < 3; n++) {
		run(&f, i, F_LOOP_RUN, n + 2);
		used[n] = f.used;
	}
	/* A round: 8 in the loop's run, 2 and 1 in F_UNLESS0, 1 for each frame unwound. */
	assert_int_equal(used[1] - used[0], 8 + 2 + 1 + 2);
	assert_int_equal(used[2] - used[1], 8 + 2 + 1 + 2);
	teardown(&f);
}

/* ---- the guest stack ---- */

static void deep_stacks_unwind(void **state)
{
	const uint32_t depth = 100000;
	struct ocre_frame_info frame;
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	setup(&f);
	i = add_all(&f, 16u << 20);
	assert_int_equal(run(&f, i, F_DEEP_TOP, depth), 44);
	expect_trap(&f, i, F_DEEP, depth, OCRE_TRAP_EXCEPTION);
	/* The stack is as it was where it was thrown. */
	assert_true(ocre_instance_frame(i, 0, &frame));
	assert_int_equal(frame.func, F_THROW);
	assert_int_equal(f.assemblies[0].bytes[frame.offset], THROW);
	assert_int_equal(f.assemblies[0].bytes[frame.offset + 1], E_I);
	assert_true(ocre_instance_frame(i, 1, &frame));
	assert_int_equal(frame.func, F_DEEP);
	assert_int_equal(f.assemblies[0].bytes[frame.offset], CALL);
	assert_true(ocre_instance_frame(i, depth + 1, &frame));
	assert_int_equal(frame.func, F_DEEP);
	assert_false(ocre_instance_frame(i, depth + 2, &frame));
	/* And it can be called again. */
	assert_int_equal(run(&f, i, F_DEEP_TOP, 3), 44);
	teardown(&f);
}

/* clang-format off */

/* Exports the tag "e", a table "t", "call" of its entry 0, and "count" of what went through. */
static void assemble_other(struct assembly *a)
{
	begin(a);
	assemble_section(a, SECTION_FUNCTION, BYTES(1, T_I));
	assemble_section(a, SECTION_TABLE, BYTES(1, 0x70, 0, 1));
	assemble_section(a, SECTION_TAG, BYTES(2, 0, T_VOID, 0, T_I));
	assemble_section(a, SECTION_GLOBAL, BYTES(1, I32, 1, I32_CONST, 0, END));
	assemble_section(a, SECTION_EXPORT,
		BYTES(4, 1, 'e', 4, 1, 1, 't', 1, 0, 4, 'c', 'a', 'l', 'l', 0, 0,
			5, 'c', 'o', 'u', 'n', 't', 3, 0));
	assemble_body(a,
		BYTES(NO_LOCALS,
			TRY, NOTHING,
				TRY_TABLE, NOTHING, 1, TO_CATCH, 0, 1,
					LOCAL_GET, 0, I32_CONST, 0, CALL_INDIRECT, T_I, 0,
				END,
			CATCH_ALL,
				GLOBAL_GET, 0, I32_CONST, 1, I32_ADD, GLOBAL_SET, 0,
				RETHROW, 0,
			END));
	assemble_end(a);
}

/* Puts its function 1, which throws "e", into "t", and calls "call", which calls that. */
static void assemble_user(struct assembly *a)
{
	begin(a);
	assemble_section(a, SECTION_IMPORT,
		BYTES(3, 5, 'o', 't', 'h', 'e', 'r', 1, 'e', 4, 0, T_I,
			5, 'o', 't', 'h', 'e', 'r', 4, 'c', 'a', 'l', 'l', 0, T_I,
			5, 'o', 't', 'h', 'e', 'r', 1, 't', 1, 0x70, 0, 1));
	assemble_section(a, SECTION_FUNCTION, BYTES(4, T_I, T_I_I, T_I_I, T_I));
	assemble_section(a, SECTION_TAG, BYTES(1, 0, T_I));
	assemble_section(a, SECTION_ELEMENT, BYTES(1, 0, I32_CONST, 0, END, 1, 1));
	assemble_body(a, BYTES(NO_LOCALS, LOCAL_GET, 0, THROW, 0));
	assemble_body(a,
		BYTES(NO_LOCALS,
			TRY_TABLE, NOTHING, 1, TO_CATCH, 0, 0,
				LOCAL_GET, 0, CALL, 0,
			END,
			UNREACHABLE));
	/* Its own tag has the same type, but it is another one. */
	assemble_body(a,
		BYTES(NO_LOCALS,
			BLOCK, NOTHING,
				TRY_TABLE, NOTHING, 2, TO_CATCH, 1, 1, TO_CATCH_ALL, 0,
					LOCAL_GET, 0, CALL, 0,
				END,
			END,
			I32_CONST, 13));
	assemble_body(a, BYTES(NO_LOCALS, LOCAL_GET, 0, CALL, 0));
	assemble_end(a);
}

/* clang-format on */

static void instances_are_crossed(void **state)
{
	struct ocre_frame_info frame;
	struct fixture f;
	struct ocre_instance *other;
	struct ocre_instance *user;
	union ocre_value count;
	uint8_t type;

	(void)state;
	setup(&f);
	assemble_other(&f.assemblies[0]);
	assemble_user(&f.assemblies[1]);
	other = add(&f, 0);
	user = add(&f, 0);
	assert_int_equal(run(&f, user, 2, 42), 42);
	assert_int_equal(run(&f, user, 3, 42), 13);
	assert_int_equal(ocre_instance_global_get(other, "count", &type, &count), OCRE_OK);
	assert_int_equal(count.i32, 4);
	expect_trap(&f, user, 4, 42, OCRE_TRAP_EXCEPTION);
	assert_true(ocre_instance_frame(user, 0, &frame));
	assert_ptr_equal(frame.instance, other);
	assert_int_equal(f.assemblies[0].bytes[frame.offset], RETHROW);
	assert_true(ocre_instance_frame(user, 1, &frame));
	assert_ptr_equal(frame.instance, user);
	assert_int_equal(frame.func, 4);
	assert_int_equal(run(&f, user, 2, 43), 43);
	teardown(&f);
}

/* ---- what becomes of exceptions ---- */

static void unused_ones_are_reclaimed(void **state)
{
	struct fixture f;
	struct ocre_instance *i;
	size_t before;

	(void)state;
	setup(&f);
	i = add_all(&f, 0);
	run(&f, i, F_LOOP, 3);
	before = f.mem.used;
	f.mem.peak = before;
	assert_int_equal(run(&f, i, F_MANY, 300000), 0);
	for (uint32_t n = 0; n < 1000; n++) {
		run(&f, i, F_LEGACY, 4);
	}
	assert_true(f.mem.used - before < 2048);
	/* Besides: what preparing a function takes. */
	assert_true(f.mem.peak - before < 16384);
	teardown(&f);
}

static void used_ones_are_kept(void **state)
{
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	setup(&f);
	i = add_all(&f, 0);
	assert_int_equal(run(&f, i, F_TABLE, 5000),
			 TABLE_ENTRIES * (TABLE_ENTRIES - 1) / 2 + TABLE_ENTRIES * 50);
	assert_int_equal(run(&f, i, F_NESTED, 99), 99);
	teardown(&f);
}

/* One guest stops after every instruction, meanwhile another one fills the table of exceptions. */
static void suspended_guests_keep_theirs(void **state)
{
	struct fixture f;
	struct ocre_instance *guest;
	struct ocre_instance *other;
	union ocre_value value = {.i32 = 57};
	enum ocre_run end;
	uint32_t result;

	(void)state;
	setup(&f);
	guest = add_all(&f, 0);
	other = add_all(&f, 0);
	assert_int_equal(ocre_instance_call(guest, F_AGAIN, &value), OCRE_OK);
	do {
		uint64_t budget = 1;

		end = ocre_instance_run(guest, &budget);
		run_sliced(&f, other, F_MANY, 40, UINT64_MAX, &result);
	} while (end == OCRE_RUN_BUDGET);
	assert_int_equal(end, OCRE_RUN_DONE);
	ocre_instance_results(guest, &value, 1);
	assert_int_equal(value.i32, 57);
	teardown(&f);
}

static void no_memory_is_a_trap(void **state)
{
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	setup(&f);
	i = add_all(&f, 0);
	assert_int_equal(ocre_module_prepare_all(f.modules[0], NULL), OCRE_OK);
	f.mem.limit = f.mem.used;
	expect_trap(&f, i, F_MANY, 1, OCRE_TRAP_NOMEM);
	f.mem.limit = SIZE_MAX;
	assert_int_equal(run(&f, i, F_MANY, 1), 0);
	teardown(&f);
}

/* ---- what is refused ---- */

/* clang-format off */
static const struct {
	const char *text;
	uint8_t body[20];
	size_t size;
} refused[] = {
#define REFUSED(text, ...) {text, {NO_LOCALS, __VA_ARGS__}, sizeof((uint8_t[]){0, __VA_ARGS__})}
	REFUSED("type mismatch", TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 0, END),
	REFUSED("type mismatch", BLOCK, I64, TRY_TABLE, NOTHING, 1, TO_CATCH, E_I, 0, END,
		UNREACHABLE, END, DROP),
	REFUSED("type mismatch", BLOCK, I32, TRY_TABLE, NOTHING, 1, TO_CATCH_REF, E_I, 0, END,
		UNREACHABLE, END, DROP),
	REFUSED("type mismatch", BLOCK, EXNREF, TRY_TABLE, NOTHING, 1, TO_CATCH_ALL, 0, END,
		UNREACHABLE, END, DROP),
	REFUSED("type mismatch", TRY_TABLE, NOTHING, 1, TO_CATCH_ALL_REF, 0, END),
	REFUSED("type mismatch", TRY_TABLE, NOTHING, 0, I32_CONST, 0, END),
	REFUSED("type mismatch", I32_CONST, 0, THROW_REF),
	REFUSED("type mismatch", REF_NULL, EXNREF, THROW, E_I),
	REFUSED("type mismatch", TRY, NOTHING, CATCH_ALL, DROP, END),
	REFUSED("type mismatch", TRY, NOTHING, CATCH, E_I, END),
	REFUSED("type mismatch", I32_CONST, 0, TRY, NOTHING, CATCH_ALL, DROP, END, DROP),
	REFUSED("unknown tag 9", TRY_TABLE, NOTHING, 1, TO_CATCH, 9, 0, END),
	REFUSED("unknown tag 16777216", TRY_TABLE, NOTHING, 1, TO_CATCH, 0x80, 0x80, 0x80, 8, 0,
		END),
	REFUSED("unknown tag 9", THROW, 9),
	REFUSED("unknown tag 16777216", TRY, NOTHING, CATCH, 0x80, 0x80, 0x80, 8, END),
	/* The label counts from outside of the try_table: 0 is the function. */
	REFUSED("unknown label", TRY_TABLE, NOTHING, 1, TO_CATCH_ALL, 1, END),
	REFUSED("unknown label", TRY, NOTHING, DELEGATE, 1),
	REFUSED("malformed catch clause", TRY_TABLE, NOTHING, 1, 4, 0, END),
	REFUSED("invalid rethrow label", RETHROW, 0),
	REFUSED("invalid rethrow label", TRY, NOTHING, RETHROW, 0, CATCH_ALL, END),
	REFUSED("END opcode expected", CATCH_ALL),
	REFUSED("END opcode expected", TRY, NOTHING, CATCH_ALL, CATCH, E_VOID, END),
	REFUSED("END opcode expected", TRY, NOTHING, CATCH_ALL, DELEGATE, 0),
	REFUSED("END opcode expected", TRY_TABLE, NOTHING, 0, CATCH_ALL, END),
	/* References that are not null, and funcref in full, are of another proposal. */
	REFUSED("malformed block type", BLOCK, NOT_NULL, EXNREF, UNREACHABLE, END, DROP),
	REFUSED("malformed block type", BLOCK, NULLABLE, FUNCREF, UNREACHABLE, END, DROP),
	REFUSED("malformed value type", UNREACHABLE, SELECT_T, 1, NOT_NULL, EXNREF, DROP),
	REFUSED("malformed reference type", REF_NULL, NULLABLE, EXNREF, DROP),
};
/* clang-format on */

static void refusals(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof(refused) / sizeof(refused[0]); n++) {
		struct assembly a;
		struct ocre_mem mem;
		struct ocre_diag diag = {0};
		struct ocre_module *module = NULL;
		struct ocre_bytes bytes;
		int status;

		ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
		begin(&a);
		assemble_section(&a, SECTION_FUNCTION, BYTES(1, T_VOID));
		assemble_section(&a, SECTION_TAG,
				 BYTES(TAG_COUNT, 0, T_VOID, 0, T_I, 0, T_X, 0, T_ILF));
		assemble_body(&a, refused[n].body, refused[n].size);
		assemble_end(&a);
		bytes = (struct ocre_bytes){a.bytes, a.size};
		status = ocre_module_load(&mem, bytes, NULL, &module, &diag);
		if (status == OCRE_OK ||
		    strncmp(diag.text, refused[n].text, strlen(refused[n].text)) != 0) {
			fail_msg("body %u: \"%s\", expected \"%s\"", (unsigned int)n, diag.text,
				 refused[n].text);
		}
		assert_int_equal(mem.used, 0);
	}
}

/* clang-format off */

/* Exports a table "t" and a global "g" of exnref, and "f", which gives what it gets. */
static void assemble_short(struct assembly *a)
{
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE, BYTES(1, 0x60, 1, EXNREF, 1, EXNREF));
	assemble_section(a, SECTION_FUNCTION, BYTES(1, 0));
	assemble_section(a, SECTION_TABLE, BYTES(1, EXNREF, 0, 1));
	assemble_section(a, SECTION_GLOBAL, BYTES(1, EXNREF, 0, REF_NULL, EXNREF, END));
	assemble_section(a, SECTION_EXPORT,
		BYTES(3, 1, 't', 1, 0, 1, 'g', 3, 0, 1, 'f', 0, 0));
	assemble_body(a, BYTES(NO_LOCALS, LOCAL_GET, 0));
	assemble_end(a);
}

/* Imports them, with the type in full, as it is wherever a type can be. */
static void assemble_full(struct assembly *a)
{
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE,
		BYTES(3, 0x60, 1, NULLABLE, EXNREF, 1, EXNREF, 0x60, 1, EXNREF, 1, NULLABLE, EXNREF,
		      0x60, 0, 1, I32));
	assemble_section(a, SECTION_IMPORT,
		BYTES(3, 5, 'o', 't', 'h', 'e', 'r', 1, 't', 1, NULLABLE, EXNREF, 0, 1,
		      5, 'o', 't', 'h', 'e', 'r', 1, 'g', 3, NULLABLE, EXNREF, 0,
		      5, 'o', 't', 'h', 'e', 'r', 1, 'f', 0, 0));
	assemble_section(a, SECTION_FUNCTION, BYTES(2, 1, 2));
	assemble_section(a, SECTION_TABLE, BYTES(1, NULLABLE, EXNREF, 0, 1));
	assemble_section(a, SECTION_GLOBAL, BYTES(1, NULLABLE, EXNREF, 0, REF_NULL, EXNREF, END));
	assemble_section(a, SECTION_ELEMENT,
		BYTES(1, 6, 1, I32_CONST, 0, END, NULLABLE, EXNREF, 1, REF_NULL, EXNREF, END));
	assemble_body(a,
		BYTES(1, 1, NULLABLE, EXNREF,
			LOCAL_GET, 0, CALL, 0, LOCAL_SET, 1, LOCAL_GET, 1));
	assemble_body(a,
		BYTES(NO_LOCALS,
			BLOCK, NULLABLE, EXNREF,
				GLOBAL_GET, 1, I32_CONST, 0, TABLE_GET, 1, I32_CONST, 1,
				SELECT_T, 1, NULLABLE, EXNREF,
			END,
			CALL, 1, REF_IS_NULL));
	assemble_end(a);
}

/* clang-format on */

static void exnref_in_full(void **state)
{
	static const enum ocre_extern kinds[] = {OCRE_EXTERN_TABLE, OCRE_EXTERN_GLOBAL,
						 OCRE_EXTERN_FUNC};
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	setup(&f);
	assemble_short(&f.assemblies[0]);
	add(&f, 0);
	assemble_full(&f.assemblies[1]);
	i = add(&f, 0);
	assert_int_equal(ocre_module_import_count(f.modules[1]), 3);
	for (uint32_t n = 0; n < 3; n++) {
		struct ocre_extern_info info;

		assert_true(ocre_module_import(f.modules[1], n, &info));
		assert_int_equal(info.kind, kinds[n]);
		assert_int_equal(info.name.data[0], "tgf"[n]);
		assert_int_equal(n < 2 ? info.type : info.func.params[0], OCRE_EXNREF);
	}
	assert_int_equal(run(&f, i, 2, 0), 1);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(handlers),
		cmocka_unit_test(handlers_are_paid),
		cmocka_unit_test(deep_stacks_unwind),
		cmocka_unit_test(instances_are_crossed),
		cmocka_unit_test(unused_ones_are_reclaimed),
		cmocka_unit_test(used_ones_are_kept),
		cmocka_unit_test(suspended_guests_keep_theirs),
		cmocka_unit_test(no_memory_is_a_trap),
		cmocka_unit_test(exnref_in_full),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
