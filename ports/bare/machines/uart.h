/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uart.h - a console that is asked byte by byte. The file of a machine defines UART_CAN_SEND,
 * UART_SEND(byte), UART_CAN_RECEIVE and UART_RECEIVE before it includes this.
 */
#ifndef OCRE_MACHINES_UART_H
#define OCRE_MACHINES_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static void uart_write(const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size-- > 0) {
		while (!(UART_CAN_SEND)) {
		}
		UART_SEND(*at++);
	}
}

static bool uart_readable(void)
{
	return UART_CAN_RECEIVE;
}

static size_t uart_read(void *data, size_t size)
{
	uint8_t *at = data;
	size_t n = 0;

	while (n < size && uart_readable()) {
		at[n++] = (uint8_t)UART_RECEIVE;
	}
	return n;
}

#endif /* OCRE_MACHINES_UART_H */
