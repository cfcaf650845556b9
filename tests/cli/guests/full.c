/* SPDX-License-Identifier: Apache-2.0 */
/* full.c - a guest: arguments, environment, clock, sleep, floating point, malloc; ends with 7. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec begin, end;
	const char *greeting = getenv("GREETING");
	char *block = malloc(300000);

	for (int n = 0; n < argc; n++) {
		printf("%d: %s\n", n, argv[n]);
	}
	printf("greeting: %s\n", greeting != NULL ? greeting : "none");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	usleep(20000);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("slept: %s\n",
	       (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec >= 20000000
		       ? "yes"
		       : "no");
	printf("since 2020: %s\n", time(NULL) > 1577836800 ? "yes" : "no");
	memset(block, 'x', 300000);
	printf("%.6f %s\n", sqrt(2.0), block[299999] == 'x' ? "ok" : "bad");
	return 7;
}
