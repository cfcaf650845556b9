/* SPDX-License-Identifier: Apache-2.0 */
/* shell.h - see kernel.h. A command is an object that tests can call. */
#ifndef TESTS_ZEPHYR_SHELL_H
#define TESTS_ZEPHYR_SHELL_H

#include <stddef.h>
#include <stdint.h>

struct shell {
	char *text; /* what was printed; 4096 bytes */
};

enum shell_vt100_color {
	SHELL_NORMAL,
};

typedef int (*shell_cmd_handler)(const struct shell *sh, size_t argc, char **argv);

union shell_cmd_entry;
struct shell_static_entry {
	const char *syntax;
	const char *help;
	const union shell_cmd_entry *subcmd;
	shell_cmd_handler handler;
	struct {
		uint8_t mandatory;
		uint8_t optional;
	} args;
};
union shell_cmd_entry {
	void (*dynamic_get)(size_t index, struct shell_static_entry *entry);
};

#define SHELL_OPT_ARG_CHECK_SKIP 0xff

#define SHELL_DYNAMIC_CMD_CREATE(name, get) static const union shell_cmd_entry name = {get}
#define SHELL_CMD_REGISTER(name, sub, text, fn)                                                    \
	const struct shell_static_entry test_shell_##name = {                                      \
		.syntax = #name, .help = text, .subcmd = sub, .handler = fn}

__attribute__((__format__(__printf__, 3, 4))) void
shell_fprintf(const struct shell *sh, enum shell_vt100_color color, const char *format, ...);
#define shell_error(sh, ...) shell_fprintf(sh, SHELL_NORMAL, __VA_ARGS__)

extern const struct shell_static_entry test_shell_ocre;

#endif /* TESTS_ZEPHYR_SHELL_H */
