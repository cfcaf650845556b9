/* SPDX-License-Identifier: Apache-2.0 */
/* trampoline_aarch64.S - see native_call.c. */
#include "native_abi.h"

	.text
	.balign 4
	.globl ocre__trampoline
	.hidden ocre__trampoline
	.type ocre__trampoline, %function
ocre__trampoline:
	.cfi_startproc
	hint #34 /* bti c: where branches have targets, this is one */
	stp x29, x30, [sp, #-32]!
	.cfi_def_cfa_offset 32
	.cfi_offset 29, -32
	.cfi_offset 30, -24
	str x19, [sp, #16]
	.cfi_offset 19, -16
	mov x29, sp
	.cfi_def_cfa_register 29
	mov x19, x0
	mov x9, x1
	sub sp, sp, x2
	add x10, x19, #FRAME_STACK
	mov x11, sp
1:	cbz x2, 2f
	sub x2, x2, #8
	ldr x12, [x10, x2]
	str x12, [x11, x2]
	b 1b
2:	ldp d0, d1, [x19]
	ldp d2, d3, [x19, #16]
	ldp d4, d5, [x19, #32]
	ldp d6, d7, [x19, #48]
	ldp x0, x1, [x19, #FRAME_GPR]
	ldp x2, x3, [x19, #FRAME_GPR + 16]
	ldp x4, x5, [x19, #FRAME_GPR + 32]
	ldp x6, x7, [x19, #FRAME_GPR + 48]
	blr x9
	str d0, [x19]
	str x0, [x19, #FRAME_GPR]
	mov sp, x29
	ldr x19, [sp, #16]
	ldp x29, x30, [sp], #32
	.cfi_def_cfa 31, 0
	ret
	.cfi_endproc
	.size ocre__trampoline, . - ocre__trampoline

#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
