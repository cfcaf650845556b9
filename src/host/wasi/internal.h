/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of the WASI host module share: the guest's descriptor table, the
 * numbers of the WASI specification (preview 1, "wasi_snapshot_preview1.witx"), small helpers.
 *
 * Guest memory: a pointer from ocre_call_memory() is used before the next one is fetched, since
 * fetching may move what was fetched before.
 */
#ifndef OCRE_WASI_INTERNAL_H
#define OCRE_WASI_INTERNAL_H

#include <ocre/wasi.h>

enum wasi_errno {
	WASI_OK = 0,
	WASI_E2BIG = 1,
	WASI_EACCES = 2,
	WASI_EADDRINUSE = 3,
	WASI_EADDRNOTAVAIL = 4,
	WASI_EAFNOSUPPORT = 5,
	WASI_EAGAIN = 6,
	WASI_EALREADY = 7,
	WASI_EBADF = 8,
	WASI_EBADMSG = 9,
	WASI_EBUSY = 10,
	WASI_ECANCELED = 11,
	WASI_ECHILD = 12,
	WASI_ECONNABORTED = 13,
	WASI_ECONNREFUSED = 14,
	WASI_ECONNRESET = 15,
	WASI_EDEADLK = 16,
	WASI_EDESTADDRREQ = 17,
	WASI_EDOM = 18,
	WASI_EDQUOT = 19,
	WASI_EEXIST = 20,
	WASI_EFAULT = 21,
	WASI_EFBIG = 22,
	WASI_EHOSTUNREACH = 23,
	WASI_EIDRM = 24,
	WASI_EILSEQ = 25,
	WASI_EINPROGRESS = 26,
	WASI_EINTR = 27,
	WASI_EINVAL = 28,
	WASI_EIO = 29,
	WASI_EISCONN = 30,
	WASI_EISDIR = 31,
	WASI_ELOOP = 32,
	WASI_EMFILE = 33,
	WASI_EMLINK = 34,
	WASI_EMSGSIZE = 35,
	WASI_EMULTIHOP = 36,
	WASI_ENAMETOOLONG = 37,
	WASI_ENETDOWN = 38,
	WASI_ENETRESET = 39,
	WASI_ENETUNREACH = 40,
	WASI_ENFILE = 41,
	WASI_ENOBUFS = 42,
	WASI_ENODEV = 43,
	WASI_ENOENT = 44,
	WASI_ENOEXEC = 45,
	WASI_ENOLCK = 46,
	WASI_ENOLINK = 47,
	WASI_ENOMEM = 48,
	WASI_ENOMSG = 49,
	WASI_ENOPROTOOPT = 50,
	WASI_ENOSPC = 51,
	WASI_ENOSYS = 52,
	WASI_ENOTCONN = 53,
	WASI_ENOTDIR = 54,
	WASI_ENOTEMPTY = 55,
	WASI_ENOTRECOVERABLE = 56,
	WASI_ENOTSOCK = 57,
	WASI_ENOTSUP = 58,
	WASI_ENOTTY = 59,
	WASI_ENXIO = 60,
	WASI_EOVERFLOW = 61,
	WASI_EOWNERDEAD = 62,
	WASI_EPERM = 63,
	WASI_EPIPE = 64,
	WASI_EPROTO = 65,
	WASI_EPROTONOSUPPORT = 66,
	WASI_EPROTOTYPE = 67,
	WASI_ERANGE = 68,
	WASI_EROFS = 69,
	WASI_ESPIPE = 70,
	WASI_ESRCH = 71,
	WASI_ESTALE = 72,
	WASI_ETIMEDOUT = 73,
	WASI_ETXTBSY = 74,
	WASI_EXDEV = 75,
	WASI_ENOTCAPABLE = 76,
};

/* Rights of a descriptor. */
#define RIGHT_FD_DATASYNC	      (1ull << 0)
#define RIGHT_FD_READ		      (1ull << 1)
#define RIGHT_FD_SEEK		      (1ull << 2)
#define RIGHT_FD_FDSTAT_SET_FLAGS     (1ull << 3)
#define RIGHT_FD_SYNC		      (1ull << 4)
#define RIGHT_FD_TELL		      (1ull << 5)
#define RIGHT_FD_WRITE		      (1ull << 6)
#define RIGHT_FD_ADVISE		      (1ull << 7)
#define RIGHT_FD_ALLOCATE	      (1ull << 8)
#define RIGHT_PATH_CREATE_DIRECTORY   (1ull << 9)
#define RIGHT_PATH_CREATE_FILE	      (1ull << 10)
#define RIGHT_PATH_LINK_SOURCE	      (1ull << 11)
#define RIGHT_PATH_LINK_TARGET	      (1ull << 12)
#define RIGHT_PATH_OPEN		      (1ull << 13)
#define RIGHT_FD_READDIR	      (1ull << 14)
#define RIGHT_PATH_READLINK	      (1ull << 15)
#define RIGHT_PATH_RENAME_SOURCE      (1ull << 16)
#define RIGHT_PATH_RENAME_TARGET      (1ull << 17)
#define RIGHT_PATH_FILESTAT_GET	      (1ull << 18)
#define RIGHT_PATH_FILESTAT_SET_SIZE  (1ull << 19)
#define RIGHT_PATH_FILESTAT_SET_TIMES (1ull << 20)
#define RIGHT_FD_FILESTAT_GET	      (1ull << 21)
#define RIGHT_FD_FILESTAT_SET_SIZE    (1ull << 22)
#define RIGHT_FD_FILESTAT_SET_TIMES   (1ull << 23)
#define RIGHT_PATH_SYMLINK	      (1ull << 24)
#define RIGHT_PATH_REMOVE_DIRECTORY   (1ull << 25)
#define RIGHT_PATH_UNLINK_FILE	      (1ull << 26)
#define RIGHT_POLL_FD_READWRITE	      (1ull << 27)
#define RIGHT_SOCK_SHUTDOWN	      (1ull << 28)
#define RIGHT_SOCK_ACCEPT	      (1ull << 29)

#define FDFLAG_APPEND	1u
#define FDFLAG_DSYNC	2u
#define FDFLAG_NONBLOCK 4u
#define FDFLAG_RSYNC	8u
#define FDFLAG_SYNC	16u
#define FDFLAG_ALL	31u

/* Most elements of an iovec array, most bytes of a path: what the guest can make us hold. */
#define WASI_MAX_IOVECS 1024u
#define WASI_MAX_PATH	4095u

/* Bytes moved before a call lets others run (and can be stopped), and bytes per step. */
#define WASI_MOVE_MAX  (1u << 20)
#define WASI_MOVE_STEP (1u << 16)

#define FD_BORROWED  1u /* the port's descriptor is not ours to close */
#define FD_READ_ONLY 2u /* beneath a read-only preopen */
#define FD_PREOPEN   4u
#define FD_STDOUT    8u	 /* what is written goes to the embedder's `output` too */
#define FD_STDERR    16u /* likewise */
#define FD_ENTRIES   64u /* nothing but the listed entries of this preopen can be reached */
#define FD_LOG	     32u /* and nowhere else: there is no descriptor of the port behind it */

struct ocre__wasi_fd {
	uint64_t rights;
	uint64_t inheriting;
	uint64_t recv_timeout_us; /* of a socket; 0: none */
	uint64_t send_timeout_us;
	int32_t fd;	  /* of the port; -1 when this descriptor is not in use (see FD_LOG) */
	uint32_t preopen; /* which, when FD_PREOPEN */
	uint16_t flags;	  /* FDFLAG_* */
	uint8_t type;	  /* enum ocre_port_type */
	uint8_t bits;	  /* FD_* */
};

/* Strings one after the other, each with its NUL. */
struct ocre__wasi_strings {
	char *data;
	uint32_t size;
	uint32_t count;
};

struct ocre__wasi_entry {
	uint32_t preopen;
	bool read_only;
};

/* Names that are being looked up at once; and those whose addresses are kept, for permissions. */
#define WASI_LOOKUPS	    4u
#define WASI_NAMES	    16u
#define WASI_NAME_ADDRESSES 16u

struct ocre__wasi_name;

struct ocre__wasi_lookup {
	int32_t fd; /* of the port; -1: none is under way */
	struct ocre__wasi_name *name;
};

struct ocre_wasi {
	struct ocre_mem *mem;
	const struct ocre_port *port;
	struct ocre__wasi_strings args;
	struct ocre__wasi_strings env;
	struct ocre__wasi_strings names; /* of the preopens */
	struct ocre__wasi_strings entry_names;
	struct ocre__wasi_entry *entries;
	uint32_t entry_count;
	struct ocre__wasi_fd *fds;
	uint32_t fd_slots;
	uint32_t max_fds;
	bool (*allowed)(void *ctx, const struct ocre_action *action);
	void *allowed_ctx;
	void (*output)(void *ctx, enum ocre_stream stream, const void *data, size_t size);
	void *output_ctx;
	struct ocre__wasi_lookup lookups[WASI_LOOKUPS];
	struct ocre__wasi_name *names_known; /* the latest first */
};

static inline struct ocre_wasi *ocre__wasi_of(struct ocre_call *call)
{
	return (struct ocre_wasi *)call->host;
}

/* Finish the call with this result. */
static inline int ocre__wasi_return(struct ocre_call *call, unsigned int error)
{
	call->ret[0] = error;
	return OCRE_HOST_DONE;
}

/* What a port call returned as WASI's number: 0 for anything not negative. */
unsigned int ocre__wasi_errno(int64_t rc);

/* Are these bytes in guest memory? Does not need them in one piece. */
bool ocre__wasi_in_memory(struct ocre_call *call, uint32_t addr, uint64_t size);

/* Store a result; the caller has asked ocre__wasi_in_memory() before it did anything. */
unsigned int ocre__wasi_put_u32(struct ocre_call *call, uint32_t addr, uint32_t value);
unsigned int ocre__wasi_put_u64(struct ocre_call *call, uint32_t addr, uint64_t value);

/* Park until the descriptor of the port is ready; or only to let others run. */
int ocre__wasi_park_fd(struct ocre_call *call, int32_t fd, uint8_t events);
int ocre__wasi_park_now(struct ocre_call *call);
/*
 * The same with the timeout of the socket: false, without a park, when it has passed. Record word 3
 * is the moment of its end.
 */
#define WASI_RECORD_DEADLINE 3
bool ocre__wasi_park_timed(struct ocre_call *call, const struct ocre__wasi_fd *fd, uint8_t events);

/* ---- fds.c ---- */

/* The descriptor, when it is open and has all of these rights. Valid until one is added. */
unsigned int ocre__wasi_fd_get(struct ocre_wasi *wasi, uint32_t fd, uint64_t rights,
			       struct ocre__wasi_fd **out);
/* A number that is free, with room in the table for it. */
unsigned int ocre__wasi_fd_reserve(struct ocre_wasi *wasi, uint32_t *fd);
/* Fill a slot. `rights` and `inheriting` are cut to what the type can have. */
void ocre__wasi_fd_put(struct ocre_wasi *wasi, uint32_t fd, const struct ocre__wasi_fd *entry);
/* What a descriptor of this type may have at most. */
uint64_t ocre__wasi_rights(uint8_t type);
uint64_t ocre__wasi_rights_inheriting(uint8_t type);
void ocre__wasi_close_all(struct ocre_wasi *wasi);
/* enum ocre_port_type as WASI's filetype. */
uint8_t ocre__wasi_filetype(uint8_t type);

static inline bool ocre__wasi_is_socket(const struct ocre__wasi_fd *fd)
{
	return fd->type == OCRE_TYPE_STREAM || fd->type == OCRE_TYPE_DATAGRAM;
}

/* Never waits, whatever is read or written. */
static inline bool ocre__wasi_is_file(const struct ocre__wasi_fd *fd)
{
	return fd->type == OCRE_TYPE_REGULAR || fd->type == OCRE_TYPE_DIRECTORY ||
	       fd->type == OCRE_TYPE_BLOCK;
}

/* The listed entry of a preopened directory that `path` is the name of, or NULL. */
const struct ocre__wasi_entry *ocre__wasi_entry_of(const struct ocre_wasi *wasi,
						   const struct ocre__wasi_fd *dir,
						   const char *path);
/*
 * The directory `beneath` (may be NULL) of a directory of the host. What is no directory on the
 * way, or a symlink, is not entered.
 */
int ocre__wasi_open_beneath(const struct ocre_port *port, const char *host_path,
			    const char *beneath, int32_t *fd);

/* ---- strings ---- */

/* Copy a list of strings. False when there is no memory. */
bool ocre__wasi_strings_init(struct ocre_wasi *wasi, struct ocre__wasi_strings *out,
			     const char *const *list, uint32_t count);
void ocre__wasi_strings_deinit(struct ocre_wasi *wasi, struct ocre__wasi_strings *strings);
const char *ocre__wasi_strings_get(const struct ocre__wasi_strings *strings, uint32_t n);

/* ---- the functions, by file; names are those of the specification ---- */

#define OCRE__WASI_FN(name) int ocre__wasi_##name(struct ocre_call *call)

/* process.c */
OCRE__WASI_FN(args_get);
OCRE__WASI_FN(args_sizes_get);
OCRE__WASI_FN(environ_get);
OCRE__WASI_FN(environ_sizes_get);
OCRE__WASI_FN(clock_res_get);
OCRE__WASI_FN(clock_time_get);
OCRE__WASI_FN(proc_exit);
OCRE__WASI_FN(proc_raise);
OCRE__WASI_FN(random_get);
OCRE__WASI_FN(sched_yield);
/* fds.c */
OCRE__WASI_FN(fd_close);
OCRE__WASI_FN(fd_renumber);
OCRE__WASI_FN(fd_fdstat_get);
OCRE__WASI_FN(fd_fdstat_set_flags);
OCRE__WASI_FN(fd_fdstat_set_rights);
OCRE__WASI_FN(fd_prestat_get);
OCRE__WASI_FN(fd_prestat_dir_name);
/* file.c */
OCRE__WASI_FN(fd_advise);
OCRE__WASI_FN(fd_allocate);
OCRE__WASI_FN(fd_datasync);
OCRE__WASI_FN(fd_filestat_get);
OCRE__WASI_FN(fd_filestat_get_0);
OCRE__WASI_FN(fd_filestat_set_size);
OCRE__WASI_FN(fd_filestat_set_times);
OCRE__WASI_FN(fd_readdir);
OCRE__WASI_FN(fd_seek);
OCRE__WASI_FN(fd_seek_0);
OCRE__WASI_FN(fd_sync);
OCRE__WASI_FN(fd_tell);
/* move.c */
OCRE__WASI_FN(fd_pread);
OCRE__WASI_FN(fd_pwrite);
OCRE__WASI_FN(fd_read);
OCRE__WASI_FN(fd_write);
OCRE__WASI_FN(sock_recv);
OCRE__WASI_FN(sock_send);
/* sock.c */
OCRE__WASI_FN(sock_accept);
OCRE__WASI_FN(sock_shutdown);
/* path.c */
OCRE__WASI_FN(path_create_directory);
OCRE__WASI_FN(path_filestat_get);
OCRE__WASI_FN(path_filestat_get_0);
OCRE__WASI_FN(path_filestat_set_times);
OCRE__WASI_FN(path_link);
OCRE__WASI_FN(path_open);
OCRE__WASI_FN(path_open_0);
OCRE__WASI_FN(path_readlink);
OCRE__WASI_FN(path_remove_directory);
OCRE__WASI_FN(path_rename);
OCRE__WASI_FN(path_symlink);
OCRE__WASI_FN(path_unlink_file);
OCRE__WASI_FN(sock_recv_from);
OCRE__WASI_FN(sock_send_to);
/* poll.c */
OCRE__WASI_FN(poll_oneoff);
OCRE__WASI_FN(poll_oneoff_0);

/* socket.c */
OCRE__WASI_FN(sock_open);
OCRE__WASI_FN(sock_bind);
OCRE__WASI_FN(sock_listen);
OCRE__WASI_FN(sock_connect);
OCRE__WASI_FN(sock_addr_local);
OCRE__WASI_FN(sock_addr_remote);
/* socket_name.c */
OCRE__WASI_FN(sock_addr_resolve);
/* socket_option.c */
OCRE__WASI_FN(sock_get_bool);
OCRE__WASI_FN(sock_get_byte);
OCRE__WASI_FN(sock_get_u32);
OCRE__WASI_FN(sock_set_bool);
OCRE__WASI_FN(sock_set_byte);
OCRE__WASI_FN(sock_set_u32);
OCRE__WASI_FN(sock_get_timeout);
OCRE__WASI_FN(sock_set_timeout);
OCRE__WASI_FN(sock_get_linger);
OCRE__WASI_FN(sock_set_linger);
OCRE__WASI_FN(sock_get_ip_multicast_loop);
OCRE__WASI_FN(sock_set_ip_multicast_loop);
OCRE__WASI_FN(sock_set_ip_add_membership);
OCRE__WASI_FN(sock_set_ip_drop_membership);

/* ---- sockets ---- */

/* sock.c: the descriptor, when it is a socket and has these rights. */
unsigned int ocre__wasi_socket_get(struct ocre_call *call, uint64_t rights,
				   struct ocre__wasi_fd **out);

/* socket.c: addresses in guest memory, 24 bytes with the port or 20 without. */
#define ADDRESS_SIZE	24u
#define ADDRESS_IP_SIZE 20u
unsigned int ocre__wasi_get_address(struct ocre_call *call, uint32_t addr, uint32_t size,
				    struct ocre_port_address *out);
void ocre__wasi_set_address(uint8_t *at, const struct ocre_port_address *address);
unsigned int ocre__wasi_put_address(struct ocre_call *call, uint32_t addr,
				    const struct ocre_port_address *address);

/* socket_name.c: may the guest do this? WASI_OK or WASI_ENOTCAPABLE. */
unsigned int ocre__wasi_ask(struct ocre_wasi *wasi, enum ocre_action_kind kind,
			    const struct ocre__wasi_fd *fd,
			    const struct ocre_port_address *address);
void ocre__wasi_names_close(struct ocre_wasi *wasi);

/* file.c: store a stat as preview 1 or snapshot 0 has it. */
#define FILESTAT_SIZE	64u
#define FILESTAT_SIZE_0 56u
unsigned int ocre__wasi_put_filestat(struct ocre_call *call, uint32_t addr,
				     const struct ocre_port_stat *st, bool snapshot0);
/* Flags of the two set_times functions: EINVAL when they contradict each other. */
unsigned int ocre__wasi_times(uint64_t atime, uint64_t mtime, uint32_t flags,
			      struct ocre_port_times *out);

#endif /* OCRE_WASI_INTERNAL_H */
