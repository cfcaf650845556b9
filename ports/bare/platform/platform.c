/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.c - memory and log lines as the Ocre platform requirements name them, from the pool and
 * to the console of a machine. These calls have no argument for it, so both are remembered here.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ocre/platform/config.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>
#include <ocre/port_bare.h>

static struct {
	struct ocre_pool *pool;
	const struct ocre_machine *machine;
} platform;

int __ocre_log_level = CONFIG_OCRE_DEFAULT_LOG_LEVEL;

void ocre_platform_bare_init(struct ocre_pool *pool, const struct ocre_machine *machine)
{
	platform.pool = pool;
	platform.machine = machine;
}

const struct ocre_machine *ocre_platform_bare_machine(void)
{
	return platform.machine;
}

/* ---- memory ---- */

/* Before each block: the pool wants its size back. */
union head {
	size_t size;
	max_align_t align;
};

static void *resize(void *p, size_t size)
{
	union head *head = p != NULL ? (union head *)p - 1 : NULL;
	size_t whole = size + sizeof(*head);

	if (platform.pool == NULL || whole < size) {
		return NULL;
	}
	head = ocre_pool_resize(platform.pool, head, head != NULL ? head->size : 0, whole);
	if (head == NULL) {
		return NULL;
	}
	head->size = whole;
	return head + 1;
}

void *user_malloc(size_t size)
{
	return resize(NULL, size);
}

void *user_realloc(void *p, size_t size)
{
	return resize(p, size);
}

void user_free(void *p)
{
	if (p != NULL) {
		union head *head = (union head *)p - 1;

		ocre_pool_resize(platform.pool, head, head->size, 0);
	}
}

/* ---- log lines ---- */

void ocre_log_line(int level, const char *module, const char *format, ...)
{
	static const char names[][4] = {"err", "wrn", "inf", "dbg"};
	char line[160];
	va_list args;
	int at;

	if (platform.machine == NULL || level < OCRE_LOG_ERR || level > OCRE_LOG_DBG ||
	    level > __ocre_log_level) {
		return;
	}
	at = snprintf(line, sizeof(line) / 2, "<%s> %s: ", names[level - 1], module);
	if (at < 0 || at >= (int)sizeof(line) / 2) {
		at = 0;
	}
	va_start(args, format);
	(void)vsnprintf(line + at, sizeof(line) - (size_t)at, format, args);
	va_end(args);
	platform.machine->write(line, strlen(line));
	platform.machine->write("\r\n", 2);
}
