/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check.h - the state of the pass that validates a function body (check.c and its parts check_*.h)
 * and, the second time, writes its internal code along the way (emit.c).
 */
#ifndef OCRE_ENGINE_CHECK_H
#define OCRE_ENGINE_CHECK_H

#include "config.h"
#include "decode.h"
#include "iops.h"

#define NO_FIX UINT32_MAX

/* One entry of the operand stack while code is written: where its value can be found. */
struct entry {
	uint8_t kind;	/* ENTRY_* */
	uint16_t cell;	/* its own place in the frame */
	uint16_t local; /* ENTRY_LOCAL: the cell of the local that it still equals */
	uint64_t value; /* ENTRY_CONST */
};
enum {
	ENTRY_CELL,
	ENTRY_LOCAL,
	ENTRY_CONST
};

/* How far below the top of the stack an entry may stay a local or a constant. */
#define VIRTUAL_DEPTH 32u

/* A control frame (Appendix, 7.3). */
struct ctl {
	uint8_t opcode; /* low byte of the instruction that opened it */
	bool unreachable;
	bool dead;	 /* opened in code that is not reached: nothing is written */
	uint32_t height; /* of the operand stack, below the parameters */
	const uint8_t *params;
	const uint8_t *results;
	uint16_t param_count;
	uint16_t result_count;
	/* while code is written */
	uint16_t cells;	       /* frame cells in use at `height` */
	uint32_t fixes;	       /* forward branches to its end */
	uint32_t else_fix;     /* the branch of an if to its else */
	uint32_t loop_word;    /* where a loop begins */
	uint32_t loop_pending; /* which of the pendings is its cost, while that is not known */
	uint16_t loop_cost;
	uint32_t region;  /* try, try_table: the word where its body begins; catch: its region */
	uint32_t catches; /* try_table: offset of its clauses, in the module's bytes */
};

/* Within a clause of a legacy try: an entry that holds the exception is below its operands. */
static inline bool ocre__in_catch(const struct ctl *ctl)
{
	return ctl->opcode == WOP_catch_ || ctl->opcode == WOP_catch_all;
}

/* A forward branch whose target is not known yet. */
struct fix {
	uint32_t at;   /* word of the instruction, or FIX_REGION */
	uint32_t off;  /* word of its offset, or the region whose handler it is */
	uint32_t cost; /* word of the cost of arriving there */
	uint32_t next;
};
#define FIX_REGION UINT32_MAX

/* A cost that is known when the straight run of code that it is about has ended. */
struct pending {
	uint32_t at;	/* word, or PENDING_LOOP | control frame */
	uint32_t count; /* instructions of the run that came before, or PENDING_REGION + them */
};
#define PENDING_LOOP   0x80000000u
#define PENDING_REGION 0x80000000u /* `at` is a region */

/* The instruction written last, while nothing can come between it and the next. */
struct last {
	bool valid;
	bool has_r;    /* its code plus one leaves the result in the accumulator only */
	uint8_t kind;  /* LAST_* */
	uint8_t acc;   /* which accumulator has its result: ACC_* */
	uint8_t index; /* LAST_CMP: number of the comparison, i64 ones from 10 */
	uint8_t form;  /* LAST_CMP, LAST_EQZ: enum form */
	uint32_t at;
	uint16_t dest;
};
enum {
	LAST_OTHER,
	LAST_CMP,
	LAST_EQZ32,
	LAST_EQZ64
};
enum {
	ACC_NONE,
	ACC_INT,
	ACC_F32,
	ACC_F64
};

/* Where a clause of a try holds: becomes a row of REGION_WORDS, see iops.h. */
struct region {
	uint32_t from;
	uint32_t to;
	uint32_t handler;
	uint32_t tag;
	uint32_t depth;
	uint16_t cell;
	uint16_t cost;
};

struct array {
	void *data;
	uint32_t count;
	uint32_t capacity;
};

struct checker {
	struct ocre_module *m;
	struct ocre_diag *diag;
	int status;
	struct reader r;
	uint32_t op_at; /* offset of the instruction in hand */
	const struct func_type *type;

	uint8_t *types; /* the operand stack */
	uint32_t height;
	uint32_t types_capacity;
	uint32_t max_height;
	uint8_t *local_types;
	uint32_t local_count;
	uint32_t locals_capacity;
	uint32_t frame_cells; /* of all locals and the record */
	struct array ctls;    /* struct ctl */

	/* while code is written */
	bool emitting;
	bool live;	       /* emitting, and this point of the code can be reached */
	struct entry *entries; /* as many as types_capacity */
	uint16_t *local_cells; /* as many as locals_capacity */
	uint32_t entries_capacity;
	uint32_t local_cells_capacity;
	uint32_t cell_top; /* the first frame cell above the operand stack */
	uint32_t max_cell;
	uint32_t func;
	struct array code;     /* uint16_t */
	struct array fixes;    /* struct fix */
	struct array pendings; /* struct pending */
	struct array regions;  /* struct region */
	struct array starts;   /* uint32_t: first words of the instructions, for pairs */
	struct last last;
	uint32_t count;	 /* instructions of the current run so far */
	uint32_t locate; /* looking for this word, or UINT32_MAX */
	uint32_t located;
};

static inline struct ctl *ocre__ctl(struct checker *c, uint32_t depth)
{
	return (struct ctl *)c->ctls.data + (c->ctls.count - 1 - depth);
}

/* The module uses a feature; false, and c->status set, when this build leaves it out. */
static inline bool ocre__check_uses(struct checker *c, uint32_t feature)
{
	/* Not written again when a trap is located: other instances may be at that too. */
	if ((c->m->features & feature) != feature) {
		c->m->features |= feature;
	}
	if (!ocre__built(feature) && c->status == 0) {
		c->status = ocre__left_out(feature, c->op_at, c->diag);
		c->r.at = c->r.end;
	}
	return ocre__built(feature);
}

/* Make room for `more` elements; false (and c->status set) when there is no memory. */
bool ocre__array_grow(struct checker *c, struct array *a, uint32_t more, size_t size);
static inline bool ocre__array_reserve(struct checker *c, struct array *a, uint32_t more,
				       size_t size)
{
	return more <= a->capacity - a->count || ocre__array_grow(c, a, more, size);
}

/* ---- emit.c: called by check.c with operands already popped: they are entries[height ...] ---- */

bool ocre__emit_begin(struct checker *c);
/* Put the value of entry `n` into the entry's own cell. */
void ocre__emit_settle(struct checker *c, uint32_t n);
void ocre__emit_op(struct checker *c, uint32_t opcode, const struct op_row *row, uint32_t offset,
		   uint32_t lane);
void ocre__emit_const32(struct checker *c, uint32_t value);
void ocre__emit_const64(struct checker *c, uint64_t value);
void ocre__emit_bytes(struct checker *c, uint16_t iop, const uint8_t bytes[16], uint32_t operands);
void ocre__emit_local_get(struct checker *c, uint32_t local);
/* `keep`: local.tee */
void ocre__emit_local_set(struct checker *c, uint32_t local, bool keep);
void ocre__emit_global(struct checker *c, uint32_t global, bool set);
void ocre__emit_select(struct checker *c, uint8_t type);
void ocre__emit_slow(struct checker *c, enum slow which, uint32_t operands, uint32_t a, uint32_t b);
void ocre__emit_is_null(struct checker *c);
void ocre__emit_unreachable(struct checker *c);
/* Before a block, loop, if or try is opened: everything goes to its own cell. */
void ocre__emit_open(struct checker *c);
void ocre__emit_loop(struct checker *c, struct ctl *ctl);
void ocre__emit_if(struct checker *c);
void ocre__emit_else(struct checker *c, struct ctl *ctl);
void ocre__emit_end(struct checker *c, struct ctl *ctl);
void ocre__emit_br(struct checker *c, uint32_t depth);
void ocre__emit_br_if(struct checker *c, uint32_t depth);
void ocre__emit_br_table(struct checker *c, uint32_t count, struct reader targets);
void ocre__emit_return(struct checker *c);
void ocre__emit_call(struct checker *c, uint32_t func, const struct func_type *type);
void ocre__emit_call_indirect(struct checker *c, uint32_t type, uint32_t table);
void ocre__emit_break_run(struct checker *c);
/* Everything is written: complete what is known only now. c->code is the finished code. */
void ocre__emit_finish(struct checker *c);
/* A copy of it for the module; NULL (and c->status set) when there is no memory. */
struct code *ocre__emit_copy(struct checker *c);

/* Legacy and standard exception handling, see unwind.c. `tag`: index or REGION_ANY. */
void ocre__emit_try(struct checker *c, struct ctl *ctl);
/* End the arm before and begin a clause. */
void ocre__emit_catch(struct checker *c, struct ctl *ctl, uint32_t tag);
/* The body of a try ends; what it throws goes on as if thrown in the frame at `depth`. */
void ocre__emit_delegate(struct checker *c, const struct ctl *ctl, uint32_t depth);
/* One clause of a try_table, which ends; `tag` with REGION_REF when it wants the exception. */
void ocre__emit_clause(struct checker *c, const struct ctl *ctl, uint32_t tag, uint32_t depth);
void ocre__emit_rethrow(struct checker *c, struct ctl *ctl);
/* Exceptions arrive at the function's own label, with its results on the stack. */
void ocre__emit_caught_return(struct checker *c, uint32_t chain);

#endif /* OCRE_ENGINE_CHECK_H */
