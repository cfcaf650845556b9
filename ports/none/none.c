/* SPDX-License-Identifier: Apache-2.0 */
/*
 * none.c - a port that can do nothing, for ports to begin with: they copy the table and replace
 * what their platform has. Every call is there, and says that it is not supported.
 */
#include <ocre/port_none.h>

static int none_clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)ctx;
	(void)clock;
	(void)ns;
	return -OCRE_ERRNO_NOSYS;
}

static int none_clock_resolution(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)ctx;
	(void)clock;
	(void)ns;
	return -OCRE_ERRNO_NOSYS;
}

static int none_random(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int none_close(void *ctx, int32_t fd)
{
	(void)ctx;
	(void)fd;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_read(void *ctx, int32_t fd, void *data, size_t size)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_write(void *ctx, int32_t fd, const void *data, size_t size)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_pread(void *ctx, int32_t fd, void *data, size_t size, uint64_t offset)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	(void)offset;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_pwrite(void *ctx, int32_t fd, const void *data, size_t size, uint64_t offset)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	(void)offset;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_seek(void *ctx, int32_t fd, int64_t offset, enum ocre_port_whence whence)
{
	(void)ctx;
	(void)fd;
	(void)offset;
	(void)whence;
	return -OCRE_ERRNO_NOSYS;
}

static int none_stat(void *ctx, int32_t fd, struct ocre_port_stat *out)
{
	(void)ctx;
	(void)fd;
	(void)out;
	return -OCRE_ERRNO_NOSYS;
}

static int none_set_size(void *ctx, int32_t fd, uint64_t size)
{
	(void)ctx;
	(void)fd;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int none_set_times(void *ctx, int32_t fd, const struct ocre_port_times *times)
{
	(void)ctx;
	(void)fd;
	(void)times;
	return -OCRE_ERRNO_NOSYS;
}

static int none_set_append(void *ctx, int32_t fd, bool append)
{
	(void)ctx;
	(void)fd;
	(void)append;
	return -OCRE_ERRNO_NOSYS;
}

static int none_allocate(void *ctx, int32_t fd, uint64_t offset, uint64_t size)
{
	(void)ctx;
	(void)fd;
	(void)offset;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int none_advise(void *ctx, int32_t fd, uint64_t offset, uint64_t size,
		       enum ocre_port_advice advice)
{
	(void)ctx;
	(void)fd;
	(void)offset;
	(void)size;
	(void)advice;
	return -OCRE_ERRNO_NOSYS;
}

static int none_sync(void *ctx, int32_t fd, bool data_only)
{
	(void)ctx;
	(void)fd;
	(void)data_only;
	return -OCRE_ERRNO_NOSYS;
}

static int none_read_dir(void *ctx, int32_t fd, uint64_t cookie, ocre_port_dirent_fn each,
			 void *arg)
{
	(void)ctx;
	(void)fd;
	(void)cookie;
	(void)each;
	(void)arg;
	return -OCRE_ERRNO_NOSYS;
}

static int none_open_root(void *ctx, const char *host_path, int32_t *fd)
{
	(void)ctx;
	(void)host_path;
	(void)fd;
	return -OCRE_ERRNO_NOSYS;
}

static int none_open_at(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd)
{
	(void)ctx;
	(void)dir;
	(void)path;
	(void)flags;
	(void)fd;
	return -OCRE_ERRNO_NOSYS;
}

static int none_stat_at(void *ctx, int32_t dir, const char *path, bool follow,
			struct ocre_port_stat *out)
{
	(void)ctx;
	(void)dir;
	(void)path;
	(void)follow;
	(void)out;
	return -OCRE_ERRNO_NOSYS;
}

static int none_set_times_at(void *ctx, int32_t dir, const char *path, bool follow,
			     const struct ocre_port_times *times)
{
	(void)ctx;
	(void)dir;
	(void)path;
	(void)follow;
	(void)times;
	return -OCRE_ERRNO_NOSYS;
}

static int none_make_dir_at(void *ctx, int32_t dir, const char *path)
{
	(void)ctx;
	(void)dir;
	(void)path;
	return -OCRE_ERRNO_NOSYS;
}

static int none_remove_dir_at(void *ctx, int32_t dir, const char *path)
{
	(void)ctx;
	(void)dir;
	(void)path;
	return -OCRE_ERRNO_NOSYS;
}

static int none_unlink_at(void *ctx, int32_t dir, const char *path)
{
	(void)ctx;
	(void)dir;
	(void)path;
	return -OCRE_ERRNO_NOSYS;
}

static int none_rename_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			  const char *new_path)
{
	(void)ctx;
	(void)old_dir;
	(void)old_path;
	(void)new_dir;
	(void)new_path;
	return -OCRE_ERRNO_NOSYS;
}

static int none_link_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			const char *new_path)
{
	(void)ctx;
	(void)old_dir;
	(void)old_path;
	(void)new_dir;
	(void)new_path;
	return -OCRE_ERRNO_NOSYS;
}

static int none_symlink_at(void *ctx, const char *target, int32_t dir, const char *path)
{
	(void)ctx;
	(void)target;
	(void)dir;
	(void)path;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_readlink_at(void *ctx, int32_t dir, const char *path, char *data, size_t size)
{
	(void)ctx;
	(void)dir;
	(void)path;
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int none_accept(void *ctx, int32_t fd, int32_t *out)
{
	(void)ctx;
	(void)fd;
	(void)out;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_recv(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			 bool *truncated)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	(void)flags;
	(void)truncated;
	return -OCRE_ERRNO_NOSYS;
}

static int64_t none_send(void *ctx, int32_t fd, const void *data, size_t size)
{
	(void)ctx;
	(void)fd;
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
}

static int none_shutdown(void *ctx, int32_t fd, uint32_t how)
{
	(void)ctx;
	(void)fd;
	(void)how;
	return -OCRE_ERRNO_NOSYS;
}

static int none_ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		      struct ocre_port_ready *out)
{
	(void)ctx;
	(void)fds;
	(void)count;
	(void)out;
	return -OCRE_ERRNO_NOSYS;
}

static int none_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready)
{
	(void)ctx;
	(void)fds;
	(void)count;
	(void)deadline_ns;
	(void)ready;
	return -OCRE_ERRNO_NOSYS;
}

static void none_wake(void *ctx)
{
	(void)ctx;
}

static int none_file_load(void *ctx, const char *host_path, bool immutable, size_t limit,
			  struct ocre_port_file *out)
{
	(void)ctx;
	(void)host_path;
	(void)immutable;
	(void)limit;
	(void)out;
	return -OCRE_ERRNO_NOSYS;
}

static void none_file_unload(void *ctx, struct ocre_port_file *file)
{
	(void)ctx;
	(void)file;
}

const struct ocre_port_ops ocre_port_none_ops = {
	.clock_now = none_clock_now,
	.clock_resolution = none_clock_resolution,
	.random = none_random,
	.close = none_close,
	.read = none_read,
	.write = none_write,
	.pread = none_pread,
	.pwrite = none_pwrite,
	.seek = none_seek,
	.stat = none_stat,
	.set_size = none_set_size,
	.set_times = none_set_times,
	.set_append = none_set_append,
	.allocate = none_allocate,
	.advise = none_advise,
	.sync = none_sync,
	.read_dir = none_read_dir,
	.open_root = none_open_root,
	.open_at = none_open_at,
	.stat_at = none_stat_at,
	.set_times_at = none_set_times_at,
	.make_dir_at = none_make_dir_at,
	.remove_dir_at = none_remove_dir_at,
	.unlink_at = none_unlink_at,
	.rename_at = none_rename_at,
	.link_at = none_link_at,
	.symlink_at = none_symlink_at,
	.readlink_at = none_readlink_at,
	.accept = none_accept,
	.recv = none_recv,
	.send = none_send,
	.shutdown = none_shutdown,
	.ready = none_ready,
	.wait = none_wait,
	.wake = none_wake,
	.file_load = none_file_load,
	.file_unload = none_file_unload,
};
