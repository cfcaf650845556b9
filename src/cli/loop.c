/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.c - an executor for one container: slices of budget, waits while it is parked. Between two
 * slices everything that can stop it is looked at.
 */
#include "run.h"

/*
 * Budget of a slice. About 1 to 5 ms of guest code: how late a timeout or a signal may be noticed.
 */
#define SLICE UINT64_C(1000000)

uint64_t ocre__now(const struct ocre_cli_setup *setup)
{
	uint64_t ns = 0;

	setup->port->ops->clock_now(setup->port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

void ocre__loop_init(struct ocre__loop *loop, const struct ocre_cli_setup *setup,
		     struct ocre_instance *instance, const struct ocre__run_config *config)
{
	*loop = (struct ocre__loop){
		.setup = setup,
		.instance = instance,
		.deadline_ns = UINT64_MAX,
		.budget = config->budget,
	};
	loop->begin_ns = ocre__now(setup);
	if (config->timeout_ns < UINT64_MAX - loop->begin_ns) {
		loop->deadline_ns = loop->begin_ns + config->timeout_ns;
	}
}

/* Wait until the parked call can go on, or until something else is to be looked at. */
static void wait_parked(struct ocre__loop *loop)
{
	const struct ocre_park *park = ocre_instance_park(loop->instance);
	const struct ocre_port *port = loop->setup->port;
	uint64_t deadline = park->deadline_ns;

	loop->parks++;
	if (deadline > loop->deadline_ns) {
		deadline = loop->deadline_ns;
	}
	port->ops->wait(port->ctx, park->fds, park->fd_count, deadline, NULL);
}

/* One slice. `*size` grows when the next block of guest code alone costs more than a slice. */
static enum ocre_run slice(struct ocre__loop *loop, uint64_t *size)
{
	uint64_t given = *size < loop->budget ? *size : loop->budget;
	uint64_t left = given;
	enum ocre_run result = ocre_instance_run(loop->instance, &left);

	loop->used += given - left;
	if (loop->budget != UINT64_MAX) {
		loop->budget -= given - left;
	}
	*size = result == OCRE_RUN_BUDGET && left == given ? *size * 2 : SLICE;
	if (result == OCRE_RUN_BUDGET && given == loop->budget + (given - left)) {
		loop->budget = 0; /* what is left does not pay for the next block */
	}
	return result;
}

enum ocre__stop ocre__loop_run(struct ocre__loop *loop)
{
	uint64_t size = SLICE;

	for (;;) {
		enum ocre_run result;

		if (loop->setup->caught_signal() != 0) {
			return OCRE__STOP_SIGNAL;
		}
		if (loop->deadline_ns != UINT64_MAX &&
		    ocre__now(loop->setup) >= loop->deadline_ns) {
			return OCRE__STOP_TIMEOUT;
		}
		result = slice(loop, &size);
		switch (result) {
		case OCRE_RUN_DONE:
			return OCRE__STOP_DONE;
		case OCRE_RUN_EXIT:
			return OCRE__STOP_EXIT;
		case OCRE_RUN_TRAP:
			return OCRE__STOP_TRAP;
		case OCRE_RUN_BUDGET:
			if (loop->budget == 0) {
				return OCRE__STOP_BUDGET;
			}
			break;
		case OCRE_RUN_PARKED:
			wait_parked(loop);
			break;
		}
	}
}
