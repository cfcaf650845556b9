/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slow.c - instructions that no handler does: tables, bulk operations, growing, references. Their
 * operands are in the cells of the operand stack, results go there too. Long ones are done in
 * pieces: a piece shortens the operands where they are, pays, and is done again, so that they can
 * be stopped and resumed like everything else.
 */
#include "exec.h"

#include <string.h>

/* Bytes (or entries) that one piece does, and how many of them cost one unit. */
#define PIECE		 65536u
#define BYTES_PER_UNIT	 64u
#define ENTRIES		 (PIECE / 4)
#define ENTRIES_PER_UNIT (BYTES_PER_UNIT / 4)

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void pay(struct exec *x, uint32_t amount, uint32_t per_unit)
{
	x->budget -= (intptr_t)((amount + per_unit - 1) / per_unit);
}

/* Costs what filling the new pages costs, as on a machine that has to. In one piece: see
 * table_grow. */
static void memory_grow(struct exec *x, uint32_t *cells)
{
	struct ocre_memory *m = x->instance->memory;
	uint32_t delta = cells[0];

	cells[0] = ocre__memory_grow(m, delta, false);
	ocre__load_instance(x, x->instance);
	if (cells[0] != UINT32_MAX) {
		x->budget -= (intptr_t)(delta * (OCRE_PAGE / BYTES_PER_UNIT));
	}
}

static enum ocre_trap memory_fill(struct exec *x, uint32_t *cells, bool *again)
{
	struct ocre_memory *m = x->instance->memory;
	uint32_t n = min_u32(cells[2], PIECE);

	if (!ocre__memory_has(m, cells[0], cells[2])) {
		return OCRE_TRAP_MEMORY;
	}
	if (!ocre__memory_fill(m, cells[0], (uint8_t)cells[1], n)) {
		return OCRE_TRAP_NOMEM;
	}
	cells[0] += n;
	cells[2] -= n;
	*again = cells[2] > 0;
	pay(x, n, BYTES_PER_UNIT);
	return OCRE_TRAP_NONE;
}

static enum ocre_trap memory_copy(struct exec *x, uint32_t *cells, bool *again)
{
	struct ocre_memory *m = x->instance->memory;
	uint32_t n = min_u32(cells[2], PIECE);
	/* From the end if need be, so that nothing is overwritten before it was copied. */
	uint32_t skip = cells[0] <= cells[1] ? 0 : cells[2] - n;
	const uint8_t *from;
	uint8_t *to;

	if (!ocre__memory_has(m, cells[0], cells[2]) || !ocre__memory_has(m, cells[1], cells[2])) {
		return OCRE_TRAP_MEMORY;
	}
	/* The second range may move the first one; both are there then, and nothing moves any more.
	 */
	to = ocre__memory_range(m, (uint64_t)cells[0] + skip, n);
	from = ocre__memory_range(m, (uint64_t)cells[1] + skip, n);
	if (OCRE_ENGINE_EXTENTS && to != NULL) {
		to = ocre__memory_range(m, (uint64_t)cells[0] + skip, n);
	}
	if (to == NULL || from == NULL) {
		return OCRE_TRAP_NOMEM;
	}
	memmove(to, from, n);
	if (cells[0] <= cells[1]) {
		cells[0] += n;
		cells[1] += n;
	}
	cells[2] -= n;
	*again = cells[2] > 0;
	pay(x, n, BYTES_PER_UNIT);
	return OCRE_TRAP_NONE;
}

static enum ocre_trap memory_init(struct exec *x, uint32_t *cells, uint32_t segment, bool *again)
{
	const struct ocre_module *m = x->instance->module;
	const struct segment *s = segment < m->data_count ? &m->datas[segment] : NULL;
	uint32_t length =
		s == NULL || ocre__dropped(x->instance->dropped_datas, segment) ? 0 : s->count;
	uint32_t n = min_u32(cells[2], PIECE);
	uint8_t *to;

	if (!ocre__memory_has(x->instance->memory, cells[0], cells[2]) || cells[1] > length ||
	    cells[2] > length - cells[1]) {
		return OCRE_TRAP_MEMORY;
	}
	to = ocre__memory_range(x->instance->memory, cells[0], n);
	if (to == NULL) {
		return OCRE_TRAP_NOMEM;
	}
	if (n > 0) {
		memcpy(to, m->bytes.data + s->bytes + cells[1], n);
	}
	cells[0] += n;
	cells[1] += n;
	cells[2] -= n;
	*again = cells[2] > 0;
	pay(x, n, BYTES_PER_UNIT);
	return OCRE_TRAP_NONE;
}

/* Elements have no fixed size: finding the first one costs as much as taking those before it. */
static enum ocre_trap table_init(struct exec *x, uint32_t *cells, uint32_t table, uint32_t segment,
				 bool *again)
{
	uint32_t n = min_u32(cells[2], ENTRIES);

	if (!ocre__table_fits(x->instance, table, segment, cells[0], cells[1], cells[2])) {
		return OCRE_TRAP_TABLE;
	}
	ocre__table_init(x->instance, table, segment, cells[0], cells[1], n);
	pay(x, n > 0 ? cells[1] + n : 0, ENTRIES_PER_UNIT);
	cells[0] += n;
	cells[1] += n;
	cells[2] -= n;
	*again = cells[2] > 0;
	return OCRE_TRAP_NONE;
}

static enum ocre_trap bulk(struct exec *x, enum slow which, uint32_t *cells, uint32_t segment,
			   bool *again)
{
	enum ocre_trap trap = which == SLOW_MEMORY_INIT	  ? memory_init(x, cells, segment, again)
			      : which == SLOW_MEMORY_COPY ? memory_copy(x, cells, again)
							  : memory_fill(x, cells, again);

	if (OCRE_ENGINE_EXTENTS) {
		ocre__load_instance(x, x->instance);
	}
	return trap;
}

static enum ocre_trap table_copy(struct exec *x, uint32_t *cells, struct table *to,
				 const struct table *from, bool *again)
{
	uint32_t n = min_u32(cells[2], ENTRIES);

	if (cells[0] > to->size || cells[2] > to->size - cells[0] || cells[1] > from->size ||
	    cells[2] > from->size - cells[1]) {
		return OCRE_TRAP_TABLE;
	}
	if (n == 0) {
		return OCRE_TRAP_NONE;
	}
	if (cells[0] <= cells[1]) {
		memmove(to->elems + cells[0], from->elems + cells[1], n * sizeof(*to->elems));
		cells[0] += n;
		cells[1] += n;
	} else {
		memmove(to->elems + cells[0] + (cells[2] - n),
			from->elems + cells[1] + (cells[2] - n), n * sizeof(*to->elems));
	}
	cells[2] -= n;
	*again = cells[2] > 0;
	pay(x, n, ENTRIES_PER_UNIT);
	return OCRE_TRAP_NONE;
}

static enum ocre_trap table_fill(struct exec *x, uint32_t *cells, struct table *t, bool *again)
{
	uint32_t n = min_u32(cells[2], ENTRIES);

	if (cells[0] > t->size || cells[2] > t->size - cells[0]) {
		return OCRE_TRAP_TABLE;
	}
	for (uint32_t i = 0; i < n; i++) {
		t->elems[cells[0] + i] = cells[1];
	}
	cells[0] += n;
	cells[2] -= n;
	*again = cells[2] > 0;
	pay(x, n, ENTRIES_PER_UNIT);
	return OCRE_TRAP_NONE;
}

/* In one piece, since it works or not as a whole. The entries that are there may have to move. */
static void table_grow(struct exec *x, uint32_t *cells, struct table *t)
{
	uint32_t delta = cells[1];

	cells[0] = ocre__table_grow(t, delta, cells[0]);
	if (cells[0] != UINT32_MAX) {
		ocre__load_instance(x, x->instance);
		pay(x, delta > 0 ? t->size : 0, ENTRIES_PER_UNIT);
	}
}

static enum ocre_trap table_access(struct exec *x, enum slow which, uint32_t *cells, uint32_t index,
				   bool *again)
{
	struct table *t = x->instance->tables[index];

	switch (which) {
	case SLOW_TABLE_GET:
		if (cells[0] >= t->size) {
			return OCRE_TRAP_TABLE;
		}
		cells[0] = t->elems[cells[0]];
		return OCRE_TRAP_NONE;
	case SLOW_TABLE_SET:
		if (cells[0] >= t->size) {
			return OCRE_TRAP_TABLE;
		}
		t->elems[cells[0]] = cells[1];
		return OCRE_TRAP_NONE;
	case SLOW_TABLE_SIZE:
		cells[0] = t->size;
		return OCRE_TRAP_NONE;
	case SLOW_TABLE_GROW:
		table_grow(x, cells, t);
		return OCRE_TRAP_NONE;
	default:
		return table_fill(x, cells, t, again);
	}
}

static void drop(uint8_t *bits, uint32_t n)
{
	bits[n / 8] |= (uint8_t)(1u << n % 8);
}

static void move_global(struct exec *x, enum slow which, uint32_t *cells, uint32_t index)
{
	uint32_t *cell = ocre__global_cell(x->instance, index);
	size_t size = ocre__cells(x->instance->module->globals[index].type) * sizeof(uint32_t);

	if (which == SLOW_GLOBAL_GET) {
		memcpy(cells, cell, size);
	} else {
		memcpy(cell, cells, size);
	}
}

enum ocre_trap ocre__slow(struct exec *x, bool *again)
{
	struct ocre_instance *i = x->instance;
	uint32_t *cells = x->fp + x->pc[1];
	enum slow which = (enum slow)x->pc[2];
	uint32_t a = ocre__get32(x->pc + 3);
	uint32_t b = ocre__get32(x->pc + 5);

	*again = false;
	switch (which) {
	case SLOW_MEMORY_SIZE:
		cells[0] = ocre__memory_pages(i->memory);
		break;
	case SLOW_MEMORY_GROW:
		memory_grow(x, cells);
		break;
	case SLOW_MEMORY_INIT:
	case SLOW_MEMORY_COPY:
	case SLOW_MEMORY_FILL:
		return OCRE_ENGINE_BULK ? bulk(x, which, cells, a, again) : OCRE_TRAP_UNREACHABLE;
	case SLOW_DATA_DROP:
		if (a < i->module->data_count) {
			drop(i->dropped_datas, a);
		}
		break;
	case SLOW_TABLE_GET:
	case SLOW_TABLE_SET:
	case SLOW_TABLE_SIZE:
	case SLOW_TABLE_GROW:
	case SLOW_TABLE_FILL:
		return OCRE_ENGINE_REFERENCES ? table_access(x, which, cells, a, again)
					      : OCRE_TRAP_UNREACHABLE;
	case SLOW_TABLE_INIT:
		return OCRE_ENGINE_BULK ? table_init(x, cells, b, a, again) : OCRE_TRAP_UNREACHABLE;
	case SLOW_TABLE_COPY:
		return OCRE_ENGINE_BULK ? table_copy(x, cells, i->tables[a], i->tables[b], again)
					: OCRE_TRAP_UNREACHABLE;
	case SLOW_ELEM_DROP:
		drop(i->dropped_elems, a);
		break;
	case SLOW_REF_FUNC:
		cells[0] = ocre__func_ref(i, a);
		break;
	case SLOW_GLOBAL_GET:
	case SLOW_GLOBAL_SET:
		move_global(x, which, cells, a);
		break;
	case SLOW_MOVE: /* its price is that of the branch which it is a part of */
		memmove(cells, x->fp + a, b * sizeof(uint32_t));
		break;
#if OCRE_ENGINE_THREADS
	case SLOW_NOTIFY:
		return ocre__atomic_notify(x);
#endif
	default:
		return OCRE_TRAP_UNREACHABLE;
	}
	return OCRE_TRAP_NONE;
}
