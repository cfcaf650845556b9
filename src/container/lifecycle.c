/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lifecycle.c - start, pause, unpause, stop, kill, restart, wait. What is possible when stands in
 * states.def; this file says how it is done.
 */
#include "internal.h"

#include <string.h>

const uint8_t ocre__states[OCRE__ROWS][OCRE__CALLS] = {
#define OCRE__ROW(state, ...) [OCRE__ROW_##state] = {OCRE__TOS(__VA_ARGS__)},
#define OCRE__TOS(a, b, c, d, e, f, g, h, i)                                                       \
	OCRE__TO_##a, OCRE__TO_##b, OCRE__TO_##c, OCRE__TO_##d, OCRE__TO_##e, OCRE__TO_##f,        \
		OCRE__TO_##g, OCRE__TO_##h, OCRE__TO_##i
#include "states.def"
#undef OCRE__TOS
#undef OCRE__ROW
};

const char *ocre_state_name(enum ocre_state state)
{
	switch (state) {
	case OCRE_STATE_CREATED:
		return "CREATED";
	case OCRE_STATE_RUNNING:
		return "RUNNING";
	case OCRE_STATE_PAUSED:
		return "PAUSED";
	case OCRE_STATE_EXITED:
		return "EXITED";
	case OCRE_STATE_STOPPED:
		return "STOPPED";
	case OCRE_STATE_ERROR:
		return "ERROR";
	case OCRE_STATE_UNKNOWN:
		break;
	}
	return "UNKNOWN";
}

enum ocre__row ocre__row(const struct ocre_container *c)
{
	switch (c->state) {
	case OCRE_STATE_CREATED:
		return OCRE__ROW_CREATED;
	case OCRE_STATE_RUNNING:
		return OCRE__ROW_RUNNING;
	case OCRE_STATE_PAUSED:
		return OCRE__ROW_PAUSED;
	case OCRE_STATE_EXITED:
		return OCRE__ROW_EXITED;
	case OCRE_STATE_STOPPED:
		return c->restart_ns != OCRE__NEVER ? OCRE__ROW_RESTARTING : OCRE__ROW_STOPPED;
	case OCRE_STATE_ERROR:
	case OCRE_STATE_UNKNOWN:
		break;
	}
	return OCRE__ROW_ERROR;
}

static bool has_life(const struct ocre_container *c)
{
	return c->state == OCRE_STATE_RUNNING || c->state == OCRE_STATE_PAUSED ||
	       c->state == OCRE_STATE_EXITED;
}

/* Somebody is starting or removing it: what it will be is not known yet. */
static bool in_between(const struct ocre_container *c)
{
	return c->busy && !has_life(c);
}

int ocre__decide(struct ocre_container *c, enum ocre__call call, enum ocre__outcome *outcome)
{
	for (;;) {
		if (c->removed) {
			return OCRE_E_STATE;
		}
		*outcome = (enum ocre__outcome)ocre__states[ocre__row(c)][call];
		if (*outcome == OCRE__TO_NO && !in_between(c)) {
			return OCRE_E_STATE;
		}
		if (*outcome != OCRE__TO_LATER && !in_between(c)) {
			return OCRE_OK;
		}
		if (ocre__in_callback(c->context) ||
		    (c->busy && c->owner == ocre__self(c->context))) {
			/* What ends anyway is stopped and killed without waiting. */
			return c->state == OCRE_STATE_EXITED &&
					       (call == OCRE__CALL_STOP || call == OCRE__CALL_KILL)
				       ? OCRE_OK
				       : OCRE_E_STATE;
		}
		ocre__wait(c, &c->change, OCRE__NEVER);
	}
}

static void enter(struct ocre_container *c)
{
	ocre__lock(c->context);
	ocre__ref(c);
}

static int leave(struct ocre_container *c, int rc)
{
	struct ocre_context *context = c->context;

	ocre__notices_flush(context);
	ocre__unref(c);
	ocre__unlock(context);
	return rc;
}

static void own(struct ocre_container *c)
{
	c->busy = true;
	c->owner = ocre__self(c->context);
}

/* The object is nobody's any more: do what was asked for meanwhile. */
static void disown(struct ocre_container *c)
{
	c->busy = false;
	ocre__changed(c);
	if (c->state == OCRE_STATE_EXITED && c->sliced) {
		ocre__clear(c);
	} else {
		ocre__place(c);
	}
}

/* ---- the end of a life ---- */

static void set_end(struct ocre_container *c, enum ocre_end end, int32_t code, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(c->end.text)) {
		n = sizeof(c->end.text) - 1;
	}
	if (!c->context->honest_exit_codes && end != OCRE_END_EXIT && end != OCRE_END_ERROR) {
		code = 0;
	} else if (end == OCRE_END_TRAP) {
		code = 134;
	}
	c->end.end = end;
	c->end.code = code;
	memmove(c->end.text, text, n);
	c->end.text[n] = '\0';
	c->ended_ns = ocre__real(c->context);
}

void ocre__clear(struct ocre_container *c)
{
	struct ocre_context *context = c->context;

	own(c);
	ocre__unlock(context);
	c->driver->driver->end(c->object);
	ocre__lock(context);
	ocre__events_purge(c);
	c->park = NULL;
	c->busy = false;
	c->state = OCRE_STATE_STOPPED;
	c->restart_ns = ocre__restart_at(c, ocre__now(context));
	ocre__notify(c, OCRE_NOTICE_ENDED);
	ocre__place(c);
	ocre__changed(c);
}

void ocre__end(struct ocre_container *c, enum ocre_end end, int32_t code, const char *text)
{
	c->grace_ns = OCRE__NEVER;
	if (!c->sliced && !c->exited) {
		return; /* its driver tells when it has ended */
	}
	set_end(c, end, code, text);
	c->state = OCRE_STATE_EXITED;
	c->ask_stop = false;
	c->unresponsive = false;
	ocre__unplace(c);
	if (end == OCRE_END_TRAP || end == OCRE_END_LIMIT) {
		ocre__say(c->context, 2, "ended: ", c->guest.id, c->end.text);
	}
	if (!c->busy) {
		ocre__clear(c);
	}
	ocre__changed(c);
}

/* From any thread of a driver. It is cleared away by an executor, not on the driver's thread. */
void ocre__exited(struct ocre_guest *guest, const struct ocre_end_info *end)
{
	struct ocre_container *c = (struct ocre_container *)(void *)guest;
	struct ocre_context *context = c->context;
	const struct ocre_port *port = context->port;
	bool threaded = port->threads != NULL;

	ocre__lock(context);
	if (c->exited) {
		ocre__unlock(context);
		return;
	}
	c->exited = true;
	if (c->killed) {
		set_end(c, OCRE_END_KILLED, 137, end->text);
	} else {
		set_end(c, end->end, end->code, end->text);
	}
	if (!c->starting) {
		ocre__unplace(c);
		c->state = OCRE_STATE_EXITED;
		ocre__place(c);
	}
	ocre__changed(c);
	ocre__unlock(context);
	/* With threads the container, the context and the port may be gone by now. */
	if (!threaded) {
		port->ops->wake(port->ctx);
	}
}

/* ---- start ---- */

static void begin_life(struct ocre_container *c)
{
	uint64_t now = ocre__now(c->context);

	c->lives++;
	c->state = OCRE_STATE_RUNNING;
	c->started_ns = ocre__real(c->context);
	c->started_at_ns = now;
	ocre__schedule_reset(c, now);
	ocre__watchdog_start(c, now);
	ocre__notify(c, OCRE_NOTICE_STARTED);
	if (c->exited) {
		c->state = OCRE_STATE_EXITED;
	}
}

int ocre__start(struct ocre_container *c, struct ocre_diag *diag)
{
	struct ocre_context *context = c->context;
	struct ocre_diag words = {0};
	int rc;

	own(c);
	c->starting = true;
	c->asked = false;
	c->ask_stop = false;
	c->stopping = false;
	c->again = false;
	c->exited = false;
	c->killed = false;
	c->woken = false;
	c->park = NULL;
	c->grace_ns = OCRE__NEVER;
	c->restart_ns = OCRE__NEVER;
	c->guest.dispatchers = 0;
	c->guest.callbacks = 0;
	c->guest.handlers = NULL;
	c->guest.handler_count = 0;
	c->used = 0;
	c->cpu_ns = 0;
	c->slices = 0;
	c->parks = 0;
	c->host_calls = 0;
	c->mem.peak = c->mem.used;
	memset(&c->end, 0, sizeof(c->end));
	ocre__unlock(context);
	rc = c->driver->driver->start(c->object, &words);
	ocre__lock(context);
	c->busy = false;
	c->starting = false;
	if (rc != OCRE_OK) {
		if (words.status == 0) {
			ocre_diag_set(&words, rc, OCRE_NO_OFFSET, "%s: %s", c->guest.id,
				      ocre_status_text(rc));
		}
		ocre__events_purge(c);
		set_end(c, OCRE_END_ERROR, -1, words.text);
		c->state = OCRE_STATE_ERROR;
		if (c->lives > 0 && c->restarts > 0) {
			c->restart_ns = ocre__restart_at(c, ocre__now(context));
			if (c->restart_ns != OCRE__NEVER) {
				c->state = OCRE_STATE_STOPPED;
			}
		}
		ocre__notify(c, OCRE_NOTICE_ENDED);
		ocre__place(c);
		ocre__changed(c);
		return ocre_diag_set(diag, rc, words.offset, "%s", words.text);
	}
	begin_life(c);
	ocre__place(c);
	ocre__changed(c);
	return OCRE_OK;
}

static int start_asked(struct ocre_container *c, struct ocre_diag *diag)
{
	enum ocre__outcome outcome;
	int rc = ocre__decide(c, OCRE__CALL_START, &outcome);

	if (rc != OCRE_OK || c->context->closing) {
		return ocre_diag_set(diag, OCRE_E_STATE, OCRE_NO_OFFSET,
				     "container %s is %s: it cannot be started", c->guest.id,
				     ocre_state_name(c->state));
	}
	c->restarts = 0;
	return ocre__start(c, diag);
}

int ocre_core_start(struct ocre_container *c, struct ocre_diag *diag)
{
	if (c == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET, "no container given");
	}
	enter(c);
	return leave(c, start_asked(c, diag));
}

/* ---- signals of drivers that are not sliced ---- */

/*
 * May this signal still be sent? A life gets STOP and KILL once, and PAUSE and UNPAUSE by turns:
 * what another thread has asked for meanwhile is not asked for again.
 */
static int may_send(const struct ocre_container *c, enum ocre_signal signal, bool *done)
{
	*done = false;
	switch (signal) {
	case OCRE_SIGNAL_STOP:
		*done = c->stopping || c->killed;
		return OCRE_OK;
	case OCRE_SIGNAL_KILL:
		*done = c->killed;
		return OCRE_OK;
	case OCRE_SIGNAL_PAUSE:
		return c->state == OCRE_STATE_RUNNING ? OCRE_OK : OCRE_E_STATE;
	case OCRE_SIGNAL_UNPAUSE:
		return c->state == OCRE_STATE_PAUSED ? OCRE_OK : OCRE_E_STATE;
	}
	return OCRE_E_STATE;
}

/* Before its driver is told, since the end may come while it is; taken back when that failed. */
static void note_signal(struct ocre_container *c, enum ocre_signal signal, bool sent)
{
	if (signal == OCRE_SIGNAL_STOP) {
		c->stopping = sent;
	} else if (signal == OCRE_SIGNAL_KILL) {
		c->killed = sent;
	}
}

static int send(struct ocre_container *c, enum ocre_signal signal)
{
	struct ocre_context *context = c->context;
	uint32_t life = c->lives;
	bool done = false;
	int rc;

	while (c->busy && c->owner != ocre__self(context)) {
		ocre__wait(c, &c->rest, OCRE__NEVER);
	}
	if (c->busy || c->removed || c->lives != life || !has_life(c)) {
		return OCRE_E_STATE;
	}
	if (c->exited) {
		return OCRE_E_STATE;
	}
	rc = may_send(c, signal, &done);
	if (rc != OCRE_OK || done) {
		return rc;
	}
	if (c->driver->driver->signal == NULL) {
		return OCRE_E_UNSUPPORTED;
	}
	own(c);
	note_signal(c, signal, true);
	ocre__unlock(context);
	rc = c->driver->driver->signal(c->object, signal);
	ocre__lock(context);
	if (rc != OCRE_OK) {
		note_signal(c, signal, false);
	}
	disown(c);
	return rc;
}

/* ---- pause and unpause ---- */

static int pause_sliced(struct ocre_container *c)
{
	uint32_t life = c->lives;

	c->state = OCRE_STATE_PAUSED;
	ocre__notify(c, OCRE_NOTICE_PAUSED);
	ocre__place(c);
	ocre__changed(c);
	if (ocre__in_callback(c->context)) {
		return OCRE_OK; /* at the end of its slice */
	}
	while (c->busy && c->state == OCRE_STATE_PAUSED && c->lives == life) {
		ocre__wait(c, &c->rest, OCRE__NEVER);
	}
	/* It may have come to its end in this very slice. */
	return has_life(c) && c->state != OCRE_STATE_EXITED && c->lives == life ? OCRE_OK
										: OCRE_E_STATE;
}

static int signalled(struct ocre_container *c, enum ocre_signal signal, enum ocre_state to,
		     enum ocre_notice notice)
{
	int rc = send(c, signal);

	if (rc == OCRE_OK && (c->state == OCRE_STATE_RUNNING || c->state == OCRE_STATE_PAUSED)) {
		c->state = to;
		ocre__notify(c, notice);
		ocre__changed(c);
	}
	return rc;
}

int ocre_core_pause(struct ocre_container *c)
{
	enum ocre__outcome outcome;
	int rc;

	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	enter(c);
	rc = ocre__decide(c, OCRE__CALL_PAUSE, &outcome);
	if (rc == OCRE_OK && c->sliced) {
		rc = pause_sliced(c);
	} else if (rc == OCRE_OK) {
		rc = signalled(c, OCRE_SIGNAL_PAUSE, OCRE_STATE_PAUSED, OCRE_NOTICE_PAUSED);
	}
	return leave(c, rc);
}

int ocre_core_unpause(struct ocre_container *c)
{
	enum ocre__outcome outcome;
	int rc;

	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	enter(c);
	rc = ocre__decide(c, OCRE__CALL_UNPAUSE, &outcome);
	if (rc == OCRE_OK && c->sliced) {
		c->state = OCRE_STATE_RUNNING;
		c->alive_ns = ocre__now(c->context);
		ocre__notify(c, OCRE_NOTICE_UNPAUSED);
		ocre__place(c);
		ocre__changed(c);
	} else if (rc == OCRE_OK) {
		rc = signalled(c, OCRE_SIGNAL_UNPAUSE, OCRE_STATE_RUNNING, OCRE_NOTICE_UNPAUSED);
	}
	return leave(c, rc);
}

/* ---- stop and kill ---- */

/* Wait for the end of the life `life`. A callback of the core's does not wait. */
static void wait_end(struct ocre_container *c, uint32_t life)
{
	if (ocre__in_callback(c->context)) {
		return;
	}
	while (!c->removed && c->lives == life && has_life(c)) {
		ocre__wait(c, &c->change, OCRE__NEVER);
	}
}

int ocre__kill(struct ocre_container *c)
{
	int rc = OCRE_OK;

	if (c->sliced) {
		ocre__end(c, OCRE_END_KILLED, 137, "");
		return OCRE_OK;
	}
	rc = send(c, OCRE_SIGNAL_KILL);
	/* It may have ended meanwhile, which is as good. */
	return rc == OCRE_E_STATE ? OCRE_OK : rc;
}

void ocre__ask(struct ocre_container *c)
{
	const uint32_t stop = 1u << OCRE_EVENT_STOP;
	const struct ocre_event event = {.type = OCRE_EVENT_STOP};

	c->ask_stop = false;
	if (c->stopping) {
		ocre__place(c);
		return;
	}
	c->stopping = true;
	if (((c->guest.dispatchers | c->guest.callbacks) & stop) == 0 ||
	    ocre__post(c, &event) != OCRE_OK) {
		ocre__end(c, OCRE_END_KILLED, 137, "");
		return;
	}
	if (c->driver->driver->signal != NULL) {
		own(c);
		ocre__ready_remove(c->context, c);
		ocre__unlock(c->context);
		c->driver->driver->signal(c->object, OCRE_SIGNAL_STOP);
		ocre__lock(c->context);
		disown(c);
		return;
	}
	ocre__place(c);
}

/* It runs or is paused: see to it that it ends, by itself or at the end of its grace period. */
static int begin_stop(struct ocre_container *c, uint32_t grace_ms)
{
	uint64_t until = ocre__after(ocre__now(c->context), grace_ms * NS_PER_MS);
	int rc;

	c->asked = true;
	if (grace_ms == 0 || (c->sliced && c->state == OCRE_STATE_PAUSED)) {
		return ocre__kill(c);
	}
	if (until < c->grace_ns) {
		c->grace_ns = until;
	}
	ocre__due_by(c, c->grace_ns);
	if (!c->sliced) {
		rc = send(c, OCRE_SIGNAL_STOP);
		return rc == OCRE_OK || rc == OCRE_E_STATE ? OCRE_OK : ocre__kill(c);
	}
	if (c->busy) {
		c->ask_stop = true;
	} else {
		ocre__ask(c);
	}
	return OCRE_OK;
}

static void forget_restart(struct ocre_container *c)
{
	c->asked = true;
	c->again = false;
	c->restart_ns = OCRE__NEVER;
	ocre__changed(c);
}

static int stop(struct ocre_container *c, uint32_t grace_ms)
{
	enum ocre__outcome outcome;
	uint32_t life;
	int rc = ocre__decide(c, OCRE__CALL_STOP, &outcome);

	if (rc != OCRE_OK || outcome == OCRE__TO_SAME) {
		return rc;
	}
	if (!has_life(c)) {
		forget_restart(c);
		return OCRE_OK;
	}
	life = c->lives;
	c->asked = true;
	c->again = false;
	if (c->state != OCRE_STATE_EXITED) {
		rc = begin_stop(c, grace_ms);
	}
	if (rc == OCRE_OK) {
		wait_end(c, life);
	}
	return rc;
}

int ocre_core_stop(struct ocre_container *c)
{
	return c == NULL ? OCRE_E_ARGUMENT : ocre_core_stop_within(c, c->config.stop_grace_ms);
}

int ocre_core_stop_within(struct ocre_container *c, uint32_t grace_ms)
{
	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	enter(c);
	return leave(c, stop(c, grace_ms));
}

static int kill(struct ocre_container *c)
{
	enum ocre__outcome outcome;
	uint32_t life;
	int rc = ocre__decide(c, OCRE__CALL_KILL, &outcome);

	if (rc != OCRE_OK) {
		return rc;
	}
	if (!has_life(c)) {
		forget_restart(c);
		return OCRE_OK;
	}
	life = c->lives;
	c->asked = true;
	c->again = false;
	if (c->state != OCRE_STATE_EXITED) {
		rc = ocre__kill(c);
	}
	if (rc == OCRE_OK) {
		wait_end(c, life);
	}
	return rc;
}

int ocre_core_kill(struct ocre_container *c)
{
	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	enter(c);
	return leave(c, kill(c));
}

static int restart(struct ocre_container *c, struct ocre_diag *diag)
{
	enum ocre__outcome outcome;
	int rc = ocre__decide(c, OCRE__CALL_RESTART, &outcome);

	if (rc != OCRE_OK) {
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
				     "container %s is %s: it cannot be restarted", c->guest.id,
				     ocre_state_name(c->state));
	}
	if (has_life(c) && ocre__in_callback(c->context)) {
		if (c->state == OCRE_STATE_EXITED) {
			return OCRE_E_STATE;
		}
		c->again = true; /* it is started when it has ended; nobody waits here */
		return begin_stop(c, c->config.stop_grace_ms);
	}
	if (has_life(c)) {
		rc = stop(c, c->config.stop_grace_ms);
		if (rc != OCRE_OK) {
			return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
					     "container %s cannot be stopped", c->guest.id);
		}
	}
	return start_asked(c, diag);
}

int ocre_core_restart(struct ocre_container *c, struct ocre_diag *diag)
{
	if (c == NULL) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET, "no container given");
	}
	enter(c);
	return leave(c, restart(c, diag));
}

/* ---- wait ---- */

/* Its life may be over soon; not when it is parked or has to wait for its quota. */
static bool is_running(const struct ocre_container *c)
{
	return c->busy || c->ready_place != OCRE__NOWHERE;
}

/* A short life is over sooner than this thread has fallen asleep. */
static void look_for_end(struct ocre_container *c, uint64_t deadline_ns)
{
	struct ocre_context *context = c->context;
	uint64_t until = ocre__after(ocre__now(context), OCRE__LOOK_NS);
	uint32_t life = c->lives;

	if (!is_running(c) || deadline_ns < until ||
	    !ocre__worth_a_look(context, &context->end_looks)) {
		return;
	}
	while (!c->removed && c->lives == life && is_running(c) && ocre__now(context) < until) {
		ocre__look(c, until);
	}
	ocre__looked(&context->end_looks, c->removed || c->lives != life || !is_running(c));
}

static int wait_until(struct ocre_container *c, uint64_t deadline_ns)
{
	bool in_time = true;

	if (!ocre__in_callback(c->context)) {
		look_for_end(c, deadline_ns);
	}
	for (;;) {
		enum ocre__outcome outcome =
			(enum ocre__outcome)ocre__states[ocre__row(c)][OCRE__CALL_WAIT];

		if (c->removed || (outcome == OCRE__TO_NO && !in_between(c))) {
			return OCRE_E_STATE;
		}
		if (outcome == OCRE__TO_SAME && !in_between(c)) {
			return OCRE_OK;
		}
		if (!in_time || ocre__in_callback(c->context)) {
			return OCRE_E_BUSY;
		}
		in_time = ocre__now(c->context) < deadline_ns &&
			  ocre__wait(c, &c->change, deadline_ns);
	}
}

int ocre_core_wait(struct ocre_container *c, uint32_t timeout_ms, struct ocre_end_info *end)
{
	uint64_t deadline = OCRE__NEVER;
	int rc;

	if (c == NULL) {
		return OCRE_E_ARGUMENT;
	}
	enter(c);
	if (timeout_ms != UINT32_MAX) {
		deadline = ocre__after(ocre__now(c->context), timeout_ms * NS_PER_MS);
	}
	rc = wait_until(c, deadline);
	if (rc == OCRE_OK && end != NULL) {
		*end = c->end;
	}
	return leave(c, rc);
}
