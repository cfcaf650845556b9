/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - linear memories (4.2.8): their bytes, growing them, checked ranges. */
#include "exec.h"

#include <string.h>

static size_t page_bytes(uint32_t pages)
{
	return (size_t)pages * OCRE_PAGE;
}

/* With memory ops: reserve what it may ever become, and use the first part. */
static bool reserve(struct memory *m)
{
	m->reserved = page_bytes(m->max_pages);
	if (m->reserved == 0) {
		return true;
	}
	m->base = m->ops->reserve(m->ops->ctx, m->reserved);
	if (m->base == NULL) {
		m->reserved = 0;
	}
	return m->base != NULL;
}

static bool commit(struct memory *m, uint32_t from, uint32_t to)
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

static bool set_pages(struct memory *m, uint32_t pages)
{
	size_t old = page_bytes(m->pages);
	uint8_t *base;

	if (pages == m->pages) {
		return true;
	}
	if (m->ops != NULL) {
		if (!commit(m, m->pages, pages)) {
			return false;
		}
		m->pages = pages;
		return true;
	}
	if (sizeof(size_t) < 8 && pages > 0xfff0) {
		return false;
	}
	base = ocre_mem_resize(m->mem, m->base, old, page_bytes(pages));
	if (base == NULL) {
		return false;
	}
	memset(base + old, 0, page_bytes(pages) - old);
	m->base = base;
	m->pages = pages;
	return true;
}

int ocre__memory_create(struct ocre_store *store, const struct ocre_limits *limits,
			struct memory **out, struct ocre_diag *diag)
{
	struct memory *m = ocre_mem_alloc(store->mem, sizeof(*m));
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
	m->mem = store->mem;
	m->ops = store->options.memory_ops;
	if (limits->min > most) {
		ocre_mem_free(store->mem, m, sizeof(*m));
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "the module wants %u pages of memory, %u are allowed",
				     limits->min, most);
	}
	if ((m->ops != NULL && !reserve(m)) || !set_pages(m, limits->min)) {
		ocre__memory_release(m);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for the %u pages that the module wants",
				     limits->min);
	}
	*out = m;
	return OCRE_OK;
}

void ocre__memory_release(struct memory *m)
{
	if (m == NULL || --m->holders > 0) {
		return;
	}
	if (m->ops != NULL) {
		ocre_mem_uncharge(m->mem, page_bytes(m->pages));
		if (m->base != NULL) {
			m->ops->release(m->ops->ctx, m->base, m->reserved);
		}
	} else {
		ocre_mem_free(m->mem, m->base, page_bytes(m->pages));
	}
	ocre_mem_free(m->mem, m, sizeof(*m));
}

uint32_t ocre__memory_grow(struct memory *m, uint32_t delta)
{
	uint32_t old = m->pages;

	if (delta > m->max_pages - old || !set_pages(m, old + delta)) {
		return UINT32_MAX;
	}
	return old;
}

uint8_t *ocre__memory_range(struct memory *m, uint64_t addr, uint64_t size)
{
	uint64_t length = (uint64_t)m->pages * OCRE_PAGE;
	static const uint8_t nothing[1];

	if (addr > length || size > length - addr) {
		return NULL;
	}
	return m->base != NULL ? m->base + addr : (uint8_t *)(uintptr_t)nothing;
}
