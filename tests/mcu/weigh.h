/* SPDX-License-Identifier: Apache-2.0 */
/* weigh.h - the table of guests that weigh.c goes through. */
#ifndef WEIGH_H
#define WEIGH_H

#include "measure.h"

struct weighed {
	const char *name;
	const struct ocre_flash_image *image;
	const char *const *grants;
	uint32_t stack_size;
	bool checked_here; /* without prepared code: the device checks and prepares it in RAM */
	bool together;	   /* one of those that run side by side at the end */
	const char *says;  /* at least three times in three seconds, or NULL */
};

extern const struct weighed weighed[];
extern const uint32_t weighed_count;

#endif /* WEIGH_H */
