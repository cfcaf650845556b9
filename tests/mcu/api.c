/* SPDX-License-Identifier: Apache-2.0 */
/* api.c - containers by the Ocre API on a machine without an operating system. */
#include <string.h>

#include <ocre/beyond.h>
#include <ocre/board.h>
#include <ocre/engine.h>
#include <ocre/ocre.h>

#include "device.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image counter, rogue, measures;

/* Is this a line of its log? */
static bool wrote(struct ocre_container *container, const char *line)
{
	struct ocre_log_entry entry = {0};

	while (ocre_container_read_log(container, entry.number, 0, &entry) == OCRE_OK) {
		if (entry.size == strlen(line) && memcmp(entry.text, line, entry.size) == 0) {
			return true;
		}
	}
	return false;
}

/* Runs to its end in the call; its file is there in its next life and for the next of that name. */
static void a_whole_life(struct device *d, struct ocre_context *context)
{
	const char *capabilities[] = {"filesystem", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_container *c = ocre_context_create_container(context, "counter.wasm", NULL,
								 "one", false, &args, -1, -1, -1);
	int status = 99;

	EXPECT(d, c != NULL);
	EXPECT(d, ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_CREATED);
	EXPECT(d, ocre_container_start(c) == 0);
	EXPECT(d, ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_STOPPED);
	EXPECT(d, ocre_container_wait(c, &status) == 0 && status == 0);
	EXPECT(d, wrote(c, "life 1\n"));
	EXPECT(d, ocre_container_start(c) == 0);
	EXPECT(d, wrote(c, "life 2\n"));
	EXPECT(d, strcmp(ocre_container_get_id(c), "one") == 0);
	EXPECT(d, ocre_context_get_container_by_id(context, "one") == c);
	EXPECT(d, ocre_context_get_container_count(context) == 1);
	EXPECT(d, ocre_context_remove_container(context, c) == 0);
	EXPECT(d, ocre_image_store_owned(&d->store, "one") == 0);
	EXPECT(d, ocre_container_start(c) == -1);
}

/* The host modules that need hardware, on a board that is simulated. */
static void on_a_board(struct device *d)
{
	static const char text[] =
		"gpio 0/13 name=led0\nsensor room channel=ambient_temp value=21.5\n";
	const struct ocre_bytes bytes = {(const uint8_t *)text, sizeof(text) - 1};
	const char *capabilities[] = {"sensor=room", "gpio:write=0/13", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_context_options options = {0};
	struct ocre_sim_pin pin = {0};
	struct ocre_context *context;
	struct ocre_container *c;
	struct ocre_sim *sim = NULL;
	int status = 99;

	EXPECT(d, ocre_sim_create(&d->mem, &d->bare.port, bytes, &sim, NULL) == OCRE_OK);
	options.board = ocre_sim_board(sim);
	context = ocre_create_context_with("/", &options);
	c = ocre_context_create_container(context, "measures.wasm", NULL, "three", false, &args, -1,
					  -1, -1);
	EXPECT(d, ocre_container_start(c) == 0);
	EXPECT(d, ocre_container_wait(c, &status) == 0 && status == 43);
	EXPECT(d, ocre_sim_pin_get(sim, 0, 13, &pin) == 0 && pin.level);
	EXPECT(d, ocre_destroy_context(context) == 0);
	ocre_sim_destroy(sim);
}

/* One that never ends by itself: it runs while the program asks the core to. */
static void an_endless_one(struct device *d, struct ocre_context *context)
{
	struct ocre_container *c = ocre_context_create_container(context, "rogue.wasm", NULL, "two",
								 true, NULL, -1, -1, -1);
	struct ocre_container_stats before = {0};
	struct ocre_container_stats after = {0};

	EXPECT(d, c != NULL);
	EXPECT(d, ocre_container_start(c) == 0);
	EXPECT(d, ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_RUNNING);
	ocre_core_poll(context, 20000);
	ocre_container_get_stats(c, &before);
	EXPECT(d, before.budget > 0);
	EXPECT(d, ocre_container_pause(c) == 0);
	ocre_core_poll(context, 20000);
	ocre_container_get_stats(c, &after);
	EXPECT(d, after.budget == before.budget);
	EXPECT(d, ocre_container_unpause(c) == 0);
	EXPECT(d, ocre_context_remove_container(context, c) == -1);
	ocre_core_poll(context, 20000);
	ocre_container_get_stats(c, &after);
	EXPECT(d, after.budget > before.budget);
	EXPECT(d, ocre_container_kill(c) == 0);
	EXPECT(d, ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_STOPPED);
	EXPECT(d, ocre_container_stop(c) == -1);
	/* It goes with its context. */
	EXPECT(d, ocre_container_start(c) == 0);
}

/* ---- prepared code in the store ---- */

static bool put_piece(void *ctx, const void *data, size_t size)
{
	return ocre_image_store_put_add(ctx, data, size) == OCRE_OK;
}

static bool count_piece(void *ctx, const void *data, size_t size)
{
	(void)data;
	*(uint32_t *)ctx += (uint32_t)size;
	return true;
}

/* Prepare an image of the store, and put the code there. */
static void put_code(struct device *d, const char *name, struct ocre_bytes module)
{
	struct ocre_image_store_item item = {.kind = OCRE_STORE_CODE, .name = name};
	struct ocre_module *m = NULL;
	struct ocre_image_store_put put;

	EXPECT(d, ocre_module_load(&d->mem, module, NULL, &m, NULL) == OCRE_OK &&
			  ocre_module_save_code(m, count_piece, &item.size, NULL) == OCRE_OK &&
			  ocre_image_store_put_begin(&d->store, &put, &item, NULL) == OCRE_OK &&
			  ocre_module_save_code(m, put_piece, &put, NULL) == OCRE_OK &&
			  ocre_image_store_put_commit(&put, NULL, NULL) == OCRE_OK);
	ocre_module_unload(m);
}

static uint8_t *in_flash(struct device *d, enum ocre_image_store_kind kind, const char *name)
{
	struct ocre_image_store_hold hold = {0};

	EXPECT(d, ocre_image_store_hold(&d->store, kind, name, &hold) == OCRE_OK);
	ocre_image_store_release(&d->store, &hold);
	return (uint8_t *)(uintptr_t)hold.bytes.data;
}

/* What it takes from the pool while it runs; 0 when it cannot be made. */
static size_t weight(struct device *d, struct ocre_context *context)
{
	size_t before = d->pool.used;
	struct ocre_container *c = ocre_context_create_container(context, "rogue.wasm", NULL,
								 "four", true, NULL, -1, -1, -1);
	size_t used;

	if (c == NULL) {
		return 0;
	}
	EXPECT(d, ocre_container_start(c) == 0);
	ocre_core_poll(context, 20000);
	used = d->pool.used - before;
	EXPECT(d, ocre_container_kill(c) == 0);
	EXPECT(d, ocre_context_remove_container(context, c) == 0);
	return used;
}

/* An image that is started by its name runs from the code that the store has for it. */
static void code_of_the_store(struct device *d, struct ocre_context *context)
{
	static const uint8_t nonsense[64];
	const struct ocre_image_store_item item = {OCRE_STORE_CODE, "rogue.wasm", sizeof(nonsense),
						   0, 0};
	size_t without = weight(d, context);
	struct ocre_image_store_put put;

	put_code(d, "rogue.wasm", rogue.bytes);
	EXPECT(d, without > 0 && weight(d, context) < without);
	/* Its digest is not what it was. */
	in_flash(d, OCRE_STORE_CODE, "rogue.wasm")[70] ^= 1;
	EXPECT(d, weight(d, context) == without);
	/* It has its digest, and is of no build that we know. */
	EXPECT(d, ocre_image_store_put_begin(&d->store, &put, &item, NULL) == OCRE_OK &&
			  ocre_image_store_put_add(&put, nonsense, sizeof(nonsense)) == OCRE_OK &&
			  ocre_image_store_put_commit(&put, NULL, NULL) == OCRE_OK);
	EXPECT(d, weight(d, context) == without);
	/* An image that has changed is not run. */
	in_flash(d, OCRE_STORE_IMAGE, "rogue.wasm")[20] ^= 1;
	EXPECT(d, weight(d, context) == 0);
	in_flash(d, OCRE_STORE_IMAGE, "rogue.wasm")[20] ^= 1;
	EXPECT(d, ocre_image_store_remove(&d->store, OCRE_STORE_CODE, "rogue.wasm") == OCRE_OK);
}

static void bad_input(struct device *d, struct ocre_context *context)
{
	const char *capabilities[] = {"net:connect=nonsense", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};

	EXPECT(d, ocre_create_context("/") == NULL);
	EXPECT(d, ocre_context_create_container(context, "nothing.wasm", NULL, "x", true, NULL, -1,
						-1, -1) == NULL);
	EXPECT(d, ocre_context_create_container(context, "rogue.wasm", "other", "x", true, NULL, -1,
						-1, -1) == NULL);
	EXPECT(d, ocre_context_create_container(context, "rogue.wasm", NULL, "x", true, &args, -1,
						-1, -1) == NULL);
	EXPECT(d, ocre_container_kill(NULL) == -1);
	EXPECT(d, ocre_destroy_context((struct ocre_context *)d) == -1);
}

/* From within a call that has not ended: nothing waits for ever. */
static void in_a_callback(void *ctx, struct ocre_container *container, enum ocre_notice notice)
{
	struct device *d = ctx;

	if (notice == OCRE_NOTICE_ENDED) {
		struct ocre_context *context = ocre_create_context(NULL);

		EXPECT(d, context == NULL);
		EXPECT(d, ocre_container_get_id(container) != NULL);
		ocre_deinitialize(); /* refused */
	}
}

int main(void)
{
	struct device *d = device_start();
	struct ocre_context *context;

	device_image(d, "counter.wasm", counter.bytes);
	device_image(d, "rogue.wasm", rogue.bytes);
	device_image(d, "measures.wasm", measures.bytes);
	EXPECT(d, ocre_create_context(NULL) == NULL);
	EXPECT(d, ocre_initialize(NULL) == 0);
	context = ocre_create_context(NULL);
	EXPECT(d, context != NULL);
	EXPECT(d, strcmp(ocre_context_get_working_directory(context), "/") == 0);
	ocre_context_watch(context, in_a_callback, d);
	a_whole_life(d, context);
	ocre_context_watch(context, NULL, NULL);
	code_of_the_store(d, context);
	bad_input(d, context);
	an_endless_one(d, context);
	EXPECT(d, ocre_destroy_context(context) == 0);
	on_a_board(d);
	/* Again, and ended by the end of all. */
	EXPECT(d, ocre_create_context("/") != NULL);
	ocre_deinitialize();
	device_end(d);
	return 0;
}
