/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake.h - a guest without an engine: a few pages of memory, calls by name, a temporary directory.
 *
 * The memory is mapped several times, and only the pointer that was fetched last can be used: what
 * keeps one across another fetch crashes. So the tests hold the host functions to the rule that
 * memory in extents demands.
 */
#ifndef OCRE_TESTS_HOST_FAKE_H
#define OCRE_TESTS_HOST_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_posix.h>
#include <ocre/wasi.h>

#define FAKE_SIZE  (4u * 65536u)
#define FAKE_VIEWS 8

/* Where the tests put things in guest memory. */
#define AT_PATH	 0x1000u
#define AT_PATH2 0x2000u
#define AT_IOVS	 0x3000u
#define AT_DATA	 0x4000u
#define AT_OUT	 0x8000u
#define AT_BIG	 0x10000u

struct fake {
	/* The guest. */
	uint8_t *memory; /* always readable and writable, for the test */
	uint8_t *views[FAKE_VIEWS];
	unsigned int view;
	const struct ocre_host_module *module;
	bool no_memory; /* the guest has no memory at all */

	/* The call. */
	struct ocre_call call;
	struct ocre_park park;
	struct ocre_park_record record;
	uint64_t args[OCRE_HOST_MAX_ARGS];
	const struct ocre_host_func *func;

	/* The world. */
	char dir[64]; /* on the host; contains box/ (opened for the guest) and outside/ */
	struct ocre_port_posix posix;
	struct ocre_mem mem;
	size_t held;	       /* by mem's allocator */
	unsigned int allocate; /* how many times more it says yes */
	struct ocre_wasi *wasi;
	struct ocre_wasi_options options;
	char box[80];			      /* the directory that the guest gets */
	struct ocre_wasi_preopen preopens[2]; /* box as /, and box again read-only as /ro */
};

#define FD_BOX 3u
#define FD_RO  4u

/* cmocka fixtures: with openat2 and with the walk. Both make a fresh directory. */
int fake_setup(void **state);
int fake_setup_walk(void **state);
int fake_teardown(void **state);

/* Make the wasi anew from fake->options. */
void fake_restart(struct fake *fake);

/* Call by name. The result, or -1 when it parked (then fake_resume), -2 when the guest ended. */
int fake_call(struct fake *fake, const char *name, ...);
int fake_resume(struct fake *fake);
/* Resume until it does not park any more, waiting as an executor would. */
int fake_finish(struct fake *fake);

/* Put things into guest memory; they return the address. Paths return their length by `size`. */
uint32_t fake_path(struct fake *fake, uint32_t at, const char *path, uint32_t *size);
uint32_t fake_iov(struct fake *fake, uint32_t index, uint32_t addr, uint32_t size);
uint32_t fake_u32(const struct fake *fake, uint32_t addr);
uint64_t fake_u64(const struct fake *fake, uint32_t addr);

/* path_open with everything allowed that the directory can pass on. */
int fake_open(struct fake *fake, uint32_t dir, const char *path, uint32_t lookup, uint32_t oflags,
	      uint64_t rights, uint32_t *fd);
/* Calls of the form (fd, path). */
int fake_at(struct fake *fake, const char *name, uint32_t dir, const char *path);
int fake_write(struct fake *fake, uint32_t fd, const char *text);

/* The host's side: paths are relative to fake->dir. */
void host_write(const struct fake *fake, const char *path, const char *text);
void host_mkdir(const struct fake *fake, const char *path);
void host_symlink(const struct fake *fake, const char *target, const char *path);
bool host_exists(const struct fake *fake, const char *path);
bool host_contains(const struct fake *fake, const char *path, const char *text);

/* WASI's numbers, written here once more on purpose. */
enum {
	E_OK = 0,
	E_ACCES = 2,
	E_ADDRINUSE = 3,
	E_AFNOSUPPORT = 5,
	E_AGAIN = 6,
	E_BADF = 8,
	E_BUSY = 10,
	E_CONNREFUSED = 14,
	E_EXIST = 20,
	E_FAULT = 21,
	E_ILSEQ = 25,
	E_INPROGRESS = 26,
	E_INVAL = 28,
	E_ISCONN = 30,
	E_ISDIR = 31,
	E_LOOP = 32,
	E_MFILE = 33,
	E_MSGSIZE = 35,
	E_NAMETOOLONG = 37,
	E_NOENT = 44,
	E_NOMEM = 48,
	E_NOPROTOOPT = 50,
	E_NOTCONN = 53,
	E_NOTDIR = 54,
	E_NOTEMPTY = 55,
	E_NOTSOCK = 57,
	E_NOTSUP = 58,
	E_PERM = 63,
	E_PIPE = 64,
	E_PROTOTYPE = 67,
	E_ROFS = 69,
	E_NOTCAPABLE = 76,
};

#define R_DATASYNC  (1ull << 0)
#define R_READ	    (1ull << 1)
#define R_SEEK	    (1ull << 2)
#define R_SET_FLAGS (1ull << 3)
#define R_TELL	    (1ull << 5)
#define R_WRITE	    (1ull << 6)
#define R_ALLOCATE  (1ull << 8)
#define R_READDIR   (1ull << 14)
#define R_STAT	    (1ull << 21)
#define R_SET_SIZE  (1ull << 22)
#define R_SET_TIMES (1ull << 23)
#define R_POLL	    (1ull << 27)
#define R_FILE                                                                                     \
	(R_READ | R_WRITE | R_SEEK | R_TELL | R_STAT | R_SET_SIZE | R_SET_TIMES | R_POLL |         \
	 R_SET_FLAGS | R_ALLOCATE)

#define O_CREATE_  1u
#define O_DIR_	   2u
#define O_EXCL_	   4u
#define O_TRUNC_   8u
#define FOLLOW	   1u
#define NOFOLLOW   0u
#define F_APPEND   1u
#define F_NONBLOCK 4u

#endif /* OCRE_TESTS_HOST_FAKE_H */
