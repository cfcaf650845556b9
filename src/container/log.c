/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - what a container wrote: a ring of entries, each a line or a piece of one. The oldest make
 * room for the newest. The ring begins small and grows to its limit, since most containers say
 * little.
 */
#include "internal.h"

#include <string.h>

#define TEXT_MAX   ((uint32_t)sizeof(((struct ocre_log_entry *)0)->text))
#define FIRST_ROOM 256u

/* What stands before the text of an entry in the ring. */
struct head {
	uint64_t time_ns;
	uint16_t size;
	uint8_t stream;
	uint8_t partial;
	uint32_t unused;
};

#define HEAD ((uint32_t)sizeof(struct head))

void ocre__log_init(struct ocre__log *log, uint32_t limit)
{
	memset(log, 0, sizeof(*log));
	log->first_number = 1;
	log->next_number = 1;
	if (limit == UINT32_MAX) {
		log->limit = 0;
	} else {
		log->limit = limit < HEAD + TEXT_MAX ? HEAD + TEXT_MAX : limit;
	}
}

void ocre__log_deinit(struct ocre_container *c)
{
	ocre_mem_free(&c->mem, c->log.ring, c->log.room);
	c->log.ring = NULL;
	c->log.room = 0;
}

static void copy_in(struct ocre__log *log, uint32_t at, const void *data, uint32_t size)
{
	uint32_t first = log->room - at < size ? log->room - at : size;

	memcpy(log->ring + at, data, first);
	memcpy(log->ring, (const uint8_t *)data + first, size - first);
}

static void copy_out(const struct ocre__log *log, uint32_t at, void *data, uint32_t size)
{
	uint32_t first = log->room - at < size ? log->room - at : size;

	memcpy(data, log->ring + at, first);
	memcpy((uint8_t *)data + first, log->ring, size - first);
}

static uint32_t after(const struct ocre__log *log, uint32_t at, uint32_t size)
{
	return size < log->room - at ? at + size : at + size - log->room;
}

static void drop_first(struct ocre__log *log)
{
	struct head head;

	copy_out(log, log->first, &head, HEAD);
	log->first = after(log, log->first, HEAD + head.size);
	log->used -= HEAD + head.size;
	log->first_number++;
	log->dropped += head.size;
}

/* A larger ring, with its entries from offset 0 on. */
static bool grow(struct ocre_container *c, uint32_t need)
{
	struct ocre__log *log = &c->log;
	uint32_t room = log->room < FIRST_ROOM ? FIRST_ROOM : log->room;
	uint8_t *ring;

	while (room < need && room < log->limit) {
		room = room > log->limit / 2 ? log->limit : room * 2;
	}
	if (room > log->limit) {
		room = log->limit;
	}
	if (room == log->room) {
		return false;
	}
	ring = ocre_mem_resize(&c->mem, NULL, 0, room);
	if (ring == NULL) {
		return false;
	}
	if (log->used > 0) {
		copy_out(log, log->first, ring, log->used);
		log->last = log->last >= log->first ? log->last - log->first
						    : log->last + log->room - log->first;
	}
	ocre_mem_free(&c->mem, log->ring, log->room);
	log->ring = ring;
	log->room = room;
	log->first = 0;
	log->cursor_number = 0;
	return true;
}

/* Make sure that `size` more bytes fit, without the entry number `keep` or later ones. */
static bool make_room(struct ocre_container *c, uint32_t size, uint64_t keep)
{
	struct ocre__log *log = &c->log;

	if (size > log->room - log->used) {
		grow(c, log->used + size);
	}
	while (size > log->room - log->used && log->first_number < keep) {
		drop_first(log);
	}
	return size <= log->room - log->used;
}

/* The newest entry goes on, when it is not whole and nobody has read it. */
static uint32_t extend(struct ocre_container *c, int stream, const char *data, uint32_t size,
		       bool whole)
{
	struct ocre__log *log = &c->log;
	uint64_t number = log->next_number - 1;
	struct head head;

	if (log->next_number == log->first_number || log->read_number >= number) {
		return 0;
	}
	copy_out(log, log->last, &head, HEAD);
	if (head.partial == 0 || head.stream != stream || head.size + size > TEXT_MAX ||
	    !make_room(c, size, number)) {
		return 0;
	}
	copy_in(log, after(log, log->last, HEAD + head.size), data, size);
	head.size = (uint16_t)(head.size + size);
	head.partial = !whole;
	copy_in(log, log->last, &head, HEAD);
	log->used += size;
	return size;
}

static void append(struct ocre_container *c, int stream, const char *data, uint32_t size,
		   bool whole)
{
	struct ocre__log *log = &c->log;
	struct head head = {0};
	uint32_t at;

	if (extend(c, stream, data, size, whole) > 0) {
		return;
	}
	if (!make_room(c, HEAD + size, log->next_number)) {
		log->dropped += size;
		return;
	}
	head.time_ns = ocre__real(c->context);
	head.size = (uint16_t)size;
	head.stream = (uint8_t)stream;
	head.partial = !whole;
	at = after(log, log->first, log->used);
	if (log->used == 0) {
		at = log->first;
	}
	copy_in(log, at, &head, HEAD);
	copy_in(log, after(log, at, HEAD), data, size);
	log->last = at;
	log->used += HEAD + size;
	log->next_number++;
}

void ocre__log_write(struct ocre_container *c, int stream, const char *data, size_t size)
{
	struct ocre__log *log = &c->log;

	log->written += size;
	if (log->limit == 0) {
		log->dropped += size;
		return;
	}
	while (size > 0) {
		uint32_t most = size < TEXT_MAX ? (uint32_t)size : TEXT_MAX;
		const char *newline = memchr(data, '\n', most);
		uint32_t n = newline != NULL ? (uint32_t)(newline - data) + 1 : most;

		append(c, stream, data, n, newline != NULL);
		data += n;
		size -= n;
	}
	if (log->waiters > 0) {
		ocre__changed(c);
	}
}

/* The first entry with a number above `after`, which there is. */
static void read_entry(struct ocre__log *log, uint64_t wanted, struct ocre_log_entry *out)
{
	uint64_t number = log->first_number;
	uint32_t at = log->first;
	struct head head;

	/* Followers go on where they were. */
	if (log->cursor_number >= log->first_number && log->cursor_number <= wanted) {
		number = log->cursor_number;
		at = log->cursor;
	}
	copy_out(log, at, &head, HEAD);
	while (number < wanted) {
		at = after(log, at, HEAD + head.size);
		number++;
		copy_out(log, at, &head, HEAD);
	}
	log->cursor = at;
	log->cursor_number = number;
	if (number > log->read_number) {
		log->read_number = number;
	}
	out->number = number;
	out->time_ns = head.time_ns;
	out->stream = head.stream;
	out->partial = head.partial != 0;
	out->size = head.size;
	copy_out(log, after(log, at, HEAD), out->text, head.size);
}

int ocre_container_read_log(struct ocre_container *c, uint64_t after_number, uint32_t timeout_ms,
			    struct ocre_log_entry *out)
{
	struct ocre_context *context;
	struct ocre__log *log;
	uint64_t deadline = OCRE__NEVER;
	bool in_time = true;
	int rc = OCRE_E_NOTFOUND;

	if (c == NULL || out == NULL) {
		return OCRE_E_ARGUMENT;
	}
	context = c->context;
	log = &c->log;
	ocre__lock(context);
	ocre__ref(c);
	if (timeout_ms != UINT32_MAX) {
		deadline = ocre__after(ocre__now(context), timeout_ms * NS_PER_MS);
	}
	log->waiters++;
	while (!c->removed) {
		if (after_number + 1 < log->next_number && after_number != UINT64_MAX) {
			read_entry(log,
				   after_number + 1 > log->first_number ? after_number + 1
									: log->first_number,
				   out);
			rc = OCRE_OK;
			break;
		}
		if (!in_time || timeout_ms == 0 || ocre__in_callback(context)) {
			break;
		}
		in_time = ocre__now(context) < deadline && ocre__wait(c, &c->change, deadline);
	}
	log->waiters--;
	ocre__notices_flush(context);
	ocre__unref(c);
	ocre__unlock(context);
	return rc;
}
