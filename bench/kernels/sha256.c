/* SPDX-License-Identifier: Apache-2.0 */
/* sha256.c - hashing: SHA-256 (FIPS 180-4) over half a megabyte, 32-bit rotates and adds. */
#include "kernel.h"

const char kernel_name[] = "sha256";

#define DATA_SIZE 524288u

static uint8_t data[DATA_SIZE];
static uint32_t round_constant[64];
static uint32_t initial[8];

static uint32_t rotr(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

/* The first 32 bits of the fraction of the root of `p`, by bisection in integers. */
static uint32_t root_fraction(uint32_t p, unsigned int degree)
{
	uint64_t low = 0, high = (uint64_t)1 << 37;

	while (high - low > 1) {
		uint64_t mid = (low + high) / 2;
		/* mid is the root times 2^32; compare mid^degree with p times 2^(32 * degree) */
		unsigned __int128 power = (unsigned __int128)mid * mid;
		unsigned __int128 goal = (unsigned __int128)p << 64;

		if (degree == 3) {
			power = (power >> 32) * mid;
		}
		if (power > goal) {
			high = mid;
		} else {
			low = mid;
		}
	}
	return (uint32_t)low;
}

static void prepare(void)
{
	unsigned int found = 0;
	uint32_t seed = 0x2545f491;

	for (uint32_t p = 2; found < 64; p++) {
		uint32_t d = 2;

		while (d * d <= p && p % d != 0) {
			d++;
		}
		if (d * d <= p) {
			continue;
		}
		if (found < 8) {
			initial[found] = root_fraction(p, 2);
		}
		round_constant[found++] = root_fraction(p, 3);
	}
	for (uint32_t i = 0; i < DATA_SIZE; i++) {
		data[i] = (uint8_t)kernel_random(&seed);
	}
}

static void block(uint32_t h[8], const uint8_t *p)
{
	uint32_t w[64], s[8];

	for (unsigned int i = 0; i < 16; i++) {
		w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 |
		       (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	}
	for (unsigned int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = w[i - 16] + (rotr(a, 7) ^ rotr(a, 18) ^ a >> 3) + w[i - 7] +
		       (rotr(b, 17) ^ rotr(b, 19) ^ b >> 10);
	}
	for (unsigned int i = 0; i < 8; i++) {
		s[i] = h[i];
	}
	for (unsigned int i = 0; i < 64; i++) {
		uint32_t t1 = s[7] + (rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25)) +
			      ((s[4] & s[5]) ^ (~s[4] & s[6])) + round_constant[i] + w[i];
		uint32_t t2 = (rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22)) +
			      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		s[7] = s[6];
		s[6] = s[5];
		s[5] = s[4];
		s[4] = s[3] + t1;
		s[3] = s[2];
		s[2] = s[1];
		s[1] = s[0];
		s[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++) {
		h[i] += s[i];
	}
}

uint32_t kernel_run(void)
{
	uint32_t h[8];

	if (initial[0] == 0) {
		prepare();
	}
	for (unsigned int i = 0; i < 8; i++) {
		h[i] = initial[i];
	}
	for (uint32_t at = 0; at < DATA_SIZE; at += 64) {
		block(h, data + at);
	}
	return h[0] ^ h[3] ^ h[7];
}
