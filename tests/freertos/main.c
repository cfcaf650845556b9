/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the board of conformance.c, and its only task, on POSIX. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

void board_write(const void *data, size_t size);
size_t board_read(void *data, size_t size);
bool board_readable(void);
void board_halt(int status);
void conformance_task(void *unused);
bool kernel_has_overflowed(void); /* kernel.c */

void board_write(const void *data, size_t size)
{
	fwrite(data, 1, size, stdout);
}

size_t board_read(void *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}

bool board_readable(void)
{
	return false;
}

void board_halt(int status)
{
	if (!kernel_has_overflowed()) {
		printf("FAILED  the ticks did not begin anew: this was no test of it\n");
		status = 1;
	}
	exit(status);
}

int main(void)
{
	conformance_task(NULL);
	return 1;
}
