/* SPDX-License-Identifier: Apache-2.0 */
/* context.h - the containers of a context. */
#ifndef OCRE_CONTEXT_H
#define OCRE_CONTEXT_H

#include <stdbool.h>

#include <ocre/container.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_context;

/* Each list ends with NULL, or is NULL. All is copied. */
struct ocre_container_args {
	const char **argv; /* the guest's arguments from argv[1] on; argv[0] is the image's name */
	const char **envp; /* "VAR=value" */
	/*
	 * "filesystem": a directory of its own as "/"; "networking": sockets and names without
	 * bounds; "ocre:api": timers, messages, GPIO, sensors. docs/permissions.md has narrower
	 * ones. A name that is not known means nothing.
	 */
	const char **capabilities;
	/* "SOURCE:DESTINATION": a directory of the host, a path of the guest other than "/", both
	 * absolute; with ":ro" after it, to be read only. */
	const char **mounts;
};

/*
 * Make a container from `context`'s images/`image`.
 *
 * `runtime`: NULL is "wamr/wasip1". `container_id`: NULL makes one up, seven hexadecimal digits.
 * `detached`: ocre_container_start() returns when the guest runs, not when it has ended.
 * `arguments` may be NULL. The descriptors are borrowed until the container is removed; -1 is the
 * process's own 0, 1 or 2.
 *
 * NULL on failure, with nothing held: a bad name, an id that is in use, an image that is not there
 * or is not valid, a runtime that is not known, a mount or a capability that cannot be.
 */
struct ocre_container *ocre_context_create_container(struct ocre_context *context,
						     const char *image, const char *const runtime,
						     const char *container_id, bool detached,
						     const struct ocre_container_args *arguments,
						     int stdin_fd, int stdout_fd, int stderr_fd);

/* NULL when there is none. */
struct ocre_container *ocre_context_get_container_by_id(struct ocre_context *context,
							const char *id);

/*
 * Remove a container that is CREATED, STOPPED or ERROR, and what it stored. Calls of other threads
 * that are about to return from it are waited for. 0, or -1 and nothing is changed: it runs or is
 * paused, or is not of this context.
 */
int ocre_context_remove_container(struct ocre_context *context, struct ocre_container *container);

/* How many there are, or -1. */
int ocre_context_get_container_count(struct ocre_context *context);

/* Stores up to `max_size` of them, in the order in which they were created; returns how many it
 * stored, or -1. */
int ocre_context_get_containers(struct ocre_context *context, struct ocre_container **containers,
				int max_size);

/* As it was given to ocre_create_context(), or what NULL came to. Lives as long as the context. */
const char *ocre_context_get_working_directory(const struct ocre_context *context);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CONTEXT_H */
