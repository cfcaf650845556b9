/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.c - sensors of Linux's Industrial I/O subsystem as a board without pins. A device is a
 * directory, a channel a few files in it: in_accel_x_raw, in_accel_scale, in_temp_input. What is
 * there is found once, what it measures is read on each call; nothing is kept between.
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64 /* 32-bit machines too have large file systems */
#include <ocre/board.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYSTEM_ROOT "/sys/bus/iio/devices"
#define DEVICES	    256u /* most that are looked at */
#define CHANNELS    256u /* of a device */
#define NAME_SIZE   126
#define BASE_SIZE   64

/* What the kernel calls it, what guests call it, and how many of its units are one of theirs. */
static const struct {
	const char *type;
	const char *modifier; /* NULL: any, which is then a name that a driver gave it */
	uint16_t channel;
	double per;
} kinds[] = {
	{"accel", "x", OCRE_CHANNEL_ACCEL_X, 1},
	{"accel", "y", OCRE_CHANNEL_ACCEL_Y, 1},
	{"accel", "z", OCRE_CHANNEL_ACCEL_Z, 1},
	{"anglvel", "x", OCRE_CHANNEL_GYRO_X, 1},
	{"anglvel", "y", OCRE_CHANNEL_GYRO_Y, 1},
	{"anglvel", "z", OCRE_CHANNEL_GYRO_Z, 1},
	{"magn", "x", OCRE_CHANNEL_MAGN_X, 1},
	{"magn", "y", OCRE_CHANNEL_MAGN_Y, 1},
	{"magn", "z", OCRE_CHANNEL_MAGN_Z, 1},
	{"temp", NULL, OCRE_CHANNEL_AMBIENT_TEMP, 1e3}, /* thousandths of a degree */
	{"pressure", NULL, OCRE_CHANNEL_PRESS, 1},	/* kPa */
	{"proximity", NULL, OCRE_CHANNEL_PROX, 1},
	{"humidityrelative", NULL, OCRE_CHANNEL_HUMIDITY, 1e3}, /* thousandths of a percent */
	{"illuminance", NULL, OCRE_CHANNEL_LIGHT, 1},
	{"intensity", "ir", OCRE_CHANNEL_IR, 1},
	{"intensity", "red", OCRE_CHANNEL_RED, 1},
	{"intensity", "green", OCRE_CHANNEL_GREEN, 1},
	{"intensity", "blue", OCRE_CHANNEL_BLUE, 1},
	{"massconcentration", "pm1", OCRE_CHANNEL_PM_1_0, 1}, /* ug/m^3 */
	{"massconcentration", "pm2p5", OCRE_CHANNEL_PM_2_5, 1},
	{"massconcentration", "pm10", OCRE_CHANNEL_PM_10, 1},
	{"distance", NULL, OCRE_CHANNEL_DISTANCE, 1},
	{"concentration", "co2", OCRE_CHANNEL_CO2, 1e-4}, /* percent */
	{"concentration", "o2", OCRE_CHANNEL_O2, 1e-4},
	{"concentration", "voc", OCRE_CHANNEL_VOC, 1e-7},
	{"resistance", NULL, OCRE_CHANNEL_RESISTANCE, 1},
	{"voltage", NULL, OCRE_CHANNEL_VOLTAGE, 1e3}, /* mV, mA, mW */
	{"current", NULL, OCRE_CHANNEL_CURRENT, 1e3},
	{"power", NULL, OCRE_CHANNEL_POWER, 1e3},
};

struct channel {
	char base[BASE_SIZE]; /* accel_x, voltage3 */
	uint8_t type_size;    /* of the type at its start */
	bool processed;	      /* has _input; else _raw, to be scaled */
	uint16_t number;      /* for guests */
	uint32_t index;	      /* 3 of voltage3 */
	double per;
};

/* One directory is one sensor, or several when it has several channels of a kind. */
struct sensor {
	char name[NAME_SIZE];
	int dir;
	uint16_t *numbers;
	struct channel *channels;
	uint32_t count;
};

struct ocre_iio {
	struct ocre_board board;
	struct ocre_mem *mem;
	struct sensor *sensors;
	uint32_t count;
	int dirs[DEVICES];
	uint32_t dir_count;
};

/* ---- files ---- */

/* The text of a file of a device, without the end of the line: its size, or -1. */
static ssize_t read_text(int dir, const char *name, char *text, size_t room)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t size;

	if (fd < 0) {
		return -1;
	}
	do {
		size = read(fd, text, room);
	} while (size < 0 && errno == EINTR);
	close(fd);
	while (size > 0 && (text[size - 1] == '\n' || text[size - 1] == ' ')) {
		size--;
	}
	return size;
}

/* OCRE_E_NOTFOUND when there is no such file. */
static int read_number(int dir, const struct channel *channel, bool by_type, const char *suffix,
		       double *value)
{
	int base_size = by_type ? channel->type_size : (int)strlen(channel->base);
	char name[BASE_SIZE + 16];
	char text[64];
	ssize_t size;

	snprintf(name, sizeof(name), "in_%.*s_%s", base_size, channel->base, suffix);
	size = read_text(dir, name, text, sizeof(text));
	if (size < 0) {
		return errno == ENOENT ? OCRE_E_NOTFOUND : OCRE_E_IO;
	}
	return ocre_board_number(text, (size_t)size, value) ? OCRE_OK : OCRE_E_IO;
}

/* Of this channel, or of all of its type; `value` stays where there is neither. */
static int read_shared(int dir, const struct channel *channel, const char *suffix, double *value)
{
	int rc = read_number(dir, channel, false, suffix, value);

	if (rc == OCRE_E_NOTFOUND) {
		rc = read_number(dir, channel, true, suffix, value);
	}
	return rc == OCRE_E_NOTFOUND ? OCRE_OK : rc;
}

static int measure(int dir, const struct channel *channel, double *value)
{
	double scale = 1;
	double offset = 0;
	double raw = 0;
	int rc = read_number(dir, channel, false, channel->processed ? "input" : "raw", &raw);

	if (rc == OCRE_OK && !channel->processed) {
		rc = read_shared(dir, channel, "scale", &scale);
		if (rc == OCRE_OK) {
			rc = read_shared(dir, channel, "offset", &offset);
		}
	}
	if (rc != OCRE_OK) {
		return OCRE_E_IO; /* it was there when we looked */
	}
	*value = (raw + offset) * scale / channel->per;
	return OCRE_OK;
}

/* ---- what a device has ---- */

/* From the name of a file, as in_voltage3_raw. False when it is nothing that we know. */
static bool parse_channel(const char *file, struct channel *out)
{
	const char *end = strrchr(file, '_');
	const char *at = file + 3;
	size_t type_size;
	size_t size;

	memset(out, 0, sizeof(*out));
	if (strncmp(file, "in_", 3) != 0 || end == NULL || end < at) {
		return false;
	}
	out->processed = strcmp(end, "_input") == 0;
	size = (size_t)(end - at);
	if ((!out->processed && strcmp(end, "_raw") != 0) || size >= BASE_SIZE) {
		return false;
	}
	memcpy(out->base, at, size);
	type_size = strspn(out->base, "abcdefghijklmnopqrstuvwxyz");
	out->type_size = (uint8_t)type_size;
	at = out->base + type_size;
	for (; *at >= '0' && *at <= '9'; at++) {
		if (out->index > 9999) {
			return false;
		}
		out->index = out->index * 10 + (uint32_t)(*at - '0');
	}
	if (*at != '\0' && *at != '_') {
		return false; /* voltage0-voltage1: the difference of two */
	}
	at += *at == '_';
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strlen(kinds[i].type) == type_size &&
		    memcmp(kinds[i].type, out->base, type_size) == 0 &&
		    (kinds[i].modifier == NULL || strcmp(kinds[i].modifier, at) == 0)) {
			out->number = kinds[i].channel;
			out->per = kinds[i].per;
			return true;
		}
	}
	return false;
}

/* Channels of a kind beside each other, in the order of their numbers. */
static int by_kind(const void *a, const void *b)
{
	const struct channel *x = (const struct channel *)a;
	const struct channel *y = (const struct channel *)b;

	if (x->number != y->number) {
		return x->number < y->number ? -1 : 1;
	}
	if (x->index != y->index) {
		return x->index < y->index ? -1 : 1;
	}
	return strcmp(x->base, y->base);
}

/* The channels of a device, into room for CHANNELS. A processed value goes before a raw one. */
static uint32_t find_channels(int fd, struct channel *out)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool moves = false;
	uint32_t count = 0;

	if (dir == NULL) {
		if (copy >= 0) {
			close(copy);
		}
		return 0;
	}
	while (count < CHANNELS && (entry = readdir(dir)) != NULL) {
		uint32_t same = 0;

		if (!parse_channel(entry->d_name, &out[count])) {
			continue;
		}
		while (strcmp(out[same].base, out[count].base) != 0) {
			same++;
		}
		out[same].processed = out[same].processed || out[count].processed;
		count += same == count;
	}
	closedir(dir);
	for (uint32_t i = 0; i < count; i++) {
		moves = moves || out[i].number <= OCRE_CHANNEL_MAGN_Z;
	}
	/* A device that measures motion has its thermometer for itself. */
	for (uint32_t i = 0; i < count && moves; i++) {
		if (out[i].number == OCRE_CHANNEL_AMBIENT_TEMP) {
			out[i].number = OCRE_CHANNEL_DIE_TEMP;
		}
	}
	qsort(out, count, sizeof(*out), by_kind);
	return count;
}

/* ---- sensors of a device ---- */

static bool name_taken(const struct ocre_iio *iio, const char *name)
{
	for (uint32_t i = 0; i < iio->count; i++) {
		if (strcmp(iio->sensors[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* NAME, or NAME@NUMBER when an earlier device has the same; room for `:NUMBER` behind it. */
static void device_name(const struct ocre_iio *iio, int fd, unsigned int number, char *out,
			size_t room)
{
	char text[NAME_SIZE - 32];
	ssize_t size = read_text(fd, "name", text, sizeof(text));

	for (ssize_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 127) {
			text[i] = '?';
		}
	}
	if (size > 0) {
		snprintf(out, room, "%.*s", (int)size, text);
	} else {
		snprintf(out, room, "iio:device%u", number);
	}
	if (name_taken(iio, out)) {
		size_t used = strlen(out);

		snprintf(out + used, room - used, "@%u", number);
	}
}

/*
 * The channels that are number `nth` of their kind: how many, and where `out` is not NULL they are
 * copied there.
 */
static uint32_t pick(const struct channel *all, uint32_t count, uint32_t nth, struct sensor *out)
{
	uint32_t before = 0; /* of the same kind */
	uint32_t n = 0;

	for (uint32_t i = 0; i < count; i++) {
		before = i > 0 && all[i - 1].number == all[i].number ? before + 1 : 0;
		if (before != nth) {
			continue;
		}
		if (out != NULL) {
			out->channels[n] = all[i];
			out->numbers[n] = all[i].number;
		}
		n++;
	}
	return n;
}

/* On failure what there is of it is in the list, and freed with it. */
static int add_sensor(struct ocre_iio *iio, const struct channel *all, uint32_t count, uint32_t nth,
		      struct sensor **out)
{
	struct sensor *sensors = (struct sensor *)ocre_mem_resize(
		iio->mem, iio->sensors, iio->count * sizeof(*sensors),
		(iio->count + 1) * sizeof(*sensors));
	struct sensor *sensor;

	if (sensors == NULL) {
		return OCRE_E_NOMEM;
	}
	iio->sensors = sensors;
	sensor = &sensors[iio->count++];
	memset(sensor, 0, sizeof(*sensor));
	sensor->count = pick(all, count, nth, NULL);
	sensor->channels = (struct channel *)ocre_mem_alloc_array(iio->mem, sensor->count,
								  sizeof(*sensor->channels));
	sensor->numbers =
		(uint16_t *)ocre_mem_alloc_array(iio->mem, sensor->count, sizeof(*sensor->numbers));
	if (sensor->channels == NULL || sensor->numbers == NULL) {
		return OCRE_E_NOMEM;
	}
	pick(all, count, nth, sensor);
	*out = sensor;
	return OCRE_OK;
}

/* A device, and NAME:1 and so on for what it has more than once. */
static int add_device(struct ocre_iio *iio, int dir, unsigned int number, struct channel *all)
{
	uint32_t count = find_channels(dir, all);
	char name[NAME_SIZE - 12];

	device_name(iio, dir, number, name, sizeof(name));
	for (uint32_t i = 0; pick(all, count, i, NULL) > 0; i++) {
		struct sensor *sensor;
		int rc = add_sensor(iio, all, count, i, &sensor);

		if (rc != OCRE_OK) {
			return rc;
		}
		sensor->dir = dir;
		if (i == 0) {
			snprintf(sensor->name, sizeof(sensor->name), "%s", name);
		} else {
			snprintf(sensor->name, sizeof(sensor->name), "%s:%u", name,
				 (unsigned int)i);
		}
	}
	return OCRE_OK;
}

/* ---- all devices ---- */

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of the devices, in order. */
static uint32_t find_devices(DIR *root, unsigned int out[DEVICES])
{
	const struct dirent *entry;
	uint32_t count = 0;

	while (count < DEVICES && (entry = readdir(root)) != NULL) {
		char again[32];
		unsigned int number;

		if (sscanf(entry->d_name, "iio:device%9u", &number) != 1) {
			continue;
		}
		snprintf(again, sizeof(again), "iio:device%u", number);
		if (strcmp(again, entry->d_name) == 0) {
			out[count++] = number;
		}
	}
	qsort(out, count, sizeof(*out), by_number);
	return count;
}

static int add_all(struct ocre_iio *iio, DIR *root)
{
	unsigned int numbers[DEVICES] = {0};
	uint32_t count = find_devices(root, numbers);
	size_t size = CHANNELS * sizeof(struct channel);
	struct channel *all = (struct channel *)ocre_mem_alloc(iio->mem, size);
	int rc = all == NULL ? OCRE_E_NOMEM : OCRE_OK;

	for (uint32_t i = 0; i < count && rc == OCRE_OK; i++) {
		char name[32];
		int dir;

		snprintf(name, sizeof(name), "iio:device%u", numbers[i]);
		dir = openat(dirfd(root), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0) {
			continue; /* it is gone, or not ours to read */
		}
		iio->dirs[iio->dir_count++] = dir;
		rc = add_device(iio, dir, numbers[i], all);
	}
	ocre_mem_free(iio->mem, all, size);
	return rc;
}

/* ---- as a board ---- */

static uint32_t no_pins(void *ctx)
{
	(void)ctx;
	return 0;
}

static uint32_t sensor_count(void *ctx)
{
	return ((const struct ocre_iio *)ctx)->count;
}

static void sensor_info(void *ctx, uint32_t index, struct ocre_sensor_info *out)
{
	const struct sensor *sensor = &((const struct ocre_iio *)ctx)->sensors[index];

	out->name = sensor->name;
	out->channels = sensor->numbers;
	out->channel_count = sensor->count;
}

static int sensor_read(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	const struct sensor *sensor = &((const struct ocre_iio *)ctx)->sensors[index];

	return measure(sensor->dir, &sensor->channels[channel], value);
}

/* No index is below a count of 0, so that nothing of pins is ever called. */
static const struct ocre_board_ops iio_ops = {
	.pin_count = no_pins,
	.sensor_count = sensor_count,
	.sensor_info = sensor_info,
	.sensor_read = sensor_read,
};

/* ---- made and unmade ---- */

int ocre_iio_create(struct ocre_mem *mem, const char *root, struct ocre_iio **out,
		    struct ocre_diag *diag)
{
	struct ocre_iio *iio = (struct ocre_iio *)ocre_mem_alloc(mem, sizeof(*iio));
	int rc = OCRE_OK;
	DIR *dir;

	if (iio == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "no memory for sensors");
	}
	iio->mem = mem;
	iio->board.ops = &iio_ops;
	iio->board.ctx = iio;
	root = root == NULL ? SYSTEM_ROOT : root;
	dir = opendir(root);
	if (dir != NULL) {
		rc = add_all(iio, dir);
		closedir(dir);
	} else if (errno != ENOENT) {
		rc = errno == EACCES ? OCRE_E_ACCESS : OCRE_E_IO;
	}
	if (rc != OCRE_OK) {
		ocre_iio_destroy(iio);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "sensors of %s: %s", root,
				     ocre_status_text(rc));
	}
	*out = iio;
	return OCRE_OK;
}

void ocre_iio_destroy(struct ocre_iio *iio)
{
	struct ocre_mem *mem;

	if (iio == NULL) {
		return;
	}
	mem = iio->mem;
	for (uint32_t i = 0; i < iio->count; i++) {
		struct sensor *sensor = &iio->sensors[i];

		ocre_mem_free(mem, sensor->channels, sensor->count * sizeof(*sensor->channels));
		ocre_mem_free(mem, sensor->numbers, sensor->count * sizeof(*sensor->numbers));
	}
	for (uint32_t i = 0; i < iio->dir_count; i++) {
		close(iio->dirs[i]);
	}
	ocre_mem_free(mem, iio->sensors, iio->count * sizeof(*iio->sensors));
	ocre_mem_free(mem, iio, sizeof(*iio));
}

const struct ocre_board *ocre_iio_board(const struct ocre_iio *iio)
{
	return &iio->board;
}
