/* SPDX-License-Identifier: Apache-2.0 */
/*
 * choice.h - what the APIs without a context argument (<ocre/ocre.h>, the older runtime API) run
 * on: a port, drivers and host modules. The library `ocre` brings a choice for the system that it
 * was built for; a firmware that wants another links its own functions of these names.
 */
#ifndef OCRE_CHOICE_H
#define OCRE_CHOICE_H

#include <ocre/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Fill in what one context is opened with: port, drivers, memory, log; the rest is left as it is.
 * Containers get the pins and sensors of config->board; where that is NULL, those of a board of the
 * choice's own, which is put there, or none.
 * For each context again, since only one may wait on a port. Any thread.
 */
int ocre_choice_open(struct ocre_context_config *config, struct ocre_diag *diag);
/* The context is closed. `config` has the port that ocre_choice_open() gave. */
void ocre_choice_close(const struct ocre_context_config *config);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_CHOICE_H */
