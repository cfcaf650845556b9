/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_memory.h - checks the instructions about tables, memories, segments and references, a part
 * of check.c; also waiting, notifying and the fence, which are not loads or stores.
 */
#ifndef OCRE_ENGINE_CHECK_MEMORY_H
#define OCRE_ENGINE_CHECK_MEMORY_H

#include "check_stack.h"

/* ---- tables ---- */

static const struct table_type *check_table(struct checker *c, uint32_t index)
{
	if (good(c) && index >= c->m->table_count) {
		invalid(c, "unknown table");
	}
	return c->status == 0 ? &c->m->tables[index] : NULL;
}

static void check_table_access(struct checker *c, uint32_t opcode)
{
	uint32_t index = ocre__read_u32(&c->r);
	const struct table_type *t = check_table(c, index);

	if (t == NULL) {
		return;
	}
	if (!ocre__check_uses(c, FEATURE_REFERENCES)) {
		return;
	}
	switch (opcode) {
	case WOP_table_get:
		pop(c, T_I32);
		if (c->live) {
			ocre__emit_slow(c, SLOW_TABLE_GET, 1, index, 0);
		}
		push(c, t->type);
		break;
	case WOP_table_set:
		pop(c, t->type);
		pop(c, T_I32);
		if (c->live) {
			ocre__emit_slow(c, SLOW_TABLE_SET, 2, index, 0);
		}
		break;
	case WOP_table_size:
		if (c->live) {
			ocre__emit_slow(c, SLOW_TABLE_SIZE, 0, index, 0);
		}
		push(c, T_I32);
		break;
	case WOP_table_grow:
		pop(c, T_I32);
		pop(c, t->type);
		if (c->live) {
			ocre__emit_slow(c, SLOW_TABLE_GROW, 2, index, 0);
		}
		push(c, T_I32);
		break;
	default: /* table.fill */
		pop(c, T_I32);
		pop(c, t->type);
		pop(c, T_I32);
		if (c->live) {
			ocre__emit_slow(c, SLOW_TABLE_FILL, 3, index, 0);
		}
		break;
	}
}

static void pop_iii(struct checker *c)
{
	pop(c, T_I32);
	pop(c, T_I32);
	pop(c, T_I32);
}

static void check_table_init(struct checker *c)
{
	uint32_t segment = ocre__read_u32(&c->r);
	uint32_t index = ocre__read_u32(&c->r);
	const struct table_type *t = check_table(c, index);

	if (t == NULL || !ocre__check_uses(c, FEATURE_BULK)) {
		return;
	}
	if (segment >= c->m->elem_count) {
		invalid(c, "unknown elem segment");
		return;
	}
	if (c->m->elems[segment].type != t->type) {
		invalid(c, "type mismatch");
		return;
	}
	pop_iii(c);
	if (c->live) {
		ocre__emit_slow(c, SLOW_TABLE_INIT, 3, segment, index);
	}
}

static void check_table_copy(struct checker *c)
{
	uint32_t to = ocre__read_u32(&c->r);
	uint32_t from = ocre__read_u32(&c->r);
	const struct table_type *t = check_table(c, to);
	const struct table_type *f = t != NULL ? check_table(c, from) : NULL;

	if (f == NULL || !ocre__check_uses(c, FEATURE_BULK)) {
		return;
	}
	if (t->type != f->type) {
		invalid(c, "type mismatch");
		return;
	}
	pop_iii(c);
	if (c->live) {
		ocre__emit_slow(c, SLOW_TABLE_COPY, 3, to, from);
	}
}

/* ---- memory ---- */

static void need_memory(struct checker *c)
{
	if (c->status == 0 && c->m->memory_count == 0) {
		invalid(c, "unknown memory 0");
	}
}

static void read_zero(struct checker *c)
{
	if (ocre__read_u8(&c->r) != 0 && good(c)) {
		malformed(c, "zero byte expected");
	}
}

/* The immediates of loads and stores (5.4.6). */
static uint32_t read_memarg(struct checker *c, uint32_t natural, bool exact)
{
	uint32_t align = ocre__read_u32(&c->r);
	uint32_t offset = ocre__read_u32(&c->r);

	if (!good(c)) {
		return 0;
	}
	if (align >= 32) {
		malformed(c, "malformed memop flags");
	} else if (align > natural || (exact && align != natural)) {
		invalid(c, exact ? "atomic alignment must be natural"
				 : "alignment must not be larger than natural");
	}
	need_memory(c);
	return offset;
}

static void check_data_segment(struct checker *c, uint32_t segment)
{
	if (!good(c)) {
		return;
	}
	if (!c->m->has_data_count && c->m->data_count > 0) {
		malformed(c, "data count section required");
	} else if (segment >= c->m->data_count_section) {
		invalid(c, "unknown data segment");
	}
}

static void check_memory_bulk(struct checker *c, uint32_t opcode)
{
	uint32_t segment = 0;
	enum slow which = opcode == WOP_memory_init   ? SLOW_MEMORY_INIT
			  : opcode == WOP_memory_copy ? SLOW_MEMORY_COPY
						      : SLOW_MEMORY_FILL;

	if (!ocre__check_uses(c, FEATURE_BULK)) {
		return;
	}
	if (opcode == WOP_memory_init) {
		segment = ocre__read_u32(&c->r);
	} else if (opcode == WOP_memory_copy) {
		read_zero(c);
	}
	read_zero(c);
	need_memory(c);
	if (opcode == WOP_memory_init) {
		check_data_segment(c, segment);
	}
	pop_iii(c);
	if (good(c) && c->live) {
		ocre__emit_slow(c, which, 3, segment, 0);
	}
}

static void check_memory_size(struct checker *c, bool grows)
{
	read_zero(c);
	need_memory(c);
	if (grows) {
		pop(c, T_I32);
	}
	if (good(c) && c->live) {
		ocre__emit_slow(c, grows ? SLOW_MEMORY_GROW : SLOW_MEMORY_SIZE, grows, 0, 0);
	}
	push(c, T_I32);
}

static void check_drop_segment(struct checker *c, bool data)
{
	uint32_t segment = ocre__read_u32(&c->r);

	if (!ocre__check_uses(c, FEATURE_BULK)) {
		return;
	}
	if (data) {
		check_data_segment(c, segment);
	} else if (good(c) && segment >= c->m->elem_count) {
		invalid(c, "unknown elem segment");
	}
	if (good(c) && c->live) {
		ocre__emit_slow(c, data ? SLOW_DATA_DROP : SLOW_ELEM_DROP, 0, segment, 0);
	}
}

/* ---- references ---- */

static void check_ref_null(struct checker *c)
{
	uint8_t type = ocre__vtype(ocre__read_u8(&c->r));

	if (type < T_FUNCREF) {
		if (good(c)) {
			malformed(c, "malformed reference type");
		}
		return;
	}
	if (!ocre__check_uses(c, FEATURE_REFERENCES)) {
		return;
	}
	push(c, type);
	if (c->live) {
		ocre__emit_const32(c, OCRE_REF_NULL);
	}
}

static void check_ref_is_null(struct checker *c)
{
	uint8_t type = pop_any(c);

	if (type != T_NONE && type < T_FUNCREF) {
		invalid(c, "type mismatch");
	}
	if (c->status == 0 && c->live) {
		ocre__emit_is_null(c);
	}
	push(c, T_I32);
}

static void check_ref_func(struct checker *c)
{
	uint32_t func = ocre__read_u32(&c->r);

	if (!good(c)) {
		return;
	}
	if (func >= c->m->func_count) {
		invalid(c, "unknown function");
		return;
	}
	if ((c->m->declared[func / 8] >> func % 8 & 1) == 0) {
		invalid(c, "undeclared function reference");
		return;
	}
	if (!ocre__check_uses(c, FEATURE_REFERENCES)) {
		return;
	}
	if (c->live) {
		ocre__emit_slow(c, SLOW_REF_FUNC, 0, func, 0);
	}
	push(c, T_FUNCREF);
}

/* ---- threads ---- */

#if OCRE_ENGINE_THREADS
static void check_wait_notify(struct checker *c, uint32_t opcode, const struct op_row *row)
{
	uint32_t offset = read_memarg(c, row->imm - IMM_MEM0, true);
	enum slow which = opcode == WOP_memory_atomic_notify   ? SLOW_NOTIFY
			  : opcode == WOP_memory_atomic_wait32 ? SLOW_WAIT32
							       : SLOW_WAIT64;
	uint32_t operands = which == SLOW_NOTIFY ? 2 : 3;

	for (uint32_t n = 0; n < operands; n++) {
		pop(c, (uint8_t)(row->sig >> (4 + 4 * n) & 0xf));
	}
	if (good(c) && c->live) {
		ocre__emit_slow(c, which, operands, offset, 0);
	}
	push(c, T_I32);
}

static void check_fence(struct checker *c, uint32_t opcode, const struct op_row *row)
{
	read_zero(c);
	if (good(c) && c->live) {
		ocre__emit_op(c, opcode, row, 0, 0);
	}
}
#endif

#endif /* OCRE_ENGINE_CHECK_MEMORY_H */
