/* SPDX-License-Identifier: Apache-2.0 */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

/* libFuzzer's own mutations of a piece of memory. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#define SECTION_CODE 10
#define MOST_GROWTH  32
#define LEB_BYTES    5

/* A piece of the input, in offsets. */
struct span {
	size_t from;
	size_t to;
};

/* A piece with the number that says its size, which stands before it. */
struct sized {
	struct span number;
	struct span inside;
};

static size_t read_leb(const uint8_t *data, size_t size, size_t at, uint32_t *value)
{
	*value = 0;
	for (unsigned int shift = 0; shift < 35 && at < size; shift += 7) {
		uint8_t byte = data[at++];

		*value |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			return at;
		}
	}
	return 0;
}

static size_t write_leb(uint8_t *out, uint32_t value)
{
	size_t n = 0;

	do {
		out[n++] = (uint8_t)((value & 0x7f) | (value >= 0x80 ? 0x80 : 0));
		value >>= 7;
	} while (value != 0);
	return n;
}

static size_t read_sized(const uint8_t *data, size_t size, size_t at, struct sized *out)
{
	uint32_t length;
	size_t next = read_leb(data, size, at, &length);

	if (next == 0 || length > size - next) {
		return 0;
	}
	out->number = (struct span){at, next};
	out->inside = (struct span){next, next + length};
	return next + length;
}

/* Pick a section, the code section half of the time. */
static int pick_section(const uint8_t *data, size_t size, unsigned int seed, struct sized *out)
{
	struct sized s[64];
	int ids[64];
	int count = 0;
	int code = -1;
	size_t at = 8;

	while (at < size && count < 64) {
		ids[count] = data[at];
		at = read_sized(data, size, at + 1, &s[count]);
		if (at == 0) {
			break;
		}
		if (ids[count] == SECTION_CODE) {
			code = count;
		}
		count++;
	}
	if (count == 0) {
		return -1;
	}
	if (code < 0 || (seed & 1) == 0) {
		code = (int)(seed / 2 % (unsigned int)count);
	}
	*out = s[code];
	return ids[code];
}

static int pick_body(const uint8_t *data, const struct sized *section, unsigned int seed,
		     struct sized *out)
{
	uint32_t count;
	size_t at = read_leb(data, section->inside.to, section->inside.from, &count);

	if (at == 0 || count == 0) {
		return 0;
	}
	for (uint32_t n = seed % count;; n--) {
		at = read_sized(data, section->inside.to, at, out);
		if (at == 0 || n == 0) {
			return at != 0;
		}
	}
}

/* Replace what is inside of `s`, and its size: the input's new size. */
static size_t replace(uint8_t *data, size_t size, const struct sized *s, const uint8_t *with,
		      size_t length)
{
	uint8_t number[LEB_BYTES];
	size_t n = write_leb(number, (uint32_t)length);
	size_t tail = size - s->inside.to;

	memmove(data + s->number.from + n + length, data + s->inside.to, tail);
	memcpy(data + s->number.from + n, with, length);
	memcpy(data + s->number.from, number, n);
	return s->number.from + n + length + tail;
}

size_t fuzz_mutate(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct sized section;
	struct sized body;
	struct sized *inner = &section;
	size_t skip = 0;
	size_t length;
	size_t whole;
	uint8_t *copy;
	int id;

	if (seed % 8 == 0 || size < 8 || size + MOST_GROWTH + 2 * LEB_BYTES > max_size) {
		return LLVMFuzzerMutate(data, size, max_size);
	}
	seed /= 8;
	id = pick_section(data, size, seed, &section);
	if (id < 0) {
		return LLVMFuzzerMutate(data, size, max_size);
	}
	if (id == SECTION_CODE && pick_body(data, &section, seed / 64, &body)) {
		inner = &body;
		skip = body.inside.to > body.inside.from; /* mostly the number of locals */
	}
	length = inner->inside.to - inner->inside.from;
	copy = malloc(length + MOST_GROWTH);
	if (copy == NULL) {
		abort();
	}
	memcpy(copy, data + inner->inside.from, length);
	length = skip + LLVMFuzzerMutate(copy + skip, length - skip, length - skip + MOST_GROWTH);
	if (inner == &body) {
		/* The section grows or shrinks with the body. */
		size_t old = section.inside.to - section.inside.from;
		size_t after;
		uint8_t *all;

		whole = replace(data, size, &body, copy, length);
		after = old + whole - size;
		all = malloc(after > 0 ? after : 1);
		if (all == NULL) {
			abort();
		}
		memcpy(all, data + section.inside.from, after);
		section.inside.to = section.inside.from + after;
		size = replace(data, whole, &section, all, after);
		free(all);
	} else {
		size = replace(data, size, &section, copy, length);
	}
	free(copy);
	return size;
}
