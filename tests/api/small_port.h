/* SPDX-License-Identifier: Apache-2.0 */
/* small_port.h - a port with clocks and threads, and nothing else; see docs/porting.md. */
#ifndef OCRE_TESTS_API_SMALL_PORT_H
#define OCRE_TESTS_API_SMALL_PORT_H

#include <ocre/port.h>

/* NULL: out of memory. */
struct ocre_port *small_port_create(void);
void small_port_destroy(struct ocre_port *port);

#endif /* OCRE_TESTS_API_SMALL_PORT_H */
