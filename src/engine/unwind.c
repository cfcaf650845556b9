/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unwind.c - exceptions: throwing finds the handler by the tables of regions (iops.h) of the
 * functions on the guest stack, and the guest goes on there. Code that throws nothing pays nothing.
 *
 * An exception outlives its throw only where somebody asks for it: the clauses of a legacy try that
 * has a rethrow, catch_ref, catch_all_ref. Then it is an object of the store, and its reference is
 * a number, as of functions. Objects that nothing refers to any more are found when the table of
 * them is full: references on guest stacks are looked for in every cell, the rest is exact.
 */
#include "exec.h"

#include <string.h>

#if OCRE_ENGINE_EXCEPTIONS

struct exception {
	struct tag *tag;
	uint32_t cells;
	uint32_t next; /* of those that are reached but not looked into */
	bool reached;
	uint32_t values[];
};

#define FIRST_CAPACITY 16u
#define MOST_OBJECTS   1048576u
#define NO_EXCEPTION   UINT32_MAX

static size_t object_size(const struct exception *e)
{
	return sizeof(*e) + e->cells * sizeof(uint32_t);
}

static const struct func_type *tag_type(const struct tag *tag)
{
	return &tag->instance->module->types[tag->type];
}

/* ---- which objects are in use ---- */

struct marker {
	struct ocre_store *store;
	uint32_t list;	 /* reached but not looked into */
	uint32_t kept;	 /* objects that are reached */
	uint64_t looked; /* cells */
};

static void mark(struct marker *m, uint32_t ref)
{
	const struct exceptions *all = &m->store->exceptions;
	struct exception *e = ref - 1 < all->capacity ? all->objects[ref - 1] : NULL;

	if (e != NULL && !e->reached) {
		e->reached = true;
		e->next = m->list;
		m->list = ref - 1;
		m->kept++;
	}
}

static void mark_cells(struct marker *m, const uint32_t *cells, uint32_t count)
{
	m->looked += count;
	for (uint32_t i = 0; i < count; i++) {
		mark(m, cells[i]);
	}
}

static void mark_globals(struct marker *m, const struct ocre_instance *i)
{
	const struct ocre_module *module = i->module;

	for (uint32_t n = 0; module != NULL && n < module->global_count; n++) {
		/* Imported mutable ones are looked at where they are. */
		if (module->globals[n].type == T_EXNREF) {
			mark(m, i->globals[module->globals[n].cell]);
		}
	}
	for (uint32_t n = 0; module == NULL && n < i->def_count; n++) {
		if (i->defs[n].kind == OCRE_EXTERN_GLOBAL && i->defs[n].type == OCRE_EXNREF) {
			mark(m, i->globals[n * EXTERN_CELLS]);
		}
	}
}

static void mark_tables(struct marker *m, const struct ocre_instance *i)
{
	uint32_t count = i->module != NULL ? i->table_count : i->def_count;

	for (uint32_t n = 0; n < count; n++) {
		const struct table *t = i->tables[n];

		if (t != NULL && t->type == T_EXNREF) {
			mark_cells(m, t->elems, t->size);
		}
	}
}

/* How many cells of a suspended instance's stack are in use, or a bit more than that. */
static uint32_t cells_in_use(const struct ocre_instance *i)
{
	const struct ocre_instance *at;
	const uint16_t *code;
	uint64_t cells = i->cur_frame;

	if (i->state != STATE_READY && i->state != STATE_PARKED) {
		return 0;
	}
	at = i->store->by_number[i->cur_instance];
	if (i->in_host) {
		at = i->store->by_number[i->park_instance];
		cells += ocre__func_type(at->module, i->park_func)->param_cells;
	} else if (i->cur_func == at->module->func_count) {
		return i->cur_frame; /* a host function, by a tail call from the first frame */
	} else if (i->cur_offset == AT_ENTRY) {
		cells += ocre__func_type(at->module, i->cur_func)->param_cells;
	} else {
		/* While the instance counts as inside, no other thread takes the code away. */
		ocre__module_enter(at->module);
		code = at->module->codes[i->cur_func];
		cells = code != NULL ? cells + code[CODE_FRAME] : i->stack_cells;
		ocre__module_leave(at->module);
	}
	return cells < i->stack_cells ? (uint32_t)cells : i->stack_cells;
}

/* What a reached object refers to. */
static void mark_inside(struct marker *m)
{
	const struct exception *e = m->store->exceptions.objects[m->list];
	const struct func_type *type = tag_type(e->tag);
	const uint8_t *types = e->tag->instance->module->type_bytes + type->types;
	uint32_t cell = 0;

	m->list = e->next;
	for (uint32_t n = 0; n < type->params; n++) {
		if (types[n] == T_EXNREF) {
			mark(m, e->values[cell]);
		}
		cell += ocre__cells(types[n]);
	}
}

static void sweep(struct ocre_store *s)
{
	struct exceptions *all = &s->exceptions;

	for (uint32_t n = 0; n < all->capacity; n++) {
		struct exception *e = all->objects[n];

		if (e != NULL && !e->reached) {
			ocre_mem_free(s->mem, e, object_size(e));
			all->objects[n] = NULL;
		} else if (e != NULL) {
			e->reached = false;
		}
	}
	all->next = 0;
}

static bool lengthen(struct ocre_store *s)
{
	struct exceptions *all = &s->exceptions;
	uint32_t capacity = all->capacity == 0 ? FIRST_CAPACITY : all->capacity * 2;
	void *grown;

	if (capacity > MOST_OBJECTS) {
		return false;
	}
	grown = ocre_mem_resize(s->mem, (void *)all->objects, all->capacity * sizeof(*all->objects),
				capacity * sizeof(*all->objects));
	if (grown == NULL) {
		return false;
	}
	all->objects = grown;
	memset(all->objects + all->capacity, 0, (capacity - all->capacity) * sizeof(*all->objects));
	all->capacity = capacity;
	return true;
}

/*
 * The table is full: free what is not in use, make it longer when that is little. `top` cells of
 * the owner's stack are in use.
 */
static void collect(struct ocre_instance *owner, uint32_t top)
{
	struct ocre_store *s = owner->store;
	struct marker m = {s, NO_EXCEPTION, 0, 0};

	for (struct ocre_instance *i = s->instances; i != NULL; i = i->next) {
		mark_cells(&m, i->stack, i == owner ? top : cells_in_use(i));
		mark_globals(&m, i);
		mark_tables(&m, i);
	}
	while (m.list != NO_EXCEPTION) {
		mark_inside(&m);
	}
	sweep(s);
	/* Also when there was much to look at for the few objects that it brought. */
	if (s->exceptions.capacity == 0 || m.kept > s->exceptions.capacity / 2 ||
	    m.looked / 32 > s->exceptions.capacity) {
		lengthen(s);
	}
}

/* An object for what is thrown, its reference in *ref. False when there is no memory for it. */
static bool keep(struct ocre_instance *owner, uint32_t top, struct tag *tag, const uint32_t *values,
		 uint32_t *ref)
{
	struct ocre_store *s = owner->store;
	struct exceptions *all = &s->exceptions;
	uint32_t cells = tag_type(tag)->param_cells;
	struct exception *e;

	for (uint32_t tries = 0; tries < 2; tries++) {
		while (all->next < all->capacity && all->objects[all->next] != NULL) {
			all->next++;
		}
		if (all->next < all->capacity) {
			break;
		}
		collect(owner, top);
	}
	if (all->next >= all->capacity) {
		return false;
	}
	e = ocre_mem_alloc(s->mem, sizeof(*e) + cells * sizeof(uint32_t));
	if (e == NULL) {
		return false;
	}
	e->tag = tag;
	e->cells = cells;
	memcpy(e->values, values, cells * sizeof(uint32_t));
	all->objects[all->next++] = e;
	*ref = all->next;
	return true;
}

void ocre__exceptions_free(struct ocre_store *s)
{
	struct exceptions *all = &s->exceptions;

	for (uint32_t n = 0; n < all->capacity; n++) {
		if (all->objects[n] != NULL) {
			ocre_mem_free(s->mem, all->objects[n], object_size(all->objects[n]));
		}
	}
	ocre_mem_free(s->mem, (void *)all->objects, all->capacity * sizeof(*all->objects));
}

/* ---- finding the handler ---- */

/* A frame on the way down the guest stack; its module counts as entered. */
struct frame {
	struct ocre_instance *instance;
	uint32_t func;
	uint32_t word; /* where in its code it threw or called */
	uint32_t at;   /* cells from the stack's start */
	uint32_t boundary;
};

/* The row of the region that catches the tag, or NULL. */
static const uint16_t *search(const struct frame *f, const struct tag *tag, intptr_t *budget)
{
	const uint16_t *code = f->instance->module->codes[f->func];
	const uint16_t *table = code + ocre__get32(code + CODE_REGIONS);
	uint32_t count = table != code ? ocre__get32(table) : 0;
	uint32_t depth = UINT32_MAX; /* of the outermost frame that it was delegated to */

	*budget -= 1 + (intptr_t)(count / 16);
	for (const uint16_t *row = table + 2; count > 0; count--, row += REGION_WORDS) {
		uint32_t what = ocre__get32(row + REGION_TAG);

		if (f->word < ocre__get32(row + REGION_FROM) ||
		    f->word >= ocre__get32(row + REGION_TO) ||
		    ocre__get32(row + REGION_DEPTH) > depth) {
			continue;
		}
		if ((what & REGION_DELEGATE) != 0) {
			depth = ocre__get32(row + REGION_HANDLER);
		} else if ((what & REGION_ANY) != 0 ||
			   f->instance->tags[what & REGION_INDEX] == tag) {
			return row;
		}
	}
	return NULL;
}

/* To the frame that called this one. False when the host did. */
static bool to_caller(const struct ocre_instance *o, struct frame *f)
{
	const uint32_t *record =
		o->stack + f->at + ocre__func_type(f->instance->module, f->func)->param_cells;

	f->func = record[RECORD_FUNC];
	f->word = record[RECORD_OFFSET] - 1;
	f->at -= record[RECORD_BASE];
	while (f->func == f->instance->module->func_count) {
		const struct boundary *b =
			(const struct boundary *)(const void *)(o->stack + f->boundary);

		if (b->kind == BOUNDARY_ENTRY) {
			return false;
		}
		ocre__module_leave(f->instance->module);
		f->instance = o->store->by_number[b->instance];
		ocre__module_enter(f->instance->module);
		f->func = b->func;
		f->word = b->offset - 1;
		f->at = b->frame;
		f->boundary = b->previous;
	}
	return true;
}

/* From the frame that throws to the one that catches; a row of the latter's regions. */
static enum ocre_trap find(const struct ocre_instance *owner, struct frame *f,
			   const struct tag *tag, const uint16_t **row, intptr_t *budget)
{
	do {
		if (f->instance->module->codes[f->func] == NULL &&
		    ocre__module_prepare(f->instance->module, f->func, NULL) != 0) {
			return OCRE_TRAP_NOMEM;
		}
		*row = search(f, tag, budget);
		if (*row != NULL) {
			return OCRE_TRAP_NONE;
		}
	} while (to_caller(owner, f));
	return OCRE_TRAP_EXCEPTION;
}

/* ---- throwing ---- */

/* What is on its way: `values` are in the frame that throws or in an object. */
struct thrown {
	struct tag *tag;
	const uint32_t *values;
	uint32_t ref; /* of its object, or 0 */
};

static enum ocre_trap begin(const struct exec *x, const struct ocre_instance *owner,
			    struct thrown *t)
{
	const struct exceptions *all = &owner->store->exceptions;
	const uint32_t *cells = x->fp + x->pc[1];
	uint32_t a = ocre__get32(x->pc + 3);
	const struct exception *e;

	if (x->pc[2] == SLOW_THROW) {
		*t = (struct thrown){x->instance->tags[a], cells, 0};
		return OCRE_TRAP_NONE;
	}
	t->ref = x->pc[2] == SLOW_RETHROW ? x->fp[a] : cells[0];
	e = t->ref - 1 < all->capacity ? all->objects[t->ref - 1] : NULL;
	if (e == NULL) {
		return OCRE_TRAP_NULL_REFERENCE;
	}
	t->tag = e->tag;
	t->values = e->values;
	return OCRE_TRAP_NONE;
}

/* Put the values where the handler wants them. The frames above it are gone with this. */
static void deliver(uint32_t *frame, const uint16_t *row, const struct thrown *t)
{
	uint32_t what = ocre__get32(row + REGION_TAG);
	uint32_t *to = frame + row[REGION_CELL];
	uint32_t cells = (what & REGION_ANY) != 0 ? 0 : tag_type(t->tag)->param_cells;

	memmove(to, t->values, cells * sizeof(uint32_t));
	if ((what & REGION_REF) != 0) {
		to[cells] = t->ref;
	} else if ((what & REGION_KEEP) != 0) {
		to[-1] = t->ref;
	}
}

enum ocre_trap ocre__throw(struct exec *x, struct ocre_instance *owner)
{
	struct frame f = {x->instance, x->func, (uint32_t)(x->pc - x->codes[x->func]),
			  (uint32_t)(x->fp - owner->stack), owner->boundary};
	struct thrown t;
	const uint16_t *row = NULL;
	uint32_t top = f.at + x->codes[x->func][CODE_FRAME];
	enum ocre_trap trap = begin(x, owner, &t);

	if (trap == OCRE_TRAP_NONE) {
		trap = find(owner, &f, t.tag, &row, &x->budget);
	}
	if (trap == OCRE_TRAP_NONE && t.ref == 0 &&
	    (ocre__get32(row + REGION_TAG) & (REGION_REF | REGION_KEEP)) != 0 &&
	    !keep(owner, top, t.tag, t.values, &t.ref)) {
		trap = OCRE_TRAP_NOMEM;
	}
	if (trap != OCRE_TRAP_NONE) {
		ocre__module_leave(f.instance->module);
		ocre__module_enter(x->instance->module);
		return trap;
	}
	deliver(owner->stack + f.at, row, &t);
	owner->boundary = f.boundary;
	ocre__load_instance(x, f.instance);
	x->fp = owner->stack + f.at;
	x->func = f.func;
	x->pc = x->codes[f.func] + ocre__get32(row + REGION_HANDLER);
	x->budget -= row[REGION_COST];
	return OCRE_TRAP_NONE;
}

#endif
