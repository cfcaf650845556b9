/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emit.c - writes the internal code of a function (iops.h) while check.c validates it.
 *
 * local.get and constants write nothing: the entry on the operand stack says where the value is,
 * and the instruction that takes it names that cell or carries the constant. A value that the next
 * instruction takes travels in the accumulator. Every entry has a cell of its own, numbered by
 * the height of the stack; at each point where paths meet all values are in their cells.
 *
 * Budget: an instruction of WebAssembly costs one unit, structure is free. A straight run of code
 * ends at a branch; whoever enters a run pays for the rest of it. So every branch carries the cost
 * of arriving at its target, which is filled in when the run that the target is part of has ended.
 * A function whose locals take a KiB or more costs 16 units for each KiB when it is entered.
 */
#include "check.h"
#include "forms.h"

#include <string.h>

#if OCRE_ENGINE_FUSED
#define ACC_FORM(op) ((uint16_t)((op) + 1))
#else
#define ACC_FORM(op) ((uint16_t)(op))
#endif

/* ---- words ---- */

static uint16_t *words(struct checker *c)
{
	return c->code.data;
}

/* Room for one instruction; the longest has 11 words. */
static inline bool reserve(struct checker *c)
{
	return ocre__array_reserve(c, &c->code, 24, sizeof(uint16_t));
}

static inline void put(struct checker *c, uint32_t word)
{
	words(c)[c->code.count++] = (uint16_t)word;
}

/* The next `count` words, for which begin_op() made room. */
static inline uint16_t *take_words(struct checker *c, uint32_t count)
{
	uint16_t *w = words(c) + c->code.count;

	c->code.count += count;
	return w;
}

static inline void put32(struct checker *c, uint32_t value)
{
	put(c, value & 0xffff);
	put(c, value >> 16);
}

static void set32(struct checker *c, uint32_t at, uint32_t value)
{
	words(c)[at] = (uint16_t)value;
	words(c)[at + 1] = (uint16_t)(value >> 16);
}

/* ---- the instruction before ---- */

static void forget_last(struct checker *c)
{
	c->last.valid = false;
}

static inline uint8_t acc_of(uint8_t type)
{
	/* two bits for each type, without a branch */
	const uint32_t accs =
		ACC_INT * (1u << 2 * T_NONE | 1u << 2 * T_I32 | 1u << 2 * T_I64 |
			   1u << 2 * T_FUNCREF | 1u << 2 * T_EXTERNREF | 1u << 2 * T_EXNREF) |
		(uint32_t)ACC_F32 << 2 * T_F32 | (uint32_t)ACC_F64 << 2 * T_F64;

	return accs >> 2 * type & 3;
}

/* Note that the instruction at `at` leaves its result in `dest` and in the accumulator. */
static void set_last(struct checker *c, uint32_t at, uint32_t dest, uint8_t type)
{
	c->last = (struct last){
		.valid = true,
		.has_r = OCRE_ENGINE_FUSED && type != T_V128,
		.acc = OCRE_ENGINE_FUSED ? acc_of(type) : (uint8_t)ACC_NONE,
		.at = at,
		.dest = (uint16_t)dest,
	};
}

/* Whether the instruction before left this entry, of accumulator `acc`, in the accumulator. */
static bool in_acc(const struct checker *c, const struct entry *e, uint8_t acc)
{
	const struct last *l = &c->last;

	if (!OCRE_ENGINE_FUSED || !l->valid || l->acc != acc || acc == ACC_NONE) {
		return false;
	}
	return e->kind == ENTRY_CELL	? l->has_r && l->dest == e->cell
	       : e->kind == ENTRY_LOCAL ? l->dest == e->local
					: false;
}

/* The entry is taken from the accumulator: its own cell need not be written. */
static void take_acc(struct checker *c, const struct entry *e)
{
	if (e->kind == ENTRY_CELL) {
		words(c)[c->last.at]++;
	}
}

/* ---- operands ---- */

/* Pairs are made of instructions whose first words are known. */
static inline void note_start(struct checker *c, uint32_t at)
{
#if OCRE_ENGINE_PAIRS
	if (ocre__array_reserve(c, &c->starts, 1, sizeof(uint32_t))) {
		((uint32_t *)c->starts.data)[c->starts.count++] = at;
	}
#else
	(void)c;
	(void)at;
#endif
}

static inline uint32_t begin_op(struct checker *c, uint32_t iop)
{
	uint32_t at = c->code.count;

	if (!reserve(c)) {
		/* Keep writing over the start: the failure is seen when the instruction is done. */
		c->code.count = 0;
		at = 0;
		if (c->code.capacity < 24) {
			c->live = false;
			return UINT32_MAX;
		}
	}
	note_start(c, at);
	put(c, iop);
	return at;
}

static void write_const(struct checker *c, uint32_t dest, uint8_t type, uint64_t value)
{
	bool wide = type == T_I64 || type == T_F64;
	uint32_t at = begin_op(c, wide ? IOP_const64 : IOP_const32);

	if (at == UINT32_MAX) {
		return;
	}
	put(c, dest);
	put32(c, (uint32_t)value);
	if (wide) {
		put32(c, (uint32_t)(value >> 32));
	}
	set_last(c, at, dest, type);
}

static void write_copy(struct checker *c, uint32_t dest, uint32_t from, uint8_t type)
{
	uint32_t cells = ocre__cells(type);
	uint32_t at = begin_op(c, cells == 1 ? IOP_copy32 : cells == 2 ? IOP_copy64 : IOP_copy128);

	if (at == UINT32_MAX) {
		return;
	}
	put(c, dest);
	put(c, from);
	set_last(c, at, dest, type);
	if (type == T_F32 || type == T_F64) {
		/* Copies go through the integer accumulator whatever they copy. */
		c->last.acc = ACC_NONE;
		c->last.has_r = false;
	}
}

void ocre__emit_settle(struct checker *c, uint32_t n)
{
	struct entry *e = &c->entries[n];

	if (e->kind == ENTRY_LOCAL) {
		write_copy(c, e->cell, e->local, c->types[n]);
	} else if (e->kind == ENTRY_CONST) {
		write_const(c, e->cell, c->types[n], e->value);
		if (c->types[n] == T_F32 || c->types[n] == T_F64) {
			c->last.valid = false;
		}
	}
	e->kind = ENTRY_CELL;
}

/* Of that many entries on top of the stack, at most so many are not in their cells. */
#define MOST_VIRTUAL (VIRTUAL_DEPTH + 2)

/* Entries on top of the stack, or with one above them. */
static void settle_range(struct checker *c, uint32_t from, uint32_t count)
{
	if (count > MOST_VIRTUAL) {
		from += count - MOST_VIRTUAL;
		count = MOST_VIRTUAL;
	}
	for (uint32_t i = 0; i < count && c->live; i++) {
		ocre__emit_settle(c, from + i);
	}
}

/* The cell to read entry `n` from; constants are settled. */
static uint32_t cell_of(struct checker *c, uint32_t n)
{
	struct entry *e = &c->entries[n];

	if (e->kind == ENTRY_CONST) {
		ocre__emit_settle(c, n);
	}
	return e->kind == ENTRY_LOCAL ? e->local : e->cell;
}

static struct entry *operand(struct checker *c, uint32_t n)
{
	return &c->entries[c->height + n];
}

static uint8_t sig_pop(uint16_t sig, uint32_t n)
{
	return (uint8_t)(sig >> (4 + 4 * n) & 0xf);
}

/* ---- constants and locals ---- */

void ocre__emit_const32(struct checker *c, uint32_t value)
{
	struct entry *e = &c->entries[c->height - 1];

	e->kind = ENTRY_CONST;
	e->value = value;
}

void ocre__emit_const64(struct checker *c, uint64_t value)
{
	struct entry *e = &c->entries[c->height - 1];

	e->kind = ENTRY_CONST;
	e->value = value;
}

void ocre__emit_bytes(struct checker *c, uint16_t iop, const uint8_t bytes[16], uint32_t operands)
{
	uint32_t cells[2] = {0, 0};
	uint32_t at;

	for (uint32_t i = 0; i < operands; i++) {
		cells[i] = cell_of(c, c->height + i);
	}
	at = begin_op(c, iop);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	for (uint32_t i = 0; i < operands; i++) {
		put(c, cells[i]);
	}
	for (uint32_t i = 0; i < 16; i += 2) {
		uint16_t word;

		memcpy(&word, bytes + i, 2);
		put(c, word);
	}
	set_last(c, at, c->cell_top, T_V128);
}

void ocre__emit_local_get(struct checker *c, uint32_t local)
{
	struct entry *e = &c->entries[c->height - 1];

	e->kind = ENTRY_LOCAL;
	e->local = c->local_cells[local];
}

/* Entries that still stand for the local get its value before it changes. */
static bool settle_local(struct checker *c, uint32_t cell)
{
	uint32_t depth = c->height < VIRTUAL_DEPTH + 1 ? c->height : VIRTUAL_DEPTH + 1;
	bool any = false;

	for (uint32_t i = 0; i < depth; i++) {
		uint32_t n = c->height - 1 - i;

		if (c->entries[n].kind == ENTRY_LOCAL && c->entries[n].local == cell) {
			ocre__emit_settle(c, n);
			any = true;
		}
	}
	return any;
}

void ocre__emit_local_set(struct checker *c, uint32_t local, bool keep)
{
	uint32_t cell = c->local_cells[local];
	uint8_t type = c->local_types[local];
	struct entry value = *operand(c, 0);
	bool settled = settle_local(c, cell);

	(void)keep;
	switch (value.kind) {
	case ENTRY_CONST:
		write_const(c, cell, type, value.value);
		if (type == T_F32 || type == T_F64) {
			c->last.valid = false;
		}
		break;
	case ENTRY_LOCAL:
		if (value.local != cell) {
			write_copy(c, cell, value.local, type);
		}
		break;
	default:
		if (!settled && c->last.valid && c->last.dest == value.cell) {
			words(c)[c->last.at + 1] = (uint16_t)cell;
			c->last.dest = (uint16_t)cell;
			if (c->last.kind != LAST_OTHER) {
				c->last.kind = LAST_OTHER; /* the local is wanted as well */
			}
		} else {
			write_copy(c, cell, value.cell, type);
		}
		break;
	}
	/* The result now belongs to a local: it must be written, whoever else takes it. */
	c->last.has_r = false;
}

void ocre__emit_global(struct checker *c, uint32_t global, bool set)
{
	const struct global *g = &c->m->globals[global];
	uint32_t cells = ocre__cells(g->type);
	uint32_t at;

	if (cells == 4 || (g->imported && g->is_mutable)) {
		ocre__emit_slow(c, set ? SLOW_GLOBAL_SET : SLOW_GLOBAL_GET, set ? 1 : 0, global, 0);
		return;
	}
	if (set) {
		uint32_t iop = cells == 1 ? IOP_global_set32 : IOP_global_set64;
		struct entry *e = operand(c, 0);
		uint32_t from = cell_of(c, c->height);
		bool acc = in_acc(c, e, ACC_INT) && acc_of(g->type) == ACC_INT;

		if (acc) {
			take_acc(c, e);
		}
		if (begin_op(c, acc ? ACC_FORM(iop) : iop) == UINT32_MAX) {
			return;
		}
		put(c, from);
		put32(c, g->cell);
		forget_last(c);
		return;
	}
	at = begin_op(c, cells == 1 ? IOP_global_get32 : IOP_global_get64);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	put32(c, g->cell);
	set_last(c, at, c->cell_top, g->type);
	if (acc_of(g->type) != ACC_INT) {
		c->last.acc = ACC_NONE;
		c->last.has_r = false;
	}
}

/* ---- numeric instructions ---- */

static bool fits32(uint8_t type, const struct entry *e)
{
	return type == T_I32 || (uint64_t)(int64_t)(int32_t)(uint32_t)e->value == e->value;
}

/* Number of a comparison: i32.eq is 0, i64.eq is 10. */
static uint32_t cmp_number(uint32_t opcode)
{
	return opcode >= WOP_i64_eq ? 10 + (opcode - WOP_i64_eq) : opcode - WOP_i32_eq;
}

static uint32_t cmp_iop(uint32_t number)
{
	return number >= 10 ? IOP_i64_eq + (number - 10) * FORMS_BINC
			    : IOP_i32_eq + number * FORMS_BINC;
}

static uint32_t br_cmp_iop(uint32_t number)
{
	return number >= 10 ? IOP_br_i64_eq + (number - 10) * FORMS_BRCMP
			    : IOP_br_i32_eq + number * FORMS_BRCMP;
}

/* eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u, with the operands exchanged ... */
static uint32_t cmp_swapped(uint32_t number)
{
	static const uint8_t swapped[10] = {0, 1, 4, 5, 2, 3, 8, 9, 6, 7};

	return number / 10 * 10 + swapped[number % 10];
}

/* ... and with the result negated. */
static uint32_t cmp_negated(uint32_t number)
{
	static const uint8_t negated[10] = {1, 0, 8, 9, 6, 7, 4, 5, 2, 3};

	return number / 10 * 10 + negated[number % 10];
}

/* The words after the first. */
static void put_integer(struct checker *c, enum form form, uint32_t cell_a, uint32_t cell_b,
			uint32_t constant)
{
	static const uint8_t lengths[] = {
		[FORM_SS] = 3, [FORM_SI] = 4, [FORM_SR] = 2, [FORM_RS] = 2, [FORM_RI] = 3,
	};
	uint16_t *w = take_words(c, lengths[form]);

	*w++ = (uint16_t)c->cell_top;
	if (form == FORM_SI || form == FORM_RI) {
		if (form == FORM_SI) {
			*w++ = (uint16_t)cell_a;
		}
		w[0] = (uint16_t)constant;
		w[1] = (uint16_t)(constant >> 16);
		return;
	}
	w[0] = (uint16_t)(form == FORM_RS ? cell_b : cell_a);
	if (form == FORM_SS) {
		w[1] = (uint16_t)cell_b;
	}
}

static void emit_integer(struct checker *c, uint32_t opcode, const struct op_row *row)
{
	uint8_t type = sig_pop(row->sig, 0);
	uint32_t a = c->height;
	uint32_t b = c->height + 1;
	uint32_t iop = row->iop;
	uint32_t number = row->class == CLASS_CMP ? cmp_number(opcode) : 0;
	bool swaps = row->class != CLASS_BIN;
	bool swapped = false;
	enum form form;
	uint32_t cell_a = 0;
	uint32_t cell_b = 0;
	uint64_t constant = 0;
	uint32_t at;

	if (swaps && c->entries[a].kind == ENTRY_CONST && c->entries[b].kind != ENTRY_CONST) {
		a = c->height + 1;
		b = c->height;
		swapped = true;
	}
	if (c->entries[b].kind == ENTRY_CONST && fits32(type, &c->entries[b])) {
		constant = c->entries[b].value;
		cell_a = cell_of(c, a);
		form = FORM_SI;
		if (in_acc(c, &c->entries[a], ACC_INT)) {
			take_acc(c, &c->entries[a]);
			form = FORM_RI;
		}
	} else {
		cell_a = cell_of(c, a);
		cell_b = cell_of(c, b);
		form = FORM_SS;
		if (in_acc(c, &c->entries[b], ACC_INT)) {
			take_acc(c, &c->entries[b]);
			form = FORM_SR;
			if (swaps) {
				swapped = !swapped;
				cell_b = cell_a;
				form = FORM_RS;
			}
		} else if (in_acc(c, &c->entries[a], ACC_INT)) {
			take_acc(c, &c->entries[a]);
			form = FORM_RS;
		}
	}
	if (row->class == CLASS_CMP) {
		number = swapped ? cmp_swapped(number) : number;
		iop = cmp_iop(number);
	}
	at = begin_op(c, iop + (uint32_t)form * FORM_STRIDE);
	if (at == UINT32_MAX) {
		return;
	}
	put_integer(c, form, cell_a, cell_b, (uint32_t)constant);
	set_last(c, at, c->cell_top, row->sig & 0xf);
	if (row->class == CLASS_CMP) {
		c->last.kind = LAST_CMP;
		c->last.index = (uint8_t)number;
		c->last.form = (uint8_t)form;
	}
}

/* Float operations: forms ss rs sr. */
static void emit_float(struct checker *c, const struct op_row *row)
{
	uint8_t acc = acc_of(sig_pop(row->sig, 0));
	uint32_t cell_a = cell_of(c, c->height);
	uint32_t cell_b = cell_of(c, c->height + 1);
	uint32_t form = 0;
	uint32_t at;

	if (in_acc(c, operand(c, 1), acc)) {
		take_acc(c, operand(c, 1));
		form = 2;
	} else if (in_acc(c, operand(c, 0), acc)) {
		take_acc(c, operand(c, 0));
		form = 1;
	}
	at = begin_op(c, row->iop + form * FORM_STRIDE);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	if (form != 1) {
		put(c, cell_a);
	}
	if (form != 2) {
		put(c, cell_b);
	}
	set_last(c, at, c->cell_top, row->sig & 0xf);
}

/* Gives the form: FORM_SS when the operand comes from a cell, FORM_RS from the accumulator. */
static enum form emit_unary(struct checker *c, uint32_t iop, uint8_t type, uint8_t result)
{
	struct entry *e = operand(c, 0);
	uint32_t cell = cell_of(c, c->height);
	bool acc = in_acc(c, e, acc_of(type));
	enum form form = acc ? FORM_RS : FORM_SS;
	uint32_t at;

	if (acc) {
		take_acc(c, e);
	}
	at = begin_op(c, iop + (acc ? FORM_STRIDE : 0u));
	if (at == UINT32_MAX) {
		return form;
	}
	put(c, c->cell_top);
	if (!acc) {
		put(c, cell);
	}
	set_last(c, at, c->cell_top, result);
	return form;
}

static void emit_eqz(struct checker *c, const struct op_row *row)
{
	uint8_t type = sig_pop(row->sig, 0);
	struct entry *e = operand(c, 0);
	struct last *l = &c->last;
	enum form form;

	if (type == T_I32 && l->valid && l->kind == LAST_CMP && e->kind == ENTRY_CELL &&
	    l->dest == e->cell) {
		l->index = (uint8_t)cmp_negated(l->index);
		words(c)[l->at] = (uint16_t)(cmp_iop(l->index) + l->form * FORM_STRIDE);
		return;
	}
	form = emit_unary(c, row->iop, type, T_I32);
	c->last.kind = type == T_I32 ? LAST_EQZ32 : LAST_EQZ64;
	c->last.form = (uint8_t)form;
}

static void emit_access_words(struct checker *c, uint32_t offset)
{
	put32(c, offset);
}

static void emit_load(struct checker *c, const struct op_row *row, uint32_t offset)
{
	struct entry *e = operand(c, 0);
	uint32_t cell = cell_of(c, c->height);
	bool acc = in_acc(c, e, ACC_INT);
	uint32_t at;

	if (acc) {
		take_acc(c, e);
	}
	at = begin_op(c, row->iop + (acc ? FORM_STRIDE : 0u));
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	if (!acc) {
		put(c, cell);
	}
	emit_access_words(c, offset);
	set_last(c, at, c->cell_top, row->sig & 0xf);
}

/* Forms ss sr rs: where the address and the value come from. */
static void emit_store(struct checker *c, const struct op_row *row, uint32_t offset)
{
	uint32_t address = cell_of(c, c->height);
	uint32_t value = cell_of(c, c->height + 1);
	uint32_t form = 0;

	if (in_acc(c, operand(c, 1), acc_of(sig_pop(row->sig, 0)))) {
		take_acc(c, operand(c, 1));
		form = 1;
	} else if (in_acc(c, operand(c, 0), ACC_INT)) {
		take_acc(c, operand(c, 0));
		form = 2;
	}
	if (begin_op(c, row->iop + form) == UINT32_MAX) {
		return;
	}
	if (form != 2) {
		put(c, address);
	}
	if (form != 1) {
		put(c, value);
	}
	emit_access_words(c, offset);
	forget_last(c);
}

/* Operands in cells only: vectors and atomics. [op, d, operands ..., offset lo, hi, lane] */
static void emit_plain(struct checker *c, const struct op_row *row, uint32_t offset, uint32_t lane)
{
	uint32_t cells[3];
	uint32_t count = 0;
	uint32_t at;

	while (count < 3 && sig_pop(row->sig, count) != T_NONE) {
		count++;
	}
	for (uint32_t i = 0; i < count; i++) {
		cells[i] = cell_of(c, c->height + i);
	}
	at = begin_op(c, row->iop);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	for (uint32_t i = 0; i < count; i++) {
		put(c, cells[i]);
	}
	if (row->imm >= IMM_MEM0 && row->imm <= IMM_MEM3_LANE) {
		put32(c, offset);
	}
	if (row->imm >= IMM_MEM0_LANE && row->imm <= IMM_LANE16) {
		put(c, lane);
	}
	if (row->class == CLASS_V && (row->sig & 0xf) != T_NONE) {
		/* Not in an accumulator, but a local can take the result. */
		set_last(c, at, c->cell_top, T_V128);
	} else {
		forget_last(c);
	}
}

/* Bytes that a memory instruction touches. */
static uint32_t access_size(const struct op_row *row)
{
	if (row->imm >= IMM_MEM0 && row->imm <= IMM_MEM4) {
		return 1u << (row->imm - IMM_MEM0);
	}
	if (row->imm >= IMM_MEM0_LANE && row->imm <= IMM_MEM3_LANE) {
		return 1u << (row->imm - IMM_MEM0_LANE);
	}
	return 0;
}

void ocre__emit_op(struct checker *c, uint32_t opcode, const struct op_row *row, uint32_t offset,
		   uint32_t lane)
{
	uint32_t size = row->imm != IMM_NONE ? access_size(row) : 0;

	/* Internal code has the offset of the end of the access; beyond 32 bits is beyond memory.
	 */
	if (size != 0) {
		if (offset > UINT32_MAX - size) {
			begin_op(c, IOP_oob);
			forget_last(c);
			return;
		}
		offset += size;
	}
	switch (row->class) {
	case CLASS_UN:
		emit_unary(c, row->iop, sig_pop(row->sig, 0), row->sig & 0xf);
		break;
	case CLASS_EQZ:
		emit_eqz(c, row);
		break;
	case CLASS_BIN:
	case CLASS_BINC:
	case CLASS_CMP:
		emit_integer(c, opcode, row);
		break;
	case CLASS_FBIN:
		emit_float(c, row);
		break;
	case CLASS_LOAD:
		emit_load(c, row, offset);
		break;
	case CLASS_STORE:
		emit_store(c, row, offset);
		break;
	default:
		emit_plain(c, row, offset, lane);
		break;
	}
}

void ocre__emit_is_null(struct checker *c)
{
	enum form form = emit_unary(c, IOP_i32_eqz, T_I32, T_I32);

	c->last.kind = LAST_EQZ32;
	c->last.form = (uint8_t)form;
}

void ocre__emit_select(struct checker *c, uint8_t type)
{
	uint32_t cells = ocre__cells(type);
	uint32_t iop = cells == 1 ? IOP_select32 : cells == 2 ? IOP_select64 : IOP_select128;
	uint32_t a = cell_of(c, c->height);
	uint32_t b = cell_of(c, c->height + 1);
	struct entry *e = operand(c, 2);
	uint32_t condition = cell_of(c, c->height + 2);
	bool acc = cells < 4 && in_acc(c, e, ACC_INT);
	uint32_t at;

	if (acc) {
		take_acc(c, e);
	}
	at = begin_op(c, acc ? ACC_FORM(iop) : iop);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	put(c, a);
	put(c, b);
	put(c, condition);
	set_last(c, at, c->cell_top, type);
	c->last.has_r = false;
	if (acc_of(type) != ACC_INT) {
		c->last.acc = ACC_NONE;
	}
}

void ocre__emit_slow(struct checker *c, enum slow which, uint32_t operands, uint32_t a, uint32_t b)
{
	uint32_t base = c->cell_top;

	settle_range(c, c->height, operands);
	if (begin_op(c, IOP_slow) == UINT32_MAX) {
		return;
	}
	put(c, base);
	put(c, which);
	put32(c, a);
	put32(c, b);
	forget_last(c);
}

/* ---- runs and their costs ---- */

static void pend(struct checker *c, uint32_t at)
{
	struct pending *p;

	if (!ocre__array_reserve(c, &c->pendings, 1, sizeof(*p))) {
		c->live = false;
		return;
	}
	p = (struct pending *)c->pendings.data + c->pendings.count++;
	p->at = at;
	p->count = c->count;
}

/* A region's handler is in the run in hand, behind `count` of its instructions. */
static void pend_region(struct checker *c, uint32_t region, uint32_t count)
{
	uint32_t before = c->pendings.count;

	pend(c, region);
	if (c->pendings.count > before) {
		struct pending *p = (struct pending *)c->pendings.data + (c->pendings.count - 1);

		p->count = PENDING_REGION | count;
	}
}

static void end_run(struct checker *c)
{
	const struct pending *p = c->pendings.data;

	for (uint32_t i = 0; i < c->pendings.count; i++) {
		uint16_t cost = (uint16_t)(c->count - p[i].count);

		if ((p[i].count & PENDING_REGION) != 0) {
			((struct region *)c->regions.data)[p[i].at].cost = cost;
		} else if ((p[i].at & PENDING_LOOP) != 0) {
			((struct ctl *)c->ctls.data)[p[i].at & ~PENDING_LOOP].loop_cost = cost;
		} else {
			words(c)[p[i].at] = cost;
		}
	}
	c->pendings.count = 0;
	c->count = 0;
}

void ocre__emit_break_run(struct checker *c)
{
	uint32_t at;

	end_run(c);
	at = begin_op(c, IOP_charge);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, 0);
	pend(c, at + 1);
	forget_last(c);
}

/* ---- branches ---- */

static void add_fix(struct checker *c, uint32_t *chain, uint32_t at, uint32_t off, uint32_t cost)
{
	struct fix *f;

	if (!ocre__array_reserve(c, &c->fixes, 1, sizeof(*f))) {
		c->live = false;
		return;
	}
	f = (struct fix *)c->fixes.data + c->fixes.count;
	f->at = at;
	f->off = off;
	f->cost = cost;
	f->next = *chain;
	*chain = c->fixes.count++;
}

/* All branches of the chain arrive here. */
static void bind(struct checker *c, uint32_t chain)
{
	while (chain != NO_FIX) {
		const struct fix *f = (const struct fix *)c->fixes.data + chain;

		if (f->at == FIX_REGION) {
			((struct region *)c->regions.data)[f->off].handler = c->code.count;
			pend_region(c, f->off, c->count);
		} else {
			set32(c, f->off, c->code.count - f->at);
			pend(c, f->cost);
		}
		chain = f->next;
	}
	forget_last(c);
}

/* Write offset and cost of a branch to a label. The run of the branch has ended. */
static void put_target(struct checker *c, struct ctl *ctl, uint32_t at)
{
	if (ctl->opcode == WOP_loop) {
		put32(c, ctl->loop_word - at);
		put(c, ctl->loop_cost);
		return;
	}
	put32(c, 0);
	put(c, 0);
	add_fix(c, &ctl->fixes, at, c->code.count - 3, c->code.count - 1);
}

static bool is_function(const struct checker *c, const struct ctl *ctl)
{
	return ctl == (const struct ctl *)c->ctls.data;
}

static uint32_t label_arity(const struct ctl *ctl)
{
	return ctl->opcode == WOP_loop ? ctl->param_count : ctl->result_count;
}

/* Whether the values of a branch are elsewhere than where its label wants them. */
static bool must_move(struct checker *c, const struct ctl *ctl)
{
	uint32_t arity = label_arity(ctl);

	return arity > 0 && c->entries[c->height - arity].cell != ctl->cells;
}

static void write_move(struct checker *c, uint32_t to, uint32_t from, uint32_t cells)
{
	if (begin_op(c, IOP_slow) == UINT32_MAX) {
		return;
	}
	put(c, to);
	put(c, SLOW_MOVE);
	put32(c, from);
	put32(c, cells);
	forget_last(c);
}

/* Move the values of a branch down to where its label wants them. */
static void move_values(struct checker *c, const struct ctl *ctl)
{
	uint32_t arity = label_arity(ctl);
	uint32_t to = ctl->cells;
	uint32_t n = c->height - arity;

	if (arity > MOST_VIRTUAL) {
		/* Most are in cells that follow each other: one instruction for all of them. */
		uint32_t from = c->entries[n].cell;
		uint32_t cells;

		n = c->height - MOST_VIRTUAL;
		cells = c->entries[n].cell - from;
		if (from != to) {
			write_move(c, to, from, cells);
		}
		to += cells;
	}
	for (; n < c->height && c->live; n++) {
		const struct entry *e = &c->entries[n];

		if (e->kind == ENTRY_CONST) {
			write_const(c, to, c->types[n], e->value);
		} else {
			uint32_t from = e->kind == ENTRY_LOCAL ? e->local : e->cell;

			if (from != to) {
				write_copy(c, to, from, c->types[n]);
			}
		}
		to += ocre__cells(c->types[n]);
	}
	forget_last(c);
}

static void put_return(struct checker *c);

/* An unconditional branch with its values; the run has ended. */
static void put_br(struct checker *c, struct ctl *ctl)
{
	uint32_t at;

	if (is_function(c, ctl)) {
		put_return(c);
		return;
	}
	move_values(c, ctl);
	at = begin_op(c, IOP_br);
	if (at == UINT32_MAX) {
		return;
	}
	put_target(c, ctl, at);
}

void ocre__emit_br(struct checker *c, uint32_t depth)
{
	struct ctl *ctl = ocre__ctl(c, depth);

	end_run(c);
	put_br(c, ctl);
	forget_last(c);
	c->live = false;
}

/*
 * Begin a conditional branch on the entry above the stack: operation and operands. It is taken
 * when the value is not zero, or with `negate` when it is. Gives the word it starts at.
 */
static uint32_t begin_branch(struct checker *c, bool negate)
{
	struct entry *e = operand(c, 0);
	struct last l = c->last;
	uint16_t old[6];
	uint32_t at;

	if (l.valid && l.kind != LAST_OTHER && e->kind == ENTRY_CELL && l.dest == e->cell) {
		/* Take the comparison back and branch on it. */
		memcpy(old, words(c) + l.at, sizeof(old));
		c->code.count = l.at;
		c->starts.count -= OCRE_ENGINE_PAIRS;
		if (l.kind == LAST_CMP) {
			uint32_t number = negate ? cmp_negated(l.index) : l.index;

			at = begin_op(c, br_cmp_iop(number) + l.form);
			if (at == UINT32_MAX) {
				return at;
			}
			switch (l.form) {
			case FORM_SS:
				put(c, old[2]);
				put(c, old[3]);
				break;
			case FORM_SI:
				put(c, old[2]);
				put32(c, ocre__get32(old + 3));
				break;
			case FORM_RS:
				put(c, old[2]);
				break;
			default:
				put32(c, ocre__get32(old + 2));
				break;
			}
			return at;
		}
		if (l.kind == LAST_EQZ64) {
			uint32_t form = l.form == FORM_SS ? FORM_SI : FORM_RI;

			at = begin_op(c, br_cmp_iop(negate ? 11 : 10) + form);
			if (at == UINT32_MAX) {
				return at;
			}
			if (form == FORM_SI) {
				put(c, old[2]);
			}
			put32(c, 0);
			return at;
		}
		at = begin_op(c, (uint32_t)(negate ? IOP_br_nz : IOP_br_z) + (l.form == FORM_RS));
		if (at != UINT32_MAX) {
			put(c, l.form == FORM_RS ? 0 : old[2]);
		}
		return at;
	}
	uint32_t cell = cell_of(c, c->height);
	bool acc = in_acc(c, e, ACC_INT);

	if (acc) {
		take_acc(c, e);
	}
	at = begin_op(c, (uint32_t)(negate ? IOP_br_z : IOP_br_nz) + acc);
	if (at != UINT32_MAX) {
		put(c, cell);
	}
	return at;
}

void ocre__emit_br_if(struct checker *c, uint32_t depth)
{
	struct ctl *ctl = ocre__ctl(c, depth);
	uint32_t arity = label_arity(ctl);
	uint32_t at;

	if (is_function(c, ctl) || must_move(c, ctl)) {
		/* Over a branch that does it. What a return settles must be so on both paths. */
		uint32_t skip = NO_FIX;

		if (is_function(c, ctl)) {
			settle_range(c, c->height - arity, arity);
		}
		at = begin_branch(c, true);
		if (at == UINT32_MAX) {
			return;
		}
		end_run(c);
		put32(c, 0);
		put(c, 0);
		put(c, 0);
		add_fix(c, &skip, at, c->code.count - 4, c->code.count - 2);
		forget_last(c);
		put_br(c, ocre__ctl(c, depth));
		bind(c, skip);
		return;
	}
	settle_range(c, c->height - arity, arity);
	at = begin_branch(c, false);
	if (at == UINT32_MAX) {
		return;
	}
	end_run(c);
	put_target(c, ocre__ctl(c, depth), at);
	put(c, 0);
	pend(c, c->code.count - 1);
	forget_last(c);
}

void ocre__emit_br_table(struct checker *c, uint32_t count, struct reader targets)
{
	struct entry *e = operand(c, 0);
	struct ctl *ctl = NULL;
	uint32_t at;
	uint32_t cell;
	bool acc;
	uint32_t arity;
	struct reader again = targets;

	/* All labels have the same arity: settle the values once. */
	ctl = ocre__ctl(c, ocre__read_u32(&again));
	arity = label_arity(ctl);
	if (arity > 0) {
		settle_range(c, c->height - arity, arity);
	}
	cell = cell_of(c, c->height);
	acc = in_acc(c, e, ACC_INT);
	if (acc) {
		take_acc(c, e);
	}
	end_run(c);
	at = begin_op(c, (uint32_t)IOP_br_table + acc);
	if (at == UINT32_MAX) {
		return;
	}
	put(c, cell);
	put32(c, count);
	again = targets;
	for (uint32_t i = 0; i <= count && c->live; i++) {
		if (!reserve(c)) {
			c->live = false;
			return;
		}
		ctl = ocre__ctl(c, ocre__read_u32(&again));
		if (is_function(c, ctl) || must_move(c, ctl)) {
			put32(c, 0); /* by way of a branch that moves the values, below */
			put(c, 0);
		} else {
			put_target(c, ctl, at);
		}
	}
	again = targets;
	for (uint32_t i = 0; i <= count && c->live; i++) {
		ctl = ocre__ctl(c, ocre__read_u32(&again));
		if (is_function(c, ctl) || must_move(c, ctl)) {
			set32(c, at + 4 + 3 * i, c->code.count - at);
			forget_last(c);
			put_br(c, ctl);
		}
	}
	forget_last(c);
	c->live = false;
}

/* ---- structure ---- */

void ocre__emit_open(struct checker *c)
{
	uint32_t depth = c->height < VIRTUAL_DEPTH + 1 ? c->height : VIRTUAL_DEPTH + 1;

	settle_range(c, c->height - depth, depth);
}

void ocre__emit_loop(struct checker *c, struct ctl *ctl)
{
	ctl->loop_word = c->code.count;
	ctl->loop_pending = c->pendings.count;
	pend(c, PENDING_LOOP | (c->ctls.count - 1));
	forget_last(c);
}

void ocre__emit_if(struct checker *c)
{
	uint32_t at = begin_branch(c, true);
	uint32_t chain = NO_FIX;

	if (at == UINT32_MAX) {
		return;
	}
	end_run(c);
	put32(c, 0);
	put(c, 0);
	put(c, 0);
	add_fix(c, &chain, at, c->code.count - 4, c->code.count - 2);
	pend(c, c->code.count - 1);
	forget_last(c);
}

/* The results of a frame, in their cells, at the end of an arm. */
static void settle_results(struct checker *c, const struct ctl *ctl)
{
	settle_range(c, c->height - ctl->result_count, ctl->result_count);
}

void ocre__emit_else(struct checker *c, struct ctl *ctl)
{
	if (c->live) {
		uint32_t at;

		settle_results(c, ctl);
		end_run(c);
		at = begin_op(c, IOP_br);
		if (at == UINT32_MAX) {
			return;
		}
		put_target(c, ctl, at);
	}
	c->live = c->status == 0;
	bind(c, ctl->else_fix);
	ctl->else_fix = NO_FIX;
}

void ocre__emit_end(struct checker *c, struct ctl *ctl)
{
	if (is_function(c, ctl)) {
		if (c->live) {
			end_run(c);
			put_return(c);
		}
		c->live = false;
		return;
	}
	/* In a clause results are one cell higher than whoever arrives here has them. */
	if (c->live && ocre__in_catch(ctl)) {
		move_values(c, ctl);
	} else if (c->live && (ctl->fixes != NO_FIX || ctl->else_fix != NO_FIX)) {
		settle_results(c, ctl);
	}
	if (ctl->fixes == NO_FIX && ctl->else_fix == NO_FIX) {
		return;
	}
	c->live = c->status == 0;
	bind(c, ctl->fixes);
	bind(c, ctl->else_fix);
}

void ocre__emit_unreachable(struct checker *c)
{
	end_run(c);
	begin_op(c, IOP_unreachable);
	forget_last(c);
	c->live = false;
}

#if OCRE_ENGINE_EXCEPTIONS
/* ---- exceptions ---- */

void ocre__emit_try(struct checker *c, struct ctl *ctl)
{
	ctl->region = c->code.count;
	forget_last(c);
}

/* What the words from `from` to here throw. Gives the region, or UINT32_MAX. */
static uint32_t add_region(struct checker *c, const struct ctl *ctl, uint32_t from, uint32_t tag)
{
	struct region *r;

	if (!ocre__array_reserve(c, &c->regions, 1, sizeof(*r))) {
		return UINT32_MAX;
	}
	r = (struct region *)c->regions.data + c->regions.count;
	memset(r, 0, sizeof(*r));
	r->from = from;
	r->to = c->code.count;
	r->tag = tag;
	r->depth = (uint32_t)(ctl - (const struct ctl *)c->ctls.data);
	forget_last(c);
	return c->regions.count++;
}

void ocre__emit_catch(struct checker *c, struct ctl *ctl, uint32_t tag)
{
	bool first = !ocre__in_catch(ctl);
	uint32_t from = ctl->region;
	uint32_t to;
	struct region *r;

	if (!first) {
		/* All clauses are about the body that the first one was about. */
		r = (struct region *)c->regions.data + ctl->region;
		from = r->from;
	}
	to = first ? c->code.count : r->to;
	if (c->live) {
		uint32_t at;

		if (first) {
			settle_results(c, ctl);
			to = c->code.count;
		} else {
			move_values(c, ctl);
		}
		end_run(c);
		at = begin_op(c, IOP_br);
		if (at == UINT32_MAX) {
			return;
		}
		put_target(c, ctl, at);
	}
	c->live = c->status == 0;
	ctl->region = add_region(c, ctl, from, tag);
	if (ctl->region == UINT32_MAX) {
		return;
	}
	r = (struct region *)c->regions.data + ctl->region;
	r->to = to;
	r->handler = c->code.count;
	r->cell = (uint16_t)(ctl->cells + 1);
	pend_region(c, ctl->region, c->count);
}

void ocre__emit_delegate(struct checker *c, const struct ctl *ctl, uint32_t depth)
{
	const struct ctl *target = ocre__ctl(c, depth);
	uint32_t region = add_region(c, ctl, ctl->region, REGION_DELEGATE);

	if (region != UINT32_MAX) {
		((struct region *)c->regions.data)[region].handler =
			(uint32_t)(target - (const struct ctl *)c->ctls.data);
	}
}

/* The cost of arriving at a loop, whose run may not have ended yet. */
static void pend_loop(struct checker *c, const struct ctl *loop, struct region *r, uint32_t region)
{
	uint32_t at = PENDING_LOOP | (uint32_t)(loop - (const struct ctl *)c->ctls.data);
	const struct pending *p = (const struct pending *)c->pendings.data + loop->loop_pending;

	r->handler = loop->loop_word;
	r->cost = loop->loop_cost;
	if (loop->loop_pending < c->pendings.count && p->at == at &&
	    (p->count & PENDING_REGION) == 0) {
		pend_region(c, region, p->count);
	}
}

void ocre__emit_clause(struct checker *c, const struct ctl *ctl, uint32_t tag, uint32_t depth)
{
	struct ctl *target = ocre__ctl(c, depth);
	uint32_t region = add_region(c, ctl, ctl->region, tag);
	struct region *r;

	if (region == UINT32_MAX) {
		return;
	}
	r = (struct region *)c->regions.data + region;
	r->cell = target->cells;
	if (target->opcode == WOP_loop) {
		pend_loop(c, target, r, region);
	} else {
		add_fix(c, &target->fixes, FIX_REGION, region, 0);
	}
}

void ocre__emit_rethrow(struct checker *c, struct ctl *ctl)
{
	if (ctl->region != UINT32_MAX) {
		((struct region *)c->regions.data)[ctl->region].tag |= REGION_KEEP;
	}
	ocre__emit_slow(c, SLOW_RETHROW, 0, ctl->cells, 0);
	ocre__emit_unreachable(c);
}

void ocre__emit_caught_return(struct checker *c, uint32_t chain)
{
	c->live = c->status == 0;
	bind(c, chain);
	end_run(c);
	put_return(c);
	c->live = false;
}

/* Append the table of regions to the code. */
static void put_regions(struct checker *c)
{
	const struct region *r = c->regions.data;

	if (c->regions.count == 0 || !reserve(c)) {
		return;
	}
	set32(c, CODE_REGIONS, c->code.count);
	put32(c, c->regions.count);
	for (uint32_t i = 0; i < c->regions.count && reserve(c); i++, r++) {
		put32(c, r->from);
		put32(c, r->to);
		put32(c, r->handler);
		put32(c, r->tag);
		put32(c, r->depth);
		put(c, r->cell);
		put(c, r->cost);
	}
}
#endif

/* ---- calls ---- */

static void put_return(struct checker *c)
{
	const struct func_type *type = c->type;
	uint32_t n = c->height - type->results;
	uint32_t iop;

	if (type->results == 1 && type->result_cells <= 2) {
		struct entry *e = &c->entries[n];
		uint32_t cell = cell_of(c, n);
		bool acc = in_acc(c, e, ACC_INT) && acc_of(c->types[n]) == ACC_INT;

		if (acc) {
			take_acc(c, e);
		}
		iop = type->result_cells == 1 ? IOP_ret32 : IOP_ret64;
		if (begin_op(c, acc ? ACC_FORM(iop) : iop) == UINT32_MAX) {
			return;
		}
		put(c, type->param_cells);
		put(c, cell);
	} else if (type->results == 0) {
		if (begin_op(c, IOP_ret) == UINT32_MAX) {
			return;
		}
		put(c, type->param_cells);
	} else {
		settle_range(c, n, type->results);
		if (begin_op(c, IOP_retn) == UINT32_MAX) {
			return;
		}
		put(c, type->param_cells);
		put(c, c->entries[n].cell);
		put(c, type->result_cells);
	}
	forget_last(c);
}

void ocre__emit_return(struct checker *c)
{
	end_run(c);
	put_return(c);
	c->live = false;
}

static void put_return_point(struct checker *c)
{
	put32(c, c->func);
	put32(c, c->code.count + 2); /* the word behind the call */
	forget_last(c);
}

void ocre__emit_call(struct checker *c, uint32_t func, const struct func_type *type)
{
	settle_range(c, c->height, type->params);
	if (begin_op(c, IOP_call) == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	put32(c, func);
	put_return_point(c);
}

void ocre__emit_call_indirect(struct checker *c, uint32_t type, uint32_t table)
{
	const struct func_type *t = &c->m->types[type];
	uint32_t index;

	settle_range(c, c->height, t->params);
	index = cell_of(c, c->height + t->params);
	if (begin_op(c, IOP_call_indirect) == UINT32_MAX) {
		return;
	}
	put(c, c->cell_top);
	put(c, index);
	put32(c, t->canonical);
	put(c, table);
	put_return_point(c);
}

/* ---- a function ---- */

static bool place_locals(struct checker *c)
{
	uint32_t cell = 0;

	if (c->local_count > c->local_cells_capacity) {
		struct array a = {c->local_cells, 0, c->local_cells_capacity};

		if (!ocre__array_reserve(c, &a, c->local_count, sizeof(*c->local_cells))) {
			return false;
		}
		c->local_cells = a.data;
		c->local_cells_capacity = a.capacity;
	}
	for (uint32_t i = 0; i < c->local_count; i++) {
		if (i == c->type->params) {
			cell += RECORD_CELLS;
		}
		c->local_cells[i] = (uint16_t)cell;
		cell += ocre__cells(c->local_types[i]);
	}
	if (c->local_count == c->type->params) {
		cell += RECORD_CELLS;
	}
	c->cell_top = cell;
	c->max_cell = cell;
	return true;
}

bool ocre__emit_begin(struct checker *c)
{
	c->code.count = 0;
	c->fixes.count = 0;
	c->pendings.count = 0;
	c->regions.count = 0;
	c->starts.count = 0;
	c->count = 0;
	forget_last(c);
	if (!place_locals(c) || !reserve(c)) {
		return false;
	}
	memset(words(c), 0, CODE_HEADER * sizeof(uint16_t));
	c->code.count = CODE_HEADER;
	pend(c, CODE_COST);
	return c->live;
}

void ocre__emit_finish(struct checker *c)
{
	uint32_t zero_from = c->type->param_cells + RECORD_CELLS;
	uint32_t zero_to = zero_from;

	if (c->local_count > c->type->params) {
		zero_to += ocre__types_cells(c->local_types + c->type->params,
					     c->local_count - c->type->params);
	}
	set32(c, CODE_FRAME, c->max_cell);
	words(c)[CODE_ZERO_FROM] = (uint16_t)zero_from;
	words(c)[CODE_ZERO_COUNT] = (uint16_t)(zero_to - zero_from);
	words(c)[CODE_PARAMS] = c->type->param_cells;
	/* Zeroing many locals is a bulk operation, with the price of one: 64 bytes for a unit. */
	words(c)[CODE_COST] = (uint16_t)(words(c)[CODE_COST] + (zero_to - zero_from) / 256 * 16);
#if OCRE_ENGINE_PAIRS
	ocre__make_pairs(words(c), c->starts.data, c->starts.count);
#endif
#if OCRE_ENGINE_EXCEPTIONS
	put_regions(c);
#endif
}

struct code *ocre__emit_copy(struct checker *c)
{
	size_t size = sizeof(struct code) + c->code.count * sizeof(uint16_t);
	struct code *code = ocre_mem_alloc(c->m->mem, size);

	if (code == NULL) {
		c->status = ocre_diag_set(c->diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
					  "out of memory while preparing function %u", c->func);
		return NULL;
	}
	code->size = (uint32_t)size;
	code->func = c->func;
	memcpy(code->words, words(c), c->code.count * sizeof(uint16_t));
	return code;
}
