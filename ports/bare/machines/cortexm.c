/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cortexm.c - what all Cortex-M machines share. Addresses and bits: Armv7-M Architecture Reference
 * Manual, B3.2 (system control), B3.3 (SysTick), B3.4 (NVIC), B3.5 (MPU); Armv8-M likewise, D1.2.
 * Start-up code and the system's vectors are picolibc's. CONSOLE_IRQ is the console's interrupt.
 *
 * The variables here are the machine's: there is one clock and one stack.
 */
#include <string.h>

#include "cortexm.h"
#include "stack.h"

#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYST_CSR       REG32(0xe000e010)
#define SYST_RVR       REG32(0xe000e014)
#define SYST_CVR       REG32(0xe000e018)
#define NVIC_ISER(irq) REG32(0xe000e100 + (irq) / 32 * 4)
#define ICSR	       REG32(0xe000ed04)
#define AIRCR	       REG32(0xe000ed0c)
#define SHCSR	       REG32(0xe000ed24)
#define CFSR	       REG32(0xe000ed28)
#define HFSR	       REG32(0xe000ed2c)
#define MMFAR	       REG32(0xe000ed34)
#define BFAR	       REG32(0xe000ed38)
#define MPU_TYPE       REG32(0xe000ed90)
#define MPU_CTRL       REG32(0xe000ed94)
#define MPU_RNR	       REG32(0xe000ed98)
#define MPU_RBAR       REG32(0xe000ed9c)
#define MPU_RASR       REG32(0xe000eda0)

#define ICSR_PENDSTSET (1u << 26)
#define TICK_HZ	       1000u
#define TICK_NS	       1000000u

/* Milliseconds that the clock begins with: tests let it begin shortly before some counter wraps. */
#ifndef OCRE_CLOCK_START_MS
#define OCRE_CLOCK_START_MS 0u
#endif

static volatile uint64_t ticks = OCRE_CLOCK_START_MS;
static uint32_t per_tick; /* processor cycles */
static void (*say)(const void *data, size_t size);

/* ---- the clock ---- */

static inline uint32_t hold_interrupts(void)
{
	uint32_t mask;

	__asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(mask)::"memory");
	return mask;
}

static inline void let_interrupts(uint32_t mask)
{
	__asm__ volatile("msr primask, %0" ::"r"(mask) : "memory");
}

/* The name is picolibc's, for the vector. */
void arm_systick_isr(void);
void arm_systick_isr(void)
{
	ticks++;
}

uint64_t ocre__cortexm_now(void)
{
	uint32_t mask = hold_interrupts();
	uint64_t now = ticks;
	uint32_t left = SYST_CVR;

	if ((ICSR & ICSR_PENDSTSET) != 0) {
		/* It began anew and the interrupt is still to come. */
		left = SYST_CVR;
		now++;
	}
	let_interrupts(mask);
	/* It reads 0 for a cycle, with the tick already counted, before it begins anew. */
	return now * TICK_NS + (uint64_t)(left == 0 ? 0 : per_tick - left) * TICK_NS / per_tick;
}

void ocre__cortexm_sleep(uint64_t deadline_ns, const volatile uint32_t *stop)
{
	uint32_t mask = hold_interrupts();

	/* An interrupt that is held ends wfi as well. The next tick looks at the deadline again. */
	if (*stop == 0 && ocre__cortexm_now() < deadline_ns) {
		__asm__ volatile("dsb\n\twfi" ::: "memory");
	}
	let_interrupts(mask);
}

/* ---- interrupts ---- */

/* Behind picolibc's table, which ends with the system's: the linker script checks that. */
extern void (*const ocre__cortexm_vectors[])(void);
__attribute__((section(".init.vectors"),
	       used)) void (*const ocre__cortexm_vectors[CONSOLE_IRQ + 1])(void) = {
	[CONSOLE_IRQ] = ocre__cortexm_console_isr,
};

/* ---- the stack ---- */

static void guard_stack(void)
{
#if __ARM_ARCH >= 8
	__asm__ volatile("msr msplim, %0" ::"r"(ocre__stack_bottom()));
#else
	if (MPU_TYPE == 0) {
		return;
	}
	/* Nobody may touch the lowest 32 bytes; everything else is as without the MPU. */
	MPU_RNR = 0;
	MPU_RBAR = (uint32_t)ocre__stack_bottom();
	MPU_RASR = 4u << 1 | 1u; /* 2^(4+1) bytes, no access, enabled */
	MPU_CTRL = 1u << 2 | 1u; /* with the default map below */
	__asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
	SHCSR |= 7u << 16; /* faults of their own for memory, bus and usage */
}

void ocre__cortexm_init(uint32_t hz, void (*write)(const void *data, size_t size))
{
	say = write;
	ocre__stack_paint();
	guard_stack();
	NVIC_ISER(CONSOLE_IRQ) = 1u << CONSOLE_IRQ % 32;
	/* Last, when everything that the interrupt touches is there. */
	per_tick = hz / TICK_HZ;
	SYST_RVR = per_tick - 1;
	SYST_CVR = 0;
	SYST_CSR = 7;
}

/* ---- the end ---- */

void ocre__cortexm_reset(void)
{
	__asm__ volatile("dsb" ::: "memory");
	AIRCR = 0x05fa0004; /* the key, SYSRESETREQ */
	for (;;) {
	}
}

/* Semihosting (Arm IHI 0102): SYS_EXIT_EXTENDED with ADP_Stopped_ApplicationExit. */
void ocre__cortexm_halt(int status)
{
	const uint32_t block[2] = {0x20026, (uint32_t)status};
	register uint32_t operation __asm__("r0") = 0x20;
	register const uint32_t *argument __asm__("r1") = block;

	for (;;) {
		__asm__ volatile("bkpt 0xab" : "+r"(operation) : "r"(argument) : "memory");
	}
}

/* ---- faults ---- */

/*
 * What assembly names is not static: link time optimisation would not find it.
 * `frame` is what the processor put on the stack: r0 r1 r2 r3 r12 lr pc psr.
 */
void ocre__cortexm_report(const uint32_t *frame);
__attribute__((used, noreturn)) void ocre__cortexm_report(const uint32_t *frame)
{
	static const char title[] = "\r\nocre: fault of the processor:";
	uintptr_t at = (uintptr_t)frame;

	say(title, sizeof(title) - 1);
	ocre__say_word(say, "cfsr", CFSR);
	ocre__say_word(say, "hfsr", HFSR);
	ocre__say_word(say, "mmfar", MMFAR);
	ocre__say_word(say, "bfar", BFAR);
	ocre__say_word(say, "sp", (uint32_t)at);
	/* A stack that is used up could not hold the frame. */
	if (ocre__stack_holds(at, 32)) {
		ocre__say_word(say, "pc", frame[6]);
		ocre__say_word(say, "lr", frame[5]);
		ocre__say_word(say, "psr", frame[7]);
	} else {
		say(" native stack used up", 21);
	}
	say("\r\n", 2);
	ocre__cortexm_halt(1);
	__builtin_unreachable();
}

uint32_t ocre__cortexm_fault_stack[96] __attribute__((used));

/* The stack that overflowed cannot be used: its guard goes, and another takes its place. */
__attribute__((naked)) static void fault(void)
{
	__asm__ volatile("mrs r0, msp\n\t"
#if __ARM_ARCH >= 8
			 "movs r1, #0\n\t"
			 "msr msplim, r1\n\t"
#else
			 "ldr r1, =0xe000ed94\n\t"
			 "movs r2, #0\n\t"
			 "str r2, [r1]\n\t"
			 "dsb\n\t"
#endif
			 "ldr r1, =ocre__cortexm_fault_stack\n\t"
			 "adds r1, #255\n\t"
			 "adds r1, #129\n\t"
			 "msr msp, r1\n\t"
			 "b ocre__cortexm_report\n\t"
			 ".ltorg");
}

void arm_hardfault_isr(void) __attribute__((alias("fault")));
void arm_memmanage_isr(void) __attribute__((alias("fault")));
void arm_busfault_isr(void) __attribute__((alias("fault")));
void arm_usagefault_isr(void) __attribute__((alias("fault")));
