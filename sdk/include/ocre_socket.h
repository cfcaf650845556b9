/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre_socket.h - sockets for guests: TCP, UDP, names of hosts. Needs C11 or C++11 and no C
 * library.
 *
 * A socket is a WASI descriptor: read(), write(), close(), poll() and fcntl(O_NONBLOCK) of a C
 * library work on it, also the standard's own sock_accept, sock_recv, sock_send and sock_shutdown,
 * which are declared here as well. What waits can be given a timeout (ocre_sock_set_recv_timeout,
 * ..._send_...).
 *
 * All functions return 0 or a number of WASI's errno, which is that of <errno.h> in wasi-libc. 76
 * (ENOTCAPABLE): the container has no grant for it.
 */
#ifndef OCRE_SOCKET_H
#define OCRE_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__wasm__)
#define OCRE_SOCK_IMPORT(name)                                                                     \
	__attribute__((import_module("wasi_snapshot_preview1"), import_name("sock_" #name)))
#else
#define OCRE_SOCK_IMPORT(name)
#endif

/* ---- types; layouts are those that the host has ---- */

#define OCRE_SOCK_IPV4 0u /* kinds of addresses, and families */
#define OCRE_SOCK_IPV6 1u
#define OCRE_SOCK_ANY  2u /* a family, in hints only */

#define OCRE_SOCK_DATAGRAM 0 /* types: UDP, TCP */
#define OCRE_SOCK_STREAM   1
#define OCRE_SOCK_ANY_TYPE (-1) /* in hints only */

struct ocre_sock_ip {
	uint32_t kind; /* OCRE_SOCK_IPV4, OCRE_SOCK_IPV6 */
	union {
		uint8_t v4[4];
		uint16_t v6[8]; /* words as they are written: 2001:db8::1 begins with 0x2001 */
	} u;
};

struct ocre_sock_addr {
	uint32_t kind;
	union {
		struct {
			uint8_t ip[4];
			uint16_t port;
		} v4;
		struct {
			uint16_t ip[8];
			uint16_t port;
		} v6;
	} u;
};

struct ocre_sock_info {
	struct ocre_sock_addr addr;
	int32_t type;
};

struct ocre_sock_hints {
	int32_t type;
	uint32_t family;
	uint8_t enabled; /* 0: the other two do not count */
};

struct ocre_sock_iov {
	void *data;
	size_t size;
};

/* Flags of receiving. */
#define OCRE_SOCK_PEEK	   1u
#define OCRE_SOCK_WAIT_ALL 2u
/* What receiving tells: the rest of a message did not fit and is lost. */
#define OCRE_SOCK_CUT	   1u

#define OCRE_SOCK_SHUT_READ  1u
#define OCRE_SOCK_SHUT_WRITE 2u

/* Flags of accept. */
#define OCRE_SOCK_NONBLOCK 4u

/* ---- life ---- */

/* `pool` means nothing; 0 will do. */
int32_t ocre_sock_open(int32_t pool, uint32_t family, int32_t type, int32_t *fd)
	OCRE_SOCK_IMPORT(open);
int32_t ocre_sock_close(int32_t fd) OCRE_SOCK_IMPORT(close);
int32_t ocre_sock_bind(int32_t fd, const struct ocre_sock_addr *addr) OCRE_SOCK_IMPORT(bind);
int32_t ocre_sock_listen(int32_t fd, uint32_t backlog) OCRE_SOCK_IMPORT(listen);
/* With O_NONBLOCK, EINPROGRESS: poll until it can be written, then call it once more. */
int32_t ocre_sock_connect(int32_t fd, const struct ocre_sock_addr *addr) OCRE_SOCK_IMPORT(connect);
int32_t ocre_sock_accept(int32_t fd, uint32_t flags, int32_t *out) OCRE_SOCK_IMPORT(accept);
int32_t ocre_sock_shutdown(int32_t fd, uint32_t how) OCRE_SOCK_IMPORT(shutdown);
int32_t ocre_sock_addr_local(int32_t fd, struct ocre_sock_addr *out) OCRE_SOCK_IMPORT(addr_local);
int32_t ocre_sock_addr_remote(int32_t fd, struct ocre_sock_addr *out) OCRE_SOCK_IMPORT(addr_remote);

/* ---- contents ---- */

int32_t ocre_sock_recv(int32_t fd, const struct ocre_sock_iov *iov, uint32_t count, uint32_t flags,
		       uint32_t *size, uint16_t *out_flags) OCRE_SOCK_IMPORT(recv);
/* `flags` is 0. */
int32_t ocre_sock_send(int32_t fd, const struct ocre_sock_iov *iov, uint32_t count, uint32_t flags,
		       uint32_t *size) OCRE_SOCK_IMPORT(send);
/* `from` may be NULL. For a stream it is all zero. */
int32_t ocre_sock_recv_from(int32_t fd, const struct ocre_sock_iov *iov, uint32_t count,
			    uint32_t flags, struct ocre_sock_addr *from, uint32_t *size)
	OCRE_SOCK_IMPORT(recv_from);
int32_t ocre_sock_send_to(int32_t fd, const struct ocre_sock_iov *iov, uint32_t count,
			  uint32_t flags, const struct ocre_sock_addr *to, uint32_t *size)
	OCRE_SOCK_IMPORT(send_to);

/* ---- names ---- */

/*
 * `service` is a number, a name, or "" (then ports are 0). `out` takes the first `room` answers;
 * `*count` is how many there are. `host` may be an address as text. ENOENT: there is no such name.
 */
int32_t ocre_sock_addr_resolve(const char *host, const char *service,
			       const struct ocre_sock_hints *hints, struct ocre_sock_info *out,
			       uint32_t room, uint32_t *count) OCRE_SOCK_IMPORT(addr_resolve);

/* ---- options ---- */

#define OCRE_SOCK_OPTION(name, type)                                                               \
	int32_t ocre_sock_get_##name(int32_t fd, type *out) OCRE_SOCK_IMPORT(get_##name);          \
	int32_t ocre_sock_set_##name(int32_t fd, type value) OCRE_SOCK_IMPORT(set_##name)

OCRE_SOCK_OPTION(broadcast, bool);
OCRE_SOCK_OPTION(keep_alive, bool);
OCRE_SOCK_OPTION(recv_buf_size, uint32_t);
OCRE_SOCK_OPTION(recv_timeout, uint64_t); /* microseconds; 0: none */
OCRE_SOCK_OPTION(reuse_addr, bool);
OCRE_SOCK_OPTION(reuse_port, bool);
OCRE_SOCK_OPTION(send_buf_size, uint32_t);
OCRE_SOCK_OPTION(send_timeout, uint64_t);
OCRE_SOCK_OPTION(tcp_fastopen_connect, bool);
OCRE_SOCK_OPTION(tcp_keep_idle, uint32_t);  /* seconds */
OCRE_SOCK_OPTION(tcp_keep_intvl, uint32_t); /* seconds */
OCRE_SOCK_OPTION(tcp_no_delay, bool);
OCRE_SOCK_OPTION(tcp_quick_ack, bool);
OCRE_SOCK_OPTION(ip_multicast_ttl, uint8_t);
OCRE_SOCK_OPTION(ip_ttl, uint8_t);
OCRE_SOCK_OPTION(ipv6_only, bool);

int32_t ocre_sock_get_linger(int32_t fd, bool *on, uint32_t *seconds) OCRE_SOCK_IMPORT(get_linger);
int32_t ocre_sock_set_linger(int32_t fd, bool on, uint32_t seconds) OCRE_SOCK_IMPORT(set_linger);
int32_t ocre_sock_get_ip_multicast_loop(int32_t fd, bool ipv6, bool *on)
	OCRE_SOCK_IMPORT(get_ip_multicast_loop);
int32_t ocre_sock_set_ip_multicast_loop(int32_t fd, bool ipv6, bool on)
	OCRE_SOCK_IMPORT(set_ip_multicast_loop);
/*
 * `interface`: for IPv6 its number; for IPv4 its address, as in_addr has it (the first byte is the
 * lowest). 0: any.
 */
int32_t ocre_sock_set_ip_add_membership(int32_t fd, const struct ocre_sock_ip *group,
					uint32_t interface) OCRE_SOCK_IMPORT(set_ip_add_membership);
int32_t ocre_sock_set_ip_drop_membership(int32_t fd, const struct ocre_sock_ip *group,
					 uint32_t interface)
	OCRE_SOCK_IMPORT(set_ip_drop_membership);

/* ---- helpers ---- */

static inline struct ocre_sock_addr ocre_sock_ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d,
						   uint16_t port)
{
	struct ocre_sock_addr addr = {OCRE_SOCK_IPV4, {{{a, b, c, d}, port}}};

	return addr;
}

static inline uint16_t ocre_sock_port(const struct ocre_sock_addr *addr)
{
	return addr->kind == OCRE_SOCK_IPV4 ? addr->u.v4.port : addr->u.v6.port;
}

/* One buffer. Fewer bytes than asked for may come; 0 at the end of a stream. */
static inline int32_t ocre_sock_read(int32_t fd, void *data, size_t size, uint32_t *got)
{
	struct ocre_sock_iov iov = {data, size};
	uint16_t flags;

	return ocre_sock_recv(fd, &iov, 1, 0, got, &flags);
}

static inline int32_t ocre_sock_write(int32_t fd, const void *data, size_t size, uint32_t *sent)
{
	struct ocre_sock_iov iov = {(void *)data, size};

	return ocre_sock_send(fd, &iov, 1, 0, sent);
}

/* A stream that is connected to the first address of the name that answers. */
static inline int32_t ocre_sock_connect_name(const char *host, const char *service, int32_t *fd)
{
	struct ocre_sock_hints hints = {OCRE_SOCK_STREAM, OCRE_SOCK_ANY, 1};
	struct ocre_sock_info found[8];
	uint32_t count;
	uint32_t i;
	int32_t rc = ocre_sock_addr_resolve(host, service, &hints, found, 8, &count);

	for (i = 0; rc == 0 && i < count && i < 8; i++) {
		rc = ocre_sock_open(0, found[i].addr.kind, OCRE_SOCK_STREAM, fd);
		if (rc == 0) {
			rc = ocre_sock_connect(*fd, &found[i].addr);
			if (rc == 0) {
				return 0;
			}
			ocre_sock_close(*fd);
		}
		if (i + 1 < count && i + 1 < 8) {
			rc = 0; /* the next one may */
		}
	}
	return rc;
}

#if defined(__cplusplus)
#define OCRE_SOCK_ASSERT static_assert
#else
#define OCRE_SOCK_ASSERT _Static_assert
#endif
OCRE_SOCK_ASSERT(sizeof(struct ocre_sock_ip) == 20, "the host's layout");
OCRE_SOCK_ASSERT(sizeof(struct ocre_sock_addr) == 24, "the host's layout");
OCRE_SOCK_ASSERT(offsetof(struct ocre_sock_addr, u.v4.port) == 8, "the host's layout");
OCRE_SOCK_ASSERT(offsetof(struct ocre_sock_addr, u.v6.port) == 20, "the host's layout");
OCRE_SOCK_ASSERT(sizeof(struct ocre_sock_info) == 28, "the host's layout");
OCRE_SOCK_ASSERT(sizeof(struct ocre_sock_hints) == 12, "the host's layout");
#undef OCRE_SOCK_ASSERT
#undef OCRE_SOCK_OPTION

#ifdef __cplusplus
}
#endif

#endif /* OCRE_SOCKET_H */
