/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - a guest: files COMMAND PATH [TEXT]; says what failed, and ends with status 1. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int fail(const char *what)
{
	perror(what);
	return 1;
}

static int cat(const char *path)
{
	FILE *f = fopen(path, "r");
	int c;

	if (f == NULL) {
		return fail(path);
	}
	while ((c = getc(f)) != EOF) {
		putchar(c);
	}
	fclose(f);
	return 0;
}

static int put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0) {
		return fail(path);
	}
	return 0;
}

static int list(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	if (dir == NULL) {
		return fail(path);
	}
	while ((entry = readdir(dir)) != NULL) {
		puts(entry->d_name);
	}
	closedir(dir);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		return 2;
	}
	if (strcmp(argv[1], "cat") == 0) {
		return cat(argv[2]);
	}
	if (strcmp(argv[1], "put") == 0 && argc > 3) {
		return put(argv[2], argv[3]);
	}
	if (strcmp(argv[1], "list") == 0) {
		return list(argv[2]);
	}
	if (strcmp(argv[1], "mkdir") == 0) {
		return mkdir(argv[2], 0777) == 0 ? 0 : fail(argv[2]);
	}
	if (strcmp(argv[1], "rm") == 0) {
		return remove(argv[2]) == 0 ? 0 : fail(argv[2]);
	}
	return 2;
}
