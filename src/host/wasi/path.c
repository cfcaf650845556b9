/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path.c - calls that take a path. Here stands what can be told from the text and the rights alone;
 * that a path does not leave its directory is the port's work (port.h, "Beneath").
 */
#include <string.h>

#include "internal.h"

#define LOOKUP_FOLLOW 1u

#define OFLAG_CREAT	1u
#define OFLAG_DIRECTORY 2u
#define OFLAG_EXCL	4u
#define OFLAG_TRUNC	8u
#define OFLAG_ALL	15u

/* A path of the guest, copied, and the directory that it is relative to. */
struct path {
	struct ocre__wasi_fd *dir;
	char *text; /* NUL-terminated */
	size_t size;
	const struct ocre__wasi_entry *entry; /* with rights of its own, or NULL */
};

static void path_deinit(struct ocre_call *call, struct path *path)
{
	ocre_mem_free(ocre__wasi_of(call)->mem, path->text, path->size + 1);
	path->text = NULL;
}

static unsigned int copy_text(struct ocre_call *call, uint32_t addr, uint32_t size,
			      struct path *path)
{
	const void *at;

	if (!ocre__wasi_in_memory(call, addr, size)) {
		return WASI_EFAULT;
	}
	if (size == 0) {
		return WASI_ENOENT;
	}
	if (size > WASI_MAX_PATH) {
		return WASI_ENAMETOOLONG;
	}
	path->text = (char *)ocre_mem_alloc(ocre__wasi_of(call)->mem, (size_t)size + 1);
	if (path->text == NULL) {
		return WASI_ENOMEM;
	}
	path->size = size;
	at = ocre_call_memory(call, addr, size);
	if (at == NULL) {
		path_deinit(call, path);
		return WASI_EFAULT;
	}
	memcpy(path->text, at, size);
	if (memchr(path->text, '\0', size) != NULL) {
		path_deinit(call, path);
		return WASI_EILSEQ;
	}
	return WASI_OK;
}

/*
 * The directory in argument `fd_arg` with these rights, and the path in the two arguments from
 * `path_arg` on. On success path_deinit() is due.
 */
static unsigned int path_init(struct ocre_call *call, unsigned int fd_arg, unsigned int path_arg,
			      uint64_t rights, struct path *path)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	uint32_t fd = ocre_arg_u32(call, fd_arg);
	unsigned int error = ocre__wasi_fd_get(wasi, fd, 0, &path->dir);

	path->text = NULL;
	path->size = 0;
	path->entry = NULL;
	if (error == WASI_OK && path->dir->type != OCRE_TYPE_DIRECTORY) {
		error = WASI_ENOTDIR;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_fd_get(wasi, fd, rights, &path->dir);
	}
	if (error == WASI_OK) {
		error = copy_text(call, ocre_arg_u32(call, path_arg),
				  ocre_arg_u32(call, path_arg + 1), path);
	}
	if (error == WASI_OK) {
		path->entry = ocre__wasi_entry_of(wasi, path->dir, path->text);
		if (path->text[0] == '/' ||
		    ((path->dir->bits & FD_ENTRIES) != 0 && path->entry == NULL)) {
			path_deinit(call, path);
			error = WASI_ENOTCAPABLE;
		}
	}
	return error;
}

/*
 * Is the entry's own right to be used, not that of the directory? Then it is not followed: a
 * symlink in its place would lead to what is not granted.
 */
static bool by_entry(const struct path *path, bool writing)
{
	return path->entry != NULL && ((path->dir->bits & FD_ENTRIES) != 0 || writing);
}

/* The same for a call that changes something. */
static unsigned int path_init_change(struct ocre_call *call, unsigned int fd_arg,
				     unsigned int path_arg, uint64_t rights, struct path *path)
{
	unsigned int error = path_init(call, fd_arg, path_arg, rights, path);

	if (error == WASI_OK && (path->dir->bits & FD_READ_ONLY) != 0) {
		path_deinit(call, path);
		error = WASI_EROFS;
	}
	return error;
}

/* ---- one path, one port call ---- */

static int change_one(struct ocre_call *call, uint64_t rights,
		      int (*change)(void *, int32_t, const char *))
{
	struct path path;
	unsigned int error = path_init_change(call, 0, 1, rights, &path);

	if (error == WASI_OK) {
		error = ocre__wasi_errno(
			change(ocre__wasi_of(call)->port->ctx, path.dir->fd, path.text));
		path_deinit(call, &path);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_path_create_directory(struct ocre_call *call)
{
	return change_one(call, RIGHT_PATH_CREATE_DIRECTORY,
			  ocre__wasi_of(call)->port->ops->make_dir_at);
}

int ocre__wasi_path_remove_directory(struct ocre_call *call)
{
	return change_one(call, RIGHT_PATH_REMOVE_DIRECTORY,
			  ocre__wasi_of(call)->port->ops->remove_dir_at);
}

int ocre__wasi_path_unlink_file(struct ocre_call *call)
{
	return change_one(call, RIGHT_PATH_UNLINK_FILE, ocre__wasi_of(call)->port->ops->unlink_at);
}

/* ---- status ---- */

static int filestat_get(struct ocre_call *call, bool snapshot0)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint32_t lookup = ocre_arg_u32(call, 1);
	struct ocre_port_stat st;
	struct path path;
	unsigned int error = path_init(call, 0, 2, RIGHT_PATH_FILESTAT_GET, &path);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if ((lookup & ~LOOKUP_FOLLOW) != 0) {
		error = WASI_EINVAL;
	} else {
		bool follow = (lookup & LOOKUP_FOLLOW) != 0 && !by_entry(&path, false);

		error = ocre__wasi_errno(
			port->ops->stat_at(port->ctx, path.dir->fd, path.text, follow, &st));
	}
	path_deinit(call, &path);
	if (error == WASI_OK) {
		error = ocre__wasi_put_filestat(call, ocre_arg_u32(call, 4), &st, snapshot0);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_path_filestat_get(struct ocre_call *call)
{
	return filestat_get(call, false);
}

int ocre__wasi_path_filestat_get_0(struct ocre_call *call)
{
	return filestat_get(call, true);
}

int ocre__wasi_path_filestat_set_times(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint32_t lookup = ocre_arg_u32(call, 1);
	bool follow = (lookup & LOOKUP_FOLLOW) != 0;
	struct ocre_port_times times;
	struct path path;
	unsigned int error = path_init(call, 0, 2, RIGHT_PATH_FILESTAT_SET_TIMES, &path);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (by_entry(&path, true)) {
		follow = false;
		error = path.entry->read_only ? WASI_EROFS : WASI_OK;
	} else if ((path.dir->bits & FD_READ_ONLY) != 0) {
		error = WASI_EROFS;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_times(ocre_arg_u64(call, 4), ocre_arg_u64(call, 5),
					 ocre_arg_u32(call, 6), &times);
	}
	if (error == WASI_OK && (lookup & ~LOOKUP_FOLLOW) != 0) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->set_times_at(port->ctx, path.dir->fd, path.text,
								 follow, &times));
	}
	path_deinit(call, &path);
	return ocre__wasi_return(call, error);
}

/* ---- two paths ---- */

int ocre__wasi_path_link(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct path from;
	struct path to;
	unsigned int error;

	/* A link through a symlink cannot be made without a race, so only 0 is taken. */
	if (ocre_arg_u32(call, 1) != 0) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	/*
	 * The source is not changed, yet a second name in a writable directory would be a way to
	 * write to it.
	 */
	error = path_init_change(call, 0, 2, RIGHT_PATH_LINK_SOURCE, &from);
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	error = path_init_change(call, 4, 5, RIGHT_PATH_LINK_TARGET, &to);
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->link_at(port->ctx, from.dir->fd, from.text,
							    to.dir->fd, to.text));
		path_deinit(call, &to);
	}
	path_deinit(call, &from);
	return ocre__wasi_return(call, error);
}

int ocre__wasi_path_rename(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct path from;
	struct path to;
	unsigned int error = path_init_change(call, 0, 1, RIGHT_PATH_RENAME_SOURCE, &from);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	error = path_init_change(call, 3, 4, RIGHT_PATH_RENAME_TARGET, &to);
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->rename_at(port->ctx, from.dir->fd, from.text,
							      to.dir->fd, to.text));
		path_deinit(call, &to);
	}
	path_deinit(call, &from);
	return ocre__wasi_return(call, error);
}

/* ---- symbolic links ---- */

int ocre__wasi_path_symlink(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct path target = {0};
	struct path path;
	unsigned int error = path_init_change(call, 2, 3, RIGHT_PATH_SYMLINK, &path);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	error = copy_text(call, ocre_arg_u32(call, 0), ocre_arg_u32(call, 1), &target);
	if (error == WASI_OK) {
		if (target.text[0] == '/') {
			/* It would mean something else to the guest than to the host. */
			error = WASI_ENOTCAPABLE;
		} else {
			error = ocre__wasi_errno(port->ops->symlink_at(port->ctx, target.text,
								       path.dir->fd, path.text));
		}
		path_deinit(call, &target);
	}
	path_deinit(call, &path);
	return ocre__wasi_return(call, error);
}

int ocre__wasi_path_readlink(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	uint32_t addr = ocre_arg_u32(call, 3);
	uint32_t size = ocre_arg_u32(call, 4);
	uint32_t result = ocre_arg_u32(call, 5);
	struct path path;
	unsigned int error = path_init(call, 0, 1, RIGHT_PATH_READLINK, &path);
	int64_t n = 0;
	char *at;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (!ocre__wasi_in_memory(call, addr, size) || !ocre__wasi_in_memory(call, result, 4)) {
		error = WASI_EFAULT;
		goto deinit;
	}
	/* No target is longer than a path. */
	if (size > WASI_MAX_PATH) {
		size = WASI_MAX_PATH;
	}
	at = (char *)ocre_call_memory(call, addr, size);
	if (at == NULL) {
		error = WASI_EFAULT;
		goto deinit;
	}
	n = wasi->port->ops->readlink_at(wasi->port->ctx, path.dir->fd, path.text, at, size);
	error = ocre__wasi_errno(n);
	if (error == WASI_OK) {
		error = ocre__wasi_put_u32(call, result, (uint32_t)n);
	}
deinit:
	path_deinit(call, &path);
	return ocre__wasi_return(call, error);
}

/* ---- open ---- */

struct opening {
	uint32_t lookup;
	uint32_t oflags;
	uint32_t fdflags;
	uint64_t rights;
	uint64_t inheriting;
};

/* What the directory must allow for this. */
static uint64_t open_rights(const struct opening *how)
{
	uint64_t need = RIGHT_PATH_OPEN;

	if ((how->oflags & OFLAG_CREAT) != 0) {
		need |= RIGHT_PATH_CREATE_FILE;
	}
	if ((how->oflags & OFLAG_TRUNC) != 0) {
		need |= RIGHT_PATH_FILESTAT_SET_SIZE;
	}
	return need;
}

/* What the directory must be able to pass on. */
static uint64_t open_inheriting(const struct opening *how)
{
	uint64_t need = how->rights | how->inheriting;

	if ((how->fdflags & FDFLAG_DSYNC) != 0) {
		need |= RIGHT_FD_DATASYNC;
	}
	if ((how->fdflags & (FDFLAG_RSYNC | FDFLAG_SYNC)) != 0) {
		need |= RIGHT_FD_SYNC;
	}
	return need;
}

static bool opens_for_writing(const struct opening *how)
{
	return (how->rights & (RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE)) !=
	       0;
}

static uint32_t open_flags(const struct opening *how)
{
	static const struct {
		uint32_t wasi;
		uint32_t port;
	} oflags[] =
		{
			{OFLAG_CREAT, OCRE_OPEN_CREATE},
			{OFLAG_DIRECTORY, OCRE_OPEN_DIRECTORY},
			{OFLAG_EXCL, OCRE_OPEN_EXCLUSIVE},
			{OFLAG_TRUNC, OCRE_OPEN_TRUNCATE},
		},
	  fdflags[] = {
		  {FDFLAG_APPEND, OCRE_OPEN_APPEND},
		  {FDFLAG_DSYNC, OCRE_OPEN_DSYNC},
		  {FDFLAG_RSYNC, OCRE_OPEN_RSYNC},
		  {FDFLAG_SYNC, OCRE_OPEN_SYNC},
	  };
	uint32_t flags = 0;
	size_t i;

	for (i = 0; i < 4; i++) {
		flags |= (how->oflags & oflags[i].wasi) != 0 ? oflags[i].port : 0;
		flags |= (how->fdflags & fdflags[i].wasi) != 0 ? fdflags[i].port : 0;
	}
	if ((how->lookup & LOOKUP_FOLLOW) == 0) {
		flags |= OCRE_OPEN_NOFOLLOW;
	}
	if (opens_for_writing(how)) {
		flags |= OCRE_OPEN_WRITE;
		if ((how->rights & (RIGHT_FD_READ | RIGHT_FD_READDIR)) != 0) {
			flags |= OCRE_OPEN_READ;
		}
	} else if ((how->oflags & OFLAG_TRUNC) != 0) {
		/* To truncate is to write, though the guest does not get the right to. */
		flags |= OCRE_OPEN_READ | OCRE_OPEN_WRITE;
	} else {
		flags |= OCRE_OPEN_READ;
	}
	return flags;
}

static bool flags_known(const struct opening *how)
{
	if ((how->lookup & ~LOOKUP_FOLLOW) != 0 || (how->oflags & ~OFLAG_ALL) != 0 ||
	    (how->fdflags & ~FDFLAG_ALL) != 0) {
		return false;
	}
	return (how->oflags & (OFLAG_CREAT | OFLAG_DIRECTORY)) != (OFLAG_CREAT | OFLAG_DIRECTORY);
}

static unsigned int open_path(struct ocre_call *call, const struct opening *how,
			      const struct path *path, struct ocre__wasi_fd *opened)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre_port_stat st;
	bool writing = (how->oflags & (OFLAG_CREAT | OFLAG_TRUNC)) != 0 || opens_for_writing(how);
	bool read_only = (path->dir->bits & FD_READ_ONLY) != 0;
	uint32_t flags = open_flags(how);
	int rc;

	if (by_entry(path, writing)) {
		read_only = path->entry->read_only;
		flags |= OCRE_OPEN_NOFOLLOW;
	}
	if (read_only && writing) {
		return WASI_EROFS;
	}
	rc = port->ops->open_at(port->ctx, path->dir->fd, path->text, flags, &opened->fd);
	if (rc != 0) {
		return ocre__wasi_errno(rc);
	}
	rc = port->ops->stat(port->ctx, opened->fd, &st);
	if (rc != 0) {
		port->ops->close(port->ctx, opened->fd);
		return ocre__wasi_errno(rc);
	}
	opened->type = (uint8_t)st.type;
	opened->flags = (uint16_t)how->fdflags;
	opened->rights = how->rights;
	opened->inheriting = how->inheriting;
	opened->bits = read_only ? FD_READ_ONLY : 0;
	return WASI_OK;
}

/*
 * `strict` as preview 1 has it: rights that the directory cannot pass on are an error. Programs of
 * snapshot 0 ask for all there are and expect what can be had.
 */
static int open_with(struct ocre_call *call, bool strict)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct opening how = {
		.lookup = ocre_arg_u32(call, 1),
		.oflags = ocre_arg_u32(call, 4),
		.fdflags = ocre_arg_u32(call, 7),
		.rights = ocre_arg_u64(call, 5),
		.inheriting = ocre_arg_u64(call, 6),
	};
	uint32_t result = ocre_arg_u32(call, 8);
	struct ocre__wasi_fd opened = {0};
	struct path path;
	uint32_t number = 0;
	unsigned int error;

	if (!flags_known(&how)) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	if (!ocre__wasi_in_memory(call, result, 4)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	error = ocre__wasi_fd_reserve(wasi, &number);
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	error = path_init(call, 0, 2, open_rights(&how), &path);
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (!strict) {
		how.rights &= path.dir->inheriting;
		how.inheriting &= path.dir->inheriting;
	}
	if ((open_inheriting(&how) & ~path.dir->inheriting) != 0) {
		error = WASI_ENOTCAPABLE;
	} else {
		error = open_path(call, &how, &path, &opened);
	}
	path_deinit(call, &path);
	if (error == WASI_OK) {
		ocre__wasi_fd_put(wasi, number, &opened);
		error = ocre__wasi_put_u32(call, result, number);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_path_open(struct ocre_call *call)
{
	return open_with(call, true);
}

int ocre__wasi_path_open_0(struct ocre_call *call)
{
	return open_with(call, false);
}
