/* SPDX-License-Identifier: Apache-2.0 */
/*
 * blinky.c - as older guests are: it exports timer_callback, registers nothing, takes no events,
 * and only sleeps. The host calls it.
 */
#include <ocre_api.h>

#include <stdio.h>

static int count;

OCRE_EXPORT("timer_callback") void timer_callback(int id)
{
	printf("blink %d of timer %d\n", ++count, id);
}

int main(void)
{
	if (ocre_timer_create(3) != 0 || ocre_timer_start(3, 15, 1) != 0) {
		printf("no timer\n");
		return 1;
	}
	while (count < 3) {
		ocre_sleep(100);
	}
	return 0;
}
