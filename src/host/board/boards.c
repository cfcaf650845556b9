/* SPDX-License-Identifier: Apache-2.0 */
/* boards.c - several boards as one: their pins and sensors one after the other. */
#include <ocre/board.h>
#include <ocre/port.h>

/* The board that has number *index, which becomes its number there. */
static const struct ocre_board *part(void *ctx, uint32_t (*count)(const struct ocre_board *),
				     uint32_t *index)
{
	const struct ocre_boards *boards = (const struct ocre_boards *)ctx;
	uint32_t n = 0;

	while (*index >= count(boards->parts[n])) {
		*index -= count(boards->parts[n]);
		n++;
	}
	return boards->parts[n];
}

static uint32_t pins(const struct ocre_board *board)
{
	return board->ops->pin_count(board->ctx);
}

static uint32_t sensors(const struct ocre_board *board)
{
	return board->ops->sensor_count(board->ctx);
}

static uint32_t all(void *ctx, uint32_t (*count)(const struct ocre_board *))
{
	const struct ocre_boards *boards = (const struct ocre_boards *)ctx;
	uint32_t sum = 0;

	for (uint32_t i = 0; i < boards->count; i++) {
		sum += count(boards->parts[i]);
	}
	return sum;
}

static uint32_t pin_count(void *ctx)
{
	return all(ctx, pins);
}

static void pin_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	board->ops->pin_info(board->ctx, index, out);
}

static int pin_claim(void *ctx, uint32_t index)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	return board->ops->pin_claim(board->ctx, index);
}

static void pin_release(void *ctx, uint32_t index)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	board->ops->pin_release(board->ctx, index);
}

static int pin_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	return board->ops->pin_configure(board->ctx, index, direction);
}

static int pin_set(void *ctx, uint32_t index, bool level)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	return board->ops->pin_set(board->ctx, index, level);
}

static int pin_get(void *ctx, uint32_t index)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	return board->ops->pin_get(board->ctx, index);
}

static int pin_watch(void *ctx, uint32_t index, ocre_pin_edge_fn edge, void *arg)
{
	const struct ocre_board *board = part(ctx, pins, &index);

	return board->ops->pin_watch(board->ctx, index, edge, arg);
}

static uint32_t sensor_count(void *ctx)
{
	return all(ctx, sensors);
}

static void sensor_info(void *ctx, uint32_t index, struct ocre_sensor_info *out)
{
	const struct ocre_board *board = part(ctx, sensors, &index);

	board->ops->sensor_info(board->ctx, index, out);
}

static int sensor_read(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	const struct ocre_board *board = part(ctx, sensors, &index);

	return board->ops->sensor_read(board->ctx, index, channel, value);
}

static const struct ocre_board_ops boards_ops = {
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

void ocre_boards_init(struct ocre_boards *boards, const struct ocre_board *const *parts,
		      uint32_t count)
{
	boards->board.ops = &boards_ops;
	boards->board.ctx = boards;
	boards->parts = parts;
	boards->count = count;
}

int32_t ocre_board_errno(int status)
{
	switch (status) {
	case OCRE_OK:
		return 0;
	case OCRE_E_NOMEM:
		return -OCRE_ERRNO_NOMEM;
	case OCRE_E_BUSY:
		return -OCRE_ERRNO_BUSY;
	case OCRE_E_ACCESS:
		return -OCRE_ERRNO_PERM;
	case OCRE_E_NOTFOUND:
		return -OCRE_ERRNO_NODEV;
	case OCRE_E_ARGUMENT:
	case OCRE_E_STATE:
	case OCRE_E_UNSUPPORTED:
		return -OCRE_ERRNO_INVAL;
	default:
		return -OCRE_ERRNO_IO;
	}
}
