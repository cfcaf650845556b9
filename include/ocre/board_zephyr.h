/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_zephyr.h - pins and sensors of Zephyr's drivers as a board (board.h). Which they are says
 *the devicetree:
 *
 *	aliases led0 to led7 and sw0 to sw7: pins of these names
 *	/ {
 *		zephyr,user {
 *			ocre-gpios = <&gpio0 4 GPIO_ACTIVE_HIGH>, <&gpio1 7 GPIO_ACTIVE_LOW>;
 *			ocre-gpio-names = "relay", "door";	(may be left out)
 *			ocre-sensors = <&bme280 &lis2dh>;
 *		};
 *	};
 *
 * Pins are numbered port/pin: the port is the place of its controller among those that are named,
 * in this order, the pin is that of the controller. Levels are logical, as Zephyr has them: 1 is
 * active. A sensor has the channels of board.h that its driver gives a value for when the board is
 * made.
 */
#ifndef OCRE_BOARD_ZEPHYR_H
#define OCRE_BOARD_ZEPHYR_H

#include <zephyr/drivers/gpio.h>
#include <zephyr/kernel.h>

#include <ocre/board.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ocre_zephyr_pin {
	struct gpio_dt_spec spec;
	const char *name; /* or NULL */
};

struct ocre_zephyr_sensor {
	const struct device *device;
	const char *name;
};

/* What there is; the tables must outlive the board. */
struct ocre_zephyr_devices {
	const struct ocre_zephyr_pin *pins;
	uint32_t pin_count;
	const struct ocre_zephyr_sensor *sensors;
	uint32_t sensor_count;
};

/* What the devicetree says. */
const struct ocre_zephyr_devices *ocre_zephyr_devices(void);

/* The fields are private. */
struct ocre_zephyr_pin_state {
	struct gpio_callback callback;
	struct k_work work;
	const struct ocre_zephyr_pin *pin;
	uint32_t port;
	bool claimed;
	bool watched;
	ocre_pin_edge_fn edge;
	void *arg;
	atomic_t edges; /* not yet told */
	atomic_t level; /* after the last of them */
};

struct ocre_zephyr_board {
	struct ocre_board board;
	struct ocre_mem *mem;
	const struct ocre_zephyr_devices *devices;
	struct ocre_zephyr_pin_state *pins;
	uint16_t *channels;	 /* of all sensors */
	uint32_t *channel_first; /* of each, and where the last ends */
	size_t channel_room;
	struct k_mutex lock;
};

/*
 * Devices that are not ready are left out of nothing: their calls fail. OCRE_E_NOMEM. Edges are
 * told on the system work queue, whose stack must do for that: CONFIG_SYSTEM_WORKQUEUE_STACK_SIZE
 * of 2048. Deinit after all that use the board.
 */
int ocre_zephyr_board_init(struct ocre_zephyr_board *board, struct ocre_mem *mem,
			   const struct ocre_zephyr_devices *devices, struct ocre_diag *diag);
void ocre_zephyr_board_deinit(struct ocre_zephyr_board *board);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_BOARD_ZEPHYR_H */
