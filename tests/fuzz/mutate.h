/* SPDX-License-Identifier: Apache-2.0 */
/* mutate.h - changes inside a module that keep its sizes right, so that they get past the decoder.
 */
#ifndef OCRE_TESTS_FUZZ_MUTATE_H
#define OCRE_TESTS_FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* As LLVMFuzzerCustomMutator(). */
size_t fuzz_mutate(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

#endif /* OCRE_TESTS_FUZZ_MUTATE_H */
