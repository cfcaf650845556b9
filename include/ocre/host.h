/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the contract between an engine and the functions that a guest may import, and between
 * those and the container that the guest is. It names no engine: a host module is a name and a
 * table, and everything a host function may do goes through the struct ocre_call that it is given,
 * and the struct ocre_guest that its object was made for.
 */
#ifndef OCRE_HOST_H
#define OCRE_HOST_H

#include <ocre/base.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_call;
struct ocre_port;

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
 * What a container may be allowed to do; see docs/permissions.md for the grants that allow it. Each
 * is checked when a function that needs it is linked (is there any grant for it at all?), and,
 * where arguments matter, again by the function itself with a struct ocre_action.
 */
enum ocre_action_kind {
	OCRE_ACTION_NONE = 0,	/* nothing is needed */
	OCRE_ACTION_API,	/* the functions of the guest API that need no finer grant */
	OCRE_ACTION_FILE_READ,	/* name: absolute path as the guest has it */
	OCRE_ACTION_FILE_WRITE, /* likewise */
	OCRE_ACTION_CONNECT,	/* name or address, protocol, port */
	OCRE_ACTION_LISTEN,	/* address, protocol, port */
	OCRE_ACTION_RESOLVE,	/* name of a host */
	OCRE_ACTION_PUBLISH,	/* name: topic */
	OCRE_ACTION_SUBSCRIBE,	/* name: topic filter */
	OCRE_ACTION_GPIO_READ,	/* port, pin */
	OCRE_ACTION_GPIO_WRITE, /* port, pin */
	OCRE_ACTION_SENSOR,	/* name of the sensor */
	OCRE_ACTION_TIMER,	/* count: how many timers it would have then */
	OCRE_ACTION_ENV,	/* name of the variable */
	OCRE_ACTION_THREAD,	/* count: how many threads it would have then */
	OCRE_ACTION_NATIVE,	/* functions that the embedder registered; name: of the function */
	OCRE_ACTION_KINDS
};

enum ocre_protocol {
	OCRE_PROTOCOL_TCP,
	OCRE_PROTOCOL_UDP,
};

/* One thing that a container is about to do. Fields that the kind does not name are zero. */
struct ocre_action {
	enum ocre_action_kind kind;
	const char *name; /* not NUL-terminated */
	size_t name_size;
	enum ocre_protocol protocol;
	uint8_t address[16];  /* IPv6, or IPv4 in the first four bytes, network order */
	uint8_t address_size; /* 0, 4 or 16 */
	uint32_t port;	      /* of the network, or of GPIO */
	uint32_t pin;
	uint32_t count;
};

/*
 * One function of a host module. `sig` lists the parameters, a colon and the result: i (i32),
 * I (i64), f (f32), F (f64). "iI:i" takes an i32 and an i64 and returns an i32; "i:" returns
 * nothing. An import with another type does not bind to it.
 *
 * A function whose `action` the container has no grant for is not bound: the call returns `denied`
 * (as an i32, i64, or a float of that value), and the missing grant is logged once. The grant for
 * OCRE_ACTION_NATIVE is one for this function, by its name.
 */
struct ocre_host_func {
	const char *name;
	const char *sig;
	int (*fn)(struct ocre_call *call);
	enum ocre_action_kind action;
	int16_t denied;
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
	uint8_t events; /* OCRE_PARK_EVENTS, OCRE_PARK_CALLBACKS */
};
/* An event for the container that the guest would take itself ends the park. */
#define OCRE_PARK_EVENTS    1u
/* An event that the guest takes by an exported callback runs it on top of the parked call. */
#define OCRE_PARK_CALLBACKS 2u

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
	/*
	 * Room in guest memory for something that the host hands to the guest: its address, or 0
	 * when there is none. It may move what memory() gave. `free` takes exactly such addresses
	 * and says whether it was one. They come from the container's heap for the host
	 * (heap_size). NULL where an engine is used without a container.
	 */
	uint32_t (*alloc)(struct ocre_call *call, uint32_t size);
	bool (*free)(struct ocre_call *call, uint32_t addr);
	/*
	 * Call an exported function of the guest, on top of this call: `args` and `ret` as in
	 * struct ocre_call. It runs with at most `budget` units and must not park. OCRE_OK;
	 * OCRE_E_NOTFOUND; OCRE_E_ARGUMENT when its type is not `sig`; otherwise it trapped, and
	 * the caller returns OCRE_HOST_TRAP. It may move what memory() gave.
	 */
	int (*invoke)(struct ocre_call *call, const char *name, const char *sig,
		      const uint64_t *args, uint64_t *ret, uint64_t budget);
	/* Does the guest export a function of this name? NULL where alloc is. */
	bool (*exports)(struct ocre_call *call, const char *name);
};

struct ocre_call {
	const struct ocre_call_ops *ops;
	void *engine; /* private to the engine */
	void *host;   /* the pointer that was given with the host module at link time */
	const struct ocre_host_func *func; /* the row of the table that is called */
	uint64_t *arg;			   /* arguments, each in the low bits, zero extended */
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

/* What ocre_call_string() returns when it is not the length. */
#define OCRE_STRING_OUTSIDE (-1) /* it does not end within guest memory */
#define OCRE_STRING_LONG    (-2) /* `out` holds the first bytes of it, and a NUL */

/*
 * Copy a NUL-terminated string of the guest into `out`, which has room for `room` bytes (at least
 * 1) with the NUL. Its length, or one of the two above. Looks at no more than `room` bytes.
 */
static inline int32_t ocre_call_string(struct ocre_call *call, uint32_t addr, char *out,
				       uint32_t room)
{
	uint32_t step = 64;
	uint32_t n = 0;

	while (n < room) {
		uint32_t want = room - n < step ? room - n : step;
		const char *at = NULL;
		uint32_t i;

		if (n <= UINT32_MAX - addr) {
			at = (const char *)ocre_call_memory(call, addr + n, want);
		}
		if (at == NULL && want > 1) {
			step = want / 2; /* the end of memory is near */
			continue;
		}
		if (at == NULL) {
			return OCRE_STRING_OUTSIDE;
		}
		for (i = 0; i < want; i++) {
			out[n + i] = at[i];
			if (at[i] == '\0') {
				return (int32_t)(n + i);
			}
		}
		n += want;
	}
	out[room - 1] = '\0';
	return OCRE_STRING_LONG;
}

/* ---- what a container offers to its host modules ---- */

/* Events, numbered as guests see them. */
enum ocre_event_type {
	OCRE_EVENT_TIMER = 0,
	OCRE_EVENT_GPIO = 1,
	OCRE_EVENT_SENSOR = 2,
	OCRE_EVENT_MESSAGE = 3,
	OCRE_EVENT_STOP = 16, /* the container is to end; only for guests that registered for it */
};
#define OCRE_EVENT_TYPES 32u

/* One allocation: topic, NUL, content type, NUL, payload. */
struct ocre_message {
	uint32_t topic_size; /* bytes without the NUL */
	uint32_t content_type_size;
	uint32_t payload_size;
	char data[];
};

struct ocre_event {
	uint32_t type; /* enum ocre_event_type */
	uint32_t id;   /* of the timer, the pin or the message */
	uint32_t port; /* of the pin; MESSAGE: 0, or n + 1 for guest->handlers[n] */
	uint32_t state;
	struct ocre_message *message; /* MESSAGE; whoever takes the event frees it */
};

enum ocre_stream {
	OCRE_STREAM_STDOUT = 1,
	OCRE_STREAM_STDERR = 2,
};

struct ocre_guest;

/*
 * "own": only from a host function or a driver that acts for this container at that moment. "any":
 * from any thread, also while the container does not run, until the host object is destroyed.
 */
struct ocre_guest_ops {
	/* Own. Is there any grant for this kind of action? */
	bool (*may)(struct ocre_guest *guest, enum ocre_action_kind kind);
	/* Own. Is this very action allowed? If not, the missing grant is logged (once each). */
	bool (*allowed)(struct ocre_guest *guest, const struct ocre_action *action);
	/*
	 * Own. Grant number `n` of those that name a file or directory: its kind (FILE_WRITE is
	 * both) and its path, not NUL-terminated, in `out`. False: there are not so many.
	 */
	bool (*file_grant)(struct ocre_guest *guest, uint32_t n, struct ocre_action *out);
	/* Own. What the guest wrote to a standard stream: for the container's log. */
	void (*output)(struct ocre_guest *guest, enum ocre_stream stream, const void *data,
		       size_t size);
	/* Any. Is this very action allowed? Nothing is logged. */
	bool (*permits)(struct ocre_guest *guest, const struct ocre_action *action);
	/* Own. A line of ours for the container's log: what was denied, and the like. */
	void (*note)(struct ocre_guest *guest, const char *text);
	/* Any. A parked call is to be continued. */
	void (*wake)(struct ocre_guest *guest);
	/* Own. The guest has shown life itself (ocre_watchdog_kick). */
	void (*kick)(struct ocre_guest *guest);

	/*
	 * Any. Put an event into the container's queue; a message is copied, and charged to the
	 * container. OCRE_E_LIMIT (counted as lost) when the queue is full, OCRE_E_NOMEM.
	 */
	int (*post)(struct ocre_guest *guest, const struct ocre_event *event);
	/*
	 * Own. The oldest event whose type is in `types` (bits), timers that are due included.
	 * OCRE_E_NOTFOUND when there is none. `out->message` then belongs to the caller.
	 */
	int (*take)(struct ocre_guest *guest, uint32_t types, struct ocre_event *out);
	/* Own. Gives a message back. NULL is allowed. */
	void (*release)(struct ocre_guest *guest, struct ocre_message *message);

	/*
	 * Own. Timers of the container: `id` counts from 0 up to the number that it may have.
	 * An event OCRE_EVENT_TIMER with `event_id` comes at `due_ns` of the monotonic clock, and
	 * then every `period_ns` if that is not 0; periods that were missed give one event.
	 * OCRE_E_LIMIT when there is no such id. timer_due: when it is due, 0 when it is not set.
	 */
	int (*timer_set)(struct ocre_guest *guest, uint32_t id, uint32_t event_id, uint64_t due_ns,
			 uint64_t period_ns);
	void (*timer_clear)(struct ocre_guest *guest, uint32_t id);
	uint64_t (*timer_due)(struct ocre_guest *guest, uint32_t id);
};

struct ocre_mount {
	const char *host_path;
	const char *guest_path;
	bool read_only;
};

/*
 * A container as its host modules and its driver see it: made by the container core, constant but
 * for the two masks. Strings and lists live as long as the container.
 */
struct ocre_guest {
	const struct ocre_guest_ops *ops;
	const char *id;
	const char *image;    /* its name, for argv[0] */
	struct ocre_mem *mem; /* the container's counted memory; `threads` is set */
	const struct ocre_port *port;
	const char *const *args; /* args[0] is the name of the program */
	uint32_t arg_count;
	const char *const *env; /* "NAME=value" */
	uint32_t env_count;
	const struct ocre_mount *mounts;
	uint32_t mount_count;
	const char *const *grants; /* as they were given, NULL-terminated; NULL: none */
	int32_t stdio[3];	   /* descriptors of the port, borrowed; -1: the log alone */
	uint32_t max_fds;	   /* open files and sockets */
	uint32_t max_timers;	   /* timers, and ids of them */
	uint32_t max_subscriptions;
	/* Event types (bits) for which the guest registered: it takes them itself. Own. */
	uint32_t dispatchers;
	/*
	 * Event types (bits) that it takes by a callback: it exports one (set by the driver at the
	 * start of a life), or named one itself (below). Own.
	 */
	uint32_t callbacks;
	/*
	 * Exports that the guest named for its messages (ABI of 2025-03). An event whose port is
	 * n + 1 is for handlers[n], of type "i:": it gets the address of the message's structure of
	 * 24 bytes. Own; belongs to the provider of messaging, and ends with its object.
	 */
	const char *const *handlers;
	uint32_t handler_count;
};

/*
 * A family of host modules with one object for each container, and one that all containers of a
 * context share (a message bus, a board). A constant table, chosen by the application.
 */
struct ocre_host_provider {
	const char *name;
	const struct ocre_host_module *const *modules; /* their calls get `object` as call->host */
	uint32_t module_count;
	/*
	 * For a context. `config` is what the application gave for this provider, or NULL. Both
	 * may be NULL: `config` itself is what is shared, and nobody writes to it. `mem` and `port`
	 * outlive it.
	 */
	int (*open)(struct ocre_mem *mem, const struct ocre_port *port, const void *config,
		    void **shared, struct ocre_diag *diag);
	void (*close)(void *shared);
	/* For each life of a container, on any thread. NULL: call->host is `shared`. */
	int (*create)(void *shared, struct ocre_guest *guest, void **object,
		      struct ocre_diag *diag);
	/* Gives back all that the container held. No call runs any more. */
	void (*destroy)(void *object);
};

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
