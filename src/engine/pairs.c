/* SPDX-License-Identifier: Apache-2.0 */
/* pairs.c - which neighbours make a pair (pairs.def): a table of all firsts and seconds. */
#include "forms.h"

#if OCRE_ENGINE_PAIRS

enum {
	FIRST_none,
#define SECOND(second)
#define HEAD(first) FIRST_##first,
#define PAIR(kind, first, name, T, from, to, second)
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
	FIRST_count,
};

enum {
	SECOND_none,
#define SECOND(second) SECOND_##second,
#define HEAD(first)
#define PAIR(kind, first, name, T, from, to, second)
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
	SECOND_count,
};

static const uint8_t firsts[HANDLER_count] = {
#define SECOND(second)
#define HEAD(first) [H_##first] = FIRST_##first,
#define PAIR(kind, first, name, T, from, to, second)
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
};

static const uint8_t seconds[HANDLER_count] = {
#define SECOND(second) [H_##second] = SECOND_##second,
#define HEAD(first)
#define PAIR(kind, first, name, T, from, to, second)
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
};

static const uint16_t pairs[FIRST_count][SECOND_count] = {
#define SECOND(second)
#define HEAD(first)
#define PAIR(kind, first, name, T, from, to, second)                                               \
	[FIRST_##first][SECOND_##second] = H_##first##__##second,
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
};

void ocre__make_pairs(uint16_t *code, const uint32_t *starts, uint32_t count)
{
	for (uint32_t i = 0; i + 1 < count; i++) {
		uint16_t *word = &code[starts[i]];
		const uint16_t *row = pairs[firsts[*word]];
		uint16_t second = code[starts[i + 1]];
		uint16_t third;
		uint16_t pair;

		if (row == pairs[FIRST_none]) {
			continue;
		}
		third = i + 2 < count ? code[starts[i + 2]] : (uint16_t)IOP_invalid;
		pair = row[seconds[pairs[firsts[second]][seconds[third]]]];
		if (pair != 0) {
			*word = pair;
			i += 2;
			continue;
		}
		pair = row[seconds[second]];
		if (pair != 0) {
			*word = pair;
			i++;
		}
	}
}

#endif /* OCRE_ENGINE_PAIRS */
