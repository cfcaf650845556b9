/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lstat.c - the system's own, with the struct stat that a program has which asks for no other: on
 * 32-bit machines that depends on _FILE_OFFSET_BITS.
 */
#define _POSIX_C_SOURCE 200809L
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
