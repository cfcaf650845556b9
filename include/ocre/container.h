/* SPDX-License-Identifier: Apache-2.0 */
/* container.h - what can be done with a container. */
#ifndef OCRE_CONTAINER_H
#define OCRE_CONTAINER_H

#include <stdbool.h>
#include <unistd.h>

#ifndef STDIN_FILENO
#define STDIN_FILENO 0
#endif
#ifndef STDOUT_FILENO
#define STDOUT_FILENO 1
#endif
#ifndef STDERR_FILENO
#define STDERR_FILENO 2
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
	OCRE_CONTAINER_STATUS_UNKNOWN = 0, /* not a container */
	OCRE_CONTAINER_STATUS_CREATED,	   /* was never started */
	OCRE_CONTAINER_STATUS_RUNNING,
	OCRE_CONTAINER_STATUS_PAUSED,
	OCRE_CONTAINER_STATUS_EXITED,  /* has ended a moment ago; the next is STOPPED */
	OCRE_CONTAINER_STATUS_STOPPED, /* has ended */
	OCRE_CONTAINER_STATUS_ERROR,   /* could not be started */
} ocre_container_status_t;

struct ocre_container;

/*
 * CREATED, STOPPED (or ERROR) to RUNNING: a life with everything fresh. A detached container: 0 as
 * soon as the guest runs. Another: waits until it has ended, then 0 whatever its exit code is. -1
 * when it could not be started, and in a state that does not allow it.
 */
int ocre_container_start(struct ocre_container *container);

/* UNKNOWN on failure. */
ocre_container_status_t ocre_container_get_status(struct ocre_container *container);

/* These live as long as the container. NULL on failure. */
const char *ocre_container_get_id(const struct ocre_container *container);
const char *ocre_container_get_image(const struct ocre_container *container);

/* RUNNING to PAUSED: nothing of the guest runs any more when it returns; and back. 0, or -1. */
int ocre_container_pause(struct ocre_container *container);
int ocre_container_unpause(struct ocre_container *container);

/*
 * RUNNING or PAUSED to STOPPED: ask the guest to end, and kill it when it has not after a grace
 * period (10 s), or at once when it cannot be asked. Returns when it has ended: 0; or -1.
 */
int ocre_container_stop(struct ocre_container *container);

/* RUNNING or PAUSED to STOPPED, at once. Returns when it has ended: 0; or -1. */
int ocre_container_kill(struct ocre_container *container);

/*
 * Wait while it is RUNNING or PAUSED, then 0 and its exit code in *status, which may be NULL. A
 * guest that trapped or was killed has 0 unless its context was made with honest_exit_codes
 * (<ocre/beyond.h>). -1, and *status is untouched, when it is CREATED or in ERROR.
 */
int ocre_container_wait(struct ocre_container *container, int *status);

/* As it was created; false on failure. */
bool ocre_container_is_detached(struct ocre_container *container);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CONTAINER_H */
