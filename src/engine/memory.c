/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - linear memories (4.2.8): their bytes, growing them, checked ranges. */
#include "exec.h"
#include "native_atomic.h"

#include <string.h>

/* ---- what several threads may do ---- */

void ocre__memory_lock(const struct ocre_memory *m)
{
	if (m->lock != NULL) {
		m->lock(m->lock_ctx);
	}
}

void ocre__memory_unlock(const struct ocre_memory *m)
{
	if (m->unlock != NULL) {
		m->unlock(m->lock_ctx);
	}
}

void ocre__memory_hold(struct ocre_memory *m)
{
	native_add_u32(&m->holders, 1);
}

/* ---- bytes ---- */

static size_t page_bytes(uint32_t pages)
{
	return (size_t)pages * OCRE_PAGE;
}

/*
 * A memory that must not move when it grows: reserve what it may ever become, and use the first
 * part. Without memory ops all of it is allocated at once.
 */
static bool reserve(struct ocre_memory *m)
{
	size_t bytes = page_bytes(m->host_pages);

	if (bytes == 0) {
		return true;
	}
	if (bytes / OCRE_PAGE != m->host_pages) {
		return false;
	}
	m->base = m->ops != NULL ? m->ops->reserve(m->ops->ctx, bytes)
				 : ocre_mem_alloc(m->mem, bytes);
	m->reserved = m->base != NULL ? bytes : 0;
	return m->base != NULL;
}

static bool commit(struct ocre_memory *m, uint32_t from, uint32_t to)
{
	size_t bytes = page_bytes(to - from);

	if (bytes == 0) {
		return true;
	}
	if (!ocre_mem_charge(m->mem, bytes)) {
		return false;
	}
	if (!m->ops->commit(m->ops->ctx, m->base, page_bytes(from), page_bytes(to))) {
		ocre_mem_uncharge(m->mem, bytes);
		return false;
	}
	return true;
}

static bool set_pages(struct ocre_memory *m, uint32_t pages)
{
#if !OCRE_ENGINE_EXTENTS
	size_t old = page_bytes(m->pages);
	uint8_t *base;
#endif

	if (pages == m->pages) {
		return true;
	}
	if (m->ops != NULL || m->limits.shared) {
		if (m->ops != NULL && !commit(m, m->pages, pages)) {
			return false;
		}
		__atomic_store_n(&m->pages, pages, __ATOMIC_RELEASE);
		return true;
	}
	if (sizeof(size_t) < 8 && pages > 0xfff0) {
		return false;
	}
#if OCRE_ENGINE_EXTENTS
	m->pages = pages; /* and nothing is committed */
	return true;
#else
	base = ocre_mem_resize(m->mem, m->base, old, page_bytes(pages));
	if (base == NULL) {
		return false;
	}
	memset(base + old, 0, page_bytes(pages) - old);
	m->base = base;
	m->pages = pages;
	return true;
#endif
}

int ocre__memory_create(struct ocre_store *store, const struct ocre_limits *limits,
			struct ocre_memory **out, struct ocre_diag *diag)
{
	struct ocre_memory *m = ocre_mem_alloc(store->mem, sizeof(*m));
	uint32_t most = limits->max < OCRE_MAX_PAGES ? limits->max : OCRE_MAX_PAGES;

	if (store->options.max_memory_pages != 0 && most > store->options.max_memory_pages) {
		most = store->options.max_memory_pages;
	}
	if (m == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	m->holders = 1;
	m->limits = *limits;
	m->max_pages = most;
	m->host_pages = most + (store->options.host_memory_pages < OCRE_MAX_PAGES - most
					? store->options.host_memory_pages
					: OCRE_MAX_PAGES - most);
	m->mem = store->mem;
	m->ops = store->options.memory_ops;
	m->lock = store->options.lock;
	m->unlock = store->options.unlock;
	m->lock_ctx = store->options.lock_ctx;
	if (limits->shared) {
		m->mem->threads = true;
	}
	if (limits->min > most) {
		ocre_mem_free(store->mem, m, sizeof(*m));
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "the module wants %u pages of memory, %u are allowed",
				     limits->min, most);
	}
	if (((m->ops != NULL || limits->shared) && !reserve(m)) || !set_pages(m, limits->min)) {
		most = limits->shared ? m->host_pages : limits->min;
		ocre__memory_release(m);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the %u pages that the module wants", most);
	}
	*out = m;
	return OCRE_OK;
}

void ocre__memory_release(struct ocre_memory *m)
{
	if (m == NULL || native_add_u32(&m->holders, UINT32_MAX) > 1) {
		return;
	}
	if (m->ops != NULL) {
		ocre_mem_uncharge(m->mem, page_bytes(m->pages));
		if (m->base != NULL) {
			m->ops->release(m->ops->ctx, m->base, m->reserved);
		}
	} else {
		ocre_mem_free(m->mem, m->base,
			      m->limits.shared ? m->reserved : page_bytes(m->pages));
#if OCRE_ENGINE_EXTENTS
		ocre__extents_free(m);
#endif
	}
	ocre_mem_free(m->mem, m, sizeof(*m));
}

/* Extents hold nothing yet, but what could never be held is refused, as the guest expects. */
static bool enough_for(const struct ocre_memory *m, uint32_t pages)
{
#if OCRE_ENGINE_EXTENTS
	if (!ocre__memory_is_block(m)) {
		return page_bytes(pages) <= m->mem->limit - m->mem->used;
	}
#endif
	(void)m;
	(void)pages;
	return true;
}

uint32_t ocre__memory_grow(struct ocre_memory *m, uint32_t delta, bool by_host)
{
	uint32_t most = by_host ? m->host_pages : m->max_pages;
	uint32_t old;

	if (m->limits.shared) {
		ocre__memory_lock(m);
	}
	old = m->pages;
	/* What the host added may be more than the guest may have. */
	if (delta > (old < most ? most - old : 0) || (!by_host && !enough_for(m, delta)) ||
	    !set_pages(m, old + delta)) {
		old = UINT32_MAX;
	}
	if (m->limits.shared) {
		ocre__memory_unlock(m);
	}
	return old;
}

bool ocre__memory_has(const struct ocre_memory *m, uint64_t addr, uint64_t size)
{
	uint64_t length = (uint64_t)ocre__memory_pages(m) * OCRE_PAGE;

	return addr <= length && size <= length - addr;
}

uint8_t *ocre__memory_range(struct ocre_memory *m, uint64_t addr, uint64_t size)
{
	static const uint8_t nothing[1];

	if (!ocre__memory_has(m, addr, size)) {
		return NULL;
	}
#if OCRE_ENGINE_EXTENTS
	if (!ocre__memory_is_block(m) && size > 0) {
		return ocre__extents_range(m, (size_t)addr, (size_t)size);
	}
#endif
	return m->base != NULL ? m->base + addr : (uint8_t *)(uintptr_t)nothing;
}

bool ocre__memory_fill(struct ocre_memory *m, uint64_t addr, uint8_t value, uint32_t size)
{
	uint8_t *to;

#if OCRE_ENGINE_EXTENTS
	if (!ocre__memory_is_block(m) && value == 0) {
		ocre__extents_zero(m, (size_t)addr, size);
		return true;
	}
#endif
	to = ocre__memory_range(m, addr, size);
	if (to == NULL) {
		return false;
	}
	memset(to, value, size);
	return true;
}

size_t ocre__memory_committed(const struct ocre_memory *m)
{
#if OCRE_ENGINE_EXTENTS
	if (!ocre__memory_is_block(m)) {
		return ocre__extents_committed(m);
	}
#endif
	return page_bytes(m->limits.shared && m->ops == NULL ? m->host_pages
							     : ocre__memory_pages(m));
}
