/* SPDX-License-Identifier: Apache-2.0 */
/* mem_test.c - counted memory: what is held, the limit, and an allocator that says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/base.h>

/* What the allocator below was told, to check that sizes are told right. */
struct heap {
	size_t held;
	unsigned int calls;
	bool refuse;
};

static void *heap_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct heap *heap = (struct heap *)ctx;
	uint8_t *result;

	heap->calls++;
	assert_true(old_size <= heap->held);
	assert_true((ptr == NULL) == (old_size == 0));
	if (new_size == 0) {
		heap->held -= old_size;
		free(ptr);
		return NULL;
	}
	if (heap->refuse) {
		return NULL;
	}
	result = (uint8_t *)realloc(ptr, new_size);
	assert_non_null(result);
	if (new_size > old_size) {
		memset(result + old_size, 0xa5, new_size - old_size);
	}
	heap->held = heap->held - old_size + new_size;
	return result;
}

static void setup(struct ocre_mem *mem, struct heap *heap, size_t limit)
{
	memset(heap, 0, sizeof(*heap));
	ocre_mem_init(mem, heap_resize, heap, limit);
}

static void counts_what_is_held(void **state)
{
	struct ocre_mem mem;
	struct heap heap;
	uint8_t *a;
	uint8_t *b;

	(void)state;
	setup(&mem, &heap, SIZE_MAX);
	a = (uint8_t *)ocre_mem_alloc(&mem, 100);
	b = (uint8_t *)ocre_mem_alloc_array(&mem, 10, 5);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(mem.used, 150);
	for (size_t i = 0; i < 100; i++) {
		assert_int_equal(a[i], 0);
	}
	a[99] = 42;
	a = (uint8_t *)ocre_mem_resize(&mem, a, 100, 200);
	assert_non_null(a);
	assert_int_equal(a[99], 42);
	assert_int_equal(mem.used, 250);
	a = (uint8_t *)ocre_mem_resize(&mem, a, 200, 1);
	assert_int_equal(mem.used, 51);
	ocre_mem_free(&mem, a, 1);
	ocre_mem_free(&mem, b, 50);
	ocre_mem_free(&mem, NULL, 0);
	assert_int_equal(mem.used, 0);
	assert_int_equal(mem.peak, 250);
	assert_int_equal(heap.held, 0);
}

static void the_limit_is_exact(void **state)
{
	struct ocre_mem mem;
	struct heap heap;
	void *a;

	(void)state;
	setup(&mem, &heap, 100);
	assert_null(ocre_mem_alloc(&mem, 101));
	assert_int_equal(heap.calls, 0);
	a = ocre_mem_alloc(&mem, 100);
	assert_non_null(a);
	assert_null(ocre_mem_alloc(&mem, 1));
	assert_null(ocre_mem_resize(&mem, a, 100, 101));
	assert_int_equal(mem.used, 100);
	ocre_mem_free(&mem, a, 100);
	assert_int_equal(mem.used, 0);
}

static void a_refusal_changes_nothing(void **state)
{
	struct ocre_mem mem;
	struct heap heap;
	uint8_t *a;

	(void)state;
	setup(&mem, &heap, SIZE_MAX);
	a = (uint8_t *)ocre_mem_alloc(&mem, 8);
	assert_non_null(a);
	a[7] = 9;
	heap.refuse = true;
	assert_null(ocre_mem_alloc(&mem, 8));
	assert_null(ocre_mem_resize(&mem, a, 8, 16));
	assert_null(ocre_mem_resize(&mem, a, 8, 4));
	assert_int_equal(mem.used, 8);
	assert_int_equal(a[7], 9);
	ocre_mem_free(&mem, a, 8);
	assert_int_equal(heap.held, 0);
}

static void products_that_overflow_are_refused(void **state)
{
	struct ocre_mem mem;
	struct heap heap;

	(void)state;
	setup(&mem, &heap, SIZE_MAX);
	assert_null(ocre_mem_alloc_array(&mem, SIZE_MAX / 2 + 1, 2));
	assert_null(ocre_mem_alloc_array(&mem, 2, SIZE_MAX / 2 + 1));
	assert_null(ocre_mem_alloc_array(&mem, SIZE_MAX, SIZE_MAX));
	assert_null(ocre_mem_alloc_array(&mem, 0, 8));
	assert_null(ocre_mem_alloc_array(&mem, 8, 0));
	assert_null(ocre_mem_alloc(&mem, 0));
	assert_int_equal(heap.calls, 0);
	assert_int_equal(mem.used, 0);
}

static void mappings_count_too(void **state)
{
	struct ocre_mem mem;
	struct heap heap;

	(void)state;
	setup(&mem, &heap, 1000);
	assert_true(ocre_mem_charge(&mem, 900));
	assert_null(ocre_mem_alloc(&mem, 101));
	assert_false(ocre_mem_charge(&mem, SIZE_MAX));
	assert_int_equal(mem.used, 900);
	ocre_mem_uncharge(&mem, 900);
	assert_int_equal(mem.used, 0);
	assert_int_equal(mem.peak, 900);
}

static void parents_count_too(void **state)
{
	struct ocre_mem parent;
	struct ocre_mem one;
	struct ocre_mem two;
	struct heap heap;
	void *block;

	(void)state;
	setup(&parent, &heap, 1000);
	setup(&one, &heap, 800);
	setup(&two, &heap, SIZE_MAX);
	one.parent = &parent;
	two.parent = &parent;
	assert_int_equal(ocre_mem_room(&one), 800);
	assert_int_equal(ocre_mem_room(&two), 1000);
	assert_true(ocre_mem_charge(&one, 600));
	assert_int_equal(ocre_mem_room(&one), 200); /* its own limit is nearer */
	assert_int_equal(ocre_mem_room(&two), 400); /* the parent's is */
	assert_false(ocre_mem_charge(&one, 201));   /* its own limit */
	assert_int_equal(parent.used, 600);
	assert_false(ocre_mem_charge(&two, 401)); /* the parent's */
	assert_int_equal(two.used, 0);
	block = ocre_mem_alloc(&two, 400);
	assert_non_null(block);
	assert_int_equal(parent.used, 1000);
	assert_null(ocre_mem_alloc(&two, 1));
	ocre_mem_free(&two, block, 400);
	ocre_mem_uncharge(&one, 600);
	assert_int_equal(parent.used, 0);
	assert_int_equal(one.used + two.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_what_is_held),
		cmocka_unit_test(the_limit_is_exact),
		cmocka_unit_test(a_refusal_changes_nothing),
		cmocka_unit_test(products_that_overflow_are_refused),
		cmocka_unit_test(mappings_count_too),
		cmocka_unit_test(parents_count_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
