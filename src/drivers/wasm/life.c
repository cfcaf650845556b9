/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life.c - a container: created once, and then any number of lives, each with everything fresh. A
 * slice runs the threads of the guest in turn until the budget is used or all of them wait.
 */
#include "wasm.h"

#include <string.h>

/* What a thread gets before it is the turn of the next. */
#define TURN_BUDGET 20000u

/* Frames of a backtrace that are looked at; text has room for fewer. */
#define MOST_FRAMES 30u

#define PAGE		   65536u
#define DEFAULT_HEAP_PAGES 16u

/* ---- containers ---- */

static uint32_t heap_pages(uint32_t heap_size)
{
	return heap_size == 0 ? DEFAULT_HEAP_PAGES : heap_size / PAGE + (heap_size % PAGE != 0);
}

static uint32_t heap_alloc(void *ctx, struct ocre_call *call, uint32_t size)
{
	return ocre__wasm_alloc(ctx, NULL, call, size, 0);
}

static bool heap_free(void *ctx, struct ocre_call *call, uint32_t addr)
{
	return ocre__wasm_free(ctx, NULL, call, addr);
}

/* Which functions are offered, by whom; the objects come with each life. */
static void list_imports(struct ocre__wasm_object *o)
{
	const struct ocre_wasm_config *config = o->image->driver->config;
	uint32_t count = 0;

	for (uint32_t n = 0; n < config->provider_count; n++) {
		const struct ocre_host_provider *p = config->providers[n].provider;

		for (uint32_t m = 0; m < p->module_count; m++) {
			o->imports[count++].module = p->modules[m];
		}
	}
	o->imports[count].module = &ocre__wasm_thread_module;
	o->imports[count].host = o;
	for (uint32_t n = 0; n <= count; n++) {
		o->imports[n].denied = ocre__wasm_denied;
		o->imports[n].denied_ctx = o;
	}
}

int ocre__wasm_create(void *driver, void *loaded, struct ocre_guest *guest,
		      const struct ocre_driver_options *options, void **object,
		      struct ocre_diag *diag)
{
	const struct ocre__wasm_driver *d = driver;
	const uint32_t providers = d->config->provider_count;
	struct ocre__wasm_image *image = loaded;
	struct ocre__wasm_entry entry = {0};
	struct ocre__wasm_object *o;
	int rc = ocre__wasm_find_entry(image, options->entry, &entry, diag);

	if (rc < 0) {
		return rc;
	}
	o = ocre_mem_alloc(guest->mem, sizeof(*o));
	if (o == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	o->image = image;
	o->guest = guest;
	o->entry = entry;
	o->stack_size = options->stack_size != 0 ? options->stack_size : d->config->stack_size;
	o->heap.max_pages = heap_pages(options->heap_size);
	o->heap_ops = (struct ocre_guest_heap){heap_alloc, heap_free, o};
	o->imports = ocre_mem_alloc_array(guest->mem, d->import_count, sizeof(*o->imports));
	if (providers > 0) {
		o->hosts = ocre_mem_alloc_array(guest->mem, providers, sizeof(*o->hosts));
	}
	if (o->imports == NULL || (providers > 0 && o->hosts == NULL)) {
		ocre__wasm_destroy(o);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	list_imports(o);
	*object = o;
	return OCRE_OK;
}

void ocre__wasm_destroy(void *object)
{
	struct ocre__wasm_object *o = object;
	const struct ocre__wasm_driver *d = o->image->driver;

	if (o->imports != NULL) {
		ocre_mem_free(o->guest->mem, o->imports, d->import_count * sizeof(*o->imports));
	}
	if (o->hosts != NULL) {
		ocre_mem_free(o->guest->mem, (void *)o->hosts,
			      d->config->provider_count * sizeof(*o->hosts));
	}
	ocre_mem_free(o->guest->mem, o, sizeof(*o));
}

/* ---- the beginning and the end of a life ---- */

static int create_hosts(struct ocre__wasm_object *o, struct ocre_diag *diag)
{
	const struct ocre__wasm_driver *d = o->image->driver;
	uint32_t count = 0;

	while (o->host_count < d->config->provider_count) {
		uint32_t n = o->host_count;
		const struct ocre_host_provider *p = d->config->providers[n].provider;
		int rc = OCRE_OK;

		o->hosts[n] = d->shared[n];
		if (p->create != NULL) {
			rc = p->create(d->shared[n], o->guest, &o->hosts[n], diag);
		}
		if (rc < 0) {
			return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s: %s", p->name,
					     ocre_status_text(rc));
		}
		for (uint32_t m = 0; m < p->module_count; m++) {
			o->imports[count++].host = o->hosts[n];
		}
		o->host_count++;
	}
	return OCRE_OK;
}

static void destroy_hosts(struct ocre__wasm_object *o)
{
	const struct ocre__wasm_driver *d = o->image->driver;

	while (o->host_count > 0) {
		uint32_t n = --o->host_count;
		const struct ocre_host_provider *p = d->config->providers[n].provider;

		if (p->create != NULL) {
			p->destroy(o->hosts[n]);
		}
	}
}

void ocre__wasm_end(void *object)
{
	struct ocre__wasm_object *o = object;
	struct ocre__wasm_thread *first = o->threads;

	/* The first one made the memory, and goes last. */
	while (first != NULL && first->next != NULL) {
		struct ocre__wasm_thread *t = first->next;

		first->next = t->next;
		ocre__wasm_thread_destroy(t);
	}
	ocre_memory_release(o->memory);
	o->memory = NULL;
	if (first != NULL) {
		ocre__wasm_thread_destroy(first);
	}
	o->threads = NULL;
	destroy_hosts(o);
	ocre__wasm_heap_deinit(o);
}

int ocre__wasm_start(void *object, struct ocre_diag *diag)
{
	struct ocre__wasm_object *o = object;
	int rc;

	o->turn = NULL;
	o->thread_count = 1;
	o->last_number = 0;
	o->last_tag = 0;
	o->stop = false;
	o->host_calls = 0;
	o->guest->dispatchers = 0;
	o->guest->callbacks = o->image->callback_types;
	rc = create_hosts(o, diag);
	if (rc == OCRE_OK) {
		rc = ocre__wasm_thread_create(o, 0, &o->threads, diag);
	}
	if (rc == OCRE_OK) {
		o->memory = ocre_instance_memory_share(o->threads->instance);
		rc = ocre__wasm_thread_step(o->threads);
	}
	if (rc < 0) {
		ocre__wasm_end(o);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
				     rc == OCRE_E_LIMIT ? "the guest stack is too small"
							: ocre_status_text(rc));
	}
	return OCRE_OK;
}

/* ---- why a life is over ---- */

void ocre__wasm_exited(struct ocre__wasm_object *o, uint32_t code)
{
	if (!ocre__wasm_is_over(o)) {
		o->end->end = OCRE_END_EXIT;
		o->end->code = (int32_t)code;
	}
}

void ocre__wasm_failed(struct ocre__wasm_object *o, const char *words, const char *detail)
{
	struct ocre__wasm_text text = {o->end->text, sizeof(o->end->text), 0};

	if (!ocre__wasm_is_over(o)) {
		o->end->end = OCRE_END_TRAP;
		ocre__wasm_put(&text, words);
		ocre__wasm_put(&text, detail);
	}
}

static void put_frame(struct ocre__wasm_text *text, uint32_t n, const struct ocre_frame_info *frame)
{
	struct ocre_bytes name =
		ocre_module_func_name(ocre_instance_module(frame->instance), frame->func);

	ocre__wasm_put(text, "\n  #");
	ocre__wasm_put_number(text, n, 10);
	ocre__wasm_put(text, " ");
	if (name.size > 0) {
		ocre__wasm_put_bytes(text, name);
	} else {
		ocre__wasm_put(text, "<unnamed>");
	}
	ocre__wasm_put(text, " (func ");
	ocre__wasm_put_number(text, frame->func, 10);
	ocre__wasm_put(text, ") at 0x");
	ocre__wasm_put_number(text, frame->offset, 16);
}

static void put_repeats(struct ocre__wasm_text *text, uint32_t repeats)
{
	if (repeats > 0) {
		ocre__wasm_put(text, "\n  ... ");
		ocre__wasm_put_number(text, repeats, 10);
		ocre__wasm_put(text, " more of these");
	}
}

/* As `ocre run` has it: what calls itself at the same place over and over is shown once. */
static void put_backtrace(struct ocre__wasm_text *text, struct ocre_instance *instance)
{
	struct ocre_frame_info last = {0};
	struct ocre_frame_info frame;
	uint32_t repeats = 0;

	for (uint32_t n = 0; ocre_instance_frame(instance, n, &frame); n++) {
		if (n == MOST_FRAMES) {
			put_repeats(text, repeats);
			ocre__wasm_put(text, "\n  ... more frames are not shown");
			return;
		}
		if (n > 0 && frame.func == last.func && frame.offset == last.offset) {
			repeats++;
		} else {
			put_repeats(text, repeats);
			repeats = 0;
			put_frame(text, n, &frame);
		}
		last = frame;
	}
	put_repeats(text, repeats);
}

void ocre__wasm_trapped(struct ocre__wasm_thread *t)
{
	struct ocre__wasm_object *o = t->object;
	const struct ocre_trap_info *trap = ocre_instance_trap(t->instance);
	struct ocre__wasm_text text = {o->end->text, sizeof(o->end->text), 0};

	if (ocre__wasm_is_over(o)) {
		return;
	}
	o->end->end = OCRE_END_TRAP;
	if (trap->kind == OCRE_TRAP_NOMEM && o->guest->mem->limit != SIZE_MAX) {
		o->end->end = OCRE_END_LIMIT;
		ocre__wasm_put(&text, "memory limit of ");
		ocre__wasm_put_number(&text, o->guest->mem->limit, 10);
		ocre__wasm_put(&text, " bytes reached");
	} else {
		ocre__wasm_put(&text, trap->message);
	}
	if (trap->host_name.size > 0) {
		ocre__wasm_put(&text, "\n  in host call ");
		ocre__wasm_put_bytes(&text, trap->host_module);
		ocre__wasm_put(&text, ".");
		ocre__wasm_put_bytes(&text, trap->host_name);
	}
	put_backtrace(&text, t->instance);
}

/* ---- slices ---- */

/* The thread has returned from what it was doing. False when it has nothing more to do. */
static bool next_step(struct ocre__wasm_thread *t)
{
	struct ocre__wasm_object *o = t->object;
	union ocre_value result = {.i32 = 0};
	int rc = ocre__wasm_thread_step(t);

	if (rc < 0) {
		ocre__wasm_failed(o, "cannot call the guest: ", ocre_status_text(rc));
	} else if (rc == 0 && t->number == 0) {
		if (o->entry.is_main) {
			ocre_instance_results(t->instance, &result, 1);
		}
		ocre__wasm_exited(o, result.i32);
	}
	return rc > 0;
}

/* Run a thread until it waits or `budget` is used. False when it, or the life, is over. */
static bool run_thread(struct ocre__wasm_thread *t, uint64_t *budget)
{
	struct ocre__wasm_object *o = t->object;

	if (t->parked) {
		ocre__wasm_deliver(t, budget);
	}
	while (!ocre__wasm_is_over(o)) {
		t->parked = false;
		switch (ocre_instance_run(t->instance, budget)) {
		case OCRE_RUN_DONE:
			if (t->depth > 0 ? !ocre__wasm_delivered(t) : !next_step(t)) {
				return false;
			}
			break;
		case OCRE_RUN_PARKED:
			t->parked = true;
			if (*budget == 0) {
				return true;
			}
			if (!ocre__wasm_deliver(t, budget)) {
				t->waits = true;
				return true;
			}
			break;
		case OCRE_RUN_BUDGET:
			return true;
		case OCRE_RUN_EXIT:
			ocre__wasm_exited(o, ocre_instance_exit_code(t->instance));
			break;
		default:
			ocre__wasm_trapped(t);
			break;
		}
	}
	return false;
}

/* A thread that has returned; not the first one. */
static void drop(struct ocre__wasm_object *o, struct ocre__wasm_thread *t)
{
	struct ocre__wasm_thread *before = o->threads;

	while (before->next != t) {
		before = before->next;
	}
	before->next = t->next;
	o->thread_count--;
	ocre__wasm_thread_destroy(t);
}

/* Whose turn it is: the first that does not wait, after the one that ran last. */
static struct ocre__wasm_thread *next_turn(struct ocre__wasm_object *o)
{
	struct ocre__wasm_thread *t = o->turn != NULL ? o->turn : o->threads;

	for (uint32_t n = 0; n < o->thread_count; n++) {
		if (!t->waits) {
			o->turn = t->next;
			return t;
		}
		t = t->next != NULL ? t->next : o->threads;
	}
	return NULL;
}

static void fill_park(struct ocre__wasm_object *o)
{
	for (struct ocre__wasm_thread *t = o->threads; t != NULL; t = t->next) {
		ocre__wasm_add_park(o, t, t == o->threads);
	}
}

static uint64_t count_host_calls(const struct ocre__wasm_object *o)
{
	uint64_t count = o->host_calls;

	for (const struct ocre__wasm_thread *t = o->threads; t != NULL; t = t->next) {
		count += ocre_instance_host_calls(t->instance);
	}
	return count;
}

static enum ocre_slice run_slice(struct ocre__wasm_object *o, uint64_t *budget)
{
	while (!ocre__wasm_is_over(o)) {
		struct ocre__wasm_thread *t = next_turn(o);
		uint64_t give = *budget;
		uint64_t left;

		if (t == NULL) {
			fill_park(o);
			return OCRE_SLICE_PARKED;
		}
		if (*budget == 0) {
			o->turn = t;
			return OCRE_SLICE_BUDGET;
		}
		if (o->thread_count > 1 && give > TURN_BUDGET) {
			give = TURN_BUDGET;
		}
		left = give;
		if (!run_thread(t, &left) && !ocre__wasm_is_over(o)) {
			drop(o, t);
		}
		*budget -= give - left;
	}
	return OCRE_SLICE_END;
}

enum ocre_slice ocre__wasm_run(void *object, uint64_t budget, struct ocre_slice_info *info)
{
	struct ocre__wasm_object *o = object;
	uint64_t left = budget;
	enum ocre_slice slice;

	o->end = info->end;
	o->end->end = OCRE_END_NONE;
	o->end->code = 0;
	o->end->text[0] = '\0';
	/* Whoever waited may have been woken. */
	for (struct ocre__wasm_thread *t = o->threads; t != NULL; t = t->next) {
		t->waits = false;
	}
	slice = run_slice(o, &left);
	info->park = slice == OCRE_SLICE_PARKED ? &o->park : NULL;
	info->used = budget - left;
	info->host_calls = count_host_calls(o);
	return slice;
}

int ocre__wasm_signal(void *object, enum ocre_signal signal)
{
	struct ocre__wasm_object *o = object;

	if (signal != OCRE_SIGNAL_STOP) {
		return OCRE_E_UNSUPPORTED;
	}
	o->stop = true;
	o->guest->ops->wake(o->guest);
	return OCRE_OK;
}

size_t ocre__wasm_guest_memory(void *object)
{
	const struct ocre__wasm_object *o = object;

	return o->threads != NULL ? (size_t)ocre_instance_memory_size(o->threads->instance) : 0;
}
