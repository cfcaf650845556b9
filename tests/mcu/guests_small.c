/* SPDX-License-Identifier: Apache-2.0 */
/* guests_small.c - the ways to link a guest that docs/small-guests.md compares. */
#include "weigh.h"

#define VARIANTS(X)                                                                                \
	X(small_default, 2048)                                                                     \
	X(small_fast, 2048)                                                                        \
	X(small_stack, 2048)                                                                       \
	X(small_first, 2048)                                                                       \
	X(small_memory, 2048)                                                                      \
	X(small_frames, 1024)                                                                      \
	X(small_write, 1024)                                                                       \
	X(small_start, 1024)                                                                       \
	X(small_printf, 2048)                                                                      \
	X(small_integers, 2048)

#define DECLARE(name, stack) extern const struct ocre_flash_image name;
VARIANTS(DECLARE)

#define ROW(name, stack) {#name, &name, NULL, stack, false, false, NULL},
const struct weighed weighed[] = {VARIANTS(ROW)};
const uint32_t weighed_count = sizeof(weighed) / sizeof(weighed[0]);
