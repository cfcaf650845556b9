/* SPDX-License-Identifier: Apache-2.0 */
/* publisher.c - publishes three messages, one at each tick of a timer, and ends. */
#include <ocre_api.h>

#include <stdio.h>
#include <string.h>

#define TOPIC "test/topic"

static int count;

static void tick(void)
{
	char text[32];
	int rc;

	snprintf(text, sizeof(text), "message %d", ++count);
	rc = ocre_publish_message(TOPIC, "text/plain", text, (uint32_t)strlen(text));
	printf("published %s: %d\n", text, rc);
}

int main(void)
{
	if (ocre_timer_create(1) != 0 || ocre_register_timer_callback(1, tick) != 0 ||
	    ocre_timer_start(1, 20, 1) != 0) {
		printf("no timer\n");
		return 1;
	}
	while (count < 3) {
		ocre_process_events();
	}
	return 0;
}
