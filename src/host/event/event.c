/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event.c - sleeping, and taking events from the container's queue.
 *
 * A type of event goes one of two ways, never both. A guest that exports a callback for it and has
 * registered no dispatcher is called: the driver does that while the guest is parked. All others
 * are taken here. A message is placed in guest memory by the call that takes it; when there is no
 * room it is kept for the next call, and events of other types pass it.
 */
#include <string.h>

#include "internal.h"

#define NAME_ROOM   128u
#define EVENT_WORDS 6u
#define NS_PER_MS   1000000u

#define BIT(type) (1u << (type))

/* When the call is over: `ms` after it was made; kept in word 0 of the record. */
static bool deadline_of(struct ocre_call *call, int32_t ms, uint64_t *now_ns, uint64_t *deadline_ns)
{
	uint64_t *kept = &call->record->word[0];

	if (!ocre__event_now(ocre__event_of(call), now_ns)) {
		return false;
	}
	if (!call->resumed) {
		uint64_t wait_ns = ms < 0 ? 0 : (uint64_t)ms * NS_PER_MS;

		*kept = wait_ns > UINT64_MAX - *now_ns ? UINT64_MAX : *now_ns + wait_ns;
	}
	*deadline_ns = *kept;
	return true;
}

/* Even a sleep of no time, or of less, parks once: pending callbacks run, and other containers. */
int ocre__event_sleep(struct ocre_call *call)
{
	uint64_t now_ns;
	uint64_t deadline_ns;

	if (!deadline_of(call, (int32_t)ocre_arg_u32(call, 0), &now_ns, &deadline_ns)) {
		return ocre__event_return(call, -OCRE_ERRNO_IO);
	}
	if (call->resumed && now_ns >= deadline_ns) {
		return ocre__event_return(call, 0);
	}
	call->park->deadline_ns = deadline_ns;
	call->park->fd_count = 0;
	call->park->events = OCRE_PARK_CALLBACKS;
	return OCRE_HOST_PARK;
}

/* ---- messages in guest memory ---- */

static bool reserve_handed(struct ocre__event *e)
{
	uint32_t room = e->handed_room == 0 ? 4 : e->handed_room * 2;
	void *grown;

	if (e->handed_count < e->handed_room) {
		return true;
	}
	if (e->handed_room >= MAX_HANDED) {
		return false;
	}
	grown = ocre_mem_resize(e->guest->mem, e->handed, e->handed_room * sizeof(e->handed[0]),
				room * sizeof(e->handed[0]));
	if (grown == NULL) {
		return false;
	}
	e->handed = (struct ocre__event_handed *)grown;
	e->handed_room = room;
	return true;
}

/* A message's data as it is in struct ocre_message, in one piece. */
static bool place_message(struct ocre_call *call, const struct ocre_message *message,
			  struct ocre__event_handed *out)
{
	struct ocre__event *e = ocre__event_of(call);
	uint64_t size = (uint64_t)message->topic_size + 1 + message->content_type_size + 1 +
			message->payload_size;
	void *at;

	if (call->ops->alloc == NULL || size > UINT32_MAX || !reserve_handed(e)) {
		return false;
	}
	e->placing = true;
	out->topic = call->ops->alloc(call, (uint32_t)size);
	e->placing = false;
	if (out->topic == 0) {
		return false;
	}
	at = ocre_call_memory(call, out->topic, (uint32_t)size);
	if (at == NULL) {
		call->ops->free(call, out->topic);
		return false;
	}
	memcpy(at, message->data, (size_t)size);
	call->charge += size / 64;
	out->content_type = out->topic + message->topic_size + 1;
	out->payload = out->content_type + message->content_type_size + 1;
	e->handed[e->handed_count++] = *out;
	return true;
}

/* Takes exactly the three addresses of one message that was not given back yet. */
int ocre__event_free_data(struct ocre_call *call)
{
	struct ocre__event *e = ocre__event_of(call);
	uint32_t topic = ocre_arg_u32(call, 0);
	uint32_t n = e->handed_count;

	/* The latest is what a guest gives back first, nearly always. */
	while (n > 0 && e->handed[n - 1].topic != topic) {
		n--;
	}
	if (n == 0 || e->handed[n - 1].content_type != ocre_arg_u32(call, 1) ||
	    e->handed[n - 1].payload != ocre_arg_u32(call, 2)) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	e->handed[n - 1] = e->handed[--e->handed_count];
	call->ops->free(call, topic);
	return ocre__event_return(call, 0);
}

/* ---- events ---- */

/* The types that this guest takes itself. */
static uint32_t own_types(const struct ocre_guest *guest)
{
	uint32_t types = ~guest->callbacks | guest->dispatchers;

	/* Nobody is told to stop who did not ask for it. */
	if ((guest->dispatchers & BIT(OCRE_EVENT_STOP)) == 0) {
		types &= ~BIT(OCRE_EVENT_STOP);
	}
	return types;
}

/* The words of an event for the guest; false when its message finds no room. */
static bool event_words(struct ocre_call *call, const struct ocre_event *event,
			uint32_t words[EVENT_WORDS])
{
	struct ocre__event_handed handed;

	memset(words, 0, EVENT_WORDS * sizeof(words[0]));
	words[0] = event->type;
	words[1] = event->id;
	if (event->message == NULL) {
		words[2] = event->port;
		words[3] = event->state;
		return true;
	}
	if (!place_message(call, event->message, &handed)) {
		return false;
	}
	words[2] = handed.topic;
	words[3] = handed.content_type;
	words[4] = handed.payload;
	words[5] = event->message->payload_size;
	return true;
}

/* The oldest event of these types: the one that is held, or of the queue. */
static int take(struct ocre__event *e, uint32_t types, struct ocre_event *out)
{
	if (e->holds && (types & BIT(e->held.type)) != 0) {
		*out = e->held;
		e->holds = false;
		return OCRE_OK;
	}
	return e->guest->ops->take(e->guest, types, out);
}

static int32_t next_event(struct ocre_call *call, uint32_t words[EVENT_WORDS])
{
	struct ocre__event *e = ocre__event_of(call);
	struct ocre_guest *guest = e->guest;
	uint32_t types = own_types(guest);
	bool no_room = false;
	struct ocre_event event;
	int rc;

	for (;;) {
		memset(&event, 0, sizeof(event));
		rc = take(e, types, &event);
		if (rc == OCRE_E_NOTFOUND) {
			return no_room ? -OCRE_ERRNO_NOMEM : -OCRE_ERRNO_NOMSG;
		}
		if (rc != OCRE_OK) {
			return -OCRE_ERRNO_NOMEM;
		}
		if (event_words(call, &event, words)) {
			guest->ops->release(guest, event.message);
			return 0;
		}
		if (e->handed_count == 0) {
			/* Nothing that the guest could give back would make room for it. */
			guest->ops->note(guest, "a message was dropped: it is larger than the room "
						"for messages in the guest's memory (heap_size)");
			guest->ops->release(guest, event.message);
			continue;
		}
		e->held = event;
		e->holds = true;
		types &= ~BIT(event.type);
		no_room = true;
	}
}

void ocre__event_release(struct ocre__event *e)
{
	if (e->holds) {
		e->guest->ops->release(e->guest, e->held.message);
		e->holds = false;
	}
	ocre_mem_free(e->guest->mem, e->handed, e->handed_room * sizeof(e->handed[0]));
	e->handed = NULL;
}

/* Where the guest wants the six words, from argument `first` on: one structure, nearly always. */
static bool one_range(const struct ocre_call *call, unsigned int first)
{
	uint32_t addr = ocre_arg_u32(call, first);
	unsigned int i;

	for (i = 1; i < EVENT_WORDS; i++) {
		if (ocre_arg_u32(call, first + i) - addr != 4 * i) {
			return false;
		}
	}
	return true;
}

static bool words_in_memory(struct ocre_call *call, unsigned int first)
{
	unsigned int i;

	if (one_range(call, first)) {
		return ocre_call_memory(call, ocre_arg_u32(call, first), 4 * EVENT_WORDS) != NULL;
	}
	for (i = 0; i < EVENT_WORDS; i++) {
		if (ocre_call_memory(call, ocre_arg_u32(call, first + i), 4) == NULL) {
			return false;
		}
	}
	return true;
}

static void store_words(struct ocre_call *call, unsigned int first,
			const uint32_t words[EVENT_WORDS])
{
	bool one = one_range(call, first);
	uint8_t *at = NULL;
	unsigned int i;

	for (i = 0; i < EVENT_WORDS; i++) {
		if (i == 0 || !one) {
			at = (uint8_t *)ocre_call_memory(call, ocre_arg_u32(call, first + i),
							 one ? 4 * EVENT_WORDS : 4);
		} else {
			at += 4;
		}
		if (at == NULL) {
			return;
		}
		ocre_put_u32(at, words[i]);
	}
}

static int32_t store_next(struct ocre_call *call, unsigned int first)
{
	uint32_t words[EVENT_WORDS];
	int32_t rc;

	if (!words_in_memory(call, first)) {
		return -OCRE_ERRNO_INVAL;
	}
	if (ocre__event_of(call)->placing) {
		return -OCRE_ERRNO_BUSY;
	}
	rc = next_event(call, words);
	if (rc == 0) {
		store_words(call, first, words);
	}
	return rc;
}

int ocre__event_get(struct ocre_call *call)
{
	return ocre__event_return(call, store_next(call, 0));
}

int ocre__event_wait(struct ocre_call *call)
{
	int32_t ms = (int32_t)ocre_arg_u32(call, 0);
	uint64_t deadline_ns = UINT64_MAX;
	uint64_t now_ns = 0;
	int32_t rc = store_next(call, 1);

	if (rc != -OCRE_ERRNO_NOMSG) {
		return ocre__event_return(call, rc);
	}
	if (ms >= 0 && !deadline_of(call, ms, &now_ns, &deadline_ns)) {
		return ocre__event_return(call, -OCRE_ERRNO_IO);
	}
	if (now_ns >= deadline_ns) {
		return ocre__event_return(call, -OCRE_ERRNO_TIMEDOUT);
	}
	call->park->deadline_ns = deadline_ns;
	call->park->fd_count = 0;
	call->park->events = OCRE_PARK_EVENTS | OCRE_PARK_CALLBACKS;
	return OCRE_HOST_PARK;
}

int ocre__event_register_dispatcher(struct ocre_call *call)
{
	struct ocre_guest *guest = ocre__event_of(call)->guest;
	uint32_t type = ocre_arg_u32(call, 0);
	char name[NAME_ROOM];

	if (type > OCRE_EVENT_MESSAGE && type != OCRE_EVENT_STOP) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	if (ocre_call_string(call, ocre_arg_u32(call, 1), name, sizeof(name)) <= 0 ||
	    call->ops->exports == NULL || !call->ops->exports(call, name)) {
		return ocre__event_return(call, -OCRE_ERRNO_INVAL);
	}
	guest->dispatchers |= BIT(type);
	return ocre__event_return(call, 0);
}

int ocre__event_watchdog_kick(struct ocre_call *call)
{
	struct ocre_guest *guest = ocre__event_of(call)->guest;

	guest->ops->kick(guest);
	return ocre__event_return(call, 0);
}
