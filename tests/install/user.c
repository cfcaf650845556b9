/* SPDX-License-Identifier: Apache-2.0 */
/* user.c - somebody else's program: loads the smallest module, and one that is not a module. */
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

int main(void)
{
	static const uint8_t empty[] = {0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00};
	struct ocre_bytes good = {empty, sizeof(empty)};
	struct ocre_bytes cut = {empty, sizeof(empty) - 1};
	struct ocre_diag diag = {0};
	struct ocre_module *module;
	struct ocre_mem mem;

	ocre_mem_init(&mem, resize, NULL, SIZE_MAX);
	if (ocre_module_load(&mem, good, NULL, &module, &diag) != OCRE_OK) {
		fprintf(stderr, "the empty module: %s\n", diag.text);
		return 1;
	}
	ocre_module_unload(module);
	if (ocre_module_load(&mem, cut, NULL, &module, &diag) != OCRE_E_MALFORMED) {
		fprintf(stderr, "a cut module was not refused\n");
		return 1;
	}
	if (mem.used != 0) {
		fprintf(stderr, "%zu bytes are still held\n", mem.used);
		return 1;
	}
	printf("%s: %s\n", ocre_status_text(diag.status), diag.text);
	return 0;
}
