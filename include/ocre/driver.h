/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver.h - the contract between the container core and what really runs a container: a
 * WebAssembly engine, firmware on another core, a Linux container. The core knows nothing but this.
 *
 * Two kinds. A driver with `run` is sliced: the core calls it with a budget, and between two slices
 * nothing of the container runs, so that the core alone decides about pausing and killing. A driver
 * without `run` starts something that runs by itself, is told what to do by `signal`, and reports
 * the end by the `exited` function that it was opened with.
 */
#ifndef OCRE_DRIVER_H
#define OCRE_DRIVER_H

#include <ocre/base.h>
#include <ocre/host.h>
#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why a container's life ended. */
enum ocre_end {
	OCRE_END_NONE,	 /* it has not */
	OCRE_END_EXIT,	 /* the guest returned or exited; `code` is its own */
	OCRE_END_TRAP,	 /* the guest trapped; `text` says how and where */
	OCRE_END_KILLED, /* by ocre_container_kill(), or by stop after the grace period */
	OCRE_END_LIMIT,	 /* its budget is used up; `text` says which limit it was */
	OCRE_END_ERROR,	 /* it could not be started */
};

struct ocre_end_info {
	enum ocre_end end;
	int32_t code;
	char text[512]; /* lines, the first one the reason, then the backtrace; may be empty */
};

/* What a slice came to. */
enum ocre_slice {
	OCRE_SLICE_END,	   /* the life has ended: info says how */
	OCRE_SLICE_BUDGET, /* the budget is used up; there is more to do */
	OCRE_SLICE_PARKED, /* nothing to do until park says so */
};

struct ocre_slice_info {
	const struct ocre_park *park; /* PARKED; valid until the next slice */
	struct ocre_end_info *end;    /* room that the core gives; filled when the life ends */
	uint64_t used;		      /* budget units of this slice */
	uint64_t host_calls;	      /* host calls of this life, so far */
};

enum ocre_signal {
	OCRE_SIGNAL_STOP, /* please end */
	OCRE_SIGNAL_KILL,
	OCRE_SIGNAL_PAUSE,
	OCRE_SIGNAL_UNPAUSE,
};

/* What a driver is opened with, for one context. */
struct ocre_driver_env {
	struct ocre_mem *mem;
	const struct ocre_port *port;
	const void *config; /* what the application gave for this driver */
	/*
	 * Drivers without `run`, from any thread: the life of `guest` has ended. The last call for
	 * this life; `end` is copied.
	 */
	void (*exited)(struct ocre_guest *guest, const struct ocre_end_info *end);
};

/*
 * An image that a driver can make containers from. A driver without `run` gets the path of a file
 * alone, which the core neither opens nor looks for.
 */
struct ocre_driver_image {
	struct ocre_bytes bytes; /* stay until `unload` */
	struct ocre_bytes code;	 /* likewise: prepared for this build, and trusted; may be empty */
	const char *path;	 /* of the image's file, NULL when there is none */
};

struct ocre_driver_options {
	uint32_t stack_size; /* guest stack; 0: the driver's default */
	uint32_t heap_size;  /* room for what the host hands to the guest; 0: default */
	const char *entry;   /* function to call; NULL: the usual search */
};

/*
 * The context that all calls get first is what `open` gave. An image may be loaded on one thread
 * and used on others; a container (`object`) is used by one thread at a time.
 */
struct ocre_driver {
	const char *name;	    /* "wamr/wasip1" and the like: what a container asks for */
	const char *const *aliases; /* other names for it, NULL-terminated; may be NULL */

	int (*open)(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag);
	void (*close)(void *driver);

	/* Check an image and make ready what all its containers share. */
	int (*load)(void *driver, const struct ocre_driver_image *image, void **loaded,
		    struct ocre_diag *diag);
	void (*unload)(void *driver, void *loaded);

	/*
	 * A container that is not started; everything it holds is charged to guest->mem. `loaded`
	 * and `guest` outlive it. Proves that it can be started, as far as that can be known.
	 */
	int (*create)(void *driver, void *loaded, struct ocre_guest *guest,
		      const struct ocre_driver_options *options, void **object,
		      struct ocre_diag *diag);
	/* No life is running. */
	void (*destroy)(void *object);

	/* Begin a life with everything fresh. On failure there is none. */
	int (*start)(void *object, struct ocre_diag *diag);
	/*
	 * The life is over, or is to be over at once: give back all that it held. Sliced drivers:
	 * also while it is parked or out of budget. Others: only after `exited`.
	 */
	void (*end)(void *object);

	/* A slice of at most `budget` units. NULL: the driver is not sliced. */
	enum ocre_slice (*run)(void *object, uint64_t budget, struct ocre_slice_info *info);
	/*
	 * Sliced drivers: OCRE_SIGNAL_STOP only, and only when the guest registered a dispatcher
	 * or exports a callback for OCRE_EVENT_STOP: the event is in the queue, see to it that the
	 * guest gets it. May be NULL. Others: all of them; OCRE_E_UNSUPPORTED for what it cannot.
	 * Those get STOP and KILL at most once in a life, and PAUSE and UNPAUSE by turns.
	 */
	int (*signal)(void *object, enum ocre_signal signal);

	/*
	 * What it costs now: bytes of memory that the guest sees as its own. May be NULL.
	 */
	size_t (*guest_memory)(void *object);
};

/* A driver and what to open it with. */
struct ocre_driver_choice {
	const struct ocre_driver *driver;
	const void *config;
};

#ifdef __cplusplus
}
#endif

#endif /* OCRE_DRIVER_H */
