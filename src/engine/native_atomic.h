/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_atomic.h - sequentially consistent operations on guest memory, which is little-endian, and
 * on the few words that native threads share through the engine. Never a call of a library: what
 * the processor cannot do without a lock is a plain access (config.h, OCRE_ENGINE_ATOMIC32 and 64).
 */
#ifndef OCRE_ENGINE_NATIVE_ATOMIC_H
#define OCRE_ENGINE_NATIVE_ATOMIC_H

#include "config.h"

#include <stdbool.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ATOMIC_SWAPS 1
#else
#define ATOMIC_SWAPS 0
#endif

#define ATOMIC_SAME(v) (v)

/* ---- what the processor does ---- */

#define NATIVE_FUNCTIONS(T, type)                                                                  \
	static inline type native_load_##T(const type *p)                                          \
	{                                                                                          \
		return __atomic_load_n(p, __ATOMIC_SEQ_CST);                                       \
	}                                                                                          \
	static inline void native_store_##T(type *p, type v)                                       \
	{                                                                                          \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST);                                          \
	}                                                                                          \
	static inline type native_xchg_##T(type *p, type v)                                        \
	{                                                                                          \
		return __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST);                                \
	}                                                                                          \
	static inline type native_cmpxchg_##T(type *p, type expected, type v)                      \
	{                                                                                          \
		__atomic_compare_exchange_n(p, &expected, v, false, __ATOMIC_SEQ_CST,              \
					    __ATOMIC_SEQ_CST);                                     \
		return expected;                                                                   \
	}                                                                                          \
	static inline type native_add_##T(type *p, type v)                                         \
	{                                                                                          \
		return __atomic_fetch_add(p, v, __ATOMIC_SEQ_CST);                                 \
	}                                                                                          \
	static inline type native_and_##T(type *p, type v)                                         \
	{                                                                                          \
		return __atomic_fetch_and(p, v, __ATOMIC_SEQ_CST);                                 \
	}                                                                                          \
	static inline type native_or_##T(type *p, type v)                                          \
	{                                                                                          \
		return __atomic_fetch_or(p, v, __ATOMIC_SEQ_CST);                                  \
	}                                                                                          \
	static inline type native_xor_##T(type *p, type v)                                         \
	{                                                                                          \
		return __atomic_fetch_xor(p, v, __ATOMIC_SEQ_CST);                                 \
	}

#define PLAIN_FETCH(T, type, name, expression)                                                     \
	static inline type native_##name##_##T(type *p, type v)                                    \
	{                                                                                          \
		type old = *p;                                                                     \
		*p = (type)(expression);                                                           \
		return old;                                                                        \
	}
#define PLAIN_FUNCTIONS(T, type)                                                                   \
	static inline type native_load_##T(const type *p)                                          \
	{                                                                                          \
		return *p;                                                                         \
	}                                                                                          \
	static inline void native_store_##T(type *p, type v)                                       \
	{                                                                                          \
		*p = v;                                                                            \
	}                                                                                          \
	static inline type native_cmpxchg_##T(type *p, type expected, type v)                      \
	{                                                                                          \
		type old = *p;                                                                     \
		if (old == expected) {                                                             \
			*p = v;                                                                    \
		}                                                                                  \
		return old;                                                                        \
	}                                                                                          \
	PLAIN_FETCH(T, type, xchg, v)                                                              \
	PLAIN_FETCH(T, type, add, old + v)                                                         \
	PLAIN_FETCH(T, type, and, old &v)                                                          \
	PLAIN_FETCH(T, type, or, old | v)                                                          \
	PLAIN_FETCH(T, type, xor, old ^ v)

#if OCRE_ENGINE_ATOMIC32
NATIVE_FUNCTIONS(u8, uint8_t)
NATIVE_FUNCTIONS(u16, uint16_t)
NATIVE_FUNCTIONS(u32, uint32_t)
#else
PLAIN_FUNCTIONS(u8, uint8_t)
PLAIN_FUNCTIONS(u16, uint16_t)
PLAIN_FUNCTIONS(u32, uint32_t)
#endif
#if OCRE_ENGINE_ATOMIC64
NATIVE_FUNCTIONS(u64, uint64_t)
#else
PLAIN_FUNCTIONS(u64, uint64_t)
#endif

/* ---- on guest memory; `at` is naturally aligned ---- */

/* Bits do not mind the order of bytes; sums do, so they are retried until nobody came between. */
#define GUEST_FUNCTIONS(T, type, swap)                                                             \
	static inline type atomic_load_##T(const uint8_t *at)                                      \
	{                                                                                          \
		return swap(native_load_##T((const type *)(const void *)at));                      \
	}                                                                                          \
	static inline type atomic_store_##T(uint8_t *at, type v)                                   \
	{                                                                                          \
		native_store_##T((type *)(void *)at, swap(v));                                     \
		return v;                                                                          \
	}                                                                                          \
	static inline type atomic_xchg_##T(uint8_t *at, type v)                                    \
	{                                                                                          \
		return swap(native_xchg_##T((type *)(void *)at, swap(v)));                         \
	}                                                                                          \
	static inline type atomic_cmpxchg_##T(uint8_t *at, type expected, type v)                  \
	{                                                                                          \
		return swap(native_cmpxchg_##T((type *)(void *)at, swap(expected), swap(v)));      \
	}                                                                                          \
	static inline type atomic_and_##T(uint8_t *at, type v)                                     \
	{                                                                                          \
		return swap(native_and_##T((type *)(void *)at, swap(v)));                          \
	}                                                                                          \
	static inline type atomic_or_##T(uint8_t *at, type v)                                      \
	{                                                                                          \
		return swap(native_or_##T((type *)(void *)at, swap(v)));                           \
	}                                                                                          \
	static inline type atomic_xor_##T(uint8_t *at, type v)                                     \
	{                                                                                          \
		return swap(native_xor_##T((type *)(void *)at, swap(v)));                          \
	}                                                                                          \
	static inline type atomic_add_##T(uint8_t *at, type v)                                     \
	{                                                                                          \
		if (!ATOMIC_SWAPS) {                                                               \
			return native_add_##T((type *)(void *)at, v);                              \
		}                                                                                  \
		for (;;) {                                                                         \
			type old = atomic_load_##T(at);                                            \
			if (atomic_cmpxchg_##T(at, old, (type)(old + v)) == old) {                 \
				return old;                                                        \
			}                                                                          \
		}                                                                                  \
	}                                                                                          \
	static inline type atomic_sub_##T(uint8_t *at, type v)                                     \
	{                                                                                          \
		return atomic_add_##T(at, (type)(0u - v));                                         \
	}

GUEST_FUNCTIONS(u8, uint8_t, ATOMIC_SAME)
#if ATOMIC_SWAPS
GUEST_FUNCTIONS(u16, uint16_t, __builtin_bswap16)
GUEST_FUNCTIONS(u32, uint32_t, __builtin_bswap32)
GUEST_FUNCTIONS(u64, uint64_t, __builtin_bswap64)
#else
GUEST_FUNCTIONS(u16, uint16_t, ATOMIC_SAME)
GUEST_FUNCTIONS(u32, uint32_t, ATOMIC_SAME)
GUEST_FUNCTIONS(u64, uint64_t, ATOMIC_SAME)
#endif

#if OCRE_ENGINE_SMALL_ATOMICS

/* ---- any of them, by number ---- */

/* In the order of opcodes.def, where each has seven widths. */
enum atomic_op {
	ATOMIC_OP_LOAD,
	ATOMIC_OP_STORE,
	ATOMIC_OP_ADD,
	ATOMIC_OP_SUB,
	ATOMIC_OP_AND,
	ATOMIC_OP_OR,
	ATOMIC_OP_XOR,
	ATOMIC_OP_XCHG,
	ATOMIC_OP_CMPXCHG,
};
#define ATOMIC_WIDTHS 7u

static inline uint64_t atomic_read(const uint8_t *at, uint32_t size)
{
	switch (size) {
	case 1:
		return atomic_load_u8(at);
	case 2:
		return atomic_load_u16(at);
	case 4:
		return atomic_load_u32(at);
	default:
		return atomic_load_u64(at);
	}
}

/* Put `v` in the place of `old`, if that is still what is there. */
static inline bool atomic_replace(uint8_t *at, uint32_t size, uint64_t old, uint64_t v)
{
	switch (size) {
	case 1:
		return atomic_cmpxchg_u8(at, (uint8_t)old, (uint8_t)v) == old;
	case 2:
		return atomic_cmpxchg_u16(at, (uint16_t)old, (uint16_t)v) == old;
	case 4:
		return atomic_cmpxchg_u32(at, (uint32_t)old, (uint32_t)v) == old;
	default:
		return atomic_cmpxchg_u64(at, old, v) == old;
	}
}

/* What was there before. `b` is the replacement of a compare-exchange. */
static __attribute__((noinline, unused)) uint64_t atomic_any(enum atomic_op op, uint8_t *at,
							     uint32_t size, uint64_t a, uint64_t b)
{
	uint64_t old;
	uint64_t v;

	do {
		old = atomic_read(at, size);
		v = a;
		switch (op) {
		case ATOMIC_OP_LOAD:
			return old;
		case ATOMIC_OP_ADD:
			v = old + a;
			break;
		case ATOMIC_OP_SUB:
			v = old - a;
			break;
		case ATOMIC_OP_AND:
			v = old & a;
			break;
		case ATOMIC_OP_OR:
			v = old | a;
			break;
		case ATOMIC_OP_XOR:
			v = old ^ a;
			break;
		case ATOMIC_OP_CMPXCHG:
			if ((old ^ a) << (64 - 8 * size) != 0) {
				return old;
			}
			v = b;
			break;
		default: /* store, xchg */
			break;
		}
	} while (!atomic_replace(at, size, old, v));
	return old;
}

#endif

#endif /* OCRE_ENGINE_NATIVE_ATOMIC_H */
