/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.c - SHA-256. Numbers in comments are sections of FIPS 180-4. Written for small code: one
 * loop, and a message schedule of 16 words that is renewed in place.
 */
#include <ocre/sha256.h>

#include <string.h>

/* 4.2.2: the fractions of the cube roots of the first 64 primes. */
static const uint32_t k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

/* 5.3.3: the fractions of the square roots of the first 8 primes. */
static const uint32_t start[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotr(uint32_t x, unsigned int n)
{
	return x >> n | x << (32 - n);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/* The word of the message schedule for round t (6.2.2, step 1); w holds the last 16. */
static uint32_t schedule(uint32_t w[16], const uint8_t *block, unsigned int t)
{
	uint32_t *at = &w[t % 16];

	if (t < 16) {
		*at = get_be32(block + (size_t)4 * t);
	} else {
		uint32_t w2 = w[(t - 2) % 16];
		uint32_t w15 = w[(t - 15) % 16];

		*at += (rotr(w2, 17) ^ rotr(w2, 19) ^ w2 >> 10) + w[(t - 7) % 16] +
		       (rotr(w15, 7) ^ rotr(w15, 18) ^ w15 >> 3);
	}
	return *at;
}

/* 6.2.2, steps 2 to 4. */
static void add_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t s[8]; /* a to h */
	uint32_t w[16] = {0};

	memcpy(s, state, sizeof(s));
	for (unsigned int t = 0; t < 64; t++) {
		uint32_t t1 = s[7] + (rotr(s[4], 6) ^ rotr(s[4], 11) ^ rotr(s[4], 25)) +
			      ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[t] + schedule(w, block, t);
		uint32_t t2 = (rotr(s[0], 2) ^ rotr(s[0], 13) ^ rotr(s[0], 22)) +
			      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (unsigned int i = 0; i < 8; i++) {
		state[i] += s[i];
	}
}

void ocre_sha256_begin(struct ocre_sha256 *sha)
{
	memcpy(sha->state, start, sizeof(sha->state));
	sha->size = 0;
}

void ocre_sha256_add(struct ocre_sha256 *sha, const void *data, size_t size)
{
	const uint8_t *at = data;
	size_t held = sha->size % 64;

	sha->size += size;
	while (size > 0) {
		size_t n = 64 - held;

		if (held == 0 && size >= 64) {
			add_block(sha->state, at);
			n = 64;
		} else {
			n = n < size ? n : size;
			memcpy(sha->block + held, at, n);
			held = (held + n) % 64;
			if (held == 0) {
				add_block(sha->state, sha->block);
			}
		}
		at += n;
		size -= n;
	}
}

void ocre_sha256_end(struct ocre_sha256 *sha, uint8_t digest[OCRE_SHA256_SIZE])
{
	static const uint8_t padding[64] = {0x80};
	uint64_t bits = sha->size * 8;
	uint8_t length[8];

	/* 5.1.1: a one bit, zeros, and the length in the last 8 bytes of a block. */
	put_be32(length, (uint32_t)(bits >> 32));
	put_be32(length + 4, (uint32_t)bits);
	ocre_sha256_add(sha, padding, 1 + (119 - sha->size % 64) % 64);
	ocre_sha256_add(sha, length, sizeof(length));
	for (unsigned int i = 0; i < 8; i++) {
		put_be32(digest + (size_t)4 * i, sha->state[i]);
	}
}

void ocre_sha256(const void *data, size_t size, uint8_t digest[OCRE_SHA256_SIZE])
{
	struct ocre_sha256 sha;

	ocre_sha256_begin(&sha);
	ocre_sha256_add(&sha, data, size);
	ocre_sha256_end(&sha, digest);
}

void ocre_sha256_text(const uint8_t digest[OCRE_SHA256_SIZE], char text[OCRE_SHA256_TEXT])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned int i = 0; i < OCRE_SHA256_SIZE; i++) {
		*text++ = digits[digest[i] >> 4];
		*text++ = digits[digest[i] & 15];
	}
	*text = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool ocre_sha256_parse(const char *text, uint8_t digest[OCRE_SHA256_SIZE])
{
	for (unsigned int i = 0; i < 2 * OCRE_SHA256_SIZE; i++) {
		int value = digit(text[i]);

		if (value < 0) {
			return false;
		}
		digest[i / 2] = (uint8_t)(i % 2 == 0 ? value << 4 : digest[i / 2] | value);
	}
	return text[(size_t)2 * OCRE_SHA256_SIZE] == '\0';
}
