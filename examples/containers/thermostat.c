/* SPDX-License-Identifier: Apache-2.0 */
/* thermostat.c - a guest: heats below 21 degrees, until it is asked to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"

/* The name of an event of type EVENT_STOP; it is taken below, so nobody calls this. */
EXPORT(stop_callback) void stop_callback(void)
{
}

static void answer(uint32_t payload, uint32_t size)
{
	char text[8] = "";
	const char *heater;

	memcpy(text, (const void *)payload, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
	heater = atoi(text) < 21 ? "on" : "off";
	ocre_publish_message("room/heater", "text/plain", heater, (int)strlen(heater));
}

int main(void)
{
	uint32_t type, id, topic, content_type, payload, size;

	ocre_register_dispatcher(EVENT_STOP, "stop_callback");
	ocre_subscribe_message("room/temperature");
	while (ocre_wait_event(-1, &type, &id, &topic, &content_type, &payload, &size) == 0) {
		if (type == EVENT_STOP) {
			printf("thermostat: good bye\n");
			return 3;
		}
		answer(payload, size);
		ocre_messaging_free_module_event_data(topic, content_type, payload);
	}
	return 1;
}
