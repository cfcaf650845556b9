/* SPDX-License-Identifier: Apache-2.0 */
/* subscriber.c - prints what it hears about the room. */
#include <ocre_api.h>

#include <string.h>
#include <unistd.h>

static void heard(const char *topic, const char *content_type, const void *payload,
		  uint32_t payload_len)
{
	char line[64] = "heard: ";
	size_t size = strlen(line);

	(void)topic;
	(void)content_type;
	if (payload_len > sizeof(line) - size - 1) {
		payload_len = (uint32_t)(sizeof(line) - size - 1);
	}
	memcpy(line + size, payload, payload_len);
	size += payload_len;
	line[size++] = '\n';
	write(1, line, size);
}

int main(void)
{
	if (ocre_register_message_callback("room/", heard) != 0) {
		return 1;
	}
	for (;;) {
		ocre_process_event(-1);
	}
}
