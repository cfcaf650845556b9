/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.c - see assemble.h. */
#include <stdlib.h>
#include <string.h>

#include "assemble.h"

static void put(uint8_t *to, size_t capacity, size_t *size, const uint8_t *bytes, size_t count)
{
	if (count > capacity - *size) {
		abort();
	}
	memcpy(to + *size, bytes, count);
	*size += count;
}

/* A number below 2^14 in two bytes: LEB128 need not be the shortest. */
static void put_number(uint8_t *to, size_t capacity, size_t *size, size_t number)
{
	uint8_t bytes[2] = {(uint8_t)(number | 0x80), (uint8_t)(number >> 7)};

	if (number >= 1u << 14) {
		abort();
	}
	put(to, capacity, size, bytes, sizeof(bytes));
}

void assemble_begin(struct assembly *a)
{
	static const uint8_t start[] = {0, 'a', 's', 'm', 1, 0, 0, 0};

	memset(a, 0, sizeof(*a));
	put(a->bytes, sizeof(a->bytes), &a->size, start, sizeof(start));
}

void assemble_section(struct assembly *a, uint8_t id, const uint8_t *content, size_t size)
{
	put(a->bytes, sizeof(a->bytes), &a->size, &id, 1);
	put_number(a->bytes, sizeof(a->bytes), &a->size, size);
	put(a->bytes, sizeof(a->bytes), &a->size, content, size);
}

void assemble_body(struct assembly *a, const uint8_t *body, size_t size)
{
	static const uint8_t end = END;

	if (a->body_count == 0) {
		a->bodies_size = 1; /* the count goes there */
	}
	a->body_count++;
	put_number(a->bodies, sizeof(a->bodies), &a->bodies_size, size + 1);
	put(a->bodies, sizeof(a->bodies), &a->bodies_size, body, size);
	put(a->bodies, sizeof(a->bodies), &a->bodies_size, &end, 1);
}

void assemble_end(struct assembly *a)
{
	if (a->body_count > 0) {
		a->bodies[0] = a->body_count;
		assemble_section(a, SECTION_CODE, a->bodies, a->bodies_size);
	}
}
