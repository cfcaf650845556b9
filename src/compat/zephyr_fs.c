/* SPDX-License-Identifier: Apache-2.0 */
/* zephyr_fs.c - the stand-in for Zephyr's files: /lfs/ocre is the storage of the runtime. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocre/fs/fs.h>
#include <zephyr/fs/fs.h>

static bool has_dotdot(const char *path)
{
	for (const char *at = path; (at = strstr(at, "..")) != NULL; at += 2) {
		if ((at == path || at[-1] == '/') && (at[2] == '/' || at[2] == '\0')) {
			return true;
		}
	}
	return false;
}

/* A path below /lfs/ocre as one of this system. */
static int map(const char *path, char *out, size_t size)
{
	size_t base = sizeof(OCRE_BASE_PATH) - 1;

	if (path == NULL || path[0] != '/' || has_dotdot(path)) {
		return -EINVAL;
	}
	if (strncmp(path, OCRE_BASE_PATH, base) != 0 || (path[base] != '/' && path[base] != '\0')) {
		return -ENOENT;
	}
	path += base;
	return ocre__storage_file(path + strspn(path, "/"), out, size);
}

static int fd_of(const struct fs_file_t *file)
{
	return file != NULL ? file->fd_plus_one - 1 : -1;
}

static int result(int rc)
{
	return rc < 0 ? -errno : 0;
}

void fs_file_t_init(struct fs_file_t *file)
{
	if (file != NULL) {
		memset(file, 0, sizeof(*file));
	}
}

static int open_flags(fs_mode_t flags)
{
	int result = O_CLOEXEC | O_NOCTTY;

	if ((flags & FS_O_RDWR) == FS_O_RDWR) {
		result |= O_RDWR;
	} else if ((flags & FS_O_WRITE) != 0) {
		result |= O_WRONLY;
	} else {
		result |= O_RDONLY;
	}
	result |= (flags & FS_O_CREATE) != 0 ? O_CREAT : 0;
	result |= (flags & FS_O_APPEND) != 0 ? O_APPEND : 0;
	result |= (flags & FS_O_TRUNC) != 0 ? O_TRUNC : 0;
	return result;
}

int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags)
{
	char host_path[FILE_PATH_MAX];
	int rc;
	int fd;

	if (file == NULL || ((flags & FS_O_TRUNC) != 0 && (flags & FS_O_WRITE) == 0)) {
		return -EINVAL;
	}
	if (file->fd_plus_one != 0) {
		return -EBUSY;
	}
	rc = map(path, host_path, sizeof(host_path));
	if (rc < 0) {
		return rc;
	}
	fd = open(host_path, open_flags(flags), 0644);
	if (fd < 0) {
		return -errno;
	}
	file->fd_plus_one = fd + 1;
	file->flags = flags;
	return 0;
}

int fs_close(struct fs_file_t *file)
{
	int fd = fd_of(file);

	if (file == NULL) {
		return -EINVAL;
	}
	if (fd < 0) {
		return 0;
	}
	fs_file_t_init(file);
	return result(close(fd));
}

/* The flags decide, so that a file opened with none of them can do nothing, as on Zephyr. */
ssize_t fs_read(struct fs_file_t *file, void *data, size_t size)
{
	ssize_t n;

	if (fd_of(file) < 0) {
		return -EBADF;
	}
	if ((file->flags & FS_O_READ) == 0) {
		return -EACCES;
	}
	do {
		n = read(fd_of(file), data, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t fs_write(struct fs_file_t *file, const void *data, size_t size)
{
	const char *at = data;
	size_t left = size;

	if (fd_of(file) < 0) {
		return -EBADF;
	}
	if ((file->flags & FS_O_WRITE) == 0) {
		return -EACCES;
	}
	while (left > 0) {
		ssize_t n = write(fd_of(file), at, left);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return left < size ? (ssize_t)(size - left) : -errno;
		}
		at += n;
		left -= (size_t)n;
	}
	return (ssize_t)size;
}

int fs_seek(struct fs_file_t *file, off_t offset, int whence)
{
	static const int whences[] = {SEEK_SET, SEEK_CUR, SEEK_END};

	if (fd_of(file) < 0) {
		return -EBADF;
	}
	if (whence < FS_SEEK_SET || whence > FS_SEEK_END) {
		return -EINVAL;
	}
	return lseek(fd_of(file), offset, whences[whence]) < 0 ? -errno : 0;
}

off_t fs_tell(struct fs_file_t *file)
{
	off_t at;

	if (fd_of(file) < 0) {
		return -EBADF;
	}
	at = lseek(fd_of(file), 0, SEEK_CUR);
	return at < 0 ? -errno : at;
}

int fs_truncate(struct fs_file_t *file, off_t size)
{
	return fd_of(file) < 0 ? -EBADF : result(ftruncate(fd_of(file), size));
}

int fs_sync(struct fs_file_t *file)
{
	return fd_of(file) < 0 ? -EBADF : result(fsync(fd_of(file)));
}

int fs_unlink(const char *path)
{
	char host_path[FILE_PATH_MAX];
	int rc = map(path, host_path, sizeof(host_path));

	if (rc < 0) {
		return rc;
	}
	rc = unlink(host_path);
	if (rc < 0 && (errno == EISDIR || errno == EPERM)) {
		rc = rmdir(host_path);
	}
	return result(rc);
}

int fs_mkdir(const char *path)
{
	char host_path[FILE_PATH_MAX];
	int rc = map(path, host_path, sizeof(host_path));

	return rc < 0 ? rc : result(mkdir(host_path, 0755));
}
