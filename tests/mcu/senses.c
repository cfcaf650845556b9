/* SPDX-License-Identifier: Apache-2.0 */
/* senses.c - a guest that says what a sensor of the board measures, and then does what traps. */
#include <unistd.h>

#include <ocre_api.h>

/* No host has it. */
__attribute__((import_module("env"), import_name("ESC_nobody"))) void nobody(void);

int main(void)
{
	static char line[] = "measures 00\n";
	int value;

	if (ocre_sensors_init() != 0 || ocre_sensors_discover() < 1 || ocre_sensors_open(0) != 0) {
		return 1;
	}
	value = (int)ocre_sensors_read(0, 13);
	line[9] = (char)('0' + value / 10);
	line[10] = (char)('0' + value % 10);
	write(1, line, sizeof(line) - 1);
	ocre_sleep(300);
	nobody();
	return 0;
}
