/* SPDX-License-Identifier: Apache-2.0 */
/*
 * thread.c - the stacks of a guest: the first one, and those that wasi-threads makes. Each is an
 * instance of the module in a store of its own; they have the memory in common.
 */
#include "wasm.h"

#include <string.h>

/* Threads of one container, the first not counted; and what making one costs of the budget. */
#define MOST_THREADS 64u
#define SPAWN_COST   2000u
/* Numbers of threads are positive and of 29 bits, as wasi-threads has it. */
#define LAST_NUMBER  0x1fffffffu

static uint64_t now_ns(void *ctx)
{
	const struct ocre_port *port = ((struct ocre__wasm_thread *)ctx)->object->guest->port;
	uint64_t ns = 0;

	port->ops->clock_now(port->ctx, OCRE_CLOCK_MONOTONIC, &ns);
	return ns;
}

/* By another thread of this container, so in the same slice. */
static void notified(void *ctx, struct ocre_instance *instance)
{
	(void)instance;
	((struct ocre__wasm_thread *)ctx)->waits = false;
}

/* ---- what is denied ---- */

static const char *const grants[OCRE_ACTION_KINDS] = {
	[OCRE_ACTION_API] = "ocre:api",
	[OCRE_ACTION_FILE_READ] = "file:ro=PATH",
	[OCRE_ACTION_FILE_WRITE] = "file:rw=PATH",
	[OCRE_ACTION_CONNECT] = "net:connect=TARGET:PORTS",
	[OCRE_ACTION_LISTEN] = "net:listen=ADDRESS:PORTS",
	[OCRE_ACTION_RESOLVE] = "net:resolve=HOST",
	[OCRE_ACTION_PUBLISH] = "msg:publish=FILTER",
	[OCRE_ACTION_SUBSCRIBE] = "msg:subscribe=FILTER",
	[OCRE_ACTION_GPIO_READ] = "gpio:read=PINS",
	[OCRE_ACTION_GPIO_WRITE] = "gpio:write=PINS",
	[OCRE_ACTION_SENSOR] = "sensor=NAME",
	[OCRE_ACTION_TIMER] = "timers=N",
	[OCRE_ACTION_ENV] = "env=NAME",
	[OCRE_ACTION_THREAD] = "threads=N",
	[OCRE_ACTION_NATIVE] = "native=NAME",
};

/* The grants for functions that the application registered are for each by its name. */
static bool is_allowed(const struct ocre__wasm_object *o, const struct ocre_host_func *func)
{
	struct ocre_action action = {.kind = func->action, .name = func->name};

	if (func->action == OCRE_ACTION_NONE) {
		return true;
	}
	if (func->action == OCRE_ACTION_NATIVE) {
		action.name_size = strlen(func->name);
		return o->guest->ops->permits(o->guest, &action);
	}
	return o->guest->ops->may(o->guest, func->action);
}

bool ocre__wasm_denied(void *ctx, const struct ocre_host_func *func)
{
	struct ocre__wasm_object *o = ctx;
	char line[160];
	struct ocre__wasm_text text = {line, sizeof(line), 0};

	if (is_allowed(o, func)) {
		return false;
	}
	if (!o->noted) {
		ocre__wasm_put(&text, "denied: function ");
		ocre__wasm_put(&text, func->name);
		ocre__wasm_put(&text, " needs a grant: ");
		ocre__wasm_put(&text, grants[func->action]);
		o->guest->ops->note(o->guest, line);
	}
	return true;
}

/* ---- making and ending ---- */

/*
 * Pages for the heap of the host that the guest cannot have itself. A shared memory without
 * reserved address space holds from the start all that it may ever be.
 */
static uint32_t host_pages(const struct ocre__wasm_object *o, const struct ocre_memory_ops *ops)
{
	if (o->image->shared && ops == NULL) {
		return o->image->can_grow ? 0 : 1;
	}
	return o->heap.max_pages;
}

static int instantiate(struct ocre__wasm_thread *t, const struct ocre_memory_ops *ops,
		       struct ocre_diag *diag)
{
	struct ocre__wasm_object *o = t->object;
	const struct ocre__wasm_driver *d = o->image->driver;
	const struct ocre_store_options store = {
		.memory_ops = ops,
		.host_memory_pages = host_pages(o, ops),
		.now_ns = now_ns,
		.wake = notified,
		.ctx = t,
	};
	const struct ocre_instance_options options = {
		.hosts = o->imports,
		.host_count = d->import_count,
		.stack_size = o->stack_size,
		.strict = d->config->strict,
		.supply = true,
		.shared_memory = o->memory,
		.heap = &o->heap_ops,
	};
	int rc = ocre_store_create(o->guest->mem, &store, &t->store);

	if (rc == OCRE_OK) {
		rc = ocre_instance_create(t->store, o->image->module, &options, &t->instance, diag);
	}
	if (rc < 0) {
		ocre_store_destroy(t->store);
		t->store = NULL;
	}
	return rc;
}

int ocre__wasm_thread_create(struct ocre__wasm_object *o, uint32_t arg,
			     struct ocre__wasm_thread **out, struct ocre_diag *diag)
{
	const struct ocre_memory_ops *ops = o->image->driver->config->memory_ops;
	struct ocre__wasm_thread *t = ocre_mem_alloc(o->guest->mem, sizeof(*t));
	struct ocre_diag first = {0};
	int rc;

	if (t == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	t->object = o;
	t->arg = arg;
	rc = instantiate(t, ops, &first);
	/* Where there is little address space, plain allocations do. */
	if (rc == OCRE_E_NOMEM && ops != NULL) {
		first = (struct ocre_diag){0};
		rc = instantiate(t, NULL, &first);
	}
	o->noted = true;
	if (rc < 0) {
		ocre_mem_free(o->guest->mem, t, sizeof(*t));
		return ocre_diag_set(diag, rc, first.status != 0 ? first.offset : OCRE_NO_OFFSET,
				     "%s", first.status != 0 ? first.text : ocre_status_text(rc));
	}
	*out = t;
	return OCRE_OK;
}

void ocre__wasm_thread_destroy(struct ocre__wasm_thread *t)
{
	struct ocre__wasm_object *o = t->object;

	o->host_calls += ocre_instance_host_calls(t->instance);
	ocre_store_destroy(t->store);
	ocre_mem_free(o->guest->mem, t, sizeof(*t));
}

/* ---- what a thread does, one after the other ---- */

static int call_entry(struct ocre__wasm_thread *t)
{
	const struct ocre__wasm_object *o = t->object;
	const union ocre_value args[2] = {
		{.i32 = t->number == 0 ? o->entry.arg : t->number},
		{.i32 = t->arg},
	};

	return ocre_instance_call(
		t->instance, t->number == 0 ? o->entry.func.index : o->image->thread_start.index,
		args);
}

int ocre__wasm_thread_step(struct ocre__wasm_thread *t)
{
	const struct ocre__wasm_object *o = t->object;
	int rc = OCRE_E_NOTFOUND;

	while (rc == OCRE_E_NOTFOUND) {
		switch (t->step) {
		case STEP_NONE:
			t->step = STEP_START;
			rc = ocre_instance_start(t->instance);
			break;
		case STEP_START:
			t->step = STEP_INITIALIZE;
			if (t->number == 0 && o->entry.initialize) {
				rc = ocre_instance_call(t->instance, o->image->initialize.index,
							NULL);
			}
			break;
		case STEP_INITIALIZE:
			t->step = STEP_ENTRY;
			rc = call_entry(t);
			break;
		default:
			return 0;
		}
	}
	return rc < 0 ? rc : 1;
}

/* ---- wasi-threads ---- */

/* The instance of a thread has the memory of the others, not one of its own. */
static bool shares(const struct ocre__wasm_thread *t)
{
	struct ocre_memory *memory = ocre_instance_memory_share(t->instance);
	bool same = memory == t->object->memory;

	ocre_memory_release(memory);
	return same;
}

static int spawn(struct ocre__wasm_object *o, uint32_t arg)
{
	const struct ocre_action action = {.kind = OCRE_ACTION_THREAD, .count = o->thread_count};
	struct ocre__wasm_thread **last = &o->threads;
	struct ocre__wasm_thread *t;

	if (o->image->thread_start.index == UINT32_MAX || o->memory == NULL ||
	    o->thread_count > MOST_THREADS || o->last_number == LAST_NUMBER ||
	    !o->guest->ops->allowed(o->guest, &action) ||
	    ocre__wasm_thread_create(o, arg, &t, NULL) != OCRE_OK) {
		return -1;
	}
	t->number = o->last_number + 1;
	if (!shares(t) || ocre__wasm_thread_step(t) != 1) {
		ocre__wasm_thread_destroy(t);
		return -1;
	}
	while (*last != NULL) {
		last = &(*last)->next;
	}
	*last = t;
	o->thread_count++;
	o->last_number = t->number;
	return (int)t->number;
}

static int thread_spawn(struct ocre_call *call)
{
	call->ret[0] = (uint32_t)spawn(call->host, ocre_arg_u32(call, 0));
	call->charge = SPAWN_COST;
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func funcs[] = {
	{"thread-spawn", "i:i", thread_spawn, OCRE_ACTION_THREAD, -1},
};
const struct ocre_host_module ocre__wasm_thread_module = {"wasi", funcs, 1};
