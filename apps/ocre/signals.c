/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.c - Ctrl-C and SIGTERM end a container in the orderly way: the run loop asks here between
 * two slices, and does not sleep on. A second signal finds the default action and ends the process
 * wherever it is.
 *
 * A signal handler has no argument of its own, hence the two static variables.
 */
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "signals.h"

static volatile sig_atomic_t caught;
static const struct ocre_port *handler_port;

static void handler(int number)
{
	caught = number;
	handler_port->ops->wake(handler_port->ctx);
}

void ocre__signals_catch(const struct ocre_port *port)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;

	handler_port = port;
	for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
		/* What the parent ignores (nohup, a background job) stays ignored. */
		if (sigaction(numbers[n], NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
			continue;
		}
		memset(&action, 0, sizeof(action));
		action.sa_handler = handler;
		action.sa_flags = (int)SA_RESETHAND; /* no SA_RESTART: blocking calls end */
		sigemptyset(&action.sa_mask);
		sigaction(numbers[n], &action, NULL);
	}
}

int ocre__signals_caught(void)
{
	return caught;
}

void ocre__signals_raise(int number)
{
	signal(number, SIG_DFL);
	raise(number);
}
