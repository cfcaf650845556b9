/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - runs a kernel as often as the argument says, measures the time from inside and prints
 * one line: name, runs, checksum, microseconds per run.
 */
#include "kernel.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 1;
	uint32_t checksum = 0;
	uint64_t start, ns;

	if (runs < 1) {
		fprintf(stderr, "usage: %s [RUNS], RUNS is at least 1\n", kernel_name);
		return 2;
	}
	start = now_ns();
	for (int i = 0; i < runs; i++) {
		uint32_t sum = kernel_run();

		if (i > 0 && sum != checksum) {
			fprintf(stderr, "%s: run %d gave %08x after %08x\n", kernel_name, i,
				(unsigned int)sum, (unsigned int)checksum);
			return 1;
		}
		checksum = sum;
	}
	ns = (now_ns() - start) / (unsigned int)runs;
	printf("%s runs %d checksum %08x us %u.%03u\n", kernel_name, runs, (unsigned int)checksum,
	       (unsigned int)(ns / 1000), (unsigned int)(ns % 1000));
	return 0;
}
