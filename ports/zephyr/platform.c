/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.c - memory, log lines and locks as the Ocre platform requirements name them. These calls
 * have no argument for the heap, so it is remembered here. What Zephyr's log has of the same names
 * as ocre/platform/log.h is not included: zephyr/ocre.c hands lines over.
 */
#include <stdarg.h>
#include <stdio.h>

#include <zephyr/kernel.h>

#include <ocre/platform/lock.h>
#include <ocre/platform/log.h>
#include <ocre/platform/memory.h>
#include <ocre/port_zephyr.h>

static struct {
	struct ocre_zephyr_heap *heap;
	void (*log)(void *ctx, int level, const char *text);
} platform;

static K_MUTEX_DEFINE(admin);
static K_MUTEX_DEFINE(handles);
static K_CONDVAR_DEFINE(changed);

/* Zephyr's levels decide, unless the application says less here. */
int __ocre_log_level = OCRE_LOG_DBG;

void ocre_platform_zephyr_init(struct ocre_zephyr_heap *heap,
			       void (*log)(void *ctx, int level, const char *text))
{
	platform.heap = heap;
	platform.log = log;
}

/* ---- memory ---- */

/* Before each block: the heap wants its size back. */
union head {
	size_t size;
	long double align;
};

static void *resize(void *p, size_t size)
{
	union head *head = p != NULL ? (union head *)p - 1 : NULL;
	size_t whole = size + sizeof(*head);

	if (platform.heap == NULL || whole < size) {
		return NULL;
	}
	head = (union head *)ocre_zephyr_heap_resize(platform.heap, head,
						     head != NULL ? head->size : 0, whole);
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

		ocre_zephyr_heap_resize(platform.heap, head, head->size, 0);
	}
}

/* ---- log lines ---- */

void ocre_log_line(int level, const char *module, const char *format, ...)
{
	char line[160];
	va_list args;

	(void)module; /* Zephyr's log says it */
	if (platform.log == NULL || level > __ocre_log_level) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	platform.log(NULL, level, line);
}

/* ---- locks ---- */

void ocre_platform_lock(enum ocre_platform_lock which)
{
	k_mutex_lock(which == OCRE_LOCK_ADMIN ? &admin : &handles, K_FOREVER);
}

void ocre_platform_unlock(enum ocre_platform_lock which)
{
	k_mutex_unlock(which == OCRE_LOCK_ADMIN ? &admin : &handles);
}

void ocre_platform_wait(uint32_t timeout_ms)
{
	(void)k_condvar_wait(&changed, &handles, K_MSEC(timeout_ms));
}

void ocre_platform_changed(void)
{
	(void)k_condvar_broadcast(&changed);
}
