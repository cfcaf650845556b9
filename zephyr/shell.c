/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell.c - the command `ocre` of Zephyr's shell, with the commands of src/shell beneath it, so
 * that they are completed and have help like any other. Zephyr's shell calls with nothing but
 * itself: so this file keeps which context is meant, in the one variable of the whole port.
 */
#include <errno.h>

#include <zephyr/kernel.h>
#include <zephyr/shell/shell.h>

#include <ocre/zephyr.h>

BUILD_ASSERT(CONFIG_SHELL_STACK_SIZE >= 3584,
	     "the commands of Ocre need more stack: CONFIG_SHELL_STACK_SIZE=4096");

static K_MUTEX_DEFINE(attached_lock);
static struct ocre_zephyr *attached;

/* Of guests that say nothing of it, as mcu-demo has it: the default is that of larger machines. */
#define GUEST_STACK 4096u

static void print(void *ctx, const char *text)
{
	shell_fprintf((const struct shell *)ctx, SHELL_NORMAL, "%s", text);
}

void ocre_zephyr_shell(struct ocre_zephyr *ocre, const struct ocre_shell_image *images,
		       uint32_t count)
{
	k_mutex_lock(&attached_lock, K_FOREVER);
	attached = ocre;
	if (ocre != NULL) {
		ocre->shell.context = ocre->context;
		ocre->shell.mem = &ocre->mem;
		ocre->shell.board = ocre->board;
		ocre->shell.images = images;
		ocre->shell.image_count = count;
		ocre->shell.print = print;
		ocre->shell.stack_size = GUEST_STACK;
	}
	k_mutex_unlock(&attached_lock);
}

static int run(const struct shell *sh, size_t argc, char **argv)
{
	int rc;

	k_mutex_lock(&attached_lock, K_FOREVER);
	if (attached == NULL) {
		k_mutex_unlock(&attached_lock);
		shell_error(sh, "ocre: the application has opened no context");
		return -ENODEV;
	}
	attached->shell.print_ctx = (void *)(uintptr_t)sh;
	rc = ocre_shell_words(&attached->shell, argv, (uint32_t)argc);
	k_mutex_unlock(&attached_lock);
	return rc == 0 ? 0 : -EINVAL;
}

/* Without a context the commands of src/shell alone are listed. */
static void command_at(size_t index, struct shell_static_entry *entry)
{
	static const struct ocre_shell none;
	const struct ocre_shell_command *c;

	c = ocre_shell_command(attached != NULL ? &attached->shell : &none, (uint32_t)index);
	entry->syntax = c != NULL ? c->name : NULL;
	entry->handler = run;
	entry->subcmd = NULL;
	entry->help = c != NULL ? c->help : NULL;
	entry->args.mandatory = 1;
	entry->args.optional = SHELL_OPT_ARG_CHECK_SKIP; /* src/shell says how it is used */
}

SHELL_DYNAMIC_CMD_CREATE(ocre_commands, command_at);
SHELL_CMD_REGISTER(ocre, &ocre_commands, "Containers of WebAssembly modules", NULL);
