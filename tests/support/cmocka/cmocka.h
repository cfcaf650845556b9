/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmocka.h - the part of cmocka's interface that our tests use, for machines that cmocka is not
 * installed for (cross builds). Included by one source file of each test program. A failed
 * assertion prints where it stands and ends that test; the program's status is the number of
 * failed tests.
 */
#ifndef OCRE_TESTS_CMOCKA_H
#define OCRE_TESTS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	int (*setup_func)(void **state);
	int (*teardown_func)(void **state);
	void *initial_state;
};

struct cmocka_here {
	jmp_buf back;
	int active;
};

__attribute__((unused)) static struct cmocka_here cmocka_here;

enum {
	CMOCKA_FAILED = 1,
	CMOCKA_SKIPPED = 2,
};

__attribute__((noreturn, unused)) static void cmocka_leave(int how)
{
	if (!cmocka_here.active) {
		exit(1);
	}
	longjmp(cmocka_here.back, how);
}

__attribute__((noreturn, unused, format(printf, 3, 4))) static void
cmocka_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: error: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	cmocka_leave(CMOCKA_FAILED);
}

#define fail_msg(...) cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail()	      cmocka_fail(__FILE__, __LINE__, "failed")
#define skip()	      cmocka_leave(CMOCKA_SKIPPED)

#define assert_true(c)                                                                             \
	do {                                                                                       \
		if (!(c)) {                                                                        \
			cmocka_fail(__FILE__, __LINE__, "not true: %s", #c);                       \
		}                                                                                  \
	} while (0)
#define assert_false(c)                                                                            \
	do {                                                                                       \
		if (c) {                                                                           \
			cmocka_fail(__FILE__, __LINE__, "not false: %s", #c);                      \
		}                                                                                  \
	} while (0)
#define assert_non_null(p)	   assert_true((p) != NULL)
#define assert_null(p)		   assert_true((p) == NULL)
#define assert_ptr_equal(a, b)	   assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b) assert_true((const void *)(a) != (const void *)(b))
#define assert_return_code(rc, e)  assert_true((rc) >= 0)

#define CMOCKA_COMPARE(a, op, b)                                                                   \
	do {                                                                                       \
		uintmax_t cmocka_a = (uintmax_t)(a);                                               \
		uintmax_t cmocka_b = (uintmax_t)(b);                                               \
		if (!(cmocka_a op cmocka_b)) {                                                     \
			cmocka_fail(__FILE__, __LINE__, "%s %s %s: %#jx and %#jx", #a, #op, #b,    \
				    cmocka_a, cmocka_b);                                           \
		}                                                                                  \
	} while (0)
#define assert_int_equal(a, b)	   CMOCKA_COMPARE(a, ==, b)
#define assert_int_not_equal(a, b) CMOCKA_COMPARE(a, !=, b)
#define assert_in_range(v, lo, hi)                                                                 \
	do {                                                                                       \
		CMOCKA_COMPARE(v, >=, lo);                                                         \
		CMOCKA_COMPARE(v, <=, hi);                                                         \
	} while (0)

#define CMOCKA_STRINGS(a, op, b)                                                                   \
	do {                                                                                       \
		const char *cmocka_a = (a);                                                        \
		const char *cmocka_b = (b);                                                        \
		if (!(strcmp(cmocka_a, cmocka_b) op 0)) {                                          \
			cmocka_fail(__FILE__, __LINE__, "%s %s %s: \"%s\" and \"%s\"", #a, #op,    \
				    #b, cmocka_a, cmocka_b);                                       \
		}                                                                                  \
	} while (0)
#define assert_string_equal(a, b)     CMOCKA_STRINGS(a, ==, b)
#define assert_string_not_equal(a, b) CMOCKA_STRINGS(a, !=, b)

#define assert_memory_equal(a, b, size)                                                            \
	do {                                                                                       \
		if (memcmp(a, b, size) != 0) {                                                     \
			cmocka_fail(__FILE__, __LINE__, "the bytes of %s and %s differ", #a, #b);  \
		}                                                                                  \
	} while (0)
#define assert_memory_not_equal(a, b, size)                                                        \
	do {                                                                                       \
		if (memcmp(a, b, size) == 0) {                                                     \
			cmocka_fail(__FILE__, __LINE__, "the bytes of %s and %s agree", #a, #b);   \
		}                                                                                  \
	} while (0)

#define print_message(...) printf(__VA_ARGS__)
#define print_error(...)   fprintf(stderr, __VA_ARGS__)

#define cmocka_unit_test(f)                                                                        \
	{                                                                                          \
#f, f, NULL, NULL, NULL                                                            \
	}
#define cmocka_unit_test_setup(f, up)                                                              \
	{                                                                                          \
#f, f, up, NULL, NULL                                                              \
	}
#define cmocka_unit_test_teardown(f, down)                                                         \
	{                                                                                          \
#f, f, NULL, down, NULL                                                            \
	}
#define cmocka_unit_test_setup_teardown(f, up, down)                                               \
	{                                                                                          \
#f, f, up, down, NULL                                                              \
	}
#define cmocka_unit_test_prestate(f, s)                                                            \
	{                                                                                          \
#f, f, NULL, NULL, s                                                               \
	}

__attribute__((unused)) static int cmocka_run_one(const struct CMUnitTest *test, void **state)
{
	int how = setjmp(cmocka_here.back);

	if (how == 0) {
		cmocka_here.active = 1;
		if (test->setup_func != NULL && test->setup_func(state) != 0) {
			how = CMOCKA_FAILED;
		} else {
			test->test_func(state);
		}
	}
	cmocka_here.active = 0;
	if (test->teardown_func != NULL && test->teardown_func(state) != 0) {
		how = CMOCKA_FAILED;
	}
	printf("%s %s\n",
	       how == 0		       ? "ok"
	       : how == CMOCKA_SKIPPED ? "skipped"
				       : "FAILED",
	       test->name);
	fflush(stdout);
	return how;
}

__attribute__((unused)) static int cmocka_run_group(const struct CMUnitTest *tests, size_t count,
						    int (*setup)(void **state),
						    int (*teardown)(void **state))
{
	void *group = NULL;
	int failed = 0;

	if (setup != NULL && setup(&group) != 0) {
		fprintf(stderr, "the setup of the group failed\n");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		void *state = tests[i].initial_state != NULL ? tests[i].initial_state : group;

		failed += cmocka_run_one(&tests[i], &state) == CMOCKA_FAILED;
	}
	if (teardown != NULL && teardown(&group) != 0) {
		fprintf(stderr, "the teardown of the group failed\n");
		failed++;
	}
	printf("%zu tests, %d failed\n", count, failed);
	return failed;
}

#define cmocka_run_group_tests(tests, setup, teardown)                                             \
	cmocka_run_group(tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
	cmocka_run_group(tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)

#endif /* OCRE_TESTS_CMOCKA_H */
