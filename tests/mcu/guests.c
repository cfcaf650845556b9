/* SPDX-License-Identifier: Apache-2.0 */
/* guests.c - guests that behave badly, and two that do not; which one is the entry. */
#include <stdint.h>

#include <ocre_api.h>
#include <wasi/api.h>

static volatile unsigned sink;

static int say(const char *text, size_t size)
{
	const __wasi_ciovec_t piece = {(const uint8_t *)text, size};
	__wasi_size_t written;

	return __wasi_fd_write(1, &piece, 1, &written);
}

/* The good one: what the others do must not be seen here. */
OCRE_EXPORT("ticks") void ticks(void)
{
	for (;;) {
		ocre_sleep(5);
		sink++;
	}
}

/* A bit of everything that takes memory of the host. Its status says what it was denied. */
OCRE_EXPORT("works") void works(void)
{
	uint8_t *more;

	if (say("hello\n", 6) != 0) {
		__wasi_proc_exit(1);
	}
	if (ocre_timer_create(1) != 0 || ocre_timer_start(1, 2, 0) != 0) {
		__wasi_proc_exit(2);
	}
	if (ocre_subscribe_message("a/#") != 0 ||
	    ocre_publish_message("a/b", "text/plain", "payload", 7) != 0) {
		__wasi_proc_exit(3);
	}
	more = (uint8_t *)(__builtin_wasm_memory_grow(0, 1) << 16);
	if (more == (uint8_t *)(UINT32_MAX << 16)) {
		__wasi_proc_exit(4);
	}
	for (unsigned i = 0; i < 2048; i += 256) {
		more[i] = 1;
	}
	ocre_sleep(4);
	__wasi_proc_exit(42);
}

__attribute__((noinline)) static unsigned deeper(unsigned n)
{
	unsigned below = n == UINT32_MAX ? 0 : deeper(n + 1);

	sink = n;
	return below + sink;
}

/* Call frames are the engine's; the C stack below is the guest's own. */
OCRE_EXPORT("recursion") void recursion(void)
{
	__wasi_proc_exit(deeper(0));
}

__attribute__((noinline)) static unsigned wider(unsigned n)
{
	volatile unsigned char here[500];

	here[n % sizeof(here)] = 1;
	return (n == UINT32_MAX ? 0 : wider(n + 1)) + here[0];
}

OCRE_EXPORT("stack") void stack(void)
{
	__wasi_proc_exit(wider(0));
}

/* All that there is of memory, its own data included. */
OCRE_EXPORT("everywhere") void everywhere(void)
{
	uint32_t end = (uint32_t)__builtin_wasm_memory_size(0) << 16;

	for (uint32_t at = 0; at < end; at += 4) {
		*(volatile uint32_t *)at = at;
	}
	__wasi_proc_exit(43);
}

OCRE_EXPORT("beyond") void beyond(void)
{
	for (uint32_t at = (uint32_t)__builtin_wasm_memory_size(0) << 16;; at += 65536) {
		*(volatile uint8_t *)at = 1;
	}
}

OCRE_EXPORT("endless") void endless(void)
{
	for (;;) {
		sink++;
	}
}

OCRE_EXPORT("flood") void flood(void)
{
	for (;;) {
		say("a line of a guest that prints without end\n", 42);
	}
}
