/* SPDX-License-Identifier: Apache-2.0 */
/* wait.c - says hello, then waits for events that do not come. */
#include <stdio.h>

#include "guest.h"

int main(int argc, char **argv)
{
	struct event e;

	printf("hello from %s, %d arguments\n", argv[0], argc);
	fflush(stdout);
	while (wait_event(&e, -1) == 0) {
	}
	return 1;
}
