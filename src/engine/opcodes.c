/* SPDX-License-Identifier: Apache-2.0 */
/* opcodes.c - the rows of the instruction table. */
#include "opcodes.h"

#include "iops.h"

/* The prefixed instructions stand behind the 256 plain ones. */
#define ROW_FC 0x100
#define ROW_FE 0x120
#define ROW_FD 0x170
#define ROW_OF(code)                                                                               \
	((code) < 0x100	       ? (code)                                                            \
	 : (code) >> 8 == 0xfc ? ROW_FC + ((code)&0xff)                                            \
	 : (code) >> 8 == 0xfe ? ROW_FE + ((code)&0xff)                                            \
			       : ROW_FD + ((code)&0xff))

#define ROW__CTRL(name)	  0
#define ROW__LOCAL(name)  0
#define ROW__CONST(name)  0
#define ROW__UN(name)	  IOP_##name
#define ROW__EQZ(name)	  IOP_##name
#define ROW__BIN(name)	  IOP_##name
#define ROW__BINC(name)	  IOP_##name
#define ROW__CMP(name)	  IOP_##name
#define ROW__FBIN(name)	  IOP_##name
#define ROW__LOAD(name)	  IOP_##name
#define ROW__STORE(name)  IOP_##name
#define ROW__V(name)	  IOP_##name
#define ROW__ATOMIC(name) IOP_##name

const struct op_row ocre__op_rows[] = {
#define OP(code, name, text, imm, sig, class)                                                      \
	[ROW_OF(code)] = {SIG_##sig, IMM_##imm, CLASS_##class, ROW__##class(name)},
#include "opcodes.def"
#undef OP
};

const uint32_t ocre__op_row_count = sizeof(ocre__op_rows) / sizeof(ocre__op_rows[0]);

static const struct op_row no_row = {0, IMM_INVALID, CLASS_CTRL, 0};

const struct op_row *ocre__op_row(uint32_t opcode)
{
	uint32_t row;

	if (opcode < 0x100) {
		return &ocre__op_rows[opcode];
	}
	if ((opcode >> 8 == 0xfc && (opcode & 0xff) < ROW_FE - ROW_FC) ||
	    (opcode >> 8 == 0xfe && (opcode & 0xff) < ROW_FD - ROW_FE) || opcode >> 8 == 0xfd) {
		row = ROW_OF(opcode);
		if (row < ocre__op_row_count) {
			return &ocre__op_rows[row];
		}
	}
	return &no_row;
}
