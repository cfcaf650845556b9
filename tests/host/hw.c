/* SPDX-License-Identifier: Apache-2.0 */
/* hw.c - see hw.h. */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>

#include "hw.h"

/* ---- memory that can run out ---- */

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct hw *hw = (struct hw *)ctx;
	void *got;

	if (new_size == 0) {
		hw->held -= old_size;
		free(ptr);
		return NULL;
	}
	if (hw->allocate == 0) {
		return NULL;
	}
	hw->allocate--;
	got = realloc(ptr, new_size);
	if (got != NULL) {
		hw->held += new_size - old_size;
	}
	return got;
}

/* ---- what a container offers ---- */

static bool may(struct ocre_guest *guest, enum ocre_action_kind kind)
{
	return !((struct hw_guest *)guest)->deny[kind];
}

static bool allowed(struct ocre_guest *guest, const struct ocre_action *action)
{
	struct hw_guest *g = (struct hw_guest *)guest;

	g->last = *action;
	assert_true(action->name_size < sizeof(g->last_name));
	if (action->name_size > 0) {
		memcpy(g->last_name, action->name, action->name_size);
	}
	g->last_name[action->name_size] = '\0';
	return !g->deny[action->kind];
}

static void output(struct ocre_guest *guest, enum ocre_stream stream, const void *data, size_t size)
{
	(void)guest;
	(void)stream;
	(void)data;
	(void)size;
	fail();
}

static void note(struct ocre_guest *guest, const char *text)
{
	assert_non_null(text);
	((struct hw_guest *)guest)->notes++;
}

static void wake(struct ocre_guest *guest)
{
	(void)guest;
	fail();
}

static void lock(struct hw *hw)
{
	hw->posix.port.threads->lock(hw->posix.port.ctx, &hw->mutex);
}

static void unlock(struct hw *hw)
{
	hw->posix.port.threads->unlock(hw->posix.port.ctx, &hw->mutex);
}

static int post(struct ocre_guest *guest, const struct ocre_event *event)
{
	struct hw_guest *g = (struct hw_guest *)guest;
	int rc = OCRE_OK;

	lock(g->hw);
	if (g->event_count == HW_EVENTS) {
		g->lost++;
		rc = OCRE_E_LIMIT;
	} else {
		g->events[g->event_count++] = *event;
	}
	unlock(g->hw);
	return rc;
}

static const struct ocre_guest_ops guest_ops = {
	.may = may,
	.allowed = allowed,
	.output = output,
	.note = note,
	.wake = wake,
	.post = post,
};

struct ocre_event hw_event(struct hw_guest *guest)
{
	struct ocre_event event;

	lock(guest->hw);
	assert_true(guest->event_count > 0);
	event = guest->events[0];
	guest->event_count--;
	memmove(guest->events, guest->events + 1, guest->event_count * sizeof(event));
	unlock(guest->hw);
	return event;
}

/* ---- calls ---- */

static void *call_memory(struct ocre_call *call, uint32_t addr, uint32_t size)
{
	struct hw_guest *guest = (struct hw_guest *)call->engine;

	return (uint64_t)addr + size > HW_SIZE ? NULL : guest->memory + addr;
}

static uint32_t call_alloc(struct ocre_call *call, uint32_t size)
{
	struct hw_guest *guest = (struct hw_guest *)call->engine;
	uint32_t at = guest->heap;

	if (at == 0 || size > HW_SIZE - at) {
		return 0;
	}
	guest->heap += size;
	return at;
}

static bool call_free(struct ocre_call *call, uint32_t addr)
{
	(void)call;
	(void)addr;
	return false;
}

static const struct ocre_call_ops call_ops = {
	.memory = call_memory,
	.alloc = call_alloc,
	.free = call_free,
};

static const struct ocre_host_provider *const providers[] = {&ocre_provider_gpio,
							     &ocre_provider_sensor};
#define PROVIDERS (sizeof(providers) / sizeof(providers[0]))

static const struct ocre_host_func *find(const struct ocre_host_provider *provider,
					 const char *name, const char *sig)
{
	for (uint32_t m = 0; m < provider->module_count; m++) {
		const struct ocre_host_module *module = provider->modules[m];

		assert_string_equal(module->name, "env");
		for (size_t i = 0; i < module->count; i++) {
			if (strcmp(module->funcs[i].name, name) == 0 &&
			    strcmp(module->funcs[i].sig, sig) == 0) {
				return &module->funcs[i];
			}
		}
	}
	return NULL;
}

static uint64_t invoke(struct hw_guest *guest, const char *name, const char *sig, va_list list)
{
	uint64_t args[OCRE_HOST_MAX_ARGS] = {0};
	struct ocre_call call = {.ops = &call_ops, .engine = guest, .arg = args};
	const char *colon = strchr(sig, ':');

	for (size_t i = 0; i < PROVIDERS && call.func == NULL; i++) {
		call.func = find(providers[i], name, sig);
		call.host = guest->objects[i];
	}
	if (call.func == NULL) {
		fail_msg("no function %s %s", name, sig);
		return 0;
	}
	for (size_t i = 0; sig + i < colon; i++) {
		args[i] = va_arg(list, uint32_t);
	}
	/* As a linker does it. */
	if (call.func->action != OCRE_ACTION_NONE && guest->deny[call.func->action]) {
		double d = call.func->denied;
		uint32_t word = (uint32_t)call.func->denied;
		uint64_t bits = word;

		if (colon[1] == 'F') {
			memcpy(&bits, &d, sizeof(bits));
		}
		return bits;
	}
	assert_int_equal(call.func->fn(&call), OCRE_HOST_DONE);
	return call.ret[0];
}

int32_t hw_call(struct hw_guest *guest, const char *name, const char *sig, ...)
{
	uint64_t result;
	va_list list;

	va_start(list, sig);
	result = invoke(guest, name, sig, list);
	va_end(list);
	assert_true(result <= UINT32_MAX);
	return (int32_t)(uint32_t)result;
}

double hw_read(struct hw_guest *guest, const char *name, ...)
{
	uint64_t result;
	double value;
	va_list list;

	va_start(list, name);
	result = invoke(guest, name, "ii:F", list);
	va_end(list);
	memcpy(&value, &result, sizeof(value));
	return value;
}

uint32_t hw_text(struct hw_guest *guest, uint32_t addr, const char *text)
{
	size_t size = strlen(text) + 1;

	assert_true(addr + size <= HW_SIZE);
	memcpy(guest->memory + addr, text, size);
	return addr;
}

/* ---- begin and end ---- */

void hw_begin(struct hw_guest *guest, const struct ocre_board *board)
{
	for (size_t i = 0; i < PROVIDERS; i++) {
		struct ocre_diag diag = {0};

		assert_null(providers[i]->open); /* the board is what is shared */
		assert_int_equal(providers[i]->create((void *)(uintptr_t)board, &guest->guest,
						      &guest->objects[i], &diag),
				 OCRE_OK);
	}
}

void hw_end(struct hw_guest *guest)
{
	for (size_t i = 0; i < PROVIDERS; i++) {
		providers[i]->destroy(guest->objects[i]);
		guest->objects[i] = NULL;
	}
	assert_int_equal(guest->mem.used, 0);
}

static void make_guest(struct hw *hw, struct hw_guest *guest)
{
	guest->hw = hw;
	ocre_mem_init(&guest->mem, resize, hw, SIZE_MAX);
	guest->mem.threads = true;
	guest->guest.ops = &guest_ops;
	guest->guest.id = "it";
	guest->guest.mem = &guest->mem;
	guest->guest.port = &hw->posix.port;
	guest->heap = 0x8000;
	/* With a page behind it that nobody can use. */
	guest->memory =
		(uint8_t *)mmap(NULL, 2 * HW_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(guest->memory != MAP_FAILED);
	assert_int_equal(mprotect(guest->memory, HW_SIZE, PROT_READ | PROT_WRITE), 0);
}

static struct hw *make(void)
{
	struct hw *hw = (struct hw *)calloc(1, sizeof(*hw));

	assert_non_null(hw);
	hw->allocate = UINT32_MAX;
	ocre_mem_init(&hw->mem, resize, hw, SIZE_MAX);
	assert_int_equal(ocre_port_posix_init(&hw->posix, 0), 0);
	assert_int_equal(hw->posix.port.threads->mutex_init(hw->posix.port.ctx, &hw->mutex), 0);
	make_guest(hw, &hw->a);
	make_guest(hw, &hw->b);
	return hw;
}

struct hw *hw_start_board(const struct ocre_board *board)
{
	struct hw *hw = make();

	hw_begin(&hw->a, board);
	hw_begin(&hw->b, board);
	return hw;
}

struct hw *hw_start(const char *description)
{
	struct hw *hw = make();
	const struct ocre_board *board = NULL;

	if (description != NULL) {
		struct ocre_bytes text = {(const uint8_t *)description, strlen(description)};
		struct ocre_diag diag = {0};

		if (ocre_sim_create(&hw->mem, &hw->posix.port, text, &hw->sim, &diag) != OCRE_OK) {
			fail_msg("%s", diag.text);
		}
		board = ocre_sim_board(hw->sim);
	}
	hw_begin(&hw->a, board);
	hw_begin(&hw->b, board);
	return hw;
}

void hw_stop(struct hw *hw)
{
	hw_end(&hw->a);
	hw_end(&hw->b);
	ocre_sim_destroy(hw->sim);
	assert_int_equal(hw->mem.used, 0);
	assert_int_equal(hw->held, 0);
	munmap(hw->a.memory, 2 * HW_SIZE);
	munmap(hw->b.memory, 2 * HW_SIZE);
	hw->posix.port.threads->mutex_deinit(hw->posix.port.ctx, &hw->mutex);
	ocre_port_posix_deinit(&hw->posix);
	free(hw);
}
