/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_test.c - host functions in WAMR's form, called by a guest (native.wat) that runs on the
 * engine: what they get, what they can do, and what a guest cannot do to them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ocre/engine.h>

#include "internal.h"
#include "native_wasm.h"
#include "support/heap.h"

/* ---- the host functions ---- */

static int32_t add(wasm_exec_env_t env, int32_t a, int32_t b)
{
	assert_non_null(wasm_runtime_get_module_inst(env));
	return a + b;
}

static double mix(wasm_exec_env_t env, int32_t a, int64_t b, float c, double d)
{
	(void)env;
	assert_int_equal(a, -5);
	assert_int_equal(b, 0x123456789a);
	assert_true(c == 1.5f);
	return d * 2;
}

static float half(wasm_exec_env_t env, float a)
{
	(void)env;
	return a / 2;
}

static int64_t wide(wasm_exec_env_t env, int64_t a)
{
	(void)env;
	return a - 1;
}

static int32_t fill(wasm_exec_env_t env, char *to, uint32_t size, int32_t with)
{
	(void)env;
	memset(to, with, size);
	return (int32_t)size;
}

static int32_t length(wasm_exec_env_t env, const char *text)
{
	(void)env;
	return (int32_t)strlen(text);
}

static int32_t peek(wasm_exec_env_t env, const uint8_t *at)
{
	(void)env;
	return *at;
}

static int attachment = 77;

static int32_t attached(wasm_exec_env_t env)
{
	return *(int *)wasm_runtime_get_function_attachment(env);
}

/* Its own number of calls in this life, kept for it in two places. */
static int32_t count(wasm_exec_env_t env)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	intptr_t n = (intptr_t)wasm_runtime_get_user_data(env) + 1;

	assert_int_equal((intptr_t)wasm_runtime_get_custom_data(inst), -(n - 1));
	wasm_runtime_set_user_data(env, (void *)n);
	wasm_runtime_set_custom_data(inst, (void *)-n);
	return (int32_t)n;
}

static void raise(wasm_exec_env_t env)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);

	wasm_runtime_set_exception(inst, "first words");
	wasm_runtime_clear_exception(inst);
	assert_null(wasm_runtime_get_exception(inst));
	wasm_runtime_set_exception(inst, "the sensor is on fire");
	assert_string_equal(wasm_runtime_get_exception(inst), "the sensor is on fire");
}

enum back {
	BACK_TWICE,
	BACK_SUM,
	BACK_NOTHING,
	BACK_GROW,
	BACK_TRAP,
	BACK_MISSING,
	BACK_WRONG,
	BACK_AGAIN,
};

static int32_t back(wasm_exec_env_t env, int32_t what)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	uint32_t cells[8] = {21};
	uint64_t end;
	double d = 0.5;
	int64_t l = -3;

	switch (what) {
	case BACK_TWICE:
		/* Twice, since the first call is the one that finds the type. */
		assert_true(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "twice"),
						   1, cells));
		assert_true(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "twice"),
						   1, cells));
		return (int32_t)cells[0];
	case BACK_SUM:
		memcpy(cells, &l, sizeof(l));
		cells[2] = 10;
		memcpy(cells + 3, &d, sizeof(d));
		assert_true(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "sum"),
						   5, cells));
		memcpy(&d, cells, sizeof(d));
		return (int32_t)(d * 10);
	case BACK_NOTHING:
		return wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "nothing"), 0,
					      cells);
	case BACK_GROW:
		assert_true(wasm_runtime_get_app_addr_range(inst, 0, NULL, &end));
		assert_int_equal(end, 65536);
		assert_true(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "grow"),
						   0, cells));
		assert_true(wasm_runtime_get_app_addr_range(inst, 0, NULL, &end));
		memset(wasm_runtime_addr_app_to_native(inst, 65536), 7, 65536);
		return (int32_t)end;
	case BACK_TRAP:
		assert_false(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "trap"),
						    0, cells));
		/* It cannot be undone. */
		wasm_runtime_clear_exception(inst);
		assert_non_null(wasm_runtime_get_exception(inst));
		return 1;
	case BACK_WRONG:
		assert_null(wasm_runtime_lookup_function(inst, NULL));
		assert_null(wasm_runtime_lookup_function(inst, ""));
		assert_false(wasm_runtime_call_wasm(env, NULL, 1, cells));
		assert_false(wasm_runtime_call_wasm(
			env, wasm_runtime_lookup_function(inst, "twice"), 1, NULL));
		assert_false(wasm_runtime_call_wasm(
			env, wasm_runtime_lookup_function(inst, "twice"), UINT32_MAX, cells));
		assert_int_equal(wasm_runtime_module_malloc(inst, UINT64_MAX, NULL), 0);
		assert_false(wasm_runtime_call_wasm(
			env, wasm_runtime_lookup_function(inst, "twice"), 3, cells));
		wasm_runtime_clear_exception(inst);
		return 5;
	case BACK_AGAIN:
		/* That function calls `attached`, and this one has its own again afterwards. */
		assert_null(wasm_runtime_get_function_attachment(env));
		assert_true(wasm_runtime_call_wasm(env, wasm_runtime_lookup_function(inst, "again"),
						   0, cells));
		assert_null(wasm_runtime_get_function_attachment(env));
		return (int32_t)cells[0];
	default:
		return wasm_runtime_lookup_function(inst, "no such export") == NULL;
	}
}

static int32_t room(wasm_exec_env_t env, int32_t size)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	uint64_t other = wasm_runtime_module_dup_data(inst, "copied", 7);
	void *at = NULL;
	uint64_t addr = wasm_runtime_module_malloc(inst, (uint64_t)size, &at);

	if (addr != 0) {
		memset(at, 1, (size_t)size);
		assert_int_equal(wasm_runtime_addr_native_to_app(inst, at), addr);
		assert_string_equal(wasm_runtime_addr_app_to_native(inst, other), "copied");
		wasm_runtime_module_free(inst, addr);
	} else {
		assert_null(at);
	}
	return (int32_t)addr;
}

/* What can be asked about addresses; 0 or the number of what is wrong. */
static int32_t looks(wasm_exec_env_t env, int32_t which)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);
	uint8_t *base = wasm_runtime_addr_app_to_native(inst, 0);
	uint8_t outside;
	uint8_t *begin;
	uint8_t *end;
	uint64_t from;
	uint64_t to;

	switch (which) {
	case 0:
		assert_true(wasm_runtime_validate_app_addr(inst, 65535, 1));
		assert_true(wasm_runtime_validate_app_str_addr(inst, 16));
		assert_true(wasm_runtime_validate_native_addr(inst, base + 65535, 1));
		assert_true(wasm_runtime_get_app_addr_range(inst, 16, &from, &to));
		assert_int_equal(from, 0);
		assert_int_equal(to, 65536);
		assert_true(wasm_runtime_get_native_addr_range(inst, base + 9, &begin, &end));
		assert_ptr_equal(begin, base);
		assert_ptr_equal(end, base + 65536);
		assert_null(wasm_runtime_addr_app_to_native(inst, 65536));
		assert_null(wasm_runtime_addr_app_to_native(inst, UINT64_MAX));
		assert_int_equal(wasm_runtime_addr_native_to_app(inst, &outside), 0);
		assert_false(wasm_runtime_get_app_addr_range(inst, 65536, &from, &to));
		assert_false(wasm_runtime_get_native_addr_range(inst, &outside, &begin, &end));
		assert_null(wasm_runtime_get_exception(inst));
		return 0;
	case 1:
		return !wasm_runtime_validate_app_addr(inst, 65535, 2);
	case 2:
		return !wasm_runtime_validate_app_addr(inst, 1, UINT64_MAX);
	case 3:
		return !wasm_runtime_validate_app_str_addr(inst, 65532);
	case 4:
		return !wasm_runtime_validate_native_addr(inst, base + 65535, 2);
	default:
		return !wasm_runtime_validate_native_addr(inst, &outside, 1);
	}
}

static int32_t sixteen(wasm_exec_env_t env, int32_t a, int32_t b, int32_t c, int32_t d, int32_t e,
		       int32_t f, int32_t g, int32_t h, int32_t i, int32_t j, int32_t k, int32_t l,
		       int32_t m, int32_t n, int32_t o, int32_t p)
{
	(void)env;
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k +
	       12 * l + 13 * m + 14 * n + 15 * o + 16 * p;
}

/* Blocks until the test lets it go on. */
static struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool open;
	int running;
	int finished;
	pthread_t thread;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int32_t slow(wasm_exec_env_t env, char *to, uint32_t size, const char *text)
{
	wasm_module_inst_t inst = wasm_runtime_get_module_inst(env);

	pthread_mutex_lock(&gate.lock);
	gate.thread = pthread_self();
	gate.running++;
	pthread_cond_broadcast(&gate.changed);
	while (!gate.open) {
		pthread_cond_wait(&gate.changed, &gate.lock);
	}
	gate.finished++;
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
	assert_null(wasm_runtime_addr_app_to_native(inst, 0));
	assert_int_equal(*(int *)wasm_runtime_get_function_attachment(env), 77);
	memset(to, text[0], size);
	if (size == 13) {
		wasm_runtime_set_exception(inst, "thirteen");
	}
	return (int32_t)strlen(text);
}

static const NativeSymbol symbols[] = {
	EXPORT_WASM_API_WITH_SIG(add, "(ii)i"),
	EXPORT_WASM_API_WITH_SIG(mix, "(iIfF)F"),
	EXPORT_WASM_API_WITH_SIG(half, "(f)f"),
	EXPORT_WASM_API_WITH_SIG(wide, "(I)I"),
	EXPORT_WASM_API_WITH_SIG(fill, "(*~i)i"),
	EXPORT_WASM_API_WITH_SIG(length, "($)i"),
	EXPORT_WASM_API_WITH_SIG(peek, "(*)i"),
	EXPORT_WASM_API_WITH_ATT(attached, "()i", &attachment),
	EXPORT_WASM_API_WITH_SIG(count, "()i"),
	EXPORT_WASM_API_WITH_SIG(raise, "()"),
	EXPORT_WASM_API_WITH_SIG(back, "(i)i"),
	EXPORT_WASM_API_WITH_SIG(room, "(i)i"),
	EXPORT_WASM_API_WITH_SIG(looks, "(i)i"),
	EXPORT_WASM_API_WITH_SIG(sixteen, "(iiiiiiiiiiiiiiii)i"),
	EXPORT_WASM_API_WITH_ATT(slow, "!(*~$)i", &attachment),
	{NULL, NULL, NULL, NULL},
};

/* ---- a guest without a container ---- */

struct fixture {
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	struct ocre_guest guest;
	struct ocre__natives *natives;
	const struct ocre_host_provider *provider;
	void *object;
	uint32_t next; /* of the heap */
	pthread_mutex_t lock;
	int wakes;
};

static void wake(struct ocre_guest *guest)
{
	struct fixture *f =
		(struct fixture *)(void *)((char *)guest - offsetof(struct fixture, guest));

	pthread_mutex_lock(&f->lock);
	f->wakes++;
	pthread_mutex_unlock(&f->lock);
}

static const struct ocre_guest_ops guest_ops = {.wake = wake};

/* Room that is never given back, of at most 1 KiB. */
static uint32_t heap_alloc(void *ctx, struct ocre_call *call, uint32_t size)
{
	struct fixture *f = ctx;
	uint32_t addr = f->next;

	(void)call;
	if (size > 1024) {
		return 0;
	}
	f->next += size;
	return addr;
}

static bool heap_free(void *ctx, struct ocre_call *call, uint32_t addr)
{
	(void)ctx;
	(void)call;
	return addr != 0;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct ocre_instance_options options = {.strict = true, .host_count = 1};
	struct ocre_host_import hosts[1];
	struct ocre_guest_heap heap = {heap_alloc, heap_free, f};
	struct ocre_guest_heap *kept = malloc(sizeof(*kept));
	struct ocre_provider_choice choice;
	struct ocre_diag diag = {0};
	void *shared;

	assert_non_null(f);
	assert_non_null(kept);
	*kept = heap;
	pthread_mutex_init(&f->lock, NULL);
	ocre_mem_init(&f->mem, heap_resize, NULL, SIZE_MAX);
	f->mem.threads = true;
	f->guest.ops = &guest_ops;
	f->guest.mem = &f->mem;
	f->next = 4096;
	assert_int_equal(ocre__natives_create(symbols, &f->natives, &diag), OCRE_OK);
	choice = ocre__natives_choice(f->natives);
	f->provider = choice.provider;
	assert_int_equal(f->provider->open(&f->mem, NULL, choice.config, &shared, &diag), OCRE_OK);
	assert_int_equal(f->provider->create(shared, &f->guest, &f->object, &diag), OCRE_OK);
	assert_int_equal(ocre_module_load(&f->mem,
					  (struct ocre_bytes){native_wasm, sizeof(native_wasm)},
					  NULL, &f->module, &diag),
			 OCRE_OK);
	assert_int_equal(ocre_store_create(&f->mem, NULL, &f->store), OCRE_OK);
	hosts[0] = (struct ocre_host_import){f->provider->modules[0], f->object};
	options.hosts = hosts;
	options.heap = kept;
	if (ocre_instance_create(f->store, f->module, &options, &f->instance, &diag) != OCRE_OK) {
		fail_msg("%s", diag.text);
	}
	free(*state);
	*state = f;
	/* The heap must live as long as the instance; it is found again by teardown. */
	f->guest.image = (const char *)kept;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	ocre_store_destroy(f->store);
	ocre_module_unload(f->module);
	f->provider->destroy(f->object);
	ocre__natives_destroy(f->natives);
	assert_int_equal(f->mem.used, 0);
	pthread_mutex_destroy(&f->lock);
	free((void *)(uintptr_t)f->guest.image);
	free(f);
	*state = NULL;
	return 0;
}

static enum ocre_run go_on(struct fixture *f)
{
	uint64_t budget = 1000000;

	return ocre_instance_run(f->instance, &budget);
}

static enum ocre_run call(struct fixture *f, const char *name, const union ocre_value *args)
{
	uint32_t func;

	ocre_instance_abandon(f->instance);
	assert_int_equal(ocre_instance_find_func(f->instance, name, &func, NULL), OCRE_OK);
	assert_int_equal(ocre_instance_call(f->instance, func, args), OCRE_OK);
	return go_on(f);
}

static union ocre_value result(struct fixture *f)
{
	union ocre_value value;

	memset(&value, 0, sizeof(value));
	ocre_instance_results(f->instance, &value, 1);
	return value;
}

static uint32_t call_i32(struct fixture *f, const char *name, uint32_t a, uint32_t b, uint32_t c)
{
	union ocre_value args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}};

	assert_int_equal(call(f, name, args), OCRE_RUN_DONE);
	return result(f).i32;
}

static void expect_trap(struct fixture *f, const char *name, uint32_t a, uint32_t b, uint32_t c,
			const char *words)
{
	union ocre_value args[3] = {{.i32 = a}, {.i32 = b}, {.i32 = c}};

	assert_int_equal(call(f, name, args), OCRE_RUN_TRAP);
	if (strstr(ocre_instance_trap(f->instance)->message, words) == NULL) {
		fail_msg("%s: \"%s\" is not in \"%s\"", name, words,
			 ocre_instance_trap(f->instance)->message);
	}
}

/* ---- the tests ---- */

static void arguments_and_results_of_all_types(void **state)
{
	struct fixture *f = *state;
	union ocre_value arg;
	uint64_t bits;
	double d = -0.5;
	float h = 3.0f;

	assert_int_equal(call_i32(f, "add", 40, (uint32_t)-2, 0), 38);
	assert_int_equal(call_i32(f, "add", UINT32_MAX, 0, 0), UINT32_MAX);
	assert_int_equal(call(f, "mix", NULL), OCRE_RUN_DONE);
	memcpy(&bits, &d, sizeof(bits));
	assert_int_equal(result(f).f64, bits);
	memcpy(&arg.f32, &h, sizeof(h));
	assert_int_equal(call(f, "half", &arg), OCRE_RUN_DONE);
	arg = result(f);
	memcpy(&h, &arg.f32, sizeof(h));
	assert_true(h == 1.5f);
	arg.i64 = (uint64_t)INT64_MIN + 1;
	assert_int_equal(call(f, "wide", &arg), OCRE_RUN_DONE);
	assert_int_equal(result(f).i64, (uint64_t)INT64_MIN);
	assert_int_equal(call_i32(f, "sixteen", 0, 0, 0), 1496);
}

static void pointers_are_to_guest_memory(void **state)
{
	struct fixture *f = *state;
	uint8_t *memory;

	assert_int_equal(call_i32(f, "fill", 100, 50, 'x'), 50);
	memory = ocre_instance_memory(f->instance, 99, 52);
	assert_int_equal(memory[0], 0);
	assert_int_equal(memory[1], 'x');
	assert_int_equal(memory[50], 'x');
	assert_int_equal(memory[51], 0);
	assert_int_equal(call_i32(f, "length", 16, 0, 0), 5);
	assert_int_equal(call_i32(f, "length", 18, 0, 0), 3);
	assert_int_equal(call_i32(f, "peek", 65535, 0, 0), 't');
	/* All of memory, the end of it, and nothing at its end. */
	assert_int_equal(call_i32(f, "fill", 0, 65536, 0), 65536);
	assert_int_equal(call_i32(f, "fill", 65535, 1, 0), 1);
	assert_int_equal(call_i32(f, "fill", 65536, 0, 0), 0);
}

static void what_is_outside_memory_traps(void **state)
{
	struct fixture *f = *state;

	expect_trap(f, "fill", 65536, 1, 0, "fill: argument 1 is not inside memory");
	expect_trap(f, "fill", 65500, 37, 0, "fill: argument 1");
	expect_trap(f, "fill", 1, UINT32_MAX, 0, "fill: argument 1");
	expect_trap(f, "fill", UINT32_MAX, UINT32_MAX, 0, "fill: argument 1");
	expect_trap(f, "fill", UINT32_MAX, 0, 0, "fill: argument 1");
	expect_trap(f, "peek", 65536, 0, 0, "peek: argument 1");
	expect_trap(f, "peek", UINT32_MAX, 0, 0, "peek: argument 1");
	expect_trap(f, "length", 65532, 0, 0, "length: argument 1");
	expect_trap(f, "length", 65536, 0, 0, "length: argument 1");
	expect_trap(f, "slow", 65500, 37, 16, "slow: argument 1");
	expect_trap(f, "slow", 0, 1, 65533, "slow: argument 3");
	/* The guest is as good as before. */
	assert_int_equal(call_i32(f, "add", 1, 2, 0), 3);
}

static void attachment_and_data(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call_i32(f, "attached", 0, 0, 0), 77);
	assert_int_equal(call_i32(f, "count", 0, 0, 0), 1);
	assert_int_equal(call_i32(f, "count", 0, 0, 0), 2);
	assert_int_equal(call_i32(f, "count", 0, 0, 0), 3);
}

static void exceptions_trap(void **state)
{
	struct fixture *f = *state;

	expect_trap(f, "raise", 0, 0, 0, "the sensor is on fire");
	assert_int_equal(call_i32(f, "add", 1, 2, 0), 3);
}

static void addresses_are_checked(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call_i32(f, "looks", 0, 0, 0), 0);
	for (uint32_t n = 1; n <= 5; n++) {
		expect_trap(f, "looks", n, 0, 0, "out of bounds memory access");
	}
}

static void calls_back_into_the_guest(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call_i32(f, "back", BACK_TWICE, 0, 0), 84);
	assert_int_equal(call_i32(f, "back", BACK_SUM, 0, 0), 75);
	assert_int_equal(call_i32(f, "back", BACK_NOTHING, 0, 0), 1);
	assert_int_equal(call_i32(f, "back", BACK_MISSING, 0, 0), 1);
	assert_int_equal(call_i32(f, "back", BACK_WRONG, 0, 0), 5);
	assert_int_equal(call_i32(f, "back", BACK_AGAIN, 0, 0), 77);
	assert_int_equal(call_i32(f, "back", BACK_GROW, 0, 0), 131072);
	expect_trap(f, "back", BACK_TRAP, 0, 0, "");
	assert_int_equal(call_i32(f, "back", BACK_TWICE, 0, 0), 84);
}

static void room_in_guest_memory(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(call_i32(f, "room", 100, 0, 0), 4096 + 7);
	assert_int_equal(call_i32(f, "room", 2000, 0, 0), 0);
}

static void wait_for(int *what, int value)
{
	pthread_mutex_lock(&gate.lock);
	while (*what < value) {
		pthread_cond_wait(&gate.changed, &gate.lock);
	}
	pthread_mutex_unlock(&gate.lock);
}

static void set_gate(bool open)
{
	pthread_mutex_lock(&gate.lock);
	gate.open = open;
	if (!open) {
		gate.running = 0;
		gate.finished = 0;
	}
	pthread_cond_broadcast(&gate.changed);
	pthread_mutex_unlock(&gate.lock);
}

static void wait_for_wake(struct fixture *f)
{
	const struct timespec moment = {0, 1000000};
	int wakes = 0;

	while (wakes == 0) {
		nanosleep(&moment, NULL);
		pthread_mutex_lock(&f->lock);
		wakes = f->wakes;
		pthread_mutex_unlock(&f->lock);
	}
}

static void blocking_functions_park_the_guest(void **state)
{
	struct fixture *f = *state;
	union ocre_value args[3] = {{.i32 = 200}, {.i32 = 10}, {.i32 = 16}};
	uint8_t *memory;

	set_gate(false);
	assert_int_equal(call(f, "slow", args), OCRE_RUN_PARKED);
	assert_int_equal(ocre_instance_park(f->instance)->deadline_ns, UINT64_MAX);
	wait_for(&gate.running, 1);
	assert_false(pthread_equal(gate.thread, pthread_self()));
	/* Too early: it parks again, and does not run again. */
	assert_int_equal(go_on(f), OCRE_RUN_PARKED);
	assert_int_equal(f->wakes, 0);
	memory = ocre_instance_memory(f->instance, 200, 11);
	assert_int_equal(memory[0], 0);
	set_gate(true);
	wait_for_wake(f);
	assert_int_equal(go_on(f), OCRE_RUN_DONE);
	assert_int_equal(result(f).i32, 5);
	memory = ocre_instance_memory(f->instance, 200, 11);
	assert_memory_equal(memory, "hhhhhhhhhh\0", 11);
	assert_int_equal(gate.running, 1);
	/* And its exceptions. */
	f->wakes = 0;
	args[1].i32 = 13;
	assert_int_equal(call(f, "slow", args), OCRE_RUN_PARKED);
	wait_for_wake(f);
	assert_int_equal(go_on(f), OCRE_RUN_TRAP);
	assert_non_null(strstr(ocre_instance_trap(f->instance)->message, "thirteen"));
}

/* The life ends while the function blocks: nobody waits for it, nothing is lost. */
static void a_life_ends_without_its_blocking_function(void **state)
{
	struct fixture *f = *state;
	union ocre_value args[3] = {{.i32 = 200}, {.i32 = 10}, {.i32 = 16}};

	set_gate(false);
	assert_int_equal(call(f, "slow", args), OCRE_RUN_PARKED);
	wait_for(&gate.running, 1);
	teardown(state);
	set_gate(true);
	wait_for(&gate.finished, 1);
	assert_int_equal(setup(state), 0);
}

static void expect_refused(const char *signature, void *func, const char *words)
{
	const NativeSymbol list[] = {{"f", func, signature, NULL}, {NULL, NULL, NULL, NULL}};
	struct ocre__natives *natives = NULL;
	struct ocre_diag diag = {0};

	assert_int_equal(ocre__natives_create(list, &natives, &diag), OCRE_E_ARGUMENT);
	assert_null(natives);
	if (strstr(diag.text, words) == NULL || strstr(diag.text, "host function f") == NULL) {
		fail_msg("\"%s\" is not in \"%s\"", words, diag.text);
	}
}

static void a_null_is_no_environment(void **state)
{
	uint8_t *begin = (uint8_t *)&attachment;
	uint8_t *end = begin;
	void *at = &attachment;
	uint32_t cells[2] = {0};
	uint64_t from = 5;

	(void)state;
	assert_null(wasm_runtime_get_module_inst(NULL));
	assert_null(wasm_runtime_get_function_attachment(NULL));
	wasm_runtime_set_user_data(NULL, at);
	assert_null(wasm_runtime_get_user_data(NULL));
	wasm_runtime_set_custom_data(NULL, at);
	assert_null(wasm_runtime_get_custom_data(NULL));
	assert_false(wasm_runtime_validate_app_addr(NULL, 0, 0));
	assert_false(wasm_runtime_validate_app_str_addr(NULL, 0));
	assert_false(wasm_runtime_validate_native_addr(NULL, at, 1));
	assert_null(wasm_runtime_addr_app_to_native(NULL, 0));
	assert_int_equal(wasm_runtime_addr_native_to_app(NULL, at), 0);
	assert_false(wasm_runtime_get_app_addr_range(NULL, 0, &from, NULL));
	assert_int_equal(from, 5);
	assert_false(wasm_runtime_get_native_addr_range(NULL, begin, &begin, &end));
	assert_ptr_equal(begin, end);
	assert_int_equal(wasm_runtime_module_malloc(NULL, 1, &at), 0);
	assert_null(at);
	assert_int_equal(wasm_runtime_module_malloc(NULL, 1, NULL), 0);
	wasm_runtime_module_free(NULL, 1);
	assert_int_equal(wasm_runtime_module_dup_data(NULL, "x", 2), 0);
	wasm_runtime_set_exception(NULL, "words");
	assert_null(wasm_runtime_get_exception(NULL));
	wasm_runtime_clear_exception(NULL);
	assert_null(wasm_runtime_lookup_function(NULL, "f"));
	assert_false(wasm_runtime_call_wasm(NULL, NULL, 1, cells));
}

static void signatures_that_cannot_be(void **state)
{
	(void)state;
	expect_refused(NULL, (void *)add, "functions need one");
	expect_refused("", (void *)add, "begins with (");
	expect_refused("ii", (void *)add, "begins with (");
	expect_refused("(ii", (void *)add, "then )");
	expect_refused("(ix)", (void *)add, "parameters are");
	expect_refused("(~)", (void *)add, "~ is the size");
	expect_refused("(i~)", (void *)add, "~ is the size");
	expect_refused("(*~~)", (void *)add, "~ is the size");
	expect_refused("(r)", (void *)add, "externref");
	expect_refused("(i)*", (void *)add, "behind )");
	expect_refused("(i)ii", (void *)add, "behind )");
	expect_refused("(iiiiiiiiiiiiiiiii)", (void *)add, "more than 16");
	expect_refused("!(*)", (void *)add, "size of each *");
	expect_refused("(i)i", NULL, "there is no function");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(arguments_and_results_of_all_types),
		TEST(pointers_are_to_guest_memory),
		TEST(what_is_outside_memory_traps),
		TEST(attachment_and_data),
		TEST(exceptions_trap),
		TEST(addresses_are_checked),
		TEST(calls_back_into_the_guest),
		TEST(room_in_guest_memory),
		TEST(blocking_functions_park_the_guest),
		TEST(a_life_ends_without_its_blocking_function),
		cmocka_unit_test(a_null_is_no_environment),
		cmocka_unit_test(signatures_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
