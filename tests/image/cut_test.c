/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cut_test.c - power cuts. Each step of a scenario is cut at each program and each erase that it
 * makes, three ways; opening the store afterwards must find the state before or after the step and
 * lose no room, and the step must be possible again. What opening writes is cut as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"

#define CUT_LIVES 3 /* random scenarios */

static const struct ocre_flash small = {
	.size = 12288,
	.erase_size = 256,
	.program_unit = 4,
	.journal_size = 2048,
	.journals = 2,
	.erased = 0xff,
};
static const struct ocre_flash wide = {
	.size = 14336,
	.erase_size = 1024,
	.program_unit = 32,
	.journal_size = 3072,
	.journals = 2,
	.erased = 0xff,
};

struct cuts {
	struct sim_flash sim;
	struct sim_flash before;  /* the step */
	struct sim_flash between; /* the first cut and opening */
	struct ocre_image_store store;
	struct model old;
	struct model new;
	const struct model_step *step;
	int rc;		/* of the step without a cut */
	uint32_t tried; /* cuts */
	uint32_t undone;
	uint32_t moves; /* cuts that left something to opening */
};

static void fail_at(const struct cuts *c, const char *what, uint32_t at, uint32_t second,
		    uint32_t how)
{
	fail_msg("step %u (%s %s, %u bytes), cut at %u way %u, then at %u: %s",
		 (unsigned int)c->old.steps,
		 c->step->what == MODEL_PUT	 ? "put"
		 : c->step->what == MODEL_REMOVE ? "remove"
						 : "rename",
		 c->step->name, (unsigned int)c->step->size, (unsigned int)at, (unsigned int)how,
		 (unsigned int)second, what);
}

/* The power is on again: open, look, and do the step once more. */
static void recovers(struct cuts *c, uint32_t at, uint32_t second, uint32_t how)
{
	bool undone;

	sim_power(&c->sim, 0, SIM_NOTHING);
	if (ocre_image_store_open(&c->store, &c->sim.flash, NULL) != OCRE_OK) {
		fail_at(c, "cannot be opened", at, second, how);
	}
	undone = model_differs(&c->old, &c->store) == NULL;
	if (!undone && model_differs(&c->new, &c->store) != NULL) {
		fail_at(c, model_differs(&c->new, &c->store), at, second, how);
	}
	c->undone += undone;
	if (c->step->what != MODEL_PUT && !undone) {
		return;
	}
	/* Done already, there may be no room to do it again. */
	if (model_do(&c->store, c->step) != c->rc && undone) {
		fail_at(c, "cannot be done again", at, second, how);
	}
	if (model_differs(&c->new, &c->store) != NULL) {
		fail_at(c, "done again, it differs", at, second, how);
	}
}

/* Cut `open` at each of its operations, after a first cut. */
static void cut_opening(struct cuts *c, uint32_t at, uint32_t how)
{
	uint32_t ops;

	sim_power(&c->sim, 0, SIM_NOTHING);
	sim_copy(&c->between, &c->sim);
	(void)ocre_image_store_open(&c->store, &c->sim.flash, NULL);
	ops = c->sim.ops;
	c->moves += ops > 0;
	for (uint32_t second = 1; second <= ops; second++) {
		sim_copy(&c->sim, &c->between);
		sim_power(&c->sim, second, (enum sim_cut)(sim_random(&c->sim.random) % SIM_CUTS));
		(void)ocre_image_store_open(&c->store, &c->sim.flash, NULL);
		c->tried++;
		recovers(c, at, second, how);
	}
	sim_copy(&c->sim, &c->between);
}

static void cut_step(struct cuts *c, const struct model_step *step)
{
	uint32_t ops;

	c->step = step;
	sim_power(&c->sim, 0, SIM_NOTHING);
	sim_copy(&c->before, &c->sim);
	assert_int_equal(ocre_image_store_open(&c->store, &c->sim.flash, NULL), OCRE_OK);
	assert_null(model_differs(&c->old, &c->store));
	c->rc = model_do(&c->store, step);
	ops = c->sim.ops;
	c->new = c->old;
	if (c->rc == OCRE_OK) {
		model_did(&c->new, step);
	}
	for (uint32_t at = 1; at <= ops; at++) {
		for (uint32_t how = 0; how < SIM_CUTS; how++) {
			sim_copy(&c->sim, &c->before);
			sim_power(&c->sim, 0, SIM_NOTHING);
			assert_int_equal(ocre_image_store_open(&c->store, &c->sim.flash, NULL),
					 OCRE_OK);
			sim_power(&c->sim, at, (enum sim_cut)how);
			if (model_do(&c->store, step) == OCRE_OK) {
				fail_at(c, "was cut and did not notice", at, 0, how);
			}
			c->tried++;
			cut_opening(c, at, how);
			recovers(c, at, 0, how);
		}
	}
	/* And on, without a cut. */
	sim_copy(&c->sim, &c->before);
	sim_power(&c->sim, 0, SIM_NOTHING);
	assert_int_equal(ocre_image_store_open(&c->store, &c->sim.flash, NULL), OCRE_OK);
	assert_int_equal(model_do(&c->store, step), c->rc);
	assert_null(model_differs(&c->new, &c->store));
	c->old = c->new;
}

static void begin(struct cuts *c, const struct ocre_flash *shape, uint64_t seed)
{
	memset(c, 0, sizeof(*c));
	sim_init(&c->sim, shape, seed);
	sim_init(&c->before, shape, seed);
	sim_init(&c->between, shape, seed);
	assert_int_equal(ocre_image_store_format(&c->sim.flash, NULL), OCRE_OK);
}

static void tidy(struct cuts *c)
{
	sim_deinit(&c->sim);
	sim_deinit(&c->before);
	sim_deinit(&c->between);
}

static void finish(struct cuts *c)
{
	printf("%u cuts, %u undone, %u times a move was finished\n", (unsigned int)c->tried,
	       (unsigned int)c->undone, (unsigned int)c->moves);
	tidy(c);
}

#define IMAGE OCRE_STORE_IMAGE
#define CODE  OCRE_STORE_CODE
#define DATA  OCRE_STORE_FILE

/* A device's life: installed, run, updated, filled up, moved together. Blocks of 256 bytes: 32. */
static const struct model_step life[] = {
	{MODEL_PUT, IMAGE, "pub", 1000, 1},	 {MODEL_PUT, CODE, "pub", 1300, 2},
	{MODEL_PUT, IMAGE, "sub", 700, 7},	 {MODEL_PUT, DATA, "pub/state", 40, 3},
	{MODEL_PUT, DATA, "pub/empty", 0, 4},	 {MODEL_PUT, DATA, "pub/large", 600, 5},
	{MODEL_PUT, DATA, "pub/state", 41, 8},	 {MODEL_PUT, DATA, "pub/state", 300, 9},
	{MODEL_PUT, IMAGE, "pub", 1100, 10},	 {MODEL_PUT, DATA, "pub/large", 500, 11},
	{MODEL_REMOVE, DATA, "pub/empty", 0, 0}, {MODEL_PUT, CODE, "pub", 900, 12},
	{MODEL_PUT, IMAGE, "fill1", 512, 13},	 {MODEL_PUT, IMAGE, "fill2", 2560, 14},
	{MODEL_PUT, IMAGE, "no", 8000, 15},	 {MODEL_REMOVE, IMAGE, "sub", 0, 0},
	{MODEL_PUT, IMAGE, "fill3", 600, 22},	 {MODEL_REMOVE, IMAGE, "fill1", 0, 0},
	{MODEL_PUT, IMAGE, "large", 2000, 16},	 {MODEL_REMOVE, IMAGE, "pub", 0, 0},
	{MODEL_PUT, IMAGE, "larger", 2816, 17},	 {MODEL_PUT, DATA, "pub/state", 200, 18},
	{MODEL_PUT, DATA, "pub/state", 201, 19}, {MODEL_PUT, DATA, "pub/state", 202, 20},
	{MODEL_REMOVE, IMAGE, "fill3", 0, 0},	 {MODEL_PUT, DATA, "pub/state", 203, 21},
	{MODEL_REMOVE, IMAGE, "large", 0, 0},	 {MODEL_PUT, IMAGE, "again", 2300, 23},
};

static void a_life_cut_everywhere(void **state)
{
	static struct cuts c;

	(void)state;
	begin(&c, &small, 1);
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		cut_step(&c, &life[i]);
	}
	assert_true(c.moves > 0);
	finish(&c);
}

static void a_life_in_large_units(void **state)
{
	static struct cuts c;

	(void)state;
	begin(&c, &wide, 2);
	for (size_t i = 0; i < sizeof(life) / sizeof(life[0]); i++) {
		cut_step(&c, &life[i]);
	}
	finish(&c);
}

/* Small and large ones, over nothing and over others, again and again, between moves. */
static void renaming_cut_everywhere(void **state)
{
	static const struct model_step steps[] = {
		{MODEL_PUT, DATA, "a/tmp", 40, 1, NULL},
		{MODEL_RENAME, DATA, "a/tmp", 0, 0, "a/state"},
		{MODEL_PUT, DATA, "a/tmp", 50, 2, NULL},
		{MODEL_RENAME, DATA, "a/tmp", 0, 0, "a/state"},
		{MODEL_PUT, IMAGE, "hole", 256, 3, NULL},
		{MODEL_PUT, DATA, "a/large", 600, 4, NULL},
		{MODEL_RENAME, DATA, "a/large", 0, 0, "a/state"},
		{MODEL_PUT, IMAGE, "fill", 6500, 5, NULL},
		{MODEL_REMOVE, IMAGE, "hole", 0, 0, NULL},
		{MODEL_PUT, DATA, "a/tmp", 700, 6, NULL}, /* moves what was renamed */
		{MODEL_RENAME, DATA, "a/tmp", 0, 0, "a/state"},
		{MODEL_PUT, DATA, "a/x", 380, 8, NULL},
		{MODEL_RENAME, DATA, "a/x", 0, 0, "a/y"},
		{MODEL_RENAME, DATA, "a/y", 0, 0, "a/x"}, /* into a new journal */
		{MODEL_RENAME, DATA, "a/x", 0, 0, "a/y"},
		{MODEL_RENAME, DATA, "a/nothing", 0, 0, "a/y"},
		{MODEL_RENAME, DATA, "a/state", 0, 0, "a/state"},
		{MODEL_REMOVE, DATA, "a/state", 0, 0, NULL},
	};
	static struct cuts c;

	(void)state;
	begin(&c, &small, 4);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		cut_step(&c, &steps[i]);
	}
	assert_true(c.moves > 0);
	finish(&c);
}

/*
 * A full store, of which small pieces are freed, and a large image that wants them all: everything
 * behind moves, by fewer blocks than it has. Contents that are all the same, or that repeat from
 * block to block, are the hard ones when it is to be found out how far that went.
 */
static void moving_cut_everywhere(void **state)
{
	static const struct model_step steps[] = {
		{MODEL_PUT, IMAGE, "hole1", 256, 1},   {MODEL_PUT, IMAGE, "noise", 1500, 2},
		{MODEL_PUT, IMAGE, "hole2", 512, 3},   {MODEL_PUT, IMAGE, "same", 1700, 7},
		{MODEL_PUT, IMAGE, "hole3", 256, 4},   {MODEL_PUT, IMAGE, "repeats", 1300, 6},
		{MODEL_PUT, CODE, "repeats", 100, 14}, {MODEL_PUT, IMAGE, "rest", 1024, 15},
		{MODEL_REMOVE, IMAGE, "hole1", 0, 0},  {MODEL_REMOVE, IMAGE, "hole2", 0, 0},
		{MODEL_REMOVE, IMAGE, "hole3", 0, 0},  {MODEL_PUT, IMAGE, "large", 1200, 5},
	};
	static struct cuts c;

	(void)state;
	begin(&c, &small, 3);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		cut_step(&c, &steps[i]);
	}
	assert_int_equal(c.rc, OCRE_OK);
	assert_true(c.moves > 50);
	finish(&c);
}

static void random_step(struct model_step *step, uint64_t *random)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	static const char *const files[] = {"a/x", "a/y", "b/x", "c"};
	uint32_t r = sim_random(random);

	memset(step, 0, sizeof(*step));
	step->kind = (enum ocre_image_store_kind)(1 + r % 3);
	step->name = step->kind == DATA ? files[r / 16 % 4] : names[r / 16 % 4];
	step->what = r / 256 % 4 == 0 ? MODEL_REMOVE : MODEL_PUT;
	step->size = 1 + sim_random(random) % (step->kind == DATA ? 700 : 3000);
	step->seed = sim_random(random) % 1000;
	if (step->kind == DATA && r / 4096 % 4 == 0) {
		step->what = MODEL_RENAME;
		step->to = files[r / 65536 % 4];
	}
}

/* Random steps, each cut everywhere. */
static void random_lives_cut_everywhere(void **state)
{
	static struct cuts c;

	(void)state;
	for (uint64_t seed = 1; seed <= CUT_LIVES; seed++) {
		uint64_t random = seed;

		begin(&c, seed % 3 == 0 ? &wide : &small, seed);
		for (uint32_t i = 0; i < 30; i++) {
			struct model_step step;

			random_step(&step, &random);
			cut_step(&c, &step);
		}
		finish(&c);
	}
}

/* A device whose power fails all the time, for a long time, also while it recovers. */
static void a_bad_power_supply(void **state)
{
	static struct cuts c;
	uint32_t cuts = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= CUT_LIVES; seed++) {
		uint64_t random = seed * 77;

		begin(&c, seed % 2 == 0 ? &wide : &small, seed);
		for (uint32_t i = 0; i < 1000; i++) {
			struct model_step step;
			uint32_t at = 1 + sim_random(&random) % 60;
			int rc;

			random_step(&step, &random);
			c.step = &step;
			sim_power(&c.sim, at, (enum sim_cut)(at % SIM_CUTS));
			rc = ocre_image_store_open(&c.store, &c.sim.flash, NULL);
			if (rc == OCRE_OK) {
				rc = model_do(&c.store, &step);
			}
			c.new = c.old;
			if (rc == OCRE_OK || c.sim.off) {
				model_did(&c.new, &step);
			}
			cuts += c.sim.off;
			if (c.sim.off && sim_random(&random) % 2 == 0) {
				at = 1 + sim_random(&random) % 20;
				sim_power(&c.sim, at, (enum sim_cut)(at % SIM_CUTS));
				(void)ocre_image_store_open(&c.store, &c.sim.flash, NULL);
			}
			sim_power(&c.sim, 0, SIM_NOTHING);
			if (ocre_image_store_open(&c.store, &c.sim.flash, NULL) != OCRE_OK) {
				fail_at(&c, "cannot be opened", at, 0, 9);
			}
			if (rc == OCRE_OK || model_differs(&c.old, &c.store) != NULL) {
				if (model_differs(&c.new, &c.store) != NULL) {
					fail_at(&c, model_differs(&c.new, &c.store), at, 0, 9);
				}
				c.old = c.new;
			}
		}
		/* Everything goes, and all room is there again. */
		while (c.old.count > 0) {
			struct model_step step = c.old.there[0].step;

			step.what = MODEL_REMOVE;
			assert_int_equal(model_do(&c.store, &step), OCRE_OK);
			model_did(&c.old, &step);
			assert_null(model_differs(&c.old, &c.store));
		}
		tidy(&c);
	}
	assert_true(cuts > CUT_LIVES * 150);
}

static void formatting_cut_everywhere(void **state)
{
	static const struct model_step step = {MODEL_PUT, IMAGE, "a", 700, 1};
	static struct cuts c;
	uint32_t ops;

	(void)state;
	begin(&c, &small, 9);
	assert_int_equal(ocre_image_store_open(&c.store, &c.sim.flash, NULL), OCRE_OK);
	assert_int_equal(model_do(&c.store, &step), OCRE_OK);
	model_did(&c.old, &step);
	sim_copy(&c.before, &c.sim);
	sim_power(&c.sim, 0, SIM_NOTHING);
	assert_int_equal(ocre_image_store_format(&c.sim.flash, NULL), OCRE_OK);
	ops = c.sim.ops;
	for (uint32_t at = 1; at <= ops; at++) {
		for (uint32_t how = 0; how < SIM_CUTS; how++) {
			sim_copy(&c.sim, &c.before);
			sim_power(&c.sim, at, (enum sim_cut)how);
			assert_int_equal(ocre_image_store_format(&c.sim.flash, NULL), OCRE_E_IO);
			sim_power(&c.sim, 0, SIM_NOTHING);
			assert_int_equal(ocre_image_store_open(&c.store, &c.sim.flash, NULL),
					 OCRE_OK);
			assert_true(model_differs(&c.old, &c.store) == NULL ||
				    model_differs(&c.new, &c.store) == NULL);
		}
	}
	tidy(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_life_cut_everywhere),
		cmocka_unit_test(a_life_in_large_units),
		cmocka_unit_test(moving_cut_everywhere),
		cmocka_unit_test(renaming_cut_everywhere),
		cmocka_unit_test(random_lives_cut_everywhere),
		cmocka_unit_test(a_bad_power_supply),
		cmocka_unit_test(formatting_cut_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
