/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_flash.h - flash that is memory, with the rules of NOR flash: an erase sets a block, a program
 * writes whole units that were erased, once. Breaking a rule ends the program. The power can be cut
 * at any program or erase, which is then done in part.
 */
#ifndef TESTS_IMAGE_SIM_FLASH_H
#define TESTS_IMAGE_SIM_FLASH_H

#include <ocre/image.h>

/* How much of the operation that the power is cut in is still done. */
enum sim_cut {
	SIM_NOTHING,
	SIM_PART, /* some units, one of them torn; of an erase: any bits */
	SIM_ALL,  /* but the caller never knew */
	SIM_CUTS
};

struct sim_flash {
	struct ocre_flash flash;
	uint8_t *bytes;
	uint8_t *programmed; /* for each unit: needs an erase before it is programmed again */
	uint32_t *erases;    /* for each block */
	uint32_t ops;	     /* programs and erases so far */
	uint32_t cut_at;     /* the operation of that number is cut; 0: none */
	enum sim_cut cut;
	uint32_t fail_at;   /* that one fails, and the power stays on */
	uint32_t reads;	    /* so far */
	uint32_t fail_read; /* the read of that number fails */
	bool off;
	uint64_t random;
};

/* `shape` is the flash without its functions. */
void sim_init(struct sim_flash *sim, const struct ocre_flash *shape, uint64_t seed);
void sim_deinit(struct sim_flash *sim);
/* All that lasts over a power cut. */
void sim_copy(struct sim_flash *to, const struct sim_flash *from);
/* The power is back; cut again at the operation `at` from now on, or 0. */
void sim_power(struct sim_flash *sim, uint32_t at, enum sim_cut cut);
uint32_t sim_random(uint64_t *state);

#endif /* TESTS_IMAGE_SIM_FLASH_H */
