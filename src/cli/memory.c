/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - the allocator under the counted memory of the containers that this command runs. */
#include <stdlib.h>

#include "cli.h"

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

void ocre__mem_init(struct ocre_mem *mem, size_t limit)
{
	ocre_mem_init(mem, resize, NULL, limit);
}
