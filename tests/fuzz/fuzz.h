/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what the harnesses share. case.c runs a module and writes down everything that can be
 * seen of it. It is compiled once for each build of the engine that is compared (its names and the
 * engine's then have a prefix), so that several of them are in one program.
 */
#ifndef OCRE_TESTS_FUZZ_H
#define OCRE_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a module is run. None of it may change what is seen. */
struct fuzz_settings {
	uint64_t slice;	 /* units of budget at once; 0: all */
	size_t cache;	 /* bytes of prepared code; 0: the default */
	size_t memory;	 /* bytes that loading and running may take */
	uint64_t budget; /* units for each call */
	bool late;	 /* prepared when called, not when loaded */
};

struct fuzz_result {
	char *text; /* what was seen, line by line; freed by fuzz_forget() */
	size_t size;
	size_t capacity;
	uint64_t code; /* a hash of all prepared code, 0 when there is none */
	bool loaded;
	bool no_memory; /* memory ran out: the rest is not comparable */
	bool no_stack;	/* the guest stack was exhausted */
};

typedef void fuzz_case_fn(const uint8_t *data, size_t size, const struct fuzz_settings *settings,
			  struct fuzz_result *result);

fuzz_case_fn fuzz_case;	      /* the engine as this compiler builds it */
fuzz_case_fn exact_fuzz_case; /* without the quick way through common instructions */
fuzz_case_fn plain_fuzz_case; /* jumps for tail calls, no fused forms, memory as extents */

void fuzz_forget(struct fuzz_result *result);

/* Runs `data` in all ways; says on stderr what differs and aborts. */
void fuzz_compare(const uint8_t *data, size_t size);

static inline uint64_t fuzz_hash(uint64_t hash, const void *data, size_t size)
{
	const uint8_t *p = (const uint8_t *)data;

	for (size_t i = 0; i < size; i++) {
		hash = (hash ^ p[i]) * 1099511628211u;
	}
	return hash ^ hash >> 29;
}
#define FUZZ_HASH 14695981039346656037u

#endif /* OCRE_TESTS_FUZZ_H */
