/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the board that the devicetree describes: led0, a button, an accelerometer; entropy. */
#include <string.h>

#include <zephyr/drivers/gpio/gpio_emul.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/zephyr.h>

static struct ocre_zephyr ocre;
static char edges[16];
static int passed, failed;

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (what) {                                                                        \
			passed++;                                                                  \
		} else {                                                                           \
			failed++;                                                                  \
			printk("FAILED  %s\n", #what);                                             \
		}                                                                                  \
	} while (0)

static void edge(void *arg, bool level)
{
	(void)arg;
	if (strlen(edges) < sizeof(edges) - 1) {
		edges[strlen(edges)] = level ? '1' : '0';
	}
}

static uint32_t find(const struct ocre_board *b, const char *name)
{
	struct ocre_pin_info pin;
	uint32_t i;

	for (i = 0; i < b->ops->pin_count(b->ctx); i++) {
		b->ops->pin_info(b->ctx, i, &pin);
		printk("        pin %u/%u %s\n", (unsigned int)pin.port, (unsigned int)pin.pin,
		       pin.name != NULL ? pin.name : "");
		if (pin.name != NULL && strcmp(pin.name, name) == 0) {
			return i;
		}
	}
	return UINT32_MAX;
}

static void pins(const struct ocre_board *b, const struct device *gpio)
{
	uint32_t led = find(b, "led0");
	uint32_t button = find(b, "button");

	CHECK(led != UINT32_MAX && button != UINT32_MAX);
	CHECK(b->ops->pin_claim(b->ctx, led) == 0);
	CHECK(b->ops->pin_configure(b->ctx, led, OCRE_PIN_OUTPUT) == 0);
	CHECK(gpio_emul_output_get(gpio, 0) == 0);
	CHECK(b->ops->pin_set(b->ctx, led, true) == 0);
	CHECK(gpio_emul_output_get(gpio, 0) == 1);
	b->ops->pin_release(b->ctx, led);

	CHECK(b->ops->pin_claim(b->ctx, button) == 0);
	CHECK(b->ops->pin_configure(b->ctx, button, OCRE_PIN_INPUT) == 0);
	gpio_emul_input_set(gpio, 5, 1);
	CHECK(b->ops->pin_get(b->ctx, button) == 0); /* active low */
	CHECK(b->ops->pin_watch(b->ctx, button, edge, NULL) == 0);
	gpio_emul_input_set(gpio, 5, 0);
	gpio_emul_input_set(gpio, 5, 1);
	k_sleep(K_MSEC(50));
	CHECK(strcmp(edges, "10") == 0);
	gpio_emul_input_set(gpio, 5, 0);
	k_sleep(K_MSEC(50));
	CHECK(strcmp(edges, "101") == 0);
	CHECK(b->ops->pin_watch(b->ctx, button, NULL, NULL) == 0);
	gpio_emul_input_set(gpio, 5, 1);
	k_sleep(K_MSEC(50));
	CHECK(strcmp(edges, "101") == 0);
	b->ops->pin_release(b->ctx, button);
}

static void sensors(const struct ocre_board *b)
{
	struct ocre_sensor_info sensor;
	double value = 0;
	uint32_t i;

	CHECK(b->ops->sensor_count(b->ctx) == 1);
	b->ops->sensor_info(b->ctx, 0, &sensor);
	printk("        sensor %s:", sensor.name);
	for (i = 0; i < sensor.channel_count; i++) {
		printk(" %u", sensor.channels[i]);
		CHECK(b->ops->sensor_read(b->ctx, 0, i, &value) == 0);
	}
	printk("\n");
	CHECK(sensor.channel_count > 0 && sensor.channels[0] == OCRE_CHANNEL_ACCEL_X);
}

static void random_bytes(const struct ocre_port *port)
{
	uint8_t a[16] = {0};
	uint8_t b[16] = {0};

	CHECK(port->ops->random(port->ctx, a, sizeof(a)) == 0);
	CHECK(port->ops->random(port->ctx, b, sizeof(b)) == 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

int main(void)
{
	struct ocre_diag diag = {0};

	if (ocre_zephyr_open(&ocre, NULL, &diag) != OCRE_OK) {
		printk("FAILED  %s\n", diag.text);
		return 0;
	}
	pins(ocre.board, DEVICE_DT_GET(DT_NODELABEL(gpio0)));
	sensors(ocre.board);
	random_bytes(&ocre.port.port);
	ocre_zephyr_close(&ocre);
	printk("RESULT passed %d failed %d\n", passed, failed);
	return 0;
}
