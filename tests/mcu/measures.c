/* SPDX-License-Identifier: Apache-2.0 */
/* measures.c - a guest: reads a sensor, drives a pin, and ends with twice what it read. */
#include <ocre_api.h>

#define AMBIENT_TEMP 13

int main(void)
{
	if (ocre_sensors_init() != 0 || ocre_sensors_discover() != 1 ||
	    ocre_sensors_open_by_name("room") != 0 || ocre_gpio_init() != 0 ||
	    ocre_gpio_configure(0, 13, OCRE_GPIO_DIR_OUTPUT) != 0 ||
	    ocre_gpio_pin_set(0, 13, OCRE_GPIO_PIN_SET) != 0) {
		return 1;
	}
	return (int)(ocre_sensors_read_by_name("room", AMBIENT_TEMP) * 2);
}
