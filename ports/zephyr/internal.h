/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of the port share. */
#ifndef OCRE_PORTS_ZEPHYR_INTERNAL_H
#define OCRE_PORTS_ZEPHYR_INTERNAL_H

#include <ocre/port_zephyr.h>

/* A result of Zephyr (0, positive, or a negative errno of its C library) as port.h has it. */
int ocre__zephyr_result(int rc);

/* The console, descriptors 0 to 2; BADF for others. */
int ocre__zephyr_console_close(void *ctx, int32_t fd);
int64_t ocre__zephyr_console_read(void *ctx, int32_t fd, void *data, size_t size);
int64_t ocre__zephyr_console_write(void *ctx, int32_t fd, const void *data, size_t size);
int ocre__zephyr_console_stat(void *ctx, int32_t fd, struct ocre_port_stat *out);

/* The executor that calls; NULL when it is another thread. */
struct ocre_zephyr_executor *ocre__zephyr_executor(void *ctx);

extern const struct ocre_port_thread_ops ocre__zephyr_threads;

#if defined(CONFIG_OCRE_FILES)
/* Put what Zephyr's file systems can do into port->ops. */
void ocre__zephyr_files_init(struct ocre_port_zephyr *port);
#endif

/* Deadline of the monotonic clock as a timeout from now, never shorter than it. */
k_timeout_t ocre__zephyr_until(uint64_t deadline_ns);

#endif /* OCRE_PORTS_ZEPHYR_INTERNAL_H */
