/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.c - allocation failure at every point of a module's life: load, prepare, instantiate, start,
 * calls, destruction. Nothing may crash, and nothing may stay allocated.
 */
#include "spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RUN_BUDGET 20000
#define MAX_CALLS  8

/* Run what was begun, for a while; how it ends does not matter here. */
static void run_a_while(struct ocre_instance *instance)
{
	uint64_t budget = RUN_BUDGET;

	(void)ocre_instance_run(instance, &budget);
	ocre_instance_abandon(instance);
}

static void call_exports(struct ocre_instance *instance, const struct ocre_module *module)
{
	struct ocre_extern_info info;
	unsigned int calls = 0;

	for (uint32_t i = 0; calls < MAX_CALLS && ocre_module_export(module, i, &info); i++) {
		if (info.kind != OCRE_EXTERN_FUNC || info.func.param_count != 0) {
			continue;
		}
		calls++;
		if (ocre_instance_call(instance, info.index, NULL) == OCRE_OK) {
			run_a_while(instance);
		}
	}
}

static int instantiate(struct ocre_mem *mem, struct ocre_module *module)
{
	struct ocre_host_import host = {&spec_test_module, NULL};
	struct ocre_instance_import import = {"spectest", NULL};
	struct ocre_instance_options options = {
		.hosts = &host,
		.host_count = 1,
		.instances = &import,
		.instance_count = 1,
		.supply = true,
	};
	/* Some modules declare memories and tables of absurd sizes, which we would have to clear.
	 */
	struct ocre_store_options store_options = {
		.max_memory_pages = 64,
		.max_table_entries = 65536,
	};
	struct ocre_store *store = NULL;
	struct ocre_instance *instance = NULL;
	struct ocre_diag diag = {0};
	int rc = ocre_store_create(mem, &store_options, &store);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = spec_test_externs(store, &import.instance);
	if (rc != OCRE_OK) {
		goto destroy;
	}
	rc = ocre_instance_create(store, module, &options, &instance, &diag);
	if (rc != OCRE_OK) {
		goto destroy;
	}
	if (ocre_instance_start(instance) == OCRE_OK) {
		run_a_while(instance);
	}
	call_exports(instance, module);
destroy:
	ocre_store_destroy(store);
	return rc;
}

static int live_once(struct ocre_bytes bytes, struct spec_heap *heap, size_t *left)
{
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	struct ocre_diag diag = {0};
	int rc;

	ocre_mem_init(&mem, spec_heap_resize, heap, SIZE_MAX);
	rc = ocre_module_load(&mem, bytes, NULL, &module, &diag);
	if (rc == OCRE_OK) {
		struct ocre_diag ignored = {0};

		/* May fail for want of room in the code cache; functions are prepared later then.
		 */
		(void)ocre_module_prepare_all(module, &ignored);
		rc = instantiate(&mem, module);
		ocre_module_unload(module);
	}
	*left = mem.used;
	return rc;
}

static const char *walk(struct ocre_bytes bytes, bool lasting, int normal, char *text, size_t size)
{
	for (uint64_t n = 1;; n += 1 + n / 256) {
		struct spec_heap heap = {.fail_at = n, .fail_lasting = lasting};
		size_t left = 0;
		int rc = live_once(bytes, &heap, &left);

		if (heap.broken != NULL) {
			snprintf(text, size, "allocation %" PRIu64 " failed: %s", n, heap.broken);
			return text;
		}
		if (left != 0 || heap.blocks != 0) {
			snprintf(text, size,
				 "allocation %" PRIu64 " failed: %zu bytes in %zu blocks leaked", n,
				 left, heap.blocks);
			return text;
		}
		if (rc != normal && rc != OCRE_E_NOMEM) {
			snprintf(text, size,
				 "allocation %" PRIu64
				 " failed: reported as \"%s\" (without: \"%s\")",
				 n, ocre_status_text(rc), ocre_status_text(normal));
			return text;
		}
		if (heap.requests < n) {
			return NULL;
		}
	}
}

const char *spec_walk(struct ocre_bytes bytes, char *text, size_t size)
{
	struct spec_heap heap = {0};
	size_t left = 0;
	int normal = live_once(bytes, &heap, &left);
	const char *what;

	if (heap.broken != NULL) {
		snprintf(text, size, "%s", heap.broken);
		return text;
	}
	if (left != 0 || heap.blocks != 0) {
		snprintf(text, size, "%zu bytes in %zu blocks leaked", left, heap.blocks);
		return text;
	}
	what = walk(bytes, false, normal, text, size);
	return what != NULL ? what : walk(bytes, true, normal, text, size);
}
