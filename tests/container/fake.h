/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake.h - a driver whose guests are scripts, and a port with a clock of its own and no threads, so
 * that the container core can be tested without an engine.
 *
 * A script is the image's bytes: letters, most with a number after them, run in their order.
 *
 *   r N  use N units of budget            b N  the same, and N ns of real time for each unit
 *   p N  park for N milliseconds          P    park for ever
 *   w N  park until an event or N ms, and take one event; "w" alone: for ever
 *   c N  park for N ms with OCRE_PARK_CALLBACKS, taking what comes by a callback
 *   f N  park until descriptor N can be read, and read a byte
 *   h    make a host call                 k    kick the watchdog
 *   d N  register a dispatcher for events of type N
 *   e N  export a callback for events of type N
 *   T N  set timer 0 to N ms, periodic    t    trap
 *   l N  take N ticks of it, and note how late each was
 *   m N  take N bytes or some more, as for a mapping; exit with 1 without them
 *   o N  write N bytes to stdout          x N  exit with N
 *   E    write what would command a terminal
 *   L    again from the beginning
 */
#ifndef TESTS_CONTAINER_FAKE_H
#define TESTS_CONTAINER_FAKE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <ocre/core.h>
#include <ocre/port_posix.h>

#define MS UINT64_C(1000000)

/* What the driver is opened with. */
struct fake_config {
	atomic_int loads;
	atomic_int loaded; /* images now */
	atomic_int objects;
	atomic_int lives;
	atomic_int fail_start; /* so many starts fail */
	atomic_int fail_load;
	atomic_int events; /* taken by guests */
	atomic_int stops;  /* OCRE_EVENT_STOP among them */
	/* Called by the letter `!`, in a slice. */
	void (*hook)(void *ctx);
	void *hook_ctx;
	/* By the letter l, in nanoseconds. */
	uint64_t *late;
	uint32_t late_room;
	atomic_uint late_next;
	atomic_uint late_count; /* that are written */
	/* fake_thread_driver: signals that it got, those that it cannot, and what each takes. */
	atomic_int signals[4];
	atomic_uint unsupported; /* 1 << signal */
	atomic_int signal_ms;
};

extern const struct ocre_driver fake_driver;

/*
 * Who runs the scripts, and what differs by that. It is fake_driver (fake_script.c), or the wasm
 * driver with a module for each script (tests/drivers/fake_wasm.c): the same tests run with both.
 */
struct fake_scripts {
	const struct ocre_driver *driver;
	uint64_t overhead;   /* most units that a few letters take beyond those of r and b */
	size_t guest_memory; /* bytes, without letter m */
	bool lazy_memory;    /* it costs what is touched: less than it has, and later */
};
extern const struct fake_scripts fake_scripts;

/*
 * Not sliced; "fake/thread": each life has a thread of its own, which does a script of these
 * letters. Without threads in the port there is none, and only the first letter counts where it is
 * i or s.
 *
 *   p N  run for N ms, then go on         P    run for ever
 *   s    be deaf to STOP from here on     x N  exit with N
 *   i N  exit with N before start returns
 *
 * STOP ends a life with code 16, KILL with code 9.
 */
extern const struct ocre_driver fake_thread_driver;

/* A port without threads; a microsecond passes with each look at the clock, and time in wait. */
struct fake_port {
	struct ocre_port_posix posix; /* first: its functions for files are used as they are */
	struct ocre_port port;
	struct ocre_port_ops ops;
	uint64_t now_ns;
	uint32_t waits;
	bool woken;
};

void fake_port_init(struct fake_port *port);
void fake_port_deinit(struct fake_port *port);

/* Counted memory, of which any call can be made to fail. */
struct fake_memory {
	atomic_long used;
	atomic_long calls;
	long fail_at;	       /* from this call on; 0: never */
	bool fail_once;	       /* only this one */
	atomic_long fail_each; /* each that is a multiple of this; 0: none */
};
void *fake_resize(void *ctx, void *ptr, size_t old_size, size_t new_size);

/* One context, on either port. */
struct fake {
	bool threads;
	struct fake_port none;
	struct ocre_port_posix posix;
	const struct ocre_port *port;
	struct fake_config config;
	struct fake_memory memory;
	struct ocre_driver_choice drivers[2]; /* fake, fake/thread */
	struct ocre_context_config open;
	struct ocre_context *context;
};

void fake_init(struct fake *fake, bool threads);
void fake_open(struct fake *fake);
/* Everything that was made is gone again. */
void fake_close(struct fake *fake);
void fake_deinit(struct fake *fake);

/* The configuration of a container that runs a script. */
struct ocre_container_config fake_script(const char *id, const char *script);
struct ocre_container *fake_create(struct fake *fake, const char *id, const char *script);
enum ocre_state fake_state(struct ocre_container *container);
/* Let time pass, with containers running. */
void fake_run_for(struct fake *fake, uint64_t ms);
uint64_t fake_now(struct fake *fake);

#endif /* TESTS_CONTAINER_FAKE_H */
