/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_job.c - host functions that may block: each call runs on a thread of its own while the
 * container is parked. It works on copies, so that the container can end meanwhile without waiting
 * for it; then it goes on alone and frees what is its own.
 */
#include "native.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct ocre__job {
	struct ocre__job *next;
	uint64_t id;
	struct ocre__native *native;
	struct ocre__natives *natives;
	/* What the function gets for the container: nothing but data, exception and attachment. */
	struct WASMModuleInstanceCommon inst;
	union ocre__value args[OCRE_HOST_MAX_ARGS];
	union ocre__value result;
	uint32_t addr[OCRE_HOST_MAX_ARGS]; /* where the copies came from */
	size_t charged;

	pthread_mutex_t lock;
	bool done;
	bool abandoned;
	struct ocre_guest *guest; /* to be woken, unless abandoned */
	char copies[];
};

static void free_job(struct ocre__job *job)
{
	pthread_mutex_destroy(&job->lock);
	ocre__natives_release(job->natives);
	free(job);
}

static void *run(void *arg)
{
	struct ocre__job *job = arg;
	bool abandoned;

	ocre__native_invoke(job->native, &job->inst.env, job->args, &job->result);
	pthread_mutex_lock(&job->lock);
	job->done = true;
	abandoned = job->abandoned;
	if (!abandoned) {
		/* With the lock: who abandons the job has to wait until the guest is woken. */
		job->guest->ops->wake(job->guest);
	}
	pthread_mutex_unlock(&job->lock);
	if (abandoned) {
		free_job(job);
	}
	return NULL;
}

static bool start_thread(struct ocre__job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t old;
	int rc;

	if (pthread_attr_init(&attr) != 0) {
		return false;
	}
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, run, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	return rc == 0;
}

/* Bytes of guest memory that argument n points to: what it is, or NULL when it is outside. */
static void *pointed(struct ocre_call *call, const struct ocre__native *native, unsigned int n,
		     size_t *size)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	void *from;

	if (native->kinds[n] == '*') {
		*size = ocre_arg_u32(call, n + 1);
		return ocre__native_range(inst, ocre_arg_u32(call, n), *size);
	}
	from = ocre__native_string(inst, ocre_arg_u32(call, n), size);
	*size += 1;
	return from;
}

static bool is_pointer(char kind)
{
	return kind == '*' || kind == '$';
}

/* Bytes of all copies, each at a multiple of 16. The number of a wrong argument, or -1. */
static int measure(struct ocre_call *call, const struct ocre__native *native, size_t *total)
{
	size_t size;

	*total = 0;
	for (unsigned int n = 0; n < native->count; n++) {
		if (!is_pointer(native->kinds[n])) {
			continue;
		}
		if (pointed(call, native, n, &size) == NULL || *total > SIZE_MAX / 2) {
			return (int)n;
		}
		*total += (size + 15) / 16 * 16 + 16;
	}
	return -1;
}

static void copy_in(struct ocre_call *call, struct ocre__job *job)
{
	uintptr_t begin = (uintptr_t)job->copies;
	char *to = job->copies + (16 - begin % 16) % 16;
	size_t size;

	for (unsigned int n = 0; n < job->native->count; n++) {
		if (!is_pointer(job->native->kinds[n])) {
			ocre__native_scalar(job->native->kinds[n], call->arg[n], &job->args[n]);
			continue;
		}
		memcpy(to, pointed(call, job->native, n, &size), size);
		job->args[n].ptr = to;
		job->addr[n] = ocre_arg_u32(call, n);
		to += (size + 15) / 16 * 16;
	}
}

/* What the function may have written. Memory only grows, so that all of it is still inside. */
static void copy_out(struct ocre_call *call, const struct ocre__job *job)
{
	for (unsigned int n = 0; n < job->native->count; n++) {
		if (job->native->kinds[n] == '*') {
			uint32_t size = job->args[n + 1].i32;
			void *to = ocre__native_range(call->host, job->addr[n], size);

			if (to != NULL) {
				memcpy(to, job->args[n].ptr, size);
			}
		}
	}
}

static int trap(struct ocre_call *call, const char *words)
{
	struct WASMModuleInstanceCommon *inst = call->host;

	ocre__native_raise(inst, words);
	call->message = inst->exception;
	return OCRE_HOST_TRAP;
}

static int park(struct ocre_call *call)
{
	memset(call->park, 0, sizeof(*call->park));
	call->park->deadline_ns = UINT64_MAX;
	return OCRE_HOST_PARK;
}

static int begin(struct ocre_call *call, struct ocre__native *native)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	struct ocre__job *job;
	size_t total;
	int wrong = measure(call, native, &total);

	if (wrong >= 0) {
		return ocre__native_outside(call, native, (unsigned int)wrong);
	}
	total += sizeof(*job) + 16;
	if (!ocre_mem_charge(inst->guest->mem, total)) {
		return trap(call, "out of memory for the copies of a host call");
	}
	job = calloc(1, total);
	if (job == NULL) {
		ocre_mem_uncharge(inst->guest->mem, total);
		return trap(call, "out of memory for the copies of a host call");
	}
	job->charged = total;
	job->native = native;
	job->natives = inst->natives;
	job->guest = inst->guest;
	job->id = ++inst->last_job;
	job->inst.env =
		(struct WASMExecEnv){&job->inst, native->symbol.attachment, inst->env.user_data};
	job->inst.custom_data = inst->custom_data;
	pthread_mutex_init(&job->lock, NULL);
	ocre__natives_hold(job->natives);
	copy_in(call, job);
	call->charge += total / 64;
	call->record->word[0] = job->id;
	job->next = inst->jobs;
	inst->jobs = job;
	if (!start_thread(job)) {
		inst->jobs = job->next;
		ocre_mem_uncharge(inst->guest->mem, total);
		free_job(job);
		return trap(call, "no thread for a host function that may block");
	}
	return park(call);
}

static struct ocre__job *take(struct WASMModuleInstanceCommon *inst, uint64_t id)
{
	struct ocre__job **at = &inst->jobs;
	struct ocre__job *job;
	bool done;

	while (*at != NULL && (*at)->id != id) {
		at = &(*at)->next;
	}
	job = *at;
	if (job == NULL) {
		return NULL;
	}
	pthread_mutex_lock(&job->lock);
	done = job->done;
	pthread_mutex_unlock(&job->lock);
	if (!done) {
		return NULL;
	}
	*at = job->next;
	return job;
}

int ocre__job_call(struct ocre_call *call, struct ocre__native *native)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	struct ocre_call *outer = inst->call;
	struct ocre__job *job;
	int rc;

	inst->call = call;
	inst->base = NULL;
	if (outer == NULL) {
		inst->exception[0] = '\0';
		inst->must_trap = false;
	}
	if (!call->resumed) {
		rc = begin(call, native);
	} else {
		job = take(inst, call->record->word[0]);
		if (job == NULL) {
			rc = park(call);
		} else {
			copy_out(call, job);
			ocre__native_raise(inst, job->inst.exception);
			rc = ocre__native_return(call, native, &job->result);
			ocre_mem_uncharge(inst->guest->mem, job->charged);
			free_job(job);
		}
	}
	inst->call = outer;
	inst->base = NULL;
	return rc;
}

void ocre__jobs_abandon(struct WASMModuleInstanceCommon *inst)
{
	struct ocre__job *job;

	while ((job = inst->jobs) != NULL) {
		bool done;

		inst->jobs = job->next;
		ocre_mem_uncharge(inst->guest->mem, job->charged);
		pthread_mutex_lock(&job->lock);
		job->abandoned = true;
		done = job->done;
		pthread_mutex_unlock(&job->lock);
		if (done) {
			free_job(job);
		}
	}
}
