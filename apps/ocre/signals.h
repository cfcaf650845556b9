/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - SIGINT, SIGTERM and SIGHUP of the program ocre. */
#ifndef OCRE_APP_SIGNALS_H
#define OCRE_APP_SIGNALS_H

#include <ocre/port.h>

/* From now on these signals are remembered, and wake the port. */
void ocre__signals_catch(const struct ocre_port *port);
/* The signal that came, 0 when none did. */
int ocre__signals_caught(void);
/* End this process by the signal, as if it had never been caught. */
void ocre__signals_raise(int number);

#endif /* OCRE_APP_SIGNALS_H */
