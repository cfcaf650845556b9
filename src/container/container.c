/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.c - making, finding and removing containers, and the copy of what they were made from.
 */
#include "internal.h"

#include <string.h>

#define MAX_LIST 65536u

static uint32_t hash_of(const char *id)
{
	uint32_t hash = 2166136261u;

	for (; *id != '\0'; id++) {
		hash = (hash ^ (uint8_t)*id) * 16777619u;
	}
	return hash;
}

/* ---- references ---- */

void ocre__ref(struct ocre_container *c)
{
	c->refs++;
}

void ocre__unref(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	const struct ocre_port *port = context->port;

	if (--c->refs > 0) {
		return;
	}
	ocre__log_deinit(c);
	ocre_mem_free(&c->mem, c->text, c->text_size);
	if (port->threads != NULL) {
		port->threads->cond_deinit(port->ctx, &c->change.cond);
		port->threads->cond_deinit(port->ctx, &c->rest.cond);
	}
	ocre_mem_free(&context->mem, c, sizeof(*c));
	context->alive--;
}

/* ---- all containers of a context; those with `removed` set are hidden ---- */

static struct ocre_container *find_any(struct ocre_context *context, const char *id)
{
	struct ocre_container *c;

	if (context->bucket_count == 0) {
		return NULL;
	}
	c = context->buckets[hash_of(id) % context->bucket_count];
	while (c != NULL && strcmp(c->guest.id, id) != 0) {
		c = c->same_hash;
	}
	return c;
}

/* More buckets, when there is memory for them; fewer are only slower. */
static int reserve_buckets(struct ocre_context *context)
{
	uint32_t count = context->bucket_count == 0 ? 16 : context->bucket_count * 2;
	struct ocre_container **buckets;

	if (context->alive < context->bucket_count) {
		return OCRE_OK;
	}
	buckets = ocre_mem_alloc_array(&context->mem, count, sizeof(struct ocre_container *));
	if (buckets == NULL) {
		return context->bucket_count == 0 ? OCRE_E_NOMEM : OCRE_OK;
	}
	for (struct ocre_container *c = context->first; c != NULL; c = c->next) {
		uint32_t n = hash_of(c->guest.id) % count;

		c->same_hash = buckets[n];
		buckets[n] = c;
	}
	ocre_mem_free(&context->mem, context->buckets,
		      context->bucket_count * sizeof(struct ocre_container *));
	context->buckets = buckets;
	context->bucket_count = count;
	return OCRE_OK;
}

static void link_in(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	uint32_t n = hash_of(c->guest.id) % context->bucket_count;

	c->same_hash = context->buckets[n];
	context->buckets[n] = c;
	c->previous = context->last;
	if (context->last != NULL) {
		context->last->next = c;
	} else {
		context->first = c;
	}
	context->last = c;
}

static void link_out(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	struct ocre_container **at =
		&context->buckets[hash_of(c->guest.id) % context->bucket_count];

	while (*at != c) {
		at = &(*at)->same_hash;
	}
	*at = c->same_hash;
	if (c->next != NULL) {
		c->next->previous = c->previous;
	} else {
		context->last = c->previous;
	}
	if (c->previous != NULL) {
		c->previous->next = c->next;
	} else {
		context->first = c->next;
	}
}

/* ---- the configuration: checked, completed, copied ---- */

static int bad(struct ocre_diag *diag, const char *what, const char *value, const char *wanted)
{
	return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET, "%s '%s': %s", what, value,
			     wanted);
}

static bool is_id(const char *id)
{
	size_t n = 0;

	for (; id[n] != '\0'; n++) {
		char ch = id[n];

		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '.' ||
		      ch == '_' || ch == '-')) {
			return false;
		}
	}
	return n > 0 && n < 256 && id[0] != '.';
}

static int check_numbers(const struct ocre_container_config *config, struct ocre_diag *diag)
{
	if (config->cpu_weight > 10000) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "cpu_weight is %u: 1 to 10000, or 0 for 100",
				     config->cpu_weight);
	}
	if (config->cpu_percent > 100) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "cpu_percent is %u: 1 to 100, or 0 for no limit",
				     config->cpu_percent);
	}
	if (config->priority < -100 || config->priority > 100) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "priority is %d: -100 to 100", config->priority);
	}
	if (config->max_events > MAX_LIST || config->max_timers > MAX_LIST) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "max_events is %u and max_timers %u: at most %u",
				     config->max_events, config->max_timers, MAX_LIST);
	}
	if (config->log_bytes != UINT32_MAX && config->log_bytes > (1u << 30)) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "log_bytes is %u: at most %u", config->log_bytes, 1u << 30);
	}
	if ((uint32_t)config->restart > OCRE_RESTART_UNLESS_STOPPED) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "restart is %u: no such policy", (uint32_t)config->restart);
	}
	return OCRE_OK;
}

static uint32_t or_default(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

static void complete(struct ocre_container_config *config)
{
	config->cpu_weight = or_default(config->cpu_weight, 100);
	config->max_fds = or_default(config->max_fds, 64);
	config->max_timers = or_default(config->max_timers, 16);
	config->max_subscriptions = or_default(config->max_subscriptions, 32);
	config->max_events = or_default(config->max_events, 32);
	config->log_bytes = or_default(config->log_bytes, 4096);
	config->restart_delay_ms = or_default(config->restart_delay_ms, 100);
	config->stop_grace_ms = or_default(config->stop_grace_ms, 10000);
}

/* "HOST:GUEST[:ro]" taken apart: lengths of both paths. */
static int parse_mount(const char *text, size_t *host, size_t *guest, bool *read_only,
		       struct ocre_diag *diag)
{
	const char *colon = strchr(text, ':');
	const char *end;

	if (text[0] != '/' || colon == NULL || colon[1] != '/') {
		return bad(diag, "mount", text, "it must be HOST:GUEST[:ro], both absolute paths");
	}
	*host = (size_t)(colon - text);
	end = strchr(colon + 1, ':');
	*read_only = end != NULL;
	if (end == NULL) {
		end = colon + 1 + strlen(colon + 1);
	} else if (strcmp(end, ":ro") != 0) {
		return bad(diag, "mount", text, "after the second colon there can be 'ro' only");
	}
	while (end > colon + 2 && end[-1] == '/') {
		end--;
	}
	*guest = (size_t)(end - (colon + 1));
	if (*guest == 1) {
		return bad(diag, "mount", text, "the destination must not be /");
	}
	return OCRE_OK;
}

static int check_mount(struct ocre_context *context, const char *text, const char *path,
		       struct ocre_diag *diag)
{
	const struct ocre_port *port = context->port;
	int32_t fd;
	int rc = port->ops->open_root(port->ctx, path, &fd);

	if (rc != 0) {
		return bad(diag, "mount", text,
			   rc == -OCRE_ERRNO_NOENT ? "there is no such directory on the host"
						   : "the directory of the host cannot be opened");
	}
	port->ops->close(port->ctx, fd);
	return OCRE_OK;
}

/*
 * All lists and strings of a container lie in one piece of memory. It is laid out twice: without
 * memory, to learn its size, and with it.
 */
struct piece {
	char *base; /* NULL: only count */
	size_t used;
};

static void *take(struct piece *piece, size_t size, size_t align)
{
	size_t at = (piece->used + align - 1) / align * align;

	piece->used = at + size;
	return piece->base != NULL ? piece->base + at : NULL;
}

static const char *take_text(struct piece *piece, const char *text, size_t size)
{
	char *copy = take(piece, size + 1, 1);

	if (copy != NULL) {
		memcpy(copy, text, size);
		copy[size] = '\0';
	}
	return copy;
}

static uint32_t length(const char *const *list)
{
	uint32_t n = 0;

	while (list != NULL && list[n] != NULL) {
		n++;
	}
	return n;
}

/* A list as it was given, with `first` before it where that is not NULL. */
static const char *const *take_list(struct piece *piece, const char *first, const char *const *list,
				    uint32_t *count)
{
	uint32_t before = first != NULL ? 1 : 0;
	uint32_t n = length(list) + before;
	const char **copy = take(piece, (n + 1) * sizeof(*copy), _Alignof(const char *));

	for (uint32_t i = 0; i < n; i++) {
		const char *text = i < before ? first : list[i - before];
		const char *at = take_text(piece, text, strlen(text));

		if (copy != NULL) {
			copy[i] = at;
		}
	}
	if (copy != NULL) {
		copy[n] = NULL;
	}
	*count = n;
	return copy;
}

static int take_mounts(struct ocre_container *c, const struct ocre_container_config *config,
		       struct piece *piece, struct ocre_diag *diag)
{
	uint32_t own = c->has_storage ? 1 : 0;
	uint32_t n = length(config->mounts) + own;
	struct ocre_mount *mounts = take(piece, n * sizeof(*mounts), _Alignof(struct ocre_mount));
	struct ocre_mount one;

	for (uint32_t i = 0; i < n; i++) {
		if (i < own) {
			static const char folder[] = "/containers/";
			const char *workdir = c->context->workdir;

			one.host_path = take_text(piece, workdir, strlen(workdir));
			piece->used--; /* the name goes on */
			take_text(piece, folder, sizeof(folder) - 1);
			piece->used--;
			take_text(piece, c->guest.id, strlen(c->guest.id));
			one.guest_path = "/";
			one.read_only = false;
		} else {
			const char *text = config->mounts[i - own];
			size_t host = 0;
			size_t guest = 0;
			int rc = parse_mount(text, &host, &guest, &one.read_only, diag);

			if (rc != OCRE_OK) {
				return rc;
			}
			one.host_path = take_text(piece, text, host);
			one.guest_path = take_text(piece, text + host + 1, guest);
			rc = mounts != NULL ? check_mount(c->context, text, one.host_path, diag)
					    : OCRE_OK;
			if (rc != OCRE_OK) {
				return rc;
			}
		}
		if (mounts != NULL) {
			mounts[i] = one;
		}
	}
	c->guest.mounts = mounts;
	c->guest.mount_count = n;
	return OCRE_OK;
}

static int lay_out(struct ocre_container *c, const struct ocre_container_config *config,
		   const char *id, struct piece *piece, struct ocre_diag *diag)
{
	const char *image = config->image != NULL ? config->image : id;
	uint32_t unused;

	c->guest.args = take_list(piece, image, config->args, &c->guest.arg_count);
	c->guest.env = take_list(piece, NULL, config->env, &c->guest.env_count);
	c->guest.grants = take_list(piece, NULL, config->grants, &unused);
	c->guest.image = take_text(piece, image, strlen(image));
	c->guest.id = take_text(piece, id, strlen(id));
	c->config.entry = config->entry != NULL
				  ? take_text(piece, config->entry, strlen(config->entry))
				  : NULL;
	if (piece->base == NULL) {
		c->guest.id = id;
	}
	return take_mounts(c, config, piece, diag);
}

static int copy_config(struct ocre_container *c, const struct ocre_container_config *config,
		       const char *id, struct ocre_diag *diag)
{
	struct piece piece = {NULL, 0};
	int rc = lay_out(c, config, id, &piece, diag);

	if (rc != OCRE_OK) {
		return rc;
	}
	c->text_size = piece.used;
	c->text = ocre_mem_alloc(&c->mem, piece.used);
	if (c->text == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "container %s: no memory for its configuration", id);
	}
	piece.base = c->text;
	piece.used = 0;
	return lay_out(c, config, id, &piece, diag);
}

/* ---- create ---- */

static const struct ocre__driver *find_driver(const struct ocre_context *context, const char *name)
{
	if (name == NULL) {
		return &context->drivers[0];
	}
	for (uint32_t i = 0; i < context->driver_count; i++) {
		const struct ocre_driver *driver = context->drivers[i].driver;

		if (strcmp(driver->name, name) == 0) {
			return &context->drivers[i];
		}
		for (const char *const *alias = driver->aliases; alias != NULL && *alias != NULL;
		     alias++) {
			if (strcmp(*alias, name) == 0) {
				return &context->drivers[i];
			}
		}
	}
	return NULL;
}

static bool has_grant(const struct ocre_container_config *config, const char *name)
{
	for (uint32_t i = 0; i < length(config->grants); i++) {
		if (strcmp(config->grants[i], name) == 0) {
			return true;
		}
	}
	return false;
}

static int init_conds(struct ocre_container *c, const struct ocre_port *port)
{
	int rc;

	if (port->threads == NULL) {
		return 0;
	}
	rc = port->threads->cond_init(port->ctx, &c->change.cond);
	if (rc != 0) {
		return rc;
	}
	rc = port->threads->cond_init(port->ctx, &c->rest.cond);
	if (rc != 0) {
		port->threads->cond_deinit(port->ctx, &c->change.cond);
	}
	return rc;
}

static struct ocre_container *alloc_container(struct ocre_context *context,
					      const struct ocre_container_config *config)
{
	const struct ocre_port *port = context->port;
	struct ocre_container *c = ocre_mem_alloc(&context->mem, sizeof(*c));
	size_t limit = config->memory_limit != 0 ? config->memory_limit : SIZE_MAX;

	if (c == NULL) {
		return NULL;
	}
	ocre_mem_init(&c->mem, context->mem.resize, context->mem.ctx, limit);
	c->mem.threads = true;
	if (!ocre_mem_charge(&c->mem, sizeof(*c)) || init_conds(c, port) != 0) {
		ocre_mem_free(&context->mem, c, sizeof(*c));
		return NULL;
	}
	c->mem.parent = &context->mem; /* from here on: the container itself is counted there */
	c->context = context;
	c->refs = 1;
	c->removed = true; /* hidden until it is whole */
	c->busy = true;
	c->ready_place = OCRE__NOWHERE;
	c->due_place = OCRE__NOWHERE;
	c->grace_ns = OCRE__NEVER;
	c->restart_ns = OCRE__NEVER;
	c->config = *config;
	complete(&c->config);
	ocre__log_init(&c->log, c->config.log_bytes);
	c->guest.ops = &ocre__guest_ops;
	c->guest.mem = &c->mem;
	c->guest.port = port;
	for (int i = 0; i < 3; i++) {
		c->guest.stdio[i] = config->stdio_set ? config->stdio[i] : i;
	}
	c->guest.max_fds = c->config.max_fds;
	c->guest.max_timers = c->config.max_timers;
	c->guest.max_subscriptions = c->config.max_subscriptions;
	c->has_storage = context->workdir != NULL && has_grant(config, "filesystem");
	c->events.timer_next_ns = OCRE__NEVER;
	return c;
}

static void make_up_id(struct ocre_context *context, char id[8])
{
	const struct ocre_port *port = context->port;
	uint32_t number;

	do {
		if (port->ops->random(port->ctx, &number, sizeof(number)) != 0) {
			number = (uint32_t)ocre__now(context) ^ context->alive * 2654435761u;
		}
		for (int i = 0; i < 7; i++) {
			id[i] = "0123456789abcdef"[number >> (4 * i) & 15u];
		}
		id[7] = '\0';
	} while (find_any(context, id) != NULL);
}

/* Take a place in the context: its id is its own from here on. */
static int enlist(struct ocre_container *c, const char *id, struct ocre_diag *diag)
{
	struct ocre_context *context = c->context;
	uint32_t count = context->alive; /* with this one */

	if (context->closing) {
		return ocre_diag_set(diag, OCRE_E_STATE, OCRE_NO_OFFSET, "the context is closed");
	}
	if (find_any(context, id) != NULL) {
		return ocre_diag_set(diag, OCRE_E_BUSY, OCRE_NO_OFFSET,
				     "there is a container %s already", id);
	}
	if (context->max_containers != 0 && count > context->max_containers) {
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "there are %u containers already, which is the limit",
				     count - 1);
	}
	if (reserve_buckets(context) != OCRE_OK || ocre__heaps_reserve(context, count) != OCRE_OK ||
	    ocre__notices_reserve(context, count * 2) != OCRE_OK ||
	    (context->fd_room == 0 && ocre__fds_reserve(context) != OCRE_OK)) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for one more container");
	}
	link_in(c);
	return OCRE_OK;
}

/* Everything that needs no lock: permissions, storage, and the driver's own part. */
static int build(struct ocre_container *c, const struct ocre_container_config *config,
		 bool *made_storage, struct ocre_diag *diag)
{
	const struct ocre_driver_options options = {
		.stack_size = config->stack_size,
		.heap_size = config->heap_size,
		.entry = c->config.entry,
	};
	int rc;

	rc = ocre_permissions_create(&c->mem, c->guest.grants, false, &c->permissions, diag);
	if (rc != OCRE_OK) {
		return rc;
	}
	if (c->has_storage) {
		rc = ocre__storage_make(c->context, c->guest.id, made_storage, diag);
	}
	if (rc == OCRE_OK) {
		rc = c->driver->driver->create(c->driver->opened, c->image->loaded, &c->guest,
					       &options, &c->object, diag);
		if (rc == OCRE_OK) {
			return OCRE_OK;
		}
		ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "container %s: %s", c->guest.id,
			      ocre_status_text(rc));
	}
	if (*made_storage) {
		ocre__storage_remove(c->context, c->guest.id);
	}
	ocre_permissions_destroy(c->permissions);
	return rc;
}

static int create(struct ocre_container *c, const struct ocre_container_config *config,
		  struct ocre_diag *diag)
{
	struct ocre_context *context = c->context;
	bool made_storage = false;
	char made_up[8];
	const char *id = config->id;
	int rc;

	context->alive++;
	if (id == NULL) {
		make_up_id(context, made_up);
		id = made_up;
	}
	rc = copy_config(c, config, id, diag);
	if (rc == OCRE_OK) {
		rc = enlist(c, id, diag);
	}
	if (rc != OCRE_OK) {
		ocre__unref(c);
		return rc;
	}
	rc = ocre__image_get(context, c->driver, config, &c->image, diag);
	if (rc == OCRE_OK) {
		ocre__unlock(context);
		rc = build(c, config, &made_storage, diag);
		ocre__lock(context);
		if (rc != OCRE_OK) {
			ocre__image_put(context, c->image);
		}
	}
	if (rc != OCRE_OK) {
		link_out(c);
		ocre__unref(c);
		return rc;
	}
	c->state = OCRE_STATE_CREATED;
	c->removed = false;
	c->busy = false;
	context->count++;
	ocre__notify(c, OCRE_NOTICE_CREATED);
	return OCRE_OK;
}

static int check_config(struct ocre_context *context, const struct ocre_container_config *config,
			const struct ocre__driver **driver, struct ocre_diag *diag)
{
	if (config->id != NULL && !is_id(config->id)) {
		return bad(diag, "container", config->id,
			   "its name may have a-z 0-9 . _ - and not begin with a dot");
	}
	*driver = find_driver(context, config->driver);
	if (*driver == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
				     "there is no driver '%s' in this context", config->driver);
	}
	return check_numbers(config, diag);
}

int ocre_container_create(struct ocre_context *context, const struct ocre_container_config *config,
			  struct ocre_container **out, struct ocre_diag *diag)
{
	const struct ocre__driver *driver = NULL;
	struct ocre_container *c;
	int rc;

	if (context == NULL || config == NULL || out == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "no context, configuration or result given");
	}
	rc = check_config(context, config, &driver, diag);
	if (rc != OCRE_OK) {
		return rc;
	}
	c = alloc_container(context, config);
	if (c == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for one more container");
	}
	c->driver = driver;
	c->sliced = driver->driver->run != NULL;
	ocre__lock(context);
	rc = create(c, config, diag);
	if (rc == OCRE_OK) {
		*out = c;
	}
	ocre__notices_flush(context);
	ocre__unlock(context);
	return rc;
}

/* ---- remove ---- */

static int remove_whole(struct ocre_container *c)
{
	struct ocre_context *context = c->context;
	enum ocre__outcome outcome;
	/* The end of a context is not the end of what its containers stored. */
	bool clears = c->has_storage && !context->closing;
	int rc = ocre__decide(c, OCRE__CALL_REMOVE, &outcome);

	if (rc != OCRE_OK) {
		return rc;
	}
	c->removed = true;
	c->busy = true;
	c->restart_ns = OCRE__NEVER;
	ocre__unplace(c);
	ocre__changed(c);
	context->count--;
	ocre__unlock(context);
	c->driver->driver->destroy(c->object);
	ocre_permissions_destroy(c->permissions);
	if (clears) {
		ocre__storage_remove(context, c->guest.id);
	}
	ocre__lock(context);
	ocre__events_purge(c);
	ocre__image_put(context, c->image);
	link_out(c);
	c->state = OCRE_STATE_UNKNOWN;
	ocre__notify(c, OCRE_NOTICE_REMOVED);
	ocre__unref(c); /* the one from create */
	return OCRE_OK;
}

int ocre_container_remove(struct ocre_container *c)
{
	struct ocre_context *context;
	int rc;

	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	context = c->context;
	ocre__lock(context);
	ocre__ref(c);
	rc = remove_whole(c);
	ocre__notices_flush(context);
	ocre__unref(c);
	ocre__unlock(context);
	return rc;
}

/* ---- finding ---- */

struct ocre_container *ocre_container_find(struct ocre_context *context, const char *id)
{
	struct ocre_container *c;

	if (context == NULL || id == NULL) {
		return NULL;
	}
	ocre__lock(context);
	c = find_any(context, id);
	if (c != NULL && c->removed) {
		c = NULL;
	}
	ocre__unlock(context);
	return c;
}

uint32_t ocre_container_list(struct ocre_context *context, struct ocre_container **out,
			     uint32_t max)
{
	uint32_t count = 0;

	if (context == NULL) {
		return 0;
	}
	ocre__lock(context);
	for (struct ocre_container *c = context->first; c != NULL; c = c->next) {
		if (c->removed) {
			continue;
		}
		if (out != NULL && count < max) {
			out[count] = c;
		}
		count++;
	}
	ocre__unlock(context);
	return count;
}
