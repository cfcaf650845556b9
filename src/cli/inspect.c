/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.c - `ocre inspect FILE`: what is in a module. It is validated first. */
#include <stdlib.h>
#include <string.h>

#include <ocre/config_section.h>

#include "inspect.h"

/* Ask for imports and exports once: they are needed several times. */
static bool collect(struct ocre__inspection *in)
{
	struct ocre_extern_walk walk;

	in->import_count = ocre_module_import_count(in->module);
	in->export_count = ocre_module_export_count(in->module);
	in->imports = calloc((size_t)in->import_count + 1, sizeof(*in->imports));
	in->exports = calloc((size_t)in->export_count + 1, sizeof(*in->exports));
	if (in->imports == NULL || in->exports == NULL) {
		return false;
	}
	ocre_module_imports(in->module, &walk);
	for (uint32_t n = 0; ocre_extern_next(&walk, &in->imports[n]); n++) {
		in->imported[in->imports[n].kind]++;
	}
	ocre_module_exports(in->module, &walk);
	for (uint32_t n = 0; ocre_extern_next(&walk, &in->exports[n]); n++) {
	}
	return true;
}

static void read_config(struct ocre__inspection *in, struct ocre_mem *mem)
{
	struct ocre_container_config config = {0};
	struct ocre_config_section section;

	in->config = ocre_config_section_find(in->bytes);
	if (ocre_config_section_apply(in->config, true, mem, &config, &section, &in->config_diag) ==
	    OCRE_OK) {
		ocre_config_section_free(&section);
	}
}

bool ocre__line_next(struct ocre_bytes *text, struct ocre_bytes *line)
{
	while (text->size > 0) {
		const uint8_t *end = memchr(text->data, '\n', text->size);
		size_t size = end != NULL ? (size_t)(end - text->data) : text->size;
		size_t step = size + (end != NULL);

		*line = (struct ocre_bytes){text->data, size};
		text->data += step;
		text->size -= step;
		if (size > 0) {
			return true;
		}
	}
	return false;
}

void ocre__own_begin(const struct ocre__inspection *in, enum ocre_extern kind,
		     struct ocre__own *own)
{
	uint8_t id = kind == OCRE_EXTERN_TABLE ? OCRE__SECTION_TABLE : OCRE__SECTION_MEMORY;
	struct ocre__section section;

	memset(own, 0, sizeof(*own));
	own->kind = kind;
	own->index = in->imported[kind];
	if (ocre__section_find(in->bytes, id, NULL, &section)) {
		own->reader = section.reader;
		own->left = ocre__read_u32(&own->reader);
	}
}

bool ocre__own_next(struct ocre__own *own, struct ocre_extern_info *out)
{
	if (own->left == 0) {
		return false;
	}
	own->left--;
	memset(out, 0, sizeof(*out));
	out->kind = own->kind;
	out->index = own->index++;
	if (own->kind == OCRE_EXTERN_TABLE) {
		out->type = ocre__read_u8(&own->reader);
	}
	out->limits = ocre__read_limits(&own->reader);
	return !own->reader.bad;
}

static bool has_func_export(const struct ocre__inspection *in, const char *name)
{
	for (uint32_t n = 0; n < in->export_count; n++) {
		const struct ocre_extern_info *info = &in->exports[n];

		if (info->kind == OCRE_EXTERN_FUNC && info->name.size == strlen(name) &&
		    memcmp(info->name.data, name, info->name.size) == 0) {
			return true;
		}
	}
	return false;
}

const char *ocre__module_role(const struct ocre__inspection *in)
{
	if (has_func_export(in, "_start")) {
		return "command";
	}
	return has_func_export(in, "_initialize") ? "reactor" : "library";
}

static const struct ocre__option options[] = {
	{"json", NULL, "print one JSON object"},
	{NULL, NULL, NULL},
};

static int inspect(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	struct ocre__inspection in = {0};
	struct ocre__options parser;
	struct ocre_diag diag = {0};
	struct ocre_port_file file;
	struct ocre_module *module;
	struct ocre_mem mem;
	bool json = false;
	int option;
	int rc;

	ocre__options_init(&parser, &ocre__cmd_inspect, argc, argv);
	while ((option = ocre__options_next(&parser)) != OCRE__OPT_END) {
		if (option == OCRE__OPT_HELP) {
			ocre__print_help(&ocre__cmd_inspect);
			return OCRE__EXIT_OK;
		}
		if (option == OCRE__OPT_ERROR) {
			return OCRE__EXIT_USAGE;
		}
		json = true;
	}
	/* Options may stand behind the file too: there is no guest here that they could be for. */
	if (parser.next + 2 == argc && strcmp(argv[parser.next + 1], "--json") == 0) {
		json = true;
		argc--;
	}
	if (parser.next + 1 != argc) {
		return ocre__usage(&ocre__cmd_inspect, "one FILE is needed");
	}
	in.file = argv[parser.next];
	rc = ocre__file_read(setup, in.file, &file);
	if (rc != OCRE__EXIT_OK) {
		return rc;
	}
	in.bytes = file.bytes;
	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	rc = ocre_module_load(&mem, in.bytes, NULL, &module, &diag);
	if (rc < 0) {
		rc = ocre__fail_diag(in.file, rc, &diag);
	} else {
		in.module = module;
		read_config(&in, &mem);
		if (!collect(&in)) {
			rc = ocre__fail_diag(in.file, OCRE_E_NOMEM, &diag);
		} else if (json) {
			ocre__inspect_json(&in);
		} else {
			ocre__inspect_text(&in);
		}
		free(in.imports);
		free(in.exports);
		ocre_module_unload(module);
	}
	ocre__file_free(setup, &file);
	return rc;
}

const struct ocre__command ocre__cmd_inspect = {
	.name = "inspect",
	.args = "[--json] FILE.wasm",
	.summary = "Show a module's types, imports, exports, features and sections",
	.options = options,
	.run = inspect,
};
