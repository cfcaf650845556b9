/* SPDX-License-Identifier: Apache-2.0 */
/* guest.c - see guest.h. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest.h"

static struct guest *of(struct ocre_guest *guest)
{
	return (struct guest *)(void *)guest;
}

/* ---- guest memory ---- */

static void *guest_memory(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	struct guest *guest = (struct guest *)call->engine;

	if ((uint64_t)addr + size > GUEST_SIZE) {
		return NULL;
	}
	mprotect(guest->views[guest->view], GUEST_SIZE, PROT_NONE);
	guest->view ^= 1u;
	mprotect(guest->views[guest->view], GUEST_SIZE, PROT_READ | PROT_WRITE);
	return guest->views[guest->view] + addr;
}

static uint32_t guest_alloc(struct ocre_call *call, uint32_t size)
{
	struct guest *guest = (struct guest *)call->engine;
	uint32_t at = GUEST_HEAP;
	uint32_t n;

	if (guest->on_alloc != NULL) {
		struct ocre_call outer = guest->call;
		struct ocre_park_record record = guest->record;
		uint64_t args[OCRE_HOST_MAX_ARGS];

		memcpy(args, guest->args, sizeof(args));
		guest->malloc_result = guest->on_alloc(guest);
		memcpy(guest->args, args, sizeof(args));
		guest->record = record;
		guest->call = outer;
	}
	if (size > guest->heap_size - guest->heap_used) {
		return 0;
	}
	for (n = 0; n < GUEST_BLOCKS; n++) {
		if (guest->blocks[n].size == 0) {
			break;
		}
	}
	if (n == GUEST_BLOCKS) {
		return 0;
	}
	/* Behind everything that is in use. */
	for (uint32_t k = 0; k < GUEST_BLOCKS; k++) {
		if (guest->blocks[k].size != 0 &&
		    guest->blocks[k].addr + guest->blocks[k].size > at) {
			at = guest->blocks[k].addr + guest->blocks[k].size;
		}
	}
	if (size > GUEST_SIZE - at) {
		return 0;
	}
	guest->blocks[n].addr = at;
	guest->blocks[n].size = size;
	guest->heap_used += size;
	memset(guest->memory + at, 0xee, size);
	return at;
}

static bool guest_free(struct ocre_call *call, uint32_t addr)
{
	struct guest *guest = (struct guest *)call->engine;

	for (uint32_t n = 0; n < GUEST_BLOCKS; n++) {
		if (guest->blocks[n].size != 0 && guest->blocks[n].addr == addr) {
			guest->heap_used -= guest->blocks[n].size;
			guest->blocks[n].size = 0;
			return true;
		}
	}
	return false;
}

static bool guest_exports(struct ocre_call *call, const char *name)
{
	const struct guest *guest = (const struct guest *)call->engine;
	const char *at = guest->exported != NULL ? strstr(guest->exported, name) : NULL;
	size_t size = strlen(name);

	return at != NULL && (at == guest->exported || at[-1] == ' ') &&
	       (at[size] == ' ' || at[size] == '\0');
}

static const struct ocre_call_ops call_ops = {
	.memory = guest_memory,
	.alloc = guest_alloc,
	.free = guest_free,
	.exports = guest_exports,
};

static void make_memory(struct guest *guest)
{
	char name[] = "/tmp/ocre-guest-XXXXXX";
	int fd = mkstemp(name);

	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, GUEST_SIZE), 0);
	guest->memory =
		(uint8_t *)mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(guest->memory != MAP_FAILED);
	for (int i = 0; i < 2; i++) {
		guest->views[i] = (uint8_t *)mmap(NULL, GUEST_SIZE, PROT_NONE, MAP_SHARED, fd, 0);
		assert_true(guest->views[i] != MAP_FAILED);
	}
	close(fd);
}

/* ---- what a container offers ---- */

static void *guest_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct guest *guest = (struct guest *)ctx;
	void *got;

	if (new_size == 0) {
		__atomic_fetch_sub(&guest->held, old_size, __ATOMIC_RELAXED);
		free(ptr);
		return NULL;
	}
	if (guest->allocate == 0) {
		return NULL;
	}
	guest->allocate--;
	got = realloc(ptr, new_size);
	if (got != NULL) {
		__atomic_fetch_add(&guest->held, new_size - old_size, __ATOMIC_RELAXED);
	}
	return got;
}

static bool op_may(struct ocre_guest *guest, enum ocre_action_kind kind)
{
	return (of(guest)->denied >> kind & 1) == 0;
}

static bool op_file_grant(struct ocre_guest *guest, uint32_t n, struct ocre_action *out)
{
	const char *const *grants = of(guest)->file_grants;

	for (uint32_t i = 0; i <= n; i++) {
		if (grants == NULL || grants[i] == NULL) {
			return false;
		}
	}
	memset(out, 0, sizeof(*out));
	out->kind = grants[n][0] == 'w' ? OCRE_ACTION_FILE_WRITE : OCRE_ACTION_FILE_READ;
	out->name = grants[n] + 1;
	out->name_size = strlen(grants[n] + 1);
	return true;
}

/* As the core decides: without any grant for files a mount is one. */
static bool permits_file(struct ocre_guest *guest, const struct ocre_action *action)
{
	const uint32_t files = 1u << OCRE_ACTION_FILE_READ | 1u << OCRE_ACTION_FILE_WRITE;
	struct ocre_action grant;

	for (uint32_t n = 0; op_file_grant(guest, n, &grant); n++) {
		if ((action->kind == OCRE_ACTION_FILE_READ || action->kind == grant.kind) &&
		    action->name_size >= grant.name_size &&
		    memcmp(action->name, grant.name, grant.name_size) == 0 &&
		    (action->name_size == grant.name_size ||
		     action->name[grant.name_size] == '/')) {
			return true;
		}
	}
	return of(guest)->file_grants == NULL && ((of(guest)->denied & files) == files ||
						  (of(guest)->denied >> action->kind & 1) == 0);
}

static bool op_permits(struct ocre_guest *guest, const struct ocre_action *action)
{
	const char *name = of(guest)->denied_name;

	if (name != NULL && action->name_size == strlen(name) &&
	    memcmp(action->name, name, action->name_size) == 0) {
		return false;
	}
	if (action->kind == OCRE_ACTION_FILE_READ || action->kind == OCRE_ACTION_FILE_WRITE) {
		return permits_file(guest, action);
	}
	return op_may(guest, action->kind);
}

static bool op_allowed(struct ocre_guest *guest, const struct ocre_action *action)
{
	if (op_permits(guest, action)) {
		return true;
	}
	of(guest)->notes++;
	return false;
}

static void op_output(struct ocre_guest *guest, enum ocre_stream stream, const void *data,
		      size_t size)
{
	char *out = of(guest)->output[stream - 1];
	size_t used = strlen(out);

	of(guest)->outputs++;
	assert_true(used + size < sizeof(of(guest)->output[0]));
	memcpy(out + used, data, size);
	out[used + size] = '\0';
}

static void op_note(struct ocre_guest *guest, const char *text)
{
	of(guest)->notes++;
	snprintf(of(guest)->note, sizeof(of(guest)->note), "%s", text);
}

static void op_wake(struct ocre_guest *guest)
{
	(void)guest;
}

static void op_kick(struct ocre_guest *guest)
{
	of(guest)->kicks++;
}

static size_t message_size(const struct ocre_message *m)
{
	return sizeof(*m) + m->topic_size + m->content_type_size + 2 + m->payload_size;
}

/* The only lock of the tests: it is what a container's queue has in the core. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;

static int op_post(struct ocre_guest *ocre_guest, const struct ocre_event *event)
{
	struct guest *guest = of(ocre_guest);
	struct ocre_event *at;
	int rc = OCRE_OK;

	pthread_mutex_lock(&queue_lock);
	if (guest->queued == GUEST_QUEUE) {
		guest->lost++;
		rc = OCRE_E_LIMIT;
	} else {
		at = &guest->queue[guest->queued++];
		*at = *event;
		if (event->message != NULL) {
			at->message = malloc(message_size(event->message));
			assert_non_null(at->message);
			memcpy(at->message, event->message, message_size(event->message));
		}
	}
	pthread_mutex_unlock(&queue_lock);
	return rc;
}

static int op_take(struct ocre_guest *ocre_guest, uint32_t types, struct ocre_event *out)
{
	struct guest *guest = of(ocre_guest);
	int rc = OCRE_E_NOTFOUND;

	for (uint32_t i = 0; i < GUEST_TIMERS; i++) {
		uint64_t due_ns = guest->timers[i].due_ns;

		if (due_ns != 0 && due_ns <= guest->world->now_ns) {
			guest->timers[i].due_ns = guest->timers[i].period_ns == 0
							  ? 0
							  : due_ns + guest->timers[i].period_ns;
			guest_post(guest, OCRE_EVENT_TIMER, guest->timers[i].event_id, 0, 0);
		}
	}
	pthread_mutex_lock(&queue_lock);
	for (uint32_t i = 0; i < guest->queued; i++) {
		if ((types >> guest->queue[i].type & 1) != 0) {
			*out = guest->queue[i];
			guest->queued--;
			memmove(&guest->queue[i], &guest->queue[i + 1],
				(guest->queued - i) * sizeof(guest->queue[0]));
			rc = OCRE_OK;
			break;
		}
	}
	pthread_mutex_unlock(&queue_lock);
	return rc;
}

static void op_release(struct ocre_guest *guest, struct ocre_message *message)
{
	(void)guest;
	free(message);
}

static int op_timer_set(struct ocre_guest *guest, uint32_t id, uint32_t event_id, uint64_t due_ns,
			uint64_t period_ns)
{
	if (id >= guest->max_timers || id >= GUEST_TIMERS) {
		return OCRE_E_LIMIT;
	}
	of(guest)->timers[id].due_ns = due_ns;
	of(guest)->timers[id].period_ns = period_ns;
	of(guest)->timers[id].event_id = event_id;
	return OCRE_OK;
}

static void op_timer_clear(struct ocre_guest *guest, uint32_t id)
{
	assert_true(id < GUEST_TIMERS);
	of(guest)->timers[id].due_ns = 0;
}

static uint64_t op_timer_due(struct ocre_guest *guest, uint32_t id)
{
	assert_true(id < GUEST_TIMERS);
	return of(guest)->timers[id].due_ns;
}

static const struct ocre_guest_ops guest_ops = {
	.may = op_may,
	.allowed = op_allowed,
	.permits = op_permits,
	.file_grant = op_file_grant,
	.output = op_output,
	.note = op_note,
	.wake = op_wake,
	.kick = op_kick,
	.post = op_post,
	.take = op_take,
	.release = op_release,
	.timer_set = op_timer_set,
	.timer_clear = op_timer_clear,
	.timer_due = op_timer_due,
};

/* ---- the world ---- */

static void *world_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

static int clock_now(void *ctx, enum ocre_port_clock clock, uint64_t *ns)
{
	(void)clock;
	*ns = ((struct world *)ctx)->now_ns;
	return 0;
}

void world_open(struct world *world, const struct ocre_host_provider *provider, const void *config)
{
	struct ocre_diag diag = {0};

	memset(world, 0, sizeof(*world));
	world->now_ns = 1000000000;
	world->port_ops.clock_now = clock_now;
	world->port.ops = &world->port_ops;
	world->port.ctx = world;
	ocre_mem_init(&world->mem, world_resize, NULL, SIZE_MAX);
	world->provider = provider;
	world->shared = (void *)(uintptr_t)config;
	if (provider->open != NULL) {
		assert_int_equal(
			provider->open(&world->mem, &world->port, config, &world->shared, &diag),
			OCRE_OK);
	}
}

void world_close(struct world *world)
{
	if (world->provider->close != NULL) {
		world->provider->close(world->shared);
	}
	assert_int_equal(world->mem.used, 0);
}

void guest_init(struct world *world, struct guest *guest, const char *id)
{
	memset(guest, 0, sizeof(*guest));
	guest->world = world;
	guest->heap_size = GUEST_SIZE - GUEST_HEAP;
	guest->allocate = UINT32_MAX;
	guest->guest.ops = &guest_ops;
	guest->guest.id = id;
	guest->guest.image = "image";
	guest->guest.mem = &guest->mem;
	guest->guest.port = &world->port;
	guest->guest.max_fds = 16;
	guest->guest.max_timers = GUEST_TIMERS;
	guest->guest.max_subscriptions = 4;
	ocre_mem_init(&guest->mem, guest_resize, guest, SIZE_MAX);
	guest->mem.threads = true;
	make_memory(guest);
}

void guest_begin(struct guest *guest)
{
	struct ocre_diag diag = {0};

	assert_int_equal(guest->world->provider->create(guest->world->shared, &guest->guest,
							&guest->object, &diag),
			 OCRE_OK);
}

void guest_end(struct guest *guest)
{
	if (guest->object != NULL) {
		guest->world->provider->destroy(guest->object);
	}
	for (uint32_t i = 0; i < GUEST_TIMERS; i++) {
		assert_int_equal(guest->timers[i].due_ns, 0);
	}
	for (uint32_t i = 0; i < guest->queued; i++) {
		free(guest->queue[i].message);
	}
	assert_int_equal(guest->held, 0);
	assert_int_equal(guest->mem.used, 0);
	munmap(guest->memory, GUEST_SIZE);
	munmap(guest->views[0], GUEST_SIZE);
	munmap(guest->views[1], GUEST_SIZE);
}

/* ---- calls ---- */

static const struct ocre_host_func *find(const struct ocre_host_provider *provider,
					 const char *name, const char *sig)
{
	for (uint32_t m = 0; m < provider->module_count; m++) {
		const struct ocre_host_module *module = provider->modules[m];

		for (size_t i = 0; i < module->count; i++) {
			if (strcmp(module->funcs[i].name, name) == 0 &&
			    strcmp(module->funcs[i].sig, sig) == 0) {
				return &module->funcs[i];
			}
		}
	}
	fail_msg("there is no function %s of type %s", name, sig);
	return NULL;
}

static int32_t run(struct guest *guest)
{
	guest->call.charge = 0;
	memset(&guest->park, 0xff, sizeof(guest->park));
	guest->park.fd_count = 0;
	switch (guest->call.func->fn(&guest->call)) {
	case OCRE_HOST_DONE:
		return (int32_t)guest->call.ret[0];
	case OCRE_HOST_PARK:
		return PARKED;
	default:
		fail();
		return PARKED;
	}
}

int32_t guest_call(struct guest *guest, const char *name, const char *sig, ...)
{
	const struct ocre_host_func *func = find(guest->world->provider, name, sig);
	unsigned int n = 0;
	va_list list;

	va_start(list, sig);
	for (; *sig != ':'; sig++) {
		guest->args[n++] = *sig == 'I' ? va_arg(list, uint64_t) : va_arg(list, uint32_t);
	}
	va_end(list);
	memset(&guest->call, 0, sizeof(guest->call));
	memset(&guest->record, 0, sizeof(guest->record));
	guest->call.ops = &call_ops;
	guest->call.engine = guest;
	guest->call.host = guest->object;
	guest->call.func = func;
	guest->call.arg = guest->args;
	guest->call.park = &guest->park;
	guest->call.record = &guest->record;
	return run(guest);
}

int32_t guest_resume(struct guest *guest)
{
	guest->call.resumed = true;
	return run(guest);
}

uint32_t guest_text(struct guest *guest, uint32_t addr, const char *text)
{
	memcpy(guest->memory + addr, text, strlen(text) + 1);
	return addr;
}

uint32_t guest_u32(const struct guest *guest, uint32_t addr)
{
	assert_true(addr <= GUEST_SIZE - 4);
	return ocre_get_u32(guest->memory + addr);
}

const char *guest_string(const struct guest *guest, uint32_t addr)
{
	assert_true(addr < GUEST_SIZE);
	assert_non_null(memchr(guest->memory + addr, 0, GUEST_SIZE - addr));
	return (const char *)guest->memory + addr;
}

int guest_post(struct guest *guest, uint32_t type, uint32_t id, uint32_t port, uint32_t state)
{
	struct ocre_event event = {.type = type, .id = id, .port = port, .state = state};

	return op_post(&guest->guest, &event);
}

int guest_post_message(struct guest *guest, uint32_t id, const char *topic, const char *type,
		       const char *payload)
{
	struct ocre_event event = {.type = OCRE_EVENT_MESSAGE, .id = id};
	size_t size = strlen(topic) + strlen(type) + 2 + strlen(payload);
	int rc;

	event.message = malloc(sizeof(*event.message) + size + 1);
	assert_non_null(event.message);
	event.message->topic_size = (uint32_t)strlen(topic);
	event.message->content_type_size = (uint32_t)strlen(type);
	event.message->payload_size = (uint32_t)strlen(payload);
	strcpy(event.message->data, topic);
	strcpy(event.message->data + strlen(topic) + 1, type);
	strcpy(event.message->data + strlen(topic) + strlen(type) + 2, payload);
	rc = op_post(&guest->guest, &event);
	free(event.message);
	return rc;
}
