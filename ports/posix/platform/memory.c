/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - the memory of containers is the C library's. */
#include <stdlib.h>

#include <ocre/platform/memory.h>

void *user_malloc(size_t size)
{
	return malloc(size);
}

void user_free(void *p)
{
	free(p);
}

void *user_realloc(void *p, size_t size)
{
	return realloc(p, size);
}
