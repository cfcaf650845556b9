/* SPDX-License-Identifier: Apache-2.0 */
/* constexpr.c - constant expressions (3.3.10): checks them at load, computes them at link time. */
#include "constexpr.h"

/* Deep enough for what compilers write; a constant that needs more is refused. */
#define CONST_DEPTH 16

struct const_eval {
	struct ocre_module *m;
	struct reader *r;
	struct ocre_diag *diag;
	const struct const_env *env; /* NULL: only check */
	int status;
	uint32_t height;
	uint8_t types[CONST_DEPTH];
	union ocre_value values[CONST_DEPTH];
};

static void fail(struct const_eval *e, int status, uint32_t offset, const char *text)
{
	if (e->status == 0) {
		e->status = ocre_diag_set(e->diag, status, offset, "%s", text);
	}
}

static bool uses(struct const_eval *e, uint32_t feature, uint32_t at)
{
	e->m->features |= feature;
	if (!ocre__built(feature) && e->status == 0) {
		e->status = ocre__left_out(feature, at, e->diag);
	}
	return ocre__built(feature);
}

static union ocre_value *push(struct const_eval *e, uint8_t type, uint32_t at)
{
	static const union ocre_value zero;

	if (e->height == CONST_DEPTH) {
		fail(e, OCRE_E_LIMIT, at, "constant expression too deep");
		e->height = 0;
	}
	e->types[e->height] = type;
	e->values[e->height] = zero;
	return &e->values[e->height++];
}

static void global_get(struct const_eval *e, uint32_t at)
{
	uint32_t index = ocre__read_u32(e->r);
	union ocre_value *v;

	if (e->r->error != NULL) {
		return;
	}
	if (index >= e->m->global_count || !e->m->globals[index].imported) {
		fail(e, OCRE_E_INVALID, at, "unknown global");
		return;
	}
	if (e->m->globals[index].is_mutable) {
		fail(e, OCRE_E_INVALID, at, "constant expression required");
		return;
	}
	v = push(e, e->m->globals[index].type, at);
	if (e->env != NULL) {
		e->env->global(e->env, index, v);
	}
}

static void ref_func(struct const_eval *e, uint32_t at)
{
	uint32_t func = ocre__read_u32(e->r);
	union ocre_value *v;

	if (e->r->error != NULL) {
		return;
	}
	if (func >= e->m->func_count) {
		fail(e, OCRE_E_INVALID, at, "unknown function");
		return;
	}
	if (!uses(e, FEATURE_REFERENCES, at)) {
		return;
	}
	v = push(e, T_FUNCREF, at);
	if (e->env != NULL) {
		v->ref = e->env->func(e->env, func);
	} else {
		ocre__declare_func(e->m, func);
	}
}

/* Extended constant expressions: add, sub and mul of integers. */
static void arithmetic(struct const_eval *e, uint32_t opcode, uint32_t at)
{
	bool wide = opcode >= WOP_i64_add;
	uint8_t type = wide ? T_I64 : T_I32;
	uint32_t op = opcode - (wide ? WOP_i64_add : WOP_i32_add);
	uint64_t a;
	uint64_t b;
	uint64_t result;

	if (!uses(e, FEATURE_EXTENDED_CONST, at)) {
		return;
	}
	if (e->height < 2 || e->types[e->height - 1] != type || e->types[e->height - 2] != type) {
		fail(e, OCRE_E_INVALID, at, "type mismatch");
		return;
	}
	a = wide ? e->values[e->height - 2].i64 : e->values[e->height - 2].i32;
	b = wide ? e->values[e->height - 1].i64 : e->values[e->height - 1].i32;
	result = op == 0 ? a + b : op == 1 ? a - b : a * b;
	e->height--;
	if (wide) {
		e->values[e->height - 1].i64 = result;
	} else {
		e->values[e->height - 1].i32 = (uint32_t)result;
	}
}

static void one(struct const_eval *e, uint32_t opcode, uint32_t at)
{
	const uint8_t *bytes;

	switch (opcode) {
	case WOP_i32_const: {
		uint32_t value = (uint32_t)ocre__read_s32(e->r);

		push(e, T_I32, at)->i32 = value;
		break;
	}
	case WOP_i64_const:
		push(e, T_I64, at)->i64 = (uint64_t)ocre__read_s64(e->r);
		break;
	case WOP_f32_const:
		bytes = ocre__read_bytes(e->r, 4);
		push(e, T_F32, at)->f32 = bytes != NULL ? ocre_get_u32(bytes) : 0;
		break;
	case WOP_f64_const:
		bytes = ocre__read_bytes(e->r, 8);
		push(e, T_F64, at)->f64 = bytes != NULL ? ocre_get_u64(bytes) : 0;
		break;
	case WOP_global_get:
		global_get(e, at);
		break;
	case WOP_ref_func:
		ref_func(e, at);
		break;
	case WOP_ref_null: {
		uint8_t type = ocre__vtype(ocre__read_u8(e->r));

		if (type < T_FUNCREF && e->r->error == NULL) {
			fail(e, OCRE_E_MALFORMED, at, "malformed reference type");
			break;
		}
		if (uses(e, FEATURE_REFERENCES, at)) {
			push(e, type, at)->ref = OCRE_REF_NULL;
		}
		break;
	}
	case WOP_i32_add:
	case WOP_i32_sub:
	case WOP_i32_mul:
	case WOP_i64_add:
	case WOP_i64_sub:
	case WOP_i64_mul:
		arithmetic(e, opcode, at);
		break;
	case 0xfd: {
		uint32_t number = ocre__read_u32(e->r);

		bytes = OCRE_ENGINE_SIMD && number == 12 ? ocre__read_bytes(e->r, 16) : NULL;
		if (bytes != NULL) {
			union ocre_value *v = push(e, T_V128, at);

			for (int i = 0; i < 16; i++) {
				v->v128[i] = bytes[i];
			}
			break;
		}
		fail(e, OCRE_E_INVALID, at, "constant expression required");
		break;
	}
	default:
		if (ocre__op_row(opcode)->imm == IMM_INVALID) {
			fail(e, OCRE_E_MALFORMED, at, "illegal opcode");
		} else {
			fail(e, OCRE_E_INVALID, at, "constant expression required");
		}
		break;
	}
}

static int evaluate(struct const_eval *e, uint8_t type)
{
	for (;;) {
		uint32_t at = ocre__offset(e->r);
		uint32_t opcode = ocre__read_u8(e->r);

		if (opcode == WOP_end && e->r->error == NULL) {
			if (e->height != 1 || e->types[0] != type) {
				fail(e, OCRE_E_INVALID, at, "type mismatch");
			}
			return e->status;
		}
		if (e->r->error == NULL) {
			one(e, opcode, at);
		}
		if (e->r->error != NULL) {
			fail(e, OCRE_E_MALFORMED, e->r->error_offset, e->r->error);
		}
		if (e->status != 0) {
			return e->status;
		}
	}
}

int ocre__check_const(struct ocre_module *m, struct reader *r, uint8_t type, struct ocre_diag *diag)
{
	struct const_eval e = {.m = m, .r = r, .diag = diag};

	return evaluate(&e, type);
}

void ocre__eval_const(struct ocre_module *m, uint32_t offset, uint8_t type,
		      const struct const_env *env, union ocre_value *value)
{
	struct reader r = ocre__reader_at(m, offset);
	struct const_eval e = {.m = m, .r = &r, .env = env};

	evaluate(&e, type);
	*value = e.values[0];
}
