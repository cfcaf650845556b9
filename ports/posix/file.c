/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - calls on open descriptors, directory entries, and whole files. Path names of guests are
 * no business of this file (path.c).
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "posix.h"

/*
 * Most bytes of one write to a pipe or terminal that poll() calls writable: what POSIX promises to
 * take without waiting (PIPE_BUF on Linux). Regular files take any size.
 */
#define WRITE_READY_MAX 4096u

int ocre__posix_close(void *ctx, int32_t fd)
{
	(void)ctx;
	/* On Linux the descriptor is gone even when a signal came. */
	return close(fd) != 0 && errno != EINTR ? ocre__posix_error() : 0;
}

static size_t clamp(size_t size)
{
	return size > SSIZE_MAX ? SSIZE_MAX : size;
}

int64_t ocre__posix_read(void *ctx, int32_t fd, void *data, size_t size)
{
	ssize_t n;

	(void)ctx;
	do {
		n = read(fd, data, clamp(size));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

int64_t ocre__posix_write(void *ctx, int32_t fd, const void *data, size_t size)
{
	struct stat st;
	ssize_t n;

	(void)ctx;
	if (size > WRITE_READY_MAX && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
		size = WRITE_READY_MAX;
	}
	do {
		n = write(fd, data, clamp(size));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

int64_t ocre__posix_pread(void *ctx, int32_t fd, void *data, size_t size, uint64_t offset)
{
	ssize_t n;

	(void)ctx;
	if (offset > INT64_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	do {
		n = pread(fd, data, clamp(size), (off_t)offset);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

int64_t ocre__posix_pwrite(void *ctx, int32_t fd, const void *data, size_t size, uint64_t offset)
{
	ssize_t n;

	(void)ctx;
	if (offset > INT64_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	do {
		n = pwrite(fd, data, clamp(size), (off_t)offset);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

int64_t ocre__posix_seek(void *ctx, int32_t fd, int64_t offset, enum ocre_port_whence whence)
{
	static const int names[] = {
		[OCRE_SEEK_SET] = SEEK_SET,
		[OCRE_SEEK_CUR] = SEEK_CUR,
		[OCRE_SEEK_END] = SEEK_END,
	};
	off_t at;

	(void)ctx;
	if ((unsigned int)whence >= sizeof(names) / sizeof(names[0])) {
		return -OCRE_ERRNO_INVAL;
	}
	at = lseek(fd, (off_t)offset, names[whence]);
	return at < 0 ? ocre__posix_error() : at;
}

int ocre__posix_fstat(void *ctx, int32_t fd, struct ocre_port_stat *out)
{
	struct stat st;

	(void)ctx;
	if (fstat(fd, &st) != 0) {
		return ocre__posix_error();
	}
	ocre__posix_stat(&st, out);
	if (S_ISSOCK(st.st_mode)) {
		int type = SOCK_STREAM;
		socklen_t size = sizeof(type);

		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_DGRAM) {
			out->type = OCRE_TYPE_DATAGRAM;
		}
	}
	return 0;
}

int ocre__posix_set_size(void *ctx, int32_t fd, uint64_t size)
{
	int rc;

	(void)ctx;
	if (size > INT64_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	do {
		rc = ftruncate(fd, (off_t)size);
	} while (rc != 0 && errno == EINTR);
	return rc != 0 ? ocre__posix_error() : 0;
}

int ocre__posix_set_times(void *ctx, int32_t fd, const struct ocre_port_times *times)
{
	struct timespec ts[2];

	(void)ctx;
	ocre__posix_times(times, ts);
	return futimens(fd, ts) != 0 ? ocre__posix_error() : 0;
}

int ocre__posix_set_append(void *ctx, int32_t fd, bool append)
{
	int flags = fcntl(fd, F_GETFL);

	(void)ctx;
	if (flags < 0) {
		return ocre__posix_error();
	}
	flags = append ? flags | O_APPEND : flags & ~O_APPEND;
	return fcntl(fd, F_SETFL, flags) != 0 ? ocre__posix_error() : 0;
}

int ocre__posix_allocate(void *ctx, int32_t fd, uint64_t offset, uint64_t size)
{
	(void)ctx;
	if (offset > INT64_MAX || size > INT64_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	/* posix_fallocate() would write every block itself where the file system cannot. */
	while (fallocate(fd, 0, (off_t)offset, (off_t)size) != 0) {
		if (errno != EINTR) {
			return ocre__posix_error();
		}
	}
	return 0;
}

int ocre__posix_advise(void *ctx, int32_t fd, uint64_t offset, uint64_t size,
		       enum ocre_port_advice advice)
{
	static const int names[] = {
		[OCRE_ADVICE_NORMAL] = POSIX_FADV_NORMAL,
		[OCRE_ADVICE_SEQUENTIAL] = POSIX_FADV_SEQUENTIAL,
		[OCRE_ADVICE_RANDOM] = POSIX_FADV_RANDOM,
		[OCRE_ADVICE_WILLNEED] = POSIX_FADV_WILLNEED,
		[OCRE_ADVICE_DONTNEED] = POSIX_FADV_DONTNEED,
		[OCRE_ADVICE_NOREUSE] = POSIX_FADV_NOREUSE,
	};

	(void)ctx;
	if (offset > INT64_MAX || size > INT64_MAX ||
	    (unsigned int)advice >= sizeof(names) / sizeof(names[0])) {
		return -OCRE_ERRNO_INVAL;
	}
	/* Returns the number, does not set errno. */
	return ocre__posix_errno(posix_fadvise(fd, (off_t)offset, (off_t)size, names[advice]));
}

int ocre__posix_sync(void *ctx, int32_t fd, bool data_only)
{
	int rc;

	(void)ctx;
	do {
		rc = data_only ? fdatasync(fd) : fsync(fd);
	} while (rc != 0 && errno == EINTR);
	return rc != 0 ? ocre__posix_error() : 0;
}

/* ---- directory entries ---- */

/* As the system call writes them; the C library has no name for this everywhere. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

static enum ocre_port_type entry_type(uint8_t type)
{
	/* DT_* are the type bits of a mode, shifted. */
	return ocre__posix_type(DTTOIF((mode_t)type));
}

/*
 * The system call itself, since readdir() keeps a position of its own: this way a cookie is the
 * position of the file system, and a parked guest holds nothing here.
 */
int ocre__posix_read_dir(void *ctx, int32_t fd, uint64_t cookie, ocre_port_dirent_fn each,
			 void *arg)
{
	_Alignas(struct entry) char buffer[2048];

	(void)ctx;
	if (cookie > INT64_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	if (lseek(fd, (off_t)cookie, SEEK_SET) < 0) {
		return ocre__posix_error();
	}
	for (;;) {
		long n = syscall(SYS_getdents64, fd, buffer, sizeof(buffer));
		long at = 0;

		if (n < 0) {
			return ocre__posix_error();
		}
		if (n == 0) {
			return 0;
		}
		while (at < n) {
			const struct entry *entry =
				(const struct entry *)(const void *)(buffer + at);
			struct ocre_port_dirent out = {
				.next = (uint64_t)entry->next,
				.inode = entry->inode,
				.type = entry_type(entry->type),
				.name = entry->name,
				.name_size = (uint32_t)strlen(entry->name),
			};

			if (!each(arg, &out)) {
				return 0;
			}
			at += entry->size;
		}
	}
}

/* ---- whole files ---- */

static int read_whole(int fd, uint8_t *data, size_t size, size_t *got)
{
	*got = 0;
	while (*got < size) {
		ssize_t n = read(fd, data + *got, size - *got);

		if (n < 0 && errno != EINTR) {
			return ocre__posix_error();
		}
		if (n == 0) {
			break;
		}
		if (n > 0) {
			*got += (size_t)n;
		}
	}
	return 0;
}

static int map_private(size_t size, void **out)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED) {
		return ocre__posix_error();
	}
	*out = at;
	return 0;
}

/*
 * Read a file of any kind into private memory: a pipe does not tell its size, and a file may grow
 * meanwhile, so the memory grows until the end is reached.
 */
static int load_private(int fd, size_t expected, size_t limit, struct ocre_port_file *out)
{
	size_t room = expected < limit ? expected + 1 : expected;
	size_t used = 0;
	void *data = NULL;
	int rc;

	if (room < 4096) {
		room = 4096;
	}
	rc = map_private(room, &data);
	if (rc != 0) {
		return rc;
	}
	for (;;) {
		size_t got = 0;
		void *moved;

		rc = read_whole(fd, (uint8_t *)data + used, room - used, &got);
		used += got;
		if (rc == 0 && used > limit) {
			rc = -OCRE_ERRNO_FBIG;
		}
		if (rc != 0) {
			munmap(data, room);
			return rc;
		}
		if (used < room) {
			break;
		}
		moved = room > SIZE_MAX / 2 ? MAP_FAILED
					    : mremap(data, room, room * 2, MREMAP_MAYMOVE);
		if (moved == MAP_FAILED) {
			munmap(data, room);
			return -OCRE_ERRNO_NOMEM;
		}
		data = moved;
		room *= 2;
	}
	/* From here on nobody, not even we, may change it. */
	mprotect(data, room, PROT_READ);
	out->bytes.data = (const uint8_t *)data;
	out->bytes.size = used;
	out->mapped = room;
	return 0;
}

static int load_fd(int fd, bool immutable, size_t limit, struct ocre_port_file *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		return ocre__posix_error();
	}
	if (S_ISDIR(st.st_mode)) {
		return -OCRE_ERRNO_ISDIR;
	}
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > limit) {
		return -OCRE_ERRNO_FBIG;
	}
	if (immutable && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

		if (at == MAP_FAILED) {
			return ocre__posix_error();
		}
		out->bytes.data = (const uint8_t *)at;
		out->bytes.size = (size_t)st.st_size;
		out->mapped = (size_t)st.st_size;
		return 0;
	}
	return load_private(fd, S_ISREG(st.st_mode) ? (size_t)st.st_size : 0, limit, out);
}

int ocre__posix_file_load(void *ctx, const char *path, bool immutable, size_t limit,
			  struct ocre_port_file *out)
{
	int fd;
	int rc;

	(void)ctx;
	do {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		return ocre__posix_error();
	}
	rc = load_fd(fd, immutable, limit, out);
	close(fd);
	return rc;
}

void ocre__posix_file_unload(void *ctx, struct ocre_port_file *file)
{
	(void)ctx;
	if (file->mapped > 0) {
		munmap((void *)(uintptr_t)file->bytes.data, file->mapped);
	}
	memset(file, 0, sizeof(*file));
}
