/* SPDX-License-Identifier: Apache-2.0 */
/* bare.c - the conformance program on a machine without an operating system. */
#include <string.h>

#include "conformance.h"
#include "machines.h"

static void print(void *ctx, const char *text)
{
	const struct ocre_machine *machine = ctx;

	machine->write(text, strlen(text));
}

int main(void)
{
	static struct ocre_port_bare bare;
	static struct ocre_pool pool;
	const struct ocre_machine *machine = ocre_machine_start();
	struct platform platform = {
		.port = &bare.port,
		.resize = ocre_pool_resize,
		.resize_ctx = &pool,
		.print = print,
		.print_ctx = (void *)(uintptr_t)machine,
	};
	size_t size;
	void *memory = machine->memory(&size);
	uint32_t failed;

	ocre_pool_init(&pool, memory, size);
	ocre_port_bare_init(&bare, machine);
	failed = conformance_run(&platform);
	if (pool.used != 0) {
		print((void *)(uintptr_t)machine, "memory is missing\n");
		failed++;
	}
	machine->halt(failed != 0);
	return 0;
}
