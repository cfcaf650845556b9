/* SPDX-License-Identifier: Apache-2.0 */
/* device.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_DEVICE_H
#define TESTS_ZEPHYR_DEVICE_H

#include <stdbool.h>

struct device {
	const char *name;
	void *data;
	bool ready;
};

extern const struct device test_gpio0, test_gpio1, test_room, test_broken;

#define DEVICE_DT_GET(node)  TEST_DT_DEVICE(node)
#define DEVICE_DT_NAME(node) TEST_DT_NAME(node)
#define TEST_DT_DEVICE(node) &test_##node
#define TEST_DT_NAME(node)   #node

bool device_is_ready(const struct device *device);

#endif /* TESTS_ZEPHYR_DEVICE_H */
