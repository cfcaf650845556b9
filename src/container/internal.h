/* SPDX-License-Identifier: Apache-2.0 */
/*
 * internal.h - what the files of the container core share.
 *
 * One lock for each context guards all that is not constant. It is not held while a driver, a
 * callback or the port's wait runs. Instead a container has an owner: `busy` is set while a thread
 * without the lock uses its object, and only the thread that set it may do so. Whoever finds a
 * container busy writes down what he wants (state EXITED or PAUSED, `ask_stop`, `woken`), and the
 * owner looks at it when it has the lock again.
 *
 * Unless a comment says otherwise functions of this header are called with the lock held.
 */
#ifndef OCRE_CONTAINER_INTERNAL_H
#define OCRE_CONTAINER_INTERNAL_H

#include <stdatomic.h>

#include <ocre/core.h>
#include <ocre/permissions.h>

#define NS_PER_MS     UINT64_C(1000000)
#define NS_PER_S      UINT64_C(1000000000)
/*
 * To fall asleep and to wake up again takes tens of microseconds. Who expects something that takes
 * no longer looks for it so long, and sleeps then.
 */
#define OCRE__LOOK_NS (50 * UINT64_C(1000))
#define OCRE__NEVER   UINT64_MAX
#define OCRE__NOWHERE UINT32_MAX /* the place of a container that is in no heap */

/* ---- the table of states.def ---- */

enum ocre__row {
#define OCRE__ROW(state, ...) OCRE__ROW_##state,
#include "states.def"
#undef OCRE__ROW
	OCRE__ROWS
};

enum ocre__call {
	OCRE__CALL_START,
	OCRE__CALL_PAUSE,
	OCRE__CALL_UNPAUSE,
	OCRE__CALL_STOP,
	OCRE__CALL_KILL,
	OCRE__CALL_RESTART,
	OCRE__CALL_WAIT,
	OCRE__CALL_REMOVE,
	OCRE__CALL_POST,
	OCRE__CALLS
};

enum ocre__outcome {
	OCRE__TO_NO,
	OCRE__TO_SAME,
	OCRE__TO_LATER,
	OCRE__TO_GONE,
	OCRE__TO_RUNNING,
	OCRE__TO_PAUSED,
	OCRE__TO_STOPPED,
};

extern const uint8_t ocre__states[OCRE__ROWS][OCRE__CALLS];

/* ---- parts of a container ---- */

/* A heap of containers; each knows its place in it, so that it can be taken out. */
struct ocre__heap {
	struct ocre_container **items;
	uint32_t count;
	uint32_t room;
};

/* Threads that wait for something about a container. */
struct ocre__waiters {
	struct ocre_port_cond cond;
	uint32_t count;
	uint32_t told; /* of these, that it has happened */
};

/*
 * Is it worth while to look for something before sleeping? Where what is looked for waits for this
 * very processor it is not, so each time in a row that nothing came more chances are left out.
 */
struct ocre__looks {
	uint8_t skip; /* so many chances */
	uint8_t failed_skip;
};

/* A queued event and when it came, so that timers can be put in their order. */
struct ocre__event {
	struct ocre_event event;
	uint64_t came_ns;
};

struct ocre__timer {
	uint64_t due_ns; /* 0: not set */
	uint64_t period_ns;
	uint64_t came_ns; /* of the event that nobody took yet; 0: none */
	uint32_t event_id;
};

struct ocre__events {
	struct ocre__event *ring; /* made with the first event */
	uint32_t room;		  /* of ring; one more than max_events, for OCRE_EVENT_STOP */
	uint32_t first;
	uint32_t count;
	struct ocre__timer *timers; /* guest.max_timers, made with the first timer */
	uint64_t timer_next_ns;	    /* the earliest due_ns; OCRE__NEVER */
	uint32_t timer_count;	    /* that are set */
	uint32_t timers_came;	    /* events of timers that nobody took yet */
	uint64_t posted;	    /* of this life */
	uint64_t lost;
	uint32_t changes; /* goes up with each event that comes or is taken */
	uint32_t seen;	  /* `changes` when a parked call was last continued */
};

struct ocre__log {
	uint8_t *ring; /* grows up to `limit` */
	uint32_t room;
	uint32_t limit;
	uint32_t first; /* offset of the oldest entry */
	uint32_t used;
	uint32_t last; /* offset of the newest entry */
	uint64_t first_number;
	uint64_t next_number;
	uint64_t read_number; /* the highest that somebody has read */
	uint32_t cursor;      /* offset of the entry read last */
	uint64_t cursor_number;
	uint64_t written; /* bytes of text, ever */
	uint64_t dropped;
	uint32_t waiters;
};

struct ocre__image {
	struct ocre__image *next;
	const struct ocre__driver *driver;
	char *path; /* NULL: it came as bytes */
	size_t path_size;
	uint64_t device;
	uint64_t inode;
	uint64_t size;
	uint64_t mtime_ns;
	struct ocre_bytes bytes;
	struct ocre_bytes code;
	struct ocre_port_file file; /* `bytes` of it NULL: not ours */
	void *loaded;
	uint32_t users;
	bool loading;
	int failed;  /* why it could not be loaded; 0: it could */
	bool shared; /* may be used by further containers */
};

#define OCRE__DENIED 16

struct ocre_container {
	struct ocre_guest guest; /* first: a guest is its container */
	struct ocre_context *context;
	struct ocre_container *next; /* all of the context, in the order of their creation */
	struct ocre_container *previous;
	struct ocre_container *same_hash;
	uint32_t refs; /* calls and notices that still use it */
	bool removed;

	/* Constant after create. */
	struct ocre_mem mem;
	struct ocre_container_config config; /* limits and policy; its strings are not kept */
	char *text;			     /* all strings and lists of the guest, in one piece */
	size_t text_size;
	struct ocre_permissions *permissions;
	struct ocre__image *image;
	const struct ocre__driver *driver;
	void *object;
	bool sliced;
	bool has_storage;
	struct ocre__waiters change; /* of its state, or of its log */
	struct ocre__waiters rest;   /* of its object from its owner: also the end of each slice */
	atomic_uint changes;	     /* counts them for those that look without the lock */

	enum ocre_state state;
	bool busy;
	bool starting;
	uintptr_t owner; /* the thread that made it busy */
	uint32_t lives;

	/* Why it runs, or not. */
	const struct ocre_park *park; /* NULL: not parked */
	bool woken;
	bool exited;	       /* not sliced: the driver has said so; end_info is in `end` */
	uint64_t throttled_ns; /* until then its quota is used up; 0: it is not */
	uint32_t ready_place;
	uint32_t due_place;
	uint64_t due_ns; /* its key in the heap of deadlines; never later than it should be */
	struct ocre_container *fd_next; /* parked with descriptors */
	struct ocre_container *fd_previous;
	bool in_fds;
	uint32_t wait_round; /* when its descriptors were last given to wait, and where */
	uint32_t wait_first;

	/* Shares of processor time. */
	uint64_t vtime;
	uint64_t turn; /* order among equals */
	int64_t quota_ns;
	uint64_t quota_at_ns;
	uint64_t slice_budget;
	uint64_t budget_left;
	bool hungry; /* its last slice did not pay for the next step */

	/* Ends. */
	struct ocre_end_info end;
	bool asked;	     /* to end, by a user: the restart policy keeps still */
	bool ask_stop;	     /* the owner is to ask the guest */
	bool stopping;	     /* it was asked to end; not sliced: it was sent a STOP */
	bool killed;	     /* not sliced: it was sent a KILL */
	bool again;	     /* start again when it has ended, whatever the policy */
	uint64_t grace_ns;   /* when stop becomes kill; OCRE__NEVER */
	uint64_t restart_ns; /* STOPPED: when the policy starts it; OCRE__NEVER */
	uint32_t restarts;
	uint64_t started_at_ns; /* monotonic clock */
	uint64_t started_ns;
	uint64_t ended_ns;

	/* Watchdog. */
	uint64_t alive_ns;
	uint64_t alive_calls;
	bool unresponsive;

	struct ocre__events events;
	struct ocre__log log;
	uint32_t denied[OCRE__DENIED]; /* hashes of the grants that it was told it lacks */
	uint32_t denied_count;

	/* Statistics of this life. */
	uint64_t used;
	uint64_t cpu_ns;
	uint64_t slices;
	uint64_t parks;
	uint64_t host_calls;
	size_t guest_memory; /* when it was last asked */
};

struct ocre__driver {
	const struct ocre_driver *driver;
	struct ocre_driver_env env; /* stays as long as the driver is open */
	void *opened;
};

struct ocre__executor {
	struct ocre_context *context;
	struct ocre_port_thread thread;
	uintptr_t self; /* 0: it has not begun */
};

struct ocre__notice {
	struct ocre_container *container;
	enum ocre_notice notice;
};

struct ocre_context {
	struct ocre_mem mem;
	const struct ocre_port *port;
	void (*log)(void *ctx, int level, const char *text);
	void *log_ctx;
	bool honest_exit_codes;
	uint32_t max_containers;
	char *workdir; /* NULL: none */
	size_t workdir_size;
	int32_t images_dir; /* -1: none */
	int32_t storage_dir;
	struct ocre__driver *drivers;
	uint32_t driver_count; /* that are open */
	uint32_t driver_room;

	struct ocre_port_mutex mutex;
	struct ocre_port_mutex door; /* see threads.c */
	atomic_uint callers;	     /* that wait for the mutex */
	uint32_t told; /* threads that were told of a change and have not seen it yet */
	struct ocre_port_cond work;    /* executors without work */
	atomic_uint calls;	       /* for the executor that looks for work without the lock */
	struct ocre_port_cond changed; /* images, notices, references */
	struct ocre__executor *executors;
	uint32_t executor_count;
	uint32_t executors_begun;
	bool may_look;		       /* there are processors to look for things on */
	struct ocre__looks work_looks; /* of executors */
	struct ocre__looks end_looks;  /* of those that wait for an end */
	bool closing;		       /* nothing is started any more */
	bool quit;		       /* executors end */

	struct ocre_container *first;
	struct ocre_container *last;
	uint32_t count;
	uint32_t alive; /* with those that are removed, but still referred to */
	struct ocre_container **buckets;
	uint32_t bucket_count;
	struct ocre__image *images;

	struct ocre__heap ready;
	struct ocre__heap due;
	uint64_t vtime;
	uint64_t turns;

	struct ocre_container *fd_first;
	uint32_t fd_containers;
	struct ocre_park_fd *fds; /* for wait */
	uint8_t *fds_ready;
	uint32_t fd_room;
	uint32_t wait_round;
	uint64_t fd_checked_ns;
	bool waiting; /* a thread is in the port's wait */
	uint64_t wait_deadline_ns;
	uint32_t sleepers; /* executors on `work` */
	bool looking;	   /* an executor looks for work for a moment, before it sleeps */
	bool prompt;	   /* work came soon after an executor had run out of it */
	uint64_t idle_ns;  /* when that was */
	bool polling;	   /* no threads: inside ocre_core_poll */

	struct ocre__notice *notices; /* a ring */
	uint32_t notice_room;
	uint32_t notice_first;
	uint32_t notice_count;
	uintptr_t notifier; /* the thread that calls the watcher, 0: none */
	void (*watch)(void *ctx, struct ocre_container *container, enum ocre_notice notice);
	void *watch_ctx;
};

/* ---- threads.c: the port's threads, or nothing of them ---- */

void ocre__lock(struct ocre_context *context);
/* The same for executors, and for host functions in their slices: these let others go first. */
void ocre__lock_own(struct ocre_context *context);
void ocre__unlock(struct ocre_context *context);
uintptr_t ocre__self(const struct ocre_context *context);
uint64_t ocre__now(const struct ocre_context *context);
uint64_t ocre__real(const struct ocre_context *context);
/* Does this thread run a callback of the core's: then it must not wait for a container. */
bool ocre__in_callback(const struct ocre_context *context);
bool ocre__is_executor(const struct ocre_context *context, uintptr_t self);
/*
 * Give up the lock until something about the container may have changed: false when the deadline
 * has passed. `waiters` are the container's. Without threads this is where containers run.
 */
bool ocre__wait(struct ocre_container *container, struct ocre__waiters *waiters,
		uint64_t deadline_ns);
/* The same without sleeping. */
void ocre__look(struct ocre_container *container, uint64_t deadline_ns);
/* Use this chance to look? Then it is told how that went. */
bool ocre__worth_a_look(const struct ocre_context *context, struct ocre__looks *looks);
void ocre__looked(struct ocre__looks *looks, bool found);
bool ocre__wait_context(struct ocre_context *context, uint64_t deadline_ns);
void ocre__changed(struct ocre_container *container);
/* Its owner has given its object back: tell those that wait for that alone. */
void ocre__rested(struct ocre_container *container);
void ocre__context_changed(struct ocre_context *context);
/* There is work for an executor. */
void ocre__signal_work(struct ocre_context *context);
/* One more executor is to look at the queue. */
void ocre__call_executor(struct ocre_context *context);
/* now + a time; OCRE__NEVER when that is too far. */
uint64_t ocre__after(uint64_t now_ns, uint64_t delay_ns);
/* For the program's log; takes no lock. */
void ocre__say(const struct ocre_context *context, int level, const char *what, const char *name,
	       const char *more);

/* ---- container.c ---- */

void ocre__ref(struct ocre_container *container);
/* The container may be gone afterwards. */
void ocre__unref(struct ocre_container *container);
/* The row of the table that it is in. */
enum ocre__row ocre__row(const struct ocre_container *container);

/* ---- storage.c; without the lock ---- */

void ocre__storage_remove(struct ocre_context *context, const char *id);
void ocre__storage_clear(struct ocre_context *context);
/* `made`: it was not there before. */
int ocre__storage_make(struct ocre_context *context, const char *id, bool *made,
		       struct ocre_diag *diag);

/* ---- images.c ---- */

int ocre__image_get(struct ocre_context *context, const struct ocre__driver *driver,
		    const struct ocre_container_config *config, struct ocre__image **out,
		    struct ocre_diag *diag);
void ocre__image_put(struct ocre_context *context, struct ocre__image *image);

/* ---- lifecycle.c ---- */

/* Ask the table, waiting for what is under way: OCRE_OK, or OCRE_E_STATE. */
int ocre__decide(struct ocre_container *container, enum ocre__call call,
		 enum ocre__outcome *outcome);

int ocre__start(struct ocre_container *container, struct ocre_diag *diag);
/* Its life is over: state EXITED. Clears it away, at once unless it is busy. */
void ocre__end(struct ocre_container *container, enum ocre_end end, int32_t code, const char *text);
/* Kill it as a life that runs or is paused; not sliced: tell its driver to. */
int ocre__kill(struct ocre_container *container);
/* EXITED and not busy: back to STOPPED. Gives the lock up meanwhile. */
void ocre__clear(struct ocre_container *container);
/* Ask a guest that is not busy to end; kill it when it cannot be asked. */
void ocre__ask(struct ocre_container *container);
void ocre__exited(struct ocre_guest *guest, const struct ocre_end_info *end);

/* ---- executor.c ---- */

int ocre__executors_start(struct ocre_context *context, uint32_t count, struct ocre_diag *diag);
void ocre__executors_end(struct ocre_context *context);
/*
 * Room for the descriptors of one parked container when there is none yet; in the thread that is
 * going to wait for as many as there are.
 */
int ocre__fds_reserve(struct ocre_context *context);
/* Do one thing that is to be done now; false when there was nothing. */
bool ocre__work(struct ocre_context *context, uint64_t *units);
/* The port's wait, until `deadline_ns` or the first deadline. Gives the lock up. */
void ocre__port_wait(struct ocre_context *context, uint64_t deadline_ns);

/* ---- schedule.c ---- */

int ocre__heaps_reserve(struct ocre_context *context, uint32_t count);
void ocre__heap_deinit(struct ocre_context *context, struct ocre__heap *heap);
/* Put it where it belongs: ready, parked, throttled or nowhere, and its deadline. */
void ocre__place(struct ocre_container *container);
/* In no heap and no list. */
void ocre__unplace(struct ocre_container *container);
/* The next one to run, taken out of the queue; NULL: none. */
struct ocre_container *ocre__next_ready(struct ocre_context *context);
/* A slice took this long: its share, its quota, and the size of its next slice. */
void ocre__account(struct ocre_container *container, uint64_t now_ns, uint64_t ns, uint64_t used,
		   uint64_t given);
/* For the next slice, if possible at most `most` units. */
uint64_t ocre__slice_budget(const struct ocre_container *container, uint64_t most);
void ocre__schedule_reset(struct ocre_container *container, uint64_t now_ns);

/* ---- park.c ---- */

/* Must it be continued? Not busy, parked. */
bool ocre__park_over(struct ocre_container *container, uint64_t now_ns);
void ocre__park_watch(struct ocre_container *container);
void ocre__park_unwatch(struct ocre_container *container);
/* Its deadline in the heap is at most this. */
void ocre__due_by(struct ocre_container *container, uint64_t due_ns);
uint64_t ocre__first_due(const struct ocre_context *context);
/* Handle all deadlines that have passed. */
void ocre__expire(struct ocre_context *context, uint64_t now_ns);

/* ---- heap.c ---- */

bool ocre__due_before(const struct ocre_container *a, const struct ocre_container *b);
bool ocre__ready_before(const struct ocre_container *a, const struct ocre_container *b);
void ocre__due_set(struct ocre_context *context, struct ocre_container *container);
void ocre__due_remove(struct ocre_context *context, struct ocre_container *container);
void ocre__ready_add(struct ocre_context *context, struct ocre_container *container);
void ocre__ready_remove(struct ocre_context *context, struct ocre_container *container);

/* ---- events.c ---- */

extern const struct ocre_guest_ops ocre__guest_ops;
int ocre__post(struct ocre_container *container, const struct ocre_event *event);
/* Types of events that a call parked with these flags waits for. */
uint32_t ocre__park_types(const struct ocre_container *container, uint8_t flags);
bool ocre__events_wanted(struct ocre_container *container, uint32_t types, uint64_t now_ns);
/* Nothing of a life is left. */
void ocre__events_purge(struct ocre_container *container);

/* ---- log.c ---- */

void ocre__log_init(struct ocre__log *log, uint32_t limit);
void ocre__log_deinit(struct ocre_container *container);
void ocre__log_write(struct ocre_container *container, int stream, const char *data, size_t size);

/* ---- watchdog.c: health and restarts ---- */

void ocre__watchdog_start(struct ocre_container *container, uint64_t now_ns);
/* It was seen alive, or not, in a slice. */
void ocre__watchdog_look(struct ocre_container *container, uint64_t now_ns);
uint64_t ocre__watchdog_due(const struct ocre_container *container);
void ocre__watchdog_alive(struct ocre_container *container, uint64_t now_ns);
/* A life has ended, or could not begin: when it is started again, or OCRE__NEVER. */
uint64_t ocre__restart_at(struct ocre_container *container, uint64_t now_ns);

/* ---- notice.c ---- */

void ocre__notify(struct ocre_container *container, enum ocre_notice notice);
/* Call the watcher with what is queued, unless another thread does already. Gives the lock up. */
void ocre__notices_flush(struct ocre_context *context);
int ocre__notices_reserve(struct ocre_context *context, uint32_t count);

#endif /* OCRE_CONTAINER_INTERNAL_H */
