/* SPDX-License-Identifier: Apache-2.0 */
/* blinky.c - the LED changes each half second. */
#include <ocre_api.h>
#include <unistd.h>

int main(void)
{
	if (ocre_gpio_init() != 0 ||
	    ocre_gpio_configure_by_name("led0", OCRE_GPIO_DIR_OUTPUT) != 0) {
		static const char text[] = "led0 is not there, or another container has it\n";

		write(2, text, sizeof(text) - 1);
		return 1;
	}
	for (;;) {
		ocre_gpio_toggle_by_name("led0");
		ocre_sleep(500);
	}
}
