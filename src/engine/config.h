/* SPDX-License-Identifier: Apache-2.0 */
/* config.h - the build switches of the engine, each 0 or 1, with their defaults. */
#ifndef OCRE_ENGINE_CONFIG_H
#define OCRE_ENGINE_CONFIG_H

#include <stdint.h>

#if UINTPTR_MAX > 0xffffffffu
#define OCRE__WIDE 1
#else
#define OCRE__WIDE 0
#endif

/*
 * The proposals that make WebAssembly 2.0 of 1.0, and two of 3.0. A module that uses one that is
 * left out is refused. Mutable globals: those that are imported or exported.
 */
#ifndef OCRE_ENGINE_MUTABLE_GLOBALS
#define OCRE_ENGINE_MUTABLE_GLOBALS 1
#endif
#ifndef OCRE_ENGINE_MULTI_VALUE
#define OCRE_ENGINE_MULTI_VALUE 1
#endif
#ifndef OCRE_ENGINE_SIGN_EXT
#define OCRE_ENGINE_SIGN_EXT 1
#endif
#ifndef OCRE_ENGINE_SATURATING
#define OCRE_ENGINE_SATURATING 1
#endif
#ifndef OCRE_ENGINE_BULK
#define OCRE_ENGINE_BULK 1
#endif
#ifndef OCRE_ENGINE_REFERENCES
#define OCRE_ENGINE_REFERENCES 1
#endif
#ifndef OCRE_ENGINE_TAIL_CALL
#define OCRE_ENGINE_TAIL_CALL 1
#endif
#ifndef OCRE_ENGINE_EXTENDED_CONST
#define OCRE_ENGINE_EXTENDED_CONST 1
#endif

/* Vector instructions. */
#ifndef OCRE_ENGINE_SIMD
#define OCRE_ENGINE_SIMD OCRE__WIDE
#endif

/* Atomic instructions and shared memory. */
#ifndef OCRE_ENGINE_THREADS
#define OCRE_ENGINE_THREADS 1
#endif

/*
 * What the processor does atomically without a lock: up to 32 bits, and 64 bits. Where it does not,
 * atomic instructions are plain accesses, which is right as long as one native thread runs every
 * instance that shares a memory (Cortex-M: one thread, and no 64-bit atomics). So nothing needs
 * libatomic.
 */
#ifndef OCRE_ENGINE_ATOMIC32
#define OCRE_ENGINE_ATOMIC32                                                                       \
	(__GCC_ATOMIC_CHAR_LOCK_FREE == 2 && __GCC_ATOMIC_SHORT_LOCK_FREE == 2 &&                  \
	 __GCC_ATOMIC_INT_LOCK_FREE == 2)
#endif
#ifndef OCRE_ENGINE_ATOMIC64
#define OCRE_ENGINE_ATOMIC64 (__GCC_ATOMIC_LLONG_LOCK_FREE == 2)
#endif

/* Exception handling, legacy and standard. */
#ifndef OCRE_ENGINE_EXCEPTIONS
#define OCRE_ENGINE_EXCEPTIONS 1
#endif

/* Linear memory as a few committed extents instead of one contiguous block. */
#ifndef OCRE_ENGINE_EXTENTS
#define OCRE_ENGINE_EXTENTS 0
#endif

/*
 * How handlers reach each other: 1 by tail calls, one function for each; 0 by jumps inside one
 * function. Tail calls need a compiler that guarantees them, or that is known to make them at the
 * optimisation level in use (the build says so).
 */
#ifndef OCRE_ENGINE_TAIL_DISPATCH
#if defined(__clang__) && (defined(__x86_64__) || defined(__aarch64__))
#define OCRE_ENGINE_TAIL_DISPATCH 1
#else
#define OCRE_ENGINE_TAIL_DISPATCH 0
#endif
#endif

/* Forms of instructions that pass values in the accumulator: faster, and three times the code. */
#ifndef OCRE_ENGINE_FUSED
#define OCRE_ENGINE_FUSED OCRE_ENGINE_TAIL_DISPATCH
#endif

/* Handlers that do two or three neighbouring instructions (pairs.def). */
#ifndef OCRE_ENGINE_PAIRS
#define OCRE_ENGINE_PAIRS (OCRE_ENGINE_TAIL_DISPATCH && OCRE_ENGINE_FUSED)
#endif

/* The quick way of check_common.h; off in a build that tests compare with. */
#ifndef OCRE_ENGINE_COMMON
#define OCRE_ENGINE_COMMON 1
#endif

/* Bytes of code up to which a module is prepared while it is loaded; options can say otherwise. */
#ifndef OCRE_ENGINE_PREPARE_AT_LOAD
#define OCRE_ENGINE_PREPARE_AT_LOAD (OCRE__WIDE ? 32768u : 0u)
#endif

/* One handler for all atomic instructions: on small targets 4 KiB less code. */
#ifndef OCRE_ENGINE_SMALL_ATOMICS
#define OCRE_ENGINE_SMALL_ATOMICS (!OCRE__WIDE && !OCRE_ENGINE_TAIL_DISPATCH)
#endif

#if OCRE_ENGINE_FUSED && OCRE_ENGINE_SIMD && !OCRE_ENGINE_TAIL_DISPATCH
#error "OCRE_ENGINE_FUSED with OCRE_ENGINE_SIMD needs OCRE_ENGINE_TAIL_DISPATCH"
#endif
#if OCRE_ENGINE_PAIRS && !(OCRE_ENGINE_FUSED && OCRE_ENGINE_TAIL_DISPATCH)
#error "OCRE_ENGINE_PAIRS needs OCRE_ENGINE_FUSED and OCRE_ENGINE_TAIL_DISPATCH"
#endif
#if OCRE_ENGINE_SMALL_ATOMICS && OCRE_ENGINE_TAIL_DISPATCH
#error "OCRE_ENGINE_SMALL_ATOMICS needs OCRE_ENGINE_TAIL_DISPATCH=0"
#endif

#endif /* OCRE_ENGINE_CONFIG_H */
