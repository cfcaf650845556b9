/* SPDX-License-Identifier: Apache-2.0 */
/* trampoline_x86_64.S - see native_call.c. */
#include "native_abi.h"

	.text
	.balign 16
	.globl ocre__trampoline
	.hidden ocre__trampoline
	.type ocre__trampoline, @function
ocre__trampoline:
	.cfi_startproc
	pushq %rbp
	.cfi_def_cfa_offset 16
	.cfi_offset 6, -16
	movq %rsp, %rbp
	.cfi_def_cfa_register 6
	pushq %rbx
	.cfi_offset 3, -24
	subq $8, %rsp
	movq %rdi, %rbx
	movq %rsi, %r11
	subq %rdx, %rsp
1:	subq $8, %rdx
	js 2f
	movq FRAME_STACK(%rbx,%rdx), %rax
	movq %rax, (%rsp,%rdx)
	jmp 1b
2:	movsd (%rbx), %xmm0
	movsd 8(%rbx), %xmm1
	movsd 16(%rbx), %xmm2
	movsd 24(%rbx), %xmm3
	movsd 32(%rbx), %xmm4
	movsd 40(%rbx), %xmm5
	movsd 48(%rbx), %xmm6
	movsd 56(%rbx), %xmm7
	movq FRAME_GPR(%rbx), %rdi
	movq FRAME_GPR+8(%rbx), %rsi
	movq FRAME_GPR+16(%rbx), %rdx
	movq FRAME_GPR+24(%rbx), %rcx
	movq FRAME_GPR+32(%rbx), %r8
	movq FRAME_GPR+40(%rbx), %r9
	call *%r11
	movsd %xmm0, (%rbx)
	movq %rax, FRAME_GPR(%rbx)
	movq -8(%rbp), %rbx
	leave
	.cfi_def_cfa 7, 8
	ret
	.cfi_endproc
	.size ocre__trampoline, . - ocre__trampoline

#ifdef __linux__
	.section .note.GNU-stack, "", @progbits
#endif
