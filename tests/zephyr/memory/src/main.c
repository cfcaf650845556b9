/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - containers that need more than Ocre's own heap has: their memory comes from the heap
 * that the configuration says, comes back when they are gone, and ends with a message.
 */
#include <string.h>

#include <zephyr/devicetree.h>
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/zephyr.h>

#define FILLED (128 * 1024) /* by each guest */
#define MOST   8
#define ROUNDS 3

/* From ocre_zephyr_guest(). */
extern const struct ocre_zephyr_image fills;

static struct ocre_zephyr ocre;
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

#if defined(CONFIG_OCRE_EXTERNAL_RAM)
#include <zephyr/multi_heap/shared_multi_heap.h>

#define ATTR ((enum shared_multi_heap_attr)CONFIG_OCRE_EXTERNAL_RAM_ATTR)

static void make_pool(void)
{
#if DT_NODE_EXISTS(DT_NODELABEL(external_ram))
	struct shared_multi_heap_region region = {
		.attr = ATTR,
		.addr = DT_REG_ADDR(DT_NODELABEL(external_ram)),
		.size = DT_REG_SIZE(DT_NODELABEL(external_ram)),
	};
#else
	static uint8_t memory[512 * 1024] __aligned(16);
	struct shared_multi_heap_region region = {
		.attr = ATTR,
		.addr = (uintptr_t)memory,
		.size = sizeof(memory),
	};
#endif

	CHECK(shared_multi_heap_pool_init() == 0);
	CHECK(shared_multi_heap_add(&region, NULL) == 0);
	printk("external RAM: %u at 0x%lx\n", (unsigned int)region.size,
	       (unsigned long)region.addr);
}

static void *take(size_t size)
{
	return shared_multi_heap_alloc(ATTR, size);
}

static void give(void *ptr)
{
	shared_multi_heap_free(ptr);
}

#else

static void make_pool(void)
{
}

static void *take(size_t size)
{
	return k_malloc(size);
}

static void give(void *ptr)
{
	k_free(ptr);
}

#endif

/* The largest block that the heap has, to 16 bytes. No container runs. */
static size_t largest(void)
{
	size_t has = 0;
	size_t step;

	for (step = 1 << 22; step >= 16; step /= 2) {
		void *ptr = take(has + step);

		if (ptr != NULL) {
			has += step;
			give(ptr);
		}
	}
	return has;
}

static enum ocre_state state_of(struct ocre_container *container)
{
	static struct ocre_container_info info;

	return ocre_container_get_info(container, &info) == OCRE_OK ? info.state
								    : OCRE_STATE_UNKNOWN;
}

/* Has it written all over its memory? Waits for that, or for its end. */
static bool filled(struct ocre_container *container)
{
	static struct ocre_log_entry entry;

	for (;;) {
		if (ocre_container_read_log(container, 0, 0, &entry) == OCRE_OK &&
		    entry.size == 5 && memcmp(entry.text, "full\n", 5) == 0) {
			return true;
		}
		if (state_of(container) != OCRE_STATE_RUNNING) {
			return false;
		}
		k_sleep(K_MSEC(10));
	}
}

static int start(char name, struct ocre_container **out, struct ocre_diag *diag)
{
	const char seed[] = {(char)('0' + name - 'a'), '\0'};
	const char id[] = {name, '\0'};
	const char *const args[] = {seed, NULL};
	const struct ocre_container_config config = {
		.id = id,
		.image = "fills",
		.bytes = fills.bytes,
		.code = fills.code,
		.args = args,
		.stack_size = 2048,
		.log_bytes = 512,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
	};
	int rc = ocre_container_create(ocre.context, &config, out, diag);

	if (rc == OCRE_OK) {
		rc = ocre_core_start(*out, diag);
		if (rc != OCRE_OK) {
			ocre_container_remove(*out);
		}
	}
	return rc;
}

/* Until one finds no memory, before its start or when it touches some. Returns how many did. */
static uint32_t start_all(struct ocre_container **all)
{
	static struct ocre_end_info end;
	struct ocre_diag diag = {0};
	uint32_t n;

	for (n = 0; n < MOST; n++) {
		if (start((char)('a' + n), &all[n], &diag) != OCRE_OK) {
			printk("the next one: %s\n", diag.text);
			CHECK(strlen(diag.text) > 0);
			break;
		}
		if (!filled(all[n])) {
			CHECK(ocre_core_wait(all[n], UINT32_MAX, &end) == OCRE_OK);
			printk("the next one: %s\n", end.text);
			CHECK(end.end == OCRE_END_TRAP && strstr(end.text, "memory") != NULL);
			CHECK(ocre_container_remove(all[n]) == OCRE_OK);
			break;
		}
	}
	return n;
}

static void one_round(void)
{
	static struct ocre_end_info end;
	struct ocre_container *all[MOST];
	uint32_t n = start_all(all);
	uint32_t i;

	printk("%u had memory\n", (unsigned int)n);
	CHECK(n >= 2 && n < MOST);
	k_sleep(K_MSEC(500));
	for (i = 0; i < n; i++) {
		if (state_of(all[i]) != OCRE_STATE_RUNNING) {
			CHECK(ocre_core_wait(all[i], UINT32_MAX, &end) == OCRE_OK);
			printk("FAILED  %c: status %d %s\n", (char)('a' + i), end.code, end.text);
			failed++;
		} else {
			CHECK(ocre_core_kill(all[i]) == OCRE_OK);
		}
		CHECK(ocre_container_remove(all[i]) == OCRE_OK);
	}
}

int main(void)
{
	struct ocre_diag diag = {0};
	size_t before;
	int i;

	make_pool();
	before = largest();
	CHECK(before > 2 * FILLED);
	if (ocre_zephyr_open(&ocre, NULL, &diag) != OCRE_OK) {
		printk("FAILED  %s\n", diag.text);
		return 0;
	}
	for (i = 0; i < ROUNDS; i++) {
		one_round();
	}
	ocre_zephyr_close(&ocre);
	CHECK(largest() == before);
	printk("RESULT passed %d failed %d\n", passed, failed);
	return 0;
}
