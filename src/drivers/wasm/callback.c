/* SPDX-License-Identifier: Apache-2.0 */
/*
 * callback.c - events for guests that take them by an exported callback: it runs on top of the call
 * in which the guest waits, the last one first, and may wait itself.
 */
#include "wasm.h"

#include <string.h>

/* What bringing an event to the guest costs of the budget, beyond what the callback does. */
#define DELIVERY_COST 64u

/* Where a container that waits for more descriptors than a park can name looks after them. */
#define CROWDED_NS 10000000u

/* The structure that message handlers of the 2025-03 ABI get. */
#define MESSAGE_SIZE 24u

struct delivery {
	struct ocre__wasm_thread *t;
	struct ocre_event event;
	uint32_t tag;
	uint32_t func;
	uint32_t params;
};

/* ---- what is called ---- */

static const enum ocre__wasm_callback of_type[OCRE_EVENT_TYPES] = {
	[OCRE_EVENT_TIMER] = CALLBACK_TIMER,  [OCRE_EVENT_GPIO] = CALLBACK_GPIO,
	[OCRE_EVENT_SENSOR] = CALLBACK_COUNT, [OCRE_EVENT_MESSAGE] = CALLBACK_MESSAGE,
	[OCRE_EVENT_STOP] = CALLBACK_STOP,
};

/* The function that an event is for. False when the guest has none. */
static bool find_func(struct delivery *d)
{
	const struct ocre__wasm_object *o = d->t->object;
	const struct ocre_event *e = &d->event;
	const struct ocre__wasm_func *callback;
	struct ocre_func_type type;

	if (e->type == OCRE_EVENT_MESSAGE && e->port > 0) {
		if (e->port > o->guest->handler_count ||
		    ocre_instance_find_func(d->t->instance, o->guest->handlers[e->port - 1],
					    &d->func, &type) != OCRE_OK ||
		    type.param_count != 1 || type.params[0] != OCRE_I32) {
			return false;
		}
		d->params = 1;
		return true;
	}
	if (e->type >= OCRE_EVENT_TYPES || of_type[e->type] == CALLBACK_COUNT ||
	    (o->image->callback_types >> e->type & 1u) == 0) {
		return false;
	}
	callback = &o->image->callbacks[of_type[e->type]];
	d->func = callback->index;
	d->params = callback->params;
	return true;
}

/* ---- messages ---- */

static uint32_t place(struct delivery *d, const char *data, uint32_t size, uint32_t room)
{
	struct ocre__wasm_object *o = d->t->object;
	uint32_t addr = ocre__wasm_alloc(o, d->t, NULL, room, d->tag);
	uint8_t *to = addr != 0 ? ocre_instance_memory(d->t->instance, addr, room) : NULL;

	if (to == NULL) {
		return 0;
	}
	memcpy(to, data, size);
	memset(to + size, 0, room - size);
	return addr;
}

/* The parts of a message in guest memory, each by itself, as the guest may free each. */
static bool place_message(struct delivery *d, union ocre_value *args)
{
	const struct ocre_message *m = d->event.message;
	const char *content_type = m->data + m->topic_size + 1;
	const char *payload = content_type + m->content_type_size + 1;
	char whole[MESSAGE_SIZE];

	args[0].i32 = d->event.id;
	args[1].i32 = place(d, m->data, m->topic_size, m->topic_size + 1);
	args[2].i32 = place(d, content_type, m->content_type_size, m->content_type_size + 1);
	args[3].i32 = place(d, payload, m->payload_size, m->payload_size);
	args[4].i32 = m->payload_size;
	if (args[1].i32 == 0 || args[2].i32 == 0 || args[3].i32 == 0) {
		return false;
	}
	if (d->params == 1) {
		ocre_put_u64(whole, d->event.id);
		for (uint32_t n = 1; n < 5; n++) {
			ocre_put_u32(whole + 4 + 4 * n, args[n].i32);
		}
		args[0].i32 = place(d, whole, MESSAGE_SIZE, MESSAGE_SIZE);
	}
	return args[0].i32 != 0 || d->params != 1;
}

/* ---- delivering ---- */

static bool get_args(struct delivery *d, union ocre_value *args)
{
	switch (d->event.type) {
	case OCRE_EVENT_MESSAGE:
		return d->event.message != NULL && place_message(d, args);
	case OCRE_EVENT_GPIO:
		args[0].i32 = d->event.id;
		args[1].i32 = d->event.state;
		args[2].i32 = d->event.port;
		return true;
	default:
		args[0].i32 = d->event.id;
		return true;
	}
}

/* True when the callback stands on top of what is parked. An event without room is lost. */
static bool push(struct delivery *d)
{
	struct ocre__wasm_thread *t = d->t;
	struct ocre__wasm_object *o = t->object;
	union ocre_value args[5];
	int rc;

	memset(args, 0, sizeof(args));
	o->last_tag = o->last_tag >= UINT32_MAX - 1 ? 1 : o->last_tag + 1;
	d->tag = o->last_tag;
	if (!find_func(d)) {
		o->guest->ops->note(o->guest, "an event was dropped: there is no callback for it");
		return false;
	}
	if (!get_args(d, args)) {
		if (!ocre__wasm_is_over(o)) {
			ocre__wasm_free_tag(o, t, d->tag);
			o->guest->ops->note(
				o->guest, "a message was dropped: no room for it in guest memory");
		}
		return false;
	}
	rc = ocre_instance_call(t->instance, d->func, args);
	if (rc < 0) {
		ocre__wasm_failed(
			o, "no room on the guest stack for a callback: ", ocre_status_text(rc));
		return false;
	}
	t->tags[t->depth++] = d->tag;
	t->parked = false;
	return true;
}

/* Types of events that may be brought to a parked thread now. */
static uint32_t types_for(struct ocre__wasm_thread *t)
{
	struct ocre__wasm_object *o = t->object;
	uint32_t types = o->guest->callbacks & ~o->guest->dispatchers;

	if (t->depth == CALLBACK_DEPTH) {
		return 0;
	}
	if ((ocre_instance_park(t->instance)->events & OCRE_PARK_CALLBACKS) != 0) {
		return types;
	}
	return o->stop ? types & 1u << OCRE_EVENT_STOP : 0;
}

bool ocre__wasm_deliver(struct ocre__wasm_thread *t, uint64_t *budget)
{
	struct ocre__wasm_object *o = t->object;
	uint32_t types = types_for(t);
	struct delivery d = {.t = t};
	bool pushed = false;
	bool any = false;

	while (types != 0 && !pushed && !ocre__wasm_is_over(o) &&
	       o->guest->ops->take(o->guest, types, &d.event) == OCRE_OK) {
		*budget -= *budget < DELIVERY_COST ? *budget : DELIVERY_COST;
		any = true;
		if (d.event.type == OCRE_EVENT_STOP) {
			o->stop = false;
		}
		pushed = push(&d);
		o->guest->ops->release(o->guest, d.event.message);
	}
	/* Where the guest's malloc has run, the parked call must say again what it waits for. */
	return any;
}

bool ocre__wasm_delivered(struct ocre__wasm_thread *t)
{
	t->depth--;
	ocre__wasm_free_tag(t->object, t, t->tags[t->depth]);
	return !ocre__wasm_is_over(t->object);
}

/* ---- waiting ---- */

static void add_fd(struct ocre_park *park, struct ocre_park_fd fd, uint64_t crowded_ns)
{
	uint32_t n = 0;

	while (n < park->fd_count && park->fds[n].fd != fd.fd) {
		n++;
	}
	if (n < park->fd_count) {
		park->fds[n].events |= fd.events;
	} else if (n < OCRE_PARK_FDS) {
		park->fds[park->fd_count++] = fd;
	} else if (park->deadline_ns > crowded_ns) {
		park->deadline_ns = crowded_ns;
	}
}

void ocre__wasm_add_park(struct ocre__wasm_object *o, struct ocre__wasm_thread *t, bool first)
{
	const struct ocre_port *port = o->guest->port;
	const struct ocre_park *park = ocre_instance_park(t->instance);
	uint64_t now_ns = 0;

	if (first) {
		memset(&o->park, 0, sizeof(o->park));
		o->park.deadline_ns = UINT64_MAX;
	}
	if (park->deadline_ns < o->park.deadline_ns) {
		o->park.deadline_ns = park->deadline_ns;
	}
	if (o->park.fd_count + park->fd_count > OCRE_PARK_FDS) {
		port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &now_ns);
	}
	for (uint32_t n = 0; n < park->fd_count && n < OCRE_PARK_FDS; n++) {
		add_fd(&o->park, park->fds[n], now_ns + CROWDED_NS);
	}
	o->park.events |= park->events;
	if (t->depth == CALLBACK_DEPTH) {
		/* The next one waits until there is room. */
		o->park.events &= (uint8_t)~OCRE_PARK_CALLBACKS;
	}
}
