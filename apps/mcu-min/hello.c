/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - the guest of mcu-min: C as it is written everywhere, linked as by default. */
#include <stdio.h>

int main(int argc, char **argv)
{
	printf("hello from %s, %d argument%s\n", argc > 0 ? argv[0] : "nobody", argc - 1,
	       argc == 2 ? "" : "s");
	return 7;
}
