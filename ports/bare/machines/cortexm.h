/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortexm.h - what all Cortex-M machines share: the clock by SysTick, sleeping, the native stack
 * and its guard, faults, and the end by semihosting. A machine's own file adds the console.
 */
#ifndef OCRE_MACHINES_CORTEXM_H
#define OCRE_MACHINES_CORTEXM_H

#include <ocre/port_bare.h>

#include "stack.h"

/*
 * Guard the native stack, start the clock and let the console interrupt; `hz` is that of the
 * processor, as SysTick sees it. `say` writes to the console when there is a fault.
 */
void ocre__cortexm_init(uint32_t hz, void (*say)(const void *data, size_t size));

/* What the machine does when there is an interrupt of its console, CONSOLE_IRQ. */
void ocre__cortexm_console_isr(void);

uint64_t ocre__cortexm_now(void);
#define OCRE__CORTEXM_RESOLUTION_NS 1000u
void ocre__cortexm_sleep(uint64_t deadline_ns, const volatile uint32_t *stop);
void ocre__cortexm_reset(void);
void ocre__cortexm_halt(int status);

#endif /* OCRE_MACHINES_CORTEXM_H */
