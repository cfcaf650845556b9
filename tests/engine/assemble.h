/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.h - small modules for tests, put together from the bytes of their sections. */
#ifndef OCRE_TESTS_ENGINE_ASSEMBLE_H
#define OCRE_TESTS_ENGINE_ASSEMBLE_H

#include <stddef.h>
#include <stdint.h>

struct assembly {
	uint8_t bytes[4096];
	size_t size;
	uint8_t bodies[2048]; /* of the code section, which assemble_end() writes */
	size_t bodies_size;
	uint8_t body_count;
};

/* Bytes, and how many. */
#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

void assemble_begin(struct assembly *a);
/* A section with this content. Sections come in the order of the specification. */
void assemble_section(struct assembly *a, uint8_t id, const uint8_t *content, size_t size);
/* The next function's locals and instructions, without the last `end`. */
void assemble_body(struct assembly *a, const uint8_t *body, size_t size);
void assemble_end(struct assembly *a);

enum {
	SECTION_TYPE = 1,
	SECTION_IMPORT = 2,
	SECTION_FUNCTION = 3,
	SECTION_TABLE = 4,
	SECTION_MEMORY = 5,
	SECTION_GLOBAL = 6,
	SECTION_EXPORT = 7,
	SECTION_ELEMENT = 9,
	SECTION_CODE = 10,
	SECTION_DATA = 11,
	SECTION_DATA_COUNT = 12,
	SECTION_TAG = 13,
};

/* Value types, block types and opcodes, as they are in the binary format. */
enum {
	I32 = 0x7f,
	I64 = 0x7e,
	F64 = 0x7c,
	FUNCREF = 0x70,
	EXNREF = 0x69,
	NULLABLE = 0x63, /* of the heap type that follows */
	NOT_NULL = 0x64,
	NOTHING = 0x40,
	NO_LOCALS = 0,

	UNREACHABLE = 0x00,
	BLOCK = 0x02,
	LOOP = 0x03,
	IF = 0x04,
	ELSE = 0x05,
	TRY = 0x06,
	CATCH = 0x07,
	THROW = 0x08,
	RETHROW = 0x09,
	THROW_REF = 0x0a,
	END = 0x0b,
	BR = 0x0c,
	BR_IF = 0x0d,
	RETURN = 0x0f,
	CALL = 0x10,
	CALL_INDIRECT = 0x11,
	DELEGATE = 0x18,
	CATCH_ALL = 0x19,
	DROP = 0x1a,
	SELECT_T = 0x1c,
	TRY_TABLE = 0x1f,
	LOCAL_GET = 0x20,
	LOCAL_SET = 0x21,
	LOCAL_TEE = 0x22,
	GLOBAL_GET = 0x23,
	GLOBAL_SET = 0x24,
	TABLE_GET = 0x25,
	TABLE_SET = 0x26,
	I32_CONST = 0x41,
	I64_CONST = 0x42,
	I32_EQZ = 0x45,
	I32_EQ = 0x46,
	I32_LT_S = 0x48,
	I32_ADD = 0x6a,
	I32_SUB = 0x6b,
	I32_MUL = 0x6c,
	I32_WRAP_I64 = 0xa7,
	I64_ADD = 0x7c,
	I32_TRUNC_F64_S = 0xaa,
	F64_CONVERT_I32_S = 0xb7,
	I64_EXTEND_I32_S = 0xac,
	REF_NULL = 0xd0,
	REF_IS_NULL = 0xd1,
};

#endif /* OCRE_TESTS_ENGINE_ASSEMBLE_H */
