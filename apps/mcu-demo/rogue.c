/* SPDX-License-Identifier: Apache-2.0 */
/* rogue.c - never ends, never waits, and asks for what it was not granted. */
#include <ocre_api.h>

int main(void)
{
	volatile unsigned n = 0;

	ocre_publish_message("room/temperature", "text/plain", "a lie", 5);
	for (;;) {
		n++;
	}
}
