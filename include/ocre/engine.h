/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - the WebAssembly engine: load and validate a module, instantiate it, run it in slices.
 * No operating system, no threads, no global state: memory, budget and host functions are
 * arguments. Section numbers in comments are those of the WebAssembly core specification 2.0.
 *
 * Threads: a module may be shared by stores on several threads when its options have lock hooks,
 * and a shared memory when the options of the store that made it have. Everything else, a store and
 * all that is in it, belongs to one thread at a time.
 */
#ifndef OCRE_ENGINE_H
#define OCRE_ENGINE_H

#include <ocre/base.h>
#include <ocre/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_module;
struct ocre_store;
struct ocre_instance;

/* Value types, with their binary encoding (5.3). */
enum ocre_type {
	OCRE_I32 = 0x7f,
	OCRE_I64 = 0x7e,
	OCRE_F32 = 0x7d,
	OCRE_F64 = 0x7c,
	OCRE_V128 = 0x7b,
	OCRE_FUNCREF = 0x70,
	OCRE_EXTERNREF = 0x6f,
	OCRE_EXNREF = 0x69,
};

/* A value. References are numbers, never pointers; OCRE_REF_NULL is the null reference. */
#define OCRE_REF_NULL 0u
union ocre_value {
	uint32_t i32;
	uint64_t i64;
	uint32_t f32; /* the bits */
	uint64_t f64; /* the bits */
	uint32_t ref;
	uint8_t v128[16]; /* little-endian */
};

struct ocre_func_type {
	const uint8_t *params; /* enum ocre_type, one byte each */
	const uint8_t *results;
	uint32_t param_count;
	uint32_t result_count;
};

/* Kinds of imports and exports, with their binary encoding (5.5.5). */
enum ocre_extern {
	OCRE_EXTERN_FUNC = 0,
	OCRE_EXTERN_TABLE = 1,
	OCRE_EXTERN_MEMORY = 2,
	OCRE_EXTERN_GLOBAL = 3,
	OCRE_EXTERN_TAG = 4,
};

struct ocre_limits {
	uint32_t min;
	uint32_t max; /* UINT32_MAX when there is none */
	bool shared;
};

/* ---- modules ---- */

struct ocre_module_options {
	/*
	 * Bytes of prepared code that may be held for this module; 0 takes the default. More is
	 * used only while several threads are inside the module.
	 */
	size_t code_cache;
	/*
	 * A module with at most so many bytes of code is prepared while it is loaded, if the cache
	 * is large enough; otherwise each function is prepared on its first call.
	 */
	uint32_t prepare_at_load;
#define OCRE_PREPARE_DEFAULT 0u
#define OCRE_PREPARE_NEVER   1u
	/*
	 * An image that ocre_module_save_code() wrote, or no data for none. Functions run from it
	 * in place: their code takes no memory and is never evicted. It must begin at a multiple of
	 * 4 bytes, may have bytes behind it, must not change and must outlive the module; a file
	 * that is mapped and flash are fine. An image that is not whole, was not made from these
	 * module bytes, or was made by a build that prepares otherwise, is refused with
	 * OCRE_E_STALE: load without it, and save another.
	 */
	struct ocre_bytes stored_code;
	/*
	 * Where the image comes from. False: anywhere. Function bodies are validated as without an
	 * image, and the code of each is compared with what it should be. True: from a store that
	 * vouches for every byte of module and image, as it verified their digests and lets nobody
	 * write them. Then neither is looked at. A forged image that is trusted can do anything.
	 */
	bool stored_code_trusted;
	/* Mutual exclusion for a module that several threads share; both NULL for one thread. */
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	void *lock_ctx;
};

/*
 * Decode and validate `bytes` (5, 3). They are not copied, must not change, and must outlive the
 * module; flash is fine. `options` may be NULL. On failure *out is untouched, nothing stays
 * allocated in `mem`, and `diag` says what and at which byte.
 */
int ocre_module_load(struct ocre_mem *mem, struct ocre_bytes bytes,
		     const struct ocre_module_options *options, struct ocre_module **out,
		     struct ocre_diag *diag);

/* No instance of it may be left. NULL is allowed. */
void ocre_module_unload(struct ocre_module *module);

/* One import or export. Names are not NUL-terminated and point into the module's bytes. */
struct ocre_extern_info {
	struct ocre_bytes module; /* imports only */
	struct ocre_bytes name;
	enum ocre_extern kind;
	uint32_t index;		    /* in its index space */
	struct ocre_func_type func; /* functions and tags */
	struct ocre_limits limits;  /* tables and memories */
	uint8_t type;		    /* of a global, of a table's elements */
	bool is_mutable;	    /* globals */
};

uint32_t ocre_module_import_count(const struct ocre_module *module);
uint32_t ocre_module_export_count(const struct ocre_module *module);
/* False when there is no such number. To look at all of them, walk. */
bool ocre_module_import(const struct ocre_module *module, uint32_t n, struct ocre_extern_info *out);
bool ocre_module_export(const struct ocre_module *module, uint32_t n, struct ocre_extern_info *out);

/*
 * Go through all of them in linear time: begin, then next until it returns false. The walk is
 * private and needs no end; the module must outlive it.
 */
struct ocre_extern_walk {
	const struct ocre_module *module;
	const uint8_t *at;
	uint32_t n;
	uint32_t seen[5];
	bool exports;
};
void ocre_module_imports(const struct ocre_module *module, struct ocre_extern_walk *walk);
void ocre_module_exports(const struct ocre_module *module, struct ocre_extern_walk *walk);
bool ocre_extern_next(struct ocre_extern_walk *walk, struct ocre_extern_info *out);

/*
 * The name of a function from the `name` section (Appendix, 7.4.1), else from its export or import;
 * empty when there is none. Reads the module's bytes, allocates nothing.
 */
struct ocre_bytes ocre_module_func_name(const struct ocre_module *module, uint32_t func);

/* A bit for each feature beyond WebAssembly 1.0 that the module uses; ocre_feature_name(bit). */
uint32_t ocre_module_features(const struct ocre_module *module);
/* "bulk-memory" and the like; NULL when no feature has that bit number. */
const char *ocre_feature_name(uint32_t bit);

/* Prepare every function now (the cache must be large enough); otherwise each on its first call. */
int ocre_module_prepare_all(struct ocre_module *module, struct ocre_diag *diag);

/*
 * Prepare every function and give the code as an image for options.stored_code, in pieces: `write`
 * gets one after another, each a multiple of 4 bytes, and says whether it could be written; if not,
 * OCRE_E_IO. The same module gives the same image on every machine with the same build switches
 * and byte order. Uses memory for the largest function and 4 bytes for each; holds the module's
 * lock.
 */
int ocre_module_save_code(struct ocre_module *module,
			  bool (*write)(void *ctx, const void *data, size_t size), void *ctx,
			  struct ocre_diag *diag);

/* Bytes that prepared code holds now, stored code not counted. */
size_t ocre_module_code_size(const struct ocre_module *module);

/* ---- stores: instances that can see each other ---- */

/* Linear memory that the embedder provides, for hosts with an MMU. NULL ops: plain allocations. */
struct ocre_memory_ops {
	/* Reserve `max` bytes of address space, none usable. NULL when that fails. */
	void *(*reserve)(void *ctx, size_t max);
	/* Make the bytes from `from` to `to` usable, reading as zero. False when that fails. */
	bool (*commit)(void *ctx, void *base, size_t from, size_t to);
	void (*release)(void *ctx, void *base, size_t max);
	void *ctx;
};

struct ocre_store_options {
	const struct ocre_memory_ops *memory_ops; /* may be NULL; must outlive the store */
	uint32_t max_memory_pages; /* of one memory, beyond the module's own maximum; 0: no limit */
	/* Beyond what the guest may have, for ocre_instance_memory_grow() alone. */
	uint32_t host_memory_pages;
	uint32_t max_table_entries; /* of one table; 0: 10,000,000 */

	/* For memory.atomic.wait: the clock of struct ocre_park's deadline_ns. NULL: there is none,
	 * and a finite timeout is over when the guest is continued without having been notified. */
	uint64_t (*now_ns)(void *ctx);
	/*
	 * An instance of this store, parked in memory.atomic.wait, was notified: it can be run. May
	 * be NULL. Called on the thread that runs the notifying instance, with the memory locked:
	 * it must only see to it that the thread of `instance` runs it, and not call the engine.
	 */
	void (*wake)(void *ctx, struct ocre_instance *instance);
	void *ctx; /* of now_ns and wake */

	/* Mutual exclusion for the shared memories that are made in this store; both NULL when one
	 * thread runs all that have them. Held for a short time, not nested. They and what they
	 * use must outlive those memories. */
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	void *lock_ctx;
};

int ocre_store_create(struct ocre_mem *mem, const struct ocre_store_options *options,
		      struct ocre_store **out);
/* Destroys every instance in it. NULL is allowed. */
void ocre_store_destroy(struct ocre_store *store);

/* Host functions offered to a module, with the pointer that their calls get as call->host. */
struct ocre_host_import {
	const struct ocre_host_module *module;
	void *host;
	/*
	 * Asked, when an import binds to a function, whether it is denied: calls then do nothing
	 * but return func->denied. NULL: none is.
	 */
	bool (*denied)(void *ctx, const struct ocre_host_func *func);
	void *denied_ctx;
};

/*
 * A shared memory that instances of several stores have in common. Its bytes stay where they are:
 * all it may become is reserved by memory_ops, or allocated at once without. It is charged to the
 * struct ocre_mem of the store that made it, whatever thread makes it grow (see `threads` there).
 * It goes with its last holder: that must be the store that made it, or on that store's thread,
 * before the ocre_mem, the memory_ops and the lock of that store go.
 */
struct ocre_memory;

/* Behind alloc and free of struct ocre_call_ops: room in guest memory, see there. */
struct ocre_guest_heap {
	uint32_t (*alloc)(void *ctx, struct ocre_call *call, uint32_t size);
	bool (*free)(void *ctx, struct ocre_call *call, uint32_t addr);
	void *ctx;
};

/* An instance whose exports answer imports of the module name `name`. */
struct ocre_instance_import {
	const char *name;
	struct ocre_instance *instance; /* of the same store */
};

struct ocre_instance_options {
	const struct ocre_host_import *hosts; /* searched first, in this order */
	uint32_t host_count;
	const struct ocre_instance_import *instances; /* searched next */
	uint32_t instance_count;
	uint32_t stack_size; /* bytes of guest stack; 0 takes the default (OCRE_STACK_DEFAULT) */
	/*
	 * Refuse a function import that nobody provides, or provides with another type. Otherwise
	 * it binds to a trap that names it. Memories, tables and globals that nobody provides are
	 * made from their declaration when `supply` is set, and refused otherwise.
	 */
	bool strict;
	bool supply;
	/* Answers the import of a shared memory, whatever its name; NULL: none. The instance holds
	 * it until its store is destroyed. */
	struct ocre_memory *shared_memory;
	/* NULL: host functions find neither alloc nor free. Must outlive the instance. */
	const struct ocre_guest_heap *heap;
};
#define OCRE_STACK_DEFAULT 65536u

/*
 * Instantiate (4.5.4): link, make memories, tables and globals, copy active segments. The start
 * function is not run: when the module has one, ocre_instance_start() begins it. `module` must
 * outlive the store. On failure *out is untouched. As the specification has it, a segment that
 * does not fit fails with OCRE_E_LINK while segments before it stay written to imported memories.
 */
int ocre_instance_create(struct ocre_store *store, struct ocre_module *module,
			 const struct ocre_instance_options *options, struct ocre_instance **out,
			 struct ocre_diag *diag);

struct ocre_module *ocre_instance_module(const struct ocre_instance *instance);

/* An exported function's index, or OCRE_E_NOTFOUND. `type` may be NULL. */
int ocre_instance_find_func(struct ocre_instance *instance, const char *name, uint32_t *func,
			    struct ocre_func_type *type);

/* ---- running ---- */

enum ocre_run {
	OCRE_RUN_DONE,	 /* the function returned; results can be read */
	OCRE_RUN_EXIT,	 /* the guest ended itself; ocre_instance_exit_code() */
	OCRE_RUN_TRAP,	 /* ocre_instance_trap() says why and where */
	OCRE_RUN_BUDGET, /* the budget is used up; run again to go on */
	OCRE_RUN_PARKED, /* a host call or memory.atomic.wait; ocre_instance_park(): until when */
};

/*
 * Begin a call of function `func` with `args` (as many as its type has). Nothing runs yet. While
 * the instance is parked or out of budget, the call is put on top of what is suspended, which goes
 * on when ocre_instance_run() has returned DONE for this one. OCRE_E_LIMIT: guest stack full.
 * OCRE_E_STATE: asked for by a host function that the instance itself has called.
 */
int ocre_instance_call(struct ocre_instance *instance, uint32_t func, const union ocre_value *args);

/*
 * Host functions call back into the guest with call->ops->invoke: on the guest stack, so deep, and
 * natively one inside the other. What would be deeper traps with "call stack exhausted".
 */
#define OCRE_INVOKE_DEPTH 8u

/* Begin the start function; OCRE_E_NOTFOUND when the module has none. */
int ocre_instance_start(struct ocre_instance *instance);

/*
 * Run until one of enum ocre_run. *budget is what may be used, and afterwards what is left. A call
 * that was parked is continued. Never uses more than a small constant of native stack.
 */
enum ocre_run ocre_instance_run(struct ocre_instance *instance, uint64_t *budget);

/* Results of the call that is DONE, `n` values. */
void ocre_instance_results(const struct ocre_instance *instance, union ocre_value *out, uint32_t n);

uint32_t ocre_instance_exit_code(const struct ocre_instance *instance);

/* Calls of host functions that it has run so far, denied and continued ones included. */
uint64_t ocre_instance_host_calls(const struct ocre_instance *instance);

/* What a PARKED instance waits for; valid until it runs again. */
const struct ocre_park *ocre_instance_park(const struct ocre_instance *instance);

/*
 * Drop everything that is suspended: the instance can be called again (its memory is as the guest
 * left it). May be called in any state but from inside a host function.
 */
void ocre_instance_abandon(struct ocre_instance *instance);

/* ---- traps ---- */

/* X(name, text): texts as the specification's test scripts have them. */
#define OCRE_TRAP_LIST(X)                                                                          \
	X(UNREACHABLE, "unreachable")                                                              \
	X(MEMORY, "out of bounds memory access")                                                   \
	X(TABLE, "out of bounds table access")                                                     \
	X(UNDEFINED_ELEMENT, "undefined element")                                                  \
	X(UNINITIALIZED_ELEMENT, "uninitialized element")                                          \
	X(INDIRECT_TYPE, "indirect call type mismatch")                                            \
	X(DIVIDE_BY_ZERO, "integer divide by zero")                                                \
	X(INTEGER_OVERFLOW, "integer overflow")                                                    \
	X(CONVERSION, "invalid conversion to integer")                                             \
	X(STACK, "call stack exhausted")                                                           \
	X(UNLINKED, "failed to call unlinked import function")                                     \
	X(HOST, "a host function failed")                                                          \
	X(NOMEM, "out of memory")                                                                  \
	X(UNALIGNED, "unaligned atomic")                                                           \
	X(NOT_SHARED, "expected shared memory")                                                    \
	X(EXCEPTION, "uncaught exception")                                                         \
	X(NULL_REFERENCE, "null exception reference")

enum ocre_trap {
	OCRE_TRAP_NONE,
#define OCRE__TRAP(name, text) OCRE_TRAP_##name,
	OCRE_TRAP_LIST(OCRE__TRAP)
#undef OCRE__TRAP
};

const char *ocre_trap_text(enum ocre_trap trap);

struct ocre_frame_info {
	struct ocre_instance *instance;
	uint32_t func;	 /* function index */
	uint32_t offset; /* of the instruction, in the module's bytes */
};

struct ocre_trap_info {
	enum ocre_trap kind;
	char message[OCRE_DIAG_TEXT];  /* ready to print: kind, import names, host's words */
	struct ocre_bytes host_module; /* the host call it was in, empty when in none */
	struct ocre_bytes host_name;
};

/* Why the last run trapped. Valid until the next call or abandon. */
const struct ocre_trap_info *ocre_instance_trap(const struct ocre_instance *instance);

/*
 * Frame `n` of the guest call stack, innermost first: after a trap, or while suspended. False when
 * there are no more.
 */
bool ocre_instance_frame(struct ocre_instance *instance, uint32_t n, struct ocre_frame_info *out);

/* ---- looking in from outside ---- */

/* Bytes of memory `n` (0 today) as the guest sees them: memory.size in bytes. */
uint64_t ocre_instance_memory_size(const struct ocre_instance *instance);
/*
 * Make it larger, as memory.grow does but for the host: up to the maximum, and host_memory_pages
 * beyond. The old size in pages, or UINT32_MAX when it cannot. Allowed in a host function, too;
 * pointers into the memory become invalid.
 */
uint32_t ocre_instance_memory_grow(struct ocre_instance *instance, uint32_t pages);
/* Bytes of linear memory that are really committed. */
size_t ocre_instance_memory_committed(const struct ocre_instance *instance);
/*
 * A contiguous checked view as in host.h; NULL outside, or when there is no memory for it. Valid
 * until the instance runs or another view is fetched.
 */
void *ocre_instance_memory(struct ocre_instance *instance, uint32_t addr, uint32_t size);

/*
 * The shared memory of an instance (the first one of an instance made from externs), to be given to
 * instances of other stores as `shared_memory`. NULL when it has none. The caller becomes a holder,
 * until ocre_memory_release(), which takes NULL too.
 */
struct ocre_memory *ocre_instance_memory_share(struct ocre_instance *instance);
void ocre_memory_release(struct ocre_memory *memory);

/* Exported globals. OCRE_E_NOTFOUND, and for set OCRE_E_ACCESS when it is immutable. */
int ocre_instance_global_get(struct ocre_instance *instance, const char *name, uint8_t *type,
			     union ocre_value *value);
int ocre_instance_global_set(struct ocre_instance *instance, const char *name,
			     const union ocre_value *value);

/*
 * An instance without code that exports memories, tables and globals, for embedders and tests to
 * import from. Globals have the given value.
 */
struct ocre_extern_def {
	const char *name;
	enum ocre_extern kind; /* not OCRE_EXTERN_FUNC, not OCRE_EXTERN_TAG */
	struct ocre_limits limits;
	uint8_t type;
	bool is_mutable;
	union ocre_value value;
};
int ocre_instance_from_externs(struct ocre_store *store, const struct ocre_extern_def *defs,
			       uint32_t count, struct ocre_instance **out);

/* Features of this build, a string such as "wasm-1.0,multi-value,simd". */
const char *ocre_engine_features(void);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_ENGINE_H */
