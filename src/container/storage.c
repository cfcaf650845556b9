/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage.c - the directory that a container has for itself: made, and removed with all that a
 * guest put into it. Guests may nest directories as deep as they like, so nothing here is
 * recursive: what lies in a directory that is to go is moved up first.
 */
#include "internal.h"

#include <string.h>

#define NAME_MAX_BYTES 256

struct entry {
	char name[NAME_MAX_BYTES];
	uint32_t skip; /* entries that could not be removed */
	bool found;
};

static bool pick(void *arg, const struct ocre_port_dirent *dirent)
{
	struct entry *entry = arg;

	if ((dirent->name_size == 1 && dirent->name[0] == '.') ||
	    (dirent->name_size == 2 && dirent->name[0] == '.' && dirent->name[1] == '.') ||
	    dirent->name_size >= sizeof(entry->name)) {
		return true;
	}
	if (entry->skip > 0) {
		entry->skip--;
		return true;
	}
	memcpy(entry->name, dirent->name, dirent->name_size);
	entry->name[dirent->name_size] = '\0';
	entry->found = true;
	return false;
}

/* An entry of `dir`, the first `skip` of them left out; false when there is no more. */
static bool next_entry(const struct ocre_port *port, int32_t dir, uint32_t skip,
		       struct entry *entry)
{
	entry->found = false;
	entry->skip = skip;
	return port->ops->read_dir(port->ctx, dir, 0, pick, entry) == 0 && entry->found;
}

static void number_name(char *name, uint32_t number)
{
	static const char prefix[] = ".ocre-";
	size_t at = sizeof(prefix) - 1;

	memcpy(name, prefix, at);
	for (int shift = 28; shift >= 0; shift -= 4) {
		name[at++] = "0123456789abcdef"[number >> shift & 15u];
	}
	name[at] = '\0';
}

/*
 * Empty the directory `name` of `dir`: files are removed, directories are moved to `dir`, where
 * their turn comes. False when that is not possible.
 */
static bool hollow(const struct ocre_port *port, int32_t dir, const char *name, uint32_t *number)
{
	struct entry entry;
	char moved[32];
	int32_t fd;
	bool good = true;

	if (port->ops->open_at(port->ctx, dir, name, OCRE_OPEN_DIRECTORY | OCRE_OPEN_NOFOLLOW,
			       &fd) != 0) {
		return false;
	}
	while (good && next_entry(port, fd, 0, &entry)) {
		if (port->ops->unlink_at(port->ctx, fd, entry.name) == 0 ||
		    port->ops->remove_dir_at(port->ctx, fd, entry.name) == 0) {
			continue;
		}
		number_name(moved, (*number)++);
		good = port->ops->rename_at(port->ctx, fd, entry.name, dir, moved) == 0;
	}
	port->ops->close(port->ctx, fd);
	return good;
}

/* Remove everything in `dir`; what cannot be removed stays. */
static void empty(const struct ocre_port *port, int32_t dir)
{
	struct entry entry;
	uint32_t number = 0;
	uint32_t stuck = 0;

	while (next_entry(port, dir, stuck, &entry)) {
		if (port->ops->unlink_at(port->ctx, dir, entry.name) == 0 ||
		    port->ops->remove_dir_at(port->ctx, dir, entry.name) == 0) {
			continue;
		}
		if (!hollow(port, dir, entry.name, &number) ||
		    port->ops->remove_dir_at(port->ctx, dir, entry.name) != 0) {
			stuck++;
		}
	}
}

void ocre__storage_remove(struct ocre_context *context, const char *id)
{
	const struct ocre_port *port = context->port;
	int32_t fd;

	if (port->ops->open_at(port->ctx, context->storage_dir, id,
			       OCRE_OPEN_DIRECTORY | OCRE_OPEN_NOFOLLOW, &fd) != 0) {
		return;
	}
	empty(port, fd);
	port->ops->close(port->ctx, fd);
	if (port->ops->remove_dir_at(port->ctx, context->storage_dir, id) != 0) {
		ocre__say(context, 1, "cannot remove all files of ", id, "");
	}
}

void ocre__storage_clear(struct ocre_context *context)
{
	empty(context->port, context->storage_dir);
}

int ocre__storage_make(struct ocre_context *context, const char *id, bool *made,
		       struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;
	struct ocre_port_stat st;
	int rc = port->ops->make_dir_at(port->ctx, context->storage_dir, id);

	*made = rc == 0;
	if (rc == -OCRE_ERRNO_EXIST) {
		rc = port->ops->stat_at(port->ctx, context->storage_dir, id, false, &st);
		if (rc == 0 && st.type != OCRE_TYPE_DIRECTORY) {
			rc = -OCRE_ERRNO_NOTDIR;
		}
	}
	return rc == 0 ? OCRE_OK
		       : ocre_diag_set(diag, OCRE_E_IO, OCRE_NO_OFFSET,
				       "no directory %s/containers/%s: error %d of the port",
				       context->workdir, id, rc);
}
