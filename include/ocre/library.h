/* SPDX-License-Identifier: Apache-2.0 */
/* library.h - begin and end using Ocre; contexts. */
#ifndef OCRE_LIBRARY_H
#define OCRE_LIBRARY_H

#include <ocre/runtime/vtable.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_context;

/*
 * Before everything else. `vtable` is a NULL-terminated list of runtimes of your own, beside
 * "wamr/wasip1", which is always there; NULL: none. The tables must stay until ocre_deinitialize().
 *
 * 0, or -1: a table without a name or without a function that it must have, a name twice, or a
 * runtime's init() that failed. Then nothing is initialized, and the runtimes whose init() went
 * well have been deinitialized. Called again without ocre_deinitialize(), the new list takes the
 * place of the old one, which is possible while there is no context.
 */
int ocre_initialize(const struct ocre_runtime_vtable *const vtable[]);

/*
 * A context keeps its containers beneath a directory: `workdir`/images has the images,
 * `workdir`/containers what containers with the capability "filesystem" store. What is missing is
 * made. NULL: the environment's OCRE_HOME, else CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY.
 *
 * What containers stored earlier stays; a container of the same name finds it again when it was
 * not removed. NULL on failure: not initialized, there is a context with this string, or the
 * directory cannot be made.
 */
struct ocre_context *ocre_create_context(const char *workdir);

/*
 * Kill and remove all its containers; calls of other threads that wait in it fail or return. 0, or
 * -1 for what is no context. Not from a callback.
 */
int ocre_destroy_context(struct ocre_context *context);

/* Destroy all contexts, then deinitialize the runtimes. Without ocre_initialize() nothing. */
void ocre_deinitialize(void);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_LIBRARY_H */
