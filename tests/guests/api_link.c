/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api_link.c GUEST - does every import of a guest bind to a function of ours, by name and type?
 * Says which one does not.
 */
#include <stdio.h>
#include <stdlib.h>

#include <ocre/engine.h>
#include <ocre/providers.h>

#include "support/heap.h"

static struct ocre_bytes read_file(const char *path)
{
	struct ocre_bytes bytes = {0};
	FILE *file = fopen(path, "rb");
	uint8_t *data;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	data = (uint8_t *)malloc(1 << 22);
	bytes.size = data != NULL ? fread(data, 1, 1 << 22, file) : 0;
	bytes.data = data;
	fclose(file);
	return bytes;
}

int main(int argc, char **argv)
{
	static const struct ocre_host_provider *const providers[] = {
		&ocre_provider_wasi, &ocre_provider_event,  &ocre_provider_messaging,
		&ocre_provider_gpio, &ocre_provider_sensor,
	};
	struct ocre_host_import hosts[16];
	struct ocre_instance_options options = {.hosts = hosts, .strict = true, .supply = true};
	struct ocre_mem mem;
	struct ocre_module *module = NULL;
	struct ocre_store *store = NULL;
	struct ocre_instance *instance;
	struct ocre_diag diag = {0};
	struct ocre_bytes bytes;
	int rc;

	if (argc != 2) {
		fprintf(stderr, "usage: api_link GUEST\n");
		return 2;
	}
	for (size_t p = 0; p < sizeof(providers) / sizeof(providers[0]); p++) {
		for (uint32_t m = 0; m < providers[p]->module_count; m++) {
			hosts[options.host_count++] =
				(struct ocre_host_import){providers[p]->modules[m], NULL};
		}
	}
	ocre_mem_init(&mem, heap_resize, NULL, SIZE_MAX);
	bytes = read_file(argv[1]);
	rc = ocre_module_load(&mem, bytes, NULL, &module, &diag);
	if (rc == OCRE_OK) {
		rc = ocre_store_create(&mem, NULL, &store);
	}
	if (rc == OCRE_OK) {
		rc = ocre_instance_create(store, module, &options, &instance, &diag);
	}
	if (rc != OCRE_OK) {
		printf("%s: %s\n", argv[1],
		       diag.text[0] != '\0' ? diag.text : ocre_status_text(rc));
	}
	ocre_store_destroy(store);
	ocre_module_unload(module);
	free((void *)(uintptr_t)bytes.data);
	return rc == OCRE_OK ? 0 : 1;
}
