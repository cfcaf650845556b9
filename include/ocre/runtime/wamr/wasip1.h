/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasip1.h - the runtime for WebAssembly with WASI preview 1 as a table, "wamr/wasip1", for
 * runtimes that build on it. Containers need no table: the runtime is always there and is their
 * default.
 */
#ifndef OCRE_RUNTIME_WAMR_WASIP1_H
#define OCRE_RUNTIME_WAMR_WASIP1_H

#include <ocre/runtime/vtable.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef OCRE_HAS_RUNTIME_VTABLE
extern const struct ocre_runtime_vtable wamr_vtable;
#endif

#ifdef __cplusplus
}
#endif

#endif /* OCRE_RUNTIME_WAMR_WASIP1_H */
