/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - numbers and columns, without a C library. */
#include <string.h>

#include "internal.h"

#define NUMBER_SIZE 21

void ocre_shell_print(struct ocre_shell *shell, const char *text)
{
	shell->print(shell->print_ctx, text);
}

void ocre__shell_text(struct ocre_shell *shell, const char *text, size_t size)
{
	char piece[33];
	size_t n = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		char c = text[i];
		bool harmless = (unsigned char)c >= ' ' ? c != 0x7f : c == '\n' || c == '\t';

		piece[n++] = harmless ? c : '?';
		if (n == sizeof(piece) - 1 || i + 1 == size) {
			piece[n] = '\0';
			ocre_shell_print(shell, piece);
			n = 0;
		}
	}
}

/* The digits of a number, at the end of `text`. */
static const char *digits(char text[NUMBER_SIZE], uint64_t number)
{
	size_t at = NUMBER_SIZE - 1;

	text[at] = '\0';
	do {
		text[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return text + at;
}

void ocre_shell_print_number(struct ocre_shell *shell, uint64_t number)
{
	char text[NUMBER_SIZE];

	ocre_shell_print(shell, digits(text, number));
}

static void blanks(struct ocre_shell *shell, size_t used, uint32_t width)
{
	do {
		ocre_shell_print(shell, " ");
	} while (++used < width);
}

void ocre__shell_column(struct ocre_shell *shell, const char *text, uint32_t width)
{
	ocre_shell_print(shell, text);
	blanks(shell, strlen(text), width);
}

void ocre__shell_number_column(struct ocre_shell *shell, uint64_t number, uint32_t width)
{
	char text[NUMBER_SIZE];

	ocre__shell_column(shell, digits(text, number), width);
}

/* Three digits, also when the first are zeros. */
static void thousandths(struct ocre_shell *shell, uint32_t number)
{
	char text[4] = {(char)('0' + number / 100), (char)('0' + number / 10 % 10),
			(char)('0' + number % 10), '\0'};

	ocre_shell_print(shell, text);
}

void ocre__shell_time(struct ocre_shell *shell, uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	ocre_shell_print_number(shell, ms / 1000);
	ocre_shell_print(shell, ".");
	thousandths(shell, (uint32_t)(ms % 1000));
}

void ocre__shell_real(struct ocre_shell *shell, double value)
{
	uint64_t number;

	if (value < 0) {
		ocre_shell_print(shell, "-");
		value = -value;
	}
	if (!(value < 1e15)) {
		ocre_shell_print(shell, "a lot");
		return;
	}
	number = (uint64_t)(value * 1000 + 0.5);
	ocre_shell_print_number(shell, number / 1000);
	if (number % 1000 != 0) {
		ocre_shell_print(shell, ".");
		thousandths(shell, (uint32_t)(number % 1000));
	}
}
