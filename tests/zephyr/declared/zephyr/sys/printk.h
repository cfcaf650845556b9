/* SPDX-License-Identifier: Apache-2.0 */
/* printk.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_PRINTK_H
#define TESTS_ZEPHYR_PRINTK_H

__attribute__((__format__(__printf__, 1, 2))) void printk(const char *format, ...);

#endif /* TESTS_ZEPHYR_PRINTK_H */
