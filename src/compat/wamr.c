/* SPDX-License-Identifier: Apache-2.0 */
/* wamr.c - the calls of <wasm_export.h> that host functions make. */
#include "native.h"

#include <string.h>

/* Units that a call into the guest may use: about a tenth of a second. */
#define CALL_BUDGET 50000000u
#define CALL_CELLS  8u

wasm_module_inst_t wasm_runtime_get_module_inst(wasm_exec_env_t exec_env)
{
	return exec_env != NULL ? exec_env->inst : NULL;
}

void *wasm_runtime_get_function_attachment(wasm_exec_env_t exec_env)
{
	return exec_env != NULL ? exec_env->attachment : NULL;
}

void wasm_runtime_set_user_data(wasm_exec_env_t exec_env, void *user_data)
{
	if (exec_env != NULL) {
		exec_env->user_data = user_data;
	}
}

void *wasm_runtime_get_user_data(wasm_exec_env_t exec_env)
{
	return exec_env != NULL ? exec_env->user_data : NULL;
}

void wasm_runtime_set_custom_data(wasm_module_inst_t module_inst, void *custom_data)
{
	if (module_inst != NULL) {
		module_inst->custom_data = custom_data;
	}
}

void *wasm_runtime_get_custom_data(wasm_module_inst_t module_inst)
{
	return module_inst != NULL ? module_inst->custom_data : NULL;
}

/* ---- addresses ---- */

static bool raise_outside(wasm_module_inst_t module_inst)
{
	if (module_inst != NULL) {
		ocre__native_raise(module_inst, "out of bounds memory access");
	}
	return false;
}

bool wasm_runtime_validate_app_addr(wasm_module_inst_t module_inst, uint64_t app_offset,
				    uint64_t size)
{
	if (module_inst == NULL || ocre__native_range(module_inst, app_offset, size) == NULL) {
		return raise_outside(module_inst);
	}
	return true;
}

bool wasm_runtime_validate_app_str_addr(wasm_module_inst_t module_inst, uint64_t app_str_offset)
{
	size_t length;

	if (module_inst == NULL ||
	    ocre__native_string(module_inst, app_str_offset, &length) == NULL) {
		return raise_outside(module_inst);
	}
	return true;
}

/* Where in guest memory it is, compared as numbers since it may point anywhere. */
static bool native_offset(wasm_module_inst_t inst, const void *ptr, uint64_t *offset)
{
	uintptr_t base;

	if (inst == NULL || ptr == NULL || !ocre__native_fetch(inst)) {
		return false;
	}
	base = (uintptr_t)inst->base;
	if ((uintptr_t)ptr < base || (uintptr_t)ptr - base >= inst->size) {
		return false;
	}
	*offset = (uintptr_t)ptr - base;
	return true;
}

bool wasm_runtime_validate_native_addr(wasm_module_inst_t module_inst, void *native_ptr,
				       uint64_t size)
{
	uint64_t offset;

	if (!native_offset(module_inst, native_ptr, &offset) || size > module_inst->size - offset) {
		return raise_outside(module_inst);
	}
	return true;
}

void *wasm_runtime_addr_app_to_native(wasm_module_inst_t module_inst, uint64_t app_offset)
{
	return module_inst != NULL ? ocre__native_range(module_inst, app_offset, 1) : NULL;
}

uint64_t wasm_runtime_addr_native_to_app(wasm_module_inst_t module_inst, void *native_ptr)
{
	uint64_t offset;

	return native_offset(module_inst, native_ptr, &offset) ? offset : 0;
}

bool wasm_runtime_get_app_addr_range(wasm_module_inst_t module_inst, uint64_t app_offset,
				     uint64_t *app_start_offset, uint64_t *app_end_offset)
{
	if (wasm_runtime_addr_app_to_native(module_inst, app_offset) == NULL) {
		return false;
	}
	if (app_start_offset != NULL) {
		*app_start_offset = 0;
	}
	if (app_end_offset != NULL) {
		*app_end_offset = module_inst->size;
	}
	return true;
}

bool wasm_runtime_get_native_addr_range(wasm_module_inst_t module_inst, uint8_t *native_ptr,
					uint8_t **native_start_addr, uint8_t **native_end_addr)
{
	uint64_t offset;

	if (!native_offset(module_inst, native_ptr, &offset)) {
		return false;
	}
	if (native_start_addr != NULL) {
		*native_start_addr = module_inst->base;
	}
	if (native_end_addr != NULL) {
		*native_end_addr = module_inst->base + module_inst->size;
	}
	return true;
}

/* ---- room in guest memory ---- */

uint64_t wasm_runtime_module_malloc(wasm_module_inst_t module_inst, uint64_t size,
				    void **native_addr)
{
	struct ocre_call *call = module_inst != NULL ? module_inst->call : NULL;
	uint32_t addr = 0;

	if (call != NULL && call->ops->alloc != NULL && size <= UINT32_MAX) {
		addr = call->ops->alloc(call, (uint32_t)size);
		module_inst->base = NULL;
	}
	if (native_addr != NULL) {
		*native_addr = addr != 0 ? ocre__native_range(module_inst, addr, size) : NULL;
	}
	return addr;
}

void wasm_runtime_module_free(wasm_module_inst_t module_inst, uint64_t ptr)
{
	struct ocre_call *call = module_inst != NULL ? module_inst->call : NULL;

	if (call != NULL && call->ops->free != NULL && ptr != 0 && ptr <= UINT32_MAX) {
		(void)call->ops->free(call, (uint32_t)ptr);
	}
}

uint64_t wasm_runtime_module_dup_data(wasm_module_inst_t module_inst, const char *src,
				      uint64_t size)
{
	void *to = NULL;
	uint64_t addr = wasm_runtime_module_malloc(module_inst, size, &to);

	if (to != NULL && src != NULL) {
		memcpy(to, src, (size_t)size);
	}
	return addr;
}

/* ---- exceptions ---- */

void wasm_runtime_set_exception(wasm_module_inst_t module_inst, const char *exception)
{
	if (module_inst == NULL) {
		return;
	}
	if (exception == NULL) {
		wasm_runtime_clear_exception(module_inst);
		return;
	}
	/* An exception without words is one nevertheless. */
	ocre__native_raise(module_inst, exception[0] != '\0' ? exception : "exception");
}

const char *wasm_runtime_get_exception(wasm_module_inst_t module_inst)
{
	if (module_inst == NULL || module_inst->exception[0] == '\0') {
		return NULL;
	}
	return module_inst->exception;
}

void wasm_runtime_clear_exception(wasm_module_inst_t module_inst)
{
	if (module_inst != NULL && !module_inst->must_trap) {
		module_inst->exception[0] = '\0';
	}
}

/* ---- calls into the guest ---- */

wasm_function_inst_t wasm_runtime_lookup_function(wasm_module_inst_t module_inst, const char *name)
{
	struct ocre_call *call = module_inst != NULL ? module_inst->call : NULL;
	struct ocre__function *function;
	size_t size;

	if (call == NULL || name == NULL || call->ops->exports == NULL ||
	    !call->ops->exports(call, name)) {
		return NULL;
	}
	for (function = module_inst->functions; function != NULL; function = function->next) {
		if (strcmp(function->name, name) == 0) {
			return function;
		}
	}
	size = sizeof(*function) + strlen(name) + 1;
	function = ocre_mem_alloc(module_inst->guest->mem, size);
	if (function == NULL) {
		return NULL;
	}
	function->size = size;
	memcpy(function->name, name, strlen(name) + 1);
	function->next = module_inst->functions;
	module_inst->functions = function;
	return function;
}

static uint32_t cells_of(char kind)
{
	return kind == 'I' || kind == 'F' ? 2 : 1;
}

/* The cells of `argv` as arguments of the type `sig`. */
static void read_cells(const char *sig, const uint32_t *argv, uint64_t *args)
{
	for (; *sig != ':'; sig++) {
		if (cells_of(*sig) == 2) {
			memcpy(args++, argv, sizeof(uint64_t));
		} else {
			*args++ = *argv;
		}
		argv += cells_of(*sig);
	}
}

static void write_cells(const char *sig, uint64_t result, uint32_t *argv)
{
	char kind = strchr(sig, ':')[1];

	if (kind != '\0' && cells_of(kind) == 2) {
		memcpy(argv, &result, sizeof(result));
	} else if (kind != '\0') {
		argv[0] = (uint32_t)result;
	}
}

static int invoke(struct WASMModuleInstanceCommon *inst, struct ocre__function *function,
		  const char *sig, uint32_t *argv)
{
	struct ocre_call *call = inst->call;
	uint64_t args[OCRE_HOST_MAX_ARGS];
	uint64_t result = 0;
	int rc;

	read_cells(sig, argv, args);
	rc = call->ops->invoke(call, function->name, sig, args, &result, CALL_BUDGET);
	inst->call = call;
	inst->base = NULL;
	if (rc == OCRE_OK) {
		write_cells(sig, result, argv);
	}
	return rc;
}

/*
 * WAMR's call tells cells, not types. The first call of a function tries the types that have so
 * many: those with the wrong one do not run it, which is what OCRE_E_ARGUMENT says.
 */
static int find_type(struct WASMModuleInstanceCommon *inst, struct ocre__function *function,
		     char *sig, unsigned int count, uint32_t cells, uint32_t *argv)
{
	static const char kinds[] = "iIfF";
	int rc = OCRE_E_ARGUMENT;

	if (cells == 0) {
		static const char results[] = {'\0', 'i', 'I', 'f', 'F'};

		for (size_t n = 0; n < sizeof(results) && rc == OCRE_E_ARGUMENT; n++) {
			sig[count] = ':';
			sig[count + 1] = results[n];
			sig[count + 2] = '\0';
			rc = invoke(inst, function, sig, argv);
		}
		return rc;
	}
	for (const char *kind = kinds; *kind != '\0' && rc == OCRE_E_ARGUMENT; kind++) {
		if (cells_of(*kind) <= cells) {
			sig[count] = *kind;
			rc = find_type(inst, function, sig, count + 1, cells - cells_of(*kind),
				       argv);
		}
	}
	return rc;
}

static uint32_t cells_of_type(const char *sig)
{
	uint32_t cells = 0;

	for (; *sig != ':'; sig++) {
		cells += cells_of(*sig);
	}
	return cells;
}

bool wasm_runtime_call_wasm(wasm_exec_env_t exec_env, wasm_function_inst_t function, uint32_t argc,
			    uint32_t argv[])
{
	struct WASMModuleInstanceCommon *inst = wasm_runtime_get_module_inst(exec_env);
	struct ocre__function *found = function;
	char sig[OCRE_HOST_MAX_ARGS + 3];
	int rc = OCRE_E_ARGUMENT;

	if (inst == NULL || inst->call == NULL || found == NULL || argv == NULL ||
	    inst->call->ops->invoke == NULL) {
		return false;
	}
	if (found->sig[0] == '\0' && argc <= CALL_CELLS) {
		rc = find_type(inst, found, sig, 0, argc, argv);
		if (rc != OCRE_E_ARGUMENT) {
			memcpy(found->sig, sig, sizeof(sig));
		}
	} else if (found->sig[0] != '\0' && cells_of_type(found->sig) == argc) {
		rc = invoke(inst, found, found->sig, argv);
	}
	if (rc == OCRE_OK) {
		return true;
	}
	if (rc == OCRE_E_ARGUMENT || rc == OCRE_E_NOTFOUND) {
		ocre__native_raise(inst, "a function was called with other arguments than it has");
		return false;
	}
	inst->must_trap = true;
	if (inst->exception[0] == '\0') {
		ocre__native_raise(inst, "a function that a host function called has trapped");
	}
	return false;
}
