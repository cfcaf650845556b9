/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli.h - the `ocre` command, one file per sub-command. This is the room that prints and decides
 * exit statuses. Which port and which host modules there are is told by the program that links it
 * (struct ocre_cli_setup), so that nothing here names an operating system's port.
 */
#ifndef OCRE_CLI_H
#define OCRE_CLI_H

#include <stdio.h>

#include <ocre/base.h>
#include <ocre/engine.h>
#include <ocre/port_posix.h>

#include "setup.h"

/* Exit statuses of our own; otherwise it is the guest's. */
enum ocre__exit {
	OCRE__EXIT_OK = 0,
	OCRE__EXIT_ERROR = 1,	/* a file, a module, the machine */
	OCRE__EXIT_USAGE = 2,	/* the command line */
	OCRE__EXIT_TRAP = 134,	/* as a shell reports SIGABRT */
	OCRE__EXIT_LIMIT = 137, /* as a shell reports SIGKILL */
};

/* ---- commands ---- */

struct ocre__option {
	const char *name; /* long name, without dashes; NULL ends a table */
	const char *arg;  /* what the argument is called in the help; NULL when there is none */
	const char *help; /* lines are separated by \n */
};

struct ocre__command {
	const char *name;
	const char *args; /* of the usage line */
	const char *summary;
	const struct ocre__option *options;
	const char *details; /* after the options, may be NULL */
	int (*run)(const struct ocre_cli_setup *setup, int argc, char **argv);
};

extern const struct ocre__command ocre__cmd_run;
extern const struct ocre__command ocre__cmd_inspect;
extern const struct ocre__command ocre__cmd_validate;
extern const struct ocre__command ocre__cmd_prepare;

/* `ocre help NAME`: the whole help of one command on stdout. */
void ocre__print_help(const struct ocre__command *command);

/* ---- errors: always one line on stderr that begins with "ocre: " ---- */

#if defined(__GNUC__)
#define OCRE__PRINTF(m, n) __attribute__((format(printf, m, n)))
#else
#define OCRE__PRINTF(m, n)
#endif

/* Print the line, return `status`. Control characters in it are made harmless. */
int ocre__fail(int status, const char *format, ...) OCRE__PRINTF(2, 3);

/* The same for a wrong command line, with a pointer to the help; returns OCRE__EXIT_USAGE. */
int ocre__usage(const struct ocre__command *command, const char *format, ...) OCRE__PRINTF(2, 3);

/* "ocre: FILE: offset 0x..: reason"; returns OCRE__EXIT_ERROR. */
int ocre__fail_diag(const char *file, int status, const struct ocre_diag *diag);

/* ---- options.c: option parsing on top of getopt_long ---- */

struct ocre__options {
	const struct ocre__command *command;
	int argc;
	char **argv; /* argv[0] is the command's name */
	char *value; /* of the option that was read last, NULL when it has none */
	int next;    /* index in argv of what follows, once all options are read */
};

void ocre__options_init(struct ocre__options *options, const struct ocre__command *command,
			int argc, char **argv);

/*
 * The next option's index in command->options, OCRE__OPT_END before the first other argument (or
 * after "--"), OCRE__OPT_HELP, or OCRE__OPT_ERROR after the error has been printed.
 */
int ocre__options_next(struct ocre__options *options);
#define OCRE__OPT_END	(-1)
#define OCRE__OPT_ERROR (-2)
#define OCRE__OPT_HELP	(-3)

/* The name nearest to `word` among `count` names, NULL when none is near. */
const char *ocre__near(const char *word, const char *const *names, size_t count);

/* ---- units.c: numbers with units; false when `text` is none, or out of range ---- */

bool ocre__parse_u64(const char *text, uint64_t *out);
/* "65536", "64K", "1M", "1MiB", "2G": powers of 1024; "1MB", "1kB": powers of 1000. Not 0. */
bool ocre__parse_size(const char *text, uint64_t *out);
/* "500ms", "2s", "1.5s", "1m", "1h", "10us": nanoseconds. Not 0. */
bool ocre__parse_duration(const char *text, uint64_t *out);
/* "12 KiB", "1.5 MiB"; `out` has OCRE__UNIT_TEXT bytes. Returns `out`. */
#define OCRE__UNIT_TEXT 32
char *ocre__format_size(uint64_t bytes, char *out);
char *ocre__format_duration(uint64_t ns, char *out);

/* ---- values.c: WebAssembly values and types as text ---- */

const char *ocre__type_name(uint8_t type);
const char *ocre__extern_name(enum ocre_extern kind);
bool ocre__parse_value(uint8_t type, const char *text, union ocre_value *out);
void ocre__print_value(FILE *out, uint8_t type, const union ocre_value *value);
/* "(i32, i64) -> (f32)" */
void ocre__print_func_type(FILE *out, const struct ocre_func_type *type);
/* Bytes from a module, with control characters and malformed UTF-8 escaped. */
void ocre__print_bytes(FILE *out, struct ocre_bytes bytes);
/* A JSON string literal; bytes that are not UTF-8 become U+FFFD. */
void ocre__print_json_string(FILE *out, struct ocre_bytes bytes);

/* ---- file.c ---- */

/*
 * Read a module's file into private memory: nobody can change it while it is used in place. On
 * failure the error has been printed, and OCRE__EXIT_ERROR is returned.
 */
int ocre__file_read(const struct ocre_cli_setup *setup, const char *path,
		    struct ocre_port_file *out);
/* Map a file that nobody may change meanwhile. */
int ocre__file_map(const struct ocre_cli_setup *setup, const char *path,
		   struct ocre_port_file *out);
void ocre__file_free(const struct ocre_cli_setup *setup, struct ocre_port_file *file);

#endif /* OCRE_CLI_H */
