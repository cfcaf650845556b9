/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasm.h - what the files of this driver share. A container is one instance of the module, or, when
 * it makes threads, one for each of them over one shared memory; one executor at a time runs them
 * in turn.
 */
#ifndef OCRE_DRIVERS_WASM_H
#define OCRE_DRIVERS_WASM_H

#include <ocre/driver_wasm.h>

/* For one context. */
struct ocre__wasm_driver {
	struct ocre_mem *mem;
	const struct ocre_port *port;
	const struct ocre_wasm_config *config;
	void **shared; /* one for each provider; NULL of those that share nothing */
	uint32_t opened;
	uint32_t import_count; /* host modules of all providers, and ours */
};

/* ---- image.c: a module, and what of it is of interest ---- */

/* Events that a guest takes by an exported callback. */
enum ocre__wasm_callback {
	CALLBACK_TIMER,
	CALLBACK_GPIO,
	CALLBACK_MESSAGE,
	CALLBACK_STOP,
	CALLBACK_COUNT
};

struct ocre__wasm_func {
	uint32_t index; /* UINT32_MAX: there is none */
	uint32_t params;
};

struct ocre__wasm_entry {
	struct ocre__wasm_func func;
	bool is_main;	 /* its result is the exit status, as in C */
	bool initialize; /* `_initialize` of a reactor is called before it */
	uint32_t arg;	 /* of its first parameter */
};

struct ocre__wasm_image {
	struct ocre__wasm_driver *driver;
	struct ocre_module *module;
	struct ocre_port_mutex mutex;
	struct ocre__wasm_func callbacks[CALLBACK_COUNT];
	uint32_t callback_types; /* bits of enum ocre_event_type */
	struct ocre__wasm_func initialize;
	struct ocre__wasm_func thread_start;
	bool has_malloc; /* malloc and free */
	bool shared;	 /* its memory, which is seen from outside, is shared */
	bool can_grow;	 /* the memory that is seen from outside can */
};

int ocre__wasm_load(void *driver, const struct ocre_driver_image *image, void **loaded,
		    struct ocre_diag *diag);
void ocre__wasm_unload(void *driver, void *loaded);
/* The function that a life begins with; `name` is NULL for the usual search. */
int ocre__wasm_find_entry(const struct ocre__wasm_image *image, const char *name,
			  struct ocre__wasm_entry *out, struct ocre_diag *diag);

/* ---- a container ---- */

/* Callbacks on top of each other, before the next one waits. */
#define CALLBACK_DEPTH 8u

/* What the guest is doing when no callback is on top of it. */
enum ocre__wasm_step {
	STEP_NONE,
	STEP_START,	 /* the start section */
	STEP_INITIALIZE, /* `_initialize` */
	STEP_ENTRY,
};

/* One stack of the guest. */
struct ocre__wasm_thread {
	struct ocre__wasm_thread *next;
	struct ocre__wasm_object *object;
	struct ocre_store *store;
	struct ocre_instance *instance;
	enum ocre__wasm_step step;
	uint32_t number; /* 0: the first one */
	uint32_t arg;	 /* of wasi_thread_start */
	bool parked;	 /* it was not continued since it parked */
	bool waits;	 /* in this slice it has nothing more to do */
	uint32_t depth;	 /* callbacks on top */
	uint32_t tags[CALLBACK_DEPTH];
};

/* Room in guest memory; 0 is not used by the guest. All that is known of it is on our side. */
struct ocre__wasm_block {
	uint32_t addr;
	uint32_t size;
	uint32_t tag; /* of the callback that it goes with, or 0; UINT32_MAX: not ours to give */
};

struct ocre__wasm_heap {
	struct ocre__wasm_block *blocks; /* by address */
	uint32_t count;
	uint32_t capacity;
	uint32_t begin;
	uint32_t end;
	uint32_t pages;			  /* so many were taken */
	uint32_t max_pages;		  /* of so many */
	struct ocre__wasm_block *foreign; /* of the guest's own malloc, in no order */
	uint32_t foreign_count;
	uint32_t foreign_capacity;
};

struct ocre__wasm_object {
	struct ocre__wasm_image *image;
	struct ocre_guest *guest;
	struct ocre__wasm_entry entry;
	uint32_t stack_size;
	void **hosts; /* the object of each provider */
	uint32_t host_count;
	struct ocre_host_import *imports;
	struct ocre_guest_heap heap_ops;
	bool noted; /* what is denied */

	/* a life */
	struct ocre__wasm_thread *threads; /* the first is number 0 */
	struct ocre__wasm_thread *turn;	   /* whose it is */
	uint32_t thread_count;
	uint32_t last_number;
	struct ocre_memory *memory; /* shared by the threads */
	struct ocre__wasm_heap heap;
	uint32_t last_tag;
	bool stop;	     /* it is to know that it should end */
	uint64_t host_calls; /* of threads that are over */
	struct ocre_park park;
	struct ocre_end_info *end; /* during a slice */
};

/* ---- thread.c ---- */

/* The host module "wasi"; its calls get a struct ocre__wasm_object. */
extern const struct ocre_host_module ocre__wasm_thread_module;

/* Has the container no grant for a host function? `ctx` is it. */
bool ocre__wasm_denied(void *ctx, const struct ocre_host_func *func);

/* A thread that has not begun. The first one makes the memory. */
int ocre__wasm_thread_create(struct ocre__wasm_object *o, uint32_t arg,
			     struct ocre__wasm_thread **out, struct ocre_diag *diag);
void ocre__wasm_thread_destroy(struct ocre__wasm_thread *t);
/*
 * Begin the next thing that a thread has to do. 1: it has; 0: it has nothing more to do; negative:
 * it cannot.
 */
int ocre__wasm_thread_step(struct ocre__wasm_thread *t);

/* ---- callback.c ---- */

/*
 * Put a callback for an event that waits on top of a parked thread. False when the thread stands
 * where it stood.
 */
bool ocre__wasm_deliver(struct ocre__wasm_thread *t, uint64_t *budget);
/* The callback on top has returned. False when the life is over. */
bool ocre__wasm_delivered(struct ocre__wasm_thread *t);
/* What the thread waits for, as the core has to see it. */
void ocre__wasm_add_park(struct ocre__wasm_object *o, struct ocre__wasm_thread *t, bool first);

/* ---- heap.c ---- */

/*
 * Room for `size` bytes, or 0. `call` is the host call that it is for; NULL when thread `t` is
 * parked. Without a call the guest's own malloc may end the life.
 */
uint32_t ocre__wasm_alloc(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
			  struct ocre_call *call, uint32_t size, uint32_t tag);
bool ocre__wasm_free(struct ocre__wasm_object *o, struct ocre__wasm_thread *t,
		     struct ocre_call *call, uint32_t addr);
/* All that has this tag. */
void ocre__wasm_free_tag(struct ocre__wasm_object *o, struct ocre__wasm_thread *t, uint32_t tag);
void ocre__wasm_heap_deinit(struct ocre__wasm_object *o);

/* ---- life.c ---- */

int ocre__wasm_create(void *driver, void *loaded, struct ocre_guest *guest,
		      const struct ocre_driver_options *options, void **object,
		      struct ocre_diag *diag);
void ocre__wasm_destroy(void *object);
int ocre__wasm_start(void *object, struct ocre_diag *diag);
void ocre__wasm_end(void *object);
enum ocre_slice ocre__wasm_run(void *object, uint64_t budget, struct ocre_slice_info *info);
int ocre__wasm_signal(void *object, enum ocre_signal signal);
size_t ocre__wasm_guest_memory(void *object);

/* The life is over; does nothing when it was before. */
void ocre__wasm_exited(struct ocre__wasm_object *o, uint32_t code);
void ocre__wasm_trapped(struct ocre__wasm_thread *t);
/* Of ours, without a backtrace: what is wrong with a callback. */
void ocre__wasm_failed(struct ocre__wasm_object *o, const char *text, const char *detail);
static inline bool ocre__wasm_is_over(const struct ocre__wasm_object *o)
{
	return o->end->end != OCRE_END_NONE;
}

/* ---- text.c ---- */

/* Text that is put together in a buffer, and cut at its end; always with a NUL. */
struct ocre__wasm_text {
	char *to;
	size_t size;
	size_t used;
};
void ocre__wasm_put(struct ocre__wasm_text *text, const char *string);
void ocre__wasm_put_bytes(struct ocre__wasm_text *text, struct ocre_bytes bytes);
void ocre__wasm_put_number(struct ocre__wasm_text *text, uint64_t number, uint32_t base);

#endif /* OCRE_DRIVERS_WASM_H */
