/* SPDX-License-Identifier: Apache-2.0 */
/* bulkmem.c - bulk memory: blocks of many sizes copied, moved and filled by the engine. */
#include "kernel.h"

#include <string.h>

const char kernel_name[] = "bulkmem";

#define SIZE 262144u

static uint8_t from[SIZE], to[SIZE];
static volatile uint32_t blocks = 1500;

uint32_t kernel_run(void)
{
	uint32_t seed = 2024, sum = 0;

	for (uint32_t i = 0; i < SIZE; i += 4) {
		uint32_t v = kernel_random(&seed);

		memcpy(from + i, &v, 4);
	}
	memset(to, 0, SIZE);
	for (uint32_t i = blocks; i > 0; i--) {
		uint32_t size = 16u << kernel_random(&seed) % 12; /* 16 bytes to 32 KiB */
		uint32_t a = kernel_random(&seed) % (SIZE - size);
		uint32_t b = kernel_random(&seed) % (SIZE - size);

		memcpy(to + b, from + a, size);
		memmove(to + a, to + b, size);
		memset(from + b, (int)(i & 0xff), size / 4);
		sum = sum * 31 + to[a + size / 2] + from[b];
	}
	return sum;
}
