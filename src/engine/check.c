/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.c - validates a function body (3.3, algorithm of Appendix 7.3). The same pass, with
 * c->emitting set, drives emit.c, which writes the internal code. So what is refused here is never
 * prepared, and what is prepared was checked again while its bytes were read.
 */
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

bool ocre__array_reserve(struct checker *c, struct array *a, uint32_t more, size_t size)
{
	uint32_t capacity = a->capacity;
	void *data;

	if (more <= capacity - a->count) {
		return true;
	}
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

/* ---- errors ---- */

static void fail(struct checker *c, int status, uint32_t offset, const char *text)
{
	if (c->status == 0) {
		c->status =
			ocre_diag_set(c->diag, status, offset, "%s (function %u)", text, c->func);
	}
	c->r.at = c->r.end;
}

static void invalid(struct checker *c, const char *text)
{
	fail(c, OCRE_E_INVALID, c->op_at, text);
}

static void malformed(struct checker *c, const char *text)
{
	fail(c, OCRE_E_MALFORMED, c->op_at, text);
}

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
		uint8_t type = ocre__vtype(byte);

		if (type == T_NONE) {
			malformed(c, "malformed block type");
			return NULL;
		}
		ocre__read_u8(&c->r);
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
		c->m->features |= FEATURE_MULTI_VALUE;
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

/* ---- exceptions ---- */

/* The entry that holds the exception of a legacy clause goes when the clause ends. */
static void leave_catch(struct ctl *ctl)
{
	if (ocre__in_catch(ctl)) {
		ctl->height--;
		ctl->opcode = WOP_try_;
	}
}

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
	c->m->features |= FEATURE_EXCEPTIONS;
	pop(c, T_EXNREF);
	if (c->status == 0 && c->live) {
		ocre__emit_slow(c, SLOW_THROW_REF, 1, 0, 0);
		ocre__emit_unreachable(c);
	}
	set_unreachable(c);
}

static void check_try(struct checker *c)
{
	struct ctl *ctl = open_block(c, WOP_try_);

	c->m->features |= FEATURE_LEGACY_EXCEPTIONS;
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

	c->m->features |= FEATURE_EXCEPTIONS;
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
#endif

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

#if OCRE_ENGINE_EXCEPTIONS
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
#endif

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
	if (tail) {
		const struct func_type *own = c->type;

		c->m->features |= FEATURE_TAIL_CALLS;
		if (type->results != own->results ||
		    memcmp(types + type->params, c->m->type_bytes + own->types + own->params,
			   own->results) != 0) {
			invalid(c, "type mismatch");
			return;
		}
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
	if (tail) {
		const struct func_type *own = c->type;

		c->m->features |= FEATURE_TAIL_CALLS;
		if (type->results != own->results ||
		    memcmp(types + type->params, c->m->type_bytes + own->types + own->params,
			   own->results) != 0) {
			invalid(c, "type mismatch");
			return;
		}
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

		c->m->features |= FEATURE_REFERENCES;
		if (good(c) && count != 1) {
			invalid(c, "invalid result arity");
			return;
		}
		type = ocre__vtype(ocre__read_u8(&c->r));
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

/* ---- tables, memory, references ---- */

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
	c->m->features |= FEATURE_REFERENCES;
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

	if (t == NULL) {
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

	if (f == NULL) {
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

	c->m->features |= FEATURE_BULK;
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

	c->m->features |= FEATURE_BULK;
	if (data) {
		check_data_segment(c, segment);
	} else if (good(c) && segment >= c->m->elem_count) {
		invalid(c, "unknown elem segment");
	}
	if (good(c) && c->live) {
		ocre__emit_slow(c, data ? SLOW_DATA_DROP : SLOW_ELEM_DROP, 0, segment, 0);
	}
}

static void check_ref_null(struct checker *c)
{
	uint8_t type = ocre__vtype(ocre__read_u8(&c->r));

	if (type < T_FUNCREF) {
		if (good(c)) {
			malformed(c, "malformed reference type");
		}
		return;
	}
	c->m->features |= FEATURE_REFERENCES;
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
	c->m->features |= FEATURE_REFERENCES;
	if (c->live) {
		ocre__emit_slow(c, SLOW_REF_FUNC, 0, func, 0);
	}
	push(c, T_FUNCREF);
}

/* ---- instructions that the table describes ---- */

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

/* ---- one instruction ---- */

static void check_prefixed(struct checker *c, uint32_t prefix)
{
	uint32_t number = ocre__read_u32(&c->r);
	uint32_t opcode = prefix << 8 | (number & 0xff);
	const struct op_row *row = ocre__op_row(opcode);

	if (!good(c)) {
		return;
	}
	if (number > 0xff || row->imm == IMM_INVALID) {
		malformed(c, "illegal opcode");
		return;
	}
	c->m->features |= prefix == 0xfd   ? FEATURE_SIMD
			  : prefix == 0xfe ? FEATURE_THREADS
			  : number < 8	   ? FEATURE_SATURATING
					   : 0u;
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

		if (row->imm == IMM_INVALID || row->class == CLASS_CTRL) {
			malformed(c, "illegal opcode");
			break;
		}
		if (opcode >= WOP_i32_extend8_s) {
			c->m->features |= FEATURE_SIGN_EXT;
		}
		check_row(c, opcode, row);
		break;
	}
	}
}

/*
 * The instructions that most code is made of, in their usual encodings: everything is in registers,
 * so that loading and preparing are quick. It accepts a part of what check_op() accepts and refuses
 * nothing: whatever is out of the ordinary is left where it is, for check_op() to look at.
 */
#define COMMON_LOOKAHEAD 12 /* bytes that one instruction may read */
#define ALWAYS_INLINE	 inline __attribute__((always_inline)) /* one copy checks, one writes */

/* A number of up to four bytes; NULL when it is longer. */
static inline const uint8_t *common_u32(const uint8_t *at, uint32_t *value)
{
	uint32_t v = *at & 0x7f;
	uint32_t shift = 7;

	for (; *at >= 0x80; shift += 7) {
		at++;
		if (shift == 28) {
			/* A fifth byte, as linkers write it, if it is plain. */
			if (*at >= 0x08) {
				return NULL;
			}
			*value = v | (uint32_t)*at << 28;
			return at + 1;
		}
		v |= (uint32_t)(*at & 0x7f) << shift;
	}
	*value = v;
	return at + 1;
}

static inline const uint8_t *common_s32(const uint8_t *at, uint32_t *value)
{
	const uint8_t *next = common_u32(at, value);
	uint32_t bits = next != NULL ? (uint32_t)(next - at) * 7 : 0;

	if (next == NULL) {
		return NULL;
	}
	if (bits < 32 && (*value >> (bits - 1) & 1) != 0) {
		*value |= UINT32_MAX << bits;
	}
	return next;
}

/* Take the operands of a row off `types`: the new height, or UINT32_MAX when they are not there. */
static inline uint32_t pop_row(const uint8_t *types, uint32_t height, uint32_t floor, uint16_t sig)
{
	uint8_t top = sig >> 4 & 0xf;
	uint8_t below = sig >> 8 & 0xf;

	if (below == T_NONE) {
		return height > floor && types[height - 1] == top ? height - 1 : UINT32_MAX;
	}
	return height - floor >= 2 && types[height - 1] == top && types[height - 2] == below
		       ? height - 2
		       : UINT32_MAX;
}

/* What check_common() keeps in registers, and gives back before others look. */
struct common {
	const uint8_t *at;
	uint32_t height;
	uint32_t count;
};

static ALWAYS_INLINE void give_back(struct checker *c, const struct common *k, bool live)
{
	c->r.at = k->at;
	c->height = k->height;
	if (live) {
		c->count = k->count;
	}
}

/* The entry of a value that was just pushed on the types. */
static ALWAYS_INLINE struct entry *common_entry(struct checker *c, const struct common *k,
						uint8_t type)
{
	struct entry *e = &c->entries[k->height - 1];

	e->kind = ENTRY_CELL;
	e->cell = (uint16_t)c->cell_top;
	c->cell_top += ocre__cells(type);
	if (c->cell_top > c->max_cell) {
		c->max_cell = c->cell_top;
	}
	return e;
}

static ALWAYS_INLINE bool common_local(struct checker *c, struct common *k, uint32_t floor,
				       bool live)
{
	uint32_t opcode = k->at[0];
	uint32_t local = k->at[1];
	uint8_t type;

	if (local >= 0x80 || local >= c->local_count) {
		return false;
	}
	type = c->local_types[local];
	if (opcode != WOP_local_get) {
		if (k->height == floor || c->types[k->height - 1] != type) {
			return false;
		}
		k->height--;
		if (live) {
			give_back(c, k, true);
			c->cell_top = c->entries[k->height].cell;
			ocre__emit_local_set(c, local, opcode == WOP_local_tee);
			k->count = c->count;
		}
	}
	if (opcode != WOP_local_set) {
		c->types[k->height++] = type;
		if (live) {
			struct entry *e = common_entry(c, k, type);

			e->kind = ENTRY_LOCAL;
			e->local = c->local_cells[local];
		}
	}
	k->at += 2;
	return true;
}

static ALWAYS_INLINE bool common_row(struct checker *c, struct common *k, uint32_t floor,
				     const struct op_row *row, bool live)
{
	uint32_t opcode = *k->at;
	const uint8_t *next = k->at + 1;
	uint32_t offset = 0;
	uint32_t left;

	if (row->class == CLASS_LOAD || row->class == CLASS_STORE) {
		if (c->m->memory_count == 0 || *next > row->imm - IMM_MEM0) {
			return false;
		}
		next = common_u32(next + 1, &offset);
	} else if (opcode >= WOP_i32_extend8_s) {
		return false; /* a feature to be noted */
	}
	left = pop_row(c->types, k->height, floor, row->sig);
	if (next == NULL || left == UINT32_MAX) {
		return false;
	}
	k->height = left;
	if (live) {
		give_back(c, k, true);
		c->cell_top = c->entries[left].cell;
		ocre__emit_op(c, opcode, row, offset, 0);
		k->count = c->count;
	}
	if ((row->sig & 0xf) != 0) {
		c->types[k->height++] = row->sig & 0xf;
		if (live) {
			common_entry(c, k, row->sig & 0xf);
		}
	}
	k->at = next;
	return true;
}

static ALWAYS_INLINE bool common_const(struct checker *c, struct common *k, bool live)
{
	uint32_t value;
	const uint8_t *next = common_s32(k->at + 1, &value);

	if (next == NULL) {
		return false;
	}
	c->types[k->height++] = T_I32;
	if (live) {
		struct entry *e = common_entry(c, k, T_I32);

		e->kind = ENTRY_CONST;
		e->value = value;
	}
	k->at = next;
	return true;
}

static ALWAYS_INLINE void check_common(struct checker *c, bool live)
{
	struct common k = {c->r.at, c->height, c->count};
	const uint32_t floor = top_ctl(c)->height;
	uint32_t room = c->types_capacity;
	bool done = true;

	if (live) {
		room = room < VIRTUAL_DEPTH ? room : VIRTUAL_DEPTH;
	}
	while (c->r.end - k.at > COMMON_LOOKAHEAD && k.height < room && k.count < 60000) {
		const struct op_row *row = &ocre__op_rows[*k.at];

		k.count += live;
		switch (row->class) {
		case CLASS_CTRL:
			done = false;
			break;
		case CLASS_LOCAL:
			done = common_local(c, &k, floor, live);
			break;
		case CLASS_CONST:
			done = common_const(c, &k, live);
			break;
		default:
			done = common_row(c, &k, floor, row, live);
			break;
		}
		if (!done) {
			k.count -= live;
			break;
		}
		if (k.height > c->max_height) {
			c->max_height = k.height;
		}
		if (live && !c->live) {
			return; /* out of memory: what that left is what counts */
		}
	}
	give_back(c, &k, live);
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
		type = ocre__vtype(ocre__read_u8(&c->r));
		if (!good(c)) {
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
