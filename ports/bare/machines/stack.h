/* SPDX-License-Identifier: Apache-2.0 */
/* stack.h - the native stack and the free memory, as picolibc's linker script lays them out. */
#ifndef OCRE_MACHINES_STACK_H
#define OCRE_MACHINES_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes at the lower end of the stack that nobody may touch: what every guard can be set to. */
#define OCRE__STACK_GUARD 32u

/* Where the guard begins, on a multiple of its size. */
uintptr_t ocre__stack_bottom(void);
/* Whether `size` bytes at `address` lie in the stack above its guard. */
bool ocre__stack_holds(uintptr_t address, size_t size);
/* Mark what is not used yet, so that ocre__stack_peak() can tell. */
void ocre__stack_paint(void);
/* `stack_peak` and `memory` of struct ocre_machine. */
size_t ocre__stack_peak(size_t *size);
void *ocre__free_memory(size_t *size);

/* For reports of faults: " name=0123abcd". */
void ocre__say_word(void (*say)(const void *data, size_t size), const char *name, uint32_t value);

#endif /* OCRE_MACHINES_STACK_H */
