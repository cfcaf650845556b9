/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - the bus as the guest functions see it. */
#ifndef OCRE_MESSAGING_INTERNAL_H
#define OCRE_MESSAGING_INTERNAL_H

#include <ocre/host.h>
#include <ocre/messaging.h>
#include <ocre/port.h>
#include <ocre/providers.h>

/*
 * What a guest calls its messages: it counts those that are for it, so that the numbers tell
 * nothing of what others say. Copies of one message have the same number. Changed with the bus
 * locked.
 */
struct ocre__bus_count {
	uint32_t latest; /* the bus's own number of the last one */
	uint32_t id;
};

/* One filter of a guest, or of the program (then `guest` is NULL). */
struct ocre_bus_listener {
	struct ocre_bus_listener *next; /* in the bus */
	struct ocre_bus_listener *mine; /* of the same guest; the guest's own */
	struct ocre_mem *mem;		/* where it comes from */
	struct ocre_guest *guest;
	struct ocre__bus_count *count; /* of the guest */
	uint32_t handler;	       /* what events have as `port` */
	void (*fn)(void *ctx, uint32_t id, const struct ocre_message *message);
	void *ctx;
	uint32_t hash;
	uint32_t size;
	bool pattern; /* has wildcards */
	char filter[OCRE_FILTER_MAX + 1];
};

/* A listener that nobody sees yet, with the first bytes of `filter`; NULL when there is no memory.
 */
struct ocre_bus_listener *ocre__bus_listener(struct ocre_mem *mem, const char *filter, size_t size);
void ocre__bus_add(struct ocre_bus *bus, struct ocre_bus_listener *listener);
/* Takes it out and frees it. */
void ocre__bus_remove(struct ocre_bus *bus, struct ocre_bus_listener *listener);
void ocre__bus_set_handler(struct ocre_bus *bus, struct ocre_bus_listener *listener,
			   uint32_t handler);

/* How many subscriptions got it. */
uint32_t ocre__bus_deliver(struct ocre_bus *bus, struct ocre_message *message);

static inline size_t ocre__message_size(uint32_t topic, uint32_t content_type, uint32_t payload)
{
	return sizeof(struct ocre_message) + topic + 1 + content_type + 1 + payload;
}

/* Everything but the payload, for which room is left behind. */
void ocre__message_init(struct ocre_message *message, const char *topic, uint32_t topic_size,
			const char *content_type, uint32_t content_type_size,
			uint32_t payload_size);

#endif /* OCRE_MESSAGING_INTERNAL_H */
