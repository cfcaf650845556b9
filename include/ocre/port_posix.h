/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_posix.h - the port to Linux, as ports/posix implements it. Descriptors of the port are file
 * descriptors of the process: 0, 1 and 2 are the standard streams.
 */
#ifndef OCRE_PORT_POSIX_H
#define OCRE_PORT_POSIX_H

#include <pthread.h>

#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_port_posix {
	struct ocre_port port; /* give this to whoever wants a port */
	int wake_read;	       /* private from here on */
	int wake_write;
	bool has_openat2;
	struct ocre__posix_lookups *lookups; /* names of hosts that are being looked up */
};

/* Do not use openat2() even where the kernel has it: paths are walked one by one. */
#define OCRE_PORT_POSIX_WALK 1u

/*
 * Needs two descriptors. On failure nothing is held; returns a negative number of OCRE_ERRNO_LIST.
 * The struct must not move while it is in use. The program should ignore SIGPIPE, since a guest may
 * write to a pipe that nobody reads.
 */
int ocre_port_posix_init(struct ocre_port_posix *posix, unsigned int flags);
void ocre_port_posix_deinit(struct ocre_port_posix *posix);

/* Memory of the C library, for a context's `resize` or a struct ocre_mem; `ctx` is not used. */
void *ocre_port_posix_resize(void *ctx, void *ptr, size_t old_size, size_t new_size);

/*
 * Linear memory in reserved address space, for struct ocre_store_options of engine.h. Constant,
 * needs no context, may be shared by all threads.
 */
struct ocre_memory_ops;
extern const struct ocre_memory_ops ocre_memory_posix;

/*
 * The same with a memory: a few reservations are kept, wiped, for the next instance of the same
 * size. For programs that start instances again and again. Any thread may use the ops; init and
 * deinit belong to one, and at deinit every memory from the pool must have been released.
 */
#define OCRE_MEMORY_POOL_SLOTS 4
struct ocre_memory_pool {
	pthread_mutex_t mutex; /* private, all of it */
	struct ocre_memory_slot {
		void *base;
		size_t size;
		size_t usable; /* bytes that can be read and written */
		size_t used;   /* bytes that the present owner committed */
		bool in_use;
	} slots[OCRE_MEMORY_POOL_SLOTS];
};

void ocre_memory_pool_init(struct ocre_memory_pool *pool);
void ocre_memory_pool_deinit(struct ocre_memory_pool *pool);
/* Fills `ops`; they are valid as long as the pool. */
void ocre_memory_pool_ops(struct ocre_memory_pool *pool, struct ocre_memory_ops *ops);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_POSIX_H */
