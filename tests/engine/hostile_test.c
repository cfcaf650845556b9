/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile_test.c - modules and guests that were made to break the engine: frames that are too large
 * in an unusual way, calls put on top of a guest whose stack is full, callers whose code is gone,
 * and small modules that want much time or memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "assemble.h"

#define GUARD_SIZE 256
#define GUARD_BYTE 0xa5

/* An allocator that sees writes behind a block when that goes. */
static void *guarded_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	uint8_t *old = ptr;
	uint8_t *new = NULL;

	(void)ctx;
	for (size_t n = 0; old != NULL && n < GUARD_SIZE; n++) {
		assert_int_equal(old[old_size + n], GUARD_BYTE);
	}
	if (new_size > 0) {
		new = realloc(ptr, new_size + GUARD_SIZE);
		assert_non_null(new);
		memset(new + new_size, GUARD_BYTE, GUARD_SIZE);
	} else {
		free(ptr);
	}
	return new;
}

/* ---- large modules ---- */

struct text {
	uint8_t *bytes;
	size_t size;
	size_t capacity;
};

static void add_bytes(struct text *t, const void *bytes, size_t size)
{
	while (t->capacity - t->size < size) {
		t->capacity = t->capacity * 2 + 4096;
		t->bytes = realloc(t->bytes, t->capacity);
		assert_non_null(t->bytes);
	}
	memcpy(t->bytes + t->size, bytes, size);
	t->size += size;
}

/* In five bytes, whatever it is. */
static void add_number(struct text *t, size_t number)
{
	uint8_t bytes[5];

	for (uint32_t n = 0; n < 5; n++) {
		bytes[n] = (uint8_t)(number >> 7 * n & 0x7f) | (n < 4 ? 0x80 : 0);
	}
	add_bytes(t, bytes, sizeof(bytes));
}

static void add_times(struct text *t, uint32_t times, const uint8_t *bytes, size_t size)
{
	for (uint32_t n = 0; n < times; n++) {
		add_bytes(t, bytes, size);
	}
}

static void add_section(struct text *t, uint8_t id, const struct text *content)
{
	add_bytes(t, &id, 1);
	add_number(t, content->size);
	add_bytes(t, content->bytes, content->size);
}

/* The width of the type of most values in the large modules here. */
#define MANY 1000

/* Types [] -> [], [] -> [i32 x MANY], [i32 x MANY] -> [i32 x MANY], and functions of them. */
static void begin_large(struct text *t, const uint8_t *functions, size_t size)
{
	struct text types = {0};

	add_bytes(t, "\0asm\1\0\0\0", 8);
	add_bytes(&types, BYTES(3, 0x60, 0, 0, 0x60, 0));
	add_number(&types, MANY);
	add_times(&types, MANY, BYTES(I32));
	for (uint32_t n = 0; n < 2; n++) {
		if (n == 0) {
			add_bytes(&types, BYTES(0x60));
		}
		add_number(&types, MANY);
		add_times(&types, MANY, BYTES(I32));
	}
	add_section(t, SECTION_TYPE, &types);
	free(types.bytes);
	types = (struct text){0};
	add_bytes(&types, functions, size);
	add_section(t, SECTION_FUNCTION, &types);
	free(types.bytes);
}

static void add_body(struct text *code, const struct text *body)
{
	add_number(code, body->size + 2);
	add_bytes(code, BYTES(NO_LOCALS));
	add_bytes(code, body->bytes, body->size);
	add_bytes(code, BYTES(END));
}

/* One that pushes MANY zeros. */
static void add_zeros(struct text *t)
{
	add_times(t, MANY, BYTES(I32_CONST, 0));
}

struct measure {
	double seconds; /* of this process */
	size_t peak;
	size_t code;
};

static double seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

/* Load the module and prepare all of its functions. */
static int measure(const struct text *t, struct measure *out)
{
	struct ocre_module_options options = {.prepare_at_load = OCRE_PREPARE_NEVER};
	struct ocre_bytes bytes = {t->bytes, t->size};
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_diag diag = {0};
	double begin = seconds();
	int status;

	memset(out, 0, sizeof(*out));
	ocre_mem_init(&mem, guarded_resize, NULL, SIZE_MAX);
	status = ocre_module_load(&mem, bytes, &options, &module, &diag);
	if (status == OCRE_OK) {
		assert_int_equal(ocre_module_prepare_all(module, &diag), OCRE_OK);
		out->code = ocre_module_code_size(module);
		ocre_module_unload(module);
	}
	out->seconds = seconds() - begin;
	out->peak = mem.peak;
	assert_int_equal(mem.used, 0);
	return status;
}

/* Generous, for sanitizers and emulated machines: without care it was ten to a thousand times as
 * much. */
#define LONG_SECONDS 20.0

static void measure_body(const struct text *body, int expected, struct measure *m)
{
	struct text t = {0};
	struct text code = {0};
	struct text other = {0};

	begin_large(&t, BYTES(2, 0, 2));
	add_bytes(&code, BYTES(2));
	add_body(&code, body);
	for (uint32_t n = 0; n < MANY; n++) {
		add_bytes(&other, BYTES(LOCAL_GET));
		add_number(&other, n);
	}
	add_body(&code, &other);
	add_section(&t, SECTION_CODE, &code);
	assert_int_equal(measure(&t, m), expected);
	assert_true(m->seconds < LONG_SECONDS);
	free(t.bytes);
	free(code.bytes);
	free(other.bytes);
}

/* 100,000 blocks with a thousand parameters and results: 300 KB. */
static void blocks_with_many_values(void **state)
{
	struct text body = {0};
	struct measure m;

	(void)state;
	add_zeros(&body);
	add_times(&body, 100000, BYTES(BLOCK, 2, END));
	add_times(&body, MANY, BYTES(DROP));
	measure_body(&body, OCRE_OK, &m);
	free(body.bytes);
}

static void calls_with_many_values(void **state)
{
	struct text body = {0};
	struct measure m;

	(void)state;
	add_zeros(&body);
	add_times(&body, 100000, BYTES(CALL, 1));
	add_times(&body, MANY, BYTES(DROP));
	measure_body(&body, OCRE_OK, &m);
	free(body.bytes);
}

/* Results that nobody takes: a stack of 100 million values if it were believed. */
static void an_operand_stack_beyond_any_frame(void **state)
{
	struct text body = {0};
	struct measure m;

	(void)state;
	add_zeros(&body);
	for (uint32_t n = 0; n < 100000; n++) {
		add_bytes(&body, BYTES(BLOCK, 1, UNREACHABLE, END));
	}
	add_bytes(&body, BYTES(UNREACHABLE));
	measure_body(&body, OCRE_E_LIMIT, &m);
	assert_true(m.peak < 2000000);
	free(body.bytes);
}

/* Each branch has to move a thousand values: by one instruction, not by a thousand. */
static void branches_that_move_many_values(void **state)
{
	struct text body = {0};
	struct measure m;

	(void)state;
	add_bytes(&body, BYTES(BLOCK, 1, I32_CONST, 0));
	add_zeros(&body);
	add_times(&body, 50000, BYTES(I32_CONST, 0, BR_IF, 0));
	add_bytes(&body, BYTES(BR, 0, END));
	add_times(&body, MANY, BYTES(DROP));
	measure_body(&body, OCRE_OK, &m);
	assert_true(m.code < body.size * 100);
	free(body.bytes);
}

static void a_table_of_many_branches_with_many_values(void **state)
{
	struct text body = {0};
	struct measure m;

	(void)state;
	add_bytes(&body, BYTES(BLOCK, 1));
	add_zeros(&body);
	add_bytes(&body, BYTES(I32_CONST, 0, 0x0e));
	add_number(&body, 300000);
	add_times(&body, 300001, BYTES(0));
	add_bytes(&body, BYTES(END));
	add_times(&body, MANY, BYTES(DROP));
	measure_body(&body, OCRE_OK, &m);
	free(body.bytes);
}

/* Handlers of loops whose cost is not known yet. */
static void clauses_to_many_loops(void **state)
{
	struct text body = {0};
	struct measure m;
	bool exceptions = strstr(ocre_engine_features(), "exceptions") != NULL;

	(void)state;
	add_times(&body, 100000, BYTES(LOOP, NOTHING));
	add_bytes(&body, BYTES(TRY_TABLE, NOTHING));
	add_number(&body, 100000);
	add_times(&body, 100000, BYTES(2, 0));
	add_bytes(&body, BYTES(END));
	add_times(&body, 100000, BYTES(END));
	measure_body(&body, exceptions ? OCRE_OK : OCRE_E_MALFORMED, &m);
	free(body.bytes);
}

/* 50,000 functions that declare 50,000 locals each. */
static void functions_with_many_locals(void **state)
{
	struct text t = {0};
	struct text section = {0};
	struct ocre_module_options options = {.prepare_at_load = OCRE_PREPARE_NEVER};
	struct ocre_module *module;
	struct ocre_mem mem;
	double begin;

	(void)state;
	add_bytes(&t, "\0asm\1\0\0\0", 8);
	add_bytes(&section, BYTES(1, 0x60, 0, 0));
	add_section(&t, SECTION_TYPE, &section);
	section.size = 0;
	add_number(&section, 50000);
	add_times(&section, 50000, BYTES(0));
	add_section(&t, SECTION_FUNCTION, &section);
	section.size = 0;
	add_number(&section, 50000);
	for (uint32_t n = 0; n < 50000; n++) {
		add_bytes(&section, BYTES(8, 1));
		add_number(&section, 50000);
		add_bytes(&section, BYTES(I32, END));
	}
	add_section(&t, SECTION_CODE, &section);
	ocre_mem_init(&mem, guarded_resize, NULL, SIZE_MAX);
	begin = seconds();
	assert_int_equal(ocre_module_load(&mem, (struct ocre_bytes){t.bytes, t.size}, &options,
					  &module, NULL),
			 OCRE_OK);
	assert_true(seconds() - begin < LONG_SECONDS / 2);
	ocre_module_unload(module);
	free(t.bytes);
	free(section.bytes);
}

static int load_text(const struct text *t, struct ocre_diag *diag)
{
	struct ocre_mem mem;
	struct ocre_module *module;
	int status;

	ocre_mem_init(&mem, guarded_resize, NULL, SIZE_MAX);
	status =
		ocre_module_load(&mem, (struct ocre_bytes){t->bytes, t->size}, NULL, &module, diag);
	if (status == OCRE_OK) {
		ocre_module_unload(module);
	}
	assert_int_equal(mem.used, 0);
	return status;
}

/* Many names: in n log n steps whatever they are. The last is there twice. */
static void many_exports(void **state)
{
	struct text t = {0};
	struct text section = {0};
	struct ocre_diag diag = {0};
	size_t last = 0;

	(void)state;
	for (uint32_t twice = 0; twice < 2; twice++) {
		double begin = seconds();

		t.size = 0;
		section.size = 0;
		add_bytes(&t, "\0asm\1\0\0\0", 8);
		add_bytes(&section, BYTES(1, 0x70, 0, 0));
		add_section(&t, SECTION_TABLE, &section);
		section.size = 0;
		add_number(&section, 50000 + twice);
		for (uint32_t n = 0; n < 50000 + twice; n++) {
			uint32_t number = n < 50000 ? n : 25000;
			uint8_t name[4];

			for (uint32_t k = 0; k < 4; k++) {
				name[k] = (uint8_t)('a' + (number >> 4 * k & 15));
			}

			last = t.size + 6 + section.size;
			add_bytes(&section, BYTES(4));
			add_bytes(&section, name, 4);
			add_bytes(&section, BYTES(1, 0));
		}
		add_section(&t, SECTION_EXPORT, &section);
		assert_int_equal(load_text(&t, &diag), twice ? OCRE_E_INVALID : OCRE_OK);
		assert_true(seconds() - begin < LONG_SECONDS);
	}
	assert_string_equal(diag.text, "duplicate export name");
	assert_int_equal(diag.offset, last);
	free(t.bytes);
	free(section.bytes);
}

/* ---- limits of the encoding of internal code ---- */

/* 65,200 cells, but as few locals as would fit if they were numbers. */
static void a_frame_of_vectors(void **state)
{
	struct text t = {0};
	struct text section = {0};
	struct ocre_diag diag = {0};
	bool simd = strstr(ocre_engine_features(), "simd") != NULL;

	(void)state;
	add_bytes(&t, "\0asm\1\0\0\0", 8);
	add_bytes(&section, BYTES(1, 0x60, 0, 0));
	add_section(&t, SECTION_TYPE, &section);
	section.size = 0;
	add_bytes(&section, BYTES(1, 0));
	add_section(&t, SECTION_FUNCTION, &section);
	section.size = 0;
	add_bytes(&section, BYTES(1, 8, 1));
	add_number(&section, 16300);
	add_bytes(&section, BYTES(OCRE_V128, END));
	add_section(&t, SECTION_CODE, &section);
	assert_int_equal(load_text(&t, &diag), simd ? OCRE_E_LIMIT : OCRE_E_MALFORMED);
	if (simd) {
		assert_non_null(strstr(diag.text, "too large a frame"));
	}
	free(t.bytes);
	free(section.bytes);
}

/* A call through table 65536 would have been one through table 0. */
static void more_tables_than_a_call_can_name(void **state)
{
	struct text t = {0};
	struct text section = {0};
	struct ocre_diag diag = {0};

	(void)state;
	for (uint32_t count = 65536; count <= 65537; count++) {
		t.size = 0;
		section.size = 0;
		add_bytes(&t, "\0asm\1\0\0\0", 8);
		add_number(&section, count);
		add_times(&section, count, BYTES(0x70, 0, 0));
		add_section(&t, SECTION_TABLE, &section);
		assert_int_equal(load_text(&t, &diag), count == 65536 ? OCRE_OK : OCRE_E_LIMIT);
	}
	assert_string_equal(diag.text, "too many tables");
	free(t.bytes);
	free(section.bytes);
}

/* ---- calls on top of others ---- */

enum {
	F_DEEPER,  /* [i32] -> [i64]: calls itself so often, gives -1 */
	F_NUMBER,  /* [] -> [i32]: 7 */
	F_NOTHING, /* [] -> [] */
};

struct fixture {
	struct ocre_mem mem;
	struct ocre_store *store;
	struct ocre_module *modules[2];
	struct ocre_instance *instances[2];
	uint32_t count;
};

static void setup(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	ocre_mem_init(&f->mem, guarded_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&f->mem, NULL, &f->store), OCRE_OK);
}

static void teardown(struct fixture *f)
{
	ocre_store_destroy(f->store);
	for (uint32_t n = 0; n < f->count; n++) {
		ocre_module_unload(f->modules[n]);
	}
	assert_int_equal(f->mem.used, 0);
}

/* An instance of a module, which sees the one before as "other". Keeps no code but what runs. */
static struct ocre_instance *add(struct fixture *f, const struct assembly *a, uint32_t stack_size)
{
	struct ocre_module_options code = {.code_cache = 1};
	struct ocre_instance_import import = {"other", f->instances[0]};
	struct ocre_instance_options options = {.instances = &import,
						.instance_count = f->count,
						.stack_size = stack_size,
						.strict = true};
	struct ocre_bytes bytes = {a->bytes, a->size};
	struct ocre_diag diag = {0};

	if (ocre_module_load(&f->mem, bytes, &code, &f->modules[f->count], &diag) != OCRE_OK ||
	    ocre_instance_create(f->store, f->modules[f->count], &options, &f->instances[f->count],
				 &diag) != OCRE_OK) {
		fail_msg("%s (offset %u)", diag.text, (unsigned int)diag.offset);
	}
	return f->instances[f->count++];
}

/* clang-format off */
static void assemble_calls(struct assembly *a)
{
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE,
			 BYTES(3, 0x60, 1, I32, 1, I64, 0x60, 0, 1, I32, 0x60, 0, 0));
	assemble_section(a, SECTION_FUNCTION, BYTES(3, 0, 1, 2));
	assemble_body(a,
		BYTES(NO_LOCALS,
			LOCAL_GET, 0, IF, NOTHING,
				LOCAL_GET, 0, I32_CONST, 1, I32_SUB, CALL, F_DEEPER, RETURN,
			END,
			LOOP, NOTHING,
				LOCAL_GET, 0, I32_CONST, 1, I32_ADD, LOCAL_TEE, 0,
				I32_CONST, 30, I32_LT_S, BR_IF, 0,
			END,
			I64_CONST, 0x7f));
	assemble_body(a, BYTES(NO_LOCALS, I32_CONST, 7));
	assemble_body(a, BYTES(NO_LOCALS));
	assemble_end(a);
}
/* clang-format on */

/*
 * Stop a guest at each depth of each stack size, and call another function on top of it: that works
 * or is refused, and never uses what is behind the stack.
 */
static void calls_on_top_of_a_full_stack(void **state)
{
	struct assembly a;
	struct fixture f;
	uint32_t refused = 0;
	uint32_t done = 0;

	(void)state;
	assemble_calls(&a);
	for (uint32_t size = 256; size < 400; size += 4) {
		for (uint32_t depth = 0; depth < 12; depth++) {
			union ocre_value arg = {.i32 = depth};
			struct ocre_instance *i;
			enum ocre_run end;

			setup(&f);
			i = add(&f, &a, size);
			assert_int_equal(ocre_instance_call(i, F_DEEPER, &arg), OCRE_OK);
			do {
				uint64_t budget = 4;
				uint64_t large = 1000;

				end = ocre_instance_run(i, &budget);
				if (end != OCRE_RUN_BUDGET) {
					break;
				}
				if (ocre_instance_call(i, F_NOTHING, NULL) != OCRE_OK) {
					refused++;
					continue;
				}
				end = ocre_instance_run(i, &large);
				done += end == OCRE_RUN_DONE;
				if (end == OCRE_RUN_DONE) {
					end = OCRE_RUN_BUDGET;
				}
			} while (end == OCRE_RUN_BUDGET);
			assert_true(end == OCRE_RUN_DONE || end == OCRE_RUN_TRAP);
			teardown(&f);
		}
	}
	assert_true(refused > 0);
	assert_true(done > 0);
}

/* What the call below returns is of its own type, not of that of the call on top of it. */
static void results_of_the_call_below(void **state)
{
	struct assembly a;
	struct fixture f;
	struct ocre_instance *i;
	union ocre_value value = {.i32 = 0};
	uint64_t budget = 5;

	(void)state;
	assemble_calls(&a);
	setup(&f);
	i = add(&f, &a, 4096);
	assert_int_equal(ocre_instance_call(i, F_DEEPER, &value), OCRE_OK);
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_BUDGET);
	assert_int_equal(ocre_instance_call(i, F_NUMBER, NULL), OCRE_OK);
	budget = 1000;
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_DONE);
	ocre_instance_results(i, &value, 1);
	assert_int_equal(value.i32, 7);
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_DONE);
	ocre_instance_results(i, &value, 1);
	assert_true(value.i64 == UINT64_MAX);
	teardown(&f);
}

/* ---- from one instance to another ---- */

#define WIDE 60

/* Exports "g": [] -> [i32 x WIDE], all of them 3. */
static void assemble_wide(struct assembly *a)
{
	uint8_t types[4 + WIDE] = {1, 0x60, 0, WIDE};
	uint8_t body[1 + 2 * WIDE] = {NO_LOCALS};

	memset(types + 4, I32, WIDE);
	for (uint32_t n = 0; n < WIDE; n++) {
		body[1 + 2 * n] = I32_CONST;
		body[2 + 2 * n] = 3;
	}
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE, types, sizeof(types));
	assemble_section(a, SECTION_FUNCTION, BYTES(1, 0));
	assemble_section(a, SECTION_EXPORT, BYTES(1, 1, 'g', 0, 0));
	assemble_body(a, body, sizeof(body));
	assemble_end(a);
}

/* clang-format off */
/* "g" by a tail call from the function that the first one calls; the sum of its results. */
static void assemble_tail(struct assembly *a)
{
	uint8_t types[8 + WIDE] = {2, 0x60, 0, 1, I32, 0x60, 0, WIDE};
	uint8_t body[3 + WIDE - 1] = {NO_LOCALS, CALL, 2};

	memset(types + 8, I32, WIDE);
	memset(body + 3, I32_ADD, WIDE - 1);
	assemble_begin(a);
	assemble_section(a, SECTION_TYPE, types, sizeof(types));
	assemble_section(a, SECTION_IMPORT,
			 BYTES(1, 5, 'o', 't', 'h', 'e', 'r', 1, 'g', 0, 1));
	assemble_section(a, SECTION_FUNCTION, BYTES(2, 0, 1));
	assemble_body(a, body, sizeof(body));
	assemble_body(a, BYTES(NO_LOCALS, 0x12, 0));
	assemble_end(a);
}
/* clang-format on */

/* The function that gets the results has no code any more when another instance is entered. */
static void a_tail_call_to_another_instance(void **state)
{
	struct assembly wide;
	struct assembly tail;
	struct fixture f;
	struct ocre_instance *i;

	(void)state;
	assemble_wide(&wide);
	assemble_tail(&tail);
	for (uint32_t size = 256; size < 2048; size += 4) {
		union ocre_value value = {0};
		uint64_t budget = 100000;
		enum ocre_run end;

		setup(&f);
		add(&f, &wide, size);
		i = add(&f, &tail, size);
		assert_int_equal(ocre_instance_call(i, 1, NULL), OCRE_OK);
		end = ocre_instance_run(i, &budget);
		if (end == OCRE_RUN_DONE) {
			ocre_instance_results(i, &value, 1);
			assert_int_equal(value.i32, 3 * WIDE);
		} else {
			assert_int_equal(end, OCRE_RUN_TRAP);
			assert_int_equal(ocre_instance_trap(i)->kind, OCRE_TRAP_STACK);
			assert_true(size < 1500);
		}
		teardown(&f);
	}
}

/* ---- calls in a wrong order ---- */

/* Tries all that only those outside may do. */
static int meddle(struct ocre_call *call)
{
	struct ocre_instance *i = *(struct ocre_instance **)call->host;
	uint64_t budget = 1000;

	assert_int_equal(ocre_instance_call(i, 1, NULL), OCRE_E_STATE);
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_TRAP);
	assert_int_equal(budget, 1000);
	ocre_instance_abandon(i);
	call->ret[0] = 5;
	return OCRE_HOST_DONE;
}

static void a_host_function_that_calls_its_caller(void **state)
{
	static const struct ocre_host_func funcs[] = {{"m", ":i", meddle}};
	static const struct ocre_host_module host = {"h", funcs, 1};
	struct ocre_instance *i = NULL;
	struct ocre_host_import import = {&host, &i};
	struct ocre_instance_options options = {.hosts = &import, .host_count = 1, .strict = true};
	struct assembly a;
	struct fixture f;
	union ocre_value value = {0};
	uint64_t budget = 1000;

	(void)state;
	assemble_begin(&a);
	assemble_section(&a, SECTION_TYPE, BYTES(1, 0x60, 0, 1, I32));
	assemble_section(&a, SECTION_IMPORT, BYTES(1, 1, 'h', 1, 'm', 0, 0));
	assemble_section(&a, SECTION_FUNCTION, BYTES(1, 0));
	assemble_body(&a, BYTES(NO_LOCALS, CALL, 0, I32_CONST, 1, I32_ADD));
	assemble_end(&a);
	setup(&f);
	assert_int_equal(ocre_module_load(&f.mem, (struct ocre_bytes){a.bytes, a.size}, NULL,
					  &f.modules[0], NULL),
			 OCRE_OK);
	f.count = 1;
	assert_int_equal(ocre_instance_create(f.store, f.modules[0], &options, &i, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(i, 1, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_DONE);
	ocre_instance_results(i, &value, 1);
	assert_int_equal(value.i32, 6);
	teardown(&f);
}

static void results_before_any_call(void **state)
{
	union ocre_value values[WIDE] = {{.i32 = 1}};
	struct assembly a;
	struct fixture f;

	(void)state;
	assemble_wide(&a);
	setup(&f);
	ocre_instance_results(add(&f, &a, 256), values, WIDE);
	assert_int_equal(values[0].i32, 1);
	teardown(&f);
}

/* 50,000 locals are zeroed on entry: 200,000 bytes at 64 for a unit. */
static void the_price_of_many_locals(void **state)
{
	struct assembly a;
	struct fixture f;
	struct ocre_instance *i;
	uint64_t budget = 10000;

	(void)state;
	assemble_begin(&a);
	assemble_section(&a, SECTION_TYPE, BYTES(1, 0x60, 0, 0));
	assemble_section(&a, SECTION_FUNCTION, BYTES(1, 0));
	assemble_body(&a, BYTES(1, 0xd0, 0x86, 0x03, I32, 1)); /* nop */
	assemble_end(&a);
	setup(&f);
	i = add(&f, &a, 300000);
	assert_int_equal(ocre_instance_call(i, 0, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_run(i, &budget), OCRE_RUN_DONE);
	assert_int_equal(10000 - budget, 50000 / 256 * 16 + 1);
	teardown(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_with_many_values),
		cmocka_unit_test(calls_with_many_values),
		cmocka_unit_test(an_operand_stack_beyond_any_frame),
		cmocka_unit_test(branches_that_move_many_values),
		cmocka_unit_test(a_table_of_many_branches_with_many_values),
		cmocka_unit_test(clauses_to_many_loops),
		cmocka_unit_test(functions_with_many_locals),
		cmocka_unit_test(many_exports),
		cmocka_unit_test(a_frame_of_vectors),
		cmocka_unit_test(more_tables_than_a_call_can_name),
		cmocka_unit_test(calls_on_top_of_a_full_stack),
		cmocka_unit_test(results_of_the_call_below),
		cmocka_unit_test(a_tail_call_to_another_instance),
		cmocka_unit_test(a_host_function_that_calls_its_caller),
		cmocka_unit_test(results_before_any_call),
		cmocka_unit_test(the_price_of_many_locals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
