/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exports.c - runs every exported function without parameters of the given modules, and prints one
 * line for each result, trap and call of fuzzing-support.log-*. exports.js prints the same of
 * another engine, see differential.
 *
 *   exports [-v] [-s SLICE] FILE...
 *
 * -v: functions that return vectors too, which JavaScript cannot take.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/engine.h>

#include "support/heap.h"

#define BUDGET UINT64_C(200000000)

static void print_value(uint8_t type, const union ocre_value *v)
{
	switch (type) {
	case OCRE_I32:
		printf(" i32:%" PRIu32, v->i32);
		break;
	case OCRE_I64:
		printf(" i64:%" PRIu64, v->i64);
		break;
	case OCRE_F32:
		if ((v->f32 & 0x7fffffff) > 0x7f800000) {
			printf(" f32:nan");
		} else {
			printf(" f32:%08" PRIx32, v->f32);
		}
		break;
	case OCRE_F64:
		if ((v->f64 & (UINT64_MAX >> 1)) > UINT64_C(0x7ff0000000000000)) {
			printf(" f64:nan");
		} else {
			printf(" f64:%016" PRIx64, v->f64);
		}
		break;
	case OCRE_V128:
		printf(" v128");
		break;
	default:
		printf(" ref:%s", v->ref == OCRE_REF_NULL ? "null" : "some");
		break;
	}
}

static int log_value(uint8_t type, const struct ocre_call *call)
{
	union ocre_value v = {.i64 = call->arg[0]};

	printf("log");
	print_value(type, &v);
	putchar('\n');
	return OCRE_HOST_DONE;
}

static int log_i32(struct ocre_call *call)
{
	return log_value(OCRE_I32, call);
}

static int log_i64(struct ocre_call *call)
{
	return log_value(OCRE_I64, call);
}

static int log_f32(struct ocre_call *call)
{
	return log_value(OCRE_F32, call);
}

static int log_f64(struct ocre_call *call)
{
	return log_value(OCRE_F64, call);
}

static const struct ocre_host_func funcs[] = {
	{"log-i32", "i:", log_i32},
	{"log-i64", "I:", log_i64},
	{"log-f32", "f:", log_f32},
	{"log-f64", "F:", log_f64},
};
static const struct ocre_host_module support = {"fuzzing-support", funcs, 4};

static const char *trap_word(enum ocre_trap kind)
{
	switch (kind) {
	case OCRE_TRAP_UNREACHABLE:
		return "unreachable";
	case OCRE_TRAP_MEMORY:
		return "memory";
	case OCRE_TRAP_TABLE:
	case OCRE_TRAP_UNDEFINED_ELEMENT:
	case OCRE_TRAP_UNINITIALIZED_ELEMENT:
	case OCRE_TRAP_INDIRECT_TYPE:
		return "table";
	case OCRE_TRAP_DIVIDE_BY_ZERO:
		return "zero";
	case OCRE_TRAP_INTEGER_OVERFLOW:
		return "overflow";
	case OCRE_TRAP_CONVERSION:
		return "conversion";
	case OCRE_TRAP_STACK:
		return "stack";
	case OCRE_TRAP_UNALIGNED:
		return "unaligned";
	case OCRE_TRAP_EXCEPTION:
		return "exception";
	case OCRE_TRAP_UNLINKED:
		return "unlinked";
	default:
		return ocre_trap_text(kind);
	}
}

static enum ocre_run run(struct ocre_instance *instance, uint64_t slice)
{
	uint64_t left = 0;
	enum ocre_run result = OCRE_RUN_BUDGET;

	for (uint64_t given = 0; result == OCRE_RUN_BUDGET && given < BUDGET; given += slice) {
		left += slice;
		result = ocre_instance_run(instance, &left);
	}
	return result;
}

static void print_end(struct ocre_instance *instance, enum ocre_run result,
		      const struct ocre_func_type *type)
{
	union ocre_value v[1000];

	switch (result) {
	case OCRE_RUN_DONE:
		printf(" =");
		ocre_instance_results(instance, v, type->result_count);
		for (uint32_t i = 0; i < type->result_count; i++) {
			print_value(type->results[i], &v[i]);
		}
		break;
	case OCRE_RUN_TRAP:
		printf(" ! %s", trap_word(ocre_instance_trap(instance)->kind));
		break;
	case OCRE_RUN_PARKED:
		printf(" parked");
		break;
	default:
		printf(" endless");
		break;
	}
	putchar('\n');
}

static bool has_v128(const struct ocre_func_type *type)
{
	return memchr(type->results, OCRE_V128, type->result_count) != NULL;
}

struct settings {
	bool vectors;
	uint64_t slice;
};

static void run_exports(struct ocre_instance *instance, const struct settings *settings)
{
	const struct ocre_module *module = ocre_instance_module(instance);
	struct ocre_extern_info e;

	for (uint32_t n = 0; ocre_module_export(module, n, &e); n++) {
		enum ocre_run result;

		if (e.kind != OCRE_EXTERN_FUNC || e.func.param_count != 0 ||
		    (has_v128(&e.func) && !settings->vectors)) {
			continue;
		}
		if (ocre_instance_call(instance, e.index, NULL) != OCRE_OK) {
			abort();
		}
		result = run(instance, settings->slice);
		printf("%.*s", (int)e.name.size, (const char *)e.name.data);
		print_end(instance, result, &e.func);
		ocre_instance_abandon(instance);
	}
}

static void run_module(struct ocre_bytes bytes, const struct settings *settings)
{
	const struct ocre_host_import host = {&support, NULL};
	const struct ocre_instance_options options = {
		.hosts = &host, .host_count = 1, .stack_size = 1u << 20, .supply = true};
	struct ocre_diag diag = {0};
	struct ocre_module *module = NULL;
	struct ocre_store *store = NULL;
	struct ocre_instance *instance;
	struct ocre_mem mem;

	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	if (ocre_module_load(&mem, bytes, NULL, &module, &diag) != OCRE_OK) {
		printf("refused: %s\n", diag.text);
		return;
	}
	if (ocre_store_create(&mem, NULL, &store) != OCRE_OK ||
	    ocre_instance_create(store, module, &options, &instance, &diag) != OCRE_OK) {
		printf("not instantiated: %s\n", diag.text);
	} else {
		bool good = true;

		if (ocre_instance_start(instance) == OCRE_OK) {
			good = run(instance, settings->slice) == OCRE_RUN_DONE;
			ocre_instance_abandon(instance);
		}
		if (good) {
			run_exports(instance, settings);
		} else {
			printf("not instantiated: start function\n");
		}
	}
	ocre_store_destroy(store);
	ocre_module_unload(module);
}

static void run_file(const char *path, const struct settings *settings)
{
	FILE *file = fopen(path, "rb");
	struct ocre_bytes bytes;
	uint8_t *data;
	long size;

	if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	rewind(file);
	data = malloc((size_t)size + 1);
	if (data == NULL || fread(data, 1, (size_t)size, file) != (size_t)size) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	fclose(file);
	bytes.data = data;
	bytes.size = (size_t)size;
	printf("module %s\n", path);
	run_module(bytes, settings);
	fflush(stdout);
	free(data);
}

int main(int argc, char **argv)
{
	struct settings settings = {.slice = BUDGET};
	int i = 1;

	if (i < argc && strcmp(argv[i], "-v") == 0) {
		settings.vectors = true;
		i++;
	}
	if (i + 1 < argc && strcmp(argv[i], "-s") == 0) {
		settings.slice = strtoull(argv[i + 1], NULL, 10);
		i += 2;
	}
	if (i >= argc || settings.slice == 0) {
		fprintf(stderr, "usage: exports [-v] [-s SLICE] FILE...\n");
		return 2;
	}
	for (; i < argc; i++) {
		run_file(argv[i], &settings);
	}
	return 0;
}
