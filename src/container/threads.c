/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.c - the lock, waiting, time. Where the port has no threads the lock is nothing, and to
 * wait means to run the other containers.
 */
#include "internal.h"

#define LOOKS_SKIPPED 31u /* at most; ones in binary */

/*
 * A mutex of a port may be unfair: executors with short slices would have it again before anybody
 * who waits for it has woken up. So one who waits stands in a door meanwhile, and an executor that
 * sees somebody waiting goes through that door too, behind him.
 */
static void lock_in_turn(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	port->threads->lock(port->ctx, &context->door);
	port->threads->lock(port->ctx, &context->mutex);
	port->threads->unlock(port->ctx, &context->door);
}

void ocre__lock(struct ocre_context *context)
{
	if (context->port->threads != NULL) {
		atomic_fetch_add_explicit(&context->callers, 1, memory_order_relaxed);
		lock_in_turn(context);
		atomic_fetch_sub_explicit(&context->callers, 1, memory_order_relaxed);
	}
}

void ocre__lock_own(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL) {
		return;
	}
	if (atomic_load_explicit(&context->callers, memory_order_relaxed) > 0) {
		lock_in_turn(context);
	} else {
		port->threads->lock(port->ctx, &context->mutex);
	}
}

void ocre__unlock(struct ocre_context *context)
{
	if (context->port->threads != NULL) {
		context->port->threads->unlock(context->port->ctx, &context->mutex);
	}
}

uintptr_t ocre__self(const struct ocre_context *context)
{
	return context->port->threads != NULL ? context->port->threads->self(context->port->ctx)
					      : 1;
}

static uint64_t clock_now(const struct ocre_context *context, enum ocre_port_clock clock)
{
	uint64_t ns = 0;

	context->port->ops->clock_now(context->port->ctx, clock, &ns);
	return ns;
}

uint64_t ocre__now(const struct ocre_context *context)
{
	return clock_now(context, OCRE_CLOCK_MONOTONIC);
}

uint64_t ocre__real(const struct ocre_context *context)
{
	return clock_now(context, OCRE_CLOCK_REALTIME);
}

uint64_t ocre__after(uint64_t now_ns, uint64_t delay_ns)
{
	return delay_ns < OCRE__NEVER - now_ns ? now_ns + delay_ns : OCRE__NEVER;
}

bool ocre__is_executor(const struct ocre_context *context, uintptr_t self)
{
	for (uint32_t i = 0; i < context->executors_begun; i++) {
		if (context->executors[i].self == self) {
			return true;
		}
	}
	return false;
}

bool ocre__in_callback(const struct ocre_context *context)
{
	uintptr_t self = ocre__self(context);

	return context->polling || context->notifier == self || ocre__is_executor(context, self);
}

/* Without threads: run something, or wait until there is something to run. */
static bool run_others(struct ocre_context *context, uint64_t deadline_ns)
{
	uint64_t units = UINT64_MAX;

	context->polling = true;
	if (!ocre__work(context, &units)) {
		ocre__port_wait(context, deadline_ns);
	}
	context->polling = false;
	ocre__notices_flush(context);
	return ocre__now(context) < deadline_ns;
}

static bool wait_on(struct ocre_context *context, struct ocre_port_cond *cond, uint64_t deadline_ns)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL) {
		return run_others(context, deadline_ns);
	}
	return port->threads->cond_wait(port->ctx, cond, &context->mutex, deadline_ns) !=
	       -OCRE_ERRNO_TIMEDOUT;
}

bool ocre__wait(struct ocre_container *container, struct ocre__waiters *waiters,
		uint64_t deadline_ns)
{
	bool good;

	waiters->count++;
	good = wait_on(container->context, &waiters->cond, deadline_ns);
	waiters->count--;
	if (waiters->told > 0) {
		waiters->told--;
		container->context->told--;
	}
	return good;
}

bool ocre__worth_a_look(const struct ocre_context *context, struct ocre__looks *looks)
{
	if (context->may_look && looks->skip > 0) {
		looks->skip--;
		return false;
	}
	return context->may_look;
}

void ocre__looked(struct ocre__looks *looks, bool found)
{
	looks->failed_skip = found ? 0 : (uint8_t)(looks->failed_skip * 2 + 1) & LOOKS_SKIPPED;
	looks->skip = looks->failed_skip;
}

void ocre__look(struct ocre_container *container, uint64_t deadline_ns)
{
	struct ocre_context *context = container->context;
	unsigned int seen = atomic_load_explicit(&container->changes, memory_order_relaxed);

	ocre__unlock(context);
	while (atomic_load_explicit(&container->changes, memory_order_relaxed) == seen &&
	       ocre__now(context) < deadline_ns) {
	}
	ocre__lock(context);
}

bool ocre__wait_context(struct ocre_context *context, uint64_t deadline_ns)
{
	return wait_on(context, &context->changed, deadline_ns);
}

static void tell(struct ocre_context *context, struct ocre__waiters *waiters)
{
	const struct ocre_port *port = context->port;

	if (waiters->count > 0 && port->threads != NULL) {
		context->told += waiters->count - waiters->told;
		waiters->told = waiters->count;
		port->threads->cond_broadcast(port->ctx, &waiters->cond);
	}
}

void ocre__rested(struct ocre_container *container)
{
	tell(container->context, &container->rest);
}

void ocre__changed(struct ocre_container *container)
{
	atomic_fetch_add_explicit(&container->changes, 1, memory_order_relaxed);
	tell(container->context, &container->change);
	tell(container->context, &container->rest);
}

void ocre__context_changed(struct ocre_context *context)
{
	if (context->port->threads != NULL) {
		context->port->threads->cond_broadcast(context->port->ctx, &context->changed);
	}
}

void ocre__call_executor(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (context->looking) {
		atomic_fetch_add_explicit(&context->calls, 1, memory_order_relaxed);
	} else if (context->sleepers > 0) {
		port->threads->cond_signal(port->ctx, &context->work);
	} else if (context->waiting) {
		port->ops->wake(port->ctx);
	}
}

/*
 * An executor that makes a container ready looks at the queue itself when its slice is over, at
 * most about a millisecond later, and then wakes another one if there is work for two. Two
 * containers that send each other messages thus stay on one processor.
 */
void ocre__signal_work(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL || ocre__is_executor(context, ocre__self(context))) {
		return;
	}
	if (!context->looking && (context->sleepers > 0 || context->waiting)) {
		context->prompt = ocre__now(context) - context->idle_ns < OCRE__LOOK_NS;
	}
	ocre__call_executor(context);
}

void ocre__say(const struct ocre_context *context, int level, const char *what, const char *name,
	       const char *more)
{
	struct ocre_diag line = {0};

	if (context->log == NULL) {
		return;
	}
	ocre_diag_set(&line, -1, OCRE_NO_OFFSET, "%s%s%s%s", what, name,
		      more[0] != '\0' ? ": " : "", more);
	context->log(context->log_ctx, level, line.text);
}
