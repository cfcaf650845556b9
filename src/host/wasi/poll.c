/* SPDX-License-Identifier: Apache-2.0 */
/*
 * poll.c - poll_oneoff: wait for a time or for descriptors. Every program's sleep comes here.
 *
 * The record's word 0 is the moment at which the call began, from which relative times count. Each
 * time the call is continued it looks at all subscriptions again, in their order; so the events
 * depend only on what is ready, not on what woke it.
 */
#include <string.h>

#include "internal.h"

#define MAX_SUBSCRIPTIONS 4096u
#define EVENT_SIZE	  32u

#define TAG_CLOCK 0
#define TAG_READ  1
#define TAG_WRITE 2

#define CLOCK_ABSOLUTE	1u
#define EVENT_HANGUP	1u
#define MANY_FDS_PERIOD 10000000u /* ns */

struct subscription {
	uint64_t userdata;
	uint64_t timeout;
	uint32_t number; /* of a clock or a descriptor */
	uint16_t flags;
	uint8_t tag;
};

struct event {
	uint64_t available;
	unsigned int error;
	uint16_t flags;
};

struct poll {
	struct ocre_call *call;
	const struct ocre_port *port;
	uint32_t in;
	uint32_t out;
	uint32_t count;
	bool snapshot0;
	uint64_t start;
	uint64_t now;
	uint32_t events;
	bool many; /* more descriptors than a park can name */
};

/*
 * Both layouts begin with userdata u64 and tag u8 at 8. Then, at 16, preview 1 has the clock's
 * id u32, timeout u64 at 24, precision u64, flags u16 at 40: 48 bytes. Snapshot 0 has an identifier
 * u64 first, which moves all of these by 8. A descriptor is at 16 in both.
 */
static bool get_subscription(struct poll *poll, uint32_t n, struct subscription *out)
{
	uint32_t size = poll->snapshot0 ? 56 : 48;
	uint32_t shift = poll->snapshot0 ? 8 : 0;
	const uint8_t *at =
		(const uint8_t *)ocre_call_memory(poll->call, poll->in + n * size, size);

	if (at == NULL) {
		return false;
	}
	memset(out, 0, sizeof(*out));
	out->userdata = ocre_get_u64(at);
	out->tag = at[8];
	if (out->tag == TAG_CLOCK) {
		out->number = ocre_get_u32(at + 16 + shift);
		out->timeout = ocre_get_u64(at + 24 + shift);
		out->flags = ocre_get_u16(at + 40 + shift);
	} else {
		out->number = ocre_get_u32(at + 16);
	}
	return true;
}

static bool put_event(struct poll *poll, const struct subscription *sub, const struct event *event)
{
	uint8_t *at = (uint8_t *)ocre_call_memory(poll->call, poll->out + poll->events * EVENT_SIZE,
						  EVENT_SIZE);

	if (at == NULL) {
		return false;
	}
	memset(at, 0, EVENT_SIZE);
	ocre_put_u64(at, sub->userdata);
	ocre_put_u16(at + 8, (uint16_t)event->error);
	at[10] = sub->tag;
	ocre_put_u64(at + 16, event->available);
	ocre_put_u16(at + 24, event->flags);
	poll->events++;
	return true;
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return b > UINT64_MAX - a ? UINT64_MAX : a + b;
}

/* True with the event when it is time; else the park's deadline is brought forward. */
static bool clock_event(struct poll *poll, const struct subscription *sub, struct event *event)
{
	uint64_t when = UINT64_MAX;
	uint64_t wall;
	int rc;

	if (sub->number > OCRE_CLOCK_MONOTONIC || (sub->flags & ~CLOCK_ABSOLUTE) != 0) {
		/* The clocks of CPU time stand still while one waits for them. */
		event->error = sub->number <= OCRE_CLOCK_THREAD ? WASI_ENOTSUP : WASI_EINVAL;
		return true;
	}
	if ((sub->flags & CLOCK_ABSOLUTE) == 0) {
		when = add(poll->start, sub->timeout);
	} else if (sub->number == OCRE_CLOCK_MONOTONIC) {
		when = sub->timeout;
	} else {
		rc = poll->port->ops->clock_now(poll->port->ctx, OCRE_CLOCK_REALTIME, &wall);
		if (rc != 0) {
			event->error = ocre__wasi_errno(rc);
			return true;
		}
		when = sub->timeout <= wall ? 0 : add(poll->now, sub->timeout - wall);
	}
	if (when <= poll->now) {
		return true;
	}
	if (when < poll->call->park->deadline_ns) {
		poll->call->park->deadline_ns = when;
	}
	return false;
}

/* Bytes from the position to the end of a file. */
static uint64_t rest_of_file(const struct ocre_port *port, const struct ocre__wasi_fd *fd)
{
	struct ocre_port_stat st;
	int64_t at = port->ops->seek(port->ctx, fd->fd, 0, OCRE_SEEK_CUR);

	if (at < 0 || port->ops->stat(port->ctx, fd->fd, &st) != 0 || st.size <= (uint64_t)at) {
		return 0;
	}
	return st.size - (uint64_t)at;
}

static bool fd_event(struct poll *poll, const struct subscription *sub, struct event *event)
{
	struct ocre_park *park = poll->call->park;
	struct ocre_park_fd wanted = {.events = sub->tag == TAG_READ ? OCRE_PARK_READ
								     : OCRE_PARK_WRITE};
	struct ocre_port_ready ready;
	struct ocre__wasi_fd *fd;
	int rc;

	event->error = ocre__wasi_fd_get(ocre__wasi_of(poll->call), sub->number,
					 RIGHT_POLL_FD_READWRITE, &fd);
	if (event->error != WASI_OK) {
		return true;
	}
	if (ocre__wasi_is_file(fd)) {
		if (fd->type == OCRE_TYPE_REGULAR && sub->tag == TAG_READ) {
			event->available = rest_of_file(poll->port, fd);
		}
		return true;
	}
	if ((fd->bits & FD_LOG) != 0) {
		/* Can always be written, and never read. */
		event->error = sub->tag == TAG_READ ? WASI_ENOTCAPABLE : WASI_OK;
		return true;
	}
	wanted.fd = fd->fd;
	rc = poll->port->ops->ready(poll->port->ctx, &wanted, 1, &ready);
	if (rc != 0 || ready.error != 0) {
		event->error = ocre__wasi_errno(rc != 0 ? rc : -ready.error);
		return true;
	}
	if ((ready.events & wanted.events) != 0) {
		event->available = sub->tag == TAG_READ ? ready.available : 0;
		event->flags = ready.hangup ? EVENT_HANGUP : 0;
		return true;
	}
	if (park->fd_count < OCRE_PARK_FDS) {
		park->fds[park->fd_count++] = wanted;
	} else {
		poll->many = true;
	}
	return false;
}

/* Look at every subscription once. */
static unsigned int look(struct poll *poll)
{
	uint32_t i;

	for (i = 0; i < poll->count; i++) {
		struct event event = {0};
		struct subscription sub;
		bool happened;

		if (!get_subscription(poll, i, &sub)) {
			return WASI_EFAULT;
		}
		switch (sub.tag) {
		case TAG_CLOCK:
			happened = clock_event(poll, &sub, &event);
			break;
		case TAG_READ:
		case TAG_WRITE:
			happened = fd_event(poll, &sub, &event);
			break;
		default:
			return WASI_EINVAL;
		}
		if (happened && !put_event(poll, &sub, &event)) {
			return WASI_EFAULT;
		}
	}
	return WASI_OK;
}

static int poll_with(struct ocre_call *call, bool snapshot0)
{
	struct ocre_park *park = call->park;
	struct poll poll = {
		.call = call,
		.port = ocre__wasi_of(call)->port,
		.in = ocre_arg_u32(call, 0),
		.out = ocre_arg_u32(call, 1),
		.count = ocre_arg_u32(call, 2),
		.snapshot0 = snapshot0,
	};
	uint32_t result = ocre_arg_u32(call, 3);
	unsigned int error;

	if (poll.count == 0 || poll.count > MAX_SUBSCRIPTIONS) {
		return ocre__wasi_return(call, WASI_EINVAL);
	}
	if (!ocre__wasi_in_memory(call, poll.in, (uint64_t)poll.count * (snapshot0 ? 56 : 48)) ||
	    !ocre__wasi_in_memory(call, poll.out, (uint64_t)poll.count * EVENT_SIZE) ||
	    !ocre__wasi_in_memory(call, result, 4)) {
		return ocre__wasi_return(call, WASI_EFAULT);
	}
	error = ocre__wasi_errno(
		poll.port->ops->clock_now(poll.port->ctx, OCRE_CLOCK_MONOTONIC, &poll.now));
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (!call->resumed) {
		call->record->word[0] = poll.now;
	}
	poll.start = call->record->word[0];
	park->deadline_ns = UINT64_MAX;
	park->fd_count = 0;
	error = look(&poll);
	if (error != WASI_OK) {
		return ocre__wasi_return(call, error);
	}
	if (poll.events == 0) {
		/* Descriptors that the park cannot name are looked at from time to time. */
		if (poll.many && park->deadline_ns > add(poll.now, MANY_FDS_PERIOD)) {
			park->deadline_ns = add(poll.now, MANY_FDS_PERIOD);
		}
		return OCRE_HOST_PARK;
	}
	call->charge = (uint64_t)poll.count * 48 / 64;
	return ocre__wasi_return(call, ocre__wasi_put_u32(call, result, poll.events));
}

int ocre__wasi_poll_oneoff(struct ocre_call *call)
{
	return poll_with(call, false);
}

int ocre__wasi_poll_oneoff_0(struct ocre_call *call)
{
	return poll_with(call, true);
}
