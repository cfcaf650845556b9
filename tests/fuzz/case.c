/* SPDX-License-Identifier: Apache-2.0 */
/* case.c - loads, prepares, instantiates and runs a module, and writes down what can be seen. */
#include "fuzz.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ocre/engine.h>

#include "module.h" /* of src/engine: to compare prepared code */
#include "support/heap.h"

#define MAX_PAGES   64
#define MAX_ENTRIES 100000
#define MAX_PARKS   8
#define MAX_FRAMES  20
#define MAX_VALUES  1000
#define MAX_TEXT    ((size_t)256 * 1024)

struct run {
	const struct fuzz_settings *settings;
	struct fuzz_result *out;
	struct ocre_mem mem;
	struct ocre_module *module;
	struct ocre_store *store;
	struct ocre_instance *instance;
	union ocre_value values[MAX_VALUES];
};

static void note(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct run *r, const char *format, ...)
{
	struct fuzz_result *o = r->out;
	char line[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (n < 0 || o->size > MAX_TEXT) {
		return;
	}
	if ((size_t)n >= sizeof(line)) {
		n = sizeof(line) - 1;
	}
	if (o->size + (size_t)n + 1 > o->capacity) {
		o->capacity = o->capacity * 2 + sizeof(line);
		o->text = realloc(o->text, o->capacity);
		if (o->text == NULL) {
			abort();
		}
	}
	memcpy(o->text + o->size, line, (size_t)n + 1);
	o->size += (size_t)n;
}

static void broken(const char *what)
{
	fprintf(stderr, "fuzz: %s\n", what);
	abort();
}

/* ---- host functions ---- */

static int host_nothing(struct ocre_call *call)
{
	(void)call;
	return OCRE_HOST_DONE;
}

static int host_park(struct ocre_call *call)
{
	if (call->record->word[0]++ < (ocre_arg_u32(call, 0) & 3)) {
		call->charge = 3;
		return OCRE_HOST_PARK;
	}
	call->ret[0] = call->record->word[0];
	return OCRE_HOST_DONE;
}

static int host_charge(struct ocre_call *call)
{
	call->charge = ocre_arg_u64(call, 0) & 0xffff;
	return (ocre_arg_u64(call, 0) >> 32 & 7) == 7 ? OCRE_HOST_TRAP : OCRE_HOST_DONE;
}

static int host_exit(struct ocre_call *call)
{
	call->exit_code = ocre_arg_u32(call, 0);
	call->charge = 1000;
	return OCRE_HOST_EXIT;
}

static int host_memory(struct ocre_call *call)
{
	uint32_t size = ocre_arg_u32(call, 1);
	uint8_t *at = ocre_call_memory(call, ocre_arg_u32(call, 0), size);

	call->ret[0] = at != NULL;
	if (at != NULL && size > 0) {
		at[0] ^= 1;
		at[size - 1] ^= 2;
	}
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func spectest_funcs[] = {
	{"print", ":", host_nothing},		{"print_i32", "i:", host_nothing},
	{"print_i64", "I:", host_nothing},	{"print_f32", "f:", host_nothing},
	{"print_f64", "F:", host_nothing},	{"print_i32_f32", "if:", host_nothing},
	{"print_f64_f64", "FF:", host_nothing},
};
static const struct ocre_host_module spectest = {"spectest", spectest_funcs, 7};

static const struct ocre_host_func fuzz_funcs[] = {
	{"park", "i:i", host_park},
	{"charge", "I:", host_charge},
	{"exit", "i:", host_exit},
	{"memory", "ii:i", host_memory},
};
static const struct ocre_host_module fuzz = {"fuzz", fuzz_funcs, 4};

/* ---- what is seen ---- */

static int note_status(struct run *r, const char *what, int status, const struct ocre_diag *diag)
{
	if (status == OCRE_E_NOMEM) {
		r->out->no_memory = true;
	}
	note(r, "%s: %d %s @%" PRIx32 "\n", what, status, diag->text,
	     status != 0 ? diag->offset : 0);
	if (status != 0 && (diag->status != status || diag->text[0] == '\0')) {
		broken("a failure without words");
	}
	return status;
}

static void hash_code(struct run *r)
{
	const struct ocre_module *m = r->module;
	uint64_t hash = FUZZ_HASH;
	size_t size = 0;

	for (uint32_t i = m->func_imports; i < m->func_count; i++) {
		const struct code *code;

		if (m->codes[i] == NULL) {
			/* Memory was short, and it had to make room for another one. */
			r->out->no_memory = true;
			return;
		}
		code = (const struct code *)(const void *)((const char *)m->codes[i] -
							   offsetof(struct code, words));
		hash = fuzz_hash(hash, code->words, code->size - offsetof(struct code, words));
		size += code->size;
	}
	if (size != ocre_module_code_size(m)) {
		broken("the size of prepared code is wrong");
	}
	r->out->code = hash;
}

static void note_frames(struct run *r)
{
	struct ocre_frame_info f;

	for (uint32_t n = 0; n < MAX_FRAMES && ocre_instance_frame(r->instance, n, &f); n++) {
		note(r, "  in %" PRIu32 " @%" PRIx32 "\n", f.func, f.offset);
	}
}

static void note_values(struct run *r, const struct ocre_func_type *type)
{
	ocre_instance_results(r->instance, r->values, type->result_count);
	for (uint32_t i = 0; i < type->result_count; i++) {
		const uint8_t *v = r->values[i].v128;

		note(r, " %02x:", type->results[i]);
		for (int k = type->results[i] == OCRE_V128 ? 15 : 7; k >= 0; k--) {
			note(r, "%02x", v[k]);
		}
	}
	note(r, "\n");
}

/* Run what was begun, `budget` units in all. */
static enum ocre_run run(struct run *r, uint64_t budget, uint64_t *used)
{
	uint64_t left = 0;
	unsigned int parks = 0;

	*used = 0;
	for (;;) {
		uint64_t slice = r->settings->slice != 0 ? r->settings->slice : budget;
		uint64_t before;
		enum ocre_run result;

		if (slice > budget) {
			slice = budget;
		}
		budget -= slice;
		left += slice;
		before = left;
		result = ocre_instance_run(r->instance, &left);
		if (left > before) {
			broken("run() gave budget back");
		}
		*used += before - left;
		if (result == OCRE_RUN_BUDGET && budget == 0) {
			return result;
		}
		if (result == OCRE_RUN_PARKED && parks++ == MAX_PARKS) {
			*used = 0; /* some of it may not be paid yet */
			return result;
		}
		if (result != OCRE_RUN_BUDGET && result != OCRE_RUN_PARKED) {
			return result;
		}
	}
}

static void arguments(struct run *r, uint32_t func, const struct ocre_func_type *type)
{
	static const uint64_t numbers[] = {0,
					   1,
					   UINT64_MAX,
					   0x8000000000000000u,
					   0x80000000u,
					   100,
					   0x3ff0000000000000u,
					   0x3f800000u,
					   0x7ff8000000000000u,
					   0x41d0000012345678u};

	for (uint32_t i = 0; i < type->param_count; i++) {
		uint8_t t = type->params[i];

		memset(&r->values[i], 0, sizeof(r->values[i]));
		if (t == OCRE_I64 || t == OCRE_F64 || t == OCRE_V128) {
			r->values[i].i64 = numbers[(func + i) % 10];
		} else if (t == OCRE_I32 || t == OCRE_F32) {
			r->values[i].i32 = (uint32_t)numbers[(func * 3 + i) % 10];
		}
	}
}

/* Begin a call; false when the guest stack is full. */
static bool call(struct run *r, uint32_t func, const struct ocre_func_type *type)
{
	int status;

	arguments(r, func, type);
	status = ocre_instance_call(r->instance, func, r->values);
	if (status == OCRE_E_NOMEM) {
		r->out->no_memory = true;
	} else if (status != 0 && status != OCRE_E_LIMIT) {
		broken("a call could not be begun");
	}
	if (status != 0) {
		note(r, "call %" PRIu32 ": %d\n", func, status);
	}
	return status == 0;
}

static enum ocre_run finish(struct run *r, uint32_t func, const struct ocre_func_type *type,
			    uint64_t budget)
{
	uint64_t used;
	enum ocre_run result = run(r, budget, &used);

	note(r, "call %" PRIu32 ": %d, used %" PRIu64, func, (int)result, used);
	switch (result) {
	case OCRE_RUN_DONE:
		note_values(r, type);
		break;
	case OCRE_RUN_EXIT:
		note(r, " exit %" PRIu32 "\n", ocre_instance_exit_code(r->instance));
		break;
	case OCRE_RUN_TRAP: {
		const struct ocre_trap_info *t = ocre_instance_trap(r->instance);

		note(r, " trap %d %s\n", (int)t->kind, t->message);
		if (t->kind == OCRE_TRAP_NONE || t->message[0] == '\0') {
			broken("a trap without words");
		}
		if (t->kind == OCRE_TRAP_NOMEM) {
			r->out->no_memory = true;
		}
		if (t->kind == OCRE_TRAP_STACK) {
			r->out->no_stack = true;
		}
		break;
	}
	default:
		note(r, "\n");
		break;
	}
	if (result != OCRE_RUN_DONE) {
		note_frames(r);
	}
	return result;
}

static void note_state(struct run *r)
{
	uint64_t size = ocre_instance_memory_size(r->instance);
	const void *memory = ocre_instance_memory(r->instance, 0, (uint32_t)size);
	struct ocre_extern_info e;

	note(r, "memory %" PRIu64 " %016" PRIx64 "\n", size,
	     memory != NULL ? fuzz_hash(FUZZ_HASH, memory, size) : 0);
	for (uint32_t n = 0; ocre_module_export(r->module, n, &e); n++) {
		union ocre_value v;
		uint8_t type;
		char name[64];

		if (e.kind != OCRE_EXTERN_GLOBAL || e.name.size >= sizeof(name)) {
			continue;
		}
		memcpy(name, e.name.data, e.name.size);
		name[e.name.size] = '\0';
		if (strlen(name) != e.name.size ||
		    ocre_instance_global_get(r->instance, name, &type, &v) != 0) {
			continue;
		}
		note(r, "global %" PRIu32 " %02x:%016" PRIx64 "\n", n, type,
		     fuzz_hash(FUZZ_HASH, v.v128, 16));
	}
}

static void run_exports(struct run *r)
{
	const uint64_t budget = r->settings->budget;
	struct ocre_extern_info e;
	struct ocre_extern_info first = {0};
	static const struct ocre_func_type nothing;

	if (ocre_instance_start(r->instance) == OCRE_OK) {
		finish(r, UINT32_MAX, &nothing, budget);
		ocre_instance_abandon(r->instance);
	}
	for (uint32_t n = 0; n < 50 && ocre_module_export(r->module, n, &e); n++) {
		enum ocre_run result;

		if (e.kind != OCRE_EXTERN_FUNC) {
			continue;
		}
		if (first.name.data == NULL) {
			first = e;
		}
		if (!call(r, e.index, &e.func)) {
			continue;
		}
		result = finish(r, e.index, &e.func, budget);
		/* What is suspended lets another call pass, and goes on then. */
		if (result == OCRE_RUN_BUDGET && n < 8 && call(r, first.index, &first.func) &&
		    finish(r, first.index, &first.func, budget) == OCRE_RUN_DONE) {
			finish(r, e.index, &e.func, budget / 4);
		}
		ocre_instance_abandon(r->instance);
		if (r->out->no_memory) {
			return;
		}
	}
	note_state(r);
}

static void instantiate(struct run *r)
{
	const struct ocre_store_options store = {
		.max_memory_pages = MAX_PAGES,
		.max_table_entries = MAX_ENTRIES,
	};
	const struct ocre_host_import hosts[] = {{&spectest, NULL}, {&fuzz, NULL}};
	const struct ocre_instance_options options = {
		.hosts = hosts, .host_count = 2, .stack_size = 32768, .supply = true};
	struct ocre_diag diag = {0};

	if (ocre_store_create(&r->mem, &store, &r->store) != 0) {
		r->out->no_memory = true;
		return;
	}
	if (note_status(r, "instantiate",
			ocre_instance_create(r->store, r->module, &options, &r->instance, &diag),
			&diag) == 0) {
		run_exports(r);
	}
	ocre_store_destroy(r->store);
}

void fuzz_case(const uint8_t *data, size_t size, const struct fuzz_settings *settings,
	       struct fuzz_result *result)
{
	struct run *r = calloc(1, sizeof(*r));
	struct ocre_module_options options = {.code_cache = settings->cache};
	struct ocre_bytes bytes = {data, size};
	struct ocre_diag diag = {0};
	int status;

	if (r == NULL) {
		abort();
	}
	r->settings = settings;
	r->out = result;
	options.prepare_at_load = settings->late ? OCRE_PREPARE_NEVER : OCRE_PREPARE_DEFAULT;
	ocre_mem_init(&r->mem, heap_resize, NULL, settings->memory);
	status = note_status(r, "load",
			     ocre_module_load(&r->mem, bytes, &options, &r->module, &diag), &diag);
	if (status == 0) {
		result->loaded = true;
		note(r, "features %" PRIx32 "\n", ocre_module_features(r->module));
		/* Whatever was accepted can be prepared. */
		status =
			note_status(r, "prepare", ocre_module_prepare_all(r->module, &diag), &diag);
		if (status == 0) {
			if (settings->cache == 0) {
				hash_code(r);
			}
			instantiate(r);
		} else if (status != OCRE_E_NOMEM && status != OCRE_E_LIMIT) {
			broken("what was accepted cannot be prepared");
		}
		ocre_module_unload(r->module);
	}
	if (r->mem.used != 0) {
		broken("memory is left");
	}
	free(r);
}
