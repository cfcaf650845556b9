/* SPDX-License-Identifier: Apache-2.0 */
/* sensor_test.c - sensors of a simulated board, as guests see them. */
#include "hw.h"

#define EPERM_	(-1)
#define ENOENT_ (-2)
#define ENOMEM_ (-12)
#define ENODEV_ (-19)
#define EINVAL_ (-22)

static const char usual[] =
	"sensor \"RNG Sensor\" channel=30 value=4\n"
	"sensor weather channel=ambient_temp value=21.5 channel=humidity value=45\n"
	"sensor cold channel=13 value=-3000000000.25\n";

static int32_t with_id(struct hw_guest *g, const char *name, uint32_t id)
{
	return hw_call(g, name, "i:i", id);
}

static void discover(struct hw_guest *g, int32_t count)
{
	assert_int_equal(hw_call(g, "ocre_sensors_init", ":i"), 0);
	assert_int_equal(hw_call(g, "ocre_sensors_discover", ":i"), count);
}

static void by_number(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;

	(void)state;
	discover(a, 3);
	assert_int_equal(with_id(a, "ocre_sensors_open", 1), 0);
	assert_int_equal(with_id(a, "ocre_sensors_get_handle", 1), 1);
	assert_int_equal(with_id(a, "ocre_sensors_get_channel_count", 1), 2);
	assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type", "ii:i", 1u, 0u), 13);
	assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type", "ii:i", 1u, 1u), 16);
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 13u) == 21.5);
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 16u) == 45);
	assert_true(hw_read(a, "ocre_sensors_read", 0u, 30u) == 4);
	assert_string_equal(a->last_name, "RNG Sensor");
	assert_int_equal(a->last.kind, OCRE_ACTION_SENSOR);
	/* The world changes, and both guests see it. */
	assert_int_equal(ocre_sim_sensor_set(hw->sim, "weather", OCRE_CHANNEL_HUMIDITY, 50.25),
			 OCRE_OK);
	discover(&hw->b, 3);
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 16u) == 50.25);
	assert_true(hw_read(&hw->b, "ocre_sensors_read", 1u, 16u) == 50.25);
	hw_stop(hw);
}

static void by_name(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;
	uint32_t name = hw_text(a, 100, "weather");

	(void)state;
	discover(a, 3);
	assert_int_equal(with_id(a, "ocre_sensors_open_by_name", name), 0);
	assert_int_equal(with_id(a, "ocre_sensors_get_handle_by_name", name), 1);
	assert_int_equal(with_id(a, "ocre_sensors_get_channel_count_by_name", name), 2);
	assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type_by_name", "ii:i", name, 1u), 16);
	assert_true(hw_read(a, "ocre_sensors_read_by_name", name, 13u) == 21.5);
	hw_text(a, 200, "RNG Sensor");
	assert_true(hw_read(a, "ocre_sensors_read_by_name", 200u, 30u) == 4);
	hw_stop(hw);
}

static void older_guests_read_whole_numbers(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;

	(void)state;
	discover(a, 3);
	assert_int_equal(hw_call(a, "ocre_sensors_read", "ii:i", 1u, 13u), 21);
	assert_int_equal(hw_call(a, "ocre_sensors_read", "ii:i", 2u, 13u), INT32_MIN);
	assert_int_equal(ocre_sim_sensor_set(hw->sim, "cold", 13, 1e300), OCRE_OK);
	assert_int_equal(hw_call(a, "ocre_sensors_read", "ii:i", 2u, 13u), INT32_MAX);
	assert_int_equal(ocre_sim_sensor_set(hw->sim, "cold", 13, -5.75), OCRE_OK);
	assert_int_equal(hw_call(a, "ocre_sensors_read", "ii:i", 2u, 13u), -5);
	assert_int_equal(hw_call(a, "ocre_sensors_read", "ii:i", 9u, 13u), EINVAL_);
	hw_stop(hw);
}

static const char *const ids[] = {
	"ocre_sensors_open",
	"ocre_sensors_get_handle",
	"ocre_sensors_get_channel_count",
};
static const char *const names[] = {
	"ocre_sensors_open_by_name",
	"ocre_sensors_get_handle_by_name",
	"ocre_sensors_get_channel_count_by_name",
};

static void nothing_is_known_before_discover(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;

	(void)state;
	hw_text(a, 100, "weather");
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(with_id(a, ids[i], 0), ENODEV_);
			assert_int_equal(with_id(a, names[i], 100), ENOENT_);
		}
		assert_true(hw_read(a, "ocre_sensors_read", 0u, 30u) == ENODEV_);
		assert_true(hw_read(a, "ocre_sensors_read_by_name", 100u, 13u) == ENOENT_);
		discover(a, 3);
		assert_int_equal(with_id(a, "ocre_sensors_open", 0), 0);
		assert_int_equal(hw_call(a, "ocre_sensors_init", ":i"), 0); /* forgets */
	}
	hw_stop(hw);
}

static void hostile_arguments(void **state)
{
	static const uint32_t wrong[] = {3, 4, 0x7fffffff, 0x80000000u, UINT32_MAX};
	static const uint32_t addresses[] = {0, HW_SIZE - 4, HW_SIZE, UINT32_MAX};
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;
	char longer[200];

	(void)state;
	discover(a, 3);
	memset(a->memory + HW_SIZE - 4, 'w', 4); /* does not end */
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		for (size_t f = 0; f < 3; f++) {
			assert_int_equal(with_id(a, ids[f], wrong[i]), EINVAL_);
		}
		assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type", "ii:i", wrong[i], 0u),
				 EINVAL_);
		assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type", "ii:i", 1u, wrong[i]),
				 EINVAL_);
		assert_true(hw_read(a, "ocre_sensors_read", wrong[i], 13u) == EINVAL_);
		assert_true(hw_read(a, "ocre_sensors_read", 1u, wrong[i]) == EINVAL_);
	}
	/* 16 bits of a channel's number are not all of it. */
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 65536u + 13u) == EINVAL_);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		for (size_t f = 0; f < 3; f++) {
			assert_int_equal(with_id(a, names[f], addresses[i]), EINVAL_);
		}
		assert_int_equal(hw_call(a, "ocre_sensors_get_channel_type_by_name", "ii:i",
					 addresses[i], 0u),
				 EINVAL_);
		assert_true(hw_read(a, "ocre_sensors_read_by_name", addresses[i], 13u) == EINVAL_);
	}
	memset(longer, 'w', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	hw_text(a, 100, longer);
	hw_text(a, 400, "");
	hw_text(a, 500, "weathe");
	for (size_t f = 0; f < 3; f++) {
		assert_int_equal(with_id(a, names[f], 100), ENOENT_);
		assert_int_equal(with_id(a, names[f], 400), ENOENT_);
		assert_int_equal(with_id(a, names[f], 500), ENOENT_);
	}
	hw_stop(hw);
}

static uint32_t word(const struct hw_guest *g, uint32_t addr)
{
	return ocre_get_u32(g->memory + addr);
}

static void the_list_holds_addresses_of_the_guest(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;
	uint32_t heap;

	(void)state;
	memset(a->memory + 1000, 0xee, 16);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 1000u, 4u), 0);
	discover(a, 3);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 1000u, 2u), 2);
	assert_string_equal((char *)a->memory + word(a, 1000), "RNG Sensor");
	assert_string_equal((char *)a->memory + word(a, 1004), "weather");
	assert_int_equal(word(a, 1008), 0xeeeeeeee);
	heap = a->heap;
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 1000u, 0x7fffffffu), 3);
	assert_string_equal((char *)a->memory + word(a, 1008), "cold");
	assert_int_equal(word(a, 1012), 0xeeeeeeee);
	assert_int_equal(a->heap, heap); /* asked again it takes no more */
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 1000u, 0u), 0);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 0u, 3u), EINVAL_);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", HW_SIZE - 8, 3u), EINVAL_);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", UINT32_MAX, 3u), EINVAL_);
	assert_int_equal(hw_call(a, "ocre_sensors_get_list", "ii:i", 1000u, UINT32_MAX), EINVAL_);
	discover(&hw->b, 3);
	hw->b.heap = 0;
	assert_int_equal(hw_call(&hw->b, "ocre_sensors_get_list", "ii:i", 1000u, 3u), ENOMEM_);
	hw_stop(hw);
}

static void each_call_asks_for_its_grant(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;

	(void)state;
	hw_text(a, 100, "weather");
	hw_text(a, 200, "nothing");
	discover(a, 3);
	a->deny[OCRE_ACTION_SENSOR] = true;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(with_id(a, ids[i], 1), EPERM_);
		assert_int_equal(with_id(a, names[i], 100), EPERM_);
		assert_int_equal(with_id(a, names[i], 200), EPERM_); /* does not say what exists */
	}
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 13u) == EPERM_);
	assert_true(hw_read(a, "ocre_sensors_read_by_name", 100u, 13u) == EPERM_);
	assert_int_equal(hw_call(a, "ocre_sensors_discover", ":i"), EPERM_);
	hw_stop(hw);
}

static bool only_weather(struct ocre_guest *guest, const struct ocre_action *action)
{
	(void)guest;
	return action->name_size == 7 && memcmp(action->name, "weather", 7) == 0;
}

static void a_grant_is_for_one_sensor(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;
	struct ocre_guest_ops ops = *a->guest.ops;

	(void)state;
	ops.allowed = only_weather;
	a->guest.ops = &ops;
	discover(a, 3);
	assert_int_equal(with_id(a, "ocre_sensors_open", 0), EPERM_);
	assert_int_equal(with_id(a, "ocre_sensors_open", 1), 0);
	assert_true(hw_read(a, "ocre_sensors_read", 0u, 30u) == EPERM_);
	assert_true(hw_read(a, "ocre_sensors_read", 1u, 13u) == 21.5);
	hw_stop(hw);
}

static void no_board_no_sensors(void **state)
{
	struct hw *hw = hw_start(NULL);

	(void)state;
	discover(&hw->a, 0);
	assert_int_equal(with_id(&hw->a, "ocre_sensors_open", 0), ENODEV_);
	assert_int_equal(hw_call(&hw->a, "ocre_sensors_get_list", "ii:i", 1000u, 3u), 0);
	hw_stop(hw);
}

static void several_boards_are_one(void **state)
{
	static const char more[] = "sensor weather channel=13 value=1\nsensor far channel=press\n";
	struct ocre_bytes text = {(const uint8_t *)more, sizeof(more) - 1};
	struct hw *hw = hw_start(usual);
	struct ocre_sim *second = NULL;
	const struct ocre_board *parts[2];
	struct ocre_boards boards;

	(void)state;
	assert_int_equal(ocre_sim_create(&hw->mem, &hw->posix.port, text, &second, NULL), OCRE_OK);
	parts[0] = ocre_sim_board(hw->sim);
	parts[1] = ocre_sim_board(second);
	ocre_boards_init(&boards, parts, 2);
	hw_end(&hw->a);
	hw_begin(&hw->a, &boards.board);
	discover(&hw->a, 5);
	hw_text(&hw->a, 100, "weather");
	hw_text(&hw->a, 200, "far");
	assert_true(hw_read(&hw->a, "ocre_sensors_read_by_name", 100u, 13u) == 21.5);
	assert_true(hw_read(&hw->a, "ocre_sensors_read", 3u, 13u) == 1);
	assert_int_equal(with_id(&hw->a, "ocre_sensors_get_handle_by_name", 200), 4);
	assert_int_equal(ocre_sim_sensor_set(second, "far", OCRE_CHANNEL_PRESS, 101.3), OCRE_OK);
	assert_true(hw_read(&hw->a, "ocre_sensors_read", 4u, 14u) == 101.3);
	hw_end(&hw->a);
	hw_begin(&hw->a, NULL);
	ocre_sim_destroy(second);
	hw_stop(hw);
}

static int broken(void *ctx, uint32_t index, uint32_t channel, double *value)
{
	(void)ctx;
	(void)index;
	(void)channel;
	(void)value;
	return OCRE_E_IO;
}

static void a_broken_sensor_is_an_error(void **state)
{
	struct hw *hw = hw_start(usual);
	struct ocre_board board = *ocre_sim_board(hw->sim);
	struct ocre_board_ops ops = *board.ops;

	(void)state;
	ops.sensor_read = broken;
	board.ops = &ops;
	hw_end(&hw->a);
	hw_begin(&hw->a, &board);
	discover(&hw->a, 3);
	assert_true(hw_read(&hw->a, "ocre_sensors_read", 1u, 13u) == -5);
	hw_stop(hw);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_number),
		cmocka_unit_test(by_name),
		cmocka_unit_test(older_guests_read_whole_numbers),
		cmocka_unit_test(nothing_is_known_before_discover),
		cmocka_unit_test(hostile_arguments),
		cmocka_unit_test(the_list_holds_addresses_of_the_guest),
		cmocka_unit_test(each_call_asks_for_its_grant),
		cmocka_unit_test(a_grant_is_for_one_sensor),
		cmocka_unit_test(no_board_no_sensors),
		cmocka_unit_test(several_boards_are_one),
		cmocka_unit_test(a_broken_sensor_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
