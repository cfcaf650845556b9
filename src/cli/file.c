/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - module files, by way of the port. */
#include <string.h>

#include "cli.h"

/* As the JavaScript interface of WebAssembly limits modules (its chapter 7). */
#define MODULE_MAX ((size_t)1 << 30)

int ocre__file_read(const struct ocre_cli_setup *setup, const char *path,
		    struct ocre_port_file *out)
{
	const struct ocre_port *port = setup->port;
	int rc = port->ops->file_load(port->ctx, path, false, MODULE_MAX, out);

	if (rc == -OCRE_ERRNO_FBIG) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: larger than 1 GiB", path);
	}
	if (rc < 0) { /* the numbers are Linux's, and so is this room */
		return ocre__fail(OCRE__EXIT_ERROR, "%s: %s", path, strerror(-rc));
	}
	return OCRE__EXIT_OK;
}

void ocre__file_free(const struct ocre_cli_setup *setup, struct ocre_port_file *file)
{
	setup->port->ops->file_unload(setup->port->ctx, file);
}
