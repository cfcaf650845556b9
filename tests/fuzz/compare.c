/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - a module seen in several ways, which must all be alike: in slices and at once, with
 * code prepared early, late and again, by each build of the engine.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY ((size_t)64 * 1024 * 1024)
#define BUDGET 20000

void fuzz_forget(struct fuzz_result *result)
{
	free(result->text);
	memset(result, 0, sizeof(*result));
}

static void differ(const char *how, const struct fuzz_result *a, const struct fuzz_result *b)
{
	size_t n = 0;

	while (a->text[n] != '\0' && a->text[n] == b->text[n]) {
		n++;
	}
	while (n > 0 && a->text[n - 1] != '\n') {
		n--;
	}
	fprintf(stderr, "fuzz: %s makes a difference:\n  %.400s\n  --- and:\n  %.400s\n", how,
		a->text + n, b->text + n);
	abort();
}

/*
 * Which of two NaNs an addition gives is left open, and builds differ. So a difference between
 * builds says nothing when the bytes look as if there were arithmetic of floats in them.
 */
static bool may_add_floats(const uint8_t *data, size_t size)
{
	for (size_t i = 8; i < size; i++) {
		uint8_t b = data[i];

		if ((b >= 0x92 && b <= 0x97) || (b >= 0xa0 && b <= 0xa5) || b == 0xfd) {
			return true;
		}
	}
	return false;
}

static void one(const char *how, fuzz_case_fn *run, const uint8_t *data, size_t size,
		const struct fuzz_settings *settings, const struct fuzz_result *expected,
		bool same_code)
{
	struct fuzz_result r = {0};

	run(data, size, settings, &r);
	if (!r.no_memory && !expected->no_memory) {
		if (r.loaded != expected->loaded || strcmp(r.text, expected->text) != 0) {
			differ(how, expected, &r);
		}
		if (same_code && r.code != expected->code) {
			fprintf(stderr, "fuzz: %s gives other code\n", how);
			abort();
		}
	}
	fuzz_forget(&r);
}

void fuzz_compare(const uint8_t *data, size_t size)
{
	const uint64_t h = fuzz_hash(FUZZ_HASH, data, size);
	struct fuzz_settings at_once = {.memory = MEMORY, .budget = BUDGET};
	struct fuzz_settings late = at_once;
	struct fuzz_settings slices = at_once;
	struct fuzz_settings scarce = at_once;
	struct fuzz_result expected = {0};
	struct fuzz_result unused = {0};

	fuzz_case(data, size, &at_once, &expected);

	late.late = true;
	one("preparing late", fuzz_case, data, size, &late, &expected, true);
	one("the quick check", exact_fuzz_case, data, size, &at_once, &expected, true);
	if (expected.loaded) {
		slices.slice = 1 + h % 1000;
		slices.cache = 1 + (h >> 20) % 3000;
		slices.late = true;
		one("running in slices with a small cache", fuzz_case, data, size, &slices,
		    &expected, false);
		if (may_add_floats(data, size)) {
			plain_fuzz_case(data, size, &slices, &unused);
			fuzz_forget(&unused);
		} else {
			one("the plain build", plain_fuzz_case, data, size, &slices, &expected,
			    false);
		}
	}

	/* No leak, wherever memory runs out. */
	scarce.memory = (h >> 8) % 100000;
	scarce.late = (h & 1) != 0;
	fuzz_case(data, size, &scarce, &unused);
	fuzz_forget(&unused);
	fuzz_forget(&expected);
}
