/* SPDX-License-Identifier: Apache-2.0 */
/* fib.c - calls: the naive Fibonacci recursion, little else. */
#include "kernel.h"

const char kernel_name[] = "fib";

static volatile uint32_t depth = 27;

static uint32_t fib(uint32_t n)
{
	if (n < 2) {
		return n;
	}
	return fib(n - 1) + fib(n - 2);
}

uint32_t kernel_run(void)
{
	return fib(depth);
}
