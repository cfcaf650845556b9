/* SPDX-License-Identifier: Apache-2.0 */
/* guest.h - the functions of Ocre that the two guests call. All are imports of module "env". */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

/* 0, or a negative error number; -2 when nobody has subscribed. */
IMPORT(ocre_publish_message)
int ocre_publish_message(const char *topic, const char *content_type, const void *payload,
			 int payload_size);
/* All topics that begin with this. */
IMPORT(ocre_subscribe_message)
int ocre_subscribe_message(const char *topic);
/* Give a message back that an event has brought. */
IMPORT(ocre_messaging_free_module_event_data)
int ocre_messaging_free_module_event_data(uint32_t topic, uint32_t content_type, uint32_t payload);

/* Events of this type are taken by ocre_wait_event(). `callback` is an export of this guest. */
IMPORT(ocre_register_dispatcher)
int ocre_register_dispatcher(int type, const char *callback);
/* Wait for the next event, at most so long (-1: for ever): 0 when there is one. */
IMPORT(ocre_wait_event)
int ocre_wait_event(int timeout_ms, uint32_t *type, uint32_t *id, uint32_t *topic,
		    uint32_t *content_type, uint32_t *payload, uint32_t *payload_size);
IMPORT(ocre_sleep)
int ocre_sleep(int ms);

#define EVENT_MESSAGE 3
#define EVENT_STOP    16

#endif /* GUEST_H */
