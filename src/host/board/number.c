/* SPDX-License-Identifier: Apache-2.0 */
/* number.c - decimal numbers, and the names of sensor channels. */
#include <ocre/board.h>

#include <string.h>

static const struct {
	const char *name;
	uint16_t number;
} channels[] = {
#define CHANNEL(name, number, text) {text, number},
	OCRE_SENSOR_CHANNEL_LIST(CHANNEL)
#undef CHANNEL
};

int32_t ocre_sensor_channel_find(const char *name, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
		if (strlen(channels[i].name) == size && memcmp(channels[i].name, name, size) == 0) {
			return channels[i].number;
		}
	}
	if (size == 0 || ocre_decimal(name, size, UINT16_MAX, &number) != size) {
		return -1;
	}
	return (int32_t)number;
}

/* 10 to the n, n up to 18: exact. */
static double power_of_ten(uint32_t n)
{
	double value = 1;

	while (n-- > 0) {
		value *= 10;
	}
	return value;
}

bool ocre_board_number(const char *text, size_t size, double *value)
{
	bool negative = size > 0 && text[0] == '-';
	size_t i = negative || (size > 0 && text[0] == '+') ? 1 : 0;
	uint64_t digits = 0;
	uint32_t count = 0;    /* digits that were taken into `digits` */
	uint32_t fraction = 0; /* of these after the point */
	uint32_t above = 0;    /* digits before the point that were not taken */
	bool point = false;
	bool any = false;

	for (; i < size; i++) {
		if (text[i] == '.' && !point) {
			point = true;
			continue;
		}
		if (text[i] < '0' || text[i] > '9') {
			return false;
		}
		any = true;
		if (count < 18) {
			digits = digits * 10 + (uint64_t)(text[i] - '0');
			count += digits != 0; /* zeros in front take no room */
			fraction += point;
		} else {
			above += !point;
		}
		if (above > 18 || fraction > 36) {
			return false;
		}
	}
	if (!any) {
		return false;
	}
	*value = (double)digits;
	while (fraction > 0) {
		uint32_t step = fraction < 18 ? fraction : 18;

		*value /= power_of_ten(step);
		fraction -= step;
	}
	*value *= power_of_ten(above);
	if (negative) {
		*value = -*value;
	}
	return true;
}
