/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - the file that a container is made from: found by its name, read, its digest checked.
 * What is checked is what will run, since it is read once into memory that nobody else can write.
 */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocre/sha256.h>

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
	image->data = malloc(image->size != 0 ? image->size : 1);
	return image->data != NULL ? read_all(fd, image->data, image->size) : -ENOMEM;
}

static int check_digest(const struct ocre__image *image, const char *name, struct ocre_diag *diag)
{
	uint8_t expected[OCRE_SHA256_SIZE];
	uint8_t digest[OCRE_SHA256_SIZE];
	char text[OCRE_SHA256_TEXT];

	if (!ocre_sha256_parse(name, expected)) {
		return OCRE_OK; /* a plain name */
	}
	ocre_sha256(image->data, image->size, digest);
	if (memcmp(digest, expected, sizeof(digest)) == 0) {
		return OCRE_OK;
	}
	ocre_sha256_text(digest, text);
	return ocre_diag_set(diag, OCRE_E_INVALID, OCRE_NO_OFFSET,
			     "the file named by sha256 has another: %s", text);
}

int ocre__image_read(const char *name, struct ocre__image **out, struct ocre_diag *diag)
{
	char path[FILE_PATH_MAX + 128];
	struct ocre__image *image;
	char file[96];
	int rc;
	int fd;

	snprintf(file, sizeof(file), "images/%s.bin", name);
	rc = ocre__storage_file(file, path, sizeof(path));
	if (rc < 0) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET, "the storage: %s",
				     strerror(-rc));
	}
	image = calloc(1, sizeof(*image));
	if (image == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	/* A FIFO in its place must not hold us up. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	rc = fd >= 0 ? read_file(fd, image) : -errno;
	if (fd >= 0) {
		close(fd);
	}
	if (rc < 0) {
		rc = ocre_diag_set(diag, rc == -ENOENT ? OCRE_E_NOTFOUND : OCRE_E_IO,
				   OCRE_NO_OFFSET, "%s: %s", file, strerror(-rc));
	} else {
		rc = check_digest(image, name, diag);
	}
	if (rc < 0) {
		ocre__image_free(image);
		return rc;
	}
	image->users = 1;
	*out = image;
	return OCRE_OK;
}

void ocre__image_free(struct ocre__image *image)
{
	free(image->data);
	free(image);
}

bool ocre__image_equal(const struct ocre__image *a, const struct ocre__image *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}
