/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - a start-up benchmark: the usual first program, with wasi-libc's printf and arguments.
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("hello from %s, %d argument(s)\n", argc > 0 ? argv[0] : "nobody", argc);
	return 0;
}
