/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - the few functions of the kernel that the port uses, on POSIX: one task is all there
 * is. Its tick counter begins shortly before it overflows, so that this happens in the test;
 * kernel_has_overflowed() says whether it has.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "task.h"

#define TICK_BITS (8 * sizeof(TickType_t))
#define FIRST	  ((UINT64_C(1) << TICK_BITS) - 100)

bool kernel_has_overflowed(void); /* for main.c */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static uint32_t notified;
static struct timespec start;

static uint64_t ticks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (start.tv_sec == 0) {
		start = now;
	}
	return FIRST + (uint64_t)(now.tv_sec - start.tv_sec) * 1000 +
	       (uint64_t)(now.tv_nsec / 1000000) - (uint64_t)(start.tv_nsec / 1000000);
}

bool kernel_has_overflowed(void)
{
	return ticks() >> TICK_BITS != 0;
}

void vTaskSetTimeOutState(TimeOut_t *timeout)
{
	uint64_t now = ticks();

	timeout->xOverflowCount = (BaseType_t)(now >> TICK_BITS);
	timeout->xTimeOnEntering = (TickType_t)now;
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
	return (TaskHandle_t)&mutex;
}

uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t delay)
{
	struct timespec until;
	uint32_t count;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(delay / 1000);
	until.tv_nsec += (long)(delay % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&mutex);
	while (notified == 0 && rc == 0) {
		rc = delay == portMAX_DELAY ? pthread_cond_wait(&cond, &mutex)
					    : pthread_cond_timedwait(&cond, &mutex, &until);
	}
	count = notified;
	if (count > 0) {
		notified = clear ? 0 : count - 1;
	}
	pthread_mutex_unlock(&mutex);
	return count;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
	(void)task;
	pthread_mutex_lock(&mutex);
	notified++;
	pthread_cond_signal(&cond);
	pthread_mutex_unlock(&mutex);
	return pdTRUE;
}

void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *switch_task)
{
	xTaskNotifyGive(task);
	*switch_task = pdTRUE;
}

void *pvPortMalloc(size_t size)
{
	return malloc(size);
}

void vPortFree(void *ptr)
{
	free(ptr);
}
