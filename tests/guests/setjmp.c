/* SPDX-License-Identifier: Apache-2.0 */
/* setjmp.c - a guest that jumps, which clang makes of legacy exception handling. */
#include <stdio.h>
#include <stdlib.h>

#include "setjmp.h"

static jmp_buf outer;
static jmp_buf inner;

static __attribute__((noinline)) int down(int depth, volatile int *deepest)
{
	*deepest = depth;
	if (depth == 1000) {
		longjmp(outer, 42);
	}
	return down(depth + 1, deepest) + 1;
}

static int compare(const void *a, const void *b)
{
	if (*(const int *)a == 5 || *(const int *)b == 5) {
		longjmp(inner, 5);
	}
	return *(const int *)a - *(const int *)b;
}

static int sorted(void)
{
	int values[] = {3, 9, 5, 1};
	int jumped = setjmp(inner);

	if (jumped != 0) {
		return jumped;
	}
	qsort(values, 4, sizeof(values[0]), compare);
	return 0;
}

static __attribute__((noinline)) int inside(void)
{
	int jumped = setjmp(inner);

	if (jumped == 0) {
		longjmp(inner, 3);
	}
	return jumped;
}

static __attribute__((noinline)) void nested(void)
{
	volatile int seen = 0;
	int jumped = setjmp(outer);

	if (jumped == 0) {
		seen = inside();
		longjmp(outer, 4);
	}
	printf("nested: %d in %d\n", seen, jumped);
}

static __attribute__((noinline)) int again(int round)
{
	volatile int local = round;
	int jumped = setjmp(inner);

	if (jumped == 0) {
		longjmp(inner, round + 1);
	}
	return jumped - local;
}

static __attribute__((noinline)) void deep(void)
{
	volatile int deepest = 0;
	int jumped = setjmp(outer);

	if (jumped == 0) {
		down(0, &deepest);
	}
	printf("jumped: %d from %d\n", jumped, deepest);
}

int main(void)
{
	int rounds = 0;

	deep();
	printf("sorted: %d\n", sorted());
	nested();
	for (int i = 0; i < 100000; i++) {
		rounds += again(i);
	}
	printf("rounds: %d\n", rounds);
	return 0;
}
