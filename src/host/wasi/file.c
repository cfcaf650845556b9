/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - calls on open descriptors that move no contents: status, position, size, times, and
 * directory entries.
 */
#include <string.h>

#include "internal.h"

/* A descriptor that may be changed: has the rights, and is not beneath a read-only preopen. */
static unsigned int get_writable(struct ocre_call *call, uint64_t rights,
				 struct ocre__wasi_fd **out)
{
	unsigned int error =
		ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), rights, out);

	if (error == WASI_OK && ((*out)->bits & FD_READ_ONLY) != 0) {
		error = WASI_EROFS;
	}
	return error;
}

/* ---- hints, room, and the way to the disk ---- */

int ocre__wasi_fd_advise(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint64_t offset = ocre_arg_u64(call, 1);
	uint64_t size = ocre_arg_u64(call, 2);
	uint32_t advice = ocre_arg_u32(call, 3);
	struct ocre__wasi_fd *fd;
	unsigned int error =
		ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), RIGHT_FD_ADVISE, &fd);

	if (error == WASI_OK &&
	    (advice > OCRE_ADVICE_NOREUSE || size > INT64_MAX || offset > INT64_MAX - size)) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK && fd->type == OCRE_TYPE_REGULAR) {
		error = ocre__wasi_errno(port->ops->advise(port->ctx, fd->fd, offset, size,
							   (enum ocre_port_advice)advice));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_fd_allocate(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint64_t offset = ocre_arg_u64(call, 1);
	uint64_t size = ocre_arg_u64(call, 2);
	struct ocre__wasi_fd *fd;
	unsigned int error = get_writable(call, RIGHT_FD_ALLOCATE, &fd);

	if (error == WASI_OK &&
	    (size == 0 || size > INT64_MAX || offset > (uint64_t)INT64_MAX - size)) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->allocate(port->ctx, fd->fd, offset, size));
	}
	return ocre__wasi_return(call, error);
}

static int sync_fd(struct ocre_call *call, uint64_t right, bool data_only)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre__wasi_fd *fd;
	unsigned int error =
		ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), right, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->sync(port->ctx, fd->fd, data_only));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_fd_datasync(struct ocre_call *call)
{
	return sync_fd(call, RIGHT_FD_DATASYNC, true);
}

int ocre__wasi_fd_sync(struct ocre_call *call)
{
	return sync_fd(call, RIGHT_FD_SYNC, false);
}

/* ---- status ---- */

unsigned int ocre__wasi_put_filestat(struct ocre_call *call, uint32_t addr,
				     const struct ocre_port_stat *st, bool snapshot0)
{
	uint32_t size = snapshot0 ? FILESTAT_SIZE_0 : FILESTAT_SIZE;
	uint8_t *at = (uint8_t *)ocre_call_memory(call, addr, size);

	if (at == NULL) {
		return WASI_EFAULT;
	}
	memset(at, 0, size);
	ocre_put_u64(at, st->device);
	ocre_put_u64(at + 8, st->inode);
	at[16] = ocre__wasi_filetype((uint8_t)st->type);
	if (snapshot0) {
		ocre_put_u32(at + 20, st->links > UINT32_MAX ? UINT32_MAX : (uint32_t)st->links);
		at += 24;
	} else {
		ocre_put_u64(at + 24, st->links);
		at += 32;
	}
	ocre_put_u64(at, st->size);
	ocre_put_u64(at + 8, st->atime_ns);
	ocre_put_u64(at + 16, st->mtime_ns);
	ocre_put_u64(at + 24, st->ctime_ns);
	return WASI_OK;
}

static int filestat_get(struct ocre_call *call, bool snapshot0)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre_port_stat st;
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0),
					       RIGHT_FD_FILESTAT_GET, &fd);

	memset(&st, 0, sizeof(st));
	if (error == WASI_OK && (fd->bits & FD_LOG) != 0) {
		st.links = 1;
		st.type = (enum ocre_port_type)fd->type;
	} else if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->stat(port->ctx, fd->fd, &st));
	}
	if (error == WASI_OK) {
		error = ocre__wasi_put_filestat(call, ocre_arg_u32(call, 1), &st, snapshot0);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_fd_filestat_get(struct ocre_call *call)
{
	return filestat_get(call, false);
}

int ocre__wasi_fd_filestat_get_0(struct ocre_call *call)
{
	return filestat_get(call, true);
}

int ocre__wasi_fd_filestat_set_size(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint64_t size = ocre_arg_u64(call, 1);
	struct ocre__wasi_fd *fd;
	unsigned int error = get_writable(call, RIGHT_FD_FILESTAT_SET_SIZE, &fd);

	if (error == WASI_OK && size > INT64_MAX) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->set_size(port->ctx, fd->fd, size));
	}
	return ocre__wasi_return(call, error);
}

unsigned int ocre__wasi_times(uint64_t atime, uint64_t mtime, uint32_t flags,
			      struct ocre_port_times *out)
{
	const uint32_t both_a = OCRE_TIME_ATIME | OCRE_TIME_ATIME_NOW;
	const uint32_t both_m = OCRE_TIME_MTIME | OCRE_TIME_MTIME_NOW;

	/* WASI's bits are those of the port. */
	if ((flags & ~(both_a | both_m)) != 0 || (flags & both_a) == both_a ||
	    (flags & both_m) == both_m) {
		return WASI_EINVAL;
	}
	out->atime_ns = atime;
	out->mtime_ns = mtime;
	out->flags = flags;
	return WASI_OK;
}

int ocre__wasi_fd_filestat_set_times(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre_port_times times;
	struct ocre__wasi_fd *fd;
	unsigned int error = get_writable(call, RIGHT_FD_FILESTAT_SET_TIMES, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_times(ocre_arg_u64(call, 1), ocre_arg_u64(call, 2),
					 ocre_arg_u32(call, 3), &times);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->set_times(port->ctx, fd->fd, &times));
	}
	return ocre__wasi_return(call, error);
}

/* ---- position ---- */

static int seek_fd(struct ocre_call *call, int64_t offset, enum ocre_port_whence whence,
		   uint32_t result)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), 0, &fd);
	uint64_t need = RIGHT_FD_SEEK;
	int64_t at;

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	/* To ask where we are, either right is enough. */
	if (offset == 0 && whence == OCRE_SEEK_CUR) {
		need |= RIGHT_FD_TELL;
	}
	if ((fd->rights & need) == 0) {
		return ocre__wasi_return(call, WASI_ENOTCAPABLE);
	}
	if (!ocre__wasi_in_memory(call, result, 8)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	at = wasi->port->ops->seek(wasi->port->ctx, fd->fd, offset, whence);
	if (at < 0) {
		return ocre__wasi_return(call, ocre__wasi_errno(at));
	}
	return ocre__wasi_return(call, ocre__wasi_put_u64(call, result, (uint64_t)at));
}

static int seek_by(struct ocre_call *call, const enum ocre_port_whence names[3])
{
	uint32_t whence = ocre_arg_u32(call, 2);

	if (whence > 2) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	return seek_fd(call, (int64_t)ocre_arg_u64(call, 1), names[whence], ocre_arg_u32(call, 3));
}

int ocre__wasi_fd_seek(struct ocre_call *call)
{
	static const enum ocre_port_whence names[3] = {OCRE_SEEK_SET, OCRE_SEEK_CUR, OCRE_SEEK_END};

	return seek_by(call, names);
}

int ocre__wasi_fd_seek_0(struct ocre_call *call)
{
	static const enum ocre_port_whence names[3] = {OCRE_SEEK_CUR, OCRE_SEEK_END, OCRE_SEEK_SET};

	return seek_by(call, names);
}

int ocre__wasi_fd_tell(struct ocre_call *call)
{
	return seek_fd(call, 0, OCRE_SEEK_CUR, ocre_arg_u32(call, 1));
}

/* ---- directory entries ---- */

#define DIRENT_SIZE 24u

struct listing {
	struct ocre_call *call;
	uint32_t addr;
	uint32_t size;
	uint32_t used;
	bool fault;
};

/* Copy to the guest what there is room for: the last entry may be cut, as preview 1 has it. */
static bool put_bytes(struct listing *list, const void *data, uint32_t size)
{
	uint32_t room = list->size - list->used;
	uint32_t n = size < room ? size : room;
	void *at;

	if (n == 0) {
		return size == 0;
	}
	at = ocre_call_memory(list->call, list->addr + list->used, n);
	if (at == NULL) {
		list->fault = true;
		return false;
	}
	memcpy(at, data, n);
	list->used += n;
	return n == size;
}

static bool put_entry(void *arg, const struct ocre_port_dirent *entry)
{
	struct listing *list = (struct listing *)arg;
	uint8_t head[DIRENT_SIZE] = {0};

	ocre_put_u64(head, entry->next);
	ocre_put_u64(head + 8, entry->inode);
	ocre_put_u32(head + 16, entry->name_size);
	head[20] = ocre__wasi_filetype((uint8_t)entry->type);
	return put_bytes(list, head, sizeof(head)) &&
	       put_bytes(list, entry->name, entry->name_size) && list->used < list->size;
}

int ocre__wasi_fd_readdir(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct listing list = {
		.call = call, .addr = ocre_arg_u32(call, 1), .size = ocre_arg_u32(call, 2)};
	uint32_t result = ocre_arg_u32(call, 4);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0),
					       RIGHT_FD_READDIR, &fd);

	if (error == WASI_OK && (!ocre__wasi_in_memory(call, list.addr, list.size) ||
				 !ocre__wasi_in_memory(call, result, 4))) {
		error = WASI_EFAULT;
	}
	if (error == WASI_OK && list.size > 0) {
		error = ocre__wasi_errno(port->ops->read_dir(
			port->ctx, fd->fd, ocre_arg_u64(call, 3), put_entry, &list));
	}
	if (error == WASI_OK) {
		error = list.fault ? WASI_EFAULT : ocre__wasi_put_u32(call, result, list.used);
	}
	call->charge = list.used / 64;
	return ocre__wasi_return(call, error);
}
