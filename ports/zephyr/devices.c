/* SPDX-License-Identifier: Apache-2.0 */
/* devices.c - the pins and sensors that the devicetree names. */
#include <zephyr/device.h>
#include <zephyr/devicetree.h>
#include <zephyr/drivers/gpio.h>
#include <zephyr/sys/util.h>

#include <ocre/board_zephyr.h>

#define USER DT_PATH(zephyr_user)

#define ALIAS(alias)                                                                               \
	COND_CODE_1(DT_NODE_HAS_PROP(DT_ALIAS(alias), gpios),                                      \
		    ({.spec = GPIO_DT_SPEC_GET(DT_ALIAS(alias), gpios), .name = #alias}, ), ())

#define USER_NAME(node, i)                                                                         \
	COND_CODE_1(DT_PROP_HAS_IDX(node, ocre_gpio_names, i),                                     \
		    (DT_PROP_BY_IDX(node, ocre_gpio_names, i)), (NULL))
#define USER_PIN(node, prop, i)                                                                    \
	{.spec = GPIO_DT_SPEC_GET_BY_IDX(node, prop, i), .name = USER_NAME(node, i)},

#define USER_SENSOR(node, prop, i)                                                                 \
	{.device = DEVICE_DT_GET(DT_PHANDLE_BY_IDX(node, prop, i)),                                \
	 .name = DEVICE_DT_NAME(DT_PHANDLE_BY_IDX(node, prop, i))},

/* clang-format off */

/* The last of each is nothing, since a table may not be empty. */
static const struct ocre_zephyr_pin pins[] = {
	ALIAS(led0) ALIAS(led1) ALIAS(led2) ALIAS(led3) ALIAS(led4) ALIAS(led5) ALIAS(led6) ALIAS(led7)
	ALIAS(sw0) ALIAS(sw1) ALIAS(sw2) ALIAS(sw3) ALIAS(sw4) ALIAS(sw5) ALIAS(sw6) ALIAS(sw7)
#if DT_NODE_HAS_PROP(USER, ocre_gpios)
	DT_FOREACH_PROP_ELEM(USER, ocre_gpios, USER_PIN)
#endif
	{.name = NULL},
};

static const struct ocre_zephyr_sensor sensors[] = {
#if DT_NODE_HAS_PROP(USER, ocre_sensors)
	DT_FOREACH_PROP_ELEM(USER, ocre_sensors, USER_SENSOR)
#endif
	{.device = NULL},
};

/* clang-format on */

const struct ocre_zephyr_devices *ocre_zephyr_devices(void)
{
	static const struct ocre_zephyr_devices devices = {
		.pins = pins,
		.pin_count = ARRAY_SIZE(pins) - 1,
		.sensors = sensors,
		.sensor_count = ARRAY_SIZE(sensors) - 1,
	};

	return &devices;
}
