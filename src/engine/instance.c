/* SPDX-License-Identifier: Apache-2.0 */
/* instance.c - stores, and instances in them: linking and initialisation (4.5.4). */
#include "exec.h"

#include <string.h>

/* ---- stores ---- */

int ocre_store_create(struct ocre_mem *mem, const struct ocre_store_options *options,
		      struct ocre_store **out)
{
	struct ocre_store *s = ocre_mem_alloc(mem, sizeof(*s));

	if (s == NULL) {
		return OCRE_E_NOMEM;
	}
	s->mem = mem;
	if (options != NULL) {
		s->options = *options;
	}
	*out = s;
	return OCRE_OK;
}

static void release_tag(struct tag *t)
{
	if (t != NULL && --t->holders == 0) {
		ocre_mem_free(t->mem, t, sizeof(*t));
	}
}

static void destroy_instance(struct ocre_instance *i)
{
	struct ocre_mem *mem = i->store->mem;
	const struct ocre_module *m = i->module;
	uint32_t tables = m != NULL ? m->table_count : i->def_count;

	if (i->tables != NULL) {
		for (uint32_t n = 0; n < tables; n++) {
			ocre__table_release(i->tables[n]);
		}
	}
	ocre__memory_release(i->memory);
	ocre_mem_free(mem, (void *)i->tables, tables * sizeof(*i->tables));
	if (m != NULL) {
		if (i->tags != NULL) {
			for (uint32_t n = 0; n < m->tag_count; n++) {
				release_tag(i->tags[n]);
			}
		}
		ocre_mem_free(mem, i->tags, m->tag_count * sizeof(*i->tags));
		ocre_mem_free(mem, i->globals, m->global_cells * sizeof(uint32_t));
		ocre_mem_free(mem, i->global_refs, m->global_imports * sizeof(*i->global_refs));
		ocre_mem_free(mem, i->bindings, m->func_imports * sizeof(*i->bindings));
		ocre_mem_free(mem, i->dropped_elems, (m->elem_count + 7) / 8);
		ocre_mem_free(mem, i->dropped_datas, (m->data_count + 7) / 8);
	}
	ocre_mem_free(mem, i->stack, i->stack_cells * sizeof(uint32_t));
	if (m == NULL) {
		for (uint32_t n = 0; i->memories != NULL && n < i->def_count; n++) {
			ocre__memory_release(i->memories[n]);
		}
		ocre_mem_free(mem, (void *)i->memories, i->def_count * sizeof(*i->memories));
		ocre_mem_free(mem, i->globals, i->def_count * EXTERN_CELLS * sizeof(uint32_t));
		ocre_mem_free(mem, (void *)(uintptr_t)i->defs, i->def_count * sizeof(*i->defs));
	}
	ocre_mem_free(mem, i, sizeof(*i));
}

void ocre_store_destroy(struct ocre_store *s)
{
	struct ocre_mem *mem;

	if (s == NULL) {
		return;
	}
	/* A wait may be for the memory of an instance that goes before the one that waits. */
	for (struct ocre_instance *i = s->instances; i != NULL; i = i->next) {
		ocre__waits_drop(i);
	}
	while (s->instances != NULL) {
		struct ocre_instance *i = s->instances;

		s->instances = i->next;
		destroy_instance(i);
	}
	mem = s->mem;
#if OCRE_ENGINE_EXCEPTIONS
	ocre__exceptions_free(s);
#endif
	ocre_mem_free(mem, s->by_number, s->capacity * sizeof(*s->by_number));
	ocre_mem_free(mem, s, sizeof(*s));
}

static int add_to_store(struct ocre_store *s, struct ocre_instance *i)
{
	if (s->count == s->capacity) {
		uint32_t capacity = s->capacity == 0 ? 1 : s->capacity * 2;
		void *grown;

		if (s->count >= MAX_INSTANCES) {
			return OCRE_E_LIMIT;
		}
		grown = ocre_mem_resize(s->mem, s->by_number, s->capacity * sizeof(*s->by_number),
					capacity * sizeof(*s->by_number));
		if (grown == NULL) {
			return OCRE_E_NOMEM;
		}
		s->by_number = grown;
		s->capacity = capacity;
	}
	i->number = s->count;
	s->by_number[s->count++] = i;
	i->next = s->instances;
	s->instances = i;
	return OCRE_OK;
}

/* ---- types and references across instances ---- */

bool ocre__same_type(const struct ocre_instance *a, uint32_t type_a, const struct ocre_instance *b,
		     uint32_t type_b)
{
	const struct func_type *x = &a->module->types[type_a];
	const struct func_type *y = &b->module->types[type_b];

	return x->params == y->params && x->results == y->results &&
	       memcmp(a->module->type_bytes + x->types, b->module->type_bytes + y->types,
		      (size_t)x->params + x->results) == 0;
}

void ocre__resolve(struct ocre_instance **i, uint32_t *func)
{
	while (*func < (*i)->module->func_imports) {
		const struct binding *b = &(*i)->bindings[*func];

		if (b->instance == NULL) {
			return;
		}
		*func = b->func;
		*i = b->instance;
	}
}

uint32_t ocre__func_ref(struct ocre_instance *i, uint32_t func)
{
	ocre__resolve(&i, &func);
	return (i->number + 1) << REF_SHIFT | func;
}

bool ocre__dropped(const uint8_t *bits, uint32_t n)
{
	return bits != NULL && (bits[n / 8] >> n % 8 & 1) != 0;
}

/* ---- linking ---- */

struct linker {
	struct ocre_instance *i;
	const struct ocre_instance_options *options;
	struct ocre_diag *diag;
	int status;
};

static void link_error(struct linker *l, const struct ocre_extern_info *import, const char *text)
{
	char module[48];
	char name[64];

	ocre__name_text(import->module, module, sizeof(module));
	ocre__name_text(import->name, name, sizeof(name));
	if (l->status == 0) {
		l->status = ocre_diag_set(l->diag, OCRE_E_LINK, OCRE_NO_OFFSET, "%s: %s.%s", text,
					  module, name);
	}
}

static bool same_name(struct ocre_bytes a, const char *b)
{
	return strlen(b) == a.size && memcmp(a.data, b, a.size) == 0;
}

/* The next host function of that name after number *n of table *k. */
static const struct ocre_host_func *
next_host(struct linker *l, const struct ocre_extern_info *import, uint32_t *k, size_t *n)
{
	for (; *k < l->options->host_count; ++*k, *n = 0) {
		const struct ocre_host_module *m = l->options->hosts[*k].module;

		while (same_name(import->module, m->name) && *n < m->count) {
			const struct ocre_host_func *f = &m->funcs[(*n)++];

			if (same_name(import->name, f->name)) {
				return f;
			}
		}
	}
	return NULL;
}

/* No instance exports what is not a function under that name. */
static void unknown_import(struct linker *l, const struct ocre_extern_info *import)
{
	uint32_t k = 0;
	size_t n = 0;

	link_error(l, import,
		   next_host(l, import, &k, &n) != NULL ? "incompatible import type"
							: "unknown import");
}

bool ocre__fits_signature(const char *sig, const struct ocre_func_type *type)
{
	static const char letters[] = {'f' - 1, 'F', 'f', 'I', 'i'};
	uint32_t n = 0;

	for (; n < type->param_count; n++) {
		uint32_t code = type->params[n] - OCRE_V128;

		if (code == 0 || code > 4 || sig[n] != letters[code]) {
			return false;
		}
	}
	if (sig[n++] != ':') {
		return false;
	}
	for (uint32_t k = 0; k < type->result_count; k++) {
		uint32_t code = type->results[k] - OCRE_V128;

		if (code == 0 || code > 4 || sig[n + k] != letters[code]) {
			return false;
		}
	}
	return sig[n + type->result_count] == '\0';
}

/* The host function of that name; *wrong when one has the name but not the type. */
static bool find_host(struct linker *l, const struct ocre_extern_info *import, struct binding *b,
		      bool *wrong)
{
	const struct ocre_host_func *f;
	uint32_t k = 0;
	size_t n = 0;

	while ((f = next_host(l, import, &k, &n)) != NULL) {
		if (ocre__fits_signature(f->sig, &import->func)) {
			const struct ocre_host_import *from = &l->options->hosts[k];

			b->host = f;
			b->ctx = from->host;
			b->denied = from->denied != NULL && from->denied(from->denied_ctx, f);
			return true;
		}
		*wrong = true;
	}
	return false;
}

/* What an instance exports under a name. */
struct found {
	struct ocre_instance *instance;
	enum ocre_extern kind;
	uint32_t index;
};

static bool find_export(struct ocre_instance *i, struct ocre_bytes name, struct found *out)
{
	struct ocre_extern_info e;

	if (i->module == NULL) {
		for (uint32_t n = 0; n < i->def_count; n++) {
			if (same_name(name, i->defs[n].name)) {
				*out = (struct found){i, i->defs[n].kind, n};
				return true;
			}
		}
		return false;
	}
	if (!ocre__find_export(i->module, name, &e)) {
		return false;
	}
	*out = (struct found){i, e.kind, e.index};
	return true;
}

static bool find_instance(struct linker *l, const struct ocre_extern_info *import,
			  struct found *out)
{
	for (uint32_t k = 0; k < l->options->instance_count; k++) {
		const struct ocre_instance_import *p = &l->options->instances[k];

		if (same_name(import->module, p->name) &&
		    find_export(p->instance, import->name, out)) {
			return true;
		}
	}
	return false;
}

static void link_func(struct linker *l, const struct ocre_extern_info *import)
{
	struct binding *b = &l->i->bindings[import->index];
	struct found f;
	bool wrong = false;

	if (find_host(l, import, b, &wrong)) {
		return;
	}
	if (find_instance(l, import, &f)) {
		wrong = true;
		if (f.kind == OCRE_EXTERN_FUNC && f.instance->module != NULL &&
		    ocre__same_type(l->i, l->i->module->funcs[import->index].type, f.instance,
				    f.instance->module->funcs[f.index].type)) {
			b->instance = f.instance;
			b->func = f.index;
			return;
		}
	}
	if (l->options->strict) {
		link_error(l, import, wrong ? "incompatible import type" : "unknown import");
	}
}

static bool limits_fit(uint32_t size, const struct ocre_limits *have,
		       const struct ocre_limits *want)
{
	return size >= want->min && have->shared == want->shared &&
	       (want->max == UINT32_MAX || (have->max != UINT32_MAX && have->max <= want->max));
}

static void link_table(struct linker *l, const struct ocre_extern_info *import)
{
	struct found f;
	struct table *t;

	if (!find_instance(l, import, &f)) {
		if (!l->options->supply) {
			unknown_import(l, import);
		} else if (ocre__table_create(l->i->store, &import->limits,
					      ocre__vtype(import->type),
					      &l->i->tables[import->index]) != 0) {
			l->status = ocre_diag_set(l->diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
						  "no memory for an imported table");
		}
		return;
	}
	t = f.kind == OCRE_EXTERN_TABLE ? f.instance->tables[f.index] : NULL;
	if (t == NULL || t->type != ocre__vtype(import->type) ||
	    !limits_fit(t->size, &t->limits, &import->limits)) {
		link_error(l, import, "incompatible import type");
		return;
	}
	t->holders++;
	l->i->tables[import->index] = t;
}

static void link_memory(struct linker *l, const struct ocre_extern_info *import)
{
	struct found f;
	struct ocre_memory *m;

	if (l->options->shared_memory != NULL && import->limits.shared) {
		m = l->options->shared_memory;
	} else if (find_instance(l, import, &f)) {
		m = f.kind != OCRE_EXTERN_MEMORY ? NULL
		    : f.instance->module != NULL ? f.instance->memory
						 : f.instance->memories[f.index];
	} else {
		if (!l->options->supply) {
			unknown_import(l, import);
		} else {
			l->status = ocre__memory_create(l->i->store, &import->limits, &l->i->memory,
							l->diag);
		}
		return;
	}
	if (m == NULL || !limits_fit(ocre__memory_pages(m), &m->limits, &import->limits)) {
		link_error(l, import, "incompatible import type");
		return;
	}
	ocre__memory_hold(m);
	l->i->memory = m;
}

/* A global, wherever it is. */
struct place {
	uint32_t *cell;
	uint8_t type;
	bool is_mutable;
};

static struct place global_place(struct ocre_instance *i, uint32_t n)
{
	struct place p;

	if (i->module == NULL) {
		p.cell = i->globals + n * EXTERN_CELLS;
		p.type = ocre__vtype(i->defs[n].type);
		p.is_mutable = i->defs[n].is_mutable;
		return p;
	}
	p.cell = ocre__global_cell(i, n);
	p.type = i->module->globals[n].type;
	p.is_mutable = i->module->globals[n].is_mutable;
	return p;
}

uint32_t *ocre__global_cell(struct ocre_instance *i, uint32_t n)
{
	if (n < i->module->global_imports && i->global_refs[n] != NULL) {
		return i->global_refs[n];
	}
	return i->globals + i->module->globals[n].cell;
}

static void store_value(uint32_t *cell, uint8_t type, const union ocre_value *v)
{
	switch (ocre__cells(type)) {
	case 1:
		*cell = v->i32;
		break;
	case 2:
		memcpy(cell, &v->i64, 8);
		break;
	default:
		memcpy(cell, v->v128, 16);
		break;
	}
}

static void fetch_value(const uint32_t *cell, uint8_t type, union ocre_value *v)
{
	memset(v, 0, sizeof(*v));
	switch (ocre__cells(type)) {
	case 1:
		v->i32 = *cell;
		break;
	case 2:
		memcpy(&v->i64, cell, 8);
		break;
	default:
		memcpy(v->v128, cell, 16);
		break;
	}
}

static void link_global(struct linker *l, const struct ocre_extern_info *import)
{
	struct ocre_instance *i = l->i;
	const struct global *g = &i->module->globals[import->index];
	struct place from = {NULL, T_NONE, false};
	struct found f;

	if (!find_instance(l, import, &f)) {
		if (!l->options->supply) {
			unknown_import(l, import);
		}
		return; /* supplied: its own cell, which is zero */
	}
	if (f.kind == OCRE_EXTERN_GLOBAL) {
		from = global_place(f.instance, f.index);
	}
	if (from.type != g->type || from.is_mutable != g->is_mutable) {
		link_error(l, import, "incompatible import type");
		return;
	}
	if (g->is_mutable) {
		i->global_refs[import->index] = from.cell;
	} else {
		memcpy(i->globals + g->cell, from.cell, ocre__cells(g->type) * sizeof(uint32_t));
	}
}

static void link_tag(struct linker *l, const struct ocre_extern_info *import)
{
	struct found f;
	struct tag *t;

	if (!find_instance(l, import, &f)) {
		unknown_import(l, import);
		return;
	}
	t = f.kind == OCRE_EXTERN_TAG ? f.instance->tags[f.index] : NULL;
	if (t == NULL ||
	    !ocre__same_type(l->i, l->i->module->tags[import->index], t->instance, t->type)) {
		link_error(l, import, "incompatible import type");
		return;
	}
	t->holders++;
	l->i->tags[import->index] = t;
}

static void link_imports(struct linker *l)
{
	struct ocre_extern_info import;
	struct ocre_extern_walk walk;

	ocre_module_imports(l->i->module, &walk);
	while (l->status == 0 && ocre_extern_next(&walk, &import)) {
		switch (import.kind) {
		case OCRE_EXTERN_FUNC:
			link_func(l, &import);
			break;
		case OCRE_EXTERN_TABLE:
			link_table(l, &import);
			break;
		case OCRE_EXTERN_MEMORY:
			link_memory(l, &import);
			break;
		case OCRE_EXTERN_GLOBAL:
			link_global(l, &import);
			break;
		default:
			link_tag(l, &import);
			break;
		}
	}
}

/* ---- initialisation ---- */

static void env_global(const struct const_env *env, uint32_t index, union ocre_value *value)
{
	struct ocre_instance *i = env->instance;

	fetch_value(ocre__global_cell(i, index), i->module->globals[index].type, value);
}

static uint32_t env_func(const struct const_env *env, uint32_t func)
{
	return ocre__func_ref(env->instance, func);
}

static union ocre_value evaluate(struct ocre_instance *i, uint32_t offset, uint8_t type)
{
	struct const_env env = {i, env_global, env_func};
	union ocre_value v;

	ocre__eval_const(i->module, offset, type, &env, &v);
	return v;
}

static void make_globals(struct ocre_instance *i)
{
	for (uint32_t n = i->module->global_imports; n < i->module->global_count; n++) {
		const struct global *g = &i->module->globals[n];
		union ocre_value v = evaluate(i, g->init, g->type);

		store_value(i->globals + g->cell, g->type, &v);
	}
}

static int make_tables_and_memory(struct linker *l)
{
	struct ocre_instance *i = l->i;
	const struct ocre_module *m = i->module;

	for (uint32_t n = m->table_imports; n < m->table_count; n++) {
		int status = ocre__table_create(i->store, &m->tables[n].limits, m->tables[n].type,
						&i->tables[n]);

		if (status != 0) {
			return ocre_diag_set(l->diag, status, OCRE_NO_OFFSET,
					     "no memory for a table of %u entries",
					     m->tables[n].limits.min);
		}
	}
	if (m->memory_count > m->memory_imports) {
		return ocre__memory_create(i->store, &m->memory, &i->memory, l->diag);
	}
	return OCRE_OK;
}

static int make_tags(struct linker *l)
{
	struct ocre_instance *i = l->i;
	const struct ocre_module *m = i->module;

	for (uint32_t n = m->tag_imports; n < m->tag_count; n++) {
		struct tag *t = ocre_mem_alloc(i->store->mem, sizeof(*t));

		if (t == NULL) {
			return OCRE_E_NOMEM;
		}
		t->holders = 1;
		t->mem = i->store->mem;
		t->instance = i;
		t->type = m->tags[n];
		i->tags[n] = t;
	}
	return OCRE_OK;
}

bool ocre__table_fits(const struct ocre_instance *i, uint32_t table, uint32_t segment, uint32_t to,
		      uint32_t from, uint32_t count)
{
	uint32_t length =
		ocre__dropped(i->dropped_elems, segment) ? 0 : i->module->elems[segment].count;
	uint32_t size = i->tables[table]->size;

	return from <= length && count <= length - from && to <= size && count <= size - to;
}

void ocre__table_init(struct ocre_instance *i, uint32_t table, uint32_t segment, uint32_t to,
		      uint32_t from, uint32_t count)
{
	const struct segment *s = &i->module->elems[segment];
	struct table *t = i->tables[table];
	struct reader r = ocre__reader_at(i->module, s->bytes);

	if (count == 0) {
		return;
	}
	/* Elements have no fixed size: pass over those before `from`. */
	for (uint32_t n = 0; n < from + count; n++) {
		uint32_t at = ocre__offset(&r);
		uint32_t ref;

		if (s->exprs) {
			ocre__check_const(i->module, &r, s->type, NULL);
			ref = n >= from ? evaluate(i, at, s->type).ref : 0;
		} else {
			uint32_t func = ocre__read_u32(&r);

			ref = n >= from ? ocre__func_ref(i, func) : 0;
		}
		if (n >= from) {
			t->elems[to + n - from] = ref;
		}
	}
}

static void drop(uint8_t *bits, uint32_t n)
{
	bits[n / 8] |= (uint8_t)(1u << n % 8);
}

static int run_segments(struct linker *l)
{
	struct ocre_instance *i = l->i;
	const struct ocre_module *m = i->module;

	for (uint32_t n = 0; n < m->elem_count; n++) {
		const struct segment *s = &m->elems[n];

		if (s->mode == SEGMENT_ACTIVE) {
			uint32_t to = evaluate(i, s->offset_expr, T_I32).i32;

			if (!ocre__table_fits(i, s->target, n, to, 0, s->count)) {
				return ocre_diag_set(l->diag, OCRE_E_LINK, s->offset_expr,
						     "out of bounds table access");
			}
			ocre__table_init(i, s->target, n, to, 0, s->count);
		}
		if (s->mode != SEGMENT_PASSIVE) {
			drop(i->dropped_elems, n);
		}
	}
	for (uint32_t n = 0; n < m->data_count; n++) {
		const struct segment *s = &m->datas[n];
		uint32_t address;
		uint8_t *to;

		if (s->mode != SEGMENT_ACTIVE) {
			continue;
		}
		address = evaluate(i, s->offset_expr, T_I32).i32;
		if (!ocre__memory_has(i->memory, address, s->count)) {
			return ocre_diag_set(l->diag, OCRE_E_LINK, s->offset_expr,
					     "out of bounds memory access");
		}
		to = ocre__memory_range(i->memory, address, s->count);
		if (to == NULL) {
			return ocre_diag_set(l->diag, OCRE_E_NOMEM, s->offset_expr,
					     "no memory for a data segment of %u bytes", s->count);
		}
		memcpy(to, m->bytes.data + s->bytes, s->count);
		drop(i->dropped_datas, n);
	}
	return OCRE_OK;
}

/* ---- creation ---- */

static bool allocate(void **out, struct ocre_mem *mem, uint32_t count, size_t size)
{
	if (count == 0) {
		return true;
	}
	*out = ocre_mem_alloc_array(mem, count, size);
	return *out != NULL;
}

static bool allocate_parts(struct ocre_instance *i, uint32_t stack_size)
{
	const struct ocre_module *m = i->module;
	struct ocre_mem *mem = i->store->mem;
	uint32_t cells = stack_size / 4;

	if (!allocate((void **)&i->globals, mem, m->global_cells, sizeof(uint32_t)) ||
	    !allocate((void **)&i->bindings, mem, m->func_imports, sizeof(*i->bindings)) ||
	    !allocate((void **)&i->global_refs, mem, m->global_imports, sizeof(*i->global_refs)) ||
	    !allocate((void **)&i->tables, mem, m->table_count, sizeof(*i->tables)) ||
	    !allocate((void **)&i->tags, mem, m->tag_count, sizeof(*i->tags)) ||
	    !allocate((void **)&i->dropped_elems, mem, (m->elem_count + 7) / 8, 1) ||
	    !allocate((void **)&i->dropped_datas, mem, (m->data_count + 7) / 8, 1)) {
		return false;
	}
	/* Not zeroed: frames zero their locals, and a large stack should cost what is used. */
	i->stack = ocre_mem_resize(mem, NULL, 0, cells * sizeof(uint32_t));
	i->stack_cells = i->stack != NULL ? cells : 0;
	i->table_count = m->table_count;
	return i->stack != NULL;
}

int ocre_instance_create(struct ocre_store *store, struct ocre_module *module,
			 const struct ocre_instance_options *options, struct ocre_instance **out,
			 struct ocre_diag *diag)
{
	static const struct ocre_instance_options defaults;
	struct linker l = {NULL, options != NULL ? options : &defaults, diag, 0};
	struct ocre_instance *i = ocre_mem_alloc(store->mem, sizeof(*i));
	uint32_t stack_size = l.options->stack_size;

	if (i == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	i->store = store;
	i->module = module;
	i->heap = l.options->heap;
	i->boundary = UINT32_MAX;
	i->result_func = UINT32_MAX;
	l.i = i;
	if (stack_size == 0) {
		stack_size = OCRE_STACK_DEFAULT;
	}
	if (!allocate_parts(i, stack_size < 256 ? 256 : stack_size)) {
		destroy_instance(i);
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "no memory for an instance with %u bytes of guest stack",
				     stack_size);
	}
	link_imports(&l);
	if (l.status == 0) {
		l.status = make_tables_and_memory(&l);
	}
	if (l.status == 0) {
		l.status = make_tags(&l);
	}
	if (l.status == 0) {
		l.status = add_to_store(store, i);
	}
	if (l.status != 0) {
		destroy_instance(i);
		return ocre_diag_set(diag, l.status, OCRE_NO_OFFSET, "%s",
				     ocre_status_text(l.status));
	}
	make_globals(i);
	ocre__load_instance(&i->x, i);
	l.status = run_segments(&l);
	if (l.status != 0) {
		/* It stays in the store: tables of others may refer to its functions by now. */
		return l.status;
	}
	*out = i;
	return OCRE_OK;
}

struct ocre_module *ocre_instance_module(const struct ocre_instance *instance)
{
	return instance->module;
}

int ocre_instance_from_externs(struct ocre_store *store, const struct ocre_extern_def *defs,
			       uint32_t count, struct ocre_instance **out)
{
	struct ocre_instance *i = ocre_mem_alloc(store->mem, sizeof(*i));
	struct ocre_extern_def *copy = NULL;
	int status = OCRE_OK;

	if (i == NULL) {
		return OCRE_E_NOMEM;
	}
	i->store = store;
	i->boundary = UINT32_MAX;
	if (!allocate((void **)&copy, store->mem, count, sizeof(*copy)) ||
	    !allocate((void **)&i->globals, store->mem, count * EXTERN_CELLS, sizeof(uint32_t)) ||
	    !allocate((void **)&i->memories, store->mem, count, sizeof(*i->memories)) ||
	    !allocate((void **)&i->tables, store->mem, count, sizeof(*i->tables))) {
		status = OCRE_E_NOMEM;
	}
	i->def_count = count;
	i->defs = copy;
	if (copy != NULL) {
		memcpy(copy, defs, count * sizeof(*copy));
	}
	for (uint32_t n = 0; n < count && status == 0; n++) {
		switch (defs[n].kind) {
		case OCRE_EXTERN_TABLE:
			status = ocre__table_create(store, &defs[n].limits,
						    ocre__vtype(defs[n].type), &i->tables[n]);
			break;
		case OCRE_EXTERN_MEMORY:
			status = ocre__memory_create(store, &defs[n].limits, &i->memories[n], NULL);
			break;
		case OCRE_EXTERN_GLOBAL:
			store_value(i->globals + n * EXTERN_CELLS, ocre__vtype(defs[n].type),
				    &defs[n].value);
			break;
		default:
			status = OCRE_E_ARGUMENT;
			break;
		}
	}
	if (status == 0) {
		status = add_to_store(store, i);
	}
	if (status != 0) {
		destroy_instance(i);
		return status;
	}
	*out = i;
	return OCRE_OK;
}

/* ---- looking in from outside ---- */

static bool named_global(struct ocre_instance *i, const char *name, struct found *f)
{
	struct ocre_bytes bytes = {(const uint8_t *)name, strlen(name)};

	return find_export(i, bytes, f) && f->kind == OCRE_EXTERN_GLOBAL;
}

int ocre_instance_global_get(struct ocre_instance *instance, const char *name, uint8_t *type,
			     union ocre_value *value)
{
	struct found f;
	struct place p;

	if (!named_global(instance, name, &f)) {
		return OCRE_E_NOTFOUND;
	}
	p = global_place(instance, f.index);
	*type = ocre__vtype_byte(p.type);
	fetch_value(p.cell, p.type, value);
	return OCRE_OK;
}

int ocre_instance_global_set(struct ocre_instance *instance, const char *name,
			     const union ocre_value *value)
{
	struct found f;
	struct place p;

	if (!named_global(instance, name, &f)) {
		return OCRE_E_NOTFOUND;
	}
	p = global_place(instance, f.index);
	if (!p.is_mutable) {
		return OCRE_E_ACCESS;
	}
	store_value(p.cell, p.type, value);
	return OCRE_OK;
}

uint64_t ocre_instance_memory_size(const struct ocre_instance *instance)
{
	return instance->memory != NULL ? (uint64_t)ocre__memory_pages(instance->memory) * OCRE_PAGE
					: 0;
}

uint32_t ocre_instance_memory_grow(struct ocre_instance *instance, uint32_t pages)
{
	struct ocre_memory *m = instance->memory;

	return m != NULL ? ocre__memory_grow(m, pages, true) : UINT32_MAX;
}

size_t ocre_instance_memory_committed(const struct ocre_instance *instance)
{
	return instance->memory != NULL ? ocre__memory_committed(instance->memory) : 0;
}

struct ocre_memory *ocre_instance_memory_share(struct ocre_instance *instance)
{
	struct ocre_memory *m = instance->memory;

	for (uint32_t n = 0; instance->module == NULL && n < instance->def_count; n++) {
		if (m == NULL && instance->memories[n] != NULL &&
		    instance->memories[n]->limits.shared) {
			m = instance->memories[n];
		}
	}
	if (m == NULL || !m->limits.shared) {
		return NULL;
	}
	ocre__memory_hold(m);
	return m;
}

void ocre_memory_release(struct ocre_memory *memory)
{
	ocre__memory_release(memory);
}

void *ocre_instance_memory(struct ocre_instance *instance, uint32_t addr, uint32_t size)
{
	return instance->memory != NULL ? ocre__memory_range(instance->memory, addr, size) : NULL;
}
