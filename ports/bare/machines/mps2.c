/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mps2.c - Arm's MPS2 boards (AN385: Cortex-M3, AN386: M4, AN505: M33) with the UART of the
 * Cortex-M System Design Kit (DDI 0479, 4.3). MPS2_UART, MPS2_HZ, MPS2_FLASH
 * and CONSOLE_IRQ say which.
 */
#include <string.h>

#include "cortexm.h"
#include "machines.h"

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define UART_DATA      REG32(MPS2_UART + 0x00)
#define UART_STATE     REG32(MPS2_UART + 0x04)
#define UART_CTRL      REG32(MPS2_UART + 0x08)
#define UART_INTERRUPT REG32(MPS2_UART + 0x0c)
#define UART_BAUD      REG32(MPS2_UART + 0x10)

#define STATE_TX_FULL	   1u
#define STATE_RX_FULL	   2u
#define CTRL_TX		   1u
#define CTRL_RX		   2u
#define CTRL_RX_INTERRUPTS 8u
#define INTERRUPT_RX	   2u

#define UART_CAN_SEND	 ((UART_STATE & STATE_TX_FULL) == 0)
#define UART_SEND(byte)	 (UART_DATA = (byte))
#define UART_CAN_RECEIVE ((UART_STATE & STATE_RX_FULL) != 0)
#define UART_RECEIVE	 (UART_DATA)
#include "uart.h"

void ocre__cortexm_console_isr(void)
{
	UART_INTERRUPT = INTERRUPT_RX; /* first: what comes later interrupts again */
	uart_interrupt();
}

/*
 * The board's "flash" is RAM that is filled when it starts; a reset leaves it alone. So what is
 * written behind the program stays, and is written as flash would be: bits are cleared, an erase
 * sets them.
 */
#define STORAGE_SIZE (256u * 1024)
#define ERASE_SIZE   4096u

static uint8_t *storage(uint32_t offset)
{
	return (uint8_t *)(uintptr_t)(MPS2_FLASH + 0x200000u + offset);
}

static int flash_program(uint32_t offset, const void *data, uint32_t size)
{
	const uint8_t *from = data;
	uint8_t *to = storage(offset);

	while (size-- > 0) {
		*to++ &= *from++;
	}
	return 0;
}

static int flash_erase(uint32_t offset)
{
	memset(storage(offset), 0xff, ERASE_SIZE);
	return 0;
}

static const struct ocre_machine_flash flash = {
	.base = (const uint8_t *)(uintptr_t)(MPS2_FLASH + 0x200000u),
	.size = STORAGE_SIZE,
	.erase_size = ERASE_SIZE,
	.program_unit = 4,
	.program = flash_program,
	.erase = flash_erase,
};

static const struct ocre_machine machine = {
	.name = MPS2_NAME,
	.now = ocre__cortexm_now,
	.resolution_ns = OCRE__CORTEXM_RESOLUTION_NS,
	.sleep = ocre__cortexm_sleep,
	.write = uart_write,
	.read = uart_read,
	.readable = uart_readable,
	.memory = ocre__free_memory,
	.stack_peak = ocre__stack_peak,
	.flash = &flash,
	.reset = ocre__cortexm_reset,
	.halt = ocre__cortexm_halt,
};

const struct ocre_machine *ocre_machine_start(void)
{
	UART_BAUD = 16;
	UART_CTRL = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPTS;
	ocre__cortexm_init(MPS2_HZ, uart_write);
	return &machine;
}
