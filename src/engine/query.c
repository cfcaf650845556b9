/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - what a module imports, exports and is called: read from its bytes when asked. */
#include "decode.h"

#include "config.h"

#include <string.h>

static struct ocre_func_type public_type(const struct ocre_module *m, uint32_t type)
{
	const struct func_type *t = &m->types[type];
	struct ocre_func_type out;

	out.params = m->public_types + t->types;
	out.results = out.params + t->params;
	out.param_count = t->params;
	out.result_count = t->results;
	return out;
}

/* What an index of an index space is. */
static void describe(const struct ocre_module *m, struct ocre_extern_info *out)
{
	switch (out->kind) {
	case OCRE_EXTERN_FUNC:
		out->func = public_type(m, m->funcs[out->index].type);
		break;
	case OCRE_EXTERN_TABLE:
		out->limits = m->tables[out->index].limits;
		out->type = ocre__vtype_byte(m->tables[out->index].type);
		break;
	case OCRE_EXTERN_MEMORY:
		out->limits = m->memory;
		break;
	case OCRE_EXTERN_GLOBAL:
		out->type = ocre__vtype_byte(m->globals[out->index].type);
		out->is_mutable = m->globals[out->index].is_mutable;
		break;
	default:
		out->func = public_type(m, m->tags[out->index]);
		break;
	}
}

/* Pass over an import's description. */
static void skip_import(struct reader *r, uint32_t kind)
{
	uint32_t flags;

	switch (kind) {
	case OCRE_EXTERN_TAG:
		ocre__read_u8(r);
		/* fall through */
	case OCRE_EXTERN_FUNC:
		ocre__read_u32(r);
		break;
	case OCRE_EXTERN_TABLE:
		ocre__read_vtype(r);
		/* fall through */
	case OCRE_EXTERN_MEMORY:
		flags = ocre__read_u8(r);
		ocre__read_u32(r);
		if ((flags & 1) != 0) {
			ocre__read_u32(r);
		}
		break;
	default:
		ocre__read_vtype(r);
		ocre__read_u8(r);
		break;
	}
}

uint32_t ocre_module_import_count(const struct ocre_module *module)
{
	return module->import_count;
}

uint32_t ocre_module_export_count(const struct ocre_module *module)
{
	return module->export_count;
}

static void read_import(const struct ocre_module *m, struct reader *r, uint32_t seen[5],
			struct ocre_extern_info *out)
{
	memset(out, 0, sizeof(*out));
	out->module = ocre__read_name(r);
	out->name = ocre__read_name(r);
	out->kind = (enum ocre_extern)ocre__read_u8(r);
	out->index = seen[out->kind]++;
	skip_import(r, out->kind);
	describe(m, out);
}

static void read_export(const struct ocre_module *m, struct reader *r, struct ocre_extern_info *out)
{
	memset(out, 0, sizeof(*out));
	out->name = ocre__read_name(r);
	out->kind = (enum ocre_extern)ocre__read_u8(r);
	out->index = ocre__read_u32(r);
	describe(m, out);
}

static bool nth(struct ocre_extern_walk *walk, uint32_t n, struct ocre_extern_info *out)
{
	for (uint32_t i = 0; i <= n; i++) {
		if (!ocre_extern_next(walk, out)) {
			return false;
		}
	}
	return true;
}

bool ocre_module_import(const struct ocre_module *module, uint32_t n, struct ocre_extern_info *out)
{
	struct ocre_extern_walk walk;

	ocre_module_imports(module, &walk);
	return nth(&walk, n, out);
}

bool ocre_module_export(const struct ocre_module *module, uint32_t n, struct ocre_extern_info *out)
{
	struct ocre_extern_walk walk;

	ocre_module_exports(module, &walk);
	return nth(&walk, n, out);
}

void ocre_module_imports(const struct ocre_module *module, struct ocre_extern_walk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->module = module;
	walk->at = module->bytes.data + module->import_section;
}

void ocre_module_exports(const struct ocre_module *module, struct ocre_extern_walk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->module = module;
	walk->at = module->bytes.data + module->export_section;
	walk->exports = true;
}

bool ocre_extern_next(struct ocre_extern_walk *walk, struct ocre_extern_info *out)
{
	const struct ocre_module *m = walk->module;
	struct reader r = ocre__reader_at(m, (uint32_t)(walk->at - m->bytes.data));

	if (walk->n == (walk->exports ? m->export_count : m->import_count)) {
		return false;
	}
	if (walk->exports) {
		read_export(m, &r, out);
	} else {
		read_import(m, &r, walk->seen, out);
	}
	walk->at = r.at;
	walk->n++;
	return true;
}

bool ocre__find_export(const struct ocre_module *m, struct ocre_bytes name,
		       struct ocre_extern_info *out)
{
	struct reader r = ocre__reader_at(m, m->export_section);

	for (uint32_t i = 0; i < m->export_count; i++) {
		read_export(m, &r, out);
		if (out->name.size == name.size &&
		    memcmp(out->name.data, name.data, name.size) == 0) {
			return true;
		}
	}
	return false;
}

/* Appendix 7.4.1: subsection 1 has the names of functions. Malformed ones are as good as none. */
static struct ocre_bytes name_of(const struct ocre_module *m, uint32_t func)
{
	struct ocre_bytes none = {NULL, 0};
	struct reader r = ocre__reader_at(m, m->name_section);

	r.end = m->bytes.data + m->name_section_end;
	while (m->name_section != 0 && r.at < r.end) {
		uint32_t id = ocre__read_u8(&r);
		uint32_t size = ocre__read_u32(&r);
		const uint8_t *body = ocre__read_bytes(&r, size);
		uint32_t count;

		if (body == NULL || id != 1) {
			continue;
		}
		r.at = body;
		r.end = body + size;
		count = ocre__read_u32(&r);
		for (uint32_t i = 0; i < count && r.error == NULL; i++) {
			uint32_t index = ocre__read_u32(&r);
			struct ocre_bytes name = ocre__read_name(&r);

			if (r.error == NULL && index == func) {
				return name;
			}
		}
		return none;
	}
	return none;
}

struct ocre_bytes ocre_module_func_name(const struct ocre_module *module, uint32_t func)
{
	struct ocre_bytes name = name_of(module, func);
	struct ocre_extern_walk walk;
	struct ocre_extern_info e;

	if (name.size > 0) {
		return name;
	}
	ocre_module_exports(module, &walk);
	while (ocre_extern_next(&walk, &e)) {
		if (e.kind == OCRE_EXTERN_FUNC && e.index == func) {
			return e.name;
		}
	}
	if (func < module->func_imports) {
		struct reader r = ocre__reader_at(module, module->funcs[func].body);

		ocre__read_name(&r);
		return ocre__read_name(&r);
	}
	return name;
}

uint32_t ocre_module_features(const struct ocre_module *module)
{
	return module->features;
}

const char *ocre_feature_name(uint32_t bit)
{
	switch (bit) {
#define NAME(name, number, text, built)                                                            \
	case number:                                                                               \
		return text;
		OCRE__FEATURES(NAME)
#undef NAME
	default:
		return NULL;
	}
}

int ocre__left_out(uint32_t feature, uint32_t offset, struct ocre_diag *diag)
{
	uint32_t bit = 0;

	while ((1u << bit) < feature) {
		bit++;
	}
	return ocre_diag_set(diag, OCRE_E_MALFORMED, offset,
			     "this build has no %s, which the module uses", ocre_feature_name(bit));
}

const char *ocre_engine_features(void)
{
	return "wasm-1.0"
#if OCRE_ENGINE_MUTABLE_GLOBALS
	       ",mutable-globals"
#endif
#if OCRE_ENGINE_MULTI_VALUE
	       ",multi-value"
#endif
#if OCRE_ENGINE_SIGN_EXT
	       ",sign-ext"
#endif
#if OCRE_ENGINE_SATURATING
	       ",nontrapping-fptoint"
#endif
#if OCRE_ENGINE_BULK
	       ",bulk-memory"
#endif
#if OCRE_ENGINE_REFERENCES
	       ",reference-types"
#endif
#if OCRE_ENGINE_TAIL_CALL
	       ",tail-call"
#endif
#if OCRE_ENGINE_EXTENDED_CONST
	       ",extended-const"
#endif
#if OCRE_ENGINE_SIMD
	       ",simd"
#endif
#if OCRE_ENGINE_THREADS
	       ",threads"
#endif
#if OCRE_ENGINE_EXCEPTIONS
	       ",exceptions"
#endif
		;
}
