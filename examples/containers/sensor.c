/* SPDX-License-Identifier: Apache-2.0 */
/* sensor.c - a guest: tells the temperature, and shows whether somebody heats. */
#include <stdio.h>
#include <string.h>

#include "guest.h"

/* The answer to what was published; it is text of a few letters. */
static void receive(char *answer, uint32_t room)
{
	uint32_t type, id, topic, content_type, payload, size;

	if (ocre_wait_event(-1, &type, &id, &topic, &content_type, &payload, &size) != 0) {
		return;
	}
	if (size > room - 1) {
		size = room - 1;
	}
	memcpy(answer, (const void *)payload, size);
	answer[size] = '\0';
	ocre_messaging_free_module_event_data(topic, content_type, payload);
}

int main(void)
{
	static const char *const degrees[] = {"19", "20", "21", "22"};

	ocre_subscribe_message("room/heater");
	for (int i = 0; i < 4; i++) {
		char answer[8] = "";

		/* Whoever is to hear it may not be there yet. */
		while (ocre_publish_message("room/temperature", "text/plain", degrees[i],
					    (int)strlen(degrees[i])) != 0) {
			ocre_sleep(10);
		}
		receive(answer, sizeof(answer));
		printf("sensor: %s degrees, the heater is %s\n", degrees[i], answer);
		fflush(stdout);
	}
	return 0;
}
