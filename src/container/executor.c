/* SPDX-License-Identifier: Apache-2.0 */
/*
 * executor.c - the threads that run containers, slice by slice; or ocre_core_poll() where there are
 * no threads. One executor that has nothing to do waits in the port for descriptors and the next
 * deadline; the others sleep until there is work for them. While work comes from other threads at
 * short intervals, one of them looks for it for a moment before it sleeps.
 */
#include "internal.h"

/* How often descriptors are looked at while all executors are busy. */
#define LOOK_NS NS_PER_MS

#define REST_NS (NS_PER_MS / 10)

/* ---- one slice ---- */

/* What became of the life: the owner does what others asked for while it was busy. */
static void after_slice(struct ocre_container *c, enum ocre_slice result,
			const struct ocre_slice_info *info, uint64_t given)
{
	if (c->state == OCRE_STATE_EXITED) {
		ocre__clear(c); /* killed meanwhile */
		return;
	}
	if (result == OCRE_SLICE_END) {
		ocre__end(c, info->end->end, info->end->code, info->end->text);
		return;
	}
	c->hungry = result == OCRE_SLICE_BUDGET && info->used == 0;
	if (c->budget_left == 0 || (c->hungry && given == c->budget_left)) {
		/* What is left does not pay for the next step either. */
		ocre__end(c, OCRE_END_LIMIT, 137, "the budget of this life is used up");
		return;
	}
	if (result == OCRE_SLICE_PARKED) {
		c->park = info->park;
		c->parks++;
	}
	ocre__watchdog_look(c, ocre__now(c->context));
	if (c->ask_stop && c->state == OCRE_STATE_RUNNING) {
		ocre__ask(c);
		return;
	}
	ocre__place(c);
}

/* Of about `most` units. */
static uint64_t slice(struct ocre_container *c, uint64_t most)
{
	struct ocre_context *context = c->context;
	struct ocre_end_info end;
	struct ocre_slice_info info = {.end = &end, .host_calls = c->host_calls};
	uint64_t budget = ocre__slice_budget(c, most);
	enum ocre_slice result;
	uint64_t begin;
	uint64_t now;

	end.end = OCRE_END_NONE;
	end.code = 0;
	end.text[0] = '\0';
	begin = ocre__now(context);
	if (c->park != NULL && !c->config.watchdog_kick) {
		c->alive_ns = begin; /* it could not call while it waited */
	}
	if (c->park != NULL) {
		c->events.seen = c->events.changes;
	}
	c->busy = true;
	c->owner = ocre__self(context);
	c->park = NULL;
	c->woken = false;
	ocre__park_unwatch(c);
	ocre__unlock(context);
	result = c->driver->driver->run(c->object, budget, &info);
	now = ocre__now(context);

	ocre__lock_own(context);
	c->busy = false;
	c->host_calls = info.host_calls;
	ocre__account(c, now, now - begin, info.used, budget);
	ocre__rested(c);
	after_slice(c, result, &info, budget);
	return info.used;
}

/* ---- what an executor does next ---- */

int ocre__fds_reserve(struct ocre_context *context)
{
	uint32_t room = context->fd_room == 0 ? OCRE_PARK_FDS : context->fd_room;
	void *fds;
	void *ready;

	while (room < OCRE_PORT_WAIT_FDS && room / OCRE_PARK_FDS < context->fd_containers) {
		room *= 2;
	}
	if (room == context->fd_room) {
		return OCRE_OK;
	}
	fds = ocre_mem_alloc_array(&context->mem, room, sizeof(*context->fds));
	ready = ocre_mem_alloc(&context->mem, room);
	if (fds == NULL || ready == NULL) {
		ocre_mem_free(&context->mem, fds, room * sizeof(*context->fds));
		ocre_mem_free(&context->mem, ready, room);
		return OCRE_E_NOMEM;
	}
	ocre_mem_free(&context->mem, context->fds, context->fd_room * sizeof(*context->fds));
	ocre_mem_free(&context->mem, context->fds_ready, context->fd_room);
	context->fds = fds;
	context->fds_ready = ready;
	context->fd_room = room;
	return OCRE_OK;
}

/* Descriptors of parked containers, for the port's wait: as many as it takes, in turns. */
static uint32_t collect(struct ocre_context *context, bool *all)
{
	struct ocre_container *c;
	uint32_t count = 0;

	*all = true;
	if (context->fd_first == NULL) {
		return 0;
	}
	context->wait_round++;
	if (context->wait_round == 0) {
		context->wait_round = 1;
	}
	for (c = context->fd_first; c != NULL; c = c->fd_next) {
		if (c->park->fd_count > OCRE_PORT_WAIT_FDS - count ||
		    c->park->fd_count > context->fd_room - count) {
			*all = false;
			break;
		}
		c->wait_round = context->wait_round;
		c->wait_first = count;
		for (uint32_t i = 0; i < c->park->fd_count; i++) {
			context->fds[count] = c->park->fds[i];
			context->fds_ready[count++] = 0;
		}
	}
	return count;
}

/* Those that did not fit were at the end of the list: they come first the next time. */
static void rotate(struct ocre_context *context)
{
	struct ocre_container *c = context->fd_first;
	struct ocre_container *last;

	while (c != NULL && c->wait_round == context->wait_round) {
		c = c->fd_next;
	}
	if (c == NULL || c == context->fd_first) {
		return;
	}
	for (last = c; last->fd_next != NULL; last = last->fd_next) {
	}
	last->fd_next = context->fd_first;
	context->fd_first->fd_previous = last;
	c->fd_previous->fd_next = NULL;
	c->fd_previous = NULL;
	context->fd_first = c;
}

static bool is_ready(const struct ocre_context *context, const struct ocre_container *c,
		     bool unknown)
{
	if (c->wait_round != context->wait_round) {
		return false;
	}
	for (uint32_t i = 0; i < c->park->fd_count; i++) {
		if (unknown || context->fds_ready[c->wait_first + i] != 0) {
			return true;
		}
	}
	return false;
}

static void continue_ready(struct ocre_context *context, uint32_t count)
{
	struct ocre_container *c;
	struct ocre_container *next;
	bool unknown = true;

	for (uint32_t i = 0; i < count; i++) {
		unknown = unknown && context->fds_ready[i] == 0;
	}
	for (c = context->fd_first; c != NULL; c = next) {
		next = c->fd_next;
		if (is_ready(context, c, unknown)) {
			c->woken = true;
			ocre__place(c);
		}
	}
}

void ocre__port_wait(struct ocre_context *context, uint64_t deadline_ns)
{
	const struct ocre_port *port = context->port;
	uint64_t due = ocre__first_due(context);
	struct ocre_park_fd *fds;
	uint8_t *ready;
	uint32_t count;
	bool all;
	int rc;

	/* With less room they take turns. */
	(void)ocre__fds_reserve(context);
	count = collect(context, &all);
	/* Where there was no room at all, a container that is created meanwhile makes some. */
	fds = context->fds;
	ready = context->fds_ready;
	if (!all) {
		uint64_t soon = ocre__now(context) + LOOK_NS;

		due = soon < due ? soon : due;
	}
	context->waiting = true;
	context->wait_deadline_ns = due < deadline_ns ? due : deadline_ns;
	deadline_ns = context->wait_deadline_ns;
	ocre__unlock(context);
	rc = port->ops->wait(port->ctx, fds, count, deadline_ns, ready);
	ocre__lock_own(context);
	context->waiting = false;
	context->fd_checked_ns = ocre__now(context);
	if (rc > 0) {
		continue_ready(context, count);
	}
	if (!all) {
		rotate(context);
	}
}

/* More work than this executor takes: wake another one. */
static void share_work(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL || context->ready.count == 0) {
		return;
	}
	ocre__call_executor(context);
}

bool ocre__work(struct ocre_context *context, uint64_t *units)
{
	struct ocre_container *c;
	uint64_t used = 0;
	uint64_t now = ocre__now(context);

	if (ocre__first_due(context) <= now) {
		ocre__expire(context, now);
		if (context->ready.count == 0) {
			return true; /* that was something: others may have waited for it */
		}
	}
	if (context->fd_first != NULL && !context->waiting && context->ready.count > 0 &&
	    now - context->fd_checked_ns >= LOOK_NS) {
		ocre__port_wait(context, 0);
	}
	c = ocre__next_ready(context);
	if (c == NULL) {
		return false;
	}
	share_work(context);
	ocre__ref(c);
	if (c->state == OCRE_STATE_EXITED) {
		ocre__clear(c); /* not sliced; its driver said that it has ended */
	} else {
		used = slice(c, *units);
	}
	/* It goes on here, so somebody else should look at deadlines and descriptors. */
	if (c->ready_place != OCRE__NOWHERE && !context->waiting && context->sleepers > 0) {
		context->port->threads->cond_signal(context->port->ctx, &context->work);
	}
	ocre__unref(c);
	*units = used < *units ? *units - used : 0;
	return true;
}

/*
 * Threads that were told of a change need the lock to see it. An executor that never rests would
 * keep them out: it waits for a moment.
 */
static void let_others(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (context->told > 0 && context->ready.count > 0) {
		port->threads->cond_wait(port->ctx, &context->work, &context->mutex,
					 ocre__now(context) + REST_NS);
	}
}

/*
 * What comes is not taken here: the caller looks at everything again. Nothing came: the next work
 * finds executors asleep, and has to come soon again before one of them looks.
 */
static void look_for_work(struct ocre_context *context)
{
	unsigned int seen = atomic_load_explicit(&context->calls, memory_order_relaxed);
	uint64_t until = context->idle_ns + OCRE__LOOK_NS;
	uint64_t due = ocre__first_due(context);

	until = due < until ? due : until;
	context->looking = true;
	ocre__unlock(context);
	while (atomic_load_explicit(&context->calls, memory_order_relaxed) == seen &&
	       ocre__now(context) < until) {
	}
	ocre__lock_own(context);
	context->looking = false;
	context->prompt = atomic_load_explicit(&context->calls, memory_order_relaxed) != seen;
	ocre__looked(&context->work_looks, context->prompt);
}

static void idle(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	context->idle_ns = ocre__now(context);
	if (context->prompt && !context->looking &&
	    ocre__worth_a_look(context, &context->work_looks)) {
		look_for_work(context);
		return;
	}
	if (!context->waiting) {
		ocre__port_wait(context, OCRE__NEVER);
		return;
	}
	context->sleepers++;
	port->threads->cond_wait(port->ctx, &context->work, &context->mutex, OCRE__NEVER);
	context->sleepers--;
}

static void executor(void *arg)
{
	struct ocre__executor *self = arg;
	struct ocre_context *context = self->context;
	uint64_t units;

	ocre__lock(context);
	self->self = ocre__self(context);
	while (!context->quit) {
		units = UINT64_MAX;
		if (!ocre__work(context, &units) &&
		    (context->notice_count == 0 || context->notifier != 0) && !context->quit) {
			idle(context);
		}
		ocre__notices_flush(context);
		let_others(context);
	}
	ocre__unlock(context);
}

int ocre__executors_start(struct ocre_context *context, uint32_t count, struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL) {
		return OCRE_OK;
	}
	context->may_look = port->threads->cpu_count(port->ctx) > 1;
	if (count == 0) {
		count = port->threads->cpu_count(port->ctx);
		count = count < OCRE_EXECUTORS ? count : OCRE_EXECUTORS;
	}
	if (count > OCRE_EXECUTORS) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "executors is %u: at most %u, or 0 for one per processor",
				     count, OCRE_EXECUTORS);
	}
	context->executors =
		ocre_mem_alloc_array(&context->mem, count, sizeof(*context->executors));
	if (context->executors == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for %u executors", count);
	}
	context->executor_count = count;
	for (uint32_t i = 0; i < count; i++) {
		struct ocre__executor *one = &context->executors[i];

		one->context = context;
		if (port->threads->start(port->ctx, &one->thread, executor, one) != 0) {
			return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
					     "the port gave no thread for executor %u of %u", i + 1,
					     count);
		}
		/* Counted under the lock, since executors look each other up. */
		ocre__lock(context);
		context->executors_begun++;
		ocre__unlock(context);
	}
	return OCRE_OK;
}

void ocre__executors_end(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads != NULL) {
		ocre__lock(context);
		context->quit = true;
		port->threads->cond_broadcast(port->ctx, &context->work);
		ocre__unlock(context);
		port->ops->wake(port->ctx);
		for (uint32_t i = 0; i < context->executors_begun; i++) {
			port->threads->join(port->ctx, &context->executors[i].thread);
		}
	}
	ocre_mem_free(&context->mem, context->executors,
		      context->executor_count * sizeof(*context->executors));
}

uint64_t ocre_core_poll(struct ocre_context *context, uint64_t budget)
{
	uint64_t now;
	uint64_t due;

	if (context == NULL || context->port->threads != NULL || context->polling) {
		return OCRE__NEVER;
	}
	context->polling = true;
	if (context->fd_first != NULL) {
		ocre__port_wait(context, 0);
	}
	while (budget > 0 && ocre__work(context, &budget)) {
	}
	context->polling = false;
	ocre__notices_flush(context);
	now = ocre__now(context);
	if (context->ready.count > 0) {
		return now;
	}
	due = ocre__first_due(context);
	/* The caller cannot wait for descriptors: it has to look now and then. */
	if (context->fd_first != NULL && due > now + 10 * NS_PER_MS) {
		due = now + 10 * NS_PER_MS;
	}
	return due;
}
