/* SPDX-License-Identifier: Apache-2.0 */
/* port.c - the bare port on FreeRTOS: ticks, one task's notification, the kernel's heap. */
#include <string.h>

#include <ocre/port_freertos.h>

#define NS_PER_S UINT64_C(1000000000)

/* Ticks since the start: the kernel counts how often its own counter began again. */
static uint64_t ticks_now(void)
{
	TimeOut_t now;

	vTaskSetTimeOutState(&now);
	return ((uint64_t)(UBaseType_t)now.xOverflowCount << (8 * sizeof(TickType_t) % 64)) +
	       now.xTimeOnEntering;
}

static uint64_t now_ns(void)
{
	uint64_t ticks = ticks_now();

	return ticks / configTICK_RATE_HZ * NS_PER_S +
	       ticks % configTICK_RATE_HZ * NS_PER_S / configTICK_RATE_HZ;
}

/* Not less than that time; a delay of one tick is up to one. */
static TickType_t ticks_for(uint64_t ns)
{
	const uint64_t most = portMAX_DELAY - 1; /* portMAX_DELAY itself is for ever */
	uint64_t ticks = ns / NS_PER_S * configTICK_RATE_HZ +
			 (ns % NS_PER_S * configTICK_RATE_HZ + NS_PER_S - 1) / NS_PER_S;

	return (TickType_t)(ticks < most ? ticks : most);
}

/* May end early. A notification that came before it is taken at once, so that no wake is missed. */
static void sleep_until(uint64_t deadline_ns, const volatile uint32_t *stop)
{
	uint64_t now = now_ns();

	if (*stop != 0 || deadline_ns <= now) {
		return;
	}
	ulTaskNotifyTake(pdTRUE,
			 deadline_ns == UINT64_MAX ? portMAX_DELAY : ticks_for(deadline_ns - now));
}

static void wake(void *ctx)
{
	/* The bare port is the first thing in it. */
	struct ocre_port_freertos *port = (struct ocre_port_freertos *)ctx;

	port->bare.woken = 1;
	xTaskNotifyGive(port->task);
}

void ocre_port_freertos_wake_from_isr(struct ocre_port_freertos *port, BaseType_t *switch_task)
{
	port->bare.woken = 1;
	vTaskNotifyGiveFromISR(port->task, switch_task);
}

void ocre_port_freertos_init(struct ocre_port_freertos *port,
			     const struct ocre_freertos_console *console)
{
	memset(port, 0, sizeof(*port));
	port->machine.name = "FreeRTOS";
	port->machine.now = now_ns;
	port->machine.resolution_ns = NS_PER_S / configTICK_RATE_HZ;
	port->machine.sleep = sleep_until;
	port->machine.write = console->write;
	port->machine.read = console->read;
	port->machine.readable = console->readable;
	port->machine.random = console->random;
	port->task = xTaskGetCurrentTaskHandle();
	ocre_port_bare_init(&port->bare, &port->machine);
	port->bare.ops.wake = wake;
}

void *ocre_port_freertos_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	void *to;

	(void)ctx;
	if (new_size == 0) {
		vPortFree(ptr);
		return NULL;
	}
	to = pvPortMalloc(new_size);
	if (to == NULL) {
		/* Less of what there is needs no other place. */
		return ptr != NULL && new_size <= old_size ? ptr : NULL;
	}
	if (ptr != NULL) {
		memcpy(to, ptr, old_size < new_size ? old_size : new_size);
		vPortFree(ptr);
	}
	return to;
}
