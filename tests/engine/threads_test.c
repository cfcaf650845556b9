/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads_test.c - shared memory between stores: on native threads of their own, and on one that
 * runs them in turns; memory.atomic.wait and notify with and without a clock. The guests are
 * threads.wat and unshared.wat.
 */
#define _DEFAULT_SOURCE
#include <ocre/engine.h>

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "threads_wasm.h"
#include "support/heap.h"

#define COUNTS 100000u
#define SLICE  20000 /* enough to make a memory grow by some pages */
#define MS     UINT64_C(1000000)
#define PAGE   65536u

/* ---- an embedder with threads ---- */

struct world {
	pthread_mutex_t memory_lock;
	pthread_mutex_t module_lock;
	pthread_mutex_t wake_lock;
	pthread_cond_t wake;
	struct ocre_mem module_mem;
	struct ocre_module *module;
	struct ocre_memory *memory; /* of the first agent */
	bool no_clock;
	const struct ocre_memory_ops *ops;
};

/* One instance in a store of its own, and the thread that runs it. */
struct agent {
	struct world *world;
	struct ocre_mem mem;
	struct ocre_store *store;
	struct ocre_instance *instance;
	unsigned int woken; /* under wake_lock */
	unsigned int seen;
	pthread_t thread;
	pthread_barrier_t *start; /* wait there before running, or NULL */
	enum ocre_run result;
};

static void lock(void *ctx)
{
	pthread_mutex_lock(ctx);
}

static void unlock(void *ctx)
{
	pthread_mutex_unlock(ctx);
}

static uint64_t now_ns(void *ctx)
{
	struct timespec t;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

static void wake(void *ctx, struct ocre_instance *instance)
{
	struct agent *a = ctx;

	pthread_mutex_lock(&a->world->wake_lock);
	a->woken += instance == a->instance;
	pthread_cond_broadcast(&a->world->wake);
	pthread_mutex_unlock(&a->world->wake_lock);
}

/* Until the parked agent is woken or its deadline has passed. */
static void wait_parked(struct agent *a)
{
	uint64_t deadline = ocre_instance_park(a->instance)->deadline_ns;
	struct timespec at = {(time_t)(deadline / (1000 * MS)), (long)(deadline % (1000 * MS))};

	pthread_mutex_lock(&a->world->wake_lock);
	while (a->woken == a->seen) {
		if (deadline == UINT64_MAX) {
			pthread_cond_wait(&a->world->wake, &a->world->wake_lock);
		} else if (pthread_cond_timedwait(&a->world->wake, &a->world->wake_lock, &at) ==
			   ETIMEDOUT) {
			break;
		}
	}
	a->seen = a->woken;
	pthread_mutex_unlock(&a->world->wake_lock);
}

static enum ocre_run slice(struct agent *a)
{
	uint64_t budget = SLICE;

	return ocre_instance_run(a->instance, &budget);
}

static void *run_agent(void *ctx)
{
	struct agent *a = ctx;

	if (a->start != NULL) {
		pthread_barrier_wait(a->start);
	}
	do {
		a->result = slice(a);
		if (a->result == OCRE_RUN_PARKED) {
			wait_parked(a);
		}
	} while (a->result == OCRE_RUN_BUDGET || a->result == OCRE_RUN_PARKED);
	return NULL;
}

static void *reserve(void *ctx, size_t max)
{
	(void)ctx;
	return calloc(1, max);
}

static bool commit(void *ctx, void *base, size_t from, size_t to)
{
	(void)ctx;
	(void)base;
	return from <= to;
}

static void release(void *ctx, void *base, size_t max)
{
	(void)ctx;
	(void)max;
	free(base);
}

static const struct ocre_memory_ops reserving = {reserve, commit, release, NULL};

static void load_module(struct world *w, const uint8_t *bytes, size_t size)
{
	struct ocre_module_options options = {
		.lock = lock, .unlock = unlock, .lock_ctx = &w->module_lock};
	struct ocre_diag diag = {0};

	ocre_mem_init(&w->module_mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_module_load(&w->module_mem, (struct ocre_bytes){bytes, size},
					  &options, &w->module, &diag),
			 OCRE_OK);
}

static void begin_world(struct world *w)
{
	pthread_condattr_t attr;

	memset(w, 0, sizeof(*w));
	pthread_mutex_init(&w->memory_lock, NULL);
	pthread_mutex_init(&w->module_lock, NULL);
	pthread_mutex_init(&w->wake_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	load_module(w, threads_wasm, sizeof(threads_wasm));
}

/* The first agent makes the memory, the others import it. */
static void begin_agent(struct world *w, struct agent *a)
{
	struct ocre_store_options store = {
		.memory_ops = w->ops,
		.now_ns = w->no_clock ? NULL : now_ns,
		.wake = wake,
		.ctx = a,
		.lock = lock,
		.unlock = unlock,
		.lock_ctx = &w->memory_lock,
	};
	struct ocre_instance_options options = {.supply = true, .shared_memory = w->memory};
	struct ocre_diag diag = {0};

	memset(a, 0, sizeof(*a));
	a->world = w;
	ocre_mem_init(&a->mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&a->mem, &store, &a->store), OCRE_OK);
	assert_int_equal(ocre_instance_create(a->store, w->module, &options, &a->instance, &diag),
			 OCRE_OK);
	if (w->memory == NULL) {
		w->memory = ocre_instance_memory_share(a->instance);
		assert_non_null(w->memory);
	}
}

static void end_agent(struct agent *a)
{
	ocre_store_destroy(a->store);
}

/* The first agent must be ended last. */
static void end_world(struct world *w, struct agent *first)
{
	ocre_memory_release(w->memory);
	end_agent(first);
	assert_int_equal(first->mem.used, 0);
	ocre_module_unload(w->module);
	assert_int_equal(w->module_mem.used, 0);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->wake_lock);
	pthread_mutex_destroy(&w->module_lock);
	pthread_mutex_destroy(&w->memory_lock);
}

/* ---- calls ---- */

static void begin_call(struct agent *a, const char *name, uint64_t x, uint64_t y, uint64_t z)
{
	const uint64_t given[3] = {x, y, z};
	struct ocre_func_type type;
	union ocre_value args[3];
	uint32_t func = 0;

	assert_int_equal(ocre_instance_find_func(a->instance, name, &func, &type), OCRE_OK);
	for (uint32_t n = 0; n < type.param_count; n++) {
		memset(&args[n], 0, sizeof(args[n]));
		if (type.params[n] == OCRE_I64) {
			args[n].i64 = given[n];
		} else {
			args[n].i32 = (uint32_t)given[n];
		}
	}
	assert_int_equal(ocre_instance_call(a->instance, func, args), OCRE_OK);
}

static uint32_t result_of(struct agent *a)
{
	union ocre_value v = {0};

	ocre_instance_results(a->instance, &v, 1);
	return v.i32;
}

/* A call that neither parks nor takes long. */
static uint32_t call(struct agent *a, const char *name, uint64_t x, uint64_t y)
{
	begin_call(a, name, x, y, 0);
	assert_int_equal(slice(a), OCRE_RUN_DONE);
	return result_of(a);
}

static uint32_t load(struct agent *a, uint32_t address)
{
	return call(a, "load", address, 0);
}

/* memory.atomic.wait32 on a word that is 0. */
static void begin_wait(struct agent *a, uint32_t address, int64_t timeout_ns)
{
	begin_call(a, "wait32", address, 0, (uint64_t)timeout_ns);
	assert_int_equal(slice(a), OCRE_RUN_PARKED);
}

static void expect_trap(struct agent *a, const char *name, uint64_t x, uint64_t y,
			enum ocre_trap trap)
{
	begin_call(a, name, x, y, UINT64_MAX);
	assert_int_equal(slice(a), OCRE_RUN_TRAP);
	assert_int_equal(ocre_instance_trap(a->instance)->kind, trap);
	ocre_instance_abandon(a->instance);
}

/* ---- several native threads ---- */

static void run_both(struct agent *a, struct agent *b)
{
	pthread_barrier_t start;

	pthread_barrier_init(&start, NULL, 2);
	a->start = &start;
	b->start = &start;
	assert_int_equal(pthread_create(&a->thread, NULL, run_agent, a), 0);
	assert_int_equal(pthread_create(&b->thread, NULL, run_agent, b), 0);
	pthread_join(a->thread, NULL);
	pthread_join(b->thread, NULL);
	pthread_barrier_destroy(&start);
	a->start = NULL;
	b->start = NULL;
	assert_int_equal(a->result, OCRE_RUN_DONE);
	assert_int_equal(b->result, OCRE_RUN_DONE);
}

static void test_counters(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	begin_call(&a, "count", COUNTS, 0, 0);
	begin_call(&b, "count", COUNTS, 0, 0);
	run_both(&a, &b);
	assert_int_equal(load(&a, 0), 2 * COUNTS);
	assert_int_equal(load(&b, 8), 2 * COUNTS);
	assert_int_equal(load(&b, 12), 0);
	assert_int_equal(load(&a, 16), (2 * COUNTS & 0xff) | (2 * COUNTS & 0xffff) << 16);
	assert_int_equal(load(&a, 20), 2 * COUNTS);
	end_agent(&b);
	assert_int_equal(b.mem.used, 0);
	end_world(&w, &a);
}

static void test_mutex(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	begin_call(&a, "count_locked", COUNTS, 0, 0);
	begin_call(&b, "count_locked", COUNTS, 0, 0);
	run_both(&a, &b);
	assert_int_equal(load(&a, 28), 2 * COUNTS);
	assert_int_equal(load(&a, 24), 0);
	end_agent(&b);
	end_world(&w, &a);
}

/* Each has to wait for the other every time. */
static void test_ball(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	begin_call(&a, "play", 2000, 0, 0);
	begin_call(&b, "play", 2000, 1, 0);
	run_both(&a, &b);
	assert_int_equal(load(&a, 32), 0);
	end_agent(&b);
	end_world(&w, &a);
}

static void grow_from_both(const struct ocre_memory_ops *ops)
{
	struct world w;
	struct agent a;
	struct agent b;
	void *base;
	size_t before;
	uint32_t grown;

	begin_world(&w);
	w.ops = ops;
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	base = ocre_instance_memory(a.instance, 0, 1);
	before = a.mem.used;
	begin_call(&a, "grow_all", 0, 0, 0);
	begin_call(&b, "grow_all", 0, 0, 0);
	run_both(&a, &b);
	grown = result_of(&a) + result_of(&b);
	assert_int_equal(grown, 15);
	assert_int_equal(call(&a, "size", 0, 0), 16);
	assert_int_equal(call(&b, "size", 0, 0), 16);
	for (uint32_t page = 1; page < 16; page++) {
		assert_int_equal(load(&a, page * PAGE + 65532), 1);
	}
	assert_ptr_equal(ocre_instance_memory(a.instance, 0, 16 * PAGE), base);
	assert_ptr_equal(ocre_instance_memory(b.instance, 0, 1), base);
	assert_int_equal(a.mem.used - before, ops != NULL ? 15 * PAGE : 0);
	assert_true(before >= (ops != NULL ? 1 : 16) * PAGE);
	end_agent(&b);
	end_world(&w, &a);
}

static void test_grow(void **state)
{
	(void)state;
	grow_from_both(NULL);
	grow_from_both(&reserving);
}

/* The limit of the store that made the memory holds, whoever makes it grow. */
static void test_grow_limit(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;

	(void)state;
	begin_world(&w);
	w.ops = &reserving;
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	a.mem.limit = a.mem.used + 3 * PAGE + 100;
	begin_call(&b, "grow_all", 0, 0, 0);
	assert_int_equal(slice(&b), OCRE_RUN_DONE);
	assert_int_equal(result_of(&b), 3);
	assert_true(a.mem.used <= a.mem.limit);
	end_agent(&b);
	end_world(&w, &a);
}

static void test_timeout(void **state)
{
	struct world w;
	struct agent a;
	uint64_t begin;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin = now_ns(NULL);
	begin_wait(&a, 64, (int64_t)(20 * MS));
	assert_true(ocre_instance_park(a.instance)->deadline_ns >= begin + 20 * MS);
	assert_true(ocre_instance_park(a.instance)->deadline_ns <= now_ns(NULL) + 20 * MS);
	/* Continued early, it parks again. */
	assert_int_equal(slice(&a), OCRE_RUN_PARKED);
	run_agent(&a);
	assert_int_equal(a.result, OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 2);
	assert_true(now_ns(NULL) - begin >= 20 * MS);
	assert_int_equal(call(&a, "notify", 64, 1), 0);

	/* No time at all, and more of it than the clock has. */
	assert_int_equal(call(&a, "wait32", 64, 0), 2);
	begin_wait(&a, 64, INT64_MAX);
	assert_int_equal(slice(&a), OCRE_RUN_PARKED);
	assert_int_equal(call(&a, "notify", 64, 1), 1);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 0);
	end_world(&w, &a);
}

static void *notify_later(void *ctx)
{
	struct agent *b = ctx;
	uint64_t budget;

	do {
		budget = SLICE;
		b->result = ocre_instance_run(b->instance, &budget);
	} while (b->result == OCRE_RUN_BUDGET);
	return NULL;
}

/* A wait with a timeout that is notified in time, from another thread. */
static void test_notified_in_time(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;
	uint64_t begin;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	begin = now_ns(NULL);
	begin_wait(&a, 64, (int64_t)(100000 * MS));
	begin_call(&b, "notify", 64, 1, 0);
	assert_int_equal(pthread_create(&b.thread, NULL, notify_later, &b), 0);
	run_agent(&a);
	pthread_join(b.thread, NULL);
	assert_int_equal(a.result, OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 0);
	assert_int_equal(result_of(&b), 1);
	assert_int_equal(a.woken, 1);
	assert_true(now_ns(NULL) - begin < 100000 * MS);
	end_agent(&b);
	end_world(&w, &a);
}

/* ---- one native thread ---- */

/* In turns, a slice each; a parked one is passed over until it is woken. */
static void take_turns(struct agent *agents, uint32_t count)
{
	uint32_t running = count;
	unsigned int idle = 0;

	for (uint32_t n = 0; n < count; n++) {
		agents[n].result = OCRE_RUN_BUDGET;
	}
	for (uint32_t n = 0; running > 0; n = (n + 1) % count) {
		struct agent *a = &agents[n];

		if (a->result == OCRE_RUN_DONE ||
		    (a->result == OCRE_RUN_PARKED && a->woken == a->seen)) {
			assert_true(++idle <= count); /* else they all wait for each other */
			continue;
		}
		idle = 0;
		a->seen = a->woken;
		a->result = slice(a);
		assert_true(a->result == OCRE_RUN_DONE || a->result == OCRE_RUN_BUDGET ||
			    a->result == OCRE_RUN_PARKED);
		running -= a->result == OCRE_RUN_DONE;
	}
}

static void test_turns(void **state)
{
	struct world w;
	struct agent agents[3];

	(void)state;
	begin_world(&w);
	for (uint32_t n = 0; n < 3; n++) {
		begin_agent(&w, &agents[n]);
	}
	for (uint32_t n = 0; n < 3; n++) {
		begin_call(&agents[n], "count_locked", COUNTS / 10, 0, 0);
	}
	take_turns(agents, 3);
	assert_int_equal(load(&agents[0], 28), 3 * (COUNTS / 10));
	begin_call(&agents[0], "play", 1000, 0, 0);
	begin_call(&agents[1], "play", 1000, 1, 0);
	take_turns(agents, 2);
	assert_int_equal(load(&agents[2], 32), 0);
	end_agent(&agents[2]);
	end_agent(&agents[1]);
	end_world(&w, &agents[0]);
}

static void test_notify_counts(void **state)
{
	struct world w;
	struct agent a[4];

	(void)state;
	begin_world(&w);
	for (uint32_t n = 0; n < 4; n++) {
		begin_agent(&w, &a[n]);
	}
	for (uint32_t n = 0; n < 3; n++) {
		begin_wait(&a[n], 64, -1);
		assert_true(ocre_instance_park(a[n].instance)->deadline_ns == UINT64_MAX);
		assert_int_equal(ocre_instance_park(a[n].instance)->fd_count, 0);
	}
	assert_int_equal(call(&a[3], "notify", 68, 9), 0);
	assert_int_equal(call(&a[3], "notify", 64, 0), 0);
	assert_int_equal(call(&a[3], "notify", 64, 2), 2);
	/* In the order in which they came. */
	assert_int_equal(a[0].woken, 1);
	assert_int_equal(a[1].woken, 1);
	assert_int_equal(a[2].woken, 0);
	assert_int_equal(slice(&a[0]), OCRE_RUN_DONE);
	assert_int_equal(slice(&a[1]), OCRE_RUN_DONE);
	assert_int_equal(slice(&a[2]), OCRE_RUN_PARKED);
	assert_int_equal(result_of(&a[0]), 0);
	assert_int_equal(call(&a[3], "notify", 64, UINT32_MAX), 1);
	assert_int_equal(slice(&a[2]), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a[2]), 0);

	/* Another value than expected. */
	call(&a[3], "store", 64, 7);
	assert_int_equal(call(&a[0], "wait32", 64, 6), 1);
	assert_int_equal(call(&a[0], "wait64", 64, UINT64_C(0x100000007)), 1);
	begin_call(&a[0], "wait64", 64, 7, UINT64_MAX);
	assert_int_equal(slice(&a[0]), OCRE_RUN_PARKED);
	call(&a[1], "store", 64, 8);
	assert_int_equal(slice(&a[0]), OCRE_RUN_PARKED);
	assert_int_equal(call(&a[1], "notify", 64, 1), 1);
	assert_int_equal(slice(&a[0]), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a[0]), 0);
	for (uint32_t n = 3; n > 0; n--) {
		end_agent(&a[n]);
		assert_int_equal(a[n].mem.used, 0);
	}
	end_world(&w, &a[0]);
}

/* Without a clock a finite timeout has passed when the guest is continued. */
static void test_no_clock(void **state)
{
	struct world w;
	struct agent a;

	(void)state;
	begin_world(&w);
	w.no_clock = true;
	begin_agent(&w, &a);
	begin_wait(&a, 64, 1);
	assert_int_equal(ocre_instance_park(a.instance)->deadline_ns, 0);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 2);
	begin_wait(&a, 64, 1);
	assert_int_equal(call(&a, "notify", 64, 1), 1);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 0);
	begin_wait(&a, 64, -1);
	assert_int_equal(slice(&a), OCRE_RUN_PARKED);
	end_world(&w, &a);
}

/* Calls on top of a guest that waits, which wait themselves. */
static void test_calls_on_top(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	begin_wait(&a, 64, -1);
	begin_wait(&a, 72, -1);
	begin_wait(&a, 80, -1);
	assert_int_equal(call(&b, "notify", 64, 1), 1);
	assert_int_equal(slice(&a), OCRE_RUN_PARKED);
	assert_int_equal(call(&a, "notify", 80, 1), 1);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 0);
	assert_int_equal(slice(&a), OCRE_RUN_PARKED);
	/* A trap on top ends them all. */
	begin_call(&a, "load", 1, 0, 0);
	assert_int_equal(slice(&a), OCRE_RUN_TRAP);
	assert_int_equal(call(&b, "notify", 72, 1), 0);
	ocre_instance_abandon(a.instance);

	begin_wait(&a, 64, -1);
	begin_wait(&a, 72, -1);
	assert_int_equal(call(&b, "notify", 72, 1), 1);
	assert_int_equal(call(&b, "notify", 64, 1), 1);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(slice(&a), OCRE_RUN_DONE);
	assert_int_equal(result_of(&a), 0);
	end_agent(&b);
	end_world(&w, &a);
}

static void test_abandon(void **state)
{
	struct world w;
	struct agent a;
	struct agent b;
	size_t used;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	used = b.mem.used;
	begin_wait(&b, 64, -1);
	begin_wait(&b, 64, -1);
	assert_true(b.mem.used > used);
	ocre_instance_abandon(b.instance);
	assert_int_equal(b.mem.used, used);
	assert_int_equal(call(&a, "notify", 64, 9), 0);
	/* No memory to wait. */
	b.mem.limit = b.mem.used;
	expect_trap(&b, "wait32", 64, 0, OCRE_TRAP_NOMEM);
	b.mem.limit = SIZE_MAX;
	/* Destroyed while it waits. */
	begin_wait(&b, 64, -1);
	end_agent(&b);
	assert_int_equal(b.mem.used, 0);
	assert_int_equal(call(&a, "notify", 64, 9), 0);
	end_world(&w, &a);
}

static void test_bad_addresses(void **state)
{
	struct world w;
	struct agent a;

	(void)state;
	begin_world(&w);
	begin_agent(&w, &a);
	expect_trap(&a, "wait32", 66, 0, OCRE_TRAP_UNALIGNED);
	expect_trap(&a, "wait64", 68, 0, OCRE_TRAP_UNALIGNED);
	expect_trap(&a, "notify", 65, 0, OCRE_TRAP_UNALIGNED);
	expect_trap(&a, "load", 2, 0, OCRE_TRAP_UNALIGNED);
	expect_trap(&a, "wait32", PAGE, 0, OCRE_TRAP_MEMORY);
	expect_trap(&a, "wait64", PAGE, 0, OCRE_TRAP_MEMORY);
	expect_trap(&a, "notify", UINT32_MAX - 3, 0, OCRE_TRAP_MEMORY);
	expect_trap(&a, "load", PAGE, 0, OCRE_TRAP_MEMORY);
	call(&a, "fence", 0, 0);
	end_world(&w, &a);
}

static void test_unshared(void **state)
{
	struct world w;
	struct agent a = {.world = &w};
	struct ocre_diag diag = {0};

	(void)state;
	memset(&w, 0, sizeof(w));
	pthread_mutex_init(&w.module_lock, NULL);
	load_module(&w, unshared_wasm, sizeof(unshared_wasm));
	ocre_mem_init(&a.mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&a.mem, NULL, &a.store), OCRE_OK);
	assert_int_equal(ocre_instance_create(a.store, w.module, NULL, &a.instance, &diag),
			 OCRE_OK);
	assert_null(ocre_instance_memory_share(a.instance));
	expect_trap(&a, "wait32", 64, 0, OCRE_TRAP_NOT_SHARED);
	expect_trap(&a, "wait32", 64, 1, OCRE_TRAP_NOT_SHARED);
	assert_int_equal(call(&a, "notify", 64, 1), 0);
	expect_trap(&a, "notify", 63, 0, OCRE_TRAP_UNALIGNED);
	assert_int_equal(call(&a, "add", 64, 5), 0);
	assert_int_equal(call(&a, "add", 64, 1), 5);
	assert_false(a.mem.threads);
	ocre_store_destroy(a.store);
	assert_int_equal(a.mem.used, 0);
	ocre_module_unload(w.module);
	pthread_mutex_destroy(&w.module_lock);
}

/* A memory that the embedder makes, and one that does not fit. */
static void test_import(void **state)
{
	struct ocre_extern_def defs[2] = {
		{.name = "plain", .kind = OCRE_EXTERN_MEMORY, .limits = {1, 2, false}},
		{.name = "small", .kind = OCRE_EXTERN_MEMORY, .limits = {1, 8, true}},
	};
	struct world w;
	struct agent a;
	struct agent b;
	struct ocre_store *store = NULL;
	struct ocre_mem mem;
	struct ocre_instance *externs = NULL;
	struct ocre_instance_options options = {.strict = true};
	struct ocre_instance *other = NULL;
	struct ocre_diag diag = {0};

	(void)state;
	begin_world(&w);
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_store_create(&mem, NULL, &store), OCRE_OK);
	assert_int_equal(ocre_instance_from_externs(store, defs, 2, &externs), OCRE_OK);
	w.memory = ocre_instance_memory_share(externs);
	assert_non_null(w.memory);
	begin_agent(&w, &a);
	begin_agent(&w, &b);
	call(&a, "store", 4, 99);
	assert_int_equal(load(&b, 4), 99);
	assert_int_equal(call(&a, "size", 0, 0), 1);
	begin_call(&b, "grow_all", 0, 0, 0);
	assert_int_equal(slice(&b), OCRE_RUN_DONE);
	assert_int_equal(call(&a, "size", 0, 0), 8);
	/* What somebody else has made larger is seen at the first access. */
	assert_int_equal(load(&a, 7 * PAGE + 65532), 1);
	assert_int_equal(ocre_instance_memory_size(a.instance), 8 * PAGE);
	end_agent(&b);
	end_agent(&a);
	ocre_memory_release(w.memory);
	ocre_store_destroy(store);
	assert_int_equal(mem.used, 0);

	/* Its maximum is above that of the import. */
	defs[1].limits.max = 17;
	assert_int_equal(ocre_store_create(&mem, NULL, &store), OCRE_OK);
	assert_int_equal(ocre_instance_from_externs(store, defs, 2, &externs), OCRE_OK);
	options.shared_memory = ocre_instance_memory_share(externs);
	assert_int_equal(ocre_instance_create(store, w.module, &options, &other, &diag),
			 OCRE_E_LINK);
	ocre_memory_release(options.shared_memory);
	ocre_memory_release(NULL);
	ocre_store_destroy(store);
	assert_int_equal(mem.used, 0);

	w.memory = NULL;
	begin_agent(&w, &a);
	end_world(&w, &a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_mutex),
		cmocka_unit_test(test_ball),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_grow_limit),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_notified_in_time),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_notify_counts),
		cmocka_unit_test(test_no_clock),
		cmocka_unit_test(test_calls_on_top),
		cmocka_unit_test(test_abandon),
		cmocka_unit_test(test_bad_addresses),
		cmocka_unit_test(test_unshared),
		cmocka_unit_test(test_import),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
