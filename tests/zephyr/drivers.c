/* SPDX-License-Identifier: Apache-2.0 */
/* drivers.c - two GPIO controllers and two sensors, one of which is broken; see drivers.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zephyr/drivers/gpio.h>
#include <zephyr/drivers/sensor.h>
#include <zephyr/kernel.h>

#include "drivers.h"

#define PINS 8

struct controller {
	gpio_flags_t flags[PINS]; /* as they were configured */
	gpio_flags_t interrupt[PINS];
	bool level[PINS]; /* of the wire */
	bool pulls;	  /* it has pull-ups */
	struct gpio_callback *callbacks;
};

static struct controller zero = {.pulls = true};
static struct controller one;

const struct device test_gpio0 = {"gpio0", &zero, true};
const struct device test_gpio1 = {"gpio1", &one, true};
const struct device test_room = {"room", NULL, true};
const struct device test_broken = {"broken", NULL, true};

static struct controller *of(const struct gpio_dt_spec *spec)
{
	if (spec->pin >= PINS) {
		abort();
	}
	return spec->port->data;
}

bool device_is_ready(const struct device *device)
{
	return device->ready;
}

bool gpio_is_ready_dt(const struct gpio_dt_spec *spec)
{
	return spec->port->ready;
}

int gpio_pin_configure_dt(const struct gpio_dt_spec *spec, gpio_flags_t extra)
{
	struct controller *c = of(spec);

	if ((extra & GPIO_PULL_UP) != 0 && !c->pulls) {
		return -ENOTSUP;
	}
	if ((extra & GPIO_INPUT) == 0 && (extra & GPIO_OUTPUT) == 0 && !c->pulls) {
		return -ENOTSUP; /* nor can it be disconnected */
	}
	c->flags[spec->pin] = extra | spec->dt_flags;
	if ((extra & GPIO_OUTPUT_INACTIVE) == GPIO_OUTPUT_INACTIVE) {
		c->level[spec->pin] = (spec->dt_flags & GPIO_ACTIVE_LOW) != 0;
	}
	return 0;
}

int gpio_pin_interrupt_configure_dt(const struct gpio_dt_spec *spec, gpio_flags_t flags)
{
	of(spec)->interrupt[spec->pin] = flags;
	return 0;
}

int gpio_pin_get_dt(const struct gpio_dt_spec *spec)
{
	return of(spec)->level[spec->pin] != ((spec->dt_flags & GPIO_ACTIVE_LOW) != 0);
}

int gpio_pin_set_dt(const struct gpio_dt_spec *spec, int value)
{
	if ((of(spec)->flags[spec->pin] & GPIO_OUTPUT) == 0) {
		return -EIO;
	}
	of(spec)->level[spec->pin] = (value != 0) != ((spec->dt_flags & GPIO_ACTIVE_LOW) != 0);
	return 0;
}

void gpio_init_callback(struct gpio_callback *callback, gpio_callback_handler_t handler,
			gpio_port_pins_t pin_mask)
{
	callback->next = NULL;
	callback->handler = handler;
	callback->pin_mask = pin_mask;
}

int gpio_add_callback(const struct device *port, struct gpio_callback *callback)
{
	struct controller *c = port->data;

	callback->next = c->callbacks;
	c->callbacks = callback;
	return 0;
}

int gpio_remove_callback(const struct device *port, struct gpio_callback *callback)
{
	struct controller *c = port->data;
	struct gpio_callback **at = &c->callbacks;

	while (*at != NULL && *at != callback) {
		at = &(*at)->next;
	}
	if (*at == NULL) {
		return -EINVAL;
	}
	*at = callback->next;
	return 0;
}

/* ---- what tests do ---- */

void wire_set(const struct device *port, unsigned int pin, bool level)
{
	struct controller *c = port->data;
	struct gpio_callback *callback;

	if (c->level[pin] == level) {
		return;
	}
	c->level[pin] = level;
	for (callback = c->callbacks; callback != NULL; callback = callback->next) {
		if ((callback->pin_mask & 1u << pin) != 0 &&
		    c->interrupt[pin] == GPIO_INT_EDGE_BOTH) {
			callback->handler(port, callback, 1u << pin);
		}
	}
}

bool wire_get(const struct device *port, unsigned int pin)
{
	return ((struct controller *)port->data)->level[pin];
}

uint32_t wire_flags(const struct device *port, unsigned int pin)
{
	return ((struct controller *)port->data)->flags[pin];
}

/* ---- the work queue: work is done when a test says so ---- */

#define QUEUE 8

static struct k_work *queue[QUEUE];

void k_work_init(struct k_work *work, void (*handler)(struct k_work *work))
{
	work->handler = handler;
	work->queued = false;
}

int k_work_submit(struct k_work *work)
{
	int i = 0;

	if (work->queued) {
		return 0;
	}
	while (i < QUEUE && queue[i] != NULL) {
		i++;
	}
	if (i == QUEUE) {
		abort();
	}
	queue[i] = work;
	work->queued = true;
	return 1;
}

bool k_work_cancel_sync(struct k_work *work, struct k_work_sync *sync)
{
	bool was = work->queued;
	int i;

	(void)sync;
	for (i = 0; i < QUEUE; i++) {
		queue[i] = queue[i] == work ? NULL : queue[i];
	}
	work->queued = false;
	return was;
}

void work_all(void)
{
	int i;

	for (i = 0; i < QUEUE; i++) {
		struct k_work *work = queue[i];

		queue[i] = NULL;
		if (work != NULL) {
			work->queued = false;
			work->handler(work);
		}
	}
}

atomic_val_t atomic_inc(atomic_t *target)
{
	return __atomic_fetch_add(target, 1, __ATOMIC_SEQ_CST);
}

atomic_val_t atomic_clear(atomic_t *target)
{
	return atomic_set(target, 0);
}

atomic_val_t atomic_set(atomic_t *target, atomic_val_t value)
{
	return __atomic_exchange_n(target, value, __ATOMIC_SEQ_CST);
}

atomic_val_t atomic_get(const atomic_t *target)
{
	return __atomic_load_n(target, __ATOMIC_SEQ_CST);
}

/* ---- sensors ---- */

static bool fetched;

int sensor_sample_fetch(const struct device *device)
{
	fetched = device == &test_room;
	return fetched ? 0 : -EIO;
}

int sensor_channel_get(const struct device *device, enum sensor_channel channel,
		       struct sensor_value *value)
{
	if (device != &test_room || !fetched) {
		abort(); /* nobody has fetched */
	}
	value->val1 = channel == SENSOR_CHAN_HUMIDITY ? 45 : -21;
	value->val2 = channel == SENSOR_CHAN_HUMIDITY ? 0 : -500000;
	return channel == SENSOR_CHAN_HUMIDITY || channel == SENSOR_CHAN_AMBIENT_TEMP ? 0
										      : -ENOTSUP;
}

double sensor_value_to_double(const struct sensor_value *value)
{
	return value->val1 + value->val2 / 1000000.0;
}
