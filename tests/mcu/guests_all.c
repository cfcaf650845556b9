/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guests_all.c - measure.c with guests: one C program that prints and waits, linked in the two
 * ways that docs/small-guests.md compares, and the three of mcu-demo that belong together. Fails
 * when a guest does not do its work, or leaves anything behind.
 */
#include <string.h>

#include "measure.h"

struct guest {
	const char *name;
	const struct ocre_flash_image *image;
	const char *const *grants;
	uint32_t stack_size;
	bool checked_here; /* without prepared code: the device checks and prepares it in RAM */
	bool together;	   /* one of those that run side by side at the end */
	const char *says;  /* at least three times in three seconds, or NULL */
};

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image waits_small, waits_default, publisher, subscriber, blinky;

static const char *const publishes[] = {"msg:publish=room/temperature", NULL};
static const char *const subscribes[] = {"msg:subscribe=room/#", NULL};
static const char *const blinks[] = {"gpio:write=0/0", NULL};

static const struct guest guests[] = {
	{"waits_small", &waits_small, NULL, 1024, false, false, NULL},
	{"waits_checked", &waits_small, NULL, 1024, true, false, NULL},
	{"waits_default", &waits_default, NULL, 2048, false, false, NULL},
	{"subscriber", &subscriber, subscribes, 1024, false, true, "heard: 20 degrees\n"},
	{"publisher", &publisher, publishes, 1024, false, true, NULL},
	{"blinky", &blinky, blinks, 1024, false, true, NULL},
};
#define GUESTS (sizeof(guests) / sizeof(guests[0]))

static struct ocre_container *start(struct firmware *f, const struct guest *guest, const char *id)
{
	const struct ocre_container_config config = {
		.id = id,
		.image = guest->name,
		.bytes = guest->image->bytes,
		.code = guest->checked_here ? (struct ocre_bytes){0} : guest->image->code,
		.grants = guest->grants,
		.stack_size = guest->stack_size,
		.log_bytes = 512,
	};
	struct ocre_container *container = NULL;
	struct ocre_diag diag = {0};

	if (ocre_container_create(f->context, &config, &container, &diag) != OCRE_OK ||
	    ocre_core_start(container, &diag) != OCRE_OK) {
		measure_fail(f, id, diag.text);
	}
	return container;
}

static void run(struct firmware *f, uint64_t ms)
{
	uint64_t end = f->machine->now() + ms * 1000000u;

	while (f->machine->now() < end) {
		uint64_t next = ocre_core_poll(f->context, 10000);

		f->bare.port.ops->wait(f->bare.port.ctx, NULL, 0, next < end ? next : end, NULL);
	}
}

static void expect_running(struct firmware *f, struct ocre_container *container)
{
	struct ocre_container_info info;

	if (ocre_container_get_info(container, &info) != OCRE_OK ||
	    info.state != OCRE_STATE_RUNNING) {
		measure_fail(f, info.id, info.end.text);
	}
}

/* What one container costs when it waits and at most, and a second one of the same image. */
static void weigh(struct firmware *f, const struct guest *guest)
{
	static const char *const ids[] = {"first", "second"};
	struct ocre_container *containers[2];
	size_t waiting[2], most[2];
	size_t before = f->pool.used;
	size_t i;

	for (i = 0; i < 2; i++) {
		size_t was = f->pool.used;

		f->pool.peak = was;
		containers[i] = start(f, guest, ids[i]);
		run(f, 20);
		expect_running(f, containers[i]);
		waiting[i] = f->pool.used - was;
		most[i] = f->pool.peak - was;
	}
	measure_say(f, guest->name);
	for (i = 0; i < 2; i++) {
		measure_number(f, waiting[i]);
		measure_number(f, most[i]);
		ocre_core_kill(containers[i]);
		ocre_container_remove(containers[i]);
	}
	measure_say(f, "\n");
	if (f->pool.used != before) {
		measure_fail(f, guest->name, "what it had is not free again");
	}
}

/* All that come together, as a device has them. */
static void together(struct firmware *f)
{
	uint32_t i;

	f->pool.peak = 0;
	for (i = 0; i < GUESTS; i++) {
		if (guests[i].together) {
			start(f, &guests[i], guests[i].name);
		}
	}
	run(f, 3000);
	for (i = 0; i < GUESTS; i++) {
		struct ocre_container *container = ocre_container_find(f->context, guests[i].name);
		struct ocre_container_stats stats;

		if (container == NULL) {
			continue;
		}
		expect_running(f, container);
		ocre_container_get_stats(container, &stats);
		if (guests[i].says != NULL && stats.log_bytes < 3 * strlen(guests[i].says)) {
			measure_fail(f, guests[i].name, "it has not said what it should");
		}
	}
	if (f->changes < 5) {
		measure_fail(f, "led0", "it does not blink");
	}
	measure_say(f, "together");
	measure_number(f, f->pool.used);
	measure_number(f, f->pool.peak);
	measure_say(f, "\n");
}

void measure_guests(struct firmware *f)
{
	/* What the context makes for its first container and keeps is not that container's. */
	struct ocre_container *first = start(f, &guests[0], "first");
	size_t i;

	ocre_core_kill(first);
	ocre_container_remove(first);
	measure_say(f, "context");
	measure_number(f, f->pool.used);
	measure_say(f, "\n");
	for (i = 0; i < GUESTS; i++) {
		weigh(f, &guests[i]);
	}
	together(f);
}
