/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native.c - host functions in WAMR's form (NativeSymbol) as a provider of host modules: signatures
 * are read when they are registered, arguments checked and made native when they are called.
 */
#include "native.h"

#include <string.h>

/* ---- registration ---- */

static int refuse(struct ocre_diag *diag, const NativeSymbol *symbol, const char *why)
{
	return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
			     "host function %s: signature %s: %s", symbol->symbol,
			     symbol->signature != NULL ? symbol->signature : "(NULL)", why);
}

/* Why a parameter cannot be, or NULL. */
static const char *add_parameter(struct ocre__native *native, char kind)
{
	char before = native->count > 0 ? native->kinds[native->count - 1] : '\0';

	if (kind == 'r') {
		return "externref is not supported";
	}
	if (kind == '\0' || strchr("iIfF*~$", kind) == NULL) {
		return "parameters are i, I, f, F, *, ~ and $, then )";
	}
	if (kind == '~' && before != '*') {
		return "~ is the size of the * before it";
	}
	if (native->count == OCRE_HOST_MAX_ARGS) {
		return "more than 16 parameters";
	}
	native->sig[native->count] = 'i';
	if (kind == 'I' || kind == 'f' || kind == 'F') {
		native->sig[native->count] = kind;
	}
	native->points = native->points || kind == '*' || kind == '$';
	native->kinds[native->count++] = kind;
	return NULL;
}

/* Read what stands in the signature. Why it cannot be, or NULL. */
static const char *parse(struct ocre__native *native)
{
	const char *at = native->symbol.signature;
	char *sig;

	if (native->symbol.func_ptr == NULL) {
		return "there is no function";
	}
	if (at == NULL) {
		return "functions need one, such as \"(ii)i\"";
	}
	if (*at == '!') {
		native->blocks = true;
		at++;
	}
	if (*at++ != '(') {
		return "it begins with (";
	}
	while (*at != ')') {
		const char *why = add_parameter(native, *at++);

		if (why != NULL) {
			return why;
		}
	}
	at++;
	native->result = ':';
	if (*at != '\0') {
		native->result = *at++;
	}
	if (*at != '\0' || (native->result != ':' && strchr("iIfF", native->result) == NULL)) {
		return "behind ) comes i, I, f, F or nothing";
	}
	sig = native->sig + native->count;
	*sig++ = ':';
	if (native->result != ':') {
		*sig = native->result;
	}
	if (native->blocks && !OCRE_COMPAT_THREADS) {
		return "there are no threads for a function that may block";
	}
	for (unsigned int n = 0; native->blocks && n < native->count; n++) {
		if (native->kinds[n] == '*' && native->kinds[n + 1] != '~') {
			return "a function that may block needs the size of each *";
		}
	}
	return NULL;
}

static int call_native(struct ocre_call *call);

/* How the function is called. False: this system cannot. */
static bool plan(struct ocre__native *native)
{
	char kinds[OCRE__CALL_ARGS] = {'p'};

	for (unsigned int n = 0; n < native->count; n++) {
		char kind = native->kinds[n];

		kinds[n + 1] = kind;
		if (kind == '*' || kind == '$') {
			kinds[n + 1] = 'p';
		} else if (kind == '~') {
			kinds[n + 1] = 'i';
		}
	}
	return ocre__call_plan(&native->plan, kinds, native->count + 1u, native->result);
}

static int add(struct ocre__natives *natives, uint32_t n, const NativeSymbol *symbol,
	       struct ocre_diag *diag)
{
	struct ocre__native *native = &natives->list[n];
	struct ocre_host_func *func = &natives->funcs[n];
	const char *why;

	native->symbol = *symbol;
	why = parse(native);
	if (why != NULL) {
		return refuse(diag, symbol, why);
	}
	if (!plan(native)) {
		return refuse(diag, symbol, "this system cannot call it");
	}
	func->name = symbol->symbol;
	func->sig = native->sig;
	func->fn = call_native;
	/* `ocre:api`, which all containers of the runtime API have; or `native=` and its name. */
	func->action = OCRE_ACTION_NATIVE;
	func->denied = -OCRE_ERRNO_PERM;
	return OCRE_OK;
}

static int create_instance(void *shared, struct ocre_guest *guest, void **object,
			   struct ocre_diag *diag)
{
	struct WASMModuleInstanceCommon *inst = ocre_mem_alloc(guest->mem, sizeof(*inst));

	if (inst == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	inst->env.inst = inst;
	inst->natives = shared;
	inst->guest = guest;
	*object = inst;
	return OCRE_OK;
}

static void destroy_instance(void *object)
{
	struct WASMModuleInstanceCommon *inst = object;
	struct ocre__function *function;

	ocre__jobs_abandon(inst);
	while ((function = inst->functions) != NULL) {
		inst->functions = function->next;
		ocre_mem_free(inst->guest->mem, function, function->size);
	}
	ocre_mem_free(inst->guest->mem, inst, sizeof(*inst));
}

static int open_provider(struct ocre_mem *mem, const struct ocre_port *port, const void *config,
			 void **shared, struct ocre_diag *diag)
{
	(void)mem;
	(void)port;
	(void)diag;
	*shared = *(struct ocre__natives *const *)config;
	return OCRE_OK;
}

int ocre__natives_create(const NativeSymbol *symbols, struct ocre__natives **out,
			 struct ocre_diag *diag)
{
	struct ocre__natives *natives = ocre__zeroed(sizeof(*natives));
	uint32_t count = 0;
	int rc;

	while (symbols[count].symbol != NULL) {
		count++;
	}
	if (natives == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	ocre__mutex_init(&natives->lock);
	natives->users = 1;
	natives->self = natives;
	natives->list = ocre__zeroed((count + 1u) * sizeof(*natives->list));
	natives->funcs = ocre__zeroed((count + 1u) * sizeof(*natives->funcs));
	rc = natives->list != NULL && natives->funcs != NULL
		     ? OCRE_OK
		     : ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	for (uint32_t n = 0; n < count && rc == OCRE_OK; n++) {
		rc = add(natives, n, &symbols[n], diag);
	}
	if (rc < 0) {
		ocre__natives_release(natives);
		return rc;
	}
	natives->module = (struct ocre_host_module){"env", natives->funcs, count};
	natives->modules[0] = &natives->module;
	natives->provider = (struct ocre_host_provider){
		.name = "native",
		.modules = natives->modules,
		.module_count = 1,
		.open = open_provider,
		.create = create_instance,
		.destroy = destroy_instance,
	};
	*out = natives;
	return OCRE_OK;
}

void ocre__natives_hold(struct ocre__natives *natives)
{
	ocre__mutex_lock(&natives->lock);
	natives->users++;
	ocre__mutex_unlock(&natives->lock);
}

void ocre__natives_release(struct ocre__natives *natives)
{
	bool last;

	ocre__mutex_lock(&natives->lock);
	last = --natives->users == 0;
	ocre__mutex_unlock(&natives->lock);
	if (last) {
		ocre__mutex_deinit(&natives->lock);
		user_free(natives->list);
		user_free(natives->funcs);
		user_free(natives);
	}
}

void ocre__natives_destroy(struct ocre__natives *natives)
{
	if (natives != NULL) {
		ocre__natives_release(natives);
	}
}

struct ocre_provider_choice ocre__natives_choice(struct ocre__natives *natives)
{
	return (struct ocre_provider_choice){&natives->provider, &natives->self};
}

/* ---- guest memory ---- */

/*
 * How large it is, by asking for nothing at an address: that has an answer up to the end of memory,
 * and costs nothing.
 */
static bool within(struct ocre_call *call, uint32_t end)
{
	return ocre_call_memory(call, end, 0) != NULL;
}

static uint32_t memory_size(struct ocre_call *call, uint32_t guess)
{
	uint32_t low = 0;
	uint32_t high = UINT32_MAX;

	if (within(call, guess)) {
		if (guess == UINT32_MAX || !within(call, guess + 1)) {
			return guess;
		}
		low = guess;
	}
	while (low < high) {
		uint32_t middle = high - (high - low) / 2;

		if (within(call, middle)) {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	return low;
}

bool ocre__native_fetch(struct WASMModuleInstanceCommon *inst)
{
	if (inst->base == NULL && inst->call != NULL) {
		inst->size = memory_size(inst->call, inst->size);
		inst->base = ocre_call_memory(inst->call, 0, inst->size);
	}
	return inst->base != NULL;
}

void *ocre__native_range(struct WASMModuleInstanceCommon *inst, uint64_t addr, uint64_t size)
{
	if (!ocre__native_fetch(inst) || addr > inst->size || size > inst->size - addr) {
		return NULL;
	}
	return inst->base + addr;
}

char *ocre__native_string(struct WASMModuleInstanceCommon *inst, uint64_t addr, size_t *length)
{
	char *text = ocre__native_range(inst, addr, 1);
	char *end;

	if (text == NULL) {
		return NULL;
	}
	end = memchr(text, '\0', (size_t)(inst->size - addr));
	if (end == NULL) {
		return NULL;
	}
	*length = (size_t)(end - text);
	return text;
}

void ocre__native_raise(struct WASMModuleInstanceCommon *inst, const char *text)
{
	size_t size = strlen(text);

	size = size < OCRE__EXCEPTION ? size : OCRE__EXCEPTION - 1;
	memcpy(inst->exception, text, size);
	inst->exception[size] = '\0';
}

/* ---- calls ---- */

int ocre__native_outside(struct ocre_call *call, const struct ocre__native *native,
			 unsigned int argument)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	struct ocre_diag words = {0};

	ocre_diag_set(&words, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
		      "%s: argument %u is not inside memory", native->symbol.symbol, argument + 1);
	ocre__native_raise(inst, words.text);
	call->message = inst->exception;
	return OCRE_HOST_TRAP;
}

void ocre__native_scalar(char kind, uint64_t arg, union ocre__value *out)
{
	uint32_t low = (uint32_t)arg;

	if (kind == 'I') {
		out->i64 = arg;
	} else if (kind == 'F') {
		memcpy(&out->f64, &arg, sizeof(arg));
	} else if (kind == 'f') {
		memcpy(&out->f32, &low, sizeof(low));
	} else {
		out->i32 = low;
	}
}

void ocre__native_invoke(const struct ocre__native *native, struct WASMExecEnv *env,
			 const union ocre__value *args, union ocre__value *result)
{
	union ocre__value all[OCRE__CALL_ARGS];
	void (*function)(void);

	all[0].ptr = env;
	memcpy(all + 1, args, native->count * sizeof(*args));
	/* POSIX, not C, says that a function pointer fits into a void pointer. */
	memcpy(&function, &native->symbol.func_ptr, sizeof(function));
	ocre__call(&native->plan, function, all, result);
}

int ocre__native_return(struct ocre_call *call, const struct ocre__native *native,
			const union ocre__value *result)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	uint32_t low;

	if (inst->must_trap || inst->exception[0] != '\0') {
		call->message = inst->exception;
		return OCRE_HOST_TRAP;
	}
	switch (native->result) {
	case 'i':
		call->ret[0] = result->i32;
		break;
	case 'f':
		memcpy(&low, &result->f32, sizeof(low));
		call->ret[0] = low;
		break;
	case 'I':
	case 'F':
		memcpy(&call->ret[0], result, sizeof(call->ret[0]));
		break;
	default:
		break;
	}
	return OCRE_HOST_DONE;
}

/* Native arguments. The number of one that is not inside memory, or -1. */
static int make_arguments(struct ocre_call *call, const struct ocre__native *native,
			  union ocre__value *args)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	size_t length;

	for (unsigned int n = 0; n < native->count; n++) {
		char kind = native->kinds[n];

		if (kind == '*') {
			bool sized = native->kinds[n + 1] == '~';
			uint32_t size = sized ? ocre_arg_u32(call, n + 1) : 1;

			args[n].ptr = ocre__native_range(inst, ocre_arg_u32(call, n), size);
			call->charge += size / 64;
		} else if (kind == '$') {
			args[n].ptr = ocre__native_string(inst, ocre_arg_u32(call, n), &length);
			call->charge += args[n].ptr != NULL ? length / 64 : 0;
		} else {
			ocre__native_scalar(kind, call->arg[n], &args[n]);
			continue;
		}
		if (args[n].ptr == NULL) {
			return (int)n;
		}
	}
	return -1;
}

/* The function's own frame of the environment: a host function may call the guest, and that one. */
static int call_directly(struct ocre_call *call, struct ocre__native *native)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	void *outer_attachment = inst->env.attachment;
	struct ocre_call *outer = inst->call;
	union ocre__value args[OCRE_HOST_MAX_ARGS];
	union ocre__value result = {0};
	int wrong;
	int rc;

	inst->call = call;
	inst->base = NULL;
	if (outer == NULL) {
		inst->exception[0] = '\0';
		inst->must_trap = false;
	}
	inst->env.attachment = native->symbol.attachment;
	wrong = make_arguments(call, native, args);
	if (wrong >= 0) {
		rc = ocre__native_outside(call, native, (unsigned int)wrong);
	} else {
		ocre__native_invoke(native, &inst->env, args, &result);
		rc = ocre__native_return(call, native, &result);
	}
	inst->env.attachment = outer_attachment;
	inst->call = outer;
	inst->base = NULL;
	return rc;
}

static int call_native(struct ocre_call *call)
{
	struct WASMModuleInstanceCommon *inst = call->host;
	struct ocre__native *native =
		&inst->natives->list[(size_t)(call->func - inst->natives->funcs)];

	return native->blocks ? ocre__job_call(call, native) : call_directly(call, native);
}
