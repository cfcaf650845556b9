/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the conformance program on Zephyr: the port itself, with a heap of its own. */
#include <string.h>

#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include <ocre/port_zephyr.h>

#include "conformance.h"

static uint8_t memory[CONFIG_OCRE_HEAP_SIZE] __aligned(8);
static struct ocre_zephyr_heap heap;
static struct ocre_port_zephyr port;

static void print(void *ctx, const char *text)
{
	(void)ctx;
	printk("%s", text);
}

static void print_stack(const char *name, const struct k_thread *thread, size_t size)
{
	size_t unused = 0;

	if (k_thread_stack_space_get(thread, &unused) == 0) {
		printk("stack of %s: %u of %u\n", name, (unsigned int)(size - unused),
		       (unsigned int)size);
	}
}

int main(void)
{
	const struct platform platform = {
		.port = &port.port,
		.resize = ocre_zephyr_heap_resize,
		.resize_ctx = &heap,
		.print = print,
		.folder = "/lfs",
	};

	ocre_zephyr_heap_init(&heap, memory, sizeof(memory));
	ocre_port_zephyr_init(&port, &heap);
	conformance_run(&platform);
	print_stack("main", k_current_get(), CONFIG_MAIN_STACK_SIZE);
	return 0;
}
