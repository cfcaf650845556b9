/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket_option.c - options of sockets. A function of the table is named after its option, so that
 * one C function serves all options of a size.
 */
#include <string.h>

#include "internal.h"

static const struct named {
	const char *name;
	enum ocre_port_option option;
} names[] = {
	{"broadcast", OCRE_OPTION_BROADCAST},
	{"keep_alive", OCRE_OPTION_KEEP_ALIVE},
	{"linger", OCRE_OPTION_LINGER},
	{"recv_buf_size", OCRE_OPTION_RECV_BUFFER},
	{"reuse_addr", OCRE_OPTION_REUSE_ADDRESS},
	{"reuse_port", OCRE_OPTION_REUSE_PORT},
	{"send_buf_size", OCRE_OPTION_SEND_BUFFER},
	{"tcp_fastopen_connect", OCRE_OPTION_TCP_FASTOPEN_CONNECT},
	{"tcp_keep_idle", OCRE_OPTION_TCP_KEEP_IDLE},
	{"tcp_keep_intvl", OCRE_OPTION_TCP_KEEP_INTERVAL},
	{"tcp_no_delay", OCRE_OPTION_TCP_NO_DELAY},
	{"tcp_quick_ack", OCRE_OPTION_TCP_QUICK_ACK},
	{"ip_multicast_ttl", OCRE_OPTION_IP_MULTICAST_TTL},
	{"ip_ttl", OCRE_OPTION_IP_TTL},
	{"ipv6_only", OCRE_OPTION_IPV6_ONLY},
};

/* "sock_get_" and "sock_set_" are of one length. */
#define PREFIX 9

static enum ocre_port_option option_of(const struct ocre_call *call)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(call->func->name + PREFIX, names[i].name) == 0) {
			return names[i].option;
		}
	}
	return OCRE_OPTIONS; /* which no port knows */
}

/* ---- through the port ---- */

static unsigned int get(struct ocre_call *call, enum ocre_port_option option, uint64_t *value)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, 0, &fd);

	if (error == WASI_OK && port->sockets == NULL) {
		error = WASI_ENOTSUP;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(
			port->sockets->get_option(port->ctx, fd->fd, option, value));
	}
	return error;
}

/* What the embedder lent is shared with programs that do not expect changes. */
static unsigned int get_changeable(struct ocre_call *call, struct ocre__wasi_fd **fd)
{
	unsigned int error = ocre__wasi_socket_get(call, 0, fd);

	if (error == WASI_OK &&
	    (((*fd)->bits & FD_BORROWED) != 0 || ocre__wasi_of(call)->port->sockets == NULL)) {
		error = WASI_ENOTSUP;
	}
	return error;
}

static int set(struct ocre_call *call, enum ocre_port_option option, uint64_t value)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	struct ocre__wasi_fd *fd;
	unsigned int error = get_changeable(call, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_errno(
			port->sockets->set_option(port->ctx, fd->fd, option, value));
	}
	return ocre__wasi_return(call, error);
}

/* ---- by size ---- */

static unsigned int put_byte(struct ocre_call *call, uint32_t addr, uint64_t value)
{
	uint8_t *at = (uint8_t *)ocre_call_memory(call, addr, 1);

	if (at == NULL) {
		return WASI_EFAULT;
	}
	*at = value > UINT8_MAX ? UINT8_MAX : (uint8_t)value;
	return WASI_OK;
}

static int get_byte(struct ocre_call *call, enum ocre_port_option option, uint32_t addr,
		    bool is_bool)
{
	uint64_t value = 0;
	unsigned int error = get(call, option, &value);

	if (error == WASI_OK) {
		error = put_byte(call, addr, is_bool ? value != 0 : value);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_get_bool(struct ocre_call *call)
{
	return get_byte(call, option_of(call), ocre_arg_u32(call, 1), true);
}

int ocre__wasi_sock_get_byte(struct ocre_call *call)
{
	return get_byte(call, option_of(call), ocre_arg_u32(call, 1), false);
}

int ocre__wasi_sock_get_u32(struct ocre_call *call)
{
	uint64_t value = 0;
	unsigned int error = get(call, option_of(call), &value);

	if (error == WASI_OK) {
		error = ocre__wasi_put_u32(call, ocre_arg_u32(call, 1), (uint32_t)value);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_set_bool(struct ocre_call *call)
{
	return set(call, option_of(call), ocre_arg_u32(call, 1) != 0);
}

int ocre__wasi_sock_set_byte(struct ocre_call *call)
{
	if (ocre_arg_u32(call, 1) > UINT8_MAX) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	return set(call, option_of(call), ocre_arg_u32(call, 1));
}

int ocre__wasi_sock_set_u32(struct ocre_call *call)
{
	return set(call, option_of(call), ocre_arg_u32(call, 1));
}

/* ---- timeouts: ours alone, since no socket of ours ever waits ---- */

static uint64_t *timeout_of(const struct ocre_call *call, struct ocre__wasi_fd *fd)
{
	return call->func->name[PREFIX] == 'r' ? &fd->recv_timeout_us : &fd->send_timeout_us;
}

int ocre__wasi_sock_get_timeout(struct ocre_call *call)
{
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, 0, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_put_u64(call, ocre_arg_u32(call, 1), *timeout_of(call, fd));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_set_timeout(struct ocre_call *call)
{
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, 0, &fd);

	if (error == WASI_OK) {
		*timeout_of(call, fd) = ocre_arg_u64(call, 1);
	}
	return ocre__wasi_return(call, error);
}

/* ---- linger ---- */

#define LINGER_ON (UINT64_C(1) << 32)

int ocre__wasi_sock_get_linger(struct ocre_call *call)
{
	uint64_t value = 0;
	unsigned int error = get(call, OCRE_OPTION_LINGER, &value);

	if (error == WASI_OK && !ocre__wasi_in_memory(call, ocre_arg_u32(call, 2), 4)) {
		error = WASI_EFAULT;
	}
	if (error == WASI_OK) {
		error = put_byte(call, ocre_arg_u32(call, 1), (value & LINGER_ON) != 0);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_put_u32(call, ocre_arg_u32(call, 2), (uint32_t)value);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_set_linger(struct ocre_call *call)
{
	uint64_t value = ocre_arg_u32(call, 2);

	if (ocre_arg_u32(call, 1) != 0) {
		value |= LINGER_ON;
	}
	return set(call, OCRE_OPTION_LINGER, value);
}

/* ---- multicast ---- */

/* The second argument says whether it is IPv6's. */
static enum ocre_port_option loop_option(const struct ocre_call *call)
{
	return ocre_arg_u32(call, 1) != 0 ? OCRE_OPTION_IPV6_MULTICAST_LOOP
					  : OCRE_OPTION_IP_MULTICAST_LOOP;
}

int ocre__wasi_sock_get_ip_multicast_loop(struct ocre_call *call)
{
	return get_byte(call, loop_option(call), ocre_arg_u32(call, 2), true);
}

int ocre__wasi_sock_set_ip_multicast_loop(struct ocre_call *call)
{
	return set(call, loop_option(call), ocre_arg_u32(call, 2) != 0);
}

/* Joining is asked for as listening at the group's address, at the port that the socket has. */
static int membership(struct ocre_call *call, bool join)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	const struct ocre_port *port = wasi->port;
	struct ocre_port_address group;
	struct ocre_port_address local = {0};
	struct ocre__wasi_fd *fd;
	unsigned int error = get_changeable(call, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_get_address(call, ocre_arg_u32(call, 1), ADDRESS_IP_SIZE,
					       &group);
	}
	if (error == WASI_OK && join) {
		error = ocre__wasi_errno(port->sockets->local_address(port->ctx, fd->fd, &local));
	}
	if (error == WASI_OK && join) {
		group.port = local.port;
		error = ocre__wasi_ask(wasi, OCRE_ACTION_LISTEN, fd, &group);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->sockets->membership(port->ctx, fd->fd, join, &group,
								   ocre_arg_u32(call, 2)));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_set_ip_add_membership(struct ocre_call *call)
{
	return membership(call, true);
}

int ocre__wasi_sock_set_ip_drop_membership(struct ocre_call *call)
{
	return membership(call, false);
}
