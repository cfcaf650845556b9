/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c - memory.atomic.wait32, wait64 and notify. Waiting parks the guest: no native thread is
 * held up, and it can be stopped or called meanwhile. Knows no clock and no threads but those of
 * the hooks in struct ocre_store_options.
 */
#include "exec.h"
#include "native_atomic.h"

#include <string.h>

#if OCRE_ENGINE_THREADS

/* What memory.atomic.wait returns. */
enum {
	WAIT_NOTIFIED,
	WAIT_NOT_EQUAL,
	WAIT_TIMED_OUT,
};

static uint64_t cells64(const uint32_t *cells)
{
	uint64_t v;

	memcpy(&v, cells, sizeof(v));
	return v;
}

/* ---- the queue of a memory, which is locked ---- */

static void enqueue(struct waiter *w)
{
	struct waiter **last = &w->memory->waiters;

	while (*last != NULL) {
		last = &(*last)->next;
	}
	w->next = NULL;
	*last = w;
}

static void dequeue(struct waiter *w)
{
	struct waiter **at = &w->memory->waiters;

	while (*at != NULL && *at != w) {
		at = &(*at)->next;
	}
	if (*at == w) {
		*at = w->next;
	}
}

/* ---- waiting ---- */

static void pop_wait(struct ocre_instance *owner)
{
	struct waiter *w = owner->waits;

	owner->waits = w->outer;
	owner->waiting = false;
	ocre_mem_free(owner->store->mem, w, sizeof(*w));
}

void ocre__waits_drop(struct ocre_instance *owner)
{
	while (owner->waits != NULL) {
		struct waiter *w = owner->waits;

		ocre__memory_lock(w->memory);
		dequeue(w);
		ocre__memory_unlock(w->memory);
		pop_wait(owner);
	}
}

/* Without a clock every time has passed. */
static bool passed(const struct ocre_store_options *o, uint64_t deadline_ns)
{
	return deadline_ns != UINT64_MAX && (o->now_ns == NULL || o->now_ns(o->ctx) >= deadline_ns);
}

static uint64_t deadline_of(const struct ocre_store_options *o, int64_t timeout_ns)
{
	uint64_t now = o->now_ns != NULL ? o->now_ns(o->ctx) : 0;

	if (timeout_ns < 0 || (uint64_t)timeout_ns >= UINT64_MAX - now) {
		return UINT64_MAX;
	}
	return o->now_ns != NULL ? now + (uint64_t)timeout_ns : 0;
}

static void park(struct ocre_instance *owner)
{
	memset(&owner->park, 0, sizeof(owner->park));
	owner->park.deadline_ns = owner->waits->deadline_ns;
}

/* The guest was continued while it waited. */
static void go_on(struct ocre_instance *owner, uint32_t *result, bool *parks)
{
	struct waiter *w = owner->waits;
	bool notified;

	ocre__memory_lock(w->memory);
	notified = w->notified;
	if (!notified && !passed(&owner->store->options, w->deadline_ns)) {
		*parks = true;
	} else {
		dequeue(w);
	}
	ocre__memory_unlock(w->memory);
	if (*parks) {
		park(owner);
		return;
	}
	pop_wait(owner);
	*result = notified ? WAIT_NOTIFIED : WAIT_TIMED_OUT;
}

static bool equal(uint8_t *at, const uint32_t *expected, bool wide)
{
	return wide ? atomic_load_u64(at) == cells64(expected) : atomic_load_u32(at) == *expected;
}

enum ocre_trap ocre__atomic_wait(struct exec *x, struct ocre_instance *owner, bool *parks)
{
	const struct ocre_store_options *options = &owner->store->options;
	struct ocre_memory *m = x->instance->memory;
	uint32_t *cells = x->fp + x->pc[1];
	bool wide = x->pc[2] == SLOW_WAIT64;
	uint64_t address = (uint64_t)cells[0] + ocre__get32(x->pc + 3);
	uint8_t *at;
	int64_t timeout_ns = (int64_t)cells64(cells + (wide ? 3 : 2));
	struct waiter *w;

	if (owner->waiting) {
		go_on(owner, cells, parks);
		return OCRE_TRAP_NONE;
	}
	if (!ocre__memory_has(m, address, wide ? 8 : 4)) {
		return OCRE_TRAP_MEMORY;
	}
	if (address % (wide ? 8 : 4) != 0) {
		return OCRE_TRAP_UNALIGNED;
	}
	if (!m->limits.shared) {
		return OCRE_TRAP_NOT_SHARED;
	}
	at = ocre__memory_range(m, address, wide ? 8 : 4);
	if (!equal(at, cells + 1, wide)) {
		cells[0] = WAIT_NOT_EQUAL;
		return OCRE_TRAP_NONE;
	}
	if (timeout_ns == 0) {
		cells[0] = WAIT_TIMED_OUT;
		return OCRE_TRAP_NONE;
	}
	w = ocre_mem_alloc(owner->store->mem, sizeof(*w));
	if (w == NULL) {
		return OCRE_TRAP_NOMEM;
	}
	w->memory = m;
	w->instance = owner;
	w->address = (uint32_t)address;
	w->deadline_ns = deadline_of(options, timeout_ns);
	w->outer = owner->waits;
	owner->waits = w;
	ocre__memory_lock(m);
	/* Whoever changes the value and notifies comes before this, or finds the waiter. */
	*parks = equal(at, cells + 1, wide);
	if (*parks) {
		enqueue(w);
	}
	ocre__memory_unlock(m);
	if (*parks) {
		owner->waiting = true;
		park(owner);
	} else {
		pop_wait(owner);
		cells[0] = WAIT_NOT_EQUAL;
	}
	return OCRE_TRAP_NONE;
}

/* ---- notifying ---- */

static uint32_t notify(struct ocre_memory *m, uint32_t address, uint32_t most)
{
	struct waiter **at = &m->waiters;
	uint32_t count = 0;

	while (*at != NULL && count < most) {
		struct waiter *w = *at;
		const struct ocre_store_options *o = &w->instance->store->options;

		if (w->address != address) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		w->notified = true;
		count++;
		if (o->wake != NULL) {
			o->wake(o->ctx, w->instance);
		}
	}
	return count;
}

enum ocre_trap ocre__atomic_notify(struct exec *x)
{
	struct ocre_memory *m = x->instance->memory;
	uint32_t *cells = x->fp + x->pc[1];
	uint64_t address = (uint64_t)cells[0] + ocre__get32(x->pc + 3);

	if (!ocre__memory_has(m, address, 4)) {
		return OCRE_TRAP_MEMORY;
	}
	if (address % 4 != 0) {
		return OCRE_TRAP_UNALIGNED;
	}
	if (!m->limits.shared) {
		cells[0] = 0;
		return OCRE_TRAP_NONE;
	}
	ocre__memory_lock(m);
	cells[0] = notify(m, (uint32_t)address, cells[1]);
	ocre__memory_unlock(m);
	return OCRE_TRAP_NONE;
}

#else

void ocre__waits_drop(struct ocre_instance *owner)
{
	(void)owner;
}

#endif
