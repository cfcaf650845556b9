/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stm32f405.c - STM32F405 (Cortex-M4, 1 MB flash, 128 KB RAM) as on the Netduino Plus 2, console on
 * USART1. Reference manual RM0090, 30.6 (USART), 7.3 (RCC).
 */
#include "cortexm.h"
#include "machines.h"

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define RCC_APB2ENR REG32(0x40023844)
#define USART_SR    REG32(0x40011000)
#define USART_DR    REG32(0x40011004)
#define USART_BRR   REG32(0x40011008)
#define USART_CR1   REG32(0x4001100c)

#define SR_RXNE (1u << 5)
#define SR_TXE	(1u << 7)

/* REVISIT: the emulator runs at 168 MHz from the start; a real part has to set up its PLL. */
#define HZ 168000000u

#define UART_CAN_SEND	 ((USART_SR & SR_TXE) != 0)
#define UART_SEND(byte)	 (USART_DR = (byte))
#define UART_CAN_RECEIVE ((USART_SR & SR_RXNE) != 0)
#define UART_RECEIVE	 (USART_DR)
#include "uart.h"

void ocre__cortexm_console_isr(void)
{
	uart_interrupt();
}

static const struct ocre_machine machine = {
	.name = "stm32f405",
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
	RCC_APB2ENR |= 1u << 4;
	USART_BRR = HZ / 2 / 115200;
	USART_CR1 = 1u << 13 | 1u << 5 | 1u << 3 | 1u << 2; /* on, interrupts, send, receive */
	ocre__cortexm_init(HZ, uart_write);
	return &machine;
}
