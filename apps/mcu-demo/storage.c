/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage.c - images that were received over the console and are kept in flash, with the code that
 * is prepared from each when it is installed.
 */
#include <string.h>

#include <ocre/engine.h>

#include "storage.h"

/* ---- the device ---- */

static int flash_read(void *ctx, uint32_t offset, void *data, uint32_t size)
{
	const struct storage *s = ctx;

	memcpy(data, s->hardware->base + offset, size);
	return 0;
}

static int flash_program(void *ctx, uint32_t offset, const void *data, uint32_t size)
{
	const struct storage *s = ctx;

	return s->hardware->program(offset, data, size);
}

static int flash_erase(void *ctx, uint32_t offset)
{
	const struct storage *s = ctx;

	return s->hardware->erase(offset);
}

/* ---- installing ---- */

/* Prepared code is given twice: once to count it, once to write it. */
static bool count_piece(void *ctx, const void *data, size_t size)
{
	(void)data;
	*(uint32_t *)ctx += (uint32_t)size;
	return true;
}

static bool write_piece(void *ctx, const void *data, size_t size)
{
	return ocre_store_put_add(ctx, data, size) == OCRE_OK;
}

static int save_code(struct storage *s, struct ocre_module *module, struct ocre_diag *diag)
{
	struct ocre_store_item item = {.kind = OCRE_STORE_CODE, .name = s->name};
	int rc = ocre_module_save_code(module, count_piece, &item.size, diag);

	if (rc == OCRE_OK) {
		rc = ocre_store_put_begin(&s->store, &s->put, &item, diag);
	}
	if (rc != OCRE_OK) {
		return rc;
	}
	rc = ocre_module_save_code(module, write_piece, &s->put, diag);
	if (rc != OCRE_OK) {
		ocre_store_put_abort(&s->put);
		return rc;
	}
	return ocre_store_put_commit(&s->put, NULL, diag);
}

/* Validate the image, and prepare its code: one that is not valid is not kept. */
static int prepare(struct storage *s, struct ocre_diag *diag)
{
	struct ocre_store_hold hold;
	struct ocre_module *module;
	int rc = ocre_store_hold(&s->store, OCRE_STORE_IMAGE, s->name, &hold);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = ocre_module_load(s->mem, hold.bytes, NULL, &module, diag);
	if (rc == OCRE_OK) {
		rc = save_code(s, module, diag);
		ocre_module_unload(module);
	}
	ocre_store_release(&s->store, &hold);
	if (rc != OCRE_OK) {
		ocre_store_remove(&s->store, OCRE_STORE_IMAGE, s->name);
	}
	return rc;
}

static int on_begin(void *ctx, const char *name, uint32_t size, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	const struct ocre_store_item item = {
		.kind = OCRE_STORE_IMAGE,
		.name = name,
		.size = size,
	};

	if (!ocre_store_is_name(OCRE_STORE_IMAGE, name)) {
		return ocre_diag_set(
			diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
			"an image's name is of a-z A-Z 0-9 . _ - and has no dot first");
	}
	memcpy(s->name, name, strlen(name) + 1);
	return ocre_store_put_begin(&s->store, &s->put, &item, diag);
}

static int on_add(void *ctx, const void *data, size_t size, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	int rc = ocre_store_put_add(&s->put, data, size);

	return rc == OCRE_OK
		       ? rc
		       : ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "flash: %s", ocre_status_text(rc));
}

static int on_end(void *ctx, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	int rc = ocre_store_put_commit(&s->put, NULL, diag);

	return rc == OCRE_OK ? prepare(s, diag) : rc;
}

static void on_abort(void *ctx)
{
	ocre_store_put_abort(&((struct storage *)ctx)->put);
}

/* ---- opening ---- */

bool storage_open(struct storage *s, const struct ocre_machine_flash *hardware,
		  struct ocre_mem *mem, struct ocre_diag *diag)
{
	int rc;

	s->hardware = hardware;
	s->mem = mem;
	s->flash = (struct ocre_flash){
		.read = flash_read,
		.program = flash_program,
		.erase = flash_erase,
		.ctx = s,
		.base = hardware->base,
		.size = hardware->size,
		.erase_size = hardware->erase_size,
		.program_unit = hardware->program_unit,
		.journal_size = hardware->erase_size,
		.journals = 4,
		.erased = 0xff,
	};
	s->sink = (struct ocre_ymodem_sink){on_begin, on_add, on_end, on_abort, s};
	rc = ocre_store_open(&s->store, &s->flash, diag);
	if (rc == OCRE_E_NOTFOUND) {
		memset(diag, 0, sizeof(*diag));
		rc = ocre_store_format(&s->flash, diag);
		if (rc == OCRE_OK) {
			rc = ocre_store_open(&s->store, &s->flash, diag);
		}
	}
	return rc == OCRE_OK;
}

void storage_release(struct storage *s)
{
	uint32_t i;

	for (i = 0; i < s->count; i++) {
		ocre_store_release(&s->store, &s->images[i]);
		ocre_store_release(&s->store, &s->codes[i]);
	}
	s->count = 0;
}

void storage_list(struct storage *s, struct ocre_shell_image *images, uint32_t *count,
		  uint32_t first)
{
	static const struct ocre_shell_image nothing;
	struct ocre_store_info info;
	uint32_t cursor = 0;

	*count = first;
	while (s->count < STORAGE_IMAGES && ocre_store_next(&s->store, &cursor, &info)) {
		struct ocre_shell_image *image = &images[*count];
		uint32_t n = s->count;

		if (info.kind != OCRE_STORE_IMAGE ||
		    ocre_store_hold(&s->store, OCRE_STORE_IMAGE, info.name, &s->images[n]) !=
			    OCRE_OK) {
			continue;
		}
		memcpy(s->names[n], info.name, sizeof(info.name));
		*image = nothing;
		image->name = s->names[n];
		image->bytes = s->images[n].bytes;
		image->own_grants = true; /* whoever has the serial line owns the device */
		if (ocre_store_hold(&s->store, OCRE_STORE_CODE, info.name, &s->codes[n]) ==
		    OCRE_OK) {
			image->code = s->codes[n].bytes;
		} else {
			memset(&s->codes[n], 0, sizeof(s->codes[n]));
		}
		s->count++;
		(*count)++;
	}
}
