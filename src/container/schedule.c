/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule.c - who runs next, and for how long. The ready queue is in the order of priority, then
 * of virtual time: time in slices divided by weight. A quota in percent is a bucket of nanoseconds
 * that fills as time goes by; a container whose bucket is empty waits until there is enough for a
 * slice again.
 */
#include "internal.h"

#define SLICE_NS     NS_PER_MS
#define SLICE_MIN    UINT64_C(1000)  /* units */
#define SLICE_FIRST  UINT64_C(20000) /* before anything was measured */
#define SLICE_MAX    UINT64_C(100000000)
#define QUOTA_PERIOD (10 * NS_PER_MS) /* what a container may save up */

void ocre__schedule_reset(struct ocre_container *c, uint64_t now_ns)
{
	c->slice_budget = SLICE_FIRST;
	c->hungry = false;
	c->throttled_ns = 0;
	c->quota_at_ns = now_ns;
	c->quota_ns = (int64_t)(QUOTA_PERIOD / 100 * c->config.cpu_percent);
	c->vtime = c->context->vtime;
	c->budget_left = c->config.budget != 0 ? c->config.budget : UINT64_MAX;
}

uint64_t ocre__slice_budget(const struct ocre_container *c, uint64_t most)
{
	uint64_t budget = c->slice_budget;

	if (most < SLICE_MIN) {
		most = SLICE_MIN;
	}
	if (most < budget && !c->hungry) {
		budget = most;
	}
	return budget < c->budget_left ? budget : c->budget_left;
}

/* Units for a slice of SLICE_NS, from what this one took; never more than a fourth at once. */
static void adapt(struct ocre_container *c, uint64_t ns, uint64_t used, uint64_t given)
{
	uint64_t budget = c->slice_budget;
	uint64_t fit;

	if (used < given / 2 && ns < SLICE_NS) {
		return; /* it parked early: that says little */
	}
	if (ns == 0) {
		fit = budget * 4;
	} else if (used > UINT64_MAX / SLICE_NS) {
		fit = used / ns * SLICE_NS;
	} else {
		fit = used * SLICE_NS / ns;
	}
	if (fit > budget * 4) {
		fit = budget * 4;
	}
	budget = fit < budget ? fit : (budget * 3 + fit) / 4 + 1;
	if (budget < SLICE_MIN) {
		budget = SLICE_MIN;
	}
	if (used == 0 && given >= budget) {
		/* What comes next costs more than the whole slice. */
		budget = given * 2;
	}
	c->slice_budget = budget < SLICE_MAX ? budget : SLICE_MAX;
}

static void pay_quota(struct ocre_container *c, uint64_t now_ns, uint64_t ns)
{
	uint32_t percent = c->config.cpu_percent;
	int64_t most = (int64_t)(QUOTA_PERIOD / 100 * percent);
	int64_t slice = (int64_t)(SLICE_NS < (uint64_t)most ? SLICE_NS : (uint64_t)most);
	uint64_t passed = now_ns - c->quota_at_ns;

	if (percent == 0 || percent >= 100) {
		return;
	}
	if (passed > 100 * NS_PER_S) {
		passed = 100 * NS_PER_S;
	}
	c->quota_ns += (int64_t)(passed / 100 * percent);
	if (c->quota_ns > most) {
		c->quota_ns = most;
	}
	c->quota_at_ns = now_ns;
	c->quota_ns -= (int64_t)ns;
	if (c->quota_ns <= 0) {
		c->throttled_ns =
			ocre__after(now_ns, (uint64_t)(slice - c->quota_ns) / percent * 100);
	}
}

void ocre__account(struct ocre_container *c, uint64_t now_ns, uint64_t ns, uint64_t used,
		   uint64_t given)
{
	c->slices++;
	c->cpu_ns += ns;
	c->used += used;
	if (c->budget_left != UINT64_MAX) {
		c->budget_left -= used < c->budget_left ? used : c->budget_left;
	}
	c->vtime += (ns + 1) * 100 / c->config.cpu_weight;
	pay_quota(c, now_ns, ns);
	adapt(c, ns, used, given);
}

/* To the end of the queue of its equals; one that slept does not get its time back. */
static void enqueue(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	uint64_t bonus = SLICE_NS * 100 / c->config.cpu_weight;
	uint64_t least = context->vtime > bonus ? context->vtime - bonus : 0;

	if (c->vtime < least) {
		c->vtime = least;
	}
	c->turn = context->turns++;
	ocre__ready_add(context, c);
	ocre__signal_work(context);
}

void ocre__unplace(struct ocre_container *c)
{
	ocre__ready_remove(c->context, c);
	ocre__due_remove(c->context, c);
	ocre__park_unwatch(c);
}

/* Where a container that runs and is not busy belongs. */
static void place_running(struct ocre_container *c)
{
	uint64_t now = ocre__now(c->context);

	if (c->park != NULL && !ocre__park_over(c, now)) {
		ocre__park_watch(c);
		return;
	}
	ocre__park_unwatch(c);
	if (c->throttled_ns > now) {
		ocre__due_by(c, c->throttled_ns);
		return;
	}
	c->throttled_ns = 0;
	if (c->ready_place == OCRE__NOWHERE) {
		enqueue(c);
	}
}

void ocre__place(struct ocre_container *c)
{
	bool runs = c->state == OCRE_STATE_RUNNING && !c->busy && !c->removed;

	if (c->state == OCRE_STATE_RUNNING || c->state == OCRE_STATE_PAUSED) {
		ocre__due_by(c, c->grace_ns);
		ocre__due_by(c, ocre__watchdog_due(c));
	}
	ocre__due_by(c, c->restart_ns);
	if (runs && c->sliced) {
		place_running(c);
	} else if (!c->sliced && c->exited && !c->busy && c->state == OCRE_STATE_EXITED) {
		ocre__ready_add(c->context, c); /* to be cleared away by an executor */
		ocre__signal_work(c->context);
	} else {
		ocre__ready_remove(c->context, c);
		ocre__park_unwatch(c);
	}
}

struct ocre_container *ocre__next_ready(struct ocre_context *context)
{
	struct ocre_container *c;

	if (context->ready.count == 0) {
		return NULL;
	}
	c = context->ready.items[0];
	ocre__ready_remove(context, c);
	if (c->vtime > context->vtime) {
		context->vtime = c->vtime;
	}
	return c;
}
