/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vtable.c - a driver that runs containers by somebody's struct ocre_runtime_vtable, each life on a
 * thread of its own. It trusts the runtime's memory, not its manners: one that never says that its
 * container is ready, or that leaves too early, makes a start fail and nothing hang.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ocre/platform/config.h>
#include <ocre/platform/memory.h>
#include <ocre/runtime/vtable.h>

#include "internal.h"

LOG_MODULE_DECLARE(ocre);

/* So long a container that was given up gets to end before we go on without it. */
#define GIVEN_UP_MS 1000

/* One context's use of a runtime. */
struct adapter {
	struct ocre_driver_env env;
	const struct ocre_runtime_vtable *vtable;
};

/* An image is a path. */
struct image {
	size_t size; /* of path, with its NUL */
	char path[];
};

/* Whether a life has begun; start() decides, and the life's thread waits for that. */
enum verdict {
	UNDECIDED,
	BEGUN,
	FAILED,
};

/*
 * A container. It belongs to the core, and while a life goes on to the thread of that as well:
 * whoever leaves last frees it. A thread that was given up may outlive the container, the context
 * and the runtime, and then touches nothing else.
 */
struct box {
	const struct ocre_runtime_vtable *vtable;
	struct ocre_driver_env env;
	struct ocre_guest *guest;
	void *runtime; /* what create() gave */
	char **lists;  /* all lists and strings that create() got, one allocation */

	pthread_mutex_t lock;
	pthread_cond_t changed;
	sem_t ready; /* posted by the runtime, and by the thread when it is done */
	unsigned int owners;
	bool busy; /* the runtime's thread_execute() has not returned */
	bool paused;
	enum verdict verdict;
	int code;
};

const char *ocre__runtime_flaw(const struct ocre_runtime_vtable *vtable)
{
	if (vtable->runtime_name == NULL || vtable->runtime_name[0] == '\0') {
		return "name";
	}
	if (vtable->create == NULL) {
		return "function create";
	}
	if (vtable->destroy == NULL) {
		return "function destroy";
	}
	if (vtable->thread_execute == NULL) {
		return "function thread_execute";
	}
	if (vtable->kill == NULL) {
		return "function kill";
	}
	return NULL;
}

/* ---- contexts and images ---- */

static int adapter_open(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	struct adapter *adapter = ocre_mem_alloc(env->mem, sizeof(*adapter));

	if (adapter == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	adapter->env = *env;
	adapter->vtable = (const struct ocre_runtime_vtable *)env->config;
	*driver = adapter;
	return OCRE_OK;
}

static void adapter_close(void *driver)
{
	struct adapter *adapter = (struct adapter *)driver;

	ocre_mem_free(adapter->env.mem, adapter, sizeof(*adapter));
}

static int adapter_load(void *driver, const struct ocre_driver_image *from, void **loaded,
			struct ocre_diag *diag)
{
	struct adapter *adapter = (struct adapter *)driver;
	struct image *image;
	size_t size;

	if (from->path == NULL) {
		return ocre_diag_set(diag, OCRE_E_UNSUPPORTED, OCRE_NO_OFFSET,
				     "runtime '%s' takes images from files only",
				     adapter->vtable->runtime_name);
	}
	size = strlen(from->path) + 1;
	image = ocre_mem_alloc(adapter->env.mem, sizeof(*image) + size);
	if (image == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	image->size = size;
	memcpy(image->path, from->path, size);
	*loaded = image;
	return OCRE_OK;
}

static void adapter_unload(void *driver, void *loaded)
{
	struct adapter *adapter = (struct adapter *)driver;
	struct image *image = (struct image *)loaded;

	ocre_mem_free(adapter->env.mem, image, sizeof(*image) + image->size);
}

/* ---- what create() gets ---- */

/* The strings of a container, laid out one after another behind their pointers. */
struct layout {
	char **slot; /* where the next pointer goes; NULL while sizes are counted */
	char *text;
	size_t slots;
	size_t bytes;
};

/* One string made of up to four parts. */
static char *lay_text(struct layout *layout, const char *const parts[4])
{
	char *at = layout->text;

	for (int i = 0; i < 4 && parts[i] != NULL; i++) {
		size_t size = strlen(parts[i]);

		if (layout->slot != NULL) {
			memcpy(layout->text, parts[i], size);
			layout->text += size;
		}
		layout->bytes += size;
	}
	if (layout->slot != NULL) {
		*layout->text++ = '\0';
	}
	layout->bytes++;
	return at;
}

static void lay_slot(struct layout *layout, char *text)
{
	if (layout->slot != NULL) {
		*layout->slot++ = text;
	}
	layout->slots++;
}

static char *lay_string(struct layout *layout, const char *text)
{
	const char *const parts[4] = {text};

	return text != NULL ? lay_text(layout, parts) : NULL;
}

/* A list of `count` strings; NULL for an empty one. */
static char **lay_list(struct layout *layout, const char *const *list, uint32_t count)
{
	char **at = layout->slot;

	if (count == 0) {
		return NULL;
	}
	for (uint32_t i = 0; i < count; i++) {
		lay_slot(layout, lay_string(layout, list[i]));
	}
	lay_slot(layout, NULL);
	return at;
}

static bool is_root(const struct ocre_mount *mount)
{
	return strcmp(mount->guest_path, "/") == 0;
}

/* "HOST:GUEST[:ro]" again; the container's own directory is told apart, as `workdir`. */
static char **lay_mounts(struct layout *layout, const struct ocre_guest *guest)
{
	char **at = layout->slot;
	uint32_t count = 0;

	for (uint32_t i = 0; i < guest->mount_count; i++) {
		const struct ocre_mount *mount = &guest->mounts[i];
		const char *const parts[4] = {mount->host_path, ":", mount->guest_path,
					      mount->read_only ? ":ro" : NULL};

		if (!is_root(mount)) {
			lay_slot(layout, lay_text(layout, parts));
			count++;
		}
	}
	if (count == 0) {
		return NULL;
	}
	lay_slot(layout, NULL);
	return at;
}

struct arguments {
	const char *id;
	const char *path;
	const char *workdir;
	const char **capabilities;
	const char **argv;
	const char **envp;
	const char **mounts;
};

static void lay_all(struct layout *layout, const struct ocre_guest *guest, const char *path,
		    struct arguments *out)
{
	uint32_t argc = guest->arg_count > 0 ? guest->arg_count - 1 : 0;
	uint32_t grants = 0;
	const char *workdir = NULL;

	while (guest->grants != NULL && guest->grants[grants] != NULL) {
		grants++;
	}
	for (uint32_t i = 0; i < guest->mount_count; i++) {
		if (is_root(&guest->mounts[i])) {
			workdir = guest->mounts[i].host_path;
		}
	}
	out->id = lay_string(layout, guest->id);
	out->path = lay_string(layout, path);
	out->workdir = lay_string(layout, workdir);
	out->capabilities = (const char **)lay_list(layout, guest->grants, grants);
	out->argv = (const char **)lay_list(layout, argc > 0 ? guest->args + 1 : NULL, argc);
	out->envp = (const char **)lay_list(layout, guest->env, guest->env_count);
	out->mounts = (const char **)lay_mounts(layout, guest);
}

/* Counts first, then lays: one allocation that outlives the guest if it must. */
static bool lay_arguments(struct box *box, const char *path, struct arguments *out)
{
	struct layout count = {0};
	struct layout layout = {0};

	lay_all(&count, box->guest, path, out);
	box->lists = user_malloc(count.slots * sizeof(char *) + count.bytes);
	if (box->lists == NULL) {
		return false;
	}
	layout.slot = box->lists;
	layout.text = (char *)(box->lists + count.slots);
	lay_all(&layout, box->guest, path, out);
	return true;
}

/* ---- containers ---- */

static bool init_sync(struct box *box)
{
	if (pthread_mutex_init(&box->lock, NULL) != 0) {
		return false;
	}
	if (pthread_cond_init(&box->changed, NULL) != 0) {
		goto destroy_lock;
	}
	if (sem_init(&box->ready, 0, 0) != 0) {
		goto destroy_changed;
	}
	return true;

destroy_changed:
	pthread_cond_destroy(&box->changed);
destroy_lock:
	pthread_mutex_destroy(&box->lock);
	return false;
}

static void free_box(struct box *box)
{
	sem_destroy(&box->ready);
	pthread_cond_destroy(&box->changed);
	pthread_mutex_destroy(&box->lock);
	user_free(box->lists);
	user_free(box);
}

static void leave(struct box *box)
{
	unsigned int owners;

	pthread_mutex_lock(&box->lock);
	owners = --box->owners;
	pthread_mutex_unlock(&box->lock);
	if (owners == 0) {
		free_box(box);
	}
}

static int adapter_create(void *driver, void *loaded, struct ocre_guest *guest,
			  const struct ocre_driver_options *options, void **object,
			  struct ocre_diag *diag)
{
	struct adapter *adapter = (struct adapter *)driver;
	const struct image *image = (const struct image *)loaded;
	struct arguments arguments = {0};
	struct box *box = user_malloc(sizeof(*box));

	(void)options; /* a runtime knows neither stack nor heap of ours */
	if (box == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	memset(box, 0, sizeof(*box));
	box->vtable = adapter->vtable;
	box->env = adapter->env;
	box->guest = guest;
	box->owners = 1;
	if (!init_sync(box)) {
		user_free(box);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	if (!lay_arguments(box, image->path, &arguments)) {
		free_box(box);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	box->runtime = box->vtable->create(arguments.id, arguments.path, arguments.workdir,
					   arguments.capabilities, arguments.argv, arguments.envp,
					   arguments.mounts, guest->stdio[0], guest->stdio[1],
					   guest->stdio[2]);
	if (box->runtime == NULL) {
		free_box(box);
		return ocre_diag_set(diag, OCRE_E_INVALID, OCRE_NO_OFFSET,
				     "runtime '%s' made no container of image '%s'",
				     adapter->vtable->runtime_name, guest->image);
	}
	*object = box;
	return OCRE_OK;
}

static void adapter_destroy(void *object)
{
	struct box *box = (struct box *)object;
	bool busy;

	pthread_mutex_lock(&box->lock);
	busy = box->busy;
	pthread_mutex_unlock(&box->lock);
	/* A runtime that was given up still uses its own object: that is lost, and only that. */
	if (busy) {
		LOG_ERR("runtime '%s': container '%s' does not end; its memory is lost",
			box->vtable->runtime_name, box->guest->id);
	} else {
		(void)box->vtable->destroy(box->runtime);
	}
	leave(box);
}

/* ---- a life ---- */

static void *live(void *arg)
{
	struct box *box = (struct box *)arg;
	struct ocre_end_info end;
	bool begun;

	int code = box->vtable->thread_execute(box->runtime, &box->ready);

	pthread_mutex_lock(&box->lock);
	box->busy = false;
	box->code = code;
	(void)sem_post(&box->ready); /* so that start() looks, whatever the runtime has done */
	pthread_cond_broadcast(&box->changed);
	while (box->verdict == UNDECIDED) {
		pthread_cond_wait(&box->changed, &box->lock);
	}
	begun = box->verdict == BEGUN;
	pthread_mutex_unlock(&box->lock);
	if (begun) {
		memset(&end, 0, sizeof(end));
		end.end = OCRE_END_EXIT;
		end.code = (int32_t)code;
		box->env.exited(box->guest, &end);
	}
	leave(box);
	return NULL;
}

/* A detached thread that takes no signals of the process. */
static bool start_thread(struct box *box)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t old;
	int rc;

	if (pthread_attr_init(&attr) != 0) {
		return false;
	}
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&thread, &attr, live, box);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&attr);
	return rc == 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

static void later(struct timespec *at, long ms)
{
	clock_gettime(CLOCK_REALTIME, at);
	at->tv_nsec += ms * 1000000L;
	at->tv_sec += at->tv_nsec / 1000000000L;
	at->tv_nsec %= 1000000000L;
}

/* The semaphore knows the wall clock alone, which may jump: so in short turns. */
static bool wait_ready(sem_t *ready)
{
	uint64_t end = now_ms() + CONFIG_OCRE_RUNTIME_READY_MS;

	do {
		struct timespec until;

		later(&until, 50);
		if (sem_timedwait(ready, &until) == 0) {
			return true;
		}
	} while (now_ms() < end);
	return false;
}

static void decide(struct box *box, enum verdict verdict)
{
	box->verdict = verdict;
	pthread_cond_broadcast(&box->changed);
}

/* With the lock. The runtime is late: it is not waited for any longer. */
static int give_up(struct box *box, struct ocre_diag *diag)
{
	uint64_t end = now_ms() + GIVEN_UP_MS;

	decide(box, FAILED);
	pthread_mutex_unlock(&box->lock);
	(void)box->vtable->kill(box->runtime);
	pthread_mutex_lock(&box->lock);
	while (box->busy && now_ms() < end) {
		struct timespec until;

		later(&until, 10);
		(void)pthread_cond_timedwait(&box->changed, &box->lock, &until);
	}
	return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
			     "runtime '%s' did not start its container within %u ms",
			     box->vtable->runtime_name, (uint32_t)CONFIG_OCRE_RUNTIME_READY_MS);
}

/* With the lock; one post has been taken if `posted`. */
static int judge(struct box *box, bool posted, struct ocre_diag *diag)
{
	posted = posted || sem_trywait(&box->ready) == 0;
	/* The thread posts when it is done: then the runtime has posted if there is one more. */
	if (!box->busy && sem_trywait(&box->ready) != 0) {
		decide(box, FAILED);
		return ocre_diag_set(diag, OCRE_E_INVALID, OCRE_NO_OFFSET,
				     "runtime '%s' could not start its container: it returned %d",
				     box->vtable->runtime_name, (int32_t)box->code);
	}
	if (box->busy && !posted) {
		return give_up(box, diag);
	}
	decide(box, BEGUN);
	return OCRE_OK;
}

static int adapter_start(void *object, struct ocre_diag *diag)
{
	struct box *box = (struct box *)object;
	bool posted;
	int rc;

	pthread_mutex_lock(&box->lock);
	if (box->busy) {
		pthread_mutex_unlock(&box->lock);
		return ocre_diag_set(diag, OCRE_E_STATE, OCRE_NO_OFFSET,
				     "runtime '%s' has not ended what it was to start before",
				     box->vtable->runtime_name);
	}
	/* What the last life left in the semaphore. */
	while (sem_trywait(&box->ready) == 0) {
	}
	box->verdict = UNDECIDED;
	box->paused = false;
	box->busy = true;
	box->owners++;
	if (!start_thread(box)) {
		box->busy = false;
		box->owners--;
		pthread_mutex_unlock(&box->lock);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "there is no thread for the container");
	}
	pthread_mutex_unlock(&box->lock);

	posted = wait_ready(&box->ready);
	pthread_mutex_lock(&box->lock);
	rc = judge(box, posted, diag);
	pthread_mutex_unlock(&box->lock);
	return rc;
}

/* Its thread has left the runtime, and needs nothing but the box. */
static void adapter_end(void *object)
{
	(void)object;
}

/* ---- telling it what to do ---- */

static int tell(int (*fn)(void *runtime_context), struct box *box)
{
	if (fn == NULL) {
		return OCRE_E_UNSUPPORTED;
	}
	return fn(box->runtime) == 0 ? OCRE_OK : OCRE_E_IO;
}

static int adapter_signal(void *object, enum ocre_signal signal)
{
	struct box *box = (struct box *)object;
	const struct ocre_runtime_vtable *vtable = box->vtable;
	int rc = OCRE_E_UNSUPPORTED;
	bool busy;

	pthread_mutex_lock(&box->lock);
	busy = box->busy;
	pthread_mutex_unlock(&box->lock);
	if (!busy) { /* it has ended; the core is about to hear of it */
		return signal == OCRE_SIGNAL_STOP || signal == OCRE_SIGNAL_KILL ? OCRE_OK
										: OCRE_E_STATE;
	}
	switch (signal) {
	case OCRE_SIGNAL_STOP:
		rc = tell(vtable->stop, box);
		break;
	case OCRE_SIGNAL_KILL:
		/* Runtimes are promised that only what runs is killed. */
		if (box->paused && vtable->unpause != NULL) {
			(void)vtable->unpause(box->runtime);
		}
		box->paused = false;
		rc = tell(vtable->kill, box);
		break;
	case OCRE_SIGNAL_PAUSE:
		rc = box->paused ? OCRE_E_STATE : tell(vtable->pause, box);
		box->paused = box->paused || rc == OCRE_OK;
		break;
	case OCRE_SIGNAL_UNPAUSE:
		rc = box->paused ? tell(vtable->unpause, box) : OCRE_E_STATE;
		box->paused = box->paused && rc != OCRE_OK;
		break;
	}
	return rc;
}

static const struct ocre_driver adapter_driver = {
	.open = adapter_open,
	.close = adapter_close,
	.load = adapter_load,
	.unload = adapter_unload,
	.create = adapter_create,
	.destroy = adapter_destroy,
	.start = adapter_start,
	.end = adapter_end,
	.signal = adapter_signal,
};

void ocre__runtime_driver(const struct ocre_runtime_vtable *vtable, struct ocre_driver *out)
{
	*out = adapter_driver;
	out->name = vtable->runtime_name;
}
