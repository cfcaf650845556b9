/* SPDX-License-Identifier: Apache-2.0 */
/* lib_export.h - where programs for WAMR find NativeSymbol. */
#ifndef LIB_EXPORT_H
#define LIB_EXPORT_H

#include "wasm_export.h"

#endif /* LIB_EXPORT_H */
