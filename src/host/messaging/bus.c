/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bus.c - who listens to what, and the way of a message to all of them.
 *
 * A filter without wildcards is the beginning of the topics that it matches. Those are found by a
 * hash of the filter: a publisher asks for each beginning of its topic that is as long as some
 * filter. So a message costs as much with ten thousand subscriptions as with one. Filters with
 * wildcards are tried one by one.
 */
#include <string.h>

#include "internal.h"

#define FIRST_BUCKETS 16u

struct ocre_bus {
	struct ocre_mem *mem;
	const struct ocre_port *port;
	struct ocre_port_mutex mutex;
	uint32_t next_id;
	struct ocre_bus_listener *patterns;
	struct ocre_bus_listener **buckets; /* a power of two of them */
	uint32_t bucket_count;
	uint32_t prefixes;		       /* listeners in buckets */
	uint32_t lengths[OCRE_FILTER_MAX + 1]; /* how many of them have so many bytes */
};

static void lock(struct ocre_bus *bus)
{
	if (bus->port->threads != NULL) {
		bus->port->threads->lock(bus->port->ctx, &bus->mutex);
	}
}

static void unlock(struct ocre_bus *bus)
{
	if (bus->port->threads != NULL) {
		bus->port->threads->unlock(bus->port->ctx, &bus->mutex);
	}
}

/* ---- filters ---- */

/* FNV-1a, which can be carried on byte by byte. */
#define HASH_START 2166136261u

static uint32_t hash_more(uint32_t hash, char c)
{
	return (hash ^ (uint8_t)c) * 16777619u;
}

/* Does a level of the filter stand for others? */
static bool has_wildcards(const char *filter)
{
	const char *at = filter;

	for (;;) {
		if (at[0] == '+' && (at[1] == '/' || at[1] == '\0')) {
			return true;
		}
		if (at[0] == '#' && at[1] == '\0') {
			return true;
		}
		at = strchr(at, '/');
		if (at == NULL) {
			return false;
		}
		at++;
	}
}

/* Level by level, as MQTT has it: "+" is any one level, "#" all that follow, and none. */
static bool matches(const char *filter, const char *topic)
{
	for (;;) {
		if (filter[0] == '#' && filter[1] == '\0') {
			return true;
		}
		if (filter[0] == '+' && (filter[1] == '/' || filter[1] == '\0')) {
			filter++;
			while (*topic != '\0' && *topic != '/') {
				topic++;
			}
		}
		while (*filter != '\0' && *filter != '/' && *filter == *topic) {
			filter++;
			topic++;
		}
		if (*filter == '\0') {
			return *topic == '\0';
		}
		if (*filter != '/') {
			return false;
		}
		if (*topic == '\0') {
			return filter[1] == '#' && filter[2] == '\0';
		}
		if (*topic != '/') {
			return false;
		}
		filter++;
		topic++;
	}
}

struct ocre_bus_listener *ocre__bus_listener(struct ocre_mem *mem, const char *filter, size_t size)
{
	struct ocre_bus_listener *l = (struct ocre_bus_listener *)ocre_mem_alloc(mem, sizeof(*l));
	uint32_t i;

	if (l == NULL) {
		return NULL;
	}
	l->mem = mem;
	l->size = size < OCRE_FILTER_MAX ? (uint32_t)size : OCRE_FILTER_MAX;
	memcpy(l->filter, filter, l->size);
	l->hash = HASH_START;
	for (i = 0; i < l->size; i++) {
		l->hash = hash_more(l->hash, l->filter[i]);
	}
	l->pattern = has_wildcards(l->filter);
	return l;
}

/* ---- the table ---- */

static struct ocre_bus_listener **bucket(struct ocre_bus *bus, uint32_t hash)
{
	return &bus->buckets[hash & (bus->bucket_count - 1)];
}

/* Without memory the lists get longer, and that is all. */
static void grow(struct ocre_bus *bus)
{
	struct ocre_bus_listener **old = bus->buckets;
	uint32_t count = bus->bucket_count;
	struct ocre_bus_listener **grown = (struct ocre_bus_listener **)ocre_mem_alloc_array(
		bus->mem, (size_t)count * 2, sizeof(struct ocre_bus_listener *));
	uint32_t i;

	if (grown == NULL) {
		return;
	}
	bus->buckets = grown;
	bus->bucket_count = count * 2;
	for (i = 0; i < count; i++) {
		while (old[i] != NULL) {
			struct ocre_bus_listener *l = old[i];
			struct ocre_bus_listener **to = bucket(bus, l->hash);

			old[i] = l->next;
			l->next = *to;
			*to = l;
		}
	}
	ocre_mem_free(bus->mem, (void *)old, count * sizeof(struct ocre_bus_listener *));
}

void ocre__bus_add(struct ocre_bus *bus, struct ocre_bus_listener *l)
{
	struct ocre_bus_listener **list;

	lock(bus);
	if (!l->pattern && bus->prefixes >= bus->bucket_count) {
		grow(bus);
	}
	list = l->pattern ? &bus->patterns : bucket(bus, l->hash);
	l->next = *list;
	*list = l;
	if (!l->pattern) {
		bus->prefixes++;
		bus->lengths[l->size]++;
	}
	unlock(bus);
}

void ocre__bus_remove(struct ocre_bus *bus, struct ocre_bus_listener *l)
{
	struct ocre_bus_listener **at;

	lock(bus);
	at = l->pattern ? &bus->patterns : bucket(bus, l->hash);
	while (*at != l) {
		at = &(*at)->next;
	}
	*at = l->next;
	if (!l->pattern) {
		bus->prefixes--;
		bus->lengths[l->size]--;
	}
	unlock(bus);
	ocre_mem_free(l->mem, l, sizeof(*l));
}

void ocre__bus_set_handler(struct ocre_bus *bus, struct ocre_bus_listener *l, uint32_t handler)
{
	lock(bus);
	l->handler = handler;
	unlock(bus);
}

/* ---- delivery ---- */

static bool deliver_to(const struct ocre_bus_listener *l, struct ocre_message *message, uint32_t id)
{
	struct ocre_event event = {
		.type = OCRE_EVENT_MESSAGE,
		.port = l->handler,
		.message = message,
	};
	struct ocre_action action = {
		.kind = OCRE_ACTION_SUBSCRIBE,
		.name = message->data,
		.name_size = message->topic_size,
	};

	if (l->guest == NULL) {
		l->fn(l->ctx, id, message);
		return true;
	}
	/* The filter may match more than the container may hear. */
	if (!l->guest->ops->permits(l->guest, &action)) {
		return false;
	}
	if (l->count->latest != id) {
		l->count->latest = id;
		l->count->id++;
	}
	event.id = l->count->id;
	return l->guest->ops->post(l->guest, &event) == OCRE_OK;
}

static uint32_t deliver_to_prefixes(struct ocre_bus *bus, struct ocre_message *message)
{
	const char *topic = message->data;
	uint32_t hash = HASH_START;
	uint32_t reached = 0;
	uint32_t n = 0;

	while (n < message->topic_size && n < OCRE_FILTER_MAX) {
		const struct ocre_bus_listener *l;

		hash = hash_more(hash, topic[n++]);
		l = bus->lengths[n] != 0 ? *bucket(bus, hash) : NULL;
		for (; l != NULL; l = l->next) {
			if (l->hash == hash && l->size == n && memcmp(l->filter, topic, n) == 0 &&
			    deliver_to(l, message, bus->next_id)) {
				reached++;
			}
		}
	}
	return reached;
}

uint32_t ocre__bus_deliver(struct ocre_bus *bus, struct ocre_message *message)
{
	const struct ocre_bus_listener *l;
	uint32_t reached;

	lock(bus);
	reached = deliver_to_prefixes(bus, message);
	for (l = bus->patterns; l != NULL; l = l->next) {
		if (matches(l->filter, message->data) && deliver_to(l, message, bus->next_id)) {
			reached++;
		}
	}
	bus->next_id += bus->next_id != UINT32_MAX ? 1 : 2; /* 0 is no number */
	unlock(bus);
	return reached;
}

void ocre__message_init(struct ocre_message *message, const char *topic, uint32_t topic_size,
			const char *content_type, uint32_t content_type_size, uint32_t payload_size)
{
	message->topic_size = topic_size;
	message->content_type_size = content_type_size;
	message->payload_size = payload_size;
	memcpy(message->data, topic, topic_size);
	message->data[topic_size] = '\0';
	memcpy(message->data + topic_size + 1, content_type, content_type_size);
	message->data[topic_size + 1 + content_type_size] = '\0';
}

/* ---- for the program ---- */

int ocre_bus_create(struct ocre_mem *mem, const struct ocre_port *port, struct ocre_bus **out)
{
	struct ocre_bus *bus = (struct ocre_bus *)ocre_mem_alloc(mem, sizeof(*bus));

	if (bus == NULL) {
		return OCRE_E_NOMEM;
	}
	bus->mem = mem;
	bus->port = port;
	bus->next_id = 1;
	bus->bucket_count = FIRST_BUCKETS;
	bus->buckets = (struct ocre_bus_listener **)ocre_mem_alloc_array(
		mem, FIRST_BUCKETS, sizeof(struct ocre_bus_listener *));
	if (bus->buckets == NULL) {
		goto free_bus;
	}
	if (port->threads != NULL && port->threads->mutex_init(port->ctx, &bus->mutex) != 0) {
		goto free_buckets;
	}
	*out = bus;
	return OCRE_OK;

free_buckets:
	ocre_mem_free(mem, (void *)bus->buckets, FIRST_BUCKETS * sizeof(bus->buckets[0]));
free_bus:
	ocre_mem_free(mem, bus, sizeof(*bus));
	return OCRE_E_NOMEM;
}

static void forget(struct ocre_bus_listener *l)
{
	while (l != NULL) {
		struct ocre_bus_listener *next = l->next;

		ocre_mem_free(l->mem, l, sizeof(*l));
		l = next;
	}
}

void ocre_bus_destroy(struct ocre_bus *bus)
{
	uint32_t i;

	if (bus == NULL) {
		return;
	}
	forget(bus->patterns);
	for (i = 0; i < bus->bucket_count; i++) {
		forget(bus->buckets[i]);
	}
	if (bus->port->threads != NULL) {
		bus->port->threads->mutex_deinit(bus->port->ctx, &bus->mutex);
	}
	ocre_mem_free(bus->mem, (void *)bus->buckets, bus->bucket_count * sizeof(bus->buckets[0]));
	ocre_mem_free(bus->mem, bus, sizeof(*bus));
}

int ocre_bus_publish(struct ocre_bus *bus, const char *topic, const char *content_type,
		     const void *payload, size_t size)
{
	size_t topic_size = topic != NULL ? strlen(topic) : 0;
	size_t type_size = content_type != NULL ? strlen(content_type) : 0;
	struct ocre_message *message;
	size_t whole;
	uint32_t reached;

	if (topic_size == 0 || topic_size > OCRE_TOPIC_MAX || type_size == 0 ||
	    type_size > OCRE_TOPIC_MAX || payload == NULL || size == 0 || size > OCRE_PAYLOAD_MAX) {
		return OCRE_E_ARGUMENT;
	}
	whole = ocre__message_size((uint32_t)topic_size, (uint32_t)type_size, (uint32_t)size);
	message = (struct ocre_message *)ocre_mem_alloc(bus->mem, whole);
	if (message == NULL) {
		return OCRE_E_NOMEM;
	}
	ocre__message_init(message, topic, (uint32_t)topic_size, content_type, (uint32_t)type_size,
			   (uint32_t)size);
	memcpy(message->data + topic_size + type_size + 2, payload, size);
	reached = ocre__bus_deliver(bus, message);
	ocre_mem_free(bus->mem, message, whole);
	return (int)reached;
}

int ocre_bus_listen(struct ocre_bus *bus, const char *filter,
		    void (*fn)(void *ctx, uint32_t id, const struct ocre_message *message),
		    void *ctx, struct ocre_bus_listener **out)
{
	struct ocre_bus_listener *l;

	if (filter == NULL || filter[0] == '\0' || fn == NULL) {
		return OCRE_E_ARGUMENT;
	}
	l = ocre__bus_listener(bus->mem, filter, strlen(filter));
	if (l == NULL) {
		return OCRE_E_NOMEM;
	}
	l->fn = fn;
	l->ctx = ctx;
	ocre__bus_add(bus, l);
	*out = l;
	return OCRE_OK;
}

void ocre_bus_unlisten(struct ocre_bus *bus, struct ocre_bus_listener *listener)
{
	ocre__bus_remove(bus, listener);
}
