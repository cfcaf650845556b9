/* SPDX-License-Identifier: Apache-2.0 */
/*
 * global.c - the one runtime of the process, which ocre_container_runtime_destroy() has no argument
 * for. The only writable static data of this room.
 */
#include "internal.h"

static struct {
#if OCRE_COMPAT_THREADS
	pthread_mutex_t lock;
	pthread_cond_t changed;
#endif
	struct ocre__runtime *runtime;
	unsigned int users; /* calls that are in progress */
	bool changing;	    /* it is being opened or closed */
} global
#if OCRE_COMPAT_THREADS
	= {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER}
#endif
;

#if OCRE_COMPAT_THREADS

static void lock(void)
{
	pthread_mutex_lock(&global.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&global.lock);
}

static void say_changed(void)
{
	pthread_cond_broadcast(&global.changed);
}

/* With the lock. False when nothing will change by waiting. */
static bool wait_for_change(void)
{
	pthread_cond_wait(&global.changed, &global.lock);
	return true;
}

#else

static void lock(void)
{
}

static void unlock(void)
{
}

static void say_changed(void)
{
}

/* What it waits for is further up in this thread. */
static bool wait_for_change(void)
{
	return false;
}

#endif

static struct ocre__runtime *enter(const ocre_cs_ctx *ctx, bool any)
{
	struct ocre__runtime *runtime = NULL;

	lock();
	if (global.runtime != NULL && (any || ctx == global.runtime->ctx)) {
		runtime = global.runtime;
		global.users++;
	}
	unlock();
	return runtime;
}

struct ocre__runtime *ocre__enter(const ocre_cs_ctx *ctx)
{
	return enter(ctx, false);
}

struct ocre__runtime *ocre__enter_any(void)
{
	return enter(NULL, true);
}

void ocre__leave(void)
{
	lock();
	global.users--;
	say_changed();
	unlock();
}

/* Take the right to open or close. False: who has it is further up in this thread. */
static bool begin(void)
{
	bool mine = true;

	lock();
	while (global.changing && mine) {
		mine = wait_for_change();
	}
	if (mine) {
		global.changing = true;
	}
	unlock();
	return mine;
}

static void end(struct ocre__runtime *runtime)
{
	lock();
	global.runtime = runtime;
	global.changing = false;
	say_changed();
	unlock();
}

ocre_container_runtime_status_t ocre_container_runtime_init(ocre_cs_ctx *ctx,
							    ocre_container_init_arguments_t *args)
{
	ocre_container_runtime_status_t status = RUNTIME_STATUS_ERROR;
	struct ocre__runtime *runtime;

	if (ctx == NULL || args == NULL || !begin()) {
		return RUNTIME_STATUS_ERROR;
	}
	runtime = global.runtime; /* only who has begun changes it */
	if (runtime == NULL && ocre__runtime_open(ctx, args, &runtime) == OCRE_OK) {
		status = RUNTIME_STATUS_INITIALIZED;
	}
	end(runtime);
	return status;
}

ocre_container_status_t ocre_container_runtime_destroy(void)
{
	struct ocre__runtime *runtime;

	/* The document declares the one type and returns the other. */
	if (!begin()) {
		return (ocre_container_status_t)RUNTIME_STATUS_ERROR;
	}
	lock();
	runtime = global.runtime;
	global.runtime = NULL;
	while (global.users > 0) {
		if (!wait_for_change()) {
			unlock();
			end(runtime);
			return (ocre_container_status_t)RUNTIME_STATUS_ERROR;
		}
	}
	unlock();
	if (runtime != NULL) {
		ocre__runtime_close(runtime);
	}
	end(NULL);
	return (ocre_container_status_t)RUNTIME_STATUS_DESTROYED;
}
