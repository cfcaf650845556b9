/* SPDX-License-Identifier: Apache-2.0 */
/*
 * park.c - containers that wait for a time, an event or a descriptor. They cost nothing: one heap
 * has their deadlines, one list those with descriptors, and a single executor waits for all.
 *
 * The deadline of a container in the heap may be earlier than what it waits for, never later. It is
 * looked at again when it has come; parking again and again with ever later deadlines is then free.
 */
#include "internal.h"

bool ocre__park_over(struct ocre_container *c, uint64_t now_ns)
{
	uint32_t types = ocre__park_types(c, c->park->events);

	return c->woken || c->park->deadline_ns <= now_ns ||
	       (types != 0 && ocre__events_wanted(c, types, now_ns));
}

void ocre__due_by(struct ocre_container *c, uint64_t due_ns)
{
	struct ocre_context *context = c->context;

	if (due_ns == OCRE__NEVER || (c->due_place != OCRE__NOWHERE && c->due_ns <= due_ns)) {
		return;
	}
	c->due_ns = due_ns;
	ocre__due_set(context, c);
	if (context->waiting && due_ns < context->wait_deadline_ns) {
		context->wait_deadline_ns = due_ns;
		context->port->ops->wake(context->port->ctx);
	}
}

uint64_t ocre__first_due(const struct ocre_context *context)
{
	return context->due.count > 0 ? context->due.items[0]->due_ns : OCRE__NEVER;
}

void ocre__park_watch(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	uint32_t types = ocre__park_types(c, c->park->events);

	ocre__due_by(c, c->park->deadline_ns);
	if ((types & 1u << OCRE_EVENT_TIMER) != 0) {
		ocre__due_by(c, c->events.timer_next_ns);
	}
	if (c->park->fd_count == 0 || c->in_fds) {
		return;
	}
	c->in_fds = true;
	c->wait_round = 0;
	c->fd_previous = NULL;
	c->fd_next = context->fd_first;
	if (c->fd_next != NULL) {
		c->fd_next->fd_previous = c;
	}
	context->fd_first = c;
	context->fd_containers++;
	if (context->waiting) {
		context->port->ops->wake(context->port->ctx);
	}
}

void ocre__park_unwatch(struct ocre_container *c)
{
	struct ocre_context *context = c->context;

	if (!c->in_fds) {
		return;
	}
	c->in_fds = false;
	if (c->fd_next != NULL) {
		c->fd_next->fd_previous = c->fd_previous;
	}
	if (c->fd_previous != NULL) {
		c->fd_previous->fd_next = c->fd_next;
	} else {
		context->fd_first = c->fd_next;
	}
	context->fd_containers--;
}

static void expire_one(struct ocre_container *c, uint64_t now_ns)
{
	if (c->state == OCRE_STATE_STOPPED && c->restart_ns <= now_ns && !c->busy) {
		c->restart_ns = OCRE__NEVER;
		if (ocre__start(c, NULL) != OCRE_OK) {
			ocre__say(c->context, 1, "could not be started again: ", c->guest.id,
				  c->end.text);
		}
		return;
	}
	if (c->state == OCRE_STATE_RUNNING || c->state == OCRE_STATE_PAUSED) {
		if (c->grace_ns <= now_ns) {
			c->grace_ns = OCRE__NEVER;
			ocre__kill(c);
			return;
		}
		ocre__watchdog_look(c, now_ns);
	}
	ocre__place(c);
}

void ocre__expire(struct ocre_context *context, uint64_t now_ns)
{
	while (ocre__first_due(context) <= now_ns) {
		struct ocre_container *c = context->due.items[0];

		ocre__due_remove(context, c);
		ocre__ref(c);
		expire_one(c, now_ns);
		ocre__unref(c);
	}
}
