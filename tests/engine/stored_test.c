/* SPDX-License-Identifier: Apache-2.0 */
/* stored_test.c - prepared code saved as an image, and run from it where it is. */
#define _DEFAULT_SOURCE
#include <ocre/engine.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

/*
 * (module
 *   (type (func (param i32) (result i32)))
 *   (func $fac (export "fac") (type 0)
 *     (if (result i32) (i32.eqz (local.get 0))
 *       (then (i32.const 1))
 *       (else (i32.mul (local.get 0) (call $fac (i32.sub (local.get 0) (i32.const 1)))))))
 *   (func (export "div") (type 0) (i32.div_u (i32.const 100) (local.get 0)))
 *   (func (export "tail") (type 0) (return_call $fac (local.get 0))))
 */
static const uint8_t module_bytes[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01,
	0x7f, 0x03, 0x04, 0x03, 0x00, 0x00, 0x00, 0x07, 0x14, 0x03, 0x03, 0x66, 0x61, 0x63, 0x00,
	0x00, 0x03, 0x64, 0x69, 0x76, 0x00, 0x01, 0x04, 0x74, 0x61, 0x69, 0x6c, 0x00, 0x02, 0x0a,
	0x27, 0x03, 0x15, 0x00, 0x20, 0x00, 0x45, 0x04, 0x7f, 0x41, 0x01, 0x05, 0x20, 0x00, 0x20,
	0x00, 0x41, 0x01, 0x6b, 0x10, 0x00, 0x6c, 0x0b, 0x0b, 0x08, 0x00, 0x41, 0xe4, 0x00, 0x20,
	0x00, 0x6e, 0x0b, 0x06, 0x00, 0x20, 0x00, 0x12, 0x00, 0x0b,
};
static const struct ocre_bytes module_in_place = {module_bytes, sizeof(module_bytes)};

/* The header has 11 words and the table one for each of the three functions, and the end. */
#define TABLE_END ((11u + 4u) * 4u)
#define STACK	  4096u

/* ---- memory ---- */

/* An allocator that can fail. */
struct heap {
	unsigned int requests;
	unsigned int fail_at; /* 0: never */
};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct heap *heap = ctx;

	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (new_size > old_size && ++heap->requests == heap->fail_at) {
		return NULL;
	}
	return realloc(ptr, new_size);
}

/* ---- images ---- */

struct sink {
	uint8_t data[4096];
	size_t size;
	unsigned int pieces;
	unsigned int fail_at; /* piece, from 1; 0: never */
};

static bool write_piece(void *ctx, const void *data, size_t size)
{
	struct sink *sink = ctx;

	assert_true(size > 0 && size % 4 == 0);
	assert_true(size <= sizeof(sink->data) - sink->size);
	if (++sink->pieces == sink->fail_at) {
		return false;
	}
	memcpy(sink->data + sink->size, data, size);
	sink->size += size;
	return true;
}

static void make_image(struct sink *sink)
{
	struct heap heap = {0};
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	struct ocre_diag diag = {0};

	ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
	assert_int_equal(ocre_module_load(&mem, module_in_place, NULL, &module, &diag), 0);
	memset(sink, 0, sizeof(*sink));
	assert_int_equal(ocre_module_save_code(module, write_piece, sink, &diag), 0);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
}

/* Bytes in pages that can only be read. */
static struct ocre_bytes read_only(const struct sink *sink)
{
	struct ocre_bytes at = {
		mmap(NULL, sink->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
		sink->size,
	};

	assert_ptr_not_equal(at.data, MAP_FAILED);
	memcpy((void *)(uintptr_t)at.data, sink->data, sink->size);
	assert_int_equal(mprotect((void *)(uintptr_t)at.data, at.size, PROT_READ), 0);
	return at;
}

static void unmap(struct ocre_bytes at)
{
	assert_int_equal(munmap((void *)(uintptr_t)at.data, at.size), 0);
}

/* Load a module with an image, and unload it again. Nothing may stay allocated. */
static int try_load(struct ocre_bytes bytes, struct ocre_bytes image, bool trusted,
		    struct ocre_diag *diag)
{
	struct ocre_module_options options = {
		.stored_code = image,
		.stored_code_trusted = trusted,
	};
	struct heap heap = {0};
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	int status;

	memset(diag, 0, sizeof(*diag));
	ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
	status = ocre_module_load(&mem, bytes, &options, &module, diag);
	assert_true((status == 0) == (module != NULL));
	assert_int_equal(diag->status, status);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
	return status;
}

/* ---- running ---- */

/* What running the module shows. */
struct trace {
	uint64_t used[3];
	uint32_t results[3];
	enum ocre_trap trap;
	uint32_t frames[4]; /* function and offset of the innermost two */
	uint32_t features;
	size_t module_memory; /* after it ran */
	size_t loaded_memory;
	size_t code;
	size_t instance_memory; /* without the guest stack */
};

static enum ocre_run call(struct ocre_instance *instance, const char *name, uint32_t arg,
			  uint32_t *result, uint64_t *used)
{
	const uint64_t all = 100000;
	union ocre_value value = {.i32 = arg};
	uint64_t budget = all;
	uint32_t func = 0;
	enum ocre_run run;

	assert_int_equal(ocre_instance_find_func(instance, name, &func, NULL), 0);
	assert_int_equal(ocre_instance_call(instance, func, &value), 0);
	run = ocre_instance_run(instance, &budget);
	*used = all - budget;
	*result = 0;
	if (run == OCRE_RUN_DONE) {
		ocre_instance_results(instance, &value, 1);
		*result = value.i32;
	}
	return run;
}

static void run_all(const struct ocre_module_options *options, struct trace *t)
{
	struct ocre_instance_options instance_options = {.stack_size = STACK};
	struct heap heap = {0};
	struct ocre_mem mem;
	struct ocre_mem store_mem;
	struct ocre_module *module = NULL;
	struct ocre_store *store = NULL;
	struct ocre_instance *instance = NULL;
	struct ocre_frame_info frame;
	struct ocre_diag diag = {0};

	memset(t, 0, sizeof(*t));
	ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
	ocre_mem_init(&store_mem, resize, &heap, SIZE_MAX);
	assert_int_equal(ocre_module_load(&mem, module_in_place, options, &module, &diag), 0);
	t->loaded_memory = mem.used;
	t->features = ocre_module_features(module);
	assert_int_equal(ocre_store_create(&store_mem, NULL, &store), 0);
	assert_int_equal(ocre_instance_create(store, module, &instance_options, &instance, &diag),
			 0);
	assert_int_equal(call(instance, "fac", 10, &t->results[0], &t->used[0]), OCRE_RUN_DONE);
	assert_int_equal(call(instance, "tail", 5, &t->results[1], &t->used[1]), OCRE_RUN_DONE);
	assert_int_equal(call(instance, "div", 0, &t->results[2], &t->used[2]), OCRE_RUN_TRAP);
	t->trap = ocre_instance_trap(instance)->kind;
	for (uint32_t n = 0; n < 2 && ocre_instance_frame(instance, n, &frame); n++) {
		t->frames[2 * n] = frame.func + 1;
		t->frames[2 * n + 1] = frame.offset;
	}
	t->module_memory = mem.used;
	t->code = ocre_module_code_size(module);
	t->instance_memory = store_mem.used - STACK;
	ocre_store_destroy(store);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
	assert_int_equal(store_mem.used, 0);
}

/* ---- tests ---- */

static void runs_in_place_as_without(void **state)
{
	struct ocre_module_options options = {0};
	struct sink sink;
	struct trace plain;
	struct ocre_bytes image;

	(void)state;
	make_image(&sink);
	image = read_only(&sink);
	run_all(&options, &plain);
	assert_int_equal(plain.results[0], 3628800);
	assert_int_equal(plain.results[1], 120);
	assert_int_equal(plain.trap, OCRE_TRAP_DIVIDE_BY_ZERO);
	assert_int_equal(plain.frames[0], 2); /* function 1 ... */
	assert_true(plain.frames[1] > 0 && module_bytes[plain.frames[1]] == 0x6e);
	assert_int_equal(plain.frames[2], 0); /* ... which nobody called */
	for (int trusted = 0; trusted <= 1; trusted++) {
		struct trace t;

		options.stored_code = image;
		options.stored_code_trusted = trusted;
		run_all(&options, &t);
		assert_memory_equal(t.used, plain.used, sizeof(t.used));
		assert_memory_equal(t.results, plain.results, sizeof(t.results));
		assert_memory_equal(t.frames, plain.frames, sizeof(t.frames));
		assert_int_equal(t.trap, plain.trap);
		assert_int_equal(t.features, plain.features);
		/* No memory for code, nor for anything in its place. */
		assert_int_equal(t.code, 0);
		assert_true(plain.code > 0);
		assert_int_equal(t.module_memory, plain.module_memory - plain.code);
		assert_int_equal(t.module_memory, t.loaded_memory);
		assert_true(t.module_memory + t.instance_memory <= 6 * 1024);
		assert_true(t.instance_memory <= 4 * 1024);
	}
	unmap(image);
}

/* A module that runs stored code, or whose cache is tiny, gives the same image. */
static void image_is_always_the_same(void **state)
{
	struct ocre_module_options options = {.code_cache = 1};
	struct sink first;

	(void)state;
	make_image(&first);
	for (int stored = 0; stored <= 1; stored++) {
		struct sink again = {0};
		struct heap heap = {0};
		struct ocre_mem mem;
		struct ocre_module *module = NULL;
		struct ocre_diag diag = {0};

		ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
		if (stored) {
			options.stored_code = (struct ocre_bytes){first.data, first.size};
		}
		assert_int_equal(ocre_module_load(&mem, module_in_place, &options, &module, &diag),
				 0);
		assert_int_equal(ocre_module_save_code(module, write_piece, &again, &diag), 0);
		ocre_module_unload(module);
		assert_int_equal(again.size, first.size);
		assert_memory_equal(again.data, first.data, first.size);
	}
}

static void truncated_is_refused(void **state)
{
	struct sink sink;
	struct ocre_diag diag;

	(void)state;
	make_image(&sink);
	for (size_t size = 0; size < sink.size; size++) {
		/* Of exactly that size, so that a sanitizer sees every read beyond. */
		uint8_t *part = malloc(size > 0 ? size : 1);
		struct ocre_bytes image = {part, size};

		assert_non_null(part);
		memcpy(part, sink.data, size);
		assert_int_equal(try_load(module_in_place, image, true, &diag), OCRE_E_STALE);
		assert_int_equal(try_load(module_in_place, image, false, &diag), OCRE_E_STALE);
		free(part);
	}
}

static void flipped_is_refused(void **state)
{
	struct sink sink;
	struct ocre_diag diag;

	(void)state;
	make_image(&sink);
	for (size_t at = 0; at < sink.size; at++) {
		struct ocre_bytes image = {sink.data, sink.size};

		for (unsigned int bit = 0; bit < 8; bit++) {
			sink.data[at] ^= (uint8_t)(1u << bit);
			assert_int_equal(try_load(module_in_place, image, false, &diag),
					 OCRE_E_STALE);
			if (at < TABLE_END) {
				assert_int_equal(try_load(module_in_place, image, true, &diag),
						 OCRE_E_STALE);
			}
			sink.data[at] ^= (uint8_t)(1u << bit);
		}
		assert_int_equal(try_load(module_in_place, image, false, &diag), 0);
	}
}

static void other_build_is_refused(void **state)
{
	struct sink sink;
	struct ocre_diag diag;

	(void)state;
	make_image(&sink);
	sink.data[8] ^= 1; /* identity */
	assert_int_equal(
		try_load(module_in_place, (struct ocre_bytes){sink.data, sink.size}, true, &diag),
		OCRE_E_STALE);
	assert_string_equal(diag.text, "stored code was made by another build of the engine");
}

static void other_module_is_refused(void **state)
{
	uint8_t other[sizeof(module_bytes) + 2];
	struct sink sink;
	struct ocre_diag diag;
	struct ocre_bytes image;

	(void)state;
	make_image(&sink);
	image = (struct ocre_bytes){sink.data, sink.size};
	memcpy(other, module_bytes, sizeof(module_bytes));
	for (size_t at = 0; at < sizeof(module_bytes); at++) {
		other[at] ^= 1;
		for (int trusted = 0; trusted <= 1; trusted++) {
			assert_int_equal(try_load((struct ocre_bytes){other, sizeof(module_bytes)},
						  image, trusted, &diag),
					 OCRE_E_STALE);
			assert_string_equal(diag.text, "stored code was made from another module");
		}
		other[at] ^= 1;
	}
	/* With one more section, a custom one. */
	other[sizeof(module_bytes)] = 0;
	other[sizeof(module_bytes) + 1] = 0;
	assert_int_equal(try_load((struct ocre_bytes){other, sizeof(other)}, image, true, &diag),
			 OCRE_E_STALE);
	assert_int_equal(
		try_load((struct ocre_bytes){other, sizeof(module_bytes)}, image, true, &diag), 0);
}

static void place_of_the_image(void **state)
{
	struct sink sink;
	struct ocre_diag diag;
	uint32_t room[1024];
	uint8_t *at = (uint8_t *)room;

	(void)state;
	make_image(&sink);
	for (size_t shift = 0; shift < 8; shift++) {
		memcpy(at + shift, sink.data, sink.size);
		assert_int_equal(try_load(module_in_place,
					  (struct ocre_bytes){at + shift, sink.size}, true, &diag),
				 shift % 4 == 0 ? OCRE_OK : OCRE_E_STALE);
	}
	/* What is behind it does not matter: flash has more of it. */
	memcpy(at, sink.data, sink.size);
	assert_int_equal(
		try_load(module_in_place, (struct ocre_bytes){at, sizeof(room)}, true, &diag), 0);
}

static void writing_fails(void **state)
{
	struct heap heap = {0};
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	struct ocre_diag none = {0};
	unsigned int pieces = 0;
	int status;

	(void)state;
	ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
	assert_int_equal(ocre_module_load(&mem, module_in_place, NULL, &module, &none), 0);
	do {
		struct sink sink = {.fail_at = ++pieces};
		struct ocre_diag diag = {0};
		size_t before = mem.used;

		status = ocre_module_save_code(module, write_piece, &sink, &diag);
		assert_int_equal(mem.used, before);
		assert_true(status == 0 || status == OCRE_E_IO);
	} while (status != 0);
	assert_int_equal(pieces, 5); /* the header and three functions could be refused */
	ocre_module_unload(module);
}

/* Save, and load with what was saved, with every allocation failing in turn. */
static void memory_fails(void **state)
{
	struct sink sink;
	struct sink good;
	int status;
	unsigned int n = 0;

	(void)state;
	make_image(&good);
	do {
		struct ocre_module_options options = {
			.stored_code = {good.data, good.size},
		};
		struct heap heap = {.fail_at = ++n};
		struct ocre_mem mem;
		struct ocre_module *module = NULL;
		struct ocre_diag diag = {0};

		memset(&sink, 0, sizeof(sink));
		ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
		status = ocre_module_load(&mem, module_in_place, &options, &module, &diag);
		if (status == 0) {
			status = ocre_module_save_code(module, write_piece, &sink, &diag);
		}
		assert_true(status == 0 || status == OCRE_E_NOMEM);
		assert_int_equal(diag.status, status);
		ocre_module_unload(module);
		assert_int_equal(mem.used, 0);
	} while (status != 0);
	assert_true(n > 8);
	assert_memory_equal(sink.data, good.data, good.size);
}

/* A module without functions has an image as well. */
static void without_functions(void **state)
{
	static const uint8_t empty[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
	struct ocre_bytes bytes = {empty, sizeof(empty)};
	struct sink sink = {0};
	struct heap heap = {0};
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	struct ocre_diag diag = {0};

	(void)state;
	ocre_mem_init(&mem, resize, &heap, SIZE_MAX);
	assert_int_equal(ocre_module_load(&mem, bytes, NULL, &module, &diag), 0);
	assert_int_equal(ocre_module_save_code(module, write_piece, &sink, &diag), 0);
	ocre_module_unload(module);
	assert_int_equal(mem.used, 0);
	for (int trusted = 0; trusted <= 1; trusted++) {
		struct ocre_bytes image = {sink.data, sink.size};

		assert_int_equal(try_load(bytes, image, trusted, &diag), 0);
		assert_int_equal(try_load(module_in_place, image, trusted, &diag), OCRE_E_STALE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_in_place_as_without),
		cmocka_unit_test(image_is_always_the_same),
		cmocka_unit_test(truncated_is_refused),
		cmocka_unit_test(flipped_is_refused),
		cmocka_unit_test(other_build_is_refused),
		cmocka_unit_test(other_module_is_refused),
		cmocka_unit_test(place_of_the_image),
		cmocka_unit_test(writing_fails),
		cmocka_unit_test(memory_fails),
		cmocka_unit_test(without_functions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
