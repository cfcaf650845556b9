/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - prepared code of a module in memory that can only be read, as if it were in flash. */
#define _DEFAULT_SOURCE
#include "spec.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What was written so far. */
struct sink {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

static bool write_piece(void *ctx, const void *data, size_t size)
{
	struct sink *sink = ctx;

	if (size % 4 != 0) {
		return false;
	}
	if (size > sink->capacity - sink->size) {
		size_t capacity = (sink->size + size) * 2;
		uint8_t *longer = realloc(sink->data, capacity);

		if (longer == NULL) {
			return false;
		}
		sink->data = longer;
		sink->capacity = capacity;
	}
	memcpy(sink->data + sink->size, data, size);
	sink->size += size;
	return true;
}

int spec_image_make(struct ocre_module *module, struct ocre_bytes *out, struct ocre_diag *diag)
{
	struct sink sink = {0};
	int rc = ocre_module_save_code(module, write_piece, &sink, diag);
	void *at;

	if (rc != OCRE_OK) {
		free(sink.data);
		return rc;
	}
	at = mmap(NULL, sink.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED) {
		free(sink.data);
		return OCRE_E_NOMEM;
	}
	memcpy(at, sink.data, sink.size);
	free(sink.data);
	if (mprotect(at, sink.size, PROT_READ) != 0) {
		munmap(at, sink.size);
		return OCRE_E_NOMEM;
	}
	out->data = at;
	out->size = sink.size;
	return OCRE_OK;
}

void spec_image_free(struct ocre_bytes *image)
{
	if (image->data != NULL) {
		munmap((void *)(uintptr_t)image->data, image->size);
		image->data = NULL;
	}
}
