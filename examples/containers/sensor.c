/* SPDX-License-Identifier: Apache-2.0 */
/* sensor.c - a guest: tells the temperature, and shows whether somebody heats. */
#include <stdio.h>
#include <string.h>

#include <ocre_api.h>

static bool answered;

static void heater_changed(const char *topic, const char *content_type, const void *payload,
			   uint32_t size)
{
	(void)topic;
	(void)content_type;
	printf("sensor: the heater is %.*s\n", (int)size, (const char *)payload);
	fflush(stdout);
	answered = true;
}

int main(void)
{
	static const char *const degrees[] = {"19", "20", "21", "22"};

	ocre_register_message_callback("room/heater", heater_changed);
	for (int i = 0; i < 4; i++) {
		/* Fails as long as nobody has subscribed. */
		while (ocre_publish_message("room/temperature", "text/plain", degrees[i],
					    strlen(degrees[i])) != 0) {
			ocre_sleep(10);
		}
		answered = false;
		while (!answered) {
			ocre_process_event(-1);
		}
	}
	return 0;
}
