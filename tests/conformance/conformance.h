/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conformance.h - what containers must do on every port: life and death, limits, time, messages,
 * permissions. A platform gives what the container core needs and a way to print; each check prints
 * a line, and the last one is "RESULT passed N failed N".
 */
#ifndef TESTS_CONFORMANCE_H
#define TESTS_CONFORMANCE_H

#include <ocre/core.h>
#include <ocre/engine.h>

struct platform {
	const struct ocre_port *port;
	void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
	void *resize_ctx;
	const struct ocre_memory_ops *memory_ops; /* NULL: plain allocations */
	const char *folder;			  /* for files, by the port's own path; NULL: "." */
	void (*print)(void *ctx, const char *text);
	void *print_ctx;
};

/* How many checks failed. */
uint32_t conformance_run(const struct platform *platform);

#endif /* TESTS_CONFORMANCE_H */
