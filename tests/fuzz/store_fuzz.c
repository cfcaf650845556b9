/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_fuzz.c - any bytes as what flash has where the journals of a store are. Whatever they are:
 * every call ends, stays inside the flash and keeps its rules (sim_flash.c ends the program when
 * not), and what is put then can be had again, also after opening the store once more.
 *
 * The first byte says what is made right before, so that more than checksums is tried: 1 the
 * headers, 2 the records. With -DOCRE_NO_FUZZER it is a program that runs files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/sim_flash.h"
#include "image/store.h"
#include "harness.h"

static const struct ocre_flash shape = {
	.size = 12288,
	.erase_size = 256,
	.program_unit = 4,
	.journal_size = 2048,
	.journals = 2,
	.erased = 0xff,
};

static uint32_t crc(const uint8_t *p, size_t size)
{
	uint32_t value = 0xffffffffu;

	while (size-- > 0) {
		value ^= *p++;
		for (int i = 0; i < 8; i++) {
			value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
		}
	}
	return ~value;
}

static void fix_header(uint8_t *at, uint32_t index)
{
	struct ocre__store_header h;

	memcpy(&h, at, sizeof(h));
	h.magic = 0x6f637374u;
	h.turn = (h.turn & ~1u) | index;
	h.size = shape.size;
	h.erase_size = shape.erase_size;
	h.program_unit = shape.program_unit;
	h.journal_size = shape.journal_size;
	h.journals = shape.journals;
	h.check = crc((const uint8_t *)&h.magic, sizeof(h) - sizeof(h.check));
	memcpy(at, &h, sizeof(h));
}

static void fix_records(uint8_t *journal)
{
	const struct ocre_image_store store = {.flash = &shape};
	uint32_t at = ocre__store_first(&store);
	struct ocre__store_record r;

	while (at + sizeof(struct ocre__store_entry) <= shape.journal_size) {
		memcpy(&r, journal + at, sizeof(r));
		if (r.what == 0xff) {
			return;
		}
		r.what = (uint8_t)(1 + r.what % 5);
		r.kind = (uint8_t)(1 + r.kind % 3);
		r.name_size %= OCRE_STORE_NAME + 1;
		r.size %= shape.size;
		memcpy(journal + at, &r, sizeof(r));
		r.check = crc(journal + at + sizeof(r.check),
			      sizeof(r) - sizeof(r.check) + r.name_size);
		memcpy(journal + at, &r, sizeof(r));
		at += ocre__store_total(&store, &r);
	}
}

static void look(struct ocre_image_store *store)
{
	struct ocre_image_store_info info;
	struct ocre_image_store_hold hold;
	struct ocre_image_store_space space;
	uint32_t cursor = 0;
	uint32_t count = 0;
	uint8_t piece[64];

	while (ocre_image_store_next(store, &cursor, &info)) {
		enum ocre_image_store_kind kind = (enum ocre_image_store_kind)info.kind;

		REQUIRE(++count < shape.journal_size / sizeof(struct ocre__store_record));
		(void)ocre_image_store_verify(store, kind, info.name);
		(void)ocre_image_store_read(store, kind, info.name, info.size / 2, piece,
					    sizeof(piece));
		if (ocre_image_store_hold(store, kind, info.name, &hold) == OCRE_OK) {
			REQUIRE(hold.bytes.data >= store->flash->base);
			REQUIRE(hold.bytes.data + hold.bytes.size <=
				store->flash->base + shape.size);
			ocre_image_store_release(store, &hold);
		}
	}
	ocre_image_store_space(store, &space);
	REQUIRE(space.free <= space.total && space.names_free <= space.names_total);
}

static void put(struct ocre_image_store *store, enum ocre_image_store_kind kind, uint32_t size)
{
	const struct ocre_image_store_item item = {kind, "new", size, 0, 0};
	static const uint8_t bytes[4096] = {1, 2, 3};
	struct ocre_image_store_put it;
	uint8_t digest[OCRE_SHA256_SIZE];

	ocre_sha256(bytes, size, digest);
	if (ocre_image_store_put_begin(store, &it, &item, NULL) != OCRE_OK) {
		return;
	}
	REQUIRE(ocre_image_store_put_add(&it, bytes, size) == OCRE_OK);
	REQUIRE(ocre_image_store_put_commit(&it, digest, NULL) == OCRE_OK);
	REQUIRE(ocre_image_store_verify(store, kind, "new") == OCRE_OK);
	REQUIRE(ocre_image_store_open(store, store->flash, NULL) == OCRE_OK);
	REQUIRE(ocre_image_store_verify(store, kind, "new") == OCRE_OK);
}

static void use(struct ocre_image_store *store)
{
	struct ocre_image_store_info info;
	uint32_t cursor = 0;

	look(store);
	put(store, OCRE_STORE_FILE, 100);
	put(store, OCRE_STORE_IMAGE, 700);
	put(store, OCRE_STORE_IMAGE, 4000);
	put(store, OCRE_STORE_CODE, 300);
	look(store);
	for (uint32_t i = 0; i < 64 && ocre_image_store_next(store, &cursor, &info); i++) {
		(void)ocre_image_store_remove(store, (enum ocre_image_store_kind)info.kind,
					      info.name);
		cursor = 0;
	}
	look(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t journals = shape.journal_size * shape.journals;
	struct ocre_image_store store;
	struct sim_flash sim;

	if (size == 0) {
		return 0;
	}
	sim_init(&sim, &shape, 1);
	memset(sim.bytes, 0xff, journals);
	memcpy(sim.bytes, data + 1, size - 1 < journals ? size - 1 : journals);
	for (uint32_t i = 0; i < shape.journals; i++) {
		uint8_t *at = sim.bytes + (size_t)i * shape.journal_size;

		if (data[0] & 1) {
			fix_header(at, i);
		}
		if (data[0] & 2) {
			fix_records(at);
		}
	}
	for (uint32_t i = 0; i < journals; i += shape.program_unit) {
		static const uint8_t blank[] = {0xff, 0xff, 0xff, 0xff};

		sim.programmed[i / shape.program_unit] =
			memcmp(sim.bytes + i, blank, sizeof(blank)) != 0;
	}
	if (ocre_image_store_open(&store, &sim.flash, NULL) == OCRE_OK) {
		use(&store);
	}
	REQUIRE(ocre_image_store_format(&sim.flash, NULL) == OCRE_OK);
	REQUIRE(ocre_image_store_open(&store, &sim.flash, NULL) == OCRE_OK);
	put(&store, OCRE_STORE_IMAGE, 4000);
	REQUIRE(ocre_image_store_find(&store, OCRE_STORE_IMAGE, "new", NULL) == OCRE_OK);
	sim_deinit(&sim);
	return 0;
}

#ifdef OCRE_NO_FUZZER
#include "replay.h"
#endif
