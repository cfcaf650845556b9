/* SPDX-License-Identifier: Apache-2.0 */
/*
 * without.c - measure.c without a guest: what a firmware has before its first. Everything that
 * the core can do with a container is called, so that all of it is linked.
 */
#include "measure.h"

/* No linker and no compiler knows that there are none. */
static struct ocre_container_config *volatile configs;

static int live(struct ocre_context *context, const struct ocre_container_config *config)
{
	struct ocre_container *container;
	struct ocre_container_info info;
	struct ocre_container_stats stats;
	static struct ocre_log_entry entry;
	struct ocre_diag diag = {0};
	int rc = ocre_container_create(context, config, &container, &diag);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc |= ocre_core_start(container, &diag);
	rc |= ocre_core_pause(container);
	rc |= ocre_core_unpause(container);
	rc |= ocre_core_restart(container, &diag);
	rc |= ocre_container_get_info(container, &info);
	rc |= ocre_container_get_stats(container, &stats);
	rc |= ocre_container_read_log(container, 0, 0, &entry);
	rc |= ocre_core_stop(ocre_container_find(context, "it"));
	rc |= ocre_core_kill(container);
	rc |= ocre_core_wait(container, 0, NULL);
	return rc | ocre_container_remove(container);
}

void measure_guests(struct firmware *f)
{
	struct ocre_container_config *config = configs;

	measure_say(f, "context");
	measure_number(f, f->pool.used);
	measure_say(f, "\n");
	while (config != NULL && live(f->context, config) == OCRE_OK) {
		config++;
	}
	ocre_core_poll(f->context, 10000);
}
