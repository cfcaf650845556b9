/* SPDX-License-Identifier: Apache-2.0 */
/* shell_test.c - lines in, text out. Guests are scripts, see tests/container/fake.h. */
#include "fake.h"

#include <string.h>

#include <ocre/shell.h>

struct world {
	struct fake fake;
	struct ocre_mem mem;
	struct ocre_sim *sim;
	struct ocre_shell shell;
	struct ocre_shell_input input;
	char text[8192];
};

#define SCRIPT(name, script)                                                                       \
	{                                                                                          \
		name, {(const uint8_t *)(script), sizeof(script) - 1}, {NULL, 0}, NULL, false      \
	}

#define LONG_NAME "Name_of-an.image.that.is.as.long.as.one.may.be.in.the.stores.of0"

static const struct ocre_shell_image images[] = {
	SCRIPT("ends", "o12 x3"), SCRIPT("waits", "P"),	  SCRIPT("traps", "t"),
	SCRIPT("Capital", "P"),	  SCRIPT(LONG_NAME, "P"),
};

static const char board[] = "gpio 0/13 name=led0\n"
			    "gpio 2/1 name=button\n"
			    "sensor room channel=ambient_temp value=-2.25\n";

static void print(void *ctx, const char *text)
{
	struct world *w = ctx;

	if (strlen(w->text) + strlen(text) < sizeof(w->text)) {
		strcat(w->text, text);
	}
}

static void device(struct ocre_shell *shell)
{
	ocre_shell_print(shell, "RAM ");
	ocre_shell_print_number(shell, UINT64_MAX);
	ocre_shell_print(shell, "\n");
}

static int own(struct ocre_shell *shell, char **words, uint32_t count)
{
	assert_int_equal(count, 2);
	assert_string_equal(words[0], "own");
	ocre_shell_print(shell, words[1]);
	return 1;
}

static const struct ocre_shell_command more[] = {{"own", "WORD", "say it", 1, 1, own}};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct ocre_diag diag = {0};

	fake_init(&w->fake, false);
	fake_open(&w->fake);
	ocre_mem_init(&w->mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	assert_int_equal(
		ocre_sim_create(&w->mem, w->fake.port,
				(struct ocre_bytes){(const uint8_t *)board, sizeof(board) - 1},
				&w->sim, &diag),
		OCRE_OK);
	w->shell.context = w->fake.context;
	w->shell.mem = &w->mem;
	w->shell.board = ocre_sim_board(w->sim);
	w->shell.images = images;
	w->shell.image_count = sizeof(images) / sizeof(images[0]);
	w->shell.print = print;
	w->shell.print_ctx = w;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	fake_deinit(&w->fake);
	ocre_sim_destroy(w->sim);
	free(w);
	return 0;
}

/* What a line prints, and its status. */
static int say(struct world *w, const char *line)
{
	char copy[256];

	assert_true(strlen(line) < sizeof(copy));
	strcpy(copy, line);
	w->text[0] = '\0';
	return ocre_shell_line(&w->shell, copy);
}

static void expect(struct world *w, const char *line, int status, const char *text)
{
	int rc = say(w, line);

	if (rc != status || strstr(w->text, text) == NULL) {
		print_error("%s: %d, not %d; wanted %s, got:\n%s", line, rc, status, text, w->text);
	}
	assert_int_equal(rc, status);
	assert_non_null(strstr(w->text, text));
}

static void a_life(void **state)
{
	struct world *w = *state;

	expect(w, "run waits", 0, "waits\n");
	expect(w, "ps", 0, "waits           waits           RUNNING");
	expect(w, "pause waits", 0, "");
	expect(w, "ps", 0, "PAUSED");
	expect(w, "pause waits", 1, "waits: not possible while it is PAUSED\n");
	expect(w, "unpause waits", 0, "");
	expect(w, "rm waits", 1, "waits: not possible while it is RUNNING\n");
	expect(w, "kill waits", 0, "");
	expect(w, "ps", 0, "STOPPED      killed");
	expect(w, "start waits", 0, "");
	expect(w, "stop waits", 0, "");
	expect(w, "rm waits", 0, "");
	expect(w, "rm waits", 1, "waits: no such container");
}

/* Names that images may have and containers may not. */
static void any_image_can_be_run(void **state)
{
	struct world *w = *state;

	expect(w, "run Capital", 0, "capital\n");
	expect(w, "ps", 0, "capital         Capital         RUNNING");
	expect(w, "run Capital", 0, "capital-2\n");
	expect(w, "run " LONG_NAME, 0, "name_of-an.image.that.is.as.long.as.\n");
	expect(w, "run " LONG_NAME, 0, "name_of-an.image.that.is.as.long.as.-2\n");
	expect(w, "kill capital", 0, "");
}

static void how_it_ended(void **state)
{
	struct world *w = *state;

	expect(w, "run ends", 0, "ends\n");
	expect(w, "run traps now", 0, "traps\n");
	fake_run_for(&w->fake, 5);
	expect(w, "ps", 0, "STOPPED      status 3\n");
	expect(w, "logs ends", 0, "   ");
	expect(w, "stats", 0, "ends");
	assert_null(strstr(w->text, "RAM"));
	w->shell.device = device;
	expect(w, "stats", 0, "RAM 18446744073709551615\n");
}

static void the_same_image_again(void **state)
{
	struct world *w = *state;
	int i;

	expect(w, "run waits", 0, "waits\n");
	expect(w, "run waits", 0, "waits-2\n");
	for (i = 3; i < 10; i++) {
		assert_int_equal(say(w, "run waits"), 0);
	}
	expect(w, "run waits", 0, "waits-10\n");
	expect(w, "kill waits-2", 0, "");
	expect(w, "rm waits-2", 0, "");
	expect(w, "run waits", 0, "waits-2\n");
}

static void words(void **state)
{
	struct world *w = *state;

	expect(w, "", 0, "");
	expect(w, "   ", 0, "");
	expect(w, "ocre", 0, "");
	expect(w, "  ocre   images  ", 0, "waits           1       0\n");
	expect(w, "run \"waits\"", 0, "waits\n");
	expect(w, "run \"no such\" image", 1, "no such: no such image");
	expect(w, "nonsense", 2, "nonsense: no such command");
	expect(w, "run", 2, "usage: ocre run IMAGE [ARG...]\n");
	expect(w, "ps now", 2, "usage: ocre ps\n");
	expect(w, "stop", 2, "usage: ocre stop CONTAINER\n");
	expect(w, "run waits 1 2 3 4 5 6 7 8 9 10 11 12 13", 2, "too many words");
	expect(w, "run waits \"", 0, "waits-2\n");
	expect(w, "help", 0, "unpause CONTAINER       let it go on\n");
	assert_null(strstr(w->text, "own"));
	expect(w, "own thing", 2, "no such command");
	w->shell.more = more;
	w->shell.more_count = 1;
	expect(w, "help", 0, "own     WORD            say it\n");
	expect(w, "own thing", 1, "thing");
	expect(w, "own", 2, "usage: ocre own WORD\n");
}

/* For a shell that divides lines itself: commands in the order of their names, and words. */
static void commands(void **state)
{
	struct world *w = *state;
	char *ps[] = {"ocre", "ps"};
	char *run[] = {"run", "two words"};
	const struct ocre_shell_command *c;
	uint32_t i;

	w->shell.more = more;
	w->shell.more_count = 1;
	for (i = 0; (c = ocre_shell_command(&w->shell, i)) != NULL; i++) {
		assert_true(i == 0 ||
			    strcmp(ocre_shell_command(&w->shell, i - 1)->name, c->name) < 0);
		if (strcmp(c->name, "own") == 0) {
			assert_ptr_equal(c, more);
		}
	}
	assert_int_equal(i, 15);
	assert_null(ocre_shell_command(&w->shell, UINT32_MAX));
	w->text[0] = '\0';
	assert_int_equal(ocre_shell_words(&w->shell, ps, 2), 0);
	assert_non_null(strstr(w->text, "CONTAINER"));
	assert_int_equal(ocre_shell_words(&w->shell, run, 2), 1);
	assert_non_null(strstr(w->text, "two words: no such image"));
	assert_int_equal(ocre_shell_words(&w->shell, ps, 0), 0);
}

static uint32_t none(void *ctx)
{
	(void)ctx;
	return 0;
}

static void pins_and_sensors(void **state)
{
	static const struct ocre_board_ops nothing = {.pin_count = none, .sensor_count = none};
	static const struct ocre_board empty = {.ops = &nothing};
	struct world *w = *state;

	expect(w, "gpio", 0, "0/13    led0        unused  1\n");
	expect(w, "gpio 2/1 0", 0, "");
	expect(w, "gpio button", 0, "2/1     button      unused  0\n");
	assert_null(strstr(w->text, "led0"));
	expect(w, "gpio button 1", 0, "");
	expect(w, "gpio 2/1", 0, "unused  1\n");
	expect(w, "gpio 2/12", 1, "2/12: no such pin");
	expect(w, "gpio 2", 1, "2: no such pin");
	expect(w, "gpio 99999999999/1", 1, "no such pin");
	expect(w, "gpio 2/1 on", 1, "on: a level is 0 or 1");
	expect(w, "sensor", 0, "room            channel 13  -2.250\n");
	w->shell.board = &empty;
	expect(w, "gpio", 1, "no pins");
	expect(w, "sensor", 1, "no sensors");
	w->shell.board = NULL;
	expect(w, "gpio", 1, "no pins");
	expect(w, "sensor", 1, "no sensors");
}

/* ---- the console ---- */

static bool type(struct world *w, const char *keys)
{
	bool line = false;

	w->text[0] = '\0';
	for (; *keys != '\0'; keys++) {
		line = ocre_shell_take(&w->shell, &w->input, *keys);
	}
	return line;
}

static void lines(void **state)
{
	struct world *w = *state;
	char longer[OCRE_SHELL_LINE + 40];

	assert_true(type(w, "ps\r"));
	assert_string_equal(w->input.line, "ps");
	assert_string_equal(w->text, "ps\n");
	/* CR LF is one line, LF LF are two. */
	assert_false(type(w, "\n"));
	assert_true(type(w, "\n"));
	assert_string_equal(w->input.line, "");
	assert_true(type(w, "pq\bs\x7f\x7f\x7f\x7fok\n"));
	assert_string_equal(w->input.line, "ok");
	assert_true(type(w, "p\xc3\xbc\xe2\x82\xac\x7f\x7fs\n"));
	assert_string_equal(w->input.line, "ps");
	assert_string_equal(w->text, "p\xc3\xbc\xe2\x82\xac\b \b\b \bs\n");
	assert_true(type(w, "wrong\x15right\n"));
	assert_string_equal(w->input.line, "right");
	assert_true(type(w, "wrong\x03"));
	assert_string_equal(w->input.line, "");
	assert_true(type(w, "a\x1b\x01"
			    "b\n"));
	assert_string_equal(w->input.line, "ab");

	memset(longer, 'x', sizeof(longer) - 2);
	longer[sizeof(longer) - 2] = '\r';
	longer[sizeof(longer) - 1] = '\0';
	assert_true(type(w, longer));
	assert_non_null(strstr(w->text, "too long"));
	assert_string_equal(w->input.line, "");
	assert_true(type(w, "ps\r"));
	assert_string_equal(w->input.line, "ps");
}

/* Arrows and function keys are no letters. */
static void keys_that_mean_nothing(void **state)
{
	struct world *w = *state;

	assert_true(type(w, "p\x1b[As\x1bOP\x1b[15~\x1b[1;5C\x1bx\r"));
	assert_string_equal(w->input.line, "ps");
	assert_string_equal(w->text, "ps\n");
	/* One that never ends: the next line is as any. */
	assert_true(type(w, "\x1b[\r"));
	assert_string_equal(w->input.line, "");
	assert_true(type(w, "ps\r"));
	assert_string_equal(w->input.line, "ps");
	assert_true(type(w, "\x1b[1;1;1;1;1\x1b[2Jps\r"));
	assert_string_equal(w->input.line, "ps");
}

/* What a guest writes, and what a line says, cannot command the operator's terminal. */
static void nothing_commands_the_terminal(void **state)
{
	static const struct ocre_shell_image evil[] = {SCRIPT("evil", "E x0")};
	struct world *w = *state;
	char line[] = "\x1b[2J\x7f 1";

	w->shell.images = evil;
	w->shell.image_count = 1;
	expect(w, "run evil", 0, "evil\n");
	fake_run_for(&w->fake, 5);
	expect(w, "logs evil", 0, "a?[2Jb\tc?d\n");
	expect(w, line, 2, "?[2J?: no such command");
	assert_null(strchr(w->text, 0x1b));
	assert_null(strchr(w->text, 0x7f));
}

/* Bytes of any kind, and lines of words that mean something: nothing breaks. */
static void at_random(void **state)
{
	static const char *const some[] = {
		"run", "ps", "waits", "ends", "traps", "kill",	"rm",	 "gpio", "0/13", "led0",
		"1",   "\"", "pause", "stop", "logs",  "start", "stats", "\n",	 " ",	 "waits-2"};
	struct world *w = *state;
	uint32_t seed = 11;
	int i;

	for (i = 0; i < 20000; i++) {
		char line[256] = "";
		int n;

		for (n = 0; n < 6; n++) {
			seed = seed * 1664525u + 1013904223u;
			if ((seed >> 24) < 40) {
				char byte[2] = {(char)(seed >> 16), '\0'};

				strcat(line, byte);
			} else {
				strcat(line, some[(seed >> 16) % (sizeof(some) / sizeof(some[0]))]);
			}
			strcat(line, n % 2 == 0 ? " " : "");
		}
		if (i % 3 == 0) {
			type(w, line);
		} else {
			(void)say(w, line);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life, setup, teardown),
		cmocka_unit_test_setup_teardown(any_image_can_be_run, setup, teardown),
		cmocka_unit_test_setup_teardown(how_it_ended, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_image_again, setup, teardown),
		cmocka_unit_test_setup_teardown(words, setup, teardown),
		cmocka_unit_test_setup_teardown(commands, setup, teardown),
		cmocka_unit_test_setup_teardown(pins_and_sensors, setup, teardown),
		cmocka_unit_test_setup_teardown(lines, setup, teardown),
		cmocka_unit_test_setup_teardown(keys_that_mean_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_commands_the_terminal, setup, teardown),
		cmocka_unit_test_setup_teardown(at_random, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
