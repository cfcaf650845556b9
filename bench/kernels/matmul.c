/* SPDX-License-Identifier: Apache-2.0 */
/* matmul.c - float arrays: a plain matrix product in single precision, three nested loops. */
#include "kernel.h"

#include <string.h>

const char kernel_name[] = "matmul";

#define N 120

static float a[N][N], b[N][N], c[N][N];

static void multiply(void)
{
	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			float sum = 0;

			for (int k = 0; k < N; k++) {
				sum += a[i][k] * b[k][j];
			}
			c[i][j] = sum;
		}
	}
}

uint32_t kernel_run(void)
{
	uint32_t seed = 99, sum = 0;

	for (int i = 0; i < N; i++) {
		for (int j = 0; j < N; j++) {
			a[i][j] = (float)(kernel_random(&seed) % 1000) / 256.0f;
			b[i][j] = (float)(kernel_random(&seed) % 1000) / 512.0f - 1.0f;
		}
	}
	multiply();
	for (int i = 0; i < N; i++) {
		uint32_t bits;

		memcpy(&bits, &c[i][(i * 7) % N], sizeof(bits));
		sum = sum * 33 ^ bits;
	}
	return sum;
}
