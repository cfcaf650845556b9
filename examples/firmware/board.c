/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.c - a board of one's own, as small as it can be: a clock of milliseconds, sleep, and a
 * serial line that is only written to. The registers are those of a Cortex-M3 and of Arm's MPS2
 * (AN385), so that an emulator runs it. It has no stack guard and tells nothing about faults:
 * ports/bare/machines/cortexm.c does.
 */
#include "machines.h"

#define REG(address) (*(volatile uint32_t *)(address))

#define SYSTICK_CONTROL REG(0xe000e010)
#define SYSTICK_RELOAD	REG(0xe000e014)
#define SYSTICK_NOW	REG(0xe000e018)
#define UART_DATA	REG(0x40004000)
#define UART_STATE	REG(0x40004004)
#define UART_CONTROL	REG(0x40004008)
#define UART_DIVIDER	REG(0x40004010)

#define HZ 25000000u

static volatile uint32_t low, high; /* milliseconds */

/* The name that picolibc's vectors have for it. */
void arm_systick_isr(void)
{
	low++;
	high += low == 0;
}

static uint64_t now(void)
{
	uint32_t h, l;

	do {
		h = high;
		l = low;
	} while (h != high);
	return ((uint64_t)h << 32 | l) * 1000000u;
}

/* An interrupt that is held ends the sleep, too: a wake after the look at *stop is not missed. */
static void sleep_until(uint64_t deadline_ns, const volatile uint32_t *stop)
{
	(void)deadline_ns; /* the next millisecond is never far */
	__asm__ volatile("cpsid i" ::: "memory");
	if (*stop == 0) {
		__asm__ volatile("wfi");
	}
	__asm__ volatile("cpsie i" ::: "memory");
}

static void console_write(const void *data, size_t size)
{
	const uint8_t *at = data;

	while (size-- > 0) {
		while ((UART_STATE & 1) != 0) {
		}
		UART_DATA = *at++;
	}
}

static size_t console_read(void *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}

static bool console_readable(void)
{
	return false;
}

/* By semihosting: the emulator ends. A board would rest here. */
static void halt(int status)
{
	register uint32_t what __asm__("r0") = 0x18;
	register uint32_t why __asm__("r1") = status == 0 ? 0x20026 : 0x20023;

	__asm__ volatile("bkpt 0xab" ::"r"(what), "r"(why));
	for (;;) {
	}
}

/* What is left out is not there: no random numbers, no flash that can be written, no reset. */
static const struct ocre_machine board = {
	.name = "my board",
	.now = now,
	.resolution_ns = 1000000,
	.sleep = sleep_until,
	.write = console_write,
	.read = console_read,
	.readable = console_readable,
	.halt = halt,
};

const struct ocre_machine *ocre_machine_start(void)
{
	UART_DIVIDER = 16;
	UART_CONTROL = 1;
	SYSTICK_RELOAD = HZ / 1000 - 1;
	SYSTICK_NOW = 0;
	SYSTICK_CONTROL = 7;
	return &board;
}
