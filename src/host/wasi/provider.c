/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider.c - WASI for a container: what it sees of the world is made from its struct ocre_guest.
 * Grants decide about files and variables once, when a life begins, and about sockets whenever one
 * is used.
 */
#include <string.h>

#include <ocre/providers.h>

#include "internal.h"

static const struct ocre_host_module *const modules[] = {
	&ocre_host_wasi_preview1,
#if OCRE_WASI_SNAPSHOT_0
	&ocre_host_wasi_unstable,
#endif
#if OCRE_WASI_SOCKETS
	&ocre_host_wasi_sockets,
#endif
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
 * Likewise for files: what is granted of a mount becomes directories of its own, each with its
 * rights, and what lies outside of them is not reachable at all. So it is the port's walk beneath a
 * directory that holds the guest, and no path of the guest is ever compared with a grant.
 */
struct files {
	struct ocre_guest *guest;
	struct ocre_wasi_preopen *preopens;
	struct ocre_wasi_entry *entries;
	uint32_t preopen_count;
	uint32_t entry_count;
	uint32_t grant_count;
	char *text; /* the paths of the grants */
	size_t text_size;
	size_t text_used;
};

static bool permits(const struct files *files, enum ocre_action_kind kind, const char *path,
		    size_t size)
{
	const struct ocre_action action = {.kind = kind, .name = path, .name_size = size};

	return files->guest->ops->permits(files->guest, &action);
}

/* How much of a path leads to `folder` when it lies beneath it, with the slash; 0: it does not. */
static size_t beneath(const char *path, size_t size, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 0 && folder[n - 1] == '/') {
		n--;
	}
	return size > n + 1 && memcmp(path, folder, n) == 0 && path[n] == '/' ? n + 1 : 0;
}

/*
 * How much of a path leads to the mount that it lies in, if that is `mount`: the deepest of all,
 * and of several in the same place the first. 0: it is another one, or the path is that of a mount.
 */
static size_t in_mount(const struct files *files, const struct ocre_mount *mount, const char *path,
		       size_t size)
{
	size_t skip = beneath(path, size, mount->guest_path);
	uint32_t i;

	for (i = 0; i < files->guest->mount_count && skip != 0; i++) {
		const struct ocre_mount *other = &files->guest->mounts[i];
		size_t n = beneath(path, size, other->guest_path);

		if (n > skip || (n == skip && other < mount) ||
		    (strlen(other->guest_path) == size &&
		     memcmp(path, other->guest_path, size) == 0)) {
			skip = 0;
		}
	}
	return skip;
}

/* The preopen of this name, made if need be. */
static struct ocre_wasi_preopen *preopen(struct files *files, const struct ocre_mount *mount,
					 const char *guest_path, const char *rest)
{
	struct ocre_wasi_preopen *at;
	uint32_t i;

	for (i = 0; i < files->preopen_count; i++) {
		at = &files->preopens[i];
		if (at->host_path == mount->host_path && strcmp(at->guest_path, guest_path) == 0) {
			return at;
		}
	}
	at = &files->preopens[files->preopen_count++];
	at->host_path = mount->host_path;
	at->guest_path = guest_path;
	at->beneath = rest;
	at->read_only = mount->read_only ||
			!permits(files, OCRE_ACTION_FILE_WRITE, guest_path, strlen(guest_path));
	at->entries_only = !permits(files, OCRE_ACTION_FILE_READ, guest_path, strlen(guest_path));
	return at;
}

/* A note for the log: a grant names what nobody can have. */
static void note_missing(const struct files *files, const char *path)
{
	struct ocre_diag line = {0};

	ocre_diag_set(&line, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
		      "granted but not there: no directory %s, or a symlink in its place", path);
	files->guest->ops->note(files->guest, line.text);
}

static bool is_directory(const struct files *files, const struct ocre_mount *mount,
			 const char *rest)
{
	const struct ocre_port *port = files->guest->port;
	int32_t fd;

	if (ocre__wasi_open_beneath(port, mount->host_path, rest, &fd) != 0) {
		return false;
	}
	port->ops->close(port->ctx, fd);
	return true;
}

/*
 * What one grant gives of a mount: the directory that it names, or an entry of the directory that
 * what it names is in. `path` may be changed; `skip` bytes of it lead to the mount.
 */
static void add_grant(struct files *files, const struct ocre_mount *mount, char *path, size_t skip,
		      bool writable)
{
	struct ocre_wasi_entry *entry;
	const char *folder = path;
	const char *rest = path + skip;
	char *slash = strrchr(path, '/');

	if (is_directory(files, mount, rest)) {
		(void)preopen(files, mount, path, rest);
		return;
	}
	*slash = '\0';
	if (slash < rest) {
		folder = mount->guest_path;
		rest = "";
	}
	if (!is_directory(files, mount, rest)) {
		note_missing(files, folder);
		return;
	}
	entry = &files->entries[files->entry_count++];
	entry->preopen = (uint32_t)(preopen(files, mount, folder, rest) - files->preopens);
	entry->name = slash + 1;
	entry->read_only = !writable;
}

/* The grants for what lies in a mount, but those that give nothing beyond what there is. */
static bool add_grants(struct files *files, const struct ocre_mount *mount)
{
	struct ocre_guest *guest = files->guest;
	struct ocre_action grant;
	struct ocre_action other;
	bool any = false;
	uint32_t n;
	uint32_t i;

	for (n = 0; n < files->grant_count && guest->ops->file_grant(guest, n, &grant); n++) {
		size_t skip = in_mount(files, mount, grant.name, grant.name_size);
		size_t parent = grant.name_size;
		bool again = false;
		bool writable;
		char *path;

		if (skip == 0) {
			continue;
		}
		for (i = 0; i < n && !again && guest->ops->file_grant(guest, i, &other); i++) {
			again = other.name_size == grant.name_size &&
				memcmp(other.name, grant.name, grant.name_size) == 0;
		}
		any = true;
		while (parent > 1 && grant.name[parent - 1] != '/') {
			parent--;
		}
		parent -= parent > 1;
		writable = !mount->read_only &&
			   permits(files, OCRE_ACTION_FILE_WRITE, grant.name, grant.name_size);
		if (again ||
		    (permits(files, OCRE_ACTION_FILE_READ, grant.name, parent) &&
		     (!writable || permits(files, OCRE_ACTION_FILE_WRITE, grant.name, parent)))) {
			continue;
		}
		path = files->text + files->text_used;
		memcpy(path, grant.name, grant.name_size);
		path[grant.name_size] = '\0';
		files->text_used += grant.name_size + 1;
		add_grant(files, mount, path, skip, writable);
	}
	return any;
}

static void choose_files(struct files *files)
{
	struct ocre_guest *guest = files->guest;
	uint32_t i;

	for (i = 0; i < guest->mount_count; i++) {
		const struct ocre_mount *mount = &guest->mounts[i];
		struct ocre_action action = {
			.kind = OCRE_ACTION_FILE_READ,
			.name = mount->guest_path,
			.name_size = strlen(mount->guest_path),
		};
		bool whole = guest->ops->permits(guest, &action);

		if (whole) {
			(void)preopen(files, mount, mount->guest_path, NULL);
		}
		if (!add_grants(files, mount) && !whole) {
			(void)guest->ops->allowed(guest, &action); /* which says what is missing */
		}
	}
}

/* Room for the most that choose_files() can make of the mounts and grants. */
static bool files_init(struct files *files, struct ocre_guest *guest)
{
	struct ocre_action grant;
	size_t most;

	memset(files, 0, sizeof(*files));
	files->guest = guest;
	while (guest->ops->file_grant(guest, files->grant_count, &grant)) {
		files->grant_count++;
		files->text_size += grant.name_size + 1;
	}
	/* One more, so that nothing is no failure. */
	most = (size_t)guest->mount_count + files->grant_count + 1;
	files->text_size = files->text_size + 1;
	files->preopens = (struct ocre_wasi_preopen *)ocre_mem_alloc_array(
		guest->mem, most, sizeof(files->preopens[0]));
	files->entries = (struct ocre_wasi_entry *)ocre_mem_alloc_array(guest->mem, most,
									sizeof(files->entries[0]));
	files->text = (char *)ocre_mem_alloc(guest->mem, files->text_size);
	return files->preopens != NULL && files->entries != NULL && files->text != NULL;
}

static void files_deinit(struct files *files)
{
	size_t most = (size_t)files->guest->mount_count + files->grant_count + 1;

	ocre_mem_free(files->guest->mem, files->text, files->text_size);
	ocre_mem_free(files->guest->mem, files->entries, most * sizeof(files->entries[0]));
	ocre_mem_free(files->guest->mem, files->preopens, most * sizeof(files->preopens[0]));
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
	const char **env = NULL;
	struct ocre_wasi *wasi = NULL;
	struct files files;
	int rc = OCRE_E_NOMEM;
	bool room = files_init(&files, guest);

	(void)shared;
	/* One more, so that nothing is no failure. */
	env = (const char **)ocre_mem_alloc_array(guest->mem, (size_t)guest->env_count + 1,
						  sizeof(env[0]));
	if (env == NULL || !room) {
		ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "no memory for environment and mounts");
		goto free_lists;
	}
	options.env = env;
	options.env_count = choose_env(guest, env);
	choose_files(&files);
	options.preopens = files.preopens;
	options.preopen_count = files.preopen_count;
	options.entries = files.entries;
	options.entry_count = files.entry_count;
	rc = ocre_wasi_create(&options, &wasi, diag);
	if (rc == OCRE_OK) {
		*out = wasi;
	}

free_lists:
	files_deinit(&files);
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
