/* SPDX-License-Identifier: Apache-2.0 */
/* prepare.c - `ocre prepare`: the prepared code of a module as a file, for `ocre run --code`. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

static const struct ocre__option options[] = {
	{NULL, NULL, NULL},
};

static const char details[] =
	"Functions then run from FILE.ocode in place, which is mapped and shared by all processes\n"
	"that use it: they start sooner and need no memory for code. It fits this module, and "
	"this\n"
	"build of ocre; another one refuses it.\n"
	"\n"
	"Example:\n"
	"  ocre prepare tool.wasm tool.ocode\n"
	"  ocre run --code tool.ocode tool.wasm\n";

static bool write_piece(void *ctx, const void *data, size_t size)
{
	return fwrite(data, 1, size, ctx) == size;
}

static int cannot(const char *what, const char *path)
{
	return ocre__fail(OCRE__EXIT_ERROR, "%s: cannot %s: %s", path, what, strerror(errno));
}

/*
 * Open the file to be written. One that is there may be in use, so it is not overwritten: it goes,
 * and whoever has it mapped keeps it.
 */
static FILE *open_new(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && unlink(path) != 0) {
		return NULL;
	}
	return fopen(path, "wb");
}

static int save(struct ocre_module *module, const char *path)
{
	struct ocre_diag diag = {0};
	FILE *file = open_new(path);
	int rc;

	if (file == NULL) {
		return cannot("create", path);
	}
	rc = ocre_module_save_code(module, write_piece, file, &diag);
	if (rc == OCRE_OK && fflush(file) != 0) {
		rc = OCRE_E_IO;
	}
	if (rc == OCRE_E_IO) {
		rc = cannot("write", path);
	} else if (rc < 0) {
		rc = ocre__fail_diag(path, rc, &diag);
	}
	fclose(file);
	if (rc != OCRE__EXIT_OK) {
		struct stat st;

		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode)) {
			unlink(path);
		}
	}
	return rc;
}

static int prepare_file(const struct ocre_cli_setup *setup, const char *from, const char *to)
{
	const struct ocre_module_options module_options = {
		.prepare_at_load = OCRE_PREPARE_NEVER,
	};
	struct ocre_diag diag = {0};
	struct ocre_module *module;
	struct ocre_port_file file;
	struct stat a;
	struct stat b;
	struct ocre_mem mem;
	int rc;

	if (stat(from, &a) == 0 && stat(to, &b) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: is the module itself", to);
	}
	rc = ocre__file_read(setup, from, &file);
	if (rc != OCRE__EXIT_OK) {
		return rc;
	}
	ocre_mem_init(&mem, ocre_port_posix_resize, NULL, SIZE_MAX);
	rc = ocre_module_load(&mem, file.bytes, &module_options, &module, &diag);
	if (rc < 0) {
		rc = ocre__fail_diag(from, rc, &diag);
	} else {
		rc = save(module, to);
		ocre_module_unload(module);
	}
	ocre__file_free(setup, &file);
	return rc;
}

static int prepare(const struct ocre_cli_setup *setup, int argc, char **argv)
{
	struct ocre__options parser;
	int option;

	ocre__options_init(&parser, &ocre__cmd_prepare, argc, argv);
	option = ocre__options_next(&parser);
	if (option == OCRE__OPT_HELP) {
		ocre__print_help(&ocre__cmd_prepare);
		return OCRE__EXIT_OK;
	}
	if (option == OCRE__OPT_ERROR) {
		return OCRE__EXIT_USAGE;
	}
	if (argc - parser.next != 2) {
		return ocre__usage(&ocre__cmd_prepare,
				   "two files are needed, FILE.wasm FILE.ocode");
	}
	return prepare_file(setup, argv[parser.next], argv[parser.next + 1]);
}

const struct ocre__command ocre__cmd_prepare = {
	.name = "prepare",
	.args = "FILE.wasm FILE.ocode",
	.summary = "Prepare a program's code and store it in a file",
	.options = options,
	.details = details,
	.run = prepare,
};
