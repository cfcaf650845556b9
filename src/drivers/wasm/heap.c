/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.c - room in guest memory for what the host hands to the guest. It lies in pages that are
 * added at the end of linear memory when they are needed, up to the container's heap_size. Which
 * parts are in use stands on our side alone: nothing that a guest writes there is believed. Where
 * memory cannot grow, the guest's own malloc is asked.
 *
 * A guest whose allocator takes all of linear memory for its own when it is first used, as those of
 * early versions of wasi-libc do, may write to what it was handed; that harms none but itself.
 */
#include "wasm.h"

#include <string.h>

#define PAGE	      65536u
#define ALIGNMENT     8u
#define NOT_OURS      UINT32_MAX
/* Units that the guest's malloc and free may use. */
#define MALLOC_BUDGET 1000000u

/* ---- blocks ---- */

static bool make_room(struct ocre_mem *mem, struct ocre__wasm_block **blocks, uint32_t count,
		      uint32_t *capacity)
{
	uint32_t more = *capacity < 8 ? 16 : *capacity * 2;
	void *grown;

	if (count + 2 <= *capacity) {
		return true;
	}
	grown = ocre_mem_resize(mem, *blocks, *capacity * sizeof(**blocks),
				more * sizeof(**blocks));
	if (grown == NULL) {
		return false;
	}
	*blocks = grown;
	*capacity = more;
	return true;
}

static void insert(struct ocre__wasm_heap *h, uint32_t at, struct ocre__wasm_block block)
{
	memmove(&h->blocks[at + 1], &h->blocks[at], (h->count - at) * sizeof(block));
	h->blocks[at] = block;
	h->count++;
}

static void remove_block(struct ocre__wasm_heap *h, uint32_t at)
{
	h->count--;
	memmove(&h->blocks[at], &h->blocks[at + 1], (h->count - at) * sizeof(h->blocks[0]));
}

/* The first block at or behind an address. */
static uint32_t find(const struct ocre__wasm_heap *h, uint32_t addr)
{
	uint32_t low = 0;
	uint32_t high = h->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (h->blocks[middle].addr < addr) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* The gap before block `n`; the last one is before the end. */
static uint32_t gap(const struct ocre__wasm_heap *h, uint32_t n, uint32_t *from)
{
	*from = n == 0 ? h->begin : h->blocks[n - 1].addr + h->blocks[n - 1].size;
	return (n == h->count ? h->end : h->blocks[n].addr) - *from;
}

/*
 * The first room between the blocks: memory costs what was ever touched, and a search that goes on
 * from where the last one ended touches all of it in time. There is room to insert.
 */
static uint32_t take(struct ocre__wasm_heap *h, uint32_t size, uint32_t tag)
{
	for (uint32_t n = 0; n <= h->count; n++) {
		uint32_t from;

		if (gap(h, n, &from) >= size) {
			insert(h, n, (struct ocre__wasm_block){from, size, tag});
			return from;
		}
	}
	return 0;
}

/* Pages behind all that there is. What lies between them and ours is the guest's. */
static bool add_pages(struct ocre__wasm_object *o, uint32_t size)
{
	struct ocre__wasm_heap *h = &o->heap;
	uint32_t pages = size / PAGE + (size % PAGE != 0);
	uint32_t old;
	uint32_t from;

	if (pages > h->max_pages - h->pages) {
		return false;
	}
	old = ocre_instance_memory_grow(o->threads->instance, pages);
	/* Address 0 means that there is no room. */
	if (old == UINT32_MAX || (old == 0 && pages > 0)) {
		return false;
	}
	from = old * PAGE;
	if (h->pages == 0) {
		h->begin = from;
	} else if (from != h->end) {
		insert(h, h->count, (struct ocre__wasm_block){h->end, from - h->end, NOT_OURS});
	}
	h->end = from + pages * PAGE;
	h->pages += pages;
	return true;
}

static uint32_t alloc_ours(struct ocre__wasm_object *o, uint32_t size, uint32_t tag)
{
	struct ocre__wasm_heap *h = &o->heap;
	uint32_t addr;

	size = size < ALIGNMENT ? ALIGNMENT : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!make_room(o->guest->mem, &h->blocks, h->count, &h->capacity)) {
		return 0;
	}
	addr = h->pages > 0 ? take(h, size, tag) : 0;
	if (addr != 0 || !add_pages(o, size) ||
	    !make_room(o->guest->mem, &h->blocks, h->count, &h->capacity)) {
		return addr;
	}
	return take(h, size, tag);
}

/* ---- the guest's own ---- */

/* On top of a parked thread; what does not return ends the life. */
static bool call_parked(struct ocre__wasm_thread *t, const char *name, uint32_t arg, uint64_t *ret)
{
	const union ocre_value value = {.i32 = arg};
	union ocre_value result = {.i32 = 0};
	uint64_t budget = MALLOC_BUDGET;
	uint32_t func;

	if (ocre_instance_find_func(t->instance, name, &func, NULL) != OCRE_OK ||
	    ocre_instance_call(t->instance, func, &value) != OCRE_OK) {
		return false;
	}
	switch (ocre_instance_run(t->instance, &budget)) {
	case OCRE_RUN_DONE:
		ocre_instance_results(t->instance, &result, 1);
		*ret = result.i32;
		return true;
	case OCRE_RUN_TRAP:
		ocre__wasm_trapped(t);
		break;
	case OCRE_RUN_EXIT:
		ocre__wasm_exited(t->object, ocre_instance_exit_code(t->instance));
		break;
	default:
		ocre__wasm_failed(t->object, "takes too long, or wants to wait: ", name);
		break;
	}
	return false;
}

static bool call_guest(struct ocre__wasm_thread *t, struct ocre_call *call, const char *name,
		       const char *sig, uint32_t arg, uint64_t *ret)
{
	const uint64_t wide = arg;

	if (call != NULL) {
		return call->ops->invoke(call, name, sig, &wide, ret, MALLOC_BUDGET) == OCRE_OK;
	}
	return call_parked(t, name, arg, ret);
}

static uint32_t alloc_foreign(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
			      struct ocre_call *call, uint32_t size, uint32_t tag)
{
	struct ocre__wasm_heap *h = &o->heap;
	uint64_t addr = 0;

	if (!o->image->has_malloc ||
	    !make_room(o->guest->mem, &h->foreign, h->foreign_count, &h->foreign_capacity) ||
	    !call_guest(t, call, "malloc", "i:i", size, &addr) || addr == 0 ||
	    addr + size > ocre_instance_memory_size(o->threads->instance)) {
		return 0;
	}
	h->foreign[h->foreign_count++] = (struct ocre__wasm_block){(uint32_t)addr, size, tag};
	return (uint32_t)addr;
}

static void free_foreign(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
			 struct ocre_call *call, uint32_t n)
{
	uint32_t addr = o->heap.foreign[n].addr;
	uint64_t ret = 0;

	o->heap.foreign[n] = o->heap.foreign[--o->heap.foreign_count];
	call_guest(t, call, "free", "i:", addr, &ret);
}

/* ---- for the rest of the driver ---- */

uint32_t ocre__wasm_alloc(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
			  struct ocre_call *call, uint32_t size, uint32_t tag)
{
	uint32_t addr = 0;

	if (size <= UINT32_MAX - PAGE) {
		addr = alloc_ours(o, size, tag);
	}
	return addr != 0 ? addr : alloc_foreign(o, t, call, size, tag);
}

bool ocre__wasm_free(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
		     struct ocre_call *call, uint32_t addr)
{
	struct ocre__wasm_heap *h = &o->heap;
	uint32_t n = find(h, addr);

	if (n < h->count && h->blocks[n].addr == addr && h->blocks[n].tag != NOT_OURS) {
		remove_block(h, n);
		return true;
	}
	for (n = 0; n < h->foreign_count; n++) {
		if (h->foreign[n].addr == addr) {
			free_foreign(o, t, call, n);
			return true;
		}
	}
	return false;
}

void ocre__wasm_free_tag(struct ocre__wasm_object *o, struct ocre__wasm_thread *t, uint32_t tag)
{
	struct ocre__wasm_heap *h = &o->heap;

	for (uint32_t n = h->count; n > 0; n--) {
		if (h->blocks[n - 1].tag == tag) {
			remove_block(h, n - 1);
		}
	}
	for (uint32_t n = h->foreign_count; n > 0 && !ocre__wasm_is_over(o); n--) {
		/* The guest may have given more back meanwhile. */
		if (n <= h->foreign_count && h->foreign[n - 1].tag == tag) {
			free_foreign(o, t, NULL, n - 1);
		}
	}
}

void ocre__wasm_heap_deinit(struct ocre__wasm_object *o)
{
	struct ocre__wasm_heap *h = &o->heap;
	uint32_t max_pages = h->max_pages;

	ocre_mem_free(o->guest->mem, h->blocks, h->capacity * sizeof(*h->blocks));
	ocre_mem_free(o->guest->mem, h->foreign, h->foreign_capacity * sizeof(*h->foreign));
	memset(h, 0, sizeof(*h));
	h->max_pages = max_pages;
}
