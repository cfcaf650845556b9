/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core_portme.h - our port layer for CoreMark as a module without any import: seeds and iterations
 * as arguments, no clock, and instead of printing, the results are compared with those known. The
 * names in this file are those that CoreMark asks a port for.
 */
#ifndef CORE_PORTME_H
#define CORE_PORTME_H

#include <stddef.h>
#include <stdint.h>

#define HAS_FLOAT	  0
#define HAS_TIME_H	  0
#define USE_CLOCK	  0
#define HAS_STDIO	  0
#define HAS_PRINTF	  0
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
#define COMPILER_FLAGS	 "-O2"

typedef int8_t ee_s8;
typedef uint8_t ee_u8;
typedef int16_t ee_s16;
typedef uint16_t ee_u16;
typedef int32_t ee_s32;
typedef uint32_t ee_u32;
typedef float ee_f32;
typedef uintptr_t ee_ptr_int;
typedef size_t ee_size_t;
typedef uint32_t CORE_TICKS; /* seconds; what main() does with them does not matter */

/* The next address that a word of 4 bytes may have. */
#define align_mem(x) ((void *)(((ee_ptr_int)(x) + 3u) & ~(ee_ptr_int)3u))

typedef struct {
	ee_u8 portable_id;
} core_portable;

extern ee_u32 default_num_contexts;

void portable_init(core_portable *port, int *argc, char *argv[]);
void portable_fini(core_portable *port);
int ee_printf(const char *format, ...);

#endif /* CORE_PORTME_H */
