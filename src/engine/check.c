/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - validates a function body (3.3, algorithm of Appendix 7.3): its locals, then one
 * instruction after the other. The same pass, with c->emitting set, drives emit.c, which writes the
 * internal code. So what is refused here is never prepared, and what is prepared was checked again
 * while its bytes were read.
 *
 * What is checked for each kind of instruction is in the headers check_*.h. They are parts of this
 * file rather than files of their own because that makes the pass an eighth quicker and 1.3 KiB of
 * Cortex-M code smaller.
 */
#include "check.h"

#include <string.h>

#include "check_common.h"
#include "check_control.h"
#include "check_except.h"
#include "check_memory.h"
#include "check_stack.h"
#include "check_values.h"

/* ---- one instruction ---- */

static void check_prefixed(struct checker *c, uint32_t prefix)
{
	uint32_t number = ocre__read_u32(&c->r);
	uint32_t opcode = prefix << 8 | (number & 0xff);
	const struct op_row *row = ocre__op_row(opcode);

	if (!good(c)) {
		return;
	}
	if ((prefix == 0xfd && !ocre__check_uses(c, FEATURE_SIMD)) ||
	    (prefix == 0xfe && !ocre__check_uses(c, FEATURE_THREADS)) ||
	    (prefix == 0xfc && number < 8 && !ocre__check_uses(c, FEATURE_SATURATING))) {
		return;
	}
	if (number > 0xff || row->imm == IMM_INVALID) {
		malformed(c, "illegal opcode");
		return;
	}
	switch (opcode) {
	case WOP_memory_init:
	case WOP_memory_copy:
	case WOP_memory_fill:
		check_memory_bulk(c, opcode);
		break;
	case WOP_data_drop:
	case WOP_elem_drop:
		check_drop_segment(c, opcode == WOP_data_drop);
		break;
	case WOP_table_init:
		check_table_init(c);
		break;
	case WOP_table_copy:
		check_table_copy(c);
		break;
	case WOP_table_grow:
	case WOP_table_size:
	case WOP_table_fill:
		check_table_access(c, opcode);
		break;
#if OCRE_ENGINE_THREADS
	case WOP_memory_atomic_notify:
	case WOP_memory_atomic_wait32:
	case WOP_memory_atomic_wait64:
		check_wait_notify(c, opcode, row);
		break;
	case WOP_atomic_fence:
		check_fence(c, opcode, row);
		break;
#endif
	default:
		check_row(c, opcode, row);
		break;
	}
}

static void check_op(struct checker *c, uint32_t opcode)
{
	switch (opcode) {
	case WOP_unreachable:
		if (c->live) {
			ocre__emit_unreachable(c);
		}
		set_unreachable(c);
		break;
	case WOP_nop:
		break;
	case WOP_block:
	case WOP_loop:
	case WOP_if_:
		open_block(c, opcode);
		break;
	case WOP_else_:
		check_else(c);
		break;
	case WOP_end:
		check_end(c);
		break;
#if OCRE_ENGINE_EXCEPTIONS
	case WOP_try_:
		check_try(c);
		break;
	case WOP_catch_:
	case WOP_catch_all:
		check_catch(c, opcode == WOP_catch_all);
		break;
	case WOP_delegate:
		check_delegate(c);
		break;
	case WOP_throw_:
		check_throw(c);
		break;
	case WOP_rethrow:
		check_rethrow(c);
		break;
	case WOP_throw_ref:
		check_throw_ref(c);
		break;
	case WOP_try_table:
		check_try_table(c);
		break;
#endif
	case WOP_br:
		check_br(c);
		break;
	case WOP_br_if:
		check_br_if(c);
		break;
	case WOP_br_table:
		check_br_table(c);
		break;
	case WOP_return_:
		check_return(c);
		break;
	case WOP_call:
	case WOP_return_call:
		check_call(c, opcode == WOP_return_call);
		break;
	case WOP_call_indirect:
	case WOP_return_call_indirect:
		check_call_indirect(c, opcode == WOP_return_call_indirect);
		break;
	case WOP_drop:
		pop_any(c);
		break;
	case WOP_select:
	case WOP_select_t:
		check_select(c, opcode == WOP_select_t);
		break;
	case WOP_local_get:
	case WOP_local_set:
	case WOP_local_tee:
		check_local(c, opcode);
		break;
	case WOP_global_get:
	case WOP_global_set:
		check_global(c, opcode == WOP_global_set);
		break;
	case WOP_table_get:
	case WOP_table_set:
		check_table_access(c, opcode);
		break;
	case WOP_memory_size:
	case WOP_memory_grow:
		check_memory_size(c, opcode == WOP_memory_grow);
		break;
	case WOP_i32_const: {
		int32_t value = ocre__read_s32(&c->r);

		push(c, T_I32);
		if (c->live) {
			ocre__emit_const32(c, (uint32_t)value);
		}
		break;
	}
	case WOP_i64_const: {
		int64_t value = ocre__read_s64(&c->r);

		push(c, T_I64);
		if (c->live) {
			ocre__emit_const64(c, (uint64_t)value);
		}
		break;
	}
	case WOP_f32_const: {
		const uint8_t *at = ocre__read_bytes(&c->r, 4);

		push(c, T_F32);
		if (c->live && at != NULL) {
			ocre__emit_const32(c, ocre_get_u32(at));
		}
		break;
	}
	case WOP_f64_const: {
		const uint8_t *at = ocre__read_bytes(&c->r, 8);

		push(c, T_F64);
		if (c->live && at != NULL) {
			ocre__emit_const64(c, ocre_get_u64(at));
		}
		break;
	}
	case WOP_ref_null:
		check_ref_null(c);
		break;
	case WOP_ref_is_null:
		check_ref_is_null(c);
		break;
	case WOP_ref_func:
		check_ref_func(c);
		break;
	case 0xfc:
	case 0xfd:
	case 0xfe:
		check_prefixed(c, opcode);
		break;
	default: {
		const struct op_row *row = &ocre__op_rows[opcode];

		if (opcode >= WOP_SIGN_EXT && opcode <= WOP_SIGN_EXT_LAST &&
		    !ocre__check_uses(c, FEATURE_SIGN_EXT)) {
			break;
		}
		if (!OCRE_ENGINE_EXCEPTIONS && row->class == CLASS_CTRL &&
		    row->imm != IMM_INVALID) {
			ocre__check_uses(c, opcode == WOP_throw_ref || opcode == WOP_try_table
						    ? FEATURE_EXCEPTIONS
						    : FEATURE_LEGACY_EXCEPTIONS);
			break;
		}
		if (row->imm == IMM_INVALID || row->class == CLASS_CTRL) {
			malformed(c, "illegal opcode");
			break;
		}
		check_row(c, opcode, row);
		break;
	}
	}
}

/* Instructions that cost nothing: they only give structure. */
static bool is_structural(uint32_t opcode)
{
	return opcode == WOP_block || opcode == WOP_loop || opcode == WOP_else_ ||
	       opcode == WOP_end || opcode == WOP_try_ || opcode == WOP_catch_ ||
	       opcode == WOP_catch_all || opcode == WOP_delegate || opcode == WOP_try_table;
}

/* ---- a function ---- */

static void add_locals(struct checker *c, const uint8_t *types, uint32_t count, bool same)
{
	uint32_t total = c->local_count + count;

	if (total > OCRE_MAX_LOCALS) {
		fail(c, OCRE_E_LIMIT, c->op_at, "too many locals");
		return;
	}
	if (total > c->locals_capacity &&
	    !grow(c, (void **)&c->local_types, &c->locals_capacity, total, 1)) {
		return;
	}
	if (count > 0 && same) {
		memset(c->local_types + c->local_count, types[0], count);
	} else if (count > 0) {
		memcpy(c->local_types + c->local_count, types, count);
	}
	c->local_count = total;
	c->frame_cells += same ? count * ocre__cells(types[0]) : ocre__types_cells(types, count);
}

static void read_locals(struct checker *c)
{
	uint32_t groups = ocre__read_u32(&c->r);
	uint64_t total = 0;

	for (uint32_t i = 0; i < groups && good(c); i++) {
		uint32_t count;
		uint8_t type;

		c->op_at = ocre__offset(&c->r);
		count = ocre__read_u32(&c->r);
		type = ocre__read_vtype(&c->r);
		if (!good(c) || !ocre__check_uses(c, ocre__vtype_feature(c->r.at[-1]))) {
			return;
		}
		total += count;
		if (total > UINT32_MAX) {
			malformed(c, "too many locals");
		} else if (type == T_NONE) {
			malformed(c, "malformed value type");
		} else {
			add_locals(c, &type, count, true);
		}
	}
}

static void begin(struct checker *c, uint32_t func)
{
	struct ocre_module *m = c->m;
	const struct func *f = &m->funcs[func];

	c->func = func;
	c->type = &m->types[f->type];
	c->r.start = m->bytes.data;
	c->r.at = m->bytes.data + f->body;
	c->r.end = m->bytes.data + f->end;
	c->r.error = NULL;
	c->op_at = f->body;
	c->height = 0;
	c->max_height = 0;
	c->local_count = 0;
	c->frame_cells = RECORD_CELLS;
	c->ctls.count = 0;
	c->cell_top = 0;
	c->max_cell = 0;
	add_locals(c, m->type_bytes + c->type->types, c->type->params, false);
	read_locals(c);
}

static void check_body(struct checker *c, uint32_t func)
{
	begin(c, func);
	c->live = c->emitting;
	if (good(c) && c->frame_cells > OCRE_MAX_CELLS) {
		fail(c, OCRE_E_LIMIT, c->m->funcs[func].body, TOO_LARGE);
	}
	if (!good(c) || (c->emitting && !ocre__emit_begin(c))) {
		return;
	}
	if (push_ctl(c, WOP_block, NULL, 0, c->m->type_bytes + c->type->types + c->type->params,
		     c->type->results) == NULL) {
		return;
	}
	while (c->r.at < c->r.end && c->ctls.count > 0) {
		uint32_t opcode;
		uint32_t word = c->code.count;

		if (OCRE_ENGINE_COMMON && !c->emitting) {
			check_common(c, false);
		} else if (OCRE_ENGINE_COMMON && c->live && c->locate == UINT32_MAX) {
			check_common(c, true);
			if (c->status != 0) {
				return;
			}
		}
		opcode = *c->r.at;

		c->op_at = ocre__offset(&c->r);
		c->r.at++;
		if (c->height > c->max_height) {
			c->max_height = c->height;
		}
		if (c->types_capacity - c->height < STACK_ROOM && !reserve_stack(c, STACK_ROOM)) {
			break;
		}
		if (!c->live) {
			check_op(c, opcode);
			continue;
		}
		if (!is_structural(opcode)) {
			if (c->count >= 60000) {
				ocre__emit_break_run(c);
			}
			c->count++;
		}
		check_op(c, opcode);
		if (c->locate >= word && c->locate < c->code.count) {
			c->located = c->op_at;
		}
	}
	if (c->height > c->max_height) {
		c->max_height = c->height;
	}
	if (!good(c)) {
		return;
	}
	if (c->ctls.count > 0) {
		bool module_ends = c->r.end == c->m->bytes.data + c->m->bytes.size;

		fail(c, OCRE_E_MALFORMED, ocre__offset(&c->r),
		     module_ends ? "unexpected end" : "END opcode expected");
	} else if (c->r.at != c->r.end) {
		fail(c, OCRE_E_MALFORMED, ocre__offset(&c->r), "section size mismatch");
	} else if (c->max_height * 4 + c->frame_cells > OCRE_MAX_CELLS) {
		fail(c, OCRE_E_LIMIT, c->m->funcs[func].body, TOO_LARGE);
	}
}

int ocre__check_func(struct checker *c, uint32_t func)
{
	c->emitting = false;
	c->locate = UINT32_MAX;
	check_body(c, func);
	return c->status;
}

int ocre__prepare_words(struct checker *c, uint32_t func)
{
	c->emitting = true;
	c->locate = UINT32_MAX;
	check_body(c, func);
	if (c->status == 0) {
		ocre__emit_finish(c);
	}
	return c->status;
}

int ocre__prepare_func(struct checker *c, uint32_t func, struct code **out)
{
	if (ocre__prepare_words(c, func) == 0) {
		*out = ocre__emit_copy(c);
	}
	return c->status;
}

int ocre__locate_word(struct checker *c, uint32_t func, uint32_t word, uint32_t *offset)
{
	c->emitting = true;
	c->locate = word;
	c->located = c->m->funcs[func].body;
	check_body(c, func);
	*offset = c->located;
	return c->status;
}

/* ---- the checker ---- */

int ocre__checker_create(struct ocre_module *m, struct ocre_diag *diag, struct checker **out)
{
	struct checker *c = ocre_mem_alloc(m->mem, sizeof(*c));

	if (c == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "out of memory while checking functions");
	}
	c->m = m;
	c->diag = diag;
	*out = c;
	return OCRE_OK;
}

static void free_array(struct checker *c, struct array *a, size_t size)
{
	ocre_mem_free(c->m->mem, a->data, a->capacity * size);
}

void ocre__checker_destroy(struct checker *c)
{
	struct ocre_mem *mem = c->m->mem;

	ocre_mem_free(mem, c->types, c->types_capacity);
	ocre_mem_free(mem, c->entries, c->entries_capacity * sizeof(*c->entries));
	ocre_mem_free(mem, c->local_types, c->locals_capacity);
	ocre_mem_free(mem, c->local_cells, c->local_cells_capacity * sizeof(*c->local_cells));
	free_array(c, &c->ctls, sizeof(struct ctl));
	free_array(c, &c->code, sizeof(uint16_t));
	free_array(c, &c->fixes, sizeof(struct fix));
	free_array(c, &c->pendings, sizeof(struct pending));
	free_array(c, &c->regions, sizeof(struct region));
	free_array(c, &c->starts, sizeof(uint32_t));
	ocre_mem_free(mem, c, sizeof(*c));
}
