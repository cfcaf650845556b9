/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider.c - WASI for a container: what it sees of the world is made from its struct ocre_guest.
 * Grants decide about whole mounts and about variables once, when a life begins, and about sockets
 * whenever one is used.
 */
#include <string.h>

#include <ocre/providers.h>

#include "internal.h"

static const struct ocre_host_module *const modules[] = {
	&ocre_host_wasi_preview1,
	&ocre_host_wasi_unstable,
	&ocre_host_wasi_sockets,
};

static bool allowed(void *ctx, const struct ocre_action *action)
{
	struct ocre_guest *guest = (struct ocre_guest *)ctx;

	return guest->ops->allowed(guest, action);
}

static void output(void *ctx, enum ocre_stream stream, const void *data, size_t size)
{
	struct ocre_guest *guest = (struct ocre_guest *)ctx;

	guest->ops->output(guest, stream, data, size);
}

/* ---- what there is a grant for ---- */

/*
 * A container without any grant for variables gets all that it was given; as soon as there is one,
 * only those that are granted. Returns how many are in `out`.
 */
static uint32_t choose_env(struct ocre_guest *guest, const char **out)
{
	bool narrow = guest->ops->may(guest, OCRE_ACTION_ENV);
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < guest->env_count; i++) {
		const char *end = strchr(guest->env[i], '=');
		struct ocre_action action = {.kind = OCRE_ACTION_ENV, .name = guest->env[i]};

		action.name_size =
			end != NULL ? (size_t)(end - guest->env[i]) : strlen(guest->env[i]);
		if (!narrow || guest->ops->allowed(guest, &action)) {
			out[count++] = guest->env[i];
		}
	}
	return count;
}

/*
 * Likewise for files. A mount that may only be read becomes read-only, one that may not even be
 * read is not there. It is the mount as a whole that is asked for: to give less of a directory,
 * mount less of it. Links inside cannot get around that.
 */
static uint32_t choose_mounts(struct ocre_guest *guest, struct ocre_wasi_preopen *out)
{
	bool narrow = guest->ops->may(guest, OCRE_ACTION_FILE_READ) ||
		      guest->ops->may(guest, OCRE_ACTION_FILE_WRITE);
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < guest->mount_count; i++) {
		const struct ocre_mount *mount = &guest->mounts[i];
		struct ocre_action action = {
			.kind = OCRE_ACTION_FILE_WRITE,
			.name = mount->guest_path,
			.name_size = strlen(mount->guest_path),
		};
		bool writable = !narrow || guest->ops->permits(guest, &action);

		action.kind = OCRE_ACTION_FILE_READ;
		if (writable || guest->ops->allowed(guest, &action)) {
			out[count].host_path = mount->host_path;
			out[count].guest_path = mount->guest_path;
			out[count].read_only = mount->read_only || !writable;
			count++;
		}
	}
	return count;
}

/* ---- lives ---- */

static int create(void *shared, struct ocre_guest *guest, void **out, struct ocre_diag *diag)
{
	struct ocre_wasi_options options = {
		.mem = guest->mem,
		.port = guest->port,
		.args = guest->args,
		.arg_count = guest->arg_count,
		.stdio = {guest->stdio[0], guest->stdio[1], guest->stdio[2]},
		.output = output,
		.output_ctx = guest,
		.max_fds = guest->max_fds,
		.allowed = allowed,
		.allowed_ctx = guest,
	};
	struct ocre_wasi_preopen *preopens = NULL;
	const char **env = NULL;
	struct ocre_wasi *wasi = NULL;
	int rc = OCRE_E_NOMEM;

	(void)shared;
	/* One more, so that nothing is no failure. */
	env = (const char **)ocre_mem_alloc_array(guest->mem, (size_t)guest->env_count + 1,
						  sizeof(env[0]));
	preopens = (struct ocre_wasi_preopen *)ocre_mem_alloc_array(
		guest->mem, (size_t)guest->mount_count + 1, sizeof(preopens[0]));
	if (env == NULL || preopens == NULL) {
		ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "no memory for environment and mounts");
		goto free_lists;
	}
	options.env = env;
	options.env_count = choose_env(guest, env);
	options.preopens = preopens;
	options.preopen_count = choose_mounts(guest, preopens);
	rc = ocre_wasi_create(&options, &wasi, diag);
	if (rc == OCRE_OK) {
		*out = wasi;
	}

free_lists:
	ocre_mem_free(guest->mem, preopens, ((size_t)guest->mount_count + 1) * sizeof(preopens[0]));
	ocre_mem_free(guest->mem, (void *)env, ((size_t)guest->env_count + 1) * sizeof(env[0]));
	return rc;
}

static void destroy(void *object)
{
	ocre_wasi_destroy((struct ocre_wasi *)object);
}

const struct ocre_host_provider ocre_provider_wasi = {
	.name = "wasi",
	.modules = modules,
	.module_count = sizeof(modules) / sizeof(modules[0]),
	.create = create,
	.destroy = destroy,
};
