/* SPDX-License-Identifier: Apache-2.0 */
/* heap.h - the C library's heap as ocre_mem_init() takes memory, for tests that do not count it. */
#ifndef OCRE_TESTS_HEAP_H
#define OCRE_TESTS_HEAP_H

#include <stddef.h>
#include <stdlib.h>

static inline void *heap_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

#endif /* OCRE_TESTS_HEAP_H */
