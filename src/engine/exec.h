/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.h - what an instance is, and the state of its execution. interp.c runs internal code on it
 * until something needs more than a handler can do; run.c does that and goes on.
 */
#ifndef OCRE_ENGINE_EXEC_H
#define OCRE_ENGINE_EXEC_H

#include "config.h"
#include "constexpr.h"
#include "iops.h"
#include "module.h"

#if OCRE_ENGINE_EXTENTS
/* A run of committed bytes of a linear memory, from one guest address to before another. */
struct extent {
	size_t from;
	size_t to;
	uint8_t *bytes;
};
#endif

/* What the interpreter may access without asking: see ACCESS in interp.c. */
struct window {
	uint8_t *mem; /* the bytes at `low` */
	size_t low;
	size_t len;
};

/*
 * Linear memory. Held by every instance that has it; the last one frees it. `base` never moves
 * when it is shared or memory ops reserve address space, and only between runs of the interpreter
 * otherwise. Native threads that have a shared one in common read and write `holders` and `pages`
 * atomically; growing it and `waiters` are under its lock.
 *
 * With OCRE_ENGINE_EXTENTS, a memory that is not shared and has no memory ops is not one block at
 * `base` but a few extents: see extents.c.
 */
struct ocre_memory {
	uint32_t holders;
	uint32_t pages;		   /* see ocre__memory_pages() */
	struct ocre_limits limits; /* as declared, for linking */
	uint32_t max_pages;	   /* what memory.grow may reach */
	uint32_t host_pages;	   /* what the host may make it reach */
	uint8_t *base;
	size_t reserved; /* bytes at `base`: of address space, or allocated */
	struct ocre_mem *mem;
	const struct ocre_memory_ops *ops;
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	void *lock_ctx;
	struct waiter *waiters; /* in the order in which they came */
#if OCRE_ENGINE_EXTENTS
	struct extent *extents; /* by address */
	uint32_t extent_count;
	uint32_t extent_capacity;
	size_t recent[2]; /* addresses in the extents that were used last */
	size_t pressure;  /* bytes that it is worth to commit for fewer changes between extents */
	bool starved;	  /* a host function did not get a range that is inside */
#endif
};

/*
 * A wait for a notification. In the queue of its memory until it is notified, and on the list of
 * its instance until the instruction ends.
 */
struct waiter {
	struct waiter *next;  /* in the queue */
	struct waiter *outer; /* the wait that a call was put on top of */
	struct ocre_memory *memory;
	struct ocre_instance *instance;
	uint32_t address;
	bool notified;
	uint64_t deadline_ns; /* UINT64_MAX: none */
};

/* Bytes of the widest access. */
#define WIDEST	     16u
/* Changes between two windows after which the engine asks whether to make one of them. */
#define MOST_CHANGES 4096u

struct table {
	uint32_t holders;
	uint32_t size;
	struct ocre_limits limits;
	uint32_t max;
	uint8_t type;
	uint32_t *elems; /* references */
	struct ocre_mem *mem;
};

struct tag {
	uint32_t holders;
	struct ocre_mem *mem;
	struct ocre_instance *instance; /* whose type it is */
	uint32_t type;
};

/* What an imported function is bound to. */
struct binding {
	const struct ocre_host_func *host; /* NULL: not a host function */
	void *ctx;
	struct ocre_instance *instance; /* NULL, and no host: nobody provides it */
	uint32_t func;
	bool denied; /* the host function is not to be called */
};

/* References: 0 is null, else (instance number + 1) << 20 | function index. */
#define REF_SHIFT     20
#define REF_FUNC(ref) ((ref) & ((1u << REF_SHIFT) - 1))
#define MAX_INSTANCES 4094u

/* The registers of the interpreter between two of its runs. */
struct exec {
	const uint16_t *pc;
	uint32_t *fp;
	intptr_t budget;
	uint64_t r0; /* the accumulators, when an instruction has left and is done again */
	double fd;
	float fs;
	const uint16_t *const *codes; /* of the instance in hand */
	const struct func *funcs;
	uint32_t *stack_end;
	uint8_t *mem;
	uint64_t mem_len;
#if OCRE_ENGINE_EXTENTS
	size_t mem_low;
	struct window second; /* that of another extent */
	uint64_t miss;	      /* LEAVE_MEMORY: the guest address where the access ends */
	uint32_t changes;     /* between the two windows, since spent was 0 */
	uint64_t spent;	      /* of the budget */
#endif
	uint32_t *globals;
	const uint32_t *table; /* table 0 */
	uint32_t table_size;
	uint32_t ref_base; /* (instance number + 1) */
	uint32_t func;	   /* the function that runs */
	uint32_t offset;   /* LEAVE_RETURN: where it goes on */
	uint32_t trap;	   /* LEAVE_TRAP */
	struct ocre_instance *instance;
};

/* Why the interpreter came back. */
enum leave {
	LEAVE_BUDGET,
	LEAVE_TRAP,
	LEAVE_CALL,	     /* pc is at a call of a function without code */
	LEAVE_CALL_INDIRECT, /* likewise, of an indirect one that is not simple */
	LEAVE_RETURN,	     /* the caller has no code: func, offset */
	LEAVE_SLOW,
	LEAVE_BOUNDARY,
	LEAVE_MEMORY, /* an access outside of the window */
};

enum leave ocre__interp(struct exec *x);

/*
 * The code of a function, NULL when it is not prepared. Another thread may do that just now: what
 * it wrote is seen by those that get to it by the pointer, on every processor, without a barrier.
 * Only ThreadSanitizer has to be told.
 */
#if defined(__SANITIZE_THREAD__)
#define CODE_ORDER __ATOMIC_ACQUIRE
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CODE_ORDER __ATOMIC_ACQUIRE
#endif
#endif
#ifndef CODE_ORDER
#define CODE_ORDER __ATOMIC_RELAXED
#endif
static inline const uint16_t *ocre__code_of(const struct exec *x, uint32_t func)
{
	return __atomic_load_n(&x->codes[func], CODE_ORDER);
}

/* What an instance is doing. */
enum instance_state {
	STATE_IDLE,
	STATE_READY,  /* something to run, or out of budget */
	STATE_PARKED, /* in a host call, or waiting for a notification */
	STATE_DONE,
	STATE_ENDED, /* trapped or exited: must be abandoned or called anew */
};

/*
 * A boundary on the guest stack: what goes on when the frame above it returns. It begins at the end
 * of the frame of whoever was interrupted, and the arguments of the new frame follow.
 */
enum {
	BOUNDARY_ENTRY,
	BOUNDARY_CROSS
};
struct boundary {
	uint32_t kind;
	uint32_t previous; /* cells from the stack's start to the boundary before, or UINT32_MAX */
	uint32_t instance; /* number of the interrupted one */
	uint32_t func;
	uint32_t offset;  /* words */
	uint32_t frame;	  /* cells from the stack's start */
	uint32_t results; /* CROSS: cell, from the stack's start, that wants the results.
			   * ENTRY: the function that was called */
	uint32_t result_cells;
	uint32_t state;	  /* ENTRY: enum instance_state to go back to */
	uint32_t waiting; /* ENTRY: it had parked in memory.atomic.wait */
	uint32_t in_host; /* ENTRY: the interrupted call had parked; then also: */
	uint32_t park_base;
	uint32_t park_instance;
	uint32_t park_func;
	uint32_t record[sizeof(struct ocre_park_record) / 4];
};
#define BOUNDARY_CELLS ((uint32_t)((sizeof(struct boundary) + 3) / 4))

struct ocre_instance {
	struct ocre_store *store;
	struct ocre_module *module; /* NULL: made from externs */
	struct ocre_instance *next;
	uint32_t number;
	uint32_t *globals;
	struct binding *bindings; /* one for each function import */
	uint32_t **global_refs;	  /* cell of each imported mutable global; else NULL */
	struct table **tables;
	uint32_t table_count;
	struct ocre_memory *memory;
	struct tag **tags;
	const struct ocre_guest_heap *heap;
	uint8_t *dropped_elems; /* bits */
	uint8_t *dropped_datas;

	/* instances made from externs; memories and tables are numbered like their definitions */
	struct ocre_memory **memories;
	const struct ocre_extern_def *defs;
	uint32_t def_count;

	/* execution */
	uint32_t *stack;
	uint32_t stack_cells;
	struct exec x;
	enum instance_state state;
	bool running;	   /* within ocre_instance_run(): host functions may not call it */
	uint8_t nested;	   /* calls from host functions, one inside the other */
	uint32_t boundary; /* cells from the stack's start, or UINT32_MAX */
	uint64_t debt;	   /* budget used beyond what was given */
	/*
	 * Suspended or trapped: where, without pointers. In a parked host call cur_func and
	 * cur_offset are where its caller goes on, and cur_frame is where its arguments are.
	 */
	bool in_host;
	uint32_t park_base;	/* cells between the caller's frame and the arguments */
	uint32_t park_instance; /* whose import it is */
	uint32_t park_func;
	uint32_t cur_func;
	uint32_t cur_offset;
	uint32_t cur_frame;
	uint32_t cur_instance;
	struct ocre_park park;
	struct ocre_park_record record;
	uint64_t host_calls;
	struct waiter *waits; /* innermost first */
	bool waiting;	      /* parked in the first of them */
	uint32_t exit_code;
	struct ocre_trap_info trap;
	uint32_t result_cell; /* DONE: cells from the stack's start */
	uint32_t result_func;
};

/* Exceptions that somebody may refer to, see unwind.c. A reference is a place in the table + 1. */
struct exceptions {
	struct exception **objects;
	uint32_t capacity;
	uint32_t next; /* no place before it is free */
};

/* Cells for each definition of an instance made from externs. */
#define EXTERN_CELLS 4u

struct ocre_store {
	struct ocre_mem *mem;
	struct ocre_store_options options;
	struct ocre_instance *instances;
	struct ocre_instance **by_number;
	uint32_t count;
	uint32_t capacity;
#if OCRE_ENGINE_EXCEPTIONS
	struct exceptions exceptions;
#endif
};

/* ---- memory.c ---- */

int ocre__memory_create(struct ocre_store *store, const struct ocre_limits *limits,
			struct ocre_memory **out, struct ocre_diag *diag);
void ocre__memory_release(struct ocre_memory *m);
/* The old size in pages, or UINT32_MAX when it cannot grow so much. */
uint32_t ocre__memory_grow(struct ocre_memory *m, uint32_t delta, bool by_host);
/* Whether `size` bytes at `addr` are inside. */
bool ocre__memory_has(const struct ocre_memory *m, uint64_t addr, uint64_t size);
/*
 * `size` bytes at `addr` as one range, or NULL: they are not inside, or there is no memory for
 * them. What other ranges and windows were may have moved.
 */
uint8_t *ocre__memory_range(struct ocre_memory *m, uint64_t addr, uint64_t size);

static inline uint32_t ocre__memory_pages(const struct ocre_memory *m)
{
	return __atomic_load_n(&m->pages, __ATOMIC_ACQUIRE);
}
void ocre__memory_hold(struct ocre_memory *m);
void ocre__memory_lock(const struct ocre_memory *m);
void ocre__memory_unlock(const struct ocre_memory *m);

/* Fill a range that is inside. False when there is no memory for it. */
bool ocre__memory_fill(struct ocre_memory *m, uint64_t addr, uint8_t value, uint32_t size);
size_t ocre__memory_committed(const struct ocre_memory *m);

/* ---- extents.c ---- */

#if OCRE_ENGINE_EXTENTS
/* Whether the memory is one block, not extents. */
static inline bool ocre__memory_is_block(const struct ocre_memory *m)
{
	return m->ops != NULL || m->limits.shared;
}
uint8_t *ocre__extents_range(struct ocre_memory *m, size_t addr, size_t size);
void ocre__extents_zero(const struct ocre_memory *m, size_t addr, size_t size);
size_t ocre__extents_committed(const struct ocre_memory *m);
void ocre__extents_free(struct ocre_memory *m);
/* Load the windows of a memory. */
void ocre__extents_windows(const struct ocre_memory *m, struct exec *x);
/* Get the access that ends at x->miss into the window. OCRE_TRAP_NONE, or why it traps. */
enum ocre_trap ocre__extents_miss(struct ocre_memory *m, struct exec *x);
#endif

/* ---- wait.c ---- */

/* Begin or go on with the memory.atomic.wait at x->pc. *parks: the guest has to wait. */
enum ocre_trap ocre__atomic_wait(struct exec *x, struct ocre_instance *owner, bool *parks);
/* Do the memory.atomic.notify at x->pc. */
enum ocre_trap ocre__atomic_notify(struct exec *x);
/* End all waits of an instance. */
void ocre__waits_drop(struct ocre_instance *owner);

/* ---- table.c ---- */

int ocre__table_create(struct ocre_store *store, const struct ocre_limits *limits, uint8_t type,
		       struct table **out);
void ocre__table_release(struct table *t);
uint32_t ocre__table_grow(struct table *t, uint32_t delta, uint32_t value);
/* Whether elements of a segment can be copied; copy them, if so. */
bool ocre__table_fits(const struct ocre_instance *i, uint32_t table, uint32_t segment, uint32_t to,
		      uint32_t from, uint32_t count);
void ocre__table_init(struct ocre_instance *i, uint32_t table, uint32_t segment, uint32_t to,
		      uint32_t from, uint32_t count);

/* ---- instance.c ---- */

/* The reference to function `func` as seen by `i`: of the instance that has its code. */
uint32_t ocre__func_ref(struct ocre_instance *i, uint32_t func);
/* Follow imports to the instance that has the code or the host binding. */
void ocre__resolve(struct ocre_instance **i, uint32_t *func);
/* Whether a host function's signature is the type. */
bool ocre__fits_signature(const char *sig, const struct ocre_func_type *type);
bool ocre__same_type(const struct ocre_instance *a, uint32_t type_a, const struct ocre_instance *b,
		     uint32_t type_b);
/* Where global `n` lives. */
uint32_t *ocre__global_cell(struct ocre_instance *i, uint32_t n);
bool ocre__dropped(const uint8_t *bits, uint32_t n);

/* ---- slow.c ---- */

/* Do the IOP_slow at x->pc. OCRE_TRAP_NONE, or why it traps. *again: not done yet, do it again. */
enum ocre_trap ocre__slow(struct exec *x, bool *again);

/* ---- unwind.c ---- */

/*
 * Do the throw, rethrow or throw_ref at x->pc: the guest stands at the handler. Else why it traps,
 * and it stands where it stood, though maybe without code.
 */
enum ocre_trap ocre__throw(struct exec *x, struct ocre_instance *owner);
void ocre__exceptions_free(struct ocre_store *s);

/* ---- run.c ---- */

/* cur_offset of a guest that stands before the call of cur_func rather than inside of it. */
#define AT_ENTRY UINT32_MAX

/* Load the registers that depend on the instance in hand. */
void ocre__load_instance(struct exec *x, struct ocre_instance *i);

#endif /* OCRE_ENGINE_EXEC_H */
