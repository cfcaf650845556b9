/* SPDX-License-Identifier: Apache-2.0 */
/* provider.c - the table of functions, and the life of what stands behind them. */
#include "internal.h"

/* They existed once, and have nothing to do here: callbacks are found by their names. */
static int nothing(struct ocre_call *call)
{
	return ocre__event_return(call, 0);
}

#define API   OCRE_ACTION_API
#define TIMER OCRE_ACTION_TIMER
#define PERM  (-OCRE_ERRNO_PERM)

static const struct ocre_host_func funcs[] = {
	{"uname", "i:i", ocre__event_uname, API, PERM},
	{"ocre_sleep", "i:i", ocre__event_sleep, API, PERM},
	{"ocre_get_event", "iiiiii:i", ocre__event_get, API, PERM},
	{"ocre_wait_event", "iiiiiii:i", ocre__event_wait, API, PERM},
	{"ocre_register_dispatcher", "ii:i", ocre__event_register_dispatcher, API,
	 -OCRE_ERRNO_INVAL},
	{"ocre_messaging_free_module_event_data", "iii:i", ocre__event_free_data, API, PERM},
	{"ocre_timer_create", "i:i", ocre__event_timer_create, TIMER, PERM},
	{"ocre_timer_start", "iii:i", ocre__event_timer_start, TIMER, PERM},
	{"ocre_timer_stop", "i:i", ocre__event_timer_stop, TIMER, PERM},
	{"ocre_timer_delete", "i:i", ocre__event_timer_delete, TIMER, PERM},
	{"ocre_timer_get_remaining", "i:i", ocre__event_timer_get_remaining, TIMER, PERM},
	/* 2025-03 */
	{"ocre_timer_set_dispatcher", "i:", nothing},
	{"ocre_timer_set_dispatcher", "i:i", nothing},
	/* A sign of life; whoever may do nothing else may give it. */
	{"ocre_watchdog_kick", ":i", ocre__event_watchdog_kick},
	{"ocre_watchdog_kick", ":", ocre__event_watchdog_kick},
};

static const struct ocre_host_module module = {"env", funcs, sizeof(funcs) / sizeof(funcs[0])};
static const struct ocre_host_module *const modules[] = {&module};

static int open_shared(struct ocre_mem *mem, const struct ocre_port *port, const void *config,
		       void **out, struct ocre_diag *diag)
{
	struct ocre__event_shared *shared =
		(struct ocre__event_shared *)ocre_mem_alloc(mem, sizeof(*shared));

	(void)port;
	if (shared == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for uname");
	}
	shared->mem = mem;
	ocre__event_uname_init(shared, (const struct ocre_uname *)config);
	*out = shared;
	return OCRE_OK;
}

static void close_shared(void *arg)
{
	struct ocre__event_shared *shared = (struct ocre__event_shared *)arg;

	ocre_mem_free(shared->mem, shared, sizeof(*shared));
}

static size_t timer_bytes(const struct ocre_guest *guest)
{
	return (size_t)guest->max_timers / 8 + 1;
}

static int create(void *shared, struct ocre_guest *guest, void **out, struct ocre_diag *diag)
{
	struct ocre__event *e = (struct ocre__event *)ocre_mem_alloc(guest->mem, sizeof(*e));

	if (e == NULL) {
		goto no_memory;
	}
	/* A life begins. */
	guest->dispatchers = 0;
	e->guest = guest;
	e->shared = (const struct ocre__event_shared *)shared;
	e->timers = (uint8_t *)ocre_mem_alloc(guest->mem, timer_bytes(guest));
	if (e->timers == NULL) {
		ocre_mem_free(guest->mem, e, sizeof(*e));
		goto no_memory;
	}
	*out = e;
	return OCRE_OK;

no_memory:
	return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for events and timers");
}

static void destroy(void *object)
{
	struct ocre__event *e = (struct ocre__event *)object;
	struct ocre_guest *guest = e->guest;

	ocre__event_timers_release(e);
	ocre__event_release(e);
	ocre_mem_free(guest->mem, e->timers, timer_bytes(guest));
	ocre_mem_free(guest->mem, e, sizeof(*e));
}

const struct ocre_host_provider ocre_provider_event = {
	.name = "event",
	.modules = modules,
	.module_count = 1,
	.open = open_shared,
	.close = close_shared,
	.create = create,
	.destroy = destroy,
};
