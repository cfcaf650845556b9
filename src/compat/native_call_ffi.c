/* SPDX-License-Identifier: Apache-2.0 */
/* native_call_ffi.c - calls by libffi, on machines that native_abi.h does not know. */
#include "native_call.h"

#include <string.h>

#include <ffi.h>

static ffi_type *type_of(char kind)
{
	switch (kind) {
	case 'i':
		return &ffi_type_sint32;
	case 'I':
		return &ffi_type_sint64;
	case 'f':
		return &ffi_type_float;
	case 'F':
		return &ffi_type_double;
	case 'p':
		return &ffi_type_pointer;
	default:
		return &ffi_type_void;
	}
}

static bool prepare(const struct ocre__call_plan *plan, ffi_cif *cif, ffi_type **types)
{
	for (unsigned int n = 0; n < plan->count; n++) {
		types[n] = type_of(plan->kinds[n]);
	}
	return ffi_prep_cif(cif, FFI_DEFAULT_ABI, plan->count, type_of(plan->result), types) ==
	       FFI_OK;
}

bool ocre__call_plan(struct ocre__call_plan *plan, const char *kinds, unsigned int count,
		     char result)
{
	ffi_type *types[OCRE__CALL_ARGS];
	ffi_cif cif;

	memset(plan, 0, sizeof(*plan));
	memcpy(plan->kinds, kinds, count);
	plan->count = (uint8_t)count;
	plan->result = result;
	return prepare(plan, &cif, types);
}

void ocre__call(const struct ocre__call_plan *plan, void (*function)(void),
		const union ocre__value *args, union ocre__value *result)
{
	ffi_type *types[OCRE__CALL_ARGS];
	void *pointers[OCRE__CALL_ARGS];
	ffi_cif cif;
	union {
		union ocre__value value;
		ffi_arg wide; /* how a small result comes */
	} raw;

	(void)prepare(plan, &cif, types); /* it was possible when it was planned */
	for (unsigned int n = 0; n < plan->count; n++) {
		/* Nothing is written to them. */
		pointers[n] = (void *)(uintptr_t)&args[n];
	}
	ffi_call(&cif, function, &raw, pointers);
	if (plan->result == 'i') {
		result->i32 = (uint32_t)raw.wide;
	} else if (plan->result != ':') {
		*result = raw.value;
	}
}
