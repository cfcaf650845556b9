/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_stdio.c - files read into memory by <stdio.h> alone, for platforms that have no open() or no
 * useful fstat(). It cannot know beforehand how large a file is.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <ocre/platform/file.h>

/* The rest of `in`, or NULL. */
static char *load(FILE *in, size_t *size)
{
	size_t room = 4096;
	size_t used = 0;
	char *data = malloc(room);

	while (data != NULL) {
		char *more;

		used += fread(data + used, 1, room - used, in);
		if (used < room) {
			break;
		}
		more = room <= SIZE_MAX / 2 ? realloc(data, 2 * room) : NULL;
		if (more == NULL) {
			free(data);
			errno = ENOMEM;
			return NULL;
		}
		data = more;
		room *= 2;
	}
	if (data != NULL && ferror(in)) {
		free(data); /* a directory, for one, can be opened and not be read */
		return NULL;
	}
	*size = used;
	return data;
}

void *ocre_load_file(const char *path, size_t *size)
{
	size_t loaded = 0;
	char *data;
	char *fit;
	FILE *in;

	if (path == NULL || size == NULL) {
		errno = EINVAL;
		return NULL;
	}
	in = fopen(path, "rb");
	if (in == NULL) {
		return NULL;
	}
	data = load(in, &loaded);
	(void)fclose(in);
	if (data == NULL) {
		return NULL;
	}
	*size = loaded;
	fit = realloc(data, loaded > 0 ? loaded : 1);
	if (fit != NULL) {
		data = fit;
	}
	return data;
}

int ocre_unload_file(void *buffer, size_t size)
{
	(void)size;
	free(buffer);
	return 0;
}
