/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - long options from a command's table, with getopt_long. Options end at the first other
 * argument, so that what follows a module's file name reaches the guest untouched.
 */
#include <getopt.h>
#include <string.h>

#include "cli.h"

#define OPTIONS_MAX 32
#define NEAR_MAX    24 /* letters of a word that suggestions are made for */

void ocre__options_init(struct ocre__options *options, const struct ocre__command *command,
			int argc, char **argv)
{
	memset(options, 0, sizeof(*options));
	options->command = command;
	options->argc = argc;
	options->argv = argv;
	optind = 0; /* GNU: begin anew */
	opterr = 0;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein's distance: how many letters to insert, remove or change. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NEAR_MAX + 1];
	size_t length = strlen(b);

	if (strlen(a) > NEAR_MAX || length > NEAR_MAX) {
		return NEAR_MAX;
	}
	for (size_t n = 0; n <= length; n++) {
		row[n] = n;
	}
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t n = 1; n <= length; n++) {
			size_t above = row[n];

			row[n] = smallest(above + 1, row[n - 1] + 1,
					  diagonal + (a[i - 1] != b[n - 1]));
			diagonal = above;
		}
	}
	return row[length];
}

const char *ocre__near(const char *word, const char *const *names, size_t count)
{
	const char *best = NULL;
	size_t least = strlen(word) / 3 + 2; /* of a short word, one or two letters may be wrong */

	for (size_t n = 0; n < count; n++) {
		size_t d = distance(word, names[n]);

		if (d < least) {
			least = d;
			best = names[n];
		}
	}
	return best;
}

static int unknown(const struct ocre__options *options, const char *word)
{
	const char *names[OPTIONS_MAX];
	char name[NEAR_MAX + 1];
	const char *near = NULL;
	size_t count = 0;
	size_t length = strcspn(word, "=");

	while (options->command->options[count].name != NULL) {
		names[count] = options->command->options[count].name;
		count++;
	}
	if (length > 2 && length - 2 < sizeof(name)) {
		memcpy(name, word + 2, length - 2);
		name[length - 2] = '\0';
		near = ocre__near(name, names, count);
	}
	if (near != NULL) {
		ocre__usage(options->command, "unknown option %.*s, did you mean --%s?",
			    (int)length, word, near);
	} else {
		ocre__usage(options->command, "unknown option %.*s", (int)length, word);
	}
	return OCRE__OPT_ERROR;
}

int ocre__options_next(struct ocre__options *options)
{
	/* Values that no option letter has. */
	enum {
		FIRST = 1000,
		HELP = FIRST + OPTIONS_MAX
	};
	struct option list[OPTIONS_MAX + 2];
	int index = 0;
	int got;

	memset(list, 0, sizeof(list));
	for (; index < OPTIONS_MAX && options->command->options[index].name != NULL; index++) {
		list[index].name = options->command->options[index].name;
		list[index].has_arg = options->command->options[index].arg != NULL
					      ? required_argument
					      : no_argument;
		list[index].val = FIRST + index;
	}
	list[index].name = "help";
	list[index].val = HELP;
	got = getopt_long(options->argc, options->argv, "+:h", list, NULL);
	options->value = optarg;
	options->next = optind;
	if (got == -1) {
		return OCRE__OPT_END;
	}
	if (got == 'h' || got == HELP) {
		return OCRE__OPT_HELP;
	}
	if (got == ':') {
		ocre__usage(options->command, "option --%s needs a value: --%s %s",
			    options->command->options[optopt - FIRST].name,
			    options->command->options[optopt - FIRST].name,
			    options->command->options[optopt - FIRST].arg);
		return OCRE__OPT_ERROR;
	}
	if (got == '?') {
		const char *word = options->argv[optind - 1];

		if (optopt >= FIRST && optopt <= HELP) { /* --flag=value */
			ocre__usage(options->command, "option --%s takes no value",
				    optopt == HELP
					    ? "help"
					    : options->command->options[optopt - FIRST].name);
			return OCRE__OPT_ERROR;
		}
		if (optopt > 0 && optopt < 128 && strncmp(word, "--", 2) != 0) {
			ocre__usage(options->command, "unknown option -%c", optopt);
			return OCRE__OPT_ERROR;
		}
		return unknown(options, word);
	}
	return got - FIRST;
}
