/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c - the kernel's threads, mutexes and conditions for the port's users. */
#include <zephyr/kernel.h>

#include "internal.h"

BUILD_ASSERT(sizeof(struct k_mutex) <= sizeof(struct ocre_port_mutex), "room for a mutex");
BUILD_ASSERT(sizeof(struct k_condvar) <= sizeof(struct ocre_port_cond), "room for a condition");

BUILD_ASSERT(CONFIG_OCRE_PRIORITY <= K_LOWEST_APPLICATION_THREAD_PRIO,
	     "CONFIG_OCRE_PRIORITY is that of the idle thread or beyond");

/*
 * Executors have the lowest priority by default; so do the shell and the log, and each gets its
 * turn. The kernel's time slices see to that, but it can lose one (3.7: when a tick comes between a
 * thread's going to sleep and the switch to the next), so executors yield by themselves too.
 */
#define TURN_MS 10

static struct k_mutex *mutex_of(struct ocre_port_mutex *mutex)
{
	return (struct k_mutex *)(void *)mutex->space;
}

static struct k_condvar *cond_of(struct ocre_port_cond *cond)
{
	return (struct k_condvar *)(void *)cond->space;
}

static int mutex_init(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	return ocre__zephyr_result(k_mutex_init(mutex_of(mutex)));
}

static void mutex_deinit(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	(void)mutex;
}

static void lock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	k_mutex_lock(mutex_of(mutex), K_FOREVER);
}

struct ocre_zephyr_executor *ocre__zephyr_executor(void *ctx)
{
	struct ocre_port_zephyr *port = (struct ocre_port_zephyr *)ctx;
	const struct k_thread *self = k_current_get();
	uint32_t i;

	for (i = 0; i < CONFIG_OCRE_EXECUTORS; i++) {
		if (&port->executors[i].thread == self) {
			return &port->executors[i];
		}
	}
	return NULL;
}

/* Between two slices at the latest, executors come here. */
static void unlock(void *ctx, struct ocre_port_mutex *mutex)
{
	struct ocre_zephyr_executor *e = ocre__zephyr_executor(ctx);

	k_mutex_unlock(mutex_of(mutex));
	if (e != NULL && k_uptime_get_32() - e->turn_ms >= TURN_MS) {
		k_yield();
		e->turn_ms = k_uptime_get_32();
	}
}

static int cond_init(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	return ocre__zephyr_result(k_condvar_init(cond_of(cond)));
}

static void cond_deinit(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	(void)cond;
}

static int cond_wait(void *ctx, struct ocre_port_cond *cond, struct ocre_port_mutex *mutex,
		     uint64_t deadline_ns)
{
	uint64_t now = 0;

	if (k_condvar_wait(cond_of(cond), mutex_of(mutex), ocre__zephyr_until(deadline_ns)) == 0) {
		return 0;
	}
	/* The sleep may have been shorter than the time. */
	((struct ocre_port_zephyr *)ctx)->ops.clock_now(ctx, OCRE_CLOCK_MONOTONIC, &now);
	return now < deadline_ns ? 0 : -OCRE_ERRNO_TIMEDOUT;
}

static void cond_signal(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	k_condvar_signal(cond_of(cond));
}

static void cond_broadcast(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	k_condvar_broadcast(cond_of(cond));
}

static void run(void *executor, void *unused, void *unused_too)
{
	struct ocre_zephyr_executor *e = (struct ocre_zephyr_executor *)executor;

	(void)unused;
	(void)unused_too;
	e->fn(e->arg);
}

/* Called, as join is, by one thread at a time: the one that opens or closes the context. */
static int start(void *ctx, struct ocre_port_thread *thread, void (*fn)(void *arg), void *arg)
{
	struct ocre_port_zephyr *port = (struct ocre_port_zephyr *)ctx;
	struct ocre_zephyr_executor *e = port->executors;

	while (e < port->executors + CONFIG_OCRE_EXECUTORS && e->used) {
		e++;
	}
	if (e == port->executors + CONFIG_OCRE_EXECUTORS) {
		return -OCRE_ERRNO_AGAIN;
	}
	e->used = true;
	e->fn = fn;
	e->arg = arg;
	e->turn_ms = k_uptime_get_32();
	thread->space[0] = (uint64_t)(e - port->executors);
	k_thread_create(&e->thread, e->stack, K_KERNEL_STACK_SIZEOF(e->stack), run, e, NULL, NULL,
			CONFIG_OCRE_PRIORITY, 0, K_FOREVER);
	k_thread_name_set(&e->thread, "ocre");
	k_thread_time_slice_set(&e->thread, (int32_t)k_ms_to_ticks_ceil32(TURN_MS), NULL, NULL);
	k_thread_start(&e->thread);
	return 0;
}

static void join(void *ctx, struct ocre_port_thread *thread)
{
	struct ocre_zephyr_executor *e =
		&((struct ocre_port_zephyr *)ctx)->executors[thread->space[0]];

	k_thread_join(&e->thread, K_FOREVER);
	e->used = false;
}

static uintptr_t self(void *ctx)
{
	(void)ctx;
	return (uintptr_t)k_current_get();
}

/* As many executors as there is room for are made by a context that asks for one per processor. */
static uint32_t cpu_count(void *ctx)
{
	(void)ctx;
	return CONFIG_OCRE_EXECUTORS;
}

const struct ocre_port_thread_ops ocre__zephyr_threads = {
	.mutex_init = mutex_init,
	.mutex_deinit = mutex_deinit,
	.lock = lock,
	.unlock = unlock,
	.cond_init = cond_init,
	.cond_deinit = cond_deinit,
	.cond_wait = cond_wait,
	.cond_signal = cond_signal,
	.cond_broadcast = cond_broadcast,
	.start = start,
	.join = join,
	.self = self,
	.cpu_count = cpu_count,
};
