/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - the first guest: says hello to its arguments. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("Hello from C!\n");
	for (int i = 1; i < argc; i++) {
		printf("Hello, %s.\n", argv[i]);
	}
	return 0;
}
