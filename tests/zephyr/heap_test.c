/* SPDX-License-Identifier: Apache-2.0 */
/* heap_test.c - where blocks come from and where they go back to: built with external RAM, and with
 * the kernel's heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/multi_heap/shared_multi_heap.h>

#include <ocre/port_zephyr.h>

static size_t external_left;
static int external_blocks;
static int kernel_blocks;
static bool locked;

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	(void)mutex;
	assert_int_equal(timeout.ticks, -1);
	assert_false(locked);
	locked = true;
	return 0;
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	(void)mutex;
	locked = false;
	return 0;
}

void *shared_multi_heap_aligned_alloc(enum shared_multi_heap_attr attr, size_t align, size_t bytes)
{
	assert_int_equal(attr, SMH_REG_ATTR_EXTERNAL);
	assert_int_equal(align, _Alignof(max_align_t));
	assert_true(locked);
	if (bytes > external_left) {
		return NULL;
	}
	external_left -= bytes;
	external_blocks++;
	return malloc(bytes);
}

void shared_multi_heap_free(void *block)
{
	assert_true(locked);
	external_blocks--;
	free(block);
}

void *k_aligned_alloc(size_t align, size_t size)
{
	assert_int_equal(align, _Alignof(max_align_t));
	kernel_blocks++;
	return malloc(size);
}

void k_free(void *ptr)
{
	kernel_blocks--;
	free(ptr);
}

/* Blocks within the memory of the heap, as with the real one; what was freed is not used again. */
static size_t taken;

void k_heap_init(struct k_heap *heap, void *memory, size_t size)
{
	heap->at = memory;
	heap->to = heap->at + size;
	heap->used = 0;
}

void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t size, k_timeout_t timeout)
{
	uint8_t *block = heap->at + taken;

	assert_int_equal(timeout.ticks, 0);
	assert_int_equal(align, _Alignof(max_align_t));
	if (heap->used + size + 16 > (size_t)(heap->to - heap->at) - taken) {
		return NULL;
	}
	memcpy(block, &size, sizeof(size));
	taken += (size + 31) / 16 * 16;
	heap->used += size;
	return block + 16;
}

void k_heap_free(struct k_heap *heap, void *ptr)
{
	size_t size;

	assert_true((uint8_t *)ptr >= heap->at && (uint8_t *)ptr < heap->to);
	memcpy(&size, (uint8_t *)ptr - 16, sizeof(size));
	heap->used -= size;
}

#if defined(CONFIG_OCRE_EXTERNAL_RAM)

static void large_blocks(void **state)
{
	static uint8_t memory[16384] __aligned(16);
	static struct ocre_zephyr_heap heap;
	uint8_t *small, *large, *other;

	(void)state;
	ocre_zephyr_heap_init(&heap, memory, sizeof(memory));
	external_left = 5000;
	small = ocre_zephyr_heap_resize(&heap, NULL, 0, CONFIG_OCRE_EXTERNAL_RAM_BLOCK - 1);
	large = ocre_zephyr_heap_resize(&heap, NULL, 0, CONFIG_OCRE_EXTERNAL_RAM_BLOCK);
	assert_int_equal(external_blocks, 1);
	assert_int_equal(heap.heap.used, CONFIG_OCRE_EXTERNAL_RAM_BLOCK - 1);
	/* Grown over the border, with its contents. */
	memset(small, 7, 100);
	small = ocre_zephyr_heap_resize(&heap, small, CONFIG_OCRE_EXTERNAL_RAM_BLOCK - 1, 2000);
	assert_int_equal(external_blocks, 2);
	assert_int_equal(heap.heap.used, 0);
	assert_int_equal(small[99], 7);
	/* None left: from the heap; and none there either. */
	other = ocre_zephyr_heap_resize(&heap, NULL, 0, 3000);
	assert_int_equal(heap.heap.used, 3000);
	assert_null(ocre_zephyr_heap_resize(&heap, NULL, 0, 16000));
	assert_null(ocre_zephyr_heap_resize(&heap, other, 3000, 16000));
	/* Out of external RAM, where there is room for less; and stays, where there is not. */
	large = ocre_zephyr_heap_resize(&heap, large, CONFIG_OCRE_EXTERNAL_RAM_BLOCK, 500);
	assert_int_equal(external_blocks, 1);
	heap.heap.used += 16000;
	assert_ptr_equal(ocre_zephyr_heap_resize(&heap, large, 500, 400), large);
	heap.heap.used -= 16000;
	ocre_zephyr_heap_resize(&heap, large, 400, 0);
	ocre_zephyr_heap_resize(&heap, other, 3000, 0);
	ocre_zephyr_heap_resize(&heap, small, 2000, 0);
	assert_int_equal(external_blocks, 0);
}

#else

static void kernel_heap(void **state)
{
	static struct ocre_zephyr_heap heap;
	char *block;

	(void)state;
	ocre_zephyr_heap_init(&heap, NULL, 0);
	block = ocre_zephyr_heap_resize(&heap, NULL, 0, 10);
	memcpy(block, "123456789", 10);
	block = ocre_zephyr_heap_resize(&heap, block, 10, 100);
	assert_string_equal(block, "123456789");
	assert_int_equal(kernel_blocks, 1);
	assert_null(ocre_zephyr_heap_resize(&heap, block, 100, 0));
	assert_int_equal(kernel_blocks, 0);
	assert_null(ocre_zephyr_heap_resize(&heap, NULL, 0, 0));
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#if defined(CONFIG_OCRE_EXTERNAL_RAM)
		cmocka_unit_test(large_blocks),
#else
		cmocka_unit_test(kernel_heap),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
