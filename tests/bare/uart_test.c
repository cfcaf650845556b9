/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart_test.c - the console of the machines on a part that is a fake with room for two bytes, as
 * small ones have: what comes while nobody reads is kept, up to the ring's size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct {
	uint8_t held[2];
	int count;
	char sent[64];
	size_t sent_count;
} part;

static uint8_t part_take(void)
{
	uint8_t byte = part.held[0];

	part.held[0] = part.held[1];
	part.count--;
	return byte;
}

#define UART_CAN_SEND	 true
#define UART_SEND(byte)	 (part.sent[part.sent_count++] = (char)(byte))
#define UART_CAN_RECEIVE (part.count > 0)
#define UART_RECEIVE	 part_take()
#include "machines/uart.h"

/* The part interrupts when it is full. */
static void arrive(uint8_t byte)
{
	part.held[part.count++] = byte;
	if (part.count == 2) {
		uart_interrupt();
	}
}

static void nothing_is_lost_while_nobody_reads(void **state)
{
	uint8_t data[300];
	size_t i;

	(void)state;
	/* More than the ring has room for, in parts that fit: it goes around three times. */
	for (i = 0; i < 4; i++) {
		size_t k;

		for (k = 0; k < 200; k++) {
			arrive((uint8_t)(i * 50 + k));
		}
		assert_true(uart_readable());
		assert_int_equal(uart_read(data, sizeof(data)), 200);
		for (k = 0; k < 200; k++) {
			assert_int_equal(data[k], (uint8_t)(i * 50 + k));
		}
		assert_false(uart_readable());
		assert_int_equal(uart_read(data, 1), 0);
	}
}

static void what_does_not_fit_is_the_newest(void **state)
{
	uint8_t data[300];
	size_t i;

	(void)state;
	for (i = 0; i < 300; i++) {
		arrive((uint8_t)i);
	}
	assert_int_equal(uart_read(data, sizeof(data)), 255);
	for (i = 0; i < 255; i++) {
		assert_int_equal(data[i], i);
	}
	/* And it goes on with what comes next. */
	arrive('a');
	arrive('b');
	assert_int_equal(uart_read(data, 1), 1);
	assert_int_equal(data[0], 'a');
	assert_int_equal(uart_read(data, 9), 1);
	assert_int_equal(data[0], 'b');
}

static void bytes_are_sent_in_order(void **state)
{
	(void)state;
	uart_write("in order", 8);
	assert_int_equal(part.sent_count, 8);
	assert_memory_equal(part.sent, "in order", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_while_nobody_reads),
		cmocka_unit_test(what_does_not_fit_is_the_newest),
		cmocka_unit_test(bytes_are_sent_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
