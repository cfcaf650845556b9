/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timer.c - PERIOD COUNT: how late each of COUNT ticks was. Prints the lateness in microseconds a
 * tick later, when nobody measures any more, and goes on ticking.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "guest.h"

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	int period = argc > 1 ? atoi(argv[1]) : 100;
	int count = argc > 2 ? atoi(argv[2]) : 10;
	long long late[100];
	struct event e;
	long long begin;

	if (count > 100 || ocre_timer_create(1) != 0) {
		return 1;
	}
	begin = now_us();
	if (ocre_timer_start(1, period, 1) != 0) {
		return 2;
	}
	for (int n = 1; n <= count; n++) {
		if (wait_event(&e, -1) != 0) {
			return 3;
		}
		late[n - 1] = now_us() - begin - n * period * 1000LL;
	}
	if (wait_event(&e, -1) != 0) {
		return 3;
	}
	for (int n = 0; n < count; n++) {
		printf("%lld\n", late[n]);
	}
	fflush(stdout);
	while (wait_event(&e, -1) == 0) {
	}
	return 3;
}
