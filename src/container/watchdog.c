/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watchdog.c - is a container still alive, and what is done when its life has ended.
 */
#include "internal.h"

#define RESTART_DELAY_MAX_MS 60000u
/* A life that lasted so long was a good one: failures are counted anew. */
#define GOOD_LIFE_NS	     (10 * NS_PER_S)

void ocre__watchdog_start(struct ocre_container *c, uint64_t now_ns)
{
	c->alive_ns = now_ns;
	c->alive_calls = 0;
	c->unresponsive = false;
}

void ocre__watchdog_alive(struct ocre_container *c, uint64_t now_ns)
{
	c->alive_ns = now_ns;
	if (c->unresponsive) {
		c->unresponsive = false;
		ocre__notify(c, OCRE_NOTICE_RESPONSIVE);
	}
}

/* A kick alone counts, or a call of the host, or that it waits for something. */
static bool shows_life(const struct ocre_container *c)
{
	return !c->config.watchdog_kick && (c->host_calls != c->alive_calls || c->park != NULL);
}

uint64_t ocre__watchdog_due(const struct ocre_container *c)
{
	bool parked = c->park != NULL && !c->config.watchdog_kick;

	if (c->config.watchdog_ms == 0 || !c->sliced || c->state != OCRE_STATE_RUNNING || parked ||
	    c->unresponsive) {
		return OCRE__NEVER;
	}
	return ocre__after(c->alive_ns, c->config.watchdog_ms * NS_PER_MS);
}

void ocre__watchdog_look(struct ocre_container *c, uint64_t now_ns)
{
	if (c->config.watchdog_ms == 0 || !c->sliced || c->state != OCRE_STATE_RUNNING) {
		return;
	}
	if (shows_life(c)) {
		c->alive_calls = c->host_calls;
		ocre__watchdog_alive(c, now_ns);
		return;
	}
	if (c->unresponsive || now_ns < ocre__watchdog_due(c)) {
		return;
	}
	c->unresponsive = true;
	ocre__notify(c, OCRE_NOTICE_UNRESPONSIVE);
	ocre__say(c->context, 2, "no sign of life from ", c->guest.id, "");
	if (c->config.watchdog_restart) {
		ocre__end(c, OCRE_END_KILLED, 137, "killed by its watchdog");
	}
}

static bool failed(const struct ocre_end_info *end)
{
	return end->end != OCRE_END_EXIT || end->code != 0;
}

static bool policy_wants(const struct ocre_container *c)
{
	switch (c->config.restart) {
	case OCRE_RESTART_ON_FAILURE:
		return failed(&c->end) &&
		       (c->config.restart_max == 0 || c->restarts < c->config.restart_max);
	case OCRE_RESTART_ALWAYS:
	case OCRE_RESTART_UNLESS_STOPPED:
		return true;
	case OCRE_RESTART_NO:
		break;
	}
	return false;
}

uint64_t ocre__restart_at(struct ocre_container *c, uint64_t now_ns)
{
	uint64_t delay_ms = c->config.restart_delay_ms;

	if (c->context->closing) {
		return OCRE__NEVER;
	}
	if (c->again) {
		c->again = false;
		c->restarts = 0;
		return now_ns;
	}
	if (c->asked || c->config.restart == OCRE_RESTART_NO) {
		return OCRE__NEVER;
	}
	if (c->end.end != OCRE_END_ERROR && now_ns - c->started_at_ns >= GOOD_LIFE_NS) {
		c->restarts = 0;
	}
	if (!policy_wants(c)) {
		return OCRE__NEVER;
	}
	for (uint32_t i = 0; i < c->restarts && delay_ms < RESTART_DELAY_MAX_MS; i++) {
		delay_ms *= 2;
	}
	if (delay_ms > RESTART_DELAY_MAX_MS) {
		delay_ms = RESTART_DELAY_MAX_MS;
	}
	if (c->restarts < UINT32_MAX) {
		c->restarts++;
	}
	return ocre__after(now_ns, delay_ms * NS_PER_MS);
}
