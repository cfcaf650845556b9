/* SPDX-License-Identifier: Apache-2.0 */
/* help.c - see help.h. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "help.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

char *help_workdir(void)
{
	const char *parent = getenv("TMPDIR");
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/ocre-api-XXXXXX", parent != NULL ? parent : "/tmp");
	return mkdtemp(path) != NULL ? strdup(path) : NULL;
}

void help_remove(char *workdir)
{
	if (workdir != NULL) {
		(void)nftw(workdir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	}
	free(workdir);
}

bool help_image(const char *workdir, const char *name, const void *data, size_t size)
{
	char path[300];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/images", workdir);
	if (mkdir(path, 0755) != 0 && errno != EEXIST) {
		return false;
	}
	(void)snprintf(path, sizeof(path), "%s/images/%s", workdir, name);
	out = fopen(path, "wb");
	if (out == NULL) {
		return false;
	}
	(void)fwrite(data, 1, size, out);
	return fclose(out) == 0;
}

void help_sleep_ms(unsigned int ms)
{
	struct timespec t = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000L};

	while (nanosleep(&t, &t) != 0) {
	}
}
