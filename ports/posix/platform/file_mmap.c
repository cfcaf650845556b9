/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_mmap.c - files mapped in place: costs no memory of ours, and nobody may change or shorten a
 * file while it is loaded.
 */
#define _FILE_OFFSET_BITS 64
#define _POSIX_C_SOURCE	  200809L
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ocre/platform/file.h>

/* What an empty file is loaded as: there is nothing to map. */
static const char nothing[1];

static void *map(int fd, size_t *size)
{
	struct stat st;
	void *at;

	if (fstat(fd, &st) != 0) {
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		return NULL;
	}
	if ((uint64_t)st.st_size > SIZE_MAX) {
		errno = EFBIG;
		return NULL;
	}
	if (st.st_size == 0) {
		*size = 0;
		return (void *)(uintptr_t)nothing;
	}
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED) {
		return NULL;
	}
	*size = (size_t)st.st_size;
	return at;
}

void *ocre_load_file(const char *path, size_t *size)
{
	void *at;
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
	at = map(fd, size);
	saved = errno;
	(void)close(fd);
	errno = saved;
	return at;
}

int ocre_unload_file(void *buffer, size_t size)
{
	if (buffer == NULL || buffer == (void *)(uintptr_t)nothing) {
		return 0;
	}
	return munmap(buffer, size);
}
