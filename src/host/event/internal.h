/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of this module share: one object for each life of a container. */
#ifndef OCRE_EVENT_INTERNAL_H
#define OCRE_EVENT_INTERNAL_H

#include <ocre/host.h>
#include <ocre/port.h>
#include <ocre/providers.h>

/* The six strings of uname, as guests have them in memory. */
#define UNAME_FIELDS 6u
#define UNAME_FIELD  65u

struct ocre__event_shared {
	struct ocre_mem *mem;
	char uname[UNAME_FIELDS][UNAME_FIELD];
};

/* A message that was placed in guest memory: one allocation, at the address of its topic. */
struct ocre__event_handed {
	uint32_t topic;
	uint32_t content_type;
	uint32_t payload;
};

/* Most messages that a guest may hold without giving them back. */
#define MAX_HANDED 256u

struct ocre__event {
	struct ocre_guest *guest;
	const struct ocre__event_shared *shared;
	/* A message that was taken from the queue and found no room in guest memory, or NULL. */
	struct ocre_event held;
	bool holds;
	bool placing; /* a message, which may run the guest's malloc: it must not come back here */
	struct ocre__event_handed *handed;
	uint32_t handed_count;
	uint32_t handed_room;
	/* A bit for each timer that the guest created; id 1 is bit 0. */
	uint8_t *timers;
	uint32_t timer_count; /* how many bits are set */
};

static inline struct ocre__event *ocre__event_of(struct ocre_call *call)
{
	return (struct ocre__event *)call->host;
}

/* Finish the call with this result: 0, or a negative number of enum ocre_errno. */
static inline int ocre__event_return(struct ocre_call *call, int32_t result)
{
	call->ret[0] = (uint32_t)result;
	return OCRE_HOST_DONE;
}

/* The monotonic clock; false when the port has none. */
static inline bool ocre__event_now(const struct ocre__event *e, uint64_t *ns)
{
	const struct ocre_port *port = e->guest->port;

	return port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, ns) == 0;
}

/* Fill in what env.uname says; `names` may be NULL. */
void ocre__event_uname_init(struct ocre__event_shared *shared, const struct ocre_uname *names);

/* Frees what ocre_get_event keeps; clears every timer. */
void ocre__event_release(struct ocre__event *e);
void ocre__event_timers_release(struct ocre__event *e);

#define OCRE__EVENT_FN(name) int ocre__event_##name(struct ocre_call *call)

/* event.c */
OCRE__EVENT_FN(sleep);
OCRE__EVENT_FN(get);
OCRE__EVENT_FN(wait);
OCRE__EVENT_FN(register_dispatcher);
OCRE__EVENT_FN(free_data);
OCRE__EVENT_FN(watchdog_kick);
/* timer.c */
OCRE__EVENT_FN(timer_create);
OCRE__EVENT_FN(timer_start);
OCRE__EVENT_FN(timer_stop);
OCRE__EVENT_FN(timer_delete);
OCRE__EVENT_FN(timer_get_remaining);
/* uname.c */
OCRE__EVENT_FN(uname);

#endif /* OCRE_EVENT_INTERNAL_H */
