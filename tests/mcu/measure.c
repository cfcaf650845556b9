/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - the complete small runtime as a program whose only purpose is to be measured: engine,
 * container core, driver, WASI, timers, messages, pins, the bare port. Prints what its parts take
 * of the RAM, for tools/footprint.py to read: lines "name number...". It fails when anything is
 * left behind.
 *
 * without.c makes it what a firmware has before its first guest; weigh.c weighs some.
 * MEASURE_WITHOUT_... leave a part out, to see what that costs.
 */
#include <string.h>

#include <ocre/board.h>
#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_bare.h>
#include <ocre/providers.h>

#include "machines.h"
#include "measure.h"

/* ---- the board: four pins in memory ---- */

static uint32_t pin_count(void *ctx)
{
	(void)ctx;
	return MEASURE_PINS;
}

static void pin_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	(void)ctx;
	*out = (struct ocre_pin_info){.pin = index, .name = index == 0 ? "led0" : NULL};
}

static int pin_claim(void *ctx, uint32_t index)
{
	(void)ctx;
	(void)index;
	return OCRE_OK;
}

static void pin_release(void *ctx, uint32_t index)
{
	(void)ctx;
	(void)index;
}

static int pin_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	(void)ctx;
	(void)index;
	(void)direction;
	return OCRE_OK;
}

static int pin_set(void *ctx, uint32_t index, bool level)
{
	struct firmware *f = ctx;

	f->changes += f->levels[index] != level;
	f->levels[index] = level;
	return OCRE_OK;
}

static int pin_get(void *ctx, uint32_t index)
{
	return ((struct firmware *)ctx)->levels[index];
}

static int pin_watch(void *ctx, uint32_t index, ocre_pin_edge_fn edge, void *arg)
{
	(void)ctx;
	(void)index;
	(void)edge;
	(void)arg;
	return OCRE_OK; /* they never change by themselves */
}

static uint32_t sensor_count(void *ctx)
{
	(void)ctx;
	return 0;
}

static const struct ocre_board_ops board_ops = {
	.pin_count = pin_count,
	.pin_info = pin_info,
	.pin_claim = pin_claim,
	.pin_release = pin_release,
	.pin_configure = pin_configure,
	.pin_set = pin_set,
	.pin_get = pin_get,
	.pin_watch = pin_watch,
	.sensor_count = sensor_count,
};

/* ---- the console ---- */

void measure_say(const struct firmware *f, const char *text)
{
	f->machine->write(text, strlen(text));
}

static void log_line(void *ctx, int level, const char *text)
{
	if (level <= 2) {
		measure_say(ctx, "ocre: ");
		measure_say(ctx, text);
		measure_say(ctx, "\n");
	}
}

void measure_number(const struct firmware *f, size_t value)
{
	char text[] = " 0123456789";
	size_t at = sizeof(text) - 1;

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	text[--at] = ' ';
	measure_say(f, text + at);
}

void measure_fail(const struct firmware *f, const char *what, const char *why)
{
	measure_say(f, "measure: ");
	measure_say(f, what);
	measure_say(f, ": ");
	measure_say(f, why);
	measure_say(f, "\n");
	f->machine->halt(1);
}

/* ---- the program ---- */

static void open_context(struct firmware *f)
{
	static struct ocre_board board = {.ops = &board_ops};
	static const struct ocre_provider_choice providers[] = {
#ifndef MEASURE_WITHOUT_WASI
		{&ocre_provider_wasi, NULL},
#endif
#ifndef MEASURE_WITHOUT_EVENTS
		{&ocre_provider_event, NULL},
#endif
#ifndef MEASURE_WITHOUT_MESSAGES
		{&ocre_provider_messaging, NULL},
#endif
#ifndef MEASURE_WITHOUT_PINS
		{&ocre_provider_gpio, &board},
#endif
#ifdef MEASURE_WITH_SENSORS
		{&ocre_provider_sensor, &board},
#endif
	};
	static const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
	};
	const struct ocre_driver_choice driver = {.driver = &ocre_driver_wasm, .config = &wasm};
	const struct ocre_context_config config = {
		.resize = ocre_pool_resize,
		.resize_ctx = &f->pool,
		.port = &f->bare.port,
		.drivers = &driver,
		.driver_count = 1,
		.honest_exit_codes = true,
		.log = log_line,
		.log_ctx = f,
	};
	struct ocre_diag diag = {0};

	board.ctx = f;
	(void)board; /* of which there need not be a user */
	if (ocre_context_open(&config, &f->context, &diag) != OCRE_OK) {
		measure_fail(f, "the context", diag.text);
	}
}

int main(void)
{
	static struct firmware firmware;
	struct firmware *f = &firmware;
	size_t size;
	void *memory;

	f->machine = ocre_machine_start();
	memory = f->machine->memory(&size);
	ocre_pool_init(&f->pool, memory, size);
	ocre_port_bare_init(&f->bare, f->machine);
	open_context(f);
	measure_guests(f);
	ocre_context_close(f->context);
	if (f->pool.used != 0) {
		measure_fail(f, "the context", "what it had is not free again");
	}
	measure_say(f, "stack");
	measure_number(f, f->machine->stack_peak(&size));
	measure_say(f, "\n");
	f->machine->halt(0);
	return 0;
}
