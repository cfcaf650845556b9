/* SPDX-License-Identifier: Apache-2.0 */
/* asks.c - a guest: calls the host functions of v0_native.c, and ends with what is wrong. */
#include <stdint.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(name)))

IMPORT("mix") double mix(int32_t a, int64_t b, float c, double d, int64_t e, float f, int32_t g);
IMPORT("fill") int32_t fill(char *to, uint32_t size, const char *text);
IMPORT("twice") int32_t twice(int32_t n);
IMPORT("attached") int64_t attached(void);

__attribute__((export_name("half"))) int32_t half(int32_t n)
{
	return n / 2;
}

int main(void)
{
	char text[16] = "";

	if (mix(-5, 0x123456789a, 1.5f, -0.25, -7, 0.5f, 11) != 0x123456789a + 0.75) {
		return 1;
	}
	if (fill(text, sizeof(text), "hello") != 5 || strcmp(text, "hello") != 0) {
		return 2;
	}
	/* By way of half(), four times. */
	if (twice(21) != 42) {
		return 3;
	}
	if (attached() != INT64_C(-0x123456789a)) {
		return 4;
	}
	/* Not inside memory: the guest ends, nobody else. */
	(void)fill((char *)0xfffffff0, 16, "");
	return 5;
}
