/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ocre.h - the Ocre API: contexts, and containers in them. Link the library `ocre`.
 *
 * All calls may come from any thread. A handle (context, container) that is NULL, that never was
 * one, or whose object is gone makes a call fail; so does a call that the container's state does
 * not allow, and it changes nothing. The reason goes to the log (<ocre/platform/log.h>).
 * <ocre/beyond.h> and <ocre/core.h> have what this API does not: limits, statistics, logs, restart.
 */
#ifndef OCRE_OCRE_H
#define OCRE_OCRE_H

#include <ocre/common.h>
#include <ocre/library.h>
#include <ocre/context.h>
#include <ocre/container.h>

#endif /* OCRE_OCRE_H */
