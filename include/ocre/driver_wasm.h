/* SPDX-License-Identifier: Apache-2.0 */
/*
 * driver_wasm.h - the driver that runs WebAssembly modules on our own engine. Its name is
 * "wamr/wasip1", the one that programs for the Ocre API ask for; "wasm" and "wasip1" are others.
 */
#ifndef OCRE_DRIVER_WASM_H
#define OCRE_DRIVER_WASM_H

#include <ocre/driver.h>
#include <ocre/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A provider, and what to open it with. */
struct ocre_provider_choice {
	const struct ocre_host_provider *provider;
	const void *config;
};

/* What struct ocre_driver_env has as `config`. Must outlive the context. */
struct ocre_wasm_config {
	const struct ocre_provider_choice *providers; /* searched in this order */
	uint32_t provider_count;
	const struct ocre_memory_ops *memory_ops; /* NULL: plain allocations */
	size_t code_cache; /* bytes for each module; 0: the engine's default */
	bool strict;	   /* refuse a module with imports that nobody provides */
	/* Bytes of guest stack where the container's configuration says none; 0: the engine's. */
	uint32_t stack_size;
};

extern const struct ocre_driver ocre_driver_wasm;

#ifdef __cplusplus
}
#endif

#endif /* OCRE_DRIVER_WASM_H */
