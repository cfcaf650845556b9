/* SPDX-License-Identifier: Apache-2.0 */
/* trampoline_riscv.S - see native_call.c. 32 and 64 bits, with float registers or without. */
#include "native_abi.h"

#if WORD_SIZE == 8
#define LOAD  ld
#define STORE sd
#else
#define LOAD  lw
#define STORE sw
#endif
#if FPR_SIZE == 8
#define LOAD_FLOAT  fld
#define STORE_FLOAT fsd
#elif FPR_SIZE == 4
#define LOAD_FLOAT  flw
#define STORE_FLOAT fsw
#endif

	.text
	.balign 4
	.globl ocre__trampoline
	.hidden ocre__trampoline
	.type ocre__trampoline, @function
ocre__trampoline:
	.cfi_startproc
	addi sp, sp, -32
	.cfi_def_cfa_offset 32
	STORE ra, 32 - WORD_SIZE(sp)
	.cfi_offset 1, -WORD_SIZE
	STORE s0, 32 - 2 * WORD_SIZE(sp)
	.cfi_offset 8, -2 * WORD_SIZE
	STORE s1, 32 - 3 * WORD_SIZE(sp)
	.cfi_offset 9, -3 * WORD_SIZE
	addi s0, sp, 32
	.cfi_def_cfa 8, 0
	mv s1, a0
	mv t1, a1
	sub sp, sp, a2
	addi t0, s1, FRAME_STACK
	mv t2, sp
1:	beqz a2, 2f
	LOAD a3, 0(t0)
	STORE a3, 0(t2)
	addi t0, t0, WORD_SIZE
	addi t2, t2, WORD_SIZE
	addi a2, a2, -WORD_SIZE
	j 1b
2:
#if FPR_SIZE > 0
	LOAD_FLOAT fa0, 0(s1)
	LOAD_FLOAT fa1, 8(s1)
	LOAD_FLOAT fa2, 16(s1)
	LOAD_FLOAT fa3, 24(s1)
	LOAD_FLOAT fa4, 32(s1)
	LOAD_FLOAT fa5, 40(s1)
	LOAD_FLOAT fa6, 48(s1)
	LOAD_FLOAT fa7, 56(s1)
#endif
	LOAD a0, FRAME_GPR(s1)
	LOAD a1, FRAME_GPR + WORD_SIZE(s1)
	LOAD a2, FRAME_GPR + 2 * WORD_SIZE(s1)
	LOAD a3, FRAME_GPR + 3 * WORD_SIZE(s1)
	LOAD a4, FRAME_GPR + 4 * WORD_SIZE(s1)
	LOAD a5, FRAME_GPR + 5 * WORD_SIZE(s1)
	LOAD a6, FRAME_GPR + 6 * WORD_SIZE(s1)
	LOAD a7, FRAME_GPR + 7 * WORD_SIZE(s1)
	jalr t1
#if FPR_SIZE > 0
	STORE_FLOAT fa0, 0(s1)
#endif
	STORE a0, FRAME_GPR(s1)
	STORE a1, FRAME_GPR + WORD_SIZE(s1)
	addi sp, s0, -32
	LOAD ra, 32 - WORD_SIZE(sp)
	LOAD s0, 32 - 2 * WORD_SIZE(sp)
	LOAD s1, 32 - 3 * WORD_SIZE(sp)
	addi sp, sp, 32
	.cfi_def_cfa 2, 0
	ret
	.cfi_endproc
	.size ocre__trampoline, . - ocre__trampoline

#ifdef __linux__
	.section .note.GNU-stack, "", @progbits
#endif
