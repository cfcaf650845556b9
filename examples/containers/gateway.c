/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway.c - a program of your own with two containers that talk to each other. It needs the
 * library ocre. `gateway WORKDIR` takes the images sensor.wasm and thermostat.wasm from
 * WORKDIR/images.
 */
#include <inttypes.h>
#include <stdio.h>

#include <ocre/core.h>
#include <ocre/ocre.h>

/* What they may do: talk, and nothing else. */
static const char *capabilities[] = {"ocre:api", NULL};

static struct ocre_container *make(struct ocre_context *context, const char *image, const char *id)
{
	const struct ocre_container_args args = {.capabilities = capabilities};

	/* Detached: start returns when the guest runs. -1: the standard streams of this program. */
	return ocre_context_create_container(context, image, NULL, id, true, &args, -1, -1, -1);
}

/* <ocre/core.h> is the same container with more to see. */
static void show(struct ocre_container *container)
{
	struct ocre_container_stats stats;
	int status;

	if (ocre_container_wait(container, &status) != 0 ||
	    ocre_container_get_stats(container, &stats) != OCRE_OK) {
		return;
	}
	printf("%s ended with %d after %" PRIu64 " events\n", ocre_container_get_id(container),
	       status, stats.events);
}

static int run(struct ocre_context *context)
{
	struct ocre_container *thermostat = make(context, "thermostat.wasm", "thermostat");
	struct ocre_container *sensor = make(context, "sensor.wasm", "sensor");

	/* Why something failed stands on standard error. */
	if (thermostat == NULL || sensor == NULL || ocre_container_start(thermostat) != 0 ||
	    ocre_container_start(sensor) != 0) {
		return 1;
	}
	ocre_container_wait(sensor, NULL);
	ocre_container_stop(thermostat); /* asks it to end, and kills it after 10 s */
	show(sensor);
	show(thermostat);
	return 0;
}

int main(int argc, char **argv)
{
	struct ocre_context *context;
	int status = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: gateway WORKDIR\n");
		return 2;
	}
	if (ocre_initialize(NULL) != 0) {
		return 1;
	}
	context = ocre_create_context(argv[1]);
	if (context != NULL) {
		status = run(context);
	}
	ocre_deinitialize(); /* with everything that is left */
	return status;
}
