/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_portme.h - our port layer for CoreMark, for native hosts and WASI: seeds and iterations
 * from the command line, the monotonic clock, printf. CoreMark itself is not part of this
 * project; bench/run takes it from the folder that COREMARK= names. The names in this file are
 * those that CoreMark asks a port for.
 */
#ifndef CORE_PORTME_H
#define CORE_PORTME_H

#include <stddef.h>
#include <stdint.h>

#define HAS_FLOAT	  1
#define HAS_TIME_H	  1
#define USE_CLOCK	  0
#define HAS_STDIO	  1
#define HAS_PRINTF	  1
#define MAIN_HAS_NOARGC	  0
#define MAIN_HAS_NORETURN 0
#define MULTITHREAD	  1
#define USE_PTHREAD	  0
#define USE_FORK	  0
#define USE_SOCKET	  0

#define SEED_METHOD  SEED_ARG
#define MEM_METHOD   MEM_STATIC
#define MEM_LOCATION "STATIC"

#define COMPILER_VERSION __VERSION__
#ifndef COMPILER_FLAGS
#define COMPILER_FLAGS "-O2"
#endif

typedef int8_t ee_s8;
typedef uint8_t ee_u8;
typedef int16_t ee_s16;
typedef uint16_t ee_u16;
typedef int32_t ee_s32;
typedef uint32_t ee_u32;
typedef float ee_f32;
typedef uintptr_t ee_ptr_int;
typedef size_t ee_size_t;
typedef uint64_t CORE_TICKS; /* nanoseconds */

/* The next address that a word of 4 bytes may have. */
#define align_mem(x) ((void *)(((ee_ptr_int)(x) + 3u) & ~(ee_ptr_int)3u))

typedef struct {
	ee_u8 portable_id;
} core_portable;

extern ee_u32 default_num_contexts;

void portable_init(core_portable *port, int *argc, char *argv[]);
void portable_fini(core_portable *port);

#endif /* CORE_PORTME_H */
