/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_stack.h - what the checks of all instructions are made of, a part of check.c: memory of the
 * pass, refusing a module, the operand stack and the control frames (Appendix 7.3). Knows no
 * instruction.
 */
#ifndef OCRE_ENGINE_CHECK_STACK_H
#define OCRE_ENGINE_CHECK_STACK_H

#include "check.h"

#include <string.h>

/* ---- memory of the pass ---- */

static bool no_memory(struct checker *c)
{
	if (c->status == 0) {
		c->status = ocre_diag_set(c->diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
					  "out of memory while checking function %u", c->func);
	}
	c->r.at = c->r.end;
	c->live = false;
	return false;
}

bool ocre__array_grow(struct checker *c, struct array *a, uint32_t more, size_t size)
{
	uint32_t capacity = a->capacity;
	void *data;

	while (capacity - a->count < more) {
		if (capacity > UINT32_MAX / 4 || capacity > SIZE_MAX / 4 / size) {
			return no_memory(c);
		}
		capacity = capacity == 0 ? 16 : capacity * 2;
	}
	data = ocre_mem_resize(c->m->mem, a->data, a->capacity * size, capacity * size);
	if (data == NULL) {
		return no_memory(c);
	}
	a->data = data;
	a->capacity = capacity;
	return true;
}

/* Double an array of the checker that has its own count. */
static bool grow(struct checker *c, void **array, uint32_t *capacity, uint32_t needed, size_t size)
{
	struct array a = {*array, 0, *capacity};

	if (!ocre__array_reserve(c, &a, needed, size)) {
		return false;
	}
	*array = a.data;
	*capacity = a.capacity;
	return true;
}

/* ---- refusing: the first error is the one that is reported, and the reader goes to its end ----
 */

static void fail(struct checker *c, int status, uint32_t offset, const char *text)
{
	if (c->status == 0) {
		c->status =
			ocre_diag_set(c->diag, status, offset, "%s (function %u)", text, c->func);
	}
	c->r.at = c->r.end;
}

/* At the instruction in hand. */
static void invalid(struct checker *c, const char *text)
{
	fail(c, OCRE_E_INVALID, c->op_at, text);
}

static void malformed(struct checker *c, const char *text)
{
	fail(c, OCRE_E_MALFORMED, c->op_at, text);
}

/* Whether all went well so far. What the reader met is reported here. */
static bool good(struct checker *c)
{
	if (c->status == 0 && c->r.error != NULL) {
		fail(c, OCRE_E_MALFORMED, c->r.error_offset, c->r.error);
	}
	return c->status == 0;
}

static void mismatch(struct checker *c, uint8_t expected, uint8_t found)
{
	if (c->status == 0) {
		c->status =
			ocre_diag_set(c->diag, OCRE_E_INVALID, c->op_at,
				      "type mismatch: expected %s, found %s (function %u)",
				      ocre__vtype_name(expected), ocre__vtype_name(found), c->func);
	}
	c->r.at = c->r.end;
}

/* ---- the operand stack ---- */

#define TOO_LARGE "function needs too large a frame"

/* Higher than any frame is allowed to be, with what one instruction pushes. */
#define MOST_HEIGHT (OCRE_MAX_CELLS / 4 + 2 * OCRE_MAX_RESULTS)

/* Room for `count` more entries: what each instruction is given before it is looked at. */
static bool reserve_stack(struct checker *c, uint32_t count)
{
	uint32_t needed = c->height + count;

	if (needed > MOST_HEIGHT) {
		fail(c, OCRE_E_LIMIT, c->op_at, TOO_LARGE);
		return false;
	}
	if (needed > c->types_capacity &&
	    !grow(c, (void **)&c->types, &c->types_capacity, needed, 1)) {
		return false;
	}
	return !c->emitting || needed <= c->entries_capacity ||
	       grow(c, (void **)&c->entries, &c->entries_capacity, needed, sizeof(*c->entries));
}

/* Where the value is, while code is written. */
static void push_entry(struct checker *c, uint8_t type)
{
	struct entry *e = &c->entries[c->height - 1];

	e->kind = ENTRY_CELL;
	e->cell = (uint16_t)c->cell_top;
	c->cell_top += ocre__cells(type);
	if (c->cell_top > c->max_cell) {
		c->max_cell = c->cell_top;
	}
	if (c->live && c->height > VIRTUAL_DEPTH) {
		ocre__emit_settle(c, c->height - 1 - VIRTUAL_DEPTH);
	}
}

/* One value; there is room for STACK_ROOM of them in every instruction. */
#define STACK_ROOM 4u
static inline void push(struct checker *c, uint8_t type)
{
	c->types[c->height++] = type;
	if (c->emitting) {
		push_entry(c, type);
	}
}

static inline struct ctl *top_ctl(struct checker *c)
{
	return (struct ctl *)c->ctls.data + (c->ctls.count - 1);
}

/* Pop a value of any type; T_NONE when the code is unreachable and the type unknown. */
static inline uint8_t pop_any(struct checker *c)
{
	const struct ctl *ctl = top_ctl(c);

	if (c->height == ctl->height) {
		if (!ctl->unreachable) {
			invalid(c, "type mismatch");
		}
		return T_NONE;
	}
	c->height--;
	if (c->emitting) {
		c->cell_top = c->entries[c->height].cell;
	}
	return c->types[c->height];
}

static inline void pop(struct checker *c, uint8_t expected)
{
	uint8_t type = pop_any(c);

	if (type != expected && type != T_NONE) {
		mismatch(c, expected, type);
	}
}

/* Whether the types are on top of the stack, all known; then they are taken. */
static bool pop_known(struct checker *c, const uint8_t *types, uint32_t count)
{
	if (c->height - top_ctl(c)->height < count ||
	    (count > 0 && memcmp(c->types + (c->height - count), types, count) != 0)) {
		return false;
	}
	c->height -= count;
	if (c->emitting && count > 0) {
		c->cell_top = c->entries[c->height].cell;
	}
	return true;
}

static void pop_list(struct checker *c, const uint8_t *types, uint32_t count)
{
	const struct ctl *ctl = top_ctl(c);

	if (pop_known(c, types, count)) {
		return;
	}
	while (count > 0 && c->status == 0 && !(ctl->unreachable && c->height == ctl->height)) {
		pop(c, types[--count]);
	}
}

/* The entries of `count` values that were just pushed on the types. */
static void push_entries(struct checker *c, uint32_t count)
{
	uint32_t first = c->height - count;
	uint32_t cell = c->cell_top;

	for (uint32_t n = first; n < c->height; n++) {
		c->entries[n].kind = ENTRY_CELL;
		c->entries[n].cell = (uint16_t)cell;
		cell += ocre__cells(c->types[n]);
	}
	c->cell_top = cell;
	if (cell > c->max_cell) {
		c->max_cell = cell;
	}
	/* Those below that are too deep now. */
	for (uint32_t n = first > VIRTUAL_DEPTH ? first - VIRTUAL_DEPTH : 0;
	     c->live && n < first && n + VIRTUAL_DEPTH < c->height; n++) {
		ocre__emit_settle(c, n);
	}
}

static void push_list(struct checker *c, const uint8_t *types, uint32_t count)
{
	if (count == 0 || !reserve_stack(c, count)) {
		return;
	}
	memcpy(c->types + c->height, types, count);
	c->height += count;
	if (c->emitting) {
		push_entries(c, count);
	}
}

/* ---- control frames ---- */

static struct ctl *push_ctl(struct checker *c, uint32_t opcode, const uint8_t *params,
			    uint32_t param_count, const uint8_t *results, uint32_t result_count)
{
	struct ctl *ctl;

	if (!ocre__array_reserve(c, &c->ctls, 1, sizeof(*ctl))) {
		c->r.at = c->r.end;
		return NULL;
	}
	ctl = (struct ctl *)c->ctls.data + c->ctls.count++;
	memset(ctl, 0, sizeof(*ctl));
	ctl->opcode = (uint8_t)opcode;
	ctl->dead = !c->live;
	ctl->height = c->height;
	ctl->params = params;
	ctl->param_count = (uint16_t)param_count;
	ctl->results = results;
	ctl->result_count = (uint16_t)result_count;
	ctl->cells = (uint16_t)c->cell_top;
	ctl->fixes = NO_FIX;
	ctl->else_fix = NO_FIX;
	ctl->region = UINT32_MAX;
	return ctl;
}

/* The types that a branch to a frame takes. */
static const uint8_t *label_types(const struct ctl *ctl, uint32_t *count)
{
	if (ctl->opcode == WOP_loop) {
		*count = ctl->param_count;
		return ctl->params;
	}
	*count = ctl->result_count;
	return ctl->results;
}

static void reset_stack(struct checker *c, const struct ctl *ctl)
{
	c->height = ctl->height;
	c->cell_top = ctl->cells + (uint32_t)ocre__in_catch(ctl);
}

static void set_unreachable(struct checker *c)
{
	struct ctl *ctl = ocre__ctl(c, 0);

	reset_stack(c, ctl);
	ctl->unreachable = true;
}

/* The values that end a frame, or an arm of it. They stay where they are. */
static void check_frame_end(struct checker *c, struct ctl *ctl)
{
	uint32_t height;
	uint32_t cell_top;

	height = c->height;
	cell_top = c->cell_top;
	pop_list(c, ctl->results, ctl->result_count);
	if (c->status == 0 && c->height != ctl->height) {
		invalid(c, "type mismatch");
	}
	if (c->live) {
		c->height = height;
		c->cell_top = cell_top;
	}
}

static struct ctl *label(struct checker *c, uint32_t depth)
{
	if (c->status == 0 && depth >= c->ctls.count) {
		invalid(c, "unknown label");
	}
	return c->status == 0 ? ocre__ctl(c, depth) : NULL;
}

/* The entry that holds the exception of a legacy clause goes when the clause ends. */
static void leave_catch(struct ctl *ctl)
{
	if (ocre__in_catch(ctl)) {
		ctl->height--;
		ctl->opcode = WOP_try_;
	}
}

#endif /* OCRE_ENGINE_CHECK_STACK_H */
