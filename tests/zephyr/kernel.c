/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.c - the functions of Zephyr's kernel that the port uses, on POSIX. A tick is a
 * millisecond; counting begins where 32 bits of them are used up some seconds later.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zephyr/kernel.h>
#include <zephyr/random/random.h>
#include <zephyr/sys/printk.h>

#define FIRST (INT64_C(0x100000000) - 700)

/* ---- time ---- */

int64_t k_uptime_ticks(void)
{
	static struct timespec start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (start.tv_sec == 0) {
		start = now;
	}
	return FIRST + (now.tv_sec - start.tv_sec) * 1000 + now.tv_nsec / 1000000 -
	       start.tv_nsec / 1000000;
}

uint32_t k_uptime_get_32(void)
{
	return (uint32_t)k_uptime_ticks();
}

uint32_t k_ms_to_ticks_ceil32(uint32_t ms)
{
	return ms;
}

/* ---- mutexes, conditions, semaphores ---- */

int k_mutex_init(struct k_mutex *mutex)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&mutex->own, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return 0;
}

int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout)
{
	(void)timeout;
	return -pthread_mutex_lock(&mutex->own);
}

int k_mutex_unlock(struct k_mutex *mutex)
{
	return -pthread_mutex_unlock(&mutex->own);
}

int k_condvar_init(struct k_condvar *condvar)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&condvar->own, &attributes);
	pthread_condattr_destroy(&attributes);
	return 0;
}

int k_condvar_signal(struct k_condvar *condvar)
{
	return -pthread_cond_signal(&condvar->own);
}

int k_condvar_broadcast(struct k_condvar *condvar)
{
	return -pthread_cond_broadcast(&condvar->own);
}

int k_condvar_wait(struct k_condvar *condvar, struct k_mutex *mutex, k_timeout_t timeout)
{
	struct timespec until;

	if (timeout.ticks < 0) {
		return -pthread_cond_wait(&condvar->own, &mutex->own);
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(timeout.ticks / 1000);
	until.tv_nsec += (long)(timeout.ticks % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	return pthread_cond_timedwait(&condvar->own, &mutex->own, &until) == 0 ? 0 : -EAGAIN;
}

int k_sem_init(struct k_sem *sem, unsigned int initial_count, unsigned int limit)
{
	k_mutex_init(&sem->mutex);
	k_condvar_init(&sem->cond);
	sem->count = initial_count;
	sem->limit = limit;
	return 0;
}

int k_sem_take(struct k_sem *sem, k_timeout_t timeout)
{
	int rc = 0;

	k_mutex_lock(&sem->mutex, K_FOREVER);
	while (sem->count == 0 && rc == 0) {
		rc = timeout.ticks == 0 ? -EBUSY : k_condvar_wait(&sem->cond, &sem->mutex, timeout);
	}
	if (sem->count > 0) {
		sem->count--;
		rc = 0;
	}
	k_mutex_unlock(&sem->mutex);
	return rc;
}

void k_sem_give(struct k_sem *sem)
{
	k_mutex_lock(&sem->mutex, K_FOREVER);
	sem->count += sem->count < sem->limit;
	k_condvar_signal(&sem->cond);
	k_mutex_unlock(&sem->mutex);
}

/* ---- threads ---- */

static _Thread_local struct k_thread *current;

k_tid_t k_thread_create(struct k_thread *thread, k_thread_stack_t *stack, size_t stack_size,
			k_thread_entry_t entry, void *p1, void *p2, void *p3, int prio,
			uint32_t options, k_timeout_t delay)
{
	/* What the port leaves to the kernel is not looked at: stack, priority. */
	if (stack == NULL || stack_size == 0 || prio < 0 || options != 0 || delay.ticks != -1) {
		abort();
	}
	thread->entry = entry;
	thread->p[0] = p1;
	thread->p[1] = p2;
	thread->p[2] = p3;
	return thread;
}

static void *begin(void *arg)
{
	struct k_thread *thread = arg;

	current = thread;
	thread->entry(thread->p[0], thread->p[1], thread->p[2]);
	return NULL;
}

void k_thread_start(k_tid_t thread)
{
	if (pthread_create(&thread->id, NULL, begin, thread) != 0) {
		abort();
	}
}

int k_thread_join(struct k_thread *thread, k_timeout_t timeout)
{
	(void)timeout;
	return -pthread_join(thread->id, NULL);
}

int k_thread_name_set(k_tid_t thread, const char *name)
{
	(void)thread;
	(void)name;
	return 0;
}

void k_thread_time_slice_set(struct k_thread *thread, int32_t ticks,
			     void (*expired)(struct k_thread *thread, void *data), void *data)
{
	(void)thread;
	(void)expired;
	(void)data;
	if (ticks <= 0) {
		abort();
	}
}

k_tid_t k_current_get(void)
{
	static _Thread_local struct k_thread foreign;

	return current != NULL ? current : &foreign;
}

void k_yield(void)
{
	sched_yield();
}

int32_t k_sleep(k_timeout_t timeout)
{
	const struct timespec time = {
		.tv_sec = (time_t)(timeout.ticks / 1000),
		.tv_nsec = (long)(timeout.ticks % 1000 * 1000000),
	};

	nanosleep(&time, NULL);
	return 0;
}

void k_busy_wait(uint32_t us)
{
	(void)us;
	abort(); /* the clock of this machine goes on by itself */
}

int k_thread_stack_space_get(const struct k_thread *thread, size_t *unused)
{
	(void)thread;
	(void)unused;
	return -ENOTSUP;
}

/* ---- memory: as much as there would be, from the C library ---- */

void k_heap_init(struct k_heap *heap, void *memory, size_t size)
{
	heap->at = memory;
	heap->to = heap->at + size;
	heap->used = 0;
	pthread_mutex_init(&heap->lock, NULL);
}

void *k_heap_aligned_alloc(struct k_heap *heap, size_t align, size_t size, k_timeout_t timeout)
{
	size_t *block = NULL;

	(void)timeout;
	pthread_mutex_lock(&heap->lock);
	if (align == _Alignof(max_align_t) && /* what malloc gives */
	    size <= (size_t)(heap->to - heap->at) - heap->used) {
		block = malloc(size + 2 * sizeof(size_t));
	}
	if (block != NULL) {
		heap->used += size;
		block[0] = size;
	}
	pthread_mutex_unlock(&heap->lock);
	return block != NULL ? block + 2 : NULL;
}

void k_heap_free(struct k_heap *heap, void *ptr)
{
	size_t *block = (size_t *)ptr - 2;

	pthread_mutex_lock(&heap->lock);
	heap->used -= block[0];
	pthread_mutex_unlock(&heap->lock);
	free(block);
}

/* ---- small things ---- */

int sys_csrand_get(void *data, size_t size)
{
	FILE *file = fopen("/dev/urandom", "rb");
	size_t n = file != NULL ? fread(data, 1, size, file) : 0;

	if (file != NULL) {
		fclose(file);
	}
	return n == size ? 0 : -EIO;
}

void printk(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fflush(stdout);
}
