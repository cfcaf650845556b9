/* SPDX-License-Identifier: Apache-2.0 */
/*
 * heap.c - the two binary heaps of a context: containers that want to run, and containers with a
 * deadline. Each container knows its place in both.
 */
#include "internal.h"

struct kind {
	bool (*before)(const struct ocre_container *a, const struct ocre_container *b);
	size_t place; /* offset of the place in struct ocre_container */
};

bool ocre__due_before(const struct ocre_container *a, const struct ocre_container *b)
{
	return a->due_ns < b->due_ns;
}

bool ocre__ready_before(const struct ocre_container *a, const struct ocre_container *b)
{
	if (a->config.priority != b->config.priority) {
		return a->config.priority > b->config.priority;
	}
	if (a->vtime != b->vtime) {
		return a->vtime < b->vtime;
	}
	return a->turn < b->turn;
}

static const struct kind ready_kind = {ocre__ready_before,
				       offsetof(struct ocre_container, ready_place)};
static const struct kind due_kind = {ocre__due_before, offsetof(struct ocre_container, due_place)};

static uint32_t *place_of(const struct kind *kind, struct ocre_container *c)
{
	return (uint32_t *)(void *)((char *)c + kind->place);
}

static void put(struct ocre__heap *heap, const struct kind *kind, uint32_t at,
		struct ocre_container *c)
{
	heap->items[at] = c;
	*place_of(kind, c) = at;
}

static void sift_up(struct ocre__heap *heap, const struct kind *kind, uint32_t at)
{
	struct ocre_container *c = heap->items[at];

	while (at > 0 && kind->before(c, heap->items[(at - 1) / 2])) {
		put(heap, kind, at, heap->items[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	put(heap, kind, at, c);
}

static void sift_down(struct ocre__heap *heap, const struct kind *kind, uint32_t at)
{
	struct ocre_container *c = heap->items[at];

	for (;;) {
		uint32_t child = at * 2 + 1;

		if (child >= heap->count) {
			break;
		}
		if (child + 1 < heap->count &&
		    kind->before(heap->items[child + 1], heap->items[child])) {
			child++;
		}
		if (!kind->before(heap->items[child], c)) {
			break;
		}
		put(heap, kind, at, heap->items[child]);
		at = child;
	}
	put(heap, kind, at, c);
}

/* There is room: it is reserved when a container is created. */
static void add(struct ocre__heap *heap, const struct kind *kind, struct ocre_container *c)
{
	put(heap, kind, heap->count++, c);
	sift_up(heap, kind, heap->count - 1);
}

static void take_out(struct ocre__heap *heap, const struct kind *kind, struct ocre_container *c)
{
	uint32_t at = *place_of(kind, c);
	struct ocre_container *last;

	if (at == OCRE__NOWHERE) {
		return;
	}
	*place_of(kind, c) = OCRE__NOWHERE;
	last = heap->items[--heap->count];
	if (last != c) {
		put(heap, kind, at, last);
		sift_up(heap, kind, at);
		sift_down(heap, kind, *place_of(kind, last));
	}
}

void ocre__due_set(struct ocre_context *context, struct ocre_container *container)
{
	if (container->due_place == OCRE__NOWHERE) {
		add(&context->due, &due_kind, container);
		return;
	}
	sift_up(&context->due, &due_kind, container->due_place);
	sift_down(&context->due, &due_kind, container->due_place);
}

void ocre__due_remove(struct ocre_context *context, struct ocre_container *container)
{
	take_out(&context->due, &due_kind, container);
}

void ocre__ready_add(struct ocre_context *context, struct ocre_container *container)
{
	if (container->ready_place == OCRE__NOWHERE) {
		add(&context->ready, &ready_kind, container);
	}
}

void ocre__ready_remove(struct ocre_context *context, struct ocre_container *container)
{
	take_out(&context->ready, &ready_kind, container);
}

static int reserve(struct ocre_context *context, struct ocre__heap *heap, uint32_t count)
{
	uint32_t room = heap->room < 8 ? 8 : heap->room;
	void *grown;

	while (room < count) {
		room *= 2;
	}
	if (room == heap->room) {
		return OCRE_OK;
	}
	grown = ocre_mem_resize(&context->mem, heap->items, heap->room * sizeof(*heap->items),
				room * sizeof(*heap->items));
	if (grown == NULL) {
		return OCRE_E_NOMEM;
	}
	heap->items = grown;
	heap->room = room;
	return OCRE_OK;
}

int ocre__heaps_reserve(struct ocre_context *context, uint32_t count)
{
	int rc = reserve(context, &context->ready, count);

	return rc != OCRE_OK ? rc : reserve(context, &context->due, count);
}

void ocre__heap_deinit(struct ocre_context *context, struct ocre__heap *heap)
{
	ocre_mem_free(&context->mem, heap->items, heap->room * sizeof(*heap->items));
	heap->items = NULL;
	heap->count = 0;
	heap->room = 0;
}
