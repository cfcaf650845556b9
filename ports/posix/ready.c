/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.c - waiting for descriptors with a wake-up, and sockets.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#define _TIME_BITS	  64
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

/* ---- the wake-up: a pipe, since a write to it is allowed in a signal handler ---- */

int ocre__posix_wake_init(struct ocre_port_posix *posix)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		return ocre__posix_error();
	}
	posix->wake_read = fds[0];
	posix->wake_write = fds[1];
	return 0;
}

void ocre__posix_wake(void *ctx)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	int saved = errno;
	/* A full pipe is as good as a written one. */
	ssize_t n = write(posix->wake_write, "w", 1);

	(void)n;
	errno = saved;
}

static void drain(const struct ocre_port_posix *posix)
{
	char bytes[64];

	while (read(posix->wake_read, bytes, sizeof(bytes)) > 0) {
	}
}

/* ---- readiness ---- */

static short poll_events(uint8_t events)
{
	int wanted = 0;

	if ((events & OCRE_PARK_READ) != 0) {
		wanted |= POLLIN;
	}
	if ((events & OCRE_PARK_WRITE) != 0) {
		wanted |= POLLOUT;
	}
	return (short)wanted;
}

/* What a poll said, in our words. A hangup or an error makes every wanted event ready. */
static void describe(const struct pollfd *p, uint8_t wanted, struct ocre_port_ready *out)
{
	unsigned int events = 0;

	memset(out, 0, sizeof(*out));
	if ((p->revents & POLLNVAL) != 0) {
		out->events = wanted;
		out->error = OCRE_ERRNO_BADF;
		return;
	}
	if ((p->revents & POLLIN) != 0) {
		events |= OCRE_PARK_READ;
	}
	if ((p->revents & POLLOUT) != 0) {
		events |= OCRE_PARK_WRITE;
	}
	if ((p->revents & (POLLHUP | POLLERR)) != 0) {
		events = wanted;
		out->hangup = true;
	}
	out->events = (uint8_t)(events & wanted);
	if ((out->events & OCRE_PARK_READ) != 0) {
		int n = 0;

		if (ioctl(p->fd, FIONREAD, &n) == 0 && n > 0) {
			out->available = (uint64_t)n;
		}
	}
}

int ocre__posix_ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		      struct ocre_port_ready *out)
{
	struct pollfd polls[OCRE_PARK_FDS];
	uint32_t i;
	int rc;

	(void)ctx;
	if (count > OCRE_PARK_FDS) {
		return -OCRE_ERRNO_INVAL;
	}
	memset(polls, 0, sizeof(polls));
	for (i = 0; i < count; i++) {
		polls[i].fd = fds[i].fd;
		polls[i].events = poll_events(fds[i].events);
	}
	do {
		rc = poll(polls, count, 0);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0) {
		return ocre__posix_error();
	}
	for (i = 0; i < count; i++) {
		describe(&polls[i], fds[i].events, &out[i]);
	}
	return 0;
}

/* The time left until `deadline_ns`; false when there is no deadline. */
static bool time_left(uint64_t deadline_ns, struct timespec *left)
{
	struct timespec now;
	uint64_t now_ns;
	uint64_t left_ns;

	if (deadline_ns == UINT64_MAX) {
		return false;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
	left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
	/* A 32-bit time_t cannot hold the longest waits; the caller waits again after this one. */
	if (left_ns / 1000000000u > INT32_MAX) {
		left_ns = (uint64_t)INT32_MAX * 1000000000u;
	}
	left->tv_sec = (time_t)(left_ns / 1000000000u);
	left->tv_nsec = (long)(left_ns % 1000000000u);
	return true;
}

int ocre__posix_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready)
{
	const struct ocre_port_posix *posix = (const struct ocre_port_posix *)ctx;
	struct pollfd polls[OCRE_PORT_WAIT_FDS + 1];
	struct timespec left;
	uint32_t i;
	int rc;

	if (count > OCRE_PORT_WAIT_FDS) {
		return -OCRE_ERRNO_INVAL;
	}
	for (i = 0; i < count; i++) {
		polls[i].fd = fds[i].fd;
		polls[i].events = poll_events(fds[i].events);
		polls[i].revents = 0;
	}
	polls[count].fd = posix->wake_read;
	polls[count].events = POLLIN;
	polls[count].revents = 0;
	rc = ppoll(polls, count + 1, time_left(deadline_ns, &left) ? &left : NULL, NULL);
	if (rc < 0) {
		return errno == EINTR ? 0 : ocre__posix_error();
	}
	if (polls[count].revents != 0) {
		drain(posix);
		rc--;
	}
	for (i = 0; ready != NULL && rc > 0 && i < count; i++) {
		ready[i] = polls[i].revents != 0;
	}
	return rc > 0 ? 1 : 0;
}

/* ---- sockets ---- */

int ocre__posix_accept(void *ctx, int32_t fd, int32_t *out)
{
	const struct ocre_park_fd one = {fd, OCRE_PARK_READ};
	struct ocre_port_ready ready;
	int listening = 0;
	socklen_t size = sizeof(listening);
	int rc;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) {
		return ocre__posix_error();
	}
	if (listening == 0) {
		return -OCRE_ERRNO_INVAL;
	}
	/* The listening socket may be shared, so that it cannot be made non-blocking here. */
	rc = ocre__posix_ready(ctx, &one, 1, &ready);
	if (rc != 0) {
		return rc;
	}
	if ((ready.events & OCRE_PARK_READ) == 0) {
		return -OCRE_ERRNO_AGAIN;
	}
	rc = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (rc < 0) {
		return errno == EINTR ? -OCRE_ERRNO_AGAIN : ocre__posix_error();
	}
	*out = rc;
	return 0;
}

int64_t ocre__posix_recv(void *ctx, int32_t fd, void *data, size_t size, uint32_t flags,
			 bool *truncated)
{
	struct iovec iov = {data, size};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	(void)ctx;
	do {
		n = recvmsg(fd, &message,
			    MSG_DONTWAIT | MSG_CMSG_CLOEXEC |
				    ((flags & OCRE_RECV_PEEK) != 0 ? MSG_PEEK : 0));
	} while (n < 0 && errno == EINTR);
	if (n < 0) {
		return ocre__posix_error();
	}
	*truncated = (message.msg_flags & MSG_TRUNC) != 0;
	return n;
}

int64_t ocre__posix_send(void *ctx, int32_t fd, const void *data, size_t size)
{
	ssize_t n;

	(void)ctx;
	do {
		n = send(fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? ocre__posix_error() : n;
}

int ocre__posix_shutdown(void *ctx, int32_t fd, uint32_t how)
{
	int which;

	(void)ctx;
	switch (how) {
	case OCRE_SHUTDOWN_READ:
		which = SHUT_RD;
		break;
	case OCRE_SHUTDOWN_WRITE:
		which = SHUT_WR;
		break;
	case OCRE_SHUTDOWN_READ | OCRE_SHUTDOWN_WRITE:
		which = SHUT_RDWR;
		break;
	default:
		return -OCRE_ERRNO_INVAL;
	}
	return shutdown(fd, which) != 0 ? ocre__posix_error() : 0;
}
