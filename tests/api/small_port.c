/* SPDX-License-Identifier: Apache-2.0 */
/*
 * small_port.c - the port of docs/porting.md: nothing but the functions of the Ocre platform
 * requirements, pthreads, mutexes and condition variables.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ocre/platform/file.h>
#include <ocre/port_none.h>

#include "small_port.h"

struct start {
	void (*fn)(void *arg);
	void *arg;
};

/* One context's port: what its waiting thread is woken with. */
struct small {
	struct ocre_port port;
	struct ocre_port_ops ops;
	pthread_mutex_t lock;
	pthread_cond_t woken_cond;
	bool woken;
};

/* ---- time ---- */

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	struct timespec t;

	(void)ctx;
	if (clock_gettime(clock == OCRE_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, &t) !=
	    0) {
		return -OCRE_ERRNO_IO;
	}
	*ns = (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
	return 0;
}

/* Until `deadline_ns` or a signal; early is allowed, so a day at a time. */
static int wait_cond(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
	const uint64_t day_ns = UINT64_C(86400000000000);
	struct timespec until;
	uint64_t now = 0;
	uint64_t left;

	if (deadline_ns == UINT64_MAX) {
		(void)pthread_cond_wait(cond, mutex);
		return 0;
	}
	(void)clock_now(NULL, OCRE_CLOCK_MONOTONIC, &now);
	if (now >= deadline_ns) {
		return -OCRE_ERRNO_TIMEDOUT;
	}
	left = deadline_ns - now < day_ns ? deadline_ns - now : day_ns;
	/* Conditions know the wall clock; this is how far away the deadline is on it. */
	(void)clock_now(NULL, OCRE_CLOCK_REALTIME, &now);
	until.tv_sec = (time_t)((now + left) / 1000000000u);
	until.tv_nsec = (long)((now + left) % 1000000000u);
	(void)pthread_cond_timedwait(cond, mutex, &until);
	(void)clock_now(NULL, OCRE_CLOCK_MONOTONIC, &now);
	return now >= deadline_ns ? -OCRE_ERRNO_TIMEDOUT : 0;
}

/* There are no descriptors: a wait ends by its deadline or by wake(). */
static int port_wait(void *ctx, const struct ocre_park_fd *fds, uint32_t count,
		     uint64_t deadline_ns, uint8_t *ready)
{
	struct small *small = ctx;

	(void)fds;
	if (ready != NULL && count > 0) {
		memset(ready, 0, count);
	}
	pthread_mutex_lock(&small->lock);
	while (!small->woken &&
	       wait_cond(&small->woken_cond, &small->lock, deadline_ns) != -OCRE_ERRNO_TIMEDOUT) {
	}
	small->woken = false;
	pthread_mutex_unlock(&small->lock);
	return 0;
}

static void wake(void *ctx)
{
	struct small *small = ctx;

	pthread_mutex_lock(&small->lock);
	small->woken = true;
	pthread_cond_signal(&small->woken_cond);
	pthread_mutex_unlock(&small->lock);
}

/* ---- threads ---- */

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct ocre_port_mutex), "room for a mutex");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(struct ocre_port_cond), "room for a condition");
_Static_assert(sizeof(pthread_t) <= sizeof(struct ocre_port_thread), "room for a thread");

static int mutex_init(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	return pthread_mutex_init((pthread_mutex_t *)mutex, NULL) == 0 ? 0 : -OCRE_ERRNO_NOMEM;
}

static void mutex_deinit(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

static void lock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_lock((pthread_mutex_t *)mutex);
}

static void unlock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_unlock((pthread_mutex_t *)mutex);
}

static int cond_init(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	return pthread_cond_init((pthread_cond_t *)cond, NULL) == 0 ? 0 : -OCRE_ERRNO_NOMEM;
}

static void cond_deinit(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_destroy((pthread_cond_t *)cond);
}

static int cond_wait(void *ctx, struct ocre_port_cond *cond, struct ocre_port_mutex *mutex,
		     uint64_t deadline_ns)
{
	(void)ctx;
	return wait_cond((pthread_cond_t *)cond, (pthread_mutex_t *)mutex, deadline_ns);
}

static void cond_signal(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_signal((pthread_cond_t *)cond);
}

static void cond_broadcast(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_broadcast((pthread_cond_t *)cond);
}

static void *run_thread(void *arg)
{
	struct start start = *(struct start *)arg;

	free(arg);
	start.fn(start.arg);
	return NULL;
}

static int start_thread(void *ctx, struct ocre_port_thread *thread, void (*fn)(void *arg),
			void *arg)
{
	struct start *start = malloc(sizeof(*start));

	(void)ctx;
	if (start == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	start->fn = fn;
	start->arg = arg;
	if (pthread_create((pthread_t *)thread, NULL, run_thread, start) != 0) {
		free(start);
		return -OCRE_ERRNO_AGAIN;
	}
	return 0;
}

static void join(void *ctx, struct ocre_port_thread *thread)
{
	(void)ctx;
	pthread_join(*(pthread_t *)thread, NULL);
}

static uintptr_t self(void *ctx)
{
	(void)ctx;
	return (uintptr_t)pthread_self();
}

static uint32_t cpu_count(void *ctx)
{
	(void)ctx;
	return 1;
}

static const struct ocre_port_thread_ops threads = {
	.mutex_init = mutex_init,
	.mutex_deinit = mutex_deinit,
	.lock = lock,
	.unlock = unlock,
	.cond_init = cond_init,
	.cond_deinit = cond_deinit,
	.cond_wait = cond_wait,
	.cond_signal = cond_signal,
	.cond_broadcast = cond_broadcast,
	.start = start_thread,
	.join = join,
	.self = self,
	.cpu_count = cpu_count,
};

/* ---- the port ---- */

struct ocre_port *small_port_create(void)
{
	struct small *small = calloc(1, sizeof(*small));

	if (small == NULL) {
		return NULL;
	}
	pthread_mutex_init(&small->lock, NULL);
	pthread_cond_init(&small->woken_cond, NULL);
	small->ops = ocre_port_none_ops;
	small->ops.clock_now = clock_now;
	small->ops.wait = port_wait;
	small->ops.wake = wake;
	small->port.ops = &small->ops;
	small->port.ctx = small;
	small->port.threads = &threads;
	return &small->port;
}

void small_port_destroy(struct ocre_port *port)
{
	struct small *small = port->ctx;

	pthread_cond_destroy(&small->woken_cond);
	pthread_mutex_destroy(&small->lock);
	free(small);
}
