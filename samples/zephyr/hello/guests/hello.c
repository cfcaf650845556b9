/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - C as it is written everywhere. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("Hello, %s!\n", argc > 1 ? argv[1] : "world");
	return 7;
}
