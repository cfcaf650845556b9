/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell.h - the commands of a device's console: `ocre ps`, `run`, `start`, `stop`, `logs` and so
 * on, for a serial line on bare metal, an RTOS's own shell, or whatever gives lines and takes text.
 * It holds no memory but its struct; all calls come from one thread, not from a callback of the
 * core.
 */
#ifndef OCRE_SHELL_H
#define OCRE_SHELL_H

#include <ocre/board.h>
#include <ocre/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An image that the device has. How its containers are made says its section ocre.config. */
struct ocre_shell_image {
	const char *name;
	struct ocre_bytes bytes;
	struct ocre_bytes code;	   /* prepared; may be empty */
	const char *const *grants; /* NULL-terminated; NULL: those of the section, or none */
	bool own_grants;	   /* the section may grant */
};

struct ocre_shell;

struct ocre_shell_command {
	const char *name;
	const char *arguments; /* "IMAGE [ARG...]" */
	const char *help;
	uint8_t least, most; /* words behind the name */
	/* words[0] is the name. Returns what ocre_shell_line() does. */
	int (*fn)(struct ocre_shell *shell, char **words, uint32_t count);
};

struct ocre_shell {
	struct ocre_context *context;
	struct ocre_mem *mem;		/* for what a command needs while it is done */
	const struct ocre_board *board; /* NULL: `gpio` and `sensor` say that there is none */
	const struct ocre_shell_image *images;
	uint32_t image_count;
	uint32_t stack_size; /* guest stack where an image says nothing; 0: the driver's default */
	void (*print)(void *ctx, const char *text);
	void *print_ctx;
	const struct ocre_shell_command *more; /* the device's own */
	uint32_t more_count;
	void (*device)(struct ocre_shell *shell); /* its lines of `ocre stats`; may be NULL */
	void *user;				  /* for these two */
};

/*
 * Do one line, with or without "ocre" in front. Words are divided by blanks; "double quotes" hold
 * blanks. `line` is changed. 0 when it was done, 1 when it failed, 2 when it was not understood;
 * then one line has said why. An empty line does nothing.
 */
int ocre_shell_line(struct ocre_shell *shell, char *line);

/* ---- for a shell that divides lines itself, and completes words ---- */

/* The same with the words of a line; words[0] is the command, or "ocre". */
int ocre_shell_words(struct ocre_shell *shell, char **words, uint32_t count);

/* All commands, the device's own too, in the order of their names; NULL behind the last. */
const struct ocre_shell_command *ocre_shell_command(const struct ocre_shell *shell, uint32_t index);

/* ---- for a device's own commands ---- */

void ocre_shell_print(struct ocre_shell *shell, const char *text);
void ocre_shell_print_number(struct ocre_shell *shell, uint64_t number);

/* ---- lines from a console ---- */

#define OCRE_SHELL_LINE 128u

/* Collects bytes to a line: echo, backspace, Ctrl-U, Ctrl-C; other keys than those are ignored. */
struct ocre_shell_input {
	char line[OCRE_SHELL_LINE];
	uint32_t size;
	bool too_long;
	bool after_return; /* CR LF is one end of line */
	uint8_t escape;	   /* private */
};

/*
 * Take a byte from the console; echoes it to shell->print. True when a line is complete: it is in
 * input->line, NUL-terminated, until the next call. A line that is too long is refused with a
 * sentence, and is an empty one then.
 */
bool ocre_shell_take(struct ocre_shell *shell, struct ocre_shell_input *input, char byte);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_SHELL_H */
