/* SPDX-License-Identifier: Apache-2.0 */
/*
 * errno.c - from the port's error numbers to those of WASI, and helpers that every function uses.
 */
#include "internal.h"

/* By the port's number; 0 where it has none. */
static const uint8_t numbers[] = {
#define MAP(name, number) [number] = WASI_E##name,
	OCRE_ERRNO_LIST(MAP)
#undef MAP
};

unsigned int ocre__wasi_errno(int64_t rc)
{
	if (rc >= 0) {
		return WASI_OK;
	}
	if (rc == -OCRE_ERRNO_NOTCAPABLE) {
		return WASI_ENOTCAPABLE;
	}
	if (rc <= -(int64_t)sizeof(numbers) || numbers[-rc] == 0) {
		return WASI_EIO;
	}
	return numbers[-rc];
}

bool ocre__wasi_in_memory(struct ocre_call *call, uint32_t addr, uint64_t size)
{
	uint64_t last = (uint64_t)addr + size - 1;

	if (size == 0) {
		return ocre_call_memory(call, addr, 0) != NULL;
	}
	/* Guest memory begins at 0 and has no holes: the last byte answers for all. */
	return last <= UINT32_MAX && ocre_call_memory(call, (uint32_t)last, 1) != NULL;
}

unsigned int ocre__wasi_put_u32(struct ocre_call *call, uint32_t addr, uint32_t value)
{
	void *at = ocre_call_memory(call, addr, 4);

	if (at == NULL) {
		return WASI_EFAULT;
	}
	ocre_put_u32(at, value);
	return WASI_OK;
}

unsigned int ocre__wasi_put_u64(struct ocre_call *call, uint32_t addr, uint64_t value)
{
	void *at = ocre_call_memory(call, addr, 8);

	if (at == NULL) {
		return WASI_EFAULT;
	}
	ocre_put_u64(at, value);
	return WASI_OK;
}

int ocre__wasi_park_fd(struct ocre_call *call, int32_t fd, uint8_t events)
{
	call->park->deadline_ns = UINT64_MAX;
	call->park->fd_count = 1;
	call->park->fds[0].fd = fd;
	call->park->fds[0].events = events;
	return OCRE_HOST_PARK;
}

bool ocre__wasi_park_timed(struct ocre_call *call, const struct ocre__wasi_fd *fd, uint8_t events)
{
	const struct ocre_port *port = ocre__wasi_of(call)->port;
	uint64_t *deadline = &call->record->word[WASI_RECORD_DEADLINE];
	uint64_t timeout = events == OCRE_PARK_READ ? fd->recv_timeout_us : fd->send_timeout_us;
	uint64_t now;

	ocre__wasi_park_fd(call, fd->fd, events);
	if (timeout == 0 || port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &now) != 0) {
		return true;
	}
	if (*deadline == 0) {
		*deadline = timeout < (UINT64_MAX - now) / 1000 ? now + timeout * 1000 : UINT64_MAX;
	}
	call->park->deadline_ns = *deadline;
	return now < *deadline;
}

int ocre__wasi_park_now(struct ocre_call *call)
{
	call->park->deadline_ns = 0;
	call->park->fd_count = 0;
	return OCRE_HOST_PARK;
}
