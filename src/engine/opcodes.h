/* SPDX-License-Identifier: Apache-2.0 */
/* opcodes.h - the table of instructions as constants and rows, read from opcodes.def. */
#ifndef OCRE_ENGINE_OPCODES_H
#define OCRE_ENGINE_OPCODES_H

#include "config.h"

#include <stdint.h>

/* Value types inside the engine: small numbers, so that four of them make a signature. */
enum vtype {
	T_NONE = 0, /* in signatures: nothing; on the operand stack: unknown (unreachable code) */
	T_I32,
	T_I64,
	T_F32,
	T_F64,
	T_V128,
	T_FUNCREF,
	T_EXTERNREF,
	T_EXNREF,
};

/* What follows an opcode. */
enum imm {
	IMM_INVALID, /* there is no such instruction */
	IMM_NONE,
	IMM_BLOCK,
	IMM_INDEX,
	IMM_INDEX2,
	IMM_INDEX_ZERO,
	IMM_ZERO,
	IMM_ZERO2,
	IMM_BR_TABLE,
	IMM_SELECT,
	IMM_TRY_TABLE,
	IMM_REFTYPE,
	IMM_I32,
	IMM_I64,
	IMM_F32,
	IMM_F64,
	IMM_MEM0, /* alignment and offset; natural alignment 2^0 */
	IMM_MEM1,
	IMM_MEM2,
	IMM_MEM3,
	IMM_MEM4,
	IMM_MEM0_LANE,
	IMM_MEM1_LANE,
	IMM_MEM2_LANE,
	IMM_MEM3_LANE,
	IMM_LANE2, /* a lane number below 2 */
	IMM_LANE4,
	IMM_LANE8,
	IMM_LANE16,
	IMM_SHUFFLE,
	IMM_V128,
};

/* How an instruction is prepared. The class decides the forms of internal code it has (iops.h). */
enum op_class {
	CLASS_CTRL,  /* a case of its own */
	CLASS_LOCAL, /* local.get, local.set, local.tee */
	CLASS_CONST, /* i32.const */
	CLASS_UN,    /* one operand */
	CLASS_EQZ,   /* one operand, and can be folded into a branch */
	CLASS_BIN,   /* two integer operands */
	CLASS_BINC,  /* likewise, commutative */
	CLASS_CMP,   /* two integer operands, and can be folded into a branch */
	CLASS_FBIN,  /* two float operands */
	CLASS_LOAD,
	CLASS_STORE,
	CLASS_V,      /* vector instruction: operands and result in frame slots only */
	CLASS_ATOMIC, /* atomic memory access: slots only */
};

#define OCRE__SIG(pop2, pop1, pop0, push)                                                          \
	((uint16_t)((pop2) << 12 | (pop1) << 8 | (pop0) << 4 | (push)))

/* pop0 is the topmost operand. */
enum {
	SIG__ = 0,
	SIG_FF_F = OCRE__SIG(0, T_F64, T_F64, T_F64),
	SIG_FF_i = OCRE__SIG(0, T_F64, T_F64, T_I32),
	SIG_F_F = OCRE__SIG(0, 0, T_F64, T_F64),
	SIG_F_I = OCRE__SIG(0, 0, T_F64, T_I64),
	SIG_F_f = OCRE__SIG(0, 0, T_F64, T_F32),
	SIG_F_i = OCRE__SIG(0, 0, T_F64, T_I32),
	SIG_F_v = OCRE__SIG(0, 0, T_F64, T_V128),
	SIG_II_I = OCRE__SIG(0, T_I64, T_I64, T_I64),
	SIG_II_i = OCRE__SIG(0, T_I64, T_I64, T_I32),
	SIG_I_F = OCRE__SIG(0, 0, T_I64, T_F64),
	SIG_I_I = OCRE__SIG(0, 0, T_I64, T_I64),
	SIG_I_f = OCRE__SIG(0, 0, T_I64, T_F32),
	SIG_I_i = OCRE__SIG(0, 0, T_I64, T_I32),
	SIG_I_v = OCRE__SIG(0, 0, T_I64, T_V128),
	SIG__F = OCRE__SIG(0, 0, 0, T_F64),
	SIG__I = OCRE__SIG(0, 0, 0, T_I64),
	SIG__f = OCRE__SIG(0, 0, 0, T_F32),
	SIG__i = OCRE__SIG(0, 0, 0, T_I32),
	SIG__v = OCRE__SIG(0, 0, 0, T_V128),
	SIG_f_F = OCRE__SIG(0, 0, T_F32, T_F64),
	SIG_f_I = OCRE__SIG(0, 0, T_F32, T_I64),
	SIG_f_f = OCRE__SIG(0, 0, T_F32, T_F32),
	SIG_f_i = OCRE__SIG(0, 0, T_F32, T_I32),
	SIG_f_v = OCRE__SIG(0, 0, T_F32, T_V128),
	SIG_ff_f = OCRE__SIG(0, T_F32, T_F32, T_F32),
	SIG_ff_i = OCRE__SIG(0, T_F32, T_F32, T_I32),
	SIG_iF_ = OCRE__SIG(0, T_I32, T_F64, 0),
	SIG_iI_ = OCRE__SIG(0, T_I32, T_I64, 0),
	SIG_iI_I = OCRE__SIG(0, T_I32, T_I64, T_I64),
	SIG_iII_I = OCRE__SIG(T_I32, T_I64, T_I64, T_I64),
	SIG_iII_i = OCRE__SIG(T_I32, T_I64, T_I64, T_I32),
	SIG_i_F = OCRE__SIG(0, 0, T_I32, T_F64),
	SIG_i_I = OCRE__SIG(0, 0, T_I32, T_I64),
	SIG_i_f = OCRE__SIG(0, 0, T_I32, T_F32),
	SIG_i_i = OCRE__SIG(0, 0, T_I32, T_I32),
	SIG_i_v = OCRE__SIG(0, 0, T_I32, T_V128),
	SIG_if_ = OCRE__SIG(0, T_I32, T_F32, 0),
	SIG_ii_ = OCRE__SIG(0, T_I32, T_I32, 0),
	SIG_ii_i = OCRE__SIG(0, T_I32, T_I32, T_I32),
	SIG_iii_ = OCRE__SIG(T_I32, T_I32, T_I32, 0),
	SIG_iii_i = OCRE__SIG(T_I32, T_I32, T_I32, T_I32),
	SIG_iiI_i = OCRE__SIG(T_I32, T_I32, T_I64, T_I32),
	SIG_iv_ = OCRE__SIG(0, T_I32, T_V128, 0),
	SIG_iv_v = OCRE__SIG(0, T_I32, T_V128, T_V128),
	SIG_v_F = OCRE__SIG(0, 0, T_V128, T_F64),
	SIG_v_I = OCRE__SIG(0, 0, T_V128, T_I64),
	SIG_v_f = OCRE__SIG(0, 0, T_V128, T_F32),
	SIG_v_i = OCRE__SIG(0, 0, T_V128, T_I32),
	SIG_v_v = OCRE__SIG(0, 0, T_V128, T_V128),
	SIG_vF_v = OCRE__SIG(0, T_V128, T_F64, T_V128),
	SIG_vI_v = OCRE__SIG(0, T_V128, T_I64, T_V128),
	SIG_vf_v = OCRE__SIG(0, T_V128, T_F32, T_V128),
	SIG_vi_v = OCRE__SIG(0, T_V128, T_I32, T_V128),
	SIG_vv_v = OCRE__SIG(0, T_V128, T_V128, T_V128),
	SIG_vvv_v = OCRE__SIG(T_V128, T_V128, T_V128, T_V128),
};

/* The opcodes as names: WOP_i32_add is 0x6a. Prefixed ones are prefix << 8 | number. */
enum wop {
#define OP(code, name, text, imm, sig, class) WOP_##name = (code),
#include "opcodes.def"
#undef OP
};

/* The sign extensions, also where they are left out. */
#define WOP_SIGN_EXT	  0xc0
#define WOP_SIGN_EXT_LAST 0xc4

struct op_row {
	uint16_t sig;
	uint8_t imm;   /* enum imm */
	uint8_t class; /* enum op_class */
	uint16_t iop;  /* first form of its internal code, 0 when it has none of its own */
};

/* The rows; the first 256 are those of the opcodes without a prefix. */
extern const struct op_row ocre__op_rows[];
extern const uint32_t ocre__op_row_count;

/* The row of an opcode; one with imm IMM_INVALID when there is no such instruction. */
const struct op_row *ocre__op_row(uint32_t opcode);

#endif /* OCRE_ENGINE_OPCODES_H */
