/* SPDX-License-Identifier: Apache-2.0 */
/* posix.c - the conformance program on Linux. */
#include <stdio.h>

#include <ocre/port_posix.h>

#include "conformance.h"

static void print(void *ctx, const char *text)
{
	fputs(text, ctx);
}

int main(void)
{
	struct ocre_port_posix posix;
	struct platform platform = {
		.port = &posix.port,
		.resize = ocre_port_posix_resize,
		.memory_ops = &ocre_memory_posix,
		.print = print,
		.print_ctx = stdout,
	};

	if (ocre_port_posix_init(&posix, 0) != 0) {
		return 1;
	}
	int failed = conformance_run(&platform) != 0;

	ocre_port_posix_deinit(&posix);
	return failed;
}
