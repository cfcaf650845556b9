/* SPDX-License-Identifier: Apache-2.0 */
/* publisher.c - says how warm it is, twice a second. */
#include <ocre_api.h>

#include <string.h>

int main(void)
{
	static char text[] = "20 degrees";
	int degrees = 0;

	for (;;) {
		text[1] = (char)('0' + degrees % 10);
		ocre_publish_message("room/temperature", "text/plain", text, sizeof(text) - 1);
		degrees++;
		ocre_sleep(500);
	}
}
