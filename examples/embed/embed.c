/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embed.c - a program of your own that runs a guest in slices, sleeps while the guest sleeps, and
 * tells where it trapped. It needs the libraries base and engine, and nothing else of Ocre.
 */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <ocre/engine.h>

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* ---- what the guest may call ---- */

/* print(address, size): bytes of guest memory, which the call checks. */
static int host_print(struct ocre_call *call)
{
	uint32_t size = ocre_arg_u32(call, 1);
	const void *text = ocre_call_memory(call, ocre_arg_u32(call, 0), size);

	if (text == NULL) {
		call->message = "print: outside of memory";
		return OCRE_HOST_TRAP;
	}
	fwrite(text, 1, size, stdout);
	return OCRE_HOST_DONE;
}

/* sleep(milliseconds): does not wait, but says until when. The record keeps that. */
static int host_sleep(struct ocre_call *call)
{
	uint64_t *until = &call->record->word[0];

	if (!call->resumed) {
		*until = now_ns() + UINT64_C(1000000) * ocre_arg_u32(call, 0);
	}
	if (now_ns() >= *until) {
		return OCRE_HOST_DONE;
	}
	call->park->deadline_ns = *until;
	call->park->fd_count = 0;
	return OCRE_HOST_PARK;
}

static const struct ocre_host_func funcs[] = {
	{.name = "print", .sig = "ii:", .fn = host_print},
	{.name = "sleep", .sig = "i:", .fn = host_sleep},
};
static const struct ocre_host_module env = {"env", funcs, 2};

/* ---- running it ---- */

/* All memory of the guest comes from here, counted, up to the limit given below. */
static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

static void print_trap(struct ocre_instance *instance)
{
	struct ocre_frame_info frame;

	printf("trap: %s\n", ocre_instance_trap(instance)->message);
	for (uint32_t n = 0; n < 20 && ocre_instance_frame(instance, n, &frame); n++) {
		struct ocre_bytes name =
			ocre_module_func_name(ocre_instance_module(frame.instance), frame.func);

		printf("  #%u %.*s (function %u) at 0x%x\n", n, (int)name.size,
		       (const char *)name.data, frame.func, frame.offset);
	}
}

/* Between two slices anything can be done: run another guest, look at a clock, stop this one. */
static int run(struct ocre_instance *instance)
{
	unsigned int slices = 0;
	unsigned int parks = 0;

	for (;;) {
		uint64_t budget = 100000;

		switch (ocre_instance_run(instance, &budget)) {
		case OCRE_RUN_BUDGET:
			slices++;
			break;
		case OCRE_RUN_PARKED:
			parks++;
			sleep_until(ocre_instance_park(instance)->deadline_ns);
			break;
		case OCRE_RUN_TRAP:
			print_trap(instance);
			printf("%u slices used up, parked %u times\n", slices, parks);
			return 1;
		case OCRE_RUN_DONE:
		case OCRE_RUN_EXIT:
			return 0;
		}
	}
}

int main(int argc, char **argv)
{
	static uint8_t
		file[65536]; /* used in place: it must not change while the module is there */
	const struct ocre_host_import host = {.module = &env};
	const struct ocre_instance_options options = {.hosts = &host, .host_count = 1};
	struct ocre_bytes bytes = {file, 0};
	struct ocre_module *module = NULL;
	struct ocre_store *store = NULL;
	struct ocre_instance *instance;
	struct ocre_diag diag = {0};
	struct ocre_mem mem;
	uint32_t func;
	int status = 2;
	FILE *in = argc == 2 ? fopen(argv[1], "rb") : NULL;

	if (in == NULL) {
		fprintf(stderr, "usage: embed FILE.wasm\n");
		return 2;
	}
	bytes.size = fread(file, 1, sizeof(file), in);
	fclose(in);

	ocre_mem_init(&mem, resize, NULL, 1024 * 1024);
	if (ocre_module_load(&mem, bytes, NULL, &module, &diag) < 0 ||
	    ocre_store_create(&mem, NULL, &store) < 0 ||
	    ocre_instance_create(store, module, &options, &instance, &diag) < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], diag.text);
	} else if (ocre_instance_find_func(instance, "run", &func, NULL) < 0 ||
		   ocre_instance_call(instance, func, NULL) < 0) {
		fprintf(stderr, "%s: no function run\n", argv[1]);
	} else {
		status = run(instance);
	}
	ocre_store_destroy(store);
	ocre_module_unload(module);
	return status;
}
