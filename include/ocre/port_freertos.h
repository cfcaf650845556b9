/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_freertos.h - the port to FreeRTOS. Containers run in one task, which makes the port and all
 * calls to Ocre; other tasks and interrupts give it things to do and wake it. It is the bare port
 * (port_bare.h) with the kernel's tick as clock and the task's notification to sleep on.
 *
 *	struct ocre_port_freertos port;
 *
 *	ocre_port_freertos_init(&port, &console);
 *	... open a context on &port.bare.port, create and start containers ...
 *	for (;;) {
 *		uint64_t next = ocre_core_poll(context, 10000);
 *
 *		port.bare.port.ops->wait(port.bare.port.ctx, NULL, 0, next, NULL);
 *	}
 */
#ifndef OCRE_PORT_FREERTOS_H
#define OCRE_PORT_FREERTOS_H

#include <FreeRTOS.h>
#include <task.h>

#include <ocre/port_bare.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What guests have as standard input, output and error. */
struct ocre_freertos_console {
	void (*write)(const void *data, size_t size);
	size_t (*read)(void *data, size_t size); /* as in struct ocre_machine */
	bool (*readable)(void);
	bool (*random)(void *data, size_t size); /* may be NULL */
};

struct ocre_port_freertos {
	struct ocre_port_bare bare;
	struct ocre_machine machine;
	TaskHandle_t task;
};

/*
 * From the task that containers run in. It uses that task's first notification, which the program
 * must not use itself. Time goes by ticks: a deadline is kept to one of them.
 */
void ocre_port_freertos_init(struct ocre_port_freertos *port,
			     const struct ocre_freertos_console *console);

/*
 * End the task's wait, since there is something to do: a byte on the console, a line for a shell.
 * From an interrupt; for other tasks there is port.ops->wake. `switch_task` is as
 * vTaskNotifyGiveFromISR() has it.
 */
void ocre_port_freertos_wake_from_isr(struct ocre_port_freertos *port, BaseType_t *switch_task);

/* The `resize` of struct ocre_context_config on the kernel's heap; its context is not used. */
void *ocre_port_freertos_resize(void *ctx, void *ptr, size_t old_size, size_t new_size);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_FREERTOS_H */
