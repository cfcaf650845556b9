/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zephyr/logging/log.h - stands in for Zephyr's header of this name: lines on standard error, such
 * as "<inf> module: text", of the level that the module was registered with, and below.
 */
#ifndef OCRE_ZEPHYR_LOG_H
#define OCRE_ZEPHYR_LOG_H

#include <stdio.h>

#define LOG_LEVEL_NONE 0
#define LOG_LEVEL_ERR  1
#define LOG_LEVEL_WRN  2
#define LOG_LEVEL_INF  3
#define LOG_LEVEL_DBG  4

/* The level is optional, and is LOG_LEVEL_INF. */
#define LOG_MODULE_REGISTER(...) OCRE_LOG_NAME(__VA_ARGS__, LOG_LEVEL_INF, 0)
#define LOG_MODULE_DECLARE(...)	 OCRE_LOG_NAME(__VA_ARGS__, LOG_LEVEL_INF, 0)
#define OCRE_LOG_NAME(module, level, ...)                                                          \
	static const struct ocre_log_module {                                                      \
		const char *name;                                                                  \
		int max;                                                                           \
	} ocre_log_module __attribute__((unused)) = {#module, level}

#define OCRE_LOG(level, word, ...)                                                                 \
	do {                                                                                       \
		if ((level) <= ocre_log_module.max) {                                              \
			fprintf(stderr, "<" word "> %s: ", ocre_log_module.name);                  \
			fprintf(stderr, __VA_ARGS__);                                              \
			fputc('\n', stderr);                                                       \
		}                                                                                  \
	} while (0)

#define LOG_ERR(...) OCRE_LOG(LOG_LEVEL_ERR, "err", __VA_ARGS__)
#define LOG_WRN(...) OCRE_LOG(LOG_LEVEL_WRN, "wrn", __VA_ARGS__)
#define LOG_INF(...) OCRE_LOG(LOG_LEVEL_INF, "inf", __VA_ARGS__)
#define LOG_DBG(...) OCRE_LOG(LOG_LEVEL_DBG, "dbg", __VA_ARGS__)

#endif /* OCRE_ZEPHYR_LOG_H */
