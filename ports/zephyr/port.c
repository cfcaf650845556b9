/* SPDX-License-Identifier: Apache-2.0 */
/* port.c - clocks, random bytes, sleeping, and the console as descriptors 0, 1 and 2. */
#include <errno.h>
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/printk.h>

#include <ocre/port_none.h>

#include "internal.h"

#define NS_PER_S UINT64_C(1000000000)
#define HZ	 ((uint64_t)CONFIG_SYS_CLOCK_TICKS_PER_SEC)

/* The longest single sleep, so that it fits whatever type ticks have: then it is looked again. */
#define MOST_TICKS ((uint64_t)INT32_MAX / 2)

/* What the core wants a slice to take: with less, slices would grow without end. */
#define NATIVE_SLICE_US 1000

static struct ocre_port_zephyr *port_of(void *ctx)
{
	return (struct ocre_port_zephyr *)ctx;
}

int ocre__zephyr_result(int rc)
{
	/* Up to ERANGE all C libraries have the numbers of OCRE_ERRNO_LIST. */
	switch (rc) {
	case -ENAMETOOLONG:
		return -OCRE_ERRNO_NAMETOOLONG;
	case -ENOSYS:
		return -OCRE_ERRNO_NOSYS;
	case -ENOTEMPTY:
		return -OCRE_ERRNO_NOTEMPTY;
	case -ELOOP:
		return -OCRE_ERRNO_LOOP;
	case -EOVERFLOW:
		return -OCRE_ERRNO_OVERFLOW;
	case -EILSEQ:
		return -OCRE_ERRNO_ILSEQ;
	case -ENOTSUP:
		return -OCRE_ERRNO_NOTSUP;
	case -ETIMEDOUT:
		return -OCRE_ERRNO_TIMEDOUT;
	default:
		return rc >= -OCRE_ERRNO_RANGE ? rc : -OCRE_ERRNO_IO;
	}
}

/* ---- clocks ---- */

static uint64_t now_ns(void)
{
#if defined(CONFIG_ARCH_POSIX)
	return k_cycle_get_64() * 1000; /* microseconds; a tick is ten thousand of them */
#else
	uint64_t ticks = (uint64_t)k_uptime_ticks();

	return ticks / HZ * NS_PER_S + ticks % HZ * NS_PER_S / HZ;
#endif
}

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	/*
	 * On native_sim no time passes while something is done: a slice, which begins and ends with
	 * a look at the clock, takes this long.
	 */
	if (IS_ENABLED(CONFIG_ARCH_POSIX) && ocre__zephyr_executor(ctx) != NULL) {
		k_busy_wait(NATIVE_SLICE_US);
	}
	*ns = now_ns();
	if (clock == OCRE_CLOCK_REALTIME) {
		*ns += port_of(ctx)->realtime_ns;
	}
	return 0;
}

static int clock_resolution(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)ctx;
	(void)clock;
	*ns = (NS_PER_S + HZ - 1) / HZ;
	return 0;
}

k_timeout_t ocre__zephyr_until(uint64_t deadline_ns)
{
	uint64_t now = now_ns();
	uint64_t left, ticks;

	if (deadline_ns == UINT64_MAX) {
		return K_FOREVER;
	}
	if (deadline_ns <= now) {
		return K_NO_WAIT;
	}
	left = deadline_ns - now;
	if (left / NS_PER_S >= MOST_TICKS / HZ) {
		return K_TICKS((k_ticks_t)MOST_TICKS);
	}
	ticks = left / NS_PER_S * HZ + (left % NS_PER_S * HZ + NS_PER_S - 1) / NS_PER_S;
	return K_TICKS((k_ticks_t)ticks);
}

/* ---- random bytes ---- */

static int random_bytes(void *ctx, void *data, size_t size)
{
	(void)ctx;
#if defined(CONFIG_OCRE_RANDOM)
	return sys_csrand_get(data, size) == 0 ? 0 : -OCRE_ERRNO_IO;
#else
	(void)data;
	(void)size;
	return -OCRE_ERRNO_NOSYS;
#endif
}

/* ---- the console ---- */

static bool is_console(int32_t fd)
{
	return fd >= 0 && fd <= 2;
}

int ocre__zephyr_console_close(void *ctx, int32_t fd)
{
	(void)ctx;
	return is_console(fd) ? 0 : -OCRE_ERRNO_BADF;
}

/* Input is the application's, or its shell's: guests find that there is none. */
int64_t ocre__zephyr_console_read(void *ctx, int32_t fd, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return fd == 0 ? 0 : -OCRE_ERRNO_BADF;
}

/* In pieces that end with a NUL: a log that prints later measures them again. */
int64_t ocre__zephyr_console_write(void *ctx, int32_t fd, const void *data, size_t size)
{
	const char *from = (const char *)data;
	char piece[65];
	size_t i = 0;
	size_t n;

	(void)ctx;
	if (!is_console(fd)) {
		return -OCRE_ERRNO_BADF;
	}
	while (i < size) {
		for (n = 0; n < sizeof(piece) - 1 && i < size; i++) {
			if (from[i] != '\0') {
				piece[n++] = from[i];
			}
		}
		piece[n] = '\0';
		printk("%s", piece);
	}
	return (int64_t)size;
}

int ocre__zephyr_console_stat(void *ctx, int32_t fd, struct ocre_port_stat *out)
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

/* Nothing that this port has makes anybody wait. */
static int ready(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		 struct ocre_port_ready *out)
{
	uint32_t i;

	(void)ctx;
	for (i = 0; i < count; i++) {
		memset(&out[i], 0, sizeof(out[i]));
		out[i].events = fds[i].events;
	}
	return 0;
}

static int wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count, uint64_t deadline_ns,
		uint8_t *ready_fds)
{
	struct ocre_port_zephyr *port = port_of(ctx);

	(void)fds;
	if (count > 0) {
		if (ready_fds != NULL) {
			memset(ready_fds, 1, count);
		}
		return 1;
	}
	while (k_sem_take(&port->woken, ocre__zephyr_until(deadline_ns)) != 0 &&
	       now_ns() < deadline_ns) {
	}
	return 0;
}

static void wake(void *ctx)
{
	k_sem_give(&port_of(ctx)->woken);
}

void ocre_port_zephyr_init(struct ocre_port_zephyr *port, struct ocre_zephyr_heap *heap)
{
	memset(port, 0, sizeof(*port));
	port->heap = heap;
	k_sem_init(&port->woken, 0, 1);
	port->ops = ocre_port_none_ops;
	port->ops.clock_now = clock_now;
	port->ops.clock_resolution = clock_resolution;
	port->ops.random = random_bytes;
	port->ops.close = ocre__zephyr_console_close;
	port->ops.read = ocre__zephyr_console_read;
	port->ops.write = ocre__zephyr_console_write;
	port->ops.stat = ocre__zephyr_console_stat;
	port->ops.ready = ready;
	port->ops.wait = wait;
	port->ops.wake = wake;
#if defined(CONFIG_OCRE_FILES)
	ocre__zephyr_files_init(port);
#endif
	port->port.ops = &port->ops;
	port->port.ctx = port;
	port->port.threads = &ocre__zephyr_threads;
}
