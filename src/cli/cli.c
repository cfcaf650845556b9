/* SPDX-License-Identifier: Apache-2.0 */
/* cli.c - the table of commands, help, and the form of every error line. */
#include <stdarg.h>
#include <string.h>

#include "cli.h"

static const struct ocre__command *const commands[] = {
	&ocre__cmd_run,
	&ocre__cmd_inspect,
	&ocre__cmd_validate,
	&ocre__cmd_prepare,
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_line(const char *format, va_list args)
{
	char line[4608]; /* a path (4096 bytes), and words */
	int length = vsnprintf(line, sizeof(line), format, args);
	struct ocre_bytes bytes = {(const uint8_t *)line, 0};

	if (length > 0) {
		bytes.size = (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1;
	}
	fflush(stdout);
	fputs("ocre: ", stderr);
	ocre__print_bytes(stderr, bytes);
}

int ocre__fail(int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

int ocre__usage(const struct ocre__command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
	fprintf(stderr, " (see ocre %s%s--help)\n", command != NULL ? command->name : "",
		command != NULL ? " " : "");
	return OCRE__EXIT_USAGE;
}

int ocre__fail_diag(const char *file, int status, const struct ocre_diag *diag)
{
	const char *text = diag->text[0] != '\0' ? diag->text : ocre_status_text(status);

	if (diag->status != 0 && diag->offset != OCRE_NO_OFFSET) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: offset 0x%x: %s", file,
				  (unsigned int)diag->offset, text);
	}
	return ocre__fail(OCRE__EXIT_ERROR, "%s: %s", file, text);
}

/* An option's line; further lines of its help are put under the first. */
static void print_option(const struct ocre__option *option)
{
	char left[40];
	const char *help = option->help;

	snprintf(left, sizeof(left), "--%s%s%s", option->name, option->arg != NULL ? " " : "",
		 option->arg != NULL ? option->arg : "");
	printf("  %-26s ", left);
	if (strlen(left) > 26) {
		printf("\n%29s", "");
	}
	for (; *help != '\0'; help++) {
		putchar(*help);
		if (*help == '\n') {
			printf("%29s", "");
		}
	}
	putchar('\n');
}

void ocre__print_help(const struct ocre__command *command)
{
	static const struct ocre__option help = {"help", NULL, "this text"};

	printf("Usage: ocre %s %s\n\n%s.\n\nOptions:\n", command->name, command->args,
	       command->summary);
	for (const struct ocre__option *o = command->options; o->name != NULL; o++) {
		print_option(o);
	}
	print_option(&help);
	if (command->details != NULL) {
		printf("\n%s", command->details);
	}
}

static void print_overview(void)
{
	printf("Usage: ocre COMMAND [ARGUMENT...]\n\n"
	       "Run WebAssembly programs as containers.\n\nCommands:\n");
	for (size_t n = 0; n < COMMAND_COUNT; n++) {
		printf("  %-10s %s\n", commands[n]->name, commands[n]->summary);
	}
	printf("  %-10s %s\n", "help", "Tell more about a command: ocre help run");
	printf("\nOptions:\n  --help     this text\n  --version  version and engine features\n");
}

static const struct ocre__command *find(const char *name)
{
	for (size_t n = 0; n < COMMAND_COUNT; n++) {
		if (strcmp(commands[n]->name, name) == 0) {
			return commands[n];
		}
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMAND_COUNT];
	const char *near;
	size_t length = strlen(name);

	for (size_t n = 0; n < COMMAND_COUNT; n++) {
		names[n] = commands[n]->name;
	}
	near = ocre__near(name, names, COMMAND_COUNT);
	if (near != NULL) {
		return ocre__usage(NULL, "unknown %s %s, did you mean %s?",
				   name[0] == '-' ? "option" : "command", name, near);
	}
	if (length > 5 && strcmp(name + length - 5, ".wasm") == 0) {
		return ocre__usage(NULL, "unknown command %s, did you mean ocre run %s?", name,
				   name);
	}
	return ocre__usage(NULL, "unknown %s %s", name[0] == '-' ? "option" : "command", name);
}

static int help(int argc, char **argv)
{
	const struct ocre__command *command;

	if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
		print_overview();
		return OCRE__EXIT_OK;
	}
	command = find(argv[1]);
	if (command == NULL) {
		return unknown_command(argv[1]);
	}
	ocre__print_help(command);
	return OCRE__EXIT_OK;
}

static int dispatch(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	const struct ocre__command *command;

	if (argc < 2) {
		return ocre__usage(NULL,
				   "a command is needed: run, inspect, validate, prepare or help");
	}
	if (strcmp(argv[1], "help") == 0) {
		return help(argc - 1, argv + 1);
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		return help(1, argv);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("ocre %s\nengine: %s\n", setup->version, ocre_engine_features());
		return OCRE__EXIT_OK;
	}
	command = find(argv[1]);
	if (command == NULL) {
		return unknown_command(argv[1]);
	}
	return command->run(setup, argc - 1, argv + 1);
}

int ocre_cli_main(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	int status = dispatch(setup, argc, argv);

	/* A full disk must not look like success. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == OCRE__EXIT_OK) {
		return ocre__fail(OCRE__EXIT_ERROR, "standard output: cannot write");
	}
	return status;
}
