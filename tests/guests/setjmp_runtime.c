/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setjmp_runtime.c - what clang 19 calls where a program calls setjmp and longjmp. A file of its
 * own: the compiler declares these functions by itself where they are used.
 */
#include "setjmp.h"

#define TAG_LONGJMP 1

_Noreturn void __wasm_longjmp(void *env, int value)
{
	struct jump *j = env;

	j->thrown.env = env;
	j->thrown.value = value != 0 ? value : 1;
	__builtin_wasm_throw(TAG_LONGJMP, &j->thrown);
}

void __wasm_setjmp(void *env, uint32_t label, void *invocation)
{
	struct jump *j = env;

	j->id = (uint32_t)(uintptr_t)invocation;
	j->label = label;
}

uint32_t __wasm_setjmp_test(void *env, void *invocation)
{
	const struct jump *j = env;

	return j->id == (uint32_t)(uintptr_t)invocation ? j->label : 0;
}
