/* SPDX-License-Identifier: Apache-2.0 */
/* linux_absent.c - in the place of linux.c where there is no libgpiod. */
#include <ocre/board.h>

int ocre_gpiod_create(struct ocre_mem *mem, const struct ocre_gpiod_config *config,
		      struct ocre_gpiod **out, struct ocre_diag *diag)
{
	(void)mem;
	(void)config;
	(void)out;
	return ocre_diag_set(diag, OCRE_E_UNSUPPORTED, OCRE_NO_OFFSET,
			     "GPIO chips: built without libgpiod (1.5 or later, before 2)");
}

void ocre_gpiod_destroy(struct ocre_gpiod *gpiod)
{
	(void)gpiod;
}

/* There is nothing that it could be called with. */
const struct ocre_board *ocre_gpiod_board(const struct ocre_gpiod *gpiod)
{
	(void)gpiod;
	return NULL;
}
