/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resets.c - the images of mcu-demo (its storage.c) on a machine that is reset RESETS times: a
 * timer does it, at moments that a seed gives. After each reset the store must open by itself and
 * have what it had before the step that was cut, or what that step was to make, with prepared code,
 * and no room may be lost. Other words: `damage`, bytes in the flash change; `full`.
 */
#include <string.h>

#include <ocre/engine.h>

#include "machines.h"
#include "storage.h"

/* Of the Cortex-M System Design Kit (DDI 0479, 4.2); TIMER and TIMER_IRQ say where. */
#define REG32(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define TIMER_CTRL     REG32(TIMER)
#define TIMER_VALUE    REG32(TIMER + 4)
#define TIMER_RELOAD   REG32(TIMER + 8)
#define NVIC_ISER      REG32(0xe000e100)
#define VTOR	       REG32(0xe000ed08)
#define VECTORS	       32

#define NAMES	3
#define MODULES 2
#define MAGIC	0x52534554u

/* guests.c, compiled in two ways, from ocre_flash_guest(). */
extern const struct ocre_flash_image guests, guests_fast;

static const char *const names[NAMES] = {"a", "b", "c"};

/* What survives a reset besides the store: RAM of the board behind it, which nothing initialises.
 */
struct kept {
	uint32_t magic;
	uint32_t seed;
	uint32_t resets;
	uint32_t steps;
	uint32_t found_new; /* how often a step that was cut had been done, and how often not */
	uint32_t found_old;
	uint32_t have[NAMES]; /* 0: none, 1...: which module */
	/* The step in hand: `name` becomes `target`. Written before `doing`. */
	uint32_t name;
	uint32_t target;
	uint32_t doing;
};

struct day {
	const struct ocre_machine *machine;
	volatile struct kept *kept;
	struct ocre_pool pool;
	struct ocre_mem mem;
	struct storage storage;
	struct ocre_shell_image images[1 + STORAGE_IMAGES];
	uint32_t said; /* lines about images that are not as they should be */
	char line[80];
};

static struct day day;

static void say(const char *text)
{
	day.machine->write(text, strlen(text));
}

static void say_number(const char *text, uint32_t number)
{
	struct ocre_diag words = {0};

	ocre_diag_set(&words, 1, OCRE_NO_OFFSET, "%s%u\n", text, number);
	say(words.text);
}

static void fail(const char *what)
{
	say("FAILED  ");
	say(what);
	say_number(" after resets: ", day.kept->resets);
	day.machine->halt(1);
}

#define REQUIRE(what)                                                                              \
	do {                                                                                       \
		if (!(what)) {                                                                     \
			fail(#what);                                                               \
		}                                                                                  \
	} while (0)

static uint32_t next_random(void)
{
	day.kept->seed = day.kept->seed * 1664525u + 1013904223u;
	return day.kept->seed >> 8;
}

/* ---- the reset ---- */

static void on_timer(void)
{
	day.kept->resets++;
	day.machine->reset();
}

static void reset_after(uint32_t cycles)
{
	static _Alignas(256) uint32_t vectors[VECTORS];

	memcpy(vectors, (const void *)(uintptr_t)VTOR, 16 * sizeof(vectors[0]));
	vectors[16 + TIMER_IRQ] = (uint32_t)(uintptr_t)on_timer;
	VTOR = (uint32_t)(uintptr_t)vectors;
	TIMER_RELOAD = cycles;
	TIMER_VALUE = cycles;
	NVIC_ISER = 1u << TIMER_IRQ;
	TIMER_CTRL = 9; /* on, with its interrupt */
}

/* ---- the store ---- */

static void say_of_image(void *ctx, const char *name, const char *text)
{
	(void)ctx;
	day.said++;
	say(name);
	say(": ");
	say(text);
	say("\n");
}

static void open_store(void)
{
	struct ocre_diag diag = {0};
	struct storage *s = &day.storage;

	memset(s, 0, sizeof(*s));
	day.images[0].name = "own";
	s->list = day.images;
	s->own_count = 1;
	s->say = say_of_image;
	if (!storage_open(s, day.machine->flash, &day.mem, &diag)) {
		fail(diag.text);
	}
	REQUIRE(day.pool.used == 0);
}

static struct ocre_bytes module(uint32_t which)
{
	return which == 1 ? guests.bytes : guests_fast.bytes;
}

/* Which module an image is. */
static uint32_t which(const struct ocre_shell_image *image)
{
	uint32_t k;

	for (k = 1; k <= MODULES; k++) {
		struct ocre_bytes bytes = module(k);

		if (image->bytes.size == bytes.size &&
		    memcmp(image->bytes.data, bytes.data, bytes.size) == 0) {
			return k;
		}
	}
	fail("an image is none that was put");
	return 0;
}

/* Its code must be what would be prepared now, to the last bit. */
static void check_code(const struct ocre_shell_image *image)
{
	struct ocre_module_options options = {.stored_code = image->code};
	struct ocre_diag diag = {0};
	struct ocre_module *m = NULL;

	if (ocre_module_load(&day.mem, image->bytes, &options, &m, &diag) != OCRE_OK) {
		fail(diag.text);
	}
	ocre_module_unload(m);
}

static uint32_t whole_blocks(uint32_t size)
{
	uint32_t block = day.storage.flash.erase_size;

	return (size + block - 1) / block * block;
}

static uint32_t fill_bytes; /* of the file of full() */

/* What is there now; nothing else takes room. */
static void look(uint32_t found[NAMES])
{
	uint32_t count = storage_list(&day.storage);
	struct ocre_image_store_space space;
	uint32_t used = whole_blocks(fill_bytes);
	uint32_t i, n;

	memset(found, 0, NAMES * sizeof(found[0]));
	for (i = 1; i < count; i++) {
		const struct ocre_shell_image *image = &day.images[i];

		for (n = 0; n < NAMES && strcmp(names[n], image->name) != 0; n++) {
		}
		REQUIRE(n < NAMES && found[n] == 0);
		found[n] = which(image);
		REQUIRE(image->code.size > 0);
		if (day.kept->doing != 0 && day.kept->name == n) {
			check_code(image);
		}
		used += whole_blocks((uint32_t)image->bytes.size) +
			whole_blocks((uint32_t)image->code.size);
	}
	ocre_image_store_space(&day.storage.store, &space);
	REQUIRE(space.total - space.free == used);
	storage_release(&day.storage);
}

/* After a reset: as before the step that was cut, or as after it. */
static void check_after_reset(void)
{
	volatile struct kept *kept = day.kept;
	uint32_t found[NAMES];
	uint32_t n;

	look(found);
	for (n = 0; n < NAMES; n++) {
		bool cut = kept->doing != 0 && kept->name == n && found[n] != kept->have[n];

		REQUIRE(found[n] == kept->have[n] || (cut && found[n] == kept->target));
		kept->found_new += cut;
		kept->found_old += !cut && kept->doing != 0 && kept->name == n;
		kept->have[n] = found[n];
	}
	kept->doing = 0;
}

/* ---- steps ---- */

static int put(const char *name, struct ocre_bytes bytes, struct ocre_diag *diag)
{
	const struct ocre_ymodem_sink *sink = &day.storage.sink;
	size_t at, n;
	int rc = sink->begin(sink->ctx, name, (uint32_t)bytes.size, diag);

	for (at = 0; rc == OCRE_OK && at < bytes.size; at += n) {
		n = bytes.size - at < 1024 ? bytes.size - at : 1024;
		rc = sink->add(sink->ctx, bytes.data + at, n, diag);
	}
	return rc == OCRE_OK ? sink->end(sink->ctx, diag) : rc;
}

/* One that is not valid: refused, and what has its name stays. */
static void put_invalid(uint32_t name)
{
	struct ocre_bytes bytes = module(1);
	struct ocre_diag diag = {0};

	bytes.size -= bytes.size / 2;
	REQUIRE(put(names[name], bytes, &diag) != OCRE_OK);
	REQUIRE(diag.text[0] != '\0');
}

static void step(void)
{
	volatile struct kept *kept = day.kept;
	uint32_t name = next_random() % NAMES;
	uint32_t target = next_random() % (MODULES + 2);
	struct ocre_diag diag = {0};

	kept->steps++;
	if (target > MODULES) {
		put_invalid(name);
		return;
	}
	kept->name = name;
	kept->target = target;
	kept->doing = 1;
	if (target > 0) {
		if (put(names[name], module(target), &diag) != OCRE_OK) {
			fail(diag.text);
		}
	} else {
		int rc = ocre_image_store_remove(&day.storage.store, OCRE_STORE_IMAGE, names[name]);

		REQUIRE(rc == (kept->have[name] != 0 ? OCRE_OK : OCRE_E_NOTFOUND));
	}
	kept->have[name] = target;
	kept->doing = 0;
}

static void resets(void)
{
	if (day.kept->resets < RESETS) {
		/* Each fourth one while the store is opened. */
		reset_after(next_random() % (day.kept->resets % 4 == 0 ? 200000 : 4000000));
	}
	open_store();
	check_after_reset();
	if (day.kept->resets >= RESETS) {
		say_number("steps: ", day.kept->steps);
		say_number("cut before it was done: ", day.kept->found_old);
		say_number("cut after it: ", day.kept->found_new);
		REQUIRE(day.kept->steps > RESETS / 3 && day.kept->found_old > RESETS / 16 &&
			day.kept->found_new > RESETS / 40);
		say("survived resets\n");
		day.machine->halt(0);
	}
	for (;;) {
		step();
	}
}

/* ---- damage ---- */

static void flip(const uint8_t *at)
{
	*(volatile uint8_t *)(uintptr_t)at ^= 0x10;
}

/* Bytes that changed in the flash: said in one line, not run, and all else goes on. */
static void damage(void)
{
	const uint8_t *image, *code;
	struct ocre_diag diag = {0};
	uint32_t found[NAMES];

	open_store();
	REQUIRE(put("a", module(1), &diag) == OCRE_OK && put("b", module(2), &diag) == OCRE_OK);
	REQUIRE(storage_list(&day.storage) == 3);
	code = day.images[1].code.data + 300;
	storage_release(&day.storage);

	flip(code);
	REQUIRE(storage_list(&day.storage) == 3 && day.said == 1);
	REQUIRE(day.images[1].code.size == 0 && day.images[2].code.size > 0);
	storage_release(&day.storage);
	REQUIRE(put("a", module(1), &diag) == OCRE_OK);
	look(found);
	REQUIRE(found[0] == 1 && found[1] == 2 && day.said == 1);

	REQUIRE(storage_list(&day.storage) == 3);
	image = day.images[1].bytes.data;
	image = strcmp(day.images[1].name, "a") == 0 ? image : day.images[2].bytes.data;
	flip(image + 700);
	open_store();
	REQUIRE(storage_list(&day.storage) == 2 && day.said == 2);
	REQUIRE(strcmp(day.images[1].name, "b") == 0);
	storage_release(&day.storage);
	REQUIRE(put("a", module(1), &diag) == OCRE_OK);
	look(found);
	REQUIRE(found[0] == 1 && found[1] == 2 && day.said == 2);
	say("survived damage\n");
	day.machine->halt(0);
}

/* ---- a full store ---- */

static int put_file(const char *name, uint32_t size)
{
	static const uint8_t zeros[256];
	const struct ocre_image_store_item item = {
		.kind = OCRE_STORE_FILE, .name = name, .size = size};
	struct ocre_image_store_put *p = &day.storage.put;
	int rc = ocre_image_store_put_begin(&day.storage.store, p, &item, NULL);
	uint32_t at, n;

	for (at = 0; rc == OCRE_OK && at < size; at += n) {
		n = size - at < sizeof(zeros) ? size - at : sizeof(zeros);
		rc = ocre_image_store_put_add(p, zeros, n);
	}
	return rc == OCRE_OK ? ocre_image_store_put_commit(p, NULL, NULL) : rc;
}

/* With more and more room: an image is installed with its code, or refused and nothing changes. */
static void full(void)
{
	static const uint32_t left[] = {0, 1, 6}; /* blocks */
	uint32_t block = day.machine->flash->erase_size;
	struct ocre_image_store_space space;
	uint32_t image = 0, code = 0;
	uint32_t found[NAMES];
	uint32_t i;

	open_store();
	REQUIRE(put_file("fill", block) == OCRE_OK);
	for (i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		const uint32_t leave = left[i];
		struct ocre_diag diag = {0};
		int rc;

		REQUIRE(ocre_image_store_remove(&day.storage.store, OCRE_STORE_FILE, "fill") ==
			OCRE_OK);
		(void)ocre_image_store_remove(&day.storage.store, OCRE_STORE_IMAGE, "b");
		REQUIRE(put("a", module(1), &diag) == OCRE_OK);
		ocre_image_store_space(&day.storage.store, &space);
		REQUIRE(put_file("fill", space.free - leave * block) == OCRE_OK);
		rc = put("b", module(2), &diag);
		fill_bytes = space.free - leave * block;
		look(found);
		REQUIRE(found[0] == 1 && found[1] == (rc == OCRE_OK ? 2 : 0));
		if (rc != OCRE_OK) {
			REQUIRE(rc == OCRE_E_LIMIT && strchr(diag.text, '\n') == NULL);
			say(diag.text);
			say("\n");
			image += strstr(diag.text, "bytes in blocks") != NULL;
			code += strstr(diag.text, "no room for its prepared code") != NULL;
		}
	}
	/* No room for the image, room for it but not for its code, and room for both. */
	REQUIRE(image == 1 && code == 1);
	say("survived full\n");
	day.machine->halt(0);
}

/* The line that is typed at the console. */
static void read_word(char *word, size_t size)
{
	size_t n = 0;
	char byte = 0;

	say("which? ");
	while (byte != '\r') {
		if (day.machine->read(&byte, 1) == 1 && byte != '\r' && n < size - 1) {
			word[n++] = byte;
		}
	}
	word[n] = '\0';
}

int main(void)
{
	char word[16];
	size_t size;
	void *memory;

	day.machine = ocre_machine_start();
	memory = day.machine->memory(&size);
	ocre_pool_init(&day.pool, memory, size);
	ocre_mem_init(&day.mem, ocre_pool_resize, &day.pool, SIZE_MAX);
	day.kept = (volatile struct kept *)(uintptr_t)(day.machine->flash->base +
						       day.machine->flash->size);
	if (day.kept->magic != MAGIC) {
		read_word(word, sizeof(word));
		if (strcmp(word, "damage") == 0) {
			damage();
		}
		if (strcmp(word, "full") == 0) {
			full();
		}
		memset((void *)(uintptr_t)day.kept, 0, sizeof(*day.kept));
		day.kept->seed = 3;
		day.kept->magic = MAGIC;
	}
	resets();
	return 0;
}
