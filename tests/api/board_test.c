/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board_test.c - a program that is linked with the library `ocre` gives its containers a board, or
 * its user does by OCRE_BOARD: an LED is seen to blink, a button pressed, by API.
 */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/beyond.h>
#include <ocre/board.h>
#include <ocre/ocre.h>
#include <ocre/platform/log.h>
#include <ocre/port_posix.h>

#include "../host/board_guest_wasm.h"
#include "help.h"

static const char description[] = "gpio 7/7 name=led0\n"
				  "gpio 2/13 name=sw0\n"
				  "sensor \"RNG Sensor\" channel=30 value=4\n"
				  "sensor weather channel=ambient_temp value=21.5\n";

static char *workdir;
static char path[256];

static int set_up(void **state)
{
	FILE *file;

	(void)state;
	__ocre_log_level = getenv("OCRE_TEST_LOG") != NULL ? 4 : 0;
	unsetenv("OCRE_BOARD");
	workdir = help_workdir();
	if (workdir == NULL) {
		return -1;
	}
	snprintf(path, sizeof(path), "%s/board.txt", workdir);
	file = fopen(path, "w");
	if (file == NULL || fputs(description, file) < 0 || fclose(file) != 0) {
		return -1;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	ocre_deinitialize();
	unsetenv("OCRE_BOARD");
	help_remove(workdir);
	return 0;
}

static struct ocre_container *begin(struct ocre_context *context, const char *entry)
{
	static const char *const grants[] = {"ocre:api", NULL};
	const struct ocre_container_config config = {
		.image = "board.wasm",
		.bytes = {board_guest_wasm, sizeof(board_guest_wasm)},
		.entry = entry,
		.grants = grants,
		.stdio_set = true,
		.stdio = {-1, -1, -1},
	};
	struct ocre_container *container = NULL;
	struct ocre_diag diag = {0};

	if (ocre_container_create(context, &config, &container, &diag) != OCRE_OK) {
		fail_msg("%s: %s", entry, diag.text);
	}
	assert_int_equal(ocre_container_start(container), 0);
	return container;
}

static bool level(struct ocre_sim *sim, uint32_t port, uint32_t pin, enum ocre_sim_use *use)
{
	struct ocre_sim_pin out;

	assert_int_equal(ocre_sim_pin_get(sim, port, pin, &out), OCRE_OK);
	*use = out.use;
	return out.level;
}

/* Within some seconds the LED is an output, and shines or not. */
static void expect_led(struct ocre_sim *sim, bool on)
{
	enum ocre_sim_use use;

	for (int ms = 0; level(sim, 7, 7, &use) != on || use != OCRE_SIM_OUTPUT; ms++) {
		assert_true(ms < 10000);
		help_sleep_ms(1);
	}
}

/* Both ways to the same: an LED that blinks, and one that a button lights. */
static void look_at(struct ocre_context *context, struct ocre_sim *sim)
{
	struct ocre_container *container = begin(context, "blinks");
	enum ocre_sim_use use;

	for (int n = 0; n < 3; n++) {
		expect_led(sim, true);
		expect_led(sim, false);
	}
	assert_int_equal(ocre_container_kill(container), 0);
	(void)level(sim, 7, 7, &use);
	assert_int_equal(use, OCRE_SIM_UNUSED);

	container = begin(context, "lights");
	expect_led(sim, false);
	assert_int_equal(ocre_sim_pin_set(sim, 2, 13, false), OCRE_OK);
	expect_led(sim, true);
	assert_int_equal(ocre_sim_pin_set(sim, 2, 13, true), OCRE_OK);
	expect_led(sim, false);
	assert_int_equal(ocre_container_kill(container), 0);

	container = begin(context, "measures");
	{
		int status = -1;

		assert_int_equal(ocre_container_wait(container, &status), 0);
		assert_int_equal(status, 215);
	}
}

static void a_program_gives_a_board(void **state)
{
	const struct ocre_bytes text = {(const uint8_t *)description, sizeof(description) - 1};
	struct ocre_context_options options = {0};
	struct ocre_context *context;
	struct ocre_diag diag = {0};
	struct ocre_sim *sim = NULL;
	struct ocre_port_posix posix;
	struct ocre_mem mem;

	(void)state;
	/* What the program says comes before what its user says. */
	setenv("OCRE_BOARD", path, 1);
	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	assert_int_equal(ocre_port_posix_init(&posix, 0), 0);
	assert_int_equal(ocre_sim_create(&mem, &posix.port, text, &sim, &diag), OCRE_OK);
	assert_int_equal(ocre_initialize(NULL), 0);
	options.board = ocre_sim_board(sim);
	context = ocre_create_context_with(workdir, &options);
	assert_non_null(context);
	assert_ptr_equal(ocre_context_board(context), ocre_sim_board(sim));
	assert_ptr_equal(ocre_sim_of(ocre_context_board(context)), sim);
	look_at(context, sim);
	ocre_deinitialize();
	ocre_sim_destroy(sim);
	assert_int_equal(mem.used, 0);
	ocre_port_posix_deinit(&posix);
}

static void the_environment_names_a_board(void **state)
{
	struct ocre_context *context;
	struct ocre_sim *sim;

	(void)state;
	setenv("OCRE_BOARD", path, 1);
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
	sim = ocre_sim_of(ocre_context_board(context));
	assert_non_null(sim);
	look_at(context, sim);
}

/* ENODEV from gpio_init; everything else works. */
static void without_a_board(void **state)
{
	static const char *const none[] = {NULL, ""};

	(void)state;
	for (int n = 0; n < 2; n++) {
		struct ocre_context *context;
		int status = -1;

		if (none[n] != NULL) {
			setenv("OCRE_BOARD", none[n], 1);
		}
		assert_int_equal(ocre_initialize(NULL), 0);
		context = ocre_create_context(workdir);
		assert_non_null(context);
		assert_null(ocre_context_board(context));
		assert_null(ocre_sim_of(NULL));
		assert_int_equal(ocre_container_wait(begin(context, "boardless"), &status), 0);
		assert_int_equal(status, 19);
		ocre_deinitialize();
	}
	assert_null(ocre_context_board((struct ocre_context *)(void *)path));
}

/* The log on standard error while something fails. */
static void expect_words(const char *board, const char *words)
{
	char text[1024] = "";
	int saved = dup(2);
	FILE *file = tmpfile();

	assert_non_null(file);
	setenv("OCRE_BOARD", board, 1);
	__ocre_log_level = 1;
	fflush(stderr);
	assert_true(dup2(fileno(file), 2) == 2);
	assert_int_equal(ocre_initialize(NULL), -1);
	fflush(stderr);
	assert_true(dup2(saved, 2) == 2);
	close(saved);
	__ocre_log_level = 0;
	rewind(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	if (strstr(text, words) == NULL || strchr(text, '\n') != text + strlen(text) - 1) {
		fail_msg("OCRE_BOARD=%s: %s", board, text);
	}
}

static void bad_boards(void **state)
{
	char words[512];
	FILE *file;

	(void)state;
	expect_words("/nonexistent", "OCRE_BOARD=/nonexistent: there is no such file");
	expect_words(workdir, "it cannot be read");
	expect_words("linux:no-such-chip", "OCRE_BOARD=linux:no-such-chip: ");
	expect_words("linux:", "OCRE_BOARD=linux:: ");
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("gpio 0/1\ngpio 01\n", file);
	fclose(file);
	snprintf(words, sizeof(words), "OCRE_BOARD=%s: line 2: ", path);
	expect_words(path, words);
}

/* The machine's own sensors, whichever it has: it opens, and it closes. */
static void the_machine_itself(void **state)
{
	struct ocre_context *context;

	(void)state;
	setenv("OCRE_BOARD", "linux", 1);
	assert_int_equal(ocre_initialize(NULL), 0);
	context = ocre_create_context(workdir);
	assert_non_null(context);
	assert_non_null(ocre_context_board(context));
	assert_null(ocre_sim_of(ocre_context_board(context)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
		TEST(a_program_gives_a_board), TEST(the_environment_names_a_board),
		TEST(without_a_board),	       TEST(bad_boards),
		TEST(the_machine_itself),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
