/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - see kernel.h. */
#ifndef TESTS_ZEPHYR_LOG_H
#define TESTS_ZEPHYR_LOG_H

#include <zephyr/sys/printk.h>

#define LOG_MODULE_REGISTER(name, level)                                                           \
	enum {                                                                                     \
		log_level_of_##name = level                                                        \
	}

#define LOG_ERR(...) printk("<err> " __VA_ARGS__)
#define LOG_WRN(...) printk("<wrn> " __VA_ARGS__)
#define LOG_INF(...) printk("<inf> " __VA_ARGS__)
#define LOG_DBG(...) printk("<dbg> " __VA_ARGS__)

#endif /* TESTS_ZEPHYR_LOG_H */
