/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port.c - port.h on a processor without an operating system: clocks, sleeping, and the console as
 * descriptors 0, 1 and 2. Everything else says that it is not supported, and may be replaced in
 * `ops` by what a program has.
 */
#include <string.h>

#include <ocre/port_bare.h>
#include <ocre/port_none.h>

static struct ocre_port_bare *bare_of(void *ctx)
{
	return (struct ocre_port_bare *)ctx;
}

static int bare_clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	struct ocre_port_bare *bare = bare_of(ctx);

	/* One thread is the process, and there is no other. */
	*ns = bare->machine->now();
	if (clock == OCRE_CLOCK_REALTIME) {
		*ns += bare->realtime_ns;
	}
	return 0;
}

static int bare_clock_resolution(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)clock;
	*ns = bare_of(ctx)->machine->resolution_ns;
	return 0;
}

static int bare_random(void *ctx, void *data, size_t size)
{
	const struct ocre_machine *machine = bare_of(ctx)->machine;

	if (machine->random == NULL) {
		return -OCRE_ERRNO_NOSYS;
	}
	return machine->random(data, size) ? 0 : -OCRE_ERRNO_IO;
}

/* ---- the console ---- */

static bool is_console(int32_t fd)
{
	return fd >= 0 && fd <= 2;
}

static int bare_close(void *ctx, int32_t fd)
{
	(void)ctx;
	return is_console(fd) ? 0 : -OCRE_ERRNO_BADF;
}

static int64_t bare_read(void *ctx, int32_t fd, void *data, size_t size)
{
	const struct ocre_machine *machine = bare_of(ctx)->machine;

	if (fd != 0) {
		return -OCRE_ERRNO_BADF;
	}
	return (int64_t)machine->read(data, size);
}

/*
 * A write waits for the wire, and everybody with it: so it is short, and the next one may be made
 * when as much time has passed as this one took. A guest that prints without end has half of the
 * time at most.
 */
static int64_t bare_write(void *ctx, int32_t fd, const void *data, size_t size)
{
	struct ocre_port_bare *bare = bare_of(ctx);

	if (!is_console(fd)) {
		return -OCRE_ERRNO_BADF;
	}
	size = size < OCRE_PORT_BARE_WRITE ? size : OCRE_PORT_BARE_WRITE;
	bare->write_ns = bare->machine->now();
	bare->machine->write(data, size);
	bare->write_ns = 2 * bare->machine->now() - bare->write_ns;
	return (int64_t)size;
}

static int bare_stat(void *ctx, int32_t fd, struct ocre_port_stat *out)
{
	(void)ctx;
	if (!is_console(fd)) {
		return -OCRE_ERRNO_BADF;
	}
	memset(out, 0, sizeof(*out));
	out->type = OCRE_TYPE_CHAR;
	return 0;
}

/* ---- readiness ---- */

static int bare_ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		      struct ocre_port_ready *out)
{
	const struct ocre_port_bare *bare = bare_of(ctx);
	const struct ocre_machine *machine = bare->machine;
	uint32_t i;

	for (i = 0; i < count; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		if (!is_console(fds[i].fd)) {
			out[i].error = OCRE_ERRNO_BADF;
			continue;
		}
		if (machine->now() >= bare->write_ns) {
			out[i].events = fds[i].events & OCRE_PARK_WRITE;
		}
		if (fds[i].fd == 0 && (fds[i].events & OCRE_PARK_READ) != 0 &&
		    machine->readable()) {
			out[i].events |= OCRE_PARK_READ;
			out[i].available = 1;
		}
	}
	return 0;
}

static bool any_ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count, uint8_t *ready)
{
	struct ocre_port_ready now;
	bool any = false;
	uint32_t i;

	for (i = 0; i < count; i++) {
		bool is;

		bare_ready(ctx, &fds[i], 1, &now);
		is = now.events != 0 || now.error != 0;
		any = any || is;
		if (ready != NULL) {
			ready[i] = is;
		}
	}
	return any;
}

static bool waits_to_write(const struct ocre_park_fd *fds, uint32_t count)
{
	while (count > 0) {
		count--;
		if ((fds[count].events & OCRE_PARK_WRITE) != 0) {
			return true;
		}
	}
	return false;
}

static int bare_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready)
{
	struct ocre_port_bare *bare = bare_of(ctx);
	bool any = any_ready(ctx, fds, count, ready);

	while (!any && bare->woken == 0 && bare->machine->now() < deadline_ns) {
		bool writes = bare->machine->now() < bare->write_ns && waits_to_write(fds, count);

		bare->machine->sleep(writes && bare->write_ns < deadline_ns ? bare->write_ns
									    : deadline_ns,
				     &bare->woken);
		any = any_ready(ctx, fds, count, ready);
		if (count == 0 && bare->machine->readable()) {
			break; /* the program's own console may want it */
		}
	}
	bare->woken = 0;
	return any;
}

static void bare_wake(void *ctx)
{
	bare_of(ctx)->woken = 1;
}

void ocre_port_bare_init(struct ocre_port_bare *bare, const struct ocre_machine *machine)
{
	struct ocre_port_ops *ops = &bare->ops;

	memset(bare, 0, sizeof(*bare));
	bare->machine = machine;
	*ops = ocre_port_none_ops;
	ops->clock_now = bare_clock_now;
	ops->clock_resolution = bare_clock_resolution;
	ops->random = bare_random;
	ops->close = bare_close;
	ops->read = bare_read;
	ops->write = bare_write;
	ops->stat = bare_stat;
	ops->ready = bare_ready;
	ops->wait = bare_wait;
	ops->wake = bare_wake;
	bare->port.ops = ops;
	bare->port.ctx = bare;
}
