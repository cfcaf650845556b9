/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h - declarations of our own of what the port uses of Zephyr, for a check without it;
 * tests/zephyr/kernel.c does what they say on POSIX threads.
 */
#ifndef TESTS_ZEPHYR_KERNEL_H
#define TESTS_ZEPHYR_KERNEL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <zephyr/sys/util.h>

#define CONFIG_SYS_CLOCK_TICKS_PER_SEC 1000

/* ---- time ---- */

typedef int64_t k_ticks_t;
typedef struct {
	k_ticks_t ticks; /* -1: for ever */
} k_timeout_t;

#define K_FOREVER  ((k_timeout_t){-1})
#define K_NO_WAIT  ((k_timeout_t){0})
#define K_TICKS(t) ((k_timeout_t){t})
#define K_MSEC(ms) ((k_timeout_t){ms})

int64_t k_uptime_ticks(void);
uint32_t k_uptime_get_32(void); /* milliseconds */
uint32_t k_ms_to_ticks_ceil32(uint32_t ms);

/* ---- objects ---- */

struct k_mutex {
	pthread_mutex_t own;
};
struct k_condvar {
	pthread_cond_t own;
};
struct k_sem {
	struct k_mutex mutex;
	struct k_condvar cond;
	unsigned int count;
	unsigned int limit;
};

/* A wait for such a condition with a deadline may end at once. */
#define K_MUTEX_DEFINE(name)   struct k_mutex name = {PTHREAD_MUTEX_INITIALIZER}
#define K_CONDVAR_DEFINE(name) struct k_condvar name = {PTHREAD_COND_INITIALIZER}

int k_mutex_init(struct k_mutex *mutex);
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
int k_condvar_init(struct k_condvar *condvar);
int k_condvar_signal(struct k_condvar *condvar);
int k_condvar_broadcast(struct k_condvar *condvar);
int k_condvar_wait(struct k_condvar *condvar, struct k_mutex *mutex, k_timeout_t timeout);
int k_sem_init(struct k_sem *sem, unsigned int initial_count, unsigned int limit);
int k_sem_take(struct k_sem *sem, k_timeout_t timeout);
void k_sem_give(struct k_sem *sem);

/* ---- threads ---- */

typedef char k_thread_stack_t;
typedef void (*k_thread_entry_t)(void *p1, void *p2, void *p3);
struct k_thread {
	pthread_t id;
	k_thread_entry_t entry;
	void *p[3];
};
typedef struct k_thread *k_tid_t;

#define K_LOWEST_APPLICATION_THREAD_PRIO 14

#define K_KERNEL_STACK_MEMBER(name, size) k_thread_stack_t name[size]
#define K_KERNEL_STACK_DEFINE(name, size) k_thread_stack_t name[size]
#define K_KERNEL_STACK_SIZEOF(name)	  sizeof(name)

k_tid_t k_thread_create(struct k_thread *thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay);
void k_thread_start(k_tid_t thread);
int k_thread_join(struct k_thread *thread, k_timeout_t timeout);
int k_thread_name_set(k_tid_t thread, const char *name);
void k_thread_time_slice_set(struct k_thread *thread, int32_t ticks,
			     void (*expired)(struct k_thread *thread, void *data), void *data);
k_tid_t k_current_get(void);
void k_yield(void);
int32_t k_sleep(k_timeout_t timeout);
void k_busy_wait(uint32_t us);
int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused);

/* ---- memory ---- */

struct k_heap {
	uint8_t *at;
	uint8_t *to;
	size_t used; /* bytes of blocks that are held */
	pthread_mutex_t lock;
};

void k_heap_init(struct k_heap *heap, void *memory, size_t size);
void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t size, k_timeout_t timeout);
void k_heap_free(struct k_heap *heap, void *ptr);
void *k_aligned_alloc(size_t align, size_t size);
void k_free(void *ptr);

/* ---- work and atomics ---- */

typedef long atomic_t;
typedef long atomic_val_t;

atomic_val_t atomic_inc(atomic_t *target);
atomic_val_t atomic_clear(atomic_t *target);
atomic_val_t atomic_set(atomic_t *target, atomic_val_t value);
atomic_val_t atomic_get(const atomic_t *target);

struct k_work {
	void (*handler)(struct k_work *work);
	bool queued;
};
struct k_work_sync {
	int unused;
};

void k_work_init(struct k_work *work, void (*handler)(struct k_work *work));
int k_work_submit(struct k_work *work);
bool k_work_cancel_sync(struct k_work *work, struct k_work_sync *sync);

#endif /* TESTS_ZEPHYR_KERNEL_H */
