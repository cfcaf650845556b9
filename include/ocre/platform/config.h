/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - settings of the platform. Each can be given to the compiler instead (-DCONFIG_...),
 * and a platform may replace this file by one that includes what its own build system makes.
 */
#ifndef OCRE_PLATFORM_CONFIG_H
#define OCRE_PLATFORM_CONFIG_H

/* The working directory of ocre_create_context(NULL); the environment's OCRE_HOME goes before it.
 */
#ifndef CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY
#define CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY "/var/lib/ocre"
#endif

/* What __ocre_log_level begins with: 1 error, 2 warning, 3 information, 4 debug. */
#ifndef CONFIG_OCRE_DEFAULT_LOG_LEVEL
#define CONFIG_OCRE_DEFAULT_LOG_LEVEL 3
#endif

/* So long a custom runtime may take to say that its container can be killed, in milliseconds. */
#ifndef CONFIG_OCRE_RUNTIME_READY_MS
#define CONFIG_OCRE_RUNTIME_READY_MS 30000
#endif

#endif /* OCRE_PLATFORM_CONFIG_H */
