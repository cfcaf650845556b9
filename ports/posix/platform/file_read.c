/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_read.c - files read into memory by open() and read(): what others do to a file afterwards
 * does not matter.
 */
#define _FILE_OFFSET_BITS 64
#define _POSIX_C_SOURCE	  200809L
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <ocre/platform/file.h>

/* Up to `size` bytes; fewer when the file has become shorter. -1 with errno set. */
static ssize_t read_all(int fd, char *data, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n < 0) {
			return -1;
		}
		if (n == 0) {
			break;
		}
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static void *load(int fd, size_t *size)
{
	struct stat st;
	char *data;
	ssize_t n;

	if (fstat(fd, &st) != 0) {
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	if ((uint64_t)st.st_size > SIZE_MAX / 2) {
		errno = EFBIG;
		return NULL;
	}
	data = malloc(st.st_size > 0 ? (size_t)st.st_size : 1);
	if (data == NULL) {
		return NULL;
	}
	n = read_all(fd, data, (size_t)st.st_size);
	if (n < 0) {
		int saved = errno;

		free(data);
		errno = saved;
		return NULL;
	}
	*size = (size_t)n;
	return data;
}

void *ocre_load_file(const char *path, size_t *size)
{
	void *data;
	int saved;
	int fd;

	if (path == NULL || size == NULL) {
		errno = EINVAL;
		return NULL;
	}
	/* A pipe must not make us wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		return NULL;
	}
	data = load(fd, size);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return data;
}

int ocre_unload_file(void *buffer, size_t size)
{
	(void)size;
	free(buffer);
	return 0;
}
