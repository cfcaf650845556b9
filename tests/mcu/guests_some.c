/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guests_some.c - one C program that prints and waits, linked in two ways, and the three of
 * mcu-demo that belong together.
 */
#include "weigh.h"

/* From ocre_flash_guest(). */
extern const struct ocre_flash_image waits_small, waits_default, publisher, subscriber, blinky;

static const char *const publishes[] = {"msg:publish=room/temperature", NULL};
static const char *const subscribes[] = {"msg:subscribe=room/#", NULL};
static const char *const blinks[] = {"gpio:write=0/0", NULL};

const struct weighed weighed[] = {
	{"waits_small", &waits_small, NULL, 1024, false, false, NULL},
	{"waits_checked", &waits_small, NULL, 1024, true, false, NULL},
	{"waits_default", &waits_default, NULL, 2048, false, false, NULL},
	{"subscriber", &subscriber, subscribes, 1024, false, true, "heard: 20 degrees\n"},
	{"publisher", &publisher, publishes, 1024, false, true, NULL},
	{"blinky", &blinky, blinks, 1024, false, true, NULL},
};
const uint32_t weighed_count = sizeof(weighed) / sizeof(weighed[0]);
