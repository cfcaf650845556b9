/* SPDX-License-Identifier: Apache-2.0 */
/* validate.c - `ocre validate FILE...`: says nothing about modules that are valid. */
#include "cli.h"

static const struct ocre__option options[] = {
	{"verbose", NULL, "also name the valid ones"},
	{NULL, NULL, NULL},
};

static int validate_file(const struct ocre_cli_setup *setup, const char *path, bool verbose)
{
	struct ocre_diag diag = {0};
	struct ocre_module *module;
	struct ocre_port_file file;
	struct ocre_mem mem;
	int rc = ocre__file_read(setup, path, &file);

	if (rc != OCRE__EXIT_OK) {
		return rc;
	}
	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	rc = ocre_module_load(&mem, file.bytes, NULL, &module, &diag);
	if (rc < 0) {
		rc = ocre__fail_diag(path, rc, &diag);
	} else {
		ocre_module_unload(module);
		if (verbose) {
			printf("%s: valid\n", path);
		}
	}
	ocre__file_free(setup, &file);
	return rc;
}

static int validate(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	struct ocre__options parser;
	bool verbose = false;
	int status = OCRE__EXIT_OK;
	int option;

	ocre__options_init(&parser, &ocre__cmd_validate, argc, argv);
	while ((option = ocre__options_next(&parser)) != OCRE__OPT_END) {
		if (option == OCRE__OPT_HELP) {
			ocre__print_help(&ocre__cmd_validate);
			return OCRE__EXIT_OK;
		}
		if (option == OCRE__OPT_ERROR) {
			return OCRE__EXIT_USAGE;
		}
		verbose = true;
	}
	if (parser.next == argc) {
		return ocre__usage(&ocre__cmd_validate, "a FILE is needed");
	}
	for (int n = parser.next; n < argc; n++) {
		int rc = validate_file(setup, argv[n], verbose);

		status = rc != OCRE__EXIT_OK ? rc : status;
	}
	return status;
}

const struct ocre__command ocre__cmd_validate = {
	.name = "validate",
	.args = "[--verbose] FILE.wasm...",
	.summary = "Check modules; exit status 1 when one of them is not valid",
	.options = options,
	.run = validate,
};
