/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of this room share. */
#ifndef OCRE_COMPAT_INTERNAL_H
#define OCRE_COMPAT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/ocre_container_runtime.h>
#include <ocre/platform/memory.h>

/* 0: there is one thread; no host functions that may block, no files of Zephyr's. */
#ifndef OCRE_COMPAT_THREADS
#define OCRE_COMPAT_THREADS 1
#endif

#if OCRE_COMPAT_THREADS
#include <pthread.h>
#endif

/* ---- locks, which one thread does not need ---- */

struct ocre__mutex {
#if OCRE_COMPAT_THREADS
	pthread_mutex_t mutex;
#else
	char none;
#endif
};

static inline void ocre__mutex_init(struct ocre__mutex *m)
{
#if OCRE_COMPAT_THREADS
	pthread_mutex_init(&m->mutex, NULL);
#else
	(void)m;
#endif
}

static inline void ocre__mutex_deinit(struct ocre__mutex *m)
{
#if OCRE_COMPAT_THREADS
	pthread_mutex_destroy(&m->mutex);
#else
	(void)m;
#endif
}

static inline void ocre__mutex_lock(struct ocre__mutex *m)
{
#if OCRE_COMPAT_THREADS
	pthread_mutex_lock(&m->mutex);
#else
	(void)m;
#endif
}

static inline void ocre__mutex_unlock(struct ocre__mutex *m)
{
#if OCRE_COMPAT_THREADS
	pthread_mutex_unlock(&m->mutex);
#else
	(void)m;
#endif
}

/* ---- memory ---- */

/* From user_malloc(), all zero. */
static inline void *ocre__zeroed(size_t size)
{
	void *memory = user_malloc(size);

	if (memory != NULL) {
		memset(memory, 0, size);
	}
	return memory;
}

/* ---- storage.c, or storage_port.c ---- */

/* `name` below the storage as a path of this system, into `path`; as ocre_app_storage_path(). */
int ocre__storage_file(const char *name, char *path, size_t size);

/* ---- image.c ---- */

/* A module's bytes, shared by the containers that have the same ones. */
struct ocre__image {
	const uint8_t *data;
	size_t size;
	unsigned int users;
	const struct ocre_port *port; /* and what it has of the file, when that is a file of its */
	struct ocre_port_file file;
};

/*
 * Read images/<name>.bin into memory of its own, check the digest when `name` is one. On failure
 * nothing is held, and `diag` has the words.
 */
int ocre__image_read(const struct ocre_port *port, const char *name, struct ocre__image **out,
		     struct ocre_diag *diag);
void ocre__image_free(struct ocre__image *image);
bool ocre__image_equal(const struct ocre__image *a, const struct ocre__image *b);

/* image_file.c, or image_port.c: bring the bytes of an image, which is all zero. */
int ocre__image_load(const struct ocre_port *port, const char *name, struct ocre__image *image,
		     struct ocre_diag *diag);
void ocre__image_unload(struct ocre__image *image);

/* ---- native.c ---- */

struct ocre__natives;

/*
 * A provider of the functions that `symbols` has, up to the entry without a symbol. The array is
 * copied. OCRE_E_ARGUMENT when one of them cannot be, and `diag` says which.
 */
int ocre__natives_create(const NativeSymbol *symbols, struct ocre__natives **out,
			 struct ocre_diag *diag);
/* NULL is allowed. No container that has the provider is left. */
void ocre__natives_destroy(struct ocre__natives *natives);
/* The provider, and what it must be opened with. */
struct ocre_provider_choice ocre__natives_choice(struct ocre__natives *natives);

/* ---- runtime.c ---- */

struct ocre__slot {
	struct ocre__mutex busy; /* held for the whole of a call that changes the container */
	/* The rest belongs to runtime.lock. */
	bool used;	/* from the begin of create to the end of destroy */
	bool destroyed; /* the last container that it had was destroyed */
	char name[16];
	struct ocre_container *container; /* NULL until it is created, and when it is destroyed */
	struct ocre__image *image;
};

struct ocre__runtime {
	struct ocre__mutex lock; /* short, never while something is waited for */
	ocre_cs_ctx *ctx;
	struct ocre_context *context;
	struct ocre_context_config config;
	struct ocre__natives *natives;
	/* What the context was opened with, in place of what the choice had. */
	struct ocre_driver_choice *drivers;
	struct ocre_wasm_config wasm;
	struct ocre_provider_choice *providers;
	uint32_t default_stack_size;
	uint32_t default_heap_size;
	int slot_count;
	struct ocre__slot slots[MAX_CONTAINERS];
};

int ocre__runtime_open(ocre_cs_ctx *ctx, const ocre_container_init_arguments_t *args,
		       struct ocre__runtime **out);
void ocre__runtime_close(struct ocre__runtime *runtime);

/* ---- global.c: the one runtime of the process ---- */

/*
 * The runtime, if it was initialized with `ctx`, else NULL. It is not destroyed before the same
 * thread has called ocre__leave().
 */
struct ocre__runtime *ocre__enter(const ocre_cs_ctx *ctx);
/* The same with whatever it was initialized with. */
struct ocre__runtime *ocre__enter_any(void);
void ocre__leave(void);

#endif /* OCRE_COMPAT_INTERNAL_H */
