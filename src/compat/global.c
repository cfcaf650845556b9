/* SPDX-License-Identifier: Apache-2.0 */
/*
 * global.c - the one runtime of the process, which ocre_container_runtime_destroy() has no argument
 * for. The only writable static data of this room.
 */
#include "internal.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct ocre__runtime *runtime;
	unsigned int users; /* calls that are in progress */
	bool changing;	    /* it is being opened or closed */
} global = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, 0, false};

struct ocre__runtime *ocre__enter(const ocre_cs_ctx *ctx)
{
	struct ocre__runtime *runtime = NULL;

	pthread_mutex_lock(&global.lock);
	if (global.runtime != NULL && ctx == global.runtime->ctx) {
		runtime = global.runtime;
		global.users++;
	}
	pthread_mutex_unlock(&global.lock);
	return runtime;
}

void ocre__leave(void)
{
	pthread_mutex_lock(&global.lock);
	global.users--;
	pthread_cond_broadcast(&global.changed);
	pthread_mutex_unlock(&global.lock);
}

/* Take the right to open or close. */
static void begin(void)
{
	pthread_mutex_lock(&global.lock);
	while (global.changing) {
		pthread_cond_wait(&global.changed, &global.lock);
	}
	global.changing = true;
	pthread_mutex_unlock(&global.lock);
}

static void end(struct ocre__runtime *runtime)
{
	pthread_mutex_lock(&global.lock);
	global.runtime = runtime;
	global.changing = false;
	pthread_cond_broadcast(&global.changed);
	pthread_mutex_unlock(&global.lock);
}

ocre_container_runtime_status_t ocre_container_runtime_init(ocre_cs_ctx *ctx,
							    ocre_container_init_arguments_t *args)
{
	ocre_container_runtime_status_t status = RUNTIME_STATUS_ERROR;
	struct ocre__runtime *runtime;

	if (ctx == NULL || args == NULL) {
		return RUNTIME_STATUS_ERROR;
	}
	begin();
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

	begin();
	pthread_mutex_lock(&global.lock);
	runtime = global.runtime;
	global.runtime = NULL;
	while (global.users > 0) {
		pthread_cond_wait(&global.changed, &global.lock);
	}
	pthread_mutex_unlock(&global.lock);
	if (runtime != NULL) {
		ocre__runtime_close(runtime);
	}
	end(NULL);
	/* The document declares the one type and returns the other. */
	return (ocre_container_status_t)RUNTIME_STATUS_DESTROYED;
}
