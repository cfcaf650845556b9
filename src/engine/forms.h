/* SPDX-License-Identifier: Apache-2.0 */
/* forms.h - the numbers of all forms of all operations, as names: F_i32_add_si_r. */
#ifndef OCRE_ENGINE_FORMS_H
#define OCRE_ENGINE_FORMS_H

#include "iops.h"

#if OCRE_ENGINE_FUSED
#define EACH_UN(X, n) X(n, s_s, 0) X(n, s_r, 1) X(n, r_s, 2) X(n, r_r, 3)
#define EACH_BINC(X, n)                                                                            \
	X(n, ss_s, 0)                                                                              \
	X(n, ss_r, 1)                                                                              \
	X(n, si_s, 2) X(n, si_r, 3) X(n, rs_s, 4) X(n, rs_r, 5) X(n, ri_s, 6) X(n, ri_r, 7)
#define EACH_BIN(X, n) EACH_BINC(X, n) X(n, sr_s, 8) X(n, sr_r, 9)
#define EACH_FBIN(X, n)                                                                            \
	X(n, ss_s, 0) X(n, ss_r, 1) X(n, rs_s, 2) X(n, rs_r, 3) X(n, sr_s, 4) X(n, sr_r, 5)
#define EACH_STORE(X, n) X(n, ss, 0) X(n, sr, 1) X(n, rs, 2)
#define EACH_BR(X, n)	 X(n, s, 0) X(n, r, 1)
#define EACH_BRCMP(X, n) X(n, ss, 0) X(n, si, 1) X(n, rs, 2) X(n, ri, 3)
#define EACH_CONST(X, n) X(n, s, 0) X(n, r, 1)
#else
#define EACH_UN(X, n)	 X(n, s_s, 0)
#define EACH_BINC(X, n)	 X(n, ss_s, 0) X(n, si_s, 1)
#define EACH_BIN(X, n)	 EACH_BINC(X, n)
#define EACH_FBIN(X, n)	 X(n, ss_s, 0)
#define EACH_STORE(X, n) X(n, ss, 0)
#define EACH_BR(X, n)	 X(n, s, 0)
#define EACH_BRCMP(X, n) X(n, ss, 0) X(n, si, 1)
#define EACH_CONST(X, n) X(n, s, 0)
#endif
#define EACH_ONE(X, n) X(n, one, 0)

/* X for every form of everything. */
#define OF_CTRL(X, n)
#define OF_LOCAL(X, n)
#define OF_CONST(X, n)
#define OF_UN(X, n)	EACH_UN(X, n)
#define OF_EQZ(X, n)	EACH_UN(X, n)
#define OF_BIN(X, n)	EACH_BIN(X, n)
#define OF_BINC(X, n)	EACH_BINC(X, n)
#define OF_CMP(X, n)	EACH_BINC(X, n) EACH_BRCMP(X, br_##n)
#define OF_FBIN(X, n)	EACH_FBIN(X, n)
#define OF_LOAD(X, n)	EACH_UN(X, n)
#define OF_STORE(X, n)	EACH_STORE(X, n)
#define OF_V(X, n)	EACH_ONE(X, n)
#define OF_ATOMIC(X, n) EACH_ONE(X, n)
#define EACH_OTHER(X)                                                                              \
	EACH_ONE(X, invalid)                                                                       \
	EACH_ONE(X, unreachable)                                                                   \
	EACH_ONE(X, boundary)                                                                      \
	EACH_ONE(X, slow)                                                                          \
	EACH_ONE(X, charge)                                                                        \
	EACH_ONE(X, oob)                                                                           \
	EACH_ONE(X, br)                                                                            \
	EACH_BR(X, br_nz)                                                                          \
	EACH_BR(X, br_z)                                                                           \
	EACH_BR(X, br_table)                                                                       \
	EACH_ONE(X, call)                                                                          \
	EACH_ONE(X, call_indirect)                                                                 \
	EACH_ONE(X, ret)                                                                           \
	EACH_BR(X, ret32)                                                                          \
	EACH_BR(X, ret64)                                                                          \
	EACH_ONE(X, retn)                                                                          \
	EACH_CONST(X, copy32)                                                                      \
	EACH_CONST(X, copy64)                                                                      \
	EACH_ONE(X, copy128)                                                                       \
	EACH_ONE(X, copy32x2)                                                                      \
	EACH_CONST(X, const32)                                                                     \
	EACH_CONST(X, const64)                                                                     \
	EACH_ONE(X, const128)                                                                      \
	EACH_BR(X, select32)                                                                       \
	EACH_BR(X, select64)                                                                       \
	EACH_ONE(X, select128)                                                                     \
	EACH_CONST(X, global_get32)                                                                \
	EACH_CONST(X, global_get64)                                                                \
	EACH_BR(X, global_set32)                                                                   \
	EACH_BR(X, global_set64)

#define NUMBER(n, form, i) H_##n##_##form = IOP_##n + (i),
enum handler_number {
	EACH_OTHER(NUMBER)
#define OP(code, name, text, imm, sig, class) OF_##class(NUMBER, name)
#include "opcodes.def"
#undef OP
};

#if OCRE_ENGINE_PAIRS
/* The pairs of pairs.def, numbered behind everything else. */
enum pair_number {
	PAIR_before = IOP_count - 1,
#define SECOND(second)
#define HEAD(first)
#define PAIR(kind, first, name, T, from, to, second) H_##first##__##second,
#include "pairs.def"
#undef SECOND
#undef HEAD
#undef PAIR
	HANDLER_count,
};

/*
 * Let one handler do what two or three neighbours say. `starts` has the first words of all `count`
 * instructions in `code`; only those change.
 */
void ocre__make_pairs(uint16_t *code, const uint32_t *starts, uint32_t count);
#else
#define HANDLER_count IOP_count
#endif

#endif /* OCRE_ENGINE_FORMS_H */
