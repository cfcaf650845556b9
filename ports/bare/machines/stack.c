/* SPDX-License-Identifier: Apache-2.0 */
/* stack.c - how much of the native stack was used, and what memory is free. */
#include <string.h>

#include "stack.h"

#define PAINT 0xdeadbeefu

/* From the linker script. */
extern char __stack[];	    /* the upper end of the stack */
extern char __stack_size[]; /* an address that is a number */
extern char __heap_start[];
extern char __heap_end[];

uintptr_t ocre__stack_bottom(void)
{
	uintptr_t bottom = (uintptr_t)__stack - (uintptr_t)__stack_size;

	return (bottom + OCRE__STACK_GUARD - 1) / OCRE__STACK_GUARD * OCRE__STACK_GUARD;
}

bool ocre__stack_holds(uintptr_t address, size_t size)
{
	return address >= ocre__stack_bottom() + OCRE__STACK_GUARD &&
	       address + size <= (uintptr_t)__stack;
}

void ocre__stack_paint(void)
{
	uintptr_t at = ocre__stack_bottom() + OCRE__STACK_GUARD;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0) - 64;

	for (; at < here; at += sizeof(uint32_t)) {
		*(volatile uint32_t *)at = PAINT;
	}
}

size_t ocre__stack_peak(size_t *size)
{
	uintptr_t at = ocre__stack_bottom() + OCRE__STACK_GUARD;

	*size = (size_t)(uintptr_t)__stack_size;
	while (at < (uintptr_t)__stack && *(const volatile uint32_t *)at == PAINT) {
		at += sizeof(uint32_t);
	}
	return (uintptr_t)__stack - at;
}

void *ocre__free_memory(size_t *size)
{
	*size = (uintptr_t)__heap_end - (uintptr_t)__heap_start;
	return __heap_start;
}

void ocre__say_word(void (*say)(const void *data, size_t size), const char *name, uint32_t value)
{
	char text[] = "=01234567";
	uint32_t i;

	for (i = 0; i < 8; i++) {
		text[1 + i] = "0123456789abcdef"[value >> (28 - 4 * i) & 0xf];
	}
	say(" ", 1);
	say(name, strlen(name));
	say(text, sizeof(text) - 1);
}
