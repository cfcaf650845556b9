/* SPDX-License-Identifier: Apache-2.0 */
/* arith.h - the numeric instructions as functions and expressions (4.3). */
#ifndef OCRE_ENGINE_ARITH_H
#define OCRE_ENGINE_ARITH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float f32_of(uint32_t bits)
{
	float f;

	memcpy(&f, &bits, 4);
	return f;
}

static inline uint32_t bits_of32(float f)
{
	uint32_t bits;

	memcpy(&bits, &f, 4);
	return bits;
}

static inline double f64_of(uint64_t bits)
{
	double f;

	memcpy(&f, &bits, 8);
	return f;
}

static inline uint64_t bits_of64(double f)
{
	uint64_t bits;

	memcpy(&bits, &f, 8);
	return bits;
}

static inline uint32_t clz32(uint32_t v)
{
	return v == 0 ? 32 : (uint32_t)__builtin_clz(v);
}

static inline uint32_t ctz32(uint32_t v)
{
	return v == 0 ? 32 : (uint32_t)__builtin_ctz(v);
}

static inline uint64_t clz64(uint64_t v)
{
	return v == 0 ? 64 : (uint64_t)__builtin_clzll(v);
}

static inline uint64_t ctz64(uint64_t v)
{
	return v == 0 ? 64 : (uint64_t)__builtin_ctzll(v);
}

static inline uint32_t popcnt32(uint32_t v)
{
	v -= v >> 1 & 0x55555555u;
	v = (v & 0x33333333u) + (v >> 2 & 0x33333333u);
	return ((v + (v >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24;
}

static inline uint64_t popcnt64(uint64_t v)
{
	return (uint64_t)popcnt32((uint32_t)v) + popcnt32((uint32_t)(v >> 32));
}

static inline uint32_t rotl32(uint32_t v, uint32_t n)
{
	return v << (n & 31) | v >> (-n & 31);
}

static inline uint64_t rotl64(uint64_t v, uint64_t n)
{
	return v << (n & 63) | v >> (-n & 63);
}

/* min and max (4.3.3): a NaN wins, and -0 is below 0. */
static inline float f32_min(float a, float b)
{
	if (a != a || b != b) {
		return a + b;
	}
	if (a == b) {
		return f32_of(bits_of32(a) | bits_of32(b));
	}
	return a < b ? a : b;
}

static inline float f32_max(float a, float b)
{
	if (a != a || b != b) {
		return a + b;
	}
	if (a == b) {
		return f32_of(bits_of32(a) & bits_of32(b));
	}
	return a > b ? a : b;
}

static inline double f64_min(double a, double b)
{
	if (a != a || b != b) {
		return a + b;
	}
	if (a == b) {
		return f64_of(bits_of64(a) | bits_of64(b));
	}
	return a < b ? a : b;
}

static inline double f64_max(double a, double b)
{
	if (a != a || b != b) {
		return a + b;
	}
	if (a == b) {
		return f64_of(bits_of64(a) & bits_of64(b));
	}
	return a > b ? a : b;
}

#define F32_SIGN 0x80000000u
#define F64_SIGN 0x8000000000000000u

/*
 * Conversions of floats to integers: X(name, from, to, lowest, highest). A value v converts when
 * lowest < v < highest; both bounds are floats that lie just outside.
 */
#define OCRE__TRUNCATIONS(X)                                                                       \
	X(i32_trunc_f32_s, f32, i32, int32_t, -2147483904.0f, 2147483648.0f)                       \
	X(i32_trunc_f32_u, f32, i32, uint32_t, -1.0f, 4294967296.0f)                               \
	X(i32_trunc_f64_s, f64, i32, int32_t, -2147483649.0, 2147483648.0)                         \
	X(i32_trunc_f64_u, f64, i32, uint32_t, -1.0, 4294967296.0)                                 \
	X(i64_trunc_f32_s, f32, i64, int64_t, -9223373136366403584.0f, 9223372036854775808.0f)     \
	X(i64_trunc_f32_u, f32, i64, uint64_t, -1.0f, 18446744073709551616.0f)                     \
	X(i64_trunc_f64_s, f64, i64, int64_t, -9223372036854777856.0, 9223372036854775808.0)       \
	X(i64_trunc_f64_u, f64, i64, uint64_t, -1.0, 18446744073709551616.0)

/* Two integer operands: X(name, type, expression in a and b). */
#define OCRE__BIN_LIST(X)                                                                          \
	X(i32_sub, i32, a - b)                                                                     \
	X(i32_shl, i32, a << (b & 31))                                                             \
	X(i32_shr_s, i32, (uint32_t)((int32_t)a >> (b & 31)))                                      \
	X(i32_shr_u, i32, a >> (b & 31))                                                           \
	X(i32_rotl, i32, rotl32(a, b))                                                             \
	X(i32_rotr, i32, rotl32(a, 0u - b))                                                        \
	X(i64_sub, i64, a - b)                                                                     \
	X(i64_shl, i64, a << (b & 63))                                                             \
	X(i64_shr_s, i64, (uint64_t)((int64_t)a >> (b & 63)))                                      \
	X(i64_shr_u, i64, a >> (b & 63))                                                           \
	X(i64_rotl, i64, rotl64(a, b))                                                             \
	X(i64_rotr, i64, rotl64(a, 0u - b))

/* The same that trap: X(name, type, trap condition, trap, expression). */
#define OCRE__DIV_LIST(X)                                                                          \
	X(i32_div_s, i32, a == 0x80000000u && b == 0xffffffffu, INTEGER_OVERFLOW,                  \
	  (uint32_t)((int32_t)a / (int32_t)b))                                                     \
	X(i32_div_u, i32, 0, INTEGER_OVERFLOW, a / b)                                              \
	X(i32_rem_s, i32, 0, INTEGER_OVERFLOW,                                                     \
	  b == 0xffffffffu ? 0 : (uint32_t)((int32_t)a % (int32_t)b))                              \
	X(i32_rem_u, i32, 0, INTEGER_OVERFLOW, a % b)                                              \
	X(i64_div_s, i64, a == F64_SIGN && b == UINT64_MAX, INTEGER_OVERFLOW,                      \
	  (uint64_t)((int64_t)a / (int64_t)b))                                                     \
	X(i64_div_u, i64, 0, INTEGER_OVERFLOW, a / b)                                              \
	X(i64_rem_s, i64, 0, INTEGER_OVERFLOW,                                                     \
	  b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b))                               \
	X(i64_rem_u, i64, 0, INTEGER_OVERFLOW, a % b)

#define OCRE__BINC_LIST(X)                                                                         \
	X(i32_add, i32, a + b)                                                                     \
	X(i32_mul, i32, a *b)                                                                      \
	X(i32_and, i32, a &b)                                                                      \
	X(i32_or, i32, a | b)                                                                      \
	X(i32_xor, i32, a ^ b)                                                                     \
	X(i64_add, i64, a + b)                                                                     \
	X(i64_mul, i64, a *b)                                                                      \
	X(i64_and, i64, a &b)                                                                      \
	X(i64_or, i64, a | b)                                                                      \
	X(i64_xor, i64, a ^ b)

#define OCRE__CMP_LIST(X)                                                                          \
	X(i32_eq, i32, a == b)                                                                     \
	X(i32_ne, i32, a != b)                                                                     \
	X(i32_lt_s, i32, (int32_t)a < (int32_t)b)                                                  \
	X(i32_lt_u, i32, a < b)                                                                    \
	X(i32_gt_s, i32, (int32_t)a > (int32_t)b)                                                  \
	X(i32_gt_u, i32, a > b)                                                                    \
	X(i32_le_s, i32, (int32_t)a <= (int32_t)b)                                                 \
	X(i32_le_u, i32, a <= b)                                                                   \
	X(i32_ge_s, i32, (int32_t)a >= (int32_t)b)                                                 \
	X(i32_ge_u, i32, a >= b)                                                                   \
	X(i64_eq, i64, a == b)                                                                     \
	X(i64_ne, i64, a != b)                                                                     \
	X(i64_lt_s, i64, (int64_t)a < (int64_t)b)                                                  \
	X(i64_lt_u, i64, a < b)                                                                    \
	X(i64_gt_s, i64, (int64_t)a > (int64_t)b)                                                  \
	X(i64_gt_u, i64, a > b)                                                                    \
	X(i64_le_s, i64, (int64_t)a <= (int64_t)b)                                                 \
	X(i64_le_u, i64, a <= b)                                                                   \
	X(i64_ge_s, i64, (int64_t)a >= (int64_t)b)                                                 \
	X(i64_ge_u, i64, a >= b)

/* Two float operands: X(name, operand type, result type, expression). */
#define OCRE__FBIN_LIST(X)                                                                         \
	X(f32_eq, f32, i32, a == b)                                                                \
	X(f32_ne, f32, i32, a != b)                                                                \
	X(f32_lt, f32, i32, a < b)                                                                 \
	X(f32_gt, f32, i32, a > b)                                                                 \
	X(f32_le, f32, i32, a <= b)                                                                \
	X(f32_ge, f32, i32, a >= b)                                                                \
	X(f64_eq, f64, i32, a == b)                                                                \
	X(f64_ne, f64, i32, a != b)                                                                \
	X(f64_lt, f64, i32, a < b)                                                                 \
	X(f64_gt, f64, i32, a > b)                                                                 \
	X(f64_le, f64, i32, a <= b)                                                                \
	X(f64_ge, f64, i32, a >= b)                                                                \
	X(f32_add, f32, f32, a + b)                                                                \
	X(f32_sub, f32, f32, a - b)                                                                \
	X(f32_mul, f32, f32, a *b)                                                                 \
	X(f32_div, f32, f32, a / b)                                                                \
	X(f32_min, f32, f32, f32_min(a, b))                                                        \
	X(f32_max, f32, f32, f32_max(a, b))                                                        \
	X(f32_copysign, f32, f32, f32_of((bits_of32(a) & ~F32_SIGN) | (bits_of32(b) & F32_SIGN)))  \
	X(f64_add, f64, f64, a + b)                                                                \
	X(f64_sub, f64, f64, a - b)                                                                \
	X(f64_mul, f64, f64, a *b)                                                                 \
	X(f64_div, f64, f64, a / b)                                                                \
	X(f64_min, f64, f64, f64_min(a, b))                                                        \
	X(f64_max, f64, f64, f64_max(a, b))                                                        \
	X(f64_copysign, f64, f64, f64_of((bits_of64(a) & ~F64_SIGN) | (bits_of64(b) & F64_SIGN)))

/*
 * One operand: X(name, operand type, result type, expression). Rounding makes a NaN quiet here:
 * compilers that round inline may not.
 */
#define OCRE__UN_LIST(X)                                                                           \
	X(i32_eqz, i32, i32, a == 0)                                                               \
	X(i64_eqz, i64, i32, a == 0)                                                               \
	X(i32_clz, i32, i32, clz32(a))                                                             \
	X(i32_ctz, i32, i32, ctz32(a))                                                             \
	X(i32_popcnt, i32, i32, popcnt32(a))                                                       \
	X(i64_clz, i64, i64, clz64(a))                                                             \
	X(i64_ctz, i64, i64, ctz64(a))                                                             \
	X(i64_popcnt, i64, i64, popcnt64(a))                                                       \
	X(f32_abs, f32, f32, f32_of(bits_of32(a) & ~F32_SIGN))                                     \
	X(f32_neg, f32, f32, f32_of(bits_of32(a) ^ F32_SIGN))                                      \
	X(f32_ceil, f32, f32, a != a ? a + a : ceilf(a))                                           \
	X(f32_floor, f32, f32, a != a ? a + a : floorf(a))                                         \
	X(f32_trunc, f32, f32, a != a ? a + a : truncf(a))                                         \
	X(f32_nearest, f32, f32, a != a ? a + a : rintf(a))                                        \
	X(f32_sqrt, f32, f32, sqrtf(a))                                                            \
	X(f64_abs, f64, f64, f64_of(bits_of64(a) & ~F64_SIGN))                                     \
	X(f64_neg, f64, f64, f64_of(bits_of64(a) ^ F64_SIGN))                                      \
	X(f64_ceil, f64, f64, a != a ? a + a : ceil(a))                                            \
	X(f64_floor, f64, f64, a != a ? a + a : floor(a))                                          \
	X(f64_trunc, f64, f64, a != a ? a + a : trunc(a))                                          \
	X(f64_nearest, f64, f64, a != a ? a + a : rint(a))                                         \
	X(f64_sqrt, f64, f64, sqrt(a))                                                             \
	X(i32_wrap_i64, i64, i32, (uint32_t)a)                                                     \
	X(i64_extend_i32_s, i32, i64, (uint64_t)(int64_t)(int32_t)a)                               \
	X(i64_extend_i32_u, i32, i64, a)                                                           \
	X(f32_convert_i32_s, i32, f32, (float)(int32_t)a)                                          \
	X(f32_convert_i32_u, i32, f32, (float)a)                                                   \
	X(f32_convert_i64_s, i64, f32, (float)(int64_t)a)                                          \
	X(f32_convert_i64_u, i64, f32, (float)a)                                                   \
	X(f32_demote_f64, f64, f32, (float)a)                                                      \
	X(f64_convert_i32_s, i32, f64, (double)(int32_t)a)                                         \
	X(f64_convert_i32_u, i32, f64, (double)a)                                                  \
	X(f64_convert_i64_s, i64, f64, (double)(int64_t)a)                                         \
	X(f64_convert_i64_u, i64, f64, (double)a)                                                  \
	X(f64_promote_f32, f32, f64, (double)a)                                                    \
	X(i32_reinterpret_f32, f32, i32, bits_of32(a))                                             \
	X(i64_reinterpret_f64, f64, i64, bits_of64(a))                                             \
	X(f32_reinterpret_i32, i32, f32, f32_of(a))                                                \
	X(f64_reinterpret_i64, i64, f64, f64_of(a))

#define OCRE__SIGN_EXT_LIST(X)                                                                     \
	X(i32_extend8_s, i32, i32, (uint32_t)(int32_t)(int8_t)a)                                   \
	X(i32_extend16_s, i32, i32, (uint32_t)(int32_t)(int16_t)a)                                 \
	X(i64_extend8_s, i64, i64, (uint64_t)(int64_t)(int8_t)a)                                   \
	X(i64_extend16_s, i64, i64, (uint64_t)(int64_t)(int16_t)a)                                 \
	X(i64_extend32_s, i64, i64, (uint64_t)(int64_t)(int32_t)a)

/* Memory: X(name, type of the value, type in memory, expression for the value in m). */
#define OCRE__LOAD_LIST(X)                                                                         \
	X(i32_load, i32, u32, m)                                                                   \
	X(i64_load, i64, u64, m)                                                                   \
	X(f32_load, f32, u32, f32_of(m))                                                           \
	X(f64_load, f64, u64, f64_of(m))                                                           \
	X(i32_load8_s, i32, u8, (uint32_t)(int32_t)(int8_t)m)                                      \
	X(i32_load8_u, i32, u8, m)                                                                 \
	X(i32_load16_s, i32, u16, (uint32_t)(int32_t)(int16_t)m)                                   \
	X(i32_load16_u, i32, u16, m)                                                               \
	X(i64_load8_s, i64, u8, (uint64_t)(int64_t)(int8_t)m)                                      \
	X(i64_load8_u, i64, u8, m)                                                                 \
	X(i64_load16_s, i64, u16, (uint64_t)(int64_t)(int16_t)m)                                   \
	X(i64_load16_u, i64, u16, m)                                                               \
	X(i64_load32_s, i64, u32, (uint64_t)(int64_t)(int32_t)m)                                   \
	X(i64_load32_u, i64, u32, m)

/* X(name, type of the value, type in memory, expression in v). */
#define OCRE__STORE_LIST(X)                                                                        \
	X(i32_store, i32, u32, v)                                                                  \
	X(i64_store, i64, u64, v)                                                                  \
	X(f32_store, f32, u32, bits_of32(v))                                                       \
	X(f64_store, f64, u64, bits_of64(v))                                                       \
	X(i32_store8, i32, u8, (uint8_t)v)                                                         \
	X(i32_store16, i32, u16, (uint16_t)v)                                                      \
	X(i64_store8, i64, u8, (uint8_t)v)                                                         \
	X(i64_store16, i64, u16, (uint16_t)v)                                                      \
	X(i64_store32, i64, u32, (uint32_t)v)

#endif /* OCRE_ENGINE_ARITH_H */
