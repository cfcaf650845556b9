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

uint16_t ocre__pair(uint16_t first, uint16_t second)
{
	return pairs[firsts[first]][seconds[second]];
}

#endif /* OCRE_ENGINE_PAIRS */
