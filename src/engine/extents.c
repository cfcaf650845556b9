/* SPDX-License-Identifier: Apache-2.0 */
/*
 * extents.c - linear memory that costs what is touched, without an MMU. What the guest has touched
 * is held in a few extents, each an allocation of its own; all other bytes are zero and cost
 * nothing. The interpreter knows two of them as windows, and comes here when it needs another one.
 * docs/design/linear-memory.md has the why and the figures.
 */
#include "exec.h"

#include <string.h>

#if OCRE_ENGINE_EXTENTS

/* Addresses and sizes of extents are multiples of this. */
#define GRANULE	     256u
/* An extent closer than this to what is wanted grows; see also part(). */
#define CLOSE	     512u
/* With more extents, the two closest ones become one if memory allows. */
#define MANY_EXTENTS 8u
/* What a miss that comes here costs, in changes between the two windows. */
#define MISS_CHANGES 8u
/* Units of budget between two changes when those are no trouble. */
#define CALM_UNITS   100u
/* Bytes that one change is worth: a gap is committed after gap / CHANGE_BYTES of them. */
#define CHANGE_BYTES 4u

static size_t size_of(const struct extent *e)
{
	return e->to - e->from;
}

/* By how much a large extent grows beyond what is wanted, so that it is not moved for each piece.
 */
static size_t part(const struct extent *e)
{
	return size_of(e) / 8 / GRANULE * GRANULE;
}

/* The extent that has the byte at `at`, or NULL. */
static struct extent *find(const struct ocre_memory *m, size_t at)
{
	uint32_t low = 0;
	uint32_t high = m->extent_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		struct extent *e = &m->extents[middle];

		if (at < e->from) {
			high = middle;
		} else if (at >= e->to) {
			low = middle + 1;
		} else {
			return e;
		}
	}
	return NULL;
}

static struct extent *insert(struct ocre_memory *m, uint32_t at, size_t from, size_t to)
{
	struct extent *e;
	uint8_t *bytes;

	if (m->extent_count == m->extent_capacity) {
		size_t old = m->extent_capacity * sizeof(*e);

		e = ocre_mem_resize(m->mem, m->extents, old, old + 4 * sizeof(*e));
		if (e == NULL) {
			return NULL;
		}
		m->extents = e;
		m->extent_capacity += 4;
	}
	bytes = ocre_mem_alloc(m->mem, to - from);
	if (bytes == NULL) {
		return NULL;
	}
	e = m->extents + at;
	memmove(e + 1, e, (m->extent_count - at) * sizeof(*e));
	m->extent_count++;
	e->from = from;
	e->to = to;
	e->bytes = bytes;
	return e;
}

/* Make the extents from `first` to before `last` one that goes from `from` to `to`. */
static struct extent *join(struct ocre_memory *m, uint32_t first, uint32_t last, size_t from,
			   size_t to)
{
	struct extent *e;
	size_t before;
	size_t size;
	uint8_t *bytes;

	if (first == last) {
		return insert(m, first, from, to);
	}
	e = m->extents + first;
	before = e->from - from;
	size = size_of(e);
	bytes = ocre_mem_resize(m->mem, e->bytes, size, to - from);
	if (bytes == NULL) {
		return NULL;
	}
	if (before > 0) {
		memmove(bytes + before, bytes, size);
		memset(bytes, 0, before);
	}
	memset(bytes + before + size, 0, to - from - before - size);
	for (const struct extent *other = e + 1; other < m->extents + last; other++) {
		memcpy(bytes + (other->from - from), other->bytes, size_of(other));
		ocre_mem_free(m->mem, other->bytes, size_of(other));
	}
	memmove(e + 1, m->extents + last, (m->extent_count - last) * sizeof(*e));
	m->extent_count -= last - first - 1;
	e->from = from;
	e->to = to;
	e->bytes = bytes;
	return e;
}

/*
 * Have the bytes from `from` to before `to`, which are inside, in one extent. With `more`, close
 * extents become part of it, and one that grows gets more than is wanted.
 */
static struct extent *cover(struct ocre_memory *m, size_t from, size_t to, bool more)
{
	struct extent *e = find(m, from);
	size_t extra = 0;
	uint32_t first;
	uint32_t last;

	if (e != NULL && to <= e->to) {
		return e;
	}
	from -= from % GRANULE;
	to += (GRANULE - to % GRANULE) % GRANULE;
#define REACH(e) (!more ? 0 : part(e) > CLOSE ? part(e) : CLOSE)
	for (first = 0; first < m->extent_count; first++) {
		e = m->extents + first;
		if (e->to + REACH(e) > from) {
			break;
		}
	}
	for (last = first; last < m->extent_count; last++) {
		e = m->extents + last;
		if (e->from >= to + REACH(e)) {
			break;
		}
		extra = more && part(e) > extra ? part(e) : extra;
	}
#undef REACH
	if (first < last) {
		size_t below = first > 0 ? m->extents[first - 1].to : 0;
		size_t above = last < m->extent_count ? m->extents[last].from
						      : (size_t)m->pages * OCRE_PAGE;

		e = m->extents + last - 1;
		to = to <= e->to ? e->to : above - to < extra ? above : to + extra;
		e = m->extents + first;
		from = from >= e->from ? e->from : from - below < extra ? below : from - extra;
	}
	return join(m, first, last, from, to);
}

/* Bytes between the first and the last of some extents that are in none. */
static size_t gap(const struct extent *first, const struct extent *last)
{
	size_t bytes = 0;

	for (; first < last; first++) {
		bytes += first[1].from - first->to;
	}
	return bytes;
}

/* Whether so many bytes may be committed that nobody has asked for. */
static bool affordable(const struct ocre_memory *m, size_t bytes)
{
	return bytes <= ocre_mem_room(m->mem) / 2;
}

static void fewer_extents(struct ocre_memory *m)
{
	struct extent *best = m->extents;

	for (struct extent *e = best; e + 1 < m->extents + m->extent_count; e++) {
		best = gap(e, e + 1) < gap(best, best + 1) ? e : best;
	}
	if (affordable(m, gap(best, best + 1))) {
		cover(m, best->from, best[1].to, false);
	}
}

static struct extent *commit(struct ocre_memory *m, size_t from, size_t to)
{
	struct extent *e = cover(m, from, to, true);

	if (e == NULL) {
		e = cover(m, from, to, false);
	}
	if (e != NULL && m->extent_count > MANY_EXTENTS) {
		fewer_extents(m);
		e = find(m, from);
	}
	return e;
}

uint8_t *ocre__extents_range(struct ocre_memory *m, size_t addr, size_t size)
{
	const struct extent *e = commit(m, addr, addr + size);

	return e != NULL ? e->bytes + (addr - e->from) : NULL;
}

void ocre__extents_zero(const struct ocre_memory *m, size_t addr, size_t size)
{
	for (uint32_t i = 0; i < m->extent_count; i++) {
		const struct extent *e = &m->extents[i];
		size_t from = addr > e->from ? addr : e->from;
		size_t to = addr + size < e->to ? addr + size : e->to;

		if (from < to) {
			memset(e->bytes + (from - e->from), 0, to - from);
		}
	}
}

size_t ocre__extents_committed(const struct ocre_memory *m)
{
	size_t bytes = 0;

	for (uint32_t i = 0; i < m->extent_count; i++) {
		bytes += size_of(&m->extents[i]);
	}
	return bytes;
}

void ocre__extents_free(struct ocre_memory *m)
{
	for (uint32_t i = 0; i < m->extent_count; i++) {
		ocre_mem_free(m->mem, m->extents[i].bytes, size_of(&m->extents[i]));
	}
	ocre_mem_free(m->mem, m->extents, m->extent_capacity * sizeof(*m->extents));
}

/* ---- windows ---- */

static struct window window_at(const struct ocre_memory *m, size_t at)
{
	const struct extent *e = find(m, at);
	struct window w = {NULL, 0, 0};

	if (e != NULL) {
		size_t left_out = e->from > 0 ? WIDEST : 0;

		w.mem = e->bytes + left_out;
		w.low = e->from + left_out;
		w.len = size_of(e) - left_out;
	}
	return w;
}

void ocre__extents_windows(const struct ocre_memory *m, struct exec *x)
{
	struct window w = window_at(m, m->recent[0]);

	x->mem = w.mem;
	x->mem_low = w.low;
	x->mem_len = w.len;
	x->second = window_at(m, m->recent[1]);
}

/*
 * The guest has changed between its windows often: after how much work? If that was little, the
 * bytes between them are committed, once the changes were worth it and if memory allows.
 */
static void consider(struct ocre_memory *m, struct exec *x, size_t wanted)
{
	struct extent *a = find(m, x->mem_low);
	struct extent *b = find(m, wanted);
	bool calm = x->spent > (uint64_t)MOST_CHANGES * CALM_UNITS;

	x->changes = 0;
	x->spent = 0;
	m->pressure = calm ? 0 : m->pressure + (size_t)MOST_CHANGES * CHANGE_BYTES;
	if (a == NULL || b == NULL || a == b) {
		return;
	}
	if (a > b) {
		struct extent *first = b;

		b = a;
		a = first;
	}
	if (gap(a, b) <= m->pressure && affordable(m, gap(a, b)) &&
	    cover(m, a->from, b->to, false) != NULL) {
		m->pressure = 0;
	}
}

enum ocre_trap ocre__extents_miss(struct ocre_memory *m, struct exec *x)
{
	uint64_t end = x->miss;
	const struct extent *e;

	if (!ocre__memory_has(m, 0, end)) {
		return OCRE_TRAP_MEMORY;
	}
	x->changes += MISS_CHANGES;
	if (x->changes >= MOST_CHANGES) {
		consider(m, x, (size_t)end - 1);
	}
	/* The window has to begin at or before the access, whatever its width. */
	e = commit(m, end > WIDEST ? (size_t)end - WIDEST : 0, (size_t)end);
	if (e == NULL) {
		return OCRE_TRAP_NOMEM;
	}
	/* The window in use becomes the second one, unless it is in the same extent. */
	m->recent[1] = find(m, x->mem_low) == e ? x->second.low : x->mem_low;
	m->recent[0] = (size_t)end - 1;
	ocre__extents_windows(m, x);
	return OCRE_TRAP_NONE;
}

#endif
