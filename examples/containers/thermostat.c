/* SPDX-License-Identifier: Apache-2.0 */
/* thermostat.c - a guest: heats below 21 degrees, until it is asked to end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre_api.h>

static bool stopped;

static void stop(void)
{
	stopped = true;
}

static void temperature_came(const char *topic, const char *content_type, const void *payload,
			     uint32_t size)
{
	char degrees[8] = "";
	const char *heater;

	(void)content_type;
	memcpy(degrees, payload, size < sizeof(degrees) ? size : sizeof(degrees) - 1);
	heater = atoi(degrees) < 21 ? "on" : "off";
	printf("thermostat: %s is %s\n", topic, degrees);
	fflush(stdout);
	ocre_publish_message("room/heater", "text/plain", heater, strlen(heater));
}

int main(void)
{
	ocre_register_stop_callback(stop);
	ocre_register_message_callback("room/temperature", temperature_came);
	while (!stopped) {
		ocre_process_event(-1);
	}
	printf("thermostat: good bye\n");
	return 3;
}
