/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime.c - the older API's runtime: numbered slots, each with a container of the core. What a
 * container does is asked of the core each time, so that nothing here can disagree with it.
 */
#include "internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/choice.h>
#include <ocre/fs/fs.h>
#include <ocre/platform/memory.h>

/* What the driver is called that host functions in WAMR's form go to. */
#define WASM_DRIVER "wamr/wasip1"

/* ---- words ---- */

static void say(struct ocre__runtime *runtime, const char *what, const char *text)
{
	char line[FILE_PATH_MAX];

	if (runtime->config.log != NULL) {
		snprintf(line, sizeof(line), "%s: %s", what, text);
		runtime->config.log(runtime->config.log_ctx, 1, line);
	}
}

/* The words of a failure into the log, and where the program can see them. */
static void blame(struct ocre__runtime *runtime, int id, const char *what,
		  const struct ocre_diag *diag)
{
	const char *text = diag->status != 0 ? diag->text : "failed";

	if (id >= 0) {
		ocre_runtime_arguments_t *seen =
			&runtime->ctx->containers[id].ocre_runtime_arguments;

		ocre__mutex_lock(&runtime->lock);
		snprintf(seen->error_buf, sizeof(seen->error_buf), "%.127s", text);
		ocre__mutex_unlock(&runtime->lock);
	}
	say(runtime, what, text);
}

/* ---- opening and closing ---- */

static int check_arguments(const ocre_container_init_arguments_t *args, struct ocre_diag *diag)
{
	if (args->maximum_containers < 0 || args->maximum_containers > MAX_CONTAINERS) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "maximum_containers is %d: at most %u, and not negative",
				     (int32_t)args->maximum_containers, (uint32_t)MAX_CONTAINERS);
	}
	return OCRE_OK;
}

/*
 * Give the WebAssembly driver our provider, before those that the choice has: copies of what the
 * choice gave, with one more.
 */
static int add_natives(struct ocre__runtime *runtime, struct ocre_diag *diag)
{
	struct ocre_context_config *config = &runtime->config;
	struct ocre_driver_choice *wasm = NULL;

	runtime->drivers = ocre__zeroed((config->driver_count + 1u) * sizeof(*runtime->drivers));
	if (runtime->drivers == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	for (uint32_t n = 0; n < config->driver_count; n++) {
		runtime->drivers[n] = config->drivers[n];
		if (wasm == NULL && strcmp(config->drivers[n].driver->name, WASM_DRIVER) == 0) {
			wasm = &runtime->drivers[n];
		}
	}
	config->drivers = runtime->drivers;
	if (wasm == NULL) {
		return ocre_diag_set(diag, OCRE_E_UNSUPPORTED, OCRE_NO_OFFSET,
				     "ocre_api_functions: this program has no driver " WASM_DRIVER);
	}
	if (wasm->config != NULL) {
		runtime->wasm = *(const struct ocre_wasm_config *)wasm->config;
	}
	runtime->providers =
		ocre__zeroed((runtime->wasm.provider_count + 1u) * sizeof(*runtime->providers));
	if (runtime->providers == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	runtime->providers[0] = ocre__natives_choice(runtime->natives);
	for (uint32_t n = 0; n < runtime->wasm.provider_count; n++) {
		runtime->providers[n + 1] = runtime->wasm.providers[n];
	}
	runtime->wasm.providers = runtime->providers;
	runtime->wasm.provider_count++;
	wasm->config = &runtime->wasm;
	return OCRE_OK;
}

static int open_context(struct ocre__runtime *runtime, const ocre_container_init_arguments_t *args,
			struct ocre_diag *diag)
{
	char workdir[FILE_PATH_MAX];
	int rc = ocre_app_storage_init();

	if (rc == 0) {
		rc = ocre_app_storage_path(workdir, sizeof(workdir));
	}
	if (rc < 0) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET, "the storage: %s",
				     strerror(-rc));
	}
	if (args->ocre_api_functions != NULL) {
		rc = ocre__natives_create(args->ocre_api_functions, &runtime->natives, diag);
		if (rc == OCRE_OK) {
			rc = add_natives(runtime, diag);
		}
		if (rc < 0) {
			return rc;
		}
	}
	runtime->config.workdir = workdir;
	rc = ocre_context_open(&runtime->config, &runtime->context, diag);
	runtime->config.workdir = NULL;
	return rc;
}

static void free_runtime(struct ocre__runtime *runtime)
{
	for (int n = 0; n < MAX_CONTAINERS; n++) {
		struct ocre__image *image = runtime->slots[n].image;

		if (image != NULL && --image->users == 0) {
			ocre__image_free(image);
		}
		ocre__mutex_deinit(&runtime->slots[n].busy);
	}
	ocre__mutex_deinit(&runtime->lock);
	ocre__natives_destroy(runtime->natives);
	user_free(runtime->providers);
	user_free(runtime->drivers);
	user_free(runtime);
}

int ocre__runtime_open(ocre_cs_ctx *ctx, const ocre_container_init_arguments_t *args,
		       struct ocre__runtime **out)
{
	struct ocre__runtime *runtime = ocre__zeroed(sizeof(*runtime));
	struct ocre_diag diag = {0};
	int rc;

	if (runtime == NULL) {
		return OCRE_E_NOMEM;
	}
	ocre__mutex_init(&runtime->lock);
	for (int n = 0; n < MAX_CONTAINERS; n++) {
		ocre__mutex_init(&runtime->slots[n].busy);
	}
	runtime->ctx = ctx;
	runtime->default_stack_size = args->default_stack_size;
	runtime->default_heap_size = args->default_heap_size;
	runtime->slot_count = args->maximum_containers;
	if (args->maximum_containers == 0) {
		runtime->slot_count = MAX_CONTAINERS;
	}
	/* The choice comes first, since it brings the log that later failures are written to. */
	rc = ocre_choice_open(&runtime->config, &diag);
	if (rc < 0) {
		free_runtime(runtime);
		return rc;
	}
	rc = check_arguments(args, &diag);
	if (rc == OCRE_OK) {
		rc = open_context(runtime, args, &diag);
	}
	if (rc < 0) {
		say(runtime, "the runtime cannot be initialized", diag.text);
		ocre_choice_close(&runtime->config);
		free_runtime(runtime);
		return rc;
	}
	memset(ctx, 0, sizeof(*ctx));
	*out = runtime;
	return OCRE_OK;
}

void ocre__runtime_close(struct ocre__runtime *runtime)
{
	ocre_context_close(runtime->context);
	ocre_choice_close(&runtime->config);
	for (int n = 0; n < MAX_CONTAINERS; n++) {
		ocre_container_t *seen = &runtime->ctx->containers[n];

		if (seen->container_runtime_status != CONTAINER_STATUS_UNKNOWN) {
			seen->container_runtime_status = CONTAINER_STATUS_DESTROYED;
		}
	}
	runtime->ctx->download_count = 0;
	free_runtime(runtime);
}

/* ---- status ---- */

static ocre_container_status_t status_of_end(enum ocre_end end)
{
	if (end == OCRE_END_TRAP || end == OCRE_END_LIMIT || end == OCRE_END_ERROR) {
		return CONTAINER_STATUS_ERROR;
	}
	return CONTAINER_STATUS_STOPPED;
}

static ocre_container_status_t status_of(const struct ocre_container_info *info)
{
	switch (info->state) {
	case OCRE_STATE_CREATED:
		return CONTAINER_STATUS_CREATED;
	case OCRE_STATE_RUNNING:
	case OCRE_STATE_PAUSED: /* not by this API */
		return info->unresponsive ? CONTAINER_STATUS_UNRESPONSIVE
					  : CONTAINER_STATUS_RUNNING;
	case OCRE_STATE_EXITED:
	case OCRE_STATE_STOPPED:
		return status_of_end(info->end.end);
	case OCRE_STATE_ERROR:
		return CONTAINER_STATUS_ERROR;
	default:
		return CONTAINER_STATUS_UNKNOWN;
	}
}

/* With runtime.lock held; also brings what the program sees up to date. */
static ocre_container_status_t look(struct ocre__runtime *runtime, int id)
{
	struct ocre__slot *slot = &runtime->slots[id];
	ocre_container_t *seen = &runtime->ctx->containers[id];
	ocre_container_status_t status = CONTAINER_STATUS_ERROR;
	struct ocre_container_info info;

	if (slot->container == NULL) {
		return slot->destroyed ? CONTAINER_STATUS_DESTROYED : CONTAINER_STATUS_ERROR;
	}
	if (ocre_container_get_info(slot->container, &info) == OCRE_OK) {
		status = status_of(&info);
		if (status == CONTAINER_STATUS_ERROR) {
			snprintf(seen->ocre_runtime_arguments.error_buf,
				 sizeof(seen->ocre_runtime_arguments.error_buf), "%.*s",
				 (int)strcspn(info.end.text, "\n"), info.end.text);
		}
	}
	seen->container_runtime_status = status;
	return status;
}

static ocre_container_status_t get_status(struct ocre__runtime *runtime, int id)
{
	ocre_container_status_t status;

	ocre__mutex_lock(&runtime->lock);
	status = look(runtime, id);
	ocre__mutex_unlock(&runtime->lock);
	return status;
}

/* ---- images ---- */

/* One of the same bytes that a container has already takes its place. */
static struct ocre__image *share_image(struct ocre__runtime *runtime, struct ocre__image *image)
{
	struct ocre__image *same = NULL;

	ocre__mutex_lock(&runtime->lock);
	for (int n = 0; n < MAX_CONTAINERS && same == NULL; n++) {
		struct ocre__image *other = runtime->slots[n].image;

		if (other != NULL && ocre__image_equal(other, image)) {
			same = other;
			same->users++;
		}
	}
	ocre__mutex_unlock(&runtime->lock);
	if (same != NULL) {
		ocre__image_free(image);
		return same;
	}
	return image;
}

static void release_image(struct ocre__runtime *runtime, struct ocre__image *image)
{
	bool last;

	ocre__mutex_lock(&runtime->lock);
	last = --image->users == 0;
	ocre__mutex_unlock(&runtime->lock);
	if (last) {
		ocre__image_free(image);
	}
}

/* ---- create ---- */

static int check_text(const char *text, size_t size, const char *what, struct ocre_diag *diag)
{
	if (memchr(text, '\0', size) == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "%s has no NUL at its end", what);
	}
	if (text[0] == '\0') {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET, "%s is empty", what);
	}
	return OCRE_OK;
}

static int check_data(const ocre_container_data_t *data, struct ocre_diag *diag)
{
	int rc = check_text(data->name, sizeof(data->name), "name", diag);

	if (rc == OCRE_OK) {
		rc = check_text(data->sha256, sizeof(data->sha256), "sha256", diag);
	}
	if (rc < 0) {
		return rc;
	}
	if (strchr(data->sha256, '/') != NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "sha256 names a file in images: no slash in %s", data->sha256);
	}
	if (data->watchdog_interval < 0 || data->timers < 0) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "%s is negative; 0 is for none",
				     data->timers < 0 ? "timers" : "watchdog_interval");
	}
	return OCRE_OK;
}

/* A free slot, taken, with the name in it. */
static int take_slot(struct ocre__runtime *runtime, const char *name, int *id,
		     struct ocre_diag *diag)
{
	int rc = OCRE_OK;
	int found = -1;

	ocre__mutex_lock(&runtime->lock);
	for (int n = 0; n < runtime->slot_count && rc == OCRE_OK; n++) {
		if (!runtime->slots[n].used) {
			found = found < 0 ? n : found;
		} else if (strcmp(runtime->slots[n].name, name) == 0) {
			rc = ocre_diag_set(diag, OCRE_E_BUSY, OCRE_NO_OFFSET,
					   "container %d has this name", (int32_t)n);
		}
	}
	if (rc == OCRE_OK && found < 0) {
		rc = ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				   "there are %u containers, which is maximum_containers",
				   (uint32_t)runtime->slot_count);
	}
	if (rc == OCRE_OK) {
		runtime->slots[found].used = true;
		memcpy(runtime->slots[found].name, name, strlen(name) + 1);
		*id = found;
	}
	ocre__mutex_unlock(&runtime->lock);
	return rc;
}

/*
 * A name for the core, whose names are small letters, digits and `_-.`: other bytes as .xx. The
 * container's storage is named so, and is found again by it.
 */
static void core_name(const char *name, char *out)
{
	static const char digits[] = "0123456789abcdef";

	memcpy(out, "v0-", 3);
	out += 3;
	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-') {
			*out++ = (char)c;
		} else {
			*out++ = '.';
			*out++ = digits[c >> 4];
			*out++ = digits[c & 15];
		}
	}
	*out = '\0';
}

static int create(struct ocre__runtime *runtime, const ocre_container_data_t *data,
		  struct ocre__image *image, struct ocre_container **out, struct ocre_diag *diag)
{
	static const char *const grants[] = {"ocre:api", "filesystem", NULL};
	char file[sizeof(data->sha256) + 4];
	char name[3 * sizeof(data->name) + 3];
	struct ocre_container_config config = {
		.id = name,
		.image = file,
		.bytes = {image->data, image->size},
		.grants = grants,
		.stack_size = data->stack_size,
		.heap_size = data->heap_size,
		.max_timers = (uint32_t)data->timers,
		.watchdog_ms = (uint32_t)data->watchdog_interval,
	};

	core_name(data->name, name);
	snprintf(file, sizeof(file), "%s.bin", data->sha256);
	if (config.stack_size == 0) {
		config.stack_size = runtime->default_stack_size;
	}
	if (config.heap_size == 0) {
		config.heap_size = runtime->default_heap_size;
	}
	if (data->WDT != NULL) {
		if (config.watchdog_ms == 0) {
			config.watchdog_ms = data->WDT->timeout;
		}
		if (data->WDT->restart) {
			config.watchdog_restart = true;
			config.restart = OCRE_RESTART_ON_FAILURE;
		}
	}
	return ocre_container_create(runtime->context, &config, out, diag);
}

/* With the slot filled: what the program sees. */
static void show(struct ocre__runtime *runtime, int id, const ocre_container_data_t *data)
{
	ocre_container_t *seen = &runtime->ctx->containers[id];
	ocre_runtime_arguments_t *args = &seen->ocre_runtime_arguments;

	memset(seen, 0, sizeof(*seen));
	seen->ocre_container_data = *data;
	args->size = (uint32_t)runtime->slots[id].image->size;
	args->stack_size = data->stack_size != 0 ? data->stack_size : runtime->default_stack_size;
	args->heap_size = data->heap_size != 0 ? data->heap_size : runtime->default_heap_size;
	seen->container_runtime_status = CONTAINER_STATUS_CREATED;
	runtime->ctx->current_container_id = id;
	runtime->ctx->download_count++;
}

static int create_container(struct ocre__runtime *runtime, const ocre_container_data_t *data,
			    int *container_id, struct ocre_diag *diag)
{
	struct ocre_container *container = NULL;
	struct ocre__image *image = NULL;
	int id = -1;
	int rc = check_data(data, diag);

	if (rc == OCRE_OK) {
		rc = take_slot(runtime, data->name, &id, diag);
	}
	if (rc < 0) {
		return rc;
	}
	rc = ocre__image_read(runtime->config.port, data->sha256, &image, diag);
	if (rc == OCRE_OK) {
		image = share_image(runtime, image);
		rc = create(runtime, data, image, &container, diag);
		if (rc < 0) {
			release_image(runtime, image);
		}
	}
	ocre__mutex_lock(&runtime->lock);
	if (rc < 0) {
		runtime->slots[id].used = false;
	} else {
		runtime->slots[id].image = image;
		runtime->slots[id].container = container;
		show(runtime, id, data);
		*container_id = id;
	}
	ocre__mutex_unlock(&runtime->lock);
	return rc;
}

ocre_container_status_t
ocre_container_runtime_create_container(ocre_cs_ctx *ctx,
					struct ocre_container_data_t *container_data,
					int *container_id, ocre_container_runtime_cb callback)
{
	ocre_container_status_t status = CONTAINER_STATUS_ERROR;
	struct ocre__runtime *runtime = ocre__enter(ctx);
	struct ocre_diag diag = {0};

	if (runtime != NULL) {
		if (container_data == NULL || container_id == NULL) {
			say(runtime, "create_container", "container_data or container_id is NULL");
		} else if (create_container(runtime, container_data, container_id, &diag) ==
			   OCRE_OK) {
			status = CONTAINER_STATUS_CREATED;
		} else {
			char what[64];

			snprintf(what, sizeof(what), "create_container %.15s",
				 container_data->name);
			blame(runtime, -1, what, &diag);
		}
		ocre__leave();
	}
	if (callback != NULL) {
		callback();
	}
	return status;
}

/* ---- the calls that a container has ---- */

/* The container with this id, for one call at a time: NULL, or what end_call() must follow. */
static struct ocre_container *begin_call(struct ocre__runtime *runtime, int id)
{
	struct ocre_container *container;

	if (id < 0 || id >= runtime->slot_count) {
		return NULL;
	}
	ocre__mutex_lock(&runtime->slots[id].busy);
	ocre__mutex_lock(&runtime->lock);
	container = runtime->slots[id].container;
	ocre__mutex_unlock(&runtime->lock);
	if (container == NULL) {
		ocre__mutex_unlock(&runtime->slots[id].busy);
	}
	return container;
}

static void end_call(struct ocre__runtime *runtime, int id)
{
	ocre__mutex_unlock(&runtime->slots[id].busy);
}

/* Was it never run, or could it not be? */
static bool never_ran(struct ocre_container *container)
{
	struct ocre_container_info info;

	return ocre_container_get_info(container, &info) != OCRE_OK ||
	       info.state == OCRE_STATE_CREATED;
}

static bool is_running(struct ocre_container *container)
{
	struct ocre_container_info info;

	return ocre_container_get_info(container, &info) == OCRE_OK &&
	       (info.state == OCRE_STATE_RUNNING || info.state == OCRE_STATE_PAUSED);
}

/* What each call does; the container is held by begin_call(). */
typedef int (*action_fn)(struct ocre__runtime *runtime, int id, struct ocre_container *container,
			 struct ocre_diag *diag);

static int refuse_state(struct ocre_container *container, struct ocre_diag *diag)
{
	struct ocre_container_info info;

	if (ocre_container_get_info(container, &info) != OCRE_OK) {
		return OCRE_E_STATE;
	}
	return ocre_diag_set(diag, OCRE_E_STATE, OCRE_NO_OFFSET, "not possible while it is %s",
			     ocre_state_name(info.state));
}

static int run(struct ocre__runtime *runtime, int id, struct ocre_container *container,
	       struct ocre_diag *diag)
{
	(void)runtime;
	(void)id;
	if (is_running(container)) {
		return refuse_state(container, diag);
	}
	return ocre_core_start(container, diag);
}

static int stop(struct ocre__runtime *runtime, int id, struct ocre_container *container,
		struct ocre_diag *diag)
{
	int rc;

	(void)runtime;
	(void)id;
	if (never_ran(container)) {
		return refuse_state(container, diag);
	}
	rc = ocre_core_stop(container);
	return rc == OCRE_E_STATE && !is_running(container) ? OCRE_OK : rc;
}

static int restart(struct ocre__runtime *runtime, int id, struct ocre_container *container,
		   struct ocre_diag *diag)
{
	(void)runtime;
	(void)id;
	if (never_ran(container)) {
		return refuse_state(container, diag);
	}
	return ocre_core_restart(container, diag);
}

/* A policy can start it again between stop and remove; kill and try again then. */
static int remove_container(struct ocre_container *container)
{
	int rc;

	(void)ocre_core_stop(container);
	rc = ocre_container_remove(container);
	while (rc == OCRE_E_STATE) {
		(void)ocre_core_kill(container);
		rc = ocre_container_remove(container);
	}
	return rc;
}

static int destroy(struct ocre__runtime *runtime, int id, struct ocre_container *container,
		   struct ocre_diag *diag)
{
	struct ocre__slot *slot = &runtime->slots[id];
	ocre_container_t *seen = &runtime->ctx->containers[id];
	struct ocre__image *image;
	int rc;

	ocre__mutex_lock(&runtime->lock);
	slot->container = NULL;
	slot->destroyed = true;
	ocre__mutex_unlock(&runtime->lock);
	rc = remove_container(container);
	ocre__mutex_lock(&runtime->lock);
	if (rc < 0) {
		slot->container = container;
	}
	ocre__mutex_unlock(&runtime->lock);
	if (rc < 0) {
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s", ocre_status_text(rc));
	}
	ocre__mutex_lock(&runtime->lock);
	image = slot->image;
	slot->image = NULL; /* before it is released: nobody may find it to share */
	slot->used = false;
	seen->container_runtime_status = CONTAINER_STATUS_DESTROYED;
	runtime->ctx->download_count--;
	ocre__mutex_unlock(&runtime->lock);
	release_image(runtime, image);
	return OCRE_OK;
}

/* The form of all of them: `done` is what to return when it was. */
static ocre_container_status_t call(ocre_cs_ctx *ctx, int id, ocre_container_runtime_cb callback,
				    action_fn action, const char *what,
				    ocre_container_status_t done)
{
	ocre_container_status_t status = CONTAINER_STATUS_ERROR;
	struct ocre__runtime *runtime = ocre__enter(ctx);

	if (runtime != NULL) {
		struct ocre_container *container = begin_call(runtime, id);
		struct ocre_diag diag = {0};

		if (container == NULL) {
			ocre_diag_set(&diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				      "there is no container %d", (int32_t)id);
			blame(runtime, -1, what, &diag);
		} else {
			if (action(runtime, id, container, &diag) == OCRE_OK) {
				status = done;
			} else {
				blame(runtime, id, what, &diag);
			}
			(void)get_status(runtime, id);
			end_call(runtime, id);
		}
		ocre__leave();
	}
	if (callback != NULL) {
		callback();
	}
	return status;
}

ocre_container_status_t ocre_container_runtime_run_container(ocre_cs_ctx *ctx, int container_id,
							     ocre_container_runtime_cb callback)
{
	return call(ctx, container_id, callback, run, "run_container", CONTAINER_STATUS_RUNNING);
}

ocre_container_status_t ocre_container_runtime_stop_container(ocre_cs_ctx *ctx, int container_id,
							      ocre_container_runtime_cb callback)
{
	return call(ctx, container_id, callback, stop, "stop_container", CONTAINER_STATUS_STOPPED);
}

ocre_container_status_t ocre_container_runtime_destroy_container(ocre_cs_ctx *ctx, int container_id,
								 ocre_container_runtime_cb callback)
{
	return call(ctx, container_id, callback, destroy, "destroy_container",
		    CONTAINER_STATUS_DESTROYED);
}

ocre_container_status_t ocre_container_runtime_restart_container(ocre_cs_ctx *ctx, int container_id,
								 ocre_container_runtime_cb callback)
{
	return call(ctx, container_id, callback, restart, "restart_container",
		    CONTAINER_STATUS_RUNNING);
}

ocre_container_status_t ocre_container_runtime_get_container_status(ocre_cs_ctx *ctx,
								    int container_id)
{
	ocre_container_status_t status = CONTAINER_STATUS_ERROR;
	struct ocre__runtime *runtime = ocre__enter(ctx);

	if (runtime != NULL) {
		if (container_id >= 0 && container_id < runtime->slot_count) {
			status = get_status(runtime, container_id);
		}
		ocre__leave();
	}
	return status;
}
