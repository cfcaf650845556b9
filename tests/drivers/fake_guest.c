/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_guest.h"

static struct fake_guest *of(struct ocre_guest *guest)
{
	return (struct fake_guest *)guest;
}

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct fake_guest *f = ctx;

	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (f->requests != 0 && --f->requests == 0) {
		f->requests = 1; /* and all that follow */
		return NULL;
	}
	return realloc(ptr, new_size);
}

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)clock;
	*ns = ((struct fake_guest *)ctx)->now_ns;
	return 0;
}

static bool may(struct ocre_guest *guest, enum ocre_action_kind kind)
{
	return (of(guest)->denied_kinds >> kind & 1u) == 0;
}

static bool allowed(struct ocre_guest *guest, const struct ocre_action *action)
{
	return action->kind != OCRE_ACTION_THREAD || action->count <= of(guest)->most_threads;
}

static void note(struct ocre_guest *guest, const char *text)
{
	of(guest)->notes++;
	strncpy(of(guest)->note, text, sizeof(of(guest)->note) - 1);
}

static void wake(struct ocre_guest *guest)
{
	of(guest)->wakes++;
}

static int take(struct ocre_guest *guest, uint32_t types, struct ocre_event *out)
{
	struct fake_guest *f = of(guest);

	for (uint32_t n = 0; n < f->event_count; n++) {
		if ((types >> f->events[n].type & 1u) != 0) {
			*out = f->events[n];
			f->event_count--;
			memmove(&f->events[n], &f->events[n + 1],
				(f->event_count - n) * sizeof(f->events[0]));
			return OCRE_OK;
		}
	}
	return OCRE_E_NOTFOUND;
}

static void release(struct ocre_guest *guest, struct ocre_message *message)
{
	of(guest)->messages -= message != NULL;
	free(message);
}

static const struct ocre_guest_ops guest_ops = {
	.may = may,
	.allowed = allowed,
	.note = note,
	.wake = wake,
	.take = take,
	.release = release,
};

void fake_guest_init(struct fake_guest *f)
{
	memset(f, 0, sizeof(*f));
	ocre_mem_init(&f->mem, resize, f, SIZE_MAX);
	f->ops.clock_now = clock_now;
	f->port.ops = &f->ops;
	f->port.ctx = f;
	f->guest.ops = &guest_ops;
	f->guest.id = "fake";
	f->guest.mem = &f->mem;
	f->guest.port = &f->port;
	f->most_threads = UINT32_MAX;
}

void fake_guest_deinit(struct fake_guest *f)
{
	while (f->event_count > 0) {
		release(&f->guest, f->events[--f->event_count].message);
	}
	assert_int_equal(f->mem.used, 0);
	assert_int_equal(f->messages, 0);
	assert_int_equal(f->objects, 0);
}

static void post(struct fake_guest *f, const struct ocre_event *event)
{
	assert_true(f->event_count < FAKE_EVENTS);
	f->events[f->event_count++] = *event;
}

void fake_post(struct fake_guest *f, uint32_t type, uint32_t id, uint32_t port, uint32_t state)
{
	post(f, &(struct ocre_event){.type = type, .id = id, .port = port, .state = state});
}

void fake_post_message(struct fake_guest *f, uint32_t id, uint32_t port, const char *topic,
		       const char *content_type, const char *payload)
{
	size_t sizes[] = {strlen(topic), strlen(content_type), strlen(payload)};
	struct ocre_message *m = malloc(sizeof(*m) + sizes[0] + 1 + sizes[1] + 1 + sizes[2]);

	assert_non_null(m);
	m->topic_size = (uint32_t)sizes[0];
	m->content_type_size = (uint32_t)sizes[1];
	m->payload_size = (uint32_t)sizes[2];
	memcpy(m->data, topic, sizes[0] + 1);
	memcpy(m->data + sizes[0] + 1, content_type, sizes[1] + 1);
	memcpy(m->data + sizes[0] + 1 + sizes[1] + 1, payload, sizes[2]);
	f->messages++;
	post(f, &(struct ocre_event){
			.type = OCRE_EVENT_MESSAGE, .id = id, .port = port, .message = m});
}
