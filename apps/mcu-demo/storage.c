/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage.c - images that were received over the console and are kept in flash, with the code that
 * is prepared from each when it is installed.
 */
#include <string.h>

#include <ocre/engine.h>

#include "storage.h"

/* What a name takes of a journal, at most. */
#define NAME_ROOM 128u

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
	return ocre_image_store_put_add(ctx, data, size) == OCRE_OK;
}

static int write_code(struct storage *s, const char *name, struct ocre_diag *diag)
{
	struct ocre_image_store_hold hold;
	struct ocre_module *module;
	int rc = ocre_image_store_hold(&s->store, OCRE_STORE_IMAGE, name, &hold);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = ocre_module_load(s->mem, hold.bytes, NULL, &module, diag);
	if (rc == OCRE_OK) {
		rc = ocre_module_save_code(module, write_piece, &s->put, diag);
		ocre_module_unload(module);
	}
	ocre_image_store_release(&s->store, &hold);
	return rc;
}

/*
 * Put the `size` bytes of code of an image. While room is made for them the image may be moved: so
 * it is loaded afterwards, and must not be held before.
 */
static int save_code(struct storage *s, const char *name, uint32_t size, struct ocre_diag *diag)
{
	const struct ocre_image_store_item item = {
		.kind = OCRE_STORE_CODE,
		.name = name,
		.size = size,
	};
	int rc = ocre_image_store_put_begin(&s->store, &s->put, &item, diag);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = write_code(s, name, diag);
	if (rc != OCRE_OK) {
		ocre_image_store_put_abort(&s->put);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s: %s", name,
				     ocre_status_text(rc));
	}
	return ocre_image_store_put_commit(&s->put, NULL, diag);
}

static uint32_t whole_blocks(const struct storage *s, uint32_t size)
{
	uint32_t block = s->flash.erase_size;

	return (size + block - 1) / block * block;
}

/* What an image and its code would give back. */
static uint32_t room_of(struct storage *s, const char *name)
{
	struct ocre_image_store_info info;
	uint32_t room = 0;

	if (ocre_image_store_find(&s->store, OCRE_STORE_IMAGE, name, &info) == OCRE_OK) {
		room += whole_blocks(s, info.size);
	}
	if (ocre_image_store_find(&s->store, OCRE_STORE_CODE, name, &info) == OCRE_OK) {
		room += whole_blocks(s, info.size);
	}
	return room;
}

/* Before the old image goes: will there be room for the code of the new one? Tells its size. */
static int has_room(struct storage *s, struct ocre_module *module, uint32_t *code,
		    struct ocre_diag *diag)
{
	uint32_t old = room_of(s, s->name);
	struct ocre_image_store_space space;
	int rc;

	*code = 0;
	rc = ocre_module_save_code(module, count_piece, code, diag);
	ocre_image_store_space(&s->store, &space);
	if (rc == OCRE_OK &&
	    (whole_blocks(s, s->put.size) + whole_blocks(s, *code) > space.free + old ||
	     (old == 0 && space.names_free < 2 * NAME_ROOM))) {
		rc = ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				   "%s: the store is full: no room for its prepared code, %u bytes",
				   s->name, *code);
	}
	return rc;
}

static int in_use(struct storage *s, struct ocre_diag *diag)
{
	struct ocre_image_store_info info;
	uint32_t cursor = 0;
	uint32_t others = 0;
	uint32_t i;

	for (i = 0; i < s->own_count; i++) {
		if (strcmp(s->list[i].name, s->name) == 0) {
			return ocre_diag_set(diag, OCRE_E_BUSY, OCRE_NO_OFFSET,
					     "%s: the firmware has an image of that name", s->name);
		}
	}
	while (ocre_image_store_next(&s->store, &cursor, &info)) {
		others += info.kind == OCRE_STORE_IMAGE && strcmp(info.name, s->name) != 0;
	}
	return others < STORAGE_IMAGES
		       ? OCRE_OK
		       : ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				       "%s: the store has %u images; `rmi` one of them", s->name,
				       others);
}

static int on_begin(void *ctx, const char *name, uint32_t size, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	const struct ocre_image_store_item item = {
		.kind = OCRE_STORE_IMAGE,
		.name = s->name,
		.size = size,
	};
	int rc;

	if (!ocre_image_store_is_name(OCRE_STORE_IMAGE, name)) {
		return ocre_diag_set(
			diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
			"an image's name is of a-z A-Z 0-9 . _ - and has no dot first");
	}
	memcpy(s->name, name, strlen(name) + 1);
	rc = in_use(s, diag);
	return rc == OCRE_OK ? ocre_image_store_put_begin(&s->store, &s->put, &item, diag) : rc;
}

static int on_add(void *ctx, const void *data, size_t size, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	int rc = ocre_image_store_put_add(&s->put, data, size);

	return rc == OCRE_OK
		       ? rc
		       : ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "flash: %s", ocre_status_text(rc));
}

/*
 * All of it is in the flash, but it is not the image of that name yet: first it must be valid, and
 * there must be room for its code.
 */
static int on_end(void *ctx, struct ocre_diag *diag)
{
	struct storage *s = ctx;
	struct ocre_module *module;
	struct ocre_bytes bytes;
	uint32_t code;
	int rc = ocre_image_store_put_bytes(&s->put, &bytes);

	if (rc == OCRE_OK) {
		rc = ocre_module_load(s->mem, bytes, NULL, &module, diag);
	}
	if (rc == OCRE_OK) {
		rc = has_room(s, module, &code, diag);
		ocre_module_unload(module);
	}
	if (rc != OCRE_OK) {
		ocre_image_store_put_abort(&s->put);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s: %s", s->name,
				     ocre_status_text(rc));
	}
	rc = ocre_image_store_put_commit(&s->put, NULL, diag);
	return rc == OCRE_OK ? save_code(s, s->name, code, diag) : rc;
}

static void on_abort(void *ctx)
{
	ocre_image_store_put_abort(&((struct storage *)ctx)->put);
}

/* ---- what is there ---- */

/* Is there code of this image and this firmware? Whether it is whole, storage_list() looks. */
static bool has_code(struct storage *s, const char *name, struct ocre_bytes image)
{
	struct ocre_module_options options = {.stored_code_trusted = true};
	struct ocre_image_store_hold hold;
	struct ocre_module *module;
	int rc;

	if (ocre_image_store_hold(&s->store, OCRE_STORE_CODE, name, &hold) != OCRE_OK) {
		return false;
	}
	options.stored_code = hold.bytes;
	rc = ocre_module_load(s->mem, image, &options, &module, NULL);
	if (rc == OCRE_OK) {
		ocre_module_unload(module);
	}
	ocre_image_store_release(&s->store, &hold);
	return rc == OCRE_OK;
}

/* How large the code of an image is that has none; 0: it has, or is damaged. */
static int lacks_code(struct storage *s, const char *name, uint32_t *size, struct ocre_diag *diag)
{
	struct ocre_image_store_hold hold;
	struct ocre_module *module;
	int rc = ocre_image_store_hold(&s->store, OCRE_STORE_IMAGE, name, &hold);

	*size = 0;
	if (rc != OCRE_OK) {
		return rc;
	}
	if (!has_code(s, name, hold.bytes) &&
	    ocre_image_store_verify(&s->store, OCRE_STORE_IMAGE, name) == OCRE_OK) {
		rc = ocre_module_load(s->mem, hold.bytes, NULL, &module, diag);
		if (rc == OCRE_OK) {
			rc = ocre_module_save_code(module, count_piece, size, diag);
			ocre_module_unload(module);
		}
	}
	ocre_image_store_release(&s->store, &hold);
	return rc;
}

/* A reset between an image and its code, or another firmware: prepare what is not there. */
static void complete(struct storage *s, const char *name)
{
	struct ocre_diag diag = {0};
	uint32_t size;
	int rc = lacks_code(s, name, &size, &diag);

	if (rc == OCRE_OK && size > 0) {
		/* What there is is of no use, and there may be no room for both. */
		(void)ocre_image_store_remove(&s->store, OCRE_STORE_CODE, name);
		rc = save_code(s, name, size, &diag);
	}
	if (rc != OCRE_OK) {
		s->say(s->say_ctx, name, diag.text);
	}
}

static void complete_all(struct storage *s)
{
	struct ocre_image_store_info info;
	uint32_t cursor = 0;
	uint32_t i;

	/* Names first: a change ends the walk. */
	while (s->count < STORAGE_IMAGES && ocre_image_store_next(&s->store, &cursor, &info)) {
		if (info.kind == OCRE_STORE_IMAGE) {
			memcpy(s->names[s->count++], info.name, sizeof(info.name));
		}
	}
	for (i = 0; i < s->count; i++) {
		complete(s, s->names[i]);
	}
	s->count = 0;
}

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
	rc = ocre_image_store_open(&s->store, &s->flash, diag);
	if (rc == OCRE_E_NOTFOUND) {
		memset(diag, 0, sizeof(*diag));
		rc = ocre_image_store_format(&s->flash, diag);
		if (rc == OCRE_OK) {
			rc = ocre_image_store_open(&s->store, &s->flash, diag);
		}
	}
	if (rc == OCRE_OK) {
		complete_all(s);
	}
	return rc == OCRE_OK;
}

void storage_release(struct storage *s)
{
	uint32_t i;

	for (i = 0; i < s->count; i++) {
		ocre_image_store_release(&s->store, &s->images[i]);
		ocre_image_store_release(&s->store, &s->codes[i]);
	}
	s->count = 0;
}

/* Code is run as it is: it must be what was put. Without it, code is made in RAM. */
static void add_code(struct storage *s, struct ocre_shell_image *image,
		     struct ocre_image_store_hold *hold)
{
	int rc = ocre_image_store_verify(&s->store, OCRE_STORE_CODE, image->name);

	memset(hold, 0, sizeof(*hold));
	if (rc == OCRE_OK &&
	    ocre_image_store_hold(&s->store, OCRE_STORE_CODE, image->name, hold) == OCRE_OK) {
		image->code = hold->bytes;
	} else if (rc != OCRE_E_NOTFOUND) {
		s->say(s->say_ctx, image->name, "its prepared code is damaged: not used");
	}
}

uint32_t storage_list(struct storage *s)
{
	static const struct ocre_shell_image nothing;
	struct ocre_image_store_info info;
	uint32_t cursor = 0;

	while (s->count < STORAGE_IMAGES && ocre_image_store_next(&s->store, &cursor, &info)) {
		uint32_t n = s->count;
		struct ocre_shell_image *image = &s->list[s->own_count + n];

		if (info.kind != OCRE_STORE_IMAGE) {
			continue;
		}
		if (ocre_image_store_verify(&s->store, OCRE_STORE_IMAGE, info.name) != OCRE_OK ||
		    ocre_image_store_hold(&s->store, OCRE_STORE_IMAGE, info.name, &s->images[n]) !=
			    OCRE_OK) {
			s->say(s->say_ctx, info.name, "damaged in flash; `rmi` it, send it again");
			continue;
		}
		memcpy(s->names[n], info.name, sizeof(info.name));
		*image = nothing;
		image->name = s->names[n];
		image->bytes = s->images[n].bytes;
		image->own_grants = true; /* whoever has the serial line owns the device */
		add_code(s, image, &s->codes[n]);
		s->count++;
	}
	return s->own_count + s->count;
}
