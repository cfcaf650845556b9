/* SPDX-License-Identifier: Apache-2.0 */
/* config_section_test.c - the section `ocre.config`: found in a module, read into a configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/config_section.h>

#include "support/heap.h"

static struct ocre_mem mem;
static struct ocre_container_config config;
static struct ocre_config_section section;
static struct ocre_diag diag;

static int setup(void **state)
{
	static const struct ocre_container_config nothing;

	(void)state;
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	config = nothing;
	memset(&diag, 0, sizeof(diag));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ocre_config_section_free(&section);
	assert_int_equal(mem.used, 0);
	return 0;
}

static int apply(const char *text, bool with_grants)
{
	const struct ocre_bytes bytes = {(const uint8_t *)text, strlen(text)};

	ocre_config_section_free(&section);
	return ocre_config_section_apply(bytes, with_grants, &mem, &config, &section, &diag);
}

/* ---- in a module ---- */

#define MODULE "\0asm\1\0\0\0"

#define FOUND(bytes)                                                                               \
	ocre_config_section_find((struct ocre_bytes){(const uint8_t *)(bytes), sizeof(bytes) - 1})

static void found_in_a_module(void **state)
{
	struct ocre_bytes text;

	(void)state;
	text = FOUND(MODULE "\1\4\1\140\0\0"
			    "\0\21\13ocre.configarg a"
			    "\3\2\1\0");
	assert_int_equal(text.size, 5);
	assert_memory_equal(text.data, "arg a", 5);
	/* An empty one is there, and other sections are not it. */
	text = FOUND(MODULE "\0\14\13ocre.config");
	assert_non_null(text.data);
	assert_int_equal(text.size, 0);
	assert_null(FOUND(MODULE "\0\5\4name").data);
	assert_null(FOUND(MODULE).data);
	assert_null(FOUND("").data);
	assert_null(FOUND("\0as").data);
	assert_null(FOUND("\0bsm\1\0\0\0\0\14\13ocre.config").data);
}

static void found_in_damaged_modules(void **state)
{
	static const char whole[] = MODULE "\0\21\13ocre.configarg a";
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(whole) - 1; n++) {
		/* A copy without a byte to spare, so that a sanitizer sees reads behind it. */
		uint8_t *copy = malloc(n + 1);

		memcpy(copy, whole, n);
		assert_null(ocre_config_section_find((struct ocre_bytes){copy, n}).data);
		free(copy);
	}
	assert_null(FOUND(MODULE "\0\xff\xff\xff\xff\xff").data);
	assert_null(FOUND(MODULE "\0\xff\xff\xff\xff\x0f"
				 "aaa")
			    .data);
	assert_null(FOUND(MODULE "\0\5\xff\xff\xff\xff\x0f"
				 "aaa")
			    .data);
}

/* ---- its lines ---- */

static void every_word(void **state)
{
	(void)state;
	assert_int_equal(apply("arg one\narg two words\nenv A=1\n\nenv B=\ngrant ocre:api\n"
			       "memory 64K\nstack 2048\nheap 1K\nlog 256\nbudget 1000000000000\n"
			       "cpu-weight 50\ncpu-percent 30\npriority -7\nfiles 3\ntimers 4\n"
			       "subscriptions 5\nevents 6\nwatchdog 1000\ngrace 200\n"
			       "restart on-failure:3\nrestart-delay 10\nentry main\n",
			       true),
			 OCRE_OK);
	assert_string_equal(config.args[0], "one");
	assert_string_equal(config.args[1], "two words");
	assert_null(config.args[2]);
	assert_string_equal(config.env[0], "A=1");
	assert_string_equal(config.env[1], "B=");
	assert_null(config.env[2]);
	assert_string_equal(config.grants[0], "ocre:api");
	assert_null(config.grants[1]);
	assert_int_equal(config.memory_limit, 65536);
	assert_int_equal(config.stack_size, 2048);
	assert_int_equal(config.heap_size, 1024);
	assert_int_equal(config.log_bytes, 256);
	assert_int_equal(config.budget, 1000000000000);
	assert_int_equal(config.cpu_weight, 50);
	assert_int_equal(config.cpu_percent, 30);
	assert_int_equal(config.priority, -7);
	assert_int_equal(config.max_fds, 3);
	assert_int_equal(config.max_timers, 4);
	assert_int_equal(config.max_subscriptions, 5);
	assert_int_equal(config.max_events, 6);
	assert_int_equal(config.watchdog_ms, 1000);
	assert_int_equal(config.stop_grace_ms, 200);
	assert_int_equal(config.restart, OCRE_RESTART_ON_FAILURE);
	assert_int_equal(config.restart_max, 3);
	assert_int_equal(config.restart_delay_ms, 10);
	assert_string_equal(config.entry, "main");
}

static void the_device_comes_first(void **state)
{
	static const char *const args[] = {"mine", NULL};
	static const char *const none[] = {NULL};

	(void)state;
	config.args = args;
	config.grants = none;
	config.stack_size = 512;
	config.restart = OCRE_RESTART_ALWAYS;
	config.entry = "other";
	assert_int_equal(
		apply("arg theirs\ngrant ocre:api\nstack 4K\nmemory 1K\nrestart on-failure:9\n"
		      "entry main",
		      true),
		OCRE_OK);
	assert_ptr_equal(config.args, args);
	assert_ptr_equal(config.grants, none);
	assert_int_equal(config.stack_size, 512);
	assert_int_equal(config.memory_limit, 1024);
	assert_int_equal(config.restart, OCRE_RESTART_ALWAYS);
	assert_int_equal(config.restart_max, 0);
	assert_string_equal(config.entry, "other");
}

static void no_grants_unless_asked_for(void **state)
{
	(void)state;
	assert_int_equal(apply("grant filesystem\narg a", false), OCRE_OK);
	assert_null(config.grants);
	assert_string_equal(config.args[0], "a");
}

static void mistakes(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} wrong[] = {
		{"arg", "line 1: there is nothing behind the word"},
		{"arg a\nstack ", "line 2: there is nothing behind the word"},
		{"arg a\n\ncolour red", "line 3: there is no such word"},
		{" arg a", "there is no such word"},
		{"stack 4k", "a size is digits, and K or M"},
		{"stack 99999999999", "too large"},
		{"stack 5000000K", "too large"},
		{"budget 99999999999999999999999", "too large"},
		{"stack -1", "a number is missing"},
		{"timers 4K", "a number is digits"},
		{"cpu-percent 101", "too large"},
		{"priority --1", "a number is missing"},
		{"priority -101", "too large"},
		{"env A", "env is NAME=VALUE"},
		{"restart often", "restart is"},
		{"restart on-failure:", "a number is missing"},
		{"restart on-failures", "restart is"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&diag, 0, sizeof(diag));
		assert_int_equal(apply(wrong[i].text, true), OCRE_E_INVALID);
		if (strstr(diag.text, wrong[i].says) == NULL) {
			print_error("%s: %s\n", wrong[i].text, diag.text);
		}
		assert_non_null(strstr(diag.text, wrong[i].says));
		assert_null(config.args);
		assert_null(section.block);
		assert_int_equal(mem.used, 0);
	}
}

static void too_long_or_no_text(void **state)
{
	static const uint8_t zero[] = {'a', 'r', 'g', ' ', 0, 'x'};
	uint8_t *text = malloc(OCRE_CONFIG_SECTION_MAX + 1);

	(void)state;
	memset(text, '\n', OCRE_CONFIG_SECTION_MAX + 1);
	assert_int_equal(
		ocre_config_section_apply((struct ocre_bytes){text, OCRE_CONFIG_SECTION_MAX + 1},
					  true, &mem, &config, &section, &diag),
		OCRE_E_INVALID);
	assert_int_equal(
		ocre_config_section_apply((struct ocre_bytes){text, OCRE_CONFIG_SECTION_MAX}, true,
					  &mem, &config, &section, &diag),
		OCRE_OK);
	ocre_config_section_free(&section);
	free(text);
	assert_int_equal(ocre_config_section_apply((struct ocre_bytes){zero, sizeof(zero)}, true,
						   &mem, &config, &section, &diag),
			 OCRE_E_INVALID);
	mem.limit = 10;
	assert_int_equal(apply("arg a", true), OCRE_E_NOMEM);
	mem.limit = SIZE_MAX;
	assert_int_equal(apply("", true), OCRE_OK);
}

/* Lines of anything: an error or a configuration, and nothing held afterwards. */
static void at_random(void **state)
{
	static const char *const words[] = {"arg", "env",      "grant", "stack", "restart",    " ",
					    "\n",  "A=",       "K",	"12",	 "on-failure", ":",
					    "-",   "priority", "=",	"\t"};
	uint32_t seed = 5;
	int i;

	(void)state;
	for (i = 0; i < 50000; i++) {
		char text[200] = "";
		int n;

		for (n = 0; n < 10; n++) {
			seed = seed * 1664525u + 1013904223u;
			strcat(text, words[(seed >> 16) % (sizeof(words) / sizeof(words[0]))]);
		}
		setup(NULL);
		if (apply(text, true) != OCRE_OK) {
			assert_null(section.block);
		}
		ocre_config_section_free(&section);
		assert_int_equal(mem.used, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(found_in_a_module, setup, teardown),
		cmocka_unit_test_setup_teardown(found_in_damaged_modules, setup, teardown),
		cmocka_unit_test_setup_teardown(every_word, setup, teardown),
		cmocka_unit_test_setup_teardown(the_device_comes_first, setup, teardown),
		cmocka_unit_test_setup_teardown(no_grants_unless_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(mistakes, setup, teardown),
		cmocka_unit_test_setup_teardown(too_long_or_no_text, setup, teardown),
		cmocka_unit_test_setup_teardown(at_random, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
