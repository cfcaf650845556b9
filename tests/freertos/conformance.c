/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance.c - the conformance program in a task of FreeRTOS. conformance_task() is what a
 * firmware starts as a task; here main() is the task.
 */
#include <stdio.h>
#include <string.h>

#include <ocre/port_freertos.h>

#include "conformance.h"

/* From who links this: the console, and the end. */
void board_write(const void *data, size_t size);
size_t board_read(void *data, size_t size);
bool board_readable(void);
void board_halt(int status);
void conformance_task(void *unused);

static void print(void *ctx, const char *text)
{
	(void)ctx;
	board_write(text, strlen(text));
}

void conformance_task(void *unused)
{
	static struct ocre_port_freertos port;
	static const struct ocre_freertos_console console = {
		.write = board_write,
		.read = board_read,
		.readable = board_readable,
	};
	const struct platform platform = {
		.port = &port.bare.port,
		.resize = ocre_port_freertos_resize,
		.print = print,
	};

	(void)unused;
	ocre_port_freertos_init(&port, &console);
	board_halt(conformance_run(&platform) != 0);
}
