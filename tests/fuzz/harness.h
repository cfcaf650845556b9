/* SPDX-License-Identifier: Apache-2.0 */
/* harness.h - what harnesses of single rooms have in common. */
#ifndef OCRE_TESTS_HARNESS_H
#define OCRE_TESTS_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/heap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(x)                                                                                 \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);                    \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif /* OCRE_TESTS_HARNESS_H */
