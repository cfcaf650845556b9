/* SPDX-License-Identifier: Apache-2.0 */
/*
 * virt_rv32.c - QEMU's RISC-V machine `virt` with one RV32IMAC hart in machine mode: a 16550 as
 * console, the CLINT as clock, a physical memory protection region as guard of the native stack.
 * RISC-V Privileged Architecture 1.12: 3.1 (CSRs), 3.7 (PMP).
 */
#include "machines.h"
#include "stack.h"

#define REG8(address)  (*(volatile uint8_t *)(uintptr_t)(address))
#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define UART_DATA  REG8(0x10000000)
#define UART_STATE REG8(0x10000005)
#define MTIMECMP   0x02004000u
#define MTIME	   0x0200bff8u

#define STATE_READABLE 1u
#define STATE_WRITABLE 0x20u
#define TIME_NS	       100u /* 10 MHz */
#define TICKS_PER_MS   UINT64_C(10000)
#define MIE_TIMER      (1u << 7)
#define MSTATUS_MIE    (1u << 3)

/* The compiler is not told of this extension, since Debian has no C library of that name. */
#define ZICSR(instruction) ".option push\n\t.option arch, +zicsr\n\t" instruction "\n\t.option pop"

#define csr_read(name)                                                                             \
	({                                                                                         \
		uint32_t csr_value;                                                                \
		__asm__ volatile(ZICSR("csrr %0, " #name) : "=r"(csr_value)::"memory");            \
		csr_value;                                                                         \
	})
#define csr_write(name, value) __asm__ volatile(ZICSR("csrw " #name ", %0")::"r"(value) : "memory")
#define csr_clear(name, value) __asm__ volatile(ZICSR("csrc " #name ", %0")::"r"(value) : "memory")

/* ---- the console ---- */

#define UART_CAN_SEND	 ((UART_STATE & STATE_WRITABLE) != 0)
#define UART_SEND(byte)	 (UART_DATA = (byte))
#define UART_CAN_RECEIVE ((UART_STATE & STATE_READABLE) != 0)
#define UART_RECEIVE	 (UART_DATA)
/* Looked at every millisecond, by sleep_until() below. */
#define UART_POLLED
#include "uart.h"

/* ---- the clock ---- */

static uint64_t time_now(void)
{
	uint32_t high, low;

	do {
		high = REG32(MTIME + 4);
		low = REG32(MTIME);
	} while (high != REG32(MTIME + 4));
	return (uint64_t)high << 32 | low;
}

static uint64_t now_ns(void)
{
	return time_now() * TIME_NS;
}

static void set_alarm(uint64_t time)
{
	/* Never below what it is to be, in between. */
	REG32(MTIMECMP + 4) = UINT32_MAX;
	REG32(MTIMECMP) = (uint32_t)time;
	REG32(MTIMECMP + 4) = (uint32_t)(time >> 32);
}

/* Never longer than a millisecond: the console has no interrupt here. */
static void sleep_until(uint64_t deadline_ns, const volatile uint32_t *stop)
{
	uint64_t soon = time_now() + 1000000u / TIME_NS;
	uint64_t deadline = deadline_ns / TIME_NS;

	csr_clear(mstatus, MSTATUS_MIE);
	if (*stop == 0) {
		/* An interrupt that is held ends wfi as well; none is ever taken. */
		set_alarm(deadline < soon ? deadline : soon);
		csr_write(mie, MIE_TIMER);
		__asm__ volatile("wfi" ::: "memory");
		csr_write(mie, 0);
	}
}

/* ---- the stack ---- */

static void paint_and_guard(void)
{
	ocre__stack_paint();
	/* A naturally aligned power of two, no access, locked: machine mode too. */
	csr_write(pmpaddr0, ((uint32_t)ocre__stack_bottom() + OCRE__STACK_GUARD / 2 - 1) >> 2);
	csr_write(pmpcfg0, 0x80u | 3u << 3);
}

/* ---- the end ---- */

/* RISC-V semihosting: the three instructions are one call. */
static void halt(int status)
{
	const uint32_t block[2] = {0x20026, (uint32_t)status};
	register uint32_t operation __asm__("a0") = 0x20;
	register const uint32_t *argument __asm__("a1") = block;

	for (;;) {
		__asm__ volatile(".option push\n\t.option norvc\n\t.balign 16\n\t"
				 "slli x0, x0, 0x1f\n\tebreak\n\tsrai x0, x0, 7\n\t.option pop"
				 : "+r"(operation)
				 : "r"(argument)
				 : "memory");
	}
}

uint32_t ocre__virt_fault_stack[128] __attribute__((used));

void ocre__virt_report(uint32_t sp);
__attribute__((used, noreturn)) void ocre__virt_report(uint32_t sp)
{
	static const char title[] = "\r\nocre: fault of the processor:";
	static const char overflow[] = " native stack used up";

	uart_write(title, sizeof(title) - 1);
	ocre__say_word(uart_write, "mcause", csr_read(mcause));
	ocre__say_word(uart_write, "mepc", csr_read(mepc));
	ocre__say_word(uart_write, "mtval", csr_read(mtval));
	ocre__say_word(uart_write, "sp", sp);
	if (!ocre__stack_holds(sp, 0) || !ocre__stack_holds(sp - 64, 0)) {
		uart_write(overflow, sizeof(overflow) - 1);
	}
	uart_write("\r\n", 2);
	halt(1);
	__builtin_unreachable();
}

/* What assembly names is not static: link time optimisation would not find it. */
__attribute__((naked, aligned(4))) static void fault(void)
{
	__asm__ volatile("mv a0, sp\n\t"
			 "la sp, ocre__virt_fault_stack\n\t"
			 "addi sp, sp, 512\n\t"
			 "j ocre__virt_report");
}

static const struct ocre_machine machine = {
	.name = "virt-rv32",
	.now = now_ns,
	.resolution_ns = TIME_NS,
	.sleep = sleep_until,
	.write = uart_write,
	.read = uart_read,
	.readable = uart_readable,
	.memory = ocre__free_memory,
	.stack_peak = ocre__stack_peak,
	.halt = halt,
};

const struct ocre_machine *ocre_machine_start(void)
{
	csr_write(mtvec, fault);
	paint_and_guard();
#ifdef OCRE_CLOCK_START_MS
	/* For tests: shortly before the lower half of the counter wraps, say. */
	REG32(MTIME) = (uint32_t)(OCRE_CLOCK_START_MS * TICKS_PER_MS);
	REG32(MTIME + 4) = (uint32_t)(OCRE_CLOCK_START_MS * TICKS_PER_MS >> 32);
#endif
	return &machine;
}
