/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fs.c - Zephyr's file system API with one mount, /lfs: a directory of this machine that goes with
 * the program. As strict as the real one: unlink() takes empty directories too, paths are absolute
 * and have no dots, and its root can be listed but not looked at.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zephyr/fs/fs.h>

#define MOUNT "/lfs"

static char root[64];

static void remove_root(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	if (system(command) != 0) {
		perror(root);
	}
}

/* The path on this machine, or a negative errno. */
static int host(const char *path, char out[512])
{
	const char *p;

	if (root[0] == '\0') {
		snprintf(root, sizeof(root), "ocre-zephyr-%ld", (long)getpid());
		if (mkdir(root, 0700) != 0) {
			return -errno;
		}
		atexit(remove_root);
	}
	if (path[0] != '/' || path[1] == '\0') {
		return -EINVAL;
	}
	for (p = path; (p = strchr(p, '/')) != NULL; p++) {
		size_t size = strcspn(p + 1, "/");

		if (size == 0 || strncmp(p + 1, "..", size) == 0) {
			abort(); /* the port must not ask for such a path */
		}
	}
	if (strncmp(path, MOUNT, 4) != 0 || (path[4] != '/' && path[4] != '\0')) {
		return -ENOENT;
	}
	return snprintf(out, 512, "%s%s", root, path + 4) < 512 ? 0 : -ENAMETOOLONG;
}

static int result(int rc)
{
	return rc < 0 ? -errno : 0;
}

static int fd_of(const struct fs_file_t *file)
{
	return (int)(intptr_t)file->filep - 1;
}

void fs_file_t_init(struct fs_file_t *file)
{
	file->filep = NULL;
}

void fs_dir_t_init(struct fs_dir_t *dir)
{
	dir->dirp = NULL;
}

int fs_open(struct fs_file_t *file, const char *path, fs_mode_t flags)
{
	char name[512];
	int rc = host(path, name);
	int mode = (flags & FS_O_RDWR) == FS_O_RDWR ? O_RDWR
		   : (flags & FS_O_WRITE) != 0	    ? O_WRONLY
						    : O_RDONLY;

	if (rc == 0 && file->filep != NULL) {
		rc = -EBUSY;
	}
	if (rc == 0) {
		rc = open(name, mode | ((flags & FS_O_CREATE) != 0 ? O_CREAT : 0), 0600);
		if (rc < 0) {
			return -errno;
		}
		file->filep = (void *)(intptr_t)(rc + 1);
		rc = 0;
	}
	return rc;
}

int fs_close(struct fs_file_t *file)
{
	int rc = result(close(fd_of(file)));

	file->filep = NULL;
	return rc;
}

ssize_t fs_read(struct fs_file_t *file, void *data, size_t size)
{
	ssize_t n = read(fd_of(file), data, size);

	return n < 0 ? -errno : n;
}

ssize_t fs_write(struct fs_file_t *file, const void *data, size_t size)
{
	ssize_t n = write(fd_of(file), data, size);

	return n < 0 ? -errno : n;
}

int fs_seek(struct fs_file_t *file, off_t offset, int whence)
{
	return lseek(fd_of(file), offset, whence) < 0 ? -errno : 0;
}

off_t fs_tell(struct fs_file_t *file)
{
	off_t at = lseek(fd_of(file), 0, SEEK_CUR);

	return at < 0 ? -errno : at;
}

int fs_truncate(struct fs_file_t *file, off_t length)
{
	return result(ftruncate(fd_of(file), length));
}

int fs_sync(struct fs_file_t *file)
{
	return result(fsync(fd_of(file)));
}

int fs_mkdir(const char *path)
{
	char name[512];
	int rc = host(path, name);

	return rc != 0 ? rc : result(mkdir(name, 0700));
}

int fs_unlink(const char *path)
{
	char name[512];
	int rc = host(path, name);

	return rc != 0 ? rc : result(remove(name));
}

int fs_rename(const char *from, const char *to)
{
	char old_name[512];
	char new_name[512];
	int rc = host(from, old_name);

	if (rc == 0) {
		rc = host(to, new_name);
	}
	return rc != 0 ? rc : result(rename(old_name, new_name));
}

static int describe(const char *name, struct fs_dirent *entry)
{
	struct stat st;

	if (stat(name, &st) != 0) {
		return -errno;
	}
	entry->type = S_ISDIR(st.st_mode) ? FS_DIR_ENTRY_DIR : FS_DIR_ENTRY_FILE;
	entry->size = S_ISDIR(st.st_mode) ? 0 : (size_t)st.st_size;
	return 0;
}

int fs_stat(const char *path, struct fs_dirent *entry)
{
	char name[512];
	int rc = strcmp(path, MOUNT) == 0 ? -EINVAL : host(path, name);

	return rc != 0 ? rc : describe(name, entry);
}

struct listing {
	DIR *dir;
	char path[512];
};

int fs_opendir(struct fs_dir_t *dir, const char *path)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	int rc = listing == NULL ? -ENOMEM : host(path, listing->path);

	if (rc == 0) {
		listing->dir = opendir(listing->path);
		rc = listing->dir == NULL ? -errno : 0;
	}
	if (rc != 0) {
		free(listing);
		return rc;
	}
	dir->dirp = listing;
	return 0;
}

int fs_readdir(struct fs_dir_t *dir, struct fs_dirent *entry)
{
	struct listing *listing = dir->dirp;
	struct dirent *found;
	char name[1024];

	do {
		found = readdir(listing->dir);
	} while (found != NULL &&
		 (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0));
	entry->name[0] = '\0';
	if (found == NULL) {
		return 0;
	}
	snprintf(entry->name, sizeof(entry->name), "%s", found->d_name);
	snprintf(name, sizeof(name), "%s/%s", listing->path, found->d_name);
	return describe(name, entry);
}

int fs_closedir(struct fs_dir_t *dir)
{
	struct listing *listing = dir->dirp;

	closedir(listing->dir);
	free(listing);
	dir->dirp = NULL;
	return 0;
}
