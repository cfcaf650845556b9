/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - path names of guests, resolved beneath a directory and never out of it. This file is the
 * wall of the sandbox. It has two ways to open a path:
 *
 * - openat2() with RESOLVE_BENEATH, where the kernel has it (Linux 5.6);
 * - a walk that opens one component after the other with O_NOFOLLOW, reads symlinks itself, and
 *   answers `..` with the directory that it came from, which it still holds open. It never gives
 *   the kernel a path of more than one component, a `..`, or a symlink to follow.
 *
 * Calls that change a directory resolve the parent in one of the two ways and then name the last
 * component alone, which no such call follows.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "posix.h"

#define MAX_SYMLINKS 40	 /* as Linux */
#define MAX_DEPTH    256 /* directories that the walk holds open at once */
#define MAX_RETRIES  64	 /* of openat2, while others rename what it walks through */

/* ---- by openat2 ---- */

static int try_openat2(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned int)flags,
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	if ((flags & O_PATH) == 0) {
		how.flags |= O_LARGEFILE;
	}
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
}

bool ocre__posix_probe_openat2(void)
{
	int fd = try_openat2(AT_FDCWD, ".", O_PATH | O_CLOEXEC, 0);

	if (fd < 0) {
		/* Sandboxes answer an unknown system call with EPERM, old kernels with ENOSYS. */
		return errno != ENOSYS && errno != EPERM && errno != EINVAL;
	}
	close(fd);
	return true;
}

/* ---- by a walk ---- */

struct walk {
	int fds[MAX_DEPTH]; /* from the root (borrowed) to where we are */
	int depth;
	int links;
	size_t at;	     /* in todo */
	char todo[PATH_MAX]; /* the rest of the path, with symlinks put in */
	char name[NAME_MAX + 1];
	bool last;  /* nothing but slashes follows `name` */
	bool slash; /* a slash follows it */
};

static int walk_init(struct walk *w, int dir, const char *path)
{
	size_t size = strlen(path);

	w->fds[0] = dir;
	w->depth = 0;
	w->links = 0;
	w->at = 0;
	if (size >= sizeof(w->todo)) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	memcpy(w->todo, path, size + 1);
	return 0;
}

static void walk_deinit(struct walk *w)
{
	while (w->depth > 0) {
		close(w->fds[w->depth--]);
	}
}

/* Take the next component. Every path and every symlink has at least one. */
static int walk_next(struct walk *w)
{
	size_t size;

	size = strcspn(w->todo + w->at, "/");
	if (size > NAME_MAX) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	if (size == 0) {
		return -OCRE_ERRNO_NOENT;
	}
	memcpy(w->name, w->todo + w->at, size);
	w->name[size] = '\0';
	w->at += size;
	w->slash = w->todo[w->at] == '/';
	w->at += strspn(w->todo + w->at, "/");
	w->last = w->todo[w->at] == '\0';
	return 0;
}

/*
 * The current component could not be entered: if it is a symlink, put its target in its place.
 * NOTDIR when it is none.
 */
static int walk_expand(struct walk *w)
{
	char target[PATH_MAX];
	size_t rest = strlen(w->todo + w->at);
	size_t extra = w->slash ? 1 : 0;
	ssize_t n = readlinkat(w->fds[w->depth], w->name, target, sizeof(target));

	if (n < 0) {
		return errno == EINVAL ? -OCRE_ERRNO_NOTDIR : ocre__posix_error();
	}
	if (n == 0) {
		return -OCRE_ERRNO_NOENT;
	}
	if (target[0] == '/') {
		return -OCRE_ERRNO_NOTCAPABLE;
	}
	if (++w->links > MAX_SYMLINKS) {
		return -OCRE_ERRNO_LOOP;
	}
	if ((size_t)n >= sizeof(target) || (size_t)n + extra + rest >= sizeof(w->todo)) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	memmove(w->todo + (size_t)n + extra, w->todo + w->at, rest + 1);
	memcpy(w->todo, target, (size_t)n);
	if (w->slash) {
		w->todo[n] = '/';
	}
	w->at = 0;
	return 0;
}

static int walk_into(struct walk *w)
{
	int fd = openat(w->fds[w->depth], w->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) {
		if (errno == ENOTDIR || errno == ELOOP) {
			return walk_expand(w);
		}
		return ocre__posix_error();
	}
	if (w->depth + 1 >= MAX_DEPTH) {
		close(fd);
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	w->fds[++w->depth] = fd;
	return 0;
}

/* Go on until w->name is the last component, in directory w->fds[w->depth], and not `..`. */
static int walk_to_last(struct walk *w)
{
	for (;;) {
		int rc = walk_next(w);

		if (rc != 0) {
			return rc;
		}
		if (strcmp(w->name, "..") == 0) {
			if (w->depth == 0) {
				return -OCRE_ERRNO_NOTCAPABLE;
			}
			close(w->fds[w->depth--]);
			w->name[1] = '\0';
		}
		if (w->last) {
			return 0;
		}
		if (strcmp(w->name, ".") != 0) {
			rc = walk_into(w);
			if (rc != 0) {
				return rc;
			}
		}
	}
}

static bool is_symlink(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/* Open the last component, or put the target of a symlink in its place and return -LOOP. */
static int walk_open_last(struct walk *w, int flags, mode_t mode, bool *again)
{
	bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	bool follow = ((flags & O_NOFOLLOW) == 0 && !exclusive) || w->slash;
	int fd;
	int rc;

	*again = false;
	/* A slash asks for a directory; `.` is one without being asked. */
	if (w->slash && strcmp(w->name, ".") != 0) {
		if ((flags & O_CREAT) != 0) {
			return -OCRE_ERRNO_ISDIR;
		}
		flags |= O_DIRECTORY;
	}
	fd = openat(w->fds[w->depth], w->name, flags | O_NOFOLLOW, mode);
	if (fd >= 0) {
		if (!follow || (flags & O_PATH) == 0 || !is_symlink(fd)) {
			return fd;
		}
		close(fd);
		errno = ELOOP;
	}
	if (!follow || (errno != ELOOP && errno != ENOTDIR)) {
		return ocre__posix_error();
	}
	rc = walk_expand(w);
	*again = rc == 0;
	return rc;
}

static int open_by_walk(int dir, const char *path, int flags, mode_t mode)
{
	struct walk w;
	bool again = true;
	int rc = walk_init(&w, dir, path);

	while (rc == 0 && again) {
		rc = walk_to_last(&w);
		if (rc == 0) {
			rc = walk_open_last(&w, flags, mode, &again);
		}
	}
	walk_deinit(&w);
	return rc;
}

/* ---- either way ---- */

/* `flags` and `mode` as openat() has them. A descriptor, or a negative number of the list. */
static int open_beneath(const struct ocre_port_posix *posix, int dir, const char *path, int flags,
			mode_t mode)
{
	int tries;

	flags |= O_CLOEXEC;
	if (path[0] == '/') {
		return -OCRE_ERRNO_NOTCAPABLE;
	}
	for (tries = 0; posix->has_openat2 && tries < MAX_RETRIES; tries++) {
		int fd = try_openat2(dir, path, flags, mode);

		if (fd >= 0) {
			return fd;
		}
		if (errno == EXDEV) {
			return -OCRE_ERRNO_NOTCAPABLE;
		}
		/* EAGAIN: something was renamed, and the kernel cannot tell where `..` leads. */
		if (errno != EAGAIN && errno != EINTR) {
			return ocre__posix_error();
		}
	}
	return open_by_walk(dir, path, flags, mode);
}

/* The directory that a path's last component is in, and that component by itself. */
struct place {
	int dir;
	bool owned; /* `dir` is ours to close */
	bool dot;   /* the last component is `.` or `..`: `dir` and `name` are not to be used */
	bool slash; /* a slash follows it */
	char name[NAME_MAX + 1];
};

static void place_deinit(struct place *place)
{
	if (place->owned) {
		close(place->dir);
	}
}

static int place_init(const struct ocre_port_posix *posix, int dir, const char *path,
		      struct place *place)
{
	char parent[PATH_MAX];
	size_t end = strlen(path);
	size_t start;
	int fd;

	memset(place, 0, sizeof(*place));
	if (end >= sizeof(parent)) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	if (path[0] == '/') {
		return -OCRE_ERRNO_NOTCAPABLE;
	}
	while (end > 0 && path[end - 1] == '/') {
		end--;
		place->slash = true;
	}
	if (end == 0) {
		return -OCRE_ERRNO_NOENT;
	}
	start = end;
	while (start > 0 && path[start - 1] != '/') {
		start--;
	}
	if (end - start > NAME_MAX) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	memcpy(place->name, path + start, end - start);
	place->dot = strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0;
	if (place->dot) {
		/* Nothing can be done to it; the path must be a good one all the same. */
		start = end;
	}
	if (start == 0) {
		place->dir = dir;
		return 0;
	}
	memcpy(parent, path, start);
	parent[start] = '\0';
	fd = open_beneath(posix, dir, parent, O_PATH | O_DIRECTORY, 0);
	if (fd < 0) {
		return fd;
	}
	place->dir = fd;
	place->owned = true;
	return 0;
}

/* What the last component is, itself; a negative number when it is not there. */
static int place_type(const struct place *place)
{
	struct stat st;

	if (fstatat(place->dir, place->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		return ocre__posix_error();
	}
	return (int)ocre__posix_type(st.st_mode);
}

/* 0 when the last component is a directory. */
static int place_is_dir(const struct place *place)
{
	int type = place_type(place);

	if (type < 0) {
		return type;
	}
	return type == OCRE_TYPE_DIRECTORY ? 0 : -OCRE_ERRNO_NOTDIR;
}

static int result(int rc)
{
	return rc != 0 ? ocre__posix_error() : 0;
}

/* ---- the calls of the port ---- */

int ocre__posix_open_root(void *ctx, const char *path, int32_t *fd)
{
	int got;

	(void)ctx;
	do {
		got = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		return ocre__posix_error();
	}
	*fd = got;
	return 0;
}

static int host_flags(uint32_t flags)
{
	static const struct {
		uint32_t ours;
		int host;
	} table[] = {
		{OCRE_OPEN_CREATE, O_CREAT},   {OCRE_OPEN_EXCLUSIVE, O_EXCL},
		{OCRE_OPEN_TRUNCATE, O_TRUNC}, {OCRE_OPEN_DIRECTORY, O_DIRECTORY},
		{OCRE_OPEN_APPEND, O_APPEND},  {OCRE_OPEN_NOFOLLOW, O_NOFOLLOW},
		{OCRE_OPEN_DSYNC, O_DSYNC},    {OCRE_OPEN_SYNC, O_SYNC},
		{OCRE_OPEN_RSYNC, O_RSYNC},
	};
	/* Never wait for the other end of a FIFO or device, never become a terminal's session. */
	int host = O_NONBLOCK | O_NOCTTY;
	size_t i;

	if ((flags & OCRE_OPEN_WRITE) != 0) {
		host |= (flags & OCRE_OPEN_READ) != 0 ? O_RDWR : O_WRONLY;
	}
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if ((flags & table[i].ours) != 0) {
			host |= table[i].host;
		}
	}
	return host;
}

int ocre__posix_open_at(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	int got;

	if ((flags & OCRE_OPEN_CREATE) != 0 && (flags & OCRE_OPEN_DIRECTORY) != 0) {
		return -OCRE_ERRNO_INVAL;
	}
	got = open_beneath(posix, dir, path, host_flags(flags), 0666);
	if (got < 0) {
		return got;
	}
	*fd = got;
	return 0;
}

int ocre__posix_stat_at(void *ctx, int32_t dir, const char *path, bool follow,
			struct ocre_port_stat *out)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	struct stat st;
	int fd = open_beneath(posix, dir, path, O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
	int rc;

	if (fd < 0) {
		return fd;
	}
	rc = result(fstat(fd, &st));
	close(fd);
	if (rc == 0) {
		ocre__posix_stat(&st, out);
	}
	return rc;
}

/* Set the times of what an O_PATH descriptor stands for. */
static int set_times_of(int fd, const struct timespec ts[2])
{
	char name[40];

	if (utimensat(fd, "", ts, AT_EMPTY_PATH) == 0) {
		return 0;
	}
	if (errno != EINVAL) {
		return ocre__posix_error();
	}
	/* Before Linux 5.8. The link leads to the file that we hold, whatever it is called now. */
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return result(utimensat(AT_FDCWD, name, ts, 0));
}

int ocre__posix_set_times_at(void *ctx, int32_t dir, const char *path, bool follow,
			     const struct ocre_port_times *times)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	struct timespec ts[2];
	struct place place;
	int rc = place_init(posix, dir, path, &place);

	ocre__posix_times(times, ts);
	if (rc != 0) {
		return rc;
	}
	if (!follow && !place.dot && !place.slash) {
		rc = result(utimensat(place.dir, place.name, ts, AT_SYMLINK_NOFOLLOW));
	} else {
		rc = open_beneath(posix, dir, path, O_PATH, 0);
		if (rc >= 0) {
			int fd = rc;

			rc = set_times_of(fd, ts);
			close(fd);
		}
	}
	place_deinit(&place);
	return rc;
}

int ocre__posix_make_dir_at(void *ctx, int32_t dir, const char *path)
{
	struct place place;
	int rc = place_init((const struct ocre_port_posix *)ctx, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	rc = place.dot ? -OCRE_ERRNO_EXIST : result(mkdirat(place.dir, place.name, 0777));
	place_deinit(&place);
	return rc;
}

int ocre__posix_remove_dir_at(void *ctx, int32_t dir, const char *path)
{
	struct place place;
	int rc = place_init((const struct ocre_port_posix *)ctx, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	rc = place.dot ? -OCRE_ERRNO_INVAL : result(unlinkat(place.dir, place.name, AT_REMOVEDIR));
	place_deinit(&place);
	return rc;
}

int ocre__posix_unlink_at(void *ctx, int32_t dir, const char *path)
{
	struct place place;
	int rc = place_init((const struct ocre_port_posix *)ctx, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	if (place.dot) {
		rc = -OCRE_ERRNO_ISDIR;
	} else if (place.slash) {
		rc = place_is_dir(&place);
		if (rc == 0) {
			rc = -OCRE_ERRNO_ISDIR;
		}
	} else {
		rc = result(unlinkat(place.dir, place.name, 0));
	}
	place_deinit(&place);
	return rc;
}

static int rename_places(const struct place *from, const struct place *to)
{
	int rc = 0;

	if (from->dot || to->dot) {
		return -OCRE_ERRNO_BUSY;
	}
	/* A name with a slash after it can only be that of a directory, in both places. */
	if (from->slash || to->slash) {
		rc = place_is_dir(from);
	}
	if (rc != 0) {
		return rc;
	}
	return result(renameat(from->dir, from->name, to->dir, to->name));
}

static int link_places(const struct place *from, const struct place *to)
{
	int rc;

	if (from->dot) {
		return -OCRE_ERRNO_PERM;
	}
	if (to->dot) {
		return -OCRE_ERRNO_EXIST;
	}
	if (from->slash) {
		rc = place_is_dir(from);
		return rc != 0 ? rc : -OCRE_ERRNO_PERM;
	}
	if (to->slash) {
		rc = place_type(to);
		return rc < 0 ? rc : -OCRE_ERRNO_EXIST;
	}
	return result(linkat(from->dir, from->name, to->dir, to->name, 0));
}

static int with_two_places(const struct ocre_port_posix *posix, int32_t old_dir,
			   const char *old_path, int32_t new_dir, const char *new_path,
			   int (*act)(const struct place *, const struct place *))
{
	struct place from;
	struct place to;
	int rc = place_init(posix, old_dir, old_path, &from);

	if (rc != 0) {
		return rc;
	}
	rc = place_init(posix, new_dir, new_path, &to);
	if (rc == 0) {
		rc = act(&from, &to);
		place_deinit(&to);
	}
	place_deinit(&from);
	return rc;
}

int ocre__posix_rename_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			  const char *new_path)
{
	return with_two_places((const struct ocre_port_posix *)ctx, old_dir, old_path, new_dir,
			       new_path, rename_places);
}

int ocre__posix_link_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			const char *new_path)
{
	return with_two_places((const struct ocre_port_posix *)ctx, old_dir, old_path, new_dir,
			       new_path, link_places);
}

int ocre__posix_symlink_at(void *ctx, const char *target, int32_t dir, const char *path)
{
	struct place place;
	int rc = place_init((const struct ocre_port_posix *)ctx, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	if (place.dot) {
		rc = -OCRE_ERRNO_EXIST;
	} else if (place.slash) {
		rc = place_is_dir(&place);
		if (rc == 0) {
			rc = -OCRE_ERRNO_EXIST;
		}
	} else {
		rc = result(symlinkat(target, place.dir, place.name));
	}
	place_deinit(&place);
	return rc;
}

int64_t ocre__posix_readlink_at(void *ctx, int32_t dir, const char *path, char *data, size_t size)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	struct place place;
	int64_t n = place_init(posix, dir, path, &place);

	if (n != 0) {
		return n;
	}
	if (place.dot || place.slash) {
		int fd = open_beneath(posix, dir, path, O_PATH | O_DIRECTORY, 0);

		n = fd < 0 ? fd : -OCRE_ERRNO_INVAL;
		if (fd >= 0) {
			close(fd);
		}
	} else {
		char target[PATH_MAX];

		/* Read whole: the kernel refuses a size of 0, which a guest may ask for. */
		n = readlinkat(place.dir, place.name, target, sizeof(target));
		if (n < 0) {
			n = ocre__posix_error();
		} else {
			n = (size_t)n < size ? n : (int64_t)size;
			memcpy(data, target, (size_t)n);
		}
	}
	place_deinit(&place);
	return n;
}
