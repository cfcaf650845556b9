/* SPDX-License-Identifier: Apache-2.0 */
/* hog.c - a guest that takes memory until there is none, and then gives up in its own way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
	for (int n = 1;; n++) {
		char *block = malloc(1 << 20);

		if (block == NULL) {
			fprintf(stderr, "no more after %d MiB\n", n - 1);
			return 3;
		}
		memset(block, n, 1 << 20);
	}
}
