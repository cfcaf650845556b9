/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tick_test.c - the port's clock and its sleep on a kernel whose time is a variable: over the end
 * of the tick counter, and for longer than the counter can say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_freertos.h>

#include "task.h"

#define MS	  UINT64_C(1000000)
#define TICK_BITS (8 * sizeof(TickType_t))
#define ROUND	  (UINT64_C(1) << TICK_BITS) /* ticks after which the counter begins again */

static struct ocre_port_freertos port;
static uint64_t ticks;
static uint64_t notify_at; /* ticks; 0: nobody does */
static bool for_ever;

/* ---- the kernel ---- */

void vTaskSetTimeOutState(TimeOut_t *timeout)
{
	timeout->xOverflowCount = (BaseType_t)(ticks >> TICK_BITS);
	timeout->xTimeOnEntering = (TickType_t)ticks;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return (TaskHandle_t)&port;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t delay)
{
	uint64_t end = ticks + delay;

	(void)clear;
	for_ever = for_ever || delay == portMAX_DELAY;
	if (notify_at != 0 && (delay == portMAX_DELAY || notify_at <= end)) {
		ticks = notify_at;
		notify_at = 0;
		port.bare.port.ops->wake(port.bare.port.ctx);
		return 1;
	}
	assert_true(delay != portMAX_DELAY); /* nobody would end it */
	ticks = end;
	return 0;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
	(void)task;
	return pdTRUE;
}

void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *switch_task)
{
	(void)task;
	(void)switch_task;
}

void *pvPortMalloc(size_t size)
{
	(void)size;
	return NULL;
}

void vPortFree(void *ptr)
{
	(void)ptr;
}

/* ---- tests ---- */

static int setup(void **state)
{
	static const struct ocre_freertos_console console;

	(void)state;
	ticks = 0;
	notify_at = 0;
	for_ever = false;
	ocre_port_freertos_init(&port, &console);
	return 0;
}

static uint64_t now(void)
{
	uint64_t ns;

	assert_int_equal(
		port.bare.port.ops->clock_now(port.bare.port.ctx, OCRE_CLOCK_MONOTONIC, &ns), 0);
	return ns;
}

static bool no_input(void)
{
	return false;
}

static void wait_until(uint64_t ns)
{
	port.machine.readable = no_input;
	assert_int_equal(port.bare.port.ops->wait(port.bare.port.ctx, NULL, 0, ns, NULL), 0);
}

static void the_clock_goes_on_over_the_end(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (ticks = 3 * ROUND - 5; ticks < 3 * ROUND + 5; ticks++) {
		assert_int_equal(now(), ticks * MS);
		assert_true(now() > before);
		before = now();
	}
}

static void a_sleep_over_the_end_ends_in_time(void **state)
{
	(void)state;
	for (uint64_t first = ROUND - 20; first <= ROUND; first++) {
		ticks = first;
		wait_until((first + 20) * MS);
		assert_int_equal(ticks, first + 20);
	}
	assert_false(for_ever);
}

/* What portMAX_DELAY ticks cannot say is slept in parts, and never "for ever". */
static void a_sleep_longer_than_the_counter_ends_in_time(void **state)
{
	static const uint64_t more[] = {0, 1, 2, 1000, 70000};

	(void)state;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		ticks = ROUND - 3;
		wait_until((ROUND - 3 + (ROUND - 3) + more[i]) * MS);
		assert_int_equal(ticks, ROUND - 3 + (ROUND - 3) + more[i]);
	}
	ticks = 5;
	wait_until((5 * ROUND + 7) * MS);
	assert_int_equal(ticks, 5 * ROUND + 7);
	assert_false(for_ever);
}

static void without_an_end_only_a_wake_ends_it(void **state)
{
	(void)state;
	ticks = ROUND - 1;
	notify_at = 2 * ROUND;
	wait_until(UINT64_MAX);
	assert_int_equal(ticks, 2 * ROUND);
	assert_true(for_ever);
	/* One that nobody lives to see, and still none of those. */
	for_ever = false;
	notify_at = ticks + 10;
	wait_until(UINT64_MAX - 1);
	assert_false(for_ever);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_clock_goes_on_over_the_end, setup),
		cmocka_unit_test_setup(a_sleep_over_the_end_ends_in_time, setup),
		cmocka_unit_test_setup(a_sleep_longer_than_the_counter_ends_in_time, setup),
		cmocka_unit_test_setup(without_an_end_only_a_wake_ends_it, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
