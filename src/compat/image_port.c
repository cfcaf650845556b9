/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_port.c - images are what the port has in /images, in place where it can. Without the `.bin`
 * at the end of the name: 64 digits are the longest name that a store in flash has.
 */
#include "internal.h"

#include <string.h>

int ocre__image_load(const struct ocre_port *port, const char *name, struct ocre__image *image,
		     struct ocre_diag *diag)
{
	char path[96] = "/images/";
	int rc;

	strncat(path, name, sizeof(path) - sizeof("/images/"));
	rc = port->ops->file_load(port->ctx, path, true, UINT32_MAX, &image->file);
	if (rc < 0) {
		return ocre_diag_set(diag, rc == -OCRE_ERRNO_NOENT ? OCRE_E_NOTFOUND : OCRE_E_IO,
				     OCRE_NO_OFFSET, "%s: %s", path,
				     rc == -OCRE_ERRNO_NOENT ? "there is no such image"
							     : "it cannot be read");
	}
	image->port = port;
	image->data = image->file.bytes.data;
	image->size = image->file.bytes.size;
	return OCRE_OK;
}

void ocre__image_unload(struct ocre__image *image)
{
	if (image->port != NULL) {
		image->port->ops->file_unload(image->port->ctx, &image->file);
	}
}
