/* SPDX-License-Identifier: Apache-2.0 */
/* gpio.h - see kernel.h. tests/zephyr/drivers.c has two controllers whose pins tests can move. */
#ifndef TESTS_ZEPHYR_GPIO_H
#define TESTS_ZEPHYR_GPIO_H

#include <stdbool.h>
#include <stdint.h>

#include <zephyr/device.h>
#include <zephyr/devicetree.h>

typedef uint32_t gpio_flags_t;
typedef uint16_t gpio_dt_flags_t;
typedef uint8_t gpio_pin_t;
typedef uint32_t gpio_port_pins_t;

#define GPIO_ACTIVE_LOW	     (1u << 0)
#define GPIO_PULL_UP	     (1u << 4)
#define GPIO_PULL_DOWN	     (1u << 5)
#define GPIO_DISCONNECTED    0u
#define GPIO_INPUT	     (1u << 16)
#define GPIO_OUTPUT	     (1u << 17)
#define GPIO_OUTPUT_INACTIVE (GPIO_OUTPUT | 1u << 18)
#define GPIO_INT_DISABLE     (1u << 21)
#define GPIO_INT_EDGE_BOTH   (1u << 22)

struct gpio_dt_spec {
	const struct device *port;
	gpio_pin_t pin;
	gpio_dt_flags_t dt_flags;
};

struct gpio_callback;
typedef void (*gpio_callback_handler_t)(const struct device *port, struct gpio_callback *callback,
					gpio_port_pins_t pins);
struct gpio_callback {
	struct gpio_callback *next;
	gpio_callback_handler_t handler;
	gpio_port_pins_t pin_mask;
};

/* The devicetree of drivers.c: each node property is a spec. */
#define GPIO_DT_SPEC_GET(node, prop)	       TEST_DT_SPEC(node, prop, 0)
#define GPIO_DT_SPEC_GET_BY_IDX(node, prop, i) TEST_DT_SPEC(node, prop, i)
#define TEST_DT_SPEC(node, prop, i)	       TEST_DT_SPEC_(node, prop, i)
#define TEST_DT_SPEC_(node, prop, i)	       node##_P_##prop##_##i

bool gpio_is_ready_dt(const struct gpio_dt_spec *spec);
int gpio_pin_configure_dt(const struct gpio_dt_spec *spec, gpio_flags_t extra);
int gpio_pin_interrupt_configure_dt(const struct gpio_dt_spec *spec, gpio_flags_t flags);
int gpio_pin_get_dt(const struct gpio_dt_spec *spec);
int gpio_pin_set_dt(const struct gpio_dt_spec *spec, int value);
void gpio_init_callback(struct gpio_callback *callback, gpio_callback_handler_t handler,
			gpio_port_pins_t pin_mask);
int gpio_add_callback(const struct device *port, struct gpio_callback *callback);
int gpio_remove_callback(const struct device *port, struct gpio_callback *callback);

#endif /* TESTS_ZEPHYR_GPIO_H */
