/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - a guest that works with a directory it was given: copies a text file to upper case.
 * Without `--dir` there is no such directory, and nothing else of the file system either.
 *
 * usage: files INPUT OUTPUT, with the environment variable GREETING
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_or_end(const char *path, const char *mode)
{
	FILE *file = fopen(path, mode);

	if (file == NULL) {
		fprintf(stderr, "files: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return file;
}

int main(int argc, char **argv)
{
	const char *greeting = getenv("GREETING");
	FILE *input, *output;
	int c, count = 0;

	if (argc != 3) {
		fprintf(stderr, "usage: files INPUT OUTPUT\n");
		return 2;
	}
	printf("GREETING is %s\n", greeting != NULL ? greeting : "not set");
	input = open_or_end(argv[1], "r");
	output = open_or_end(argv[2], "w");
	while ((c = getc(input)) != EOF) {
		putc(toupper(c), output);
		count++;
	}
	fclose(input);
	if (fclose(output) != 0) {
		perror(argv[2]);
		return 1;
	}
	printf("%s: %d characters written\n", argv[2], count);
	return 0;
}
