/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - files and directories by Zephyr's file system API. It knows paths only, and no links:
 * a directory is the path of one, and a path beneath it is put together here and cannot lead out.
 * What an open descriptor names is neither removed nor renamed (BUSY): not every file system of
 * Zephyr keeps a file that has no name any more.
 */
#include <string.h>

#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>

#include "internal.h"

#define FIRST 3

static struct ocre_port_zephyr *port_of(void *ctx)
{
	return (struct ocre_port_zephyr *)ctx;
}

static struct ocre_zephyr_files *files_of(void *ctx)
{
	return &port_of(ctx)->files;
}

static void lock(void *ctx)
{
	k_mutex_lock(&files_of(ctx)->lock, K_FOREVER);
}

static void unlock(void *ctx)
{
	k_mutex_unlock(&files_of(ctx)->lock);
}

static int result(int rc)
{
	return ocre__zephyr_result(rc);
}

/* ---- descriptors ---- */

static struct ocre_zephyr_file *file_of(void *ctx, int32_t fd)
{
	struct ocre_zephyr_files *files = files_of(ctx);

	if (fd < FIRST || fd - FIRST >= CONFIG_OCRE_MAX_FILES) {
		return NULL;
	}
	return files->open[fd - FIRST].path != NULL ? &files->open[fd - FIRST] : NULL;
}

/* A descriptor for `path`, a copy of which it keeps. Negative when there is none to be had. */
static int32_t take(void *ctx, const char *path, bool directory)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	size_t size = strlen(path) + 1;
	int32_t i = 0;

	while (i < CONFIG_OCRE_MAX_FILES && files->open[i].path != NULL) {
		i++;
	}
	if (i == CONFIG_OCRE_MAX_FILES) {
		return -OCRE_ERRNO_MFILE;
	}
	memset(&files->open[i], 0, sizeof(files->open[i]));
	files->open[i].path = ocre_zephyr_heap_resize(port_of(ctx)->heap, NULL, 0, size);
	if (files->open[i].path == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	memcpy(files->open[i].path, path, size);
	files->open[i].path_size = size;
	files->open[i].directory = directory;
	fs_file_t_init(&files->open[i].file);
	return FIRST + i;
}

static void give(void *ctx, struct ocre_zephyr_file *file)
{
	ocre_zephyr_heap_resize(port_of(ctx)->heap, file->path, file->path_size, 0);
	file->path = NULL;
}

static bool is_beneath(const char *path, const char *dir)
{
	size_t size = strlen(dir);

	return strncmp(path, dir, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

/* Does a descriptor name `path`, or something in it? */
static bool is_open(void *ctx, const char *path)
{
	const struct ocre_zephyr_files *files = files_of(ctx);
	uint32_t i;

	for (i = 0; i < CONFIG_OCRE_MAX_FILES; i++) {
		if (files->open[i].path != NULL && is_beneath(files->open[i].path, path)) {
			return true;
		}
	}
	return false;
}

/* ---- paths ---- */

/*
 * Put `path` behind the directory `base` in `out` (CONFIG_OCRE_PATH_SIZE bytes), with neither `.`
 * nor `..` left. `slash`: it ended with one, so a directory is meant.
 */
static int join(char *out, const char *base, const char *path, bool *slash)
{
	size_t bottom = strlen(base);
	size_t used = bottom;

	*slash = false;
	if (path[0] == '\0') {
		return -OCRE_ERRNO_NOENT;
	}
	if (path[0] == '/') {
		return -OCRE_ERRNO_NOTCAPABLE;
	}
	if (bottom >= CONFIG_OCRE_PATH_SIZE) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	memcpy(out, base, bottom + 1);
	while (*path != '\0') {
		size_t size = strcspn(path, "/");

		if (size == 2 && path[0] == '.' && path[1] == '.') {
			if (used == bottom) {
				return -OCRE_ERRNO_NOTCAPABLE;
			}
			while (out[used] != '/') {
				used--;
			}
		} else if (size > 0 && !(size == 1 && path[0] == '.')) {
			if (used + 1 + size >= CONFIG_OCRE_PATH_SIZE) {
				return -OCRE_ERRNO_NAMETOOLONG;
			}
			out[used++] = '/';
			memcpy(out + used, path, size);
			used += size;
		}
		out[used] = '\0';
		*slash = path[size] == '/' || (size <= 2 && strncmp(path, "..", size) == 0);
		path += size;
		path += strspn(path, "/");
	}
	return 0;
}

static int resolve(void *ctx, char *out, int32_t dir, const char *path, bool *slash)
{
	const struct ocre_zephyr_file *file = file_of(ctx, dir);

	if (file == NULL) {
		return -OCRE_ERRNO_BADF;
	}
	return file->directory ? join(out, file->path, path, slash) : -OCRE_ERRNO_NOTDIR;
}

static bool can_be_listed(const char *path)
{
	struct fs_dir_t dir;

	fs_dir_t_init(&dir);
	if (fs_opendir(&dir, path[0] != '\0' ? path : "/") != 0) {
		return false;
	}
	fs_closedir(&dir);
	return true;
}

/* What `path` is, into files->entry. File systems that cannot say it of their root can list it. */
static int look(void *ctx, const char *path)
{
	struct fs_dirent *entry = &files_of(ctx)->entry;
	int rc = path[0] != '\0' ? fs_stat(path, entry) : -1;

	if (rc != 0 && can_be_listed(path)) {
		entry->type = FS_DIR_ENTRY_DIR;
		entry->size = 0;
		rc = 0;
	}
	return result(rc);
}

/* Beneath `dir`; it must be a directory where the path says so. */
static int find(void *ctx, char *out, int32_t dir, const char *path)
{
	bool slash;
	int rc = resolve(ctx, out, dir, path, &slash);

	if (rc == 0) {
		rc = look(ctx, out);
	}
	if (rc == 0 && slash && files_of(ctx)->entry.type != FS_DIR_ENTRY_DIR) {
		rc = -OCRE_ERRNO_NOTDIR;
	}
	return rc;
}

/* There are no numbers of files: one that is made of the path (FNV-1a). */
static uint64_t hash(uint64_t from, const char *text)
{
	for (; *text != '\0'; text++) {
		from = (from ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	}
	return from;
}

static uint64_t inode_of(const char *path)
{
	return hash(UINT64_C(0xcbf29ce484222325), path);
}

static void describe(struct ocre_port_stat *out, const char *path, bool directory, uint64_t size)
{
	memset(out, 0, sizeof(*out));
	out->device = 1;
	out->inode = inode_of(path);
	out->links = 1;
	out->type = directory ? OCRE_TYPE_DIRECTORY : OCRE_TYPE_REGULAR;
	out->size = directory ? 0 : size;
}

/* ---- open files; with the lock ---- */

static int64_t size_of(struct ocre_zephyr_file *file)
{
	off_t at = fs_tell(&file->file);
	off_t end;
	int rc;

	if (at < 0) {
		return result((int)at);
	}
	rc = fs_seek(&file->file, 0, FS_SEEK_END);
	if (rc != 0) {
		return result(rc);
	}
	end = fs_tell(&file->file);
	rc = fs_seek(&file->file, at, FS_SEEK_SET);
	return rc != 0 || end < 0 ? result(rc != 0 ? rc : (int)end) : (int64_t)end;
}

static bool fits(uint64_t offset)
{
	return offset <= INT32_MAX; /* what file systems of devices can do */
}

static int64_t move(struct ocre_zephyr_file *file, bool writes, void *data, size_t size)
{
	ssize_t n;

	if (file->directory) {
		return -OCRE_ERRNO_ISDIR;
	}
	if ((file->flags & (writes ? OCRE_OPEN_WRITE : OCRE_OPEN_READ)) == 0) {
		return -OCRE_ERRNO_BADF;
	}
	n = writes ? fs_write(&file->file, data, size) : fs_read(&file->file, data, size);
	if (n == 0 && writes && size > 0) {
		return -OCRE_ERRNO_NOSPC;
	}
	return n < 0 ? result((int)n) : (int64_t)n;
}

static int64_t transfer(void *ctx, int32_t fd, bool writes, void *data, size_t size)
{
	struct ocre_zephyr_file *file;
	int64_t n = 0;

	lock(ctx);
	file = file_of(ctx, fd);
	if (file == NULL) {
		n = -OCRE_ERRNO_BADF;
	} else if (writes && !file->directory && (file->flags & OCRE_OPEN_APPEND) != 0) {
		n = result(fs_seek(&file->file, 0, FS_SEEK_END));
	}
	if (n == 0) {
		n = move(file, writes, data, size);
	}
	unlock(ctx);
	return n;
}

static int64_t transfer_at(void *ctx, int32_t fd, bool writes, void *data, size_t size,
			   uint64_t offset)
{
	struct ocre_zephyr_file *file;
	int64_t n;
	off_t at;

	if (!fits(offset)) {
		return -OCRE_ERRNO_FBIG;
	}
	lock(ctx);
	file = file_of(ctx, fd);
	if (file == NULL || file->directory) {
		unlock(ctx);
		return file == NULL ? -OCRE_ERRNO_BADF : -OCRE_ERRNO_ISDIR;
	}
	at = fs_tell(&file->file);
	n = at < 0 ? result((int)at) : result(fs_seek(&file->file, (off_t)offset, FS_SEEK_SET));
	if (n == 0) {
		n = move(file, writes, data, size);
		fs_seek(&file->file, at, FS_SEEK_SET);
	}
	unlock(ctx);
	return n;
}

static int64_t files_read(void *ctx, int32_t fd, void *data, size_t size)
{
	return fd < FIRST ? ocre__zephyr_console_read(ctx, fd, data, size)
			  : transfer(ctx, fd, false, data, size);
}

static int64_t files_write(void *ctx, int32_t fd, const void *data, size_t size)
{
	return fd < FIRST ? ocre__zephyr_console_write(ctx, fd, data, size)
			  : transfer(ctx, fd, true, (void *)(uintptr_t)data, size);
}

static int64_t files_pread(void *ctx, int32_t fd, void *data, size_t size, uint64_t offset)
{
	return transfer_at(ctx, fd, false, data, size, offset);
}

static int64_t files_pwrite(void *ctx, int32_t fd, const void *data, size_t size, uint64_t offset)
{
	return transfer_at(ctx, fd, true, (void *)(uintptr_t)data, size, offset);
}

/* ---- what is done with an open file ---- */

static int do_close(void *ctx, struct ocre_zephyr_file *file, const void *unused)
{
	int rc = file->directory ? 0 : fs_close(&file->file);

	(void)unused;
	give(ctx, file);
	return result(rc);
}

static int do_stat(void *ctx, struct ocre_zephyr_file *file, const void *out)
{
	int64_t size = file->directory ? 0 : size_of(file);

	(void)ctx;
	if (size < 0) {
		return (int)size;
	}
	describe(*(struct ocre_port_stat *const *)out, file->path, file->directory, (uint64_t)size);
	return 0;
}

static int do_sync(void *ctx, struct ocre_zephyr_file *file, const void *unused)
{
	(void)ctx;
	(void)unused;
	return file->directory || (file->flags & OCRE_OPEN_WRITE) == 0
		       ? 0
		       : result(fs_sync(&file->file));
}

static int do_append(void *ctx, struct ocre_zephyr_file *file, const void *append)
{
	(void)ctx;
	file->flags &= ~OCRE_OPEN_APPEND;
	file->flags |= *(const bool *)append ? OCRE_OPEN_APPEND : 0;
	return 0;
}

static int resize(struct ocre_zephyr_file *file, uint64_t size)
{
	int rc;
	int64_t now;

	if (!fits(size)) {
		return -OCRE_ERRNO_FBIG;
	}
	rc = result(fs_truncate(&file->file, (off_t)size));
	if (rc != 0) {
		return rc;
	}
	/* On a full volume it grows as far as it can, and nobody says so. */
	now = size_of(file);
	return now >= 0 && (uint64_t)now != size ? -OCRE_ERRNO_NOSPC : (int)(now < 0 ? now : 0);
}

static int do_set_size(void *ctx, struct ocre_zephyr_file *file, const void *size)
{
	(void)ctx;
	if (file->directory || (file->flags & OCRE_OPEN_WRITE) == 0) {
		return -OCRE_ERRNO_INVAL;
	}
	return resize(file, *(const uint64_t *)size);
}

static int do_allocate(void *ctx, struct ocre_zephyr_file *file, const void *size)
{
	int64_t now;

	if (file->directory || (file->flags & OCRE_OPEN_WRITE) == 0) {
		return -OCRE_ERRNO_BADF;
	}
	now = size_of(file);
	if (now < 0 || (uint64_t)now >= *(const uint64_t *)size) {
		return now < 0 ? (int)now : 0;
	}
	return do_set_size(ctx, file, size);
}

/* Do it with the file of a descriptor, locked. */
static int with(void *ctx, int32_t fd,
		int (*fn)(void *ctx, struct ocre_zephyr_file *file, const void *arg),
		const void *arg)
{
	struct ocre_zephyr_file *file;
	int rc;

	lock(ctx);
	file = file_of(ctx, fd);
	rc = file != NULL ? fn(ctx, file, arg) : -OCRE_ERRNO_BADF;
	unlock(ctx);
	return rc;
}

static int files_close(void *ctx, int32_t fd)
{
	return fd < FIRST ? ocre__zephyr_console_close(ctx, fd) : with(ctx, fd, do_close, NULL);
}

static int files_stat(void *ctx, int32_t fd, struct ocre_port_stat *out)
{
	return fd < FIRST ? ocre__zephyr_console_stat(ctx, fd, out) : with(ctx, fd, do_stat, &out);
}

static int files_sync(void *ctx, int32_t fd, bool data_only)
{
	(void)data_only;
	return with(ctx, fd, do_sync, NULL);
}

static int files_set_append(void *ctx, int32_t fd, bool append)
{
	return with(ctx, fd, do_append, &append);
}

static int files_set_size(void *ctx, int32_t fd, uint64_t size)
{
	return with(ctx, fd, do_set_size, &size);
}

static int files_allocate(void *ctx, int32_t fd, uint64_t offset, uint64_t size)
{
	uint64_t end = offset + size;

	return end < offset ? -OCRE_ERRNO_FBIG : with(ctx, fd, do_allocate, &end);
}

static int files_advise(void *ctx, int32_t fd, uint64_t offset, uint64_t size,
			enum ocre_port_advice advice)
{
	(void)offset;
	(void)size;
	(void)advice;
	lock(ctx);
	fd = file_of(ctx, fd) != NULL ? 0 : -OCRE_ERRNO_BADF;
	unlock(ctx);
	return fd;
}

struct seek {
	int64_t offset;
	enum ocre_port_whence whence;
	int64_t position;
};

static int do_seek(void *ctx, struct ocre_zephyr_file *file, const void *arg)
{
	struct seek *seek = *(struct seek *const *)arg;
	int64_t base = 0;

	(void)ctx;
	if (file->directory) {
		return -OCRE_ERRNO_INVAL;
	}
	if (seek->whence == OCRE_SEEK_CUR) {
		base = fs_tell(&file->file);
	} else if (seek->whence == OCRE_SEEK_END) {
		base = size_of(file);
	}
	if (base < 0) {
		return (int)base;
	}
	if (seek->offset > INT32_MAX || seek->offset < -base ||
	    !fits((uint64_t)(base + seek->offset))) {
		return -OCRE_ERRNO_INVAL;
	}
	seek->position = base + seek->offset;
	return result(fs_seek(&file->file, (off_t)seek->position, FS_SEEK_SET));
}

static int64_t files_seek(void *ctx, int32_t fd, int64_t offset, enum ocre_port_whence whence)
{
	struct seek seek = {.offset = offset, .whence = whence};
	struct seek *arg = &seek;
	int rc = fd < FIRST ? -OCRE_ERRNO_SPIPE : with(ctx, fd, do_seek, &arg);

	return rc != 0 ? rc : seek.position;
}

/* ---- directories ---- */

struct listing {
	const char *path; /* of the directory */
	ocre_port_dirent_fn each;
	void *arg;
};

static bool tell(const struct listing *listing, const char *name, uint64_t next, bool directory)
{
	uint64_t inode = inode_of(listing->path);
	const struct ocre_port_dirent entry = {
		.next = next,
		.inode = next <= 2 ? inode : hash(hash(inode, "/"), name),
		.type = directory ? OCRE_TYPE_DIRECTORY : OCRE_TYPE_REGULAR,
		.name = name,
		.name_size = (uint32_t)strlen(name),
	};

	return listing->each(listing->arg, &entry);
}

/* Cookies count: 0 is `.`, 1 is `..`, what the file system lists comes behind. */
static int list(void *ctx, struct fs_dir_t *dir, uint64_t cookie, const struct listing *listing)
{
	struct fs_dirent *entry = &files_of(ctx)->entry;
	uint64_t at;

	if ((cookie == 0 && !tell(listing, ".", 1, true)) ||
	    (cookie <= 1 && !tell(listing, "..", 2, true))) {
		return 0;
	}
	for (at = 2;; at++) {
		int rc = fs_readdir(dir, entry);

		if (rc != 0 || entry->name[0] == '\0') {
			return result(rc);
		}
		if (at >= cookie &&
		    !tell(listing, entry->name, at + 1, entry->type == FS_DIR_ENTRY_DIR)) {
			return 0;
		}
	}
}

static int files_read_dir(void *ctx, int32_t fd, uint64_t cookie, ocre_port_dirent_fn each,
			  void *arg)
{
	struct ocre_zephyr_file *file;
	struct fs_dir_t dir;
	int rc;

	lock(ctx);
	file = file_of(ctx, fd);
	if (file == NULL || !file->directory) {
		unlock(ctx);
		return file == NULL ? -OCRE_ERRNO_BADF : -OCRE_ERRNO_NOTDIR;
	}
	fs_dir_t_init(&dir);
	rc = result(fs_opendir(&dir, file->path[0] != '\0' ? file->path : "/"));
	if (rc == 0) {
		const struct listing listing = {file->path, each, arg};

		rc = list(ctx, &dir, cookie, &listing);
		fs_closedir(&dir);
	}
	unlock(ctx);
	return rc;
}

/* ---- opening ---- */

static int files_open_root(void *ctx, const char *host_path, int32_t *fd)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	bool slash;
	int rc = 0;

	lock(ctx);
	files->path[0] = '\0'; /* the directory of the mount points */
	if (strcmp(host_path, ".") != 0 && strcmp(host_path, "/") != 0) {
		rc = host_path[0] == '/' ? join(files->path, "", host_path + 1, &slash)
					 : -OCRE_ERRNO_NOENT;
		if (rc == 0) {
			rc = look(ctx, files->path);
		}
		if (rc == 0 && files->entry.type != FS_DIR_ENTRY_DIR) {
			rc = -OCRE_ERRNO_NOTDIR;
		}
	}
	if (rc == 0) {
		rc = take(ctx, files->path, true);
		*fd = rc >= 0 ? rc : *fd;
	}
	unlock(ctx);
	return rc < 0 ? rc : 0;
}

static int open_file(void *ctx, const char *path, uint32_t flags, bool is_new, int32_t *fd)
{
	struct ocre_zephyr_file *file;
	fs_mode_t mode = (flags & OCRE_OPEN_WRITE) == 0	 ? FS_O_READ
			 : (flags & OCRE_OPEN_READ) == 0 ? FS_O_WRITE
							 : FS_O_RDWR;
	int32_t to = take(ctx, path, false);
	int rc;

	if (to < 0) {
		return to;
	}
	file = file_of(ctx, to);
	file->flags = (flags & OCRE_OPEN_WRITE) == 0 ? flags | OCRE_OPEN_READ : flags;
	rc = fs_open(&file->file, path, is_new ? mode | FS_O_CREATE : mode);
	if (rc != 0) {
		give(ctx, file);
		return result(rc);
	}
	if ((flags & OCRE_OPEN_TRUNCATE) != 0 && (flags & OCRE_OPEN_WRITE) != 0 && !is_new) {
		rc = fs_truncate(&file->file, 0);
	}
	if (rc != 0) {
		fs_close(&file->file);
		give(ctx, file);
		return result(rc);
	}
	*fd = to;
	return 0;
}

static int open_found(void *ctx, const char *path, uint32_t flags, int32_t *fd)
{
	if ((flags & OCRE_OPEN_CREATE) != 0 && (flags & OCRE_OPEN_EXCLUSIVE) != 0) {
		return -OCRE_ERRNO_EXIST;
	}
	if (files_of(ctx)->entry.type == FS_DIR_ENTRY_DIR) {
		int32_t to;

		if ((flags & (OCRE_OPEN_WRITE | OCRE_OPEN_TRUNCATE)) != 0) {
			return -OCRE_ERRNO_ISDIR;
		}
		to = take(ctx, path, true);
		*fd = to >= 0 ? to : *fd;
		return to < 0 ? to : 0;
	}
	if ((flags & OCRE_OPEN_DIRECTORY) != 0) {
		return -OCRE_ERRNO_NOTDIR;
	}
	return open_file(ctx, path, flags, false, fd);
}

static int files_open_at(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd)
{
	char *full = files_of(ctx)->path;
	int rc;

	lock(ctx);
	rc = find(ctx, full, dir, path);
	if (rc == 0) {
		rc = open_found(ctx, full, flags, fd);
	} else if (rc == -OCRE_ERRNO_NOENT && (flags & OCRE_OPEN_CREATE) != 0 &&
		   (flags & OCRE_OPEN_DIRECTORY) == 0 && path[0] != '\0' &&
		   path[strlen(path) - 1] != '/') {
		rc = open_file(ctx, full, flags, true, fd);
	}
	unlock(ctx);
	return rc;
}

/* ---- names ---- */

static int files_stat_at(void *ctx, int32_t dir, const char *path, bool follow,
			 struct ocre_port_stat *out)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	int rc;

	(void)follow;
	lock(ctx);
	rc = find(ctx, files->path, dir, path);
	if (rc == 0) {
		describe(out, files->path, files->entry.type == FS_DIR_ENTRY_DIR,
			 files->entry.size);
	}
	unlock(ctx);
	return rc;
}

static int files_make_dir_at(void *ctx, int32_t dir, const char *path)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	bool slash;
	int rc;

	lock(ctx);
	rc = resolve(ctx, files->path, dir, path, &slash);
	if (rc == 0 && look(ctx, files->path) == 0) {
		rc = -OCRE_ERRNO_EXIST;
	}
	if (rc == 0) {
		rc = result(fs_mkdir(files->path));
	}
	unlock(ctx);
	return rc;
}

static int unlink_one(void *ctx, int32_t dir, const char *path, bool directory)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	int rc;

	lock(ctx);
	rc = find(ctx, files->path, dir, path);
	if (rc == 0 && (files->entry.type == FS_DIR_ENTRY_DIR) != directory) {
		rc = directory ? -OCRE_ERRNO_NOTDIR : -OCRE_ERRNO_ISDIR;
	}
	if (rc == 0 && is_open(ctx, files->path)) {
		rc = -OCRE_ERRNO_BUSY;
	}
	if (rc == 0) {
		rc = result(fs_unlink(files->path));
	}
	unlock(ctx);
	return rc;
}

static int files_unlink_at(void *ctx, int32_t dir, const char *path)
{
	return unlink_one(ctx, dir, path, false);
}

static int files_remove_dir_at(void *ctx, int32_t dir, const char *path)
{
	return unlink_one(ctx, dir, path, true);
}

/* Both paths are known, `from` is there. What is at `to` goes, when it is of the same kind. */
static int rename_found(void *ctx, const char *from, const char *to, bool directory)
{
	int rc;

	if (strcmp(from, to) == 0) {
		return 0;
	}
	if (is_beneath(to, from)) {
		return -OCRE_ERRNO_INVAL;
	}
	if (is_open(ctx, from) || is_open(ctx, to)) {
		return -OCRE_ERRNO_BUSY;
	}
	rc = look(ctx, to);
	if (rc == 0 && (files_of(ctx)->entry.type == FS_DIR_ENTRY_DIR) != directory) {
		return directory ? -OCRE_ERRNO_NOTDIR : -OCRE_ERRNO_ISDIR;
	}
	return rc == 0 || rc == -OCRE_ERRNO_NOENT ? result(fs_rename(from, to)) : rc;
}

static int files_rename_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			   const char *new_path)
{
	struct ocre_zephyr_files *files = files_of(ctx);
	bool directory;
	bool slash;
	int rc;

	lock(ctx);
	rc = find(ctx, files->path, old_dir, old_path);
	directory = files->entry.type == FS_DIR_ENTRY_DIR;
	if (rc == 0) {
		rc = resolve(ctx, files->other, new_dir, new_path, &slash);
	}
	if (rc == 0) {
		rc = slash && !directory ? -OCRE_ERRNO_NOTDIR
					 : rename_found(ctx, files->path, files->other, directory);
	}
	unlock(ctx);
	return rc;
}

/* ---- whole files ---- */

static int load(void *ctx, struct fs_file_t *file, size_t size, struct ocre_port_file *out)
{
	uint8_t *data = ocre_zephyr_heap_resize(port_of(ctx)->heap, NULL, 0, size > 0 ? size : 1);
	size_t have = 0;

	if (data == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	while (have < size) {
		ssize_t n = fs_read(file, data + have, size - have);

		if (n <= 0) {
			ocre_zephyr_heap_resize(port_of(ctx)->heap, data, size > 0 ? size : 1, 0);
			return n < 0 ? result((int)n) : -OCRE_ERRNO_IO;
		}
		have += (size_t)n;
	}
	out->bytes.data = data;
	out->bytes.size = size;
	out->mapped = 0;
	return 0;
}

static int files_file_load(void *ctx, const char *host_path, bool immutable, size_t limit,
			   struct ocre_port_file *out)
{
	struct fs_file_t file;
	size_t size;
	int rc;

	(void)immutable;
	fs_file_t_init(&file);
	lock(ctx);
	rc = fs_stat(host_path, &files_of(ctx)->entry);
	size = files_of(ctx)->entry.size;
	if (rc == 0 && files_of(ctx)->entry.type == FS_DIR_ENTRY_DIR) {
		unlock(ctx);
		return -OCRE_ERRNO_ISDIR;
	}
	unlock(ctx);
	if (rc != 0) {
		return result(rc);
	}
	if (size > limit) {
		return -OCRE_ERRNO_FBIG;
	}
	rc = fs_open(&file, host_path, FS_O_READ);
	if (rc != 0) {
		return result(rc);
	}
	rc = load(ctx, &file, size, out);
	fs_close(&file);
	return rc;
}

static void files_file_unload(void *ctx, struct ocre_port_file *file)
{
	ocre_zephyr_heap_resize(port_of(ctx)->heap, (void *)(uintptr_t)file->bytes.data,
				file->bytes.size > 0 ? file->bytes.size : 1, 0);
}

void ocre__zephyr_files_init(struct ocre_port_zephyr *port)
{
	struct ocre_port_ops *ops = &port->ops;

	k_mutex_init(&port->files.lock);
	ops->close = files_close;
	ops->read = files_read;
	ops->write = files_write;
	ops->pread = files_pread;
	ops->pwrite = files_pwrite;
	ops->seek = files_seek;
	ops->stat = files_stat;
	ops->set_size = files_set_size;
	ops->set_append = files_set_append;
	ops->allocate = files_allocate;
	ops->advise = files_advise;
	ops->sync = files_sync;
	ops->read_dir = files_read_dir;
	ops->open_root = files_open_root;
	ops->open_at = files_open_at;
	ops->stat_at = files_stat_at;
	ops->make_dir_at = files_make_dir_at;
	ops->remove_dir_at = files_remove_dir_at;
	ops->unlink_at = files_unlink_at;
	ops->rename_at = files_rename_at;
	ops->file_load = files_file_load;
	ops->file_unload = files_file_unload;
}
