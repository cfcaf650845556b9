/* SPDX-License-Identifier: Apache-2.0 */
/* measure.h - the program of measure.c, and the guests that it is linked with. */
#ifndef MEASURE_H
#define MEASURE_H

#include <ocre/core.h>
#include <ocre/port_bare.h>

#define MEASURE_PINS 4u

struct firmware {
	const struct ocre_machine *machine;
	struct ocre_pool pool;
	struct ocre_port_bare bare;
	struct ocre_context *context;
	bool levels[MEASURE_PINS];
	uint32_t changes; /* of them all */
};

void measure_say(const struct firmware *f, const char *text);
/* A space, and the number. */
void measure_number(const struct firmware *f, size_t value);
/* Ends the program. */
void measure_fail(const struct firmware *f, const char *what, const char *why);

/* without.c or weigh.c: run guests and say what they take. */
void measure_guests(struct firmware *f);

#endif /* MEASURE_H */
