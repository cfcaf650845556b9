/* SPDX-License-Identifier: Apache-2.0 */
/* Another name of <ocre/ocre_container_runtime.h>. */
#ifndef OCRE_V0_CONTAINER_RUNTIME_H
#define OCRE_V0_CONTAINER_RUNTIME_H

#include <ocre/ocre_container_runtime.h>

#endif /* OCRE_V0_CONTAINER_RUNTIME_H */
