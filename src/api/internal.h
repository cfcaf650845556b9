/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of the Ocre API share. The API has no context argument, so there is
 * one state for the process; it is in library.c, and nothing of it outside.
 */
#ifndef OCRE_API_INTERNAL_H
#define OCRE_API_INTERNAL_H

#include <stdatomic.h>

#include <ocre/core.h>
#include <ocre/ocre.h>
#include <ocre/platform/log.h>

/* 0: there are no pthreads, and so no runtimes of a program's own (vtable.h). */
#ifndef OCRE_API_THREADS
#define OCRE_API_THREADS 1
#endif
/* 1: there are threads all the same; see ocre/platform/lock.h. 0: there is one. */
#ifndef OCRE_API_LOCKS
#define OCRE_API_LOCKS 0
#endif

/* A context of this API. Its strings and its core context are constant while it is pinned. */
struct ocre__home {
	struct ocre__home *next;
	struct ocre_context *context;
	struct ocre_context_config chosen; /* its own, to be closed with it */
	char *workdir;
	uint32_t pins; /* calls that are using it */
	bool going;    /* being destroyed: no more pins */
};

/* What this API knows of a container beyond the core. */
struct ocre__record {
	struct ocre__record *next; /* in its bucket */
	struct ocre_container *container;
	struct ocre__home *home;
	uint32_t pins; /* calls that are using it */
	bool going;    /* being removed: wait and look again */
	atomic_bool detached;
	char id[];
};

/* ---- library.c: handles ---- */

/*
 * Handles come from anywhere, and their objects may go at any time: no call uses one that it has
 * not pinned. NULL when there is no such object. A pinned one stays until it is given back.
 */
struct ocre__home *ocre__pin_context(const struct ocre_context *context);
void ocre__unpin_context(struct ocre__home *home);
struct ocre__record *ocre__pin_container(const struct ocre_container *container);
void ocre__unpin_container(struct ocre__record *record);

/* Remember a container that was made in the pinned `home`. False: out of memory. */
bool ocre__remember(struct ocre__home *home, struct ocre_container *container, const char *id,
		    bool detached);

/*
 * Take a container of `context` away from all other calls, which are waited for, with its home
 * pinned; NULL when it is none, or it runs or is paused. Then either forget it, the object being
 * gone, or give it back.
 */
struct ocre__record *ocre__claim(struct ocre_context *context, struct ocre_container *container);
void ocre__forget(struct ocre__record *record);
void ocre__give_back(struct ocre__record *record);

/* ---- library.c: words ---- */

/* Log that `call` failed, and return -1. `diag` and `name` (of what it was about) may be NULL. */
int ocre__fail(const char *call, const char *name, int status, const struct ocre_diag *diag);

/* ---- vtable.c ---- */

struct ocre_runtime_vtable;

/* NULL, or what is wrong with it. */
const char *ocre__runtime_flaw(const struct ocre_runtime_vtable *vtable);
/* A driver that runs containers by `vtable`, which is its config. */
void ocre__runtime_driver(const struct ocre_runtime_vtable *vtable, struct ocre_driver *out);

#endif /* OCRE_API_INTERNAL_H */
