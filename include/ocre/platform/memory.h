/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - where the memory of contexts and containers comes from, as the Ocre platform
 * requirements name it. The meaning is that of malloc, free and realloc; any thread.
 */
#ifndef OCRE_PLATFORM_MEMORY_H
#define OCRE_PLATFORM_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *user_malloc(size_t size);
void user_free(void *p);
void *user_realloc(void *p, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PLATFORM_MEMORY_H */
