/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.h - what Ocre asks of a platform: clocks, random bytes, files, sockets, readiness. A port is
 * a constant table of functions and a context; ports/ has one folder per platform. It names no
 * engine and no container.
 *
 * Errors are negative numbers of one list, OCRE_ERRNO_LIST, whatever the platform calls its own.
 * A call that the platform cannot do is still there and returns -OCRE_ERRNO_NOSYS or
 * -OCRE_ERRNO_NOTSUP. All calls return 0 on success where nothing else is said.
 *
 * Threads: calls may come from several threads at once, `wait` from one at a time. Where the port
 * has no threads (`threads` is NULL) all come from one, but `wake`, which may come from an
 * interrupt.
 */
#ifndef OCRE_PORT_H
#define OCRE_PORT_H

#include <ocre/base.h>
#include <ocre/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * X(name, number): the numbers are those of Linux on most machines, so that a port to Linux has
 * little to do and a trace reads well. NOTCAPABLE is ours: a path that leads out of its directory.
 */
#define OCRE_ERRNO_LIST(X)                                                                         \
	X(PERM, 1)                                                                                 \
	X(NOENT, 2)                                                                                \
	X(SRCH, 3)                                                                                 \
	X(INTR, 4)                                                                                 \
	X(IO, 5)                                                                                   \
	X(NXIO, 6)                                                                                 \
	X(2BIG, 7)                                                                                 \
	X(NOEXEC, 8)                                                                               \
	X(BADF, 9)                                                                                 \
	X(CHILD, 10)                                                                               \
	X(AGAIN, 11)                                                                               \
	X(NOMEM, 12)                                                                               \
	X(ACCES, 13)                                                                               \
	X(FAULT, 14)                                                                               \
	X(BUSY, 16)                                                                                \
	X(EXIST, 17)                                                                               \
	X(XDEV, 18)                                                                                \
	X(NODEV, 19)                                                                               \
	X(NOTDIR, 20)                                                                              \
	X(ISDIR, 21)                                                                               \
	X(INVAL, 22)                                                                               \
	X(NFILE, 23)                                                                               \
	X(MFILE, 24)                                                                               \
	X(NOTTY, 25)                                                                               \
	X(TXTBSY, 26)                                                                              \
	X(FBIG, 27)                                                                                \
	X(NOSPC, 28)                                                                               \
	X(SPIPE, 29)                                                                               \
	X(ROFS, 30)                                                                                \
	X(MLINK, 31)                                                                               \
	X(PIPE, 32)                                                                                \
	X(DOM, 33)                                                                                 \
	X(RANGE, 34)                                                                               \
	X(DEADLK, 35)                                                                              \
	X(NAMETOOLONG, 36)                                                                         \
	X(NOLCK, 37)                                                                               \
	X(NOSYS, 38)                                                                               \
	X(NOTEMPTY, 39)                                                                            \
	X(LOOP, 40)                                                                                \
	X(NOMSG, 42)                                                                               \
	X(IDRM, 43)                                                                                \
	X(NOLINK, 67)                                                                              \
	X(PROTO, 71)                                                                               \
	X(MULTIHOP, 72)                                                                            \
	X(BADMSG, 74)                                                                              \
	X(OVERFLOW, 75)                                                                            \
	X(ILSEQ, 84)                                                                               \
	X(NOTSOCK, 88)                                                                             \
	X(DESTADDRREQ, 89)                                                                         \
	X(MSGSIZE, 90)                                                                             \
	X(PROTOTYPE, 91)                                                                           \
	X(NOPROTOOPT, 92)                                                                          \
	X(PROTONOSUPPORT, 93)                                                                      \
	X(NOTSUP, 95)                                                                              \
	X(AFNOSUPPORT, 97)                                                                         \
	X(ADDRINUSE, 98)                                                                           \
	X(ADDRNOTAVAIL, 99)                                                                        \
	X(NETDOWN, 100)                                                                            \
	X(NETUNREACH, 101)                                                                         \
	X(NETRESET, 102)                                                                           \
	X(CONNABORTED, 103)                                                                        \
	X(CONNRESET, 104)                                                                          \
	X(NOBUFS, 105)                                                                             \
	X(ISCONN, 106)                                                                             \
	X(NOTCONN, 107)                                                                            \
	X(TIMEDOUT, 110)                                                                           \
	X(CONNREFUSED, 111)                                                                        \
	X(HOSTUNREACH, 113)                                                                        \
	X(ALREADY, 114)                                                                            \
	X(INPROGRESS, 115)                                                                         \
	X(STALE, 116)                                                                              \
	X(DQUOT, 122)                                                                              \
	X(CANCELED, 125)                                                                           \
	X(OWNERDEAD, 130)                                                                          \
	X(NOTRECOVERABLE, 131)

enum ocre_errno {
#define OCRE__ERRNO(name, number) OCRE_ERRNO_##name = number,
	OCRE_ERRNO_LIST(OCRE__ERRNO)
#undef OCRE__ERRNO
	OCRE_ERRNO_NOTCAPABLE = 2000,
};

enum ocre_port_clock {
	OCRE_CLOCK_REALTIME,  /* nanoseconds since 1970, UTC */
	OCRE_CLOCK_MONOTONIC, /* the clock of deadlines; from any start, never goes back */
	OCRE_CLOCK_PROCESS,   /* CPU time of the process */
	OCRE_CLOCK_THREAD,    /* CPU time of the calling thread */
};

enum ocre_port_type {
	OCRE_TYPE_UNKNOWN,
	OCRE_TYPE_BLOCK,
	OCRE_TYPE_CHAR,
	OCRE_TYPE_DIRECTORY,
	OCRE_TYPE_REGULAR,
	OCRE_TYPE_DATAGRAM, /* sockets */
	OCRE_TYPE_STREAM,
	OCRE_TYPE_SYMLINK,
	OCRE_TYPE_PIPE,
};

struct ocre_port_stat {
	uint64_t device;
	uint64_t inode;
	uint64_t links;
	uint64_t size;	   /* bytes */
	uint64_t atime_ns; /* times since 1970; earlier ones are given as 0 */
	uint64_t mtime_ns;
	uint64_t ctime_ns;
	enum ocre_port_type type;
};

/* Which of the two times to set, and to what. Without a flag a time stays as it is. */
#define OCRE_TIME_ATIME	    1u /* to atime_ns */
#define OCRE_TIME_ATIME_NOW 2u
#define OCRE_TIME_MTIME	    4u
#define OCRE_TIME_MTIME_NOW 8u
struct ocre_port_times {
	uint64_t atime_ns;
	uint64_t mtime_ns;
	uint32_t flags;
};

struct ocre_port_dirent {
	uint64_t next; /* cookie of the entry after this one */
	uint64_t inode;
	enum ocre_port_type type; /* OCRE_TYPE_UNKNOWN where the file system does not say */
	const char *name;	  /* not NUL-terminated, valid during the call */
	uint32_t name_size;
};

/* Called once for each entry; true to go on. */
typedef bool (*ocre_port_dirent_fn)(void *arg, const struct ocre_port_dirent *entry);

/* How a path is opened. */
#define OCRE_OPEN_READ	    0x001u
#define OCRE_OPEN_WRITE	    0x002u
#define OCRE_OPEN_CREATE    0x004u
#define OCRE_OPEN_EXCLUSIVE 0x008u
#define OCRE_OPEN_TRUNCATE  0x010u
#define OCRE_OPEN_DIRECTORY 0x020u /* fail with NOTDIR when it is something else */
#define OCRE_OPEN_NOFOLLOW  0x040u /* fail with LOOP when the last component is a symlink */
#define OCRE_OPEN_APPEND    0x080u
#define OCRE_OPEN_DSYNC	    0x100u
#define OCRE_OPEN_SYNC	    0x200u
#define OCRE_OPEN_RSYNC	    0x400u

enum ocre_port_whence {
	OCRE_SEEK_SET,
	OCRE_SEEK_CUR,
	OCRE_SEEK_END,
};

enum ocre_port_advice {
	OCRE_ADVICE_NORMAL,
	OCRE_ADVICE_SEQUENTIAL,
	OCRE_ADVICE_RANDOM,
	OCRE_ADVICE_WILLNEED,
	OCRE_ADVICE_DONTNEED,
	OCRE_ADVICE_NOREUSE,
};

#define OCRE_RECV_PEEK	    1u
#define OCRE_SHUTDOWN_READ  1u
#define OCRE_SHUTDOWN_WRITE 2u

struct ocre_port_ready {
	uint8_t events;	    /* OCRE_PARK_READ and OCRE_PARK_WRITE that would not block */
	bool hangup;	    /* the other side is gone */
	int16_t error;	    /* a number of OCRE_ERRNO_LIST (not negative) or 0 */
	uint64_t available; /* bytes that can be read at once, 0 when that is not known */
};

/* Most descriptors that one wait can have. */
#define OCRE_PORT_WAIT_FDS 4096u

/* Contents of a file; to be given back with file_unload. */
struct ocre_port_file {
	struct ocre_bytes bytes;
	/* Prepared from them, and trusted (core.h); from a port that keeps such code, or empty. */
	struct ocre_bytes code;
	size_t mapped; /* private to the port */
};

/*
 * `ctx` is always that of struct ocre_port. Descriptors are small non-negative numbers of the port.
 *
 * Beneath: every call with a directory `dir` and a `path` (NUL-terminated, relative, not empty)
 * resolves it without ever leaving `dir`: a `..`, an absolute path, an absolute symlink, or a
 * symlink of the system's own making (Linux: /proc/self/fd) that leads out fails with NOTCAPABLE or
 * LOOP, also when somebody else renames directories meanwhile. A symlink that is the last component
 * is followed where `follow` says so, or where a slash follows it; other symlinks always.
 *
 * Blocking: no call but `wait` waits for another program. Opening a FIFO or a device does not
 * wait. A read or write of anything but a regular file or directory may only be made when `ready`
 * has said that it would not block (`recv`, `send` and `accept` may be tried at any time, and
 * return AGAIN); it may move less than was asked for.
 */
struct ocre_port_ops {
	int (*clock_now)(void *ctx, enum ocre_port_clock clock, uint64_t *ns);
	int (*clock_resolution)(void *ctx, enum ocre_port_clock clock, uint64_t *ns);
	/* Cryptographically secure. Never waits. */
	int (*random)(void *ctx, void *data, size_t size);

	/* ---- open descriptors ---- */

	int (*close)(void *ctx, int32_t fd);
	/* Bytes moved; 0 at the end of the file. */
	int64_t (*read)(void *ctx, int32_t fd, void *data, size_t size);
	int64_t (*write)(void *ctx, int32_t fd, const void *data, size_t size);
	int64_t (*pread)(void *ctx, int32_t fd, void *data, size_t size, uint64_t offset);
	int64_t (*pwrite)(void *ctx, int32_t fd, const void *data, size_t size, uint64_t offset);
	/* The new position. */
	int64_t (*seek)(void *ctx, int32_t fd, int64_t offset, enum ocre_port_whence whence);
	int (*stat)(void *ctx, int32_t fd, struct ocre_port_stat *out);
	int (*set_size)(void *ctx, int32_t fd, uint64_t size);
	int (*set_times)(void *ctx, int32_t fd, const struct ocre_port_times *times);
	/* Only between appending and not; other modes are chosen when the file is opened. */
	int (*set_append)(void *ctx, int32_t fd, bool append);
	/* Make sure that the bytes have room; the file grows, never shrinks. */
	int (*allocate)(void *ctx, int32_t fd, uint64_t offset, uint64_t size);
	int (*advise)(void *ctx, int32_t fd, uint64_t offset, uint64_t size,
		      enum ocre_port_advice advice);
	int (*sync)(void *ctx, int32_t fd, bool data_only);
	/*
	 * Entries from `cookie` on (0: from the first), in the order of the file system, with `.`
	 * and `..`, until the end or until `each` returns false. A cookie that the directory never
	 * gave out is an error or gives any of its entries, nothing worse.
	 */
	int (*read_dir)(void *ctx, int32_t fd, uint64_t cookie, ocre_port_dirent_fn each,
			void *arg);

	/* ---- paths ---- */

	/* A directory of the host by its own path, to be the `dir` of the calls below. */
	int (*open_root)(void *ctx, const char *host_path, int32_t *fd);
	/* OCRE_OPEN_*; neither READ nor WRITE is as READ. New files get the usual permissions. */
	int (*open_at)(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd);
	int (*stat_at)(void *ctx, int32_t dir, const char *path, bool follow,
		       struct ocre_port_stat *out);
	int (*set_times_at)(void *ctx, int32_t dir, const char *path, bool follow,
			    const struct ocre_port_times *times);
	int (*make_dir_at)(void *ctx, int32_t dir, const char *path);
	int (*remove_dir_at)(void *ctx, int32_t dir, const char *path);
	int (*unlink_at)(void *ctx, int32_t dir, const char *path);
	int (*rename_at)(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			 const char *new_path);
	/* Another name for the same file. The last component is never followed. */
	int (*link_at)(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
		       const char *new_path);
	/* `target` is stored as it is. */
	int (*symlink_at)(void *ctx, const char *target, int32_t dir, const char *path);
	/* Bytes of the target, cut at `size`, not NUL-terminated. */
	int64_t (*readlink_at)(void *ctx, int32_t dir, const char *path, char *data, size_t size);

	/* ---- sockets ---- */

	int (*accept)(void *ctx, int32_t fd, int32_t *out);
	/* OCRE_RECV_*. `truncated`: the rest of a message did not fit and is lost. */
	int64_t (*recv)(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			bool *truncated);
	int64_t (*send)(void *ctx, int32_t fd, const void *data, size_t size);
	int (*shutdown)(void *ctx, int32_t fd, uint32_t how);

	/* ---- readiness ---- */

	/* What `fds` are ready for at this moment. At most OCRE_PARK_FDS of them. */
	int (*ready)(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     struct ocre_port_ready *out);
	/*
	 * Wait until one of `fds` (at most OCRE_PORT_WAIT_FDS) is ready, `deadline_ns` of the
	 * monotonic clock has passed (UINT64_MAX: never), `wake` was called since the last wait, or
	 * a signal was handled. 1 when a descriptor was the reason, else 0. Then `ready`, where it
	 * is not NULL, has 1 for each of `fds` that is ready, and 0 for the others.
	 */
	int (*wait)(void *ctx, const struct ocre_park_fd *fds, uint32_t count, uint64_t deadline_ns,
		    uint8_t *ready);
	/* End the wait, or the next one. From any thread and from a signal handler. */
	void (*wake)(void *ctx);

	/* ---- whole files of the host ---- */

	/*
	 * The contents of a file by its own path. `immutable`: nobody else can change the file, so
	 * that it may be mapped in place; otherwise it is read into private memory. FBIG when it
	 * has more than `limit` bytes.
	 */
	int (*file_load)(void *ctx, const char *host_path, bool immutable, size_t limit,
			 struct ocre_port_file *out);
	void (*file_unload)(void *ctx, struct ocre_port_file *file);
};

/* ---- making sockets ---- */

enum ocre_port_family {
	OCRE_FAMILY_IPV4,
	OCRE_FAMILY_IPV6,
	OCRE_FAMILY_ANY, /* in a query only */
};

struct ocre_port_address {
	uint8_t family; /* enum ocre_port_family */
	uint16_t port;
	uint8_t ip[16]; /* network order; IPv4 has the first four */
};

/* Booleans are 0 and 1. LINGER is the seconds, plus 1 << 32 when it is on. */
enum ocre_port_option {
	OCRE_OPTION_BROADCAST,
	OCRE_OPTION_KEEP_ALIVE,
	OCRE_OPTION_LINGER,
	OCRE_OPTION_RECV_BUFFER, /* bytes */
	OCRE_OPTION_SEND_BUFFER,
	OCRE_OPTION_REUSE_ADDRESS,
	OCRE_OPTION_REUSE_PORT,
	OCRE_OPTION_TCP_FASTOPEN_CONNECT,
	OCRE_OPTION_TCP_KEEP_IDLE,     /* seconds */
	OCRE_OPTION_TCP_KEEP_INTERVAL, /* seconds */
	OCRE_OPTION_TCP_NO_DELAY,
	OCRE_OPTION_TCP_QUICK_ACK,
	OCRE_OPTION_IP_TTL,
	OCRE_OPTION_IP_MULTICAST_TTL,
	OCRE_OPTION_IP_MULTICAST_LOOP,
	OCRE_OPTION_IPV6_MULTICAST_LOOP,
	OCRE_OPTION_IPV6_ONLY,
	OCRE_OPTIONS
};

/* What is looked for; strings are NUL-terminated. */
struct ocre_port_query {
	const char *host;
	const char *service; /* a number or a name; "": none, and the answers have port 0 */
	enum ocre_port_family family;
	enum ocre_port_type type; /* DATAGRAM, STREAM; UNKNOWN: both are given */
	bool numeric;		  /* `host` is an address as text; nobody is asked */
};

struct ocre_port_answer {
	struct ocre_port_address address;
	uint8_t type; /* OCRE_TYPE_DATAGRAM, OCRE_TYPE_STREAM */
};

/* Most answers to one query; there are no others. */
#define OCRE_PORT_ANSWERS 64u

/*
 * None of these waits. Sockets are descriptors like any other: they become ready, are read, written
 * and closed with the calls above. A socket that the port did not make itself may be one that would
 * wait, and must not be connected.
 */
struct ocre_port_socket_ops {
	/* `type` is OCRE_TYPE_STREAM (TCP) or OCRE_TYPE_DATAGRAM (UDP). */
	int (*open)(void *ctx, enum ocre_port_family family, enum ocre_port_type type, int32_t *fd);
	int (*bind)(void *ctx, int32_t fd, const struct ocre_port_address *address);
	int (*listen)(void *ctx, int32_t fd, uint32_t backlog);
	/*
	 * 0: it is connected. INPROGRESS: begun. ALREADY: begun before, and not yet done. Called
	 * again when the descriptor can be written, it says what became of it.
	 */
	int (*connect)(void *ctx, int32_t fd, const struct ocre_port_address *address);
	/* As recv and send. `from` stays as it is where the sender has no address. */
	int64_t (*recv_from)(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			     bool *truncated, struct ocre_port_address *from);
	int64_t (*send_to)(void *ctx, int32_t fd, const void *data, size_t size,
			   const struct ocre_port_address *to);
	int (*local_address)(void *ctx, int32_t fd, struct ocre_port_address *out);
	int (*remote_address)(void *ctx, int32_t fd, struct ocre_port_address *out);
	int (*get_option)(void *ctx, int32_t fd, enum ocre_port_option option, uint64_t *value);
	int (*set_option)(void *ctx, int32_t fd, enum ocre_port_option option, uint64_t value);
	/*
	 * Join or leave a multicast group; the group's port means nothing. `interface` is its
	 * number for IPv6, and for IPv4 its address, the first byte lowest; 0: any.
	 */
	int (*membership)(void *ctx, int32_t fd, bool join, const struct ocre_port_address *group,
			  uint32_t interface);
	/*
	 * Begin to look up a name. `*fd` can be read when there is an answer; close it at any time,
	 * which also gives the query up. AGAIN: too many are under way.
	 */
	int (*resolve)(void *ctx, const struct ocre_port_query *query, int32_t *fd);
	/*
	 * Take the answer, once: how many `out` (OCRE_PORT_ANSWERS) has then; INPROGRESS while
	 * there is none; NOENT when there is no such name; AGAIN when the servers did not tell.
	 */
	int (*resolved)(void *ctx, int32_t fd, struct ocre_port_answer *out);
};

/* ---- threads ---- */

/* Room for the port's own; not to be moved or copied between init and deinit. */
struct ocre_port_mutex {
	uint64_t space[8];
};
struct ocre_port_cond {
	uint64_t space[8];
};
struct ocre_port_thread {
	uint64_t space[2];
};

struct ocre_port_thread_ops {
	int (*mutex_init)(void *ctx, struct ocre_port_mutex *mutex);
	void (*mutex_deinit)(void *ctx, struct ocre_port_mutex *mutex);
	void (*lock)(void *ctx, struct ocre_port_mutex *mutex); /* not recursive */
	void (*unlock)(void *ctx, struct ocre_port_mutex *mutex);
	int (*cond_init)(void *ctx, struct ocre_port_cond *cond);
	void (*cond_deinit)(void *ctx, struct ocre_port_cond *cond);
	/*
	 * Give the mutex up, wait, have it again: 0, or -TIMEDOUT when `deadline_ns` of the
	 * monotonic clock passed (UINT64_MAX: never). May return early.
	 */
	int (*cond_wait)(void *ctx, struct ocre_port_cond *cond, struct ocre_port_mutex *mutex,
			 uint64_t deadline_ns);
	void (*cond_signal)(void *ctx, struct ocre_port_cond *cond);
	void (*cond_broadcast)(void *ctx, struct ocre_port_cond *cond);
	/* A thread that runs fn(arg), with all signals of the process blocked. */
	int (*start)(void *ctx, struct ocre_port_thread *thread, void (*fn)(void *arg), void *arg);
	void (*join)(void *ctx, struct ocre_port_thread *thread);
	/* A number of the calling thread, never 0. */
	uintptr_t (*self)(void *ctx);
	uint32_t (*cpu_count)(void *ctx);
};

struct ocre_port {
	const struct ocre_port_ops *ops;
	void *ctx;
	const struct ocre_port_thread_ops *threads; /* NULL: one thread is all there is */
	const struct ocre_port_socket_ops *sockets; /* NULL: none but those that are given */
};

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_H */
