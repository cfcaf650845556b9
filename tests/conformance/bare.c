/* SPDX-License-Identifier: Apache-2.0 */
/* bare.c - the conformance program on a machine without an operating system. */
#include <string.h>

#include <ocre/port_files.h>

#include "conformance.h"
#include "machines.h"
#include "ram_flash.h"

static bool give_files(struct ocre_port_bare *bare, struct ocre_mem *mem)
{
	static struct ocre_image_store store;
	static struct ocre_files files;
	const struct ocre_files_config config = {.store = &store, .mem = mem};

	ocre_port_files_init(&files, bare, &config);
	return ocre_image_store_format(&ram_flash, NULL) == OCRE_OK &&
	       ocre_image_store_open(&store, &ram_flash, NULL) == OCRE_OK;
}

static void print(void *ctx, const char *text)
{
	const struct ocre_machine *machine = ctx;

	machine->write(text, strlen(text));
}

/* Did the clock pass the time at which a counter wraps? OCRE_CLOCK_START_MS is shortly before it.
 */
#ifdef CLOCK_WRAPS_MS
static bool wraps(const struct ocre_machine *machine, uint64_t started_ns)
{
	const uint64_t wrap_ns = CLOCK_WRAPS_MS * UINT64_C(1000000);

	return started_ns < wrap_ns && machine->now() >= wrap_ns;
}
#else
static bool wraps(const struct ocre_machine *machine, uint64_t started_ns)
{
	return machine->now() >= started_ns;
}
#endif

int main(void)
{
	static struct ocre_port_bare bare;
	static struct ocre_pool pool;
	static struct ocre_mem mem;
	const struct ocre_machine *machine = ocre_machine_start();
	struct platform platform = {
		.port = &bare.port,
		.resize = ocre_pool_resize,
		.resize_ctx = &pool,
		.folder = "/containers/conformance",
		.print = print,
		.print_ctx = (void *)(uintptr_t)machine,
	};
	size_t size;
	void *memory = machine->memory(&size);
	uint64_t started_ns = machine->now();
	uint32_t failed;

	ocre_pool_init(&pool, memory, size);
	ocre_port_bare_init(&bare, machine);
	ocre_mem_init(&mem, ocre_pool_resize, &pool, SIZE_MAX);
	if (!give_files(&bare, &mem)) {
		machine->halt(1);
	}
	failed = conformance_run(&platform);
	if (pool.used != 0) {
		print((void *)(uintptr_t)machine, "memory is missing\n");
		failed++;
	}
	if (!wraps(machine, started_ns)) {
		print((void *)(uintptr_t)machine, "the clock has not come to where it wraps\n");
		failed++;
	}
	machine->halt(failed != 0);
	return 0;
}
