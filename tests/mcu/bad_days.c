/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bad_days.c - bad input and bad days, one check for each word that is typed at the console. Beside
 * whatever goes wrong there is a container that ticks, and must go on; when it is over, all memory
 * must be there again. Every error is one line.
 */
#include <string.h>

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_bare.h>
#include <ocre/providers.h>

#include "machines.h"

/* guests.c, from ocre_flash_guest(). */
extern const struct ocre_flash_image guests;

#define CONSOLE 1 /* a descriptor of the port */

struct world {
	const struct ocre_machine *machine;
	struct ocre_pool pool;
	struct ocre_port_bare bare;
	struct ocre_context *context;
	struct ocre_container *ticks;
	struct ocre_end_info end;
	uint32_t allocations; /* since the count began */
	uint32_t refuse;      /* this one, from 1; 0: none */
	bool refuse_rest;     /* and all after it */
	bool failed;
	uint32_t denied;       /* the status of the last life */
	uint32_t unresponsive; /* lines of the log that say so */
	uint32_t seed;
};

/* ---- saying ---- */

static void say(struct world *w, const char *text)
{
	w->machine->write(text, strlen(text));
}

static void say_number(struct world *w, const char *text, uint32_t number)
{
	struct ocre_diag words = {0};

	ocre_diag_set(&words, 1, OCRE_NO_OFFSET, "%s%u\n", text, number);
	say(w, words.text);
}

static bool expect(struct world *w, bool what, const char *text)
{
	if (!what) {
		say(w, "FAILED  ");
		say(w, text);
		say(w, "\n");
		w->failed = true;
	}
	return what;
}

#define EXPECT(w, what) expect(w, what, #what)

/* An error says something, in one line. */
static void one_line(struct world *w, const char *text)
{
	if (text[0] == '\0' || strchr(text, '\n') != NULL) {
		expect(w, false, "an error is not one line:");
		say(w, text);
		say(w, "\n");
	}
}

static void log_line(void *ctx, int level, const char *text)
{
	struct world *w = ctx;

	one_line(w, text);
	w->unresponsive += strstr(text, "no sign of life") != NULL;
	if (level <= 2) {
		say(w, "ocre: ");
		say(w, text);
		say(w, "\n");
	}
}

static uint32_t next_random(struct world *w)
{
	w->seed = w->seed * 1664525u + 1013904223u;
	return w->seed >> 8;
}

/* ---- the runtime ---- */

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct world *w = ctx;

	if (new_size > old_size) {
		w->allocations++;
		if (w->refuse != 0 && (w->allocations == w->refuse ||
				       (w->refuse_rest && w->allocations > w->refuse))) {
			return NULL;
		}
	}
	return ocre_pool_resize(&w->pool, ptr, old_size, new_size);
}

static bool open_context(struct world *w, struct ocre_diag *diag)
{
	static const struct ocre_provider_choice providers[] = {
		{&ocre_provider_wasi, NULL},
		{&ocre_provider_event, NULL},
		{&ocre_provider_messaging, NULL},
	};
	static const struct ocre_wasm_config wasm = {
		.providers = providers,
		.provider_count = sizeof(providers) / sizeof(providers[0]),
	};
	static const struct ocre_driver_choice driver = {&ocre_driver_wasm, &wasm};
	const struct ocre_context_config config = {
		.resize = resize,
		.resize_ctx = w,
		.port = &w->bare.port,
		.drivers = &driver,
		.driver_count = 1,
		.honest_exit_codes = true,
		.log = log_line,
		.log_ctx = w,
	};

	w->context = NULL;
	return ocre_context_open(&config, &w->context, diag) == OCRE_OK;
}

static struct ocre_container_config guest(const char *entry)
{
	static const char *const all[] = {"ocre:api", NULL};
	struct ocre_container_config config;

	memset(&config, 0, sizeof(config));
	config.id = entry;
	config.image = "guests";
	config.bytes = guests.bytes;
	config.code = guests.code;
	config.entry = entry;
	config.grants = all;
	config.stdio_set = true;
	config.stdio[0] = config.stdio[1] = config.stdio[2] = -1;
	config.stack_size = 1024;
	config.log_bytes = 128;
	config.stop_grace_ms = 1000;
	return config;
}

/* NULL: it was refused, with one line. */
static struct ocre_container *begin(struct world *w, const struct ocre_container_config *config,
				    struct ocre_diag *diag)
{
	static const struct ocre_diag nothing;
	struct ocre_container *c = NULL;

	*diag = nothing;
	if (ocre_container_create(w->context, config, &c, diag) == OCRE_OK &&
	    ocre_core_start(c, diag) == OCRE_OK) {
		return c;
	}
	one_line(w, diag->text);
	if (c != NULL) {
		EXPECT(w, ocre_container_remove(c) == OCRE_OK);
	}
	return NULL;
}

/* One that must begin. */
static struct ocre_container *good(struct world *w, const struct ocre_container_config *config)
{
	struct ocre_diag diag;
	struct ocre_container *c = begin(w, config, &diag);

	if (c == NULL) {
		expect(w, false, diag.text);
	}
	return c;
}

/* Wait for its end, and remove it. w->end says how it ended. */
static void finish(struct world *w, struct ocre_container *c)
{
	static const struct ocre_end_info nothing;

	w->end = nothing;
	if (c != NULL) {
		EXPECT(w, ocre_core_wait(c, 20000, &w->end) == OCRE_OK);
		EXPECT(w, ocre_container_remove(c) == OCRE_OK);
	}
}

static void kill(struct world *w, struct ocre_container *c)
{
	if (c != NULL) {
		(void)ocre_core_kill(c); /* or it has ended */
		finish(w, c);
	}
}

/* ---- the one that goes on ---- */

static uint64_t ticks_so_far(struct world *w)
{
	struct ocre_container_stats stats = {0};

	ocre_container_get_stats(w->ticks, &stats);
	return stats.parks;
}

/* It ticks so often while the others do what they do. */
static void goes_on(struct world *w, uint32_t ticks)
{
	uint64_t until = ticks_so_far(w) + ticks;
	uint32_t turns = 0;

	while (ticks_so_far(w) < until && turns++ < 5000) {
		uint64_t next = ocre_core_poll(w->context, 20000);

		w->bare.port.ops->wait(w->bare.port.ctx, NULL, 0, next, NULL);
	}
	EXPECT(w, ticks_so_far(w) >= until);
}

static bool start_day(struct world *w)
{
	struct ocre_container_config config = guest("ticks");
	struct ocre_diag diag = {0};

	if (!open_context(w, &diag)) {
		return expect(w, false, diag.text);
	}
	w->ticks = good(w, &config);
	return w->ticks != NULL;
}

static void end_day(struct world *w)
{
	struct ocre_container_info info;

	w->refuse = 0;
	goes_on(w, 3);
	EXPECT(w, ocre_container_get_info(w->ticks, &info) == OCRE_OK &&
			  info.state == OCRE_STATE_RUNNING && info.lives == 1);
	EXPECT(w, ocre_container_list(w->context, NULL, 0) == 1);
	kill(w, w->ticks);
	ocre_context_close(w->context);
	EXPECT(w, w->pool.used == 0);
	EXPECT(w, ocre_pool_largest(&w->pool) == w->pool.size);
}

/* ---- modules ---- */

/* Room for one in RAM. */
static _Alignas(4) uint8_t module_copy[6000];

/* Whatever it is: it is refused in one line, or ends, and costs nothing. */
static bool module_is_harmless(struct world *w, struct ocre_bytes bytes, struct ocre_bytes code,
			       const char *entry)
{
	struct ocre_container_config config = guest(entry);
	size_t used = w->pool.used;
	struct ocre_container *c;
	struct ocre_diag diag;

	config.id = "bad";
	config.image = "bad";
	config.bytes = bytes;
	config.code = code;
	config.budget = 30000;
	config.memory_limit = 16384;
	c = begin(w, &config, &diag);
	if (c != NULL) {
		/* It may sleep for as long as it likes. */
		(void)ocre_core_wait(c, 20, NULL);
		kill(w, c);
	}
	EXPECT(w, w->pool.used == used);
	return c == NULL;
}

static void truncated_module(struct world *w)
{
	const struct ocre_bytes none = {NULL, 0};
	uint32_t step = (uint32_t)guests.bytes.size / 300 + 1;
	struct ocre_bytes cut = guests.bytes;
	uint32_t refused = 0;
	uint32_t tried = 0;

	for (cut.size = 0; cut.size < guests.bytes.size && !w->failed; cut.size += step) {
		refused += module_is_harmless(w, cut, none, "works");
		/* With the code of the whole one, too. */
		EXPECT(w, module_is_harmless(w, cut, guests.code, "works"));
		tried++;
	}
	say_number(w, "offsets: ", tried);
	/* Behind the last function there are only names and the like. */
	EXPECT(w, tried > 200 && refused > tried * 3 / 4);
}

static void garbage_module(struct world *w)
{
	static _Alignas(4) uint8_t garbage[600] = {0, 'a', 's', 'm', 1};
	const struct ocre_bytes none = {NULL, 0};
	uint32_t round, i;

	for (round = 0; round < 400 && !w->failed; round++) {
		struct ocre_bytes bytes = {garbage, next_random(w) % sizeof(garbage)};

		for (i = round % 2 == 0 ? 0 : 8; i < sizeof(garbage); i++) {
			garbage[i] = (uint8_t)next_random(w);
		}
		if (round % 2 != 0) {
			memcpy(garbage, guests.bytes.data, 8);
			garbage[8] = (uint8_t)(next_random(w) % 14);
			garbage[9] = (uint8_t)(next_random(w) % 100);
		}
		EXPECT(w, module_is_harmless(w, bytes, none, "works"));
	}
}

/* Some bytes of a good one are others: what is still valid runs, and harms nobody. */
static void damaged_module(struct world *w)
{
	static const char *const entries[] = {"works", "recursion", "everywhere", "endless",
					      "stack"};
	uint8_t *const copy = module_copy;
	const struct ocre_bytes none = {NULL, 0};
	struct ocre_bytes bytes = {copy, guests.bytes.size};
	uint32_t refused = 0;
	uint32_t round;

	if (!EXPECT(w, bytes.size <= sizeof(module_copy))) {
		return;
	}
	for (round = 0; round < 300 && !w->failed; round++) {
		uint32_t changes = 1 + next_random(w) % 3;

		memcpy(copy, guests.bytes.data, bytes.size);
		while (changes-- > 0) {
			copy[next_random(w) % bytes.size] = (uint8_t)next_random(w);
		}
		refused += module_is_harmless(w, bytes, none, entries[round % 5]);
	}
	say_number(w, "refused: ", refused);
	EXPECT(w, refused > 50 && refused < 300);
}

/* Prepared code that is not of this build or this module, or not whole. */
static void code_of_another_build(struct world *w)
{
	static _Alignas(4) uint8_t header[64];
	static const uint8_t other_module[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
	struct ocre_container_config config = guest("works");
	struct ocre_bytes code = guests.code;
	struct ocre_bytes module = {module_copy, guests.bytes.size};
	struct ocre_diag diag;
	uint32_t i;

	/* Not the bytes of the one that ticks, which is loaded once for all. */
	if (!EXPECT(w, module.size <= sizeof(module_copy) && code.size > sizeof(header))) {
		return;
	}
	memcpy(module_copy, guests.bytes.data, module.size);
	for (i = 0; i < 44; i++) {
		memcpy(header, guests.code.data, sizeof(header));
		header[i] ^= (uint8_t)(1 + next_random(w) % 255);
		EXPECT(w, module_is_harmless(w, module, (struct ocre_bytes){header, sizeof(header)},
					     "works"));
	}
	for (code.size = 1; code.size < guests.code.size; code.size += 53) {
		EXPECT(w, module_is_harmless(w, module, code, "works"));
	}
	code = (struct ocre_bytes){guests.code.data + 2, guests.code.size - 2};
	EXPECT(w, module_is_harmless(w, module, code, "works"));
	EXPECT(w, module_is_harmless(w, (struct ocre_bytes){other_module, sizeof(other_module)},
				     guests.code, "works"));
	/* Of another build: its header says so, nothing behind it is looked at. And what it says.
	 */
	memcpy(header, guests.code.data, sizeof(header));
	header[8] ^= 1;
	config.bytes = module;
	config.code = (struct ocre_bytes){header, sizeof(header)};
	EXPECT(w, begin(w, &config, &diag) == NULL && diag.status == OCRE_E_STALE);
	say(w, diag.text);
	say(w, "\n");
	/* The right one is taken. */
	EXPECT(w, !module_is_harmless(w, module, guests.code, "works"));
}

/* ---- memory ---- */

/* A life from the first to the last allocation. True: nothing was refused. */
static bool a_life(struct world *w, bool prepared)
{
	struct ocre_container_config config = guest("works");
	struct ocre_container *c;
	struct ocre_diag diag;

	if (!prepared) {
		/* Its code is made in RAM. Other bytes: the one that ticks is loaded already. */
		memcpy(module_copy, guests.bytes.data, guests.bytes.size);
		config.bytes.data = module_copy;
		config.code = (struct ocre_bytes){NULL, 0};
	}
	c = begin(w, &config, &diag);
	finish(w, c);
	if (c == NULL) {
		return false;
	}
	if (w->end.end == OCRE_END_TRAP || w->end.end == OCRE_END_LIMIT) {
		EXPECT(w, w->end.text[0] != '\0');
		return false;
	}
	EXPECT(w, w->end.end == OCRE_END_EXIT);
	w->denied = (uint32_t)w->end.code;
	return w->end.code == 42;
}

/* The nth allocation is refused, or it and all that follow, until there is none left to refuse. */
static void each_allocation(struct world *w, bool with_context, bool prepared, bool rest)
{
	size_t used = w->pool.used;
	uint32_t n;

	w->refuse_rest = rest;
	for (n = 1; n < 2000 && !w->failed; n++) {
		bool done;

		w->allocations = 0;
		w->refuse = n;
		if (with_context) {
			struct ocre_diag diag = {0};

			done = open_context(w, &diag);
			if (done) {
				done = a_life(w, prepared);
				ocre_context_close(w->context);
			} else {
				one_line(w, diag.text);
			}
		} else {
			done = a_life(w, prepared);
		}
		EXPECT(w, w->pool.used == used);
		if (w->allocations < n) {
			if (!EXPECT(w, done)) {
				say_number(w, "status ", w->denied);
			}
			break;
		}
	}
	w->refuse = 0;
	say_number(w, "allocations: ", n - 1);
	EXPECT(w, n > 10);
}

static void refused_allocation(struct world *w)
{
	each_allocation(w, false, true, false);
	each_allocation(w, false, true, true);
	each_allocation(w, false, false, false);
	each_allocation(w, false, false, true);
}

static void refused_from_the_start(struct world *w)
{
	each_allocation(w, true, true, false);
	each_allocation(w, true, true, true);
	each_allocation(w, true, false, false);
}

/* Pools from nothing on, until one is large enough. */
static void small_pool(struct world *w)
{
	size_t size;
	void *memory = w->machine->memory(&size);
	struct ocre_pool all = w->pool;
	size_t small;
	bool done = false;

	for (small = 0; small < size && !done && !w->failed; small += 128) {
		struct ocre_diag diag = {0};

		ocre_pool_init(&w->pool, memory, small);
		if (open_context(w, &diag)) {
			done = a_life(w, true);
			ocre_context_close(w->context);
		} else {
			one_line(w, diag.text);
		}
		EXPECT(w, w->pool.used == 0);
		EXPECT(w, ocre_pool_largest(&w->pool) == w->pool.size);
	}
	EXPECT(w, done);
	say_number(w, "bytes are enough: ", (uint32_t)small);
	w->pool = all;
	ocre_pool_init(&w->pool, memory, size);
}

/* ---- guests ---- */

/* It must end by a fault of its own, for which there are words. */
static void ends_badly(struct world *w, const struct ocre_container_config *config,
		       const char *words)
{
	finish(w, good(w, config));
	EXPECT(w, w->end.end == OCRE_END_TRAP || w->end.end == OCRE_END_LIMIT);
	if (strstr(w->end.text, words) == NULL) {
		expect(w, false, words);
		expect(w, false, w->end.text);
	}
}

static void guest_recursion(struct world *w)
{
	struct ocre_container_config config = guest("recursion");

	ends_badly(w, &config, "stack");
	config.stack_size = 4096;
	ends_badly(w, &config, "stack");
}

static void guest_stack(struct world *w)
{
	struct ocre_container_config config = guest("stack");

	config.stack_size = 4096;
	ends_badly(w, &config, "out of bounds");
}

static void guest_everywhere(struct world *w)
{
	struct ocre_container_config config = guest("everywhere");

	config.memory_limit = 16384;
	ends_badly(w, &config, "");
	EXPECT(w, w->end.text[0] != '\0');
	say(w, w->end.text);
	say(w, "\n");
	/* Without a limit it gets what there is, and the others what they have. */
	config.memory_limit = 0;
	finish(w, good(w, &config));
	EXPECT(w, w->end.end == OCRE_END_EXIT ? w->end.code == 43 : w->end.text[0] != '\0');
	config = guest("beyond");
	ends_badly(w, &config, "out of bounds");
}

/* A watchdog sees it, its policy starts it again; the other one ticks through all of that. */
static void guest_endless(struct world *w)
{
	struct ocre_container_config config = guest("endless");
	struct ocre_container_info info;
	struct ocre_container *c;
	uint64_t before;

	config.watchdog_ms = 40;
	config.watchdog_restart = true;
	config.restart = OCRE_RESTART_ON_FAILURE;
	config.restart_max = 3;
	config.restart_delay_ms = 10;
	c = good(w, &config);
	if (c == NULL) {
		return;
	}
	before = ticks_so_far(w);
	EXPECT(w, ocre_core_wait(c, 20000, &w->end) == OCRE_OK);
	EXPECT(w, ticks_so_far(w) >= before + 8);
	EXPECT(w, ocre_container_get_info(c, &info) == OCRE_OK && info.lives == 4);
	EXPECT(w, w->end.end != OCRE_END_EXIT && w->end.text[0] != '\0');
	say(w, w->end.text);
	say(w, "\n");
	EXPECT(w, w->unresponsive == 4);
	EXPECT(w, ocre_container_remove(c) == OCRE_OK);
}

/* To the log, and to the console itself. */
static void guest_flood(struct world *w)
{
	struct ocre_container_config config = guest("flood");
	struct ocre_container *quiet = good(w, &config);
	struct ocre_container *loud;

	config.id = "loud";
	config.stdio[1] = CONSOLE;
	loud = good(w, &config);
	goes_on(w, 20);
	kill(w, quiet);
	kill(w, loud);
}

/* ---- all of them ---- */

static const struct {
	const char *name;
	void (*fn)(struct world *w);
	bool alone; /* without the one that ticks */
} checks[] = {
	{"truncated_module", truncated_module, false},
	{"garbage_module", garbage_module, false},
	{"damaged_module", damaged_module, false},
	{"code_of_another_build", code_of_another_build, false},
	{"refused_allocation", refused_allocation, false},
	{"refused_from_the_start", refused_from_the_start, true},
	{"small_pool", small_pool, true},
	{"guest_recursion", guest_recursion, false},
	{"guest_stack", guest_stack, false},
	{"guest_everywhere", guest_everywhere, false},
	{"guest_endless", guest_endless, false},
	{"guest_flood", guest_flood, false},
};

/* The line that is typed at the console. */
static void read_word(struct world *w, char *word, size_t size)
{
	size_t n = 0;
	char byte = 0;

	say(w, "which? ");
	while (byte != '\r') {
		if (w->machine->read(&byte, 1) == 1 && byte != '\r' && n < size - 1) {
			word[n++] = byte;
		}
	}
	word[n] = '\0';
}

int main(void)
{
	static struct world world;
	struct world *w = &world;
	char word[32];
	size_t size;
	void *memory;
	size_t i;

	w->machine = ocre_machine_start();
	memory = w->machine->memory(&size);
	ocre_pool_init(&w->pool, memory, size);
	ocre_port_bare_init(&w->bare, w->machine);
	w->seed = 5;
	read_word(w, word, sizeof(word));
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(checks[i].name, word) != 0) {
			continue;
		}
		if (checks[i].alone) {
			checks[i].fn(w);
			EXPECT(w, w->pool.used == 0);
		} else if (start_day(w)) {
			checks[i].fn(w);
			end_day(w);
		}
		say(w, w->failed ? "FAILED  " : "survived ");
		say(w, word);
		say(w, "\n");
		w->machine->halt(w->failed);
	}
	say(w, "no such check\n");
	w->machine->halt(1);
	return 0;
}
