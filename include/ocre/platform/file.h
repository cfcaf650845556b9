/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - files of the platform, as the Ocre platform requirements name them. Any thread.
 */
#ifndef OCRE_PLATFORM_FILE_H
#define OCRE_PLATFORM_FILE_H

#include <stddef.h>
#include <sys/stat.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The contents of a regular file as one range of memory, not to be written to, and its size in
 * bytes. NULL, with errno set and *size untouched, when that is not possible. An empty file gives
 * a pointer to nothing, which is to be unloaded like others.
 */
void *ocre_load_file(const char *path, size_t *size);
/* `buffer` and `size` as ocre_load_file gave them; NULL is allowed. 0, or -1 with errno set. */
int ocre_unload_file(void *buffer, size_t size);

/*
 * As lstat(): about a symbolic link, not what it points to. 0, or -1 with errno set. Where struct
 * stat depends on _FILE_OFFSET_BITS it is the one without that.
 */
int ocre_lstat(const char *path, struct stat *buf);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PLATFORM_FILE_H */
