/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - a container's queue of events and its timers, and the functions by which its host
 * modules reach it. Timers have no thread and no place in the queue: a due one becomes an event
 * when somebody looks.
 */
#include "internal.h"

#include <string.h>

#define TIMER_BIT (1u << OCRE_EVENT_TIMER)

static struct ocre_container *container_of(struct ocre_guest *guest)
{
	return (struct ocre_container *)(void *)guest;
}

static uint32_t bit(uint32_t type)
{
	return type < OCRE_EVENT_TYPES ? 1u << type : 0;
}

/* ---- messages ---- */

static size_t message_size(const struct ocre_message *m)
{
	return sizeof(*m) + (size_t)m->topic_size + 1 + m->content_type_size + 1 + m->payload_size;
}

static bool message_fits(const struct ocre_message *m)
{
	return (uint64_t)m->topic_size + m->content_type_size + m->payload_size <=
	       (SIZE_MAX < UINT32_MAX ? SIZE_MAX : UINT32_MAX) - sizeof(*m) - 2;
}

static int copy_event(struct ocre_container *c, const struct ocre_event *event,
		      struct ocre_event *out)
{
	size_t size;

	*out = *event;
	if (event->message == NULL) {
		return OCRE_OK;
	}
	if (!message_fits(event->message)) {
		return OCRE_E_LIMIT;
	}
	size = message_size(event->message);
	out->message = ocre_mem_resize(&c->mem, NULL, 0, size);
	if (out->message == NULL) {
		return OCRE_E_NOMEM;
	}
	memcpy(out->message, event->message, size);
	return OCRE_OK;
}

static void free_message(struct ocre_container *c, struct ocre_message *message)
{
	if (message != NULL) {
		ocre_mem_free(&c->mem, message, message_size(message));
	}
}

/* ---- the queue ---- */

static struct ocre__event *queued(struct ocre__events *e, uint32_t n)
{
	return &e->ring[(e->first + n) % e->room];
}

static int make_queue(struct ocre_container *c)
{
	struct ocre__events *e = &c->events;
	uint32_t room = c->config.max_events + 1; /* OCRE_EVENT_STOP always finds a place */

	if (e->ring != NULL) {
		return OCRE_OK;
	}
	e->ring = ocre_mem_alloc_array(&c->mem, room, sizeof(*e->ring));
	if (e->ring == NULL) {
		return OCRE_E_NOMEM;
	}
	e->room = room;
	return OCRE_OK;
}

int ocre__post(struct ocre_container *c, const struct ocre_event *event)
{
	struct ocre__events *e = &c->events;
	uint32_t most = c->config.max_events + (event->type == OCRE_EVENT_STOP);
	struct ocre__event *at;
	int rc = OCRE_OK;

	if (bit(event->type) == 0) {
		return OCRE_E_ARGUMENT;
	}
	if (e->count >= most) {
		rc = OCRE_E_LIMIT;
	}
	if (rc == OCRE_OK) {
		rc = make_queue(c);
	}
	if (rc == OCRE_OK) {
		at = queued(e, e->count);
		rc = copy_event(c, event, &at->event);
	}
	if (rc != OCRE_OK) {
		e->lost++;
		return rc;
	}
	at->came_ns = ocre__now(c->context);
	e->count++;
	e->posted++;
	e->changes++;
	if (c->park != NULL && !c->busy) {
		ocre__place(c);
	}
	return OCRE_OK;
}

static void take_queued(struct ocre__events *e, uint32_t n, struct ocre_event *out)
{
	*out = queued(e, n)->event;
	/* Those before it move up; usually there are none. */
	for (; n > 0; n--) {
		*queued(e, n) = *queued(e, n - 1);
	}
	e->first = (e->first + 1) % e->room;
	e->count--;
	e->changes++;
}

/* ---- timers ---- */

static void find_next(struct ocre_container *c)
{
	struct ocre__events *e = &c->events;

	e->timer_next_ns = OCRE__NEVER;
	for (uint32_t i = 0; e->timer_count > 0 && i < c->guest.max_timers; i++) {
		if (e->timers[i].due_ns != 0 && e->timers[i].due_ns < e->timer_next_ns) {
			e->timer_next_ns = e->timers[i].due_ns;
		}
	}
}

/* Timers that are due become events. Periods that were missed give one. */
static void fire_timers(struct ocre_container *c, uint64_t now_ns)
{
	struct ocre__events *e = &c->events;

	if (e->timer_count == 0 || e->timer_next_ns > now_ns) {
		return;
	}
	for (uint32_t i = 0; i < c->guest.max_timers; i++) {
		struct ocre__timer *t = &e->timers[i];

		if (t->due_ns == 0 || t->due_ns > now_ns) {
			continue;
		}
		if (t->came_ns == 0) {
			t->came_ns = t->due_ns;
			e->timers_came++;
			e->posted++;
			e->changes++;
		}
		if (t->period_ns == 0) {
			t->due_ns = 0;
			e->timer_count--;
		} else {
			uint64_t missed = (now_ns - t->due_ns) / t->period_ns;

			t->due_ns = ocre__after(t->due_ns + missed * t->period_ns, t->period_ns);
		}
	}
	find_next(c);
}

static struct ocre__timer *oldest_timer(struct ocre_container *c)
{
	struct ocre__events *e = &c->events;
	struct ocre__timer *oldest = NULL;

	for (uint32_t i = 0; e->timers_came > 0 && i < c->guest.max_timers; i++) {
		struct ocre__timer *t = &e->timers[i];

		if (t->came_ns != 0 && (oldest == NULL || t->came_ns < oldest->came_ns)) {
			oldest = t;
		}
	}
	return oldest;
}

static void take_timer(struct ocre__events *e, struct ocre__timer *t, struct ocre_event *out)
{
	memset(out, 0, sizeof(*out));
	out->type = OCRE_EVENT_TIMER;
	out->id = t->event_id;
	t->came_ns = 0;
	e->timers_came--;
	e->changes++;
}

/* ---- what a parked call waits for ---- */

uint32_t ocre__park_types(const struct ocre_container *c, uint8_t flags)
{
	uint32_t by_callback = c->guest.callbacks & ~c->guest.dispatchers;
	uint32_t types = 0;

	if ((flags & OCRE_PARK_EVENTS) != 0) {
		types |= ~by_callback;
	}
	if ((flags & OCRE_PARK_CALLBACKS) != 0) {
		types |= by_callback;
	}
	return types;
}

/*
 * Is there an event of these types that the guest has not refused already? A call that was
 * continued for an event, left it where it was and parked again is not continued for the same one.
 */
bool ocre__events_wanted(struct ocre_container *c, uint32_t types, uint64_t now_ns)
{
	struct ocre__events *e = &c->events;

	if ((types & TIMER_BIT) != 0) {
		fire_timers(c, now_ns);
	}
	if (e->changes == e->seen) {
		return false;
	}
	if ((types & TIMER_BIT) != 0 && e->timers_came > 0) {
		return true;
	}
	for (uint32_t i = 0; i < e->count; i++) {
		if ((bit(queued(e, i)->event.type) & types) != 0) {
			return true;
		}
	}
	return false;
}

void ocre__events_purge(struct ocre_container *c)
{
	struct ocre__events *e = &c->events;
	uint64_t posted = e->posted;
	uint64_t lost = e->lost;

	for (uint32_t i = 0; i < e->count; i++) {
		free_message(c, queued(e, i)->event.message);
	}
	if (e->ring != NULL) {
		ocre_mem_free(&c->mem, e->ring, e->room * sizeof(*e->ring));
	}
	if (e->timers != NULL) {
		ocre_mem_free(&c->mem, e->timers, c->guest.max_timers * sizeof(*e->timers));
	}
	memset(e, 0, sizeof(*e));
	e->timer_next_ns = OCRE__NEVER;
	e->posted = posted;
	e->lost = lost;
}

/* ---- struct ocre_guest_ops ---- */

static int guest_post(struct ocre_guest *guest, const struct ocre_event *event)
{
	struct ocre_container *c = container_of(guest);
	int rc;

	if (event == NULL) {
		return OCRE_E_ARGUMENT;
	}
	ocre__lock_own(c->context);
	if (c->removed ||
	    (!c->starting && ocre__states[ocre__row(c)][OCRE__CALL_POST] == OCRE__TO_NO)) {
		rc = OCRE_E_STATE;
	} else {
		rc = ocre__post(c, event);
	}
	ocre__unlock(c->context);
	return rc;
}

int ocre_container_post(struct ocre_container *container, const struct ocre_event *event)
{
	if (container == NULL || event == NULL) {
		return OCRE_E_ARGUMENT;
	}
	return guest_post(&container->guest, event);
}

static int guest_take(struct ocre_guest *guest, uint32_t types, struct ocre_event *out)
{
	struct ocre_container *c = container_of(guest);
	struct ocre__events *e = &c->events;
	struct ocre__timer *timer = NULL;
	int rc = OCRE_OK;
	uint32_t n = 0;

	ocre__lock_own(c->context);
	if ((types & TIMER_BIT) != 0 && (e->timer_count > 0 || e->timers_came > 0)) {
		fire_timers(c, ocre__now(c->context));
		timer = oldest_timer(c);
	}
	while (n < e->count && (bit(queued(e, n)->event.type) & types) == 0) {
		n++;
	}
	if (timer != NULL && (n == e->count || timer->came_ns <= queued(e, n)->came_ns)) {
		take_timer(e, timer, out);
	} else if (n < e->count) {
		take_queued(e, n, out);
	} else {
		rc = OCRE_E_NOTFOUND;
	}
	ocre__unlock(c->context);
	return rc;
}

static void guest_release(struct ocre_guest *guest, struct ocre_message *message)
{
	free_message(container_of(guest), message);
}

static void guest_wake(struct ocre_guest *guest)
{
	struct ocre_container *c = container_of(guest);

	ocre__lock_own(c->context);
	c->woken = true;
	if (c->park != NULL && !c->busy) {
		ocre__place(c);
	}
	ocre__unlock(c->context);
}

static void guest_kick(struct ocre_guest *guest)
{
	struct ocre_container *c = container_of(guest);

	ocre__lock_own(c->context);
	ocre__watchdog_alive(c, ocre__now(c->context));
	ocre__unlock(c->context);
}

static int set_timer(struct ocre_container *c, uint32_t id, uint32_t event_id, uint64_t due_ns,
		     uint64_t period_ns)
{
	struct ocre__events *e = &c->events;
	struct ocre__timer *t;

	if (id >= c->guest.max_timers) {
		return OCRE_E_LIMIT;
	}
	if (e->timers == NULL) {
		e->timers = ocre_mem_alloc_array(&c->mem, c->guest.max_timers, sizeof(*e->timers));
		if (e->timers == NULL) {
			return OCRE_E_NOMEM;
		}
	}
	t = &e->timers[id];
	e->timer_count += t->due_ns == 0;
	e->timers_came -= t->came_ns != 0; /* of what it was before */
	t->due_ns = due_ns != 0 ? due_ns : 1;
	t->period_ns = period_ns;
	t->came_ns = 0;
	t->event_id = event_id;
	find_next(c);
	return OCRE_OK;
}

static int guest_timer_set(struct ocre_guest *guest, uint32_t id, uint32_t event_id,
			   uint64_t due_ns, uint64_t period_ns)
{
	struct ocre_container *c = container_of(guest);
	int rc;

	ocre__lock_own(c->context);
	rc = set_timer(c, id, event_id, due_ns, period_ns);
	ocre__unlock(c->context);
	return rc;
}

static void guest_timer_clear(struct ocre_guest *guest, uint32_t id)
{
	struct ocre_container *c = container_of(guest);
	struct ocre__events *e = &c->events;

	ocre__lock_own(c->context);
	if (id < c->guest.max_timers && e->timers != NULL) {
		e->timer_count -= e->timers[id].due_ns != 0;
		e->timers_came -= e->timers[id].came_ns != 0;
		memset(&e->timers[id], 0, sizeof(e->timers[id]));
		find_next(c);
	}
	ocre__unlock(c->context);
}

static uint64_t guest_timer_due(struct ocre_guest *guest, uint32_t id)
{
	struct ocre_container *c = container_of(guest);
	uint64_t due = 0;

	ocre__lock_own(c->context);
	if (id < c->guest.max_timers && c->events.timers != NULL) {
		fire_timers(c, ocre__now(c->context));
		due = c->events.timers[id].due_ns;
	}
	ocre__unlock(c->context);
	return due;
}

static void guest_output(struct ocre_guest *guest, enum ocre_stream stream, const void *data,
			 size_t size)
{
	struct ocre_container *c = container_of(guest);

	ocre__lock_own(c->context);
	ocre__log_write(c, (int)stream, data, size);
	ocre__unlock(c->context);
}

static void guest_note(struct ocre_guest *guest, const char *text)
{
	struct ocre_container *c = container_of(guest);

	ocre__lock_own(c->context);
	ocre__log_write(c, 0, text, strlen(text));
	ocre__log_write(c, 0, "\n", 1);
	ocre__unlock(c->context);
}

/* ---- permissions ---- */

static bool is_file(enum ocre_action_kind kind)
{
	return kind == OCRE_ACTION_FILE_READ || kind == OCRE_ACTION_FILE_WRITE;
}

static bool is_beneath(const char *name, size_t size, const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/') {
		n--;
	}
	return size >= n && memcmp(name, folder, n) == 0 && (size == n || name[n] == '/');
}

/* The mount that the application gave in which the file of an action lies; NULL: none. */
static const struct ocre_mount *mount_of(const struct ocre_container *c,
					 const struct ocre_action *action)
{
	const struct ocre_mount *best = NULL;

	for (uint32_t i = c->has_storage ? 1 : 0; action->name != NULL && i < c->guest.mount_count;
	     i++) {
		const struct ocre_mount *m = &c->guest.mounts[i];

		if (is_beneath(action->name, action->name_size, m->guest_path) &&
		    (best == NULL || strlen(m->guest_path) > strlen(best->guest_path))) {
			best = m;
		}
	}
	return best;
}

static bool has_file_grants(const struct ocre_container *c)
{
	return ocre_permissions_any(c->permissions, OCRE_ACTION_FILE_READ) ||
	       ocre_permissions_any(c->permissions, OCRE_ACTION_FILE_WRITE);
}

/* Unless there are grants for files, a mount is one for what lies in it. */
static bool permits(const struct ocre_container *c, const struct ocre_action *action)
{
	const struct ocre_mount *mount;

	if (is_file(action->kind) && !has_file_grants(c)) {
		mount = mount_of(c, action);
		if (mount != NULL) {
			return action->kind == OCRE_ACTION_FILE_READ || !mount->read_only;
		}
	}
	return ocre_permissions_allow(c->permissions, action);
}

static bool guest_permits(struct ocre_guest *guest, const struct ocre_action *action)
{
	return permits(container_of(guest), action);
}

static bool guest_may(struct ocre_guest *guest, enum ocre_action_kind kind)
{
	const struct ocre_container *c = container_of(guest);

	return ocre_permissions_any(c->permissions, kind) ||
	       (is_file(kind) && c->guest.mount_count > (c->has_storage ? 1u : 0u));
}

static bool guest_file_grant(struct ocre_guest *guest, uint32_t n, struct ocre_action *out)
{
	return ocre_permissions_file(container_of(guest)->permissions, n, out);
}

/* Note a missing grant, but each only once, and not more than a few: names are the guest's. */
static void note_denied(struct ocre_container *c, const struct ocre_action *action)
{
	struct ocre_diag line = {0};
	char grant[112];
	uint32_t hash = 2166136261u;

	ocre_action_grant(action, grant, sizeof(grant));
	for (const char *at = grant; *at != '\0'; at++) {
		hash = (hash ^ (uint8_t)*at) * 16777619u;
	}
	for (uint32_t i = 0; i < c->denied_count; i++) {
		if (c->denied[i] == hash) {
			return;
		}
	}
	if (c->denied_count == OCRE__DENIED) {
		return;
	}
	c->denied[c->denied_count++] = hash;
	ocre_diag_set(&line, -1, OCRE_NO_OFFSET, "denied: needs the grant %s", grant);
	guest_note(&c->guest, line.text);
	ocre__say(c->context, 2, "denied to ", c->guest.id, grant);
}

static bool guest_allowed(struct ocre_guest *guest, const struct ocre_action *action)
{
	struct ocre_container *c = container_of(guest);

	if (permits(c, action)) {
		return true;
	}
	note_denied(c, action);
	return false;
}

const struct ocre_guest_ops ocre__guest_ops = {
	.may = guest_may,
	.allowed = guest_allowed,
	.permits = guest_permits,
	.file_grant = guest_file_grant,
	.output = guest_output,
	.note = guest_note,
	.wake = guest_wake,
	.kick = guest_kick,
	.post = guest_post,
	.take = guest_take,
	.release = guest_release,
	.timer_set = guest_timer_set,
	.timer_clear = guest_timer_clear,
	.timer_due = guest_timer_due,
};

/* A line made of pieces, cut at its end. */
static void append(char *text, size_t size, size_t *at, const char *piece)
{
	while (*piece != '\0' && *at + 1 < size) {
		text[(*at)++] = *piece++;
	}
	text[*at] = '\0';
}

int ocre_container_explain(struct ocre_container *container, const struct ocre_action *action,
			   char *text, size_t size)
{
	const struct ocre_mount *mount = NULL;
	size_t at = 0;
	bool good;

	if (container == NULL || action == NULL) {
		return OCRE_E_ARGUMENT;
	}
	if (is_file(action->kind) && !has_file_grants(container)) {
		mount = mount_of(container, action);
	}
	if (mount == NULL) {
		return ocre_permissions_explain(container->permissions, action, text, size);
	}
	good = permits(container, action);
	if (text != NULL && size > 0) {
		append(text, size, &at, good ? "allowed by the mount " : "denied: the mount ");
		append(text, size, &at, mount->host_path);
		append(text, size, &at, ":");
		append(text, size, &at, mount->guest_path);
		append(text, size, &at, good ? "" : " is read-only");
	}
	return good;
}
