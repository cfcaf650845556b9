/* SPDX-License-Identifier: Apache-2.0 */
/* endless.c - a guest that never ends: the host stops it, by time or by budget. */
#include <stdio.h>

int main(void)
{
	volatile unsigned int turns = 0;

	printf("I count for ever.\n");
	fflush(stdout);
	for (;;) {
		turns++;
	}
}
