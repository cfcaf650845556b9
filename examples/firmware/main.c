/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - a firmware that has work of its own, every 10 ms, and runs a container beside it: a
 * guest in flash, which says itself what it needs and may do.
 */
#include <string.h>

#include <ocre/config_section.h>
#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_bare.h>
#include <ocre/providers.h>

#include "machines.h"

#define MS UINT64_C(1000000)

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image ticks;

/* All memory that containers get. */
static _Alignas(8) unsigned char memory[12 * 1024];
static struct ocre_pool pool;

static const struct ocre_machine *machine;

static void say(const char *text)
{
	machine->write(text, strlen(text));
}

static void log_line(void *ctx, int level, const char *text)
{
	(void)ctx;
	if (level <= 2) {
		say("ocre: ");
		say(text);
		say("\n");
	}
}

static void fail(const struct ocre_diag *diag)
{
	say("door: ");
	say(diag->text);
	say("\n");
	machine->halt(1);
}

static struct ocre_context *open_context(struct ocre_port_bare *port)
{
	static const struct ocre_provider_choice providers[] = {{&ocre_provider_wasi, NULL},
								{&ocre_provider_event, NULL}};
	static const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
	};
	static const struct ocre_driver_choice driver = {&ocre_driver_wasm, &wasm};
	const struct ocre_context_config config = {
		.resize = ocre_pool_resize,
		.resize_ctx = &pool,
		.port = &port->port,
		.drivers = &driver,
		.driver_count = 1,
		.honest_exit_codes = true,
		.log = log_line,
	};
	struct ocre_context *context;
	struct ocre_diag diag = {0};

	if (ocre_context_open(&config, &context, &diag) != OCRE_OK) {
		fail(&diag);
	}
	return context;
}

/* What the module says in its section ocre.config is taken, its grants too: we chose it. */
static struct ocre_container *start(struct ocre_context *context, const char *name,
				    const struct ocre_flash_image *image)
{
	struct ocre_container_config config = {
		.id = name,
		.image = name,
		.bytes = image->bytes,
		.code = image->code,
		.log_bytes = UINT32_MAX, /* no log: what it writes goes to the console */
	};
	struct ocre_config_section section;
	struct ocre_container *container;
	struct ocre_diag diag = {0};
	struct ocre_mem mem;
	int rc;

	ocre_mem_init(&mem, ocre_pool_resize, &pool, SIZE_MAX);
	rc = ocre_config_section_apply(ocre_config_section_find(image->bytes), true, &mem, &config,
				       &section, &diag);
	if (rc == OCRE_OK) {
		rc = ocre_container_create(context, &config, &container, &diag);
		ocre_config_section_free(&section);
	}
	if (rc == OCRE_OK) {
		rc = ocre_core_start(container, &diag);
	}
	if (rc != OCRE_OK) {
		fail(&diag);
	}
	return container;
}

int main(void)
{
	static struct ocre_port_bare bare;
	struct ocre_container *container;
	struct ocre_container_info info;
	struct ocre_context *context;
	struct ocre_diag text = {0};
	uint64_t next_work = 0;
	uint32_t worked = 0;

	machine = ocre_machine_start();
	ocre_pool_init(&pool, memory, sizeof(memory));
	ocre_port_bare_init(&bare, machine);
	context = open_context(&bare);
	container = start(context, "ticks", &ticks);
	do {
		uint64_t next = ocre_core_poll(context, 10000);

		if (machine->now() >= next_work) {
			worked++; /* here: look at a pin, feed a watchdog */
			next_work = machine->now() + 10 * MS;
		}
		bare.port.ops->wait(bare.port.ctx, NULL, 0, next < next_work ? next : next_work,
				    NULL);
		ocre_container_get_info(container, &info);
	} while (info.state != OCRE_STATE_STOPPED);

	ocre_diag_set(
		&text, OCRE_OK, OCRE_NO_OFFSET,
		"door: ticks ended with %d; worked %u times meanwhile, RAM at most %u of %u\n",
		info.end.code, worked, (uint32_t)pool.peak, (uint32_t)pool.size);
	say(text.text);
	machine->halt(0);
	return 0;
}
