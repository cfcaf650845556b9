/* SPDX-License-Identifier: Apache-2.0 */
/* fake.c - see fake.h. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/choice.h>
#include <ocre/platform/memory.h>
#include <ocre/port_posix.h>

#include "fake.h"
#include "help.h"

struct fake_seen fake_seen;
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
bool fake_choice_fails;
_Atomic int fake_choice_users;

/* ---- the driver ---- */

struct fake_image {
	char text[64];
};

struct fake_object {
	struct ocre_guest *guest;
	const struct fake_image *image;
	struct ocre_park park;
};

static int fake_open(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	(void)diag;
	*driver = env->mem;
	return OCRE_OK;
}

static void fake_close(void *driver)
{
	(void)driver;
}

static int fake_load(void *driver, const struct ocre_driver_image *from, void **loaded,
		     struct ocre_diag *diag)
{
	struct fake_image *image = ocre_mem_alloc((struct ocre_mem *)driver, sizeof(*image));

	if (image == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	for (size_t i = 0; i < from->bytes.size && i < sizeof(image->text) - 1; i++) {
		image->text[i] = (char)from->bytes.data[i];
	}
	if (strcmp(image->text, "invalid") == 0 || from->bytes.size == 0) {
		ocre_mem_free((struct ocre_mem *)driver, image, sizeof(*image));
		return ocre_diag_set(diag, OCRE_E_INVALID, 0, "the image says so");
	}
	*loaded = image;
	return OCRE_OK;
}

static void fake_unload(void *driver, void *loaded)
{
	ocre_mem_free((struct ocre_mem *)driver, loaded, sizeof(struct fake_image));
}

static void join(char *out, size_t size, const char *const *list)
{
	out[0] = '\0';
	for (; list != NULL && *list != NULL; list++) {
		size_t used = strlen(out);

		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? "|" : "", *list);
	}
}

static void see(const struct ocre_guest *guest)
{
	pthread_mutex_lock(&seen_lock);
	join(fake_seen.args, sizeof(fake_seen.args), guest->args);
	join(fake_seen.env, sizeof(fake_seen.env), guest->env);
	join(fake_seen.grants, sizeof(fake_seen.grants), guest->grants);
	fake_seen.mounts[0] = '\0';
	for (uint32_t i = 0; i < guest->mount_count; i++) {
		size_t used = strlen(fake_seen.mounts);

		(void)snprintf(fake_seen.mounts + used, sizeof(fake_seen.mounts) - used,
			       "%s%s:%s%s", used > 0 ? "|" : "", guest->mounts[i].host_path,
			       guest->mounts[i].guest_path,
			       guest->mounts[i].read_only ? ":ro" : "");
	}
	memcpy(fake_seen.stdio, guest->stdio, sizeof(fake_seen.stdio));
	pthread_mutex_unlock(&seen_lock);
}

static int fake_create(void *driver, void *loaded, struct ocre_guest *guest,
		       const struct ocre_driver_options *options, void **object,
		       struct ocre_diag *diag)
{
	struct fake_object *made = ocre_mem_alloc(guest->mem, sizeof(*made));

	(void)driver;
	(void)options;
	if (made == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory");
	}
	made->guest = guest;
	made->image = (const struct fake_image *)loaded;
	*object = made;
	if (strcmp(made->image->text, "exit 0") == 0) {
		see(guest);
	}
	return OCRE_OK;
}

static void fake_destroy(void *object)
{
	struct fake_object *made = (struct fake_object *)object;

	ocre_mem_free(made->guest->mem, made, sizeof(*made));
}

static int fake_start(void *object, struct ocre_diag *diag)
{
	struct fake_object *made = (struct fake_object *)object;

	if (strcmp(made->image->text, "nostart") == 0) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "memory is too large");
	}
	if (strcmp(made->image->text, "polite") == 0) {
		made->guest->dispatchers |= 1u << OCRE_EVENT_STOP;
	}
	return OCRE_OK;
}

static void fake_end(void *object)
{
	((struct fake_object *)object)->guest->dispatchers = 0;
}

static enum ocre_slice park(struct fake_object *made, struct ocre_slice_info *info)
{
	made->park.deadline_ns = UINT64_MAX;
	made->park.fd_count = 0;
	made->park.events = OCRE_PARK_EVENTS;
	info->park = &made->park;
	return OCRE_SLICE_PARKED;
}

static enum ocre_slice fake_run(void *object, uint64_t budget, struct ocre_slice_info *info)
{
	struct fake_object *made = (struct fake_object *)object;
	const char *text = made->image->text;
	struct ocre_event event;

	if (strcmp(text, "loop") == 0) {
		help_sleep_ms(1);
		info->used = budget;
		return OCRE_SLICE_BUDGET;
	}
	if (strcmp(text, "sleep") == 0) {
		return park(made, info);
	}
	if (strcmp(text, "polite") == 0) {
		if (made->guest->ops->take(made->guest, 1u << OCRE_EVENT_STOP, &event) != OCRE_OK) {
			return park(made, info);
		}
		info->end->end = OCRE_END_EXIT;
		info->end->code = 7;
		return OCRE_SLICE_END;
	}
	if (strcmp(text, "trap") == 0) {
		info->end->end = OCRE_END_TRAP;
		return OCRE_SLICE_END;
	}
	info->end->end = OCRE_END_EXIT;
	info->end->code = strncmp(text, "exit ", 5) == 0 ? (int32_t)strtol(text + 5, NULL, 10) : 99;
	return OCRE_SLICE_END;
}

static const char *const fake_aliases[] = {"wasm", NULL};

static const struct ocre_driver fake_driver = {
	.name = "wamr/wasip1",
	.aliases = fake_aliases,
	.open = fake_open,
	.close = fake_close,
	.load = fake_load,
	.unload = fake_unload,
	.create = fake_create,
	.destroy = fake_destroy,
	.start = fake_start,
	.end = fake_end,
	.run = fake_run,
};

/* ---- the choice ---- */

static const struct ocre_driver_choice fake_choice = {.driver = &fake_driver};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		user_free(ptr);
		return NULL;
	}
	return ptr != NULL ? user_realloc(ptr, new_size) : user_malloc(new_size);
}

int ocre_choice_open(struct ocre_context_config *config, struct ocre_diag *diag)
{
	struct ocre_port_posix *posix;

	if (fake_choice_fails) {
		return ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET, "the test says so");
	}
	posix = malloc(sizeof(*posix));
	if (posix == NULL || ocre_port_posix_init(posix, 0) < 0) {
		free(posix);
		return OCRE_E_IO;
	}
	fake_choice_users++;
	config->resize = resize;
	config->port = &posix->port;
	config->drivers = &fake_choice;
	config->driver_count = 1;
	return OCRE_OK;
}

void ocre_choice_close(const struct ocre_context_config *config)
{
	/* The port is the first in it. */
	struct ocre_port_posix *posix = (struct ocre_port_posix *)(uintptr_t)config->port;

	fake_choice_users--;
	ocre_port_posix_deinit(posix);
	free(posix);
}

bool fake_becomes(struct ocre_container *container, ocre_container_status_t status)
{
	for (int i = 0; i < 5000; i++) {
		if (ocre_container_get_status(container) == status) {
			return true;
		}
		help_sleep_ms(1);
	}
	return false;
}
