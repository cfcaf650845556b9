/* SPDX-License-Identifier: Apache-2.0 */
/* lstat.c - the system's own. */
#define _FILE_OFFSET_BITS 64
#define _POSIX_C_SOURCE	  200809L
#include <errno.h>

#include <ocre/platform/file.h>

int ocre_lstat(const char *path, struct stat *buf)
{
	if (path == NULL || buf == NULL) {
		errno = EINVAL;
		return -1;
	}
	return lstat(path, buf);
}
