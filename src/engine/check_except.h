/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_except.h - checks the instructions of exception handling, a part of check.c: the legacy
 * ones (try, catch, delegate, rethrow) and the standard's (try_table, throw_ref). How exceptions
 * travel is in unwind.c.
 */
#ifndef OCRE_ENGINE_CHECK_EXCEPT_H
#define OCRE_ENGINE_CHECK_EXCEPT_H

#include "check_control.h"

#if OCRE_ENGINE_EXCEPTIONS

/* The type of a tag's values; NULL (and an error) when there is no such tag. */
static const struct func_type *tag_type(struct checker *c, uint32_t tag)
{
	if (good(c) && tag >= c->m->tag_count) {
		if (c->status == 0) {
			c->status = ocre_diag_set(c->diag, OCRE_E_INVALID, c->op_at,
						  "unknown tag %u (function %u)", tag, c->func);
		}
		c->r.at = c->r.end;
	}
	return c->status == 0 ? &c->m->types[c->m->tags[tag]] : NULL;
}

static void check_throw(struct checker *c)
{
	uint32_t tag = ocre__read_u32(&c->r);
	const struct func_type *type = tag_type(c, tag);

	if (type == NULL) {
		return;
	}
	pop_list(c, c->m->type_bytes + type->types, type->params);
	if (c->status == 0 && c->live) {
		ocre__emit_slow(c, SLOW_THROW, type->params, tag, 0);
		ocre__emit_unreachable(c);
	}
	set_unreachable(c);
}

static void check_throw_ref(struct checker *c)
{
	if (!ocre__check_uses(c, FEATURE_EXCEPTIONS)) {
		return;
	}
	pop(c, T_EXNREF);
	if (c->status == 0 && c->live) {
		ocre__emit_slow(c, SLOW_THROW_REF, 1, 0, 0);
		ocre__emit_unreachable(c);
	}
	set_unreachable(c);
}

/* ---- legacy ---- */

static void check_try(struct checker *c)
{
	struct ctl *ctl = open_block(c, WOP_try_);

	if (!ocre__check_uses(c, FEATURE_LEGACY_EXCEPTIONS)) {
		return;
	}
	if (ctl != NULL && c->live) {
		ocre__emit_try(c, ctl);
	}
}

static void check_catch(struct checker *c, bool all)
{
	uint32_t tag = all ? REGION_ANY : ocre__read_u32(&c->r);
	const struct func_type *type = all ? NULL : tag_type(c, tag);
	struct ctl *ctl = ocre__ctl(c, 0);

	if (!good(c)) {
		return;
	}
	if (ctl->opcode != WOP_try_ && ctl->opcode != WOP_catch_) {
		malformed(c, "END opcode expected");
		return;
	}
	check_frame_end(c, ctl);
	if (c->status != 0) {
		return;
	}
	if (c->emitting && !ctl->dead) {
		ocre__emit_catch(c, ctl, tag);
	}
	leave_catch(ctl);
	reset_stack(c, ctl);
	push(c, T_EXNREF);
	ctl->opcode = all ? WOP_catch_all : WOP_catch_;
	ctl->height++;
	ctl->unreachable = false;
	if (type != NULL) {
		push_list(c, c->m->type_bytes + type->types, type->params);
	}
}

static void check_delegate(struct checker *c)
{
	uint32_t depth = ocre__read_u32(&c->r);
	struct ctl *ctl = ocre__ctl(c, 0);

	if (!good(c)) {
		return;
	}
	if (ctl->opcode != WOP_try_) {
		malformed(c, "END opcode expected");
		return;
	}
	/* The label counts from outside of the try. */
	if (depth >= c->ctls.count - 1) {
		invalid(c, "unknown label");
		return;
	}
	if (c->emitting && !ctl->dead) {
		ocre__emit_delegate(c, ctl, depth + 1);
	}
	check_end(c);
}

static void check_rethrow(struct checker *c)
{
	uint32_t depth = ocre__read_u32(&c->r);
	struct ctl *ctl = good(c) ? label(c, depth) : NULL;

	if (ctl == NULL) {
		return;
	}
	if (!ocre__in_catch(ctl)) {
		invalid(c, "invalid rethrow label");
		return;
	}
	if (c->live) {
		ocre__emit_rethrow(c, ctl);
	}
	set_unreachable(c);
}

/* ---- try_table ---- */

/* One clause of a try_table, whose frame is the innermost. */
static struct ctl *read_clause(struct checker *c, uint32_t *tag, uint32_t *depth)
{
	uint32_t kind = ocre__read_u8(&c->r);

	if (good(c) && kind > 3) {
		malformed(c, "malformed catch clause");
	}
	*tag = kind < 2 ? ocre__read_u32(&c->r) : REGION_ANY;
	if (kind < 2 && tag_type(c, *tag) == NULL) {
		return NULL;
	}
	*tag |= (kind & 1) != 0 ? REGION_REF : 0;
	/* The label counts from outside of the try_table. */
	*depth = ocre__read_u32(&c->r);
	if (!good(c)) {
		return NULL;
	}
	if (*depth >= c->ctls.count - 1) {
		invalid(c, "unknown label");
		return NULL;
	}
	return ocre__ctl(c, ++*depth);
}

static void check_clause(struct checker *c)
{
	uint32_t tag;
	uint32_t depth;
	const struct ctl *ctl = read_clause(c, &tag, &depth);
	const struct func_type *type;
	const uint8_t *types;
	uint32_t count;
	uint32_t params = 0;

	if (ctl == NULL) {
		return;
	}
	types = label_types(ctl, &count);
	if ((tag & REGION_ANY) == 0) {
		type = &c->m->types[c->m->tags[tag & REGION_INDEX]];
		params = type->params;
		if (params > 0 && params <= count &&
		    memcmp(types, c->m->type_bytes + type->types, params) != 0) {
			params = UINT32_MAX / 2; /* fits no label */
		}
	}
	if ((tag & REGION_REF) != 0) {
		if (params < count && types[params] != T_EXNREF) {
			params = UINT32_MAX / 2;
		}
		params++;
	}
	if (params != count) {
		invalid(c, "type mismatch");
	}
}

static void check_try_table(struct checker *c)
{
	struct ctl *ctl = open_block(c, WOP_try_table);
	uint32_t count;

	if (!ocre__check_uses(c, FEATURE_EXCEPTIONS)) {
		return;
	}
	if (ctl == NULL) {
		return;
	}
	ctl->catches = ocre__offset(&c->r);
	count = ocre__read_u32(&c->r);
	for (uint32_t i = 0; i < count && good(c); i++) {
		check_clause(c);
	}
	if (good(c) && c->live) {
		ocre__emit_try(c, ocre__ctl(c, 0));
	}
}

/* The clauses are read again: inner ones come before them in the table. */
static void end_try_table(struct checker *c, struct ctl *ctl)
{
	struct reader body = c->r;
	uint32_t count;

	c->r.at = c->r.start + ctl->catches;
	count = ocre__read_u32(&c->r);
	for (uint32_t i = 0; i < count && good(c); i++) {
		uint32_t tag;
		uint32_t depth;

		if (read_clause(c, &tag, &depth) != NULL) {
			ocre__emit_clause(c, ctl, tag, depth);
		}
	}
	if (good(c)) {
		c->r = body;
	}
}

#else

static void end_try_table(struct checker *c, struct ctl *ctl)
{
	(void)c;
	(void)ctl;
}

#endif /* OCRE_ENGINE_EXCEPTIONS */

#endif /* OCRE_ENGINE_CHECK_EXCEPT_H */
