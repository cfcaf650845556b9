/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest.h - containers without a core and without an engine, for the tests of host modules: each
 * has some pages of memory, a queue of events, timers, grants that the test chooses. The clock
 * stands still until the test moves it.
 *
 * Memory has two views, and every fetch moves to the other: a pointer that is kept across a fetch
 * crashes, as it would with memory in extents.
 */
#ifndef OCRE_TESTS_HOST_GUEST_H
#define OCRE_TESTS_HOST_GUEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/host.h>
#include <ocre/port.h>

#define GUEST_SIZE   (2u * 65536u)
#define GUEST_HEAP   65536u /* what the host may allocate begins here */
#define GUEST_QUEUE  8u
#define GUEST_TIMERS 16u
#define GUEST_BLOCKS 512u

/* What guest_call() returns for a call that parked. */
#define PARKED INT32_MIN

/* A context: a port, a provider that is open. */
struct world {
	struct ocre_port port;
	struct ocre_port_ops port_ops;
	uint64_t now_ns;
	struct ocre_mem mem;
	const struct ocre_host_provider *provider;
	void *shared;
};

void world_open(struct world *world, const struct ocre_host_provider *provider, const void *config);
void world_close(struct world *world);

struct guest {
	struct ocre_guest guest; /* first: ops get this */
	struct world *world;
	void *object;

	uint8_t *memory; /* always usable, for the test */
	uint8_t *views[2];
	unsigned int view;

	uint32_t heap_size; /* bytes that alloc may give */
	uint32_t heap_used;
	int32_t (*on_alloc)(struct guest *guest); /* the guest's malloc, when it has one */
	int32_t malloc_result;			  /* what that returned */
	struct {
		uint32_t addr;
		uint32_t size;
	} blocks[GUEST_BLOCKS];

	struct ocre_mem mem;
	size_t held;
	unsigned int allocate; /* how many times more the allocator says yes */

	struct ocre_event queue[GUEST_QUEUE];
	uint32_t queued;
	uint32_t lost;
	struct {
		uint64_t due_ns;
		uint64_t period_ns;
		uint32_t event_id;
	} timers[GUEST_TIMERS];

	/* Kinds (bits) without any grant, and names without one. */
	uint32_t denied;
	const char *denied_name;
	/* Grants for files: r or w, and the path. NULL-terminated; NULL: see op_permits(). */
	const char *const *file_grants;
	unsigned int notes;
	char note[256];
	unsigned int kicks;
	unsigned int outputs;
	char output[2][256];  /* of stdout and stderr */
	const char *exported; /* "one two three" */

	struct ocre_call call;
	struct ocre_park park;
	struct ocre_park_record record;
	uint64_t args[OCRE_HOST_MAX_ARGS];
};

/* Before guest_begin() the test may change guest->guest. */
void guest_init(struct world *world, struct guest *guest, const char *id);
void guest_begin(struct guest *guest); /* the provider's create */
void guest_end(struct guest *guest);   /* its destroy; nothing may be left */

/* Call by name and type. The result, or PARKED. */
int32_t guest_call(struct guest *guest, const char *name, const char *sig, ...);
int32_t guest_resume(struct guest *guest);

/* Put a string with its NUL into memory; returns `addr`. */
uint32_t guest_text(struct guest *guest, uint32_t addr, const char *text);
uint32_t guest_u32(const struct guest *guest, uint32_t addr);
const char *guest_string(const struct guest *guest, uint32_t addr);

/* Post what somebody else would. `text`: topic, content type and payload of a message. */
int guest_post(struct guest *guest, uint32_t type, uint32_t id, uint32_t port, uint32_t state);
int guest_post_message(struct guest *guest, uint32_t id, const char *topic, const char *type,
		       const char *payload);

#endif /* OCRE_TESTS_HOST_GUEST_H */
