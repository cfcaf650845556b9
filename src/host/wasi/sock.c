/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sock.c - the calls of preview 1 that are about sockets alone: they work on those that the guest
 * was given or accepted, and on those that it made with the functions of socket.c.
 */
#include "internal.h"

unsigned int ocre__wasi_socket_get(struct ocre_call *call, uint64_t rights,
				   struct ocre__wasi_fd **out)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), 0, out);

	if (error == WASI_OK && !ocre__wasi_is_socket(*out)) {
		error = WASI_ENOTSOCK;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), rights, out);
	}
	return error;
}

int ocre__wasi_sock_accept(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	uint32_t flags = ocre_arg_u32(call, 1);
	uint32_t result = ocre_arg_u32(call, 2);
	struct ocre__wasi_fd accepted = {.flags = (uint16_t)flags};
	struct ocre__wasi_fd *fd;
	uint32_t number = 0;
	unsigned int error = ocre__wasi_socket_get(call, RIGHT_SOCK_ACCEPT, &fd);
	int rc;

	if (error == WASI_OK && (flags & ~FDFLAG_NONBLOCK) != 0) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK && !ocre__wasi_in_memory(call, result, 4)) {
		error = WASI_EFAULT;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_fd_reserve(wasi, &number);
	}
	/* The table may have moved. */
	if (error == WASI_OK) {
		error = ocre__wasi_socket_get(call, RIGHT_SOCK_ACCEPT, &fd);
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	rc = wasi->port->ops->accept(wasi->port->ctx, fd->fd, &accepted.fd);
	if (rc == -OCRE_ERRNO_AGAIN && (fd->flags & FDFLAG_NONBLOCK) == 0 &&
	    ocre__wasi_park_timed(call, fd, OCRE_PARK_READ)) {
		return OCRE_HOST_PARK;
	}
	if (rc != 0) {
		return ocre__wasi_return(call, ocre__wasi_errno(rc));
	}
	accepted.type = OCRE_TYPE_STREAM;
	accepted.recv_timeout_us = fd->recv_timeout_us;
	accepted.send_timeout_us = fd->send_timeout_us;
	accepted.rights = fd->inheriting;
	accepted.inheriting = fd->inheriting;
	ocre__wasi_fd_put(wasi, number, &accepted);
	return ocre__wasi_return(call, ocre__wasi_put_u32(call, result, number));
}

int ocre__wasi_sock_shutdown(struct ocre_call *call)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint32_t how = ocre_arg_u32(call, 1);
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, RIGHT_SOCK_SHUTDOWN, &fd);

	/* WASI's bits are those of the port. */
	if (error == WASI_OK && (how == 0 || how > (OCRE_SHUTDOWN_READ | OCRE_SHUTDOWN_WRITE))) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_errno(port->ops->shutdown(port->ctx, fd->fd, how));
	}
	return ocre__wasi_return(call, error);
}
