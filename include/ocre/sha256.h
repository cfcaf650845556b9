/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.h - SHA-256 as FIPS 180-4 has it. Needs a C11 compiler, nothing else; allocates nothing.
 * Not for secrets: its running time says nothing about the data, its memory is not wiped.
 */
#ifndef OCRE_SHA256_H
#define OCRE_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCRE_SHA256_SIZE 32u
/* As text, with the NUL. */
#define OCRE_SHA256_TEXT 65u

/* A digest in the making. Private; may be copied, to go on in two ways. */
struct ocre_sha256 {
	uint32_t state[8];
	uint64_t size;	   /* bytes so far */
	uint8_t block[64]; /* the last size % 64 of them */
};

void ocre_sha256_begin(struct ocre_sha256 *sha);
/* `data` may be NULL when `size` is 0. */
void ocre_sha256_add(struct ocre_sha256 *sha, const void *data, size_t size);
/* The digest of all that was added; `sha` must be begun again afterwards. */
void ocre_sha256_end(struct ocre_sha256 *sha, uint8_t digest[OCRE_SHA256_SIZE]);

/* All at once. */
void ocre_sha256(const void *data, size_t size, uint8_t digest[OCRE_SHA256_SIZE]);

/* A digest as 64 small hexadecimal digits, and from 64 digits of any case: false when it is not. */
void ocre_sha256_text(const uint8_t digest[OCRE_SHA256_SIZE], char text[OCRE_SHA256_TEXT]);
bool ocre_sha256_parse(const char *text, uint8_t digest[OCRE_SHA256_SIZE]);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_SHA256_H */
