/* SPDX-License-Identifier: Apache-2.0 */
/* nbody.c - float: a few bodies that attract each other, double precision with square roots. */
#include "kernel.h"

#include <math.h>
#include <string.h>

const char kernel_name[] = "nbody";

#define BODIES 6
#define STEPS  6000

struct body {
	double at[3];
	double speed[3];
	double mass;
};

static volatile double time_step = 0.004;

static void start(struct body *bodies)
{
	uint32_t seed = 77;

	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < 3; k++) {
			bodies[i].at[k] = (double)(kernel_random(&seed) % 4000) / 100.0 - 20.0;
			bodies[i].speed[k] = (double)(kernel_random(&seed) % 200) / 100.0 - 1.0;
		}
		bodies[i].mass = 1.0 + (double)(kernel_random(&seed) % 100) / 10.0;
	}
}

static void step(struct body *bodies, double dt)
{
	for (int i = 0; i < BODIES; i++) {
		struct body *a = &bodies[i];

		for (int j = i + 1; j < BODIES; j++) {
			struct body *b = &bodies[j];
			double dx = a->at[0] - b->at[0];
			double dy = a->at[1] - b->at[1];
			double dz = a->at[2] - b->at[2];
			double square = dx * dx + dy * dy + dz * dz + 0.01;
			double pull = dt / (square * sqrt(square));

			a->speed[0] -= dx * b->mass * pull;
			a->speed[1] -= dy * b->mass * pull;
			a->speed[2] -= dz * b->mass * pull;
			b->speed[0] += dx * a->mass * pull;
			b->speed[1] += dy * a->mass * pull;
			b->speed[2] += dz * a->mass * pull;
		}
	}
	for (int i = 0; i < BODIES; i++) {
		for (int k = 0; k < 3; k++) {
			bodies[i].at[k] += dt * bodies[i].speed[k];
		}
	}
}

uint32_t kernel_run(void)
{
	struct body bodies[BODIES];
	uint32_t sum = 0;

	start(bodies);
	for (int i = 0; i < STEPS; i++) {
		step(bodies, time_step);
	}
	for (int i = 0; i < BODIES; i++) {
		uint64_t bits;

		memcpy(&bits, &bodies[i].at[0], sizeof(bits));
		sum = sum * 31 + (uint32_t)(bits >> 32) + (uint32_t)bits;
	}
	return sum;
}
