/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core.h - contexts and containers: create, start, watch, limit, pause, stop, restart, remove. This
 * is all that the container core can do. <ocre/ocre.h>, the present-day Ocre API, and the older
 * runtime API are faces of it; the three can be mixed, since a struct ocre_container is the same
 * thing in all of them.
 *
 * Threads: every call may come from any thread, a callback of the core's included, except where it
 * is said. A call that is not possible in the container's state returns OCRE_E_STATE and changes
 * nothing; docs/lifecycle.md and src/container/states.def have the table. A call with a NULL
 * context or container returns OCRE_E_ARGUMENT.
 */
#ifndef OCRE_CORE_H
#define OCRE_CORE_H

#include <ocre/base.h>
#include <ocre/driver.h>
#include <ocre/host.h>
#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_board;
struct ocre_context;
struct ocre_container;

/* The numbers are those of ocre_container_status_t in <ocre/container.h>. */
enum ocre_state {
	OCRE_STATE_UNKNOWN = 0,
	OCRE_STATE_CREATED,
	OCRE_STATE_RUNNING,
	OCRE_STATE_PAUSED,
	OCRE_STATE_EXITED, /* the life has ended, and is being cleared away */
	OCRE_STATE_STOPPED,
	OCRE_STATE_ERROR, /* it could not be started, or again; can be started again or removed */
};

/* "RUNNING" and the like, never NULL. */
const char *ocre_state_name(enum ocre_state state);

/* ---- contexts ---- */

/* Most executors of a context; more than there are processors do not help. */
#define OCRE_EXECUTORS 256u

struct ocre_context_config {
	/* Where all memory of the context comes from, in the way of struct ocre_mem; must allow any
	 * thread. ocre_port_posix_resize() takes it from the C library. */
	void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
	void *resize_ctx;
	size_t memory_limit; /* of the context and all its containers; 0: none */

	const struct ocre_port *port;		  /* must outlive the context */
	const struct ocre_driver_choice *drivers; /* the first is the default; copied */
	uint32_t driver_count;

	/* Directory with images/ and containers/, made when missing. NULL: images come as bytes,
	 * and containers have no storage of their own. */
	const char *workdir;
	/* Threads that run containers: 0 is one for each processor. Without threads in the port
	 * nothing runs but in ocre_core_poll(). At most OCRE_EXECUTORS. */
	uint32_t executors;
	/* Remove what containers of an earlier context left in containers/. */
	bool clear_storage;
	/* Exit codes: a trap is 134, a kill 137. Without it both are 0, as the Ocre API has it. */
	bool honest_exit_codes;
	uint32_t max_containers; /* 0: no limit */
	/* Lines of ours, for the program's log: level 1 error, 2 warning, 3 information, 4 debug.
	 * May be NULL. From any thread. */
	void (*log)(void *ctx, int level, const char *text);
	void *log_ctx;
	/* Pins and sensors (board.h), for ocre_choice_open() of choice.h; the core itself does not
	 * look at it, its application gives boards to host modules. */
	const struct ocre_board *board;
};

/* On failure nothing is held. */
int ocre_context_open(const struct ocre_context_config *config, struct ocre_context **out,
		      struct ocre_diag *diag);
/*
 * Kills and removes every container, ends all threads of the context. What containers stored stays.
 * No other call may be in progress, nor come from a callback. NULL is allowed.
 */
void ocre_context_close(struct ocre_context *context);

/*
 * Ports without threads: run what is runnable for about `budget` units, in turn. Returns the time
 * of the monotonic clock at which there is something to do again; now or earlier: at once;
 * UINT64_MAX: when an event comes from outside. With threads it does nothing.
 */
uint64_t ocre_core_poll(struct ocre_context *context, uint64_t budget);

/* ---- containers ---- */

enum ocre_restart {
	OCRE_RESTART_NO,
	OCRE_RESTART_ON_FAILURE, /* exit code other than 0, trap, limit; at most restart_max times
				  */
	OCRE_RESTART_ALWAYS,	 /* also after it was stopped, when the context is opened again */
	OCRE_RESTART_UNLESS_STOPPED,
};

/* What a container is. Everything is copied, but `bytes`. Zero is the default of every field. */
struct ocre_container_config {
	const char *id;	   /* NULL: one is made up; see ocre_is_valid_name() in <ocre/common.h> */
	const char *image; /* <workdir>/images/<image>, or with `bytes` just a name */
	struct ocre_bytes bytes; /* the image itself; must stay until the container is removed */
	/*
	 * With `bytes`: what was prepared from them for this build, likewise. Whoever gives it
	 * vouches for both, as a store does that verified their digests. May be empty.
	 */
	struct ocre_bytes code;
	const char *driver; /* NULL: the context's default */

	const char *const
		*args; /* NULL-terminated lists, or NULL; args without the program's name */
	const char *const *env;
	const char *const *mounts; /* "HOST:GUEST[:ro]", both absolute */
	/* Grants, see docs/permissions.md: "filesystem", "ocre:api", "net:connect=...". */
	const char *const *grants;
	const char *entry; /* the function to call; NULL: the usual search */

	bool stdio_set; /* the descriptors below count; otherwise 0, 1, 2 of the process */
	int stdio[3];	/* descriptors of the port, borrowed until it is removed; -1: none */

	/* Limits. 0 takes the default that is given; most have no limit by default. */
	size_t memory_limit;	    /* bytes, everything that it costs: none */
	uint32_t stack_size;	    /* bytes of guest stack: the driver's */
	uint32_t heap_size;	    /* bytes for what the host hands to the guest: the driver's */
	uint32_t cpu_weight;	    /* share among containers that want to run: 100; 1 to 10000 */
	uint32_t cpu_percent;	    /* most of one executor: none; 1 to 100 */
	int32_t priority;	    /* the higher ones run first: 0; -100 to 100 */
	uint64_t budget;	    /* units for one life: none */
	uint32_t max_fds;	    /* 64 */
	uint32_t max_timers;	    /* 16 */
	uint32_t max_subscriptions; /* 32 */
	uint32_t max_events;	    /* in the queue: 32 */
	uint32_t log_bytes;	    /* kept of what it wrote: 4096; UINT32_MAX: none at all */

	uint32_t watchdog_ms; /* runnable for so long without a host call: unresponsive; 0: never */
	/* With the watchdog: only the import `ocre_watchdog_kick` counts as a sign of life. */
	bool watchdog_kick;
	bool watchdog_restart; /* an unresponsive container is killed, which its policy then sees */
	enum ocre_restart restart;
	uint32_t restart_max;	   /* on-failure: so often; 0: no limit */
	uint32_t restart_delay_ms; /* before the first, doubled each time up to 60 s: 100 */
	uint32_t stop_grace_ms;	   /* from stop to kill: 10000 */

	void *user; /* ocre_container_user() */
};

/*
 * Load the image (shared with other containers of the same one), make the container. OCRE_E_BUSY:
 * there is one with this id. On failure nothing is held and *out is untouched.
 */
int ocre_container_create(struct ocre_context *context, const struct ocre_container_config *config,
			  struct ocre_container **out, struct ocre_diag *diag);
/* The container with this id, or NULL. It stays valid until somebody removes it. */
struct ocre_container *ocre_container_find(struct ocre_context *context, const char *id);
/* Up to `max` of them, in the order in which they were created; returns how many there are. */
uint32_t ocre_container_list(struct ocre_context *context, struct ocre_container **out,
			     uint32_t max);
void *ocre_container_user(const struct ocre_container *container);

/* Begin a life. Returns when the guest can run (it may have ended when the caller looks). */
int ocre_core_start(struct ocre_container *container, struct ocre_diag *diag);
/* Hold it where it stands. When this returns nothing of the guest runs any more. */
int ocre_core_pause(struct ocre_container *container);
int ocre_core_unpause(struct ocre_container *container);
/*
 * Ask it to end (the event OCRE_EVENT_STOP), and kill it after its grace period, or at once when it
 * cannot be asked. Returns when it has ended. A container that has ended already: OCRE_OK. From a
 * callback of the core's it does not wait.
 */
int ocre_core_stop(struct ocre_container *container);
int ocre_core_stop_within(struct ocre_container *container, uint32_t grace_ms);
/* End it at once. Returns when it has ended (not from a callback of the core's). */
int ocre_core_kill(struct ocre_container *container);
/* Stop if need be, then a fresh life. */
int ocre_core_restart(struct ocre_container *container, struct ocre_diag *diag);
/*
 * Wait until its life has ended and no restart is due; OCRE_E_BUSY after `timeout_ms` (UINT32_MAX:
 * for ever). OCRE_E_STATE when it was never started. `end` may be NULL. Not from a callback.
 */
int ocre_core_wait(struct ocre_container *container, uint32_t timeout_ms,
		   struct ocre_end_info *end);
/* Not while it runs or is paused. Afterwards the container is gone; its storage too. */
int ocre_container_remove(struct ocre_container *container);

/* ---- looking at containers ---- */

struct ocre_container_info {
	const char *id; /* these live as long as the container */
	const char *image;
	const char *driver;
	enum ocre_state state;
	bool unresponsive; /* RUNNING, and the watchdog has said so; over when it shows life */
	bool restarting;   /* STOPPED, and its restart policy will start it again */
	uint32_t lives;	   /* how often it was started */
	uint32_t restarts; /* by its policy, in a row */
	struct ocre_end_info end; /* of the last life: the true reason */
	uint64_t started_ns;	  /* real time; 0: never */
	uint64_t ended_ns;
};
int ocre_container_get_info(struct ocre_container *container, struct ocre_container_info *out);

struct ocre_container_stats {
	size_t memory;	     /* bytes charged now */
	size_t memory_peak;  /* of this life */
	size_t guest_memory; /* linear memory as the guest sees it */
	uint64_t budget;     /* units used by this life */
	uint64_t cpu_ns;     /* time in slices, this life */
	uint64_t slices;
	uint64_t parks;
	uint64_t host_calls;
	uint32_t events_queued; /* now */
	uint32_t timers;	/* now */
	uint64_t events;	/* of this life: put into the queue, and lost because it was full */
	uint64_t events_lost;
	uint64_t log_bytes;   /* written, ever */
	uint64_t log_dropped; /* no longer kept */
};
int ocre_container_get_stats(struct ocre_container *container, struct ocre_container_stats *out);

/* ---- logs ---- */

struct ocre_log_entry {
	uint64_t number;  /* counts from 1; gaps are entries that were dropped */
	uint64_t time_ns; /* real time */
	int stream;	  /* enum ocre_stream; 0: a note of ours */
	bool partial;	  /* without a newline at its end: more of the line follows */
	uint32_t size;	  /* of text, without a NUL */
	char text[256];
};
/*
 * The first entry whose number is above `after`, waiting for it up to `timeout_ms` (0: not at all).
 * OCRE_E_NOTFOUND: there is none. Following a log is calling this again with the number it gave.
 */
int ocre_container_read_log(struct ocre_container *container, uint64_t after, uint32_t timeout_ms,
			    struct ocre_log_entry *out);

/* ---- watching ---- */

enum ocre_notice {
	OCRE_NOTICE_CREATED,
	OCRE_NOTICE_STARTED,
	OCRE_NOTICE_PAUSED,
	OCRE_NOTICE_UNPAUSED,
	OCRE_NOTICE_ENDED, /* info.end says why */
	OCRE_NOTICE_UNRESPONSIVE,
	OCRE_NOTICE_RESPONSIVE,
	OCRE_NOTICE_REMOVED,
};
/*
 * Called for every change of every container of the context, in order, one at a time, on a thread
 * of the core or of the caller that made the change; no lock is held. NULL ends it. A change that
 * there is no memory to note is not told of; the context's log says so.
 */
void ocre_context_watch(struct ocre_context *context,
			void (*fn)(void *ctx, struct ocre_container *container,
				   enum ocre_notice notice),
			void *ctx);

/* ---- permissions ---- */

/*
 * Why a container may or may not do something, in one line: the grant that allows it, or the one
 * that is missing. Returns 1 when it is allowed, 0 when not.
 */
int ocre_container_explain(struct ocre_container *container, const struct ocre_action *action,
			   char *text, size_t size);

/* ---- events from outside ---- */

/*
 * Put an event into a running container's queue, as host modules do. A message is copied.
 * OCRE_E_LIMIT: its queue is full; OCRE_E_STATE: it does not run.
 */
int ocre_container_post(struct ocre_container *container, const struct ocre_event *event);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CORE_H */
