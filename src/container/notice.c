/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice.c - what happened to containers, told to the context's watcher: in order, one at a time,
 * without the lock.
 */
#include "internal.h"

#include <string.h>

int ocre__notices_reserve(struct ocre_context *context, uint32_t count)
{
	size_t old = context->notice_room * sizeof(*context->notices);
	struct ocre__notice *grown;
	uint32_t room = context->notice_room < 16 ? 16 : context->notice_room;

	while (room < count) {
		room *= 2;
	}
	if (room == context->notice_room) {
		return OCRE_OK;
	}
	grown = ocre_mem_alloc_array(&context->mem, room, sizeof(*grown));
	if (grown == NULL) {
		return OCRE_E_NOMEM;
	}
	for (uint32_t i = 0; i < context->notice_count; i++) {
		grown[i] = context->notices[(context->notice_first + i) % context->notice_room];
	}
	ocre_mem_free(&context->mem, context->notices, old);
	context->notices = grown;
	context->notice_room = room;
	context->notice_first = 0;
	return OCRE_OK;
}

void ocre__notify(struct ocre_container *container, enum ocre_notice notice)
{
	struct ocre_context *context = container->context;
	struct ocre__notice *at;

	if (context->watch == NULL) {
		return;
	}
	if (context->notice_count == context->notice_room &&
	    ocre__notices_reserve(context, context->notice_count + 1) != OCRE_OK) {
		ocre__say(context, 1, "no memory to tell what happened to ", container->guest.id,
			  "");
		return;
	}
	at = &context->notices[(context->notice_first + context->notice_count) %
			       context->notice_room];
	context->notice_count++;
	at->container = container;
	at->notice = notice;
	ocre__ref(container);
}

void ocre__notices_flush(struct ocre_context *context)
{
	if (context->notice_count == 0 || context->notifier != 0) {
		return;
	}
	context->notifier = ocre__self(context);
	while (context->notice_count > 0) {
		struct ocre__notice one = context->notices[context->notice_first];
		void (*watch)(void *, struct ocre_container *, enum ocre_notice) = context->watch;
		void *watch_ctx = context->watch_ctx;

		context->notice_first = (context->notice_first + 1) % context->notice_room;
		context->notice_count--;
		if (watch != NULL) {
			ocre__unlock(context);
			watch(watch_ctx, one.container, one.notice);
			ocre__lock(context);
		}
		ocre__unref(one.container);
	}
	context->notifier = 0;
	ocre__context_changed(context);
}

void ocre_context_watch(struct ocre_context *context,
			void (*fn)(void *ctx, struct ocre_container *container,
				   enum ocre_notice notice),
			void *ctx)
{
	if (context == NULL) {
		return;
	}
	ocre__lock(context);
	/* The old watcher is not called any more when this returns, but by this very thread. */
	context->watch = fn;
	context->watch_ctx = ctx;
	while (context->notifier != 0 && !ocre__in_callback(context)) {
		ocre__wait_context(context, OCRE__NEVER);
	}
	ocre__unlock(context);
}
