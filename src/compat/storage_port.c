/* SPDX-License-Identifier: Apache-2.0 */
/* storage_port.c - the storage of the older API where it is the port's own: its root. */
#include "internal.h"

#include <errno.h>
#include <string.h>

#include <ocre/fs/fs.h>

int ocre_app_storage_path(char *path, size_t size)
{
	if (path == NULL || size < 2) {
		return path == NULL ? -EINVAL : -ENAMETOOLONG;
	}
	memcpy(path, "/", 2);
	return 0;
}

int ocre_app_storage_init(void)
{
	return 0; /* what is missing is made when the context is opened */
}
