/* SPDX-License-Identifier: Apache-2.0 */
/* drivers.h - the other side of the pins of drivers.c. */
#ifndef TESTS_ZEPHYR_DRIVERS_H
#define TESTS_ZEPHYR_DRIVERS_H

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/device.h>

/* The level of a wire, whatever Zephyr calls active. */
void wire_set(const struct device *port, unsigned int pin, bool level);
bool wire_get(const struct device *port, unsigned int pin);
uint32_t wire_flags(const struct device *port, unsigned int pin);

/* Do what was put into the work queue. */
void work_all(void);

#endif /* TESTS_ZEPHYR_DRIVERS_H */
