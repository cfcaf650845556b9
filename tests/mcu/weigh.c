/* SPDX-License-Identifier: Apache-2.0 */
/*
 * weigh.c - measure.c with the guests of a table: what a container of each takes, and what some
 * take side by side. Fails when a guest does not do its work, or leaves anything behind.
 */
#include <string.h>

#include "weigh.h"

static struct ocre_container *start(struct firmware *f, const struct weighed *guest, const char *id)
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
static void weigh(struct firmware *f, const struct weighed *guest)
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
	measure_number(f, guest->image->bytes.size);
	measure_number(f, guest->image->code.size);
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
	uint32_t i, count = 0;

	f->pool.peak = 0;
	for (i = 0; i < weighed_count; i++) {
		if (weighed[i].together) {
			count++;
			start(f, &weighed[i], weighed[i].name);
		}
	}
	if (count == 0) {
		return;
	}
	run(f, 3000);
	for (i = 0; i < weighed_count; i++) {
		struct ocre_container *container = ocre_container_find(f->context, weighed[i].name);
		struct ocre_container_stats stats;

		if (container == NULL) {
			continue;
		}
		expect_running(f, container);
		ocre_container_get_stats(container, &stats);
		if (weighed[i].says != NULL && stats.log_bytes < 3 * strlen(weighed[i].says)) {
			measure_fail(f, weighed[i].name, "it has not said what it should");
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
	struct ocre_container *first = start(f, &weighed[0], "first");
#ifdef MEASURE_COUNTER
	/* Of the board, which counts from the reset. */
	uint32_t counter = *(const volatile uint32_t *)MEASURE_COUNTER;
#endif
	size_t i;

#ifdef MEASURE_COUNTER
	/* Nothing of it has run: that is what the next poll would do first. */
	measure_say(f, "reset_to_guest");
	measure_number(f, counter);
	measure_say(f, "\n");
#endif
	ocre_core_kill(first);
	ocre_container_remove(first);
	measure_say(f, "context");
	measure_number(f, f->pool.used);
	measure_say(f, "\n");
	for (i = 0; i < weighed_count; i++) {
		weigh(f, &weighed[i]);
	}
	together(f);
}
