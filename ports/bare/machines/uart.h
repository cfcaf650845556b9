/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - a console that sends byte by byte and receives by interrupts: a part has room for one
 * byte, or a few, and at 115200 baud there is one every 87 us, while a guest's turn takes
 * milliseconds. The file of a machine defines UART_CAN_SEND, UART_SEND(byte), UART_CAN_RECEIVE and
 * UART_RECEIVE before it includes this, and calls uart_interrupt() from its handler; or defines
 * UART_POLLED as well, where there is no interrupt.
 */
#ifndef OCRE_MACHINES_UART_H
#define OCRE_MACHINES_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was received and is not read: one writes `uart_in`, the other `uart_out`, both wrap at 256.
 */
static volatile uint8_t uart_ring[256];
static volatile uint8_t uart_in;
static volatile uint8_t uart_out;

static void uart_write(const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size-- > 0) {
		while (!(UART_CAN_SEND)) {
		}
		UART_SEND(*at++);
	}
}

/* Takes what is there. What finds no room is lost: transfers notice and ask for it again. */
static void uart_interrupt(void)
{
	while (UART_CAN_RECEIVE) {
		uint8_t byte = (uint8_t)UART_RECEIVE;
		uint8_t next = (uint8_t)(uart_in + 1);

		if (next != uart_out) {
			uart_ring[uart_in] = byte;
			uart_in = next;
		}
	}
}

static bool uart_readable(void)
{
#ifdef UART_POLLED
	uart_interrupt();
#endif
	return uart_out != uart_in;
}

static size_t uart_read(void *data, size_t size)
{
	uint8_t *at = data;
	size_t n = 0;

	while (n < size && uart_readable()) {
		at[n++] = uart_ring[uart_out];
		uart_out = (uint8_t)(uart_out + 1);
	}
	return n;
}

#endif /* OCRE_MACHINES_UART_H */
