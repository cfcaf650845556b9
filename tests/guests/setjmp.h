/* SPDX-License-Identifier: Apache-2.0 */
/* setjmp.h - Debian's wasi-libc has none. */
#ifndef OCRE_TESTS_GUESTS_SETJMP_H
#define OCRE_TESTS_GUESTS_SETJMP_H

#include <stdint.h>

struct jump {
	uint32_t id; /* of the call of the function that called setjmp */
	uint32_t label;
	struct {
		void *env;
		int value;
	} thrown;
};
typedef struct jump jmp_buf[1];

int setjmp(jmp_buf env) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf env, int value);

#endif /* OCRE_TESTS_GUESTS_SETJMP_H */
