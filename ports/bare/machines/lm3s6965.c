/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lm3s6965.c - Stellaris LM3S6965 (Cortex-M3, 256 KB flash, 64 KB RAM). Its data sheet: system
 * control 6.4, UART 13.4 (a PL011).
 */
#include "cortexm.h"
#include "machines.h"

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define RCC	   REG32(0x400fe060)
#define RCGC1	   REG32(0x400fe104)
#define RCGC2	   REG32(0x400fe108)
#define UART_DATA  REG32(0x4000c000)
#define UART_FLAGS REG32(0x4000c018)
#define UART_IBRD  REG32(0x4000c024)
#define UART_LCRH  REG32(0x4000c02c)
#define UART_CTRL  REG32(0x4000c030)
#define UART_MASK  REG32(0x4000c038)
#define UART_CLEAR REG32(0x4000c044)
#define GPIO_AFSEL REG32(0x40004420)
#define GPIO_DEN   REG32(0x4000451c)

#define FLAG_TX_FULL	  (1u << 5)
#define FLAG_RX_EMPTY	  (1u << 4)
/* Half of its FIFO is full; something is in it, and nothing came for a while. */
#define INTERRUPT_RX	  (1u << 4)
#define INTERRUPT_RX_LATE (1u << 6)

#define UART_CAN_SEND	 ((UART_FLAGS & FLAG_TX_FULL) == 0)
#define UART_SEND(byte)	 (UART_DATA = (byte))
#define UART_CAN_RECEIVE ((UART_FLAGS & FLAG_RX_EMPTY) == 0)
#define UART_RECEIVE	 (UART_DATA)
#include "uart.h"

void ocre__cortexm_console_isr(void)
{
	UART_CLEAR = INTERRUPT_RX | INTERRUPT_RX_LATE;
	uart_interrupt();
}

static const struct ocre_machine machine = {
	.name = "lm3s6965",
	.now = ocre__cortexm_now,
	.resolution_ns = OCRE__CORTEXM_RESOLUTION_NS,
	.sleep = ocre__cortexm_sleep,
	.write = uart_write,
	.read = uart_read,
	.readable = uart_readable,
	.memory = ocre__free_memory,
	.stack_peak = ocre__stack_peak,
	.halt = ocre__cortexm_halt,
};

const struct ocre_machine *ocre_machine_start(void)
{
	/* 200 MHz of the PLL divided by 4: XTAL 8 MHz, SYSDIV 3, USESYSDIV; PLL on, no bypass. */
	RCC = 3u << 23 | 1u << 22 | 0xeu << 6 | 1u;
	RCGC1 |= 1; /* clock of UART0 */
	RCGC2 |= 1; /* and of port A, where its pins are */
	GPIO_AFSEL |= 3;
	GPIO_DEN |= 3;
	UART_CTRL = 0;
	UART_IBRD = 27; /* 115200 */
	UART_LCRH = 0x70;
	UART_MASK = INTERRUPT_RX | INTERRUPT_RX_LATE;
	UART_CTRL = 0x301;
	ocre__cortexm_init(50000000, uart_write);
	return &machine;
}
