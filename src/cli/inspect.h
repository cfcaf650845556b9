/* SPDX-License-Identifier: Apache-2.0 */
/* inspect.h - what the two forms of `ocre inspect` share. */
#ifndef OCRE_CLI_INSPECT_H
#define OCRE_CLI_INSPECT_H

#include "cli.h"
#include "sections.h"

struct ocre__inspection {
	const char *file;
	struct ocre_bytes bytes; /* of the module, validated */
	const struct ocre_module *module;
	struct ocre_extern_info *imports;
	struct ocre_extern_info *exports;
	uint32_t import_count;
	uint32_t export_count;
	uint32_t imported[OCRE_EXTERN_TAG + 1]; /* how many of each kind */
	struct ocre_bytes config;     /* text of the section ocre.config; data NULL: none */
	struct ocre_diag config_diag; /* what is wrong with it, if anything is */
};

/* The next line of `text` that is not empty, and `text` without it; false: there is none. */
bool ocre__line_next(struct ocre_bytes *text, struct ocre_bytes *line);

/*
 * What a module defines itself, one after the other; imports are told by the engine. False at the
 * end. `at` is a reader that ocre__own_begin() made.
 */
struct ocre__own {
	struct ocre__reader reader;
	enum ocre_extern kind;
	uint32_t left;
	uint32_t index; /* in its index space, of the next one */
};
/* Tables (OCRE_EXTERN_TABLE) or memories (OCRE_EXTERN_MEMORY). */
void ocre__own_begin(const struct ocre__inspection *in, enum ocre_extern kind,
		     struct ocre__own *own);
bool ocre__own_next(struct ocre__own *own, struct ocre_extern_info *out);

/* "command", "reactor", or "library": how `ocre run` would begin it. */
const char *ocre__module_role(const struct ocre__inspection *in);

/*
 * features.c: calls `each` for every feature beyond the first version of WebAssembly that the
 * module needs.
 */
void ocre__features_used(const struct ocre__inspection *in,
			 void (*each)(void *ctx, const char *name), void *ctx);
/* The same for those that its toolchain wrote into the section "target_features". */
void ocre__features_declared(const struct ocre__inspection *in,
			     void (*each)(void *ctx, struct ocre_bytes name), void *ctx);

void ocre__inspect_text(const struct ocre__inspection *in);
void ocre__inspect_json(const struct ocre__inspection *in);

#endif /* OCRE_CLI_INSPECT_H */
