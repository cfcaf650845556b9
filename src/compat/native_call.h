/* SPDX-License-Identifier: Apache-2.0 */
/*
 * native_call.h - calling a C function whose type is known at run time only: by native_call.c and
 * the trampoline of this architecture, or by libffi where there is none.
 */
#ifndef OCRE_COMPAT_NATIVE_CALL_H
#define OCRE_COMPAT_NATIVE_CALL_H

#include <stdbool.h>
#include <stdint.h>

/* The sixteen of a host function, and its environment. */
#define OCRE__CALL_ARGS 17

union ocre__value {
	uint32_t i32;
	uint64_t i64;
	float f32;
	double f64;
	void *ptr;
};

/* A type of function, and where this machine wants its arguments. */
struct ocre__call_plan {
	uint8_t count;
	char kinds[OCRE__CALL_ARGS]; /* i I f F, or p: a pointer */
	char result;		     /* i I f F, or a colon for none */
	uint16_t at[OCRE__CALL_ARGS];
	uint16_t stack; /* bytes */
};

/* `count` is at most OCRE__CALL_ARGS. False: this machine cannot make such a call. */
bool ocre__call_plan(struct ocre__call_plan *plan, const char *kinds, unsigned int count,
		     char result);
/* An i32 may be signed or unsigned. *result is set when the function has one. */
void ocre__call(const struct ocre__call_plan *plan, void (*function)(void),
		const union ocre__value *args, union ocre__value *result);

#endif /* OCRE_COMPAT_NATIVE_CALL_H */
