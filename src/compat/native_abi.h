/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_abi.h - how C functions get their arguments, for native_call.c and the trampolines: on Arm
 * the AAPCS, on 64-bit Arm the AAPCS64, on RISC-V the calling conventions of its psABI, on x86-64
 * that of System V. A machine that is not here takes libffi; the build asks by compiling this.
 *
 *	GPR_COUNT	integer registers for arguments
 *	FPR_SIZE	bytes of the widest float that goes into float registers, 0: none does
 *	FPR_HALVES	two floats share a register, and later ones fill holes
 *	FPR_THEN_GPR	what finds no float register may take an integer one
 *	PAIR_EVEN	two words begin at an even register
 *	PAIR_SPLITS	two words may be half in the last register, half on the stack
 */
#ifndef OCRE_COMPAT_NATIVE_ABI_H
#define OCRE_COMPAT_NATIVE_ABI_H

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || defined(__APPLE__) || defined(_WIN32)
#error "there is no trampoline for this system"
#elif defined(__arm__) && (!defined(__thumb__) || defined(__thumb2__))
#define GPR_COUNT 4
#define WORD_SIZE 4
#ifdef __ARM_PCS_VFP
#define FPR_SIZE 8
#else
#define FPR_SIZE 0
#endif
#define FPR_HALVES   1
#define FPR_THEN_GPR 0
#define PAIR_EVEN    1
#define PAIR_SPLITS  0
#elif defined(__aarch64__) && defined(__LP64__)
#define GPR_COUNT    8
#define WORD_SIZE    8
#define FPR_SIZE     8
#define FPR_HALVES   0
#define FPR_THEN_GPR 0
#define PAIR_EVEN    0
#define PAIR_SPLITS  0
#elif defined(__x86_64__) && defined(__LP64__)
#define GPR_COUNT    6
#define WORD_SIZE    8
#define FPR_SIZE     8
#define FPR_HALVES   0
#define FPR_THEN_GPR 0
#define PAIR_EVEN    0
#define PAIR_SPLITS  0
#elif defined(__riscv) && !defined(__riscv_32e) && !defined(__riscv_64e)
#define GPR_COUNT 8
#if __riscv_xlen == 64
#define WORD_SIZE 8
#else
#define WORD_SIZE 4
#endif
#if defined(__riscv_float_abi_double)
#define FPR_SIZE 8
#elif defined(__riscv_float_abi_single)
#define FPR_SIZE 4
#else
#define FPR_SIZE 0
#endif
#define FPR_HALVES   0
#define FPR_THEN_GPR 1
#define PAIR_EVEN    0
#define PAIR_SPLITS  1
#else
#error "there is no trampoline for this architecture"
#endif

/* The frame that a trampoline reads: float registers, integer registers, the stack. */
#define FPR_COUNT   8
#define FRAME_GPR   (FPR_COUNT * 8)
#define FRAME_STACK (FRAME_GPR + GPR_COUNT * WORD_SIZE)
#define STACK_ALIGN 16

#endif /* OCRE_COMPAT_NATIVE_ABI_H */
