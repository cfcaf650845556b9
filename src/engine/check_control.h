/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_control.h - checks the instructions that decide where to go on, a part of check.c: blocks
 * and their ends, branches, returns and calls (3.3.8). Those of exceptions are in check_except.h.
 */
#ifndef OCRE_ENGINE_CHECK_CONTROL_H
#define OCRE_ENGINE_CHECK_CONTROL_H

#include "check_stack.h"

/* ---- blocks ---- */

/* In check_except.h. */
static void end_try_table(struct checker *c, struct ctl *ctl);

/* 5.4.1: a value type, nothing, or a type index as a positive s33. */
static struct ctl *open_block(struct checker *c, uint32_t opcode)
{
	const uint8_t *params = NULL;
	const uint8_t *results = NULL;
	uint32_t param_count = 0;
	uint32_t result_count = 0;
	static const uint8_t single[] = {0,	 T_I32,	    T_I64,	 T_F32,	  T_F64,
					 T_V128, T_FUNCREF, T_EXTERNREF, T_EXNREF};
	uint8_t byte = c->r.at < c->r.end ? *c->r.at : 0x40;

	if (opcode == WOP_if_) {
		pop(c, T_I32);
	}
	if (byte == 0x40) {
		ocre__read_u8(&c->r);
	} else if ((byte & 0xc0) == 0x40) {
		uint8_t type = ocre__read_vtype(&c->r);

		if (!ocre__check_uses(c, ocre__vtype_feature(byte))) {
			return NULL;
		}
		if (type == T_NONE) {
			malformed(c, "malformed block type");
			return NULL;
		}
		results = &single[type];
		result_count = 1;
	} else {
		int64_t index = ocre__read_signed(&c->r, 33);
		const struct func_type *type;

		if (!good(c)) {
			return NULL;
		}
		if (index < 0 || index >= c->m->type_count) {
			invalid(c, "unknown type");
			return NULL;
		}
		type = &c->m->types[index];
		params = c->m->type_bytes + type->types;
		param_count = type->params;
		results = params + param_count;
		result_count = type->results;
		if (!ocre__check_uses(c, FEATURE_MULTI_VALUE)) {
			return NULL;
		}
	}
	if (!good(c)) {
		return NULL;
	}
	if (c->live) {
		ocre__emit_open(c);
		if (opcode == WOP_if_) {
			ocre__emit_if(c); /* leaves its fix in c->fixes, taken below */
		}
	}
	/* Parameters that are known stay where they are. */
	uint32_t height = c->height;
	uint32_t cell_top = c->cell_top;
	bool known = pop_known(c, params, param_count);

	if (!known) {
		pop_list(c, params, param_count);
	}
	if (c->status != 0) {
		return NULL;
	}
	struct ctl *ctl = push_ctl(c, opcode, params, param_count, results, result_count);

	if (ctl == NULL) {
		return NULL;
	}
	if (c->live && opcode == WOP_if_) {
		ctl->else_fix = c->fixes.count - 1;
	}
	if (known) {
		c->height = height;
		c->cell_top = cell_top;
	} else {
		push_list(c, params, param_count);
	}
	if (c->live && opcode == WOP_loop) {
		ocre__emit_loop(c, ctl);
	}
	return ctl;
}

static void check_else(struct checker *c)
{
	struct ctl *ctl = ocre__ctl(c, 0);

	if (ctl->opcode != WOP_if_) {
		malformed(c, "END opcode expected");
		return;
	}
	check_frame_end(c, ctl);
	if (c->status != 0) {
		return;
	}
	if (c->emitting && !ctl->dead) {
		ocre__emit_else(c, ctl);
	}
	ctl->opcode = WOP_else_;
	ctl->unreachable = false;
	reset_stack(c, ctl);
	push_list(c, ctl->params, ctl->param_count);
}

static void check_end(struct checker *c)
{
	struct ctl *ctl = ocre__ctl(c, 0);
	bool was_live = c->live;

	check_frame_end(c, ctl);
	if (ctl->opcode == WOP_if_ && (ctl->param_count != ctl->result_count ||
				       (ctl->result_count > 0 && memcmp(ctl->params, ctl->results,
									ctl->result_count) != 0))) {
		invalid(c, "type mismatch");
	}
	if (c->status != 0) {
		return;
	}
	if (c->emitting && !ctl->dead) {
		if (ctl->opcode == WOP_try_table) {
			end_try_table(c, ctl);
		}
		ocre__emit_end(c, ctl);
		if (was_live && ctl->fixes == NO_FIX && ctl->else_fix == NO_FIX &&
		    !ocre__in_catch(ctl)) {
			/* Nobody else arrives here: the values stay what they are. */
			c->ctls.count--;
			return;
		}
	}
	leave_catch(ctl);

	struct ctl closed = *ctl;

	c->ctls.count--;
	reset_stack(c, &closed);
	push_list(c, closed.results, closed.result_count);
	if (OCRE_ENGINE_EXCEPTIONS && c->ctls.count == 0 && closed.fixes != NO_FIX) {
		ocre__emit_caught_return(c, closed.fixes);
	}
}

/* ---- branches ---- */

static void check_br(struct checker *c)
{
	uint32_t depth = ocre__read_u32(&c->r);
	struct ctl *ctl = good(c) ? label(c, depth) : NULL;
	const uint8_t *types;
	uint32_t count;

	if (ctl == NULL) {
		return;
	}
	if (c->live) {
		types = label_types(ctl, &count);
		if (c->height - ocre__ctl(c, 0)->height >= count) {
			ocre__emit_br(c, depth);
		}
		ctl = label(c, depth);
		if (ctl == NULL) {
			return;
		}
	}
	types = label_types(ctl, &count);
	pop_list(c, types, count);
	set_unreachable(c);
}

static void check_br_if(struct checker *c)
{
	uint32_t depth = ocre__read_u32(&c->r);
	struct ctl *ctl = good(c) ? label(c, depth) : NULL;
	const uint8_t *types;
	uint32_t count;
	uint32_t height;
	uint32_t cell_top;

	if (ctl == NULL) {
		return;
	}
	pop(c, T_I32);
	types = label_types(ctl, &count);
	height = c->height;
	cell_top = c->cell_top;
	pop_list(c, types, count);
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		c->height = height;
		c->cell_top = cell_top;
		ocre__emit_br_if(c, depth);
		return;
	}
	push_list(c, types, count);
}

static void check_br_table(struct checker *c)
{
	uint32_t count = ocre__read_u32(&c->r);
	struct reader targets = c->r;
	uint32_t arity = 0;
	bool first = true;
	const uint8_t *types;
	const uint8_t *before = NULL; /* of a label that fits */
	uint32_t label_count;
	uint32_t height;

	if (good(c) && count > (size_t)(c->r.end - c->r.at)) {
		ocre__read_fail(&c->r, "unexpected end");
	}
	pop(c, T_I32);
	height = c->height;
	for (uint32_t i = 0; i <= count && good(c); i++) {
		uint32_t depth = ocre__read_u32(&c->r);
		struct ctl *ctl = good(c) ? label(c, depth) : NULL;

		if (ctl == NULL) {
			return;
		}
		types = label_types(ctl, &label_count);
		if (!first && label_count != arity) {
			invalid(c, "type mismatch");
			return;
		}
		first = false;
		arity = label_count;
		if (before != NULL && arity > 0 && memcmp(before, types, arity) == 0) {
			continue;
		}
		before = types;
		/* Check without taking: unknown types of unreachable code stay unknown. */
		for (uint32_t k = 0; k < arity; k++) {
			uint32_t have = height - ocre__ctl(c, 0)->height;
			uint8_t type = k < have ? c->types[height - 1 - k] : T_NONE;

			if (k >= have && !ocre__ctl(c, 0)->unreachable) {
				invalid(c, "type mismatch");
				return;
			}
			if (type != T_NONE && type != types[arity - 1 - k]) {
				mismatch(c, types[arity - 1 - k], type);
				return;
			}
		}
	}
	if (!good(c)) {
		return;
	}
	if (c->live) {
		ocre__emit_br_table(c, count, targets);
	}
	set_unreachable(c);
}

static void check_return(struct checker *c)
{
	struct ctl *func = (struct ctl *)c->ctls.data;
	uint32_t height = c->height;
	uint32_t cell_top = c->cell_top;

	pop_list(c, func->results, func->result_count);
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		c->height = height;
		c->cell_top = cell_top;
		ocre__emit_return(c);
	}
	set_unreachable(c);
}

/* ---- calls ---- */

/* A tail call gives its results to the caller of this function. */
static bool check_tail(struct checker *c, const struct func_type *type)
{
	const struct func_type *own = c->type;
	const uint8_t *bytes = c->m->type_bytes;

	if (!ocre__check_uses(c, FEATURE_TAIL_CALL)) {
		return false;
	}
	if (type->results != own->results ||
	    memcmp(bytes + type->types + type->params, bytes + own->types + own->params,
		   own->results) != 0) {
		invalid(c, "type mismatch");
		return false;
	}
	return true;
}

static void check_call(struct checker *c, bool tail)
{
	uint32_t func = ocre__read_u32(&c->r);
	const struct func_type *type;
	const uint8_t *types;

	if (!good(c)) {
		return;
	}
	if (func >= c->m->func_count) {
		invalid(c, "unknown function");
		return;
	}
	type = ocre__func_type(c->m, func);
	types = c->m->type_bytes + type->types;
	if (tail && !check_tail(c, type)) {
		return;
	}
	pop_list(c, types, type->params);
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		if (tail) {
			ocre__emit_slow(c, SLOW_RETURN_CALL, type->params, func, 0);
		} else {
			ocre__emit_call(c, func, type);
		}
	}
	if (tail) {
		if (c->live) {
			ocre__emit_unreachable(c);
		}
		set_unreachable(c);
	} else {
		push_list(c, types + type->params, type->results);
	}
}

static void check_call_indirect(struct checker *c, bool tail)
{
	uint32_t index = ocre__read_u32(&c->r);
	uint32_t table = ocre__read_u32(&c->r);
	const struct func_type *type;
	const uint8_t *types;

	if (!good(c)) {
		return;
	}
	if (table >= c->m->table_count) {
		invalid(c, "unknown table");
		return;
	}
	if (c->m->tables[table].type != T_FUNCREF) {
		invalid(c, "type mismatch");
		return;
	}
	if (index >= c->m->type_count) {
		invalid(c, "unknown type");
		return;
	}
	type = &c->m->types[index];
	types = c->m->type_bytes + type->types;
	if (tail && !check_tail(c, type)) {
		return;
	}
	pop(c, T_I32);
	pop_list(c, types, type->params);
	if (c->status != 0) {
		return;
	}
	if (c->live) {
		if (tail) {
			ocre__emit_slow(c, SLOW_RETURN_CALL_INDIRECT, type->params + 1u,
					type->canonical, table);
		} else {
			ocre__emit_call_indirect(c, index, table);
		}
	}
	if (tail) {
		if (c->live) {
			ocre__emit_unreachable(c);
		}
		set_unreachable(c);
	} else {
		push_list(c, types + type->params, type->results);
	}
}

#endif /* OCRE_ENGINE_CHECK_CONTROL_H */
