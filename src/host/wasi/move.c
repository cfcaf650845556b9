/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move.c - contents between guest memory and descriptors: read, write, and the same for sockets.
 *
 * All of them are one loop over the guest's list of buffers. What would wait parks and goes on
 * where it was: record word 0 is the number of bytes that are done. Regular files never wait, but
 * after WASI_MOVE_MAX bytes they park too, so that a call of a gigabyte can be stopped.
 */
#include <string.h>

#include "internal.h"

/* Small pieces of a write are put together, so that a line and its newline leave as one. */
#define GATHER 512u

struct move {
	struct ocre_call *call;
	const struct ocre_port *port;
	struct ocre__wasi_fd *fd;
	uint32_t list; /* address of the iovecs */
	uint32_t count;
	uint32_t result; /* where the number of bytes goes */
	uint64_t total;	 /* bytes of all iovecs */
	uint64_t offset; /* of pread and pwrite */
	bool at_offset;
	bool writing;
	bool all;			    /* go on until everything is moved */
	bool peek;			    /* of a socket */
	bool truncated;			    /* a message was cut */
	const struct ocre_port_address *to; /* where a message goes, NULL: where it always goes */
	struct ocre_port_address *from;	    /* where it came from, NULL: not asked */
	uint32_t index;			    /* where we are: in which iovec, how far */
	uint32_t within;
	uint64_t done;
};

/* ---- the list of buffers ---- */

static bool get_iovec(struct move *move, uint32_t index, uint32_t *addr, uint32_t *size)
{
	const uint8_t *at =
		(const uint8_t *)ocre_call_memory(move->call, move->list + index * 8, 8);

	if (at == NULL) {
		return false;
	}
	*addr = ocre_get_u32(at);
	*size = ocre_get_u32(at + 4);
	return true;
}

/* Everything must be in memory before anything is done. */
static unsigned int check_list(struct move *move)
{
	uint32_t i;

	if (move->count > WASI_MAX_IOVECS) {
		return WASI_EINVAL;
	}
	if (!ocre__wasi_in_memory(move->call, move->list, (uint64_t)move->count * 8) ||
	    !ocre__wasi_in_memory(move->call, move->result, 4)) {
		return WASI_EFAULT;
	}
	move->total = 0;
	for (i = 0; i < move->count; i++) {
		uint32_t addr;
		uint32_t size;

		if (!get_iovec(move, i, &addr, &size)) {
			return WASI_EFAULT;
		}
		if (size > 0 && !ocre__wasi_in_memory(move->call, addr, size)) {
			return WASI_EFAULT;
		}
		move->total += size;
	}
	return move->total > UINT32_MAX ? WASI_EINVAL : WASI_OK;
}

/* Go `n` bytes on in the list. */
static bool advance(struct move *move, uint64_t n)
{
	while (n > 0 && move->index < move->count) {
		uint32_t addr;
		uint32_t size;

		if (!get_iovec(move, move->index, &addr, &size)) {
			return false;
		}
		/* Another thread of the guest may have made the piece shorter. */
		if (move->within >= size || n >= size - move->within) {
			n -= move->within >= size ? 0 : size - move->within;
			move->index++;
			move->within = 0;
		} else {
			move->within += (uint32_t)n;
			n = 0;
		}
	}
	return true;
}

/* The next piece that is not empty, at most WASI_MOVE_STEP bytes; size 0 at the end. */
static bool next_piece(struct move *move, uint32_t *addr, uint32_t *size)
{
	while (move->index < move->count) {
		if (!get_iovec(move, move->index, addr, size)) {
			return false;
		}
		if (*size > move->within) {
			*addr += move->within;
			*size -= move->within;
			if (*size > WASI_MOVE_STEP) {
				*size = WASI_MOVE_STEP;
			}
			return true;
		}
		move->index++;
		move->within = 0;
	}
	*size = 0;
	return true;
}

/* ---- one step ---- */

/* -AGAIN unless the descriptor can be read or written without waiting. */
static int ask_ready(struct move *move)
{
	const struct ocre_park_fd one = {move->fd->fd,
					 move->writing ? OCRE_PARK_WRITE : OCRE_PARK_READ};
	struct ocre_port_ready ready;
	int rc = move->port->ops->ready(move->port->ctx, &one, 1, &ready);

	if (rc != 0) {
		return rc;
	}
	if (ready.error != 0) {
		return -ready.error;
	}
	return (ready.events & one.events) != 0 ? 0 : -OCRE_ERRNO_AGAIN;
}

static int64_t read_step(struct move *move, void *data, uint32_t size)
{
	const struct ocre_port_ops *ops = move->port->ops;
	void *ctx = move->port->ctx;
	int rc;

	if (ocre__wasi_is_socket(move->fd)) {
		return ops->recv(ctx, move->fd->fd, data, size, move->peek ? OCRE_RECV_PEEK : 0,
				 &move->truncated);
	}
	if (move->at_offset) {
		return ops->pread(ctx, move->fd->fd, data, size, move->offset + move->done);
	}
	if (!ocre__wasi_is_file(move->fd)) {
		rc = ask_ready(move);
		if (rc != 0) {
			return rc;
		}
	}
	return ops->read(ctx, move->fd->fd, data, size);
}

static int64_t write_to_port(struct move *move, const void *data, uint32_t size)
{
	const struct ocre_port_ops *ops = move->port->ops;
	void *ctx = move->port->ctx;
	int rc;

	if (ocre__wasi_is_socket(move->fd)) {
		return ops->send(ctx, move->fd->fd, data, size);
	}
	if (move->at_offset) {
		return ops->pwrite(ctx, move->fd->fd, data, size, move->offset + move->done);
	}
	if (!ocre__wasi_is_file(move->fd)) {
		rc = ask_ready(move);
		if (rc != 0) {
			return rc;
		}
	}
	return ops->write(ctx, move->fd->fd, data, size);
}

static int64_t write_step(struct move *move, const void *data, uint32_t size)
{
	const struct ocre_wasi *wasi = ocre__wasi_of(move->call);
	uint32_t output = move->fd->bits & (FD_STDOUT | FD_STDERR);
	int64_t n = size;

	if ((move->fd->bits & FD_LOG) == 0) {
		n = write_to_port(move, data, size);
	}
	if (output != 0 && n > 0) {
		wasi->output(wasi->output_ctx,
			     output == FD_STDOUT ? OCRE_STREAM_STDOUT : OCRE_STREAM_STDERR, data,
			     (size_t)n);
	}
	return n;
}

/* Write small pieces as one. */
static int64_t gather(struct move *move, uint32_t *size)
{
	uint8_t buffer[GATHER];
	uint32_t used = 0;
	uint32_t index = move->index;
	uint32_t within = move->within;
	uint32_t addr;
	uint32_t n;

	while (used < GATHER) {
		const void *at;

		if (!next_piece(move, &addr, &n)) {
			return -OCRE_ERRNO_FAULT;
		}
		if (n == 0) {
			break;
		}
		if (n > GATHER - used) {
			n = GATHER - used;
		}
		at = ocre_call_memory(move->call, addr, n);
		if (at == NULL) {
			return -OCRE_ERRNO_FAULT;
		}
		memcpy(buffer + used, at, n);
		used += n;
		move->within += n;
	}
	move->index = index;
	move->within = within;
	*size = used;
	return write_step(move, buffer, used);
}

/* Bytes moved, of *size that were tried; *size 0 at the end of the list. */
static int64_t step(struct move *move, uint32_t *size)
{
	uint32_t addr;
	void *at;

	if (!next_piece(move, &addr, size)) {
		return -OCRE_ERRNO_FAULT;
	}
	if (*size == 0) {
		return 0;
	}
	if (move->writing && *size < GATHER && move->index + 1 < move->count) {
		return gather(move, size);
	}
	at = ocre_call_memory(move->call, addr, *size);
	if (at == NULL) {
		return -OCRE_ERRNO_FAULT;
	}
	return move->writing ? write_step(move, at, *size) : read_step(move, at, *size);
}

/* ---- the loop ---- */

static int finish(struct move *move, unsigned int error)
{
	if (move->done > 0) {
		/* What was moved counts; the error comes with the next call. */
		error = WASI_OK;
	}
	if (error == WASI_OK) {
		error = ocre__wasi_put_u32(move->call, move->result, (uint32_t)move->done);
	}
	move->call->charge = move->done / 64;
	return ocre__wasi_return(move->call, error);
}

static int wait_ready(struct move *move)
{
	if ((move->fd->flags & FDFLAG_NONBLOCK) != 0 || (move->done > 0 && !move->all)) {
		return finish(move, WASI_EAGAIN);
	}
	if (!ocre__wasi_park_timed(move->call, move->fd,
				   move->writing ? OCRE_PARK_WRITE : OCRE_PARK_READ)) {
		return finish(move, WASI_EAGAIN);
	}
	move->call->record->word[0] = move->done;
	return OCRE_HOST_PARK;
}

/* ---- messages: they go and come in one piece, whatever the list of buffers ---- */

/* From all buffers into `message`, or back. */
static bool copy_list(struct move *move, uint8_t *message, size_t size)
{
	size_t used = 0;

	while (used < size) {
		void *at = NULL;
		uint32_t addr;
		uint32_t n = 0;

		if (next_piece(move, &addr, &n) && n > 0) {
			n = n < size - used ? n : (uint32_t)(size - used);
			at = ocre_call_memory(move->call, addr, n);
		}
		if (at == NULL) {
			return false;
		}
		if (move->writing) {
			memcpy(message + used, at, n);
		} else {
			memcpy(at, message + used, n);
		}
		used += n;
		move->within += n;
	}
	return true;
}

static int64_t message_step(struct move *move, uint8_t *message, size_t size)
{
	const struct ocre_port *port = move->port;
	int32_t fd = move->fd->fd;
	uint32_t flags = move->peek ? OCRE_RECV_PEEK : 0;

	if (move->to != NULL) {
		return port->sockets->send_to(port->ctx, fd, message, size, move->to);
	}
	if (move->writing) {
		return port->ops->send(port->ctx, fd, message, size);
	}
	if (move->from != NULL && port->sockets != NULL) {
		return port->sockets->recv_from(port->ctx, fd, message, size, flags,
						&move->truncated, move->from);
	}
	return port->ops->recv(port->ctx, fd, message, size, flags, &move->truncated);
}

/* Where the whole list is one piece of guest memory, that; NULL when it is not. */
static uint8_t *only_piece(struct move *move)
{
	uint32_t addr;
	uint32_t size;

	if (!next_piece(move, &addr, &size) || size == 0 || size != move->total) {
		return NULL;
	}
	return (uint8_t *)ocre_call_memory(move->call, addr, size);
}

static int64_t move_message(struct move *move)
{
	struct ocre_mem *mem = ocre__wasi_of(move->call)->mem;
	size_t size = (size_t)move->total;
	uint8_t *message = only_piece(move);
	int64_t n = -OCRE_ERRNO_FAULT;

	if (message != NULL || size == 0) {
		return message_step(move, message, size);
	}
	if (size > WASI_MOVE_STEP) {
		if (move->writing) {
			return -OCRE_ERRNO_MSGSIZE;
		}
		size = WASI_MOVE_STEP; /* no message is longer */
	}
	message = (uint8_t *)ocre_mem_alloc(mem, size);
	if (message == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	if (!move->writing || copy_list(move, message, size)) {
		n = message_step(move, message, size);
	}
	if (n > 0 && !move->writing && !copy_list(move, message, (size_t)n)) {
		n = -OCRE_ERRNO_FAULT;
	}
	ocre_mem_free(mem, message, size);
	return n;
}

static int run_message(struct move *move)
{
	int64_t n = move_message(move);

	if (n == -OCRE_ERRNO_AGAIN) {
		return wait_ready(move);
	}
	if (n > 0) {
		move->done = (uint64_t)n;
	}
	return finish(move, ocre__wasi_errno(n));
}

static int run(struct move *move)
{
	uint64_t start = move->call->record->word[0];

	move->done = start;
	if (move->done > 0 && !advance(move, move->done)) {
		return finish(move, WASI_EFAULT);
	}
	for (;;) {
		uint32_t size;
		int64_t n = step(move, &size);

		if (n == -OCRE_ERRNO_AGAIN) {
			return wait_ready(move);
		}
		if (n < 0) {
			return finish(move, ocre__wasi_errno(n));
		}
		move->done += (uint64_t)n;
		/* The end of the list or of the file, or all that is there now. */
		if (size == 0 || n == 0 || move->peek || ((uint64_t)n < size && !move->all)) {
			return finish(move, WASI_OK);
		}
		if (!advance(move, (uint64_t)n)) {
			return finish(move, WASI_EFAULT);
		}
		if (move->done - start >= WASI_MOVE_MAX && move->done < move->total) {
			move->call->record->word[0] = move->done;
			return ocre__wasi_park_now(move->call);
		}
	}
}

static unsigned int begin(struct ocre_call *call, struct move *move, uint64_t rights)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	unsigned int error = ocre__wasi_fd_get(wasi, ocre_arg_u32(call, 0), rights, &move->fd);

	move->call = call;
	move->port = wasi->port;
	move->list = ocre_arg_u32(call, 1);
	move->count = ocre_arg_u32(call, 2);
	if (error == WASI_OK && move->writing && (move->fd->bits & FD_READ_ONLY) != 0) {
		error = WASI_EROFS;
	}
	return error == WASI_OK ? check_list(move) : error;
}

static int move_fd(struct ocre_call *call, struct move *move, uint64_t rights)
{
	unsigned int error = begin(call, move, rights);

	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (move->fd->type == OCRE_TYPE_DATAGRAM) {
		return run_message(move);
	}
	/* A write is not over before everything is written. */
	move->all = move->writing || move->all;
	return run(move);
}

/* ---- the functions ---- */

int ocre__wasi_fd_read(struct ocre_call *call)
{
	struct move move = {.result = ocre_arg_u32(call, 3)};

	return move_fd(call, &move, RIGHT_FD_READ);
}

int ocre__wasi_fd_write(struct ocre_call *call)
{
	struct move move = {.result = ocre_arg_u32(call, 3), .writing = true};

	return move_fd(call, &move, RIGHT_FD_WRITE);
}

int ocre__wasi_fd_pread(struct ocre_call *call)
{
	struct move move = {
		.result = ocre_arg_u32(call, 4),
		.offset = ocre_arg_u64(call, 3),
		.at_offset = true,
	};

	if (move.offset > INT64_MAX - (uint64_t)UINT32_MAX) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	return move_fd(call, &move, RIGHT_FD_READ | RIGHT_FD_SEEK);
}

int ocre__wasi_fd_pwrite(struct ocre_call *call)
{
	struct move move = {
		.result = ocre_arg_u32(call, 4),
		.offset = ocre_arg_u64(call, 3),
		.at_offset = true,
		.writing = true,
	};

	if (move.offset > INT64_MAX - (uint64_t)UINT32_MAX) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	return move_fd(call, &move, RIGHT_FD_WRITE | RIGHT_FD_SEEK);
}

/* BADF or NOTSOCK, which come before any right. */
static unsigned int need_socket(struct ocre_call *call)
{
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_fd_get(ocre__wasi_of(call), ocre_arg_u32(call, 0), 0, &fd);

	if (error == WASI_OK && !ocre__wasi_is_socket(fd)) {
		error = WASI_ENOTSOCK;
	}
	return error;
}

#define RECV_PEEK     1u
#define RECV_WAIT_ALL 2u

/* Receive, when descriptor, flags and the place of a further result are right. */
static int recv_with(struct ocre_call *call, struct move *move, uint32_t flags, uint32_t more,
		     uint32_t more_size)
{
	unsigned int error = need_socket(call);

	if (error == WASI_OK && (flags & ~(RECV_PEEK | RECV_WAIT_ALL)) != 0) {
		error = WASI_EINVAL;
	}
	if (error == WASI_OK && more_size > 0 && !ocre__wasi_in_memory(call, more, more_size)) {
		error = WASI_EFAULT;
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	move->peek = (flags & RECV_PEEK) != 0;
	move->all = (flags & RECV_WAIT_ALL) != 0 && !move->peek;
	return move_fd(call, move, RIGHT_FD_READ);
}

int ocre__wasi_sock_recv(struct ocre_call *call)
{
	const uint16_t data_truncated = 1;
	uint32_t out_flags = ocre_arg_u32(call, 5);
	struct move move = {.result = ocre_arg_u32(call, 4)};
	int rc = recv_with(call, &move, ocre_arg_u32(call, 3), out_flags, 2);
	uint8_t *at;

	if (rc != OCRE_HOST_DONE || call->ret[0] != WASI_OK) {
		return rc;
	}
	at = (uint8_t *)ocre_call_memory(call, out_flags, 2);
	if (at == NULL) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	ocre_put_u16(at, move.truncated ? data_truncated : 0);
	return rc;
}

/* The address of a stream's other side is asked for with sock_addr_remote; here it is all zero. */
int ocre__wasi_sock_recv_from(struct ocre_call *call)
{
	uint32_t address = ocre_arg_u32(call, 4); /* 0: not wanted */
	struct ocre_port_address from = {.family = OCRE_FAMILY_IPV4};
	struct move move = {.result = ocre_arg_u32(call, 5), .from = &from};
	int rc = recv_with(call, &move, ocre_arg_u32(call, 3), address,
			   address != 0 ? ADDRESS_SIZE : 0);

	if (rc != OCRE_HOST_DONE || call->ret[0] != WASI_OK || address == 0) {
		return rc;
	}
	return ocre__wasi_return(call, ocre__wasi_put_address(call, address, &from));
}

/* Send, when descriptor and flags are right: no flags are defined. */
static int send_with(struct ocre_call *call, struct move *move)
{
	unsigned int error = need_socket(call);

	if (error == WASI_OK && ocre_arg_u32(call, 3) != 0) {
		error = WASI_EINVAL;
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	return move_fd(call, move, RIGHT_FD_WRITE);
}

int ocre__wasi_sock_send(struct ocre_call *call)
{
	struct move move = {.result = ocre_arg_u32(call, 4), .writing = true};

	return send_with(call, &move);
}

/* A stream goes where it is connected to, whatever the address is. */
int ocre__wasi_sock_send_to(struct ocre_call *call)
{
	struct ocre_wasi *wasi = ocre__wasi_of(call);
	struct ocre_port_address to;
	struct move move = {.result = ocre_arg_u32(call, 5), .writing = true};
	struct ocre__wasi_fd *fd;
	unsigned int error = ocre__wasi_socket_get(call, RIGHT_FD_WRITE, &fd);

	if (error == WASI_OK && fd->type == OCRE_TYPE_DATAGRAM) {
		error = ocre__wasi_get_address(call, ocre_arg_u32(call, 4), ADDRESS_SIZE, &to);
		if (error == WASI_OK && wasi->port->sockets == NULL) {
			error = WASI_ENOTSUP;
		}
		if (error == WASI_OK) {
			error = ocre__wasi_ask(wasi, OCRE_ACTION_CONNECT, fd, &to);
		}
		move.to = &to;
	}
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	return send_with(call, &move);
}
