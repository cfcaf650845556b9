/* SPDX-License-Identifier: Apache-2.0 */
/* util.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_UTIL_H
#define TESTS_ZEPHYR_UTIL_H

#include <stddef.h>

#define ARRAY_SIZE(array)	       (sizeof(array) / sizeof((array)[0]))
#define BIT(n)			       (1ul << (n))
#define BUILD_ASSERT(...)	       _Static_assert(__VA_ARGS__)
#define CONTAINER_OF(ptr, type, field) ((type *)(void *)((char *)(ptr)-offsetof(type, field)))
#ifndef __aligned
#define __aligned(n) __attribute__((__aligned__(n)))
#endif

/* Of what tests configure, nothing that the port asks for so is on. */
#define IS_ENABLED(config) 0

/* Devicetree: the first argument is a macro that is 1, or not defined. */
#define COND_CODE_1(flag, yes, no) TEST_COND(flag, yes, no)
#define TEST_COND(flag, yes, no)   TEST_COND_##flag(yes, no)
#define TEST_COND_1(yes, no)	   TEST_UNPACK yes
#define TEST_COND_0(yes, no)	   TEST_UNPACK no
#define TEST_UNPACK(...)	   __VA_ARGS__

#endif /* TESTS_ZEPHYR_UTIL_H */
