/* SPDX-License-Identifier: Apache-2.0 */
/* fs.h - see kernel.h. tests/zephyr/fs.c has one file system, a directory of this machine. */
#ifndef TESTS_ZEPHYR_FS_H
#define TESTS_ZEPHYR_FS_H

#include <stdint.h>
#include <sys/types.h>

#define FS_O_READ   0x01
#define FS_O_WRITE  0x02
#define FS_O_RDWR   (FS_O_READ | FS_O_WRITE)
#define FS_O_CREATE 0x10

#define FS_SEEK_SET 0
#define FS_SEEK_CUR 1
#define FS_SEEK_END 2

typedef uint8_t fs_mode_t;

struct fs_file_t {
	void *filep;
};
struct fs_dir_t {
	void *dirp;
};

enum fs_dir_entry_type {
	FS_DIR_ENTRY_FILE,
	FS_DIR_ENTRY_DIR,
};
struct fs_dirent {
	enum fs_dir_entry_type type;
	char name[256];
	size_t size;
};

void fs_file_t_init(struct fs_file_t *file);
void fs_dir_t_init(struct fs_dir_t *dir);
int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags);
int fs_close(struct fs_file_t *file);
ssize_t fs_read(struct fs_file_t *file, void *data, size_t size);
ssize_t fs_write(struct fs_file_t *file, const void *data, size_t size);
int fs_seek(struct fs_file_t *file, off_t offset, int whence);
off_t fs_tell(struct fs_file_t *file);
int fs_truncate(struct fs_file_t *file, off_t length);
int fs_sync(struct fs_file_t *file);
int fs_mkdir(const char *path);
int fs_unlink(const char *path);
int fs_rename(const char *from, const char *to);
int fs_stat(const char *path, struct fs_dirent *entry);
int fs_opendir(struct fs_dir_t *dir, const char *path);
int fs_readdir(struct fs_dir_t *dir, struct fs_dirent *entry);
int fs_closedir(struct fs_dir_t *dir);

#endif /* TESTS_ZEPHYR_FS_H */
