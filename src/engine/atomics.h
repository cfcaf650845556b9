/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atomics.h - the handlers of atomic instructions, a part of interp.c. Operands and result are in
 * cells: [op, d, address, operands ..., offset lo, hi], the offset being that of the end of the
 * access. memory.atomic.wait and notify are in wait.c.
 */

HANDLER(atomic_fence_one)
{
	if (OCRE_ENGINE_ATOMIC32) {
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	NEXT(2);
}

#if OCRE_ENGINE_SMALL_ATOMICS

#define ATOMIC_LABELS(op)                                                                          \
	HANDLER(i32_atomic_##op##_one)                                                             \
	HANDLER(i64_atomic_##op##_one)
#define ATOMIC_RMW_LABELS(op)                                                                      \
	ATOMIC_LABELS(rmw_##op)                                                                    \
	ATOMIC_LABELS(rmw8_##op##_u)                                                               \
	ATOMIC_LABELS(rmw16_##op##_u)                                                              \
	HANDLER(i64_atomic_rmw32_##op##_u_one)

ATOMIC_LABELS(load)
ATOMIC_LABELS(load8_u)
ATOMIC_LABELS(load16_u)
HANDLER(i64_atomic_load32_u_one)
ATOMIC_LABELS(store)
ATOMIC_LABELS(store8)
ATOMIC_LABELS(store16)
HANDLER(i64_atomic_store32_one)
ATOMIC_RMW_LABELS(add)
ATOMIC_RMW_LABELS(sub)
ATOMIC_RMW_LABELS(and)
ATOMIC_RMW_LABELS(or)
ATOMIC_RMW_LABELS(xor)
ATOMIC_RMW_LABELS(xchg)
ATOMIC_RMW_LABELS(cmpxchg)
{
	/* i32, i64, i32 of 8 bits, of 16, i64 of 8, 16, 32: the size, and 16 for an i64 */
	static const uint8_t widths[ATOMIC_WIDTHS] = {4, 16 | 8, 1, 2, 16 | 1, 16 | 2, 16 | 4};
	uint32_t number = (uint32_t)(pc[0] - IOP_i32_atomic_load);
	enum atomic_op op = (enum atomic_op)(number / ATOMIC_WIDTHS);
	bool is_i64 = widths[number % ATOMIC_WIDTHS] >= 16;
	uint32_t size = widths[number % ATOMIC_WIDTHS] & 15;
	uint32_t words = op == ATOMIC_OP_LOAD ? 3 : op == ATOMIC_OP_CMPXCHG ? 5 : 4;
	uint64_t a = 0;
	uint64_t b = 0;

	ACCESS(GET_i32(pc[2]), pc + words);
	if (UNLIKELY((end & (size - 1)) != 0)) {
		TRAP(UNALIGNED);
	}
	if (words > 3) {
		a = is_i64 ? GET_i64(pc[3]) : GET_i32(pc[3]);
	}
	if (words > 4) {
		b = is_i64 ? GET_i64(pc[4]) : GET_i32(pc[4]);
	}
	a = atomic_any(op, mem + end - size, size, a, b);
	if (op != ATOMIC_OP_STORE) {
		PUT_i32(pc[1], (uint32_t)a);
		if (is_i64) {
			PUT_i64(pc[1], a);
		}
	}
	NEXT(words + 2);
}

#else

/* Where the access is; it leaves or traps when there is no such place. */
#define ATOMIC_PLACE(M, k)                                                                         \
	ACCESS(GET_i32(pc[2]), pc + (k));                                                          \
	if (UNLIKELY((end & (sizeof(m_##M) - 1)) != 0)) {                                          \
		TRAP(UNALIGNED);                                                                   \
	}                                                                                          \
	uint8_t *place = mem + end - sizeof(m_##M)

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

#endif
