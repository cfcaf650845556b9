/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container.c - what is done with one container: the core's calls, for handles that may be anything
 * and with the results that the Ocre API documents.
 */
#include "internal.h"

LOG_MODULE_DECLARE(ocre);

/* For a container that has ended: until it is cleared away. */
#define CLEAR_MS 1000

static struct ocre__record *pin(const struct ocre_container *container, const char *call)
{
	struct ocre__record *record = ocre__pin_container(container);

	if (record == NULL) {
		LOG_ERR("%s: not a container", call);
	}
	return record;
}

/* Give it back, and turn a result of the core into one of this API. */
static int finish(struct ocre__record *record, const char *call, int rc,
		  const struct ocre_diag *diag)
{
	if (rc < 0) {
		rc = ocre__fail(call, record->id, rc, diag);
	}
	ocre__unpin_container(record);
	return rc < 0 ? -1 : 0;
}

int ocre_container_start(struct ocre_container *container)
{
	static const char call[] = "ocre_container_start";
	struct ocre__record *record = pin(container, call);
	struct ocre_diag diag = {0};
	int rc;

	if (record == NULL) {
		return -1;
	}
	rc = ocre_core_start(container, &diag);
	if (rc == OCRE_OK && !record->detached) {
		(void)ocre_core_wait(container, UINT32_MAX, NULL);
	}
	return finish(record, call, rc, &diag);
}

static enum ocre_state state_of(struct ocre_container *container)
{
	struct ocre_container_info info;

	if (ocre_container_get_info(container, &info) < 0) {
		return OCRE_STATE_UNKNOWN;
	}
	return info.state;
}

ocre_container_status_t ocre_container_get_status(struct ocre_container *container)
{
	struct ocre__record *record = pin(container, "ocre_container_get_status");
	enum ocre_state state;

	if (record == NULL) {
		return OCRE_CONTAINER_STATUS_UNKNOWN;
	}
	state = state_of(container);
	if (state == OCRE_STATE_EXITED) {
		(void)ocre_core_wait(container, CLEAR_MS, NULL);
		state = state_of(container);
	}
	ocre__unpin_container(record);
	return (ocre_container_status_t)state;
}

/* What the container is called, or its image. */
static const char *name_of(const struct ocre_container *container, bool image, const char *call)
{
	struct ocre__record *record = pin(container, call);
	struct ocre_container_info info;
	const char *name = NULL;

	if (record == NULL) {
		return NULL;
	}
	if (ocre_container_get_info(record->container, &info) == OCRE_OK) {
		name = image ? info.image : info.id;
	}
	ocre__unpin_container(record);
	return name;
}

const char *ocre_container_get_id(const struct ocre_container *container)
{
	return name_of(container, false, "ocre_container_get_id");
}

const char *ocre_container_get_image(const struct ocre_container *container)
{
	return name_of(container, true, "ocre_container_get_image");
}

int ocre_container_pause(struct ocre_container *container)
{
	static const char call[] = "ocre_container_pause";
	struct ocre__record *record = pin(container, call);

	if (record == NULL) {
		return -1;
	}
	return finish(record, call, ocre_core_pause(container), NULL);
}

int ocre_container_unpause(struct ocre_container *container)
{
	static const char call[] = "ocre_container_unpause";
	struct ocre__record *record = pin(container, call);

	if (record == NULL) {
		return -1;
	}
	return finish(record, call, ocre_core_unpause(container), NULL);
}

/*
 * Is there something to end? The core takes it as done when a container has ended already; in this
 * API it is a call in a wrong state. One that its policy is about to start again can be ended.
 */
static bool can_end(struct ocre_container *container)
{
	struct ocre_container_info info;

	if (ocre_container_get_info(container, &info) < 0) {
		return false;
	}
	return info.restarting || info.state == OCRE_STATE_RUNNING ||
	       info.state == OCRE_STATE_PAUSED || info.state == OCRE_STATE_EXITED;
}

int ocre_container_stop(struct ocre_container *container)
{
	static const char call[] = "ocre_container_stop";
	struct ocre__record *record = pin(container, call);
	int rc = OCRE_E_STATE;

	if (record == NULL) {
		return -1;
	}
	if (can_end(container)) {
		rc = ocre_core_stop(container);
	}
	return finish(record, call, rc, NULL);
}

int ocre_container_kill(struct ocre_container *container)
{
	static const char call[] = "ocre_container_kill";
	struct ocre__record *record = pin(container, call);
	int rc = OCRE_E_STATE;

	if (record == NULL) {
		return -1;
	}
	if (can_end(container)) {
		rc = ocre_core_kill(container);
	}
	return finish(record, call, rc, NULL);
}

int ocre_container_wait(struct ocre_container *container, int *status)
{
	static const char call[] = "ocre_container_wait";
	struct ocre__record *record = pin(container, call);
	struct ocre_end_info end;
	enum ocre_state state;
	int rc = OCRE_E_STATE;

	if (record == NULL) {
		return -1;
	}
	state = state_of(container);
	if (state != OCRE_STATE_CREATED && state != OCRE_STATE_ERROR &&
	    state != OCRE_STATE_UNKNOWN) {
		rc = ocre_core_wait(container, UINT32_MAX, &end);
	}
	if (rc == OCRE_OK && end.end == OCRE_END_ERROR) {
		rc = OCRE_E_STATE; /* a policy could not start it again */
	}
	if (rc == OCRE_OK && status != NULL) {
		*status = (int)end.code;
	}
	return finish(record, call, rc, NULL);
}

bool ocre_container_is_detached(struct ocre_container *container)
{
	struct ocre__record *record = pin(container, "ocre_container_is_detached");
	bool detached;

	if (record == NULL) {
		return false;
	}
	detached = record->detached;
	ocre__unpin_container(record);
	return detached;
}
