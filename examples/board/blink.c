/* SPDX-License-Identifier: Apache-2.0 */
/* blink.c - a guest: when the button is pressed, the LED blinks twice. */
#include <ocre_api.h>

int main(void)
{
	if (ocre_gpio_configure_by_name("sw0", OCRE_GPIO_DIR_INPUT) != 0 ||
	    ocre_gpio_configure_by_name("led0", OCRE_GPIO_DIR_OUTPUT) != 0) {
		return 1;
	}
	while (ocre_gpio_get_by_name("sw0") != 0) { /* a pressed button is 0 */
		ocre_sleep(5);
	}
	for (int i = 0; i < 4; i++) {
		ocre_gpio_toggle_by_name("led0");
		ocre_sleep(20);
	}
	return 0;
}
