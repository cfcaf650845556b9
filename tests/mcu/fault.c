/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c - faults of the firmware itself, FAULT says which: the run must end, and say where. */
#include <string.h>

#include "machines.h"

/* Where none of the machines has anything, and no program can be run from. */
#define NOWHERE_CODE 0xf0000000u
#define NOWHERE_DATA 0x9f000000u

__attribute__((unused)) static void wild_jump(void)
{
	((void (*)(void))(uintptr_t)(NOWHERE_CODE + 1))();
}

__attribute__((unused)) static void bus_fault(void)
{
	*(volatile uint32_t *)(uintptr_t)NOWHERE_DATA = 1;
}

__attribute__((unused)) static void undefined_instruction(void)
{
#ifdef __riscv
	__asm__ volatile(".word 0xffffffff");
#else
	__asm__ volatile("udf #1");
#endif
}

#ifndef __riscv
/* Single words may lie anywhere, pairs of them not. RISC-V machines do it in hardware. */
__attribute__((unused)) static void unaligned(void)
{
	static uint32_t words[4];

	__asm__ volatile("ldrd r2, r3, [%0]" ::"r"((uintptr_t)words + 1) : "r2", "r3");
}
#endif

int main(void)
{
	const struct ocre_machine *machine = ocre_machine_start();

	FAULT();
	machine->write("still here\n", 11);
	machine->halt(0);
	return 0;
}
