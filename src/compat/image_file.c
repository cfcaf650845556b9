/* SPDX-License-Identifier: Apache-2.0 */
/* image_file.c - images are files of the system, read once into memory. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t n = read(fd, data, size);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return n < 0 ? -errno : -EIO; /* shorter than it was a moment ago */
		}
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

static int read_file(int fd, struct ocre__image *image)
{
	struct stat st;
	uint8_t *data;

	if (fstat(fd, &st) != 0) {
		return -errno;
	}
	if (!S_ISREG(st.st_mode)) {
		return -EINVAL;
	}
	if ((uint64_t)st.st_size > UINT32_MAX) {
		return -EFBIG;
	}
	image->size = (size_t)st.st_size;
	data = malloc(image->size != 0 ? image->size : 1);
	image->data = data;
	return data != NULL ? read_all(fd, data, image->size) : -ENOMEM;
}

int ocre__image_load(const struct ocre_port *port, const char *name, struct ocre__image *image,
		     struct ocre_diag *diag)
{
	char path[FILE_PATH_MAX + 128];
	char file[96];
	int rc;
	int fd;

	(void)port;
	snprintf(file, sizeof(file), "images/%s.bin", name);
	rc = ocre__storage_file(file, path, sizeof(path));
	if (rc < 0) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET, "the storage: %s",
				     strerror(-rc));
	}
	/* A FIFO in its place must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	rc = fd >= 0 ? read_file(fd, image) : -errno;
	if (fd >= 0) {
		close(fd);
	}
	if (rc < 0) {
		return ocre_diag_set(diag, rc == -ENOENT ? OCRE_E_NOTFOUND : OCRE_E_IO,
				     OCRE_NO_OFFSET, "%s: %s", file, strerror(-rc));
	}
	return OCRE_OK;
}

void ocre__image_unload(struct ocre__image *image)
{
	free((void *)(uintptr_t)image->data);
}
