/* SPDX-License-Identifier: Apache-2.0 */
/* sim_flash.c - flash that is memory; see sim_flash.h. */
#include "sim_flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULE(x)                                                                                    \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "sim_flash.c:%d: broken: %s\n", __LINE__, #x);             \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

uint32_t sim_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static uint8_t noise(struct sim_flash *sim)
{
	return (uint8_t)(sim_random(&sim->random) >> 7);
}

static int sim_read(void *ctx, uint32_t offset, void *data, uint32_t size)
{
	struct sim_flash *sim = ctx;

	RULE(offset <= sim->flash.size && size <= sim->flash.size - offset);
	if (sim->off || ++sim->reads == sim->fail_read) {
		return -1;
	}
	memcpy(data, sim->bytes + offset, size);
	return 0;
}

static bool is_cut(struct sim_flash *sim)
{
	sim->ops++;
	sim->off = sim->off || sim->ops == sim->cut_at;
	return sim->off;
}

static int sim_program(void *ctx, uint32_t offset, const void *data, uint32_t size)
{
	struct sim_flash *sim = ctx;
	uint32_t unit = sim->flash.program_unit;
	const uint8_t *bytes = data;
	uint32_t whole = size;
	uint32_t torn = 0;

	RULE(offset <= sim->flash.size && size <= sim->flash.size - offset);
	RULE(size > 0 && offset % unit == 0 && size % unit == 0);
	RULE(offset / sim->flash.erase_size == (offset + size - 1) / sim->flash.erase_size);
	if (sim->off || ++sim->ops == sim->fail_at) {
		return -1;
	}
	sim->ops--;
	if (is_cut(sim)) {
		whole = sim->cut == SIM_ALL ? size : 0;
		if (sim->cut == SIM_PART) {
			whole = sim_random(&sim->random) % (size / unit) * unit;
			torn = unit;
		}
	}
	for (uint32_t i = 0; i < (whole + torn) / unit; i++) {
		RULE(!sim->programmed[offset / unit + i]);
	}
	for (uint32_t i = 0; i < whole + torn; i++) {
		uint8_t was = sim->bytes[offset + i];
		uint8_t flip = was ^ bytes[i];

		if (i >= whole) {
			flip &= noise(sim);
		}
		sim->bytes[offset + i] = was ^ flip;
		if (flip != 0) {
			sim->programmed[(offset + i) / unit] = 1;
		}
	}
	return sim->off ? -1 : 0;
}

static int sim_erase(void *ctx, uint32_t offset)
{
	struct sim_flash *sim = ctx;
	uint32_t block = sim->flash.erase_size;
	uint32_t unit = sim->flash.program_unit;
	uint8_t *at = sim->bytes + offset;
	uint8_t *programmed = sim->programmed + offset / unit;

	RULE(offset % block == 0 && offset < sim->flash.size);
	if (sim->off || ++sim->ops == sim->fail_at) {
		return -1;
	}
	sim->ops--;
	if (is_cut(sim) && sim->cut != SIM_ALL) {
		/* Even one that reads as erased wants another erase. */
		uint8_t mask = noise(sim);

		memset(programmed, 1, block / unit);
		for (uint32_t i = 0; i < block && sim->cut == SIM_PART; i++) {
			uint8_t flip = at[i] ^ sim->flash.erased;

			/* A third each: a part of the bits, noise, all. */
			at[i] ^= mask < 85 ? flip & noise(sim) : mask < 170 ? noise(sim) : flip;
		}
		return -1;
	}
	memset(at, sim->flash.erased, block);
	memset(programmed, 0, block / unit);
	sim->erases[offset / block]++;
	return sim->off ? -1 : 0;
}

void sim_init(struct sim_flash *sim, const struct ocre_flash *shape, uint64_t seed)
{
	memset(sim, 0, sizeof(*sim));
	sim->flash = *shape;
	sim->random = seed;
	sim->bytes = aligned_alloc(64, shape->size);
	sim->programmed = malloc(shape->size / shape->program_unit);
	sim->erases = calloc(shape->size / shape->erase_size, sizeof(*sim->erases));
	RULE(sim->bytes != NULL && sim->programmed != NULL && sim->erases != NULL);
	for (uint32_t i = 0; i < shape->size; i++) {
		sim->bytes[i] = noise(sim);
	}
	memset(sim->programmed, 1, shape->size / shape->program_unit);
	sim->flash.read = sim_read;
	sim->flash.program = sim_program;
	sim->flash.erase = sim_erase;
	sim->flash.ctx = sim;
	sim->flash.base = sim->bytes;
}

void sim_deinit(struct sim_flash *sim)
{
	free(sim->bytes);
	free(sim->programmed);
	free(sim->erases);
}

void sim_copy(struct sim_flash *to, const struct sim_flash *from)
{
	const struct ocre_flash *shape = &from->flash;

	memcpy(to->bytes, from->bytes, shape->size);
	memcpy(to->programmed, from->programmed, shape->size / shape->program_unit);
	memcpy(to->erases, from->erases, shape->size / shape->erase_size * sizeof(*to->erases));
}

void sim_power(struct sim_flash *sim, uint32_t at, enum sim_cut cut)
{
	sim->off = false;
	sim->ops = 0;
	sim->cut_at = at;
	sim->cut = cut;
	sim->fail_at = 0;
	sim->reads = 0;
	sim->fail_read = 0;
}
