/* SPDX-License-Identifier: Apache-2.0 */
/* memloop.c - loads and stores: bytes, halves and words walked, mixed and written back. */
#include "kernel.h"

const char kernel_name[] = "memloop";

#define SIZE 65536u

static uint8_t bytes[SIZE];
static uint16_t halves[SIZE / 2];
static uint32_t words[SIZE / 4];
static volatile uint32_t passes = 6;

uint32_t kernel_run(void)
{
	uint32_t sum = 0, seed = 12345;

	for (uint32_t i = 0; i < SIZE; i++) {
		bytes[i] = (uint8_t)(kernel_random(&seed) >> 8);
	}
	for (uint32_t pass = passes; pass > 0; pass--) {
		/* each reads what the one before wrote, with a distance that defeats vectors */
		for (uint32_t i = 0; i < SIZE / 2; i++) {
			halves[i] = (uint16_t)(bytes[2 * i] + 3u * bytes[(7 * i + pass) % SIZE]);
		}
		for (uint32_t i = 0; i < SIZE / 4; i++) {
			words[i] = halves[2 * i] * 5u + halves[(11 * i) % (SIZE / 2)];
		}
		for (uint32_t i = 0; i < SIZE / 4; i++) {
			uint32_t at = (words[i] + i * 13u) % SIZE;

			bytes[at] = (uint8_t)(bytes[at] + words[i]);
			sum += words[i] ^ at;
		}
	}
	return sum;
}
