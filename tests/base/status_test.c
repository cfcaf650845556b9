/* SPDX-License-Identifier: Apache-2.0 */
/* status_test.c - every status has a number of its own and a text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/base.h>

#define STATUS(name, number, text) OCRE_E_##name,
static const int all[] = {OCRE_STATUS_LIST(STATUS)};
#undef STATUS

static void numbers_are_negative_and_differ(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_true(all[i] < 0);
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(all[i], all[k]);
		}
	}
}

static void texts_are_the_list(void **state)
{
	(void)state;
	assert_string_equal(ocre_status_text(OCRE_OK), "no error");
	assert_string_equal(ocre_status_text(OCRE_E_NOMEM), "out of memory");
	assert_string_equal(ocre_status_text(OCRE_E_BUSY), "in use");
	assert_string_equal(ocre_status_text(OCRE_E_STALE), "stored code does not fit");
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_string_not_equal(ocre_status_text(all[i]), "unknown error");
	}
}

static void other_numbers_have_a_text_too(void **state)
{
	(void)state;
	assert_string_equal(ocre_status_text(1), "unknown error");
	assert_string_equal(ocre_status_text(INT32_MIN), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_negative_and_differ),
		cmocka_unit_test(texts_are_the_list),
		cmocka_unit_test(other_numbers_have_a_text_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
