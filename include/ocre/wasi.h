/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasi.h - WASI preview 1 (and its predecessor, snapshot 0) as host modules. What the guest sees of
 * the world is a struct ocre_wasi: its arguments, its environment, the directories that were opened
 * for it, three standard streams, sockets. It sees nothing else. The platform comes through port.h.
 *
 * Nothing that waits blocks the thread: such calls park (host.h). Calls charge one unit of budget
 * per 64 bytes that they move, beyond the call itself.
 */
#ifndef OCRE_WASI_H
#define OCRE_WASI_H

#include <ocre/base.h>
#include <ocre/host.h>
#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All take a struct ocre_wasi as call->host. */
extern const struct ocre_host_module ocre_host_wasi_preview1; /* wasi_snapshot_preview1 */
/* wasi_unstable: snapshot 0; where the build has OCRE_WASI_SNAPSHOT_0. */
extern const struct ocre_host_module ocre_host_wasi_unstable;
/*
 * Functions that make sockets, also in wasi_snapshot_preview1: an extension that guests built for
 * Ocre use. Give it beside preview 1, whose functions work on these sockets too, or leave it away.
 */
extern const struct ocre_host_module ocre_host_wasi_sockets;

struct ocre_wasi;

/* A directory that the guest finds open, from descriptor 3 on in the order of the list. */
struct ocre_wasi_preopen {
	const char *host_path;
	const char *guest_path; /* its name in the guest */
	bool read_only;		/* every change fails with EROFS */
	/*
	 * The directory that is meant, beneath host_path: a relative path whose components are
	 * directories, none of them a symlink. NULL or "": host_path itself.
	 */
	const char *beneath;
	bool entries_only; /* nothing can be reached but the entries that are listed for it */
};

/*
 * An entry of a preopened directory with rights of its own. It is not followed where it is a
 * symlink, need not exist, and can then be made as a file. That it is writable in a directory that
 * is not does not mean that it can be removed or renamed.
 */
struct ocre_wasi_entry {
	uint32_t preopen; /* index into `preopens` */
	const char *name; /* one component */
	bool read_only;
};

#define OCRE_WASI_MAX_FDS_DEFAULT 1024u

struct ocre_wasi_options {
	struct ocre_mem *mem;	      /* all memory comes from here; must outlive the ocre_wasi */
	const struct ocre_port *port; /* must outlive it too */
	const char *const *args;      /* args[0] is the program's name */
	uint32_t arg_count;
	const char *const *env; /* "NAME=value" */
	uint32_t env_count;
	const struct ocre_wasi_preopen *preopens;
	uint32_t preopen_count;
	const struct ocre_wasi_entry *entries;
	uint32_t entry_count;
	/* Port descriptors, borrowed: they are not closed. -1: the guest has none. */
	int32_t stdio[3];
	/*
	 * Gets what was written, in pieces as they come; may be NULL. With it, -1 above means that
	 * the guest has an output which goes there alone, and looks like a terminal to it.
	 */
	void (*output)(void *ctx, enum ocre_stream stream, const void *data, size_t size);
	void *output_ctx;
	/* Sockets that follow the preopens, borrowed: the guest can accept, receive and send. */
	const int32_t *sockets;
	uint32_t socket_count;
	uint32_t max_fds; /* descriptors the guest may have; 0 takes the default */
	/*
	 * Asked before every OCRE_ACTION_CONNECT, LISTEN and RESOLVE (but numeric addresses, which
	 * need no resolving). NULL: all of them are allowed. A denied one fails with ENOTCAPABLE.
	 * An address that came from a name is asked for with both, and if that is denied, again
	 * without the name. IPv4 addresses in IPv6's clothes are asked for as IPv4.
	 */
	bool (*allowed)(void *ctx, const struct ocre_action *action);
	void *allowed_ctx;
};

/*
 * Strings and lists are copied. On failure *out is untouched, nothing is held, and `diag` (may be
 * NULL) says what failed, with the path of a directory that could not be opened.
 */
int ocre_wasi_create(const struct ocre_wasi_options *options, struct ocre_wasi **out,
		     struct ocre_diag *diag);

/* Closes what the guest left open. No instance may use it any more. NULL is allowed. */
void ocre_wasi_destroy(struct ocre_wasi *wasi);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_WASI_H */
