/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_guest_test.c - containers on a simulated board, with everything real between: what the
 * author of an application sees who presses buttons and looks at LEDs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <ocre/board.h>
#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

#include "board_guest_wasm.h"
#include "support/heap.h"

static const char description[] = "gpio 7/7 name=led0\n"
				  "gpio 2/13 name=sw0\n"
				  "sensor \"RNG Sensor\" channel=30 value=4\n"
				  "sensor weather channel=ambient_temp value=21.5\n";

struct world {
	struct ocre_port_posix posix;
	struct ocre_mem mem;
	struct ocre_sim *sim;
	struct ocre_provider_choice providers[4];
	struct ocre_wasm_config wasm;
	struct ocre_context *context;
};

static void open_world(struct world *w, uint32_t executors)
{
	const struct ocre_bytes text = {(const uint8_t *)description, sizeof(description) - 1};
	struct ocre_diag diag = {0};

	memset(w, 0, sizeof(*w));
	ocre_mem_init(&w->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_port_posix_init(&w->posix, 0), 0);
	assert_int_equal(ocre_sim_create(&w->mem, &w->posix.port, text, &w->sim, &diag), OCRE_OK);
	w->providers[0].provider = &ocre_provider_wasi;
	w->providers[1].provider = &ocre_provider_event;
	w->providers[2].provider = &ocre_provider_gpio;
	w->providers[2].config = ocre_sim_board(w->sim);
	w->providers[3].provider = &ocre_provider_sensor;
	w->providers[3].config = ocre_sim_board(w->sim);
	w->wasm.providers = w->providers;
	w->wasm.provider_count = 4;
	{
		const struct ocre_driver_choice driver = {&ocre_driver_wasm, &w->wasm};
		const struct ocre_context_config config = {
			.resize = ocre_port_posix_resize,
			.port = &w->posix.port,
			.drivers = &driver,
			.driver_count = 1,
			.executors = executors,
		};

		assert_int_equal(ocre_context_open(&config, &w->context, &diag), OCRE_OK);
	}
}

static void close_world(struct world *w)
{
	ocre_context_close(w->context);
	ocre_sim_destroy(w->sim);
	assert_int_equal(w->mem.used, 0);
	ocre_port_posix_deinit(&w->posix);
}

static struct ocre_container *begin(struct world *w, const char *entry, const char *grant)
{
	const char *const grants[] = {grant, NULL};
	const struct ocre_container_config config = {
		.image = "board.wasm",
		.bytes = {board_guest_wasm, sizeof(board_guest_wasm)},
		.entry = entry,
		.grants = grants,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
	};
	struct ocre_container *c = NULL;
	struct ocre_diag diag = {0};

	if (ocre_container_create(w->context, &config, &c, &diag) != OCRE_OK) {
		fail_msg("%s: %s", entry, diag.text);
	}
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static void assert_exit(struct ocre_container *c, int32_t code)
{
	struct ocre_end_info end;

	assert_int_equal(ocre_core_wait(c, 20000, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_EXIT);
	assert_int_equal(end.code, code);
}

static void end(struct ocre_container *c)
{
	struct ocre_end_info info;

	assert_int_equal(ocre_core_kill(c), OCRE_OK);
	assert_int_equal(ocre_core_wait(c, 20000, &info), OCRE_OK);
	assert_int_equal(info.end, OCRE_END_KILLED);
}

/* Until the pin is used so and has that level; fails after some seconds. */
static void wait_pin(struct world *w, uint32_t port, uint32_t pin, enum ocre_sim_use use,
		     bool level)
{
	const struct timespec moment = {0, 1000000};
	struct ocre_sim_pin at;

	for (int i = 0; i < 10000; i++) {
		assert_int_equal(ocre_sim_pin_get(w->sim, port, pin, &at), OCRE_OK);
		if (at.use == use && at.level == level) {
			return;
		}
		nanosleep(&moment, NULL);
	}
	fail_msg("%u/%u: use %d, level %d", (unsigned int)port, (unsigned int)pin, (int)at.use,
		 (int)at.level);
}

static void an_led_blinks(void **state)
{
	struct world w;
	struct ocre_container *c;

	(void)state;
	open_world(&w, 1);
	c = begin(&w, "blinks", "ocre:api");
	for (int i = 0; i < 5; i++) {
		wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, true);
		wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, false);
	}
	/* The pin is its own until it ends, and free after that. */
	assert_exit(begin(&w, "lights", "ocre:api"), 101);
	end(c);
	wait_pin(&w, 7, 7, OCRE_SIM_UNUSED, true);
	c = begin(&w, "lights", "ocre:api");
	wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, false);
	end(c);
	close_world(&w);
}

static void a_button_lights_an_led(void **state)
{
	struct world w;

	(void)state;
	for (uint32_t executors = 1; executors <= 2; executors++) {
		struct ocre_container *c;

		open_world(&w, executors);
		c = begin(&w, "lights", "ocre:api");
		wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, false); /* it listens */
		for (int i = 0; i < 20; i++) {
			assert_int_equal(ocre_sim_pin_set(w.sim, 2, 13, false), OCRE_OK);
			wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, true);
			assert_int_equal(ocre_sim_pin_set(w.sim, 2, 13, true), OCRE_OK);
			wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, false);
		}
		end(c);
		wait_pin(&w, 2, 13, OCRE_SIM_UNUSED, true);
		close_world(&w);
	}
}

static void a_guest_takes_its_edges(void **state)
{
	struct ocre_container *c;
	struct world w;

	(void)state;
	open_world(&w, 1);
	c = begin(&w, "takes", "ocre:api");
	wait_pin(&w, 7, 7, OCRE_SIM_OUTPUT, false); /* it listens */
	assert_int_equal(ocre_sim_pin_set(w.sim, 2, 13, false), OCRE_OK);
	assert_int_equal(ocre_sim_pin_set(w.sim, 2, 13, true), OCRE_OK);
	assert_exit(c, 13 * 2 + 1);
	close_world(&w);
}

static void a_guest_measures(void **state)
{
	struct ocre_container *c;
	struct world w;

	(void)state;
	open_world(&w, 1);
	c = begin(&w, "measures", "ocre:api");
	assert_exit(c, 215);
	assert_int_equal(ocre_sim_sensor_set(w.sim, "weather", OCRE_CHANNEL_AMBIENT_TEMP, 7.25),
			 OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	assert_exit(c, 72);
	close_world(&w);
}

static void nothing_without_a_grant(void **state)
{
	struct ocre_sim_pin pin;
	struct world w;

	(void)state;
	open_world(&w, 1);
	assert_exit(begin(&w, "denied", "networking"), 7);
	assert_int_equal(ocre_sim_pin_get(w.sim, 7, 7, &pin), OCRE_OK);
	assert_int_equal(pin.use, OCRE_SIM_UNUSED);
	close_world(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_led_blinks),	   cmocka_unit_test(a_button_lights_an_led),
		cmocka_unit_test(a_guest_takes_its_edges), cmocka_unit_test(a_guest_measures),
		cmocka_unit_test(nothing_without_a_grant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
