/* SPDX-License-Identifier: Apache-2.0 */
/* reader.c - the parts of the byte reader that are not hot. */
#include "reader.h"

void ocre__read_fail(struct reader *r, const char *error)
{
	if (r->error == NULL) {
		r->error = error;
		r->error_offset = ocre__offset(r);
	}
	r->at = r->end;
}

uint32_t ocre__read_u32_slow(struct reader *r)
{
	uint32_t value = 0;

	for (unsigned int shift = 0; shift < 35; shift += 7) {
		uint32_t byte;

		if (r->at >= r->end) {
			ocre__read_fail(r, "unexpected end");
			return 0;
		}
		byte = *r->at++;
		if (shift == 28 && (byte & 0xf0) != 0) {
			r->at--;
			ocre__read_fail(r, (byte & 0x80) != 0 ? "integer representation too long"
							      : "integer too large");
			return 0;
		}
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			return value;
		}
	}
	return value;
}

int64_t ocre__read_signed(struct reader *r, unsigned int bits)
{
	uint64_t value = 0;
	unsigned int shift = 0;

	for (;;) {
		uint64_t byte;

		if (r->at >= r->end) {
			ocre__read_fail(r, "unexpected end");
			return 0;
		}
		byte = *r->at++;
		value |= (byte & 0x7f) << shift;
		if (shift + 7 > bits) {
			/* The last byte: what is beyond `bits` must repeat the sign. */
			unsigned int used = bits - shift;
			uint64_t rest = (byte & 0x7f) >> (used - 1);
			uint64_t ones = 0x7fu >> (used - 1);

			if ((byte & 0x80) != 0 || (rest != 0 && rest != ones)) {
				r->at--;
				ocre__read_fail(r, (byte & 0x80) != 0
							   ? "integer representation too long"
							   : "integer too large");
				return 0;
			}
		}
		shift += 7;
		if (byte < 0x80) {
			break;
		}
	}
	if (shift < 64 && (value >> (shift - 1) & 1) != 0) {
		value |= ~(uint64_t)0 << shift;
	}
	return (int64_t)value;
}

const uint8_t *ocre__read_bytes(struct reader *r, uint32_t size)
{
	const uint8_t *at = r->at;

	if (size > (size_t)(r->end - r->at)) {
		ocre__read_fail(r, "unexpected end");
		return NULL;
	}
	r->at += size;
	return at;
}

/* Length of the UTF-8 sequence at `s`, 0 when it is none (Unicode 15, table 3-7). */
static uint32_t utf8_length(const uint8_t *s, size_t left)
{
	uint32_t length = s[0] < 0x80	? 1
			  : s[0] < 0xc2 ? 0
			  : s[0] < 0xe0 ? 2
			  : s[0] < 0xf0 ? 3
			  : s[0] < 0xf5 ? 4
					: 0;

	if (length == 0 || length > left) {
		return 0;
	}
	for (uint32_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)) {
		return 0;
	}
	return length;
}

struct ocre_bytes ocre__read_name(struct reader *r)
{
	struct ocre_bytes name = {NULL, 0};
	uint32_t size = ocre__read_u32(r);
	const uint8_t *at;

	if (r->error == NULL && size > (size_t)(r->end - r->at)) {
		ocre__read_fail(r, "length out of bounds");
	}
	at = ocre__read_bytes(r, size);
	if (at == NULL) {
		return name;
	}
	for (uint32_t i = 0; i < size;) {
		uint32_t length = utf8_length(at + i, size - i);

		if (length == 0) {
			ocre__read_fail(r, "malformed UTF-8 encoding");
			return name;
		}
		i += length;
	}
	name.data = at;
	name.size = size;
	return name;
}

void ocre__name_text(struct ocre_bytes name, char *to, size_t size)
{
	size_t n = name.size < size - 1 ? name.size : size - 1;

	for (size_t i = 0; i < n; i++) {
		to[i] = name.data[i] >= 0x20 && name.data[i] < 0x7f ? (char)name.data[i] : '?';
	}
	to[n] = '\0';
}
