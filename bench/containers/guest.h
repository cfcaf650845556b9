/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h - the imports that the guests of this benchmark use, see docs/guest-api.md. */
#include <stdint.h>

#define ENV(name) __attribute__((import_module("env"), import_name(#name)))

ENV(ocre_wait_event)
int ocre_wait_event(int timeout_ms, uint32_t *type, uint32_t *id, uint32_t *port, uint32_t *state,
		    uint32_t *extra, uint32_t *payload_size);
ENV(ocre_subscribe_message) int ocre_subscribe_message(const char *topic);
ENV(ocre_publish_message)
int ocre_publish_message(const char *topic, const char *type, const void *payload, int size);
ENV(ocre_messaging_free_module_event_data)
int ocre_messaging_free_module_event_data(uint32_t topic, uint32_t type, uint32_t payload);
ENV(ocre_timer_create) int ocre_timer_create(int id);
ENV(ocre_timer_start) int ocre_timer_start(int id, int ms, int periodic);

struct event {
	uint32_t type, id, port, state, extra, size;
};

static inline int wait_event(struct event *e, int timeout_ms)
{
	return ocre_wait_event(timeout_ms, &e->type, &e->id, &e->port, &e->state, &e->extra,
			       &e->size);
}

static inline void done_with(const struct event *e)
{
	ocre_messaging_free_module_event_data(e->port, e->state, e->extra);
}
