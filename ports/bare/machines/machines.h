/* SPDX-License-Identifier: Apache-2.0 */
/* machines.h - the machine that a program is linked with; each file here defines it. */
#ifndef OCRE_MACHINES_H
#define OCRE_MACHINES_H

#include <ocre/port_bare.h>

/* Start the hardware: console, clock, stack guard. Call it once, first. */
const struct ocre_machine *ocre_machine_start(void);

#endif /* OCRE_MACHINES_H */
