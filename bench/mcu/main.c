/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - CoreMark on a bare machine: the engine, a module in flash with its prepared code, and a
 * clock. Calls the export run(iterations) with two numbers and prints what one iteration takes;
 * with -icount shift=N the emulator's clock is its instructions, 2^N nanoseconds each.
 */
#include <string.h>

#include <ocre/engine.h>
#include <ocre/port_bare.h>

#include "machines.h"

#define FEW  1u
#define MANY 11u

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image coremark;

static const struct ocre_machine *machine;

static void say(const char *text)
{
	machine->write(text, strlen(text));
}

static void number(uint64_t value)
{
	char text[21];
	size_t at = sizeof(text);

	text[--at] = '\0';
	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	say(text + at);
}

static void fail(const char *what, const char *why)
{
	say("coremark: ");
	say(what);
	say(": ");
	say(why);
	say("\n");
	machine->halt(1);
}

static uint64_t measure(struct ocre_instance *instance, uint32_t func, uint32_t iterations)
{
	union ocre_value value = {.i32 = iterations};
	uint64_t budget = (uint64_t)1 << 60;
	uint64_t begin = machine->now();

	if (ocre_instance_call(instance, func, &value) != OCRE_OK ||
	    ocre_instance_run(instance, &budget) != OCRE_RUN_DONE) {
		fail("run", "the guest did not end well");
	}
	ocre_instance_results(instance, &value, 1);
	if (value.i32 != iterations) {
		fail("run", "wrong results");
	}
	return machine->now() - begin;
}

int main(void)
{
	static struct ocre_pool pool;
	const struct ocre_module_options module_options = {
		.stored_code = coremark.code,
		.stored_code_trusted = true,
	};
	const struct ocre_store_options store_options = {0};
	const struct ocre_instance_options options = {.stack_size = 8192};
	struct ocre_diag diag = {0};
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	uint64_t few, many;
	uint32_t run;
	size_t size;
	void *memory;

	machine = ocre_machine_start();
	memory = machine->memory(&size);
	ocre_pool_init(&pool, memory, size);
	ocre_mem_init(&mem, ocre_pool_resize, &pool, SIZE_MAX);
	if (ocre_module_load(&mem, coremark.bytes, &module_options, &module, &diag) != OCRE_OK ||
	    ocre_store_create(&mem, &store_options, &store) != OCRE_OK ||
	    ocre_instance_create(store, module, &options, &instance, &diag) != OCRE_OK) {
		fail("load", diag.text);
	}
	if (ocre_instance_find_func(instance, "run", &run, NULL) != OCRE_OK) {
		fail("load", "there is no export run");
	}
	few = measure(instance, run, FEW);
	many = measure(instance, run, MANY);
	say("nanoseconds of an iteration ");
	number((many - few) / (MANY - FEW));
	say("\n");
	machine->halt(0);
	return 0;
}
