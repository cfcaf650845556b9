/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_values.h - checks the instructions that move and compute values, a part of check.c: select,
 * locals, globals, and all that opcodes.def describes by operands, result and immediates (loads,
 * stores and atomic accesses too).
 */
#ifndef OCRE_ENGINE_CHECK_VALUES_H
#define OCRE_ENGINE_CHECK_VALUES_H

#include "check_memory.h"

/* ---- parametric and variable instructions ---- */

static bool is_number(uint8_t type)
{
	return type <= T_V128;
}

static void check_select(struct checker *c, bool typed)
{
	uint8_t type;
	uint8_t other;

	if (typed) {
		uint32_t count = ocre__read_u32(&c->r);

		if (!ocre__check_uses(c, FEATURE_REFERENCES)) {
			return;
		}
		if (good(c) && count != 1) {
			invalid(c, "invalid result arity");
			return;
		}
		type = ocre__read_vtype(&c->r);
		if (type == T_NONE) {
			malformed(c, "malformed value type");
			return;
		}
		pop(c, T_I32);
		pop(c, type);
		pop(c, type);
	} else {
		pop(c, T_I32);
		other = pop_any(c);
		type = pop_any(c);
		if (!is_number(type) || !is_number(other) ||
		    (type != other && type != T_NONE && other != T_NONE)) {
			invalid(c, "type mismatch");
			return;
		}
		if (type == T_NONE) {
			type = other;
		}
	}
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		ocre__emit_select(c, type);
	}
	push(c, type);
}

static void check_local(struct checker *c, uint32_t opcode)
{
	uint32_t local = ocre__read_u32(&c->r);
	uint8_t type;

	if (local >= c->local_count) {
		if (good(c)) {
			invalid(c, "unknown local");
		}
		return;
	}
	type = c->local_types[local];
	if (opcode == WOP_local_get) {
		push(c, type);
		if (c->live) {
			ocre__emit_local_get(c, local);
		}
		return;
	}
	pop(c, type);
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		ocre__emit_local_set(c, local, opcode == WOP_local_tee);
	}
	if (opcode == WOP_local_tee) {
		push(c, type);
		if (c->live) {
			ocre__emit_local_get(c, local);
		}
	}
}

static void check_global(struct checker *c, bool set)
{
	uint32_t index = ocre__read_u32(&c->r);
	const struct global *g;

	if (!good(c)) {
		return;
	}
	if (index >= c->m->global_count) {
		invalid(c, "unknown global");
		return;
	}
	g = &c->m->globals[index];
	if (set) {
		if (!g->is_mutable) {
			invalid(c, "global is immutable");
			return;
		}
		pop(c, g->type);
	}
	if (c->status == 0 && c->live) {
		ocre__emit_global(c, index, set);
	}
	if (!set) {
		push(c, g->type);
	}
}

/* ---- instructions that the table describes ---- */

static uint32_t read_lane(struct checker *c, uint32_t lanes)
{
	uint32_t lane = ocre__read_u8(&c->r);

	if (good(c) && lane >= lanes) {
		invalid(c, "invalid lane index");
	}
	return lane;
}

static void check_v128_bytes(struct checker *c, const struct op_row *row)
{
	const uint8_t *bytes = ocre__read_bytes(&c->r, 16);
	bool shuffle = row->imm == IMM_SHUFFLE;

	if (!good(c)) {
		return;
	}
	for (uint32_t i = 0; shuffle && i < 16; i++) {
		if (bytes[i] >= 32) {
			invalid(c, "invalid lane index");
			return;
		}
	}
	if (shuffle) {
		pop(c, T_V128);
		pop(c, T_V128);
	}
	if (c->status == 0 && c->live) {
		ocre__emit_bytes(c, shuffle ? row->iop : IOP_const128, bytes, shuffle ? 2 : 0);
	}
	push(c, T_V128);
}

static void check_row(struct checker *c, uint32_t opcode, const struct op_row *row)
{
	uint32_t offset = 0;
	uint32_t lane = 0;
	uint16_t sig = row->sig;

	if (row->imm >= IMM_MEM0 && row->imm <= IMM_MEM4) {
		offset = read_memarg(c, row->imm - IMM_MEM0, row->class == CLASS_ATOMIC);
	} else if (row->imm >= IMM_MEM0_LANE && row->imm <= IMM_MEM3_LANE) {
		offset = read_memarg(c, row->imm - IMM_MEM0_LANE, false);
		lane = read_lane(c, 16u >> (row->imm - IMM_MEM0_LANE));
	} else if (row->imm >= IMM_LANE2 && row->imm <= IMM_LANE16) {
		lane = read_lane(c, 2u << (row->imm - IMM_LANE2));
	} else if (row->imm == IMM_SHUFFLE || row->imm == IMM_V128) {
		check_v128_bytes(c, row);
		return;
	}
	if ((sig & 0x00f0) != 0) {
		pop(c, (uint8_t)(sig >> 4 & 0xf));
		if ((sig & 0x0f00) != 0) {
			pop(c, (uint8_t)(sig >> 8 & 0xf));
			if ((sig & 0xf000) != 0) {
				pop(c, (uint8_t)(sig >> 12));
			}
		}
	}
	if (c->live && good(c)) {
		ocre__emit_op(c, opcode, row, offset, lane);
	}
	if ((sig & 0xf) != 0) {
		push(c, (uint8_t)(sig & 0xf));
	}
}

#endif /* OCRE_ENGINE_CHECK_VALUES_H */
