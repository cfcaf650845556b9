/* SPDX-License-Identifier: Apache-2.0 */
/* spectest.c - the module "spectest" that the specification's scripts import from. */
#include "spec.h"

/* What the functions are given is checked by their signatures; nothing is printed. */
static int print(struct ocre_call *call)
{
	(void)call;
	return OCRE_HOST_DONE;
}

static const struct ocre_host_func funcs[] = {
	{"print", ":", print},		 {"print_i32", "i:", print},
	{"print_i64", "I:", print},	 {"print_f32", "f:", print},
	{"print_f64", "F:", print},	 {"print_i32_f32", "if:", print},
	{"print_f64_f64", "FF:", print},
};

const struct ocre_host_module spec_test_module = {
	"spectest",
	funcs,
	sizeof(funcs) / sizeof(funcs[0]),
};

/* The shared memory of the threads proposal is last, since not every build has it. */
static const struct ocre_extern_def externs[] = {
	{"global_i32", OCRE_EXTERN_GLOBAL, {0, 0, false}, OCRE_I32, false, {.i32 = 666}},
	{"global_i64", OCRE_EXTERN_GLOBAL, {0, 0, false}, OCRE_I64, false, {.i64 = 666}},
	/* 666.6 */
	{"global_f32", OCRE_EXTERN_GLOBAL, {0, 0, false}, OCRE_F32, false, {.f32 = 0x4426a666}},
	{"global_f64",
	 OCRE_EXTERN_GLOBAL,
	 {0, 0, false},
	 OCRE_F64,
	 false,
	 {.f64 = 0x4084d4cccccccccd}},
	{"table", OCRE_EXTERN_TABLE, {10, 20, false}, OCRE_FUNCREF, false, {0}},
	{"memory", OCRE_EXTERN_MEMORY, {1, 2, false}, 0, false, {0}},
	{"shared_memory", OCRE_EXTERN_MEMORY, {1, 2, true}, 0, false, {0}},
};

int spec_test_externs(struct ocre_store *store, struct ocre_instance **out)
{
	uint32_t count = sizeof(externs) / sizeof(externs[0]);

	if (!spec_has_feature("threads")) {
		count--;
	}
	return ocre_instance_from_externs(store, externs, count, out);
}
