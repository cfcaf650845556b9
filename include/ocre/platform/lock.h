/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h - the two locks of the Ocre API on a platform that has threads of its own and no pthreads:
 * the room `api` is built with OCRE_API_LOCKS=1 for it. They are there before the first call.
 */
#ifndef OCRE_PLATFORM_LOCK_H
#define OCRE_PLATFORM_LOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ocre_platform_lock {
	OCRE_LOCK_ADMIN,
	OCRE_LOCK_HANDLES,
};

void ocre_platform_lock(enum ocre_platform_lock which);
void ocre_platform_unlock(enum ocre_platform_lock which);
/* With OCRE_LOCK_HANDLES: give it up until the other call is made, or for about this time. */
void ocre_platform_wait(uint32_t timeout_ms);
/* With OCRE_LOCK_HANDLES: end all waits. */
void ocre_platform_changed(void);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PLATFORM_LOCK_H */
