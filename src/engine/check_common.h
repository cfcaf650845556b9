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
	} else if (opcode >= WOP_SIGN_EXT) {
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

#endif /* OCRE_ENGINE_CHECK_COMMON_H */
