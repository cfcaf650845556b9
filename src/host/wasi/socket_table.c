/* SPDX-License-Identifier: Apache-2.0 */
/* socket_table.c - the functions of the socket extension; what they do is in socket*.c. */
#include "internal.h"

/*
 * The extension that makes sockets. Opening one needs no grant, since it can do nothing before it
 * is bound, connected, or sends to an address.
 */
#define NET(name, sig, fn, kind)                                                                   \
	{                                                                                          \
		"sock_" name, sig, ocre__wasi_##fn, OCRE_ACTION_##kind, WASI_ENOTCAPABLE           \
	}
#define OPTION(name, size)                                                                         \
	{"sock_get_" name, "ii:i", ocre__wasi_sock_get_##size},                                    \
	{                                                                                          \
		"sock_set_" name, "ii:i", ocre__wasi_sock_set_##size                               \
	}

static const struct ocre_host_func socket_funcs[] = {
	{"sock_open", "iiii:i", ocre__wasi_sock_open},
	{"sock_close", "i:i", ocre__wasi_fd_close},
	{"sock_addr_local", "ii:i", ocre__wasi_sock_addr_local},
	{"sock_addr_remote", "ii:i", ocre__wasi_sock_addr_remote},
	{"sock_recv_from", "iiiiii:i", ocre__wasi_sock_recv_from},
	NET("bind", "ii:i", sock_bind, LISTEN),
	NET("listen", "ii:i", sock_listen, LISTEN),
	NET("connect", "ii:i", sock_connect, CONNECT),
	NET("send_to", "iiiiii:i", sock_send_to, CONNECT),
	NET("addr_resolve", "iiiiii:i", sock_addr_resolve, RESOLVE),
	OPTION("broadcast", bool),
	OPTION("keep_alive", bool),
	OPTION("recv_buf_size", u32),
	OPTION("reuse_addr", bool),
	OPTION("reuse_port", bool),
	OPTION("send_buf_size", u32),
	OPTION("tcp_fastopen_connect", bool),
	OPTION("tcp_keep_idle", u32),
	OPTION("tcp_keep_intvl", u32),
	OPTION("tcp_no_delay", bool),
	OPTION("tcp_quick_ack", bool),
	OPTION("ip_multicast_ttl", byte),
	OPTION("ip_ttl", byte),
	OPTION("ipv6_only", bool),
	{"sock_get_recv_timeout", "ii:i", ocre__wasi_sock_get_timeout},
	{"sock_set_recv_timeout", "iI:i", ocre__wasi_sock_set_timeout},
	{"sock_get_send_timeout", "ii:i", ocre__wasi_sock_get_timeout},
	{"sock_set_send_timeout", "iI:i", ocre__wasi_sock_set_timeout},
	{"sock_get_linger", "iii:i", ocre__wasi_sock_get_linger},
	{"sock_set_linger", "iii:i", ocre__wasi_sock_set_linger},
	{"sock_get_ip_multicast_loop", "iii:i", ocre__wasi_sock_get_ip_multicast_loop},
	{"sock_set_ip_multicast_loop", "iii:i", ocre__wasi_sock_set_ip_multicast_loop},
	NET("set_ip_add_membership", "iii:i", sock_set_ip_add_membership, LISTEN),
	NET("set_ip_drop_membership", "iii:i", sock_set_ip_drop_membership, LISTEN),
};

const struct ocre_host_module ocre_host_wasi_sockets = {
	"wasi_snapshot_preview1",
	socket_funcs,
	sizeof(socket_funcs) / sizeof(socket_funcs[0]),
};
