/* SPDX-License-Identifier: Apache-2.0 */
/* shared_multi_heap.h - see kernel.h; heap_test.c has one. */
#ifndef TESTS_ZEPHYR_SHARED_MULTI_HEAP_H
#define TESTS_ZEPHYR_SHARED_MULTI_HEAP_H

#include <stddef.h>

enum shared_multi_heap_attr {
	SMH_REG_ATTR_CACHEABLE,
	SMH_REG_ATTR_NON_CACHEABLE,
	SMH_REG_ATTR_EXTERNAL,
	SMH_REG_ATTR_NUM,
};

#define MAX_SHARED_MULTI_HEAP_ATTR SMH_REG_ATTR_NUM

void *shared_multi_heap_aligned_alloc(enum shared_multi_heap_attr attr, size_t align, size_t bytes);
void shared_multi_heap_free(void *block);

#endif /* TESTS_ZEPHYR_SHARED_MULTI_HEAP_H */
