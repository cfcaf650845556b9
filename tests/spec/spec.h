/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec.h - what the files of the specification test runner share. The runner drives the engine
 * through its public header only.
 */
#ifndef OCRE_TESTS_SPEC_H
#define OCRE_TESTS_SPEC_H

#include <ocre/base.h>
#include <ocre/engine.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- heap.c: an allocator that watches what the engine does with it ---- */

struct spec_heap {
	size_t blocks;	    /* held now */
	uint64_t requests;  /* allocations and growths so far */
	uint64_t fail_at;   /* the number of the request that fails, from 1; 0: none */
	bool fail_lasting;  /* every request from there on fails too */
	const char *broken; /* the first rule that was broken, or NULL */
};

/* The `resize` of struct ocre_mem; `ctx` is a struct spec_heap. */
void *spec_heap_resize(void *ctx, void *ptr, size_t old_size, size_t new_size);

/* Address space that is reserved and made usable piece by piece; NULL where there is none. */
const struct ocre_memory_ops *spec_heap_reserve(void);

/* ---- value.c: values of the scripts, and patterns that results are compared with ---- */

enum spec_nan {
	SPEC_EXACT,
	SPEC_NAN_CANONICAL,
	SPEC_NAN_ARITHMETIC,
};

struct spec_value {
	uint8_t type; /* enum ocre_type */
	bool any;     /* a reference: any but null */
	uint8_t lanes;
	uint8_t nan[16]; /* enum spec_nan, for each lane; numbers have one lane */
	union ocre_value value;
};

/* Parse "i32=5", "f64=nan:canonical", "v128=i8:1,2,...", "externref=3", "funcref=any". */
bool spec_value_parse(const char *text, struct spec_value *out);

bool spec_value_match(const struct spec_value *want, const union ocre_value *got);

/* Readable, for messages. */
void spec_value_print(uint8_t type, const union ocre_value *value, char *out, size_t size);

/* ---- spectest.c: the module that the scripts import from ---- */

extern const struct ocre_host_module spec_test_module;

/* The part of it that is not functions. */
int spec_test_externs(struct ocre_store *store, struct ocre_instance **out);

/* ---- image.c: prepared code that is run from where it is stored ---- */

/* An image of the module's prepared code, in memory that can only be read. */
int spec_image_make(struct ocre_module *module, struct ocre_bytes *out, struct ocre_diag *diag);
void spec_image_free(struct ocre_bytes *image);

/* ---- walk.c: allocation failure at every point ---- */

/*
 * Load, instantiate and run the module with the 1st, 2nd, 3rd ... allocation failing until none
 * does. NULL when all was well, otherwise what was not (static storage of `text`).
 */
const char *spec_walk(struct ocre_bytes bytes, char *text, size_t size);

/* Does this build of the engine have the feature? */
bool spec_has_feature(const char *name);

#endif /* OCRE_TESTS_SPEC_H */
