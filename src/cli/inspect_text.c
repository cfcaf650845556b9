/* SPDX-License-Identifier: Apache-2.0 */
/* inspect_text.c - a module for the eye. */
#include <inttypes.h>
#include <string.h>

#include "inspect.h"

static void print_size(uint64_t bytes)
{
	char text[OCRE__UNIT_TEXT];

	fputs(ocre__format_size(bytes, text), stdout);
}

static void print_limits(const struct ocre_extern_info *info)
{
	bool memory = info->kind == OCRE_EXTERN_MEMORY;

	printf("%" PRIu32 "%s", info->limits.min, memory ? " pages (" : " entries");
	if (memory) {
		print_size((uint64_t)info->limits.min * 65536);
		putchar(')');
	}
	if (info->limits.max == UINT32_MAX) {
		printf(", no maximum");
	} else {
		printf(", at most %" PRIu32, info->limits.max);
	}
	printf("%s", info->limits.shared ? ", shared" : "");
}

static void print_extern_type(const struct ocre_extern_info *info)
{
	switch (info->kind) {
	case OCRE_EXTERN_FUNC:
	case OCRE_EXTERN_TAG:
		ocre__print_func_type(stdout, &info->func);
		break;
	case OCRE_EXTERN_TABLE:
		printf("%s, ", ocre__type_name(info->type));
		print_limits(info);
		break;
	case OCRE_EXTERN_MEMORY:
		print_limits(info);
		break;
	case OCRE_EXTERN_GLOBAL:
		printf("%s%s", info->is_mutable ? "mutable " : "", ocre__type_name(info->type));
		break;
	}
	putchar('\n');
}

static void print_types(const struct ocre__inspection *in)
{
	struct ocre__section section;
	struct ocre_func_type type;
	uint32_t count;

	if (!ocre__section_find(in->bytes, OCRE__SECTION_TYPE, NULL, &section)) {
		return;
	}
	count = ocre__read_u32(&section.reader);
	printf("\nTypes (%" PRIu32 "):\n", count);
	for (uint32_t n = 0; n < count && ocre__read_func_type(&section.reader, &type); n++) {
		printf("  %5" PRIu32 "  ", n);
		ocre__print_func_type(stdout, &type);
		putchar('\n');
	}
}

static void print_externs(const struct ocre_extern_info *list, uint32_t count, const char *title)
{
	printf("\n%s (%" PRIu32 "):\n", title, count);
	for (uint32_t n = 0; n < count; n++) {
		printf("  %5" PRIu32 "  %-6s  ", list[n].index, ocre__extern_name(list[n].kind));
		if (list[n].module.data != NULL) {
			ocre__print_bytes(stdout, list[n].module);
			putchar('.');
		}
		ocre__print_bytes(stdout, list[n].name);
		printf("  ");
		print_extern_type(&list[n]);
	}
}

/* Tables and memories that the module makes itself. */
static void print_own(const struct ocre__inspection *in, enum ocre_extern kind, const char *title)
{
	struct ocre_extern_info info;
	struct ocre__own own;

	ocre__own_begin(in, kind, &own);
	if (own.left == 0) {
		return;
	}
	printf("\n%s (%" PRIu32 "):\n", title, own.left);
	while (ocre__own_next(&own, &info)) {
		printf("  %5" PRIu32 "  ", info.index);
		print_extern_type(&info);
	}
}

static void each_used(void *ctx, const char *name)
{
	bool *first = ctx;

	printf("%s%s", *first ? "" : ", ", name);
	*first = false;
}

static void each_declared(void *ctx, struct ocre_bytes name)
{
	bool *first = ctx;

	printf("%s", *first ? "" : ", ");
	ocre__print_bytes(stdout, name);
	*first = false;
}

static void print_features(const struct ocre__inspection *in)
{
	bool first = true;

	printf("Features used:     ");
	ocre__features_used(in, each_used, &first);
	printf("%s\nFeatures declared: ", first ? "none" : "");
	first = true;
	ocre__features_declared(in, each_declared, &first);
	printf("%s\n", first ? "none" : "");
}

static void print_sections(const struct ocre__inspection *in)
{
	struct ocre__section section;
	size_t at = 8;

	printf("\nSections:\n      offset        size  name\n");
	while (ocre__section_next(in->bytes, &at, &section)) {
		printf("  0x%08" PRIx32 "  %10" PRIu32 "  %s", section.offset, section.size,
		       ocre__section_name(section.id));
		if (section.id == OCRE__SECTION_CUSTOM) {
			printf(" \"");
			ocre__print_bytes(stdout, section.name);
			putchar('"');
		} else if (section.id != OCRE__SECTION_START) {
			printf(" (%" PRIu32 ")", ocre__read_u32(&section.reader));
		}
		putchar('\n');
	}
}

static void print_config(const struct ocre__inspection *in)
{
	struct ocre_bytes rest = in->config;
	struct ocre_bytes line;

	if (in->config.data == NULL) {
		return;
	}
	printf("\nConfiguration (ocre.config):\n");
	while (ocre__line_next(&rest, &line)) {
		printf("  ");
		ocre__print_bytes(stdout, line);
		putchar('\n');
	}
	if (in->config_diag.status != 0) {
		printf("  (not valid: %s)\n", in->config_diag.text);
	}
}

void ocre__inspect_text(const struct ocre__inspection *in)
{
	struct ocre_bytes file = {(const uint8_t *)in->file, strlen(in->file)};
	struct ocre__section start;

	printf("File:              ");
	ocre__print_bytes(stdout, file);
	printf(" (%zu bytes)\nKind:              %s\n", in->bytes.size, ocre__module_role(in));
	printf("Functions:         %" PRIu32 " defined, %" PRIu32 " imported\n",
	       ocre__section_count(in->bytes, OCRE__SECTION_FUNCTION),
	       in->imported[OCRE_EXTERN_FUNC]);
	printf("Globals:           %" PRIu32 " defined, %" PRIu32 " imported\n",
	       ocre__section_count(in->bytes, OCRE__SECTION_GLOBAL),
	       in->imported[OCRE_EXTERN_GLOBAL]);
	if (ocre__section_find(in->bytes, OCRE__SECTION_START, NULL, &start)) {
		printf("Start function:    %" PRIu32 "\n", ocre__read_u32(&start.reader));
	}
	print_features(in);
	print_config(in);
	print_types(in);
	print_externs(in->imports, in->import_count, "Imports");
	print_externs(in->exports, in->export_count, "Exports");
	print_own(in, OCRE_EXTERN_TABLE, "Tables");
	print_own(in, OCRE_EXTERN_MEMORY, "Memories");
	print_sections(in);
}
