/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - module files, by way of the port. */
#include <string.h>

#include "cli.h"

/* As the JavaScript interface of WebAssembly limits modules (its chapter 7). */
#define MODULE_MAX ((size_t)1 << 30)

static int load(const struct ocre_cli_setup *setup, const char *path, bool immutable,
		struct ocre_port_file *out)
{
	const struct ocre_port *port = setup->port;
	int rc = port->ops->file_load(port->ctx, path, immutable, MODULE_MAX, out);

	if (rc == -OCRE_ERRNO_FBIG) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: larger than 1 GiB", path);
	}
	if (rc < 0) { /* the numbers are Linux's, and so is this room */
		return ocre__fail(OCRE__EXIT_ERROR, "%s: %s", path, strerror(-rc));
	}
	return OCRE__EXIT_OK;
}

int ocre__file_read(const struct ocre_cli_setup *setup, const char *path,
		    struct ocre_port_file *out)
{
	return load(setup, path, false, out);
}

int ocre__file_map(const struct ocre_cli_setup *setup, const char *path, struct ocre_port_file *out)
{
	return load(setup, path, true, out);
}

void ocre__file_free(const struct ocre_cli_setup *setup, struct ocre_port_file *file)
{
	setup->port->ops->file_unload(setup->port->ctx, file);
}
