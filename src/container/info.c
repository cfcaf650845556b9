/* SPDX-License-Identifier: Apache-2.0 */
/* info.c - what is known about a container. */
#include "internal.h"

#include <string.h>

void *ocre_container_user(const struct ocre_container *container)
{
	return container != NULL ? container->config.user : NULL;
}

int ocre_container_get_info(struct ocre_container *c, struct ocre_container_info *out)
{
	if (c == NULL || out == NULL) {
		return OCRE_E_ARGUMENT;
	}
	ocre__lock(c->context);
	memset(out, 0, sizeof(*out));
	out->id = c->guest.id;
	out->image = c->guest.image;
	out->driver = c->driver->driver->name;
	out->state = c->state;
	out->unresponsive = c->unresponsive;
	out->restarting = ocre__row(c) == OCRE__ROW_RESTARTING;
	out->lives = c->lives;
	out->restarts = c->restarts;
	out->end = c->end;
	out->started_ns = c->started_ns;
	out->ended_ns = c->ended_ns;
	ocre__unlock(c->context);
	return OCRE_OK;
}

int ocre_container_get_stats(struct ocre_container *c, struct ocre_container_stats *out)
{
	bool alive;

	if (c == NULL || out == NULL) {
		return OCRE_E_ARGUMENT;
	}
	ocre__lock(c->context);
	memset(out, 0, sizeof(*out));
	alive = c->state == OCRE_STATE_RUNNING || c->state == OCRE_STATE_PAUSED;
	if (!c->busy && !c->removed && c->driver->driver->guest_memory != NULL) {
		/* While a slice runs the size is that of before it. */
		c->guest_memory = alive ? c->driver->driver->guest_memory(c->object) : 0;
	}
	/* A slice may be allocating. */
	out->memory = __atomic_load_n(&c->mem.used, __ATOMIC_RELAXED);
	out->memory_peak = __atomic_load_n(&c->mem.peak, __ATOMIC_RELAXED);
	out->guest_memory = c->guest_memory;
	out->budget = c->used;
	out->cpu_ns = c->cpu_ns;
	out->slices = c->slices;
	out->parks = c->parks;
	out->host_calls = c->host_calls;
	out->events_queued = c->events.count + c->events.timers_came;
	out->timers = c->events.timer_count;
	out->events = c->events.posted;
	out->events_lost = c->events.lost;
	out->log_bytes = c->log.written;
	out->log_dropped = c->log.dropped;
	ocre__unlock(c->context);
	return OCRE_OK;
}
