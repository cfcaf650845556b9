/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call_test.c - calls of functions whose types are random (calls.py): every argument arrives as it
 * was given, in a stack that is aligned as the machine wants it, and so does the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "native_call.h"

static uint64_t seen[OCRE__CALL_ARGS];
static unsigned int seen_count;
static uintptr_t misaligned;
static union ocre__value answer;

/* What a function has on its stack is aligned as it found the stack. */
static inline __attribute__((always_inline)) void begin(void)
{
	_Alignas(8) char here;
	volatile uintptr_t at = (uintptr_t)&here;

	misaligned |= at % 8;
	seen_count = 0;
}

static void note(unsigned int n, uint64_t value)
{
	seen[n] = value;
	seen_count++;
}

/* That something is computed with a float is part of it: RISC-V marks it as one. */
static volatile float one = 1;

static void note_f32(unsigned int n, float value)
{
	uint32_t bits;

	value *= one;
	memcpy(&bits, &value, sizeof(bits));
	note(n, bits);
}

static void note_f64(unsigned int n, double value)
{
	uint64_t bits;

	value *= one;
	memcpy(&bits, &value, sizeof(bits));
	note(n, bits);
}

struct sample {
	const char *kinds;
	char result;
	void (*function)(void);
};

#include "calls.inc"

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static uint64_t any(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Bits of a kind; floats that stay as they are when they are moved, so no NaN. */
static uint64_t any_of(char kind)
{
	uint64_t bits = any();

	switch (kind) {
	case 'i':
		return (uint32_t)bits;
	case 'f':
		return (uint32_t)bits & ~UINT32_C(0x40000000);
	case 'F':
		return bits & ~UINT64_C(0x4000000000000000);
	case 'p':
		return (uintptr_t)bits;
	default:
		return bits;
	}
}

static void put(union ocre__value *to, char kind, uint64_t bits)
{
	uint32_t low = (uint32_t)bits;

	/* What is not used of it has something in it too. */
	memset(to, 0xa5, sizeof(*to));
	if (kind == 'i' || kind == 'f') {
		memcpy(&to->i32, &low, sizeof(low));
	} else if (kind == 'p') {
		to->ptr = (void *)(uintptr_t)bits;
	} else {
		to->i64 = bits;
	}
}

static uint64_t get(const union ocre__value *from, char kind)
{
	if (kind == ':') {
		return 0;
	}
	return kind == 'i' || kind == 'f' ? from->i32 : from->i64;
}

static void call(const struct sample *sample)
{
	unsigned int count = (unsigned int)strlen(sample->kinds);
	union ocre__value args[OCRE__CALL_ARGS];
	union ocre__value result;
	uint64_t given[OCRE__CALL_ARGS];
	struct ocre__call_plan plan;

	assert_true(ocre__call_plan(&plan, sample->kinds, count, sample->result));
	for (unsigned int n = 0; n < count; n++) {
		given[n] = any_of(sample->kinds[n]);
		put(&args[n], sample->kinds[n], given[n]);
	}
	put(&answer, sample->result, any_of(sample->result));
	memset(&result, 0, sizeof(result));
	misaligned = 0;
	ocre__call(&plan, sample->function, args, &result);
	assert_int_equal(seen_count, count);
	for (unsigned int n = 0; n < count; n++) {
		if (seen[n] != given[n]) {
			fail_msg("(%s)%c: argument %u is not what was given", sample->kinds,
				 sample->result, n);
		}
	}
	if (get(&result, sample->result) != get(&answer, sample->result)) {
		fail_msg("(%s)%c: the result is not what was returned", sample->kinds,
			 sample->result);
	}
	assert_int_equal(misaligned, 0);
}

static void every_argument_arrives(void **state)
{
	(void)state;
	for (int round = 0; round < 20; round++) {
		for (size_t n = 0; n < SAMPLES; n++) {
			call(&samples[n]);
		}
	}
}

/* An i32 is read as an int or an unsigned one by the function; both are right. */
static int64_t as_signed(void *env, int32_t value)
{
	(void)env;
	return value;
}

static int64_t as_unsigned(void *env, uint32_t value)
{
	(void)env;
	return value;
}

static void an_i32_has_a_sign_or_not(void **state)
{
	union ocre__value args[2] = {{.ptr = NULL}, {.i32 = UINT32_MAX - 4}};
	struct ocre__call_plan plan;
	union ocre__value result;

	(void)state;
	assert_true(ocre__call_plan(&plan, "pi", 2, 'I'));
	ocre__call(&plan, (void (*)(void))as_signed, args, &result);
	assert_true((int64_t)result.i64 == -5);
	ocre__call(&plan, (void (*)(void))as_unsigned, args, &result);
	assert_true((int64_t)result.i64 == (int64_t)UINT32_MAX - 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_argument_arrives),
		cmocka_unit_test(an_i32_has_a_sign_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
