/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.c - a program of your own that presses a button and sees an LED, without either of them.
 * `OCRE_BOARD=board.txt board WORKDIR` takes the image blink.wasm from WORKDIR/images.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <time.h>

#include <ocre/beyond.h>
#include <ocre/board.h>
#include <ocre/ocre.h>

/* On the thread of whoever changed the pin. */
static void show(void *arg, const struct ocre_sim_pin *pin)
{
	(void)arg;
	if (pin->use == OCRE_SIM_OUTPUT && pin->name != NULL) {
		printf("%s is %s\n", pin->name, pin->level ? "on" : "off");
	}
}

/* Wait until somebody drives the LED. */
static int wait_for_output(struct ocre_sim *sim, const char *name)
{
	const struct timespec ms = {0, 1000000};
	struct ocre_sim_pin pin = {0};
	uint32_t numbers[2];

	if (ocre_sim_pin_find(sim, name, &numbers[0], &numbers[1]) != OCRE_OK) {
		fprintf(stderr, "the board has no %s\n", name);
		return -1;
	}
	for (int n = 0; n < 10000 && pin.use != OCRE_SIM_OUTPUT; n++) {
		nanosleep(&ms, NULL);
		ocre_sim_pin_get(sim, numbers[0], numbers[1], &pin);
	}
	return pin.use == OCRE_SIM_OUTPUT ? 0 : -1;
}

static int run(struct ocre_context *context)
{
	static const char *capabilities[] = {"gpio:write=7/7", "gpio:read=2/13", NULL};
	const struct ocre_container_args args = {.capabilities = capabilities};
	struct ocre_sim *sim = ocre_sim_of(ocre_context_board(context));
	struct ocre_container *blink;
	int status = 1;

	if (sim == NULL) {
		fprintf(stderr, "no simulated board: set OCRE_BOARD=board.txt\n");
		return 1;
	}
	ocre_sim_on_change(sim, show, NULL);
	blink = ocre_context_create_container(context, "blink.wasm", NULL, "blink", true, &args, -1,
					      -1, -1);
	if (blink == NULL || ocre_container_start(blink) != 0 ||
	    wait_for_output(sim, "led0") != 0) {
		return 1;
	}
	printf("the button is pressed\n");
	ocre_sim_pin_set(sim, 2, 13, false);
	ocre_container_wait(blink, &status);
	return status;
}

int main(int argc, char **argv)
{
	struct ocre_context *context;
	int status = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: board WORKDIR\n");
		return 2;
	}
	if (ocre_initialize(NULL) != 0) {
		return 1;
	}
	context = ocre_create_context(argv[1]);
	if (context != NULL) {
		status = run(context);
	}
	ocre_deinitialize();
	return status;
}
