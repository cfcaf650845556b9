/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform_test.c - what the Ocre platform requirements name: files, memory, log lines. Compiled
 * once for each way to load files.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <ocre/platform/config.h>
#include <ocre/platform/file.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>

LOG_MODULE_REGISTER(platform_test, OCRE_LOG_DBG);

static char folder[] = "/tmp/ocre-platform-XXXXXX";
static char path[64];

static int make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void write_file(size_t size)
{
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	for (size_t i = 0; i < size; i++) {
		assert_int_not_equal(fputc((int)(i * 7 & 255), out), EOF);
	}
	assert_int_equal(fclose(out), 0);
}

/* Sizes around those in which a file may be read. */
static void a_file_is_loaded_as_it_is(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, 100000};

	(void)state;
	for (size_t n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		size_t size = 12345;
		uint8_t *data;

		write_file(sizes[n]);
		data = ocre_load_file(path, &size);
		assert_non_null(data);
		assert_int_equal(size, sizes[n]);
		for (size_t i = 0; i < size; i++) {
			assert_int_equal(data[i], i * 7 & 255);
		}
		assert_int_equal(ocre_unload_file(data, size), 0);
	}
}

static void what_is_no_file_is_not_loaded(void **state)
{
	size_t size = 12345;

	(void)state;
	(void)unlink(path);
	assert_null(ocre_load_file(path, &size));
	assert_int_equal(errno, ENOENT);
	assert_null(ocre_load_file(folder, &size));
	assert_int_equal(errno, EISDIR);
	assert_null(ocre_load_file(NULL, &size));
	assert_null(ocre_load_file(path, NULL));
	assert_int_equal(size, 12345);
	assert_int_equal(ocre_unload_file(NULL, 0), 0);
}

static void lstat_tells_a_link_from_its_target(void **state)
{
	char link[sizeof(path) + 8];
	struct stat st;

	(void)state;
	write_file(3);
	(void)snprintf(link, sizeof(link), "%s.link", path);
	assert_int_equal(symlink(path, link), 0);
	assert_int_equal(ocre_lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(unlink(link), 0);
	assert_int_equal(ocre_lstat(link, &st), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(ocre_lstat(NULL, &st), -1);
	assert_int_equal(ocre_lstat(path, NULL), -1);
}

static void memory_can_grow(void **state)
{
	char *p = user_malloc(10);

	(void)state;
	assert_non_null(p);
	memcpy(p, "123456789", 10);
	p = user_realloc(p, 100000);
	assert_non_null(p);
	assert_string_equal(p, "123456789");
	user_free(p);
	user_free(NULL);
}

/* What log() writes to standard error. */
static void captured(void (*log)(void), char *text, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	size_t n;

	assert_non_null(file);
	assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
	log();
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	(void)close(saved);
	rewind(file);
	n = fread(text, 1, size - 1, file);
	text[n] = '\0';
	(void)fclose(file);
}

static void log_one_of_each(void)
{
	LOG_ERR("no %s", "image");
	LOG_WRN("slow");
	LOG_INF("%d of %d", 1, 2);
	LOG_DBG("detail");
}

static void log_lines_are_chosen_by_level(void **state)
{
	char text[512];

	(void)state;
	assert_int_equal(__ocre_log_level, CONFIG_OCRE_DEFAULT_LOG_LEVEL);
	captured(log_one_of_each, text, sizeof(text));
	assert_string_equal(text, "<err> platform_test: no image\n<wrn> platform_test: slow\n"
				  "<inf> platform_test: 1 of 2\n");
	__ocre_log_level = 4;
	captured(log_one_of_each, text, sizeof(text));
	assert_non_null(strstr(text, "<dbg> platform_test: detail\n"));
	__ocre_log_level = 0;
	captured(log_one_of_each, text, sizeof(text));
	assert_string_equal(text, "");
	__ocre_log_level = CONFIG_OCRE_DEFAULT_LOG_LEVEL;
}

static void log_long(void)
{
	char name[600];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	LOG_ERR("%s", name);
	LOG_ERR("short");
	ocre_log_line(1, name, "text");
	ocre_log_line(5, "m", "no such level");
	ocre_log_line(0, "m", "no such level");
}

static void a_long_line_is_cut_and_stays_a_line(void **state)
{
	char text[2048];
	char *second;

	(void)state;
	captured(log_long, text, sizeof(text));
	second = strchr(text, '\n');
	assert_non_null(second);
	assert_int_equal(second - text, 511);
	assert_int_equal(strncmp(second + 1, "<err> platform_test: short\n<err> xxx", 36), 0);
	assert_non_null(strstr(second, "xtext\n"));
	assert_null(strstr(text, "no such level"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_loaded_as_it_is),
		cmocka_unit_test(what_is_no_file_is_not_loaded),
		cmocka_unit_test(lstat_tells_a_link_from_its_target),
		cmocka_unit_test(memory_can_grow),
		cmocka_unit_test(log_lines_are_chosen_by_level),
		cmocka_unit_test(a_long_line_is_cut_and_stays_a_line),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
