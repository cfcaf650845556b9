/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sensor.c - the sensors of a board for containers. The number of a sensor, its handle and its
 * place on the board are the same. Any number of containers may read the same sensor.
 */
#include <ocre/board.h>
#include <ocre/port.h>
#include <ocre/providers.h>

#include <string.h>

/* Names that are longer than this belong to no sensor; the SDK knows 125 bytes. */
#define NAME_SIZE 126

/* One for each container. */
struct sensors {
	const struct ocre_board *board; /* NULL: no sensors */
	struct ocre_guest *guest;
	uint32_t count; /* 0 until the guest asks which there are */
	uint32_t list;	/* where ocre_sensors_get_list put the names, in guest memory; or 0 */
};

static struct sensors *self(struct ocre_call *call)
{
	return (struct sensors *)call->host;
}

static int done(struct ocre_call *call, int32_t result)
{
	call->ret[0] = (uint32_t)result;
	return OCRE_HOST_DONE;
}

static void sensor_info(const struct sensors *s, uint32_t index, struct ocre_sensor_info *out)
{
	s->board->ops->sensor_info(s->board->ctx, index, out);
}

static bool allowed(const struct sensors *s, const char *name)
{
	struct ocre_action action = {
		.kind = OCRE_ACTION_SENSOR, .name = name, .name_size = strlen(name)};

	return s->guest->ops->allowed(s->guest, &action);
}

/* ---- which sensor: by number or by name; its number or an error ---- */

static int32_t numbered(struct ocre_call *call)
{
	const struct sensors *s = self(call);
	uint32_t id = ocre_arg_u32(call, 0);
	struct ocre_sensor_info info;

	if (s->count == 0) {
		return -OCRE_ERRNO_NODEV;
	}
	if (id >= s->count) {
		return -OCRE_ERRNO_INVAL;
	}
	sensor_info(s, id, &info);
	return allowed(s, info.name) ? (int32_t)id : -OCRE_ERRNO_PERM;
}

static int32_t named(struct ocre_call *call)
{
	const struct sensors *s = self(call);
	uint32_t addr = ocre_arg_u32(call, 0);
	char name[NAME_SIZE];
	int32_t size;

	size = addr == 0 ? OCRE_STRING_OUTSIDE : ocre_call_string(call, addr, name, sizeof(name));
	if (size == OCRE_STRING_OUTSIDE) {
		return -OCRE_ERRNO_INVAL;
	}
	if (size <= 0) {
		return -OCRE_ERRNO_NOENT;
	}
	if (!allowed(s, name)) {
		return -OCRE_ERRNO_PERM;
	}
	for (uint32_t i = 0; i < s->count; i++) {
		struct ocre_sensor_info info;

		sensor_info(s, i, &info);
		if (strcmp(info.name, name) == 0) {
			return (int32_t)i;
		}
	}
	return -OCRE_ERRNO_NOENT;
}

/* ---- what is done with it; `id` may be an error, which is passed on ---- */

static int channel_count(struct ocre_call *call, int32_t id)
{
	struct ocre_sensor_info info;

	if (id < 0) {
		return done(call, id);
	}
	sensor_info(self(call), (uint32_t)id, &info);
	return done(call, (int32_t)info.channel_count);
}

static int channel_type(struct ocre_call *call, int32_t id)
{
	uint32_t index = ocre_arg_u32(call, 1);
	struct ocre_sensor_info info;

	if (id < 0) {
		return done(call, id);
	}
	sensor_info(self(call), (uint32_t)id, &info);
	return done(call, index < info.channel_count ? info.channels[index] : -OCRE_ERRNO_INVAL);
}

/* A measurement, or a negative errno as a number. */
static double measure(struct ocre_call *call, int32_t id)
{
	const struct sensors *s = self(call);
	uint32_t type = ocre_arg_u32(call, 1);
	struct ocre_sensor_info info;
	double value;

	if (id < 0) {
		return id;
	}
	sensor_info(s, (uint32_t)id, &info);
	for (uint32_t i = 0; i < info.channel_count; i++) {
		if (info.channels[i] == type) {
			int rc = s->board->ops->sensor_read(s->board->ctx, (uint32_t)id, i, &value);

			return rc == OCRE_OK ? value : ocre_board_errno(rc);
		}
	}
	return -OCRE_ERRNO_INVAL;
}

static int give(struct ocre_call *call, double value)
{
	memcpy(&call->ret[0], &value, sizeof(value));
	return OCRE_HOST_DONE;
}

/* ---- the functions of the guest ---- */

static int sensors_init(struct ocre_call *call)
{
	self(call)->count = 0;
	return done(call, 0);
}

static int sensors_discover(struct ocre_call *call)
{
	struct sensors *s = self(call);

	s->count = s->board == NULL ? 0 : s->board->ops->sensor_count(s->board->ctx);
	return done(call, (int32_t)s->count);
}

/* Open and the handle: a sensor that may be used is open, and its handle is its number. */
static int sensors_open(struct ocre_call *call)
{
	int32_t id = numbered(call);

	return done(call, id < 0 ? id : 0);
}

static int sensors_get_handle(struct ocre_call *call)
{
	return done(call, numbered(call));
}

static int sensors_get_channel_count(struct ocre_call *call)
{
	return channel_count(call, numbered(call));
}

static int sensors_get_channel_type(struct ocre_call *call)
{
	return channel_type(call, numbered(call));
}

static int sensors_read(struct ocre_call *call)
{
	return give(call, measure(call, numbered(call)));
}

/* As guests of early 2025 have it: without what comes after the point. */
static int sensors_read_i32(struct ocre_call *call)
{
	double value = measure(call, numbered(call));

	if (value >= INT32_MAX) {
		return done(call, INT32_MAX);
	}
	if (!(value > INT32_MIN)) {
		return done(call, INT32_MIN);
	}
	return done(call, (int32_t)value);
}

static int sensors_open_by_name(struct ocre_call *call)
{
	int32_t id = named(call);

	return done(call, id < 0 ? id : 0);
}

static int sensors_get_handle_by_name(struct ocre_call *call)
{
	return done(call, named(call));
}

static int sensors_get_channel_count_by_name(struct ocre_call *call)
{
	return channel_count(call, named(call));
}

static int sensors_get_channel_type_by_name(struct ocre_call *call)
{
	return channel_type(call, named(call));
}

static int sensors_read_by_name(struct ocre_call *call)
{
	return give(call, measure(call, named(call)));
}

/* All names, one after the other, each with its NUL: their size, and where `at` is not NULL they.
 */
static uint32_t put_names(const struct sensors *s, char *at)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < s->count; i++) {
		struct ocre_sensor_info info;
		uint32_t size;

		sensor_info(s, i, &info);
		size = (uint32_t)strlen(info.name) + 1;
		if (at != NULL) {
			memcpy(at + sum, info.name, size);
		}
		sum += size;
	}
	return sum;
}

/*
 * ocre_sensors_get_list(array, count): the addresses of the names of the first sensors, and how
 * many these are. The names stay where they are, the same for each call: the board's sensors do not
 * change.
 */
static int sensors_get_list(struct ocre_call *call)
{
	struct sensors *s = self(call);
	uint32_t array = ocre_arg_u32(call, 0);
	uint32_t room = ocre_arg_u32(call, 1);
	uint32_t count = room < s->count ? room : s->count;
	uint32_t size = put_names(s, NULL);
	uint32_t name;
	char *at;

	if (array == 0 || room > INT32_MAX || count > UINT32_MAX / 4 ||
	    ocre_call_memory(call, array, count * 4) == NULL) {
		return done(call, -OCRE_ERRNO_INVAL);
	}
	if (count == 0) {
		return done(call, 0);
	}
	if (s->list == 0 && call->ops->alloc != NULL) {
		s->list = call->ops->alloc(call, size);
	}
	at = s->list == 0 ? NULL : (char *)ocre_call_memory(call, s->list, size);
	if (at == NULL) {
		return done(call, -OCRE_ERRNO_NOMEM);
	}
	put_names(s, at);
	/* Fetched again: the names may have moved it. */
	at = (char *)ocre_call_memory(call, array, count * 4);
	if (at == NULL) {
		return done(call, -OCRE_ERRNO_INVAL);
	}
	name = s->list;
	for (uint32_t i = 0; i < count; i++) {
		struct ocre_sensor_info info;

		sensor_info(s, i, &info);
		ocre_put_u32(at + (size_t)i * 4, name);
		name += (uint32_t)strlen(info.name) + 1;
	}
	return done(call, (int32_t)count);
}

#define SENSOR OCRE_ACTION_SENSOR, -OCRE_ERRNO_PERM

static const struct ocre_host_func sensor_funcs[] = {
	{"ocre_sensors_init", ":i", sensors_init, SENSOR},
	{"ocre_sensors_discover", ":i", sensors_discover, SENSOR},
	{"ocre_sensors_open", "i:i", sensors_open, SENSOR},
	{"ocre_sensors_get_handle", "i:i", sensors_get_handle, SENSOR},
	{"ocre_sensors_get_channel_count", "i:i", sensors_get_channel_count, SENSOR},
	{"ocre_sensors_get_channel_type", "ii:i", sensors_get_channel_type, SENSOR},
	{"ocre_sensors_read", "ii:F", sensors_read, SENSOR},
	{"ocre_sensors_read", "ii:i", sensors_read_i32, SENSOR},
	{"ocre_sensors_open_by_name", "i:i", sensors_open_by_name, SENSOR},
	{"ocre_sensors_get_handle_by_name", "i:i", sensors_get_handle_by_name, SENSOR},
	{"ocre_sensors_get_channel_count_by_name", "i:i", sensors_get_channel_count_by_name,
	 SENSOR},
	{"ocre_sensors_get_channel_type_by_name", "ii:i", sensors_get_channel_type_by_name, SENSOR},
	{"ocre_sensors_read_by_name", "ii:F", sensors_read_by_name, SENSOR},
	{"ocre_sensors_get_list", "ii:i", sensors_get_list, SENSOR},
};

static const struct ocre_host_module sensor_module = {
	"env", sensor_funcs, sizeof(sensor_funcs) / sizeof(sensor_funcs[0])};

/* ---- the provider ---- */

static int create(void *shared, struct ocre_guest *guest, void **object, struct ocre_diag *diag)
{
	struct sensors *s = (struct sensors *)ocre_mem_alloc(guest->mem, sizeof(*s));

	if (s == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the container's sensors");
	}
	s->board = (const struct ocre_board *)shared; /* the config */
	s->guest = guest;
	*object = s;
	return OCRE_OK;
}

static void destroy(void *object)
{
	struct sensors *s = (struct sensors *)object;

	if (s != NULL) {
		ocre_mem_free(s->guest->mem, s, sizeof(*s));
	}
}

static const struct ocre_host_module *const modules[] = {&sensor_module};

const struct ocre_host_provider ocre_provider_sensor = {
	.name = "sensor",
	.modules = modules,
	.module_count = 1,
	.create = create,
	.destroy = destroy,
};
