/* SPDX-License-Identifier: Apache-2.0 */
/*
 * old.c - a guest as those of 2025-03 are: functions of the same names had other types, a message
 * goes to a handler that was named when subscribing, and the host calls everything.
 */
#include <ocre_api.h>

#include <stdio.h>
#include <string.h>

OCRE_IMPORT("ocre_subscribe_message") int old_subscribe(const char *topic, const char *handler);
OCRE_IMPORT("ocre_timer_set_dispatcher") void old_timer_set_dispatcher(void (*callback)(int));
OCRE_IMPORT("ocre_sensors_read") int old_sensors_read(int sensor, int channel);
OCRE_IMPORT("ocre_gpio_set") int old_gpio_set(int port, int pin, int level);

struct old_msg {
	uint64_t mid;
	uint32_t topic;
	uint32_t content_type;
	uint32_t payload;
	int32_t payload_len;
};

static int count;

OCRE_EXPORT("timer_callback") void timer_callback(int id)
{
	char text[16];

	(void)id;
	snprintf(text, sizeof(text), "old %d", ++count);
	ocre_publish_message("old/topic", "text/plain", text, (uint32_t)strlen(text));
}

OCRE_EXPORT("on_message") void on_message(const struct old_msg *m)
{
	printf("%llu %s %s %.*s\n", (unsigned long long)m->mid, (const char *)(uintptr_t)m->topic,
	       (const char *)(uintptr_t)m->content_type, (int)m->payload_len,
	       (const char *)(uintptr_t)m->payload);
}

int main(void)
{
	ocre_msg_system_init();
	old_timer_set_dispatcher(timer_callback);
	if (old_subscribe("old/", "on_message") != 0 || old_subscribe("old/", "missing") != -22 ||
	    ocre_timer_create(1) != 0 || ocre_timer_start(1, 10, 1) != 0) {
		printf("refused\n");
		return 1;
	}
	if (old_gpio_set(0, 13, 1) >= 0 || old_sensors_read(0, 0) >= 0) {
		printf("allowed\n");
		return 1;
	}
	while (count < 3) {
		ocre_sleep(50);
	}
	ocre_sleep(20);
	return 0;
}
