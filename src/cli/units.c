/* SPDX-License-Identifier: Apache-2.0 */
/* units.c - sizes, durations and counts as people write and read them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"

bool ocre__parse_u64(const char *text, uint64_t *out)
{
	char *end;
	unsigned long long v;

	if (text[0] < '0' || text[0] > '9') {
		return false;
	}
	errno = 0;
	v = strtoull(text, &end, (text[0] == '0' && (text[1] | 32) == 'x') ? 16 : 10);
	if (errno != 0 || *end != '\0') {
		return false;
	}
	*out = v;
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* `text` is a decimal number, perhaps with a fraction, followed by one of `units`. */
static bool parse_unit(const char *text, const struct unit *units, bool ignore_case, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	const char *end;
	double fraction = 0;
	uint64_t whole;

	if (digits == 0) {
		return false;
	}
	errno = 0;
	whole = strtoull(text, NULL, 10);
	if (errno != 0) {
		return false;
	}
	end = text + digits;
	if (*end == '.') {
		double scale = 0.1;

		for (end++; *end >= '0' && *end <= '9'; end++, scale /= 10) {
			fraction += scale * (*end - '0');
		}
	}
	for (; units->name != NULL; units++) {
		if (ignore_case ? strcasecmp(end, units->name) == 0
				: strcmp(end, units->name) == 0) {
			if (whole > UINT64_MAX / 2 / units->factor) {
				return false;
			}
			*out = whole * units->factor +
			       (uint64_t)(fraction * (double)units->factor + 0.5);
			return *out != 0;
		}
	}
	return false;
}

bool ocre__parse_size(const char *text, uint64_t *out)
{
	static const struct unit units[] = {
		{"", 1},	 {"B", 1},	    {"K", 1u << 10},	{"KiB", 1u << 10},
		{"kB", 1000},	 {"M", 1u << 20},   {"MiB", 1u << 20},	{"MB", 1000000},
		{"G", 1u << 30}, {"GiB", 1u << 30}, {"GB", 1000000000}, {NULL, 0},
	};

	return parse_unit(text, units, true, out);
}

bool ocre__parse_duration(const char *text, uint64_t *out)
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", 1000},
		{"ms", 1000000},
		{"s", 1000000000},
		{"m", UINT64_C(60000000000)},
		{"min", UINT64_C(60000000000)},
		{"h", UINT64_C(3600000000000)},
		{NULL, 0},
	};

	return parse_unit(text, units, false, out);
}

char *ocre__format_size(uint64_t bytes, char *out)
{
	static const char *const names[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
	double v = (double)bytes;
	size_t n = 0;

	while (v >= 1024 && n + 1 < sizeof(names) / sizeof(names[0])) {
		v /= 1024;
		n++;
	}
	if (n == 0 || v == (double)(uint64_t)v) {
		snprintf(out, OCRE__UNIT_TEXT, "%" PRIu64 " %s", (uint64_t)v, names[n]);
	} else {
		snprintf(out, OCRE__UNIT_TEXT, "%.1f %s", v, names[n]);
	}
	return out;
}

char *ocre__format_duration(uint64_t ns, char *out)
{
	double v = (double)ns;

	if (ns < 1000000) {
		snprintf(out, OCRE__UNIT_TEXT, "%.4g us", v / 1e3);
	} else if (ns < 1000000000) {
		snprintf(out, OCRE__UNIT_TEXT, "%.4g ms", v / 1e6);
	} else {
		snprintf(out, OCRE__UNIT_TEXT, "%.*f s", ns % 1000000000 == 0 ? 0 : 3, v / 1e9);
	}
	return out;
}
