/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage_test.c - images of mcu-demo (its storage.c) in a store that is nearly full: an image is
 * installed with its code, or refused and all is as it was. Resets and damage: tests/mcu/resets.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim_flash.h"
#include "storage.h"

#define BLOCK 4096u

struct device {
	struct sim_flash sim;
	struct ocre_machine_flash hardware;
	struct ocre_pool pool;
	struct ocre_mem mem;
	struct storage storage;
	struct ocre_shell_image images[1 + STORAGE_IMAGES];
	int said;
	_Alignas(16) uint8_t memory[1 << 18];
};

static struct device d;
static uint8_t module[65536];

static int program(uint32_t offset, const void *data, uint32_t size)
{
	return d.sim.flash.program(&d.sim, offset, data, size);
}

static int erase(uint32_t offset)
{
	return d.sim.flash.erase(&d.sim, offset);
}

static void say(void *ctx, const char *name, const char *text)
{
	(void)ctx;
	(void)name;
	(void)text;
	d.said++;
}

static void boot(void)
{
	struct ocre_diag diag = {0};

	memset(&d.storage, 0, sizeof(d.storage));
	d.images[0].name = "own";
	d.storage.list = d.images;
	d.storage.own_count = 1;
	d.storage.say = say;
	assert_true(storage_open(&d.storage, &d.hardware, &d.mem, &diag));
	assert_int_equal(d.pool.used, 0);
}

/* Flash with so many blocks for images. */
static void start(uint32_t blocks)
{
	const struct ocre_flash shape = {
		.size = (4 + blocks) * BLOCK,
		.erase_size = BLOCK,
		.program_unit = 4,
		.journal_size = BLOCK,
		.journals = 4,
		.erased = 0xff,
	};

	memset(&d, 0, sizeof(d));
	sim_init(&d.sim, &shape, 1);
	d.hardware = (struct ocre_machine_flash){d.sim.bytes, shape.size, BLOCK, 4, program, erase};
	ocre_pool_init(&d.pool, d.memory, sizeof(d.memory));
	ocre_mem_init(&d.mem, ocre_pool_resize, &d.pool, SIZE_MAX);
	boot();
}

static uint8_t *put_number(uint8_t *at, size_t n)
{
	for (; n > 127; n /= 128) {
		*at++ = (uint8_t)(n % 128 + 128);
	}
	*at++ = (uint8_t)n;
	return at;
}

/* A module with a function of so many calls, and bytes that make no code. */
static uint32_t make_module(uint32_t calls, uint32_t padding)
{
	static const uint8_t begin[] = "\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1";
	uint8_t size[5];
	size_t length = (size_t)(put_number(size, 2 * (size_t)calls + 2) - size);
	uint8_t *at = module;

	memcpy(at, begin, sizeof(begin));
	at += sizeof(begin);
	*at++ = 10;
	at = put_number(at, 1 + length + 2 * (size_t)calls + 2);
	*at++ = 1;
	at = put_number(at, 2 * (size_t)calls + 2);
	*at++ = 0;
	for (uint32_t i = 0; i < calls; i++) {
		*at++ = 0x10;
		*at++ = 0;
	}
	*at++ = 0x0b;
	*at++ = 0;
	at = put_number(at, 2 + (size_t)padding);
	*at++ = 1;
	*at++ = 'x';
	memset(at, 0, padding);
	return (uint32_t)(at + padding - module);
}

static int put(const char *name, uint32_t size)
{
	const struct ocre_ymodem_sink *sink = &d.storage.sink;
	struct ocre_diag diag = {0};
	int rc = sink->begin(sink->ctx, name, size, &diag);

	if (rc == OCRE_OK) {
		rc = sink->add(sink->ctx, module, size, &diag);
	}
	if (rc == OCRE_OK) {
		rc = sink->end(sink->ctx, &diag);
	}
	assert_true((rc == OCRE_OK) == (diag.text[0] == '\0'));
	assert_int_equal(d.pool.used, 0);
	return rc;
}

/* The only image that there is, with its code. */
static struct ocre_shell_image look(void)
{
	struct ocre_shell_image image;

	assert_int_equal(storage_list(&d.storage), 2);
	image = d.images[1];
	storage_release(&d.storage);
	return image;
}

/* An image of one size, and another in its place: room enough, none, and all between. */
static void replaced_or_as_it_was(void **state)
{
	uint32_t done = 0;
	uint32_t refused = 0;

	(void)state;
	for (uint32_t n = 0; n < 400; n++) {
		uint32_t before;
		uint32_t size;
		int rc;

		start(7 + n % 8);
		before = make_module(100 + n * 7 % 400, n * 577 % 9000);
		assert_int_equal(put("a", before), OCRE_OK);
		size = make_module(1500 + n * 131 % 2500, n * 97 % 3000);
		rc = put("a", size);
		assert_true(rc == OCRE_OK || rc == OCRE_E_LIMIT);
		assert_int_equal(look().bytes.size, rc == OCRE_OK ? size : before);
		assert_true(look().code.size > 0);
		done += rc == OCRE_OK;
		refused += rc != OCRE_OK;
		sim_deinit(&d.sim);
	}
	assert_true(done > 50 && refused > 50);
}

/* Code of another firmware makes room for that of this one. */
static void another_firmware(void **state)
{
	struct ocre_image_store_item item = {.kind = OCRE_STORE_CODE, .name = "a"};
	struct ocre_image_store_space space;
	struct ocre_image_store_put p;
	size_t size;

	(void)state;
	start(8);
	assert_int_equal(put("a", make_module(1500, 0)), OCRE_OK);
	size = look().code.size;
	assert_int_equal(ocre_image_store_remove(&d.storage.store, OCRE_STORE_CODE, "a"), OCRE_OK);
	ocre_image_store_space(&d.storage.store, &space);
	item.size = space.free;
	assert_int_equal(ocre_image_store_put_begin(&d.storage.store, &p, &item, NULL), OCRE_OK);
	assert_int_equal(ocre_image_store_put_add(&p, module, item.size), OCRE_OK);
	assert_int_equal(ocre_image_store_put_commit(&p, NULL, NULL), OCRE_OK);
	boot();
	assert_int_equal(d.said, 0);
	assert_int_equal(look().code.size, size);
	sim_deinit(&d.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaced_or_as_it_was),
		cmocka_unit_test(another_firmware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
