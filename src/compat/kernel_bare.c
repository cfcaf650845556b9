/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_bare.c - the stand-in for Zephyr's clock and sleep on one thread: containers run while the
 * program sleeps.
 */
#include <zephyr/kernel.h>

#include <ocre/port_bare.h>

#include "internal.h"

/* Of containers, between two looks at the clock. */
#define SLICE 20000

static uint64_t now(void)
{
	const struct ocre_machine *machine = ocre_platform_bare_machine();

	return machine != NULL ? machine->now() : 0;
}

/* Until the deadline at the latest. */
static void run_or_wait(struct ocre__runtime *runtime, uint64_t deadline_ns)
{
	const struct ocre_port *port = runtime->config.port;
	uint64_t next = ocre_core_poll(runtime->context, SLICE);

	(void)port->ops->wait(port->ctx, NULL, 0, next < deadline_ns ? next : deadline_ns, NULL);
}

static void sleep_until(uint64_t deadline_ns)
{
	const struct ocre_machine *machine = ocre_platform_bare_machine();
	const volatile uint32_t never = 0;

	while (machine != NULL && machine->now() < deadline_ns) {
		struct ocre__runtime *runtime = ocre__enter_any();

		if (runtime != NULL) {
			run_or_wait(runtime, deadline_ns);
			ocre__leave();
		} else {
			machine->sleep(deadline_ns, &never);
		}
	}
}

int32_t k_usleep(int32_t us)
{
	if (us > 0) {
		sleep_until(now() + (uint64_t)us * 1000);
	}
	return 0;
}

int32_t k_msleep(int32_t ms)
{
	if (ms > 0) {
		sleep_until(now() + (uint64_t)ms * 1000000);
	}
	return 0;
}

int64_t k_uptime_get(void)
{
	return (int64_t)(now() / 1000000);
}
