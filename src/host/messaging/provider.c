/* SPDX-License-Identifier: Apache-2.0 */
/* provider.c - publish and subscribe for guests. What they say is checked here, all of it. */
#include <string.h>

#include "internal.h"

#define TEXT_ROOM (OCRE_TOPIC_MAX + 1)
#define NAME_ROOM 128u
/* A publisher keeps its message's memory for the next one, up to so much. */
#define KEEP	  2048u

struct shared {
	struct ocre_mem *mem;
	struct ocre_bus *bus;
	bool own; /* made here, not by the program */
};

/* A life of a container. */
struct client {
	struct ocre_guest *guest;
	struct ocre_bus *bus;
	struct ocre__bus_count count;
	struct ocre_bus_listener *subscriptions;
	uint32_t subscription_count;
	struct ocre_message *message; /* room for what it publishes */
	size_t message_room;
	char **handlers; /* names of exports; the guest's `handlers` is this */
	uint32_t handler_count;
};

static struct client *client_of(struct ocre_call *call)
{
	return (struct client *)call->host;
}

static int done(struct ocre_call *call, int32_t result)
{
	call->ret[0] = (uint32_t)result;
	return OCRE_HOST_DONE;
}

/* ---- publish ---- */

static bool make_room(struct client *c, size_t size)
{
	struct ocre_mem *mem = c->guest->mem;

	if (size <= c->message_room) {
		return true;
	}
	ocre_mem_free(mem, c->message, c->message_room);
	c->message_room = 0;
	c->message = (struct ocre_message *)ocre_mem_alloc(mem, size);
	if (c->message == NULL) {
		return false;
	}
	c->message_room = size;
	return true;
}

static void trim_room(struct client *c)
{
	if (c->message_room > KEEP) {
		ocre_mem_free(c->guest->mem, c->message, c->message_room);
		c->message = NULL;
		c->message_room = 0;
	}
}

/* Put together what the guest publishes: 0 or the error. */
static int32_t gather(struct ocre_call *call, struct client *c)
{
	uint32_t payload = ocre_arg_u32(call, 2);
	uint32_t size = ocre_arg_u32(call, 3);
	char topic[TEXT_ROOM];
	char content_type[TEXT_ROOM];
	int32_t topic_size = ocre_call_string(call, ocre_arg_u32(call, 0), topic, TEXT_ROOM);
	int32_t type_size = ocre_call_string(call, ocre_arg_u32(call, 1), content_type, TEXT_ROOM);
	struct ocre_action action = {.kind = OCRE_ACTION_PUBLISH, .name = topic};
	const void *at;

	if (topic_size <= 0 || type_size <= 0 || payload == 0 || size == 0 ||
	    size > OCRE_PAYLOAD_MAX) {
		return -OCRE_ERRNO_INVAL;
	}
	action.name_size = (size_t)topic_size;
	if (!c->guest->ops->allowed(c->guest, &action)) {
		return -OCRE_ERRNO_PERM;
	}
	if (!make_room(c, ocre__message_size((uint32_t)topic_size, (uint32_t)type_size, size))) {
		return -OCRE_ERRNO_NOMEM;
	}
	ocre__message_init(c->message, topic, (uint32_t)topic_size, content_type,
			   (uint32_t)type_size, size);
	at = ocre_call_memory(call, payload, size);
	if (at == NULL) {
		return -OCRE_ERRNO_INVAL;
	}
	memcpy(c->message->data + topic_size + type_size + 2, at, size);
	return 0;
}

static int publish(struct ocre_call *call)
{
	struct client *c = client_of(call);
	int32_t error = gather(call, c);

	if (error == 0) {
		uint32_t reached = ocre__bus_deliver(c->bus, c->message);
		uint64_t size = (uint64_t)c->message->topic_size + c->message->payload_size;

		call->charge = ((uint64_t)reached + 1) * (size / 64 + 1);
		error = reached > 0 ? 0 : -OCRE_ERRNO_NOENT;
	}
	trim_room(c);
	return done(call, error);
}

/* ---- subscribe ---- */

static struct ocre_bus_listener *find(struct client *c, const char *filter, size_t size)
{
	struct ocre_bus_listener *l = c->subscriptions;

	if (size > OCRE_FILTER_MAX) {
		size = OCRE_FILTER_MAX;
	}
	while (l != NULL && (l->size != size || memcmp(l->filter, filter, size) != 0)) {
		l = l->mine;
	}
	return l;
}

static int32_t add(struct client *c, const char *filter, size_t size, uint32_t handler)
{
	struct ocre_bus_listener *l = find(c, filter, size);

	if (l != NULL) {
		ocre__bus_set_handler(c->bus, l, handler);
		return 0;
	}
	if (c->subscription_count >= c->guest->max_subscriptions) {
		return -OCRE_ERRNO_NOMEM;
	}
	l = ocre__bus_listener(c->guest->mem, filter, size);
	if (l == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	l->guest = c->guest;
	l->count = &c->count;
	l->handler = handler;
	l->mine = c->subscriptions;
	c->subscriptions = l;
	c->subscription_count++;
	ocre__bus_add(c->bus, l);
	return 0;
}

static int32_t subscribe_to(struct ocre_call *call, uint32_t handler)
{
	struct client *c = client_of(call);
	struct ocre_action action = {.kind = OCRE_ACTION_SUBSCRIBE};
	char filter[TEXT_ROOM];
	int32_t size = ocre_call_string(call, ocre_arg_u32(call, 0), filter, TEXT_ROOM);

	if (size <= 0) {
		return -OCRE_ERRNO_INVAL;
	}
	action.name = filter;
	action.name_size = (uint32_t)size < OCRE_FILTER_MAX ? (size_t)size : OCRE_FILTER_MAX;
	if (!c->guest->ops->allowed(c->guest, &action)) {
		return -OCRE_ERRNO_PERM;
	}
	return add(c, filter, action.name_size, handler);
}

static int subscribe(struct ocre_call *call)
{
	return done(call, subscribe_to(call, 0));
}

/* ---- subscribe with a handler, the ABI of 2025-03 ---- */

/* The number of a handler, counted from 1; 0 when there is no memory for it. */
static uint32_t handler_number(struct client *c, const char *name, size_t size)
{
	struct ocre_mem *mem = c->guest->mem;
	uint32_t count = c->handler_count;
	char **grown;
	char *copy;
	uint32_t n;

	for (n = 0; n < count; n++) {
		if (strcmp(c->handlers[n], name) == 0) {
			return n + 1;
		}
	}
	/* Each belongs to a subscription, so there are no more of them. */
	if (count >= c->guest->max_subscriptions) {
		return 0;
	}
	copy = (char *)ocre_mem_alloc(mem, size + 1);
	if (copy == NULL) {
		return 0;
	}
	grown = (char **)ocre_mem_resize(mem, (void *)c->handlers, count * sizeof(char *),
					 (count + 1) * sizeof(char *));
	if (grown == NULL) {
		ocre_mem_free(mem, copy, size + 1);
		return 0;
	}
	memcpy(copy, name, size);
	grown[count] = copy;
	c->handlers = grown;
	c->handler_count = count + 1;
	c->guest->handlers = (const char *const *)grown;
	c->guest->handler_count = c->handler_count;
	return c->handler_count;
}

static int subscribe_handler(struct ocre_call *call)
{
	struct client *c = client_of(call);
	char name[NAME_ROOM];
	int32_t size = ocre_call_string(call, ocre_arg_u32(call, 1), name, NAME_ROOM);
	uint32_t handler;
	int32_t error;

	if (size <= 0 || call->ops->exports == NULL || !call->ops->exports(call, name)) {
		return done(call, -OCRE_ERRNO_INVAL);
	}
	handler = handler_number(c, name, (size_t)size);
	if (handler == 0) {
		return done(call, -OCRE_ERRNO_NOMEM);
	}
	error = subscribe_to(call, handler);
	if (error == 0) {
		c->guest->callbacks |= 1u << OCRE_EVENT_MESSAGE;
	}
	return done(call, error);
}

/* Declared by older headers; there is nothing to prepare. */
static int system_init(struct ocre_call *call)
{
	return done(call, 0);
}

/* ---- the table, and lives ---- */

static const struct ocre_host_func funcs[] = {
	{"ocre_publish_message", "iiii:i", publish, OCRE_ACTION_PUBLISH, -OCRE_ERRNO_PERM},
	{"ocre_subscribe_message", "i:i", subscribe, OCRE_ACTION_SUBSCRIBE, -OCRE_ERRNO_INVAL},
	/* 2025-03 */
	{"ocre_subscribe_message", "ii:i", subscribe_handler, OCRE_ACTION_SUBSCRIBE,
	 -OCRE_ERRNO_INVAL},
	{"ocre_msg_system_init", ":", system_init},
	{"ocre_msg_system_init", ":i", system_init},
};

static const struct ocre_host_module module = {"env", funcs, sizeof(funcs) / sizeof(funcs[0])};
static const struct ocre_host_module *const modules[] = {&module};

static int open_shared(struct ocre_mem *mem, const struct ocre_port *port, const void *config,
		       void **out, struct ocre_diag *diag)
{
	struct shared *shared = (struct shared *)ocre_mem_alloc(mem, sizeof(*shared));

	if (shared == NULL) {
		goto no_memory;
	}
	shared->mem = mem;
	if (config != NULL) {
		shared->bus = (struct ocre_bus *)(uintptr_t)config;
	} else if (ocre_bus_create(mem, port, &shared->bus) != OCRE_OK) {
		ocre_mem_free(mem, shared, sizeof(*shared));
		goto no_memory;
	} else {
		shared->own = true;
	}
	*out = shared;
	return OCRE_OK;

no_memory:
	return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for the message bus");
}

static void close_shared(void *arg)
{
	struct shared *shared = (struct shared *)arg;

	if (shared->own) {
		ocre_bus_destroy(shared->bus);
	}
	ocre_mem_free(shared->mem, shared, sizeof(*shared));
}

static int create(void *shared, struct ocre_guest *guest, void **out, struct ocre_diag *diag)
{
	struct client *c = (struct client *)ocre_mem_alloc(guest->mem, sizeof(*c));

	if (c == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for messages");
	}
	c->guest = guest;
	c->bus = ((struct shared *)shared)->bus;
	*out = c;
	return OCRE_OK;
}

static void destroy(void *object)
{
	struct client *c = (struct client *)object;
	struct ocre_guest *guest = c->guest;
	uint32_t n;

	/* When they are gone nobody posts to this guest any more. */
	while (c->subscriptions != NULL) {
		struct ocre_bus_listener *l = c->subscriptions;

		c->subscriptions = l->mine;
		ocre__bus_remove(c->bus, l);
	}
	guest->handlers = NULL;
	guest->handler_count = 0;
	for (n = 0; n < c->handler_count; n++) {
		ocre_mem_free(guest->mem, c->handlers[n], strlen(c->handlers[n]) + 1);
	}
	ocre_mem_free(guest->mem, (void *)c->handlers, c->handler_count * sizeof(char *));
	ocre_mem_free(guest->mem, c->message, c->message_room);
	ocre_mem_free(guest->mem, c, sizeof(*c));
}

const struct ocre_host_provider ocre_provider_messaging = {
	.name = "messaging",
	.modules = modules,
	.module_count = 1,
	.open = open_shared,
	.close = close_shared,
	.create = create,
	.destroy = destroy,
};
