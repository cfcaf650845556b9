/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zephyr/fs/fs.h - stands in for Zephyr's header of this name: files below /lfs/ocre, which lie in
 * the runtime's storage (see <ocre/fs/fs.h>). There is no other mount point: -ENOENT. A path with
 * `..` is refused with -EINVAL. All return 0 or more, or a negative errno.
 */
#ifndef OCRE_ZEPHYR_FS_H
#define OCRE_ZEPHYR_FS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FS_O_READ   0x01
#define FS_O_WRITE  0x02
#define FS_O_RDWR   0x03
#define FS_O_CREATE 0x10
#define FS_O_APPEND 0x20
#define FS_O_TRUNC  0x40

#ifndef FS_SEEK_SET
#define FS_SEEK_SET 0
#define FS_SEEK_CUR 1
#define FS_SEEK_END 2
#endif

typedef uint8_t fs_mode_t;

/* A file that may be open. Private. */
struct fs_file_t {
	int fd_plus_one;
	fs_mode_t flags;
};

void fs_file_t_init(struct fs_file_t *file);

/* -EBUSY when `file` is open. Without FS_O_TRUNC a file that is there keeps its bytes. */
int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags);
/* A file that is not open: 0. */
int fs_close(struct fs_file_t *file);
/* Bytes moved. -EBADF when it is not open. */
ssize_t fs_read(struct fs_file_t *file, void *data, size_t size);
ssize_t fs_write(struct fs_file_t *file, const void *data, size_t size);
int fs_seek(struct fs_file_t *file, off_t offset, int whence);
off_t fs_tell(struct fs_file_t *file);
int fs_truncate(struct fs_file_t *file, off_t size);
int fs_sync(struct fs_file_t *file);

int fs_unlink(const char *path);
int fs_mkdir(const char *path);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_ZEPHYR_FS_H */
