/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_bare.h - the port to a processor without an operating system: no threads, no files. What it
 * needs of the hardware is a struct ocre_machine; ports/bare/machines has some. What a program does
 * with it:
 *
 *	for (;;) {
 *		uint64_t next = ocre_core_poll(context, 10000);
 *
 *		port.ops->wait(port.ctx, NULL, 0, next, NULL);
 *	}
 *
 * Everything here is called from the one thread that there is; `wake` from interrupts too.
 */
#ifndef OCRE_PORT_BARE_H
#define OCRE_PORT_BARE_H

#include <ocre/base.h>
#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the machine ---- */

/* A part of the flash that a program may write; as in struct ocre_flash of image.h. */
struct ocre_machine_flash {
	const uint8_t *base; /* where it is read */
	uint32_t size;
	uint32_t erase_size;
	uint32_t program_unit;
	/* 0, or another number when it failed. */
	int (*program)(uint32_t offset, const void *data, uint32_t size);
	int (*erase)(uint32_t offset);
};

struct ocre_machine {
	const char *name;
	/* Nanoseconds since the start; never goes back. */
	uint64_t (*now)(void);
	uint64_t resolution_ns;
	/*
	 * Sleep until about `deadline_ns` or until any interrupt. With interrupts held it looks at
	 * `*stop` first and does not sleep when it is set, so that a wake is not missed.
	 */
	void (*sleep)(uint64_t deadline_ns, const volatile uint32_t *stop);
	/* The console. Waits while the wire is busy. */
	void (*write)(const void *data, size_t size);
	/* What came in and was not read yet, at most `size` bytes of it; does not wait. */
	size_t (*read)(void *data, size_t size);
	bool (*readable)(void);
	/* Bytes that nobody can foretell; NULL where the hardware has none. */
	bool (*random)(void *data, size_t size);
	/* Memory that the program does not use itself: all of it can be a pool. */
	void *(*memory)(size_t *size);
	/* Most bytes of the native stack in use so far, and bytes that there are. */
	size_t (*stack_peak)(size_t *size);
	const struct ocre_machine_flash *flash; /* NULL: none that can be written */
	/* Begin again; what is in `flash` stays. Does not return. NULL: it cannot. */
	void (*reset)(void);
	/* The end of the program: `status` is for an emulator. Does not return. */
	void (*halt)(int status);
};

/* ---- memory ---- */

/*
 * Memory from one block that the program gives: first fit, blocks on multiples of two pointers,
 * neighbours that are free become one. Holds nothing for a block in use, since whoever frees says
 * its size.
 */
struct ocre_pool {
	struct ocre_pool_gap *gaps; /* in the order of their addresses */
	size_t size;
	size_t used; /* with what rounding up costs */
	size_t peak;
};

/* `memory` must outlive the pool. */
void ocre_pool_init(struct ocre_pool *pool, void *memory, size_t size);
/* The `resize` of struct ocre_mem and struct ocre_context_config; `pool` is its context. */
void *ocre_pool_resize(void *pool, void *ptr, size_t old_size, size_t new_size);
/* The largest block that can be had now. */
size_t ocre_pool_largest(const struct ocre_pool *pool);

/* ---- guests in flash ---- */

/* A module and its prepared code, as ocre_flash_guest() of cmake/OcreGuest.cmake links them. */
struct ocre_flash_image {
	struct ocre_bytes bytes;
	struct ocre_bytes code;
};

/* ---- the port ---- */

/* Most bytes that a guest writes to the console at once: a few milliseconds of a serial line. */
#define OCRE_PORT_BARE_WRITE 64u

struct ocre_files;

struct ocre_port_bare {
	struct ocre_port port;
	struct ocre_port_ops ops;
	const struct ocre_machine *machine;
	uint64_t realtime_ns; /* what the real time was at the start; the program may set it */
	uint64_t write_ns;    /* the console is to be left alone until then */
	volatile uint32_t woken;
	struct ocre_files *files; /* NULL until port_files.h gives it some */
};

/*
 * Descriptors 0, 1 and 2 are the console; there are no others. The real time begins in 1970 until
 * the program sets realtime_ns. Not to be moved afterwards.
 */
void ocre_port_bare_init(struct ocre_port_bare *bare, const struct ocre_machine *machine);

/* ---- for the two APIs without a context argument: ports/bare/platform ---- */

/* Where ocre/platform/memory.h takes memory, and where log lines go. Before any call of the API. */
void ocre_platform_bare_init(struct ocre_pool *pool, const struct ocre_machine *machine);
/* What was given, or NULL. */
const struct ocre_machine *ocre_platform_bare_machine(void);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_BARE_H */
