/* SPDX-License-Identifier: Apache-2.0 */
/* values.c - WebAssembly values, types and names as text, in both directions. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

const char *ocre__type_name(uint8_t type)
{
	switch (type) {
	case OCRE_I32:
		return "i32";
	case OCRE_I64:
		return "i64";
	case OCRE_F32:
		return "f32";
	case OCRE_F64:
		return "f64";
	case OCRE_V128:
		return "v128";
	case OCRE_FUNCREF:
		return "funcref";
	case OCRE_EXTERNREF:
		return "externref";
	case OCRE_EXNREF:
		return "exnref";
	default:
		return "unknown";
	}
}

const char *ocre__extern_name(enum ocre_extern kind)
{
	static const char *const names[] = {"func", "table", "memory", "global", "tag"};

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}

/* Decimal or 0x hex, perhaps negative; from -2^(bits-1) to 2^bits-1, as the text format has it. */
static bool parse_int(const char *text, unsigned int bits, uint64_t *out)
{
	uint64_t max = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	bool negative = text[0] == '-';
	uint64_t v;

	if (text[0] == '-' || text[0] == '+') {
		text++;
	}
	if (!ocre__parse_u64(text, &v)) {
		return false;
	}
	if (negative) {
		if (v > UINT64_C(1) << (bits - 1)) {
			return false;
		}
		v = (0 - v) & max;
	}
	*out = v;
	return v <= max;
}

/* Not locale dependent: the program never calls setlocale(). */
static bool parse_float(const char *text, bool is_f32, union ocre_value *out)
{
	char *end;

	if (text[0] == '\0' || text[0] == ' ') {
		return false;
	}
	if (is_f32) {
		float f = strtof(text, &end);

		memcpy(&out->f32, &f, sizeof(f));
	} else {
		double d = strtod(text, &end);

		memcpy(&out->f64, &d, sizeof(d));
	}
	return *end == '\0';
}

/* "0x" and up to 32 hexadecimal digits: the 128 bits as one number. */
static bool parse_v128(const char *text, uint8_t *out)
{
	size_t digits;

	if (text[0] != '0' || (text[1] | 32) != 'x') {
		return false;
	}
	text += 2;
	digits = strlen(text);
	if (digits == 0 || digits > 32 || strspn(text, "0123456789abcdefABCDEF") != digits) {
		return false;
	}
	for (size_t n = 0; n < digits; n++) {
		char c = text[digits - 1 - n];
		unsigned int v =
			c <= '9' ? (unsigned int)(c - '0') : (unsigned int)((c | 32) - 'a' + 10);

		out[n / 2] |= (uint8_t)(v << (n % 2 * 4));
	}
	return true;
}

bool ocre__parse_value(uint8_t type, const char *text, union ocre_value *out)
{
	uint64_t v;

	memset(out, 0, sizeof(*out));
	switch (type) {
	case OCRE_I32:
		if (!parse_int(text, 32, &v)) {
			return false;
		}
		out->i32 = (uint32_t)v;
		return true;
	case OCRE_I64:
		return parse_int(text, 64, &out->i64);
	case OCRE_F32:
	case OCRE_F64:
		return parse_float(text, type == OCRE_F32, out);
	case OCRE_V128:
		return parse_v128(text, out->v128);
	default:
		out->ref = OCRE_REF_NULL;
		return strcmp(text, "null") == 0;
	}
}

/* The shortest decimal that reads back as the same number. */
static void print_float(FILE *out, double v, bool is_f32)
{
	char text[40];

	if (isnan(v)) {
		fprintf(out, "%snan", signbit(v) ? "-" : "");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (is_f32 ? strtof(text, NULL) == (float)v : strtod(text, NULL) == v) {
			break;
		}
	}
	fputs(text, out);
}

void ocre__print_value(FILE *out, uint8_t type, const union ocre_value *value)
{
	float f;
	double d;

	switch (type) {
	case OCRE_I32:
		fprintf(out, "%" PRId32, (int32_t)value->i32);
		break;
	case OCRE_I64:
		fprintf(out, "%" PRId64, (int64_t)value->i64);
		break;
	case OCRE_F32:
		memcpy(&f, &value->f32, sizeof(f));
		print_float(out, (double)f, true);
		break;
	case OCRE_F64:
		memcpy(&d, &value->f64, sizeof(d));
		print_float(out, d, false);
		break;
	case OCRE_V128:
		fputs("0x", out);
		for (int n = 15; n >= 0; n--) {
			fprintf(out, "%02x", value->v128[n]);
		}
		break;
	default:
		if (value->ref == OCRE_REF_NULL) {
			fputs("null", out);
		} else {
			fprintf(out, "%s:%" PRIu32, ocre__type_name(type), value->ref);
		}
	}
}

static void print_types(FILE *out, const uint8_t *types, uint32_t count)
{
	fputc('(', out);
	for (uint32_t n = 0; n < count; n++) {
		fprintf(out, "%s%s", n > 0 ? ", " : "", ocre__type_name(types[n]));
	}
	fputc(')', out);
}

void ocre__print_func_type(FILE *out, const struct ocre_func_type *type)
{
	print_types(out, type->params, type->param_count);
	fputs(" -> ", out);
	print_types(out, type->results, type->result_count);
}

/* Length of the UTF-8 sequence at `p` (Unicode, table 3-7), 0 when it is malformed. */
static size_t utf8_length(const uint8_t *p, size_t size)
{
	size_t length = p[0] < 0x80		      ? 1
			: p[0] >= 0xc2 && p[0] < 0xe0 ? 2
			: p[0] >= 0xe0 && p[0] < 0xf0 ? 3
			: p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						      : 0;

	if (length > size) {
		return 0;
	}
	for (size_t n = 1; n < length; n++) {
		if ((p[n] & 0xc0) != 0x80) {
			return 0;
		}
	}
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) {
		return 0;
	}
	return length;
}

/* C0, DEL and C1 controls: what could steer a terminal. */
static bool is_control(const uint8_t *p, size_t length)
{
	return (length == 1 && (p[0] < 0x20 || p[0] == 0x7f)) ||
	       (length == 2 && p[0] == 0xc2 && p[1] < 0xa0);
}

void ocre__print_bytes(FILE *out, struct ocre_bytes bytes)
{
	for (size_t at = 0; at < bytes.size;) {
		size_t length = utf8_length(bytes.data + at, bytes.size - at);

		if (length == 0 || is_control(bytes.data + at, length)) {
			fprintf(out, "\\x%02x", bytes.data[at]);
			at++;
			continue;
		}
		fwrite(bytes.data + at, 1, length, out);
		at += length;
	}
}

void ocre__print_json_string(FILE *out, struct ocre_bytes bytes)
{
	fputc('"', out);
	for (size_t at = 0; at < bytes.size;) {
		const uint8_t *p = bytes.data + at;
		size_t length = utf8_length(p, bytes.size - at);

		if (length == 0) {
			fputs("\\ufffd", out);
			at++;
			continue;
		}
		if (is_control(p, length)) {
			fprintf(out, "\\u%04x", length == 1 ? p[0] : p[1]);
		} else if (p[0] == '"' || p[0] == '\\') {
			fprintf(out, "\\%c", p[0]);
		} else {
			fwrite(p, 1, length, out);
		}
		at += length;
	}
	fputc('"', out);
}
