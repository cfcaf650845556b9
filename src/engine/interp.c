/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interp.c - runs internal code (iops.h). One handler for each form of each operation; a handler
 * ends by going to the next. Whatever needs more than that (a host call, growing memory, preparing
 * a function) leaves, with the reason, and run.c does it. So a handler keeps nothing on the native
 * stack, and a guest of any depth runs on a small constant of it.
 */
#include <string.h>

/* Copies of a few bytes are loads and stores, in freestanding builds too. */
#define memcpy(to, from, size) __builtin_memcpy(to, from, size)

#include "arith.h"
#include "exec.h"
#include "forms.h"
#include "native_atomic.h"

/* Every handler has all registers as parameters, whether it needs them or not. */
#pragma GCC diagnostic ignored "-Wunused-parameter"
/* Not every operation begins a pair. */
#pragma GCC diagnostic ignored "-Wunused-function"

#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define BIG_ENDIAN_HOST 1
#else
#define BIG_ENDIAN_HOST 0
#endif

/* ---- words, cells, guest memory ---- */

static inline uint64_t get64(const uint16_t *at)
{
	return (uint64_t)ocre__get32(at) | (uint64_t)ocre__get32(at + 2) << 32;
}

typedef uint32_t c_i32;
typedef uint64_t c_i64;
typedef float c_f32;
typedef double c_f64;

static inline uint64_t load_cells(const uint32_t *at)
{
	uint64_t v;

	memcpy(&v, at, 8);
	return v;
}

static inline void store_cells(uint32_t *at, uint64_t v)
{
	memcpy(at, &v, 8);
}

#define GET_i32(cell)	 (fp[cell])
#define GET_i64(cell)	 load_cells(fp + (cell))
#define GET_f32(cell)	 f32_of(fp[cell])
#define GET_f64(cell)	 f64_of(load_cells(fp + (cell)))
#define PUT_i32(cell, v) (fp[cell] = (v))
#define PUT_i64(cell, v) store_cells(fp + (cell), (v))
#define PUT_f32(cell, v) (fp[cell] = bits_of32(v))
#define PUT_f64(cell, v) store_cells(fp + (cell), bits_of64(v))

/* The accumulators. An i32 is kept zero extended. */
#define ACC_i32	    ((uint32_t)r0)
#define ACC_i64	    r0
#define ACC_f32	    fs
#define ACC_f64	    fd
#define KEEP_i32(v) (r0 = (v))
#define KEEP_i64(v) (r0 = (v))
#define KEEP_f32(v) (fs = (v))
#define KEEP_f64(v) (fd = (v))

#define IMM_i32(at) ocre__get32(at)
#define IMM_i64(at) ((uint64_t)(int64_t)(int32_t)ocre__get32(at))

typedef uint8_t m_u8;
typedef uint16_t m_u16;
typedef uint32_t m_u32;
typedef uint64_t m_u64;

static inline uint8_t read_u8(const uint8_t *at)
{
	return *at;
}

static inline void write_u8(uint8_t *at, uint8_t v)
{
	*at = v;
}

#define MEMORY_TYPE(T, bits, swap)                                                                 \
	static inline uint##bits##_t read_##T(const uint8_t *at)                                   \
	{                                                                                          \
		uint##bits##_t v;                                                                  \
		memcpy(&v, at, sizeof(v));                                                         \
		return BIG_ENDIAN_HOST ? swap(v) : v;                                              \
	}                                                                                          \
	static inline void write_##T(uint8_t *at, uint##bits##_t v)                                \
	{                                                                                          \
		v = BIG_ENDIAN_HOST ? swap(v) : v;                                                 \
		memcpy(at, &v, sizeof(v));                                                         \
	}
MEMORY_TYPE(u16, 16, __builtin_bswap16)
MEMORY_TYPE(u32, 32, __builtin_bswap32)
MEMORY_TYPE(u64, 64, __builtin_bswap64)

/* ---- how handlers reach each other ---- */

/* An instruction that leaves is done again: what it takes from an accumulator must be kept. */
#if OCRE_ENGINE_FUSED
#define SAVE_ACCUMULATORS() (x->r0 = r0, x->fs = fs, x->fd = fd)
#else
#define SAVE_ACCUMULATORS() ((void)0)
#endif

#if OCRE_ENGINE_TAIL_DISPATCH

#if defined(__clang__)
#define MUSTTAIL __attribute__((musttail))
#else
#define MUSTTAIL
#endif

#if defined(__has_attribute) && defined(__has_feature)
#if __has_attribute(preserve_none) && (defined(__x86_64__) || defined(__aarch64__)) &&             \
	!__has_feature(address_sanitizer)
#define PRESERVE_NONE  __attribute__((preserve_none))
#define MANY_REGISTERS 1
#endif
#endif
#ifndef MANY_REGISTERS
#define PRESERVE_NONE
#define MANY_REGISTERS 0
#endif

#if MANY_REGISTERS
/* Enough registers to keep the length of memory and the table of handlers in them. */
struct handler_entry;
#define PARAMS                                                                                     \
	const uint16_t *pc, uint32_t *fp, uint8_t *mem, uint64_t mem_len, intptr_t budget,         \
		struct exec *x, uint64_t r0, const struct handler_entry *table, float fs,          \
		double fd LOW_PARAM
#define ARGS	pc, fp, mem, mem_len, budget, x, r0, table, fs, fd LOW_ARG
#define MEM_LEN mem_len
#if OCRE_ENGINE_EXTENTS
#define LOW_PARAM , size_t mem_low
#define LOW_ARG	  , mem_low
#define ENTRY_LOW , x->mem_low
#define MEM_LOW	  mem_low
#else
#define LOW_PARAM
#define LOW_ARG
#define ENTRY_LOW
#endif
#else
#define PARAMS                                                                                     \
	const uint16_t *pc, uint32_t *fp, uint8_t *mem, intptr_t budget, struct exec *x,           \
		uint64_t r0, float fs, double fd
#define ARGS	pc, fp, mem, budget, x, r0, fs, fd
#define MEM_LEN x->mem_len
#endif

struct handler_entry {
	PRESERVE_NONE enum leave (*go)(PARAMS);
};

#if !MANY_REGISTERS
static const struct handler_entry table[HANDLER_count];
#endif

#define HANDLER(name) static PRESERVE_NONE enum leave op_##name(PARAMS)
#define NEXT(n)                                                                                    \
	do {                                                                                       \
		pc += (n);                                                                         \
		MUSTTAIL return table[*pc].go(ARGS);                                               \
	} while (0)
#define LEAVE(why)                                                                                 \
	do {                                                                                       \
		x->pc = pc;                                                                        \
		x->fp = fp;                                                                        \
		x->budget = budget;                                                                \
		SAVE_ACCUMULATORS();                                                               \
		return (why);                                                                      \
	} while (0)

#else /* one function with a case for each handler */

#define MEM_LEN	      x->mem_len
#define HANDLER(name) case H_##name:
#define NEXT(n)                                                                                    \
	do {                                                                                       \
		pc += (n);                                                                         \
		goto next;                                                                         \
	} while (0)
#define LEAVE(why)                                                                                 \
	do {                                                                                       \
		x->pc = pc;                                                                        \
		x->fp = fp;                                                                        \
		x->budget = budget;                                                                \
		SAVE_ACCUMULATORS();                                                               \
		return (why);                                                                      \
	} while (0)

#endif

#define TRAP(kind)                                                                                 \
	do {                                                                                       \
		x->trap = OCRE_TRAP_##kind;                                                        \
		LEAVE(LEAVE_TRAP);                                                                 \
	} while (0)

/* ---- the windows into linear memory ---- */

#if OCRE_ENGINE_EXTENTS
#ifndef MEM_LOW
#define MEM_LOW x->mem_low
#endif

/* After that many changes of windows, see whether it would pay to make one of the two. */
static inline bool change_window(struct exec *x)
{
	struct window w = x->second;

	if (x->miss - w.low > w.len || x->changes >= MOST_CHANGES) {
		return false;
	}
	x->changes++;
	x->second.mem = x->mem;
	x->second.low = x->mem_low;
	x->second.len = (size_t)x->mem_len;
	x->mem = w.mem;
	x->mem_low = w.low;
	x->mem_len = w.len;
	return true;
}

#if OCRE_ENGINE_TAIL_DISPATCH
/* The access at pc is outside of the window. */
HANDLER(miss)
{
	if (!change_window(x)) {
		LEAVE(LEAVE_MEMORY);
	}
	mem = x->mem;
#if MANY_REGISTERS
	mem_len = x->mem_len;
	mem_low = x->mem_low;
#endif
	NEXT(0);
}
#define MISS(where)                                                                                \
	do {                                                                                       \
		x->miss = (where);                                                                 \
		MUSTTAIL return op_miss(ARGS);                                                     \
	} while (0)
#else
#define MISS(where)                                                                                \
	do {                                                                                       \
		x->miss = (where);                                                                 \
		LEAVE(LEAVE_MEMORY);                                                               \
	} while (0)
#endif
#else
#define MEM_LOW	    0
#define MISS(where) LEAVE(LEAVE_MEMORY)
#endif

/*
 * Where an access ends, counted from the start of the window: `address` + offset of its end. If
 * that is not inside, another window is looked for, and the instruction is done again. A window is
 * an extent; when that is not the first one of memory, as many bytes as the widest access has are
 * left out at its start, so that what ends inside also begins in the extent. Alignment stays what
 * it is.
 */
#if OCRE__WIDE
#define ACCESS(address, at)                                                                        \
	uint64_t end = (uint64_t)(address) + ocre__get32(at) - MEM_LOW;                            \
	if (UNLIKELY(end > MEM_LEN)) {                                                             \
		MISS(end + MEM_LOW);                                                               \
	}
#else
#define ACCESS(address, at)                                                                        \
	uint32_t end;                                                                              \
	if (UNLIKELY(__builtin_add_overflow((address), ocre__get32(at), &end) ||                   \
		     (end -= MEM_LOW) > (uint32_t)MEM_LEN)) {                                      \
		MISS((uint64_t)(address) + ocre__get32(at));                                       \
	}
#endif

#if OCRE_ENGINE_SIMD
#include "simd.h"
#endif

#if !OCRE_ENGINE_TAIL_DISPATCH
#if OCRE_ENGINE_EXTENTS
#undef MISS
#define MISS(where)                                                                                \
	do {                                                                                       \
		x->miss = (where);                                                                 \
		goto miss;                                                                         \
	} while (0)
#endif

enum leave ocre__interp(struct exec *x)
{
	const uint16_t *pc = x->pc;
	uint32_t *fp = x->fp;
	uint8_t *mem = x->mem;
	intptr_t budget = x->budget;
#if OCRE_ENGINE_FUSED
	uint64_t r0 = x->r0;
	float fs = x->fs;
	double fd = x->fd;
#undef KEEP_i32
#else
#undef KEEP_i32
#undef KEEP_i64
#undef KEEP_f32
#undef KEEP_f64
#define KEEP_i32(v) ((void)(v))
#define KEEP_i64(v) ((void)(v))
#define KEEP_f32(v) ((void)(v))
#define KEEP_f64(v) ((void)(v))
#endif
#if OCRE_ENGINE_FUSED
#define KEEP_i32(v) (r0 = (v))
#endif

#if OCRE_ENGINE_EXTENTS
	goto next;
miss:
	if (!change_window(x)) {
		LEAVE(LEAVE_MEMORY);
	}
	mem = x->mem;
#endif
next:
	switch ((enum handler_number) * pc) {
#endif

		/* ---- leaving ---- */

		HANDLER(invalid_one)
		{
			TRAP(UNREACHABLE);
		}

		HANDLER(unreachable_one)
		{
			TRAP(UNREACHABLE);
		}

		HANDLER(oob_one)
		{
			TRAP(MEMORY);
		}

		HANDLER(boundary_one)
		{
			LEAVE(LEAVE_BOUNDARY);
		}

		HANDLER(slow_one)
		{
			LEAVE(LEAVE_SLOW);
		}

/* Pay for the run at pc. What is owed is remembered, so a cost is never paid twice. */
#define PAY(cost)                                                                                  \
	do {                                                                                       \
		budget -= (cost);                                                                  \
		if (UNLIKELY(budget < 0)) {                                                        \
			LEAVE(LEAVE_BUDGET);                                                       \
		}                                                                                  \
	} while (0)

		HANDLER(charge_one)
		{
			uint16_t cost = pc[1];

			pc += 2;
			PAY(cost);
			NEXT(0);
		}

		/* ---- branches ---- */

		HANDLER(br_one)
		{
			uint16_t cost = pc[3];

			pc += (int32_t)ocre__get32(pc + 1);
			PAY(cost);
			NEXT(0);
		}

/* The offset of a conditional branch stands at word k, behind it the two costs. */
#define BRANCH(condition, k)                                                                       \
	do {                                                                                       \
		if (condition) {                                                                   \
			uint16_t cost = pc[(k) + 2];                                               \
			pc += (int32_t)ocre__get32(pc + (k));                                      \
			PAY(cost);                                                                 \
			NEXT(0);                                                                   \
		} else {                                                                           \
			uint16_t cost = pc[(k) + 3];                                               \
			pc += (k) + 4;                                                             \
			PAY(cost);                                                                 \
			NEXT(0);                                                                   \
		}                                                                                  \
	} while (0)

		HANDLER(br_nz_s)
		{
			BRANCH(GET_i32(pc[1]) != 0, 2);
		}

		HANDLER(br_z_s)
		{
			BRANCH(GET_i32(pc[1]) == 0, 2);
		}

#define BR_TABLE(value)                                                                            \
	do {                                                                                       \
		uint32_t n = ocre__get32(pc + 2);                                                  \
		uint32_t i = (value);                                                              \
		const uint16_t *row = pc + 4 + (size_t)3 * (i < n ? i : n);                        \
		uint16_t cost = row[2];                                                            \
		pc += (int32_t)ocre__get32(row);                                                   \
		PAY(cost);                                                                         \
		NEXT(0);                                                                           \
	} while (0)

		HANDLER(br_table_s)
		{
			BR_TABLE(GET_i32(pc[1]));
		}

#if OCRE_ENGINE_FUSED
		HANDLER(br_nz_r)
		{
			BRANCH(ACC_i32 != 0, 2);
		}

		HANDLER(br_z_r)
		{
			BRANCH(ACC_i32 == 0, 2);
		}

		HANDLER(br_table_r)
		{
			BR_TABLE(ACC_i32);
		}
#endif

/* ---- calls ---- */

/*
 * Enter `code`, whose frame begins at `frame`; `point` is where a call instruction has its caller
 * and return offset. Locals are zeroed two cells at a time: there is always room for one more.
 */
#define ENTER(func_index, code, frame, point)                                                      \
	do {                                                                                       \
		uint32_t *record = (frame) + (code)[CODE_PARAMS];                                  \
		uint32_t zero = (code)[CODE_ZERO_COUNT];                                           \
		uint32_t *local = (frame) + (code)[CODE_ZERO_FROM];                                \
		if (UNLIKELY((frame) + (code)[CODE_FRAME] > x->stack_end)) {                       \
			TRAP(STACK);                                                               \
		}                                                                                  \
		record[RECORD_FUNC] = ocre__get32(point);                                          \
		record[RECORD_OFFSET] = ocre__get32((point) + 2);                                  \
		record[RECORD_BASE] = pc[1];                                                       \
		x->func = (func_index);                                                            \
		for (; zero > 0; zero -= 2, local += 2) {                                          \
			store_cells(local, 0);                                                     \
			__asm__ volatile("" : "+r"(local));                                        \
			if (zero == 1) {                                                           \
				break;                                                             \
			}                                                                          \
		}                                                                                  \
		fp = (frame);                                                                      \
		pc = (code) + CODE_HEADER;                                                         \
		PAY((code)[CODE_COST]);                                                            \
		NEXT(0);                                                                           \
	} while (0)

		HANDLER(call_one)
		{
			uint32_t func = ocre__get32(pc + 2);
			const uint16_t *code = ocre__code_of(x, func);
			uint32_t *frame = fp + pc[1];

			if (UNLIKELY(code == NULL)) {
				LEAVE(LEAVE_CALL);
			}
			ENTER(func, code, frame, pc + 4);
		}

		HANDLER(call_indirect_one)
		{
			uint32_t i = GET_i32(pc[2]);
			uint32_t func;
			const uint16_t *code;
			uint32_t *frame = fp + pc[1];

			if (UNLIKELY(pc[5] != 0 || i >= x->table_size ||
				     x->table[i] >> REF_SHIFT != x->ref_base)) {
				LEAVE(LEAVE_CALL_INDIRECT);
			}
			func = REF_FUNC(x->table[i]);
			code = ocre__code_of(x, func);
			if (UNLIKELY(x->funcs[func].type != ocre__get32(pc + 3) || code == NULL)) {
				LEAVE(LEAVE_CALL_INDIRECT);
			}
			ENTER(func, code, frame, pc + 6);
		}

/* Go back to the caller whose record was read into func, offset and base. */
#define GO_BACK()                                                                                  \
	do {                                                                                       \
		const uint16_t *code = ocre__code_of(x, func);                                     \
		fp -= base;                                                                        \
		x->func = func;                                                                    \
		if (UNLIKELY(code == NULL)) {                                                      \
			x->offset = offset;                                                        \
			LEAVE(LEAVE_RETURN);                                                       \
		}                                                                                  \
		pc = code + offset;                                                                \
		NEXT(0);                                                                           \
	} while (0)

#define READ_RECORD()                                                                              \
	const uint32_t *record = fp + pc[1];                                                       \
	uint32_t func = record[RECORD_FUNC];                                                       \
	uint32_t offset = record[RECORD_OFFSET];                                                   \
	uint32_t base = record[RECORD_BASE]

		HANDLER(ret_one)
		{
			READ_RECORD();
			GO_BACK();
		}

		HANDLER(ret32_s)
		{
			READ_RECORD();
			fp[0] = fp[pc[2]];
			GO_BACK();
		}

		HANDLER(ret64_s)
		{
			READ_RECORD();
			store_cells(fp, load_cells(fp + pc[2]));
			GO_BACK();
		}

		HANDLER(retn_one)
		{
			READ_RECORD();
			const uint32_t *from = fp + pc[2];
			uint32_t count = pc[3];

			for (uint32_t i = 0; i < count; i++) {
				fp[i] = from[i];
			}
			GO_BACK();
		}

#if OCRE_ENGINE_FUSED
		HANDLER(ret32_r)
		{
			READ_RECORD();
			fp[0] = (uint32_t)r0;
			GO_BACK();
		}

		HANDLER(ret64_r)
		{
			READ_RECORD();
			store_cells(fp, r0);
			GO_BACK();
		}
#endif

		/* ---- moving values ---- */

		HANDLER(copy32_s)
		{
			uint32_t v = fp[pc[2]];

			fp[pc[1]] = v;
			KEEP_i32(v);
			NEXT(3);
		}

		HANDLER(copy64_s)
		{
			uint64_t v = load_cells(fp + pc[2]);

			store_cells(fp + pc[1], v);
			KEEP_i64(v);
			NEXT(3);
		}

		HANDLER(copy128_one)
		{
			uint64_t low = load_cells(fp + pc[2]);
			uint64_t high = load_cells(fp + pc[2] + 2);

			store_cells(fp + pc[1], low);
			store_cells(fp + pc[1] + 2, high);
			NEXT(3);
		}

		HANDLER(copy32x2_one)
		{
			uint32_t a = fp[pc[2]];
			uint32_t b = fp[pc[4]];

			fp[pc[1]] = a;
			fp[pc[3]] = b;
			NEXT(5);
		}

		HANDLER(const32_s)
		{
			uint32_t v = ocre__get32(pc + 2);

			fp[pc[1]] = v;
			KEEP_i32(v);
			NEXT(4);
		}

		HANDLER(const64_s)
		{
			uint64_t v = get64(pc + 2);

			store_cells(fp + pc[1], v);
			KEEP_i64(v);
			NEXT(6);
		}

		HANDLER(const128_one)
		{
			uint32_t *to = fp + pc[1];

			memcpy(to, pc + 2, 16);
			NEXT(10);
		}

#define SELECT(T, condition)                                                                       \
	do {                                                                                       \
		c_##T a = GET_##T(pc[2]);                                                          \
		c_##T b = GET_##T(pc[3]);                                                          \
		c_##T v = (condition) ? a : b;                                                     \
		PUT_##T(pc[1], v);                                                                 \
		KEEP_##T(v);                                                                       \
		NEXT(5);                                                                           \
	} while (0)

		HANDLER(select32_s)
		{
			SELECT(i32, GET_i32(pc[4]) != 0);
		}

		HANDLER(select64_s)
		{
			SELECT(i64, GET_i32(pc[4]) != 0);
		}

		HANDLER(select128_one)
		{
			const uint32_t *from = fp + (GET_i32(pc[4]) != 0 ? pc[2] : pc[3]);
			uint64_t low = load_cells(from);
			uint64_t high = load_cells(from + 2);

			store_cells(fp + pc[1], low);
			store_cells(fp + pc[1] + 2, high);
			NEXT(5);
		}

		HANDLER(global_get32_s)
		{
			uint32_t v = x->globals[ocre__get32(pc + 2)];

			fp[pc[1]] = v;
			KEEP_i32(v);
			NEXT(4);
		}

		HANDLER(global_get64_s)
		{
			uint64_t v = load_cells(x->globals + ocre__get32(pc + 2));

			store_cells(fp + pc[1], v);
			KEEP_i64(v);
			NEXT(4);
		}

		HANDLER(global_set32_s)
		{
			x->globals[ocre__get32(pc + 2)] = fp[pc[1]];
			NEXT(4);
		}

		HANDLER(global_set64_s)
		{
			store_cells(x->globals + ocre__get32(pc + 2), load_cells(fp + pc[1]));
			NEXT(4);
		}

#if OCRE_ENGINE_FUSED
		HANDLER(copy32_r)
		{
			KEEP_i32(fp[pc[2]]);
			NEXT(3);
		}

		HANDLER(copy64_r)
		{
			KEEP_i64(load_cells(fp + pc[2]));
			NEXT(3);
		}

		HANDLER(const32_r)
		{
			KEEP_i32(ocre__get32(pc + 2));
			NEXT(4);
		}

		HANDLER(const64_r)
		{
			KEEP_i64(get64(pc + 2));
			NEXT(6);
		}

		HANDLER(select32_r)
		{
			SELECT(i32, ACC_i32 != 0);
		}

		HANDLER(select64_r)
		{
			SELECT(i64, ACC_i32 != 0);
		}

		HANDLER(global_get32_r)
		{
			KEEP_i32(x->globals[ocre__get32(pc + 2)]);
			NEXT(4);
		}

		HANDLER(global_get64_r)
		{
			KEEP_i64(load_cells(x->globals + ocre__get32(pc + 2)));
			NEXT(4);
		}

		HANDLER(global_set32_r)
		{
			x->globals[ocre__get32(pc + 2)] = ACC_i32;
			NEXT(4);
		}

		HANDLER(global_set64_r)
		{
			store_cells(x->globals + ocre__get32(pc + 2), r0);
			NEXT(4);
		}
#endif

/* ---- numbers ---- */

/* A result: into the cell of word 1 and the accumulator, or the accumulator alone. */
#define TO_s(R, v, n)                                                                              \
	PUT_##R(pc[1], v);                                                                         \
	KEEP_##R(v);                                                                               \
	NEXT(n)
#define TO_r(R, v, n)                                                                              \
	KEEP_##R(v);                                                                               \
	NEXT(n)

#define UN_FORM(name, from, to, T, R, A, n, ...)                                                   \
	HANDLER(name##_##from##_##to)                                                              \
	{                                                                                          \
		c_##T a = A;                                                                       \
		c_##R v;                                                                           \
		__VA_ARGS__;                                                                       \
		TO_##to(R, v, n);                                                                  \
	}
#if OCRE_ENGINE_FUSED
#define UN_FORMS(name, T, R, ...)                                                                  \
	UN_FORM(name, s, s, T, R, GET_##T(pc[2]), 3, __VA_ARGS__)                                  \
	UN_FORM(name, s, r, T, R, GET_##T(pc[2]), 3, __VA_ARGS__)                                  \
	UN_FORM(name, r, s, T, R, ACC_##T, 2, __VA_ARGS__)                                         \
	UN_FORM(name, r, r, T, R, ACC_##T, 2, __VA_ARGS__)
#else
#define UN_FORMS(name, T, R, ...) UN_FORM(name, s, s, T, R, GET_##T(pc[2]), 3, __VA_ARGS__)
#endif

#define UN(name, T, R, expression) UN_FORMS(name, T, R, v = (c_##R)(expression))
		OCRE__UN_LIST(UN)
#if OCRE_ENGINE_SIGN_EXT
		OCRE__SIGN_EXT_LIST(UN)
#endif

#define TRUNC(name, T, R, C, lowest, highest)                                                      \
	UN_FORMS(                                                                                  \
		name, T, R, if (UNLIKELY(!(a > (lowest) && a < (highest)))) {                      \
			x->trap = a != a ? OCRE_TRAP_CONVERSION : OCRE_TRAP_INTEGER_OVERFLOW;      \
			LEAVE(LEAVE_TRAP);                                                         \
		} v = (c_##R)(C)a)
		OCRE__TRUNCATIONS(TRUNC)

#if OCRE_ENGINE_SATURATING
/* Saturating: the ends of the range, and 0 for a NaN. */
#define I32_MIN_int32_t	 0x80000000u
#define I32_MAX_int32_t	 0x7fffffffu
#define I32_MIN_uint32_t 0u
#define I32_MAX_uint32_t 0xffffffffu
#define I32_MIN_int64_t	 0x8000000000000000u
#define I32_MAX_int64_t	 0x7fffffffffffffffu
#define I32_MIN_uint64_t 0u
#define I32_MAX_uint64_t 0xffffffffffffffffu
#define TRUNC_SAT(name, T, R, C, lowest, highest)                                                  \
	UN_FORMS(name, T, R,                                                                       \
		 v = a != a	      ? 0                                                          \
		     : a <= (lowest)  ? (c_##R)I32_MIN_##C                                         \
		     : a >= (highest) ? (c_##R)I32_MAX_##C                                         \
				      : (c_##R)(C)a)
#define i32_trunc_f32_s i32_trunc_sat_f32_s
#define i32_trunc_f32_u i32_trunc_sat_f32_u
#define i32_trunc_f64_s i32_trunc_sat_f64_s
#define i32_trunc_f64_u i32_trunc_sat_f64_u
#define i64_trunc_f32_s i64_trunc_sat_f32_s
#define i64_trunc_f32_u i64_trunc_sat_f32_u
#define i64_trunc_f64_s i64_trunc_sat_f64_s
#define i64_trunc_f64_u i64_trunc_sat_f64_u
		OCRE__TRUNCATIONS(TRUNC_SAT)
#undef i32_trunc_f32_s
#undef i32_trunc_f32_u
#undef i32_trunc_f64_s
#undef i32_trunc_f64_u
#undef i64_trunc_f32_s
#undef i64_trunc_f32_u
#undef i64_trunc_f64_s
#undef i64_trunc_f64_u
#endif

#define BIN_FORM(name, from, to, T, R, A, B, n, ...)                                               \
	HANDLER(name##_##from##_##to)                                                              \
	{                                                                                          \
		c_##T a = A;                                                                       \
		c_##T b = B;                                                                       \
		c_##R v;                                                                           \
		__VA_ARGS__;                                                                       \
		TO_##to(R, v, n);                                                                  \
	}
#if OCRE_ENGINE_FUSED
#define BINC_FORMS(name, T, R, ...)                                                                \
	BIN_FORM(name, ss, s, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)                \
	BIN_FORM(name, ss, r, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)                \
	BIN_FORM(name, si, s, T, R, GET_##T(pc[2]), IMM_##T(pc + 3), 5, __VA_ARGS__)               \
	BIN_FORM(name, si, r, T, R, GET_##T(pc[2]), IMM_##T(pc + 3), 5, __VA_ARGS__)               \
	BIN_FORM(name, rs, s, T, R, ACC_##T, GET_##T(pc[2]), 3, __VA_ARGS__)                       \
	BIN_FORM(name, rs, r, T, R, ACC_##T, GET_##T(pc[2]), 3, __VA_ARGS__)                       \
	BIN_FORM(name, ri, s, T, R, ACC_##T, IMM_##T(pc + 2), 4, __VA_ARGS__)                      \
	BIN_FORM(name, ri, r, T, R, ACC_##T, IMM_##T(pc + 2), 4, __VA_ARGS__)
#define BIN_FORMS(name, T, R, ...)                                                                 \
	BINC_FORMS(name, T, R, __VA_ARGS__)                                                        \
	BIN_FORM(name, sr, s, T, R, GET_##T(pc[2]), ACC_##T, 3, __VA_ARGS__)                       \
	BIN_FORM(name, sr, r, T, R, GET_##T(pc[2]), ACC_##T, 3, __VA_ARGS__)
#define FBIN_FORMS(name, T, R, ...)                                                                \
	BIN_FORM(name, ss, s, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)                \
	BIN_FORM(name, ss, r, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)                \
	BIN_FORM(name, rs, s, T, R, ACC_##T, GET_##T(pc[2]), 3, __VA_ARGS__)                       \
	BIN_FORM(name, rs, r, T, R, ACC_##T, GET_##T(pc[2]), 3, __VA_ARGS__)                       \
	BIN_FORM(name, sr, s, T, R, GET_##T(pc[2]), ACC_##T, 3, __VA_ARGS__)                       \
	BIN_FORM(name, sr, r, T, R, GET_##T(pc[2]), ACC_##T, 3, __VA_ARGS__)
#else
#define BINC_FORMS(name, T, R, ...)                                                                \
	BIN_FORM(name, ss, s, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)                \
	BIN_FORM(name, si, s, T, R, GET_##T(pc[2]), IMM_##T(pc + 3), 5, __VA_ARGS__)
#define BIN_FORMS(name, T, R, ...) BINC_FORMS(name, T, R, __VA_ARGS__)
#define FBIN_FORMS(name, T, R, ...)                                                                \
	BIN_FORM(name, ss, s, T, R, GET_##T(pc[2]), GET_##T(pc[3]), 4, __VA_ARGS__)
#endif

#define BINC(name, T, expression) BINC_FORMS(name, T, T, v = (expression))
		OCRE__BINC_LIST(BINC)

#define BIN(name, T, expression) BIN_FORMS(name, T, T, v = (expression))
		OCRE__BIN_LIST(BIN)

#define DIV(name, T, condition, kind, expression)                                                  \
	BIN_FORMS(                                                                                 \
		name, T, T,                                                                        \
		if (UNLIKELY(b == 0)) { TRAP(DIVIDE_BY_ZERO); } if (UNLIKELY(condition)) {         \
			TRAP(kind);                                                                \
		} v = (expression))
		OCRE__DIV_LIST(DIV)

#define CMP(name, T, expression) BINC_FORMS(name, T, i32, v = (expression))
		OCRE__CMP_LIST(CMP)

#define FBIN(name, T, R, expression) FBIN_FORMS(name, T, R, v = (c_##R)(expression))
		OCRE__FBIN_LIST(FBIN)

		/* ---- compare and branch ---- */

#define BRCMP_FORM(name, from, T, A, B, k, expression)                                             \
	HANDLER(br_##name##_##from)                                                                \
	{                                                                                          \
		c_##T a = A;                                                                       \
		c_##T b = B;                                                                       \
		BRANCH(expression, k);                                                             \
	}
#if OCRE_ENGINE_FUSED
#define BRCMP(name, T, expression)                                                                 \
	BRCMP_FORM(name, ss, T, GET_##T(pc[1]), GET_##T(pc[2]), 3, expression)                     \
	BRCMP_FORM(name, si, T, GET_##T(pc[1]), IMM_##T(pc + 2), 4, expression)                    \
	BRCMP_FORM(name, rs, T, ACC_##T, GET_##T(pc[1]), 2, expression)                            \
	BRCMP_FORM(name, ri, T, ACC_##T, IMM_##T(pc + 1), 3, expression)
#else
#define BRCMP(name, T, expression)                                                                 \
	BRCMP_FORM(name, ss, T, GET_##T(pc[1]), GET_##T(pc[2]), 3, expression)                     \
	BRCMP_FORM(name, si, T, GET_##T(pc[1]), IMM_##T(pc + 2), 4, expression)
#endif
		OCRE__CMP_LIST(BRCMP)

		/* ---- memory ---- */

#define LOAD_FORM(name, from, to, R, M, A, k, expression)                                          \
	HANDLER(name##_##from##_##to)                                                              \
	{                                                                                          \
		ACCESS(A, pc + (k));                                                               \
		m_##M m = read_##M(mem + end - sizeof(m_##M));                                     \
		c_##R v = expression;                                                              \
		TO_##to(R, v, (k) + 2);                                                            \
	}
#if OCRE_ENGINE_FUSED
#define LOAD(name, R, M, expression)                                                               \
	LOAD_FORM(name, s, s, R, M, GET_i32(pc[2]), 3, expression)                                 \
	LOAD_FORM(name, s, r, R, M, GET_i32(pc[2]), 3, expression)                                 \
	LOAD_FORM(name, r, s, R, M, ACC_i32, 2, expression)                                        \
	LOAD_FORM(name, r, r, R, M, ACC_i32, 2, expression)
#else
#define LOAD(name, R, M, expression) LOAD_FORM(name, s, s, R, M, GET_i32(pc[2]), 3, expression)
#endif
		OCRE__LOAD_LIST(LOAD)

#define STORE_FORM(name, from, T, M, A, V, k, expression)                                          \
	HANDLER(name##_##from)                                                                     \
	{                                                                                          \
		ACCESS(A, pc + (k));                                                               \
		c_##T v = V;                                                                       \
		write_##M(mem + end - sizeof(m_##M), expression);                                  \
		NEXT((k) + 2);                                                                     \
	}
#if OCRE_ENGINE_FUSED
#define STORE(name, T, M, expression)                                                              \
	STORE_FORM(name, ss, T, M, GET_i32(pc[1]), GET_##T(pc[2]), 3, expression)                  \
	STORE_FORM(name, sr, T, M, GET_i32(pc[1]), ACC_##T, 2, expression)                         \
	STORE_FORM(name, rs, T, M, ACC_i32, GET_##T(pc[1]), 2, expression)
#else
#define STORE(name, T, M, expression)                                                              \
	STORE_FORM(name, ss, T, M, GET_i32(pc[1]), GET_##T(pc[2]), 3, expression)
#endif
		OCRE__STORE_LIST(STORE)

#if OCRE_ENGINE_THREADS
#include "atomics.h"
#endif

#if OCRE_ENGINE_SIMD && !OCRE_ENGINE_TAIL_DISPATCH
		/* ---- vectors ---- */

	case H_v128_load_one ... H_f64x2_convert_low_i32x4_u_one: {
		enum leave why = vector(x, pc, fp, mem, budget);

		if (why != LEAVE_NOT) {
			return why;
		}
		pc = x->pc;
		goto next;
	}
#endif

	/* From here on lists of functions confuse the formatter. */
	/* clang-format off */

/* ---- pairs ---- */

#if OCRE_ENGINE_PAIRS

#define FROM_ss(T) GET_##T(pc[2]), GET_##T(pc[3])
#define FROM_si(T) GET_##T(pc[2]), IMM_##T(pc + 3)
#define FROM_rs(T) ACC_##T, GET_##T(pc[2])
#define FROM_ri(T) ACC_##T, IMM_##T(pc + 2)
#define FROM_sr(T) GET_##T(pc[2]), ACC_##T
#define WORDS_ss   4
#define WORDS_si   5
#define WORDS_rs   3
#define WORDS_ri   4
#define WORDS_sr   3

/* The operations as functions, for the first of a pair. */
#define FUNCTION(name, T, expression)                                                              \
	static inline c_##T do_##name(c_##T a, c_##T b)                                            \
	{                                                                                          \
		return expression;                                                                 \
	}
OCRE__BINC_LIST(FUNCTION)
OCRE__BIN_LIST(FUNCTION)
#define FUNCTION_CMP(name, T, expression)                                                          \
	static inline uint32_t do_##name(c_##T a, c_##T b)                                         \
	{                                                                                          \
		return expression;                                                                 \
	}
OCRE__CMP_LIST(FUNCTION_CMP)
#define FUNCTION_FLOAT(name, T, R, expression)                                                     \
	static inline c_##R do_##name(c_##T a, c_##T b)                                            \
	{                                                                                          \
		return (c_##R)(expression);                                                        \
	}
OCRE__FBIN_LIST(FUNCTION_FLOAT)
#define FUNCTION_LOAD(name, R, M, expression)                                                      \
	enum { SIZE_##name = sizeof(m_##M) };                                                      \
	static inline c_##R do_##name(const uint8_t *at)                                           \
	{                                                                                          \
		m_##M m = read_##M(at);                                                            \
		return expression;                                                                 \
	}
OCRE__LOAD_LIST(FUNCTION_LOAD)
#define FUNCTION_STORE(name, T, M, expression)                                                     \
	enum { SIZE_##name = sizeof(m_##M) };                                                      \
	static inline void do_##name(uint8_t *at, c_##T v)                                         \
	{                                                                                          \
		write_##M(at, expression);                                                         \
	}
OCRE__STORE_LIST(FUNCTION_STORE)

#define ALSO_s(T, v) PUT_##T(pc[1], v)
#define ALSO_r(T, v) (void)0
#define ADDRESS_s    GET_i32(pc[2])
#define ADDRESS_r    ACC_i32
#define ADDRESS_AT_s 3
#define ADDRESS_AT_r 2
#define VALUE_sr(T)  ACC_##T
#define VALUE_ss(T)  GET_##T(pc[2])
#define VALUE_AT_sr  2
#define VALUE_AT_ss  3

/* What the first of a pair does, by its kind. */
#define FIRST_BIN(name, T, from, to)                                                               \
	c_##T v = do_##name(FROM_##from(T));                                                       \
	ALSO_##to(T, v);                                                                           \
	KEEP_##T(v);                                                                               \
	pc += WORDS_##from
#define FIRST_LOAD(name, T, from, to)                                                              \
	ACCESS(ADDRESS_##from, pc + ADDRESS_AT_##from);                                            \
	c_##T v = do_##name(mem + end - SIZE_##name);                                              \
	ALSO_##to(T, v);                                                                           \
	KEEP_##T(v);                                                                               \
	pc += ADDRESS_AT_##from + 2
#define FIRST_STORE(name, T, from, to)                                                             \
	ACCESS(GET_i32(pc[1]), pc + VALUE_AT_##from);                                              \
	do_##name(mem + end - SIZE_##name, VALUE_##from(T));                                       \
	pc += VALUE_AT_##from + 2
#define FIRST_COPY32(name, T, from, to)                                                            \
	uint32_t v = fp[pc[2]];                                                                    \
	fp[pc[1]] = v;                                                                             \
	KEEP_i32(v);                                                                               \
	pc += 3
#define FIRST_COPY64(name, T, from, to)                                                            \
	uint64_t v = load_cells(fp + pc[2]);                                                       \
	store_cells(fp + pc[1], v);                                                                \
	KEEP_i64(v);                                                                               \
	pc += 3
#define FIRST_CONST32(name, T, from, to)                                                           \
	uint32_t v = ocre__get32(pc + 2);                                                                \
	fp[pc[1]] = v;                                                                             \
	KEEP_i32(v);                                                                               \
	pc += 4

#define SECOND(second)
#define HEAD(first)
#define PAIR(kind, first, name, T, from, to, second) HANDLER(first##__##second);
#include "pairs.def"
#undef PAIR
#define PAIR(kind, first, name, T, from, to, second)                                               \
	HANDLER(first##__##second)                                                                 \
	{                                                                                          \
		FIRST_##kind(name, T, from, to);                                                   \
		MUSTTAIL return op_##second(ARGS);                                                 \
	}
#include "pairs.def"
#undef PAIR

#endif /* OCRE_ENGINE_PAIRS */

/* ---- the dispatcher ---- */

#if OCRE_ENGINE_TAIL_DISPATCH

#define ENTRY(n, form, i) [H_##n##_##form] = {op_##n##_##form},
#if MANY_REGISTERS
#define TABLE handlers
#else
#define TABLE table
#endif
static const struct handler_entry TABLE[HANDLER_count] = {
	EACH_OTHER(ENTRY)
#define OP(code, name, text, imm, sig, class) OF_##class(ENTRY, name)
#include "opcodes.def"
#undef OP
#if OCRE_ENGINE_PAIRS
#define PAIR(kind, first, name, T, from, to, second)                                               \
	[H_##first##__##second] = {op_##first##__##second},
#include "pairs.def"
#undef PAIR
#endif
};

enum leave ocre__interp(struct exec *x)
{
#if MANY_REGISTERS
	return handlers[*x->pc].go(x->pc, x->fp, x->mem, x->mem_len, x->budget, x, x->r0, handlers,
				   x->fs, x->fd ENTRY_LOW);
#else
	return table[*x->pc].go(x->pc, x->fp, x->mem, x->budget, x, x->r0, x->fs, x->fd);
#endif
}

#else
	}
	x->pc = pc;
	x->trap = OCRE_TRAP_UNREACHABLE;
	return LEAVE_TRAP;
}
#endif
