/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fds.c - the guest's descriptors: the table, rights and flags, preopens. No file is read or
 * written here.
 */
#include <string.h>

#include "internal.h"

/* ---- what each type of file can do ---- */

#define RIGHTS_ANY                                                                                 \
	(RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC | RIGHT_FD_FILESTAT_GET |                       \
	 RIGHT_FD_FILESTAT_SET_TIMES | RIGHT_POLL_FD_READWRITE)
#define RIGHTS_STREAM (RIGHTS_ANY | RIGHT_FD_READ | RIGHT_FD_WRITE | RIGHT_FD_DATASYNC)
#define RIGHTS_FILE                                                                                \
	(RIGHTS_STREAM | RIGHT_FD_SEEK | RIGHT_FD_TELL | RIGHT_FD_ADVISE | RIGHT_FD_ALLOCATE |     \
	 RIGHT_FD_FILESTAT_SET_SIZE)
#define RIGHTS_SOCKET (RIGHTS_STREAM | RIGHT_SOCK_SHUTDOWN | RIGHT_SOCK_ACCEPT)
#define RIGHTS_DIRECTORY                                                                           \
	(RIGHTS_ANY | RIGHT_FD_ADVISE | RIGHT_FD_READDIR | RIGHT_PATH_CREATE_DIRECTORY |           \
	 RIGHT_PATH_CREATE_FILE | RIGHT_PATH_LINK_SOURCE | RIGHT_PATH_LINK_TARGET |                \
	 RIGHT_PATH_OPEN | RIGHT_PATH_READLINK | RIGHT_PATH_RENAME_SOURCE |                        \
	 RIGHT_PATH_RENAME_TARGET | RIGHT_PATH_FILESTAT_GET | RIGHT_PATH_FILESTAT_SET_SIZE |       \
	 RIGHT_PATH_FILESTAT_SET_TIMES | RIGHT_PATH_SYMLINK | RIGHT_PATH_REMOVE_DIRECTORY |        \
	 RIGHT_PATH_UNLINK_FILE)

/* Of a preopen that is there for the sake of its listed entries. */
#define RIGHTS_ENTRIES                                                                             \
	(RIGHT_PATH_OPEN | RIGHT_PATH_CREATE_FILE | RIGHT_PATH_FILESTAT_GET |                      \
	 RIGHT_PATH_FILESTAT_SET_SIZE | RIGHT_PATH_FILESTAT_SET_TIMES)

uint64_t ocre__wasi_rights(uint8_t type)
{
	switch (type) {
	case OCRE_TYPE_DIRECTORY:
		return RIGHTS_DIRECTORY;
	case OCRE_TYPE_REGULAR:
	case OCRE_TYPE_BLOCK:
		return RIGHTS_FILE;
	case OCRE_TYPE_STREAM:
	case OCRE_TYPE_DATAGRAM:
		return RIGHTS_SOCKET;
	default:
		return RIGHTS_STREAM;
	}
}

uint64_t ocre__wasi_rights_inheriting(uint8_t type)
{
	switch (type) {
	case OCRE_TYPE_DIRECTORY:
		return RIGHTS_DIRECTORY | RIGHTS_FILE;
	case OCRE_TYPE_STREAM:
	case OCRE_TYPE_DATAGRAM:
		return RIGHTS_SOCKET;
	default:
		return 0;
	}
}

uint8_t ocre__wasi_filetype(uint8_t type)
{
	/* The numbers are WASI's, which knows no pipes. */
	return type == OCRE_TYPE_PIPE ? OCRE_TYPE_UNKNOWN : type;
}

/* ---- the table ---- */

unsigned int ocre__wasi_fd_get(struct ocre_wasi *wasi, uint32_t fd, uint64_t rights,
			       struct ocre__wasi_fd **out)
{
	if (fd >= wasi->fd_slots || wasi->fds[fd].fd < 0) {
		return WASI_EBADF;
	}
	if ((wasi->fds[fd].rights & rights) != rights) {
		return WASI_ENOTCAPABLE;
	}
	*out = &wasi->fds[fd];
	return WASI_OK;
}

static bool grow(struct ocre_wasi *wasi)
{
	uint32_t slots = wasi->fd_slots < wasi->max_fds / 2 ? wasi->fd_slots * 2 : wasi->max_fds;
	struct ocre__wasi_fd *fds;
	uint32_t i;

	fds = (struct ocre__wasi_fd *)ocre_mem_resize(
		wasi->mem, wasi->fds, wasi->fd_slots * sizeof(fds[0]), slots * sizeof(fds[0]));
	if (fds == NULL) {
		return false;
	}
	memset(fds + wasi->fd_slots, 0, (slots - wasi->fd_slots) * sizeof(fds[0]));
	for (i = wasi->fd_slots; i < slots; i++) {
		fds[i].fd = -1;
	}
	wasi->fds = fds;
	wasi->fd_slots = slots;
	return true;
}

/*
 * The lowest free number from 3 on. 0 to 2 are not given out again: a file that became the standard
 * output by accident would be overwritten by the next message.
 */
unsigned int ocre__wasi_fd_reserve(struct ocre_wasi *wasi, uint32_t *fd)
{
	uint32_t i;

	for (i = 3; i < wasi->fd_slots; i++) {
		if (wasi->fds[i].fd < 0) {
			*fd = i;
			return WASI_OK;
		}
	}
	if (wasi->fd_slots >= wasi->max_fds) {
		return WASI_EMFILE;
	}
	*fd = wasi->fd_slots;
	return grow(wasi) ? WASI_OK : WASI_ENOMEM;
}

void ocre__wasi_fd_put(struct ocre_wasi *wasi, uint32_t fd, const struct ocre__wasi_fd *entry)
{
	struct ocre__wasi_fd *slot = &wasi->fds[fd];

	*slot = *entry;
	slot->rights &= ocre__wasi_rights(entry->type);
	slot->inheriting &= ocre__wasi_rights_inheriting(entry->type);
	/* Of a directory without its entries there is nothing to be seen or changed. */
	if ((slot->bits & FD_ENTRIES) != 0) {
		slot->rights &= RIGHTS_ENTRIES;
	}
	/* What the embedder lends is no way to other files, even if it is a directory. */
	if ((slot->bits & FD_BORROWED) != 0 && entry->type == OCRE_TYPE_DIRECTORY) {
		slot->rights &= RIGHTS_ANY;
		slot->inheriting = 0;
	}
}

static int close_slot(struct ocre_wasi *wasi, struct ocre__wasi_fd *slot)
{
	int rc = 0;

	if ((slot->bits & FD_BORROWED) == 0) {
		rc = wasi->port->ops->close(wasi->port->ctx, slot->fd);
	}
	memset(slot, 0, sizeof(*slot));
	slot->fd = -1;
	return rc;
}

void ocre__wasi_close_all(struct ocre_wasi *wasi)
{
	uint32_t i;

	for (i = 0; i < wasi->fd_slots; i++) {
		if (wasi->fds[i].fd >= 0) {
			close_slot(wasi, &wasi->fds[i]);
		}
	}
}

int ocre__wasi_fd_close(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), 0, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_errno(close_slot(wasi, fd));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_fd_renumber(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct ocre__wasi_fd *from;
	struct ocre__wasi_fd *to;
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), 0, &from);

	if (error == WASI_OK) {
		error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 1), 0, &to);
	}
	if (error != WASI_OK || from == to) {
		return ocre__wasi_return(call, error);
	}
	close_slot(wasi, to);
	*to = *from;
	memset(from, 0, sizeof(*from));
	from->fd = -1;
	return ocre__wasi_return(call, WASI_OK);
}

/* ---- rights and flags ---- */

int ocre__wasi_fd_fdstat_get(struct ocre_call *call)
{
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), 0, &fd);
	uint8_t *at;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	at = (uint8_t *)ocre_call_memory(call, ocre_arg_u32(call, 1), 24);
	if (at == NULL) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	memset(at, 0, 24);
	at[0] = ocre__wasi_filetype(fd->type);
	ocre_put_u16(at + 2, fd->flags);
	ocre_put_u64(at + 8, fd->rights);
	ocre_put_u64(at + 16, fd->inheriting);
	return ocre__wasi_return(call, WASI_OK);
}

static unsigned int set_append(const struct ocre_port *port, const struct ocre__wasi_fd *fd,
			       bool append)
{
	if (fd->type != OCRE_TYPE_REGULAR) {
		return WASI_OK;
	}
	/* A lent descriptor is shared with programs that do not expect this. */
	if ((fd->bits & FD_BORROWED) != 0) {
		return WASI_ENOTSUP;
	}
	return ocre__wasi_errno(port->ops->set_append(port->ctx, fd->fd, append));
}

int ocre__wasi_fd_fdstat_set_flags(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	uint32_t flags = ocre_arg_u32(call, 1);
	struct ocre__wasi_fd *fd;
	unsigned int error =
		ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), RIGHT_FD_FDSTAT_SET_FLAGS, &fd);
	uint32_t changed;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if ((flags & ~FDFLAG_ALL) != 0) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	changed = flags ^ fd->flags;
	if ((changed & (FDFLAG_DSYNC | FDFLAG_RSYNC | FDFLAG_SYNC)) != 0) {
		return ocre__wasi_return(call, WASI_ENOTSUP);
	}
	if ((changed & FDFLAG_APPEND) != 0) {
		error = set_append(wasi->port, fd, (flags & FDFLAG_APPEND) != 0);
		if (error != WASI_OK) {
			return ocre__wasi_return(call, error);
		}
	}
	/* NONBLOCK is kept here only: it decides whether a call parks or returns EAGAIN. */
	fd->flags = (uint16_t)flags;
	return ocre__wasi_return(call, WASI_OK);
}

int ocre__wasi_fd_fdstat_set_rights(struct ocre_call *call)
{
	uint64_t rights = ocre_arg_u64(call, 1);
	uint64_t inheriting = ocre_arg_u64(call, 2);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), 0, &fd);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if ((rights & ~fd->rights) != 0 || (inheriting & ~fd->inheriting) != 0) {
		return ocre__wasi_return(call, WASI_ENOTCAPABLE);
	}
	fd->rights = rights;
	fd->inheriting = inheriting;
	return ocre__wasi_return(call, WASI_OK);
}

/* ---- preopens ---- */

static unsigned int preopen_name(struct ocre_call *call, const char **name)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), 0, &fd);

	if (error == WASI_OK && (fd->bits & FD_PREOPEN) == 0) {
		/* C libraries try one number after the other and stop at this answer. */
		error = WASI_EBADF;
	}
	if (error == WASI_OK) {
		*name = ocre__wasi_strings_get(&wasi->names, fd->preopen);
	}
	return error;
}

int ocre__wasi_fd_prestat_get(struct ocre_call *call)
{
	const char *name;
	unsigned int error = preopen_name(call, &name);
	uint8_t *at;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	at = (uint8_t *)ocre_call_memory(call, ocre_arg_u32(call, 1), 8);
	if (at == NULL) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	ocre_put_u32(at, 0); /* the tag: a directory */
	ocre_put_u32(at + 4, (uint32_t)strlen(name));
	return ocre__wasi_return(call, WASI_OK);
}

int ocre__wasi_fd_prestat_dir_name(struct ocre_call *call)
{
	const char *name;
	unsigned int error = preopen_name(call, &name);
	uint32_t size;
	void *at;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	size = (uint32_t)strlen(name);
	if (ocre_arg_u32(call, 2) < size) {
		return ocre__wasi_return(call, WASI_ENAMETOOLONG);
	}
	at = ocre_call_memory(call, ocre_arg_u32(call, 1), size);
	if (at == NULL) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	memcpy(at, name, size);
	return ocre__wasi_return(call, WASI_OK);
}

const struct ocre__wasi_entry *
ocre__wasi_entry_of(const struct ocre_wasi *wasi, const struct ocre__wasi_fd *dir, const char *path)
{
	const char *name = wasi->entry_names.data;
	uint32_t i;

	if ((dir->bits & FD_PREOPEN) == 0) {
		return NULL;
	}
	for (i = 0; i < wasi->entry_count; i++) {
		if (wasi->entries[i].preopen == dir->preopen && strcmp(name, path) == 0) {
			return &wasi->entries[i];
		}
		name += strlen(name) + 1;
	}
	return NULL;
}

int ocre__wasi_open_beneath(const struct ocre_port *port, const char *host_path,
			    const char *beneath, int32_t *fd)
{
	int32_t at = -1;
	int rc = port->ops->open_root(port->ctx, host_path, &at);

	while (rc == 0 && beneath != NULL && *beneath != '\0') {
		const char *end = strchr(beneath, '/');
		size_t size = end != NULL ? (size_t)(end - beneath) : strlen(beneath);
		char name[256];
		int32_t next = -1;

		rc = -OCRE_ERRNO_NAMETOOLONG;
		if (size < sizeof(name)) {
			memcpy(name, beneath, size);
			name[size] = '\0';
			rc = port->ops->open_at(port->ctx, at, name,
						OCRE_OPEN_DIRECTORY | OCRE_OPEN_NOFOLLOW, &next);
		}
		port->ops->close(port->ctx, at);
		at = next;
		beneath += size + (end != NULL);
	}
	if (rc == 0) {
		*fd = at;
	}
	return rc;
}
