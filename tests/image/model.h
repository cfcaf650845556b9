/* SPDX-License-Identifier: Apache-2.0 */
/* model.h - what a store should have in it, and the steps of scenarios. */
#ifndef TESTS_IMAGE_MODEL_H
#define TESTS_IMAGE_MODEL_H

#include "sim_flash.h"

#define MODEL_MOST 64

enum model_what {
	MODEL_PUT,
	MODEL_REMOVE,
	MODEL_RENAME, /* a file */
};

struct model_step {
	enum model_what what;
	enum ocre_image_store_kind kind;
	const char *name; /* must stay */
	uint32_t size;
	uint32_t seed;	/* of its contents; also its stamp */
	const char *to; /* the new name; must stay */
};

struct model_thing {
	struct model_step step;
	uint8_t digest[OCRE_SHA256_SIZE];
};

struct model {
	struct model_thing there[MODEL_MOST];
	uint32_t count;
	uint32_t steps;
};

/* Contents: noise, or all the same, or with a period of a block. */
uint8_t model_byte(uint32_t seed, uint32_t at);
/* Do a step, in pieces of different sizes. */
int model_do(struct ocre_image_store *store, const struct model_step *step);
/* It was done. */
void model_did(struct model *model, const struct model_step *step);
/* How the store differs, or NULL: the same things, every byte of them, and all else free. */
const char *model_differs(const struct model *model, struct ocre_image_store *store);

#endif /* TESTS_IMAGE_MODEL_H */
