/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - a module that containers are made from, and which of its exports mean something to us:
 * what a life begins with, what events call, what threads begin with.
 */
#include "wasm.h"

#include <string.h>

/* ---- exports ---- */

static bool is_name(struct ocre_bytes name, const char *string)
{
	return name.size == strlen(string) && memcmp(name.data, string, name.size) == 0;
}

/* Parameters of all that we call are numbers of 32 bits. */
static bool takes_i32(const struct ocre_func_type *type, uint32_t most)
{
	for (uint32_t n = 0; n < type->param_count; n++) {
		if (n == most || type->params[n] != OCRE_I32) {
			return false;
		}
	}
	return true;
}

/* The forms that a callback may have, by the number of its parameters. */
static const struct {
	const char *name;
	uint32_t type;
	uint32_t forms; /* bits */
} callbacks[CALLBACK_COUNT] = {
	[CALLBACK_TIMER] = {"timer_callback", OCRE_EVENT_TIMER, 1u << 1},
	[CALLBACK_GPIO] = {"gpio_callback", OCRE_EVENT_GPIO, 1u << 2 | 1u << 3},
	[CALLBACK_MESSAGE] = {"message_callback", OCRE_EVENT_MESSAGE, 1u << 1 | 1u << 5},
	[CALLBACK_STOP] = {"stop_callback", OCRE_EVENT_STOP, 1u << 0 | 1u << 1},
};

static void note_func(struct ocre__wasm_image *image, const struct ocre_extern_info *e,
		      bool *has_malloc, bool *has_free)
{
	const struct ocre__wasm_func func = {e->index, e->func.param_count};
	const bool one_to_one = e->func.param_count == 1 && takes_i32(&e->func, 1);

	for (uint32_t n = 0; n < CALLBACK_COUNT; n++) {
		if (is_name(e->name, callbacks[n].name) && takes_i32(&e->func, 5) &&
		    (callbacks[n].forms >> e->func.param_count & 1u) != 0) {
			image->callbacks[n] = func;
			image->callback_types |= 1u << callbacks[n].type;
		}
	}
	if (is_name(e->name, "_initialize") && e->func.param_count == 0) {
		image->initialize = func;
	}
	if (is_name(e->name, "wasi_thread_start") && e->func.param_count == 2 &&
	    takes_i32(&e->func, 2)) {
		image->thread_start = func;
	}
	if (is_name(e->name, "malloc") && one_to_one && e->func.result_count == 1 &&
	    e->func.results[0] == OCRE_I32) {
		*has_malloc = true;
	}
	if (is_name(e->name, "free") && one_to_one && e->func.result_count == 0) {
		*has_free = true;
	}
}

static void note_memory(struct ocre__wasm_image *image, const struct ocre_extern_info *e)
{
	image->shared = e->limits.shared;
	image->can_grow = e->limits.min < e->limits.max;
}

static void look_at(struct ocre__wasm_image *image)
{
	struct ocre_extern_walk walk;
	struct ocre_extern_info e;
	bool has_malloc = false;
	bool has_free = false;

	image->initialize.index = UINT32_MAX;
	image->thread_start.index = UINT32_MAX;
	for (uint32_t n = 0; n < CALLBACK_COUNT; n++) {
		image->callbacks[n].index = UINT32_MAX;
	}
	ocre_module_imports(image->module, &walk);
	while (ocre_extern_next(&walk, &e)) {
		if (e.kind == OCRE_EXTERN_MEMORY) {
			note_memory(image, &e);
		}
	}
	ocre_module_exports(image->module, &walk);
	while (ocre_extern_next(&walk, &e)) {
		if (e.kind == OCRE_EXTERN_FUNC) {
			note_func(image, &e, &has_malloc, &has_free);
		} else if (e.kind == OCRE_EXTERN_MEMORY) {
			note_memory(image, &e);
		}
	}
	image->has_malloc = has_malloc && has_free;
}

/* ---- entry functions ---- */

/* In the order in which they are looked for. */
static const struct {
	const char *name;
	bool is_start;
	bool is_main;
	uint32_t arg;
} entries[] = {
	{"_start", true, false, 0},	      {"main", false, true, 0},
	{"__main_argc_argv", false, true, 0}, {"_main", false, true, 0},
	{"on_init", false, false, 8},	      {"run", false, false, 0},
};
#define ENTRY_COUNT (sizeof(entries) / sizeof(entries[0]))

int ocre__wasm_find_entry(const struct ocre__wasm_image *image, const char *name,
			  struct ocre__wasm_entry *out, struct ocre_diag *diag)
{
	struct ocre_extern_walk walk;
	struct ocre_extern_info e;
	struct ocre_func_type type = {0};
	size_t best = ENTRY_COUNT + 1; /* ENTRY_COUNT: a name that is not in the list */

	ocre_module_exports(image->module, &walk);
	while (ocre_extern_next(&walk, &e)) {
		size_t n = 0;

		while (n < ENTRY_COUNT && !is_name(e.name, entries[n].name)) {
			n++;
		}
		if (e.kind != OCRE_EXTERN_FUNC || n >= best ||
		    (name != NULL ? !is_name(e.name, name) : n == ENTRY_COUNT)) {
			continue;
		}
		best = n;
		type = e.func;
		out->func = (struct ocre__wasm_func){e.index, e.func.param_count};
	}
	if (best > ENTRY_COUNT && name != NULL) {
		return ocre_diag_set(diag, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
				     "the module exports no function '%s'", name);
	}
	if (best > ENTRY_COUNT) {
		return ocre_diag_set(diag, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
				     "no entry function (_start, main, on_init, run): name one");
	}
	if (!takes_i32(&type, 2)) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "the entry function takes more than two numbers (i32)");
	}
	out->is_main = best < ENTRY_COUNT && entries[best].is_main && type.result_count == 1 &&
		       type.results[0] == OCRE_I32;
	out->initialize = (best == ENTRY_COUNT || !entries[best].is_start) &&
			  image->initialize.index != UINT32_MAX &&
			  image->initialize.index != out->func.index;
	out->arg = best < ENTRY_COUNT ? entries[best].arg : 0;
	return OCRE_OK;
}

/* ---- loading ---- */

static void lock(void *ctx)
{
	struct ocre__wasm_image *image = ctx;
	const struct ocre_port *port = image->driver->port;

	port->threads->lock(port->ctx, &image->mutex);
}

static void unlock(void *ctx)
{
	struct ocre__wasm_image *image = ctx;
	const struct ocre_port *port = image->driver->port;

	port->threads->unlock(port->ctx, &image->mutex);
}

static void deinit_mutex(struct ocre__wasm_image *image)
{
	const struct ocre_port *port = image->driver->port;

	if (port->threads != NULL) {
		port->threads->mutex_deinit(port->ctx, &image->mutex);
	}
}

int ocre__wasm_load(void *driver, const struct ocre_driver_image *image, void **loaded,
		    struct ocre_diag *diag)
{
	struct ocre__wasm_driver *d = driver;
	struct ocre__wasm_image *i = ocre_mem_alloc(d->mem, sizeof(*i));
	struct ocre_module_options options = {
		.code_cache = d->config->code_cache,
		.stored_code = image->code,
		.stored_code_trusted = true,
	};
	int rc;

	if (i == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	i->driver = d;
	if (d->port->threads != NULL) {
		if (d->port->threads->mutex_init(d->port->ctx, &i->mutex) != 0) {
			ocre_mem_free(d->mem, i, sizeof(*i));
			return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no more locks");
		}
		options.lock = lock;
		options.unlock = unlock;
		options.lock_ctx = i;
	}
	rc = ocre_module_load(d->mem, image->bytes, &options, &i->module, diag);
	if (rc < 0) {
		deinit_mutex(i);
		ocre_mem_free(d->mem, i, sizeof(*i));
		return rc;
	}
	look_at(i);
	*loaded = i;
	return OCRE_OK;
}

void ocre__wasm_unload(void *driver, void *loaded)
{
	struct ocre__wasm_driver *d = driver;
	struct ocre__wasm_image *image = loaded;

	ocre_module_unload(image->module);
	deinit_mutex(image);
	ocre_mem_free(d->mem, image, sizeof(*image));
}
