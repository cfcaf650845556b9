/* SPDX-License-Identifier: Apache-2.0 */
/* i64mix.c - 64-bit integers: multiply, rotate, shift, compare and divide. */
#include "kernel.h"

const char kernel_name[] = "i64mix";

static volatile uint32_t rounds = 120000;

static uint64_t rotl(uint64_t x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

uint32_t kernel_run(void)
{
	uint64_t a = 0x9e3779b97f4a7c15u, b = 0xbf58476d1ce4e5b9u, c = 0x94d049bb133111ebu;
	uint64_t sum = 0;

	for (uint32_t i = rounds; i > 0; i--) {
		uint64_t t = b << 17;

		c ^= a;
		a = rotl(a * 5, 7) * 9 + i;
		b ^= c + (a >> 29);
		c = rotl(c ^ t, 45);
		if ((int64_t)(a ^ c) < 0) {
			sum += b * 0xff51afd7ed558ccdu;
		} else {
			sum ^= (a & c) | (b >> 3);
		}
		if ((i & 15) == 0) {
			sum += a / (c >> 40 | 1) - (uint64_t)((int64_t)b % 1000003);
		}
	}
	return (uint32_t)(sum ^ sum >> 32);
}
