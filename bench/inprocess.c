/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inprocess.c - loads, instantiates, runs and destroys a module again and again in one process and
 * prints the medians of each step, and what a live instance holds in memory. The guest's output is
 * swallowed by a few host functions of our own, so that base and engine alone are measured.
 *
 * usage: ocre-inprocess [--plain] [--stored] FILE.wasm [CYCLES [STACK_BYTES]]
 *
 * With --plain, linear memory comes from the counted allocator, as on a machine without an MMU;
 * otherwise address space is reserved and committed by mprotect(). With --stored, functions run
 * from prepared code that was saved before, as from a store that is trusted; it is not counted,
 * since a file that is mapped or flash would hold it.
 */
#define _GNU_SOURCE
#include <ocre/engine.h>
#include <ocre/port_posix.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BADF	  8u
#define IOVECS	  64u
#define BUDGET	  ((uint64_t)1 << 60)
#define INSTANCES 8

/* What guests wrote; one per process, handed around by pointer. */
struct counters {
	uint64_t written;
};

enum step {
	LOAD,
	INSTANTIATE,
	RUN,
	DESTROY,
	TOTAL,
	STEPS
};

static const char *const step_name[STEPS] = {"load", "instantiate", "run", "destroy", "total"};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "ocre-inprocess: %s: %s\n", what, text);
	exit(1);
}

/* ---- host functions ---- */

static int done(struct ocre_call *call, uint32_t code)
{
	call->ret[0] = code;
	return OCRE_HOST_DONE;
}

static int fd_write(struct ocre_call *call)
{
	struct counters *counters = call->host;
	uint32_t count = ocre_arg_u32(call, 2), total = 0;
	uint8_t *iovec =
		count > IOVECS ? NULL : ocre_call_memory(call, ocre_arg_u32(call, 1), count * 8u);
	uint8_t *size;

	if (iovec == NULL) {
		return done(call, BADF);
	}
	for (uint32_t i = 0; i < count; i++) {
		total += ocre_get_u32(iovec + (size_t)i * 8 + 4);
	}
	counters->written += total;
	size = ocre_call_memory(call, ocre_arg_u32(call, 3), 4);
	if (size == NULL) {
		return done(call, BADF);
	}
	ocre_put_u32(size, total);
	return done(call, 0);
}

static int two_zeros(struct ocre_call *call)
{
	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *size = ocre_call_memory(call, ocre_arg_u32(call, i), 4);

		if (size == NULL) {
			return done(call, BADF);
		}
		ocre_put_u32(size, 0);
	}
	return done(call, 0);
}

/* Every descriptor is a character device. */
static int fd_fdstat_get(struct ocre_call *call)
{
	uint8_t *stat = ocre_call_memory(call, ocre_arg_u32(call, 1), 24);

	if (stat == NULL) {
		return done(call, BADF);
	}
	memset(stat, 0, 24);
	stat[0] = 2;
	return done(call, 0);
}

static int success(struct ocre_call *call)
{
	return done(call, 0);
}

static int bad_descriptor(struct ocre_call *call)
{
	return done(call, BADF);
}

static int proc_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	return OCRE_HOST_EXIT;
}

static const struct ocre_host_func functions[] = {
	{"args_get", "ii:i", success},
	{"args_sizes_get", "ii:i", two_zeros},
	{"environ_get", "ii:i", success},
	{"environ_sizes_get", "ii:i", two_zeros},
	{"fd_close", "i:i", success},
	{"fd_fdstat_get", "ii:i", fd_fdstat_get},
	{"fd_prestat_get", "ii:i", bad_descriptor},
	{"fd_seek", "iIii:i", bad_descriptor},
	{"fd_write", "iiii:i", fd_write},
	{"proc_exit", "i:", proc_exit},
};

static const struct ocre_host_module host = {
	.name = "wasi_snapshot_preview1",
	.funcs = functions,
	.count = sizeof(functions) / sizeof(functions[0]),
};

/* ---- one life ---- */

struct life {
	struct ocre_bytes bytes;
	struct ocre_module_options module_options;
	struct ocre_memory_pool pool;
	struct ocre_memory_ops memory_ops;
	struct ocre_instance_options options;
	struct ocre_host_import import;
	bool plain;
};

static void life_init(struct life *life, struct ocre_bytes bytes, struct counters *counters,
		      uint32_t stack, bool plain)
{
	memset(life, 0, sizeof(*life));
	life->bytes = bytes;
	ocre_memory_pool_init(&life->pool);
	ocre_memory_pool_ops(&life->pool, &life->memory_ops);
	life->plain = plain;
	life->import.module = &host;
	life->import.host = counters;
	life->options.hosts = &life->import;
	life->options.host_count = 1;
	life->options.stack_size = stack;
}

static struct ocre_module *load(const struct life *life, struct ocre_mem *mem)
{
	struct ocre_diag diag = {0};
	struct ocre_module *module = NULL;

	if (ocre_module_load(mem, life->bytes, &life->module_options, &module, &diag) != 0) {
		fail("load", diag.text);
	}
	return module;
}

/* ---- stored code ---- */

struct image {
	uint8_t *data;
	size_t size;
};

static bool write_piece(void *ctx, const void *data, size_t size)
{
	struct image *image = ctx;
	uint8_t *longer = realloc(image->data, image->size + size);

	if (longer == NULL) {
		return false;
	}
	memcpy(longer + image->size, data, size);
	image->data = longer;
	image->size += size;
	return true;
}

static void store_code(struct life *life, struct image *image)
{
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_diag diag = {0};

	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	module = load(life, &mem);
	if (ocre_module_save_code(module, write_piece, image, &diag) != 0) {
		fail("save", diag.text);
	}
	ocre_module_unload(module);
	life->module_options.stored_code = (struct ocre_bytes){image->data, image->size};
	life->module_options.stored_code_trusted = true;
	printf("image: %zu bytes\n", image->size);
}

static struct ocre_instance *instantiate(const struct life *life, struct ocre_mem *mem,
					 struct ocre_module *module, struct ocre_store **store)
{
	struct ocre_store_options options = {
		.memory_ops = life->plain ? NULL : &life->memory_ops,
	};
	struct ocre_diag diag = {0};
	struct ocre_instance *instance = NULL;

	if (ocre_store_create(mem, &options, store) != 0) {
		fail("store", "out of memory");
	}
	if (ocre_instance_create(*store, module, &life->options, &instance, &diag) != 0) {
		fail("instantiate", diag.text);
	}
	return instance;
}

static void run(struct ocre_instance *instance)
{
	uint64_t budget = BUDGET;
	uint32_t start;
	enum ocre_run how;

	if (ocre_instance_find_func(instance, "_start", &start, NULL) != 0) {
		fail("run", "there is no export _start");
	}
	if (ocre_instance_call(instance, start, NULL) != 0) {
		fail("run", "the guest stack is too small");
	}
	how = ocre_instance_run(instance, &budget);
	if (how != OCRE_RUN_DONE &&
	    (how != OCRE_RUN_EXIT || ocre_instance_exit_code(instance) != 0)) {
		fail("run", "the guest did not end well");
	}
}

static void cycle(const struct life *life, uint64_t took[STEPS])
{
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store = NULL;
	struct ocre_instance *instance;
	uint64_t at[STEPS];

	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	at[0] = now_ns();
	module = load(life, &mem);
	at[1] = now_ns();
	instance = instantiate(life, &mem, module, &store);
	at[2] = now_ns();
	run(instance);
	at[3] = now_ns();
	ocre_store_destroy(store);
	ocre_module_unload(module);
	at[4] = now_ns();
	for (int i = LOAD; i < TOTAL; i++) {
		took[i] = at[i + 1] - at[i];
	}
	took[TOTAL] = at[4] - at[0];
	if (mem.used != 0) {
		fail("destroy", "memory was not given back");
	}
}

/* ---- figures ---- */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void print_times(const struct life *life, size_t cycles)
{
	uint64_t *samples = calloc(cycles * STEPS, sizeof(*samples));
	uint64_t took[STEPS];

	if (samples == NULL) {
		fail("times", "out of memory");
	}
	cycle(life, took); /* the first finds everything cold */
	for (size_t i = 0; i < cycles; i++) {
		cycle(life, took);
		for (size_t k = 0; k < STEPS; k++) {
			samples[k * cycles + i] = took[k];
		}
	}
	printf("us");
	for (size_t k = 0; k < STEPS; k++) {
		uint64_t *of_step = samples + k * cycles;

		qsort(of_step, cycles, sizeof(*of_step), compare);
		printf("%s %s %.1f", k > 0 ? "," : "", step_name[k],
		       (double)of_step[cycles / 2] / 1000.0);
	}
	printf("\n");
	free(samples);
}

/* Bytes from the counted allocator. The guest stack and linear memory are counted there too. */
static void print_memory(const struct life *life)
{
	struct ocre_mem of_module, of_store[INSTANCES];
	struct ocre_store *store[INSTANCES];
	struct ocre_module *module;
	size_t loaded, linear = 0, stack = life->options.stack_size, further;

	ocre_mem_init(&of_module, ocre_port_posix_resize, NULL, SIZE_MAX);
	module = load(life, &of_module);
	loaded = of_module.used;
	for (int i = 0; i < INSTANCES; i++) {
		struct ocre_instance *instance;

		ocre_mem_init(&of_store[i], ocre_port_posix_resize, NULL, SIZE_MAX);
		instance = instantiate(life, &of_store[i], module, &store[i]);
		run(instance);
		linear = ocre_instance_memory_committed(instance);
	}
	further = of_store[INSTANCES - 1].used - linear - stack;
	printf("bytes: module loaded %zu, module after run %zu, of it prepared code %zu, peak "
	       "%zu\n",
	       loaded, of_module.used, ocre_module_code_size(module), of_module.peak);
	printf("bytes: instance %zu, guest stack %zu, linear memory %zu\n", further, stack, linear);
	printf("bytes: first instance and module %zu, further instance %zu\n",
	       of_module.used + further, further);
	for (int i = 0; i < INSTANCES; i++) {
		ocre_store_destroy(store[i]);
	}
	ocre_module_unload(module);
}

static struct ocre_bytes read_file(const char *path)
{
	struct ocre_bytes bytes = {0};
	FILE *file = fopen(path, "rb");
	uint8_t *data;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0) {
		fail(path, "cannot be read");
		return bytes;
	}
	rewind(file);
	data = malloc((size_t)size);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
		fail(path, "cannot be read");
	}
	fclose(file);
	bytes.data = data;
	bytes.size = (size_t)size;
	return bytes;
}

int main(int argc, char **argv)
{
	struct counters counters = {0};
	struct life life;
	struct ocre_bytes bytes;
	struct image image = {0};
	bool plain = false, stored = false;
	long cycles, stack;

	for (; argc > 1 && argv[1][0] == '-'; argv++, argc--) {
		if (strcmp(argv[1], "--plain") == 0) {
			plain = true;
		} else if (strcmp(argv[1], "--stored") == 0) {
			stored = true;
		} else {
			argc = 1;
			break;
		}
	}
	cycles = argc > 2 ? atol(argv[2]) : 1000;
	stack = argc > 3 ? atol(argv[3]) : 8192;
	if (argc < 2 || cycles < 1 || stack < 0 || stack > INT32_MAX) {
		fprintf(stderr, "usage: ocre-inprocess [--plain] [--stored] FILE.wasm "
				"[CYCLES [STACK_BYTES]]\n");
		return 2;
	}
	bytes = read_file(argv[1]);
	life_init(&life, bytes, &counters, (uint32_t)stack, plain);
	if (stored) {
		store_code(&life, &image);
	}
	print_times(&life, (size_t)cycles);
	print_memory(&life);
	if (counters.written == 0) {
		fail(argv[1], "the guest wrote nothing");
	}
	free(image.data);
	free((void *)(uintptr_t)bytes.data);
	return 0;
}
