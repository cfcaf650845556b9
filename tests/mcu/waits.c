/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waits.c - the guest that is measured: says something, and waits. USE_PRINTF and USE_WRITE say how
 * it prints, otherwise as one does; OWN_START: without the C library's start.
 */
#include <stdio.h>
#include <unistd.h>

static void print(void)
{
#if defined(USE_PRINTF)
	printf("waiting, descriptor %d\n", STDOUT_FILENO);
#elif defined(USE_WRITE)
	write(STDOUT_FILENO, "waiting\n", 8);
#else
	puts("waiting");
#endif
}

#ifdef OWN_START
void _start(void)
#else
int main(void)
#endif
{
	print();
	for (;;) {
		sleep(1);
	}
}
