/* SPDX-License-Identifier: Apache-2.0 */
/* overflow.c - uses up the native stack: the guard must end it, and say so. */
#include <string.h>

#include "machines.h"

static const struct ocre_machine *machine;

/* More than the compiler can see through. */
__attribute__((noinline)) static int deeper(volatile int *below)
{
	volatile int here[4] = {*below + 1, 0, 0, 0};

	return *below < 1000000 ? deeper(here) + here[1] : 0;
}

int main(void)
{
	volatile int zero = 0;

	machine = ocre_machine_start();
	deeper(&zero);
	machine->write("still here\n", 11);
	machine->halt(0);
	return 0;
}
