/* SPDX-License-Identifier: Apache-2.0 */
/*
 * features.c - which proposals a module needs. What stands outside of function bodies is read here;
 * for instructions the engine is asked (REVISIT: it cannot tell yet, so that sign extension and
 * SIMD that stand in function bodies alone are not seen).
 */
#include <string.h>

#include "inspect.h"

/* One bit for each feature that can be seen outside of function bodies. */
enum {
	MULTI_VALUE = 1,
	REFERENCE_TYPES = 2,
	BULK_MEMORY = 4,
	THREADS = 8,
	EXCEPTIONS = 16,
	MUTABLE_GLOBALS = 32,
	SIMD = 64,
	EXTENDED_CONST = 128,
};

static const char *const names[] = {
	"multi-value", "reference-types", "bulk-memory", "threads",
	"exceptions",  "mutable-globals", "simd",	 "extended-const",
};

static unsigned int type_features(const uint8_t *types, uint32_t count)
{
	unsigned int found = 0;

	for (uint32_t n = 0; n < count; n++) {
		if (types[n] == OCRE_V128) {
			found |= SIMD;
		} else if (types[n] == OCRE_EXNREF) {
			found |= EXCEPTIONS;
		} else if (types[n] == OCRE_FUNCREF || types[n] == OCRE_EXTERNREF) {
			found |= REFERENCE_TYPES;
		}
	}
	return found;
}

static unsigned int func_type_features(const struct ocre_func_type *type)
{
	return type_features(type->params, type->param_count) |
	       type_features(type->results, type->result_count) |
	       (type->result_count > 1 ? MULTI_VALUE : 0u);
}

static unsigned int extern_features(const struct ocre_extern_info *info)
{
	switch (info->kind) {
	case OCRE_EXTERN_FUNC:
		return func_type_features(&info->func);
	case OCRE_EXTERN_TABLE:
		return info->type == OCRE_FUNCREF ? 0 : type_features(&info->type, 1);
	case OCRE_EXTERN_MEMORY:
		return info->limits.shared ? THREADS : 0;
	case OCRE_EXTERN_GLOBAL:
		return type_features(&info->type, 1) | (info->is_mutable ? MUTABLE_GLOBALS : 0u);
	case OCRE_EXTERN_TAG:
		return EXCEPTIONS;
	default:
		return 0;
	}
}

static unsigned int types_features(const struct ocre__inspection *in)
{
	struct ocre__section section;
	struct ocre_func_type type;
	unsigned int found = 0;

	if (!ocre__section_find(in->bytes, OCRE__SECTION_TYPE, NULL, &section)) {
		return 0;
	}
	for (uint32_t n = ocre__read_u32(&section.reader); n > 0; n--) {
		if (!ocre__read_func_type(&section.reader, &type)) {
			break;
		}
		found |= func_type_features(&type);
	}
	return found;
}

static unsigned int own_features(const struct ocre__inspection *in, enum ocre_extern kind)
{
	struct ocre_extern_info info;
	struct ocre__own own;
	unsigned int found = 0;
	uint32_t tables = in->imported[kind];

	ocre__own_begin(in, kind, &own);
	while (ocre__own_next(&own, &info)) {
		found |= extern_features(&info);
		tables++;
	}
	return found | (kind == OCRE_EXTERN_TABLE && tables > 1 ? REFERENCE_TYPES : 0u);
}

void ocre__features_used(const struct ocre__inspection *in,
			 void (*each)(void *ctx, const char *name), void *ctx)
{
	struct ocre_extern_info info;
	struct ocre__section section;
	unsigned int found = types_features(in) | own_features(in, OCRE_EXTERN_TABLE) |
			     own_features(in, OCRE_EXTERN_MEMORY);

	for (uint32_t n = 0; ocre_module_import(in->module, n, &info); n++) {
		found |= extern_features(&info);
	}
	for (uint32_t n = 0; ocre_module_export(in->module, n, &info); n++) {
		found |= extern_features(&info);
	}
	if (ocre__section_find(in->bytes, OCRE__SECTION_DATA_COUNT, NULL, &section)) {
		found |= BULK_MEMORY;
	}
	if (ocre__section_find(in->bytes, OCRE__SECTION_TAG, NULL, &section)) {
		found |= EXCEPTIONS;
	}
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		if ((found & 1u << n) != 0) {
			each(ctx, names[n]);
		}
	}
}

void ocre__features_declared(const struct ocre__inspection *in,
			     void (*each)(void *ctx, struct ocre_bytes name), void *ctx)
{
	struct ocre__section section;

	if (!ocre__section_find(in->bytes, OCRE__SECTION_CUSTOM, "target_features", &section)) {
		return;
	}
	for (uint32_t n = ocre__read_u32(&section.reader); n > 0; n--) {
		uint8_t prefix = ocre__read_u8(&section.reader);
		struct ocre_bytes name = ocre__read_vec(&section.reader);

		if (section.reader.bad) {
			return;
		}
		if (prefix == '+' || prefix == '=') {
			each(ctx, name);
		}
	}
}
