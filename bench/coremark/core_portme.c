/* SPDX-License-Identifier: Apache-2.0 */
/* core_portme.c - see core_portme.h. */
#include "coremark.h"

#include <time.h>

ee_u32 default_num_contexts = 1;

static CORE_TICKS started, stopped;

static CORE_TICKS now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (CORE_TICKS)t.tv_sec * 1000000000u + (CORE_TICKS)t.tv_nsec;
}

void start_time(void)
{
	started = now();
}

void stop_time(void)
{
	stopped = now();
}

CORE_TICKS get_time(void)
{
	return stopped - started;
}

secs_ret time_in_secs(CORE_TICKS ticks)
{
	return (secs_ret)ticks / 1e9;
}

void *portable_malloc(ee_size_t size)
{
	(void)size;
	return NULL; /* never called with MEM_STATIC */
}

void portable_free(void *p)
{
	(void)p;
}

void portable_init(core_portable *port, int *argc, char *argv[])
{
	(void)argc;
	(void)argv;
	port->portable_id = 1;
}

void portable_fini(core_portable *port)
{
	port->portable_id = 0;
}
