/* SPDX-License-Identifier: Apache-2.0 */
/*
 * prepare_host.c - the prepared code of a module for a firmware: the firmware's engine, compiled
 * for the machine that builds. usage: ocre-prepare-host FILE.wasm FILE.ocode
 */
#include <ocre/engine.h>

#include <stdio.h>
#include <stdlib.h>

static void *resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
	(void)ctx;
	(void)old_size;
	if (new_size == 0) {
		free(ptr);
		return NULL;
	}
	return realloc(ptr, new_size);
}

static bool write_piece(void *ctx, const void *data, size_t size)
{
	return fwrite(data, 1, size, ctx) == size;
}

static uint8_t *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t n;

	*size = 0;
	if (file == NULL) {
		return NULL;
	}
	do {
		uint8_t *longer = realloc(data, *size + 65536);

		if (longer == NULL) {
			break;
		}
		data = longer;
		n = fread(data + *size, 1, 65536, file);
		*size += n;
	} while (n > 0);
	fclose(file);
	return data;
}

int main(int argc, char **argv)
{
	struct ocre_mem mem;
	struct ocre_diag diag = {0};
	struct ocre_module *module = NULL;
	struct ocre_bytes bytes;
	FILE *out;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: ocre-prepare-host FILE.wasm FILE.ocode\n");
		return 2;
	}
	bytes.data = read_all(argv[1], &bytes.size);
	if (bytes.data == NULL) {
		fprintf(stderr, "ocre-prepare-host: %s: cannot be read\n", argv[1]);
		return 1;
	}
	ocre_mem_init(&mem, resize, NULL, SIZE_MAX);
	rc = ocre_module_load(&mem, bytes, NULL, &module, &diag);
	out = rc == OCRE_OK ? fopen(argv[2], "wb") : NULL;
	if (rc == OCRE_OK && out == NULL) {
		fprintf(stderr, "ocre-prepare-host: %s: cannot be written\n", argv[2]);
		return 1;
	}
	if (rc == OCRE_OK) {
		rc = ocre_module_save_code(module, write_piece, out, &diag);
	}
	if (rc != OCRE_OK || fclose(out) != 0) {
		fprintf(stderr, "ocre-prepare-host: %s: %s\n", argv[1], diag.text);
		remove(argv[2]);
		return 1;
	}
	ocre_module_unload(module);
	free((void *)(uintptr_t)bytes.data);
	return 0;
}
