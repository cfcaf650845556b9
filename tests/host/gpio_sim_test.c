/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpio_sim_test.c - the real libgpiod and the real kernel, on chips of the kernel's module
 * gpio-sim. Needs that module, configfs and the right to use them; says what is missing and is
 * skipped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hw.h"

#define SKIPPED 77
#define CONFIG	"/sys/kernel/config/gpio-sim"
#define LED	1u
#define BUTTON	2u

static char device[64]; /* the simulated device: its directory in configfs */
static char chip[64];	/* gpiochip3 */
static char lines[160]; /* where the world around the chip is */

static bool write_file(const char *dir, const char *name, const char *text)
{
	char path[320];
	FILE *out;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	if (out == NULL) {
		return false;
	}
	good = fputs(text, out) >= 0;
	return fclose(out) == 0 && good;
}

static bool read_file(const char *dir, const char *name, char *text, size_t room)
{
	char path[320];
	FILE *in;
	bool good;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "r");
	if (in == NULL) {
		return false;
	}
	good = fgets(text, (int)room, in) != NULL;
	fclose(in);
	if (good) {
		text[strcspn(text, "\n")] = '\0';
	}
	return good;
}

static bool make_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", device, name);
	return mkdir(path, 0777) == 0;
}

static void remove_dir(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", device, name);
	rmdir(path);
}

static void unmake(void)
{
	write_file(device, "live", "0");
	remove_dir("bank0/line1");
	remove_dir("bank0/line2");
	remove_dir("bank0");
	rmdir(device);
}

/* What is missing, or NULL. */
static const char *make(void)
{
	char platform[64];

	if (access(CONFIG, F_OK) != 0) {
		return "no " CONFIG " (modprobe gpio-sim; mount -t configfs none "
		       "/sys/kernel/config)";
	}
	snprintf(device, sizeof(device), CONFIG "/ocre-%ld", (long)getpid());
	if (mkdir(device, 0777) != 0) {
		return errno == EACCES || errno == EPERM ? "not allowed to make a chip (be root)"
							 : "cannot make a chip";
	}
	if (!make_dir("bank0") || !write_file(device, "bank0/num_lines", "8") ||
	    !make_dir("bank0/line1") || !write_file(device, "bank0/line1/name", "led0") ||
	    !make_dir("bank0/line2") || !write_file(device, "bank0/line2/name", "sw0") ||
	    !write_file(device, "live", "1") ||
	    !read_file(device, "dev_name", platform, sizeof(platform)) ||
	    !read_file(device, "bank0/chip_name", chip, sizeof(chip))) {
		unmake();
		return "the kernel did not make the chip";
	}
	snprintf(lines, sizeof(lines), "/sys/devices/platform/%s/%s", platform, chip);
	return NULL;
}

/* The world: a level on an input, and what an output drives. */
static void pull(uint32_t line, bool up)
{
	char name[32];

	snprintf(name, sizeof(name), "sim_gpio%u/pull", (unsigned int)line);
	assert_true(write_file(lines, name, up ? "pull-up" : "pull-down"));
}

static bool driven(uint32_t line)
{
	char name[32];
	char value[16];

	snprintf(name, sizeof(name), "sim_gpio%u/value", (unsigned int)line);
	assert_true(read_file(lines, name, value, sizeof(value)));
	return value[0] == '1';
}

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

static void a_real_chip(void **state)
{
	const char *const names[] = {chip};
	struct ocre_gpiod_config config = {.chips = names, .chip_count = 1};
	struct ocre_gpiod *gpiod = NULL;
	struct ocre_gpiod *other = NULL;
	struct ocre_diag diag = {0};
	struct hw *hw = hw_start(NULL);
	uint32_t led = hw_text(&hw->a, 100, "led0");
	uint32_t button = hw_text(&hw->a, 200, "sw0");
	struct ocre_event event;

	(void)state;
	if (ocre_gpiod_create(&hw->mem, &config, &gpiod, &diag) != OCRE_OK) {
		fail_msg("%s", diag.text);
	}
	hw_end(&hw->a);
	hw_begin(&hw->a, ocre_gpiod_board(gpiod));
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_init", ":i"), 0);
	/* An LED, by the name that the kernel knows. */
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", led, 1u), 0);
	assert_false(driven(LED));
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_toggle_by_name", "i:i", led), 0);
	assert_true(driven(LED));
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_get_by_name", "i:i", led), 1);
	/* A button. */
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure_by_name", "ii:i", button, 0u), 0);
	pull(BUTTON, true);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_get_by_name", "i:i", button), 1);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_register_callback_by_name", "i:i", button), 0);
	pull(BUTTON, true);
	pull(BUTTON, false);
	event = wait_event(&hw->a);
	assert_int_equal(event.id, BUTTON);
	assert_int_equal(event.state, 0);
	pull(BUTTON, true);
	assert_int_equal(wait_event(&hw->a).state, 1);
	assert_int_equal(hw_call(&hw->a, "ocre_gpio_configure", "iii:i", 0u, 8u, 1u), -22);
	/* To the kernel another board is as another program. */
	assert_int_equal(ocre_gpiod_create(&hw->mem, &config, &other, &diag), OCRE_OK);
	hw_end(&hw->b);
	hw_begin(&hw->b, ocre_gpiod_board(other));
	assert_int_equal(hw_call(&hw->b, "ocre_gpio_configure", "iii:i", 0u, LED, 1u), -16);
	hw_end(&hw->a);
	hw_begin(&hw->a, NULL);
	assert_int_equal(hw_call(&hw->b, "ocre_gpio_configure", "iii:i", 0u, LED, 1u), 0);
	hw_end(&hw->b);
	hw_begin(&hw->b, NULL);
	ocre_gpiod_destroy(other);
	ocre_gpiod_destroy(gpiod);
	hw_stop(hw);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(a_real_chip)};
	const char *missing = make();
	int failed;

	if (missing != NULL) {
		printf("skipped: %s\n", missing);
		return SKIPPED;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unmake();
	return failed;
}
