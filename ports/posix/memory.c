/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - memory of the C library, and linear memory with an MMU: the address space of the
 * largest size is reserved at once, and pages become usable when the engine says so. What a guest
 * does not touch costs nothing.
 *
 * A pool keeps a few reservations for the next instance: reserving and giving back are system calls
 * that take longer than a small program runs.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ocre/engine.h>
#include <ocre/port_posix.h>

void *ocre_port_posix_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

/* Up to so many bytes are wiped by writing them; beyond, the kernel gets its pages back. */
#define WIPE_BYTES ((size_t)128 * 1024)

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

/* `max` as a mapping has it: whole pages, at least one. 0 when there is no such size. */
static size_t mapping_size(size_t max)
{
	size_t page = page_size();

	if (max > SIZE_MAX - page) {
		return 0;
	}
	return max == 0 ? page : (max + page - 1) / page * page;
}

static void *reserve(void *ctx, size_t max)
{
	size_t size = mapping_size(max);
	void *base;

	(void)ctx;
	if (size == 0) {
		return NULL;
	}
	base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return base == MAP_FAILED ? NULL : base;
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	size_t page = page_size();
	size_t begin = from / page * page;

	(void)ctx;
	if (to <= from) {
		return true;
	}
	return mprotect((char *)base + begin, to - begin, PROT_READ | PROT_WRITE) == 0;
}

static void release(void *ctx, void *base, size_t max)
{
	(void)ctx;
	munmap(base, mapping_size(max));
}

const struct ocre_memory_ops ocre_memory_posix = {reserve, commit, release, NULL};

/* ---- the pool ---- */

/* A reservation that the pool knows. The mutex guards all slots. */
static struct ocre_memory_slot *slot_of(struct ocre_memory_pool *pool, const void *base)
{
	for (int i = 0; i < OCRE_MEMORY_POOL_SLOTS; i++) {
		if (base != NULL && pool->slots[i].base == base) {
			return &pool->slots[i];
		}
	}
	return NULL;
}

static struct ocre_memory_slot *free_slot(struct ocre_memory_pool *pool, size_t size)
{
	struct ocre_memory_slot *empty = NULL;

	for (int i = 0; i < OCRE_MEMORY_POOL_SLOTS; i++) {
		struct ocre_memory_slot *s = &pool->slots[i];

		if (s->base != NULL && !s->in_use && s->size == size) {
			return s;
		}
		if (s->base == NULL) {
			empty = s;
		}
	}
	return empty;
}

static void *pool_reserve(void *ctx, size_t max)
{
	struct ocre_memory_pool *pool = ctx;
	struct ocre_memory_slot *s;
	void *base = NULL;

	pthread_mutex_lock(&pool->mutex);
	s = free_slot(pool, max);
	if (s != NULL && s->base == NULL) {
		s->base = reserve(NULL, max);
		s->size = max;
		s->usable = 0;
	}
	if (s != NULL && s->base != NULL) {
		s->in_use = true;
		s->used = 0;
		base = s->base;
	}
	pthread_mutex_unlock(&pool->mutex);
	return s != NULL ? base : reserve(NULL, max);
}

static bool pool_commit(void *ctx, void *base, size_t from, size_t to)
{
	struct ocre_memory_pool *pool = ctx;
	struct ocre_memory_slot *s;
	bool good = true;

	pthread_mutex_lock(&pool->mutex);
	s = slot_of(pool, base);
	if (s == NULL) {
		good = commit(NULL, base, from, to);
	} else if (to > s->usable) {
		good = commit(NULL, base, s->usable, to);
	}
	if (s != NULL && good) {
		s->usable = to > s->usable ? to : s->usable;
		s->used = to > s->used ? to : s->used;
	}
	pthread_mutex_unlock(&pool->mutex);
	return good;
}

static void pool_release(void *ctx, void *base, size_t max)
{
	struct ocre_memory_pool *pool = ctx;
	struct ocre_memory_slot *s;

	pthread_mutex_lock(&pool->mutex);
	s = slot_of(pool, base);
	if (s == NULL) {
		release(NULL, base, max);
	} else if (s->used <= WIPE_BYTES) {
		memset(base, 0, s->used);
		s->in_use = false;
	} else if (madvise(base, mapping_size(s->used), MADV_DONTNEED) == 0) {
		s->in_use = false;
	} else {
		release(NULL, base, max);
		s->base = NULL;
	}
	pthread_mutex_unlock(&pool->mutex);
}

void ocre_memory_pool_init(struct ocre_memory_pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	pthread_mutex_init(&pool->mutex, NULL);
}

void ocre_memory_pool_deinit(struct ocre_memory_pool *pool)
{
	for (int i = 0; i < OCRE_MEMORY_POOL_SLOTS; i++) {
		if (pool->slots[i].base != NULL) {
			release(NULL, pool->slots[i].base, pool->slots[i].size);
		}
	}
	pthread_mutex_destroy(&pool->mutex);
}

void ocre_memory_pool_ops(struct ocre_memory_pool *pool, struct ocre_memory_ops *ops)
{
	ops->reserve = pool_reserve;
	ops->commit = pool_commit;
	ops->release = pool_release;
	ops->ctx = pool;
}
