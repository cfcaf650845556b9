/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - memory from one block: a list of the gaps, in the order of their addresses. */
#include <stdint.h>
#include <string.h>

#include <ocre/port_bare.h>

/* Written into the free memory itself. */
struct ocre_pool_gap {
	struct ocre_pool_gap *next;
	size_t size;
};

/* Every block is a multiple of it, so what remains of a gap is always large enough for a gap. */
#define UNIT sizeof(struct ocre_pool_gap)

/* What a block of `size` bytes takes; 0 when there is no such size. */
static size_t rounded(size_t size)
{
	if (size > SIZE_MAX - UNIT) {
		return 0;
	}
	return (size + UNIT - 1) / UNIT * UNIT;
}

static uint8_t *end_of(struct ocre_pool_gap *gap)
{
	return (uint8_t *)gap + gap->size;
}

void ocre_pool_init(struct ocre_pool *pool, void *memory, size_t size)
{
	uintptr_t from = ((uintptr_t)memory + UNIT - 1) / UNIT * UNIT;
	uintptr_t to = ((uintptr_t)memory + size) / UNIT * UNIT;

	memset(pool, 0, sizeof(*pool));
	if (to <= from) {
		return;
	}
	pool->size = to - from;
	pool->gaps = (struct ocre_pool_gap *)from;
	pool->gaps->next = NULL;
	pool->gaps->size = pool->size;
}

static void count(struct ocre_pool *pool, size_t size)
{
	pool->used += size;
	if (pool->used > pool->peak) {
		pool->peak = pool->used;
	}
}

/* Cut `size` bytes from the front of the gap that *at points to. */
static void *cut(struct ocre_pool *pool, struct ocre_pool_gap **at, size_t size)
{
	struct ocre_pool_gap *gap = *at;
	struct ocre_pool_gap *rest;

	count(pool, size);
	if (gap->size == size) {
		*at = gap->next;
		return gap;
	}
	rest = (struct ocre_pool_gap *)(void *)((uint8_t *)gap + size);
	rest->size = gap->size - size;
	rest->next = gap->next;
	*at = rest;
	return gap;
}

static void *take(struct ocre_pool *pool, size_t size)
{
	struct ocre_pool_gap **at;

	for (at = &pool->gaps; *at != NULL; at = &(*at)->next) {
		if ((*at)->size >= size) {
			return cut(pool, at, size);
		}
	}
	return NULL;
}

static void give(struct ocre_pool *pool, void *ptr, size_t size)
{
	struct ocre_pool_gap *gap = ptr;
	struct ocre_pool_gap *before = NULL;
	struct ocre_pool_gap **at = &pool->gaps;

	while (*at != NULL && *at < gap) {
		before = *at;
		at = &before->next;
	}
	gap->size = size;
	gap->next = *at;
	*at = gap;
	if (gap->next != NULL && end_of(gap) == (uint8_t *)gap->next) {
		gap->size += gap->next->size;
		gap->next = gap->next->next;
	}
	if (before != NULL && end_of(before) == (uint8_t *)gap) {
		before->size += gap->size;
		before->next = gap->next;
	}
	pool->used -= size;
}

/* Grow a block into the gap behind it. */
static bool extend(struct ocre_pool *pool, void *ptr, size_t size, size_t more)
{
	struct ocre_pool_gap **at = &pool->gaps;

	while (*at != NULL && (uint8_t *)*at < (uint8_t *)ptr) {
		at = &(*at)->next;
	}
	if (*at == NULL || (uint8_t *)*at != (uint8_t *)ptr + size || (*at)->size < more) {
		return false;
	}
	cut(pool, at, more);
	return true;
}

void *ocre_pool_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct ocre_pool *pool = (struct ocre_pool *)ctx;
	size_t old = ptr != NULL ? rounded(old_size) : 0;
	size_t size = rounded(new_size);
	void *to;

	if (new_size == 0) {
		if (ptr != NULL) {
			give(pool, ptr, old);
		}
		return NULL;
	}
	if (size == 0) {
		return NULL;
	}
	if (ptr == NULL) {
		return take(pool, size);
	}
	if (size == old || (size > old && extend(pool, ptr, old, size - old))) {
		return ptr;
	}
	if (size < old) {
		give(pool, (uint8_t *)ptr + size, old - size);
		return ptr;
	}
	to = take(pool, size);
	if (to != NULL) {
		memcpy(to, ptr, old < size ? old : size);
		give(pool, ptr, old);
	}
	return to;
}

size_t ocre_pool_largest(const struct ocre_pool *pool)
{
	const struct ocre_pool_gap *gap;
	size_t largest = 0;

	for (gap = pool->gaps; gap != NULL; gap = gap->next) {
		largest = gap->size > largest ? gap->size : largest;
	}
	return largest;
}
