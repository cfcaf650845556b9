/* SPDX-License-Identifier: Apache-2.0 */
/* reader.h - reads bytes and LEB128 numbers (5.2.2) and never beyond the end. */
#ifndef OCRE_ENGINE_READER_H
#define OCRE_ENGINE_READER_H

#include <ocre/base.h>

struct reader {
	const uint8_t *start; /* offsets count from here */
	const uint8_t *at;
	const uint8_t *end;
	const char *error; /* the specification's words for what failed; NULL while nothing did */
	uint32_t error_offset;
};

static inline uint32_t ocre__offset(const struct reader *r)
{
	return (uint32_t)(r->at - r->start);
}

/* Remember the first failure. From then on reads give 0 and the reader stays at its end. */
void ocre__read_fail(struct reader *r, const char *error);

uint32_t ocre__read_u32_slow(struct reader *r);
int64_t ocre__read_signed(struct reader *r, unsigned int bits);

static inline uint8_t ocre__read_u8(struct reader *r)
{
	if (r->at >= r->end) {
		ocre__read_fail(r, "unexpected end");
		return 0;
	}
	return *r->at++;
}

static inline uint32_t ocre__read_u32(struct reader *r)
{
	if (r->at < r->end && *r->at < 0x80) {
		return *r->at++;
	}
	return ocre__read_u32_slow(r);
}

static inline int32_t ocre__read_s32(struct reader *r)
{
	if (r->at < r->end && *r->at < 0x80) {
		uint32_t byte = *r->at++;

		return (int32_t)(byte << 25) >> 25;
	}
	return (int32_t)ocre__read_signed(r, 32);
}

static inline int64_t ocre__read_s64(struct reader *r)
{
	return ocre__read_signed(r, 64);
}

/* `size` bytes in place, or NULL. */
const uint8_t *ocre__read_bytes(struct reader *r, uint32_t size);

/* A name (5.2.4): checked to be UTF-8. */
struct ocre_bytes ocre__read_name(struct reader *r);

/* A name as text for people, cut to fit `size` bytes; what is not printable ASCII becomes '?'. */
void ocre__name_text(struct ocre_bytes name, char *to, size_t size);

#endif /* OCRE_ENGINE_READER_H */
