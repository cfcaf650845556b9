/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_test.c - an application of Zephyr: a context with what is configured, `ocre` in its shell, an
 * image in its file system. The guest is tests/drivers/tenant.wat.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <zephyr/shell/shell.h>

#include <ocre/zephyr.h>

#include "tenant_wasm.h"

/* (module (func (export "_start"))) */
static const uint8_t nothing[] = {
	0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x04, 0x01, 0x60,
	0x00, 0x00, 0x03, 0x02, 0x01, 0x00, 0x07, 0x0a, 0x01, 0x06, 0x5f, 0x73,
	0x74, 0x61, 0x72, 0x74, 0x00, 0x00, 0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b,
};

static char text[4096];
static const struct shell sh = {text};

void shell_fprintf(const struct shell *shell, enum shell_vt100_color color, const char *format, ...)
{
	size_t used = strlen(shell->text);
	va_list args;

	(void)color;
	va_start(args, format);
	vsnprintf(shell->text + used, sizeof(text) - used, format, args);
	va_end(args);
}

static struct ocre_zephyr *open_one(void)
{
	struct ocre_zephyr *ocre = calloc(1, sizeof(*ocre));
	struct ocre_diag diag = {0};

	assert_int_equal(ocre_zephyr_open(ocre, NULL, &diag), OCRE_OK);
	return ocre;
}

/* As Zephyr's shell does it: the command is looked up, and gets its words. */
static int say(const char *command, const char *word)
{
	struct shell_static_entry entry;
	char first[16];
	char second[64] = "";
	char *words[] = {first, second, NULL};
	size_t i;

	text[0] = '\0';
	strcpy(first, command);
	strcpy(second, word != NULL ? word : "");
	for (i = 0;; i++) {
		test_shell_ocre.subcmd->dynamic_get(i, &entry);
		assert_non_null(entry.syntax);
		if (strcmp(entry.syntax, command) == 0) {
			break;
		}
	}
	assert_non_null(entry.help);
	assert_true(entry.args.mandatory == 1 && entry.args.optional >= (word != NULL));
	return entry.handler(&sh, word != NULL ? 2 : 1, words);
}

static void commands(void **state)
{
	static struct ocre_shell_image images[] = {
		{.name = "nothing", .bytes = {nothing, sizeof(nothing)}},
	};
	struct ocre_zephyr *ocre;
	struct shell_static_entry entry;

	(void)state;
	assert_null(test_shell_ocre.handler);
	assert_true(say("ps", NULL) < 0);
	assert_non_null(strstr(text, "no context"));

	ocre = open_one();
	ocre_zephyr_shell(ocre, images, 1);
	assert_int_equal(say("images", NULL), 0);
	assert_non_null(strstr(text, "nothing"));
	assert_int_equal(say("run", "nothing"), 0);
	assert_int_equal(say("ps", NULL), 0);
	assert_non_null(strstr(text, "nothing         nothing"));
	assert_true(say("stop", "nobody") < 0);
	assert_non_null(strstr(text, "no such container"));
	assert_true(say("start", NULL) < 0);
	assert_non_null(strstr(text, "usage: ocre start CONTAINER"));
	assert_true(say("ps", "all") < 0);
	assert_non_null(strstr(text, "usage: ocre ps\n"));
	test_shell_ocre.subcmd->dynamic_get(1000, &entry);
	assert_null(entry.syntax);
	ocre_zephyr_close(ocre);
	assert_true(say("ps", NULL) < 0);
	free(ocre);
}

/* An image by its name, from the working directory that the context has made. */
static void image_file(void **state)
{
	struct ocre_container_config config = {
		.id = "one", .image = "tenant.wasm", .entry = "says"};
	struct ocre_zephyr *ocre = open_one();
	struct ocre_container *container;
	struct ocre_end_info end;
	struct ocre_diag diag = {0};
	struct fs_file_t file;

	(void)state;
	fs_file_t_init(&file);
	assert_int_equal(ocre_container_create(ocre->context, &config, &container, &diag),
			 OCRE_E_NOTFOUND);
	assert_int_equal(
		fs_open(&file, CONFIG_OCRE_WORKDIR "/images/tenant.wasm", FS_O_CREATE | FS_O_WRITE),
		0);
	assert_int_equal(fs_write(&file, tenant_wasm, sizeof(tenant_wasm)), sizeof(tenant_wasm));
	assert_int_equal(fs_close(&file), 0);
	diag = (struct ocre_diag){0};
	assert_int_equal(ocre_container_create(ocre->context, &config, &container, &diag), OCRE_OK);
	assert_int_equal(ocre_core_start(container, &diag), OCRE_OK);
	assert_int_equal(ocre_core_wait(container, UINT32_MAX, &end), OCRE_OK);
	assert_int_equal(end.end, OCRE_END_EXIT);
	ocre_zephyr_close(ocre);
	assert_int_equal(ocre->heap.heap.used, 0);
	free(ocre);
}

/* The application's own settings, and what does not work: nothing is held. */
static void settings(void **state)
{
	const struct ocre_context_config too_many = {.executors = CONFIG_OCRE_EXECUTORS + 1};
	const struct ocre_context_config nowhere = {.workdir = "/not/mounted"};
	struct ocre_zephyr *ocre = calloc(1, sizeof(*ocre));
	struct ocre_diag diag = {0};

	(void)state;
	assert_true(ocre_zephyr_open(ocre, &too_many, &diag) < 0);
	assert_int_equal(ocre->heap.heap.used, 0);
	diag = (struct ocre_diag){0};
	assert_true(ocre_zephyr_open(ocre, &nowhere, &diag) < 0);
	assert_non_null(strstr(diag.text, "/not/mounted"));
	assert_int_equal(ocre->heap.heap.used, 0);
	assert_null(ocre->context);
	free(ocre);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands),
		cmocka_unit_test(image_file),
		cmocka_unit_test(settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
