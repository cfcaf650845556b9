/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - tables of references (4.2.7). */
#include "exec.h"

#include <string.h>

int ocre__table_create(struct ocre_store *store, const struct ocre_limits *limits, uint8_t type,
		       struct table **out)
{
	struct table *t;
	uint32_t most = store->options.max_table_entries != 0 ? store->options.max_table_entries
							      : OCRE_MAX_TABLE;

	if (limits->min > most) {
		return OCRE_E_LIMIT;
	}
	t = ocre_mem_alloc(store->mem, sizeof(*t));
	if (t == NULL) {
		return OCRE_E_NOMEM;
	}
	t->holders = 1;
	t->limits = *limits;
	t->max = limits->max < most ? limits->max : most;
	t->type = type;
	t->mem = store->mem;
	if (limits->min > 0) {
		t->elems = ocre_mem_alloc_array(store->mem, limits->min, sizeof(*t->elems));
		if (t->elems == NULL) {
			ocre_mem_free(store->mem, t, sizeof(*t));
			return OCRE_E_NOMEM;
		}
		t->size = limits->min;
	}
	*out = t;
	return OCRE_OK;
}

void ocre__table_release(struct table *t)
{
	if (t == NULL || --t->holders > 0) {
		return;
	}
	ocre_mem_free(t->mem, t->elems, t->size * sizeof(*t->elems));
	ocre_mem_free(t->mem, t, sizeof(*t));
}

uint32_t ocre__table_grow(struct table *t, uint32_t delta, uint32_t value)
{
	uint32_t old = t->size;
	uint32_t *elems;

	if (t->size > t->max || delta > t->max - t->size) {
		return UINT32_MAX;
	}
	if (delta == 0) {
		return old;
	}
	elems = ocre_mem_resize(t->mem, t->elems, old * sizeof(*elems),
				((size_t)old + delta) * sizeof(*elems));
	if (elems == NULL) {
		return UINT32_MAX;
	}
	for (uint32_t i = 0; i < delta; i++) {
		elems[old + i] = value;
	}
	t->elems = elems;
	t->size = old + delta;
	return old;
}
