/* SPDX-License-Identifier: Apache-2.0 */
/* driver.c - the driver's table, and what all containers of a context share. */
#include "wasm.h"

static const struct ocre_wasm_config no_config;

static void close_driver(void *driver)
{
	struct ocre__wasm_driver *d = driver;
	const struct ocre_wasm_config *config = d->config;

	while (d->opened > 0) {
		const struct ocre_host_provider *p = config->providers[--d->opened].provider;

		if (p->close != NULL) {
			p->close(d->shared[d->opened]);
		}
	}
	ocre_mem_free(d->mem, (void *)d->shared, config->provider_count * sizeof(*d->shared));
	ocre_mem_free(d->mem, d, sizeof(*d));
}

static int open_driver(const struct ocre_driver_env *env, void **driver, struct ocre_diag *diag)
{
	const struct ocre_wasm_config *config = env->config != NULL ? env->config : &no_config;
	struct ocre__wasm_driver *d = ocre_mem_alloc(env->mem, sizeof(*d));
	int rc = OCRE_OK;

	if (d == NULL) {
		return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
	}
	d->mem = env->mem;
	d->port = env->port;
	d->config = config;
	d->import_count = 1;
	if (config->provider_count > 0) {
		d->shared =
			ocre_mem_alloc_array(d->mem, config->provider_count, sizeof(*d->shared));
		if (d->shared == NULL) {
			ocre_mem_free(d->mem, d, sizeof(*d));
			return ocre_diag_set(diag, OCRE_E_NOMEM, OCRE_NO_OFFSET, "out of memory");
		}
	}
	for (uint32_t n = 0; n < config->provider_count && rc == OCRE_OK; n++) {
		const struct ocre_provider_choice *choice = &config->providers[n];

		d->shared[n] =
			(void *)(uintptr_t)choice->config; /* when there is nothing to open */
		if (choice->provider->open != NULL) {
			rc = choice->provider->open(d->mem, d->port, choice->config, &d->shared[n],
						    diag);
		}
		if (rc == OCRE_OK) {
			d->opened++;
			d->import_count += choice->provider->module_count;
		}
	}
	if (rc < 0) {
		close_driver(d);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s", ocre_status_text(rc));
	}
	*driver = d;
	return OCRE_OK;
}

static const char *const aliases[] = {"wasm", "wasip1", NULL};

const struct ocre_driver ocre_driver_wasm = {
	.name = "wamr/wasip1",
	.aliases = aliases,
	.open = open_driver,
	.close = close_driver,
	.load = ocre__wasm_load,
	.unload = ocre__wasm_unload,
	.create = ocre__wasm_create,
	.destroy = ocre__wasm_destroy,
	.start = ocre__wasm_start,
	.end = ocre__wasm_end,
	.run = ocre__wasm_run,
	.signal = ocre__wasm_signal,
	.guest_memory = ocre__wasm_guest_memory,
};
