/* SPDX-License-Identifier: Apache-2.0 */
/* publisher.c - says three times how warm it is. */
#include <ocre_api.h>

int main(void)
{
	static char text[] = "20 degrees";
	int i;

	for (i = 0; i < 3; i++) {
		text[1] = (char)('0' + i);
		ocre_publish_message("room/temperature", "text/plain", text, sizeof(text) - 1);
		ocre_sleep(200);
	}
	return 0;
}
