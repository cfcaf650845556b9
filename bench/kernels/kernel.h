/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h - what a benchmark kernel offers to main.c: its name and one run of its work. A run
 * always does the same work and returns the same checksum on every engine and machine.
 */
#ifndef OCRE_BENCH_KERNEL_H
#define OCRE_BENCH_KERNEL_H

#include <stdint.h>

extern const char kernel_name[];

uint32_t kernel_run(void);

/* A small generator (xorshift) for test data, so that no kernel depends on a libc's rand(). */
static inline uint32_t kernel_random(uint32_t *state)
{
	uint32_t x = *state;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	*state = x;
	return x;
}

#endif /* OCRE_BENCH_KERNEL_H */
