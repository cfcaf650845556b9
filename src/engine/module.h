/* SPDX-License-Identifier: Apache-2.0 */
/*
 * module.h - what a decoded module is. It keeps positions in the module's bytes rather than copies:
 * types, imports, exports, segments and bodies are read from the bytes again where they are needed.
 */
#ifndef OCRE_ENGINE_MODULE_H
#define OCRE_ENGINE_MODULE_H

#include <ocre/engine.h>

#include "opcodes.h"

/* Limits of this implementation, in the spirit of the JavaScript interface's (its chapter 7). */
#define OCRE_MAX_FUNCS	 1000000u /* fits the 20 bits of a reference */
#define OCRE_MAX_TYPES	 1000000u
#define OCRE_MAX_PARAMS	 1000u
#define OCRE_MAX_RESULTS 1000u
#define OCRE_MAX_LOCALS	 50000u
#define OCRE_MAX_PAGES	 65535u /* so that an address plus an offset fits 32 bits */
#define OCRE_MAX_CELLS	 65000u /* of a frame */
#define OCRE_MAX_TABLE	 10000000u
#define OCRE_MAX_TABLES	 65536u /* internal code has 16 bits for the table of a call */
#define OCRE_PAGE	 65536u

/* Cells (32-bit words) that a value of a type takes. */
static inline uint32_t ocre__cells(uint8_t type)
{
	/* three bits for each type, without a branch */
	const uint32_t cells = 0111421211;

	return cells >> 3 * type & 7;
}

static inline uint32_t ocre__types_cells(const uint8_t *types, uint32_t count)
{
	uint32_t cells = 0;

	for (uint32_t i = 0; i < count; i++) {
		cells += ocre__cells(types[i]);
	}
	return cells;
}

/* A function type. `types` are enum vtype: parameters, then results. */
struct func_type {
	uint32_t types; /* index into module->type_bytes */
	uint16_t params;
	uint16_t results;
	uint16_t param_cells;
	uint16_t result_cells;
	uint32_t canonical; /* the first type that is equal to this one */
};

struct func {
	uint32_t type;
	uint32_t
		body; /* offset of the body's locals; imports: offset of the import's module name */
	uint32_t end; /* offset behind the body; imports: 0 */
};

struct table_type {
	struct ocre_limits limits;
	uint8_t type;
	uint32_t init; /* unused: 0 */
};

struct global {
	uint8_t type;
	bool is_mutable;
	bool imported;
	uint32_t cell; /* where it lives in the instance's globals */
	uint32_t init; /* offset of its initialiser */
};

/* A segment of elements or data, by its position. */
struct segment {
	uint8_t mode;	 /* SEGMENT_* */
	uint8_t type;	 /* elements: their type */
	bool exprs;	 /* elements: expressions rather than function indices */
	uint32_t target; /* table or memory */
	uint32_t offset_expr;
	uint32_t count; /* elements, or bytes */
	uint32_t bytes; /* offset of the first element or byte */
};
enum {
	SEGMENT_ACTIVE,
	SEGMENT_PASSIVE,
	SEGMENT_DECLARED
};

/* Prepared code of one function; see iops.h. */
struct code {
	uint32_t size; /* bytes, this header included */
	uint32_t func;
	struct code *next; /* of the module's list */
	uint16_t words[];
};

struct ocre_module {
	struct ocre_mem *mem;
	struct ocre_bytes bytes;
	struct ocre_module_options options;

	uint8_t *type_bytes;   /* enum vtype */
	uint8_t *public_types; /* the same as enum ocre_type */
	uint32_t type_byte_count;
	struct func_type *types;
	uint32_t type_count;

	struct func *funcs;
	uint32_t func_count;
	uint32_t func_imports;
	struct table_type *tables;
	uint32_t table_count;
	uint32_t table_imports;
	struct ocre_limits memory; /* memory 0 */
	uint32_t memory_count;
	uint32_t memory_imports;
	struct global *globals;
	uint32_t global_count;
	uint32_t global_imports;
	uint32_t global_cells;
	uint32_t *tags; /* type index */
	uint32_t tag_count;
	uint32_t tag_imports;
	struct segment *elems;
	uint32_t elem_count;
	struct segment *datas;
	uint32_t data_count;

	uint32_t import_section; /* offset of the first import, 0: none */
	uint32_t import_count;
	uint32_t export_section;
	uint32_t export_count;
	uint32_t code_section;
	uint32_t name_section; /* offset of the subsections, 0: none */
	uint32_t name_section_end;
	uint32_t start; /* function index, UINT32_MAX: none */
	bool has_data_count;
	uint32_t data_count_section;
	uint32_t features; /* FEATURE_* that the module uses */

	uint8_t *declared; /* a bit for each function that ref.func may name */

	/*
	 * Prepared code: words of each function or NULL; one more for boundary frames. They are
	 * on the list, or in options.stored_code, which is never evicted.
	 */
	const uint16_t **codes;
	struct code *code_list; /* oldest first */
	struct code *code_last;
	size_t code_size;
	uint32_t inside; /* instances that are running now */
};

/* Names of what a module uses, for people. X(name, bit, text) */
#define OCRE__FEATURES(X)                                                                          \
	X(MULTI_VALUE, 0, "multi-value", OCRE_ENGINE_MULTI_VALUE)                                  \
	X(SIGN_EXT, 1, "sign-ext", OCRE_ENGINE_SIGN_EXT)                                           \
	X(SATURATING, 2, "nontrapping-fptoint", OCRE_ENGINE_SATURATING)                            \
	X(BULK, 3, "bulk-memory", OCRE_ENGINE_BULK)                                                \
	X(REFERENCES, 4, "reference-types", OCRE_ENGINE_REFERENCES)                                \
	X(TAIL_CALL, 5, "tail-call", OCRE_ENGINE_TAIL_CALL)                                        \
	X(EXTENDED_CONST, 6, "extended-const", OCRE_ENGINE_EXTENDED_CONST)                         \
	X(THREADS, 7, "threads", OCRE_ENGINE_THREADS)                                              \
	X(LEGACY_EXCEPTIONS, 8, "legacy-exceptions", OCRE_ENGINE_EXCEPTIONS)                       \
	X(SIMD, 9, "simd", OCRE_ENGINE_SIMD)                                                       \
	X(EXCEPTIONS, 10, "exceptions", OCRE_ENGINE_EXCEPTIONS)                                    \
	X(MUTABLE_GLOBALS, 11, "mutable-globals", OCRE_ENGINE_MUTABLE_GLOBALS)

enum {
#define OCRE__FEATURE(name, bit, text, built) FEATURE_##name = 1 << (bit),
	OCRE__FEATURES(OCRE__FEATURE)
#undef OCRE__FEATURE
};

/* Those that this build has: what uses another is no code in it. */
#define OCRE__FEATURE(name, bit, text, built) | ((built) << (bit))
enum {
	FEATURES_BUILT = 0 OCRE__FEATURES(OCRE__FEATURE)
};
#undef OCRE__FEATURE

/* Whether this build has a feature; true for 0, which is none. */
static inline bool ocre__built(uint32_t feature)
{
	return (feature & ~(uint32_t)FEATURES_BUILT) == 0;
}

/* Says that the module uses a feature which this build leaves out: OCRE_E_MALFORMED. */
int ocre__left_out(uint32_t feature, uint32_t offset, struct ocre_diag *diag);

static inline const struct func_type *ocre__func_type(const struct ocre_module *m, uint32_t func)
{
	return &m->types[m->funcs[func].type];
}

/* ---- decode.c, check.c ---- */

/* Turns the binary encoding of a value type into enum vtype; T_NONE when it is none of ours. */
uint8_t ocre__vtype(uint8_t byte);
/* The feature that brought the type, 0 when there is none. */
uint32_t ocre__vtype_feature(uint8_t byte);
/* The type in the short encoding. */
uint8_t ocre__vtype_byte(uint8_t type);
const char *ocre__vtype_name(uint8_t type);

/* The scratch memory of the validator, kept from function to function. */
struct checker;
int ocre__checker_create(struct ocre_module *m, struct ocre_diag *diag, struct checker **out);
void ocre__checker_destroy(struct checker *c);
/* Validate one function's body (3.3). */
int ocre__check_func(struct checker *c, uint32_t func);
/*
 * Validate it again and give its internal code, exactly sized and owned by the caller: `size` bytes
 * of module->mem.
 */
int ocre__prepare_func(struct checker *c, uint32_t func, struct code **out);
/* The same, but the words stay in c->code until the next function. */
int ocre__prepare_words(struct checker *c, uint32_t func);
/*
 * The same while the module is loaded: the code goes to the module. On failure it is not said in
 * the module's diagnostic, and the function must be checked.
 */
int ocre__prepare_at_load(struct checker *c, uint32_t func, struct ocre_diag *unused);
/* The offset, in the module's bytes, of the instruction that word `word` of prepared code is for.
 */
int ocre__locate_word(struct checker *c, uint32_t func, uint32_t word, uint32_t *offset);

/* Make sure that a function has code. */
int ocre__module_prepare(struct ocre_module *m, uint32_t func, struct ocre_diag *diag);
void ocre__module_free_code(struct ocre_module *m);
/* An instance begins or ends to run code of the module: meanwhile others evict nothing. */
void ocre__module_enter(struct ocre_module *m);
void ocre__module_leave(struct ocre_module *m);
void ocre__module_lock(const struct ocre_module *m);
void ocre__module_unlock(const struct ocre_module *m);

/* ---- stored.c: for modules with options.stored_code ---- */

/* Whether the image is whole, and made from these bytes by a build like this one. */
int ocre__stored_check(const struct ocre_module *m, struct ocre_diag *diag);
/*
 * The module is decoded: check its function bodies, unless the image is trusted, and let all
 * functions have their code from the image.
 */
int ocre__stored_use(struct ocre_module *m, struct ocre_diag *diag);

#endif /* OCRE_ENGINE_MODULE_H */
