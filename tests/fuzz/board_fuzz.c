/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_fuzz.c - any bytes as the description of a simulated board. What is refused says why in one
 * line and leaves nothing behind. What is accepted can be written down and read again, and works:
 * a pin has one owner, drives what it is told to, and is as before when it is released.
 *
 * With -DOCRE_NO_FUZZER it is a program that runs files: fuzz_board FILE...
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/board.h>

#include "harness.h"

/* Without wires, which a board does not tell, and without values. */
static void write_down(const struct ocre_sim *sim, char **text, size_t *size)
{
	const struct ocre_board *board = ocre_sim_board(sim);
	FILE *out = open_memstream(text, size);

	REQUIRE(out != NULL);
	for (uint32_t i = 0; i < board->ops->pin_count(board->ctx); i++) {
		struct ocre_pin_info pin;

		board->ops->pin_info(board->ctx, i, &pin);
		fprintf(out, "gpio %u/%u", (unsigned int)pin.port, (unsigned int)pin.pin);
		if (pin.name != NULL) {
			fprintf(out, " name=\"%s\"", pin.name);
		}
		fputc('\n', out);
	}
	for (uint32_t i = 0; i < board->ops->sensor_count(board->ctx); i++) {
		struct ocre_sensor_info sensor;

		board->ops->sensor_info(board->ctx, i, &sensor);
		REQUIRE(sensor.channel_count > 0);
		fprintf(out, "sensor \"%s\"", sensor.name);
		for (uint32_t c = 0; c < sensor.channel_count; c++) {
			double value = 0;

			fprintf(out, " channel=%u", (unsigned int)sensor.channels[c]);
			REQUIRE(board->ops->sensor_read(board->ctx, i, c, &value) == OCRE_OK);
			REQUIRE(value - value == 0);
		}
		fputc('\n', out);
	}
	REQUIRE(fclose(out) == 0);
}

static int make(struct ocre_mem *mem, const void *text, size_t size, struct ocre_sim **out)
{
	struct ocre_bytes bytes = {(const uint8_t *)text, size};
	struct ocre_diag diag = {0};
	int rc = ocre_sim_create(mem, NULL, bytes, out, &diag);

	REQUIRE(diag.status == rc);
	if (rc != OCRE_OK) {
		REQUIRE(strncmp(diag.text, "line ", 5) == 0);
		REQUIRE(strchr(diag.text, '\n') == NULL);
		REQUIRE(diag.offset <= size);
	}
	return rc;
}

static void edge(void *arg, bool level)
{
	*(int *)arg = level ? 1 : 0;
}

static void use(struct ocre_sim *sim)
{
	const struct ocre_board *board = ocre_sim_board(sim);
	const struct ocre_board_ops *ops = board->ops;
	uint32_t count = ops->pin_count(board->ctx);

	for (uint32_t i = 0; i < count; i++) {
		int seen = -1;
		int level = ops->pin_get(board->ctx, i);
		struct ocre_pin_info pin;

		REQUIRE(level == 0 || level == 1);
		REQUIRE(ops->pin_set(board->ctx, i, true) == OCRE_E_STATE);
		REQUIRE(ops->pin_claim(board->ctx, i) == OCRE_OK);
		REQUIRE(ops->pin_claim(board->ctx, i) == OCRE_E_BUSY);
		REQUIRE(ops->pin_configure(board->ctx, i, OCRE_PIN_INPUT) == OCRE_OK);
		REQUIRE(ops->pin_watch(board->ctx, i, edge, &seen) == OCRE_OK);
		ops->pin_info(board->ctx, i, &pin);
		REQUIRE(ocre_sim_pin_set(sim, pin.port, pin.pin, level == 0) == OCRE_OK);
		REQUIRE(seen == (level == 0));
		REQUIRE(ops->pin_configure(board->ctx, i, OCRE_PIN_OUTPUT) == OCRE_OK);
		seen = -1;
		REQUIRE(ops->pin_get(board->ctx, i) == 0);
		REQUIRE(ops->pin_set(board->ctx, i, true) == OCRE_OK);
		REQUIRE(ops->pin_get(board->ctx, i) == 1);
		ops->pin_release(board->ctx, i);
		REQUIRE(seen == -1);
		REQUIRE(ops->pin_get(board->ctx, i) == (level == 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ocre_sim *sim = NULL;
	struct ocre_sim *again = NULL;
	struct ocre_mem mem;
	char *text = NULL;
	char *second = NULL;
	size_t text_size = 0;
	size_t second_size = 0;

	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	if (make(&mem, data, size, &sim) == OCRE_OK) {
		write_down(sim, &text, &text_size);
		REQUIRE(make(&mem, text, text_size, &again) == OCRE_OK);
		write_down(again, &second, &second_size);
		REQUIRE(text_size == second_size && memcmp(text, second, text_size) == 0);
		use(sim);
		free(text);
		free(second);
	}
	ocre_sim_destroy(sim);
	ocre_sim_destroy(again);
	REQUIRE(mem.used == 0);
	return 0;
}

#ifdef OCRE_NO_FUZZER
#include "replay.h"
#endif
