/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads.c - threads, mutexes and conditions of POSIX for the port's users.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "posix.h"

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct ocre_port_mutex), "room for a mutex");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(struct ocre_port_cond), "room for a condition");

/* What a thread runs; the new thread takes it over. */
struct thread {
	pthread_t id;
	void (*fn)(void *arg);
	void *arg;
};

_Static_assert(sizeof(struct thread *) <= sizeof(struct ocre_port_thread), "room for a thread");

static pthread_mutex_t *mutex_of(struct ocre_port_mutex *mutex)
{
	return (pthread_mutex_t *)(void *)mutex->space;
}

static pthread_cond_t *cond_of(struct ocre_port_cond *cond)
{
	return (pthread_cond_t *)(void *)cond->space;
}

static int mutex_init(void *ctx, struct ocre_port_mutex *mutex)
{
	pthread_mutexattr_t attributes;
	int rc;

	(void)ctx;
	rc = pthread_mutexattr_init(&attributes);
	if (rc != 0) {
		return ocre__posix_errno(rc);
	}
#ifdef __GLIBC__
	/* Mutexes are held for less time than it takes to sleep: look at one for a moment first. */
	rc = pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
	if (rc == 0) {
		rc = pthread_mutex_init(mutex_of(mutex), &attributes);
	}
	pthread_mutexattr_destroy(&attributes);
	return ocre__posix_errno(rc);
}

static void mutex_deinit(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_destroy(mutex_of(mutex));
}

static void lock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_lock(mutex_of(mutex));
}

static void unlock(void *ctx, struct ocre_port_mutex *mutex)
{
	(void)ctx;
	pthread_mutex_unlock(mutex_of(mutex));
}

static int cond_init(void *ctx, struct ocre_port_cond *cond)
{
	pthread_condattr_t attributes;
	int rc;

	(void)ctx;
	rc = pthread_condattr_init(&attributes);
	if (rc != 0) {
		return ocre__posix_errno(rc);
	}
	/* Deadlines are those of the monotonic clock. */
	rc = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	if (rc == 0) {
		rc = pthread_cond_init(cond_of(cond), &attributes);
	}
	pthread_condattr_destroy(&attributes);
	return ocre__posix_errno(rc);
}

static void cond_deinit(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_destroy(cond_of(cond));
}

static int cond_wait(void *ctx, struct ocre_port_cond *cond, struct ocre_port_mutex *mutex,
		     uint64_t deadline_ns)
{
	struct timespec at;
	uint64_t seconds = deadline_ns / 1000000000u;

	(void)ctx;
	/* A 32-bit time_t cannot hold the longest waits; they are as good as no deadline. */
	if (deadline_ns == UINT64_MAX || seconds > INT32_MAX) {
		return ocre__posix_errno(pthread_cond_wait(cond_of(cond), mutex_of(mutex)));
	}
	at.tv_sec = (time_t)seconds;
	at.tv_nsec = (long)(deadline_ns % 1000000000u);
	return ocre__posix_errno(pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), &at));
}

static void cond_signal(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_signal(cond_of(cond));
}

static void cond_broadcast(void *ctx, struct ocre_port_cond *cond)
{
	(void)ctx;
	pthread_cond_broadcast(cond_of(cond));
}

static void *run_thread(void *arg)
{
	struct thread *thread = (struct thread *)arg;

	thread->fn(thread->arg);
	return NULL;
}

static int start(void *ctx, struct ocre_port_thread *thread, void (*fn)(void *arg), void *arg)
{
	struct thread *made = (struct thread *)malloc(sizeof(*made));
	sigset_t all;
	sigset_t before;
	int rc;

	(void)ctx;
	if (made == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	made->fn = fn;
	made->arg = arg;
	/* Signals are for the program's own threads: a new thread inherits the mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&made->id, NULL, run_thread, made);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		free(made);
		return ocre__posix_errno(rc);
	}
	thread->space[0] = (uint64_t)(uintptr_t)made;
	return 0;
}

static void join(void *ctx, struct ocre_port_thread *thread)
{
	struct thread *made = (struct thread *)(uintptr_t)thread->space[0];

	(void)ctx;
	pthread_join(made->id, NULL);
	free(made);
	thread->space[0] = 0;
}

static uintptr_t self(void *ctx)
{
	(void)ctx;
	return (uintptr_t)pthread_self();
}

/* Those that this process may use. */
static uint32_t cpu_count(void *ctx)
{
	cpu_set_t set;
	long online;

	(void)ctx;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0) {
		return (uint32_t)CPU_COUNT(&set);
	}
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (uint32_t)online : 1;
}

const struct ocre_port_thread_ops ocre__posix_threads = {
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
