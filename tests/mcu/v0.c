/* SPDX-License-Identifier: Apache-2.0 */
/* v0.c - containers by the older runtime API on a machine without an operating system. */
#include <string.h>

#include <ocre/ocre_container_runtime.h>
#include <zephyr/kernel.h>

#include "device.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image counter, rogue;

static int calls_back;

static void called(void)
{
	calls_back++;
}

/* Sleeping runs containers; not longer than it must be. */
static ocre_container_status_t status_after(ocre_cs_ctx *ctx, int id,
					    ocre_container_status_t wanted)
{
	ocre_container_status_t status = ocre_container_runtime_get_container_status(ctx, id);

	for (int turn = 0; turn < 500 && status != wanted; turn++) {
		k_msleep(10);
		status = ocre_container_runtime_get_container_status(ctx, id);
	}
	return status;
}

/* Four bytes, the first one lowest, that the guest put into its file. */
static unsigned int lives(struct device *d)
{
	uint32_t n = 0;

	(void)ocre_image_store_read(&d->store, OCRE_STORE_FILE, "v0-counts/lives", 0, &n,
				    sizeof(n));
	return n;
}

static void counts(struct device *d, ocre_cs_ctx *ctx)
{
	ocre_container_data_t data = {.name = "counts"};
	int id = -1;

	ocre_sha256_text((const uint8_t[OCRE_SHA256_SIZE]){0}, data.sha256);
	EXPECT(d, ocre_container_runtime_create_container(ctx, &data, &id, NULL) ==
			  CONTAINER_STATUS_ERROR); /* no such image */
	memcpy(data.sha256, "counter", sizeof("counter"));
	EXPECT(d, ocre_container_runtime_create_container(ctx, &data, &id, called) ==
			  CONTAINER_STATUS_CREATED);
	EXPECT(d,
	       ocre_container_runtime_run_container(ctx, id, called) == CONTAINER_STATUS_RUNNING);
	EXPECT(d, status_after(ctx, id, CONTAINER_STATUS_STOPPED) == CONTAINER_STATUS_STOPPED);
	EXPECT(d, lives(d) == 1);
	EXPECT(d,
	       ocre_container_runtime_restart_container(ctx, id, NULL) == CONTAINER_STATUS_RUNNING);
	EXPECT(d, status_after(ctx, id, CONTAINER_STATUS_STOPPED) == CONTAINER_STATUS_STOPPED);
	EXPECT(d, lives(d) == 2);
	EXPECT(d, calls_back == 2);
	EXPECT(d, ctx->download_count == 1);
	EXPECT(d, ocre_container_runtime_destroy_container(ctx, id, NULL) ==
			  CONTAINER_STATUS_DESTROYED);
	EXPECT(d, lives(d) == 0);
}

/* Found by its digest; unresponsive, since it never makes a call; and stopped all the same. */
static void never_ends(struct device *d, ocre_cs_ctx *ctx)
{
	ocre_container_data_t data = {.name = "Rogue", .watchdog_interval = 50};
	uint8_t digest[OCRE_SHA256_SIZE];
	int64_t before = k_uptime_get();
	int id = -1;

	ocre_sha256(rogue.bytes.data, rogue.bytes.size, digest);
	ocre_sha256_text(digest, data.sha256);
	EXPECT(d, ocre_container_runtime_create_container(ctx, &data, &id, NULL) ==
			  CONTAINER_STATUS_CREATED);
	EXPECT(d, ocre_container_runtime_run_container(ctx, id, NULL) == CONTAINER_STATUS_RUNNING);
	EXPECT(d, status_after(ctx, id, CONTAINER_STATUS_UNRESPONSIVE) ==
			  CONTAINER_STATUS_UNRESPONSIVE);
	EXPECT(d, k_uptime_get() - before >= 50);
	EXPECT(d, ocre_container_runtime_stop_container(ctx, id, NULL) == CONTAINER_STATUS_STOPPED);
	/* It goes with the runtime. */
	EXPECT(d, ocre_container_runtime_run_container(ctx, id, NULL) == CONTAINER_STATUS_RUNNING);
}

int main(void)
{
	static ocre_cs_ctx ctx;
	ocre_container_init_arguments_t args = {.default_stack_size = 2048};
	NativeSymbol natives[2] = {{"f", (void *)(uintptr_t)called, "()", NULL}};
	struct device *d = device_start();
	ocre_healthcheck check = NULL;
	uint8_t digest[OCRE_SHA256_SIZE];
	char name[OCRE_SHA256_TEXT];
	int64_t before;

	device_image(d, "counter", counter.bytes);
	ocre_sha256(rogue.bytes.data, rogue.bytes.size, digest);
	ocre_sha256_text(digest, name);
	device_image(d, name, rogue.bytes);

	before = k_uptime_get();
	k_msleep(20);
	EXPECT(d, k_uptime_get() - before >= 20);
	args.ocre_api_functions = natives;
	EXPECT(d, ocre_container_runtime_init(&ctx, &args) == RUNTIME_STATUS_ERROR);
	args.ocre_api_functions = NULL;
	EXPECT(d, ocre_container_runtime_init(&ctx, &args) == RUNTIME_STATUS_INITIALIZED);
	EXPECT(d, ocre_container_runtime_init(&ctx, &args) == RUNTIME_STATUS_ERROR);
	counts(d, &ctx);
	never_ends(d, &ctx);
	EXPECT(d, ocre_healthcheck_init(&check, 1000) == 0);
	EXPECT(d, ocre_healthcheck_start(&check) == 0);
	EXPECT(d, ocre_get_healthcheck_remaining(&check) > 0);
	EXPECT(d, ocre_healthcheck_deinit(&check) == 0);
	ocre_container_runtime_destroy();
	device_end(d);
	return 0;
}
