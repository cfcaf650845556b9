/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_none.h - what a port to a new platform begins with: a table in which every call returns
 * -OCRE_ERRNO_NOSYS. Copy it, and put in what the platform has; docs/porting.md says what is needed
 * for what.
 */
#ifndef OCRE_PORT_NONE_H
#define OCRE_PORT_NONE_H

#include <ocre/port.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const struct ocre_port_ops ocre_port_none_ops;

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_NONE_H */
