/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.c - the allocator that the engine gets in the specification tests. It moves every block that
 * is resized, fills what is new and what is freed with patterns, compares the sizes that it is told
 * with those it handed out, and can refuse a request.
 */
#define _DEFAULT_SOURCE
#include "spec.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC 0x6f637265u

union header {
	struct {
		size_t size;
		uint32_t magic;
	} info;
	max_align_t align;
};

static void *refuse(struct spec_heap *heap, const char *why)
{
	if (heap->broken == NULL) {
		heap->broken = why;
	}
	return NULL;
}

static bool fails(struct spec_heap *heap)
{
	heap->requests++;
	if (heap->fail_at == 0) {
		return false;
	}
	return heap->fail_lasting ? heap->requests >= heap->fail_at
				  : heap->requests == heap->fail_at;
}

void *spec_heap_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct spec_heap *heap = ctx;
	union header *old = ptr == NULL ? NULL : (union header *)ptr - 1;
	union header *block = NULL;

	if (old == NULL && old_size != 0) {
		return refuse(heap, "resize of no block with an old size");
	}
	if (old != NULL && (old->info.magic != MAGIC || old->info.size != old_size)) {
		return refuse(heap, "a block came back with another size than it was given");
	}
	if (old == NULL && new_size == 0) {
		return NULL;
	}
	if (new_size != 0) {
		if (fails(heap) || new_size > SIZE_MAX - sizeof(*block)) {
			return NULL;
		}
		/* calloc, so that large memories which are not touched cost nothing. */
		block = calloc(1, sizeof(*block) + new_size);
		if (block == NULL) {
			return NULL;
		}
		block->info.size = new_size;
		block->info.magic = MAGIC;
		if (new_size <= 65536) {
			memset(block + 1, 0xcd, new_size);
		}
		heap->blocks++;
	}
	if (old != NULL) {
		if (block != NULL) {
			memcpy(block + 1, ptr, old_size < new_size ? old_size : new_size);
		}
		memset(old, 0xdd, sizeof(*old) + (old_size <= 65536 ? old_size : 0));
		free(old);
		heap->blocks--;
	}
	return block == NULL ? NULL : block + 1;
}

static void *reserve(void *ctx, size_t max)
{
	void *at = mmap(NULL, max, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)ctx;
	return at == MAP_FAILED ? NULL : at;
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	/* The engine may commit in pieces that are smaller than a page of this machine. */
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t start = from / page * page;
	size_t end = (to + page - 1) / page * page;

	(void)ctx;
	return mprotect((char *)base + start, end - start, PROT_READ | PROT_WRITE) == 0;
}

static void release(void *ctx, void *base, size_t max)
{
	(void)ctx;
	munmap(base, max);
}

const struct ocre_memory_ops *spec_heap_reserve(void)
{
	static const struct ocre_memory_ops ops = {reserve, commit, release, NULL};

	return &ops;
}
