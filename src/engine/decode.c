/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - reads a module's sections (5.5) and validates everything but function bodies, which
 * check.c does. Holds positions, not copies.
 */
#include "decode.h"

#include <string.h>

#include "config.h"

struct decoder {
	struct ocre_module *m;
	struct ocre_diag *diag;
	struct reader r; /* of the whole module, then of the section */
	int status;
};

/* ---- errors ---- */

static void fail_at(struct decoder *d, int status, uint32_t offset, const char *text)
{
	if (d->status == 0) {
		d->status = ocre_diag_set(d->diag, status, offset, "%s", text);
	}
	d->r.at = d->r.end;
}

static void malformed(struct decoder *d, const char *text)
{
	fail_at(d, OCRE_E_MALFORMED, ocre__offset(&d->r), text);
}

static void invalid(struct decoder *d, uint32_t offset, const char *text)
{
	fail_at(d, OCRE_E_INVALID, offset, text);
}

static void no_memory(struct decoder *d)
{
	fail_at(d, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory while loading the module");
}

/* Take over what the reader found. True when all is well. */
static bool good(struct decoder *d)
{
	if (d->status == 0 && d->r.error != NULL) {
		fail_at(d, OCRE_E_MALFORMED, d->r.error_offset, d->r.error);
	}
	return d->status == 0;
}

static void uses(struct decoder *d, uint32_t feature)
{
	d->m->features |= feature;
	if (!ocre__built(feature) && good(d)) {
		d->status = ocre__left_out(feature, ocre__offset(&d->r), d->diag);
		d->r.at = d->r.end;
	}
}

static void *allocate(struct decoder *d, uint32_t count, size_t size)
{
	void *ptr;

	if (count == 0) {
		return NULL;
	}
	ptr = ocre_mem_alloc_array(d->m->mem, count, size);
	if (ptr == NULL) {
		no_memory(d);
	}
	return ptr;
}

/* A count of things that take at least one byte each; `max` is this implementation's limit. */
static uint32_t read_count(struct decoder *d, uint32_t max, const char *what)
{
	uint32_t at = ocre__offset(&d->r);
	uint32_t count = ocre__read_u32(&d->r);

	if (d->r.error == NULL && count > (size_t)(d->r.end - d->r.at)) {
		ocre__read_fail(&d->r, "unexpected end");
	}
	if (!good(d)) {
		return 0;
	}
	if (count > max) {
		fail_at(d, OCRE_E_LIMIT, at, what);
		return 0;
	}
	return count;
}

/* ---- sorting, to find equal things: whatever they are, it takes n log n steps ---- */

typedef bool ordered(const struct ocre_module *m, uint32_t a, uint32_t b); /* a before b */

/* Let items[at] sink to where it belongs in the heap. */
static void sink(const struct ocre_module *m, uint32_t *items, uint32_t at, uint32_t count,
		 ordered *before)
{
	uint32_t item = items[at];

	while (at < count / 2) {
		uint32_t child = 2 * at + 1;

		if (child + 1 < count && before(m, items[child], items[child + 1])) {
			child++;
		}
		if (!before(m, item, items[child])) {
			break;
		}
		items[at] = items[child];
		at = child;
	}
	items[at] = item;
}

static void sort(const struct ocre_module *m, uint32_t *items, uint32_t count, ordered *before)
{
	for (uint32_t at = count / 2; at > 0; at--) {
		sink(m, items, at - 1, count, before);
	}
	while (count > 1) {
		uint32_t last = items[--count];

		items[count] = items[0];
		items[0] = last;
		sink(m, items, 0, count, before);
	}
}

/* ---- types ---- */

#define REF_NULL 0x63 /* a heap type follows */

uint8_t ocre__vtype(uint8_t byte)
{
	switch (byte) {
	case OCRE_I32:
		return T_I32;
	case OCRE_I64:
		return T_I64;
	case OCRE_F32:
		return T_F32;
	case OCRE_F64:
		return T_F64;
	case OCRE_V128:
		return OCRE_ENGINE_SIMD ? T_V128 : T_NONE;
	case OCRE_FUNCREF:
		return T_FUNCREF;
	case OCRE_EXTERNREF:
		return T_EXTERNREF;
	case OCRE_EXNREF:
		return OCRE_ENGINE_EXCEPTIONS ? T_EXNREF : T_NONE;
	default:
		return T_NONE;
	}
}

uint8_t ocre__read_vtype(struct reader *r)
{
	uint8_t byte = ocre__read_u8(r);

	if (OCRE_ENGINE_EXCEPTIONS && byte == REF_NULL && r->at < r->end && *r->at == OCRE_EXNREF) {
		byte = *r->at++;
	}
	return ocre__vtype(byte);
}

uint32_t ocre__vtype_feature(uint8_t byte)
{
	return byte == OCRE_V128				? FEATURE_SIMD
	       : byte == OCRE_EXNREF				? FEATURE_EXCEPTIONS
	       : byte == OCRE_FUNCREF || byte == OCRE_EXTERNREF ? FEATURE_REFERENCES
								: 0u;
}

uint8_t ocre__vtype_byte(uint8_t type)
{
	static const uint8_t bytes[] = {0,	    OCRE_I32,  OCRE_I64,     OCRE_F32,
					OCRE_F64,   OCRE_V128, OCRE_FUNCREF, OCRE_EXTERNREF,
					OCRE_EXNREF};

	return bytes[type];
}

const char *ocre__vtype_name(uint8_t type)
{
	static const char *const names[] = {"any",  "i32",     "i64",	    "f32",   "f64",
					    "v128", "funcref", "externref", "exnref"};

	return names[type];
}

static uint8_t read_value_type(struct decoder *d)
{
	uint8_t type = ocre__read_vtype(&d->r);

	if (!good(d)) {
		return T_NONE;
	}
	uses(d, ocre__vtype_feature(d->r.at[-1]));
	if (type == T_NONE && good(d)) {
		d->r.at--;
		malformed(d, "malformed value type");
	}
	return type;
}

static uint8_t read_ref_type(struct decoder *d)
{
	uint8_t type = ocre__read_vtype(&d->r);

	if (type < T_FUNCREF && good(d)) {
		d->r.at--;
		malformed(d, "malformed reference type");
	}
	if (type != T_FUNCREF) {
		uses(d, FEATURE_REFERENCES);
	}
	return type;
}

static void read_types_of(struct decoder *d, uint32_t count)
{
	for (uint32_t i = 0; i < count && good(d); i++) {
		d->m->type_bytes[d->m->type_byte_count++] = read_value_type(d);
	}
}

static int compare_types(const struct ocre_module *m, uint32_t a, uint32_t b)
{
	const struct func_type *x = &m->types[a];
	const struct func_type *y = &m->types[b];

	if (x->params != y->params) {
		return x->params - y->params;
	}
	if (x->results != y->results) {
		return x->results - y->results;
	}
	return memcmp(m->type_bytes + x->types, m->type_bytes + y->types,
		      (size_t)x->params + x->results);
}

static bool type_before(const struct ocre_module *m, uint32_t a, uint32_t b)
{
	int order = compare_types(m, a, b);

	return order != 0 ? order < 0 : a < b;
}

static void canonical_types(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t *sorted = good(d) ? allocate(d, m->type_count, sizeof(*sorted)) : NULL;
	uint32_t first = 0;

	if (sorted == NULL) {
		return;
	}
	for (uint32_t i = 0; i < m->type_count; i++) {
		sorted[i] = i;
	}
	sort(m, sorted, m->type_count, type_before);
	for (uint32_t i = 0; i < m->type_count; i++) {
		if (i == 0 || compare_types(m, first, sorted[i]) != 0) {
			first = sorted[i];
		}
		m->types[sorted[i]].canonical = first;
	}
	ocre_mem_free(m->mem, sorted, m->type_count * sizeof(*sorted));
}

/* The same types in their public encoding, for ocre_func_type. */
static void publish_types(struct decoder *d)
{
	struct ocre_module *m = d->m;

	m->public_types = good(d) ? allocate(d, m->type_byte_count, 1) : NULL;
	for (uint32_t i = 0; m->public_types != NULL && i < m->type_byte_count; i++) {
		m->public_types[i] = ocre__vtype_byte(m->type_bytes[i]);
	}
}

static void read_type_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_TYPES, "too many types");
	size_t bytes = (size_t)(d->r.end - d->r.at);

	m->types = allocate(d, count, sizeof(*m->types));
	m->type_bytes = count > 0 ? allocate(d, (uint32_t)bytes, 1) : NULL;
	if (!good(d)) {
		ocre_mem_free(m->mem, m->type_bytes, bytes);
		m->type_bytes = NULL;
		m->type_count = m->types != NULL ? count : 0;
		return;
	}
	m->type_count = count;
	for (uint32_t i = 0; i < count && good(d); i++) {
		struct func_type *t = &m->types[i];
		uint32_t form = ocre__read_u8(&d->r);
		uint32_t params;
		uint32_t results;

		if (form != 0x60 && good(d)) {
			d->r.at--;
			malformed(d, form >= 0x80 ? "integer representation too long"
						  : "malformed functype");
		}
		t->types = m->type_byte_count;
		params = read_count(d, OCRE_MAX_PARAMS, "too many parameters");
		read_types_of(d, params);
		results = read_count(d, OCRE_MAX_RESULTS, "too many results");
		read_types_of(d, results);
		if (!good(d)) {
			break;
		}
		t->params = (uint16_t)params;
		t->results = (uint16_t)results;
		t->param_cells = (uint16_t)ocre__types_cells(m->type_bytes + t->types, params);
		t->result_cells =
			(uint16_t)ocre__types_cells(m->type_bytes + t->types + params, results);
		if (results > 1) {
			uses(d, FEATURE_MULTI_VALUE);
		}
	}
	if (m->type_byte_count < bytes && m->type_bytes != NULL) {
		uint8_t *exact =
			ocre_mem_resize(m->mem, m->type_bytes, bytes, m->type_byte_count + 1u);

		if (exact == NULL) {
			ocre_mem_free(m->mem, m->type_bytes, bytes);
			m->type_byte_count = 0;
			m->type_bytes = NULL;
			no_memory(d);
			return;
		}
		m->type_bytes = exact;
		m->type_byte_count++;
	}
	canonical_types(d);
	publish_types(d);
}

static uint32_t read_type_index(struct decoder *d)
{
	uint32_t at = ocre__offset(&d->r);
	uint32_t index = ocre__read_u32(&d->r);

	if (good(d) && index >= d->m->type_count) {
		invalid(d, at, "unknown type");
	}
	return index;
}

/* ---- limits, tables, memories, globals, tags ---- */

static struct ocre_limits read_limits(struct decoder *d, uint32_t most, const char *too_large,
				      bool may_share)
{
	struct ocre_limits limits = {0, UINT32_MAX, false};
	uint32_t at = ocre__offset(&d->r);
	uint32_t flags = ocre__read_u8(&d->r);

	if (flags > (may_share ? 3u : 1u) && good(d)) {
		d->r.at--;
		malformed(d,
			  flags >= 0x80 ? "integer representation too long" : "integer too large");
		return limits;
	}
	limits.min = ocre__read_u32(&d->r);
	if ((flags & 1) != 0) {
		limits.max = ocre__read_u32(&d->r);
	}
	limits.shared = (flags & 2) != 0;
	if (!good(d)) {
		return limits;
	}
	if (limits.min > most || ((flags & 1) != 0 && limits.max > most)) {
		invalid(d, at, too_large);
	} else if ((flags & 1) != 0 && limits.min > limits.max) {
		invalid(d, at, "size minimum must not be greater than maximum");
	} else if (limits.shared && (flags & 1) == 0) {
		invalid(d, at, "shared memory must have maximum");
	}
	if (limits.shared) {
		uses(d, FEATURE_THREADS);
	}
	return limits;
}

static void read_table_type(struct decoder *d, struct table_type *t)
{
	t->type = read_ref_type(d);
	if (good(d)) {
		t->limits = read_limits(d, UINT32_MAX, "table size", false);
	}
}

static struct ocre_limits read_memory_type(struct decoder *d)
{
	return read_limits(d, 65536, "memory size must be at most 65536 pages (4GiB)", true);
}

static void read_global_type(struct decoder *d, struct global *g)
{
	uint32_t mutable;

	g->type = read_value_type(d);
	mutable = ocre__read_u8(&d->r);
	if (good(d) && mutable > 1) {
		d->r.at--;
		malformed(d, "malformed mutability");
	}
	g->is_mutable = mutable == 1;
}

static uint32_t read_tag_type(struct decoder *d)
{
	uint32_t at = ocre__offset(&d->r);
	uint32_t type;

	if (ocre__read_u8(&d->r) != 0 && good(d)) {
		malformed(d, "malformed tag attribute");
	}
	type = read_type_index(d);
	if (good(d) && d->m->types[type].results != 0) {
		invalid(d, at, "non-empty tag result type");
	}
	return type;
}

static void place_global(struct ocre_module *m, struct global *g)
{
	g->cell = m->global_cells;
	m->global_cells += ocre__cells(g->type);
}

/* ---- imports ---- */

/* Count (first pass) or keep (second) one import of each kind. */
static void read_import(struct decoder *d, bool keep)
{
	struct ocre_module *m = d->m;
	uint32_t at = ocre__offset(&d->r);
	uint32_t kind;

	ocre__read_name(&d->r);
	ocre__read_name(&d->r);
	kind = ocre__read_u8(&d->r);
	if (!good(d)) {
		return;
	}
	switch (kind) {
	case OCRE_EXTERN_FUNC: {
		uint32_t type = read_type_index(d);

		if (keep) {
			m->funcs[m->func_count].type = m->types[type].canonical;
			m->funcs[m->func_count].body = at;
		}
		m->func_count++;
		break;
	}
	case OCRE_EXTERN_TABLE: {
		struct table_type t = {0};

		read_table_type(d, &t);
		if (keep) {
			m->tables[m->table_count] = t;
		}
		m->table_count++;
		if (m->table_count > 1) {
			uses(d, FEATURE_REFERENCES);
		}
		break;
	}
	case OCRE_EXTERN_MEMORY:
		m->memory = read_memory_type(d);
		m->memory_count++;
		break;
	case OCRE_EXTERN_GLOBAL: {
		struct global g = {0};

		read_global_type(d, &g);
		g.imported = true;
		if (keep) {
			m->globals[m->global_count] = g;
			place_global(m, &m->globals[m->global_count]);
			if (g.is_mutable) {
				uses(d, FEATURE_MUTABLE_GLOBALS);
			}
		}
		m->global_count++;
		break;
	}
	case OCRE_EXTERN_TAG:
		if (OCRE_ENGINE_EXCEPTIONS) {
			uint32_t type = read_tag_type(d);

			if (keep) {
				m->tags[m->tag_count] = type;
			}
			m->tag_count++;
			break;
		}
		/* fall through */
	default:
		d->r.at--;
		malformed(d, "malformed import kind");
	}
}

static void read_import_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many imports");
	const uint8_t *first = d->r.at;

	m->import_section = ocre__offset(&d->r);
	for (uint32_t i = 0; i < count && good(d); i++) {
		read_import(d, false);
	}
	if (!good(d)) {
		m->func_count = m->table_count = m->global_count = m->tag_count = 0;
		return;
	}
	m->funcs = allocate(d, m->func_count, sizeof(*m->funcs));
	m->func_imports = m->func_count;
	m->tables = allocate(d, m->table_count, sizeof(*m->tables));
	m->table_imports = m->table_count;
	m->globals = allocate(d, m->global_count, sizeof(*m->globals));
	m->global_imports = m->global_count;
	m->tags = allocate(d, m->tag_count, sizeof(*m->tags));
	m->tag_imports = m->tag_count;
	m->memory_imports = m->memory_count;
	if (!good(d)) {
		return; /* unload frees by the counts: arrays that are NULL are skipped */
	}
	m->import_count = count;
	m->func_count = m->table_count = m->memory_count = m->global_count = m->tag_count = 0;
	d->r.at = first;
	for (uint32_t i = 0; i < count; i++) {
		read_import(d, true);
	}
	if (m->memory_count > 1) {
		invalid(d, m->import_section, "multiple memories");
	}
}

/* ---- the other sections that declare things ---- */

/*
 * Make an array longer; the old one stays on failure. *count only changes when it worked, so that
 * what is freed is what was allocated.
 */
static bool lengthen(struct decoder *d, void **array, uint32_t *count, uint32_t more, size_t size)
{
	void *longer;

	if (more == 0) {
		return true;
	}
	longer = ocre_mem_resize(d->m->mem, *array, *count * size, ((size_t)*count + more) * size);
	if (longer == NULL) {
		no_memory(d);
		return false;
	}
	memset((uint8_t *)longer + *count * size, 0, more * size);
	*array = longer;
	*count += more;
	return true;
}

static void read_function_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many functions");
	uint32_t first = m->func_count;
	void *funcs = m->funcs;

	if (good(d) && count > OCRE_MAX_FUNCS - first) {
		fail_at(d, OCRE_E_LIMIT, ocre__offset(&d->r), "too many functions");
	}
	if (!good(d) || !lengthen(d, &funcs, &m->func_count, count, sizeof(*m->funcs))) {
		return;
	}
	m->funcs = funcs;
	for (uint32_t i = 0; i < count && good(d); i++) {
		uint32_t type = read_type_index(d);

		if (good(d)) {
			m->funcs[first + i].type = m->types[type].canonical;
		}
	}
}

static void read_table_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_TABLES, "too many tables");
	uint32_t first = m->table_count;
	void *tables = m->tables;

	if (!good(d) || !lengthen(d, &tables, &m->table_count, count, sizeof(*m->tables))) {
		return;
	}
	m->tables = tables;
	for (uint32_t i = 0; i < count && good(d); i++) {
		read_table_type(d, &m->tables[first + i]);
	}
	if (m->table_count > 1) {
		uses(d, FEATURE_REFERENCES);
	}
}

static void read_memory_section(struct decoder *d)
{
	uint32_t at = ocre__offset(&d->r);
	uint32_t count = read_count(d, 100000, "too many memories");

	for (uint32_t i = 0; i < count && good(d); i++) {
		d->m->memory = read_memory_type(d);
		d->m->memory_count++;
	}
	if (good(d) && d->m->memory_count > 1) {
		invalid(d, at, "multiple memories");
	}
}

static void read_tag_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many tags");
	uint32_t first = m->tag_count;
	void *tags = m->tags;

	if (!good(d) || !lengthen(d, &tags, &m->tag_count, count, sizeof(*m->tags))) {
		return;
	}
	m->tags = tags;
	for (uint32_t i = 0; i < count && good(d); i++) {
		m->tags[first + i] = read_tag_type(d);
	}
}

static void check_const(struct decoder *d, uint8_t type)
{
	int status = ocre__check_const(d->m, &d->r, type, d->diag);

	if (status != 0 && d->status == 0) {
		d->status = status;
		d->r.at = d->r.end;
	}
}

static void read_global_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many globals");
	uint32_t first = m->global_count;
	void *globals = m->globals;

	if (!good(d) || !lengthen(d, &globals, &m->global_count, count, sizeof(*m->globals))) {
		return;
	}
	m->globals = globals;
	for (uint32_t i = 0; i < count && good(d); i++) {
		struct global *g = &m->globals[first + i];

		read_global_type(d, g);
		g->init = ocre__offset(&d->r);
		if (good(d)) {
			check_const(d, g->type);
			place_global(m, g);
		}
	}
}

/* ---- exports and start ---- */

void ocre__declare_func(struct ocre_module *m, uint32_t func)
{
	m->declared[func / 8] |= (uint8_t)(1u << func % 8);
}

static uint32_t index_space(const struct ocre_module *m, uint32_t kind, const char **unknown)
{
	switch (kind) {
	case OCRE_EXTERN_FUNC:
		*unknown = "unknown function";
		return m->func_count;
	case OCRE_EXTERN_TABLE:
		*unknown = "unknown table";
		return m->table_count;
	case OCRE_EXTERN_MEMORY:
		*unknown = "unknown memory";
		return m->memory_count;
	case OCRE_EXTERN_GLOBAL:
		*unknown = "unknown global";
		return m->global_count;
	default:
		*unknown = "unknown tag";
		return m->tag_count;
	}
}

/* The name of an export whose entry begins at `at` bytes. */
static struct ocre_bytes export_name(const struct ocre_module *m, uint32_t at)
{
	struct reader r = {m->bytes.data, m->bytes.data + at, m->bytes.data + m->bytes.size, NULL,
			   0};

	return ocre__read_name(&r);
}

static int compare_names(const struct ocre_module *m, uint32_t a, uint32_t b)
{
	struct ocre_bytes x = export_name(m, a);
	struct ocre_bytes y = export_name(m, b);

	if (x.size != y.size) {
		return x.size < y.size ? -1 : 1;
	}
	return x.size > 0 ? memcmp(x.data, y.data, x.size) : 0;
}

static bool name_before(const struct ocre_module *m, uint32_t a, uint32_t b)
{
	int order = compare_names(m, a, b);

	return order != 0 ? order < 0 : a < b;
}

/* `entries`: where each begins. */
static void check_names(struct decoder *d, uint32_t *entries, uint32_t count)
{
	uint32_t second = UINT32_MAX;

	sort(d->m, entries, count, name_before);
	for (uint32_t i = 1; i < count; i++) {
		if (entries[i] < second && compare_names(d->m, entries[i - 1], entries[i]) == 0) {
			second = entries[i];
		}
	}
	if (second != UINT32_MAX) {
		invalid(d, second, "duplicate export name");
	}
}

static void read_export(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t at = ocre__offset(&d->r);
	uint32_t kind;
	uint32_t index;
	const char *unknown;

	ocre__read_name(&d->r);
	kind = ocre__read_u8(&d->r);
	index = ocre__read_u32(&d->r);
	if (!good(d)) {
		return;
	}
	if (kind > (OCRE_ENGINE_EXCEPTIONS ? OCRE_EXTERN_TAG : OCRE_EXTERN_GLOBAL)) {
		malformed(d, "malformed export kind");
		return;
	}
	if (index >= index_space(m, kind, &unknown)) {
		invalid(d, at, unknown);
		return;
	}
	if (kind == OCRE_EXTERN_FUNC) {
		ocre__declare_func(m, index);
	}
	if (kind == OCRE_EXTERN_GLOBAL && m->globals[index].is_mutable) {
		uses(d, FEATURE_MUTABLE_GLOBALS);
	}
}

static void read_export_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many exports");
	uint32_t *entries;

	m->export_section = ocre__offset(&d->r);
	entries = good(d) ? allocate(d, count, sizeof(*entries)) : NULL;
	for (uint32_t i = 0; i < count && good(d); i++) {
		entries[i] = ocre__offset(&d->r);
		read_export(d);
	}
	if (good(d) && count > 0) {
		check_names(d, entries, count);
	}
	ocre_mem_free(m->mem, entries, count * sizeof(*entries));
	if (good(d)) {
		m->export_count = count;
	}
}

static void read_start_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t at = ocre__offset(&d->r);
	uint32_t func = ocre__read_u32(&d->r);

	if (!good(d)) {
		return;
	}
	if (func >= m->func_count) {
		invalid(d, at, "unknown function");
		return;
	}
	if (ocre__func_type(m, func)->params != 0 || ocre__func_type(m, func)->results != 0) {
		invalid(d, at, "start function");
		return;
	}
	m->start = func;
}

/* ---- segments ---- */

static void read_elem_items(struct decoder *d, struct segment *s)
{
	struct ocre_module *m = d->m;

	s->count = read_count(d, OCRE_MAX_TABLE, "too many elements");
	s->bytes = ocre__offset(&d->r);
	for (uint32_t i = 0; i < s->count && good(d); i++) {
		if (s->exprs) {
			check_const(d, s->type);
			continue;
		}
		uint32_t at = ocre__offset(&d->r);
		uint32_t func = ocre__read_u32(&d->r);

		if (good(d) && func >= m->func_count) {
			invalid(d, at, "unknown function");
		} else if (good(d)) {
			ocre__declare_func(m, func);
		}
	}
}

/* 5.5.12: bit 0 passive or declared, bit 1 explicit table or declared, bit 2 expressions. */
static void read_elem(struct decoder *d, struct segment *s)
{
	struct ocre_module *m = d->m;
	uint32_t at = ocre__offset(&d->r);
	uint32_t flags = ocre__read_u32(&d->r);

	if (good(d) && flags > 7) {
		malformed(d, "malformed elements segment kind");
	}
	if (flags > 0) {
		uses(d, FEATURE_BULK);
	}
	s->exprs = (flags & 4) != 0;
	s->type = T_FUNCREF;
	s->mode = (flags & 1) == 0   ? SEGMENT_ACTIVE
		  : (flags & 2) != 0 ? SEGMENT_DECLARED
				     : SEGMENT_PASSIVE;
	if (s->mode == SEGMENT_ACTIVE) {
		s->target = (flags & 2) != 0 ? ocre__read_u32(&d->r) : 0;
		if (good(d) && s->target >= m->table_count) {
			invalid(d, at, "unknown table");
			return;
		}
		s->offset_expr = ocre__offset(&d->r);
		check_const(d, T_I32);
	}
	if ((flags & 3) != 0) {
		if (s->exprs) {
			s->type = read_ref_type(d);
		} else if (ocre__read_u8(&d->r) != 0 && good(d)) {
			malformed(d, "malformed element kind");
		}
	}
	if (good(d) && s->mode == SEGMENT_ACTIVE && m->tables[s->target].type != s->type) {
		invalid(d, at, "type mismatch");
		return;
	}
	if (good(d)) {
		read_elem_items(d, s);
	}
}

static void read_elem_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many element segments");

	m->elems = allocate(d, count, sizeof(*m->elems));
	m->elem_count = m->elems != NULL ? count : 0;
	for (uint32_t i = 0; i < m->elem_count && good(d); i++) {
		read_elem(d, &m->elems[i]);
	}
}

static void read_data(struct decoder *d, struct segment *s)
{
	uint32_t at = ocre__offset(&d->r);
	uint32_t flags = ocre__read_u32(&d->r);

	if (good(d) && flags > 2) {
		malformed(d, "malformed data segment kind");
		return;
	}
	if (flags > 0) {
		uses(d, FEATURE_BULK);
	}
	s->mode = flags == 1 ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
	if (s->mode == SEGMENT_ACTIVE) {
		s->target = flags == 2 ? ocre__read_u32(&d->r) : 0;
		if (good(d) && s->target >= d->m->memory_count) {
			invalid(d, at, "unknown memory");
			return;
		}
		s->offset_expr = ocre__offset(&d->r);
		check_const(d, T_I32);
	}
	s->count = ocre__read_u32(&d->r);
	s->bytes = ocre__offset(&d->r);
	if (good(d)) {
		ocre__read_bytes(&d->r, s->count);
	}
}

static void read_data_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, 1000000, "too many data segments");

	if (good(d) && m->has_data_count && count != m->data_count_section) {
		malformed(d, "data count and data section have inconsistent lengths");
	}
	if (!good(d)) {
		return;
	}
	m->datas = allocate(d, count, sizeof(*m->datas));
	m->data_count = m->datas != NULL ? count : 0;
	for (uint32_t i = 0; i < m->data_count && good(d); i++) {
		read_data(d, &m->datas[i]);
	}
}

static void read_data_count_section(struct decoder *d)
{
	d->m->data_count_section = ocre__read_u32(&d->r);
	d->m->has_data_count = true;
	uses(d, FEATURE_BULK);
}

/* ---- code ---- */

static void read_code_section(struct decoder *d)
{
	struct ocre_module *m = d->m;
	uint32_t count = read_count(d, OCRE_MAX_FUNCS, "too many functions");

	if (!good(d)) {
		return;
	}
	if (count != m->func_count - m->func_imports) {
		malformed(d, "function and code section have inconsistent lengths");
		return;
	}
	m->code_section = ocre__offset(&d->r);
	for (uint32_t i = m->func_imports; i < m->func_count && good(d); i++) {
		uint32_t size = ocre__read_u32(&d->r);

		m->funcs[i].body = ocre__offset(&d->r);
		ocre__read_bytes(&d->r, size);
		m->funcs[i].end = ocre__offset(&d->r);
	}
}

/*
 * Preparing is the pass that checks, so a small module is prepared right away: that costs little
 * more than checking, and the first call of a function nothing. Should memory be short, it is only
 * checked, like a large one.
 */
static bool prepares_at_load(const struct ocre_module *m)
{
	uint32_t size = m->funcs[m->func_count - 1].end - m->code_section;
	uint32_t limit = m->options.prepare_at_load;

	if (limit == OCRE_PREPARE_DEFAULT) {
		limit = OCRE_ENGINE_PREPARE_AT_LOAD;
	}
	return size <= limit && (m->options.code_cache == 0 || size <= m->options.code_cache / 3);
}

static void check_functions(struct decoder *d)
{
	struct ocre_module *m = d->m;
	struct ocre_diag unused = {0};
	struct checker *c;
	bool prepare;

	if (good(d) && m->options.stored_code.data != NULL) {
		d->status = ocre__stored_use(m, d->diag);
		return;
	}
	if (!good(d) || m->func_count == m->func_imports) {
		return;
	}
	d->status = ocre__checker_create(m, d->diag, &c);
	if (d->status != 0) {
		return;
	}
	prepare = prepares_at_load(m);
	for (uint32_t i = m->func_imports; i < m->func_count && d->status == 0; i++) {
		if (prepare && ocre__prepare_at_load(c, i, &unused) == OCRE_OK) {
			continue;
		}
		if (prepare) {
			ocre__module_free_code(m);
			prepare = false;
		}
		d->status = ocre__check_func(c, i);
	}
	ocre__checker_destroy(c);
}

/* ---- sections ---- */

static void read_custom_section(struct decoder *d)
{
	struct ocre_bytes name = ocre__read_name(&d->r);

	if (d->r.error == NULL && name.size == 4 && memcmp(name.data, "name", 4) == 0) {
		d->m->name_section = ocre__offset(&d->r);
		d->m->name_section_end = (uint32_t)(d->r.end - d->r.start);
	}
	d->r.at = d->r.end;
}

enum {
	SECTION_CUSTOM,
	SECTION_CODE = 10,
	SECTION_DATA = 11,
	SECTION_TAG = 13,
	SECTION_COUNT
};

static void (*const section_readers[SECTION_COUNT])(struct decoder *) = {
	read_custom_section,	 read_type_section,   read_import_section, read_function_section,
	read_table_section,	 read_memory_section, read_global_section, read_export_section,
	read_start_section,	 read_elem_section,   read_code_section,   read_data_section,
	read_data_count_section, read_tag_section,
};

/* Where a section stands in the order that modules must keep. */
static const uint8_t section_order[SECTION_COUNT] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11, 6};

static void read_section(struct decoder *d, uint32_t *last)
{
	struct reader whole = d->r;
	uint32_t at = ocre__offset(&whole);
	uint32_t id = ocre__read_u8(&whole);
	uint32_t size = ocre__read_u32(&whole);

	if (whole.error == NULL && size > (size_t)(whole.end - whole.at)) {
		ocre__read_fail(&whole, "length out of bounds");
	}
	d->r = whole;
	if (!good(d)) {
		return;
	}
	if (id >= SECTION_COUNT || (id == SECTION_TAG && !OCRE_ENGINE_EXCEPTIONS)) {
		fail_at(d, OCRE_E_MALFORMED, at, "malformed section id");
		return;
	}
	if (id != SECTION_CUSTOM) {
		if (section_order[id] <= *last) {
			fail_at(d, OCRE_E_MALFORMED, at, "unexpected content after last section");
			return;
		}
		*last = section_order[id];
	}
	if (id >= 6 && d->m->declared == NULL && d->m->func_count > 0) {
		d->m->declared = allocate(d, (d->m->func_count + 7) / 8, 1);
	}
	d->r.end = whole.at + size;
	if (good(d)) {
		section_readers[id](d);
	}
	if (good(d) && d->r.at != d->r.end) {
		malformed(d, "section size mismatch");
	}
	whole.at += size;
	d->r.at = whole.at;
	d->r.end = whole.end;
}

static void read_module(struct decoder *d)
{
	struct ocre_module *m = d->m;
	const uint8_t *p = d->r.at;
	uint32_t last = 0;

	if (m->bytes.size < 4 || memcmp(p, "\0asm", 4) != 0) {
		malformed(d, m->bytes.size < 4 ? "unexpected end" : "magic header not detected");
		return;
	}
	d->r.at += 4;
	if (m->bytes.size < 8 || memcmp(p + 4, "\1\0\0\0", 4) != 0) {
		malformed(d, m->bytes.size < 8 ? "unexpected end" : "unknown binary version");
		return;
	}
	d->r.at += 4;
	while (d->status == 0 && d->r.at < d->r.end) {
		read_section(d, &last);
	}
	if (!good(d)) {
		return;
	}
	if (m->table_count > OCRE_MAX_TABLES) {
		fail_at(d, OCRE_E_LIMIT, ocre__offset(&d->r), "too many tables");
	} else if (m->code_section == 0 && m->func_count != m->func_imports) {
		malformed(d, "function and code section have inconsistent lengths");
	} else if (m->has_data_count && m->datas == NULL && m->data_count_section != 0) {
		malformed(d, "data count and data section have inconsistent lengths");
	}
}

/* A declared bit for each function, also when no section after the functions asked for it. */
static void make_tables(struct decoder *d)
{
	struct ocre_module *m = d->m;

	if (good(d) && m->declared == NULL) {
		m->declared = allocate(d, (m->func_count + 7) / 8, 1);
	}
	m->codes = allocate(d, m->func_count + 1, sizeof(*m->codes));
}

/* ---- public ---- */

void ocre_module_unload(struct ocre_module *m)
{
	struct ocre_mem *mem;

	if (m == NULL) {
		return;
	}
	mem = m->mem;
	ocre__module_free_code(m);
	ocre_mem_free(mem, (void *)m->codes, (m->func_count + 1) * sizeof(*m->codes));
	ocre_mem_free(mem, m->declared, (m->func_count + 7) / 8);
	ocre_mem_free(mem, m->datas, m->data_count * sizeof(*m->datas));
	ocre_mem_free(mem, m->elems, m->elem_count * sizeof(*m->elems));
	ocre_mem_free(mem, m->tags, m->tag_count * sizeof(*m->tags));
	ocre_mem_free(mem, m->globals, m->global_count * sizeof(*m->globals));
	ocre_mem_free(mem, m->tables, m->table_count * sizeof(*m->tables));
	ocre_mem_free(mem, m->funcs, m->func_count * sizeof(*m->funcs));
	ocre_mem_free(mem, m->public_types, m->type_byte_count);
	ocre_mem_free(mem, m->type_bytes, m->type_byte_count);
	ocre_mem_free(mem, m->types, m->type_count * sizeof(*m->types));
	ocre_mem_free(mem, m, sizeof(*m));
}

int ocre_module_load(struct ocre_mem *mem, struct ocre_bytes bytes,
		     const struct ocre_module_options *options, struct ocre_module **out,
		     struct ocre_diag *diag)
{
	struct decoder d = {0};

	if (bytes.size > UINT32_MAX - 1) {
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "module larger than 4 GiB");
	}
	d.diag = diag;
	d.m = ocre_mem_alloc(mem, sizeof(*d.m));
	if (d.m == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "out of memory while loading the module");
	}
	d.m->mem = mem;
	d.m->bytes = bytes;
	d.m->start = UINT32_MAX;
	if (options != NULL) {
		d.m->options = *options;
	}
	d.r.start = bytes.data;
	d.r.at = bytes.data;
	d.r.end = bytes.data + bytes.size;
	if (d.m->options.stored_code.data != NULL) {
		d.status = ocre__stored_check(d.m, diag);
	}
	if (d.status == 0) {
		read_module(&d);
	}
	if (d.status == 0) {
		make_tables(&d);
	}
	check_functions(&d);
	if (d.status != 0) {
		ocre_module_unload(d.m);
		return d.status;
	}
	*out = d.m;
	return OCRE_OK;
}
