/* SPDX-License-Identifier: Apache-2.0 */
/* sim.h - the simulated board as its parser (describe.c) makes it and sim.c runs it. */
#ifndef OCRE_HOST_BOARD_SIM_H
#define OCRE_HOST_BOARD_SIM_H

#include <ocre/board.h>
#include <ocre/port.h>

#define NO_PIN UINT32_MAX

struct sim_pin {
	/* Constant once the board is made. */
	uint32_t port;
	uint32_t pin;
	char *name; /* or NULL */
	size_t name_size;
	uint32_t source;     /* the pin whose output drives this one, or NO_PIN */
	uint32_t first_sink; /* the pins that this one drives, a list */
	uint32_t next_sink;

	/* Under the lock. */
	bool claimed;
	enum ocre_sim_use use;
	bool out;     /* what it drives as an output */
	bool outside; /* what the world gives it when nothing drives it */
	bool changed; /* and on_change was not told yet */
	ocre_pin_edge_fn edge;
	void *edge_arg;
};

struct sim_sensor {
	char *name;
	size_t name_size;
	uint16_t *channels;
	double *values; /* under the lock */
	uint32_t count;
};

struct ocre_sim {
	struct ocre_board board;
	struct ocre_mem *mem;
	const struct ocre_port *port;
	struct ocre_port_mutex mutex; /* used when `locks` */
	bool locks;
	struct sim_pin *pins;
	uint32_t pin_count;
	uint32_t pin_room;
	struct sim_sensor *sensors;
	uint32_t sensor_count;
	uint32_t sensor_room;
	ocre_sim_change_fn change;
	void *change_arg;
};

/* The number of the pin or sensor, or NO_PIN. */
uint32_t ocre__sim_pin(const struct ocre_sim *sim, uint32_t port, uint32_t pin);
uint32_t ocre__sim_pin_named(const struct ocre_sim *sim, const char *name, size_t size);
uint32_t ocre__sim_sensor_named(const struct ocre_sim *sim, const char *name, size_t size);

/* Add what `text` describes. What was added before a failure stays and is freed with the board. */
int ocre__sim_describe(struct ocre_sim *sim, struct ocre_bytes text, struct ocre_diag *diag);

#endif /* OCRE_HOST_BOARD_SIM_H */
