/* SPDX-License-Identifier: Apache-2.0 */
/* waits.c - the guest that is measured: says something, and waits. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	puts("waiting");
	for (;;) {
		sleep(1);
	}
}
