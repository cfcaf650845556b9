/* SPDX-License-Identifier: Apache-2.0 */
/* model.c - what a store should have in it; see model.h. */
#include "model.h"

#include <string.h>

uint8_t model_byte(uint32_t seed, uint32_t at)
{
	uint32_t noise = (at + seed * 0x10001u) * 0x9e3779b1u;

	if (seed % 8 == 7) {
		return 0xff;
	}
	if (seed % 8 == 6) {
		return (uint8_t)(at % 256 + seed);
	}
	noise = (noise ^ noise >> 15) * 0x85ebca77u;
	return (uint8_t)(noise >> 24);
}

static int put(struct ocre_image_store *store, const struct model_step *step)
{
	const struct ocre_image_store_item item = {step->kind, step->name, step->size, step->seed,
						   0};
	struct ocre_image_store_put put;
	uint32_t at = 0;
	int rc = ocre_image_store_put_begin(store, &put, &item, NULL);

	if (rc != OCRE_OK) {
		return rc;
	}
	for (uint32_t n = 1; at < step->size && rc == OCRE_OK; n = (n * 3 + 1) % 293) {
		uint8_t piece[293];

		n = n < step->size - at ? n : step->size - at;
		for (uint32_t i = 0; i < n; i++) {
			piece[i] = model_byte(step->seed, at + i);
		}
		rc = ocre_image_store_put_add(&put, piece, n);
		at += n;
	}
	if (rc != OCRE_OK) {
		ocre_image_store_put_abort(&put);
		return rc;
	}
	return ocre_image_store_put_commit(&put, NULL, NULL);
}

int model_do(struct ocre_image_store *store, const struct model_step *step)
{
	switch (step->what) {
	case MODEL_PUT:
		return put(store, step);
	case MODEL_REMOVE:
		return ocre_image_store_remove(store, step->kind, step->name);
	default:
		return ocre_image_store_rename(store, step->name, step->to);
	}
}

static void forget(struct model *model, enum ocre_image_store_kind kind, const char *name)
{
	for (uint32_t i = 0; i < model->count; i++) {
		const struct model_step *step = &model->there[i].step;

		if (step->kind == kind && strcmp(step->name, name) == 0) {
			model->there[i] = model->there[--model->count];
		}
	}
}

static void rename_thing(struct model *model, const struct model_step *step)
{
	for (uint32_t i = 0; i < model->count; i++) {
		struct model_step *there = &model->there[i].step;

		if (there->kind == OCRE_STORE_FILE && strcmp(there->name, step->name) == 0) {
			struct model_thing thing = model->there[i];

			forget(model, OCRE_STORE_FILE, step->name);
			forget(model, OCRE_STORE_FILE, step->to);
			thing.step.name = step->to;
			model->there[model->count++] = thing;
			return;
		}
	}
}

void model_did(struct model *model, const struct model_step *step)
{
	if (step->what == MODEL_RENAME) {
		rename_thing(model, step);
		model->steps++;
		return;
	}
	forget(model, step->kind, step->name);
	if (step->kind == OCRE_STORE_IMAGE) {
		forget(model, OCRE_STORE_CODE, step->name);
	}
	if (step->what == MODEL_PUT) {
		struct model_thing *thing = &model->there[model->count++];
		struct ocre_sha256 sha;

		thing->step = *step;
		ocre_sha256_begin(&sha);
		for (uint32_t at = 0; at < step->size; at++) {
			uint8_t byte = model_byte(step->seed, at);

			ocre_sha256_add(&sha, &byte, 1);
		}
		ocre_sha256_end(&sha, thing->digest);
	}
	model->steps++;
}

static const char *thing_differs(struct ocre_image_store *store, const struct model_thing *thing)
{
	const struct model_step *step = &thing->step;
	struct ocre_image_store_info info;

	if (ocre_image_store_find(store, step->kind, step->name, &info) != OCRE_OK) {
		return "something is gone";
	}
	if (info.size != step->size || info.stamp != step->seed || info.kind != step->kind ||
	    strcmp(info.name, step->name) != 0 ||
	    memcmp(info.digest, thing->digest, sizeof(info.digest)) != 0) {
		return "something is not what it was";
	}
	for (uint32_t at = 0; at < info.size;) {
		uint8_t piece[256];
		int64_t n = ocre_image_store_read(store, step->kind, step->name, at, piece,
						  sizeof(piece));

		if (n <= 0) {
			return "contents cannot be read";
		}
		for (uint32_t i = 0; i < n; i++, at++) {
			if (piece[i] != model_byte(step->seed, at)) {
				return "contents differ";
			}
		}
	}
	return NULL;
}

static uint32_t up(uint32_t size, uint32_t to)
{
	return (size + to - 1) / to * to;
}

/* What should be free is computed here from docs/design/image-store.md, not from the store. */
static const char *room_differs(const struct model *model, struct ocre_image_store *store)
{
	const struct ocre_flash *flash = store->flash;
	struct ocre_image_store_space space;
	uint32_t blocks = 0;
	uint32_t names = 0;

	for (uint32_t i = 0; i < model->count; i++) {
		const struct model_step *t = &model->there[i].step;

		names += up(64 + (uint32_t)strlen(t->name), flash->program_unit);
		if (t->kind == OCRE_STORE_FILE && t->size + 128 < flash->journal_size / 4) {
			names += up(t->size, flash->program_unit);
		} else {
			blocks += up(t->size, flash->erase_size);
		}
	}
	ocre_image_store_space(store, &space);
	if (space.total - space.free != blocks) {
		return "blocks are lost";
	}
	return space.names_total - space.names_free == names ? NULL : "names are lost";
}

const char *model_differs(const struct model *model, struct ocre_image_store *store)
{
	struct ocre_image_store_info info;
	uint32_t cursor = 0;
	uint32_t count = 0;
	const char *why = NULL;

	while (ocre_image_store_next(store, &cursor, &info)) {
		count++;
	}
	if (count != model->count) {
		return "there are more or fewer things";
	}
	for (uint32_t i = 0; i < count && why == NULL; i++) {
		why = thing_differs(store, &model->there[i]);
	}
	return why != NULL ? why : room_differs(model, store);
}
