/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber.c - prints what is published below test/, until it is asked to stop. */
#include <ocre_api.h>

#include <stdbool.h>
#include <stdio.h>

static bool stopped;

static void message(const char *topic, const char *content_type, const void *payload,
		    uint32_t payload_len)
{
	printf("%s (%s): %.*s\n", topic, content_type, (int)payload_len, (const char *)payload);
}

static void stop(void)
{
	printf("asked to stop\n");
	stopped = true;
}

int main(void)
{
	/* Two callbacks for one topic, by a beginning and by a wildcard: each once a message. */
	if (ocre_register_message_callback("test/", message) != 0 ||
	    ocre_register_message_callback("+/topic", message) != 0 ||
	    ocre_register_stop_callback(stop) != 0) {
		printf("could not register\n");
		return 1;
	}
	printf("ready\n");
	while (!stopped) {
		ocre_process_event(-1);
	}
	return 42;
}
