/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ping.c - MINE OTHER COUNT WINDOW: answers each message on topic MINE with one on topic OTHER.
 * With a WINDOW it begins, by so many messages at once, and ends after COUNT answers.
 */
#include <stdlib.h>

#include "guest.h"

int main(int argc, char **argv)
{
	static char payload[64];
	struct event e;
	long count = argc > 3 ? atol(argv[3]) : 0;
	long window = argc > 4 ? atol(argv[4]) : 0;

	if (argc < 3 || ocre_subscribe_message(argv[1]) != 0) {
		return 1;
	}
	for (long n = 0; n < window; n++) {
		while (ocre_publish_message(argv[2], "b", payload, sizeof(payload)) != 0) {
			wait_event(&e, 1); /* the other one has not subscribed yet */
		}
	}
	for (long n = 0; count == 0 || n < count; n++) {
		if (wait_event(&e, -1) != 0 || e.size != sizeof(payload)) {
			return 2;
		}
		done_with(&e);
		if (count == 0 || n + window < count) {
			if (ocre_publish_message(argv[2], "b", payload, sizeof(payload)) != 0) {
				return 3;
			}
		}
	}
	return 0;
}
