/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - runs an instance in slices. interp.c does the work between two leaves; here are calls
 * that need more than a handler: host functions, functions of other instances, code that must be
 * prepared first, and everything that suspends, resumes or ends the guest.
 *
 * A suspended guest is data: its position is a function index and an offset, its frames hold the
 * same.
 */
#include "exec.h"

#include <string.h>

/* The most that the interpreter gets at once; the rest follows when it is used. */
#define MOST_BUDGET ((intptr_t)1 << (sizeof(intptr_t) * 8 - 2))

/* These stay free at the end of the guest stack: zeroing locals may touch one beyond a frame. */
#define STACK_SPARE_CELLS 2u

/*
 * What the rest of a run is about: the instance that was asked to run, and the budget left.
 * Functions that return bool say whether the interpreter goes on; if not, r->result says why.
 */
struct runner {
	struct ocre_instance *owner; /* has the stack */
	struct exec *x;
	uint64_t rest; /* budget beyond what the interpreter has */
	enum ocre_run result;
	uint64_t given;
};

/* ---- registers ---- */

static void load_memory(struct exec *x, const struct ocre_memory *m)
{
	x->mem = m != NULL ? m->base : NULL;
	x->mem_len = m != NULL ? (uint64_t)ocre__memory_pages(m) * OCRE_PAGE : 0;
#if OCRE_ENGINE_EXTENTS
	x->mem_low = 0;
	memset(&x->second, 0, sizeof(x->second));
	if (m != NULL && !ocre__memory_is_block(m)) {
		ocre__extents_windows(m, x);
	}
#endif
}

void ocre__load_instance(struct exec *x, struct ocre_instance *i)
{
	static const struct table no_table;
	const struct table *t =
		i->table_count > 0 && i->tables[0] != NULL ? i->tables[0] : &no_table;

	x->instance = i;
	x->codes = i->module->codes;
	x->funcs = i->module->funcs;
	load_memory(x, i->memory);
	x->globals = i->globals;
	x->table = t->elems;
	x->table_size = t->size;
	x->ref_base = i->number + 1;
}

/* Go from the code of one instance to that of another. */
static void switch_instance(struct exec *x, struct ocre_instance *to)
{
	if (x->instance != to) {
		ocre__module_leave(x->instance->module);
		ocre__module_enter(to->module);
		ocre__load_instance(x, to);
	}
}

static uint32_t boundary_func(const struct exec *x)
{
	return x->instance->module->func_count;
}

static uint32_t offset_of(const struct runner *r, const uint32_t *cell)
{
	return (uint32_t)(cell - r->owner->stack);
}

/* ---- ends ---- */

static void save(struct runner *r, uint32_t func, uint32_t offset, const uint32_t *frame)
{
	r->owner->cur_instance = r->x->instance->number;
	r->owner->cur_func = func;
	r->owner->cur_offset = offset;
	r->owner->cur_frame = offset_of(r, frame);
}

/* Where the guest stands, by function and offset. */
static void save_pc(struct runner *r)
{
	struct exec *x = r->x;

	save(r, x->func, (uint32_t)(x->pc - x->codes[x->func]), x->fp);
}

static bool ended(struct runner *r, enum ocre_run result)
{
	r->owner->state = result == OCRE_RUN_DONE ? STATE_DONE : STATE_ENDED;
	r->owner->in_host = false;
	ocre__waits_drop(r->owner);
	r->result = result;
	return false;
}

static void import_names(const struct ocre_module *m, uint32_t func, struct ocre_bytes *module,
			 struct ocre_bytes *name)
{
	struct reader reader = ocre__reader_at(m, m->funcs[func].body);

	*module = ocre__read_name(&reader);
	*name = ocre__read_name(&reader);
}

/* The guest stands where save() said, and goes no further. */
static bool trapped(struct runner *r, enum ocre_trap kind, const char *words)
{
	struct ocre_trap_info *t = &r->owner->trap;
	struct ocre_diag text = {0};

	memset(t, 0, sizeof(*t));
	t->kind = kind;
	ocre_diag_set(&text, OCRE_E_STATE, OCRE_NO_OFFSET, words != NULL ? "%s: %s" : "%s",
		      ocre_trap_text(kind), words);
	memcpy(t->message, text.text, sizeof(t->message));
	return ended(r, OCRE_RUN_TRAP);
}

static bool trapped_at_pc(struct runner *r, enum ocre_trap kind)
{
	save_pc(r);
	return trapped(r, kind, NULL);
}

/* ---- budget ---- */

/* Give the interpreter more of the budget. False when there is no more. */
static bool refill(struct runner *r)
{
	uint64_t take = r->rest;

	if (take > (uint64_t)MOST_BUDGET) {
		take = (uint64_t)MOST_BUDGET;
	}
	if (r->x->budget > 0 && take > (uint64_t)(INTPTR_MAX - r->x->budget)) {
		take = 0;
	}
	r->x->budget += (intptr_t)take;
	r->rest -= take;
	return r->x->budget >= 0;
}

/* The guest stands at pc. Go on, or suspend it, as the budget says. */
static bool continue_if_paid(struct runner *r)
{
	if (r->x->budget >= 0 || refill(r)) {
		return true;
	}
	save_pc(r);
	r->owner->state = STATE_READY;
	r->result = OCRE_RUN_BUDGET;
	return false;
}

/* ---- preparing ---- */

static bool out_of_memory(struct runner *r, const struct ocre_diag *diag, int status)
{
	return trapped(r, OCRE_TRAP_NOMEM,
		       diag->status != 0 ? diag->text : ocre_status_text(status));
}

/* Stand at `offset` of a function of the instance in hand, in the frame of x->fp. */
static bool resume_at(struct runner *r, uint32_t func, uint32_t offset)
{
	struct exec *x = r->x;
	struct ocre_diag diag = {0};
	int status = 0;

	x->func = func;
	if (ocre__code_of(x, func) == NULL) {
		save(r, func, offset, x->fp);
		status = ocre__module_prepare(x->instance->module, func, &diag);
	}
	if (status != 0) {
		return out_of_memory(r, &diag, status);
	}
	x->pc = ocre__code_of(x, func) + offset;
	return true;
}

/* ---- calls ---- */

/* A call: where the frame of the callee begins, and where its caller goes on. */
struct site {
	uint32_t *frame;
	uint32_t caller; /* function of the instance in hand, or its boundary */
	uint32_t offset;
	uint32_t base;
};

static bool call(struct runner *r, const struct site *s, struct ocre_instance *i, uint32_t func,
		 bool resumed);

static bool enter(struct runner *r, const struct site *s, uint32_t func)
{
	struct exec *x = r->x;
	struct ocre_diag diag = {0};
	int status = ocre__module_prepare(x->instance->module, func, &diag);
	const uint16_t *code;
	uint32_t *record;

	if (status != 0) {
		return out_of_memory(r, &diag, status);
	}
	code = x->codes[func];
	if ((size_t)(x->stack_end - s->frame) < code[CODE_FRAME]) {
		return trapped(r, OCRE_TRAP_STACK, NULL);
	}
	record = s->frame + code[CODE_PARAMS];
	record[RECORD_FUNC] = s->caller;
	record[RECORD_OFFSET] = s->offset;
	record[RECORD_BASE] = s->base;
	memset(s->frame + code[CODE_ZERO_FROM], 0, code[CODE_ZERO_COUNT] * sizeof(uint32_t));
	x->func = func;
	x->fp = s->frame;
	x->pc = code + CODE_HEADER;
	x->budget -= code[CODE_COST];
	return continue_if_paid(r);
}

/* Go on behind the call, its results being in the frame. */
static bool return_to(struct runner *r, const struct site *s)
{
	r->x->fp = s->frame - s->base;
	return resume_at(r, s->caller, s->offset) && continue_if_paid(r);
}

/* ---- host functions ---- */

/* A call of a host function, while it runs: what call->engine is. */
struct host_call {
	struct runner *r;
	struct ocre_instance *i; /* whose import it is */
	uint32_t func;
	const struct site *site;
	uint64_t used;	   /* of the budget, by calls back into the guest */
	bool over;	   /* one of them has ended the guest */
	enum ocre_run end; /* how */
};

static void *call_memory(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	struct ocre_instance *i = ((struct host_call *)call->engine)->i;

	void *at = i->memory != NULL ? ocre__memory_range(i->memory, addr, size) : NULL;

#if OCRE_ENGINE_EXTENTS
	if (at == NULL && i->memory != NULL && ocre__memory_has(i->memory, addr, size)) {
		i->memory->starved = true;
	}
#endif
	return at;
}

static uint32_t call_alloc(struct ocre_call *call, uint32_t size)
{
	const struct ocre_guest_heap *heap = ((struct host_call *)call->engine)->i->heap;

	return heap->alloc(heap->ctx, call, size);
}

static bool call_free(struct ocre_call *call, uint32_t addr)
{
	const struct ocre_guest_heap *heap = ((struct host_call *)call->engine)->i->heap;

	return heap->free(heap->ctx, call, addr);
}

static bool call_exports(struct ocre_call *call, const char *name)
{
	uint32_t func;

	return ocre_instance_find_func(((struct host_call *)call->engine)->i, name, &func, NULL) ==
	       OCRE_OK;
}

/* A range was refused for lack of memory, which a host function takes for a wrong address. */
static bool starved(struct ocre_instance *i)
{
#if OCRE_ENGINE_EXTENTS
	if (i->memory != NULL && i->memory->starved) {
		i->memory->starved = false;
		return true;
	}
#endif
	(void)i;
	return false;
}

static int call_invoke(struct ocre_call *call, const char *name, const char *sig,
		       const uint64_t *args, uint64_t *ret, uint64_t budget);

static const struct ocre_call_ops call_ops = {.memory = call_memory, .invoke = call_invoke};
static const struct ocre_call_ops heap_call_ops = {
	.memory = call_memory,
	.alloc = call_alloc,
	.free = call_free,
	.invoke = call_invoke,
	.exports = call_exports,
};

/* Arguments from cells to the form that host functions take. */
static void load_args(uint64_t *arg, const char *sig, const uint32_t *cells)
{
	for (; *sig != ':'; sig++) {
		if (*sig == 'i' || *sig == 'f') {
			*arg++ = *cells++;
		} else {
			memcpy(arg++, cells, 8);
			cells += 2;
		}
	}
}

static void store_result(const struct ocre_call *call, const char *sig, uint32_t *cells)
{
	const char *result = strchr(sig, ':') + 1;

	if (*result == 'i' || *result == 'f') {
		*cells = (uint32_t)call->ret[0];
	} else if (*result != '\0') {
		memcpy(cells, &call->ret[0], 8);
	}
}

/* What a denied function does. */
static int refuse(struct ocre_call *call)
{
	int16_t denied = call->func->denied;
	double f64 = denied;
	float f32 = denied;
	uint32_t bits;

	switch (strchr(call->func->sig, ':')[1]) {
	case 'f':
		memcpy(&bits, &f32, sizeof(bits));
		call->ret[0] = bits;
		break;
	case 'F':
		memcpy(&call->ret[0], &f64, sizeof(f64));
		break;
	default:
		call->ret[0] = (uint64_t)(int64_t)denied; /* of an i32 the low half */
		break;
	}
	return OCRE_HOST_DONE;
}

/* The guest stands in a host call: base, caller and offset are those of the call. */
static void stand_in_host(struct host_call *h)
{
	struct ocre_instance *o = h->r->owner;
	const struct site *s = h->site;

	o->cur_instance = h->r->x->instance->number;
	o->cur_func = s->caller;
	o->cur_offset = s->offset;
	o->cur_frame = offset_of(h->r, s->frame);
	o->park_base = s->base;
	o->park_instance = h->i->number;
	o->park_func = h->func;
	o->in_host = true;
	o->state = STATE_PARKED;
}

/* It no longer does: where it would trap, it stands at the call. */
static void stand_at_call(struct ocre_instance *o)
{
	if (o->in_host) {
		o->cur_frame -= o->park_base;
		o->cur_offset--;
		o->in_host = false;
	}
	o->state = STATE_READY;
}

static bool host_trapped(struct host_call *h, enum ocre_trap kind, const char *words)
{
	struct ocre_trap_info *t = &h->r->owner->trap;

	trapped(h->r, kind, words);
	import_names(h->i->module, h->func, &t->host_module, &t->host_name);
	return false;
}

static bool call_host(struct runner *r, const struct site *s, struct ocre_instance *i,
		      uint32_t func, bool resumed)
{
	const struct binding *b = &i->bindings[func];
	struct host_call h = {.r = r, .i = i, .func = func, .site = s};
	uint64_t arg[OCRE_HOST_MAX_ARGS] = {0};
	struct ocre_call call = {0};
	int result;

	call.ops = i->heap != NULL ? &heap_call_ops : &call_ops;
	call.engine = &h;
	call.host = b->ctx;
	call.func = b->host;
	call.arg = arg;
	call.resumed = resumed;
	call.park = &r->owner->park;
	call.record = &r->owner->record;
	load_args(arg, b->host->sig, s->frame);
	memset(call.park, 0, sizeof(*call.park));
	call.park->deadline_ns = UINT64_MAX;
	if (!resumed) {
		memset(call.record, 0, sizeof(*call.record));
	}
	stand_at_call(r->owner);
	r->owner->host_calls++;
	result = b->denied ? refuse(&call) : b->host->fn(&call);
	if (h.over) {
		r->result = h.end;
		return false;
	}
	if (starved(i) && result != OCRE_HOST_EXIT) {
		return host_trapped(&h, OCRE_TRAP_NOMEM, NULL);
	}
	call.charge = call.charge < UINT64_MAX - h.used ? call.charge + h.used : UINT64_MAX;
	if (call.charge > (uint64_t)MOST_BUDGET / 2) {
		call.charge = (uint64_t)MOST_BUDGET / 2;
	}
	/* A guest that ends here could not pay the rest of it later. */
	if (result == OCRE_HOST_DONE || result == OCRE_HOST_PARK) {
		r->x->budget -= (intptr_t)call.charge;
	}
	switch (result) {
	case OCRE_HOST_DONE:
		store_result(&call, b->host->sig, s->frame);
		/* It may have run another instance, which made a memory or a table of both grow. */
		ocre__load_instance(r->x, r->x->instance);
		return return_to(r, s);
	case OCRE_HOST_PARK:
		stand_in_host(&h);
		r->result = OCRE_RUN_PARKED;
		return false;
	case OCRE_HOST_EXIT:
		r->owner->exit_code = call.exit_code;
		return ended(r, OCRE_RUN_EXIT);
	default:
		return host_trapped(&h, OCRE_TRAP_HOST,
				    call.message != NULL ? call.message : "no reason given");
	}
}

static bool unlinked(struct runner *r, struct ocre_instance *i, uint32_t func)
{
	struct ocre_bytes module;
	struct ocre_bytes name;
	char text[2][60];
	char both[126];
	size_t n;

	import_names(i->module, func, &module, &name);
	ocre__name_text(module, text[0], sizeof(text[0]));
	ocre__name_text(name, text[1], sizeof(text[1]));
	n = strlen(text[0]);
	memcpy(both, text[0], n);
	both[n] = '.';
	memcpy(both + n + 1, text[1], strlen(text[1]) + 1);
	return trapped(r, OCRE_TRAP_UNLINKED, both);
}

/* ---- calls between instances ---- */

static struct boundary *push_boundary(struct runner *r, uint32_t *at)
{
	struct boundary *b = (struct boundary *)(void *)at;

	b->previous = r->owner->boundary;
	b->instance = r->x->instance->number;
	r->owner->boundary = offset_of(r, at);
	return b;
}

static bool call_other(struct runner *r, const struct site *s, struct ocre_instance *i,
		       uint32_t func)
{
	struct exec *x = r->x;
	const struct func_type *type = ocre__func_type(i->module, func);
	/* Above arguments and results the caller has nothing. Its code may be gone (tail calls). */
	uint32_t taken =
		type->param_cells > type->result_cells ? type->param_cells : type->result_cells;
	uint32_t *at = s->frame + taken;
	struct boundary *b;
	struct site site;

	if ((size_t)(x->stack_end - s->frame) <
	    taken + BOUNDARY_CELLS + type->param_cells + RECORD_CELLS) {
		return trapped(r, OCRE_TRAP_STACK, NULL);
	}
	b = push_boundary(r, at);
	b->kind = BOUNDARY_CROSS;
	b->in_host = 0;
	b->func = s->caller;
	b->offset = s->offset;
	b->frame = offset_of(r, s->frame - s->base);
	b->results = offset_of(r, s->frame);
	b->result_cells = type->result_cells;
	site.frame = at + BOUNDARY_CELLS;
	memmove(site.frame, s->frame, type->param_cells * sizeof(uint32_t));
	switch_instance(x, i);
	site.caller = boundary_func(x);
	site.offset = 0;
	site.base = 0;
	if (enter(r, &site, func)) {
		return true;
	}
	if (r->owner->state == STATE_ENDED) {
		r->owner->boundary = b->previous; /* the guest stands at the call */
	}
	return false;
}

static bool call(struct runner *r, const struct site *s, struct ocre_instance *i, uint32_t func,
		 bool resumed)
{
	ocre__resolve(&i, &func);
	if (func < i->module->func_imports) {
		return i->bindings[func].host != NULL ? call_host(r, s, i, func, resumed)
						      : unlinked(r, i, func);
	}
	return i == r->x->instance ? enter(r, s, func) : call_other(r, s, i, func);
}

/* The function above a boundary has returned; its results begin at fp. */
static bool cross_back(struct runner *r)
{
	struct exec *x = r->x;
	struct ocre_instance *o = r->owner;
	const struct boundary *b = (const struct boundary *)(const void *)(o->stack + o->boundary);
	struct ocre_instance *back = o->store->by_number[b->instance];

	if (b->kind == BOUNDARY_CROSS) {
		uint32_t offset = b->offset;
		uint32_t func = b->func;

		memmove(o->stack + b->results, x->fp, b->result_cells * sizeof(uint32_t));
		x->fp = o->stack + b->frame;
		o->boundary = b->previous;
		switch_instance(x, back);
		return resume_at(r, func, offset);
	}
	/* The call that ocre_instance_call() began is done. */
	o->result_cell = offset_of(r, x->fp);
	o->result_func = b->results;
	o->boundary = b->previous;
	o->state = b->state == STATE_READY || b->state == STATE_PARKED
			   ? (enum instance_state)b->state
			   : STATE_DONE;
	o->cur_instance = b->instance;
	o->cur_func = b->func;
	o->cur_offset = b->offset;
	o->cur_frame = b->frame;
	o->waiting = b->waiting != 0;
	o->in_host = b->in_host != 0;
	o->park_base = b->park_base;
	o->park_instance = b->park_instance;
	o->park_func = b->park_func;
	memcpy(&o->record, b->record, sizeof(o->record));
	r->result = OCRE_RUN_DONE;
	return false;
}

/* ---- what the interpreter left for ---- */

static bool indirect_target(struct runner *r, uint32_t table, uint32_t index, uint32_t type,
			    struct ocre_instance **i, uint32_t *func)
{
	struct exec *x = r->x;
	const struct table *t = x->instance->tables[table];
	uint32_t ref;

	if (index >= t->size) {
		return trapped_at_pc(r, OCRE_TRAP_UNDEFINED_ELEMENT);
	}
	ref = t->elems[index];
	if (ref == OCRE_REF_NULL) {
		return trapped_at_pc(r, OCRE_TRAP_UNINITIALIZED_ELEMENT);
	}
	*i = x->instance->store->by_number[(ref >> REF_SHIFT) - 1];
	*func = REF_FUNC(ref);
	if (!ocre__same_type(x->instance, type, *i, (*i)->module->funcs[*func].type)) {
		return trapped_at_pc(r, OCRE_TRAP_INDIRECT_TYPE);
	}
	return true;
}

static bool do_call(struct runner *r)
{
	struct exec *x = r->x;
	const uint16_t *pc = x->pc;
	struct site s = {x->fp + pc[1], ocre__get32(pc + 4), ocre__get32(pc + 6), pc[1]};

	save_pc(r);
	return call(r, &s, x->instance, ocre__get32(pc + 2), false);
}

static bool do_call_indirect(struct runner *r)
{
	struct exec *x = r->x;
	const uint16_t *pc = x->pc;
	struct site s = {x->fp + pc[1], ocre__get32(pc + 6), ocre__get32(pc + 8), pc[1]};
	struct ocre_instance *i = NULL;
	uint32_t func = 0;

	if (!indirect_target(r, pc[5], x->fp[pc[2]], ocre__get32(pc + 3), &i, &func)) {
		return false;
	}
	save_pc(r);
	return call(r, &s, i, func, false);
}

/*
 * A tail call: the arguments move to the start of the frame, and the callee returns to where this
 * function would have.
 */
static bool do_return_call(struct runner *r, enum slow which)
{
	struct exec *x = r->x;
	struct ocre_instance *i = x->instance;
	uint32_t *args = x->fp + x->pc[1];
	uint32_t func = ocre__get32(x->pc + 3);
	const uint32_t *record = x->fp + ocre__func_type(i->module, x->func)->param_cells;
	struct site s = {x->fp, record[RECORD_FUNC], record[RECORD_OFFSET], record[RECORD_BASE]};
	uint32_t cells;

	if (which == SLOW_RETURN_CALL_INDIRECT) {
		uint32_t type = func;

		cells = i->module->types[type].param_cells;
		if (!indirect_target(r, ocre__get32(x->pc + 5), args[cells], type, &i, &func)) {
			return false;
		}
	} else {
		cells = ocre__func_type(i->module, func)->param_cells;
	}
	save_pc(r);
	if ((size_t)(x->stack_end - x->fp) < cells) {
		return trapped(r, OCRE_TRAP_STACK, NULL);
	}
	memmove(x->fp, args, cells * sizeof(uint32_t));
	/* This function is no more, nor is its record: should the call trap, its caller stands
	 * there.
	 */
	save(r, s.caller, s.offset - 1, x->fp - s.base);
	return call(r, &s, i, func, false);
}

#if OCRE_ENGINE_EXCEPTIONS
static bool do_throw(struct runner *r)
{
	intptr_t budget = r->x->budget;
	enum ocre_trap trap;

	save_pc(r);
	trap = ocre__throw(r->x, r->owner);
	if (trap != OCRE_TRAP_NONE) {
		r->x->budget = budget; /* what is not paid yet never will be */
		return trapped(r, trap, NULL);
	}
	return continue_if_paid(r);
}
#endif

#if OCRE_ENGINE_THREADS
/* memory.atomic.wait: the guest stands at it until it is notified or the time is over. */
static bool do_wait(struct runner *r)
{
	bool parks = false;
	enum ocre_trap trap = ocre__atomic_wait(r->x, r->owner, &parks);

	if (trap != OCRE_TRAP_NONE) {
		return trapped_at_pc(r, trap);
	}
	if (parks) {
		save_pc(r);
		r->owner->state = STATE_PARKED;
		r->result = OCRE_RUN_PARKED;
		return false;
	}
	r->x->pc += SLOW_WORDS;
	return true;
}
#endif

static bool do_slow(struct runner *r)
{
	struct exec *x = r->x;
	enum slow which = (enum slow)x->pc[2];
	bool again;
	enum ocre_trap trap;

#if OCRE_ENGINE_EXCEPTIONS
	if (which == SLOW_THROW || which == SLOW_RETHROW || which == SLOW_THROW_REF) {
		return do_throw(r);
	}
#endif
	if (OCRE_ENGINE_TAIL_CALL &&
	    (which == SLOW_RETURN_CALL || which == SLOW_RETURN_CALL_INDIRECT)) {
		return do_return_call(r, which);
	}
#if OCRE_ENGINE_THREADS
	if (which == SLOW_WAIT32 || which == SLOW_WAIT64) {
		return do_wait(r);
	}
#endif
	do {
		trap = ocre__slow(x, &again);
		if (trap != OCRE_TRAP_NONE) {
			return trapped_at_pc(r, trap);
		}
		if (!again) {
			x->pc += SLOW_WORDS;
		}
		if (!continue_if_paid(r)) {
			return false;
		}
	} while (again);
	return true;
}

#if OCRE_ENGINE_EXTENTS
/* Of the budget, by this run up to now. */
static uint64_t used(const struct runner *r)
{
	return r->given - r->rest - (uint64_t)(int64_t)r->x->budget;
}
#endif

static bool do_memory(struct runner *r)
{
	struct exec *x = r->x;
	uint64_t known = x->mem_len;

#if OCRE_ENGINE_EXTENTS
	if (!ocre__memory_is_block(x->instance->memory)) {
		enum ocre_trap trap;

		x->spent += used(r);
		trap = ocre__extents_miss(x->instance->memory, x);
		x->spent -= used(r);
		return trap == OCRE_TRAP_NONE ? true : trapped_at_pc(r, trap);
	}
#endif
	/* Another thread may have grown a shared memory. */
	ocre__load_instance(x, x->instance);
	return x->mem_len != known ? true : trapped_at_pc(r, OCRE_TRAP_MEMORY);
}

static bool after(struct runner *r, enum leave leave)
{
	switch (leave) {
	case LEAVE_BUDGET:
		return continue_if_paid(r);
	case LEAVE_TRAP:
		return trapped_at_pc(r, (enum ocre_trap)r->x->trap);
	case LEAVE_CALL:
		return do_call(r);
	case LEAVE_CALL_INDIRECT:
		return do_call_indirect(r);
	case LEAVE_RETURN:
		return resume_at(r, r->x->func, r->x->offset);
	case LEAVE_SLOW:
		return do_slow(r);
	case LEAVE_BOUNDARY:
		return cross_back(r);
	default:
		return do_memory(r);
	}
}

/* ---- public ---- */

/* Continue where the guest stands. */
static bool begin(struct runner *r)
{
	struct ocre_instance *o = r->owner;
	struct exec *x = r->x;
	struct site s;

	if (x->budget < 0 && !refill(r)) {
		r->result = OCRE_RUN_BUDGET;
		return false;
	}
	if (o->in_host) {
		s = (struct site){o->stack + o->cur_frame, o->cur_func, o->cur_offset,
				  o->park_base};
		return call_host(r, &s, o->store->by_number[o->park_instance], o->park_func, true);
	}
	x->fp = o->stack + o->cur_frame;
	if (o->cur_offset == AT_ENTRY) {
		s = (struct site){x->fp, boundary_func(x), 0, 0};
		return call(r, &s, x->instance, o->cur_func, false);
	}
	return resume_at(r, o->cur_func, o->cur_offset);
}

static enum ocre_run run(struct ocre_instance *instance, uint64_t *budget)
{
	struct runner r = {instance, &instance->x, *budget, OCRE_RUN_DONE, *budget};
	struct ocre_instance *at;

	if (instance->state != STATE_READY && instance->state != STATE_PARKED) {
		return instance->state == STATE_ENDED ? OCRE_RUN_TRAP : OCRE_RUN_DONE;
	}
	if (instance->debt > *budget) {
		instance->debt -= *budget;
		*budget = 0;
		return OCRE_RUN_BUDGET;
	}
	r.rest -= instance->debt;
	instance->debt = 0;
	r.x->budget = 0;
	instance->running = true;
	at = instance->store->by_number[instance->cur_instance];
	ocre__module_enter(at->module);
	ocre__load_instance(r.x, at);
	refill(&r);
	if (begin(&r)) {
		while (after(&r, ocre__interp(r.x))) {
		}
	}
	ocre__module_leave(r.x->instance->module);
	instance->running = false;
	if (r.x->budget < 0) {
		instance->debt = (uint64_t)-r.x->budget;
		*budget = r.rest;
		if (r.rest < instance->debt) {
			instance->debt -= r.rest;
			*budget = 0;
		} else {
			*budget -= instance->debt;
			instance->debt = 0;
		}
	} else {
		*budget = r.rest + (uint64_t)r.x->budget;
	}
#if OCRE_ENGINE_EXTENTS
	instance->x.spent += r.given - *budget;
#endif
	return r.result;
}

enum ocre_run ocre_instance_run(struct ocre_instance *instance, uint64_t *budget)
{
	if (instance->running) {
		return OCRE_RUN_TRAP; /* by a host function of its own */
	}
	return run(instance, budget);
}

static void put_args(const struct ocre_module *m, uint32_t func, const union ocre_value *args,
		     uint32_t *cells)
{
	const struct func_type *type = ocre__func_type(m, func);

	for (uint32_t n = 0; n < type->params; n++) {
		uint8_t t = m->type_bytes[type->types + n];

		switch (ocre__cells(t)) {
		case 1:
			*cells = args[n].i32;
			break;
		case 2:
			memcpy(cells, &args[n].i64, 8);
			break;
		default:
			memcpy(cells, args[n].v128, 16);
			break;
		}
		cells += ocre__cells(t);
	}
}

/* The first cell above everything that is suspended. */
static int free_cell(struct ocre_instance *o, uint32_t *cell)
{
	struct ocre_instance *at = o->store->by_number[o->cur_instance];
	struct ocre_diag diag = {0};
	uint32_t taken =
		0; /* by arguments: of a tail call they are more than the frame is sure of */
	int status;

	*cell = o->cur_frame;
	if (o->in_host) {
		taken = *cell +
			ocre__func_type(o->store->by_number[o->park_instance]->module, o->park_func)
				->param_cells;
		if (o->cur_func == at->module->func_count) {
			*cell = taken;
			return OCRE_OK;
		}
		*cell = o->cur_frame - o->park_base;
	} else if (o->cur_offset == AT_ENTRY) {
		*cell += ocre__func_type(at->module, o->cur_func)->param_cells;
		return OCRE_OK;
	}
	ocre__module_enter(at->module);
	status = ocre__module_prepare(at->module, o->cur_func, &diag);
	if (status == 0) {
		*cell += at->module->codes[o->cur_func][CODE_FRAME];
	}
	ocre__module_leave(at->module);
	if (*cell < taken) {
		*cell = taken;
	}
	return status;
}

/* Begin a call of a function of `i` on the stack of `o`; *args is where its arguments go. */
static int begin_call(struct ocre_instance *o, struct ocre_instance *i, uint32_t func,
		      uint32_t **args)
{
	struct boundary b;
	uint32_t cell = 0;
	uint32_t cells;

	memset(&b, 0, sizeof(b));
	b.kind = BOUNDARY_ENTRY;
	b.state = STATE_IDLE;
	b.results = func;
	if (o->state == STATE_READY || o->state == STATE_PARKED) {
		int status = free_cell(o, &cell);

		if (status != 0) {
			return status;
		}
		b.state = o->state;
		b.instance = o->cur_instance;
		b.func = o->cur_func;
		b.offset = o->cur_offset;
		b.frame = o->cur_frame;
		b.waiting = o->waiting;
		b.in_host = o->in_host;
		b.park_base = o->park_base;
		b.park_instance = o->park_instance;
		b.park_func = o->park_func;
		memcpy(b.record, &o->record, sizeof(b.record));
	} else {
		o->boundary = UINT32_MAX;
		o->debt = 0;
	}
	cells = ocre__func_type(i->module, func)->param_cells +
		ocre__func_type(i->module, func)->result_cells;
	if (o->stack_cells < cell ||
	    o->stack_cells - cell < BOUNDARY_CELLS + cells + STACK_SPARE_CELLS) {
		return OCRE_E_LIMIT;
	}
	b.previous = o->boundary;
	memcpy(o->stack + cell, &b, sizeof(b));
	o->boundary = cell;
	cell += BOUNDARY_CELLS;
	*args = o->stack + cell;
	o->cur_instance = i->number;
	o->cur_func = func;
	o->cur_offset = AT_ENTRY;
	o->cur_frame = cell;
	o->waiting = false;
	o->in_host = false;
	o->state = STATE_READY;
	o->x.stack_end = o->stack + o->stack_cells - STACK_SPARE_CELLS;
	memset(&o->trap, 0, sizeof(o->trap));
	return OCRE_OK;
}

int ocre_instance_call(struct ocre_instance *instance, uint32_t func, const union ocre_value *args)
{
	struct ocre_instance *o = instance;
	uint32_t *cells;
	int status;

	if (o->module == NULL || func >= o->module->func_count) {
		return OCRE_E_ARGUMENT;
	}
	if (o->running) {
		return OCRE_E_STATE;
	}
	status = begin_call(o, o, func, &cells);
	if (status == 0) {
		put_args(o->module, func, args, cells);
	}
	return status;
}

/* ---- calls from host functions into the guest ---- */

static void store_args(uint32_t *cells, const char *sig, const uint64_t *arg)
{
	for (; *sig != ':'; sig++, arg++) {
		if (*sig == 'i' || *sig == 'f') {
			*cells++ = (uint32_t)*arg;
		} else {
			memcpy(cells, arg, 8);
			cells += 2;
		}
	}
}

/* The guest is over, and so is the call of the host function, whatever it returns. */
static int ended_inside(struct host_call *h, enum ocre_run end)
{
	h->over = true;
	h->end = end;
	return OCRE_E_STATE;
}

static int trapped_inside(struct host_call *h, enum ocre_trap kind, const char *words)
{
	stand_at_call(h->r->owner);
	host_trapped(h, kind, words);
	return ended_inside(h, OCRE_RUN_TRAP);
}

/*
 * The nested call runs above the frame of the function that called the host function, as if that
 * had parked; then everything is put back.
 */
static int call_inside(struct host_call *h, uint32_t func, const char *sig, const uint64_t *args,
		       uint64_t *ret, uint64_t budget)
{
	struct ocre_instance *o = h->r->owner;
	struct ocre_instance *at = h->r->x->instance;
	const intptr_t rest = h->r->x->budget;
	const struct ocre_park park = o->park;
	const uint32_t was[] = {o->cur_func, o->cur_offset, o->cur_frame};
	uint64_t left = budget < (uint64_t)MOST_BUDGET / 2 ? budget : (uint64_t)MOST_BUDGET / 2;
	enum ocre_run end;
	uint32_t *cells;

	h->used += left;
	stand_in_host(h);
	if (begin_call(o, h->i, func, &cells) != OCRE_OK) {
		return trapped_inside(h, OCRE_TRAP_STACK, NULL);
	}
	store_args(cells, sig, args);
	end = run(o, &left);
	h->used += o->debt - left;
	o->debt = 0;
	o->running = true;
	ocre__load_instance(h->r->x, at);
	h->r->x->budget = rest;
	if (end == OCRE_RUN_BUDGET || end == OCRE_RUN_PARKED) {
		return trapped_inside(h, OCRE_TRAP_HOST,
				      end == OCRE_RUN_PARKED
					      ? "the function that it called wants to wait"
					      : "the function that it called took too long");
	}
	if (end != OCRE_RUN_DONE) {
		return ended_inside(h, end);
	}
	if (strchr(sig, ':')[1] != '\0') {
		const char result[] = {strchr(sig, ':')[1], ':', '\0'};

		load_args(ret, result, o->stack + o->result_cell);
	}
	o->park = park;
	stand_at_call(o);
	o->cur_func = was[0];
	o->cur_offset = was[1];
	o->cur_frame = was[2];
	return OCRE_OK;
}

static int call_invoke(struct ocre_call *call, const char *name, const char *sig,
		       const uint64_t *args, uint64_t *ret, uint64_t budget)
{
	struct host_call *h = call->engine;
	struct ocre_instance *o = h->r->owner;
	struct ocre_func_type type;
	uint32_t func;
	int status = h->over ? OCRE_E_STATE : ocre_instance_find_func(h->i, name, &func, &type);

	if (status != OCRE_OK) {
		return status;
	}
	if (!ocre__fits_signature(sig, &type) || type.result_count > OCRE_HOST_MAX_RESULTS) {
		return OCRE_E_ARGUMENT;
	}
	if (o->nested == OCRE_INVOKE_DEPTH) {
		return trapped_inside(h, OCRE_TRAP_STACK, NULL);
	}
	o->nested++;
	status = call_inside(h, func, sig, args, ret, budget);
	o->nested--;
	return status;
}

int ocre_instance_start(struct ocre_instance *instance)
{
	if (instance->module == NULL || instance->module->start == UINT32_MAX) {
		return OCRE_E_NOTFOUND;
	}
	return ocre_instance_call(instance, instance->module->start, NULL);
}

void ocre_instance_results(const struct ocre_instance *instance, union ocre_value *out, uint32_t n)
{
	const struct ocre_module *m = instance->module;
	const struct func_type *type;
	const uint32_t *cell;

	if (m == NULL || instance->result_func >= m->func_count) {
		return; /* no call was done yet */
	}
	type = ocre__func_type(m, instance->result_func);
	cell = instance->stack + instance->result_cell;
	for (uint32_t i = 0; i < n && i < type->results; i++) {
		uint8_t t = m->type_bytes[type->types + type->params + i];

		memset(&out[i], 0, sizeof(out[i]));
		switch (ocre__cells(t)) {
		case 1:
			out[i].i32 = *cell;
			break;
		case 2:
			memcpy(&out[i].i64, cell, 8);
			break;
		default:
			memcpy(out[i].v128, cell, 16);
			break;
		}
		cell += ocre__cells(t);
	}
}

uint32_t ocre_instance_exit_code(const struct ocre_instance *instance)
{
	return instance->exit_code;
}

uint64_t ocre_instance_host_calls(const struct ocre_instance *instance)
{
	return instance->host_calls;
}

const struct ocre_park *ocre_instance_park(const struct ocre_instance *instance)
{
	return &instance->park;
}

void ocre_instance_abandon(struct ocre_instance *instance)
{
	if (instance->running) {
		return;
	}
	ocre__waits_drop(instance);
	instance->state = STATE_IDLE;
	instance->in_host = false;
	instance->boundary = UINT32_MAX;
	instance->debt = 0;
}

int ocre_instance_find_func(struct ocre_instance *instance, const char *name, uint32_t *func,
			    struct ocre_func_type *type)
{
	struct ocre_bytes bytes = {(const uint8_t *)name, strlen(name)};
	struct ocre_extern_info e;

	if (instance->module == NULL || !ocre__find_export(instance->module, bytes, &e) ||
	    e.kind != OCRE_EXTERN_FUNC) {
		return OCRE_E_NOTFOUND;
	}
	*func = e.index;
	if (type != NULL) {
		*type = e.func;
	}
	return OCRE_OK;
}

/* ---- traps and frames ---- */

const char *ocre_trap_text(enum ocre_trap trap)
{
	switch (trap) {
#define TEXT(name, text)                                                                           \
	case OCRE_TRAP_##name:                                                                     \
		return text;
		OCRE_TRAP_LIST(TEXT)
#undef TEXT
	default:
		return "no trap";
	}
}

const struct ocre_trap_info *ocre_instance_trap(const struct ocre_instance *instance)
{
	return &instance->trap;
}

/* A position on the guest stack, while walking it. */
struct walk {
	struct ocre_instance *instance;
	uint32_t func;
	uint32_t offset;
	uint32_t frame;
	uint32_t boundary;
	bool exact; /* offset is of the instruction, not behind a call */
};

/* To the frame below. False at the bottom. */
static bool step(struct ocre_instance *o, struct walk *w)
{
	while (w->func == w->instance->module->func_count) {
		const struct boundary *b;

		if (w->boundary == UINT32_MAX) {
			return false;
		}
		b = (const struct boundary *)(const void *)(o->stack + w->boundary);
		if (b->kind == BOUNDARY_ENTRY && b->state != STATE_READY &&
		    b->state != STATE_PARKED) {
			return false;
		}
		w->instance = o->store->by_number[b->instance];
		w->func = b->func;
		w->offset = b->offset;
		w->frame = b->in_host ? b->frame - b->park_base : b->frame;
		w->boundary = b->previous;
		w->exact = b->kind == BOUNDARY_ENTRY && !b->in_host;
	}
	return true;
}

static void to_caller(struct ocre_instance *o, struct walk *w)
{
	const uint32_t *record =
		o->stack + w->frame + ocre__func_type(w->instance->module, w->func)->param_cells;

	if (w->offset == AT_ENTRY) {
		w->func = w->instance->module->func_count; /* not entered: no record yet */
		return;
	}
	w->func = record[RECORD_FUNC];
	w->offset = record[RECORD_OFFSET];
	w->frame -= record[RECORD_BASE];
	w->exact = false;
}

static uint32_t locate(struct walk *w)
{
	struct ocre_module *m = w->instance->module;
	struct checker *c;
	uint32_t offset = m->funcs[w->func].body;

	if (w->offset == AT_ENTRY || ocre__checker_create(m, NULL, &c) != 0) {
		return offset;
	}
	ocre__locate_word(c, w->func, w->exact ? w->offset : w->offset - 1, &offset);
	ocre__checker_destroy(c);
	return offset;
}

bool ocre_instance_frame(struct ocre_instance *instance, uint32_t n, struct ocre_frame_info *out)
{
	struct ocre_instance *o = instance;
	struct walk w;

	if (o->state == STATE_IDLE || o->state == STATE_DONE) {
		return false;
	}
	w.instance = o->store->by_number[o->cur_instance];
	w.func = o->cur_func;
	w.offset = o->cur_offset;
	w.frame = o->in_host ? o->cur_frame - o->park_base : o->cur_frame;
	w.boundary = o->boundary;
	w.exact = !o->in_host;
	if (!step(o, &w)) {
		return false;
	}
	for (; n > 0; n--) {
		to_caller(o, &w);
		if (!step(o, &w)) {
			return false;
		}
	}
	out->instance = w.instance;
	out->func = w.func;
	out->offset = locate(&w);
	return true;
}
