/* SPDX-License-Identifier: Apache-2.0 */
/* context.c - making, finding and removing containers. */
#include <string.h>

#include "internal.h"

LOG_MODULE_DECLARE(ocre);

#define ID_DIGITS 7
#define ID_TRIES  16

/* An id that no container of the context has. 28 bits: it is not a secret, only seldom used twice.
 */
static int make_id(const struct ocre__home *home, char id[ID_DIGITS + 1])
{
	const struct ocre_port *port = home->chosen.port;

	for (int try = 0; try < ID_TRIES; try++) {
		uint8_t bytes[ID_DIGITS];

		if (port->ops->random(port->ctx, bytes, sizeof(bytes)) != 0) {
			return OCRE_E_IO;
		}
		for (int i = 0; i < ID_DIGITS; i++) {
			id[i] = "0123456789abcdef"[bytes[i] & 15];
		}
		id[ID_DIGITS] = '\0';
		if (ocre_container_find(home->context, id) == NULL) {
			return OCRE_OK;
		}
	}
	return OCRE_E_BUSY;
}

static struct ocre_container *create(struct ocre__home *home,
				     const struct ocre_container_config *config, bool detached)
{
	static const char call[] = "ocre_context_create_container";
	struct ocre_container *container = NULL;
	struct ocre_diag diag = {0};
	int rc = ocre_container_create(home->context, config, &container, &diag);

	if (rc < 0) {
		(void)ocre__fail(call, config->id, rc, &diag);
		return NULL;
	}
	if (!ocre__remember(home, container, config->id, detached)) {
		(void)ocre_container_remove(container);
		(void)ocre__fail(call, config->id, OCRE_E_NOMEM, NULL);
		return NULL;
	}
	return container;
}

/* The core copies all lists; it only has them with more consts. */
static void take_arguments(struct ocre_container_config *config,
			   const struct ocre_container_args *arguments)
{
	if (arguments == NULL) {
		return;
	}
	config->args = (const char *const *)arguments->argv;
	config->env = (const char *const *)arguments->envp;
	config->grants = (const char *const *)arguments->capabilities;
	config->mounts = (const char *const *)arguments->mounts;
}

struct ocre_container *ocre_context_create_container(struct ocre_context *context,
						     const char *image, const char *const runtime,
						     const char *container_id, bool detached,
						     const struct ocre_container_args *arguments,
						     int stdin_fd, int stdout_fd, int stderr_fd)
{
	static const char call[] = "ocre_context_create_container";
	struct ocre_container_config config = {
		.image = image,
		.driver = runtime,
		.id = container_id,
		.stdio_set = true,
		.stdio = {stdin_fd == -1 ? STDIN_FILENO : stdin_fd,
			  stdout_fd == -1 ? STDOUT_FILENO : stdout_fd,
			  stderr_fd == -1 ? STDERR_FILENO : stderr_fd},
	};
	struct ocre_container *container = NULL;
	struct ocre__home *home;
	char id[ID_DIGITS + 1];
	int rc;

	if (!ocre_is_valid_name(image)) {
		LOG_ERR("%s: '%s' is no name of an image", call, image != NULL ? image : "(null)");
		return NULL;
	}
	if (container_id != NULL && !ocre_is_valid_name(container_id)) {
		LOG_ERR("%s: '%s' is no name of a container: use a-z 0-9 . _ -", call,
			container_id);
		return NULL;
	}
	if (stdin_fd < -1 || stdout_fd < -1 || stderr_fd < -1) {
		LOG_ERR("%s '%s': a descriptor is -1 or an open one", call, image);
		return NULL;
	}
	home = ocre__pin_context(context);
	if (home == NULL) {
		LOG_ERR("%s '%s': not a context", call, image);
		return NULL;
	}
	take_arguments(&config, arguments);
	rc = OCRE_OK;
	if (container_id == NULL) {
		rc = make_id(home, id);
		config.id = id;
	}
	if (rc == OCRE_OK) {
		container = create(home, &config, detached);
	} else {
		(void)ocre__fail(call, image, rc, NULL);
	}
	ocre__unpin_context(home);
	return container;
}

struct ocre_container *ocre_context_get_container_by_id(struct ocre_context *context,
							const char *id)
{
	struct ocre__home *home = ocre__pin_context(context);
	struct ocre_container *container = NULL;

	if (home == NULL) {
		LOG_ERR("ocre_context_get_container_by_id: not a context");
		return NULL;
	}
	if (id != NULL) {
		container = ocre_container_find(context, id);
	}
	ocre__unpin_context(home);
	return container;
}

int ocre_context_remove_container(struct ocre_context *context, struct ocre_container *container)
{
	static const char call[] = "ocre_context_remove_container";
	struct ocre__record *record = ocre__claim(context, container);
	int rc;

	if (record == NULL) {
		LOG_ERR("%s: not a container of this context that could be removed", call);
		return -1;
	}
	rc = ocre_container_remove(container);
	if (rc < 0) {
		(void)ocre__fail(call, record->id, rc, NULL);
		ocre__give_back(record);
		return -1;
	}
	ocre__forget(record);
	return 0;
}

int ocre_context_get_container_count(struct ocre_context *context)
{
	struct ocre__home *home = ocre__pin_context(context);
	int count;

	if (home == NULL) {
		LOG_ERR("ocre_context_get_container_count: not a context");
		return -1;
	}
	count = (int)ocre_container_list(context, NULL, 0);
	ocre__unpin_context(home);
	return count;
}

int ocre_context_get_containers(struct ocre_context *context, struct ocre_container **containers,
				int max_size)
{
	struct ocre__home *home = ocre__pin_context(context);
	int count = -1;

	if (home == NULL) {
		LOG_ERR("ocre_context_get_containers: not a context");
		return -1;
	}
	if (containers == NULL || max_size < 0) {
		LOG_ERR("ocre_context_get_containers: no room for containers");
	} else {
		count = (int)ocre_container_list(context, containers, (uint32_t)max_size);
		count = count < max_size ? count : max_size;
	}
	ocre__unpin_context(home);
	return count;
}

const char *ocre_context_get_working_directory(const struct ocre_context *context)
{
	struct ocre__home *home = ocre__pin_context(context);
	const char *workdir;

	if (home == NULL) {
		LOG_ERR("ocre_context_get_working_directory: not a context");
		return NULL;
	}
	workdir = home->workdir;
	ocre__unpin_context(home);
	return workdir;
}
