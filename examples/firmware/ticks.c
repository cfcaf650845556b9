/* SPDX-License-Identifier: Apache-2.0 */
/* ticks.c - a guest that says something three times. */
#include <unistd.h>

#include <ocre_api.h>

int main(void)
{
	static char line[] = "tick 1\n";

	for (; line[5] <= '3'; line[5]++) {
		write(1, line, sizeof(line) - 1);
		ocre_sleep(50);
	}
	return 5;
}
