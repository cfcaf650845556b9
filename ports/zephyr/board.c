/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.c - pins and sensors of Zephyr's drivers as a board. An interrupt notes an edge and its
 * level, the system work queue tells it.
 */
#include <errno.h>
#include <string.h>

#include <zephyr/drivers/gpio.h>
#include <zephyr/kernel.h>

#if defined(CONFIG_OCRE_SENSOR)
#include <zephyr/drivers/sensor.h>
#endif

#include <ocre/board_zephyr.h>

/* Told one after the other when they came at once; of more than these some pairs are left out. */
#define MOST_EDGES 16

static struct ocre_zephyr_board *board_of(void *ctx)
{
	return (struct ocre_zephyr_board *)ctx;
}

static int status_of(int rc)
{
	switch (-rc) {
	case 0:
		return OCRE_OK;
	case ENOMEM:
		return OCRE_E_NOMEM;
	case EBUSY:
		return OCRE_E_BUSY;
	case ENODEV:
		return OCRE_E_NOTFOUND;
	case EINVAL:
	case ENOSYS:
	case ENOTSUP:
		return OCRE_E_UNSUPPORTED;
	default:
		return OCRE_E_IO;
	}
}

/* ---- pins ---- */

static uint32_t pin_count(void *ctx)
{
	return board_of(ctx)->devices->pin_count;
}

static void pin_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	const struct ocre_zephyr_pin_state *state = &board_of(ctx)->pins[index];

	out->port = state->port;
	out->pin = state->pin->spec.pin;
	out->name = state->pin->name;
}

static int pin_claim(void *ctx, uint32_t index)
{
	struct ocre_zephyr_board *b = board_of(ctx);
	struct ocre_zephyr_pin_state *state = &b->pins[index];
	uint32_t i;
	int rc = OCRE_OK;

	k_mutex_lock(&b->lock, K_FOREVER);
	/* A pin may be there by two names. */
	for (i = 0; i < b->devices->pin_count; i++) {
		if (b->pins[i].claimed && b->pins[i].port == state->port &&
		    b->pins[i].pin->spec.pin == state->pin->spec.pin) {
			rc = OCRE_E_BUSY;
		}
	}
	if (rc == OCRE_OK) {
		state->claimed = true;
	}
	k_mutex_unlock(&b->lock);
	return rc;
}

/* In the interrupt. */
static void changed(const struct device *port, struct gpio_callback *callback,
		    gpio_port_pins_t pins)
{
	struct ocre_zephyr_pin_state *state =
		CONTAINER_OF(callback, struct ocre_zephyr_pin_state, callback);
	int level = gpio_pin_get_dt(&state->pin->spec);

	(void)port;
	(void)pins;
	if (level >= 0) {
		atomic_set(&state->level, level);
		atomic_inc(&state->edges);
		k_work_submit(&state->work);
	}
}

/* Edges alternate, the last one leads to the level that was seen last. */
static void tell(struct k_work *work)
{
	struct ocre_zephyr_pin_state *state =
		CONTAINER_OF(work, struct ocre_zephyr_pin_state, work);
	uint32_t edges = (uint32_t)atomic_clear(&state->edges);
	bool level = atomic_get(&state->level) != 0;

	if (edges > MOST_EDGES) {
		edges = MOST_EDGES - (edges & 1);
	}
	while (edges > 0) {
		edges--;
		state->edge(state->arg, (edges & 1) != 0 ? !level : level);
	}
}

static void unwatch(struct ocre_zephyr_pin_state *state)
{
	struct k_work_sync sync;

	if (!state->watched) {
		return;
	}
	gpio_pin_interrupt_configure_dt(&state->pin->spec, GPIO_INT_DISABLE);
	gpio_remove_callback(state->pin->spec.port, &state->callback);
	k_work_cancel_sync(&state->work, &sync);
	state->watched = false;
}

static void pin_release(void *ctx, uint32_t index)
{
	struct ocre_zephyr_board *b = board_of(ctx);
	struct ocre_zephyr_pin_state *state = &b->pins[index];

	unwatch(state);
	/* Not every controller can disconnect a pin; an input drives nothing either. */
	if (gpio_pin_configure_dt(&state->pin->spec, GPIO_DISCONNECTED) != 0) {
		gpio_pin_configure_dt(&state->pin->spec, GPIO_INPUT);
	}
	k_mutex_lock(&b->lock, K_FOREVER);
	state->claimed = false;
	k_mutex_unlock(&b->lock);
}

static int pin_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	struct ocre_zephyr_pin_state *state = &board_of(ctx)->pins[index];
	const struct gpio_dt_spec *spec = &state->pin->spec;
	int rc = -ENOTSUP;

	if (!gpio_is_ready_dt(spec)) {
		return OCRE_E_NOTFOUND;
	}
	unwatch(state);
	if (direction == OCRE_PIN_OUTPUT) {
		return status_of(gpio_pin_configure_dt(spec, GPIO_OUTPUT_INACTIVE));
	}
	if ((spec->dt_flags & (GPIO_PULL_UP | GPIO_PULL_DOWN)) == 0) {
		rc = gpio_pin_configure_dt(spec, GPIO_INPUT | GPIO_PULL_UP);
	}
	return status_of(rc == 0 ? 0 : gpio_pin_configure_dt(spec, GPIO_INPUT));
}

static int pin_set(void *ctx, uint32_t index, bool level)
{
	return status_of(gpio_pin_set_dt(&board_of(ctx)->pins[index].pin->spec, level));
}

static int pin_get(void *ctx, uint32_t index)
{
	int rc = gpio_pin_get_dt(&board_of(ctx)->pins[index].pin->spec);

	return rc < 0 ? status_of(rc) : rc;
}

static int pin_watch(void *ctx, uint32_t index, ocre_pin_edge_fn edge, void *arg)
{
	struct ocre_zephyr_pin_state *state = &board_of(ctx)->pins[index];
	const struct gpio_dt_spec *spec = &state->pin->spec;
	int rc;

	unwatch(state);
	if (edge == NULL) {
		return OCRE_OK;
	}
	state->edge = edge;
	state->arg = arg;
	atomic_clear(&state->edges);
	k_work_init(&state->work, tell);
	gpio_init_callback(&state->callback, changed, (gpio_port_pins_t)BIT(spec->pin));
	rc = gpio_add_callback(spec->port, &state->callback);
	if (rc != 0) {
		return status_of(rc);
	}
	rc = gpio_pin_interrupt_configure_dt(spec, GPIO_INT_EDGE_BOTH);
	if (rc != 0) {
		gpio_remove_callback(spec->port, &state->callback);
		return status_of(rc);
	}
	state->watched = true;
	return OCRE_OK;
}

/* ---- sensors ---- */

static uint32_t sensor_count(void *ctx)
{
	return board_of(ctx)->devices->sensor_count;
}

static void sensor_info(void *ctx, uint32_t index, struct ocre_sensor_info *out)
{
	const struct ocre_zephyr_board *b = board_of(ctx);

	out->name = b->devices->sensors[index].name;
	out->channels = b->channels + b->channel_first[index];
	out->channel_count = b->channel_first[index + 1] - b->channel_first[index];
}

#if defined(CONFIG_OCRE_SENSOR)

static int sensor_read(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	struct ocre_zephyr_board *b = board_of(ctx);
	const struct device *device = b->devices->sensors[index].device;
	uint16_t number = b->channels[b->channel_first[index] + channel];
	struct sensor_value measured;
	int rc;

	k_mutex_lock(&b->lock, K_FOREVER);
	rc = sensor_sample_fetch(device);
	if (rc == 0) {
		rc = sensor_channel_get(device, (enum sensor_channel)number, &measured);
	}
	k_mutex_unlock(&b->lock);
	if (rc == 0) {
		*value = sensor_value_to_double(&measured);
	}
	return status_of(rc);
}

static const uint16_t known[] = {
#define NUMBER(name, number, text) number,
	OCRE_SENSOR_CHANNEL_LIST(NUMBER)
#undef NUMBER
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* Put the channels that a driver has a value for behind those that are there. */
static uint32_t find_channels(const struct device *device, uint16_t *channels, uint32_t count)
{
	struct sensor_value value;
	size_t i;

	if (!device_is_ready(device) || sensor_sample_fetch(device) != 0) {
		return count;
	}
	for (i = 0; i < KNOWN; i++) {
		if (sensor_channel_get(device, (enum sensor_channel)known[i], &value) == 0) {
			channels[count++] = known[i];
		}
	}
	return count;
}

#else

#define KNOWN 1

static int sensor_read(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	(void)ctx;
	(void)index;
	(void)channel;
	(void)value;
	return OCRE_E_UNSUPPORTED;
}

static uint32_t find_channels(const struct device *device, uint16_t *channels, uint32_t count)
{
	(void)device;
	(void)channels;
	return count;
}

#endif

/* ---- the board ---- */

static const struct ocre_board_ops ops = {
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

static uint32_t port_of(const struct ocre_zephyr_board *b, uint32_t index)
{
	uint32_t ports = 0;
	uint32_t i;

	for (i = 0; i < index; i++) {
		if (b->pins[i].pin->spec.port == b->pins[index].pin->spec.port) {
			return b->pins[i].port;
		}
		ports = b->pins[i].port >= ports ? b->pins[i].port + 1 : ports;
	}
	return ports;
}

static void find_sensors(struct ocre_zephyr_board *b)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < b->devices->sensor_count; i++) {
		b->channel_first[i] = count;
		count = find_channels(b->devices->sensors[i].device, b->channels, count);
	}
	b->channel_first[i] = count;
}

int ocre_zephyr_board_init(struct ocre_zephyr_board *board, struct ocre_mem *mem,
			   const struct ocre_zephyr_devices *devices, struct ocre_diag *diag)
{
	uint32_t i;

	memset(board, 0, sizeof(*board));
	board->mem = mem;
	board->devices = devices;
	board->channel_room = devices->sensor_count * KNOWN;
	k_mutex_init(&board->lock);
	board->pins = (struct ocre_zephyr_pin_state *)ocre_mem_alloc_array(
		mem, devices->pin_count + 1, sizeof(*board->pins));
	board->channels = (uint16_t *)ocre_mem_alloc_array(mem, board->channel_room + 1,
							   sizeof(*board->channels));
	board->channel_first = (uint32_t *)ocre_mem_alloc_array(mem, devices->sensor_count + 1,
								sizeof(*board->channel_first));
	if (board->pins == NULL || board->channels == NULL || board->channel_first == NULL) {
		ocre_zephyr_board_deinit(board);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for %u pins and %u sensors", devices->pin_count,
				     devices->sensor_count);
	}
	for (i = 0; i < devices->pin_count; i++) {
		board->pins[i].pin = &devices->pins[i];
		board->pins[i].port = port_of(board, i);
	}
	find_sensors(board);
	board->board.ops = &ops;
	board->board.ctx = board;
	return OCRE_OK;
}

void ocre_zephyr_board_deinit(struct ocre_zephyr_board *board)
{
	ocre_mem_free(board->mem, board->pins,
		      (board->devices->pin_count + 1) * sizeof(*board->pins));
	ocre_mem_free(board->mem, board->channels,
		      (board->channel_room + 1) * sizeof(*board->channels));
	ocre_mem_free(board->mem, board->channel_first,
		      (board->devices->sensor_count + 1) * sizeof(*board->channel_first));
}
