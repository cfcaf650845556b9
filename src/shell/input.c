/* SPDX-License-Identifier: Apache-2.0 */
/* input.c - bytes of a console become lines. */
#include "internal.h"

#define BACKSPACE 0x08
#define DELETE	  0x7f
#define CTRL_C	  0x03
#define CTRL_U	  0x15
#define ESCAPE	  0x1b

/* Keys that are no letters come as ESC and a letter, or ESC [ or O, parameters, a letter. */
enum {
	NO_ESCAPE,
	AFTER_ESCAPE,
	IN_SEQUENCE,
};

/* Is the byte part of such a key? Those mean nothing here. */
static bool is_of_key(struct ocre_shell_input *input, char byte)
{
	uint8_t was = input->escape;

	input->escape = NO_ESCAPE;
	if (byte == ESCAPE) {
		input->escape = AFTER_ESCAPE;
		return true;
	}
	if ((unsigned char)byte < ' ' || byte == DELETE) {
		return false;
	}
	if (was == AFTER_ESCAPE && (byte == '[' || byte == 'O')) {
		input->escape = IN_SEQUENCE;
	} else if (was == IN_SEQUENCE && (unsigned char)byte < '@') {
		input->escape = IN_SEQUENCE;
	}
	return was != NO_ESCAPE;
}

static void echo(struct ocre_shell *shell, char byte)
{
	const char text[2] = {byte, '\0'};

	ocre_shell_print(shell, text);
}

/* A letter of UTF-8 is all of its bytes. */
static void rub_out(struct ocre_shell *shell, struct ocre_shell_input *input, uint32_t count)
{
	while (count-- > 0 && input->size > 0) {
		do {
			input->size--;
		} while (input->size > 0 && (input->line[input->size] & 0xc0) == 0x80);
		ocre_shell_print(shell, "\b \b");
	}
}

static bool complete(struct ocre_shell *shell, struct ocre_shell_input *input)
{
	ocre_shell_print(shell, "\n");
	if (input->too_long) {
		ocre_shell_print(shell, "the line is too long\n");
		input->size = 0;
	}
	input->line[input->size] = '\0';
	input->size = 0;
	input->too_long = false;
	return true;
}

bool ocre_shell_take(struct ocre_shell *shell, struct ocre_shell_input *input, char byte)
{
	bool after_return = input->after_return;

	input->after_return = byte == '\r';
	if (is_of_key(input, byte)) {
		return false;
	}
	switch (byte) {
	case '\n':
		return !after_return && complete(shell, input);
	case '\r':
		return complete(shell, input);
	case BACKSPACE:
	case DELETE:
		rub_out(shell, input, 1);
		return false;
	case CTRL_U:
		rub_out(shell, input, OCRE_SHELL_LINE);
		return false;
	case CTRL_C:
		input->size = 0;
		input->too_long = false;
		ocre_shell_print(shell, "^C");
		return complete(shell, input);
	default:
		break;
	}
	if ((unsigned char)byte < ' ') {
		return false;
	}
	if (input->size == OCRE_SHELL_LINE - 1) {
		input->too_long = true;
		return false;
	}
	input->line[input->size++] = byte;
	echo(shell, byte);
	return false;
}
