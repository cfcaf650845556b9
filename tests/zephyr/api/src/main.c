/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - the Ocre API on Zephyr: images from its file system, containers from several threads.
 * tests/zephyr builds it without Zephyr too.
 */
#include <string.h>

#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/beyond.h>
#include <ocre/ocre.h>
#include <ocre/zephyr.h>

#define STACK 4096

/* (module (func (export "_start"))) */
static const uint8_t nothing[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60,
	0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x0a, 0x01, 0x06, 0x5f, 0x73,
	0x74, 0x61, 0x72, 0x74, 0x00, 0x00, 0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b,
};

/* (module (func (export "_start") (loop (br 0)))) */
static const uint8_t endless[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
	0x03, 0x02, 0x01, 0x00, 0x07, 0x0a, 0x01, 0x06, 0x5f, 0x73, 0x74, 0x61, 0x72, 0x74,
	0x00, 0x00, 0x0a, 0x09, 0x01, 0x07, 0x00, 0x03, 0x40, 0x0c, 0x00, 0x0b, 0x0b,
};

static int passed, failed;

#define CHECK(what)                                                                                \
	do {                                                                                       \
		if (what) {                                                                        \
			passed++;                                                                  \
		} else {                                                                           \
			failed++;                                                                  \
			printk("FAILED  line %d: %s\n", __LINE__, #what);                          \
		}                                                                                  \
	} while (0)

static void put(const char *path, const void *bytes, size_t size)
{
	struct fs_file_t file;

	fs_file_t_init(&file);
	CHECK(fs_open(&file, path, FS_O_CREATE | FS_O_WRITE) == 0);
	CHECK(fs_write(&file, bytes, size) == (ssize_t)size);
	CHECK(fs_close(&file) == 0);
}

static struct ocre_container *make(struct ocre_context *context, const char *image, const char *id,
				   bool detached)
{
	return ocre_context_create_container(context, image, NULL, id, detached, NULL, -1, -1, -1);
}

static void whole_life(struct ocre_context *context)
{
	struct ocre_container *c = make(context, "nothing.wasm", "one", false);
	int status = 99;

	CHECK(c != NULL);
	CHECK(ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_CREATED);
	CHECK(ocre_container_start(c) == 0);
	CHECK(ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_STOPPED);
	CHECK(ocre_container_wait(c, &status) == 0 && status == 0);
	CHECK(ocre_container_start(c) == 0);
	CHECK(strcmp(ocre_container_get_id(c), "one") == 0);
	CHECK(ocre_context_get_container_by_id(context, "one") == c);
	CHECK(ocre_context_get_container_count(context) == 1);
	CHECK(ocre_context_remove_container(context, c) == 0);
	CHECK(ocre_container_start(c) == -1);
}

#if defined(__ZEPHYR__)
extern const struct ocre_zephyr_image counter;

/* Is this a line of its log? */
static bool wrote(struct ocre_container *container, const char *line)
{
	static struct ocre_log_entry entry;

	entry.number = 0;
	while (ocre_container_read_log(container, entry.number, 0, &entry) == OCRE_OK) {
		if (entry.size == strlen(line) && memcmp(entry.text, line, entry.size) == 0) {
			return true;
		}
	}
	return false;
}

/* Its file is there in its next life, and goes with it. */
static void own_files(struct ocre_context *context)
{
	const char *capabilities[] = {"filesystem", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_container *c;
	int i;

	for (i = 0; i < 2; i++) {
		c = ocre_context_create_container(context, "counter.wasm", NULL, "counter", false,
						  &args, -1, -1, -1);
		CHECK(c != NULL);
		CHECK(ocre_container_start(c) == 0);
		CHECK(wrote(c, "life 1\n"));
		CHECK(ocre_container_start(c) == 0);
		CHECK(wrote(c, "life 2\n"));
		CHECK(ocre_context_remove_container(context, c) == 0);
	}
}
#else
static void own_files(struct ocre_context *context)
{
	(void)context;
}
#endif

/* One that never ends, seen by another thread that waits for it. */
static K_KERNEL_STACK_DEFINE(stack, STACK);
static struct k_thread thread;

static void waits(void *container, void *result, void *unused)
{
	(void)unused;
	*(int *)result = ocre_container_wait((struct ocre_container *)container, NULL);
}

static void endless_one(struct ocre_context *context)
{
	struct ocre_container *c = make(context, "endless.wasm", "two", true);
	int result = 99;

	CHECK(c != NULL);
	CHECK(ocre_container_start(c) == 0);
	k_thread_create(&thread, stack, K_KERNEL_STACK_SIZEOF(stack), waits, c, &result, NULL, 7, 0,
			K_FOREVER);
	k_thread_start(&thread);
	k_sleep(K_MSEC(100));
	CHECK(ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_RUNNING);
	CHECK(ocre_container_pause(c) == 0);
	CHECK(ocre_container_get_status(c) == OCRE_CONTAINER_STATUS_PAUSED);
	CHECK(ocre_container_unpause(c) == 0);
	CHECK(ocre_context_remove_container(context, c) == -1);
	CHECK(ocre_container_kill(c) == 0);
	/* This waits until the other thread does not need it any more. */
	CHECK(ocre_context_remove_container(context, c) == 0);
	k_thread_join(&thread, K_FOREVER);
	CHECK(result == 0);
}

static void bad_input(struct ocre_context *context)
{
	CHECK(ocre_create_context(NULL) == NULL);
	CHECK(ocre_create_context("/lfs/other") == NULL);
	CHECK(ocre_initialize(NULL) == -1);
	CHECK(make(context, "none.wasm", "x", true) == NULL);
	CHECK(make(context, "../nothing.wasm", "x", true) == NULL);
	CHECK(make(context, "nothing.wasm", "X!", true) == NULL);
	CHECK(ocre_container_kill(NULL) == -1);
	CHECK(ocre_destroy_context((struct ocre_context *)(void *)&failed) == -1);
}

static void one_context(void)
{
	struct ocre_context *context = ocre_create_context(NULL);
	struct ocre_container *c;

	CHECK(context != NULL);
	if (context == NULL) {
		return;
	}
	CHECK(strcmp(ocre_context_get_working_directory(context), CONFIG_OCRE_WORKDIR) == 0);
	put(CONFIG_OCRE_WORKDIR "/images/nothing.wasm", nothing, sizeof(nothing));
	put(CONFIG_OCRE_WORKDIR "/images/endless.wasm", endless, sizeof(endless));
#if defined(__ZEPHYR__)
	put(CONFIG_OCRE_WORKDIR "/images/counter.wasm", counter.bytes.data, counter.bytes.size);
#endif
	whole_life(context);
	own_files(context);
	endless_one(context);
	bad_input(context);
	/* It goes with its context. */
	c = make(context, "endless.wasm", NULL, true);
	if (c == NULL) {
		printk("without random bytes containers need names\n");
		c = make(context, "endless.wasm", "last", true);
	}
	CHECK(ocre_container_start(c) == 0);
	CHECK(ocre_destroy_context(context) == 0);
	CHECK(ocre_destroy_context(context) == -1);
}

int main(void)
{
	CHECK(ocre_create_context(NULL) == NULL);
	CHECK(ocre_initialize(NULL) == 0);
	one_context();
	one_context();
	ocre_deinitialize();
	CHECK(ocre_create_context(NULL) == NULL);
	CHECK(ocre_initialize(NULL) == 0);
	ocre_deinitialize();
	printk("RESULT passed %d failed %d\n", passed, failed);
	return 0;
}
