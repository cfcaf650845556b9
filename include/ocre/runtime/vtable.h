/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vtable.h - a runtime of your own for containers of the Ocre API: firmware on another core, a
 * process, a virtual machine. Each of its containers has a thread of its own while it runs. On a
 * platform without pthreads and semaphores there are none: the structure stays incomplete.
 * <ocre/driver.h> is what the runtimes that Ocre brings are made with.
 */
#ifndef OCRE_RUNTIME_VTABLE_H
#define OCRE_RUNTIME_VTABLE_H

#include <stddef.h>

#if defined(__has_include)
#if __has_include(<pthread.h>) && __has_include(<semaphore.h>)
#define OCRE_HAS_RUNTIME_VTABLE 1
#endif
#else
#define OCRE_HAS_RUNTIME_VTABLE 1
#endif

#ifdef OCRE_HAS_RUNTIME_VTABLE
#include <pthread.h>
#include <semaphore.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_runtime_vtable;

#ifdef OCRE_HAS_RUNTIME_VTABLE

/*
 * Functions that return int return 0 for success. `init`, `deinit`, `stop`, `pause` and `unpause`
 * may be NULL, the others not. `runtime_context` is what `create` gave. The functions of one
 * container may be called from several threads; one of stop, kill, pause and unpause at a time.
 */
struct ocre_runtime_vtable {
	const char *const runtime_name; /* what containers are created with */

	/* By ocre_initialize(), and by ocre_deinitialize() when init() had gone well. */
	int (*init)(void);
	int (*deinit)(void);

	/*
	 * A container that does not run; never NULL on success. `img_path` is not checked before:
	 * whether there is a file, and what is in it, is the runtime's to say. `workdir` is the
	 * container's directory when it has the capability "filesystem", else NULL. The lists are
	 * NULL-terminated, or NULL when they are empty; argv does not have the program's name. All
	 * of these strings live until `destroy` has returned. The descriptors are never -1.
	 */
	void *(*create)(const char *container_id, const char *img_path, const char *workdir,
			const char **capabilities, const char **argv, const char **envp,
			const char **mounts, int stdin_fd, int stdout_fd, int stderr_fd);

	/* Only while it neither runs nor is paused. What it returns does not matter. */
	int (*destroy)(void *runtime_context);

	/*
	 * On a thread of its own: run the container, and return its exit code when it has ended.
	 * It posts `sem` once the container can be killed; one that returns without having posted
	 * it could not be started. One that does not post it for CONFIG_OCRE_RUNTIME_READY_MS is
	 * killed and given up. `sem` may be used until the function returns.
	 */
	int (*thread_execute)(void *runtime_context, sem_t *sem);

	/*
	 * `stop` (please end) is called while it runs or is paused, `kill` (end now) and `pause`
	 * while it runs, `unpause` while it is paused. They may return before the container has
	 * obeyed. Without `stop`, or when it fails, the container is killed. Without `unpause` a
	 * paused container is killed as it is.
	 */
	int (*stop)(void *runtime_context);
	int (*kill)(void *runtime_context);
	int (*pause)(void *runtime_context);
	int (*unpause)(void *runtime_context);
};

#endif /* OCRE_HAS_RUNTIME_VTABLE */

#ifdef __cplusplus
}
#endif

#endif /* OCRE_RUNTIME_VTABLE_H */
