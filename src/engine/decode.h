/* SPDX-License-Identifier: Apache-2.0 */
/* decode.h - shared by the files that read module bytes. */
#ifndef OCRE_ENGINE_DECODE_H
#define OCRE_ENGINE_DECODE_H

#include "module.h"
#include "reader.h"

/* A reader that stands at `offset` of the module. */
static inline struct reader ocre__reader_at(const struct ocre_module *m, uint32_t offset)
{
	struct reader r = {m->bytes.data, m->bytes.data + offset, m->bytes.data + m->bytes.size,
			   NULL, 0};

	return r;
}

/*
 * Read a value type: enum vtype; T_NONE, and one byte was read, when it is none of ours. exnref may
 * be written in full, (ref null exn); no other type has two encodings.
 */
uint8_t ocre__read_vtype(struct reader *r);

/* Note that a reference to the function may be made by ref.func (3.4.10, C.refs). */
void ocre__declare_func(struct ocre_module *m, uint32_t func);

bool ocre__find_export(const struct ocre_module *m, struct ocre_bytes name,
		       struct ocre_extern_info *out);

/* Validate a constant expression (3.3.10) of the given type; `r` then stands behind it. */
int ocre__check_const(struct ocre_module *m, struct reader *r, uint8_t type,
		      struct ocre_diag *diag);

#endif /* OCRE_ENGINE_DECODE_H */
