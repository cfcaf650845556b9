/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.c - reads decimal numbers. */
#include <ocre/base.h>

size_t ocre_decimal(const char *text, size_t size, uint64_t most, uint64_t *value)
{
	uint64_t sum = 0;
	size_t n;

	for (n = 0; n < size && text[n] >= '0' && text[n] <= '9'; n++) {
		uint64_t digit = (uint64_t)(text[n] - '0');

		if (sum > UINT64_MAX / 10 || digit > UINT64_MAX - sum * 10) {
			return 0;
		}
		sum = sum * 10 + digit;
		if (sum > most) {
			return 0;
		}
	}
	if (n > 0) {
		*value = sum;
	}
	return n;
}
