/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_common.h - the quick way through the instructions that most code is made of, in their usual
 * encodings, a part of check.c: everything is in registers, so that loading and preparing are
 * quick. It accepts a part of what check_op() accepts and refuses nothing: whatever is out of the
 * ordinary is left where it is, for check_op() to look at.
 */
#ifndef OCRE_ENGINE_CHECK_COMMON_H
#define OCRE_ENGINE_CHECK_COMMON_H

#include "check_stack.h"

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

/*
 * What check_common() keeps in registers, and gives back before others look. The arrays stay where
 * they are: there is room in them for all that is pushed here.
 */
struct common {
	const uint8_t *at;
	uint8_t *types;
	struct entry *entries;
	uint32_t height;
	uint32_t cell_top;
	uint32_t count;
};

/* Also before values are popped: the stack was at its highest then. */
static ALWAYS_INLINE void note_height(struct checker *c, const struct common *k, bool live)
{
	if (k->height > c->max_height) {
		c->max_height = k->height;
	}
	if (live && k->cell_top > c->max_cell) {
		c->max_cell = k->cell_top;
	}
}

static ALWAYS_INLINE void give_back(struct checker *c, const struct common *k, bool live)
{
	c->r.at = k->at;
	c->height = k->height;
	if (live) {
		c->cell_top = k->cell_top;
		c->count = k->count;
	}
}

/* Push a value that is where `entry` says. */
static ALWAYS_INLINE struct entry *common_push(struct common *k, uint8_t type, uint8_t kind,
					       bool live)
{
	struct entry *e = NULL;

	k->types[k->height] = type;
	if (live) {
		e = &k->entries[k->height];
		e->kind = kind;
		e->cell = (uint16_t)k->cell_top;
		k->cell_top += ocre__cells(type);
	}
	k->height++;
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
		if (k->height == floor || k->types[k->height - 1] != type) {
			return false;
		}
		note_height(c, k, live);
		k->height--;
		if (live) {
			k->cell_top = k->entries[k->height].cell;
			give_back(c, k, true);
			ocre__emit_local_set(c, local, opcode == WOP_local_tee);
			if (!c->live) {
				return false;
			}
		}
	}
	if (opcode != WOP_local_set) {
		struct entry *e = common_push(k, type, ENTRY_LOCAL, live);

		if (live) {
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
	} else if (opcode >= WOP_SIGN_EXT) {
		return false; /* a feature to be noted */
	}
	left = pop_row(k->types, k->height, floor, row->sig);
	if (next == NULL || left == UINT32_MAX) {
		return false;
	}
	note_height(c, k, live);
	k->height = left;
	if (live) {
		k->cell_top = k->entries[left].cell;
		give_back(c, k, true);
		ocre__emit_op(c, opcode, row, offset, 0);
		if (!c->live) {
			return false;
		}
	}
	if ((row->sig & 0xf) != 0) {
		common_push(k, row->sig & 0xf, ENTRY_CELL, live);
	}
	k->at = next;
	return true;
}

static ALWAYS_INLINE bool common_const(struct common *k, bool live)
{
	uint32_t value;
	const uint8_t *next = common_s32(k->at + 1, &value);
	struct entry *e;

	if (next == NULL) {
		return false;
	}
	e = common_push(k, T_I32, ENTRY_CONST, live);
	if (live) {
		e->value = value;
	}
	k->at = next;
	return true;
}

/* One instruction; false when it is not for us, or memory ran out. */
static ALWAYS_INLINE bool common_op(struct checker *c, struct common *k, uint32_t floor, bool live)
{
	const struct op_row *row = &ocre__op_rows[*k->at];

	switch (row->class) {
	case CLASS_CTRL:
		return false;
	case CLASS_LOCAL:
		return common_local(c, k, floor, live);
	case CLASS_CONST:
		return common_const(k, live);
	default:
		return common_row(c, k, floor, row, live);
	}
}

/*
 * How many bytes can be read before anything has to be looked at again: an instruction has at
 * least one, pushes at most one value, and counts for one.
 */
static inline uint32_t common_bytes(const struct checker *c, const struct common *k, bool live)
{
	size_t bytes = (size_t)(c->r.end - k->at);
	uint32_t room = c->types_capacity - k->height;

	if (live) {
		if (k->height >= VIRTUAL_DEPTH || k->count >= 60000) {
			return 0;
		}
		room = VIRTUAL_DEPTH - k->height;
		if (c->entries_capacity < VIRTUAL_DEPTH) {
			room = c->entries_capacity - k->height;
		}
	}
	if (bytes <= COMMON_LOOKAHEAD) {
		return 0;
	}
	bytes -= COMMON_LOOKAHEAD;
	return bytes < room ? (uint32_t)bytes : room;
}

static ALWAYS_INLINE void check_common(struct checker *c, bool live)
{
	struct common k = {c->r.at, c->types, c->entries, c->height, c->cell_top, c->count};
	const uint32_t floor = top_ctl(c)->height;
	bool done = true;

	while (done) {
		const uint8_t *stop = k.at + common_bytes(c, &k, live);

		if (stop == k.at) {
			break;
		}
		do {
			k.count++;
			done = common_op(c, &k, floor, live);
		} while (done && k.at < stop);
	}
	if (!done) {
		k.count--;
	}
	if (live && !c->live) {
		return; /* out of memory: what that left is what counts */
	}
	note_height(c, &k, live);
	give_back(c, &k, live);
}

#endif /* OCRE_ENGINE_CHECK_COMMON_H */
