/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_zephyr.h - the port to Zephyr: executors are threads of the kernel, so that calls to Ocre
 * may come from any thread (not from interrupts, but for `wake`); guests print where printk() does;
 * files are those of Zephyr's file systems. An application seldom needs this header:
 * <ocre/zephyr.h> puts everything together.
 */
#ifndef OCRE_PORT_ZEPHYR_H
#define OCRE_PORT_ZEPHYR_H

#include <zephyr/kernel.h>

#if defined(CONFIG_OCRE_FILES)
#include <zephyr/fs/fs.h>
#endif

#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- memory ---- */

/*
 * A heap on a block of memory; with CONFIG_OCRE_HEAP_SYSTEM and without a block, the kernel's own
 * (k_aligned_alloc). With CONFIG_OCRE_EXTERNAL_RAM large blocks come from Zephyr's shared
 * multi-heap while it has room.
 */
struct ocre_zephyr_heap {
	struct k_heap heap;
	const uint8_t *from; /* of the block; NULL: none */
	const uint8_t *to;
};

/* `memory` must outlive the heap; it may be NULL with CONFIG_OCRE_HEAP_SYSTEM. */
void ocre_zephyr_heap_init(struct ocre_zephyr_heap *heap, void *memory, size_t size);
/* The `resize` of struct ocre_mem and struct ocre_context_config; `heap` is its context. */
void *ocre_zephyr_heap_resize(void *heap, void *ptr, size_t old_size, size_t new_size);

/* ---- the port ---- */

/* A thread that runs containers. */
struct ocre_zephyr_executor {
	K_KERNEL_STACK_MEMBER(stack, CONFIG_OCRE_STACK_SIZE);
	struct k_thread thread;
	void (*fn)(void *arg);
	void *arg;
	uint32_t turn_ms; /* when others of its priority had theirs */
	bool used;
};

#if defined(CONFIG_OCRE_FILES)
/* Descriptor 3 + index. Directories are paths; nothing of the file system is held for them. */
struct ocre_zephyr_file {
	struct fs_file_t file;
	char *path; /* absolute, from the heap, without a slash at its end; NULL: not in use */
	size_t path_size;
	uint32_t flags; /* OCRE_OPEN_* */
	bool directory;
};

struct ocre_zephyr_files {
	struct k_mutex lock;
	struct ocre_zephyr_file open[CONFIG_OCRE_MAX_FILES];
	/* Of the call in hand. */
	struct fs_dirent entry;
	char path[CONFIG_OCRE_PATH_SIZE];
	char other[CONFIG_OCRE_PATH_SIZE];
};
#endif

struct ocre_port_zephyr {
	struct ocre_port port;
	struct ocre_port_ops ops; /* a program may replace what it has better */
	struct ocre_zephyr_heap *heap;
	uint64_t realtime_ns; /* what the real time was at the start; the program may set it */
	struct k_sem woken;
	struct ocre_zephyr_executor executors[CONFIG_OCRE_EXECUTORS];
#if defined(CONFIG_OCRE_FILES)
	struct ocre_zephyr_files files;
#endif
};

/*
 * Descriptors 1 and 2 are the console, 0 is at its end. Time goes by ticks: a deadline is kept to
 * one of them. `heap` is for the names and contents of files. Not to be moved afterwards; there is
 * nothing to be given back when all its users are gone.
 */
void ocre_port_zephyr_init(struct ocre_port_zephyr *port, struct ocre_zephyr_heap *heap);

/* ---- for the API without a context argument, CONFIG_OCRE_API ---- */

/* Where ocre/platform/memory.h takes memory, and where log lines go. Before any call of the API. */
void ocre_platform_zephyr_init(struct ocre_zephyr_heap *heap,
			       void (*log)(void *ctx, int level, const char *text));

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_ZEPHYR_H */
