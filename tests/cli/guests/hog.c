/* SPDX-License-Identifier: Apache-2.0 */
/* hog.c - a guest that takes memory until there is none, and then gives up in its own way. */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	for (int n = 1;; n++) {
		volatile char *block = malloc(1 << 20);

		if (block == NULL) {
			fprintf(stderr, "no more after %d MiB\n", n - 1);
			return 3;
		}
		for (int at = 0; at < 1 << 20; at += 512) {
			block[at] = (char)n;
		}
	}
}
