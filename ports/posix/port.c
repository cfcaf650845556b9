/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.c - the table of the port to Linux, its clocks, random bytes and error numbers.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

int ocre__posix_errno(int host_errno)
{
	switch (host_errno) {
	case 0:
		return 0;
#define OCRE__MAP(name, number)                                                                    \
	case E##name:                                                                              \
		return -OCRE_ERRNO_##name;
		OCRE_ERRNO_LIST(OCRE__MAP)
#undef OCRE__MAP
	default:
		return -OCRE_ERRNO_IO;
	}
}

int ocre__posix_error(void)
{
	return ocre__posix_errno(errno);
}

static int clock_id(enum ocre_port_clock clock, clockid_t *id)
{
	switch (clock) {
	case OCRE_CLOCK_REALTIME:
		*id = CLOCK_REALTIME;
		return 0;
	case OCRE_CLOCK_MONOTONIC:
		*id = CLOCK_MONOTONIC;
		return 0;
	case OCRE_CLOCK_PROCESS:
		*id = CLOCK_PROCESS_CPUTIME_ID;
		return 0;
	case OCRE_CLOCK_THREAD:
		*id = CLOCK_THREAD_CPUTIME_ID;
		return 0;
	}
	return -OCRE_ERRNO_INVAL;
}

static uint64_t nanoseconds(const struct timespec *ts)
{
	if (ts->tv_sec < 0) {
		return 0;
	}
	return (uint64_t)ts->tv_sec * 1000000000u + (uint64_t)ts->tv_nsec;
}

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	struct timespec ts;
	clockid_t id;
	int rc = clock_id(clock, &id);

	(void)ctx;
	if (rc != 0) {
		return rc;
	}
	if (clock_gettime(id, &ts) != 0) {
		return ocre__posix_error();
	}
	*ns = nanoseconds(&ts);
	return 0;
}

static int clock_resolution(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	struct timespec ts;
	clockid_t id;
	int rc = clock_id(clock, &id);

	(void)ctx;
	if (rc != 0) {
		return rc;
	}
	if (clock_getres(id, &ts) != 0) {
		return ocre__posix_error();
	}
	*ns = nanoseconds(&ts);
	return 0;
}

static int random_bytes(void *ctx, void *data, size_t size)
{
	uint8_t *at = (uint8_t *)data;

	(void)ctx;
	while (size > 0) {
		ssize_t n = getrandom(at, size, 0);

		if (n < 0 && errno != EINTR) {
			return ocre__posix_error();
		}
		if (n > 0) {
			at += n;
			size -= (size_t)n;
		}
	}
	return 0;
}

enum ocre_port_type ocre__posix_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFBLK:
		return OCRE_TYPE_BLOCK;
	case S_IFCHR:
		return OCRE_TYPE_CHAR;
	case S_IFDIR:
		return OCRE_TYPE_DIRECTORY;
	case S_IFREG:
		return OCRE_TYPE_REGULAR;
	case S_IFLNK:
		return OCRE_TYPE_SYMLINK;
	case S_IFSOCK:
		return OCRE_TYPE_STREAM;
	case S_IFIFO:
		return OCRE_TYPE_PIPE;
	default:
		return OCRE_TYPE_UNKNOWN;
	}
}

void ocre__posix_stat(const struct stat *st, struct ocre_port_stat *out)
{
	memset(out, 0, sizeof(*out));
	out->device = (uint64_t)st->st_dev;
	out->inode = (uint64_t)st->st_ino;
	out->links = (uint64_t)st->st_nlink;
	out->size = st->st_size < 0 ? 0 : (uint64_t)st->st_size;
	out->atime_ns = nanoseconds(&st->st_atim);
	out->mtime_ns = nanoseconds(&st->st_mtim);
	out->ctime_ns = nanoseconds(&st->st_ctim);
	out->type = ocre__posix_type(st->st_mode);
}

static void set_timespec(struct timespec *ts, uint64_t ns, bool set, bool now)
{
	ts->tv_sec = 0;
	ts->tv_nsec = UTIME_OMIT;
	if (now) {
		ts->tv_nsec = UTIME_NOW;
	} else if (set) {
		ts->tv_sec = (time_t)(ns / 1000000000u);
		ts->tv_nsec = (long)(ns % 1000000000u);
	}
}

void ocre__posix_times(const struct ocre_port_times *times, struct timespec ts[2])
{
	set_timespec(&ts[0], times->atime_ns, (times->flags & OCRE_TIME_ATIME) != 0,
		     (times->flags & OCRE_TIME_ATIME_NOW) != 0);
	set_timespec(&ts[1], times->mtime_ns, (times->flags & OCRE_TIME_MTIME) != 0,
		     (times->flags & OCRE_TIME_MTIME_NOW) != 0);
}

static const struct ocre_port_ops posix_ops = {
	.clock_now = clock_now,
	.clock_resolution = clock_resolution,
	.random = random_bytes,
	.close = ocre__posix_close,
	.read = ocre__posix_read,
	.write = ocre__posix_write,
	.pread = ocre__posix_pread,
	.pwrite = ocre__posix_pwrite,
	.seek = ocre__posix_seek,
	.stat = ocre__posix_fstat,
	.set_size = ocre__posix_set_size,
	.set_times = ocre__posix_set_times,
	.set_append = ocre__posix_set_append,
	.allocate = ocre__posix_allocate,
	.advise = ocre__posix_advise,
	.sync = ocre__posix_sync,
	.read_dir = ocre__posix_read_dir,
	.open_root = ocre__posix_open_root,
	.open_at = ocre__posix_open_at,
	.stat_at = ocre__posix_stat_at,
	.set_times_at = ocre__posix_set_times_at,
	.make_dir_at = ocre__posix_make_dir_at,
	.remove_dir_at = ocre__posix_remove_dir_at,
	.unlink_at = ocre__posix_unlink_at,
	.rename_at = ocre__posix_rename_at,
	.link_at = ocre__posix_link_at,
	.symlink_at = ocre__posix_symlink_at,
	.readlink_at = ocre__posix_readlink_at,
	.accept = ocre__posix_accept,
	.recv = ocre__posix_recv,
	.send = ocre__posix_send,
	.shutdown = ocre__posix_shutdown,
	.ready = ocre__posix_ready,
	.wait = ocre__posix_wait,
	.wake = ocre__posix_wake,
	.file_load = ocre__posix_file_load,
	.file_unload = ocre__posix_file_unload,
};

int ocre_port_posix_init(struct ocre_port_posix *posix, unsigned int flags)
{
	int rc;

	memset(posix, 0, sizeof(*posix));
	rc = ocre__posix_wake_init(posix);
	if (rc != 0) {
		return rc;
	}
	rc = ocre__posix_lookups_init(posix);
	if (rc != 0) {
		close(posix->wake_read);
		close(posix->wake_write);
		return rc;
	}
	posix->has_openat2 = (flags & OCRE_PORT_POSIX_WALK) == 0 && ocre__posix_probe_openat2();
	posix->port.ops = &posix_ops;
	posix->port.ctx = posix;
	posix->port.threads = &ocre__posix_threads;
	posix->port.sockets = &ocre__posix_sockets;
	return 0;
}

void ocre_port_posix_deinit(struct ocre_port_posix *posix)
{
	ocre__posix_lookups_deinit(posix);
	close(posix->wake_read);
	close(posix->wake_write);
	posix->wake_read = -1;
	posix->wake_write = -1;
}
