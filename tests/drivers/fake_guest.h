/* SPDX-License-Identifier: Apache-2.0 */
/* fake_guest.h - a container without the core: a queue, a clock that is set, and what was seen. */
#ifndef OCRE_TESTS_FAKE_GUEST_H
#define OCRE_TESTS_FAKE_GUEST_H

#include <ocre/driver.h>

#define FAKE_EVENTS 16u
#define FAKE_LOG    256u

struct fake_guest {
	struct ocre_guest guest; /* the first member */
	struct ocre_mem mem;
	struct ocre_port_ops ops;
	struct ocre_port port;
	uint64_t now_ns;
	size_t requests; /* of memory, until one fails; 0: none does */

	struct ocre_event events[FAKE_EVENTS];
	uint32_t event_count;
	uint32_t messages;     /* that are held by somebody */
	uint32_t denied_kinds; /* bits: there is no grant */
	uint32_t most_threads; /* that are allowed */
	uint32_t notes;
	char note[160]; /* the last one */
	uint32_t wakes;

	/* what the host functions of the tests do */
	uint32_t deed;
	bool go; /* parked calls are done */
	uint32_t parks;
	int32_t log[FAKE_LOG];
	uint32_t log_count;
	char text[256]; /* all texts, each with a semicolon */
	uint32_t objects;
};

void fake_guest_init(struct fake_guest *f);
/* All that was taken has been given back. */
void fake_guest_deinit(struct fake_guest *f);
/* `topic` is NULL for what is not a message. */
void fake_post(struct fake_guest *f, uint32_t type, uint32_t id, uint32_t port, uint32_t state);
void fake_post_message(struct fake_guest *f, uint32_t id, uint32_t port, const char *topic,
		       const char *content_type, const char *payload);

#endif /* OCRE_TESTS_FAKE_GUEST_H */
