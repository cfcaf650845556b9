/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.c - values of the specification's scripts: parsed from the command file, compared with what
 * the engine returned, printed for messages. Lanes are kept little-endian whatever the host is.
 */
#include "spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct type_name {
	const char *name;
	uint8_t type;
	uint8_t width; /* bytes of a lane; 0 for what is no lane */
	bool is_float;
};

static const struct type_name type_names[] = {
	{"i8", 0, 1, false},
	{"i16", 0, 2, false},
	{"i32", OCRE_I32, 4, false},
	{"i64", OCRE_I64, 8, false},
	{"f32", OCRE_F32, 4, true},
	{"f64", OCRE_F64, 8, true},
	{"v128", OCRE_V128, 0, false},
	{"funcref", OCRE_FUNCREF, 0, false},
	{"externref", OCRE_EXTERNREF, 0, false},
	{"exnref", OCRE_EXNREF, 0, false},
};

static const struct type_name *type_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++) {
		if (strlen(type_names[i].name) == length &&
		    memcmp(type_names[i].name, name, length) == 0) {
			return &type_names[i];
		}
	}
	return NULL;
}

/* One number or NaN pattern; `*text` moves behind it. */
static bool parse_lane(const char **text, const struct type_name *type, uint64_t *bits,
		       uint8_t *nan)
{
	static const struct {
		const char *text;
		uint8_t nan;
	} patterns[] = {
		{"nan:canonical", SPEC_NAN_CANONICAL},
		{"nan:arithmetic", SPEC_NAN_ARITHMETIC},
	};
	char *end = NULL;

	*nan = SPEC_EXACT;
	*bits = 0;
	for (size_t i = 0; i < 2 && type->is_float; i++) {
		size_t length = strlen(patterns[i].text);

		if (strncmp(*text, patterns[i].text, length) == 0) {
			*nan = patterns[i].nan;
			*text += length;
			return true;
		}
	}
	if (**text < '0' || **text > '9') {
		return false;
	}
	*bits = strtoull(*text, &end, 10);
	*text = end;
	return type->width == 8 || *bits >> (8u * type->width) == 0;
}

static void put_lane(union ocre_value *value, unsigned int lane, unsigned int width, uint64_t bits)
{
	for (unsigned int i = 0; i < width; i++) {
		value->v128[lane * width + i] = (uint8_t)(bits >> (8 * i));
	}
}

static uint64_t get_lane(const union ocre_value *value, unsigned int lane, unsigned int width)
{
	uint64_t bits = 0;

	for (unsigned int i = 0; i < width; i++) {
		bits |= (uint64_t)value->v128[lane * width + i] << (8 * i);
	}
	return bits;
}

static bool parse_vector(const char *text, struct spec_value *out)
{
	const char *colon = strchr(text, ':');
	const struct type_name *lane =
		colon == NULL ? NULL : type_by_name(text, (size_t)(colon - text));

	if (lane == NULL || lane->width == 0) {
		return false;
	}
	out->lanes = (uint8_t)(16 / lane->width);
	text = colon + 1;
	for (unsigned int i = 0; i < out->lanes; i++) {
		uint64_t bits;

		if (!parse_lane(&text, lane, &bits, &out->nan[i])) {
			return false;
		}
		put_lane(&out->value, i, lane->width, bits);
		if (*text != (i + 1u < out->lanes ? ',' : '\0')) {
			return false;
		}
		text++;
	}
	return true;
}

/* References of a script are numbers from 0; ours are numbers above OCRE_REF_NULL. */
static bool parse_reference(const char *text, struct spec_value *out)
{
	char *end = NULL;
	unsigned long number;

	if (strcmp(text, "null") == 0) {
		out->value.ref = OCRE_REF_NULL;
		return true;
	}
	if (strcmp(text, "any") == 0) {
		out->any = true;
		return true;
	}
	number = strtoul(text, &end, 10);
	out->value.ref = (uint32_t)number + 1;
	return end != text && *end == '\0' && number < UINT32_MAX - 1;
}

bool spec_value_parse(const char *text, struct spec_value *out)
{
	const char *equals = strchr(text, '=');
	const struct type_name *type =
		equals == NULL ? NULL : type_by_name(text, (size_t)(equals - text));
	uint64_t bits = 0;

	memset(out, 0, sizeof(*out));
	if (type == NULL || type->type == 0) {
		return false;
	}
	out->type = type->type;
	out->lanes = 1;
	text = equals + 1;
	if (type->type == OCRE_V128) {
		return parse_vector(text, out);
	}
	if (type->width == 0) {
		return parse_reference(text, out);
	}
	if (!parse_lane(&text, type, &bits, &out->nan[0]) || *text != '\0') {
		return false;
	}
	if (type->width == 4) {
		out->value.i32 = (uint32_t)bits;
	} else {
		out->value.i64 = bits;
	}
	return true;
}

/* Canonical: only the quiet bit of the payload. Arithmetic: at least that (4.3.3). */
static bool match_bits(uint64_t want, uint64_t got, uint8_t nan, unsigned int width)
{
	uint64_t quiet = width == 4 ? 0x7fc00000u : 0x7ff8000000000000u;
	uint64_t magnitude = width == 4 ? 0x7fffffffu : 0x7fffffffffffffffu;

	switch (nan) {
	case SPEC_NAN_CANONICAL:
		return (got & magnitude) == quiet;
	case SPEC_NAN_ARITHMETIC:
		return (got & quiet) == quiet;
	default:
		return want == got;
	}
}

bool spec_value_match(const struct spec_value *want, const union ocre_value *got)
{
	unsigned int width = 16u / want->lanes;

	switch (want->type) {
	case OCRE_I32:
	case OCRE_F32:
		return match_bits(want->value.i32, got->i32, want->nan[0], 4);
	case OCRE_I64:
	case OCRE_F64:
		return match_bits(want->value.i64, got->i64, want->nan[0], 8);
	case OCRE_V128:
		for (unsigned int i = 0; i < want->lanes; i++) {
			if (!match_bits(get_lane(&want->value, i, width), get_lane(got, i, width),
					want->nan[i], width)) {
				return false;
			}
		}
		return true;
	default:
		return want->any ? got->ref != OCRE_REF_NULL : got->ref == want->value.ref;
	}
}

void spec_value_print(uint8_t type, const union ocre_value *value, char *out, size_t size)
{
	switch (type) {
	case OCRE_I32:
		snprintf(out, size, "i32 0x%" PRIx32, value->i32);
		break;
	case OCRE_F32:
		snprintf(out, size, "f32 0x%08" PRIx32, value->f32);
		break;
	case OCRE_I64:
		snprintf(out, size, "i64 0x%" PRIx64, value->i64);
		break;
	case OCRE_F64:
		snprintf(out, size, "f64 0x%016" PRIx64, value->f64);
		break;
	case OCRE_V128:
		snprintf(out, size, "v128 0x%016" PRIx64 "_%016" PRIx64, get_lane(value, 1, 8),
			 get_lane(value, 0, 8));
		break;
	default:
		snprintf(out, size, "reference %" PRIu32, value->ref);
		break;
	}
}
