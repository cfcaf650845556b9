/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iops.h - the internal code that functions are prepared into.
 *
 * An instruction is a row of 16-bit words: the operation, then its operands. An operand is a frame
 * cell (32 bits of the guest stack, counted from the frame), or an inline constant. Where an
 * operation has a result cell, it is word 1. There is no pointer in it.
 *
 * Operations come in forms. Letters say where an operand comes from: s a frame cell, i a 32-bit
 * constant that follows inline (sign extended for i64), r the accumulator: the result of the
 * instruction just before. The last letter says where the result goes: s a frame cell (and the
 * accumulator), r the accumulator only. Builds without OCRE_ENGINE_FUSED have no r forms.
 */
#ifndef OCRE_ENGINE_IOPS_H
#define OCRE_ENGINE_IOPS_H

#include "config.h"

#include <stdint.h>

#if OCRE_ENGINE_FUSED
#define FORM_STRIDE 2 /* result in a cell, result in the accumulator only */
#define FORMS_UN    4 /* s_s s_r r_s r_r */
#define FORMS_BIN   10
#define FORMS_BINC  8
#define FORMS_FBIN  6 /* ss rs sr */
#define FORMS_STORE 3 /* ss sr rs (address, value) */
#define FORMS_BR    2 /* s r */
#define FORMS_BRCMP 4 /* ss si rs ri */
#define FORMS_CONST 2 /* s r */
#else
#define FORM_STRIDE 1
#define FORMS_UN    1
#define FORMS_BIN   2
#define FORMS_BINC  2
#define FORMS_FBIN  1
#define FORMS_STORE 1
#define FORMS_BR    1
#define FORMS_BRCMP 2
#define FORMS_CONST 1
#endif

/* Order of the source forms of integer operations with two operands. */
enum form {
	FORM_SS = 0,
	FORM_SI,
	FORM_RS,
	FORM_RI,
	FORM_SR, /* not for commutative operations and comparisons */
};

#define IOP__RANGE(name, forms) IOP_##name, IOP_##name##__last = IOP_##name + (forms)-1
#define IOP__CTRL(name)
#define IOP__LOCAL(name)
#define IOP__CONST(name)
#define IOP__UN(name)	  IOP__RANGE(name, FORMS_UN),
#define IOP__EQZ(name)	  IOP__RANGE(name, FORMS_UN),
#define IOP__BIN(name)	  IOP__RANGE(name, FORMS_BIN),
#define IOP__BINC(name)	  IOP__RANGE(name, FORMS_BINC),
#define IOP__CMP(name)	  IOP__RANGE(name, FORMS_BINC),
#define IOP__FBIN(name)	  IOP__RANGE(name, FORMS_FBIN),
#define IOP__LOAD(name)	  IOP__RANGE(name, FORMS_UN),
#define IOP__STORE(name)  IOP__RANGE(name, FORMS_STORE),
#define IOP__V(name)	  IOP_##name,
#define IOP__ATOMIC(name) IOP_##name,

/* Conditional branches on a comparison, one for each of CLASS_CMP, in the order of opcodes.def. */
#define IOP__BR_CMP(name) IOP__RANGE(br_##name, FORMS_BRCMP),
#define IOP__NO(name)

enum iop {
	IOP_invalid = 0,
	/* leaving */
	IOP_unreachable,
	IOP_boundary, /* the frame below belongs to another instance or to nobody */
	IOP_slow,     /* [base, which, a lo, a hi, b lo, b hi]: see slow.c */
	IOP_charge,   /* [cost] */
	IOP_oob,      /* an access that no memory can satisfy */
	/* branches; off is 32 bits in words, relative to the instruction */
	IOP_br,			     /* [off lo, off hi, cost] */
	IOP__RANGE(br_nz, FORMS_BR), /* [a, off lo, off hi, cost taken, cost not taken] */
	IOP__RANGE(br_z, FORMS_BR),
	IOP__RANGE(br_table, FORMS_BR), /* [a, n lo, n hi, then n + 1 x (off lo, off hi, cost)] */
	/* calls; see call_word */
	IOP_call,
	IOP_call_indirect,
	IOP_ret,		     /* [param cells] */
	IOP__RANGE(ret32, FORMS_BR), /* [param cells, a] */
	IOP__RANGE(ret64, FORMS_BR),
	IOP_retn, /* [param cells, first, cells] */
	/* moving values */
	IOP__RANGE(copy32, FORMS_CONST), /* [d, a] */
	IOP__RANGE(copy64, FORMS_CONST),
	IOP_copy128,
	IOP_copy32x2,			  /* [d, a, d, a] */
	IOP__RANGE(const32, FORMS_CONST), /* [d, lo, hi] */
	IOP__RANGE(const64, FORMS_CONST), /* [d, 4 words] */
	IOP_const128,
	IOP__RANGE(select32, FORMS_BR), /* [d, a, b, c] */
	IOP__RANGE(select64, FORMS_BR),
	IOP_select128,
	IOP__RANGE(global_get32, FORMS_CONST), /* [d, cell lo, cell hi] */
	IOP__RANGE(global_get64, FORMS_CONST),
	IOP__RANGE(global_set32, FORMS_BR), /* [a, cell lo, cell hi] */
	IOP__RANGE(global_set64, FORMS_BR),
#define OP(code, name, text, imm, sig, class) IOP__##class(name)
#include "opcodes.def"
#undef OP
	/* compare and branch */
	IOP_br_cmp_first,
	IOP_br_cmp_before = IOP_br_cmp_first - 1,
#undef IOP__CMP
#undef IOP__UN
#undef IOP__EQZ
#undef IOP__BIN
#undef IOP__BINC
#undef IOP__FBIN
#undef IOP__LOAD
#undef IOP__STORE
#undef IOP__V
#undef IOP__ATOMIC
#define IOP__CMP(name) IOP__BR_CMP(name)
#define IOP__UN(name)
#define IOP__EQZ(name)
#define IOP__BIN(name)
#define IOP__BINC(name)
#define IOP__FBIN(name)
#define IOP__LOAD(name)
#define IOP__STORE(name)
#define IOP__V(name)
#define IOP__ATOMIC(name)
#define OP(code, name, text, imm, sig, class) IOP__##class(name)
#include "opcodes.def"
#undef OP
	IOP_count,
};

/* Words of a call: [op, base, func lo, func hi, caller lo, caller hi, return lo, return hi]. */
#define CALL_WORDS	    8
/* [op, base, index cell, type lo, type hi, table, caller lo, caller hi, return lo, return hi] */
#define CALL_INDIRECT_WORDS 10
#define SLOW_WORDS	    7

/*
 * Prepared code of a function starts with a header:
 * [frame cells lo, hi, first cell to zero, cells to zero lo, hi, cost of the first run, parameter
 * cells, 0, word of the table of regions lo, hi]
 */
#define CODE_HEADER 10
enum {
	CODE_FRAME = 0,
	CODE_ZERO_FROM = 2,
	CODE_ZERO_COUNT = 3,
	CODE_COST = 5,
	CODE_PARAMS = 6,
	CODE_REGIONS = 8, /* 0: none */
};

/*
 * The table of regions, behind the code: [count lo, hi], then a row for each clause of each try,
 * inner ones first. A row is [from lo, hi, to lo, hi, handler lo, hi, tag lo, hi, depth lo, hi,
 * cell, cost]: what is thrown by the words from `from` to before `to`, and has the tag, goes on at
 * word `handler`, with its values from `cell` on, which costs `cost`. `depth` counts the control
 * frames around the try; a delegate has that of the frame it delegates to as its handler.
 */
#define REGION_WORDS 12
enum {
	REGION_FROM = 0,
	REGION_TO = 2,
	REGION_HANDLER = 4,
	REGION_TAG = 6,
	REGION_DEPTH = 8,
	REGION_CELL = 10,
	REGION_COST = 11,
};
/* In a region's tag: */
#define REGION_INDEX	0x00ffffffu
#define REGION_ANY	0x01000000u /* catch_all: every tag, and no values */
#define REGION_DELEGATE 0x02000000u
#define REGION_REF	0x04000000u /* the exception itself follows the values */
#define REGION_KEEP	0x08000000u /* the exception itself goes into the cell before them */

/* A return record: three cells after the parameters. */
#define RECORD_CELLS 3
enum {
	RECORD_FUNC = 0,   /* of the caller */
	RECORD_OFFSET = 1, /* words from the start of the caller's code to where it goes on */
	RECORD_BASE = 2,   /* cells between the two frames */
};

/* What IOP_slow does. */
enum slow {
	SLOW_MEMORY_SIZE,
	SLOW_MEMORY_GROW,
	SLOW_MEMORY_INIT,
	SLOW_MEMORY_COPY,
	SLOW_MEMORY_FILL,
	SLOW_DATA_DROP,
	SLOW_TABLE_GET,
	SLOW_TABLE_SET,
	SLOW_TABLE_SIZE,
	SLOW_TABLE_GROW,
	SLOW_TABLE_INIT,
	SLOW_TABLE_COPY,
	SLOW_TABLE_FILL,
	SLOW_ELEM_DROP,
	SLOW_REF_FUNC,
	SLOW_GLOBAL_GET,
	SLOW_GLOBAL_SET,
	SLOW_RETURN_CALL,
	SLOW_RETURN_CALL_INDIRECT,
	SLOW_THROW,
	SLOW_RETHROW,
	SLOW_THROW_REF,
	SLOW_WAIT32,
	SLOW_WAIT64,
	SLOW_NOTIFY,
	SLOW_MOVE, /* cells of the frame: b of them, from cell a */
};

/* The number that two words are: lo, hi. */
static inline uint32_t ocre__get32(const uint16_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 16;
}

#endif /* OCRE_ENGINE_IOPS_H */
