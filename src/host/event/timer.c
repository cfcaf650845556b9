/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.c - timers. A guest numbers its own from 1 on; they are those of its container, which makes
 * the events. Here is only which of them the guest created.
 */
#include "internal.h"

#define MS_MAX	  65535u
#define NS_PER_MS 1000000u

static bool is_created(const struct ocre__event *e, uint32_t n)
{
	return (e->timers[n / 8] >> n % 8 & 1) != 0;
}

/* The container's number of the timer that argument 0 names; false when the guest has none. */
static bool find_timer(struct ocre_call *call, uint32_t *n)
{
	const struct ocre__event *e = ocre__event_of(call);
	uint32_t id = ocre_arg_u32(call, 0);

	if (id == 0 || id > e->guest->max_timers || !is_created(e, id - 1)) {
		return false;
	}
	*n = id - 1;
	return true;
}

void ocre__event_timers_release(struct ocre__event *e)
{
	uint32_t n;

	for (n = 0; n < e->guest->max_timers && e->timer_count > 0; n++) {
		if (is_created(e, n)) {
			e->guest->ops->timer_clear(e->guest, n);
			e->timer_count--;
		}
	}
}

int ocre__event_timer_create(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	struct ocre_action action = {.kind = OCRE_ACTION_TIMER, .count = e->timer_count + 1};
	uint32_t id = ocre_arg_u32(call, 0);

	if (id == 0 || id > e->guest->max_timers) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	if (is_created(e, id - 1)) {
		return ocre__event_return(call, -OCRE_ERRNO_BUSY);
	}
	if (!e->guest->ops->allowed(e->guest, &action)) {
		return ocre__event_return(call, -OCRE_ERRNO_PERM);
	}
	e->timers[(id - 1) / 8] |= (uint8_t)(1u << (id - 1) % 8);
	e->timer_count++;
	return ocre__event_return(call, 0);
}

int ocre__event_timer_start(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	uint32_t ms = ocre_arg_u32(call, 1);
	uint64_t period_ns = (uint64_t)ms * NS_PER_MS;
	uint64_t now_ns;
	uint32_t n;
	int rc;

	if (!find_timer(call, &n) || ms == 0 || ms > MS_MAX) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	if (!ocre__event_now(e, &now_ns)) {
		return ocre__event_return(call, -OCRE_ERRNO_IO);
	}
	rc = e->guest->ops->timer_set(e->guest, n, n + 1, now_ns + period_ns,
				      ocre_arg_u32(call, 2) != 0 ? period_ns : 0);
	return ocre__event_return(call, rc == OCRE_OK ? 0 : -OCRE_ERRNO_NOMEM);
}

int ocre__event_timer_stop(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	uint32_t n;

	if (!find_timer(call, &n)) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	e->guest->ops->timer_clear(e->guest, n);
	return ocre__event_return(call, 0);
}

int ocre__event_timer_delete(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	uint32_t n;

	if (!find_timer(call, &n)) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	e->guest->ops->timer_clear(e->guest, n);
	e->timers[n / 8] &= (uint8_t) ~(1u << n % 8);
	e->timer_count--;
	return ocre__event_return(call, 0);
}

int ocre__event_timer_get_remaining(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	uint64_t now_ns;
	uint64_t due_ns;
	uint32_t n;

	if (!find_timer(call, &n)) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	if (!ocre__event_now(e, &now_ns)) {
		return ocre__event_return(call, -OCRE_ERRNO_IO);
	}
	due_ns = e->guest->ops->timer_due(e->guest, n);
	if (due_ns <= now_ns) {
		return ocre__event_return(call, 0);
	}
	/* What is not over yet is not 0; at most MS_MAX. */
	return ocre__event_return(call, (int32_t)((due_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS));
}
