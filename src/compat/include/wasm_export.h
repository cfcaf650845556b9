/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasm_export.h - host functions in the form that WAMR gave them: a C function with a struct
 * wasm_exec_env first and native arguments after it, and the calls that such functions make. The
 * names and types are WAMR's; what is here is ours, and there is no WAMR behind it.
 *
 * A function is registered by an entry of ocre_container_init_arguments_t.ocre_api_functions:
 *
 *	static int32_t fill(wasm_exec_env_t env, char *to, uint32_t size, const char *text);
 *	static NativeSymbol functions[] = {
 *		{"fill", (void *)fill, "(*~$)i", NULL},
 *		{NULL, NULL, NULL, NULL},
 *	};
 *
 * The signature has a letter for each parameter, and one behind the bracket for a result:
 *
 *	i  i32: int32_t, uint32_t	f  f32: float
 *	I  i64: int64_t, uint64_t	F  f64: double
 *	*  i32, an address: a pointer to the guest's memory
 *	~  i32, the size in bytes of the `*` just before it
 *	$  i32, the address of a string: a pointer, and a NUL is there
 *
 * A `*` without `~` is known to have one byte. When an address or a size is not inside the guest's
 * memory the function is not called, and the guest traps. Address 0 is an address like others.
 * A signature has at most 16 parameters; `r` (externref) and functions without a signature are not
 * supported. An import of another type does not bind to the function.
 *
 * The pointers are good until the function returns, or until it calls wasm_runtime_module_malloc()
 * or wasm_runtime_call_wasm(), which can move the guest's memory. A function runs on the thread
 * that runs the container, and holds it: while it waits for something, the container can neither be
 * stopped nor paused, and others wait too. So a function that may wait for long says so by a `!`
 * before its signature, "!(*~$)i". It then runs on a thread of its own while the container is
 * parked: it gets private copies of what its pointers point to, which are copied back when it
 * returns, and stopping does not wait for it. It may have no `*` without `~`, and of the calls
 * below only those work that say "always".
 *
 * The calls below are for host functions, with the environment that they were given: on the same
 * thread, before they return. Elsewhere they fail (NULL, 0, false), except those marked "always".
 */
#ifndef WASM_EXPORT_H
#define WASM_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef WASM_RUNTIME_API_EXTERN
#define WASM_RUNTIME_API_EXTERN
#endif

typedef struct WASMModuleCommon *wasm_module_t;
typedef struct WASMModuleInstanceCommon *wasm_module_inst_t;
typedef void WASMFunctionInstanceCommon;
typedef WASMFunctionInstanceCommon *wasm_function_inst_t;
typedef struct WASMExecEnv *wasm_exec_env_t;

typedef struct NativeSymbol {
	const char *symbol;
	void *func_ptr;
	const char *signature;
	void *attachment;
} NativeSymbol;

/* An entry for a function whose name in C is its name for guests. */
#define EXPORT_WASM_API(symbol)                                                                    \
	{                                                                                          \
#symbol, (void *)symbol, NULL, NULL                                                \
	}
#define EXPORT_WASM_API2(symbol)                                                                   \
	{                                                                                          \
#symbol, (void *)symbol##_wrapper, NULL, NULL                                      \
	}
#define EXPORT_WASM_API_WITH_SIG(symbol, signature)                                                \
	{                                                                                          \
#symbol, (void *)symbol, signature, NULL                                           \
	}
#define EXPORT_WASM_API_WITH_SIG2(symbol, signature)                                               \
	{                                                                                          \
#symbol, (void *)symbol##_wrapper, signature, NULL                                 \
	}
#define EXPORT_WASM_API_WITH_ATT(symbol, signature, attachment)                                    \
	{                                                                                          \
#symbol, (void *)symbol, signature, attachment                                     \
	}

/* Always. The container; NULL for NULL. */
wasm_module_inst_t wasm_runtime_get_module_inst(wasm_exec_env_t exec_env);
/* Always. What the entry of the function that runs has as attachment. */
void *wasm_runtime_get_function_attachment(wasm_exec_env_t exec_env);

/* A pointer of the program's, one for each life of a container. NULL until it is set. Getting it
 * works always. */
void wasm_runtime_set_user_data(wasm_exec_env_t exec_env, void *user_data);
void *wasm_runtime_get_user_data(wasm_exec_env_t exec_env);
/* Another one. */
void wasm_runtime_set_custom_data(wasm_module_inst_t module_inst, void *custom_data);
void *wasm_runtime_get_custom_data(wasm_module_inst_t module_inst);

/* Is this inside the guest's memory? If not, the guest will trap when the function returns. */
bool wasm_runtime_validate_app_addr(wasm_module_inst_t module_inst, uint64_t app_offset,
				    uint64_t size);
bool wasm_runtime_validate_app_str_addr(wasm_module_inst_t module_inst, uint64_t app_str_offset);
bool wasm_runtime_validate_native_addr(wasm_module_inst_t module_inst, void *native_ptr,
				       uint64_t size);

/* Addresses of the guest to pointers and back. NULL and 0 for what is outside its memory. */
void *wasm_runtime_addr_app_to_native(wasm_module_inst_t module_inst, uint64_t app_offset);
uint64_t wasm_runtime_addr_native_to_app(wasm_module_inst_t module_inst, void *native_ptr);
/* From where to where the memory goes that has this address. Both results may be NULL. */
bool wasm_runtime_get_app_addr_range(wasm_module_inst_t module_inst, uint64_t app_offset,
				     uint64_t *app_start_offset, uint64_t *app_end_offset);
bool wasm_runtime_get_native_addr_range(wasm_module_inst_t module_inst, uint8_t *native_ptr,
					uint8_t **native_start_addr, uint8_t **native_end_addr);

/*
 * Room in the guest's memory, from the container's heap_size: its address, or 0. `native_addr` may
 * be NULL. The guest, or a host function, gives it back.
 */
uint64_t wasm_runtime_module_malloc(wasm_module_inst_t module_inst, uint64_t size,
				    void **native_addr);
void wasm_runtime_module_free(wasm_module_inst_t module_inst, uint64_t ptr);
/* The same, with a copy of `size` bytes in it; of nothing when `src` is NULL. */
uint64_t wasm_runtime_module_dup_data(wasm_module_inst_t module_inst, const char *src,
				      uint64_t size);

/* Always. The guest traps with these words when the function returns. At most 127 bytes are kept.
 */
void wasm_runtime_set_exception(wasm_module_inst_t module_inst, const char *exception);
/* The words, or NULL. */
const char *wasm_runtime_get_exception(wasm_module_inst_t module_inst);
void wasm_runtime_clear_exception(wasm_module_inst_t module_inst);

/* An exported function of the guest, or NULL. Good until the container's life ends. */
wasm_function_inst_t wasm_runtime_lookup_function(wasm_module_inst_t module_inst, const char *name);
/*
 * Call it. `argv` has the arguments, `argc` cells of 32 bits (two for i64 and f64), and gets the
 * result. False when it trapped or has other parameters; then the exception is set. `argc` is at
 * most 8. What it runs is limited, and it cannot wait for anything.
 */
bool wasm_runtime_call_wasm(wasm_exec_env_t exec_env, wasm_function_inst_t function, uint32_t argc,
			    uint32_t argv[]);

#ifdef __cplusplus
}
#endif

#endif /* WASM_EXPORT_H */
