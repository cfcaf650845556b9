/* SPDX-License-Identifier: Apache-2.0 */
/* trampoline_arm.S - see native_call.c. Arm and Thumb-2, with float registers or without. */
#include "native_abi.h"

	.syntax unified
	.text
#ifdef __thumb__
	.thumb
	.thumb_func
#else
	.arm
#endif
	.balign 4
	.globl ocre__trampoline
	.hidden ocre__trampoline
	.type ocre__trampoline, %function
ocre__trampoline:
	.fnstart
	push {r4, r5, r6, lr}
	mov r5, sp
	mov r4, r0
	mov r6, r1
	sub sp, sp, r2
	add r3, r4, #FRAME_STACK
1:	subs r2, r2, #4
	bmi 2f
	ldr r12, [r3, r2]
	str r12, [sp, r2]
	b 1b
2:
#if FPR_SIZE > 0
	vldm r4, {d0-d7}
#endif
	add r12, r4, #FRAME_GPR
	ldm r12, {r0-r3}
	blx r6
#if FPR_SIZE > 0
	vstr d0, [r4]
#endif
	str r0, [r4, #FRAME_GPR]
	str r1, [r4, #FRAME_GPR + 4]
	mov sp, r5
	pop {r4, r5, r6, pc}
	.cantunwind /* what describes it would take libgcc's unwinder into firmware */
	.fnend
	.size ocre__trampoline, . - ocre__trampoline

#ifdef __linux__
	.section .note.GNU-stack, "", %progbits
#endif
