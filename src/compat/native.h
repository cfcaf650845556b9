/* SPDX-License-Identifier: Apache-2.0 */
/* native.h - what native.c, native_job.c and wamr.c share: host functions in WAMR's form. */
#ifndef OCRE_COMPAT_NATIVE_H
#define OCRE_COMPAT_NATIVE_H

#include "internal.h"
#include "native_call.h"

#define OCRE__EXCEPTION 128

/* One host function. */
struct ocre__native {
	NativeSymbol symbol;
	uint8_t count;			    /* of parameters */
	char kinds[OCRE_HOST_MAX_ARGS + 1]; /* i I f F * ~ $ */
	char result;			    /* i I f F, or a colon for none */
	bool blocks;
	bool points; /* has `*` or `$` */
	char sig[OCRE_HOST_MAX_ARGS + 3];
	struct ocre__call_plan plan; /* the environment comes first */
};

struct ocre__natives {
	struct ocre__mutex lock; /* users */
	unsigned int users;	 /* the runtime, and jobs that go on without their container */
	struct ocre__native *list;
	struct ocre_host_func *funcs; /* func n is list[n] */
	struct ocre_host_module module;
	const struct ocre_host_module *modules[1];
	struct ocre_host_provider provider;
	/* What the provider is opened with: that is constant data, so it is where this stands. */
	struct ocre__natives *self;
};

/* What host functions know as their environment, and as the module instance. */
struct WASMExecEnv {
	struct WASMModuleInstanceCommon *inst;
	void *attachment;
	void *user_data;
};

/* An export that was looked up, and its type once it is known. */
struct ocre__function {
	struct ocre__function *next;
	char sig[OCRE_HOST_MAX_ARGS + 3]; /* empty: not known yet */
	size_t size;			  /* of this struct with the name */
	char name[];
};

struct ocre__job;

/* A life of a container; call->host of all host functions. */
struct WASMModuleInstanceCommon {
	struct WASMExecEnv env;
	struct ocre__natives *natives;
	struct ocre_guest *guest;
	struct ocre_call *call; /* the innermost in progress; NULL: none */
	/* All of the guest's memory, as one range. NULL: not fetched, or moved since. */
	uint8_t *base;
	uint32_t size; /* of it; the last one known when base is NULL */
	void *custom_data;
	struct ocre__function *functions;
	bool must_trap;			 /* a call into the guest trapped */
	char exception[OCRE__EXCEPTION]; /* empty: none */
	struct ocre__job *jobs;
	uint64_t last_job;
};

/* Have inst->base, if the guest has any memory. */
bool ocre__native_fetch(struct WASMModuleInstanceCommon *inst);
/* `size` bytes of guest memory, or NULL. */
void *ocre__native_range(struct WASMModuleInstanceCommon *inst, uint64_t addr, uint64_t size);
/* A string with the NUL that ends it, and its length; or NULL. */
char *ocre__native_string(struct WASMModuleInstanceCommon *inst, uint64_t addr, size_t *length);
/* Set the exception, cut to what has room. */
void ocre__native_raise(struct WASMModuleInstanceCommon *inst, const char *text);
/* The guest traps: argument n of the function is not inside its memory. */
int ocre__native_outside(struct ocre_call *call, const struct ocre__native *native,
			 unsigned int argument);
void ocre__native_invoke(const struct ocre__native *native, struct WASMExecEnv *env,
			 const union ocre__value *args, union ocre__value *result);
/* The result of a function that has returned, or its exception. */
int ocre__native_return(struct ocre_call *call, const struct ocre__native *native,
			const union ocre__value *result);
void ocre__native_scalar(char kind, uint64_t arg, union ocre__value *out);

void ocre__natives_hold(struct ocre__natives *natives);
void ocre__natives_release(struct ocre__natives *natives);

/* native_job.c, or native_job_none.c: a function that may block. Starts it, or continues the call.
 */
int ocre__job_call(struct ocre_call *call, struct ocre__native *native);
/* The life is over: jobs that run go on alone. */
void ocre__jobs_abandon(struct WASMModuleInstanceCommon *inst);

#endif /* OCRE_COMPAT_NATIVE_H */
