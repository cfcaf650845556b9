/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_RANDOM_H
#define TESTS_ZEPHYR_RANDOM_H

#include <stddef.h>

int sys_csrand_get(void *data, size_t size);

#endif /* TESTS_ZEPHYR_RANDOM_H */
