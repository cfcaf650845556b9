/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre_container_runtime.h - the Ocre runtime API, as its document has it ("v0"): one runtime for
 * each process, and up to MAX_CONTAINERS containers in it, known by small numbers. docs/v0.md says
 * how programs are built with it.
 *
 * What the document leaves open is so:
 *
 * - Every call is synchronous: what it returns is the outcome. Any call may come from any thread,
 *   but not from a host function (NativeSymbol).
 * - A callback that is not NULL is called exactly once for each call that it is given to, whether
 *   that was done or refused: on the caller's thread, after the outcome is known, before the call
 *   returns. It may itself make any call.
 * - A call that is refused changes nothing. A bad container id, a `ctx` that is not the one that
 *   was initialized, and NULL where something is needed, are refused. Why a call was refused is
 *   said in the log, and in the container's ocre_runtime_arguments.error_buf where there is one.
 * - ocre_api_functions ends with an entry whose `symbol` is NULL. The functions are for every
 *   container, under the module name `env`, and take precedence over the defaults, which are there
 *   too. The array is copied; names, signatures and attachments must stay until the runtime is
 *   destroyed. See <wasm_export.h> for what these functions may be.
 * - The entry of a module is _start, else main, __main_argc_argv or _main, else on_init, else run.
 * - A container whose guest returns or exits, with whatever exit code, or is stopped, is STOPPED.
 *   One that trapped, or ran into a limit, is ERROR. Both can be run again.
 * - UNRESPONSIVE is a container that for a whole watchdog_interval wanted to run and called no host
 *   function: an endless loop. One that sleeps or waits is alive. When the guest shows life again
 *   it is RUNNING again. It is restarted automatically only when it was created with a WDT for
 *   which ocre_healthcheck_set_restart() was called.
 * - A container may use the Ocre guest API (`ocre:api`), the functions of ocre_api_functions, and
 *   files of its own; nothing else. Its files lie in a directory that it sees as `/`, under
 *   containers/ of the storage. They go when the container is destroyed; when the runtime is, or
 * the process ends, they stay, for the next container of the same name.
 */
#ifndef OCRE_CONTAINER_RUNTIME_H
#define OCRE_CONTAINER_RUNTIME_H

/* Programs for this API expect these to come with it. */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib_export.h>
#include <wasm_export.h>

#include <ocre/ocre_healthcheck.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MAX_CONTAINERS	     10
#define FILE_PATH_MAX	     256
#define OCRE_CR_INIT_TIMEOUT 500
#define OCRE_CR_DEBUG_ON     0

typedef enum {
	RUNTIME_STATUS_UNKNOWN,
	RUNTIME_STATUS_INITIALIZED,
	RUNTIME_STATUS_DESTROYED,
	RUNTIME_STATUS_ERROR
} ocre_container_runtime_status_t;

typedef enum {
	CONTAINER_STATUS_UNKNOWN,
	CONTAINER_STATUS_CREATED,
	CONTAINER_STATUS_RUNNING,
	CONTAINER_STATUS_STOPPED,
	CONTAINER_STATUS_DESTROYED,
	CONTAINER_STATUS_UNRESPONSIVE, /* runs, and its watchdog has expired */
	CONTAINER_STATUS_ERROR,
} ocre_container_status_t;

/* Not used by any call. */
typedef enum {
	OCRE_CONTAINER_PERM_READ_ONLY,
	OCRE_CONTAINER_PERM_READ_WRITE,
	OCRE_CONTAINER_PERM_EXECUTE
} ocre_container_permissions_t;

/*
 * Written by the runtime, never read: `size` is the size of the module, the sizes are those that
 * apply, error_buf has the words of the last failure. The pointers are NULL, since the runtime
 * keeps what they would show to itself.
 */
typedef struct ocre_runtime_arguments_t {
	uint32_t size;
	char *buffer;
	char error_buf[128];
	wasm_module_t module;
	wasm_module_inst_t module_inst;
	wasm_function_inst_t func;
	wasm_exec_env_t exec_env;
	uint32_t stack_size; /* bytes */
	uint32_t heap_size;  /* bytes */
} ocre_runtime_arguments_t;

typedef struct ocre_container_data_t {
	/* At most 15 bytes, any of them; no two containers at a time have the same. Not empty. */
	char name[16];
	/*
	 * Names the file images/<sha256>.bin of the storage. 64 hexadecimal digits are the file's
	 * SHA-256, which is checked; anything else is just a name, without a slash.
	 */
	char sha256[70];
	uint32_t stack_size; /* bytes of guest stack; 0: default_stack_size */
	/* Bytes for what the host hands to the guest (messages, module_malloc); 0: default. It is
	 * no limit for the guest's own memory. */
	uint32_t heap_size;
	ocre_healthcheck WDT;  /* NULL, or see ocre_healthcheck.h; copied */
	int watchdog_interval; /* milliseconds; 0: none, or that of WDT */
	int timers;	       /* most timers that it may have; 0: the default, 16 */
} ocre_container_data_t;

typedef struct ocre_container_runtime_init_arguments_t {
	uint32_t default_stack_size;	  /* 0: the engine's default */
	uint32_t default_heap_size;	  /* likewise */
	int maximum_containers;		  /* 1 to MAX_CONTAINERS; 0: MAX_CONTAINERS */
	NativeSymbol *ocre_api_functions; /* ends with symbol == NULL; NULL: the defaults alone */
} ocre_container_init_arguments_t;

typedef struct ocre_container_t {
	ocre_runtime_arguments_t ocre_runtime_arguments;
	ocre_container_status_t container_runtime_status; /* when a call last looked */
	ocre_container_data_t ocre_container_data;
} ocre_container_t;

/* Must stay until the runtime is destroyed. Written by the runtime, never read; ask the calls. */
typedef struct ocre_cs_ctx {
	ocre_container_t containers[MAX_CONTAINERS];
	int current_container_id; /* of the container created last */
	int download_count;	  /* containers that there are */
} ocre_cs_ctx;

typedef void (*ocre_container_runtime_cb)(void);

/*
 * RUNTIME_STATUS_INITIALIZED, or RUNTIME_STATUS_ERROR: there is a runtime already, an argument is
 * out of range, a host function has a signature that cannot be, the storage cannot be made. `ctx`
 * need not be initialized. Makes the storage as ocre_app_storage_init() does.
 */
ocre_container_runtime_status_t ocre_container_runtime_init(ocre_cs_ctx *ctx,
							    ocre_container_init_arguments_t *args);

/*
 * Kill and remove all containers, and the runtime; another may be initialized then. Waits for calls
 * of other threads that are in progress. Returns RUNTIME_STATUS_DESTROYED, also when there is no
 * runtime.
 */
ocre_container_status_t ocre_container_runtime_destroy(void);

/*
 * Load, check and link the module. CONTAINER_STATUS_CREATED and the id in *container_id, or
 * CONTAINER_STATUS_ERROR: no such file, not a valid module, a SHA-256 that does not match, the name
 * is taken, no free slot, no memory. Then *container_id is untouched and nothing is held.
 */
ocre_container_status_t
ocre_container_runtime_create_container(ocre_cs_ctx *ctx,
					struct ocre_container_data_t *container_data,
					int *container_id, ocre_container_runtime_cb callback);

/*
 * Begin a life, with fresh memory, of a container that does not run. CONTAINER_STATUS_RUNNING when
 * the guest has started (it may have ended already), or CONTAINER_STATUS_ERROR.
 */
ocre_container_status_t ocre_container_runtime_run_container(ocre_cs_ctx *ctx, int container_id,
							     ocre_container_runtime_cb callback);

/*
 * CONTAINER_STATUS_DESTROYED for a container that was destroyed, as long as its id is not used
 * again; CONTAINER_STATUS_ERROR for an id that never was one.
 */
ocre_container_status_t ocre_container_runtime_get_container_status(ocre_cs_ctx *ctx,
								    int container_id);

/*
 * Ask the guest to end where it can be asked, then kill it. CONTAINER_STATUS_STOPPED when it no
 * longer runs, also when it did not run any more; CONTAINER_STATUS_ERROR when it was never run.
 */
ocre_container_status_t ocre_container_runtime_stop_container(ocre_cs_ctx *ctx, int container_id,
							      ocre_container_runtime_cb callback);

/* Stop it if need be, and free its id. CONTAINER_STATUS_DESTROYED, or CONTAINER_STATUS_ERROR. */
ocre_container_status_t
ocre_container_runtime_destroy_container(ocre_cs_ctx *ctx, int container_id,
					 ocre_container_runtime_cb callback);

/*
 * Stop it if need be, and run it again with fresh memory and a fresh watchdog.
 * CONTAINER_STATUS_RUNNING, or CONTAINER_STATUS_ERROR when it was never run or cannot be started.
 */
ocre_container_status_t
ocre_container_runtime_restart_container(ocre_cs_ctx *ctx, int container_id,
					 ocre_container_runtime_cb callback);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CONTAINER_RUNTIME_H */
