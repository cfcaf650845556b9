/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store_test.c - the store on flash: what it promises while the power stays on. What it promises
 * when it is cut is cut_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

/* Parts that exist: small blocks, large blocks, error correction over 32 bytes, erased to zeros. */
static const struct ocre_flash shapes[] = {
	{.size = 20480,
	 .erase_size = 256,
	 .program_unit = 4,
	 .journal_size = 2048,
	 .journals = 2,
	 .erased = 0xff},
	{.size = 65536,
	 .erase_size = 1024,
	 .program_unit = 8,
	 .journal_size = 4096,
	 .journals = 3,
	 .erased = 0xff},
	{.size = 131072,
	 .erase_size = 8192,
	 .program_unit = 32,
	 .journal_size = 8192,
	 .journals = 2,
	 .erased = 0xff},
	{.size = 32768,
	 .erase_size = 512,
	 .program_unit = 1,
	 .journal_size = 2048,
	 .journals = 4,
	 .erased = 0},
};

struct fixture {
	struct sim_flash sim;
	struct ocre_image_store store;
	struct model model;
};

static struct fixture *start(void **state, uint32_t shape)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	sim_init(&f.sim, &shapes[shape], 1);
	assert_int_equal(ocre_image_store_open(&f.store, &f.sim.flash, NULL), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_image_store_format(&f.sim.flash, NULL), OCRE_OK);
	assert_int_equal(ocre_image_store_open(&f.store, &f.sim.flash, NULL), OCRE_OK);
	*state = &f;
	return &f;
}

static int end(void **state)
{
	struct fixture *f = *state;

	if (f != NULL) {
		sim_deinit(&f->sim);
	}
	*state = NULL;
	return 0;
}

/* Do it, see that it gives `rc`, and that the store has what it should have, now and reopened. */
static void does(struct fixture *f, enum model_what what, enum ocre_image_store_kind kind,
		 const char *name, uint32_t size, int rc)
{
	struct model_step step = {what, kind, name, size, f->model.steps + 1};

	assert_int_equal(model_do(&f->store, &step), rc);
	if (rc == OCRE_OK) {
		model_did(&f->model, &step);
	}
	assert_null(model_differs(&f->model, &f->store));
}

#define PUT(kind, name, size) does(f, MODEL_PUT, OCRE_STORE_##kind, name, size, OCRE_OK)
#define REMOVE(kind, name)    does(f, MODEL_REMOVE, OCRE_STORE_##kind, name, 0, OCRE_OK)

static uint32_t free_bytes(struct fixture *f)
{
	struct ocre_image_store_space space;

	ocre_image_store_space(&f->store, &space);
	return space.free;
}

static void reopen(struct fixture *f)
{
	assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL), OCRE_OK);
	assert_null(model_differs(&f->model, &f->store));
}

static void what_is_put_is_there(void **state)
{
	for (uint32_t shape = 0; shape < sizeof(shapes) / sizeof(shapes[0]); shape++) {
		struct fixture *f = start(state, shape);

		PUT(IMAGE, "blinky", 1000);
		PUT(CODE, "blinky", 2001);
		PUT(FILE, "blinky/state", 13);
		PUT(FILE, "blinky/empty", 0);
		PUT(FILE, "blinky", 255);
		PUT(FILE, "log", 3000);
		PUT(IMAGE, "Publisher_2.1-rc", 1);
		reopen(f);
		PUT(FILE, "blinky/state", 14);
		PUT(IMAGE, "Publisher_2.1-rc", 700);
		REMOVE(FILE, "log");
		does(f, MODEL_REMOVE, OCRE_STORE_FILE, "log", 0, OCRE_E_NOTFOUND);
		does(f, MODEL_REMOVE, OCRE_STORE_CODE, "Publisher_2.1-rc", 0, OCRE_E_NOTFOUND);
		reopen(f);
		end(state);
	}
}

static void code_goes_with_its_image(void **state)
{
	struct fixture *f = start(state, 0);

	does(f, MODEL_PUT, OCRE_STORE_CODE, "a", 100, OCRE_E_NOTFOUND);
	PUT(IMAGE, "a", 100);
	PUT(CODE, "a", 100);
	PUT(IMAGE, "b", 100);
	PUT(CODE, "b", 100);
	PUT(IMAGE, "a", 100);
	assert_int_equal(ocre_image_store_find(&f->store, OCRE_STORE_CODE, "a", NULL),
			 OCRE_E_NOTFOUND);
	REMOVE(IMAGE, "b");
	assert_int_equal(ocre_image_store_find(&f->store, OCRE_STORE_CODE, "b", NULL),
			 OCRE_E_NOTFOUND);
	PUT(CODE, "a", 200);
	/* New journals keep it, also when its image was moved since. */
	for (uint32_t i = 0; i < 100; i++) {
		PUT(FILE, "f", i);
	}
	reopen(f);
	assert_int_equal(ocre_image_store_find(&f->store, OCRE_STORE_CODE, "a", NULL), OCRE_OK);
}

static void names_are_checked(void **state)
{
	static const char *const bad[] = {"", ".a", "a b", "a/b", "\303\244", "a\n", "../x", "/"};
	static const char *const bad_files[] = {"/a", "a/", "a//b", "a/.b", "..", "a/../b"};
	char name[OCRE_STORE_NAME + 2];
	struct fixture *f = start(state, 0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		does(f, MODEL_PUT, OCRE_STORE_IMAGE, bad[i], 10, OCRE_E_ARGUMENT);
	}
	for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++) {
		does(f, MODEL_PUT, OCRE_STORE_FILE, bad_files[i], 10, OCRE_E_ARGUMENT);
	}
	memset(name, 'n', sizeof(name));
	name[OCRE_STORE_NAME + 1] = '\0';
	does(f, MODEL_PUT, OCRE_STORE_FILE, name, 10, OCRE_E_ARGUMENT);
	name[OCRE_STORE_NAME] = '\0';
	PUT(FILE, name, 10);
	does(f, MODEL_PUT, OCRE_STORE_IMAGE, "empty", 0, OCRE_E_ARGUMENT);
	does(f, MODEL_PUT, (enum ocre_image_store_kind)4, "a", 10, OCRE_E_ARGUMENT);
	does(f, MODEL_PUT, (enum ocre_image_store_kind)0, "a", 10, OCRE_E_ARGUMENT);
}

static void a_full_store_says_so_and_can_be_used_again(void **state)
{
	struct fixture *f = start(state, 0);
	uint32_t all = free_bytes(f);

	for (uint32_t round = 0; round < 5; round++) {
		static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

		for (uint32_t i = 0; i < 8; i++) {
			PUT(IMAGE, names[i], all / 8);
		}
		assert_int_equal(free_bytes(f), 0);
		does(f, MODEL_PUT, OCRE_STORE_IMAGE, "x", 1, OCRE_E_LIMIT);
		does(f, MODEL_PUT, OCRE_STORE_IMAGE, "a", 1, OCRE_E_LIMIT);
		does(f, MODEL_PUT, OCRE_STORE_IMAGE, "x", UINT32_MAX, OCRE_E_LIMIT);
		PUT(FILE, "still", 5);
		for (uint32_t i = 0; i < 8; i += 2) {
			REMOVE(IMAGE, names[i]);
		}
		reopen(f);
		/* In pieces; as one it takes all of them, once the others moved together. */
		PUT(IMAGE, "large", all / 2);
		assert_int_equal(free_bytes(f), 0);
		reopen(f);
		REMOVE(IMAGE, "large");
		for (uint32_t i = 1; i < 8; i += 2) {
			REMOVE(IMAGE, names[i]);
		}
		assert_int_equal(free_bytes(f), all);
		PUT(IMAGE, "all", all);
		REMOVE(IMAGE, "all");
	}
}

static void a_full_journal_says_so_and_can_be_emptied(void **state)
{
	static const char longest[] =
		"image-iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii";
	const struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "another", 10, 0, 0};
	struct ocre_diag diag = {0};
	struct ocre_image_store_put put;
	static char names[MODEL_MOST][8];
	struct fixture *f = start(state, 0);
	struct ocre_image_store_space space;
	uint32_t count;

	for (count = 0; count < MODEL_MOST; count++) {
		struct model_step step = {MODEL_PUT, OCRE_STORE_FILE, names[count], 0, count};

		names[count][0] = (char)('a' + count / 10);
		names[count][1] = (char)('0' + count % 10);
		ocre_image_store_space(&f->store, &space);
		if (space.names_free < 256 + 64 + 4) {
			assert_int_equal(model_do(&f->store, &step), OCRE_E_LIMIT);
			break;
		}
		PUT(FILE, names[count], 0);
	}
	assert_in_range(count, 8, MODEL_MOST - 1);
	reopen(f);
	/* Files do not keep an image out, nor its code; and it can be replaced. */
	PUT(IMAGE, longest, 10);
	PUT(CODE, longest, 10);
	does(f, MODEL_PUT, OCRE_STORE_IMAGE, "another", 10, OCRE_E_LIMIT);
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, &diag), OCRE_E_LIMIT);
	assert_string_equal(diag.text, "another: the store is full: of names and small files");
	while (count-- > 0) {
		REMOVE(FILE, names[count]);
	}
	PUT(IMAGE, "another", 10);
}

static void quotas_hold(void **state)
{
	struct fixture *f = start(state, 0);
	struct ocre_image_store_item item = {OCRE_STORE_FILE, "one/a", 100, 0, 400};
	struct ocre_image_store_put put;
	struct ocre_diag diag = {0};
	uint8_t bytes[1024] = {0};

	PUT(FILE, "one/b", 100);
	PUT(FILE, "oner", 500);
	PUT(FILE, "two/b", 500);
	assert_int_equal(ocre_image_store_owned(&f->store, "one"), 64 + 5 + 3 + 100);
	assert_int_equal(ocre_image_store_owned(&f->store, "nobody"), 0);
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, &diag), OCRE_OK);
	assert_int_equal(ocre_image_store_put_add(&put, bytes, 100), OCRE_OK);
	assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL), OCRE_OK);
	/* Its own old contents do not count. */
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, &diag), OCRE_OK);
	ocre_image_store_put_abort(&put);
	item.name = "one/c";
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, &diag), OCRE_E_LIMIT);
	assert_string_equal(diag.text, "one/c: over the quota of 400 bytes");
	item.name = "three/c";
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_OK);
	ocre_image_store_put_abort(&put);
	/* Blocks count whole. */
	item.size = 600;
	item.quota = 767;
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_E_LIMIT);
	item.quota = 1000;
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_OK);
	ocre_image_store_put_abort(&put);
}

static void a_put_can_be_given_up(void **state)
{
	struct fixture *f = start(state, 1);
	struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "a", 3000, 0, 0};
	struct ocre_image_store_put put;
	struct ocre_image_store_put second;
	uint8_t bytes[3000] = {1};
	uint8_t digest[OCRE_SHA256_SIZE];

	PUT(IMAGE, "a", 2000);
	PUT(FILE, "f", 20);
	for (uint32_t n = 0; n < 60; n++) {
		item.kind = n % 2 ? OCRE_STORE_IMAGE : OCRE_STORE_FILE;
		item.name = n % 2 ? "a" : "f";
		item.size = n % 2 ? 3000 : 300;
		assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_OK);
		assert_int_equal(ocre_image_store_put_begin(&f->store, &second, &item, NULL),
				 OCRE_E_BUSY);
		assert_int_equal(ocre_image_store_remove(&f->store, OCRE_STORE_IMAGE, "a"),
				 OCRE_E_BUSY);
		assert_int_equal(ocre_image_store_put_add(&put, bytes, n * 5), OCRE_OK);
		assert_int_equal(ocre_image_store_put_add(&put, bytes, 4000), OCRE_E_ARGUMENT);
		if (n % 3 == 0) {
			ocre_image_store_put_abort(&put);
			ocre_image_store_put_abort(&put);
		} else if (n % 3 == 1) {
			assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL),
					 OCRE_E_ARGUMENT);
		} else {
			assert_int_equal(ocre_image_store_put_add(&put, bytes, item.size - n * 5),
					 OCRE_OK);
			memset(digest, 1, sizeof(digest));
			assert_int_equal(ocre_image_store_put_commit(&put, digest, NULL),
					 OCRE_E_INVALID);
		}
		assert_null(model_differs(&f->model, &f->store));
	}
	reopen(f);
	ocre_sha256(bytes, 3000, digest);
	item.size = 3000;
	item.kind = OCRE_STORE_IMAGE;
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_OK);
	for (uint32_t at = 0; at < 3000; at += 7) {
		uint32_t n = 3000 - at < 7 ? 3000 - at : 7;

		assert_int_equal(ocre_image_store_put_add(&put, bytes + at, n), OCRE_OK);
	}
	assert_int_equal(ocre_image_store_put_commit(&put, digest, NULL), OCRE_OK);
	assert_int_equal(ocre_image_store_verify(&f->store, OCRE_STORE_IMAGE, item.name), OCRE_OK);
}

/* Before it replaces anything, what is put can be looked at, and given up. */
static void a_put_can_be_looked_at_first(void **state)
{
	uint8_t bytes[3001] = {1};

	for (uint32_t shape = 0; shape < sizeof(shapes) / sizeof(shapes[0]); shape++) {
		struct fixture *f = start(state, shape);
		struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "a", sizeof(bytes), 0, 0};
		struct ocre_image_store_info info;
		struct ocre_image_store_put put;
		struct ocre_bytes seen;

		PUT(IMAGE, "a", 2000);
		for (uint32_t n = 0; n < 3; n++) {
			memset(bytes, (int)n + 1, sizeof(bytes));
			assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL),
					 0);
			assert_int_equal(ocre_image_store_put_bytes(&put, &seen), OCRE_E_ARGUMENT);
			assert_int_equal(ocre_image_store_put_add(&put, bytes, sizeof(bytes)), 0);
			/* Twice; nothing is programmed twice, the flash of the test would tell. */
			assert_int_equal(ocre_image_store_put_bytes(&put, &seen), OCRE_OK);
			assert_int_equal(ocre_image_store_put_bytes(&put, &seen), OCRE_OK);
			assert_int_equal(seen.size, sizeof(bytes));
			assert_memory_equal(seen.data, bytes, sizeof(bytes));
			assert_null(model_differs(&f->model, &f->store));
			if (n < 2) {
				ocre_image_store_put_abort(&put);
				assert_null(model_differs(&f->model, &f->store));
			}
		}
		assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL), OCRE_OK);
		assert_memory_equal(seen.data, bytes, sizeof(bytes));
		assert_int_equal(ocre_image_store_find(&f->store, OCRE_STORE_IMAGE, "a", &info), 0);
		assert_int_equal(info.size, sizeof(bytes));
		assert_int_equal(ocre_image_store_verify(&f->store, OCRE_STORE_IMAGE, "a"),
				 OCRE_OK);
		item.kind = OCRE_STORE_FILE;
		item.name = "f";
		assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), 0);
		assert_int_equal(ocre_image_store_put_add(&put, bytes, sizeof(bytes)), 0);
		assert_int_equal(ocre_image_store_put_bytes(&put, &seen), OCRE_E_UNSUPPORTED);
		assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL), OCRE_OK);
		assert_int_equal(ocre_image_store_verify(&f->store, OCRE_STORE_FILE, "f"), OCRE_OK);
		end(state);
	}
}

static void what_is_held_stays(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct fixture *f = start(state, 0);
	uint32_t all = free_bytes(f);
	struct ocre_image_store_hold hold;
	uint8_t before[4096];

	for (uint32_t i = 0; i < 4; i++) {
		PUT(IMAGE, names[i], all / 4);
	}
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_FILE, "a", &hold),
			 OCRE_E_UNSUPPORTED);
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_CODE, "a", &hold),
			 OCRE_E_NOTFOUND);
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_IMAGE, "b", &hold), OCRE_OK);
	assert_int_equal(hold.bytes.size, all / 4);
	assert_int_equal((uintptr_t)hold.bytes.data % 4, 0);
	memcpy(before, hold.bytes.data, hold.bytes.size);

	/* Removed, its blocks are not yet free. */
	assert_int_equal(ocre_image_store_remove(&f->store, OCRE_STORE_IMAGE, "b"), OCRE_OK);
	assert_int_equal(free_bytes(f), 0);
	assert_int_equal(ocre_image_store_remove(&f->store, OCRE_STORE_IMAGE, "a"), OCRE_OK);
	assert_int_equal(ocre_image_store_remove(&f->store, OCRE_STORE_IMAGE, "c"), OCRE_OK);
	assert_int_equal(free_bytes(f), all / 2);
	f->model.count = 0;
	model_did(&f->model, &(struct model_step){MODEL_PUT, OCRE_STORE_IMAGE, "d", all / 4, 4});

	/* a and c are free, b between them stays: d can only move to where c was. */
	assert_int_equal(model_do(&f->store, &(struct model_step){MODEL_PUT, OCRE_STORE_IMAGE, "x",
								  all / 2, 9}),
			 OCRE_E_BUSY);
	assert_memory_equal(before, hold.bytes.data, hold.bytes.size);
	ocre_image_store_release(&f->store, &hold);
	ocre_image_store_release(&f->store, &hold);
	assert_int_equal(free_bytes(f), 3 * (all / 4));
	reopen(f);
}

static void rooms_between_what_is_held_are_not_enough(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct fixture *f = start(state, 0);
	uint32_t all = free_bytes(f);
	struct ocre_image_store_hold holds[2];
	struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "x", all / 2, 0, 0};
	struct ocre_image_store_put put;

	for (uint32_t i = 0; i < 4; i++) {
		PUT(IMAGE, names[i], all / 4);
	}
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_IMAGE, "b", &holds[0]),
			 OCRE_OK);
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_IMAGE, "d", &holds[1]),
			 OCRE_OK);
	REMOVE(IMAGE, "a");
	REMOVE(IMAGE, "c");
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_E_BUSY);
	ocre_image_store_release(&f->store, &holds[0]);
	/* Given up after b was moved: opening has nothing left to do. */
	assert_int_equal(ocre_image_store_put_begin(&f->store, &put, &item, NULL), OCRE_OK);
	ocre_image_store_put_abort(&put);
	sim_power(&f->sim, 0, SIM_NOTHING);
	reopen(f);
	assert_int_equal(f->sim.ops, 0);
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_IMAGE, "d", &holds[1]),
			 OCRE_OK);
	PUT(IMAGE, "x", all / 2);
	assert_int_equal(holds[1].bytes.data - f->sim.bytes, f->sim.flash.size - all / 4);
}

static void contents_that_changed_are_noticed(void **state)
{
	struct fixture *f = start(state, 0);
	struct ocre_image_store_hold hold;

	PUT(IMAGE, "a", 500);
	assert_int_equal(ocre_image_store_hold(&f->store, OCRE_STORE_IMAGE, "a", &hold), OCRE_OK);
	f->sim.bytes[hold.bytes.data - f->sim.bytes + 499] ^= 1;
	assert_int_equal(ocre_image_store_verify(&f->store, OCRE_STORE_IMAGE, "a"), OCRE_E_INVALID);
	assert_int_equal(ocre_image_store_verify(&f->store, OCRE_STORE_IMAGE, "b"),
			 OCRE_E_NOTFOUND);
}

static void files_are_read_in_pieces(void **state)
{
	struct fixture *f = start(state, 0);
	uint8_t bytes[200];

	PUT(FILE, "f", 150);
	assert_int_equal(ocre_image_store_read(&f->store, OCRE_STORE_FILE, "f", 100, bytes, 200),
			 50);
	assert_int_equal(bytes[0], model_byte(1, 100));
	assert_int_equal(bytes[49], model_byte(1, 149));
	assert_int_equal(ocre_image_store_read(&f->store, OCRE_STORE_FILE, "f", 150, bytes, 200),
			 0);
	assert_int_equal(
		ocre_image_store_read(&f->store, OCRE_STORE_FILE, "f", UINT32_MAX, bytes, 9), 0);
	assert_int_equal(ocre_image_store_read(&f->store, OCRE_STORE_FILE, "g", 0, bytes, 9),
			 OCRE_E_NOTFOUND);
}

static void flash_that_cannot_be_is_refused(void **state)
{
	struct fixture *f = start(state, 0);
	struct ocre_flash good = f->sim.flash;
	struct ocre_image_store store;
	struct ocre_flash bad;

#define REFUSES(field, value)                                                                      \
	bad = good;                                                                                \
	bad.field = value;                                                                         \
	assert_int_equal(ocre_image_store_open(&store, &bad, NULL), OCRE_E_ARGUMENT);              \
	assert_int_equal(ocre_image_store_format(&bad, NULL), OCRE_E_ARGUMENT)

	REFUSES(program_unit, 0);
	REFUSES(program_unit, 3);
	REFUSES(program_unit, 64);
	REFUSES(erase_size, 0);
	REFUSES(erase_size, 300);
	REFUSES(erase_size, 64);
	REFUSES(size, 0);
	REFUSES(size, good.size + 1);
	REFUSES(size, 4096);
	REFUSES(journal_size, 0);
	REFUSES(journal_size, 256);
	REFUSES(journal_size, 2049);
	REFUSES(journals, 1);
	REFUSES(journals, 10);
	REFUSES(journals, UINT32_MAX);
	REFUSES(read, NULL);
	/* Possible, but not what is there. */
	bad = good;
	bad.journals = 3;
	assert_int_equal(ocre_image_store_open(&store, &bad, NULL), OCRE_E_NOTFOUND);
}

static void formatting_forgets_all_but_wear(void **state)
{
	struct fixture *f = start(state, 0);
	uint32_t all = free_bytes(f);
	struct ocre_image_store_space space;

	for (uint32_t i = 0; i < 20; i++) {
		PUT(IMAGE, "a", all / 2);
	}
	assert_int_equal(ocre_image_store_format(&f->sim.flash, NULL), OCRE_OK);
	f->model.count = 0;
	reopen(f);
	ocre_image_store_space(&f->store, &space);
	assert_int_equal(space.free, all);
	assert_int_equal(space.erases, 10);
}

/* One large file is written again and again beside images that stay: blocks take turns. */
static void wear_is_spread_and_counted(void **state)
{
	struct fixture *f = start(state, 1);
	const struct ocre_flash *flash = &f->sim.flash;
	uint32_t first = flash->journal_size / flash->erase_size * flash->journals;
	uint32_t all = flash->size / flash->erase_size;
	struct ocre_image_store_space space;
	uint32_t most = 0;
	uint32_t less = 0;
	uint32_t least_journal = UINT32_MAX;
	uint32_t most_journal = 0;
	uint32_t still = 0;

	PUT(IMAGE, "a", 9000);
	PUT(IMAGE, "b", 9000);
	for (uint32_t i = 0; i < 1500; i++) {
		struct model_step step = {MODEL_PUT, OCRE_STORE_FILE, "big", 2500, i};

		assert_int_equal(model_do(&f->store, &step), OCRE_OK);
		step.name = "small";
		step.size = 40;
		assert_int_equal(model_do(&f->store, &step), OCRE_OK);
	}
	for (uint32_t i = 0; i < first; i++) {
		uint32_t n = f->sim.erases[i];

		least_journal = n < least_journal ? n : least_journal;
		most_journal = n > most_journal ? n : most_journal;
	}
	for (uint32_t i = first; i < all; i++) {
		uint32_t n = f->sim.erases[i];

		most = n > most ? n : most;
	}
	for (uint32_t i = first; i < all; i++) {
		uint32_t n = f->sim.erases[i];

		still += n == 1;
		less += n != 1 && n + 16 < most;
	}
	assert_int_equal(still, 18);   /* the images were left alone */
	assert_in_range(most, 0, 150); /* 4500 in all, for 34 blocks */
	assert_in_range(less, 0, 2);   /* at the end, too few for the file */
	assert_in_range(most_journal - least_journal, 0, 1);
	ocre_image_store_space(&f->store, &space);
	assert_int_equal(space.erases, most);
	assert_int_equal(space.journal_erases, most_journal);
}

/* Each operation of the device fails once, with the power on: an error, and nothing is lost. */
static void a_device_that_fails_loses_nothing(void **state)
{
	struct fixture *f = start(state, 0);
	struct model_step step = {MODEL_PUT, OCRE_STORE_IMAGE, "b", 700, 50};
	struct sim_flash saved;
	struct model after;
	int rc = OCRE_E_IO;

	PUT(IMAGE, "a", 500);
	PUT(IMAGE, "b", 500);
	for (uint32_t i = 0; i < 10; i++) {
		PUT(FILE, "a/f", 50 + i);
	}
	after = f->model;
	model_did(&after, &step);
	sim_init(&saved, &f->sim.flash, 2);
	sim_copy(&saved, &f->sim);
	for (uint32_t at = 1; rc != OCRE_OK; at++) {
		sim_copy(&f->sim, &saved);
		sim_power(&f->sim, 0, SIM_NOTHING);
		assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL), OCRE_OK);
		f->sim.fail_at = at;
		rc = model_do(&f->store, &step);
		assert_true(rc == OCRE_OK || rc == OCRE_E_IO);
		if (rc != OCRE_OK) {
			assert_int_equal(model_do(&f->store, &step), OCRE_E_IO);
			assert_int_equal(ocre_image_store_remove(&f->store, OCRE_STORE_IMAGE, "a"),
					 OCRE_E_IO);
		}
		sim_power(&f->sim, 0, SIM_NOTHING);
		assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL), OCRE_OK);
		assert_null(model_differs(rc == OCRE_OK ? &after : &f->model, &f->store));
	}
	sim_deinit(&saved);
}

/*
 * Each read of a step fails once: what cannot be read is not taken for what is not there. The store
 * refuses, until it is opened again, or does the whole step.
 */
static void reads_that_fail_lose_nothing(void **state)
{
	static const struct model_step steps[] = {
		{MODEL_PUT, OCRE_STORE_FILE, "a/f", 99, 60, NULL},
		{MODEL_PUT, OCRE_STORE_CODE, "b", 600, 63, NULL},
		{MODEL_PUT, OCRE_STORE_IMAGE, "c", 9500, 61, NULL}, /* others move */
		{MODEL_RENAME, OCRE_STORE_FILE, "a/f", 0, 0, "a/g"},
		{MODEL_REMOVE, OCRE_STORE_IMAGE, "b", 0, 0, NULL},
	};
	struct fixture *f = start(state, 0);
	struct sim_flash saved;

	PUT(IMAGE, "hole", 3000);
	PUT(IMAGE, "a", 500);
	PUT(IMAGE, "b", 500);
	PUT(CODE, "a", 700);
	REMOVE(IMAGE, "hole");
	sim_init(&saved, &f->sim.flash, 2);
	for (uint32_t i = 0; i < TESTS_ROUNDS; i++) {
		const struct model_step *step = &steps[i % 5];
		struct model after;
		uint32_t refused = 0;
		uint32_t at = 0;
		bool last;
		int good;
		int rc;

		/* Journals of all lengths; the step may begin a new one. */
		PUT(FILE, "a/f", 30 + i);
		sim_copy(&saved, &f->sim);
		good = model_do(&f->store, step);
		after = f->model;
		if (good == OCRE_OK) {
			model_did(&after, step);
		}
		do {
			sim_copy(&f->sim, &saved);
			sim_power(&f->sim, 0, SIM_NOTHING);
			assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL),
					 OCRE_OK);
			sim_power(&f->sim, 0, SIM_NOTHING);
			f->sim.fail_read = ++at;
			rc = model_do(&f->store, step);
			refused += rc == OCRE_E_IO;
			assert_true(rc == good || rc == OCRE_E_IO);
			last = f->sim.reads < at;
			sim_power(&f->sim, 0, SIM_NOTHING);
			assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL),
					 OCRE_OK);
			assert_null(model_differs(rc == OCRE_OK ? &after : &f->model, &f->store));
		} while (!last);
		assert_true(refused > 0);
		sim_copy(&f->sim, &saved);
		sim_power(&f->sim, 0, SIM_NOTHING);
		reopen(f);
	}
	/* A device that does not answer at all has no store that could be formatted. */
	f->sim.off = true;
	assert_int_equal(ocre_image_store_open(&f->store, &f->sim.flash, NULL), OCRE_E_IO);
	sim_deinit(&saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(what_is_put_is_there, end),
		cmocka_unit_test_teardown(code_goes_with_its_image, end),
		cmocka_unit_test_teardown(names_are_checked, end),
		cmocka_unit_test_teardown(a_full_store_says_so_and_can_be_used_again, end),
		cmocka_unit_test_teardown(a_full_journal_says_so_and_can_be_emptied, end),
		cmocka_unit_test_teardown(quotas_hold, end),
		cmocka_unit_test_teardown(a_put_can_be_given_up, end),
		cmocka_unit_test_teardown(a_put_can_be_looked_at_first, end),
		cmocka_unit_test_teardown(what_is_held_stays, end),
		cmocka_unit_test_teardown(rooms_between_what_is_held_are_not_enough, end),
		cmocka_unit_test_teardown(contents_that_changed_are_noticed, end),
		cmocka_unit_test_teardown(files_are_read_in_pieces, end),
		cmocka_unit_test_teardown(flash_that_cannot_be_is_refused, end),
		cmocka_unit_test_teardown(formatting_forgets_all_but_wear, end),
		cmocka_unit_test_teardown(wear_is_spread_and_counted, end),
		cmocka_unit_test_teardown(a_device_that_fails_loses_nothing, end),
		cmocka_unit_test_teardown(reads_that_fail_lose_nothing, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
