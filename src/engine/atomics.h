/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atomics.h - the handlers of atomic instructions, a part of interp.c. Operands and result are in
 * cells: [op, d, address, operands ..., offset lo, hi], the offset being that of the end of the
 * access. memory.atomic.wait and notify are in wait.c.
 */

/* Where the access is; it leaves or traps when there is no such place. */
#define ATOMIC_PLACE(M, k)                                                                         \
	ACCESS(GET_i32(pc[2]), pc + (k));                                                          \
	if (UNLIKELY((end & (sizeof(m_##M) - 1)) != 0)) {                                          \
		TRAP(UNALIGNED);                                                                   \
	}                                                                                          \
	uint8_t *place = mem + end - sizeof(m_##M)

HANDLER(atomic_fence_one)
{
	if (OCRE_ENGINE_ATOMIC32) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	NEXT(2);
}

#define ATOMIC_LOAD(name, T, M)                                                                    \
	HANDLER(name##_one)                                                                        \
	{                                                                                          \
		ATOMIC_PLACE(M, 3);                                                                \
		PUT_##T(pc[1], atomic_load_##M(place));                                            \
		NEXT(5);                                                                           \
	}
#define ATOMIC_STORE(name, T, M)                                                                   \
	HANDLER(name##_one)                                                                        \
	{                                                                                          \
		ATOMIC_PLACE(M, 4);                                                                \
		atomic_store_##M(place, (m_##M)GET_##T(pc[3]));                                    \
		NEXT(6);                                                                           \
	}
#define ATOMIC_RMW(name, T, M, op)                                                                 \
	HANDLER(name##_one)                                                                        \
	{                                                                                          \
		ATOMIC_PLACE(M, 4);                                                                \
		PUT_##T(pc[1], atomic_##op##_##M(place, (m_##M)GET_##T(pc[3])));                   \
		NEXT(6);                                                                           \
	}
/* The expected value is compared in the width of the access, as the proposal has it. */
#define ATOMIC_CMPXCHG(name, T, M)                                                                 \
	HANDLER(name##_one)                                                                        \
	{                                                                                          \
		ATOMIC_PLACE(M, 5);                                                                \
		PUT_##T(pc[1],                                                                     \
			atomic_cmpxchg_##M(place, (m_##M)GET_##T(pc[3]), (m_##M)GET_##T(pc[4])));  \
		NEXT(7);                                                                           \
	}

ATOMIC_LOAD(i32_atomic_load, i32, u32)
ATOMIC_LOAD(i64_atomic_load, i64, u64)
ATOMIC_LOAD(i32_atomic_load8_u, i32, u8)
ATOMIC_LOAD(i32_atomic_load16_u, i32, u16)
ATOMIC_LOAD(i64_atomic_load8_u, i64, u8)
ATOMIC_LOAD(i64_atomic_load16_u, i64, u16)
ATOMIC_LOAD(i64_atomic_load32_u, i64, u32)
ATOMIC_STORE(i32_atomic_store, i32, u32)
ATOMIC_STORE(i64_atomic_store, i64, u64)
ATOMIC_STORE(i32_atomic_store8, i32, u8)
ATOMIC_STORE(i32_atomic_store16, i32, u16)
ATOMIC_STORE(i64_atomic_store8, i64, u8)
ATOMIC_STORE(i64_atomic_store16, i64, u16)
ATOMIC_STORE(i64_atomic_store32, i64, u32)

#define ATOMIC_RMWS(op)                                                                            \
	ATOMIC_RMW(i32_atomic_rmw_##op, i32, u32, op)                                              \
	ATOMIC_RMW(i64_atomic_rmw_##op, i64, u64, op)                                              \
	ATOMIC_RMW(i32_atomic_rmw8_##op##_u, i32, u8, op)                                          \
	ATOMIC_RMW(i32_atomic_rmw16_##op##_u, i32, u16, op)                                        \
	ATOMIC_RMW(i64_atomic_rmw8_##op##_u, i64, u8, op)                                          \
	ATOMIC_RMW(i64_atomic_rmw16_##op##_u, i64, u16, op)                                        \
	ATOMIC_RMW(i64_atomic_rmw32_##op##_u, i64, u32, op)
ATOMIC_RMWS(add)
ATOMIC_RMWS(sub)
ATOMIC_RMWS(and)
ATOMIC_RMWS(or)
ATOMIC_RMWS(xor)
ATOMIC_RMWS(xchg)

ATOMIC_CMPXCHG(i32_atomic_rmw_cmpxchg, i32, u32)
ATOMIC_CMPXCHG(i64_atomic_rmw_cmpxchg, i64, u64)
ATOMIC_CMPXCHG(i32_atomic_rmw8_cmpxchg_u, i32, u8)
ATOMIC_CMPXCHG(i32_atomic_rmw16_cmpxchg_u, i32, u16)
ATOMIC_CMPXCHG(i64_atomic_rmw8_cmpxchg_u, i64, u8)
ATOMIC_CMPXCHG(i64_atomic_rmw16_cmpxchg_u, i64, u16)
ATOMIC_CMPXCHG(i64_atomic_rmw32_cmpxchg_u, i64, u32)
