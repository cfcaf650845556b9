/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - module files, by way of the port. */
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

/* As the JavaScript interface of WebAssembly limits modules (its chapter 7). */
#define MODULE_MAX ((size_t)1 << 30)

static int load(const struct ocre_cli_setup *setup, const char *path, bool immutable,
		struct ocre_port_file *out)
{
	const struct ocre_port *port = setup->port;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: a device, not a file", path);
	}
	rc = port->ops->file_load(port->ctx, path, immutable, MODULE_MAX, out);
	if (rc == -OCRE_ERRNO_FBIG) {
		return ocre__fail(OCRE__EXIT_ERROR, "%s: larger than 1 GiB", path);
	}
	if (rc < 0) { /* the numbers are Linux's, and so is this room */
		return ocre__fail(OCRE__EXIT_ERROR, "%s: %s", path, strerror(-rc));
	}
	return OCRE__EXIT_OK;
}

#define TEXT_FORMAT "offset 0x0: magic header not detected: text, of which wat2wasm makes a module"

/* What people give us in place of a module, by how it begins. */
static const struct {
	const char *begin;
	size_t size;
	const char *text;
} mistakes[] = {
	{"\0asm\x0d\0\1\0", 8, "offset 0x4: unknown binary version: a component, not a module"},
	{"(module", 7, TEXT_FORMAT},
	{";;", 2, TEXT_FORMAT},
};

/*
 * Refuse what is no module before all of it is read: a file of the wrong kind can be large. False
 * when the error was printed. Nobody relies on this: the engine looks at all bytes.
 */
static bool looks_like_module(const char *path)
{
	static const char magic[4] = {0, 'a', 's', 'm'};
	char begin[8];
	struct stat st;
	size_t got;
	FILE *file;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) {
		return true; /* a pipe gives its bytes only once */
	}
	file = fopen(path, "rb");
	if (file == NULL) {
		return true; /* whoever loads it says why it cannot */
	}
	got = fread(begin, 1, sizeof(begin), file);
	fclose(file);
	for (size_t n = 0; n < sizeof(mistakes) / sizeof(mistakes[0]); n++) {
		if (got >= mistakes[n].size &&
		    memcmp(begin, mistakes[n].begin, mistakes[n].size) == 0) {
			ocre__fail(OCRE__EXIT_ERROR, "%s: %s", path, mistakes[n].text);
			return false;
		}
	}
	if (got >= sizeof(magic) && memcmp(begin, magic, sizeof(magic)) != 0) {
		ocre__fail(OCRE__EXIT_ERROR,
			   "%s: offset 0x0: magic header not detected: not a WebAssembly module",
			   path);
		return false;
	}
	return true;
}

int ocre__file_read(const struct ocre_cli_setup *setup, const char *path,
		    struct ocre_port_file *out)
{
	return looks_like_module(path) ? load(setup, path, false, out) : OCRE__EXIT_ERROR;
}

int ocre__file_map(const struct ocre_cli_setup *setup, const char *path, struct ocre_port_file *out)
{
	return load(setup, path, true, out);
}

void ocre__file_free(const struct ocre_cli_setup *setup, struct ocre_port_file *file)
{
	setup->port->ops->file_unload(setup->port->ctx, file);
}
