/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpiod_test.c - GPIO chips of Linux, up to the guest. The functions of libgpiod are here, over
 * chips of our own, and are taken in the place of the library's: what it is asked, and how edges
 * come from a descriptor to a container, needs no hardware. gpio_sim_test.c has the real library.
 */
#include <errno.h>
#include <gpiod.h>
#include <poll.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "hw.h"

/* ---- chips ---- */

struct gpiod_line {
	const char *name;
	bool taken; /* by another program */
	/* Under `lock`. */
	int kind; /* of the request, 0: none */
	int flags;
	int level;
	int pipe[2]; /* of an event request */
};

struct gpiod_chip {
	const char *name;
	int error;    /* it cannot be opened */
	bool no_bias; /* it has no pull-ups */
	bool no_edges;
	bool broken; /* values cannot be had */
	unsigned int open;
	struct gpiod_line lines[4];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct gpiod_chip chips[] = {
	{.name = "first", .lines = {{.name = "led0"}, {.name = NULL}, {.name = ""}, {"sw0", true}}},
	{.name = "second", .no_bias = true, .no_edges = true, .lines = {{.name = "led0"}}},
	{.name = "secret", .error = EACCES},
};
#define CHIPS (sizeof(chips) / sizeof(chips[0]))

static struct gpiod_chip *chip_of(const struct gpiod_line *line)
{
	for (size_t i = 0; i < CHIPS; i++) {
		if (line >= chips[i].lines && line < chips[i].lines + 4) {
			return &chips[i];
		}
	}
	fail();
	return NULL;
}

struct gpiod_chip *gpiod_chip_open_lookup(const char *descr)
{
	errno = ENOENT;
	for (size_t i = 0; i < CHIPS; i++) {
		if (strcmp(chips[i].name, descr) != 0) {
			continue;
		}
		if (chips[i].error == 0) {
			chips[i].open++;
			return &chips[i];
		}
		errno = chips[i].error;
	}
	return NULL;
}

static void drop(struct gpiod_line *line)
{
	if (line->kind == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES) {
		close(line->pipe[0]);
		close(line->pipe[1]);
	}
	line->kind = 0;
}

void gpiod_chip_close(struct gpiod_chip *chip)
{
	chip->open--;
	for (size_t i = 0; i < 4; i++) {
		drop(&chip->lines[i]);
	}
}

unsigned int gpiod_chip_num_lines(struct gpiod_chip *chip)
{
	return chip == &chips[1] ? 1 : 4;
}

struct gpiod_line *gpiod_chip_get_line(struct gpiod_chip *chip, unsigned int offset)
{
	assert_true(offset < gpiod_chip_num_lines(chip));
	return &chip->lines[offset];
}

const char *gpiod_line_name(struct gpiod_line *line)
{
	return line->name;
}

static int refuse(int error)
{
	pthread_mutex_unlock(&lock);
	errno = error;
	return -1;
}

int gpiod_line_request(struct gpiod_line *line, const struct gpiod_line_request_config *config,
		       int default_val)
{
	const struct gpiod_chip *chip = chip_of(line);

	assert_string_equal(config->consumer, "ocre");
	pthread_mutex_lock(&lock);
	assert_int_equal(line->kind, 0);
	if (line->taken) {
		return refuse(EBUSY);
	}
	if (chip->no_bias && config->flags != 0) {
		return refuse(EINVAL);
	}
	if (chip->no_edges && config->request_type == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES) {
		return refuse(ENXIO); /* as the kernel */
	}
	line->kind = config->request_type;
	line->flags = config->flags;
	if (line->kind == GPIOD_LINE_REQUEST_DIRECTION_OUTPUT) {
		line->level = default_val;
	} else if (line->kind == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES) {
		assert_int_equal(pipe(line->pipe), 0);
	}
	pthread_mutex_unlock(&lock);
	return 0;
}

void gpiod_line_release(struct gpiod_line *line)
{
	pthread_mutex_lock(&lock);
	assert_int_not_equal(line->kind, 0);
	drop(line);
	pthread_mutex_unlock(&lock);
}

int gpiod_line_set_value(struct gpiod_line *line, int value)
{
	pthread_mutex_lock(&lock);
	assert_int_equal(line->kind, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT);
	if (chip_of(line)->broken) {
		return refuse(EIO);
	}
	line->level = value;
	pthread_mutex_unlock(&lock);
	return 0;
}

int gpiod_line_get_value(struct gpiod_line *line)
{
	int value;

	pthread_mutex_lock(&lock);
	assert_int_not_equal(line->kind, 0);
	if (chip_of(line)->broken) {
		return refuse(EIO);
	}
	value = line->level;
	pthread_mutex_unlock(&lock);
	return value;
}

int gpiod_line_event_get_fd(struct gpiod_line *line)
{
	int fd;

	pthread_mutex_lock(&lock);
	assert_int_equal(line->kind, GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES);
	fd = line->pipe[0];
	pthread_mutex_unlock(&lock);
	return fd;
}

int gpiod_line_event_read(struct gpiod_line *line, struct gpiod_line_event *event)
{
	struct pollfd ready = {.fd = gpiod_line_event_get_fd(line), .events = POLLIN};
	char level;

	/* The real one would wait here, with the lock of the board. */
	assert_int_equal(poll(&ready, 1, 0), 1);
	if (read(ready.fd, &level, 1) != 1) {
		return -1;
	}
	memset(event, 0, sizeof(*event));
	event->event_type = level ? GPIOD_LINE_EVENT_RISING_EDGE : GPIOD_LINE_EVENT_FALLING_EDGE;
	return 0;
}

/* The world presses. */
static void press(struct gpiod_line *line, int level)
{
	char byte = (char)level;

	pthread_mutex_lock(&lock);
	if (line->level != level && line->kind == GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES) {
		assert_int_equal(write(line->pipe[1], &byte, 1), 1);
	}
	line->level = level;
	pthread_mutex_unlock(&lock);
}

/* ---- the tests ---- */

static const char *const both[] = {"first", "second"};
static const struct ocre_gpiod_name names[] = {{"button", 3, 2}, {"led0", 3, 1}};
static const struct ocre_gpiod_config usual = {
	.chips = both, .chip_count = 2, .first_port = 3, .names = names, .name_count = 2};

static struct hw *start(struct ocre_gpiod **out)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_diag diag = {0};

	if (ocre_gpiod_create(&hw->mem, &usual, out, &diag) != OCRE_OK) {
		fail_msg("%s", diag.text);
	}
	hw_end(&hw->a);
	hw_begin(&hw->a, ocre_gpiod_board(*out));
	hw_end(&hw->b);
	hw_begin(&hw->b, ocre_gpiod_board(*out));
	return hw;
}

static void stop(struct hw *hw, struct ocre_gpiod *gpiod)
{
	hw_end(&hw->a);
	hw_end(&hw->b);
	for (size_t i = 0; i < CHIPS; i++) {
		for (size_t l = 0; l < 4; l++) {
			assert_int_equal(chips[i].lines[l].kind, 0); /* all given back */
		}
	}
	ocre_gpiod_destroy(gpiod);
	for (size_t i = 0; i < CHIPS; i++) {
		assert_int_equal(chips[i].open, 0);
	}
	hw_begin(&hw->a, NULL);
	hw_begin(&hw->b, NULL);
	hw_stop(hw);
}

static int32_t configure(struct hw_guest *g, uint32_t port, uint32_t pin, uint32_t direction)
{
	return hw_call(g, "ocre_gpio_configure", "iii:i", port, pin, direction);
}

static int32_t on_pin(struct hw_guest *g, const char *name, uint32_t port, uint32_t pin)
{
	return hw_call(g, name, "ii:i", port, pin);
}

/* An edge comes by another thread. */
static struct ocre_event wait_event(struct hw_guest *g)
{
	struct timespec moment = {.tv_nsec = 1000000};

	for (int i = 0; i < 5000; i++) {
		bool there;

		g->hw->posix.port.threads->lock(g->hw->posix.port.ctx, &g->hw->mutex);
		there = g->event_count > 0;
		g->hw->posix.port.threads->unlock(g->hw->posix.port.ctx, &g->hw->mutex);
		if (there) {
			break;
		}
		nanosleep(&moment, NULL);
	}
	return hw_event(g);
}

static void lines_are_pins(void **state)
{
	struct gpiod_line *lines = chips[0].lines;
	struct ocre_gpiod *gpiod = NULL;
	struct hw *hw = start(&gpiod);
	uint32_t led = hw_text(&hw->a, 100, "led0");
	uint32_t button = hw_text(&hw->a, 200, "button");

	(void)state;
	/* The name of the configuration goes before that of the kernel. */
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", led, 1u), 0);
	assert_int_equal(lines[1].kind, GPIOD_LINE_REQUEST_DIRECTION_OUTPUT);
	assert_int_equal(lines[0].kind, 0);
	assert_int_equal(lines[1].level, 0);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_set_by_name", "ii:i", led, 1u), 0);
	assert_int_equal(lines[1].level, 1);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_toggle", 3, 1), 0);
	assert_int_equal(lines[1].level, 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_get", 3, 1), 0);
	/* Inputs have a pull-up, or none where the chip has none. */
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", button, 0u), 0);
	assert_int_equal(lines[2].kind, GPIOD_LINE_REQUEST_DIRECTION_INPUT);
	assert_int_equal(lines[2].flags, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP);
	press(&lines[2], 1);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_get_by_name", "i:i", button), 1);
	assert_int_equal(configure(&hw->a, 4, 0, 0), 0);
	assert_int_equal(chips[1].lines[0].flags, 0);
	/* Owners: within our process and beyond. */
	assert_int_equal(configure(&hw->b, 3, 1, 1), -16);
	assert_int_equal(configure(&hw->b, 3, 3, 1), -16);
	assert_int_equal(configure(&hw->a, 3, 3, 0), -16); /* nobody of ours has kept it */
	/* From output to input and back. */
	assert_int_equal(configure(&hw->a, 3, 1, 0), 0);
	assert_int_equal(lines[1].kind, GPIOD_LINE_REQUEST_DIRECTION_INPUT);
	assert_int_equal(configure(&hw->a, 3, 1, 1), 0);
	/* Beyond the chips. */
	assert_int_equal(configure(&hw->a, 3, 4, 1), -22);
	assert_int_equal(configure(&hw->a, 4, 1, 1), -22);
	assert_int_equal(configure(&hw->a, 2, 0, 1), -22);
	assert_int_equal(configure(&hw->a, 5, 0, 1), -22);
	chips[0].broken = true;
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_set_by_name", "ii:i", led, 1u), -5);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_get_by_name", "i:i", button), -5);
	chips[0].broken = false;
	stop(hw, gpiod);
}

static void edges_come_to_the_container(void **state)
{
	struct gpiod_line *lines = chips[0].lines;
	struct ocre_gpiod *gpiod = NULL;
	struct hw *hw = start(&gpiod);
	struct ocre_event event;

	(void)state;
	press(&lines[0], 1);
	press(&lines[2], 1);
	assert_int_equal(configure(&hw->a, 3, 2, 0), 0);
	assert_int_equal(configure(&hw->b, 3, 0, 0), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 3, 2), 0);
	assert_int_equal(lines[2].flags, GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP);
	assert_int_equal(on_pin(&hw->b, "ocre_gpio_register_callback", 3, 0), 0);
	press(&lines[2], 0);
	event = wait_event(&hw->a);
	assert_int_equal(event.type, OCRE_EVENT_GPIO);
	assert_int_equal(event.port, 3);
	assert_int_equal(event.id, 2);
	assert_int_equal(event.state, 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_get", 3, 2), 0);
	press(&lines[2], 1);
	assert_int_equal(wait_event(&hw->a).state, 1);
	press(&lines[0], 0);
	assert_int_equal(wait_event(&hw->b).id, 0);
	/* No longer. */
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 3, 2), 0);
	assert_int_equal(lines[2].kind, GPIOD_LINE_REQUEST_DIRECTION_INPUT);
	press(&lines[2], 0);
	press(&lines[0], 1);
	assert_int_equal(wait_event(&hw->b).state, 1); /* the thread has been here */
	assert_int_equal(hw->a.event_count, 0);
	/* And again. */
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 3, 2), 0);
	press(&lines[2], 1);
	assert_int_equal(wait_event(&hw->a).state, 1);
	/* A chip without interrupts can still be read. */
	assert_int_equal(configure(&hw->a, 4, 0, 0), 0);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 4, 0), -22);
	assert_int_equal(on_pin(&hw->a, "ocre_gpio_pin_get", 4, 0), 0);
	stop(hw, gpiod);
}

static void *press_often(void *arg)
{
	for (int i = 0; i < 3000; i++) {
		press((struct gpiod_line *)arg, i % 2);
	}
	return NULL;
}

static void edges_and_ends_at_the_same_time(void **state)
{
	struct ocre_gpiod *gpiod = NULL;
	struct hw *hw = start(&gpiod);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, press_often, &chips[0].lines[2]), 0);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(configure(&hw->a, 3, 2, 0), 0);
		assert_int_equal(on_pin(&hw->a, "ocre_gpio_register_callback", 3, 2), 0);
		assert_true(on_pin(&hw->a, "ocre_gpio_pin_get", 3, 2) >= 0);
		if (i % 3 == 0) {
			assert_int_equal(on_pin(&hw->a, "ocre_gpio_unregister_callback", 3, 2), 0);
		}
		hw_end(&hw->a);
		hw_begin(&hw->a, ocre_gpiod_board(gpiod));
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	stop(hw, gpiod);
}

static void expect_refusal(struct hw *hw, const struct ocre_gpiod_config *config, int status,
			   const char *says)
{
	struct ocre_gpiod *gpiod = NULL;
	struct ocre_diag diag = {0};

	assert_int_equal(ocre_gpiod_create(&hw->mem, config, &gpiod, &diag), status);
	assert_null(gpiod);
	assert_non_null(strstr(diag.text, says));
	assert_int_equal(hw->mem.used, 0);
	assert_int_equal(chips[0].open, 0);
}

static void wrong_configurations(void **state)
{
	static const char *const none[] = {"first", "third"};
	static const char *const secret[] = {"secret"};
	static const struct ocre_gpiod_name far[] = {{"led0", 0, 0}, {"led9", 0, 4}};
	static const struct ocre_gpiod_name below[] = {{"led9", 0, 0}};
	struct ocre_gpiod_config config = {.chips = none, .chip_count = 2};
	struct hw *hw = hw_start(NULL);
	struct ocre_gpiod *gpiod = NULL;

	(void)state;
	expect_refusal(hw, &config, OCRE_E_NOTFOUND, "\"third\": not found");
	config.chips = secret;
	config.chip_count = 1;
	expect_refusal(hw, &config, OCRE_E_ACCESS, "\"secret\": access denied: may this user");
	config.chips = none;
	config.names = far;
	config.name_count = 2;
	expect_refusal(hw, &config, OCRE_E_ARGUMENT, "\"led9\": no chip has 0/4");
	config.first_port = 1;
	config.names = below;
	config.name_count = 1;
	expect_refusal(hw, &config, OCRE_E_ARGUMENT, "\"led9\": no chip has 0/0");
	/* None at all is a board without pins. */
	memset(&config, 0, sizeof(config));
	assert_int_equal(ocre_gpiod_create(&hw->mem, &config, &gpiod, NULL), OCRE_OK);
	assert_int_equal(ocre_gpiod_board(gpiod)->ops->pin_count(gpiod), 0);
	ocre_gpiod_destroy(gpiod);
	ocre_gpiod_destroy(NULL);
	hw_stop(hw);
}

static void each_allocation_may_fail(void **state)
{
	struct hw *hw = hw_start(NULL);
	struct ocre_gpiod *gpiod = NULL;
	unsigned int n = 0;
	int rc;

	(void)state;
	do {
		hw->allocate = n++;
		rc = ocre_gpiod_create(&hw->mem, &usual, &gpiod, NULL);
		if (rc != OCRE_OK) {
			assert_int_equal(rc, OCRE_E_NOMEM);
			assert_null(gpiod);
			assert_int_equal(hw->mem.used, 0);
			assert_int_equal(chips[0].open, 0);
		}
	} while (rc != OCRE_OK);
	assert_true(n > 6);
	hw->allocate = UINT32_MAX;
	ocre_gpiod_destroy(gpiod);
	hw_stop(hw);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_pins),
		cmocka_unit_test(edges_come_to_the_container),
		cmocka_unit_test(edges_and_ends_at_the_same_time),
		cmocka_unit_test(wrong_configurations),
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
