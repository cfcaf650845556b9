/* SPDX-License-Identifier: Apache-2.0 */
/* timers.c - several timers, once and periodic, stopped and asked, and what is refused. */
#include <ocre_api.h>

#include <stdio.h>

static int once;
static int often;

static void on_once(void)
{
	once++;
}

static void on_often(void)
{
	if (++often == 3) {
		ocre_timer_stop(2);
	}
}

static int expect(const char *what, int got, int wanted)
{
	if (got != wanted) {
		printf("%s: %d, not %d\n", what, got, wanted);
		return 1;
	}
	return 0;
}

int main(void)
{
	int bad = 0;
	int left;

	bad += expect("id 0", ocre_timer_create(0), -22);
	bad += expect("id 99", ocre_timer_create(99), -22);
	bad += expect("create", ocre_timer_create(1), 0);
	bad += expect("again", ocre_timer_create(1), -16);
	bad += expect("create", ocre_timer_create(2), 0);
	bad += expect("too long", ocre_timer_start(1, 65536, 0), -22);
	bad += expect("register", ocre_register_timer_callback(1, on_once), 0);
	bad += expect("register", ocre_register_timer_callback(2, on_often), 0);
	bad += expect("start", ocre_timer_start(1, 25, 0), 0);
	bad += expect("start", ocre_timer_start(2, 10, 1), 0);
	left = ocre_timer_get_remaining(1);
	bad += expect("remaining", left >= 1 && left <= 25, 1);
	for (int i = 0; i < 10; i++) {
		ocre_process_event(20);
	}
	bad += expect("once", once, 1);
	bad += expect("often", often, 3);
	bad += expect("not running", ocre_timer_get_remaining(2), 0);
	bad += expect("delete", ocre_timer_delete(1), 0);
	bad += expect("deleted", ocre_timer_start(1, 10, 0), -22);
	bad += expect("nothing", ocre_process_event(5), 0);
	printf(bad == 0 ? "timers are right\n" : "timers are wrong\n");
	return bad;
}
