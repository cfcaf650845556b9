/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messaging.h - the message bus of a context, for the program around the containers: what it
 * publishes reaches them, and it can listen to what they publish. Grants limit containers, not the
 * program. Each context has a bus of its own; a program that wants to use it makes it and gives it
 * to ocre_provider_messaging as its config.
 *
 * A filter is the beginning of a topic ("test/" takes "test/topic"), or, when a level of it is "+"
 * or its last one is "#", a filter as MQTT has them ("+/state", "plant/#").
 */
#ifndef OCRE_MESSAGING_H
#define OCRE_MESSAGING_H

#include <ocre/base.h>
#include <ocre/host.h>
#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most bytes; of a filter only the first ones count. */
#define OCRE_TOPIC_MAX	 255u
#define OCRE_FILTER_MAX	 63u
#define OCRE_PAYLOAD_MAX 65535u

struct ocre_bus;
struct ocre_bus_listener;

/* `mem` must allow any thread that publishes or listens; it and `port` must outlive the bus. */
int ocre_bus_create(struct ocre_mem *mem, const struct ocre_port *port, struct ocre_bus **out);
/* No context uses it any more. Listeners that are left are forgotten. NULL is allowed. */
void ocre_bus_destroy(struct ocre_bus *bus);

/*
 * Any thread. A copy for every subscription that matches. The number of them that were queued;
 * OCRE_E_ARGUMENT when a text or the payload is empty or too long, OCRE_E_NOMEM.
 */
int ocre_bus_publish(struct ocre_bus *bus, const char *topic, const char *content_type,
		     const void *payload, size_t size);

/*
 * Any thread. `fn` is called for every message that matches, on the publisher's thread with the bus
 * locked: it must neither call the bus nor wait. After unlisten it is not called any more.
 */
int ocre_bus_listen(struct ocre_bus *bus, const char *filter,
		    void (*fn)(void *ctx, uint32_t id, const struct ocre_message *message),
		    void *ctx, struct ocre_bus_listener **out);
void ocre_bus_unlisten(struct ocre_bus *bus, struct ocre_bus_listener *listener);

/* Parts of a message; topic and content type end with a NUL. */
static inline const char *ocre_message_topic(const struct ocre_message *message)
{
	return message->data;
}

static inline const char *ocre_message_content_type(const struct ocre_message *message)
{
	return message->data + message->topic_size + 1;
}

static inline const void *ocre_message_payload(const struct ocre_message *message)
{
	return ocre_message_content_type(message) + message->content_type_size + 1;
}

#ifdef __cplusplus
}
#endif

#endif /* OCRE_MESSAGING_H */
