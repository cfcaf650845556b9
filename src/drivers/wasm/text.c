/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - lines for people, put together without the C library's formatting. */
#include "wasm.h"

#include <string.h>

static void put(struct ocre__wasm_text *text, char c)
{
	if (text->used + 1 < text->size) {
		text->to[text->used++] = c;
		text->to[text->used] = '\0';
	}
}

void ocre__wasm_put(struct ocre__wasm_text *text, const char *string)
{
	for (; *string != '\0'; string++) {
		put(text, *string);
	}
}

/* Names come from the guest: what could confuse a terminal or a log is shown as a question mark. */
void ocre__wasm_put_bytes(struct ocre__wasm_text *text, struct ocre_bytes bytes)
{
	for (size_t n = 0; n < bytes.size; n++) {
		put(text,
		    bytes.data[n] < 0x20 || bytes.data[n] == 0x7f ? '?' : (char)bytes.data[n]);
	}
}

void ocre__wasm_put_number(struct ocre__wasm_text *text, uint64_t number, uint32_t base)
{
	char digits[24];
	size_t n = sizeof(digits);

	do {
		digits[--n] = "0123456789abcdef"[number % base];
		number /= base;
	} while (number != 0);
	while (n < sizeof(digits)) {
		put(text, digits[n++]);
	}
}
