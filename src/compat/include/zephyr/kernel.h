/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zephyr/kernel.h - stands in for Zephyr's header of this name where there is no Zephyr: the few
 * calls that programs for the Ocre runtime API make.
 */
#ifndef OCRE_ZEPHYR_KERNEL_H
#define OCRE_ZEPHYR_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sleep for so many milliseconds, at once back for 0 and less. Returns 0. */
int32_t k_msleep(int32_t ms);
/* The same in microseconds. */
int32_t k_usleep(int32_t us);
/* Milliseconds since some moment in the past. */
int64_t k_uptime_get(void);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_ZEPHYR_KERNEL_H */
