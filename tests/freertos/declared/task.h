/* SPDX-License-Identifier: Apache-2.0 */
/* task.h - see FreeRTOS.h. */
#ifndef TESTS_FREERTOS_TASK_H
#define TESTS_FREERTOS_TASK_H

#include "FreeRTOS.h"

typedef struct tskTaskControlBlock *TaskHandle_t;

typedef struct xTIME_OUT {
	BaseType_t xOverflowCount;
	TickType_t xTimeOnEntering;
} TimeOut_t;

void vTaskSetTimeOutState(TimeOut_t *timeout);
TaskHandle_t xTaskGetCurrentTaskHandle(void);
uint32_t ulTaskNotifyTake(BaseType_t clear, TickType_t ticks);
BaseType_t xTaskNotifyGive(TaskHandle_t task);
void vTaskNotifyGiveFromISR(TaskHandle_t task, BaseType_t *switch_task);

#endif /* TESTS_FREERTOS_TASK_H */
