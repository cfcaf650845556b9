/* SPDX-License-Identifier: Apache-2.0 */
/* FreeRTOS.h - declarations of our own of what ports/freertos uses of the kernel, for a check
 * without it; tests/freertos/kernel.c does what they say. */
#ifndef TESTS_FREERTOS_H
#define TESTS_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
/* As configTICK_TYPE_WIDTH_IN_BITS chooses. */
#ifdef TESTS_TICK_16
typedef uint16_t TickType_t;
#else
typedef uint32_t TickType_t;
#endif

#define pdTRUE		   ((BaseType_t)1)
#define pdFALSE		   ((BaseType_t)0)
#define portMAX_DELAY	   ((TickType_t)-1)
#define configTICK_RATE_HZ ((TickType_t)1000)

void *pvPortMalloc(size_t size);
void vPortFree(void *ptr);

#endif /* TESTS_FREERTOS_H */
