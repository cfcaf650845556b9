/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features_test.c - the switches of the engine: a module that uses a proposal is loaded, and its
 * use reported, by a build that has it; a build without refuses it and says why. Linked with the
 * engine as it is built, and with one that has every switch off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/engine.h>

#include "assemble.h"
#include "support/heap.h"

#define MOST_BYTES 16

struct piece {
	uint8_t size;
	uint8_t bytes[MOST_BYTES];
};

/* Sections of a module with a memory, a table of functions and a function [] -> []. */
struct use {
	const char *feature;
	struct piece body; /* of the function; nothing: no locals, no instructions */
	struct piece type; /* one more, number 2 */
	struct piece import;
	struct piece table;  /* one more */
	struct piece memory; /* in place of the usual one */
	struct piece global;
	struct piece element;
	struct piece data_count; /* and with it one passive segment */
};

#define PIECE(...)                                                                                 \
	{                                                                                          \
		sizeof((const uint8_t[]){__VA_ARGS__}),                                            \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

#define MULTI_VALUE	"multi-value"
#define SIGN_EXT	"sign-ext"
#define SATURATING	"nontrapping-fptoint"
#define BULK		"bulk-memory"
#define REFERENCES	"reference-types"
#define TAIL_CALLS	"tail-call"
#define EXTENDED_CONST	"extended-const"
#define MUTABLE_GLOBALS "mutable-globals"
#define SIMD		"simd"
#define THREADS		"threads"
#define EXCEPTIONS	"exceptions"
#define LEGACY		"legacy-exceptions"

#define I32_ZERO I32_CONST, 0
#define F32_ZERO 0x43, 0, 0, 0, 0
#define F64_ZERO 0x44, 0, 0, 0, 0, 0, 0, 0, 0

static const struct use uses[] = {
	{MULTI_VALUE, .body = PIECE(NO_LOCALS, I32_ZERO, BLOCK, 1, END, DROP)},
	{MULTI_VALUE, .type = PIECE(0x60, 0, 2, I32, I32)},
	{SIGN_EXT, .body = PIECE(NO_LOCALS, I32_ZERO, 0xc0, DROP)},
	{SIGN_EXT, .body = PIECE(NO_LOCALS, I32_ZERO, 0xc1, DROP)},
	{SIGN_EXT, .body = PIECE(NO_LOCALS, I64_CONST, 0, 0xc2, DROP)},
	{SIGN_EXT, .body = PIECE(NO_LOCALS, I64_CONST, 0, 0xc3, DROP)},
	{SIGN_EXT, .body = PIECE(NO_LOCALS, I64_CONST, 0, 0xc4, DROP)},
	{SATURATING, .body = PIECE(NO_LOCALS, F32_ZERO, 0xfc, 0, DROP)},
	{SATURATING, .body = PIECE(NO_LOCALS, F64_ZERO, 0xfc, 7, DROP)},
	{BULK, .body = PIECE(NO_LOCALS, I32_ZERO, I32_ZERO, I32_ZERO, 0xfc, 10, 0, 0)},
	{BULK, .body = PIECE(NO_LOCALS, I32_ZERO, I32_ZERO, I32_ZERO, 0xfc, 11, 0)},
	{BULK, .body = PIECE(NO_LOCALS, I32_ZERO, I32_ZERO, I32_ZERO, 0xfc, 14, 0, 0)},
	{BULK, .element = PIECE(1, 1, 0, 1, 0)},
	{BULK, .data_count = PIECE(1)},
	{REFERENCES, .body = PIECE(NO_LOCALS, REF_NULL, 0x70, DROP)},
	{REFERENCES, .body = PIECE(NO_LOCALS, REF_NULL, 0x6f, REF_IS_NULL, DROP)},
	{REFERENCES, .body = PIECE(NO_LOCALS, I32_ZERO, TABLE_GET, 0, DROP)},
	{REFERENCES, .body = PIECE(NO_LOCALS, 0xfc, 16, 0, DROP)},
	{REFERENCES, .body = PIECE(NO_LOCALS, I32_ZERO, I32_ZERO, I32_ZERO, 0x1c, 1, I32, DROP)},
	{REFERENCES, .body = PIECE(1, 1, 0x6f)},
	{REFERENCES, .type = PIECE(0x60, 1, 0x70, 0)},
	{REFERENCES, .table = PIECE(0x70, 0, 1)},
	{REFERENCES, .table = PIECE(0x6f, 0, 1)},
	{REFERENCES, .global = PIECE(1, 0x6f, 0, REF_NULL, 0x6f, END)},
	{REFERENCES, .import = PIECE(1, 1, 'm', 1, 'n', 1, 0x6f, 0, 1)},
	{TAIL_CALLS, .body = PIECE(NO_LOCALS, 0x12, 0)},
	{TAIL_CALLS, .body = PIECE(NO_LOCALS, I32_ZERO, 0x13, 0, 0)},
	{EXTENDED_CONST, .global = PIECE(1, I32, 0, I32_ZERO, I32_ZERO, I32_ADD, END)},
	{MUTABLE_GLOBALS, .import = PIECE(1, 1, 'm', 1, 'n', 3, I32, 1)},
	{SIMD, .body = PIECE(1, 1, OCRE_V128)},
	{SIMD, .body = PIECE(NO_LOCALS, I32_ZERO, 0xfd, 15, DROP)},
	{SIMD, .type = PIECE(0x60, 0, 1, OCRE_V128)},
	{THREADS, .body = PIECE(NO_LOCALS, 0xfe, 3, 0)},
	{THREADS, .body = PIECE(NO_LOCALS, I32_ZERO, 0xfe, 16, 2, 0, DROP)},
	{THREADS, .memory = PIECE(1, 3, 1, 1)},
	{EXCEPTIONS, .body = PIECE(1, 1, EXNREF)},
	{EXCEPTIONS, .body = PIECE(NO_LOCALS, TRY_TABLE, NOTHING, 0, END)},
	{LEGACY, .body = PIECE(NO_LOCALS, TRY, NOTHING, CATCH_ALL, END)},
	{LEGACY, .body = PIECE(NO_LOCALS, TRY, NOTHING, DELEGATE, 0)},
};

/* One of the names of ocre_engine_features(). */
static bool built(const char *feature)
{
	const char *list = ocre_engine_features();
	size_t length = strlen(feature);

	for (;;) {
		size_t word = strcspn(list, ",");

		if (word == length && memcmp(list, feature, length) == 0) {
			return true;
		}
		if (list[word] == '\0') {
			return false;
		}
		list += word + 1;
	}
}

static uint32_t bit_of(const char *feature)
{
	for (uint32_t bit = 0; ocre_feature_name(bit) != NULL; bit++) {
		if (strcmp(ocre_feature_name(bit), feature) == 0) {
			return 1u << bit;
		}
	}
	fail_msg("%s is no feature", feature);
	return 0;
}

/* A section of `count` items: the usual ones, and one more if there is one. */
static void items(struct assembly *a, uint8_t id, uint8_t count, const uint8_t *usual, size_t size,
		  const struct piece *more)
{
	uint8_t bytes[64];

	bytes[0] = (uint8_t)(count + (more->size > 0));
	memcpy(bytes + 1, usual, size);
	memcpy(bytes + 1 + size, more->bytes, more->size);
	assemble_section(a, id, bytes, 1 + size + more->size);
}

static void optional(struct assembly *a, uint8_t id, const struct piece *p)
{
	if (p->size > 0) {
		assemble_section(a, id, p->bytes, p->size);
	}
}

static void assemble_use(struct assembly *a, const struct use *u)
{
	static const struct piece empty = PIECE(NO_LOCALS);
	const struct piece *body = u->body.size > 0 ? &u->body : &empty;

	assemble_begin(a);
	items(a, SECTION_TYPE, 2, BYTES(0x60, 0, 0, 0x60, 1, I32, 1, I32), &u->type);
	optional(a, SECTION_IMPORT, &u->import);
	assemble_section(a, SECTION_FUNCTION, BYTES(1, 0));
	items(a, SECTION_TABLE, 1, BYTES(0x70, 0, 1), &u->table);
	if (u->memory.size > 0) {
		optional(a, SECTION_MEMORY, &u->memory);
	} else {
		assemble_section(a, SECTION_MEMORY, BYTES(1, 0, 1));
	}
	optional(a, SECTION_GLOBAL, &u->global);
	assemble_section(a, SECTION_EXPORT, BYTES(1, 3, 'r', 'u', 'n', 0, 0));
	optional(a, SECTION_ELEMENT, &u->element);
	optional(a, SECTION_DATA_COUNT, &u->data_count);
	assemble_body(a, body->bytes, body->size);
	assemble_end(a);
	if (u->data_count.size > 0) {
		assemble_section(a, SECTION_DATA, BYTES(1, 1, 0));
	}
}

static void each_is_used_or_refused(void **state)
{
	static struct assembly a;

	(void)state;
	for (size_t n = 0; n < sizeof(uses) / sizeof(uses[0]); n++) {
		const struct use *u = &uses[n];
		bool has = built(strcmp(u->feature, LEGACY) == 0 ? EXCEPTIONS : u->feature);
		struct ocre_mem mem;
		struct ocre_module *module = NULL;
		struct ocre_diag diag = {0};
		char text[96];
		int status;

		ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
		assemble_use(&a, u);
		status = ocre_module_load(&mem, (struct ocre_bytes){a.bytes, a.size}, NULL, &module,
					  &diag);
		if (has) {
			if (status != OCRE_OK) {
				fail_msg("%s, use %u: %s", u->feature, (unsigned int)n, diag.text);
			}
			assert_true((ocre_module_features(module) & bit_of(u->feature)) != 0);
			ocre_module_unload(module);
		} else {
			snprintf(text, sizeof(text), "this build has no %s, which the module uses",
				 u->feature);
			if (status != OCRE_E_MALFORMED || strstr(diag.text, text) != diag.text ||
			    diag.offset == OCRE_NO_OFFSET) {
				fail_msg("%s, use %u: status %d, \"%s\"", u->feature,
					 (unsigned int)n, status, diag.text);
			}
		}
		assert_int_equal(mem.used, 0);
	}
}

/* What is always there still works: locals, memory, a loop, a call through the table. */
static void the_rest_runs(void **state)
{
	static struct assembly a;
	struct ocre_mem mem;
	struct ocre_store *store;
	struct ocre_module *module;
	struct ocre_instance *instance;
	struct ocre_diag diag = {0};
	union ocre_value value = {.i32 = 10};
	uint64_t budget = 10000;

	(void)state;
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	assemble_begin(&a);
	assemble_section(&a, SECTION_TYPE, BYTES(1, 0x60, 1, I32, 1, I32));
	assemble_section(&a, SECTION_FUNCTION, BYTES(2, 0, 0));
	assemble_section(&a, SECTION_TABLE, BYTES(1, 0x70, 0, 1));
	assemble_section(&a, SECTION_MEMORY, BYTES(1, 0, 1));
	assemble_section(&a, SECTION_ELEMENT, BYTES(1, 0, I32_ZERO, END, 1, 1));
	/* 0: adds the squares of the numbers from its argument down to 1, in memory */
	assemble_body(&a, BYTES(NO_LOCALS, LOOP, NOTHING, I32_ZERO, I32_ZERO, 0x28, 2, 8, LOCAL_GET,
				0, I32_ZERO, CALL_INDIRECT, 0, 0, I32_ADD, 0x36, 2, 8, LOCAL_GET, 0,
				I32_CONST, 1, I32_SUB, LOCAL_TEE, 0, BR_IF, 0, END, I32_ZERO, 0x28,
				2, 8));
	/* 1: squares */
	assemble_body(&a, BYTES(NO_LOCALS, LOCAL_GET, 0, LOCAL_GET, 0, I32_MUL));
	assemble_end(&a);
	assert_int_equal(
		ocre_module_load(&mem, (struct ocre_bytes){a.bytes, a.size}, NULL, &module, &diag),
		OCRE_OK);
	assert_int_equal(ocre_store_create(&mem, NULL, &store), OCRE_OK);
	assert_int_equal(ocre_instance_create(store, module, NULL, &instance, &diag), OCRE_OK);
	assert_int_equal(ocre_instance_call(instance, 0, &value), OCRE_OK);
	assert_int_equal(ocre_instance_run(instance, &budget), OCRE_RUN_DONE);
	ocre_instance_results(instance, &value, 1);
	assert_int_equal(value.i32, 385);
	ocre_store_destroy(store);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_used_or_refused),
		cmocka_unit_test(the_rest_runs),
	};

	print_message("%s\n", ocre_engine_features());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
