/* SPDX-License-Identifier: Apache-2.0 */
/*
 * library.c - the state of the process that the Ocre API needs because its calls have no argument
 * for it: runtimes, contexts, and which handles are good. All of it is in `state`.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>

#include <ocre/beyond.h>
#include <ocre/choice.h>
#include <ocre/platform/config.h>
#include <ocre/platform/memory.h>
#include <ocre/runtime/vtable.h>

#include "internal.h"

#if OCRE_API_THREADS
#include <pthread.h>
#include <time.h>

/* A power of two. */
#define BUCKETS 1024u
#else
#define BUCKETS 16u
#endif
#if OCRE_API_LOCKS
#include <ocre/platform/lock.h>
#endif

LOG_MODULE_REGISTER(ocre);

/* How long one waits before looking again whether the other calls are done. */
#define LOOK_AGAIN_MS 10

struct runtime {
	const struct ocre_runtime_vtable *vtable;
	struct ocre_driver driver;
};

/*
 * `admin` is held by whoever makes or ends contexts, or (de)initializes, and guards what is needed
 * for that; `lock` guards the handles, and is never held when something is called that waits or
 * calls back. `admin` comes first; `homes` changes with both.
 */
static struct {
#if OCRE_API_THREADS
	pthread_mutex_t admin;
	pthread_mutex_t lock;
	pthread_cond_t changed; /* pins were given back, or something is gone */
#endif

	bool ready;
	struct runtime *runtimes;
	uint32_t runtime_count;

	struct ocre__home *homes;
	struct ocre__record *buckets[BUCKETS];
} state
#if OCRE_API_THREADS
	=
		{
			.admin = PTHREAD_MUTEX_INITIALIZER,
			.lock = PTHREAD_MUTEX_INITIALIZER,
			.changed = PTHREAD_COND_INITIALIZER,
}
#endif
;

int ocre__fail(const char *call, const char *name, int status, const struct ocre_diag *diag)
{
	const char *text = ocre_status_text(status);

	if (diag != NULL && diag->text[0] != '\0') {
		text = diag->text;
	}
	if (name != NULL) {
		LOG_ERR("%s '%s': %s", call, name, text);
	} else {
		LOG_ERR("%s: %s", call, text);
	}
	return -1;
}

/* ---- threads, or none ---- */

#if OCRE_API_THREADS

static void lock(void)
{
	pthread_mutex_lock(&state.lock);
}

static void unlock(void)
{
	pthread_mutex_unlock(&state.lock);
}

static void lock_admin(void)
{
	pthread_mutex_lock(&state.admin);
}

static void unlock_admin(void)
{
	pthread_mutex_unlock(&state.admin);
}

static void say_changed(void)
{
	pthread_cond_broadcast(&state.changed);
}

/*
 * With the lock: give it up for a moment, or until something has changed. False when nothing will
 * change by waiting.
 */
static bool wait_a_little(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_AGAIN_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	(void)pthread_cond_timedwait(&state.changed, &state.lock, &until);
	return true;
}

#elif OCRE_API_LOCKS

static void lock(void)
{
	ocre_platform_lock(OCRE_LOCK_HANDLES);
}

static void unlock(void)
{
	ocre_platform_unlock(OCRE_LOCK_HANDLES);
}

static void lock_admin(void)
{
	ocre_platform_lock(OCRE_LOCK_ADMIN);
}

static void unlock_admin(void)
{
	ocre_platform_unlock(OCRE_LOCK_ADMIN);
}

static void say_changed(void)
{
	ocre_platform_changed();
}

static bool wait_a_little(void)
{
	ocre_platform_wait(LOOK_AGAIN_MS);
	return true;
}

#else

static void lock(void)
{
}

static void unlock(void)
{
}

static void lock_admin(void)
{
}

static void unlock_admin(void)
{
}

static void say_changed(void)
{
}

/* The other call is further up in this thread, and waits for us. */
static bool wait_a_little(void)
{
	return false;
}

#endif

/* ---- handles; the functions without ocre__ are called with the lock ---- */

static struct ocre__home *find_home(const struct ocre_context *context)
{
	struct ocre__home *home = state.homes;

	while (home != NULL && (home->context != context || home->going)) {
		home = home->next;
	}
	return home;
}

struct ocre__home *ocre__pin_context(const struct ocre_context *context)
{
	struct ocre__home *home;

	if (context == NULL) {
		return NULL;
	}
	lock();
	home = find_home(context);
	if (home != NULL) {
		home->pins++;
	}
	unlock();
	return home;
}

void ocre__unpin_context(struct ocre__home *home)
{
	lock();
	home->pins--;
	say_changed();
	unlock();
}

static struct ocre__record **bucket(const struct ocre_container *container)
{
	uint64_t hash = (uint64_t)(uintptr_t)container * UINT64_C(0x9e3779b97f4a7c15);

	return &state.buckets[(hash >> 40) & (BUCKETS - 1)];
}

static struct ocre__record *find_record(const struct ocre_container *container)
{
	struct ocre__record *record = *bucket(container);

	while (record != NULL && record->container != container) {
		record = record->next;
	}
	return record;
}

static void drop_record(struct ocre__record *record)
{
	struct ocre__record **at = bucket(record->container);

	while (*at != record) {
		at = &(*at)->next;
	}
	*at = record->next;
	user_free(record);
}

static struct ocre__record *add_record(struct ocre__home *home, struct ocre_container *container,
				       const char *id, bool detached)
{
	struct ocre__record **at = bucket(container);
	size_t size = strlen(id) + 1;
	struct ocre__record *record = user_malloc(sizeof(*record) + size);

	if (record == NULL) {
		return NULL;
	}
	memset(record, 0, sizeof(*record));
	memcpy(record->id, id, size);
	record->container = container;
	record->home = home;
	record->detached = detached;
	record->next = *at;
	*at = record;
	return record;
}

/* Is it one of the containers that the core has in `home`? It may be made by the core's own call.
 */
static struct ocre__record *adopt_from(struct ocre__home *home,
				       const struct ocre_container *container)
{
	uint32_t count = ocre_container_list(home->context, NULL, 0);
	struct ocre_container **list = user_malloc(count * sizeof(struct ocre_container *) + 1);
	struct ocre__record *record = NULL;
	struct ocre_container_info info;
	uint32_t have;

	if (list == NULL) {
		return NULL;
	}
	have = ocre_container_list(home->context, list, count);
	have = have < count ? have : count;
	for (uint32_t i = 0; i < have; i++) {
		if (list[i] == container && ocre_container_get_info(list[i], &info) == OCRE_OK) {
			record = add_record(home, list[i], info.id, true);
			break;
		}
	}
	user_free(list);
	return record;
}

static struct ocre__record *adopt(const struct ocre_container *container)
{
	struct ocre__record *record = NULL;

	for (struct ocre__home *home = state.homes; home != NULL; home = home->next) {
		if (!home->going) {
			record = adopt_from(home, container);
		}
		if (record != NULL) {
			break;
		}
	}
	return record;
}

/* The record of a container that is there; waits while somebody tries to remove it. */
static struct ocre__record *good_record(const struct ocre_container *container)
{
	for (;;) {
		struct ocre__record *record = find_record(container);

		if (record == NULL) {
			return adopt(container);
		}
		if (record->home->going) {
			return NULL;
		}
		if (record->going) {
			if (!wait_a_little()) {
				return NULL;
			}
			continue;
		}
		if (ocre_container_find(record->home->context, record->id) == container) {
			return record;
		}
		/* It was removed by the core's own call. */
		if (record->pins == 0) {
			drop_record(record);
		}
		return NULL;
	}
}

struct ocre__record *ocre__pin_container(const struct ocre_container *container)
{
	struct ocre__record *record;

	if (container == NULL) {
		return NULL;
	}
	lock();
	record = good_record(container);
	if (record != NULL) {
		record->pins++;
		record->home->pins++;
	}
	unlock();
	return record;
}

void ocre__unpin_container(struct ocre__record *record)
{
	lock();
	record->pins--;
	record->home->pins--;
	say_changed();
	unlock();
}

bool ocre__remember(struct ocre__home *home, struct ocre_container *container, const char *id,
		    bool detached)
{
	struct ocre__record *record;

	lock();
	/*
	 * Somebody may be removing one that had this address, and has not forgotten it yet; or is
	 * quick, has found this one by its id and removes it. Either will be decided.
	 */
	while ((record = find_record(container)) != NULL && record->going && wait_a_little()) {
	}
	/* Somebody was quick and has found it by its id; or it has the address of one long gone. */
	if (record != NULL && record->home == home && strcmp(record->id, id) == 0) {
		record->detached = detached;
	} else {
		if (record != NULL && record->pins == 0 && !record->going) {
			drop_record(record);
		}
		record = add_record(home, container, id, detached);
	}
	unlock();
	return record != NULL;
}

static bool is_alive(struct ocre_container *container)
{
	struct ocre_container_info info;

	return ocre_container_get_info(container, &info) == OCRE_OK &&
	       (info.state == OCRE_STATE_RUNNING || info.state == OCRE_STATE_PAUSED);
}

/* Until no other call uses it; false when one of them has started it, or will not end. */
static bool wait_for_pins(struct ocre__record *record)
{
	while (record->pins > 0) {
		if (is_alive(record->container) || !wait_a_little()) {
			return false;
		}
	}
	return true;
}

struct ocre__record *ocre__claim(struct ocre_context *context, struct ocre_container *container)
{
	struct ocre__record *record = NULL;

	if (context == NULL || container == NULL) {
		return NULL;
	}
	lock();
	if (find_home(context) != NULL) {
		record = good_record(container);
	}
	if (record != NULL && record->home->context != context) {
		record = NULL;
	}
	if (record != NULL) {
		record->going = true;
		record->home->pins++;
		if (!wait_for_pins(record)) {
			record->going = false;
			record->home->pins--;
			record = NULL;
		}
	}
	unlock();
	return record;
}

void ocre__forget(struct ocre__record *record)
{
	lock();
	record->home->pins--;
	drop_record(record);
	say_changed();
	unlock();
}

void ocre__give_back(struct ocre__record *record)
{
	lock();
	record->going = false;
	record->home->pins--;
	say_changed();
	unlock();
}

/* ---- contexts; with `admin` ---- */

static char *copy_text(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = user_malloc(size);

	if (copy != NULL) {
		memcpy(copy, text, size);
	}
	return copy;
}

static const char *default_workdir(void)
{
	const char *home = getenv("OCRE_HOME");

	return home != NULL && home[0] != '\0' ? home : CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY;
}

static bool is_taken(const char *workdir)
{
	struct ocre__home *home = state.homes;

	while (home != NULL && strcmp(home->workdir, workdir) != 0) {
		home = home->next;
	}
	return home != NULL;
}

/* The drivers of the choice, then the runtimes of the program; NULL: out of memory. */
static struct ocre_driver_choice *all_drivers(const struct ocre_context_config *chosen)
{
	uint32_t count = chosen->driver_count + state.runtime_count;
	struct ocre_driver_choice *drivers = user_malloc(count * sizeof(*drivers) + 1);

	for (uint32_t i = 0; drivers != NULL && i < count; i++) {
		if (i < chosen->driver_count) {
			drivers[i] = chosen->drivers[i];
		} else {
			struct runtime *runtime = &state.runtimes[i - chosen->driver_count];

			drivers[i].driver = &runtime->driver;
			drivers[i].config = runtime->vtable;
		}
	}
	return drivers;
}

/* The core's context of `home`. */
static int fill_home(struct ocre__home *home, const struct ocre_context_options *options,
		     struct ocre_diag *diag)
{
	struct ocre_context_config config;
	struct ocre_driver_choice *drivers;
	int rc;

	if (options != NULL) {
		home->chosen.board = options->board;
	}
	rc = ocre_choice_open(&home->chosen, diag);
	if (rc < 0) {
		return rc;
	}
	drivers = all_drivers(&home->chosen);
	if (drivers == NULL) {
		rc = OCRE_E_NOMEM;
		goto close_choice;
	}
	config = home->chosen;
	config.workdir = home->workdir;
	config.drivers = drivers;
	config.driver_count += state.runtime_count;
	if (options != NULL) {
		config.memory_limit = options->memory_limit;
		config.executors = options->executors;
		config.max_containers = options->max_containers;
		config.clear_storage = options->clear_storage;
		config.honest_exit_codes = options->honest_exit_codes;
	}
	rc = ocre_context_open(&config, &home->context, diag);
	user_free(drivers);
	if (rc < 0) {
		goto close_choice;
	}
	return OCRE_OK;

close_choice:
	ocre_choice_close(&home->chosen);
	return rc;
}

static struct ocre__home *make_home(const char *workdir, const struct ocre_context_options *options,
				    int *rc, struct ocre_diag *diag)
{
	struct ocre__home *home = user_malloc(sizeof(*home));

	*rc = OCRE_E_NOMEM;
	if (home == NULL) {
		return NULL;
	}
	memset(home, 0, sizeof(*home));
	home->workdir = copy_text(workdir);
	if (home->workdir == NULL) {
		goto free_home;
	}
	*rc = fill_home(home, options, diag);
	if (*rc < 0) {
		goto free_workdir;
	}
	return home;

free_workdir:
	user_free(home->workdir);
free_home:
	user_free(home);
	return NULL;
}

static struct ocre_context *open_context(const char *workdir,
					 const struct ocre_context_options *options)
{
	static const char call[] = "ocre_create_context";
	struct ocre__home *home;
	struct ocre_diag diag = {0};
	int rc;

	if (!state.ready) {
		LOG_ERR("%s '%s': call ocre_initialize() first", call, workdir);
		return NULL;
	}
	if (workdir[0] == '\0') {
		LOG_ERR("%s: the working directory has no name", call);
		return NULL;
	}
	if (is_taken(workdir)) {
		LOG_ERR("%s '%s': there is a context with this working directory", call, workdir);
		return NULL;
	}
	home = make_home(workdir, options, &rc, &diag);
	if (home == NULL) {
		(void)ocre__fail(call, workdir, rc, &diag);
		return NULL;
	}
	lock();
	home->next = state.homes;
	state.homes = home;
	unlock();
	return home->context;
}

struct ocre_context *ocre_create_context_with(const char *workdir,
					      const struct ocre_context_options *options)
{
	struct ocre_context *context;

	lock_admin();
	context = open_context(workdir != NULL ? workdir : default_workdir(), options);
	unlock_admin();
	return context;
}

struct ocre_context *ocre_create_context(const char *workdir)
{
	return ocre_create_context_with(workdir, NULL);
}

const struct ocre_board *ocre_context_board(struct ocre_context *context)
{
	struct ocre__home *home = ocre__pin_context(context);
	const struct ocre_board *board;

	if (home == NULL) {
		LOG_ERR("ocre_context_board: not a context");
		return NULL;
	}
	board = home->chosen.board;
	ocre__unpin_context(home);
	return board;
}

/* So that calls that wait for a container return. */
static void kill_all(struct ocre_context *context)
{
	uint32_t count = ocre_container_list(context, NULL, 0);
	struct ocre_container **list = user_malloc(count * sizeof(struct ocre_container *) + 1);
	uint32_t have;

	if (list == NULL) {
		return;
	}
	have = ocre_container_list(context, list, count);
	for (uint32_t i = 0; i < have && i < count; i++) {
		(void)ocre_core_kill(list[i]);
	}
	user_free(list);
}

static void drop_records_of(const struct ocre__home *home)
{
	for (uint32_t i = 0; i < BUCKETS; i++) {
		struct ocre__record **at = &state.buckets[i];

		while (*at != NULL) {
			struct ocre__record *record = *at;

			if (record->home == home) {
				*at = record->next;
				user_free(record);
			} else {
				at = &record->next;
			}
		}
	}
}

/* False when a call that uses it cannot end before this one. */
static bool close_home(struct ocre__home *home)
{
	struct ocre__home **at = &state.homes;

	lock();
	home->going = true;
	while (home->pins > 0) {
		unlock();
		kill_all(home->context);
		lock();
		if (home->pins > 0 && !wait_a_little()) {
			home->going = false;
			unlock();
			return false;
		}
	}
	unlock();

	ocre_context_close(home->context);
	ocre_choice_close(&home->chosen);

	lock();
	drop_records_of(home);
	while (*at != home) {
		at = &(*at)->next;
	}
	*at = home->next;
	unlock();
	user_free(home->workdir);
	user_free(home);
	return true;
}

int ocre_destroy_context(struct ocre_context *context)
{
	struct ocre__home *home;
	bool closed;

	lock_admin();
	lock();
	home = context != NULL ? find_home(context) : NULL;
	unlock();
	closed = home != NULL && close_home(home);
	unlock_admin();
	if (!closed) {
		LOG_ERR("ocre_destroy_context: %s",
			home == NULL ? "not a context" : "not from a callback");
		return -1;
	}
	return 0;
}

/* ---- beginning and end; with `admin` ---- */

#if OCRE_API_THREADS
static void deinit_runtimes(uint32_t count)
{
	while (count-- > 0) {
		const struct ocre_runtime_vtable *vtable = state.runtimes[count].vtable;

		if (vtable->deinit != NULL && vtable->deinit() != 0) {
			LOG_WRN("runtime '%s': deinit failed", vtable->runtime_name);
		}
	}
}
#else
static void deinit_runtimes(uint32_t count)
{
	(void)count; /* there are none */
}
#endif

static void forget_runtimes(void)
{
	user_free(state.runtimes);
	state.runtimes = NULL;
	state.runtime_count = 0;
}

static void close_all(void)
{
	if (!state.ready) {
		return;
	}
	while (state.homes != NULL) {
		if (!close_home(state.homes)) {
			LOG_ERR("ocre_deinitialize: not from a callback");
			return;
		}
	}
	state.ready = false;
	deinit_runtimes(state.runtime_count);
	forget_runtimes();
}

#if OCRE_API_THREADS

static bool names_driver(const struct ocre_driver *driver, const char *name)
{
	if (strcmp(driver->name, name) == 0) {
		return true;
	}
	for (const char *const *alias = driver->aliases; alias != NULL && *alias != NULL; alias++) {
		if (strcmp(*alias, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_runtime(const struct ocre_context_config *chosen, const char *name)
{
	for (uint32_t i = 0; i < chosen->driver_count; i++) {
		if (names_driver(chosen->drivers[i].driver, name)) {
			return true;
		}
	}
	for (uint32_t i = 0; i < state.runtime_count; i++) {
		if (strcmp(state.runtimes[i].vtable->runtime_name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* One more runtime, or what is wrong with it. */
static bool add_runtime(const struct ocre_context_config *chosen,
			const struct ocre_runtime_vtable *vtable)
{
	struct runtime *runtime = &state.runtimes[state.runtime_count];
	const char *flaw = ocre__runtime_flaw(vtable);

	if (flaw != NULL) {
		LOG_ERR("ocre_initialize: runtime %u of the list has no %s",
			(unsigned int)state.runtime_count + 1, flaw);
		return false;
	}
	if (is_runtime(chosen, vtable->runtime_name)) {
		LOG_ERR("ocre_initialize: there are two runtimes '%s'", vtable->runtime_name);
		return false;
	}
	runtime->vtable = vtable;
	ocre__runtime_driver(vtable, &runtime->driver);
	state.runtime_count++;
	return true;
}

static bool init_runtimes(void)
{
	for (uint32_t i = 0; i < state.runtime_count; i++) {
		const struct ocre_runtime_vtable *vtable = state.runtimes[i].vtable;

		if (vtable->init != NULL && vtable->init() != 0) {
			LOG_ERR("ocre_initialize: runtime '%s': init failed", vtable->runtime_name);
			deinit_runtimes(i);
			return false;
		}
	}
	return true;
}

static bool add_runtimes(const struct ocre_context_config *chosen,
			 const struct ocre_runtime_vtable *const vtable[])
{
	uint32_t count = 0;

	while (vtable != NULL && vtable[count] != NULL) {
		count++;
	}
	state.runtimes = user_malloc(count * sizeof(*state.runtimes) + 1);
	if (state.runtimes == NULL) {
		(void)ocre__fail("ocre_initialize", NULL, OCRE_E_NOMEM, NULL);
		return false;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (!add_runtime(chosen, vtable[i])) {
			return false;
		}
	}
	return init_runtimes();
}

#else

static bool add_runtimes(const struct ocre_context_config *chosen,
			 const struct ocre_runtime_vtable *const vtable[])
{
	(void)chosen;
	if (vtable != NULL && vtable[0] != NULL) {
		LOG_ERR("ocre_initialize: a runtime of one's own needs pthreads: not in this "
			"build");
		return false;
	}
	return true;
}

#endif

static int open_all(const struct ocre_runtime_vtable *const vtable[])
{
	struct ocre_context_config chosen = {0};
	struct ocre_diag diag = {0};
	int rc = ocre_choice_open(&chosen, &diag);

	/* Here only to see that there is one, and what its drivers are called. */
	if (rc < 0) {
		return ocre__fail("ocre_initialize", NULL, rc, &diag);
	}
	state.ready = add_runtimes(&chosen, vtable);
	ocre_choice_close(&chosen);
	if (!state.ready) {
		forget_runtimes();
		return -1;
	}
	return 0;
}

int ocre_initialize(const struct ocre_runtime_vtable *const vtable[])
{
	int rc = -1;

	lock_admin();
	if (state.homes != NULL) {
		LOG_ERR("ocre_initialize: there are contexts; call ocre_deinitialize() first");
	} else {
		close_all();
		rc = open_all(vtable);
	}
	unlock_admin();
	return rc;
}

void ocre_deinitialize(void)
{
	lock_admin();
	close_all();
	unlock_admin();
}
