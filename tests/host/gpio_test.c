/* SPDX-License-Identifier: Apache-2.0 */
/* gpio_test.c - pins of a simulated board, as guests see them. */
#include <pthread.h>

#include "hw.h"

#define IN  0u
#define OUT 1u

#define EPERM_	(-1)
#define ENOMEM_ (-12)
#define EBUSY_	(-16)
#define ENODEV_ (-19)
#define EINVAL_ (-22)

static const char usual[] = "gpio 0/1 name=led0\n"
			    "gpio 0/2 name=sw0\n"
			    "gpio 2/13 name=sw1 level=0\n"
			    "gpio 7/7\n"
			    "wire 7/7 0/2\n";

static int32_t configure(struct hw_guest *g, uint32_t port, uint32_t pin, uint32_t direction)
{
	return hw_call(g, "ocre_gpio_configure", "iii:i", port, pin, direction);
}

static int32_t set(struct hw_guest *g, uint32_t port, uint32_t pin, uint32_t state)
{
	return hw_call(g, "ocre_gpio_pin_set", "iii:i", port, pin, state);
}

static int32_t on_pin(struct hw_guest *g, const char *name, uint32_t port, uint32_t pin)
{
	return hw_call(g, name, "ii:i", port, pin);
}

static int32_t get(struct hw_guest *g, uint32_t port, uint32_t pin)
{
	return on_pin(g, "ocre_gpio_pin_get", port, pin);
}

static bool level(const struct hw *hw, uint32_t port, uint32_t pin)
{
	struct ocre_sim_pin at;

	assert_int_equal(ocre_sim_pin_get(hw->sim, port, pin, &at), OCRE_OK);
	return at.level;
}

static enum ocre_sim_use use(const struct hw *hw, uint32_t port, uint32_t pin)
{
	struct ocre_sim_pin at;

	assert_int_equal(ocre_sim_pin_get(hw->sim, port, pin, &at), OCRE_OK);
	return at.use;
}

static void expect_event(struct hw_guest *g, uint32_t port, uint32_t pin, uint32_t state)
{
	struct ocre_event event = hw_event(g);

	assert_int_equal(event.type, OCRE_EVENT_GPIO);
	assert_int_equal(event.id, pin);
	assert_int_equal(event.port, port);
	assert_int_equal(event.state, state);
	assert_null(event.message);
}

static void an_output_is_seen_on_the_board(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_init", ":i"), 0);
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(use(hw, 0, 1), OCRE_SIM_OUTPUT);
	assert_false(level(hw, 0, 1));
	assert_int_equal(set(&hw->a, 0, 1, 1), 0);
	assert_true(level(hw, 0, 1));
	assert_int_equal(get(&hw->a, 0, 1), 1);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_toggle", 0, 1), 0);
	assert_false(level(hw, 0, 1));
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_toggle", 0, 1), 0);
	assert_true(level(hw, 0, 1));
	/* What an output drives cannot be pressed. */
	assert_int_equal(ocre_sim_pin_set(hw->sim, 0, 1, false), OCRE_E_STATE);
	assert_true(level(hw, 0, 1));
	hw_stop(hw);
}

static void an_input_reads_what_the_world_gives(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(configure(&hw->a, 0, 2, IN), 0);
	assert_int_equal(configure(&hw->a, 2, 13, IN), 0);
	assert_int_equal(get(&hw->a, 0, 2), 1); /* the pull-up */
	assert_int_equal(get(&hw->a, 2, 13), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 0, 2, false), OCRE_OK);
	assert_int_equal(get(&hw->a, 0, 2), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 0, 3, false), OCRE_E_NOTFOUND);
	/* Inputs are not driven. */
	assert_int_equal(set(&hw->a, 0, 2, 1), EINVAL_);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_toggle", 0, 2), EINVAL_);
	assert_int_equal(get(&hw->a, 0, 2), 0);
	hw_stop(hw);
}

static void both_edges_are_events(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), EINVAL_);
	assert_int_equal(configure(&hw->a, 2, 13, IN), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK);
	assert_int_equal(hw->a.event_count, 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK); /* no edge */
	assert_int_equal(hw->a.event_count, 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, false), OCRE_OK);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK);
	assert_int_equal(hw->a.event_count, 2);
	expect_event(&hw->a, 2, 13, 0);
	expect_event(&hw->a, 2, 13, 1);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 2, 13), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 2, 13), EINVAL_);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, false), OCRE_OK);
	assert_int_equal(hw->a.event_count, 0);
	/* An output has no edges, and one that was an input has none any more. */
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), 0);
	assert_int_equal(configure(&hw->a, 2, 13, OUT), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), EINVAL_);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 2, 13), EINVAL_);
	assert_int_equal(set(&hw->a, 2, 13, 1), 0);
	assert_int_equal(hw->a.event_count, 0);
	assert_int_equal(hw->b.event_count, 0);
	hw_stop(hw);
}

static void a_full_queue_hurts_nobody(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(configure(&hw->a, 2, 13, IN), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), 0);
	for (unsigned int i = 0; i < HW_EVENTS + 10; i++) {
		assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, i % 2 == 0), OCRE_OK);
	}
	assert_int_equal(hw->a.event_count, HW_EVENTS);
	assert_int_equal(hw->a.lost, 10);
	hw_stop(hw);
}

static void a_wire_leads_from_one_container_to_another(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(configure(&hw->b, 0, 2, IN), 0);
	assert_int_equal(on_pin(&hw->b, "ocre_gpio_register_callback", 0, 2), 0);
	assert_int_equal(get(&hw->b, 0, 2), 1);
	/* The output begins with 0, against the pull-up. */
	assert_int_equal(configure(&hw->a, 7, 7, OUT), 0);
	expect_event(&hw->b, 0, 2, 0);
	assert_int_equal(get(&hw->b, 0, 2), 0);
	assert_int_equal(set(&hw->a, 7, 7, 1), 0);
	expect_event(&hw->b, 0, 2, 1);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 0, 2, false), OCRE_E_STATE);
	assert_int_equal(set(&hw->a, 7, 7, 0), 0);
	expect_event(&hw->b, 0, 2, 0);
	/* It ends, and the pull-up has the pin again. */
	hw_end(&hw->a);
	expect_event(&hw->b, 0, 2, 1);
	assert_int_equal(get(&hw->b, 0, 2), 1);
	assert_int_equal(hw->b.event_count, 0);
	hw_begin(&hw->a, ocre_sim_board(hw->sim));
	hw_stop(hw);
}

static void a_pin_has_one_owner(void **state)
{
	struct hw *hw = hw_start(usual);
	static const char *const others[] = {
		"ocre_gpio_pin_get",
		"ocre_gpio_pin_toggle",
		"ocre_gpio_register_callback",
		"ocre_gpio_unregister_callback",
	};

	(void)state;
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(set(&hw->a, 0, 1, 1), 0);
	assert_int_equal(configure(&hw->b, 0, 1, OUT), EBUSY_);
	assert_int_equal(configure(&hw->b, 0, 1, IN), EBUSY_);
	assert_int_equal(set(&hw->b, 0, 1, 0), EINVAL_);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(on_pin(&hw->b, others[i], 0, 1), EINVAL_);
	}
	assert_true(level(hw, 0, 1));
	/* The owner may change its mind. */
	assert_int_equal(configure(&hw->a, 0, 1, IN), 0);
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(configure(&hw->b, 0, 1, OUT), EBUSY_);
	hw_end(&hw->a);
	assert_int_equal(use(hw, 0, 1), OCRE_SIM_UNUSED);
	assert_int_equal(configure(&hw->b, 0, 1, OUT), 0);
	hw_begin(&hw->a, ocre_sim_board(hw->sim));
	hw_stop(hw);
}

static void nothing_comes_after_the_end(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(configure(&hw->a, 2, 13, IN), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), 0);
	hw_end(&hw->a);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK);
	assert_int_equal(hw->a.event_count, 0);
	hw_begin(&hw->a, ocre_sim_board(hw->sim));
	assert_int_equal(get(&hw->a, 2, 13), EINVAL_);
	hw_stop(hw);
}

static void pins_by_name(void **state)
{
	struct hw *hw = hw_start(usual);
	uint32_t led = hw_text(&hw->a, 100, "led0");
	uint32_t sw = hw_text(&hw->a, 200, "sw1");

	(void)state;
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", led, OUT), 0);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_set_by_name", "ii:i", led, 1u), 0);
	assert_true(level(hw, 0, 1));
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_get_by_name", "i:i", led), 1);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_toggle_by_name", "i:i", led), 0);
	assert_false(level(hw, 0, 1));
	assert_int_equal(get(&hw->a, 0, 1), 0); /* the same pin by number */
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", sw, IN), 0);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_register_callback_by_name", "i:i", sw), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK);
	expect_event(&hw->a, 2, 13, 1);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_unregister_callback_by_name", "i:i", sw), 0);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, false), OCRE_OK);
	assert_int_equal(hw->a.event_count, 0);
	hw_stop(hw);
}

static void the_names_of_2025_mean_the_same(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_set", "iii:i", 0u, 1u, 1u), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_get", 0, 1), 1);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_toggle", 0, 1), 0);
	assert_false(level(hw, 0, 1));
	hw_stop(hw);
}

static void hostile_numbers(void **state)
{
	static const uint32_t places[][2] = {
		{0, 0},		 {0, 3},	   {1, 1},
		{UINT32_MAX, 0}, {0, UINT32_MAX},  {UINT32_MAX, UINT32_MAX},
		{8, 0},		 {0x80000000u, 1}, {0x10000u, 1},
	};
	static const char *const funcs[] = {
		"ocre_gpio_pin_get",
		"ocre_gpio_pin_toggle",
		"ocre_gpio_register_callback",
		"ocre_gpio_unregister_callback",
		"ocre_gpio_get",
		"ocre_gpio_toggle",
	};
	struct hw *hw = hw_start(usual);

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint32_t port = places[i][0];
		uint32_t pin = places[i][1];

		assert_int_equal(configure(&hw->a, port, pin, IN), EINVAL_);
		assert_int_equal(configure(&hw->a, port, pin, OUT), EINVAL_);
		assert_int_equal(set(&hw->a, port, pin, 1), EINVAL_);
		for (size_t f = 0; f < sizeof(funcs) / sizeof(funcs[0]); f++) {
			assert_int_equal(on_pin(&hw->a, funcs[f], port, pin), EINVAL_);
		}
	}
	assert_int_equal(configure(&hw->a, 0, 1, 2), EINVAL_);
	assert_int_equal(configure(&hw->a, 0, 1, UINT32_MAX), EINVAL_);
	assert_int_equal(use(hw, 0, 1), OCRE_SIM_UNUSED);
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(set(&hw->a, 0, 1, 2), EINVAL_);
	assert_int_equal(set(&hw->a, 0, 1, UINT32_MAX), EINVAL_);
	assert_false(level(hw, 0, 1));
	hw_stop(hw);
}

static void hostile_names(void **state)
{
	static const struct {
		const char *name;
		const char *sig;
	} funcs[] = {
		{"ocre_gpio_configure_by_name", "ii:i"},
		{"ocre_gpio_set_by_name", "ii:i"},
		{"ocre_gpio_get_by_name", "i:i"},
		{"ocre_gpio_toggle_by_name", "i:i"},
		{"ocre_gpio_register_callback_by_name", "i:i"},
		{"ocre_gpio_unregister_callback_by_name", "i:i"},
	};
	struct hw *hw = hw_start(usual);
	char longer[200];

	(void)state;
	memset(longer, 'l', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	hw_text(&hw->a, 300, "led9");
	hw_text(&hw->a, 400, "");
	hw_text(&hw->a, 500, longer);
	memcpy(hw->a.memory + HW_SIZE - 4, "led0", 4); /* does not end */
	hw_text(&hw->a, HW_SIZE - 4 - 5, "led0");      /* ends just inside */
	for (size_t i = 0; i < sizeof(funcs) / sizeof(funcs[0]); i++) {
		const char *name = funcs[i].name;
		const char *sig = funcs[i].sig;

		assert_int_equal(hw_call(&hw->a, name, sig, 0u, 1u), EINVAL_);
		assert_int_equal(hw_call(&hw->a, name, sig, HW_SIZE, 1u), EINVAL_);
		assert_int_equal(hw_call(&hw->a, name, sig, HW_SIZE - 4, 1u), EINVAL_);
		assert_int_equal(hw_call(&hw->a, name, sig, UINT32_MAX, 1u), EINVAL_);
		assert_int_equal(hw_call(&hw->a, name, sig, 300u, 1u), ENODEV_);
		assert_int_equal(hw_call(&hw->a, name, sig, 400u, 1u), ENODEV_);
		assert_int_equal(hw_call(&hw->a, name, sig, 500u, 1u), ENODEV_);
	}
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", HW_SIZE - 9, OUT),
			 0);
	assert_int_equal(use(hw, 0, 1), OCRE_SIM_OUTPUT);
	hw_stop(hw);
}

static void each_call_asks_for_its_grant(void **state)
{
	struct hw *hw = hw_start(usual);
	struct hw_guest *a = &hw->a;

	(void)state;
	/* The owner of an output and an input loses both grants. */
	assert_int_equal(configure(a, 0, 1, OUT), 0);
	assert_int_equal(a->last.kind, OCRE_ACTION_GPIO_WRITE);
	assert_int_equal(a->last.port, 0);
	assert_int_equal(a->last.pin, 1);
	assert_int_equal(configure(a, 2, 13, IN), 0);
	assert_int_equal(a->last.kind, OCRE_ACTION_GPIO_READ);
	assert_int_equal(a->last.port, 2);
	assert_int_equal(a->last.pin, 13);
	a->deny[OCRE_ACTION_GPIO_WRITE] = true;
	assert_int_equal(set(a, 0, 1, 1), EPERM_);
	assert_int_equal(on_pin(a, "ocre_gpio_pin_toggle", 0, 1), EPERM_);
	assert_int_equal(get(a, 0, 1), EPERM_);
	assert_int_equal(configure(a, 7, 7, OUT), EPERM_);
	assert_int_equal(use(hw, 7, 7), OCRE_SIM_UNUSED);
	assert_false(level(hw, 0, 1));
	assert_int_equal(get(a, 2, 13), 0);
	a->deny[OCRE_ACTION_GPIO_READ] = true;
	assert_int_equal(get(a, 2, 13), EPERM_);
	assert_int_equal(on_pin(a, "ocre_gpio_register_callback", 2, 13), EPERM_);
	assert_int_equal(on_pin(a, "ocre_gpio_unregister_callback", 2, 13), EPERM_);
	assert_int_equal(configure(a, 0, 2, IN), EPERM_);
	/* A pin that it may not use does not say whether it exists. */
	assert_int_equal(configure(a, 99, 99, IN), EPERM_);
	assert_int_equal(get(a, 99, 99), EPERM_);
	a->notes = 0;
	assert_int_equal(hw_call(a, "ocre_gpio_init", ":i"), EPERM_);
	assert_int_equal(hw_call(a, "ocre_gpio_init", ":i"), EPERM_);
	assert_int_equal(a->notes, 1);
	/* One of the two is enough to begin. */
	a->deny[OCRE_ACTION_GPIO_WRITE] = false;
	assert_int_equal(hw_call(a, "ocre_gpio_init", ":i"), 0);
	hw_stop(hw);
}

static void no_board_no_pins(void **state)
{
	struct hw *hw = hw_start(NULL);
	uint32_t led = hw_text(&hw->a, 100, "led0");

	(void)state;
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_init", ":i"), ENODEV_);
	assert_int_equal(configure(&hw->a, 0, 1, OUT), EINVAL_);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", led, OUT), ENODEV_);
	assert_int_equal(get(&hw->a, 0, 0), EINVAL_);
	hw_stop(hw);
}

static void without_memory_nothing_is_claimed(void **state)
{
	struct hw *hw = hw_start(usual);

	(void)state;
	hw->allocate = 0;
	assert_int_equal(configure(&hw->a, 0, 1, OUT), ENOMEM_);
	hw->allocate = UINT32_MAX;
	assert_int_equal(configure(&hw->b, 0, 1, OUT), 0);
	hw_stop(hw);
}

/* ---- a board that fails, and several boards as one ---- */

struct bad {
	struct ocre_board board;
	struct ocre_board_ops ops;
	const struct ocre_board *real;
	int configure; /* what these return */
	int other;
};

static int bad_configure(void *ctx, uint32_t index, enum ocre_pin_direction direction)
{
	struct bad *bad = (struct bad *)ctx;

	return bad->configure != OCRE_OK
		       ? bad->configure
		       : bad->real->ops->pin_configure(bad->real->ctx, index, direction);
}

static int bad_set(void *ctx, uint32_t index, bool value)
{
	(void)index;
	(void)value;
	return ((struct bad *)ctx)->other;
}

static int bad_get(void *ctx, uint32_t index)
{
	(void)index;
	return ((struct bad *)ctx)->other;
}

static int bad_watch(void *ctx, uint32_t index, ocre_pin_edge_fn fn, void *arg)
{
	(void)index;
	(void)fn;
	(void)arg;
	return ((struct bad *)ctx)->other;
}

static uint32_t through_count(void *ctx)
{
	struct bad *bad = (struct bad *)ctx;

	return bad->real->ops->pin_count(bad->real->ctx);
}

static void through_info(void *ctx, uint32_t index, struct ocre_pin_info *out)
{
	struct bad *bad = (struct bad *)ctx;

	bad->real->ops->pin_info(bad->real->ctx, index, out);
}

static int through_claim(void *ctx, uint32_t index)
{
	struct bad *bad = (struct bad *)ctx;

	return bad->real->ops->pin_claim(bad->real->ctx, index);
}

static void through_release(void *ctx, uint32_t index)
{
	struct bad *bad = (struct bad *)ctx;

	bad->real->ops->pin_release(bad->real->ctx, index);
}

static void failures_of_a_board_reach_the_guest(void **state)
{
	struct hw *hw = hw_start(usual);
	struct bad bad = {.real = ocre_sim_board(hw->sim)};

	(void)state;
	bad.ops = *bad.real->ops;
	bad.ops.pin_count = through_count;
	bad.ops.pin_info = through_info;
	bad.ops.pin_claim = through_claim;
	bad.ops.pin_release = through_release;
	bad.ops.pin_configure = bad_configure;
	bad.ops.pin_set = bad_set;
	bad.ops.pin_get = bad_get;
	bad.ops.pin_watch = bad_watch;
	bad.board.ops = &bad.ops;
	bad.board.ctx = &bad;
	hw_end(&hw->a);
	hw_begin(&hw->a, &bad.board);

	bad.configure = OCRE_E_UNSUPPORTED;
	assert_int_equal(configure(&hw->a, 0, 1, OUT), EINVAL_);
	/* It is not kept: another may have it. */
	assert_int_equal(configure(&hw->b, 0, 1, OUT), 0);
	bad.configure = OCRE_OK;
	assert_int_equal(configure(&hw->a, 2, 13, OUT), 0);
	assert_int_equal(configure(&hw->a, 7, 7, OUT), 0);
	bad.other = OCRE_E_IO;
	assert_int_equal(set(&hw->a, 7, 7, 1), -5);
	assert_int_equal(get(&hw->a, 7, 7), -5);
	assert_int_equal(configure(&hw->a, 2, 13, IN), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 2, 13), -5);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 2, 13), EINVAL_);
	/* A pin that could not be configured anew is given back, the others are not. */
	bad.configure = OCRE_E_IO;
	assert_int_equal(configure(&hw->a, 2, 13, OUT), -5);
	assert_int_equal(use(hw, 2, 13), OCRE_SIM_UNUSED);
	assert_int_equal(configure(&hw->b, 2, 13, OUT), 0);
	assert_int_equal(configure(&hw->b, 7, 7, OUT), EBUSY_);
	hw_end(&hw->a);
	hw_begin(&hw->a, ocre_sim_board(hw->sim));
	hw_stop(hw);
}

static void several_boards_are_one(void **state)
{
	static const char more[] = "gpio 0/1 name=led0\ngpio 9/1 name=led9 level=0\n";
	struct ocre_bytes text = {(const uint8_t *)more, sizeof(more) - 1};
	struct hw *hw = hw_start(usual);
	struct ocre_sim *second = NULL;
	const struct ocre_board *parts[2];
	struct ocre_boards boards;
	struct ocre_sim_pin at;
	uint32_t led9 = hw_text(&hw->a, 100, "led9");

	(void)state;
	assert_int_equal(ocre_sim_create(&hw->mem, &hw->posix.port, text, &second, NULL), OCRE_OK);
	parts[0] = ocre_sim_board(hw->sim);
	parts[1] = ocre_sim_board(second);
	ocre_boards_init(&boards, parts, 2);
	hw_end(&hw->a);
	hw_begin(&hw->a, &boards.board);
	/* The first has 0/1, the second 9/1. */
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(set(&hw->a, 0, 1, 1), 0);
	assert_true(level(hw, 0, 1));
	assert_int_equal(ocre_sim_pin_get(second, 0, 1, &at), OCRE_OK);
	assert_int_equal(at.use, OCRE_SIM_UNUSED);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", led9, IN), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 9, 1), 0);
	assert_int_equal(ocre_sim_pin_set(second, 9, 1, true), OCRE_OK);
	expect_event(&hw->a, 9, 1, 1);
	assert_int_equal(get(&hw->a, 9, 1), 1);
	/* Who uses the first board alone meets the same owner. */
	assert_int_equal(configure(&hw->b, 0, 1, OUT), EBUSY_);
	hw_end(&hw->a);
	ocre_boards_init(&boards, parts, 0);
	hw_begin(&hw->a, &boards.board);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_init", ":i"), ENODEV_);
	ocre_sim_destroy(second);
	hw_stop(hw);
}

/* ---- what the application is told ---- */

struct seen {
	struct ocre_sim *sim;
	struct ocre_sim_pin pins[16];
	unsigned int count;
};

static void on_change(void *arg, const struct ocre_sim_pin *pin)
{
	struct seen *seen = (struct seen *)arg;
	struct ocre_sim_pin again;

	assert_true(seen->count < 16);
	seen->pins[seen->count++] = *pin;
	/* It may use the board. */
	assert_int_equal(ocre_sim_pin_get(seen->sim, pin->port, pin->pin, &again), OCRE_OK);
	assert_int_equal(again.level, pin->level);
}

static void changes_are_told(void **state)
{
	struct hw *hw = hw_start(usual);
	struct seen seen = {.sim = hw->sim};

	(void)state;
	ocre_sim_on_change(hw->sim, on_change, &seen);
	assert_int_equal(configure(&hw->a, 0, 1, OUT), 0);
	assert_int_equal(seen.count, 1);
	assert_string_equal(seen.pins[0].name, "led0");
	assert_int_equal(seen.pins[0].use, OCRE_SIM_OUTPUT);
	assert_int_equal(set(&hw->a, 0, 1, 0), 0); /* no change */
	assert_int_equal(seen.count, 1);
	assert_int_equal(set(&hw->a, 0, 1, 1), 0);
	assert_int_equal(seen.count, 2);
	assert_true(seen.pins[1].level);
	/* With what hangs on its wire. */
	assert_int_equal(configure(&hw->a, 7, 7, OUT), 0);
	assert_int_equal(seen.count, 4);
	assert_null(seen.pins[2].name);
	assert_int_equal(seen.pins[3].port, 0);
	assert_int_equal(seen.pins[3].pin, 2);
	assert_int_equal(seen.pins[3].use, OCRE_SIM_UNUSED);
	assert_false(seen.pins[3].level);
	assert_int_equal(ocre_sim_pin_set(hw->sim, 2, 13, true), OCRE_OK);
	assert_int_equal(seen.count, 5);
	ocre_sim_on_change(hw->sim, NULL, NULL);
	hw_stop(hw);
}

/* ---- threads ---- */

#define PRESSES 2000

static void *press(void *arg)
{
	struct hw *hw = (struct hw *)arg;

	for (unsigned int i = 0; i < PRESSES; i++) {
		ocre_sim_pin_set(hw->sim, 2, 13, i % 2 == 0);
	}
	return NULL;
}

/* B comes and goes while A blinks through the wire and a thread presses a button. */
static void edges_and_ends_at_the_same_time(void **state)
{
	struct hw *hw = hw_start(usual);
	pthread_t thread;

	(void)state;
	assert_int_equal(configure(&hw->a, 7, 7, OUT), 0);
	assert_int_equal(pthread_create(&thread, NULL, press, hw), 0);
	for (unsigned int i = 0; i < 300; i++) {
		assert_int_equal(configure(&hw->b, 2, 13, IN), 0);
		assert_int_equal(configure(&hw->b, 0, 2, IN), 0);
		assert_int_equal(on_pin(&hw->b, "ocre_gpio_register_callback", 2, 13), 0);
		assert_int_equal(on_pin(&hw->b, "ocre_gpio_register_callback", 0, 2), 0);
		assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_toggle", 7, 7), 0);
		assert_true(get(&hw->b, 2, 13) >= 0);
		hw_end(&hw->b);
		hw_begin(&hw->b, ocre_sim_board(hw->sim));
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(hw->a.event_count, 0);
	hw_stop(hw);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_output_is_seen_on_the_board),
		cmocka_unit_test(an_input_reads_what_the_world_gives),
		cmocka_unit_test(both_edges_are_events),
		cmocka_unit_test(a_full_queue_hurts_nobody),
		cmocka_unit_test(a_wire_leads_from_one_container_to_another),
		cmocka_unit_test(a_pin_has_one_owner),
		cmocka_unit_test(nothing_comes_after_the_end),
		cmocka_unit_test(pins_by_name),
		cmocka_unit_test(the_names_of_2025_mean_the_same),
		cmocka_unit_test(hostile_numbers),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(each_call_asks_for_its_grant),
		cmocka_unit_test(no_board_no_pins),
		cmocka_unit_test(without_memory_nothing_is_claimed),
		cmocka_unit_test(failures_of_a_board_reach_the_guest),
		cmocka_unit_test(several_boards_are_one),
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(edges_and_ends_at_the_same_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
