/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_json.c - a module as one JSON object, for programs. Keys are stable. */
#include <inttypes.h>
#include <string.h>

#include "inspect.h"

static struct ocre_bytes text(const char *s)
{
	struct ocre_bytes bytes = {(const uint8_t *)s, strlen(s)};

	return bytes;
}

static void key(const char *name)
{
	printf("\"%s\": ", name);
}

static void print_types(const uint8_t *types, uint32_t count)
{
	putchar('[');
	for (uint32_t n = 0; n < count; n++) {
		printf("%s\"%s\"", n > 0 ? ", " : "", ocre__type_name(types[n]));
	}
	putchar(']');
}

static void print_func_type(const struct ocre_func_type *type)
{
	key("params");
	print_types(type->params, type->param_count);
	printf(", ");
	key("results");
	print_types(type->results, type->result_count);
}

static void print_limits(const struct ocre_limits *limits)
{
	printf("\"min\": %" PRIu32 ", \"max\": ", limits->min);
	if (limits->max == UINT32_MAX) {
		printf("null");
	} else {
		printf("%" PRIu32, limits->max);
	}
	printf(", \"shared\": %s", limits->shared ? "true" : "false");
}

static void print_extern_type(const struct ocre_extern_info *info)
{
	switch (info->kind) {
	case OCRE_EXTERN_FUNC:
	case OCRE_EXTERN_TAG:
		print_func_type(&info->func);
		break;
	case OCRE_EXTERN_TABLE:
		printf("\"type\": \"%s\", ", ocre__type_name(info->type));
		print_limits(&info->limits);
		break;
	case OCRE_EXTERN_MEMORY:
		print_limits(&info->limits);
		break;
	case OCRE_EXTERN_GLOBAL:
		printf("\"type\": \"%s\", \"mutable\": %s", ocre__type_name(info->type),
		       info->is_mutable ? "true" : "false");
		break;
	}
}

static void print_all_types(const struct ocre__inspection *in)
{
	struct ocre__section section;
	struct ocre_func_type type;
	uint32_t count = 0;

	if (ocre__section_find(in->bytes, OCRE__SECTION_TYPE, NULL, &section)) {
		count = ocre__read_u32(&section.reader);
	}
	printf("  \"types\": [");
	for (uint32_t n = 0; n < count && ocre__read_func_type(&section.reader, &type); n++) {
		printf("%s\n    {", n > 0 ? "," : "");
		print_func_type(&type);
		putchar('}');
	}
	printf("%s],\n", count > 0 ? "\n  " : "");
}

static void print_externs(const struct ocre_extern_info *list, uint32_t count, const char *name)
{
	printf("  \"%s\": [", name);
	for (uint32_t n = 0; n < count; n++) {
		printf("%s\n    {", n > 0 ? "," : "");
		if (list[n].module.data != NULL) {
			key("module");
			ocre__print_json_string(stdout, list[n].module);
			printf(", ");
		}
		key("name");
		ocre__print_json_string(stdout, list[n].name);
		printf(", \"kind\": \"%s\", \"index\": %" PRIu32 ", ",
		       ocre__extern_name(list[n].kind), list[n].index);
		print_extern_type(&list[n]);
		putchar('}');
	}
	printf("%s],\n", count > 0 ? "\n  " : "");
}

static void print_own(const struct ocre__inspection *in, enum ocre_extern kind, const char *name)
{
	struct ocre_extern_info info;
	struct ocre__own own;
	bool first = true;

	ocre__own_begin(in, kind, &own);
	printf("  \"%s\": [", name);
	while (ocre__own_next(&own, &info)) {
		printf("%s\n    {\"index\": %" PRIu32 ", ", first ? "" : ",", info.index);
		print_extern_type(&info);
		putchar('}');
		first = false;
	}
	printf("%s],\n", first ? "" : "\n  ");
}

static void each_used(void *ctx, const char *name)
{
	bool *first = ctx;

	printf("%s\"%s\"", *first ? "" : ", ", name);
	*first = false;
}

static void each_declared(void *ctx, struct ocre_bytes name)
{
	bool *first = ctx;

	printf("%s", *first ? "" : ", ");
	ocre__print_json_string(stdout, name);
	*first = false;
}

static void print_features(const struct ocre__inspection *in)
{
	bool first = true;

	printf("  \"features\": [");
	ocre__features_used(in, each_used, &first);
	printf("],\n  \"declared_features\": [");
	first = true;
	ocre__features_declared(in, each_declared, &first);
	printf("],\n");
}

static void print_sections(const struct ocre__inspection *in)
{
	struct ocre__section section;
	size_t at = 8;
	bool first = true;

	printf("  \"sections\": [");
	while (ocre__section_next(in->bytes, &at, &section)) {
		printf("%s\n    {\"id\": %u, \"name\": ", first ? "" : ",",
		       (unsigned int)section.id);
		ocre__print_json_string(stdout, section.id == OCRE__SECTION_CUSTOM
							? section.name
							: text(ocre__section_name(section.id)));
		printf(", \"offset\": %" PRIu32 ", \"size\": %" PRIu32 "}", section.offset,
		       section.size);
		first = false;
	}
	printf("%s]\n", first ? "" : "\n  ");
}

/* Lines, or null; and what is wrong with them, or null. */
static void print_config(const struct ocre__inspection *in)
{
	struct ocre_bytes rest = in->config;
	struct ocre_bytes line;
	bool first = true;

	printf("  \"config\": %s", in->config.data != NULL ? "[" : "null");
	while (in->config.data != NULL && ocre__line_next(&rest, &line)) {
		printf("%s", first ? "" : ", ");
		ocre__print_json_string(stdout, line);
		first = false;
	}
	printf("%s,\n  \"config_error\": ", in->config.data != NULL ? "]" : "");
	if (in->config_diag.status != 0) {
		ocre__print_json_string(stdout, text(in->config_diag.text));
	} else {
		printf("null");
	}
	printf(",\n");
}

void ocre__inspect_json(const struct ocre__inspection *in)
{
	struct ocre__section start;

	printf("{\n  \"file\": ");
	ocre__print_json_string(stdout, text(in->file));
	printf(",\n  \"size\": %zu,\n  \"kind\": \"%s\",\n", in->bytes.size, ocre__module_role(in));
	printf("  \"functions\": %" PRIu32 ",\n  \"globals\": %" PRIu32 ",\n  \"start\": ",
	       ocre__section_count(in->bytes, OCRE__SECTION_FUNCTION),
	       ocre__section_count(in->bytes, OCRE__SECTION_GLOBAL));
	if (ocre__section_find(in->bytes, OCRE__SECTION_START, NULL, &start)) {
		printf("%" PRIu32 ",\n", ocre__read_u32(&start.reader));
	} else {
		printf("null,\n");
	}
	print_features(in);
	print_config(in);
	print_all_types(in);
	printf("  \"import_count\": %" PRIu32 ",\n  \"export_count\": %" PRIu32 ",\n",
	       in->import_count, in->export_count);
	print_externs(in->imports, in->import_count, "imports");
	print_externs(in->exports, in->export_count, "exports");
	print_own(in, OCRE_EXTERN_TABLE, "tables");
	print_own(in, OCRE_EXTERN_MEMORY, "memories");
	print_sections(in);
	printf("}\n");
}
