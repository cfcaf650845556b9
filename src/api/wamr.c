/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wamr.c - wamr_vtable: the WebAssembly runtime in the shape of a program's own runtime, so that
 * such a runtime can be built around it. Each container of it is the only one of a small context.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <string.h>

#include <ocre/choice.h>
#include <ocre/platform/file.h>
#include <ocre/platform/memory.h>
#include <ocre/runtime/wamr/wasip1.h>

#include "internal.h"

LOG_MODULE_DECLARE(ocre);

struct inner {
	struct ocre_context_config chosen;
	bool is_chosen;
	struct ocre_context *context;
	struct ocre_container *container;
	void *file;
	size_t size;
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/*
 * The core keeps what containers store in WORKDIR/containers/ID, and that is where `directory` is
 * when it came from there. The WORKDIR of it, to be freed; NULL when it is none.
 */
static char *workdir_of(const char *directory, const char *id)
{
	static const char middle[] = "/containers/";
	size_t tail = strlen(middle) + strlen(id);
	size_t size = strlen(directory);
	char *workdir;

	if (size <= tail || strncmp(directory + size - tail, middle, strlen(middle)) != 0 ||
	    strcmp(directory + size - strlen(id), id) != 0) {
		return NULL;
	}
	workdir = user_malloc(size - tail + 1);
	if (workdir != NULL) {
		memcpy(workdir, directory, size - tail);
		workdir[size - tail] = '\0';
	}
	return workdir;
}

static int open_context(struct inner *inner, const char *directory, const char *id,
			struct ocre_diag *diag)
{
	struct ocre_context_config config;
	char *workdir = NULL;
	int rc = ocre_choice_open(&inner->chosen, diag);

	if (rc < 0) {
		return rc;
	}
	inner->is_chosen = true;
	if (directory != NULL) {
		workdir = workdir_of(directory, id);
		if (workdir == NULL) {
			return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
					     "the directory is not WORKDIR/containers/%s", id);
		}
	}
	config = inner->chosen;
	config.workdir = workdir;
	config.executors = 1;
	rc = ocre_context_open(&config, &inner->context, diag);
	user_free(workdir);
	return rc;
}

static int fill(struct inner *inner, const char *path, const char *directory,
		struct ocre_container_config *config, struct ocre_diag *diag)
{
	int rc = open_context(inner, directory, config->id, diag);

	if (rc < 0) {
		return rc;
	}
	inner->file = ocre_load_file(path, &inner->size);
	if (inner->file == NULL) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET, "cannot load: %s",
				     strerror(errno));
	}
	config->bytes.data = inner->file;
	config->bytes.size = inner->size;
	return ocre_container_create(inner->context, config, &inner->container, diag);
}

static void empty(struct inner *inner)
{
	ocre_context_close(inner->context);
	if (inner->is_chosen) {
		ocre_choice_close(&inner->chosen);
	}
	(void)ocre_unload_file(inner->file, inner->size);
	user_free(inner);
}

static void *wamr_create(const char *container_id, const char *img_path, const char *workdir,
			 const char **capabilities, const char **argv, const char **envp,
			 const char **mounts, int stdin_fd, int stdout_fd, int stderr_fd)
{
	struct ocre_container_config config = {
		.id = container_id,
		.args = (const char *const *)argv,
		.env = (const char *const *)envp,
		.mounts = (const char *const *)mounts,
		.grants = (const char *const *)capabilities,
		.stdio_set = true,
		.stdio = {stdin_fd == -1 ? 0 : stdin_fd, stdout_fd == -1 ? 1 : stdout_fd,
			  stderr_fd == -1 ? 2 : stderr_fd},
	};
	struct ocre_diag diag = {0};
	struct inner *inner;
	int rc;

	if (container_id == NULL || img_path == NULL) {
		return NULL;
	}
	inner = user_malloc(sizeof(*inner));
	if (inner == NULL) {
		return NULL;
	}
	memset(inner, 0, sizeof(*inner));
	config.image = base_name(img_path);
	rc = fill(inner, img_path, workdir, &config, &diag);
	if (rc < 0) {
		(void)ocre__fail("wamr/wasip1", img_path, rc, &diag);
		empty(inner);
		return NULL;
	}
	return inner;
}

static int wamr_destroy(void *runtime_context)
{
	empty((struct inner *)runtime_context);
	return 0;
}

static int wamr_execute(void *runtime_context, sem_t *sem)
{
	struct inner *inner = (struct inner *)runtime_context;
	struct ocre_diag diag = {0};
	struct ocre_end_info end;
	int rc = ocre_core_start(inner->container, &diag);

	if (rc < 0) {
		return ocre__fail("wamr/wasip1", NULL, rc, &diag);
	}
	(void)sem_post(sem);
	rc = ocre_core_wait(inner->container, UINT32_MAX, &end);
	return rc < 0 ? -1 : (int)end.code;
}

static int wamr_stop(void *runtime_context)
{
	return ocre_core_stop(((struct inner *)runtime_context)->container);
}

static int wamr_kill(void *runtime_context)
{
	return ocre_core_kill(((struct inner *)runtime_context)->container);
}

static int wamr_pause(void *runtime_context)
{
	return ocre_core_pause(((struct inner *)runtime_context)->container);
}

static int wamr_unpause(void *runtime_context)
{
	return ocre_core_unpause(((struct inner *)runtime_context)->container);
}

const struct ocre_runtime_vtable wamr_vtable = {
	.runtime_name = "wamr/wasip1",
	.create = wamr_create,
	.destroy = wamr_destroy,
	.thread_execute = wamr_execute,
	.stop = wamr_stop,
	.kill = wamr_kill,
	.pause = wamr_pause,
	.unpause = wamr_unpause,
};
