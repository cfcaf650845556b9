/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simd.h - the vector instructions (4.3.6, 4.4.3), a part of interp.c.
 *
 * A vector lies in four frame cells as 16 bytes with little-endian lanes, on every host. A handler
 * reads its operands as arrays of lanes, does a plain loop over them and writes the result: the
 * compiler makes vector instructions of the host out of it. Words: [op, d, operands ..., offset lo,
 * hi, lane]. All operands are read before the result is written, for their cells may overlap.
 *
 * With tail calls these are handlers like all others. Otherwise they are a function of their own,
 * so that the loop of the interpreter keeps its registers.
 */
#ifndef OCRE_ENGINE_SIMD_H
#define OCRE_ENGINE_SIMD_H

#if OCRE_ENGINE_TAIL_DISPATCH
#define VECTOR(name)  HANDLER(name##_one)
#define VECTOR_END(n) NEXT(n)
#else
#define VECTOR(name) case H_##name##_one:
#define VECTOR_END(n)                                                                              \
	do {                                                                                       \
		x->pc = pc + (n);                                                                  \
		return LEAVE_NOT;                                                                  \
	} while (0)
/* Not a reason to leave: go on at x->pc. */
#define LEAVE_NOT ((enum leave)0xff)
#endif

/* Unrolled lanes become scalars, and are rarely put together again. */
#if defined(__clang__)
#define EACH_LANE(i, n) _Pragma("clang loop unroll(disable)") for (uint32_t i = 0; i < (n); i++)
#else
#define EACH_LANE(i, n) _Pragma("GCC unroll 1") for (uint32_t i = 0; i < (n); i++)
#endif

/* ---- shapes ---- */

/* Between the order of the host and that of cells. */
static inline void lanes_order(void *lanes, size_t size)
{
	uint8_t *at = lanes;

	if (!BIG_ENDIAN_HOST || size == 1) {
		return;
	}
	for (size_t i = 0; i < 16; i += size) {
		for (size_t k = 0; k < size / 2; k++) {
			uint8_t byte = at[i + k];

			at[i + k] = at[i + size - 1 - k];
			at[i + size - 1 - k] = byte;
		}
	}
}

#define LANES(T) (16 / sizeof(l_##T))
#define SHAPE(T, type)                                                                             \
	typedef type l_##T;                                                                        \
	struct v_##T {                                                                             \
		type l[16 / sizeof(type)];                                                         \
	};                                                                                         \
	static inline struct v_##T get_##T(const uint32_t *cells) {                                \
		struct v_##T v;                                                                    \
		memcpy(&v, cells, 16);                                                             \
		lanes_order(&v, sizeof(type));                                                     \
		return v;                                                                          \
	} static inline void put_##T(uint32_t *cells, struct v_##T v)                              \
	{                                                                                          \
		lanes_order(&v, sizeof(type));                                                     \
		memcpy(cells, &v, 16);                                                             \
	}
SHAPE(u8, uint8_t)
SHAPE(s8, int8_t)
SHAPE(u16, uint16_t)
SHAPE(s16, int16_t)
SHAPE(u32, uint32_t)
SHAPE(s32, int32_t)
SHAPE(u64, uint64_t)
SHAPE(s64, int64_t)
SHAPE(f32, float)
SHAPE(f64, double)

/* The bytes of a vector in cells: one lane of it is read and written like guest memory. */
static inline uint8_t *lane_at(uint32_t *cells, uint32_t lane, size_t size)
{
	return (uint8_t *)cells + lane * size;
}

/* A lower bound first: so compilers know it as a minimum of a maximum. */
static inline int32_t clamp(int32_t v, int32_t low, int32_t high)
{
	v = v < low ? low : v;
	return v > high ? high : v;
}

static inline uint8_t add_sat_u8(uint8_t a, uint8_t b)
{
	const uint8_t room = (uint8_t)~a;

	return (uint8_t)(a + (b < room ? b : room));
}

static inline uint16_t add_sat_u16(uint16_t a, uint16_t b)
{
	const uint16_t room = (uint16_t)~a;

	return (uint16_t)(a + (b < room ? b : room));
}

static inline uint32_t popcnt8(uint32_t v)
{
	v -= v >> 1 & 0x55;
	v = (v & 0x33) + (v >> 2 & 0x33);
	return (v + (v >> 4)) & 0x0f;
}

#if !OCRE_ENGINE_TAIL_DISPATCH
__attribute__((noinline)) static enum leave vector(struct exec *x, const uint16_t *pc, uint32_t *fp,
						   uint8_t *mem, intptr_t budget)
{
	switch (*pc) {
#endif

		/* ---- memory ---- */

		VECTOR(v128_load)
		{
			ACCESS(GET_i32(pc[2]), pc + 3);
			memcpy(fp + pc[1], mem + end - 16, 16);
			VECTOR_END(5);
		}

		VECTOR(v128_store)
		{
			ACCESS(GET_i32(pc[2]), pc + 4);
			memcpy(mem + end - 16, fp + pc[3], 16);
			VECTOR_END(6);
		}

/* Eight bytes of memory as lanes M of half the size: S sign or zero extends them. */
#define V_LOAD_EXTEND(name, R, M, S)                                                               \
	VECTOR(name)                                                                               \
	{                                                                                          \
		ACCESS(GET_i32(pc[2]), pc + 3);                                                    \
		const uint8_t *from = mem + end - 8;                                               \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			v.l[i] = (S)read_##M(from + i * sizeof(m_##M));                            \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(5);                                                                     \
	}
		V_LOAD_EXTEND(v128_load8x8_s, s16, u8, int8_t)
		V_LOAD_EXTEND(v128_load8x8_u, u16, u8, uint8_t)
		V_LOAD_EXTEND(v128_load16x4_s, s32, u16, int16_t)
		V_LOAD_EXTEND(v128_load16x4_u, u32, u16, uint16_t)
		V_LOAD_EXTEND(v128_load32x2_s, s64, u32, int32_t)
		V_LOAD_EXTEND(v128_load32x2_u, u64, u32, uint32_t)

#define V_FILL(T, value)                                                                           \
	do {                                                                                       \
		const l_##T lane = (l_##T)(value);                                                 \
		struct v_##T v;                                                                    \
		EACH_LANE(i, LANES(T))                                                             \
		{                                                                                  \
			v.l[i] = lane;                                                             \
		}                                                                                  \
		put_##T(fp + pc[1], v);                                                            \
	} while (0)

#define V_LOAD_SPLAT(name, T)                                                                      \
	VECTOR(name)                                                                               \
	{                                                                                          \
		ACCESS(GET_i32(pc[2]), pc + 3);                                                    \
		V_FILL(T, read_##T(mem + end - sizeof(l_##T)));                                    \
		VECTOR_END(5);                                                                     \
	}
		V_LOAD_SPLAT(v128_load8_splat, u8)
		V_LOAD_SPLAT(v128_load16_splat, u16)
		V_LOAD_SPLAT(v128_load32_splat, u32)
		V_LOAD_SPLAT(v128_load64_splat, u64)

#define V_LOAD_ZERO(name, T)                                                                       \
	VECTOR(name)                                                                               \
	{                                                                                          \
		ACCESS(GET_i32(pc[2]), pc + 3);                                                    \
		struct v_##T v = {{read_##T(mem + end - sizeof(l_##T))}};                          \
		put_##T(fp + pc[1], v);                                                            \
		VECTOR_END(5);                                                                     \
	}
		V_LOAD_ZERO(v128_load32_zero, u32)
		V_LOAD_ZERO(v128_load64_zero, u64)

/* Vector `from` with one lane replaced. */
#define V_WITH_LANE(T, from, lane, value)                                                          \
	do {                                                                                       \
		const l_##T lane_value = (l_##T)(value);                                           \
		uint64_t low = load_cells(fp + (from));                                            \
		uint64_t high = load_cells(fp + (from) + 2);                                       \
		store_cells(fp + pc[1], low);                                                      \
		store_cells(fp + pc[1] + 2, high);                                                 \
		write_##T(lane_at(fp + pc[1], (lane), sizeof(l_##T)), lane_value);                 \
	} while (0)

#define V_LANE_ACCESS(bits)                                                                        \
	VECTOR(v128_load##bits##_lane)                                                             \
	{                                                                                          \
		ACCESS(GET_i32(pc[2]), pc + 4);                                                    \
		V_WITH_LANE(u##bits, pc[3], pc[6], read_u##bits(mem + end - bits / 8));            \
		VECTOR_END(7);                                                                     \
	}                                                                                          \
	VECTOR(v128_store##bits##_lane)                                                            \
	{                                                                                          \
		ACCESS(GET_i32(pc[2]), pc + 4);                                                    \
		memcpy(mem + end - bits / 8, lane_at(fp + pc[3], pc[6], bits / 8), bits / 8);      \
		VECTOR_END(7);                                                                     \
	}
		V_LANE_ACCESS(8)
		V_LANE_ACCESS(16)
		V_LANE_ACCESS(32)
		V_LANE_ACCESS(64)

		/* ---- lanes ---- */

		VECTOR(i8x16_shuffle)
		{
			const uint8_t *lanes = (const uint8_t *)(pc + 4);
			uint8_t from[32];
			struct v_u8 v;

			memcpy(from, fp + pc[2], 16);
			memcpy(from + 16, fp + pc[3], 16);
			for (uint32_t i = 0; i < 16; i++) {
				v.l[i] = from[lanes[i] & 31];
			}
			put_u8(fp + pc[1], v);
			VECTOR_END(12);
		}

		VECTOR(i8x16_swizzle)
		{
			const struct v_u8 a = get_u8(fp + pc[2]);
			const struct v_u8 b = get_u8(fp + pc[3]);
			struct v_u8 v;

			for (uint32_t i = 0; i < 16; i++) {
				v.l[i] = b.l[i] < 16 ? a.l[b.l[i] & 15] : 0;
			}
			put_u8(fp + pc[1], v);
			VECTOR_END(4);
		}

/* C: what the value is in cells; a float travels as its bits. */
#define V_SPLAT(name, T, C)                                                                        \
	VECTOR(name)                                                                               \
	{                                                                                          \
		V_FILL(T, GET_##C(pc[2]));                                                         \
		VECTOR_END(3);                                                                     \
	}
		V_SPLAT(i8x16_splat, u8, i32)
		V_SPLAT(i16x8_splat, u16, i32)
		V_SPLAT(i32x4_splat, u32, i32)
		V_SPLAT(i64x2_splat, u64, i64)
		V_SPLAT(f32x4_splat, u32, i32)
		V_SPLAT(f64x2_splat, u64, i64)

#define V_EXTRACT(name, M, S, C)                                                                   \
	VECTOR(name)                                                                               \
	{                                                                                          \
		PUT_##C(pc[1], (c_##C)(S)read_##M(lane_at(fp + pc[2], pc[3], sizeof(m_##M))));     \
		VECTOR_END(4);                                                                     \
	}
		V_EXTRACT(i8x16_extract_lane_s, u8, int8_t, i32)
		V_EXTRACT(i8x16_extract_lane_u, u8, uint8_t, i32)
		V_EXTRACT(i16x8_extract_lane_s, u16, int16_t, i32)
		V_EXTRACT(i16x8_extract_lane_u, u16, uint16_t, i32)
		V_EXTRACT(i32x4_extract_lane, u32, uint32_t, i32)
		V_EXTRACT(i64x2_extract_lane, u64, uint64_t, i64)
		V_EXTRACT(f32x4_extract_lane, u32, uint32_t, i32)
		V_EXTRACT(f64x2_extract_lane, u64, uint64_t, i64)

#define V_REPLACE(name, T, C)                                                                      \
	VECTOR(name)                                                                               \
	{                                                                                          \
		V_WITH_LANE(T, pc[2], pc[4], GET_##C(pc[3]));                                      \
		VECTOR_END(5);                                                                     \
	}
		V_REPLACE(i8x16_replace_lane, u8, i32)
		V_REPLACE(i16x8_replace_lane, u16, i32)
		V_REPLACE(i32x4_replace_lane, u32, i32)
		V_REPLACE(i64x2_replace_lane, u64, i64)
		V_REPLACE(f32x4_replace_lane, u32, i32)
		V_REPLACE(f64x2_replace_lane, u64, i64)

/* ---- lane by lane ---- */

/* Operands of shape T, a result of shape R, an expression in the lanes a and b. */
#define V_UN(name, T, R, ...)                                                                      \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T va = get_##T(fp + pc[2]);                                       \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			const l_##T a = va.l[i];                                                   \
			v.l[i] = (l_##R)(__VA_ARGS__);                                             \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(3);                                                                     \
	}

#define V_BIN(name, T, R, ...)                                                                     \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T va = get_##T(fp + pc[2]);                                       \
		const struct v_##T vb = get_##T(fp + pc[3]);                                       \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			const l_##T a = va.l[i];                                                   \
			const l_##T b = vb.l[i];                                                   \
			v.l[i] = (l_##R)(__VA_ARGS__);                                             \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(4);                                                                     \
	}

/* An expression in the lane a and the count n. */
#define V_SHIFT(name, T, ...)                                                                      \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T va = get_##T(fp + pc[2]);                                       \
		const uint32_t n = GET_i32(pc[3]) & (8 * sizeof(l_##T) - 1);                       \
		struct v_##T v;                                                                    \
		EACH_LANE(i, LANES(T))                                                             \
		{                                                                                  \
			const l_##T a = va.l[i];                                                   \
			v.l[i] = (l_##T)(__VA_ARGS__);                                             \
		}                                                                                  \
		put_##T(fp + pc[1], v);                                                            \
		VECTOR_END(4);                                                                     \
	}

/* Whether every lane is other than zero; the upper bit of each lane. */
#define V_TESTS(shape, U, S)                                                                       \
	VECTOR(shape##_all_true)                                                                   \
	{                                                                                          \
		const struct v_##U va = get_##U(fp + pc[2]);                                       \
		l_##U zeros = 0;                                                                   \
		EACH_LANE(i, LANES(U))                                                             \
		{                                                                                  \
			zeros = (l_##U)(zeros | (va.l[i] == 0));                                   \
		}                                                                                  \
		PUT_i32(pc[1], zeros == 0);                                                        \
		VECTOR_END(3);                                                                     \
	}                                                                                          \
	VECTOR(shape##_bitmask)                                                                    \
	{                                                                                          \
		const struct v_##S va = get_##S(fp + pc[2]);                                       \
		uint32_t mask = 0;                                                                 \
		for (uint32_t i = 0; i < LANES(S); i++) {                                          \
			mask |= (uint32_t)(va.l[i] < 0) << i;                                      \
		}                                                                                  \
		PUT_i32(pc[1], mask);                                                              \
		VECTOR_END(3);                                                                     \
	}

/* What a comparison gives: all bits, or none. */
#define MASK(condition) (-(condition))

/* `0u +` makes small lanes unsigned, and does nothing to others. */
#define V_INT(shape, U, S)                                                                         \
	V_UN(shape##_abs, S, U, a < 0 ? 0u - (l_##U)a : 0u + (l_##U)a)                             \
	V_UN(shape##_neg, U, U, 0u - a)                                                            \
	V_BIN(shape##_add, U, U, a + b)                                                            \
	V_BIN(shape##_sub, U, U, a - b)                                                            \
	V_SHIFT(shape##_shl, U, (0u + a) << n)                                                     \
	V_SHIFT(shape##_shr_s, S, a >> n)                                                          \
	V_SHIFT(shape##_shr_u, U, a >> n)                                                          \
	V_BIN(shape##_eq, U, U, MASK(a == b))                                                      \
	V_BIN(shape##_ne, U, U, MASK(a != b))                                                      \
	V_BIN(shape##_lt_s, S, U, MASK(a < b))                                                     \
	V_BIN(shape##_gt_s, S, U, MASK(a > b))                                                     \
	V_BIN(shape##_le_s, S, U, MASK(a <= b))                                                    \
	V_BIN(shape##_ge_s, S, U, MASK(a >= b))                                                    \
	V_TESTS(shape, U, S)
		V_INT(i8x16, u8, s8)
		V_INT(i16x8, u16, s16)
		V_INT(i32x4, u32, s32)
		V_INT(i64x2, u64, s64)

/* What lanes of 64 bits have not. */
#define V_SMALL_INT(shape, U, S)                                                                   \
	V_BIN(shape##_lt_u, U, U, MASK(a < b))                                                     \
	V_BIN(shape##_gt_u, U, U, MASK(a > b))                                                     \
	V_BIN(shape##_le_u, U, U, MASK(a <= b))                                                    \
	V_BIN(shape##_ge_u, U, U, MASK(a >= b))                                                    \
	V_BIN(shape##_min_s, S, S, a < b ? a : b)                                                  \
	V_BIN(shape##_min_u, U, U, a < b ? a : b)                                                  \
	V_BIN(shape##_max_s, S, S, a > b ? a : b)                                                  \
	V_BIN(shape##_max_u, U, U, a > b ? a : b)
		V_SMALL_INT(i8x16, u8, s8)
		V_SMALL_INT(i16x8, u16, s16)
		V_SMALL_INT(i32x4, u32, s32)

#define V_SATURATING(shape, U, S, low, high)                                                       \
	V_BIN(shape##_add_sat_s, S, S, clamp(a + b, low, high))                                    \
	V_BIN(shape##_sub_sat_s, S, S, clamp(a - b, low, high))                                    \
	V_BIN(shape##_add_sat_u, U, U, add_sat_##U(a, b))                                          \
	V_BIN(shape##_sub_sat_u, U, U, a > b ? a - b : 0)                                          \
	V_BIN(shape##_avgr_u, U, U, (a + b + 1) >> 1)
		V_SATURATING(i8x16, u8, s8, INT8_MIN, INT8_MAX)
		V_SATURATING(i16x8, u16, s16, INT16_MIN, INT16_MAX)

		V_UN(i8x16_popcnt, u8, u8, popcnt8(a))
		V_BIN(i16x8_mul, u16, u16, (0u + a) * b)
		V_BIN(i32x4_mul, u32, u32, a * b)
		V_BIN(i64x2_mul, u64, u64, a * b)
		V_BIN(i16x8_q15mulr_sat_s, s16, s16,
		      clamp((a * b + 0x4000) >> 15, INT16_MIN, INT16_MAX))

		V_UN(v128_not, u64, u64, ~a)
		V_BIN(v128_and, u64, u64, a & b)
		V_BIN(v128_andnot, u64, u64, a & ~b)
		V_BIN(v128_or, u64, u64, a | b)
		V_BIN(v128_xor, u64, u64, a ^ b)

		VECTOR(v128_bitselect)
		{
			const struct v_u64 a = get_u64(fp + pc[2]);
			const struct v_u64 b = get_u64(fp + pc[3]);
			const struct v_u64 c = get_u64(fp + pc[4]);
			struct v_u64 v;

			EACH_LANE(i, 2)
			{
				v.l[i] = (a.l[i] & c.l[i]) | (b.l[i] & ~c.l[i]);
			}
			put_u64(fp + pc[1], v);
			VECTOR_END(5);
		}

		VECTOR(v128_any_true)
		{
			PUT_i32(pc[1], (load_cells(fp + pc[2]) | load_cells(fp + pc[2] + 2)) != 0);
			VECTOR_END(3);
		}

		/* ---- floats ---- */

/* A NaN comes out quiet, also where the compiler writes `rounded` out and passes it through. */
#define QUIET(a, rounded) (a != a ? a + a : rounded)

#define V_FLOAT(shape, F, U, fn, sign)                                                             \
	V_UN(shape##_abs, U, U, a & ~sign)                                                         \
	V_UN(shape##_neg, U, U, a ^ sign)                                                          \
	V_UN(shape##_ceil, F, F, QUIET(a, ceil##fn(a)))                                            \
	V_UN(shape##_floor, F, F, QUIET(a, floor##fn(a)))                                          \
	V_UN(shape##_trunc, F, F, QUIET(a, trunc##fn(a)))                                          \
	V_UN(shape##_nearest, F, F, QUIET(a, rint##fn(a)))                                         \
	V_UN(shape##_sqrt, F, F, sqrt##fn(a))                                                      \
	V_BIN(shape##_eq, F, U, MASK(a == b))                                                      \
	V_BIN(shape##_ne, F, U, MASK(a != b))                                                      \
	V_BIN(shape##_lt, F, U, MASK(a < b))                                                       \
	V_BIN(shape##_gt, F, U, MASK(a > b))                                                       \
	V_BIN(shape##_le, F, U, MASK(a <= b))                                                      \
	V_BIN(shape##_ge, F, U, MASK(a >= b))                                                      \
	V_BIN(shape##_add, F, F, a + b)                                                            \
	V_BIN(shape##_sub, F, F, a - b)                                                            \
	V_BIN(shape##_mul, F, F, a *b)                                                             \
	V_BIN(shape##_div, F, F, a / b)                                                            \
	V_BIN(shape##_min, F, F, F##_min(a, b))                                                    \
	V_BIN(shape##_max, F, F, F##_max(a, b))                                                    \
	V_BIN(shape##_pmin, F, F, b < a ? b : a)                                                   \
	V_BIN(shape##_pmax, F, F, a < b ? b : a)
		V_FLOAT(f32x4, f32, u32, f, F32_SIGN)
		V_FLOAT(f64x2, f64, u64, , F64_SIGN)

/* ---- conversions ---- */

/* Towards zero; the ends of the range, and 0 for a NaN. The bounds are exact in both types. */
#define TO_S32(F, a)                                                                               \
	(a < (F)-2147483648.0	? INT32_MIN                                                        \
	 : a >= (F)2147483648.0 ? INT32_MAX                                                        \
	 : a != a		? 0                                                                \
				: (int32_t)a)
#define TO_U32(F, a) (!(a > 0) ? 0 : a >= (F)4294967296.0 ? UINT32_MAX : (uint32_t)a)
		V_UN(i32x4_trunc_sat_f32x4_s, f32, s32, TO_S32(l_f32, a))
		V_UN(i32x4_trunc_sat_f32x4_u, f32, u32, TO_U32(l_f32, a))
		V_UN(f32x4_convert_i32x4_s, s32, f32, a)
		V_UN(f32x4_convert_i32x4_u, u32, f32, a)

/* Two lanes of 64 bits into the lower half, above it zeros. */
#define V_LOW_ZERO(name, T, R, ...)                                                                \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T va = get_##T(fp + pc[2]);                                       \
		struct v_##R v = {{0}};                                                            \
		EACH_LANE(i, 2)                                                                    \
		{                                                                                  \
			const l_##T a = va.l[i];                                                   \
			v.l[i] = (l_##R)(__VA_ARGS__);                                             \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(3);                                                                     \
	}
		V_LOW_ZERO(i32x4_trunc_sat_f64x2_s_zero, f64, s32, TO_S32(l_f64, a))
		V_LOW_ZERO(i32x4_trunc_sat_f64x2_u_zero, f64, u32, TO_U32(l_f64, a))
		V_LOW_ZERO(f32x4_demote_f64x2_zero, f64, f32, a)

		/* The lower lanes; V_UN does as many as the result has. */
		V_UN(f64x2_promote_low_f32x4, f32, f64, a)
		V_UN(f64x2_convert_low_i32x4_s, s32, f64, a)
		V_UN(f64x2_convert_low_i32x4_u, u32, f64, a)

/* One half of the lanes of T, `first` and up, to lanes of R of twice the size. */
#define V_EXTEND_HALF(name, T, R, first)                                                           \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T a = get_##T(fp + pc[2]);                                        \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			v.l[i] = (l_##R)a.l[i + (first)];                                          \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(3);                                                                     \
	}
/* A product of lanes of T never exceeds R. */
#define V_MULTIPLY_HALF(name, T, R, first)                                                         \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T a = get_##T(fp + pc[2]);                                        \
		const struct v_##T b = get_##T(fp + pc[3]);                                        \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			v.l[i] = (l_##R)((l_##R)a.l[i + (first)] * (l_##R)b.l[i + (first)]);       \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(4);                                                                     \
	}
#define V_WIDEN(shape, from, T, R, sign)                                                           \
	V_EXTEND_HALF(shape##_extend_low_##from##_##sign, T, R, 0)                                 \
	V_EXTEND_HALF(shape##_extend_high_##from##_##sign, T, R, LANES(R))                         \
	V_MULTIPLY_HALF(shape##_extmul_low_##from##_##sign, T, R, 0)                               \
	V_MULTIPLY_HALF(shape##_extmul_high_##from##_##sign, T, R, LANES(R))
		V_WIDEN(i16x8, i8x16, s8, s16, s)
		V_WIDEN(i16x8, i8x16, u8, u16, u)
		V_WIDEN(i32x4, i16x8, s16, s32, s)
		V_WIDEN(i32x4, i16x8, u16, u32, u)
		V_WIDEN(i64x2, i32x4, s32, s64, s)
		V_WIDEN(i64x2, i32x4, u32, u64, u)

/* Sums of neighbours, which fit into lanes of twice the size. */
#define V_PAIRS(name, T, R)                                                                        \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T a = get_##T(fp + pc[2]);                                        \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(R))                                                             \
		{                                                                                  \
			v.l[i] = (l_##R)((l_##R)a.l[2 * i] + (l_##R)a.l[2 * i + 1]);               \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(3);                                                                     \
	}
		V_PAIRS(i16x8_extadd_pairwise_i8x16_s, s8, s16)
		V_PAIRS(i16x8_extadd_pairwise_i8x16_u, u8, u16)
		V_PAIRS(i32x4_extadd_pairwise_i16x8_s, s16, s32)
		V_PAIRS(i32x4_extadd_pairwise_i16x8_u, u16, u32)

		VECTOR(i32x4_dot_i16x8_s)
		{
			const struct v_s16 a = get_s16(fp + pc[2]);
			const struct v_s16 b = get_s16(fp + pc[3]);
			struct v_u32 v;

			/* Each product fits; the sum of two wraps around in one case. */
			EACH_LANE(i, 4)
			{
				v.l[i] = (uint32_t)(a.l[2 * i] * b.l[2 * i]) +
					 (uint32_t)(a.l[2 * i + 1] * b.l[2 * i + 1]);
			}
			put_u32(fp + pc[1], v);
			VECTOR_END(4);
		}

/* The lanes of both operands, saturated to R. */
#define V_NARROW(name, T, R, low, high)                                                            \
	VECTOR(name)                                                                               \
	{                                                                                          \
		const struct v_##T a = get_##T(fp + pc[2]);                                        \
		const struct v_##T b = get_##T(fp + pc[3]);                                        \
		struct v_##R v;                                                                    \
		EACH_LANE(i, LANES(T))                                                             \
		{                                                                                  \
			v.l[i] = (l_##R)clamp(a.l[i], low, high);                                  \
		}                                                                                  \
		EACH_LANE(i, LANES(T))                                                             \
		{                                                                                  \
			v.l[i + LANES(T)] = (l_##R)clamp(b.l[i], low, high);                       \
		}                                                                                  \
		put_##R(fp + pc[1], v);                                                            \
		VECTOR_END(4);                                                                     \
	}
		V_NARROW(i8x16_narrow_i16x8_s, s16, s8, INT8_MIN, INT8_MAX)
		V_NARROW(i8x16_narrow_i16x8_u, s16, u8, 0, UINT8_MAX)
		V_NARROW(i16x8_narrow_i32x4_s, s32, s16, INT16_MIN, INT16_MAX)
		V_NARROW(i16x8_narrow_i32x4_u, s32, u16, 0, UINT16_MAX)

#if !OCRE_ENGINE_TAIL_DISPATCH
	default:
		TRAP(UNREACHABLE);
	}
}
#endif

#endif /* OCRE_ENGINE_SIMD_H */
