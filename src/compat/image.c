/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - the file that a container is made from: found by its name, its digest checked. What is
 * checked is what will run, since it is in memory that nobody else can write.
 */
#include "internal.h"

#include <string.h>

#include <ocre/platform/memory.h>
#include <ocre/sha256.h>

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

int ocre__image_read(const struct ocre_port *port, const char *name, struct ocre__image **out,
		     struct ocre_diag *diag)
{
	struct ocre__image *image = user_malloc(sizeof(*image));
	int rc;

	if (image == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	memset(image, 0, sizeof(*image));
	rc = ocre__image_load(port, name, image, diag);
	if (rc == OCRE_OK) {
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
	ocre__image_unload(image);
	user_free(image);
}

bool ocre__image_equal(const struct ocre__image *a, const struct ocre__image *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}
