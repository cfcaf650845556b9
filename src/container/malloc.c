/* SPDX-License-Identifier: Apache-2.0 */
/* malloc.c - memory of the C library, for contexts that are given none. The only place for it. */
#include <stdlib.h>

#include "internal.h"

void *ocre__malloc(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}
