/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - memory: a heap of Ocre's own, or the kernel's, and external RAM for large blocks. */
#include <string.h>

#include <zephyr/kernel.h>

#if defined(CONFIG_OCRE_EXTERNAL_RAM)
#include <zephyr/multi_heap/shared_multi_heap.h>
#endif

#include "internal.h"

/* Without asking, blocks are aligned for pointers only. */
#define ALIGN _Alignof(long double)

void ocre_zephyr_heap_init(struct ocre_zephyr_heap *heap, void *memory, size_t size)
{
	memset(heap, 0, sizeof(*heap));
	if (memory != NULL) {
		heap->from = (const uint8_t *)memory;
		heap->to = heap->from + size;
		k_heap_init(&heap->heap, memory, size);
	}
}

#if defined(CONFIG_OCRE_HEAP_SYSTEM)

static void *take_own(struct ocre_zephyr_heap *heap, size_t size)
{
	return heap->from != NULL ? k_heap_aligned_alloc(&heap->heap, ALIGN, size, K_NO_WAIT)
				  : k_aligned_alloc(ALIGN, size);
}

static void give_own(struct ocre_zephyr_heap *heap, void *ptr)
{
	if (heap->from != NULL) {
		k_heap_free(&heap->heap, ptr);
	} else {
		k_free(ptr);
	}
}

#else

static void *take_own(struct ocre_zephyr_heap *heap, size_t size)
{
	return k_heap_aligned_alloc(&heap->heap, ALIGN, size, K_NO_WAIT);
}

static void give_own(struct ocre_zephyr_heap *heap, void *ptr)
{
	k_heap_free(&heap->heap, ptr);
}

#endif

#if defined(CONFIG_OCRE_EXTERNAL_RAM)

#define ATTR CONFIG_OCRE_EXTERNAL_RAM_ATTR

BUILD_ASSERT(ATTR < MAX_SHARED_MULTI_HEAP_ATTR,
	     "this Zephyr has no attribute CONFIG_OCRE_EXTERNAL_RAM_ATTR; 0 is cacheable memory");

/* There is one such heap, whose calls exclude nobody. */
static K_MUTEX_DEFINE(external_lock);

static void *take_external(size_t size)
{
	void *ptr;

	if (size < CONFIG_OCRE_EXTERNAL_RAM_BLOCK) {
		return NULL;
	}
	k_mutex_lock(&external_lock, K_FOREVER);
	ptr = shared_multi_heap_aligned_alloc((enum shared_multi_heap_attr)ATTR, ALIGN, size);
	k_mutex_unlock(&external_lock);
	return ptr;
}

static bool is_external(const struct ocre_zephyr_heap *heap, const void *ptr)
{
	return (const uint8_t *)ptr < heap->from || (const uint8_t *)ptr >= heap->to;
}

static void give_external(void *ptr)
{
	k_mutex_lock(&external_lock, K_FOREVER);
	shared_multi_heap_free(ptr);
	k_mutex_unlock(&external_lock);
}

#else

static void *take_external(size_t size)
{
	(void)size;
	return NULL;
}

static bool is_external(const struct ocre_zephyr_heap *heap, const void *ptr)
{
	(void)heap;
	(void)ptr;
	return false;
}

static void give_external(void *ptr)
{
	(void)ptr;
}

#endif

static void *take(struct ocre_zephyr_heap *heap, size_t size)
{
	void *ptr = take_external(size);

	if (ptr != NULL) {
		return ptr;
	}
	return take_own(heap, size);
}

static void give(struct ocre_zephyr_heap *heap, void *ptr)
{
	if (ptr == NULL) {
		return;
	}
	if (is_external(heap, ptr)) {
		give_external(ptr);
	} else {
		give_own(heap, ptr);
	}
}

void *ocre_zephyr_heap_resize(void *heap, void *ptr, size_t old_size, size_t new_size)
{
	struct ocre_zephyr_heap *h = (struct ocre_zephyr_heap *)heap;
	void *to;

	if (new_size == 0) {
		give(h, ptr);
		return NULL;
	}
	to = take(h, new_size);
	if (to == NULL) {
		/* Less of what there is needs no other place. */
		return ptr != NULL && new_size <= old_size ? ptr : NULL;
	}
	if (ptr != NULL) {
		memcpy(to, ptr, old_size < new_size ? old_size : new_size);
		give(h, ptr);
	}
	return to;
}
