/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - sleeps, or with an argument reads its standard input. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		return getchar();
	}
	for (;;) {
		sleep(1000);
	}
}
