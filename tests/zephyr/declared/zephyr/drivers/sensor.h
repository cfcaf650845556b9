/* SPDX-License-Identifier: Apache-2.0 */
/* sensor.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_SENSOR_H
#define TESTS_ZEPHYR_SENSOR_H

#include <stdint.h>

#include <zephyr/device.h>

enum sensor_channel {
	SENSOR_CHAN_AMBIENT_TEMP = 13,
	SENSOR_CHAN_HUMIDITY = 16,
};

struct sensor_value {
	int32_t val1;
	int32_t val2; /* millionths */
};

int sensor_sample_fetch(const struct device *device);
int sensor_channel_get(const struct device *device, enum sensor_channel channel,
		       struct sensor_value *value);
double sensor_value_to_double(const struct sensor_value *value);

#endif /* TESTS_ZEPHYR_SENSOR_H */
