/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim.c - the simulated board. Its level of a pin is what the pin drives as an output, else what
 * the output at the other end of its wire drives, else what the world gives it.
 *
 * Edges are told to containers under the lock, so that none comes after pin_watch has ended it;
 * on_change is told without it, so that it may use the board.
 */
#include "sim.h"

#include <string.h>

static void lock(struct ocre_sim *sim)
{
	if (sim->locks) {
		sim->port->threads->lock(sim->port->ctx, &sim->mutex);
	}
}

static void unlock(struct ocre_sim *sim)
{
	if (sim->locks) {
		sim->port->threads->unlock(sim->port->ctx, &sim->mutex);
	}
}

uint32_t ocre__sim_pin(const struct ocre_sim *sim, uint32_t port, uint32_t pin)
{
	for (uint32_t i = 0; i < sim->pin_count; i++) {
		if (sim->pins[i].port == port && sim->pins[i].pin == pin) {
			return i;
		}
	}
	return NO_PIN;
}

static bool same_name(const char *name, const char *other, size_t size)
{
	return name != NULL && strlen(name) == size && memcmp(name, other, size) == 0;
}

uint32_t ocre__sim_pin_named(const struct ocre_sim *sim, const char *name, size_t size)
{
	for (uint32_t i = 0; i < sim->pin_count; i++) {
		if (same_name(sim->pins[i].name, name, size)) {
			return i;
		}
	}
	return NO_PIN;
}

uint32_t ocre__sim_sensor_named(const struct ocre_sim *sim, const char *name, size_t size)
{
	for (uint32_t i = 0; i < sim->sensor_count; i++) {
		if (same_name(sim->sensors[i].name, name, size)) {
			return i;
		}
	}
	return NO_PIN;
}

/* ---- levels ---- */

static bool driven_by_wire(const struct ocre_sim *sim, const struct sim_pin *pin)
{
	return pin->source != NO_PIN && sim->pins[pin->source].use == OCRE_SIM_OUTPUT;
}

static bool level_of(const struct ocre_sim *sim, const struct sim_pin *pin)
{
	if (pin->use == OCRE_SIM_OUTPUT) {
		return pin->out;
	}
	return driven_by_wire(sim, pin) ? sim->pins[pin->source].out : pin->outside;
}

static void edge(const struct ocre_sim *sim, struct sim_pin *pin)
{
	pin->changed = true;
	if (pin->edge != NULL) {
		pin->edge(pin->edge_arg, level_of(sim, pin));
	}
}

/*
 * Give a pin another use and level. Whoever reads a pin at the other end of a wire sees it as well.
 * `given` is `out` of an output and `outside` of what is none.
 */
static void change(struct ocre_sim *sim, uint32_t index, enum ocre_sim_use use, bool given)
{
	struct sim_pin *pin = &sim->pins[index];
	struct sim_pin before = *pin;
	bool level = level_of(sim, pin);

	pin->use = use;
	if (use == OCRE_SIM_OUTPUT) {
		pin->out = given;
	} else {
		pin->outside = given;
	}
	if (level_of(sim, pin) != level) {
		edge(sim, pin);
	}
	pin->changed = pin->changed || before.use != use;
	for (uint32_t i = pin->first_sink; i != NO_PIN; i = sim->pins[i].next_sink) {
		struct sim_pin *sink = &sim->pins[i];
		bool old = before.use == OCRE_SIM_OUTPUT ? before.out : sink->outside;

		if (sink->use != OCRE_SIM_OUTPUT && level_of(sim, sink) != old) {
			edge(sim, sink);
		}
	}
}

static void describe(const struct ocre_sim *sim, const struct sim_pin *pin,
		     struct ocre_sim_pin *out)
{
	out->port = pin->port;
	out->pin = pin->pin;
	out->name = pin->name;
	out->use = pin->use;
	out->level = level_of(sim, pin);
}

static void tell_one(struct ocre_sim *sim, uint32_t index)
{
	struct ocre_sim_pin news;
	bool changed;

	lock(sim);
	changed = sim->pins[index].changed;
	sim->pins[index].changed = false;
	describe(sim, &sim->pins[index], &news);
	unlock(sim);
	if (changed) {
		sim->change(sim->change_arg, &news);
	}
}

/* After each change, without the lock. */
static void tell(struct ocre_sim *sim, uint32_t index)
{
	if (sim->change == NULL) {
		return;
	}
	tell_one(sim, index);
	for (uint32_t i = sim->pins[index].first_sink; i != NO_PIN; i = sim->pins[i].next_sink) {
		tell_one(sim, i);
	}
}

/* ---- as a board ---- */

static uint32_t pin_count(void *ctx)
{
	return ((const struct ocre_sim *)ctx)->pin_count;
}

static void pin_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	const struct sim_pin *pin = &((const struct ocre_sim *)ctx)->pins[index];

	out->port = pin->port;
	out->pin = pin->pin;
	out->name = pin->name;
}

static int pin_claim(void *ctx, uint32_t index)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	bool claimed;

	lock(sim);
	claimed = sim->pins[index].claimed;
	sim->pins[index].claimed = true;
	unlock(sim);
	return claimed ? OCRE_E_BUSY : OCRE_OK;
}

static void pin_release(void *ctx, uint32_t index)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	struct sim_pin *pin = &sim->pins[index];

	lock(sim);
	pin->edge = NULL;
	change(sim, index, OCRE_SIM_UNUSED, pin->outside);
	pin->claimed = false;
	unlock(sim);
	tell(sim, index);
}

static int pin_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	struct sim_pin *pin = &sim->pins[index];

	lock(sim);
	pin->edge = NULL;
	if (direction == OCRE_PIN_OUTPUT) {
		change(sim, index, OCRE_SIM_OUTPUT, false);
	} else {
		change(sim, index, OCRE_SIM_INPUT, pin->outside);
	}
	unlock(sim);
	tell(sim, index);
	return OCRE_OK;
}

static int pin_set(void *ctx, uint32_t index, bool level)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	bool output;

	lock(sim);
	output = sim->pins[index].use == OCRE_SIM_OUTPUT;
	if (output) {
		change(sim, index, OCRE_SIM_OUTPUT, level);
	}
	unlock(sim);
	if (!output) {
		return OCRE_E_STATE;
	}
	tell(sim, index);
	return OCRE_OK;
}

static int pin_get(void *ctx, uint32_t index)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	bool level;

	lock(sim);
	level = level_of(sim, &sim->pins[index]);
	unlock(sim);
	return level ? 1 : 0;
}

static int pin_watch(void *ctx, uint32_t index, ocre_pin_edge_fn fn, void *arg)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;
	struct sim_pin *pin = &sim->pins[index];
	int rc = OCRE_OK;

	lock(sim);
	if (fn != NULL && pin->use != OCRE_SIM_INPUT) {
		rc = OCRE_E_STATE;
	} else {
		pin->edge = fn;
		pin->edge_arg = arg;
	}
	unlock(sim);
	return rc;
}

static uint32_t sensor_count(void *ctx)
{
	return ((const struct ocre_sim *)ctx)->sensor_count;
}

static void sensor_info(void *ctx, uint32_t index, struct ocre_sensor_info *out)
{
	const struct sim_sensor *sensor = &((const struct ocre_sim *)ctx)->sensors[index];

	out->name = sensor->name;
	out->channels = sensor->channels;
	out->channel_count = sensor->count;
}

static int sensor_read(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	struct ocre_sim *sim = (struct ocre_sim *)ctx;

	lock(sim);
	*value = sim->sensors[index].values[channel];
	unlock(sim);
	return OCRE_OK;
}

static const struct ocre_board_ops sim_ops = {
	.pin_count = pin_count,
	.pin_info = pin_info,
	.pin_claim = pin_claim,
	.pin_release = pin_release,
	.pin_configure = pin_configure,
	.pin_set = pin_set,
	.pin_get = pin_get,
	.pin_watch = pin_watch,
	.sensor_count = sensor_count,
	.sensor_info = sensor_info,
	.sensor_read = sensor_read,
};

/* ---- made and unmade ---- */

int ocre_sim_create(struct ocre_mem *mem, const struct ocre_port *port, struct ocre_bytes text,
		    struct ocre_sim **out, struct ocre_diag *diag)
{
	struct ocre_sim *sim = (struct ocre_sim *)ocre_mem_alloc(mem, sizeof(*sim));
	int rc;

	if (sim == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the simulated board");
	}
	sim->mem = mem;
	sim->port = port;
	sim->board.ops = &sim_ops;
	sim->board.ctx = sim;
	rc = ocre__sim_describe(sim, text, diag);
	if (rc == OCRE_OK && port != NULL && port->threads != NULL) {
		if (port->threads->mutex_init(port->ctx, &sim->mutex) == 0) {
			sim->locks = true;
		} else {
			rc = ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
					   "no lock for the simulated board");
		}
	}
	if (rc != OCRE_OK) {
		ocre_sim_destroy(sim);
		return rc;
	}
	*out = sim;
	return OCRE_OK;
}

void ocre_sim_destroy(struct ocre_sim *sim)
{
	struct ocre_mem *mem;

	if (sim == NULL) {
		return;
	}
	mem = sim->mem;
	if (sim->locks) {
		sim->port->threads->mutex_deinit(sim->port->ctx, &sim->mutex);
	}
	for (uint32_t i = 0; i < sim->pin_count; i++) {
		ocre_mem_free(mem, sim->pins[i].name, sim->pins[i].name_size);
	}
	for (uint32_t i = 0; i < sim->sensor_count; i++) {
		struct sim_sensor *sensor = &sim->sensors[i];

		ocre_mem_free(mem, sensor->name, sensor->name_size);
		ocre_mem_free(mem, sensor->channels, sensor->count * sizeof(*sensor->channels));
		ocre_mem_free(mem, sensor->values, sensor->count * sizeof(*sensor->values));
	}
	ocre_mem_free(mem, sim->pins, sim->pin_room * sizeof(*sim->pins));
	ocre_mem_free(mem, sim->sensors, sim->sensor_room * sizeof(*sim->sensors));
	ocre_mem_free(mem, sim, sizeof(*sim));
}

const struct ocre_board *ocre_sim_board(const struct ocre_sim *sim)
{
	return &sim->board;
}

struct ocre_sim *ocre_sim_of(const struct ocre_board *board)
{
	return board != NULL && board->ops == &sim_ops ? (struct ocre_sim *)board->ctx : NULL;
}

void ocre_sim_on_change(struct ocre_sim *sim, ocre_sim_change_fn fn, void *arg)
{
	sim->change = fn;
	sim->change_arg = arg;
}

/* ---- the world around it ---- */

int ocre_sim_pin_set(struct ocre_sim *sim, uint32_t port, uint32_t pin, bool level)
{
	uint32_t index = ocre__sim_pin(sim, port, pin);
	struct sim_pin *at;
	int rc = OCRE_OK;

	if (index == NO_PIN) {
		return OCRE_E_NOTFOUND;
	}
	at = &sim->pins[index];
	lock(sim);
	if (at->use == OCRE_SIM_OUTPUT || driven_by_wire(sim, at)) {
		rc = OCRE_E_STATE;
	} else {
		change(sim, index, at->use, level);
	}
	unlock(sim);
	if (rc == OCRE_OK) {
		tell(sim, index);
	}
	return rc;
}

int ocre_sim_pin_get(struct ocre_sim *sim, uint32_t port, uint32_t pin, struct ocre_sim_pin *out)
{
	uint32_t index = ocre__sim_pin(sim, port, pin);

	if (index == NO_PIN) {
		return OCRE_E_NOTFOUND;
	}
	lock(sim);
	describe(sim, &sim->pins[index], out);
	unlock(sim);
	return OCRE_OK;
}

int ocre_sim_pin_find(const struct ocre_sim *sim, const char *name, uint32_t *port, uint32_t *pin)
{
	uint32_t index = ocre__sim_pin_named(sim, name, strlen(name));

	if (index == NO_PIN) {
		return OCRE_E_NOTFOUND;
	}
	if (port != NULL) {
		*port = sim->pins[index].port;
	}
	if (pin != NULL) {
		*pin = sim->pins[index].pin;
	}
	return OCRE_OK;
}

/* Where the value is, or NULL. */
static double *value_of(const struct ocre_sim *sim, const char *name, uint16_t channel)
{
	uint32_t index = ocre__sim_sensor_named(sim, name, strlen(name));
	const struct sim_sensor *sensor;

	if (index == NO_PIN) {
		return NULL;
	}
	sensor = &sim->sensors[index];
	for (uint32_t i = 0; i < sensor->count; i++) {
		if (sensor->channels[i] == channel) {
			return &sensor->values[i];
		}
	}
	return NULL;
}

int ocre_sim_sensor_set(struct ocre_sim *sim, const char *name, uint16_t channel, double value)
{
	double *at = value_of(sim, name, channel);

	if (at == NULL) {
		return OCRE_E_NOTFOUND;
	}
	if (!(value - value == 0)) { /* infinite or not a number */
		return OCRE_E_ARGUMENT;
	}
	lock(sim);
	*at = value;
	unlock(sim);
	return OCRE_OK;
}

int ocre_sim_sensor_get(struct ocre_sim *sim, const char *name, uint16_t channel, double *value)
{
	double *at = value_of(sim, name, channel);

	if (at == NULL) {
		return OCRE_E_NOTFOUND;
	}
	lock(sim);
	*value = *at;
	unlock(sim);
	return OCRE_OK;
}
