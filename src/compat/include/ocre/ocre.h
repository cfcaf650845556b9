/* SPDX-License-Identifier: Apache-2.0 */
/* The header of the Ocre runtime API; the present-day Ocre API has another of this name. */
#ifndef OCRE_V0_OCRE_H
#define OCRE_V0_OCRE_H

#include <ocre/ocre_container_runtime.h>

#endif /* OCRE_V0_OCRE_H */
