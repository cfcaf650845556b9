/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - what a board offers to containers: pins and sensors. A board is a constant table of
 * functions and a context; the host modules gpio and sensor use whichever they are given. There is
 * a simulated board, made from a description (docs/board.md), and Linux has one of GPIO chips and
 * one of IIO sensors; several boards can be one.
 */
#ifndef OCRE_BOARD_H
#define OCRE_BOARD_H

#include <ocre/base.h>
#include <ocre/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The numbers of Zephyr's enum sensor_channel (3.7 to 4.1; up to HUMIDITY they never changed). */
#define OCRE_SENSOR_CHANNEL_LIST(X)                                                                \
	X(ACCEL_X, 0, "accel_x") /* m/s^2 */                                                       \
	X(ACCEL_Y, 1, "accel_y")                                                                   \
	X(ACCEL_Z, 2, "accel_z")                                                                   \
	X(GYRO_X, 4, "gyro_x") /* rad/s */                                                         \
	X(GYRO_Y, 5, "gyro_y")                                                                     \
	X(GYRO_Z, 6, "gyro_z")                                                                     \
	X(MAGN_X, 8, "magn_x") /* gauss */                                                         \
	X(MAGN_Y, 9, "magn_y")                                                                     \
	X(MAGN_Z, 10, "magn_z")                                                                    \
	X(DIE_TEMP, 12, "die_temp")	    /* degrees Celsius */                                  \
	X(AMBIENT_TEMP, 13, "ambient_temp") /* degrees Celsius */                                  \
	X(PRESS, 14, "press")		    /* kPa */                                              \
	X(PROX, 15, "prox")		    /* no unit */                                          \
	X(HUMIDITY, 16, "humidity")	    /* percent */                                          \
	X(LIGHT, 17, "light")		    /* lux */                                              \
	X(IR, 18, "ir")			    /* lux */                                              \
	X(RED, 19, "red")                                                                          \
	X(GREEN, 20, "green")                                                                      \
	X(BLUE, 21, "blue")                                                                        \
	X(ALTITUDE, 22, "altitude") /* m */                                                        \
	X(PM_1_0, 23, "pm_1_0")	    /* ug/m^3 */                                                   \
	X(PM_2_5, 24, "pm_2_5")                                                                    \
	X(PM_10, 25, "pm_10")                                                                      \
	X(DISTANCE, 26, "distance")	/* m */                                                    \
	X(CO2, 27, "co2")		/* ppm */                                                  \
	X(O2, 28, "o2")			/* ppm */                                                  \
	X(VOC, 29, "voc")		/* ppb */                                                  \
	X(GAS_RES, 30, "gas_res")	/* ohm */                                                  \
	X(VOLTAGE, 31, "voltage")	/* V */                                                    \
	X(CURRENT, 33, "current")	/* A */                                                    \
	X(POWER, 34, "power")		/* W */                                                    \
	X(RESISTANCE, 35, "resistance") /* ohm */

enum ocre_sensor_channel {
#define OCRE__CHANNEL(name, number, text) OCRE_CHANNEL_##name = number,
	OCRE_SENSOR_CHANNEL_LIST(OCRE__CHANNEL)
#undef OCRE__CHANNEL
};

enum ocre_pin_direction {
	OCRE_PIN_INPUT = 0, /* with a pull-up where the hardware has one */
	OCRE_PIN_OUTPUT = 1,
};

struct ocre_pin_info {
	uint32_t port;
	uint32_t pin;	  /* within the port */
	const char *name; /* "led0", or NULL; lives as long as the board */
};

struct ocre_sensor_info {
	const char *name;	  /* these live as long as the board */
	const uint16_t *channels; /* enum ocre_sensor_channel, or any number that the guest knows */
	uint32_t channel_count;
};

/* An input has changed to `level`. Must not call the board. */
typedef void (*ocre_pin_edge_fn)(void *arg, bool level);

/*
 * Pins and sensors are numbered from 0 and are the same for the life of the board. Calls come from
 * any thread. They return 0 or a negative OCRE_E_ where nothing else is said. An index is always
 * below the count. pin_configure, pin_set, pin_get and pin_watch are called only by who has the
 * pin, one call at a time.
 */
struct ocre_board_ops {
	uint32_t (*pin_count)(void *ctx);
	void (*pin_info)(void *ctx, uint32_t index, struct ocre_pin_info *out);
	/* Have the pin alone, until pin_release. OCRE_E_BUSY when somebody else has it. */
	int (*pin_claim)(void *ctx, uint32_t index);
	/* Ends its watch as well. The pin is as it was before it was claimed. */
	void (*pin_release)(void *ctx, uint32_t index);
	/* An output starts with 0. Ends the watch. On failure the pin is as pin_claim left it. */
	int (*pin_configure)(void *ctx, uint32_t index, enum ocre_pin_direction direction);
	int (*pin_set)(void *ctx, uint32_t index, bool level);
	int (*pin_get)(void *ctx, uint32_t index); /* 0, 1 or negative */
	/*
	 * Call `edge` for each change of an input from now on, from any thread; NULL: no longer,
	 * and when this returns no call of it is running.
	 */
	int (*pin_watch)(void *ctx, uint32_t index, ocre_pin_edge_fn edge, void *arg);

	uint32_t (*sensor_count)(void *ctx);
	void (*sensor_info)(void *ctx, uint32_t index, struct ocre_sensor_info *out);
	/* What channel number `channel` (an index into `channels`) measures now. */
	int (*sensor_read)(void *ctx, uint32_t index, uint32_t channel, double *value);
};

struct ocre_board {
	const struct ocre_board_ops *ops;
	void *ctx;
};

/* What a guest gets for a failure of a board: a negative errno, as Linux numbers them. */
int32_t ocre_board_errno(int status);

/* ---- several boards as one ---- */

/* The caller's; not to be moved while `board` is in use. */
struct ocre_boards {
	struct ocre_board board;
	const struct ocre_board *const *parts;
	uint32_t count;
};

/*
 * The pins and sensors of all `parts`, in their order. Where two have the same pin or name, the
 * first is found. `parts` and the boards live at least as long as `boards`.
 */
void ocre_boards_init(struct ocre_boards *boards, const struct ocre_board *const *parts,
		      uint32_t count);

/* ---- the simulated board ---- */

struct ocre_sim;

/* Most that a description may have, so that a wrong file costs little. */
#define OCRE_SIM_MAX_PINS     1024u
#define OCRE_SIM_MAX_SENSORS  256u
#define OCRE_SIM_MAX_CHANNELS 64u /* of one sensor */
#define OCRE_SIM_MAX_NUMBER   65535u
#define OCRE_SIM_MAX_NAME     124u

/*
 * A board as `text` (docs/board.md; need not be NUL-terminated, not kept) describes it. `port` is
 * asked for a lock where it has threads. OCRE_E_ARGUMENT or OCRE_E_LIMIT: `diag` has the number of
 * the line in words, and the offset. Destroy it after all that use the board.
 */
int ocre_sim_create(struct ocre_mem *mem, const struct ocre_port *port, struct ocre_bytes text,
		    struct ocre_sim **out, struct ocre_diag *diag);
void ocre_sim_destroy(struct ocre_sim *sim);
const struct ocre_board *ocre_sim_board(const struct ocre_sim *sim);
/* The other way round; NULL when it is NULL or another kind of board. */
struct ocre_sim *ocre_sim_of(const struct ocre_board *board);

enum ocre_sim_use {
	OCRE_SIM_UNUSED, /* nobody has configured the pin; it reads as an input */
	OCRE_SIM_INPUT,
	OCRE_SIM_OUTPUT,
};

struct ocre_sim_pin {
	uint32_t port;
	uint32_t pin;
	const char *name; /* or NULL */
	enum ocre_sim_use use;
	bool level;
};

/*
 * Press a button: the level that the outside world gives the pin. An output drives its pin itself:
 * OCRE_E_STATE. The same where a wire leads to the pin from one that is an output now.
 * OCRE_E_NOTFOUND: no such pin. Any thread.
 */
int ocre_sim_pin_set(struct ocre_sim *sim, uint32_t port, uint32_t pin, bool level);
int ocre_sim_pin_get(struct ocre_sim *sim, uint32_t port, uint32_t pin, struct ocre_sim_pin *out);
/* The pin of this name: OCRE_E_NOTFOUND when there is none. Both may be NULL. */
int ocre_sim_pin_find(const struct ocre_sim *sim, const char *name, uint32_t *port, uint32_t *pin);

/*
 * What a sensor measures from now on. OCRE_E_NOTFOUND: no such sensor, or it has no such channel;
 * OCRE_E_ARGUMENT: not a finite number. Any thread.
 */
int ocre_sim_sensor_set(struct ocre_sim *sim, const char *name, uint16_t channel, double value);
int ocre_sim_sensor_get(struct ocre_sim *sim, const char *name, uint16_t channel, double *value);

/*
 * Tell `fn` of every pin whose level or use has changed, from the thread that changed it, with no
 * lock held: it may call the functions above, but must not wait for a container. When threads
 * change the same pin at the same moment it may be told of the last change only. To be set before
 * the board is used.
 */
typedef void (*ocre_sim_change_fn)(void *arg, const struct ocre_sim_pin *pin);
void ocre_sim_on_change(struct ocre_sim *sim, ocre_sim_change_fn fn, void *arg);

/* The number of a channel by its name ("ambient_temp", "13"), or -1. Needs no NUL. */
int32_t ocre_sensor_channel_find(const char *name, size_t size);

/*
 * A decimal number as descriptions and sysfs have it, whatever the locale: sign, digits, a point
 * and digits; at most 18 digits count. False when `text` is anything else.
 */
bool ocre_board_number(const char *text, size_t size, double *value);

/* ---- Linux ---- */

/* A name for a pin, before those that the kernel knows. */
struct ocre_gpiod_name {
	const char *name;
	uint32_t port;
	uint32_t pin;
};

/* All is copied. */
struct ocre_gpiod_config {
	/* Chips by name, label, number or path; the first is port `first_port`, and so on. */
	const char *const *chips;
	uint32_t chip_count;
	uint32_t first_port;
	const struct ocre_gpiod_name *names;
	uint32_t name_count;
};

struct ocre_gpiod;

/*
 * The lines of GPIO chips, by libgpiod. The names are those of the lines in the kernel where
 * `names` has none. OCRE_E_UNSUPPORTED: built without libgpiod. OCRE_E_NOTFOUND, OCRE_E_ACCESS,
 * OCRE_E_IO: a chip could not be opened, `diag` says which. From the
 * first watch on it has a thread. Destroy it after all that use the board.
 */
int ocre_gpiod_create(struct ocre_mem *mem, const struct ocre_gpiod_config *config,
		      struct ocre_gpiod **out, struct ocre_diag *diag);
void ocre_gpiod_destroy(struct ocre_gpiod *gpiod);
const struct ocre_board *ocre_gpiod_board(const struct ocre_gpiod *gpiod);

struct ocre_iio;

/*
 * The sensors of Linux's Industrial I/O, by its files. `root` is the directory of the devices, NULL
 * for that of the system; no such directory: a board without sensors. Values are in Zephyr's units.
 * A device that has several channels of a type (the inputs of an ADC) is several sensors: name,
 * name:1, name:2 and so on. A read may take as long as the hardware takes.
 */
int ocre_iio_create(struct ocre_mem *mem, const char *root, struct ocre_iio **out,
		    struct ocre_diag *diag);
void ocre_iio_destroy(struct ocre_iio *iio);
const struct ocre_board *ocre_iio_board(const struct ocre_iio *iio);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_BOARD_H */
