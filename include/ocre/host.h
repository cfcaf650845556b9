/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the contract between an engine and the functions that a guest may import. It names no
 * engine: a host module is a name and a table, and everything a host function may do goes through
 * the struct ocre_call that it is given.
 */
#ifndef OCRE_HOST_H
#define OCRE_HOST_H

#include <ocre/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_call;

/* What a host function returns. */
enum ocre_host_result {
	OCRE_HOST_DONE = 0, /* call->ret holds the results */
	OCRE_HOST_PARK = 1, /* call->park says until when; the function is called again then */
	OCRE_HOST_EXIT = 2, /* the guest ends; call->exit_code is its exit status */
	OCRE_HOST_TRAP = 3, /* the guest traps; call->message (static text) says why */
};

/* Most arguments and results that a host function in a table may have. */
#define OCRE_HOST_MAX_ARGS    16
#define OCRE_HOST_MAX_RESULTS 1

/*
 * One function of a host module. `sig` lists the parameters, a colon and the result: i (i32),
 * I (i64), f (f32), F (f64). "iI:i" takes an i32 and an i64 and returns an i32; "i:" returns
 * nothing. An import with another type does not bind to it.
 */
struct ocre_host_func {
	const char *name;
	const char *sig;
	int (*fn)(struct ocre_call *call);
};

/* A host module: constant data, may be shared by any number of instances and threads. */
struct ocre_host_module {
	const char *name; /* the import module name */
	const struct ocre_host_func *funcs;
	size_t count;
};

/* Readiness of a descriptor of the port that a parked call waits for. */
struct ocre_park_fd {
	int32_t fd;
	uint8_t events; /* OCRE_PARK_READ, OCRE_PARK_WRITE */
};
#define OCRE_PARK_READ	1
#define OCRE_PARK_WRITE 2
#define OCRE_PARK_FDS	8

/*
 * Why a call parks: it is continued when `deadline_ns` (monotonic clock of the port) has passed, or
 * one of `fds` is ready, or somebody wakes the instance, whichever comes first. A call may also be
 * continued early; it then parks again.
 */
struct ocre_park {
	uint64_t deadline_ns; /* UINT64_MAX: no deadline */
	uint32_t fd_count;
	struct ocre_park_fd fds[OCRE_PARK_FDS];
};

/*
 * What a parked call remembers. Zero when the call is made, kept from park to continuation, and
 * free of pointers: a parked guest could be written to a file.
 */
#define OCRE_PARK_RECORD 4
struct ocre_park_record {
	uint64_t word[OCRE_PARK_RECORD];
};

/* How host functions reach guest memory; an engine provides it. Addresses are guest addresses. */
struct ocre_call_ops {
	/*
	 * `size` bytes of guest memory at `addr` as one contiguous range, or NULL when any byte of
	 * it lies outside. Valid until the function returns or fetches another range, which may
	 * move this one. A `size` of 0 gives a non-NULL pointer when `addr` is not beyond the end
	 * of memory.
	 */
	void *(*memory)(struct ocre_call *call, uint32_t addr, uint32_t size);
};

struct ocre_call {
	const struct ocre_call_ops *ops;
	void *engine;  /* private to the engine */
	void *host;    /* the pointer that was given with the host module at link time */
	uint64_t *arg; /* arguments, each in the low bits, zero extended */
	uint64_t ret[OCRE_HOST_MAX_RESULTS];
	bool resumed; /* this continues a call that parked */
	uint32_t exit_code;
	const char *message;
	uint64_t charge;	/* in: 0; out: budget units to charge beyond the call itself */
	struct ocre_park *park; /* to be filled before OCRE_HOST_PARK */
	struct ocre_park_record *record; /* see above */
};

static inline uint32_t ocre_arg_u32(const struct ocre_call *call, unsigned int n)
{
	return (uint32_t)call->arg[n];
}

static inline uint64_t ocre_arg_u64(const struct ocre_call *call, unsigned int n)
{
	return call->arg[n];
}

/* See struct ocre_call_ops. */
static inline void *ocre_call_memory(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	return call->ops->memory(call, addr, size);
}

/* Little-endian stores and loads, since guest memory is little-endian on every host. */
static inline void ocre_put_u16(void *at, uint16_t v)
{
	uint8_t *p = (uint8_t *)at;

	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void ocre_put_u32(void *at, uint32_t v)
{
	uint8_t *p = (uint8_t *)at;

	ocre_put_u16(p, (uint16_t)v);
	ocre_put_u16(p + 2, (uint16_t)(v >> 16));
}

static inline void ocre_put_u64(void *at, uint64_t v)
{
	uint8_t *p = (uint8_t *)at;

	ocre_put_u32(p, (uint32_t)v);
	ocre_put_u32(p + 4, (uint32_t)(v >> 32));
}

static inline uint16_t ocre_get_u16(const void *at)
{
	const uint8_t *p = (const uint8_t *)at;

	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t ocre_get_u32(const void *at)
{
	const uint8_t *p = (const uint8_t *)at;

	return (uint32_t)ocre_get_u16(p) | (uint32_t)ocre_get_u16(p + 2) << 16;
}

static inline uint64_t ocre_get_u64(const void *at)
{
	const uint8_t *p = (const uint8_t *)at;

	return (uint64_t)ocre_get_u32(p) | (uint64_t)ocre_get_u32(p + 4) << 32;
}

#ifdef __cplusplus
}
#endif

#endif /* OCRE_HOST_H */
