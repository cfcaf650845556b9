/* SPDX-License-Identifier: Apache-2.0 */
/* decimal_test.c - what is a decimal number, how long it is, and what is too large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/base.h>

/* How many digits were read of `text`; its value, or 12345 if nothing was stored. */
static size_t read_up_to(const char *text, uint64_t most, uint64_t *value)
{
	*value = 12345;
	return ocre_decimal(text, SIZE_MAX, most, value);
}

static void digits_up_to_what_is_none(void **state)
{
	static const struct {
		const char *text;
		size_t digits;
		uint64_t value;
	} all[] = {
		{"0", 1, 0},	    {"7/3", 1, 7},    {"65535 ", 5, 65535}, {"007", 3, 7},
		{"12a", 2, 12},	    {"1:", 1, 1},     {"", 0, 12345},	    {"-1", 0, 12345},
		{" 1", 0, 12345},   {"+1", 0, 12345}, {"/", 0, 12345},	    {":", 0, 12345},
		{"\xb2", 0, 12345},
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(read_up_to(all[i].text, UINT64_MAX, &value), all[i].digits);
		assert_int_equal(value, all[i].value);
	}
}

static void no_more_than_allowed(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(read_up_to("5", 5, &value), 1);
	assert_int_equal(read_up_to("6", 5, &value), 0);
	assert_int_equal(read_up_to("9", 0, &value), 0);
	assert_int_equal(read_up_to("0", 0, &value), 1);
	assert_int_equal(read_up_to("65535", 65535, &value), 5);
	assert_int_equal(read_up_to("65536", 65535, &value), 0);
	assert_int_equal(read_up_to("655350", 65535, &value), 0);
	assert_int_equal(value, 12345);
	assert_int_equal(read_up_to("18446744073709551615", UINT64_MAX, &value), 20);
	assert_true(value == UINT64_MAX);
	assert_int_equal(read_up_to("18446744073709551616", UINT64_MAX, &value), 0);
	assert_int_equal(read_up_to("18446744073709551620", UINT64_MAX, &value), 0);
	assert_int_equal(read_up_to("99999999999999999999", UINT64_MAX, &value), 0);
	assert_int_equal(read_up_to("184467440737095516150", UINT64_MAX, &value), 0);
	assert_int_equal(read_up_to("000000000000000000000000001", UINT64_MAX, &value), 27);
}

static void no_further_than_the_text(void **state)
{
	const char text[] = {'1', '2', '3'};
	uint64_t value = 12345;

	(void)state;
	assert_int_equal(ocre_decimal(text, 0, UINT64_MAX, &value), 0);
	assert_int_equal(value, 12345);
	assert_int_equal(ocre_decimal(text, 2, UINT64_MAX, &value), 2);
	assert_int_equal(value, 12);
	assert_int_equal(ocre_decimal(text, 3, UINT64_MAX, &value), 3);
	assert_int_equal(value, 123);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_up_to_what_is_none),
		cmocka_unit_test(no_more_than_allowed),
		cmocka_unit_test(no_further_than_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
