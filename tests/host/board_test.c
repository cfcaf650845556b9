/* SPDX-License-Identifier: Apache-2.0 */
/* board_test.c - descriptions of simulated boards: what they mean, and how wrong ones are told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/board.h>

struct store {
	struct ocre_mem mem;
	unsigned int allocate;
};

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	struct store *store = (struct store *)ctx;

	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	if (store->allocate == 0) {
		return NULL;
	}
	store->allocate--;
	return realloc(ptr, new_size);
}

static void init(struct store *store)
{
	store->allocate = UINT32_MAX;
	ocre_mem_init(&store->mem, resize, store, SIZE_MAX);
}

/* From memory of just that size, so that a byte too far is found. */
static int make(struct store *store, const char *text, size_t size, struct ocre_sim **out,
		struct ocre_diag *diag)
{
	uint8_t *copy = (uint8_t *)malloc(size == 0 ? 1 : size);
	struct ocre_bytes bytes = {copy, size};
	int rc;

	assert_non_null(copy);
	memcpy(copy, text, size);
	memset(diag, 0, sizeof(*diag));
	rc = ocre_sim_create(&store->mem, NULL, bytes, out, diag);
	free(copy);
	return rc;
}

static const char full[] = "# A board.\n"
			   "\n"
			   "gpio 0/1 name=led0          # an LED\n"
			   "\tgpio   0/2\tname=\"my button\" level=0\r\n"
			   "gpio 65535/65535\n"
			   "wire 0/1 65535/65535\n"
			   "wire 0/1 0/2\n"
			   "sensor \"RNG Sensor\" channel=30 value=+4\n"
			   "sensor imu channel=accel_x channel=accel_z value=-9.81 channel=65535";

static void a_description(void **state)
{
	struct store store;
	struct ocre_sim *sim = NULL;
	struct ocre_diag diag;
	struct ocre_sim_pin pin;
	const struct ocre_board *board;
	struct ocre_sensor_info sensor;
	uint32_t number[2];
	double value;

	(void)state;
	init(&store);
	assert_int_equal(make(&store, full, sizeof(full) - 1, &sim, &diag), OCRE_OK);
	board = ocre_sim_board(sim);
	assert_int_equal(board->ops->pin_count(board->ctx), 3);
	assert_int_equal(board->ops->sensor_count(board->ctx), 2);
	assert_int_equal(ocre_sim_pin_get(sim, 0, 1, &pin), OCRE_OK);
	assert_string_equal(pin.name, "led0");
	assert_int_equal(pin.use, OCRE_SIM_UNUSED);
	assert_true(pin.level);
	assert_int_equal(ocre_sim_pin_find(sim, "my button", &number[0], &number[1]), OCRE_OK);
	assert_int_equal(number[0], 0);
	assert_int_equal(number[1], 2);
	assert_int_equal(ocre_sim_pin_find(sim, "led0", NULL, NULL), OCRE_OK);
	assert_int_equal(ocre_sim_pin_find(sim, "led1", NULL, NULL), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_sim_pin_get(sim, 0, 2, &pin), OCRE_OK);
	assert_false(pin.level);
	assert_int_equal(ocre_sim_pin_get(sim, 65535, 65535, &pin), OCRE_OK);
	assert_null(pin.name);
	assert_int_equal(ocre_sim_pin_get(sim, 1, 1, &pin), OCRE_E_NOTFOUND);
	board->ops->sensor_info(board->ctx, 1, &sensor);
	assert_string_equal(sensor.name, "imu");
	assert_int_equal(sensor.channel_count, 3);
	assert_int_equal(sensor.channels[1], 2);
	assert_int_equal(sensor.channels[2], 65535);
	assert_int_equal(ocre_sim_sensor_get(sim, "imu", 2, &value), OCRE_OK);
	assert_true(value == -9.81);
	assert_int_equal(ocre_sim_sensor_get(sim, "imu", 0, &value), OCRE_OK);
	assert_true(value == 0);
	assert_int_equal(ocre_sim_sensor_get(sim, "RNG Sensor", 30, &value), OCRE_OK);
	assert_true(value == 4);
	assert_int_equal(ocre_sim_sensor_get(sim, "imu", 1, &value), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_sim_sensor_set(sim, "im", 2, 1), OCRE_E_NOTFOUND);
	assert_int_equal(ocre_sim_sensor_set(sim, "imu", 2, HUGE_VAL), OCRE_E_ARGUMENT);
	assert_int_equal(ocre_sim_sensor_get(sim, "imu", 2, &value), OCRE_OK);
	assert_true(value == -9.81);
	ocre_sim_destroy(sim);
	assert_int_equal(store.mem.used, 0);
	/* An empty one is a board as well. */
	assert_int_equal(make(&store, "", 0, &sim, &diag), OCRE_OK);
	assert_int_equal(ocre_sim_board(sim)->ops->pin_count(sim), 0);
	ocre_sim_destroy(sim);
	ocre_sim_destroy(NULL);
	assert_int_equal(store.mem.used, 0);
}

static const struct {
	const char *text;
	const char *says; /* a part of it */
	uint32_t offset;
} wrong[] = {
	{"pin 0/1", "line 1: not known: \"pin\"", 0},
	{"\n\ngpio", "line 3: no pin", 6},
	{"gpio 01", "line 1: not a pin: \"01\"", 5},
	{"gpio /", "not a pin", 5},
	{"gpio 0/", "not a pin", 5},
	{"gpio /0", "not a pin", 5},
	{"gpio 0/1/2", "not a pin", 5},
	{"gpio -1/2", "not a pin", 5},
	{"gpio 0/65536", "not a pin", 5},
	{"gpio 65536/0", "not a pin", 5},
	{"gpio 4294967296/0", "not a pin", 5},
	{"gpio 0/1\ngpio 0/1", "line 2: the same pin again", 14},
	{"gpio 0/1 led0", "not known here: \"led0\"", 9},
	{"gpio 0/1 name=", "a name is empty", 14},
	{"gpio 0/1 name=\"\"", "a name is empty", 15},
	{"gpio 0/1 name=a name=b", "a second name", 22 - 1},
	{"gpio 0/1 name=a\ngpio 0/2 name=a", "line 2: the name of another pin", 30},
	{"gpio 0/1 name=\"a", "no closing quotation mark", 9},
	{"gpio 0/1 name=a\"b\"", "not a name", 14},
	{"gpio 0/1 name=a\001b", "not a name: \"a?b\"", 14},
	{"gpio 0/1 level=2", "not a level: \"2\"", 15},
	{"gpio 0/1 level=01", "not a level", 15},
	{"gpio 0/1 level=1 level=1", "a second level", 23},
	{"gpio 0/1 value=1", "not known here", 9},
	{"wire", "no pin", 4},
	{"wire 0/1 0/2", "no such pin: \"0/1\"", 5},
	{"gpio 0/1\nwire 0/1", "line 2: no pin", 17},
	{"gpio 0/1\nwire 0/1 0/1", "a wire to itself", 18},
	{"gpio 0/1\ngpio 0/2\nwire 0/1 0/2\nwire 0/1 0/2", "line 4: a second wire", 40},
	{"gpio 0/1\ngpio 0/2\nwire 0/1 0/2 x", "too much: \"x\"", 31},
	{"sensor", "a name is empty", 6},
	{"sensor a", "a sensor without a channel", 8},
	{"sensor a channel=", "not a channel", 17},
	{"sensor a channel=warmth", "not a channel: \"warmth\"", 17},
	{"sensor a channel=65536", "not a channel", 17},
	{"sensor a channel=-1", "not a channel", 17},
	{"sensor a channel=13 channel=ambient_temp", "the same channel again", 28},
	{"sensor a value=1", "a value of nothing", 15},
	{"sensor a channel=13 value=1 value=2", "a value of nothing", 34},
	{"sensor a channel=13 value=", "not a number", 26},
	{"sensor a channel=13 value=1e3", "not a number: \"1e3\"", 26},
	{"sensor a channel=13 value=nan", "not a number", 26},
	{"sensor a channel=13 value=.", "not a number", 26},
	{"sensor a channel=13 value=1.2.3", "not a number", 26},
	{"sensor a channel=13\nsensor a channel=13", "line 2: the same sensor again", 27},
	{"sensor aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa channel=1",
	 "too long: \"aaaaaaaaaaaaaaaaaaaaaaaa...\": 124 bytes", 7},
};

static void wrong_descriptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct store store;
		struct ocre_sim *sim = NULL;
		struct ocre_diag diag;

		init(&store);
		assert_true(make(&store, wrong[i].text, strlen(wrong[i].text), &sim, &diag) < 0);
		assert_null(sim);
		if (strstr(diag.text, wrong[i].says) == NULL || diag.offset != wrong[i].offset) {
			fail_msg("%s\ngives %s at %u", wrong[i].text, diag.text,
				 (unsigned int)diag.offset);
		}
		assert_true(strlen(diag.text) < OCRE_DIAG_TEXT - 1); /* not cut */
		assert_int_equal(store.mem.used, 0);
	}
}

static void as_many_as_fit(void **state)
{
	static char text[64 * 1024];
	struct store store;
	struct ocre_sim *sim = NULL;
	struct ocre_diag diag;
	size_t at = 0;

	(void)state;
	init(&store);
	for (uint32_t i = 0; i < OCRE_SIM_MAX_PINS; i++) {
		at += (size_t)sprintf(text + at, "gpio %u/%u\n", (unsigned int)i / 16,
				      (unsigned int)i % 16);
	}
	assert_int_equal(make(&store, text, at, &sim, &diag), OCRE_OK);
	ocre_sim_destroy(sim);
	sim = NULL;
	at += (size_t)sprintf(text + at, "gpio 999/0\n");
	assert_int_equal(make(&store, text, at, &sim, &diag), OCRE_E_LIMIT);
	assert_non_null(strstr(diag.text, "line 1025: too many pins"));
	at = 0;
	for (uint32_t i = 0; i <= OCRE_SIM_MAX_SENSORS; i++) {
		at += (size_t)sprintf(text + at, "sensor s%u channel=1\n", (unsigned int)i);
	}
	assert_int_equal(make(&store, text, at, &sim, &diag), OCRE_E_LIMIT);
	assert_non_null(strstr(diag.text, "line 257: too many sensors"));
	at = (size_t)sprintf(text, "sensor s");
	for (uint32_t i = 0; i <= OCRE_SIM_MAX_CHANNELS; i++) {
		at += (size_t)sprintf(text + at, " channel=%u", (unsigned int)i);
	}
	assert_int_equal(make(&store, text, at, &sim, &diag), OCRE_E_LIMIT);
	assert_null(sim);
	assert_int_equal(store.mem.used, 0);
}

static void each_allocation_may_fail(void **state)
{
	struct store store;
	struct ocre_sim *sim = NULL;
	struct ocre_diag diag;
	unsigned int n = 0;
	int rc;

	(void)state;
	init(&store);
	do {
		store.allocate = n++;
		rc = make(&store, full, sizeof(full) - 1, &sim, &diag);
		if (rc != OCRE_OK) {
			assert_int_equal(rc, OCRE_E_NOMEM);
			assert_int_equal(diag.status, OCRE_E_NOMEM);
			assert_null(sim);
			assert_int_equal(store.mem.used, 0);
		}
	} while (rc != OCRE_OK);
	assert_true(n > 10);
	ocre_sim_destroy(sim);
	assert_int_equal(store.mem.used, 0);
}

static void numbers(void **state)
{
	static const char *const good[] = {
		"0",
		"-0",
		"+1",
		"1.",
		".5",
		"-.25",
		"21.5",
		"0.000598205",
		"123456789012345678",
		"9007199254740993",
		"0.1",
		"-273.15",
		"100000000000000000000",
		"0.000000000000000000000000000001",
	};
	static const char *const bad[] = {"",	"1e", "+",   "-",   ".",  "1,5",
					  " 1", "1 ", "--1", "0x1", "inf"};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		double want = strtod(good[i], NULL);
		double off;

		assert_true(ocre_board_number(good[i], strlen(good[i]), &value));
		off = want == 0 ? value : (value - want) / want;
		assert_true(off < 1e-15 && off > -1e-15);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(ocre_board_number(bad[i], strlen(bad[i]), &value));
	}
	assert_int_equal(ocre_sensor_channel_find("humidity", 8), 16);
	assert_int_equal(ocre_sensor_channel_find("humidit", 7), -1);
	assert_int_equal(ocre_sensor_channel_find("65535", 5), 65535);
	assert_int_equal(ocre_sensor_channel_find("99999", 5), -1);
	assert_int_equal(ocre_sensor_channel_find("", 0), -1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_description),  cmocka_unit_test(wrong_descriptions),
		cmocka_unit_test(as_many_as_fit), cmocka_unit_test(each_allocation_may_fail),
		cmocka_unit_test(numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
