/* SPDX-License-Identifier: Apache-2.0 */
/*
 * socket.c - the life of a socket that the guest makes: open, bind, listen, connect, addresses. It
 * is a descriptor like any other, so that reading, writing, waiting and closing are elsewhere.
 */
#include <string.h>

#include "internal.h"

/* ---- addresses: kind i32 at 0; IPv4 4 bytes at 4, IPv6 8 x u16 at 4; the port follows ---- */

#define KIND_IPV4 0u
#define KIND_IPV6 1u

unsigned int ocre__wasi_get_address(struct ocre_call *call, uint32_t addr, uint32_t size,
				    struct ocre_port_address *out)
{
	const uint8_t *at = (const uint8_t *)ocre_call_memory(call, addr, size);
	bool has_port = size == ADDRESS_SIZE;
	uint32_t i;

	if (at == NULL) {
		return WASI_EFAULT;
	}
	memset(out, 0, sizeof(*out));
	switch (ocre_get_u32(at)) {
	case KIND_IPV4:
		out->family = OCRE_FAMILY_IPV4;
		memcpy(out->ip, at + 4, 4);
		out->port = has_port ? ocre_get_u16(at + 8) : 0;
		return WASI_OK;
	case KIND_IPV6:
		out->family = OCRE_FAMILY_IPV6;
		for (i = 0; i < 8; i++) { /* numbers, where a network has the high byte first */
			out->ip[2 * i] = at[4 + 2 * i + 1];
			out->ip[2 * i + 1] = at[4 + 2 * i];
		}
		out->port = has_port ? ocre_get_u16(at + 20) : 0;
		return WASI_OK;
	default:
		return WASI_EAFNOSUPPORT;
	}
}

void ocre__wasi_set_address(uint8_t *at, const struct ocre_port_address *address)
{
	uint32_t i;

	memset(at, 0, ADDRESS_SIZE);
	if (address->family == OCRE_FAMILY_IPV4) {
		ocre_put_u32(at, KIND_IPV4);
		memcpy(at + 4, address->ip, 4);
		ocre_put_u16(at + 8, address->port);
		return;
	}
	ocre_put_u32(at, KIND_IPV6);
	for (i = 0; i < 8; i++) {
		at[4 + 2 * i] = address->ip[2 * i + 1];
		at[4 + 2 * i + 1] = address->ip[2 * i];
	}
	ocre_put_u16(at + 20, address->port);
}

unsigned int ocre__wasi_put_address(struct ocre_call *call, uint32_t addr,
				    const struct ocre_port_address *address)
{
	uint8_t *at = (uint8_t *)ocre_call_memory(call, addr, ADDRESS_SIZE);

	if (at == NULL) {
		return WASI_EFAULT;
	}
	ocre__wasi_set_address(at, address);
	return WASI_OK;
}

/* ---- open ---- */

int ocre__wasi_sock_open(struct ocre_call *call)
{
	static const uint8_t types[] = {OCRE_TYPE_DATAGRAM, OCRE_TYPE_STREAM};
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	const struct ocre_port *port = wasi->port;
	uint32_t family = ocre_arg_u32(call, 1); /* 0 is a pool of addresses, which we have not */
	uint32_t type = ocre_arg_u32(call, 2);
	uint32_t result = ocre_arg_u32(call, 3);
	struct ocre__wasi_fd entry = {.rights = UINT64_MAX, .inheriting = UINT64_MAX};
	uint32_t number = 0;
	unsigned int error;

	if (port->sockets == NULL) {
		return ocre__wasi_return(call, WASI_ENOTSUP);
	}
	if (family > OCRE_FAMILY_IPV6) {
		return ocre__wasi_return(call, WASI_EAFNOSUPPORT);
	}
	if (type >= sizeof(types)) {
		return ocre__wasi_return(call, WASI_EPROTOTYPE);
	}
	if (!ocre__wasi_in_memory(call, result, 4)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	error = ocre__wasi_fd_reserve(wasi, &number);
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	entry.type = types[type];
	error = ocre__wasi_errno(port->sockets->open(port->ctx, (enum ocre_port_family)family,
						     (enum ocre_port_type)entry.type, &entry.fd));
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	ocre__wasi_fd_put(wasi, number, &entry);
	return ocre__wasi_return(call, ocre__wasi_put_u32(call, result, number));
}

/* ---- bind, listen, connect ---- */

/* A socket that the guest may give an address: not one that the embedder lent it. */
static unsigned int get_own(struct ocre_call *call, struct ocre__wasi_fd **out)
{
	unsigned int error = ocre__wasi_socket_get(call, 0, out);

	if (error == WASI_OK &&
	    (((*out)->bits & FD_BORROWED) != 0 || ocre__wasi_of(call)->port->sockets == NULL)) {
		error = WASI_ENOTSUP;
	}
	return error;
}

int ocre__wasi_sock_bind(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	const struct ocre_port *port = wasi->port;
	struct ocre_port_address address;
	struct ocre__wasi_fd *fd;
	unsigned int error = get_own(call, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_get_address(call, ocre_arg_u32(call, 1), ADDRESS_SIZE, &address);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_ask(wasi, OCRE_ACTION_LISTEN, fd, &address);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->sockets->bind(port->ctx, fd->fd, &address));
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_listen(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	const struct ocre_port *port = wasi->port;
	struct ocre_port_address address;
	struct ocre__wasi_fd *fd;
	unsigned int error = get_own(call, &fd);

	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->sockets->local_address(port->ctx, fd->fd, &address));
	}
	/* Without a bind, which would have asked, it listens at a port of the system's choice. */
	if (error == WASI_OK && address.port == 0) {
		error = ocre__wasi_ask(wasi, OCRE_ACTION_LISTEN, fd, &address);
	}
	if (error == WASI_OK) {
		uint32_t backlog = ocre_arg_u32(call, 1);

		error = ocre__wasi_errno(port->sockets->listen(port->ctx, fd->fd,
							       backlog <= INT32_MAX ? backlog : 0));
	}
	return ocre__wasi_return(call, error);
}

/*
 * The address is read, and asked for, each time that the call is continued: meanwhile another
 * thread of the guest may have put something else there, or another socket under that number.
 */
int ocre__wasi_sock_connect(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	const struct ocre_port *port = wasi->port;
	struct ocre_port_address address;
	struct ocre__wasi_fd *fd;
	unsigned int error = get_own(call, &fd);
	int rc;

	if (error == WASI_OK) {
		error = ocre__wasi_get_address(call, ocre_arg_u32(call, 1), ADDRESS_SIZE, &address);
	}
	if (error == WASI_OK) {
		error = ocre__wasi_ask(wasi, OCRE_ACTION_CONNECT, fd, &address);
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	rc = port->sockets->connect(port->ctx, fd->fd, &address);
	if ((rc == -OCRE_ERRNO_INPROGRESS || rc == -OCRE_ERRNO_ALREADY) &&
	    (fd->flags & FDFLAG_NONBLOCK) == 0) {
		if (ocre__wasi_park_timed(call, fd, OCRE_PARK_WRITE)) {
			return OCRE_HOST_PARK;
		}
		rc = -OCRE_ERRNO_INPROGRESS; /* it goes on; this is how POSIX says so */
	}
	return ocre__wasi_return(call, ocre__wasi_errno(rc));
}

/* ---- addresses of a socket ---- */

static int get_address(struct ocre_call *call, bool remote)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint32_t result = ocre_arg_u32(call, 1);
	struct ocre_port_address address;
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, 0, &fd);

	if (error == WASI_OK && port->sockets == NULL) {
		error = WASI_ENOTSUP;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(
			remote ? port->sockets->remote_address(port->ctx, fd->fd, &address)
			       : port->sockets->local_address(port->ctx, fd->fd, &address));
	}
	if (error == WASI_OK) {
		error = ocre__wasi_put_address(call, result, &address);
	}
	return ocre__wasi_return(call, error);
}

int ocre__wasi_sock_addr_local(struct ocre_call *call)
{
	return get_address(call, false);
}

int ocre__wasi_sock_addr_remote(struct ocre_call *call)
{
	return get_address(call, true);
}
