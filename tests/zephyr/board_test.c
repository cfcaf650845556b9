/* SPDX-License-Identifier: Apache-2.0 */
/* board_test.c - pins and sensors of drivers as a board; the devicetree is that of devicetree.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/board_zephyr.h>

#include "drivers.h"
#include "support/heap.h"

enum {
	LED0,
	LED1,
	SW0,
	RELAY,
	LED0_AGAIN,
	PINS,
};

struct world {
	struct ocre_mem mem;
	struct ocre_zephyr_board board;
	const struct ocre_board *b;
	char edges[64];
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct ocre_diag diag = {0};

	ocre_mem_init(&w->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_zephyr_board_init(&w->board, &w->mem, ocre_zephyr_devices(), &diag),
			 OCRE_OK);
	w->b = &w->board.board;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	ocre_zephyr_board_deinit(&w->board);
	assert_int_equal(w->mem.used, 0);
	free(w);
	return 0;
}

static void which_there_are(void **state)
{
	static const struct ocre_pin_info wanted[PINS] = {
		{0, 4, "led0"}, {1, 1, "led1"}, {0, 7, "sw0"}, {1, 2, "relay"}, {0, 4, NULL},
	};
	struct world *w = *state;
	struct ocre_pin_info pin;
	struct ocre_sensor_info sensor;
	uint32_t i;

	assert_int_equal(w->b->ops->pin_count(w->b->ctx), PINS);
	for (i = 0; i < PINS; i++) {
		w->b->ops->pin_info(w->b->ctx, i, &pin);
		assert_int_equal(pin.port, wanted[i].port);
		assert_int_equal(pin.pin, wanted[i].pin);
		assert_true(wanted[i].name == NULL ? pin.name == NULL
						   : strcmp(pin.name, wanted[i].name) == 0);
	}
	assert_int_equal(w->b->ops->sensor_count(w->b->ctx), 2);
	w->b->ops->sensor_info(w->b->ctx, 0, &sensor);
	assert_string_equal(sensor.name, "room");
	assert_int_equal(sensor.channel_count, 2);
	assert_int_equal(sensor.channels[0], OCRE_CHANNEL_AMBIENT_TEMP);
	assert_int_equal(sensor.channels[1], OCRE_CHANNEL_HUMIDITY);
	w->b->ops->sensor_info(w->b->ctx, 1, &sensor);
	assert_string_equal(sensor.name, "broken");
	assert_int_equal(sensor.channel_count, 0);
}

static void outputs(void **state)
{
	struct world *w = *state;
	const struct ocre_board_ops *ops = w->b->ops;
	void *ctx = w->b->ctx;

	assert_int_equal(ops->pin_claim(ctx, LED0), 0);
	assert_int_equal(ops->pin_claim(ctx, LED0), OCRE_E_BUSY);
	assert_int_equal(ops->pin_claim(ctx, LED0_AGAIN), OCRE_E_BUSY);
	assert_int_equal(ops->pin_claim(ctx, LED1), 0);
	assert_true(ops->pin_set(ctx, LED1, true) < 0);
	assert_int_equal(ops->pin_configure(ctx, LED0, OCRE_PIN_OUTPUT), 0);
	assert_int_equal(ops->pin_configure(ctx, LED1, OCRE_PIN_OUTPUT), 0);
	assert_false(wire_get(&test_gpio0, 4));
	assert_true(wire_get(&test_gpio1, 1)); /* active low */
	assert_int_equal(ops->pin_set(ctx, LED0, true), 0);
	assert_int_equal(ops->pin_set(ctx, LED1, true), 0);
	assert_true(wire_get(&test_gpio0, 4));
	assert_false(wire_get(&test_gpio1, 1));
	assert_int_equal(ops->pin_get(ctx, LED1), 1);
	ops->pin_release(ctx, LED0);
	ops->pin_release(ctx, LED1);
	assert_int_equal(wire_flags(&test_gpio0, 4) & GPIO_OUTPUT, 0);
	assert_int_equal(wire_flags(&test_gpio1, 1) & (GPIO_OUTPUT | GPIO_INPUT), GPIO_INPUT);
	assert_int_equal(ops->pin_claim(ctx, LED0_AGAIN), 0);
	ops->pin_release(ctx, LED0_AGAIN);
}

static void edge(void *arg, bool level)
{
	struct world *w = arg;

	strcat(w->edges, level ? "1" : "0");
}

static void told(struct world *w, const char *edges)
{
	work_all();
	assert_string_equal(w->edges, edges);
	w->edges[0] = '\0';
}

static void inputs(void **state)
{
	struct world *w = *state;
	const struct ocre_board_ops *ops = w->b->ops;
	void *ctx = w->b->ctx;
	int i;

	assert_int_equal(ops->pin_claim(ctx, SW0), 0);
	assert_int_equal(ops->pin_claim(ctx, RELAY), 0);
	assert_int_equal(ops->pin_configure(ctx, SW0, OCRE_PIN_INPUT), 0);
	/* It is pulled down already; the other controller has no pull-ups. */
	assert_int_equal(wire_flags(&test_gpio0, 7), GPIO_INPUT | GPIO_PULL_DOWN);
	assert_int_equal(ops->pin_configure(ctx, RELAY, OCRE_PIN_INPUT), 0);
	assert_int_equal(wire_flags(&test_gpio1, 2), GPIO_INPUT);
	assert_int_equal(ops->pin_get(ctx, SW0), 0);

	assert_int_equal(ops->pin_watch(ctx, SW0, edge, w), 0);
	wire_set(&test_gpio0, 7, true);
	told(w, "1");
	assert_int_equal(ops->pin_get(ctx, SW0), 1);
	wire_set(&test_gpio0, 7, false);
	wire_set(&test_gpio0, 7, true);
	wire_set(&test_gpio0, 7, false);
	told(w, "010");
	for (i = 1; i <= 101; i++) {
		wire_set(&test_gpio0, 7, i % 2 != 0);
	}
	told(w, "101010101010101");
	/* What is not yet told when the watch ends is not told at all. */
	wire_set(&test_gpio0, 7, false);
	assert_int_equal(ops->pin_watch(ctx, SW0, NULL, NULL), 0);
	told(w, "");
	wire_set(&test_gpio0, 7, true);
	told(w, "");
	/* Configured anew and released with a watch. */
	assert_int_equal(ops->pin_watch(ctx, SW0, edge, w), 0);
	assert_int_equal(ops->pin_configure(ctx, SW0, OCRE_PIN_INPUT), 0);
	wire_set(&test_gpio0, 7, false);
	told(w, "");
	assert_int_equal(ops->pin_watch(ctx, SW0, edge, w), 0);
	ops->pin_release(ctx, SW0);
	wire_set(&test_gpio0, 7, true);
	told(w, "");
	wire_set(&test_gpio0, 7, false);
	ops->pin_release(ctx, RELAY);
}

static void sensors(void **state)
{
	struct world *w = *state;
	double value = 0;

	assert_int_equal(w->b->ops->sensor_read(w->b->ctx, 0, 0, &value), 0);
	assert_true(value == -21.5);
	assert_int_equal(w->b->ops->sensor_read(w->b->ctx, 0, 1, &value), 0);
	assert_true(value == 45);
}

static void no_memory(void **state)
{
	struct ocre_zephyr_board board;
	struct ocre_mem mem;
	size_t limit = 0;
	int rc;

	(void)state;
	do {
		struct ocre_diag diag = {0};

		ocre_mem_init(&mem, heap_resize, NULL, limit);
		rc = ocre_zephyr_board_init(&board, &mem, ocre_zephyr_devices(), &diag);
		assert_true(rc == OCRE_OK || (rc == OCRE_E_NOMEM && mem.used == 0));
		limit += 16;
	} while (rc != OCRE_OK);
	ocre_zephyr_board_deinit(&board);
	assert_int_equal(mem.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(which_there_are, setup, teardown),
		cmocka_unit_test_setup_teardown(outputs, setup, teardown),
		cmocka_unit_test_setup_teardown(inputs, setup, teardown),
		cmocka_unit_test_setup_teardown(sensors, setup, teardown),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
