/* SPDX-License-Identifier: Apache-2.0 */
/* diag_test.c - the words of a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/base.h>

static void formats_what_it_promises(void **state)
{
	struct ocre_diag diag = {0};

	(void)state;
	assert_int_equal(ocre_diag_set(&diag, OCRE_E_INVALID, 7, "%s: %u of %u, %d %d, 0x%x, 100%%",
				       "type", (uint32_t)0, UINT32_MAX, INT32_MIN, (int32_t)12,
				       (uint32_t)0xbeef),
			 OCRE_E_INVALID);
	assert_int_equal(diag.status, OCRE_E_INVALID);
	assert_int_equal(diag.offset, 7);
	assert_string_equal(diag.text, "type: 0 of 4294967295, -2147483648 12, 0xbeef, 100%");
}

static void the_first_failure_wins(void **state)
{
	struct ocre_diag diag = {0};

	(void)state;
	ocre_diag_set(&diag, OCRE_E_MALFORMED, 1, "first");
	assert_int_equal(ocre_diag_set(&diag, OCRE_E_LINK, 2, "second"), OCRE_E_LINK);
	assert_int_equal(diag.status, OCRE_E_MALFORMED);
	assert_int_equal(diag.offset, 1);
	assert_string_equal(diag.text, "first");
}

static void nobody_has_to_listen(void **state)
{
	(void)state;
	assert_int_equal(ocre_diag_set(NULL, OCRE_E_IO, OCRE_NO_OFFSET, "%s", "x"), OCRE_E_IO);
}

/* The text is cut, terminated, and nothing behind the buffer is touched. */
static void long_texts_are_cut(void **state)
{
	struct {
		struct ocre_diag diag;
		char guard[8];
	} at;
	char words[2 * OCRE_DIAG_TEXT];

	(void)state;
	memset(&at, 0, sizeof(at));
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	ocre_diag_set(&at.diag, OCRE_E_LIMIT, 0, "%s%u", words, UINT32_MAX);
	assert_int_equal(strlen(at.diag.text), OCRE_DIAG_TEXT - 1);
	for (size_t i = 0; i < sizeof(at.guard); i++) {
		assert_int_equal(at.guard[i], 0);
	}
}

/* A name from a module or a file cannot end the line, nor command a terminal. */
static void names_are_part_of_the_line(void **state)
{
	struct ocre_diag diag = {0};

	(void)state;
	ocre_diag_set(&diag, OCRE_E_LINK, 0, "'%s' is not there", "a\nb\x1b[2J\x7f\xc3\xa4");
	assert_string_equal(diag.text, "'a b?[2J?\xc3\xa4' is not there");
}

static void a_lone_percent_at_the_end_is_no_harm(void **state)
{
	struct ocre_diag diag = {0};
	const char *format = "half %";

	(void)state;
	ocre_diag_set(&diag, OCRE_E_IO, 0, format);
	assert_string_equal(diag.text, "half ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_what_it_promises),
		cmocka_unit_test(the_first_failure_wins),
		cmocka_unit_test(nobody_has_to_listen),
		cmocka_unit_test(long_texts_are_cut),
		cmocka_unit_test(names_are_part_of_the_line),
		cmocka_unit_test(a_lone_percent_at_the_end_is_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
