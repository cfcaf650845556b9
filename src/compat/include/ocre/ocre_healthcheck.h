/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre_healthcheck.h - a watchdog of the Ocre runtime API. Two uses: as the WDT of a container,
 * whose watchdog the runtime then runs as this one says; and by itself, for anything of the
 * program's that calls on_ocre_healthcheck() to say that it lives.
 *
 * The type is a pointer, since programs set it to NULL. ocre_healthcheck_init() makes what it
 * points to, without looking at what was there; ocre_healthcheck_deinit() gives it back. One thread
 * at a time.
 */
#ifndef OCRE_HEALTHCHECK_H
#define OCRE_HEALTHCHECK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct k_timer;

typedef struct ocre_healthcheck_s {
	uint32_t interval; /* milliseconds */
	uint32_t timeout;  /* likewise */
	bool enabled;
	bool restart; /* a container that is unresponsive is killed and run again */
	uint32_t is_alive_cnt;
	uint32_t is_alive_cnt_last;
	uint64_t due_ms; /* of the monotonic clock: next expiry while enabled */
} * ocre_healthcheck;

/* Each returns 0, or -1 for NULL or what was not initialized, except where it is said. */

/* Make it, not started. Also -1 when `timeout` (milliseconds) is not positive, or without memory.
 */
int ocre_healthcheck_init(ocre_healthcheck *WDT, int timeout);
/* Forget all signs of life; a timeout begins now. */
int ocre_healthcheck_reinit(ocre_healthcheck *WDT);
int ocre_healthcheck_start(ocre_healthcheck *WDT);
int ocre_healthcheck_stop(ocre_healthcheck *WDT);
/* Milliseconds until it expires; 0 when it has, or is not started. */
int ocre_get_healthcheck_remaining(ocre_healthcheck *WDT);
/* A sign of life. Returns 1. */
int on_ocre_healthcheck(ocre_healthcheck *WDT);
/*
 * To be called when it expires: 1 when it is started and no sign of life came since the last time
 * (the counters begin anew), else 0. `timer` is not used. The next timeout begins now.
 */
int ocre_healthcheck_expiry(struct k_timer *timer, ocre_healthcheck *WDT);

/* Beyond the document: see `restart`; and free it, and set *WDT to NULL. */
int ocre_healthcheck_set_restart(ocre_healthcheck *WDT, bool restart);
int ocre_healthcheck_deinit(ocre_healthcheck *WDT);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_HEALTHCHECK_H */
