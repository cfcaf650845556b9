/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - files and directories of port.h on the store of image.h; port_files.h says what they
 * are. Directories are not in the store: a folder is there for every name, and has the files whose
 * names begin with it.
 */
#include <string.h>

#include <ocre/port_files.h>

#define SIZE_DEFAULT 4096u
#define OPEN_DEFAULT 8u
#define FIRST_FD     3 /* behind the console's */

/* What a path can name. */
enum kind {
	KIND_ROOT,
	KIND_IMAGES,
	KIND_FOLDERS,
	KIND_FOLDER,
	KIND_FILE,
	KIND_IMAGE,
};

struct place {
	enum kind kind;
	char name[OCRE_STORE_NAME + 1]; /* in the store: ID of a folder, ID/FILE, or of an image */
};

/* Something that is open, once, however many descriptors it has. */
struct ocre_files_node {
	struct ocre_files_node *next;
	struct place place;
	uint32_t users;
	bool fresh;    /* it is not in the store yet */
	bool loaded;   /* `data` has the contents, not the store */
	bool dirty;    /* and other ones */
	uint8_t *data; /* `room` bytes */
	uint32_t size;
	uint32_t room;
};

struct ocre_files_fd {
	struct ocre_files_fd *next;
	struct ocre_files_node *node;
	int32_t number;
	uint32_t flags; /* OCRE_OPEN_* */
	uint32_t at;
};

static struct ocre_files *files_of(void *ctx)
{
	return ((struct ocre_port_bare *)ctx)->files;
}

static int error_of(int status)
{
	switch (status) {
	case OCRE_OK:
		return 0;
	case OCRE_E_LIMIT:
		return -OCRE_ERRNO_NOSPC;
	case OCRE_E_BUSY:
		return -OCRE_ERRNO_BUSY;
	case OCRE_E_NOTFOUND:
		return -OCRE_ERRNO_NOENT;
	default:
		return -OCRE_ERRNO_IO;
	}
}

/* ---- paths ---- */

static bool is_directory(enum kind kind)
{
	return kind < KIND_FILE;
}

/* One component on. */
static int enter(struct place *place, const char *name, size_t size)
{
	size_t used = 0;

	switch (place->kind) {
	case KIND_ROOT:
		if (size == 6 && memcmp(name, "images", 6) == 0) {
			place->kind = KIND_IMAGES;
		} else if (size == 10 && memcmp(name, "containers", 10) == 0) {
			place->kind = KIND_FOLDERS;
		} else {
			return -OCRE_ERRNO_NOENT;
		}
		return 0;
	case KIND_IMAGES:
		place->kind = KIND_IMAGE;
		break;
	case KIND_FOLDERS:
		place->kind = KIND_FOLDER;
		break;
	case KIND_FOLDER:
		place->kind = KIND_FILE;
		used = strlen(place->name);
		place->name[used++] =
			'/'; /* in the place of the NUL, or one behind the last name */
		break;
	default:
		return -OCRE_ERRNO_NOTDIR;
	}
	if (used + size > OCRE_STORE_NAME) {
		return -OCRE_ERRNO_NAMETOOLONG;
	}
	memcpy(place->name + used, name, size);
	place->name[used + size] = '\0';
	return 0;
}

static int walk(struct place *place, const char *path)
{
	int rc = 0;

	while (rc == 0 && *path != '\0') {
		const char *end = strchr(path, '/');
		size_t size = end != NULL ? (size_t)(end - path) : strlen(path);

		if (!is_directory(place->kind)) {
			rc = -OCRE_ERRNO_NOTDIR; /* also where only a slash follows */
		} else if (size == 2 && path[0] == '.' && path[1] == '.') {
			rc = -OCRE_ERRNO_NOTCAPABLE;
		} else if (size > 1 || (size == 1 && path[0] != '.')) {
			rc = enter(place, path, size);
		}
		path += size + (end != NULL);
		if (rc == 0 && end != NULL && !is_directory(place->kind)) {
			rc = -OCRE_ERRNO_NOTDIR;
		}
	}
	return rc;
}

static struct ocre_files_fd *find_fd(struct ocre_files *files, int32_t number)
{
	struct ocre_files_fd *fd = files->fds;

	while (fd != NULL && fd->number != number) {
		fd = fd->next;
	}
	return fd;
}

static int resolve(struct ocre_files *files, int32_t dir, const char *path, struct place *out)
{
	const struct ocre_files_fd *fd = find_fd(files, dir);

	if (fd == NULL) {
		return -OCRE_ERRNO_BADF;
	}
	if (path[0] == '/') {
		return -OCRE_ERRNO_NOTCAPABLE;
	}
	*out = fd->node->place;
	return is_directory(out->kind) ? walk(out, path) : -OCRE_ERRNO_NOTDIR;
}

/* By a path of the port's own. */
static int resolve_root(const char *path, struct place *out)
{
	out->kind = KIND_ROOT;
	out->name[0] = '\0';
	return walk(out, path);
}

/* ---- what is there ---- */

static struct ocre_files_node *find_node(const struct ocre_files *files, const struct place *place)
{
	struct ocre_files_node *node = files->nodes;

	while (node != NULL &&
	       (node->place.kind != place->kind || strcmp(node->place.name, place->name) != 0)) {
		node = node->next;
	}
	return node;
}

static enum ocre_image_store_kind store_kind(enum kind kind)
{
	return kind == KIND_IMAGE ? OCRE_STORE_IMAGE : OCRE_STORE_FILE;
}

/* A file or an image, in the store or about to be. `info` is zero where it is not in the store. */
static bool exists(const struct ocre_files *files, const struct place *place,
		   struct ocre_image_store_info *info)
{
	memset(info, 0, sizeof(*info));
	return ocre_image_store_find(files->config.store, store_kind(place->kind), place->name,
				     info) == OCRE_OK ||
	       find_node(files, place) != NULL;
}

/* Is `name` beneath the folder `folder` (as ID), or is there no folder to be asked for? */
static bool is_in(const char *name, const char *folder)
{
	size_t size = strlen(folder);

	return size == 0 || (strncmp(name, folder, size) == 0 && name[size] == '/');
}

/*
 * Of all that is in a folder, in the order in which it was put, the first from this sequence on.
 * That order stays when the store moves things, and a number that nobody gave out does no harm.
 */
static bool next_stored(const struct ocre_files *files, enum ocre_image_store_kind kind,
			const char *folder, uint32_t from, struct ocre_image_store_info *out)
{
	struct ocre_image_store_info info;
	uint32_t cursor = 0;
	bool found = false;

	while (ocre_image_store_next(files->config.store, &cursor, &info)) {
		if (info.kind == kind && info.sequence >= from && is_in(info.name, folder) &&
		    (!found || info.sequence < out->sequence)) {
			*out = info;
			found = true;
		}
	}
	return found;
}

/* A file that was made and is not in the store yet. */
static const struct ocre_files_node *next_fresh(const struct ocre_files_node *node,
						const char *folder)
{
	while (node != NULL && !(node->fresh && is_in(node->place.name, folder))) {
		node = node->next;
	}
	return node;
}

static bool is_empty(const struct ocre_files *files, const char *folder)
{
	struct ocre_image_store_info info;

	return !next_stored(files, OCRE_STORE_FILE, folder, 0, &info) &&
	       next_fresh(files->nodes, folder) == NULL;
}

/* ---- contents ---- */

static uint32_t size_of(const struct ocre_files *files, const struct ocre_files_node *node)
{
	struct ocre_image_store_info info;

	if (node->loaded) {
		return node->size;
	}
	return exists(files, &node->place, &info) ? info.size : 0;
}

/* Room for so many bytes; those that are new are zero. */
static int grow(struct ocre_files *files, struct ocre_files_node *node, uint32_t size)
{
	uint32_t most = files->config.size_max;
	uint32_t room = size / 64 >= most / 64 ? most : (size / 64 + 1) * 64;
	uint8_t *data;

	if (size > most) {
		return -OCRE_ERRNO_FBIG;
	}
	if (size > node->room) {
		data = ocre_mem_resize(files->config.mem, node->data, node->room, room);
		if (data == NULL) {
			return -OCRE_ERRNO_NOMEM;
		}
		node->data = data;
		node->room = room;
	}
	if (size > node->size) {
		memset(node->data + node->size, 0, size - node->size);
		node->size = size;
	}
	return 0;
}

/* Take the contents into memory, in order to change them. */
static int load(struct ocre_files *files, struct ocre_files_node *node)
{
	uint32_t size = size_of(files, node);
	int rc = 0;

	if (node->loaded) {
		return 0;
	}
	rc = grow(files, node, size);
	if (rc == 0 && size > 0 &&
	    ocre_image_store_read(files->config.store, OCRE_STORE_FILE, node->place.name, 0,
				  node->data, size) != size) {
		rc = -OCRE_ERRNO_IO;
	}
	node->loaded = rc == 0;
	if (rc != 0) {
		node->size = 0;
	}
	return rc;
}

/* Put the contents into the store, in one step. */
static int commit(struct ocre_files *files, struct ocre_files_node *node)
{
	struct ocre_image_store_item item = {
		.kind = OCRE_STORE_FILE,
		.name = node->place.name,
		.size = node->size,
		.quota = files->config.quota,
	};
	struct ocre_image_store_put put;
	int rc;

	if (!node->dirty) {
		return 0;
	}
	(void)files->bare->port.ops->clock_now(files->bare, OCRE_CLOCK_REALTIME, &item.stamp);
	rc = ocre_image_store_put_begin(files->config.store, &put, &item, NULL);
	if (rc != OCRE_OK) {
		return error_of(rc);
	}
	rc = ocre_image_store_put_add(&put, node->data, node->size);
	if (rc == OCRE_OK) {
		rc = ocre_image_store_put_commit(&put, NULL, NULL);
	} else {
		ocre_image_store_put_abort(&put);
	}
	if (rc == OCRE_OK) {
		node->dirty = false;
		node->fresh = false;
	}
	return error_of(rc);
}

/* ---- descriptors ---- */

static bool same_folder(const char *a, const char *b)
{
	while (*a == *b && *a != '\0' && *a != '/') {
		a++;
		b++;
	}
	return (*a == '\0' || *a == '/') && (*b == '\0' || *b == '/');
}

/* So that one container leaves some memory to the others. */
static bool may_open(const struct ocre_files *files, const struct place *place)
{
	const struct ocre_files_fd *fd;
	uint32_t count = 0;

	if (place->kind != KIND_FOLDER && place->kind != KIND_FILE) {
		return true;
	}
	for (fd = files->fds; fd != NULL; fd = fd->next) {
		const struct place *other = &fd->node->place;

		count += (other->kind == KIND_FOLDER || other->kind == KIND_FILE) &&
			 same_folder(other->name, place->name);
	}
	return count < files->config.open_max;
}

static void drop_node(struct ocre_files *files, struct ocre_files_node *node)
{
	struct ocre_files_node **at = &files->nodes;

	while (*at != node) {
		at = &(*at)->next;
	}
	*at = node->next;
	ocre_mem_free(files->config.mem, node->data, node->room);
	ocre_mem_free(files->config.mem, node, sizeof(*node));
}

static struct ocre_files_node *make_node(struct ocre_files *files, const struct place *place)
{
	struct ocre_files_node *node = ocre_mem_alloc(files->config.mem, sizeof(*node));

	if (node != NULL) {
		node->place = *place;
		node->next = files->nodes;
		files->nodes = node;
	}
	return node;
}

static int open_place(struct ocre_files *files, const struct place *place, uint32_t flags,
		      struct ocre_files_node **node, int32_t *out)
{
	struct ocre_files_fd *fd;

	if (!may_open(files, place)) {
		return -OCRE_ERRNO_MFILE;
	}
	*node = find_node(files, place);
	fd = ocre_mem_alloc(files->config.mem, sizeof(*fd));
	if (fd != NULL && *node == NULL) {
		*node = make_node(files, place);
	}
	if (fd == NULL || *node == NULL) {
		ocre_mem_free(files->config.mem, fd, sizeof(*fd));
		return -OCRE_ERRNO_NOMEM;
	}
	(*node)->users++;
	fd->node = *node;
	fd->flags = flags;
	fd->number = FIRST_FD;
	while (find_fd(files, fd->number) != NULL) {
		fd->number++;
	}
	fd->next = files->fds;
	files->fds = fd;
	*out = fd->number;
	return 0;
}

static int files_close(void *ctx, int32_t number)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_fd *fd = find_fd(files, number);
	struct ocre_files_fd **at = &files->fds;
	struct ocre_files_node *node;
	int rc = 0;

	if (fd == NULL) {
		return files->close(ctx, number);
	}
	while (*at != fd) {
		at = &(*at)->next;
	}
	*at = fd->next;
	node = fd->node;
	if ((fd->flags & (OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_TRUNCATE)) != 0) {
		rc = commit(files, node);
	}
	ocre_mem_free(files->config.mem, fd, sizeof(*fd));
	if (--node->users == 0) {
		drop_node(files, node);
	}
	return rc;
}

/* ---- reading and writing ---- */

static int64_t read_at(struct ocre_files *files, const struct ocre_files_fd *fd, void *data,
		       size_t size, uint64_t at)
{
	const struct ocre_files_node *node = fd->node;
	uint32_t whole = size_of(files, node);
	int64_t n;

	if (is_directory(node->place.kind)) {
		return -OCRE_ERRNO_ISDIR;
	}
	if ((fd->flags & OCRE_OPEN_READ) == 0) {
		return -OCRE_ERRNO_BADF;
	}
	if (at >= whole) {
		return 0;
	}
	size = size < whole - at ? size : (size_t)(whole - at);
	if (node->loaded) {
		memcpy(data, node->data + at, size);
		return (int64_t)size;
	}
	n = ocre_image_store_read(files->config.store, store_kind(node->place.kind),
				  node->place.name, (uint32_t)at, data, (uint32_t)size);
	return n < 0 ? error_of((int)n) : n;
}

static int64_t write_at(struct ocre_files *files, const struct ocre_files_fd *fd, const void *data,
			size_t size, uint64_t at)
{
	struct ocre_files_node *node = fd->node;
	uint32_t most = files->config.size_max;
	int rc;

	if ((fd->flags & OCRE_OPEN_WRITE) == 0) {
		return -OCRE_ERRNO_BADF;
	}
	if (size == 0) {
		return 0;
	}
	if (at > most || size > most - at) {
		return -OCRE_ERRNO_FBIG;
	}
	rc = load(files, node);
	if (rc == 0) {
		rc = grow(files, node, (uint32_t)(at + size));
	}
	if (rc != 0) {
		return rc;
	}
	memcpy(node->data + at, data, size);
	node->dirty = true;
	if ((fd->flags & (OCRE_OPEN_SYNC | OCRE_OPEN_DSYNC)) != 0) {
		rc = commit(files, node);
	}
	return rc == 0 ? (int64_t)size : rc;
}

static int64_t files_pread(void *ctx, int32_t number, void *data, size_t size, uint64_t offset)
{
	const struct ocre_files_fd *fd = find_fd(files_of(ctx), number);

	return fd != NULL ? read_at(files_of(ctx), fd, data, size, offset) : -OCRE_ERRNO_BADF;
}

static int64_t files_pwrite(void *ctx, int32_t number, const void *data, size_t size,
			    uint64_t offset)
{
	const struct ocre_files_fd *fd = find_fd(files_of(ctx), number);

	return fd != NULL ? write_at(files_of(ctx), fd, data, size, offset) : -OCRE_ERRNO_BADF;
}

static int64_t files_read(void *ctx, int32_t number, void *data, size_t size)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_fd *fd = find_fd(files, number);
	int64_t n;

	if (fd == NULL) {
		return files->read(ctx, number, data, size);
	}
	n = read_at(files, fd, data, size, fd->at);
	fd->at += n > 0 ? (uint32_t)n : 0;
	return n;
}

static int64_t files_write(void *ctx, int32_t number, const void *data, size_t size)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_fd *fd = find_fd(files, number);
	int64_t n;

	if (fd == NULL) {
		return files->write(ctx, number, data, size);
	}
	if ((fd->flags & OCRE_OPEN_APPEND) != 0) {
		fd->at = size_of(files, fd->node);
	}
	n = write_at(files, fd, data, size, fd->at);
	fd->at += n > 0 ? (uint32_t)n : 0;
	return n;
}

static int64_t files_seek(void *ctx, int32_t number, int64_t offset, enum ocre_port_whence whence)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_fd *fd = find_fd(files, number);
	int64_t from = 0;

	if (fd == NULL || is_directory(fd->node->place.kind)) {
		return fd == NULL ? -OCRE_ERRNO_SPIPE : -OCRE_ERRNO_ISDIR;
	}
	if (whence != OCRE_SEEK_SET) {
		from = whence == OCRE_SEEK_CUR ? fd->at : size_of(files, fd->node);
	}
	if (offset < -from || offset > (int64_t)INT32_MAX - from) {
		return -OCRE_ERRNO_INVAL;
	}
	fd->at = (uint32_t)(from + offset);
	return fd->at;
}

static int files_set_size(void *ctx, int32_t number, uint64_t size)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_fd *fd = find_fd(files, number);
	int rc;

	if (fd == NULL || (fd->flags & OCRE_OPEN_WRITE) == 0) {
		return -OCRE_ERRNO_BADF;
	}
	if (size > files->config.size_max) {
		return -OCRE_ERRNO_FBIG;
	}
	rc = load(files, fd->node);
	if (rc == 0) {
		rc = grow(files, fd->node, (uint32_t)size);
	}
	if (rc == 0) {
		fd->node->size = (uint32_t)size;
		fd->node->dirty = true;
	}
	return rc;
}

static int files_set_append(void *ctx, int32_t number, bool append)
{
	struct ocre_files_fd *fd = find_fd(files_of(ctx), number);

	if (fd == NULL) {
		return -OCRE_ERRNO_BADF;
	}
	fd->flags &= ~OCRE_OPEN_APPEND;
	fd->flags |= append ? OCRE_OPEN_APPEND : 0;
	return 0;
}

static int files_sync(void *ctx, int32_t number, bool data_only)
{
	struct ocre_files_fd *fd = find_fd(files_of(ctx), number);

	(void)data_only;
	return fd != NULL ? commit(files_of(ctx), fd->node) : -OCRE_ERRNO_INVAL;
}

/* ---- status ---- */

static uint64_t inode_of(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name != '\0') {
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	}
	return hash | 1u;
}

static int stat_place(const struct ocre_files *files, const struct place *place,
		      struct ocre_port_stat *out)
{
	struct ocre_image_store_info info;
	const struct ocre_files_node *node = find_node(files, place);

	memset(out, 0, sizeof(*out));
	out->device = 1;
	out->links = 1;
	out->inode = inode_of(place->name);
	out->type = OCRE_TYPE_DIRECTORY;
	if (is_directory(place->kind)) {
		return 0;
	}
	if (!exists(files, place, &info)) {
		return -OCRE_ERRNO_NOENT;
	}
	out->type = OCRE_TYPE_REGULAR;
	out->size = node != NULL ? size_of(files, node) : info.size;
	out->mtime_ns = info.stamp;
	if (place->kind == KIND_IMAGE) {
		out->inode = info.sequence; /* another one when it is replaced */
	}
	out->atime_ns = out->mtime_ns;
	out->ctime_ns = out->mtime_ns;
	return 0;
}

static int files_stat(void *ctx, int32_t number, struct ocre_port_stat *out)
{
	struct ocre_files *files = files_of(ctx);
	const struct ocre_files_fd *fd = find_fd(files, number);

	return fd != NULL ? stat_place(files, &fd->node->place, out)
			  : files->stat(ctx, number, out);
}

static int files_stat_at(void *ctx, int32_t dir, const char *path, bool follow,
			 struct ocre_port_stat *out)
{
	struct place place;
	int rc = resolve(files_of(ctx), dir, path, &place);

	(void)follow;
	return rc == 0 ? stat_place(files_of(ctx), &place, out) : rc;
}

/* ---- opening ---- */

static int files_open_root(void *ctx, const char *host_path, int32_t *fd)
{
	struct ocre_files_node *node;
	struct place place;
	int rc = resolve_root(host_path, &place);

	if (rc == 0 && !is_directory(place.kind)) {
		rc = -OCRE_ERRNO_NOTDIR;
	}
	return rc == 0 ? open_place(files_of(ctx), &place, OCRE_OPEN_READ, &node, fd) : rc;
}

static int open_file(struct ocre_files *files, const struct place *place, uint32_t flags,
		     int32_t *fd)
{
	struct ocre_files_node *node;
	struct ocre_image_store_info info;
	bool there = exists(files, place, &info);
	int rc;

	if ((flags & OCRE_OPEN_DIRECTORY) != 0) {
		return there ? -OCRE_ERRNO_NOTDIR : -OCRE_ERRNO_NOENT;
	}
	if (!there && (flags & OCRE_OPEN_CREATE) == 0) {
		return -OCRE_ERRNO_NOENT;
	}
	if (there && (flags & OCRE_OPEN_EXCLUSIVE) != 0) {
		return -OCRE_ERRNO_EXIST;
	}
	if (place->kind == KIND_IMAGE &&
	    (!there || (flags & (OCRE_OPEN_WRITE | OCRE_OPEN_TRUNCATE)) != 0)) {
		return -OCRE_ERRNO_ACCES; /* images are put by the program */
	}
	if (!ocre_image_store_is_name(store_kind(place->kind), place->name)) {
		return -OCRE_ERRNO_INVAL;
	}
	rc = open_place(files, place, flags, &node, fd);
	if (rc == 0 && (!there || (flags & OCRE_OPEN_TRUNCATE) != 0)) {
		node->fresh = node->fresh || !there;
		node->loaded = true;
		node->dirty = true;
		node->size = 0;
	}
	return rc;
}

static int files_open_at(void *ctx, int32_t dir, const char *path, uint32_t flags, int32_t *fd)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_files_node *node;
	struct place place;
	int rc = resolve(files, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	if ((flags & OCRE_OPEN_WRITE) == 0) {
		flags |= OCRE_OPEN_READ;
	}
	if (!is_directory(place.kind)) {
		return open_file(files, &place, flags, fd);
	}
	if ((flags & (OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_TRUNCATE)) != 0) {
		return -OCRE_ERRNO_ISDIR;
	}
	return open_place(files, &place, flags, &node, fd);
}

/* ---- directories ---- */

/* Cookies: 0 and 1 for the dots, then 2 and the sequence, then behind those what is fresh. */
#define COOKIE_STORED 2u
#define COOKIE_FRESH  (COOKIE_STORED + (uint64_t)UINT32_MAX + 1)

struct listing {
	const struct ocre_files *files;
	enum kind kind; /* of the directory */
	const char *folder;
	ocre_port_dirent_fn each;
	void *arg;
};

static bool tell(const struct listing *list, const char *name, bool directory, uint64_t next)
{
	/* What is in a folder is called ID/FILE. */
	const char *slash = strchr(name, '/');
	const char *shown = name;
	struct ocre_port_dirent entry = {
		.next = next,
		.inode = inode_of(name),
		.type = directory ? OCRE_TYPE_DIRECTORY : OCRE_TYPE_REGULAR,
	};

	if (slash != NULL && list->kind == KIND_FOLDER) {
		shown = slash + 1;
	}
	entry.name = shown;
	entry.name_size =
		(uint32_t)(slash != NULL && list->kind == KIND_FOLDERS ? (size_t)(slash - name)
								       : strlen(shown));
	return list->each(list->arg, &entry);
}

/* Of all folders each is told of once: with its first file. */
static bool is_first(const struct ocre_files *files, const struct ocre_image_store_info *info)
{
	struct ocre_image_store_info first;
	char folder[OCRE_STORE_NAME + 1];

	memcpy(folder, info->name, sizeof(folder));
	*strchr(folder, '/') = '\0';
	return next_stored(files, OCRE_STORE_FILE, folder, 0, &first) &&
	       first.sequence == info->sequence;
}

static bool tell_stored(const struct listing *list, uint64_t cookie)
{
	enum ocre_image_store_kind kind =
		list->kind == KIND_IMAGES ? OCRE_STORE_IMAGE : OCRE_STORE_FILE;
	bool folders = list->kind == KIND_FOLDERS;
	struct ocre_image_store_info info;

	while (cookie < COOKIE_FRESH && next_stored(list->files, kind, list->folder,
						    (uint32_t)(cookie - COOKIE_STORED), &info)) {
		cookie = COOKIE_STORED + (uint64_t)info.sequence + 1;
		if (folders && (strchr(info.name, '/') == NULL || !is_first(list->files, &info))) {
			continue;
		}
		if (!tell(list, info.name, folders, cookie)) {
			return false;
		}
	}
	return true;
}

static void tell_fresh(const struct listing *list, uint64_t cookie)
{
	const struct ocre_files_node *node = next_fresh(list->files->nodes, list->folder);

	for (uint64_t at = COOKIE_FRESH; node != NULL; at++) {
		if (at >= cookie && !tell(list, node->place.name, false, at + 1)) {
			break;
		}
		node = next_fresh(node->next, list->folder);
	}
}

static int files_read_dir(void *ctx, int32_t number, uint64_t cookie, ocre_port_dirent_fn each,
			  void *arg)
{
	struct ocre_files *files = files_of(ctx);
	const struct ocre_files_fd *fd = find_fd(files, number);
	struct listing list = {.files = files, .each = each, .arg = arg};

	if (fd == NULL || !is_directory(fd->node->place.kind)) {
		return fd == NULL ? -OCRE_ERRNO_BADF : -OCRE_ERRNO_NOTDIR;
	}
	list.kind = fd->node->place.kind;
	list.folder = fd->node->place.name;
	if (list.kind == KIND_ROOT) {
		return -OCRE_ERRNO_NOTSUP;
	}
	for (; cookie < COOKIE_STORED; cookie++) {
		if (!tell(&list, cookie == 0 ? "." : "..", true, cookie + 1)) {
			return 0;
		}
	}
	if (tell_stored(&list, cookie) && list.kind == KIND_FOLDER) {
		tell_fresh(&list, cookie);
	}
	return 0;
}

static int files_make_dir_at(void *ctx, int32_t dir, const char *path)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_image_store_info info;
	struct place place;
	int rc = resolve(files, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	if (place.kind == KIND_FOLDER && is_empty(files, place.name)) {
		return ocre_image_store_is_name(OCRE_STORE_FILE, place.name) ? 0
									     : -OCRE_ERRNO_INVAL;
	}
	if (is_directory(place.kind) || exists(files, &place, &info)) {
		return -OCRE_ERRNO_EXIST;
	}
	return -OCRE_ERRNO_NOTSUP;
}

static int files_remove_dir_at(void *ctx, int32_t dir, const char *path)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_image_store_info info;
	struct place place;
	int rc = resolve(files, dir, path, &place);

	if (rc == 0 && !is_directory(place.kind)) {
		rc = exists(files, &place, &info) ? -OCRE_ERRNO_NOTDIR : -OCRE_ERRNO_NOENT;
	} else if (rc == 0 && place.kind != KIND_FOLDER) {
		rc = -OCRE_ERRNO_BUSY;
	} else if (rc == 0 && !is_empty(files, place.name)) {
		rc = -OCRE_ERRNO_NOTEMPTY;
	}
	return rc;
}

static int files_unlink_at(void *ctx, int32_t dir, const char *path)
{
	struct ocre_files *files = files_of(ctx);
	struct place place;
	int rc = resolve(files, dir, path, &place);

	if (rc != 0) {
		return rc;
	}
	if (place.kind != KIND_FILE) {
		return is_directory(place.kind) ? -OCRE_ERRNO_ISDIR : -OCRE_ERRNO_ACCES;
	}
	if (find_node(files, &place) != NULL) {
		return -OCRE_ERRNO_BUSY;
	}
	return error_of(ocre_image_store_remove(files->config.store, OCRE_STORE_FILE, place.name));
}

/* May a file get a longer name? Where there is one of that name, that makes room. */
static bool may_rename(const struct ocre_files *files, const struct place *from,
		       const struct place *to)
{
	uint32_t longer = (uint32_t)(strlen(to->name) - strlen(from->name));
	struct ocre_image_store_info info;
	struct place folder = *from;

	*strchr(folder.name, '/') = '\0';
	return files->config.quota == 0 || longer > OCRE_STORE_NAME || exists(files, to, &info) ||
	       ocre_image_store_owned(files->config.store, folder.name) + longer <=
		       files->config.quota;
}

static int files_rename_at(void *ctx, int32_t old_dir, const char *old_path, int32_t new_dir,
			   const char *new_path)
{
	struct ocre_files *files = files_of(ctx);
	struct ocre_image_store_info info;
	struct place from;
	struct place to;
	int rc = resolve(files, old_dir, old_path, &from);

	if (rc == 0) {
		rc = resolve(files, new_dir, new_path, &to);
	}
	if (rc != 0) {
		return rc;
	}
	if (from.kind != KIND_FILE || to.kind != KIND_FILE) {
		return is_directory(to.kind) ? -OCRE_ERRNO_ISDIR : -OCRE_ERRNO_ACCES;
	}
	if (!exists(files, &from, &info)) {
		return -OCRE_ERRNO_NOENT;
	}
	if (!same_folder(from.name, to.name)) {
		return -OCRE_ERRNO_XDEV;
	}
	if (!ocre_image_store_is_name(OCRE_STORE_FILE, to.name)) {
		return -OCRE_ERRNO_INVAL;
	}
	if (find_node(files, &from) != NULL || find_node(files, &to) != NULL) {
		return -OCRE_ERRNO_BUSY;
	}
	if (!may_rename(files, &from, &to)) {
		return -OCRE_ERRNO_NOSPC;
	}
	return error_of(ocre_image_store_rename(files->config.store, from.name, to.name));
}

/* ---- images ---- */

struct loaded {
	struct ocre_image_store_hold image;
	struct ocre_image_store_hold code;
};

static void unload(struct ocre_files *files, struct loaded *loaded)
{
	ocre_image_store_release(files->config.store, &loaded->image);
	ocre_image_store_release(files->config.store, &loaded->code);
	ocre_mem_free(files->config.mem, loaded, sizeof(*loaded));
}

/* Held in place, when it still has its digest. */
static int hold(struct ocre_files *files, enum ocre_image_store_kind kind, const char *name,
		struct ocre_image_store_hold *out)
{
	int rc = ocre_image_store_verify(files->config.store, kind, name);

	return error_of(rc == OCRE_OK ? ocre_image_store_hold(files->config.store, kind, name, out)
				      : rc);
}

static int files_file_load(void *ctx, const char *host_path, bool immutable, size_t limit,
			   struct ocre_port_file *out)
{
	struct ocre_files *files = files_of(ctx);
	struct loaded *loaded;
	struct place place;
	int rc = resolve_root(host_path, &place);

	(void)immutable;
	if (rc != 0 || place.kind != KIND_IMAGE) {
		return rc != 0 ? rc : -OCRE_ERRNO_NOENT;
	}
	loaded = ocre_mem_alloc(files->config.mem, sizeof(*loaded));
	if (loaded == NULL) {
		return -OCRE_ERRNO_NOMEM;
	}
	rc = hold(files, OCRE_STORE_IMAGE, place.name, &loaded->image);
	if (rc == 0 && loaded->image.bytes.size > limit) {
		rc = -OCRE_ERRNO_FBIG;
	}
	if (rc != 0) {
		unload(files, loaded);
		return rc;
	}
	/* Without its code it runs as well: from code in memory. */
	(void)hold(files, OCRE_STORE_CODE, place.name, &loaded->code);
	out->bytes = loaded->image.bytes;
	out->code = loaded->code.bytes;
	out->mapped = (size_t)(uintptr_t)loaded;
	return 0;
}

static void files_file_unload(void *ctx, struct ocre_port_file *file)
{
	unload(files_of(ctx), (struct loaded *)(uintptr_t)file->mapped);
}

void ocre_port_files_init(struct ocre_files *files, struct ocre_port_bare *bare,
			  const struct ocre_files_config *config)
{
	struct ocre_port_ops *ops = &bare->ops;

	memset(files, 0, sizeof(*files));
	files->config = *config;
	if (config->size_max == 0) {
		files->config.size_max = SIZE_DEFAULT;
	}
	if (config->open_max == 0) {
		files->config.open_max = OPEN_DEFAULT;
	}
	files->bare = bare;
	files->close = ops->close;
	files->read = ops->read;
	files->write = ops->write;
	files->stat = ops->stat;
	bare->files = files;
	ops->close = files_close;
	ops->read = files_read;
	ops->write = files_write;
	ops->pread = files_pread;
	ops->pwrite = files_pwrite;
	ops->seek = files_seek;
	ops->stat = files_stat;
	ops->set_size = files_set_size;
	ops->set_append = files_set_append;
	ops->sync = files_sync;
	ops->read_dir = files_read_dir;
	ops->open_root = files_open_root;
	ops->open_at = files_open_at;
	ops->stat_at = files_stat_at;
	ops->make_dir_at = files_make_dir_at;
	ops->remove_dir_at = files_remove_dir_at;
	ops->unlink_at = files_unlink_at;
	ops->rename_at = files_rename_at;
	ops->file_load = files_file_load;
	ops->file_unload = files_file_unload;
}
