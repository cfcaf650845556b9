/* SPDX-License-Identifier: Apache-2.0 */
/* port_test.c - the bare port on a machine that is a fake: it sleeps by moving its clock. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_bare.h>

/* ---- the machine ---- */

static uint64_t clock_ns;
static uint64_t wire_ns; /* for each byte that is written */
static uint32_t sleeps;
static uint32_t wake_after; /* that many sleeps; 0: never */
static uint32_t input_after;
static char printed[64];
static const char *input = "";
static struct ocre_port_bare bare;

static uint64_t fake_now(void)
{
	return clock_ns;
}

static void fake_sleep(uint64_t deadline_ns, const volatile uint32_t *stop)
{
	assert_int_equal(*stop, 0);
	sleeps++;
	/* Other interrupts end a sleep early. */
	clock_ns += 1000000;
	if (clock_ns > deadline_ns) {
		clock_ns = deadline_ns;
	}
	if (sleeps == wake_after) {
		bare.port.ops->wake(bare.port.ctx);
	}
	if (sleeps == input_after) {
		input = "x";
	}
}

static void fake_write(const void *data, size_t size)
{
	if (strlen(printed) + size < sizeof(printed)) {
		strncat(printed, data, size);
	}
	clock_ns += size * wire_ns;
}

static bool fake_readable(void)
{
	return *input != '\0';
}

static size_t fake_read(void *data, size_t size)
{
	size_t n = strlen(input) < size ? strlen(input) : size;

	memcpy(data, input, n);
	input += n;
	return n;
}

static const struct ocre_machine machine = {
	.name = "fake",
	.now = fake_now,
	.resolution_ns = 1000000,
	.sleep = fake_sleep,
	.write = fake_write,
	.read = fake_read,
	.readable = fake_readable,
};

static int setup(void **state)
{
	(void)state;
	clock_ns = 5000000;
	wire_ns = 0;
	sleeps = wake_after = input_after = 0;
	printed[0] = '\0';
	input = "";
	ocre_port_bare_init(&bare, &machine);
	return 0;
}

/* ---- tests ---- */

static void clocks(void **state)
{
	uint64_t ns;

	(void)state;
	assert_int_equal(bare.port.ops->clock_now(bare.port.ctx, OCRE_CLOCK_MONOTONIC, &ns), 0);
	assert_int_equal(ns, 5000000);
	bare.realtime_ns = 1000000000000000000u;
	assert_int_equal(bare.port.ops->clock_now(bare.port.ctx, OCRE_CLOCK_REALTIME, &ns), 0);
	assert_int_equal(ns, 1000000000005000000u);
	assert_int_equal(bare.port.ops->clock_resolution(bare.port.ctx, OCRE_CLOCK_MONOTONIC, &ns),
			 0);
	assert_int_equal(ns, 1000000);
}

static void the_console(void **state)
{
	const struct ocre_port_ops *ops = bare.port.ops;
	struct ocre_park_fd in = {0, OCRE_PARK_READ};
	struct ocre_port_ready ready;
	char data[8];

	(void)state;
	assert_int_equal(ops->write(bare.port.ctx, 1, "out ", 4), 4);
	assert_int_equal(ops->write(bare.port.ctx, 2, "err", 3), 3);
	assert_string_equal(printed, "out err");
	assert_int_equal(ops->write(bare.port.ctx, 3, "x", 1), -OCRE_ERRNO_BADF);
	assert_int_equal(ops->write(bare.port.ctx, -1, "x", 1), -OCRE_ERRNO_BADF);

	assert_int_equal(ops->ready(bare.port.ctx, &in, 1, &ready), 0);
	assert_int_equal(ready.events, 0);
	input = "abc";
	assert_int_equal(ops->ready(bare.port.ctx, &in, 1, &ready), 0);
	assert_int_equal(ready.events, OCRE_PARK_READ);
	assert_int_equal(ops->read(bare.port.ctx, 0, data, 2), 2);
	assert_memory_equal(data, "ab", 2);
	assert_int_equal(ops->read(bare.port.ctx, 1, data, 2), -OCRE_ERRNO_BADF);
	in.fd = 7;
	assert_int_equal(ops->ready(bare.port.ctx, &in, 1, &ready), 0);
	assert_int_equal(ready.error, OCRE_ERRNO_BADF);
}

static void waiting_ends_when_it_is_time(void **state)
{
	(void)state;
	assert_int_equal(bare.port.ops->wait(bare.port.ctx, NULL, 0, 9500000, NULL), 0);
	assert_int_equal(clock_ns, 9500000);
	assert_int_equal(sleeps, 5);
	/* A time that is over: not at all. */
	assert_int_equal(bare.port.ops->wait(bare.port.ctx, NULL, 0, 1, NULL), 0);
	assert_int_equal(sleeps, 5);
}

static void a_wake_ends_the_wait_or_the_next(void **state)
{
	(void)state;
	wake_after = 2;
	assert_int_equal(bare.port.ops->wait(bare.port.ctx, NULL, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(sleeps, 2);
	bare.port.ops->wake(bare.port.ctx);
	assert_int_equal(bare.port.ops->wait(bare.port.ctx, NULL, 0, UINT64_MAX, NULL), 0);
	assert_int_equal(sleeps, 2);
}

static void input_ends_the_wait(void **state)
{
	struct ocre_park_fd fds[2] = {{1, 0}, {0, OCRE_PARK_READ}};
	uint8_t ready[2] = {9, 9};

	(void)state;
	input_after = 3;
	assert_int_equal(bare.port.ops->wait(bare.port.ctx, fds, 2, UINT64_MAX, ready), 1);
	assert_int_equal(sleeps, 3);
	assert_int_equal(ready[0], 0);
	assert_int_equal(ready[1], 1);
}

/* On a wire that takes time a guest that prints without end has half of it at most. */
static void the_console_is_shared(void **state)
{
	const struct ocre_port_ops *ops = bare.port.ops;
	struct ocre_park_fd out = {1, OCRE_PARK_WRITE};
	struct ocre_port_ready ready;
	char line[1000];

	(void)state;
	memset(line, 'x', sizeof(line));
	wire_ns = 100000; /* for a byte */
	assert_int_equal(ops->ready(bare.port.ctx, &out, 1, &ready), 0);
	assert_int_equal(ready.events, OCRE_PARK_WRITE);
	assert_int_equal(ops->write(bare.port.ctx, 1, line, sizeof(line)), OCRE_PORT_BARE_WRITE);
	assert_int_equal(clock_ns, 5000000 + 6400000);
	assert_int_equal(ops->ready(bare.port.ctx, &out, 1, &ready), 0);
	assert_int_equal(ready.events, 0);
	/* Nothing else to do: it sleeps until then, and no longer. */
	assert_int_equal(ops->wait(bare.port.ctx, &out, 1, UINT64_MAX, NULL), 1);
	assert_int_equal(clock_ns, 5000000 + 2 * 6400000);
	assert_int_equal(ops->ready(bare.port.ctx, &out, 1, &ready), 0);
	assert_int_equal(ready.events, OCRE_PARK_WRITE);
	/* Where the wire takes no time, nobody waits. */
	wire_ns = 0;
	assert_int_equal(ops->write(bare.port.ctx, 1, "y", 1), 1);
	assert_int_equal(ops->ready(bare.port.ctx, &out, 1, &ready), 0);
	assert_int_equal(ready.events, OCRE_PARK_WRITE);
}

static void there_is_nothing_else(void **state)
{
	uint8_t data[4];
	int32_t fd;

	(void)state;
	assert_int_equal(bare.port.ops->random(bare.port.ctx, data, 4), -OCRE_ERRNO_NOSYS);
	assert_int_equal(bare.port.ops->open_root(bare.port.ctx, "/", &fd), -OCRE_ERRNO_NOSYS);
	assert_null(bare.port.threads);
	assert_null(bare.port.sockets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(clocks, setup),
		cmocka_unit_test_setup(the_console, setup),
		cmocka_unit_test_setup(waiting_ends_when_it_is_time, setup),
		cmocka_unit_test_setup(a_wake_ends_the_wait_or_the_next, setup),
		cmocka_unit_test_setup(input_ends_the_wait, setup),
		cmocka_unit_test_setup(the_console_is_shared, setup),
		cmocka_unit_test_setup(there_is_nothing_else, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
