/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - mcu-min, the smallest useful firmware: one container from flash, its output on the
 * console. All memory is one pool, all that RAM has left.
 */
#include <string.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_bare.h>
#include <ocre/providers.h>

#include "machines.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image guest;

struct firmware {
	const struct ocre_machine *machine;
	struct ocre_pool pool;
	struct ocre_port_bare bare;
	struct ocre_context *context;
};

/* ---- the console ---- */

static void say(const struct firmware *f, const char *text)
{
	f->machine->write(text, strlen(text));
}

static void log_line(void *ctx, int level, const char *text)
{
	const struct firmware *f = ctx;

	if (level <= 2) {
		say(f, "ocre: ");
		say(f, text);
		say(f, "\n");
	}
}

/* ---- the container ---- */

static int fail(const struct firmware *f, const char *what, const struct ocre_diag *diag)
{
	say(f, "mcu-min: ");
	say(f, what);
	say(f, ": ");
	say(f, diag->text);
	say(f, "\n");
	return 1;
}

static int open_context(struct firmware *f, const struct ocre_wasm_config *wasm,
			struct ocre_diag *diag)
{
	const struct ocre_driver_choice driver = {.driver = &ocre_driver_wasm, .config = wasm};
	const struct ocre_context_config config = {
		.resize = ocre_pool_resize,
		.resize_ctx = &f->pool,
		.port = &f->bare.port,
		.drivers = &driver,
		.driver_count = 1,
		.honest_exit_codes = true,
		.log = log_line,
		.log_ctx = f,
	};

	return ocre_context_open(&config, &f->context, diag);
}

static int run(struct firmware *f, struct ocre_end_info *end, struct ocre_diag *diag)
{
	static const char *const args[] = {"one", NULL};
	const struct ocre_container_config config = {
		.id = "hello",
		.image = "hello",
		.bytes = guest.bytes,
		.code = guest.code,
		.args = args,
		.stack_size = 2048,
		.log_bytes = UINT32_MAX,
	};
	struct ocre_container *container;
	int rc = ocre_container_create(f->context, &config, &container, diag);

	if (rc == OCRE_OK) {
		rc = ocre_core_start(container, diag);
	}
	if (rc == OCRE_OK) {
		rc = ocre_core_wait(container, UINT32_MAX, end);
	}
	return rc;
}

int main(void)
{
	static struct firmware firmware;
	static const struct ocre_provider_choice providers[] = {{&ocre_provider_wasi, NULL}};
	const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
	};
	struct firmware *f = &firmware;
	struct ocre_diag diag = {0};
	static struct ocre_end_info end;
	size_t size, peak;
	void *memory;

	f->machine = ocre_machine_start();
	memory = f->machine->memory(&size);
	ocre_pool_init(&f->pool, memory, size);
	ocre_port_bare_init(&f->bare, f->machine);

	if (open_context(f, &wasm, &diag) != OCRE_OK) {
		f->machine->halt(fail(f, "the context", &diag));
	}
	if (run(f, &end, &diag) != OCRE_OK) {
		f->machine->halt(fail(f, "the container", &diag));
	}
	if (end.end != OCRE_END_EXIT) {
		say(f, end.text);
		say(f, "\n");
	}
	peak = f->machine->stack_peak(&size);
	ocre_diag_set(&diag, 1, OCRE_NO_OFFSET,
		      "exit status %d; RAM at most %u of %u, native stack %u of %u\n", end.code,
		      (uint32_t)f->pool.peak, (uint32_t)f->pool.size, (uint32_t)peak,
		      (uint32_t)size);
	say(f, diag.text);
	f->machine->halt(end.end == OCRE_END_EXIT ? 0 : 1);
	return 0;
}
