/* SPDX-License-Identifier: Apache-2.0 */
/* device.c - see device.h. */
#include <string.h>

#include <ocre/board.h>
#include <ocre/choice.h>
#include <ocre/driver_wasm.h>
#include <ocre/providers.h>

#include "device.h"
#include "machines.h"
#include "ram_flash.h"

static struct device device;

static void print(const char *text)
{
	device.machine->write(text, strlen(text));
}

struct device *device_start(void)
{
	const struct ocre_files_config config = {.store = &device.store, .mem = &device.mem};
	size_t size;
	void *memory;

	device.machine = ocre_machine_start();
	memory = device.machine->memory(&size);
	ocre_pool_init(&device.pool, memory, size);
	ocre_mem_init(&device.mem, ocre_pool_resize, &device.pool, SIZE_MAX);
	ocre_platform_bare_init(&device.pool, device.machine);
	ocre_port_bare_init(&device.bare, device.machine);
	ocre_port_files_init(&device.files, &device.bare, &config);
	EXPECT(&device, ocre_image_store_format(&ram_flash, NULL) == OCRE_OK);
	EXPECT(&device, ocre_image_store_open(&device.store, &ram_flash, NULL) == OCRE_OK);
	return &device;
}

void device_image(struct device *d, const char *name, struct ocre_bytes bytes)
{
	const struct ocre_image_store_item item = {OCRE_STORE_IMAGE, name, (uint32_t)bytes.size, 0,
						   0};
	struct ocre_image_store_put put;
	struct ocre_diag diag = {0};

	if (ocre_image_store_put_begin(&d->store, &put, &item, &diag) != OCRE_OK ||
	    ocre_image_store_put_add(&put, bytes.data, bytes.size) != OCRE_OK ||
	    ocre_image_store_put_commit(&put, NULL, &diag) != OCRE_OK) {
		device_expect(d, false, diag.text);
	}
}

void device_expect(struct device *d, bool is, const char *what)
{
	if (!is) {
		d->failed++;
		print("FAILED  ");
		print(what);
		print("\n");
	}
}

void device_end(struct device *d)
{
	struct ocre_diag text = {0};

	EXPECT(d, d->pool.used == 0);
	ocre_diag_set(&text, 1, OCRE_NO_OFFSET, "RESULT failed %u\n", (uint32_t)d->failed);
	print(text.text);
	d->machine->halt(d->failed != 0);
}

/* ---- the choice ---- */

static void log_line(void *ctx, int level, const char *text)
{
	(void)ctx;
	if (level <= 2) {
		print("ocre: ");
		print(text);
		print("\n");
	}
}

int ocre_choice_open(struct ocre_context_config *config, struct ocre_diag *diag)
{
	static struct ocre_provider_choice providers[] = {
		{&ocre_provider_wasi, NULL},	  {&ocre_provider_event, NULL},
		{&ocre_provider_messaging, NULL}, {&ocre_provider_gpio, NULL},
		{&ocre_provider_sensor, NULL},
	};
	static const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
		.stack_size = 2048,
	};
	static const struct ocre_driver_choice driver = {&ocre_driver_wasm, &wasm};

	(void)diag;
	providers[3].config = config->board;
	providers[4].config = config->board;
	config->resize = ocre_pool_resize;
	config->resize_ctx = &device.pool;
	config->port = &device.bare.port;
	config->drivers = &driver;
	config->driver_count = 1;
	config->log = log_line;
	return OCRE_OK;
}

void ocre_choice_close(const struct ocre_context_config *config)
{
	(void)config;
}
