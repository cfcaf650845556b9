/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context.c - a context: its memory, its directory, its drivers and its executors.
 */
#include "internal.h"

#include <string.h>

/* ---- the working directory ---- */

/* The length of the path without its last component; 0: there is no other. */
static size_t parent_of(const char *path, size_t size)
{
	while (size > 0 && path[size - 1] == '/') {
		size--;
	}
	while (size > 0 && path[size - 1] != '/') {
		size--;
	}
	while (size > 1 && path[size - 1] == '/') {
		size--;
	}
	return size;
}

static int make_and_open(const struct ocre_port *port, int32_t dir, const char *name, int32_t *out)
{
	int rc = port->ops->make_dir_at(port->ctx, dir, name);

	if (rc != 0 && rc != -OCRE_ERRNO_EXIST) {
		return rc;
	}
	return port->ops->open_at(port->ctx, dir, name, OCRE_OPEN_DIRECTORY, out);
}

/* Open the directory, after making what is missing of it. `path` is written to and restored. */
static int open_directory(const struct ocre_port *port, char *path, int32_t *out)
{
	size_t whole = strlen(path);
	size_t have = whole;
	int32_t dir = -1;
	int rc = port->ops->open_root(port->ctx, path, &dir);

	/* Up to what exists. */
	while (rc == -OCRE_ERRNO_NOENT && have > 0) {
		char kept;

		have = parent_of(path, have);
		kept = path[have];
		path[have] = '\0';
		rc = port->ops->open_root(port->ctx, have > 0 ? path : ".", &dir);
		path[have] = kept;
	}
	/* And down again. */
	while (rc == 0 && have < whole) {
		size_t from = have;
		int32_t next = -1;
		char kept;

		while (path[from] == '/') {
			from++;
		}
		if (path[from] == '\0') {
			break;
		}
		have = from;
		while (path[have] != '/' && path[have] != '\0') {
			have++;
		}
		kept = path[have];
		path[have] = '\0';
		rc = make_and_open(port, dir, path + from, &next);
		path[have] = kept;
		port->ops->close(port->ctx, dir);
		dir = next;
	}
	*out = dir;
	return rc;
}

static int open_workdir(struct ocre_context *context, const char *workdir, struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;
	int32_t dir = -1;
	int rc;

	if (workdir == NULL) {
		return OCRE_OK;
	}
	if (workdir[0] == '\0') {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "the working directory has an empty name");
	}
	context->workdir_size = strlen(workdir) + 1;
	context->workdir = ocre_mem_alloc(&context->mem, context->workdir_size);
	if (context->workdir == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for a context");
	}
	memcpy(context->workdir, workdir, context->workdir_size);
	rc = open_directory(port, context->workdir, &dir);
	if (rc == 0) {
		rc = make_and_open(port, dir, "images", &context->images_dir);
	}
	if (rc == 0) {
		rc = make_and_open(port, dir, "containers", &context->storage_dir);
	}
	if (dir >= 0) {
		port->ops->close(port->ctx, dir);
	}
	return rc == 0 ? OCRE_OK
		       : ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				       "working directory %s cannot be used: error %d of the port",
				       workdir, rc);
}

/* ---- drivers ---- */

static int open_drivers(struct ocre_context *context, const struct ocre_context_config *config,
			struct ocre_diag *diag)
{
	context->drivers = ocre_mem_alloc_array(&context->mem, config->driver_count,
						sizeof(*context->drivers));
	if (context->drivers == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for drivers");
	}
	context->driver_room = config->driver_count;
	for (uint32_t i = 0; i < config->driver_count; i++) {
		struct ocre__driver *one = &context->drivers[i];
		int rc;

		one->driver = config->drivers[i].driver;
		one->env.mem = &context->mem;
		one->env.port = context->port;
		one->env.config = config->drivers[i].config;
		one->env.exited = ocre__exited;
		rc = one->driver->open(&one->env, &one->opened, diag);
		if (rc != OCRE_OK) {
			return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "driver %s: %s",
					     one->driver->name, ocre_status_text(rc));
		}
		context->driver_count++;
	}
	return OCRE_OK;
}

/* ---- open and close ---- */

static int init_threads(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads == NULL) {
		return 0;
	}
	if (port->threads->mutex_init(port->ctx, &context->mutex) != 0) {
		return OCRE_E_NOMEM;
	}
	if (port->threads->mutex_init(port->ctx, &context->door) != 0) {
		goto deinit_mutex;
	}
	if (port->threads->cond_init(port->ctx, &context->work) != 0) {
		goto deinit_door;
	}
	if (port->threads->cond_init(port->ctx, &context->changed) != 0) {
		goto deinit_work;
	}
	return OCRE_OK;

deinit_work:
	port->threads->cond_deinit(port->ctx, &context->work);
deinit_door:
	port->threads->mutex_deinit(port->ctx, &context->door);
deinit_mutex:
	port->threads->mutex_deinit(port->ctx, &context->mutex);
	return OCRE_E_NOMEM;
}

static void deinit_threads(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;

	if (port->threads != NULL) {
		port->threads->cond_deinit(port->ctx, &context->changed);
		port->threads->cond_deinit(port->ctx, &context->work);
		port->threads->mutex_deinit(port->ctx, &context->door);
		port->threads->mutex_deinit(port->ctx, &context->mutex);
	}
}

/* Everything but containers; all parts that are there. */
static void destroy(struct ocre_context *context)
{
	const struct ocre_port *port = context->port;
	struct ocre_mem mem;

	ocre__executors_end(context);
	while (context->driver_count > 0) {
		struct ocre__driver *one = &context->drivers[--context->driver_count];

		one->driver->close(one->opened);
	}
	ocre_mem_free(&context->mem, context->drivers,
		      context->driver_room * sizeof(*context->drivers));
	if (context->images_dir >= 0) {
		port->ops->close(port->ctx, context->images_dir);
	}
	if (context->storage_dir >= 0) {
		port->ops->close(port->ctx, context->storage_dir);
	}
	ocre_mem_free(&context->mem, context->workdir, context->workdir_size);
	ocre_mem_free(&context->mem, context->buckets,
		      context->bucket_count * sizeof(*context->buckets));
	ocre_mem_free(&context->mem, context->fds, context->fd_room * sizeof(*context->fds));
	ocre_mem_free(&context->mem, context->fds_ready, context->fd_room);
	ocre_mem_free(&context->mem, context->notices,
		      context->notice_room * sizeof(*context->notices));
	ocre__heap_deinit(context, &context->ready);
	ocre__heap_deinit(context, &context->due);
	deinit_threads(context);
	mem = context->mem;
	ocre_mem_free(&mem, context, sizeof(*context));
}

static int check(const struct ocre_context_config *config, struct ocre_diag *diag)
{
	if (config->port == NULL || config->port->ops == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "a context needs a port");
	}
	if (config->resize == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "a context needs memory: `resize` is NULL");
	}
	if (config->drivers == NULL || config->driver_count == 0) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "a context needs a driver");
	}
	for (uint32_t i = 0; i < config->driver_count; i++) {
		if (config->drivers[i].driver == NULL) {
			return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
					     "driver %u of the context is NULL", i);
		}
	}
	return OCRE_OK;
}

int ocre_context_open(const struct ocre_context_config *config, struct ocre_context **out,
		      struct ocre_diag *diag)
{
	struct ocre_context *context;
	struct ocre_mem mem;
	int rc;

	if (config == NULL || out == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "no configuration or result given");
	}
	rc = check(config, diag);
	if (rc != OCRE_OK) {
		return rc;
	}
	ocre_mem_init(&mem, config->resize, config->resize_ctx,
		      config->memory_limit != 0 ? config->memory_limit : SIZE_MAX);
	mem.threads = true;
	context = ocre_mem_alloc(&mem, sizeof(*context));
	if (context == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for a context");
	}
	context->mem = mem;
	context->port = config->port;
	context->log = config->log;
	context->log_ctx = config->log_ctx;
	context->honest_exit_codes = config->honest_exit_codes;
	context->max_containers = config->max_containers;
	context->images_dir = -1;
	context->storage_dir = -1;
	if (init_threads(context) != OCRE_OK) {
		mem = context->mem;
		ocre_mem_free(&mem, context, sizeof(*context));
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "the port gave no mutex for a context");
	}
	rc = open_workdir(context, config->workdir, diag);
	if (rc == OCRE_OK && config->clear_storage && context->storage_dir >= 0) {
		ocre__storage_clear(context);
	}
	if (rc == OCRE_OK) {
		rc = open_drivers(context, config, diag);
	}
	if (rc == OCRE_OK) {
		rc = ocre__executors_start(context, config->executors, diag);
	}
	if (rc != OCRE_OK) {
		destroy(context);
		return rc;
	}
	*out = context;
	return OCRE_OK;
}

void ocre_context_close(struct ocre_context *context)
{
	if (context == NULL) {
		return;
	}
	ocre__lock(context);
	context->closing = true;
	while (context->first != NULL) {
		struct ocre_container *c = context->first;
		int rc;

		ocre__unlock(context);
		rc = ocre_core_kill(c);
		if (rc != OCRE_OK && rc != OCRE_E_STATE) {
			/* Its driver cannot kill: there is nothing but to wait for its end. */
			ocre_core_wait(c, UINT32_MAX, NULL);
		}
		ocre_container_remove(c);
		ocre__lock(context);
	}
	ocre__notices_flush(context);
	while (context->notifier != 0) {
		ocre__wait_context(context, OCRE__NEVER);
	}
	ocre__unlock(context);
	destroy(context);
}
