/* SPDX-License-Identifier: Apache-2.0 */
/* uname.c - what the system calls itself. */
#include <string.h>

#include "internal.h"

#if defined(__ZEPHYR__)
#define OS "Zephyr"
#elif defined(__linux__)
#define OS "Linux"
#else
#define OS "bare metal"
#endif

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__i386__)
#define MACHINE "i686"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#elif defined(__arm__)
#define MACHINE "arm"
#elif defined(__riscv) && __riscv_xlen == 64
#define MACHINE "riscv64"
#elif defined(__riscv)
#define MACHINE "riscv32"
#elif defined(__s390x__)
#define MACHINE "s390x"
#else
#define MACHINE "unknown"
#endif

/* Put `text` behind what is in the field, cut where the field ends. */
static void append(char field[UNAME_FIELD], const char *text)
{
	size_t used = strlen(field);
	size_t size = strlen(text);

	if (size > UNAME_FIELD - 1 - used) {
		size = UNAME_FIELD - 1 - used;
	}
	memcpy(field + used, text, size);
	field[used + size] = '\0';
}

static const char *or_default(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

void ocre__event_uname_init(struct ocre__event_shared *shared, const struct ocre_uname *names)
{
	static const struct ocre_uname none;

	if (names == NULL) {
		names = &none;
	}
	memset(shared->uname, 0, sizeof(shared->uname));
	append(shared->uname[0], "Project Ocre (");
	append(shared->uname[0], or_default(names->os, OS));
	append(shared->uname[0], ")");
	append(shared->uname[1], or_default(names->node, "ocre"));
	append(shared->uname[2], or_default(names->release, "ocre (" OCRE_VERSION ")"));
	append(shared->uname[3], or_default(names->version, OCRE_VERSION));
	append(shared->uname[4], or_default(names->machine, MACHINE));
	/* The sixth is the name of the domain: none. */
}

int ocre__event_uname(struct ocre_call *call)
{
	const struct ocre__event_shared *shared = ocre__event_of(call)->shared;
	void *at = ocre_call_memory(call, ocre_arg_u32(call, 0), sizeof(shared->uname));

	if (at == NULL) {
		return ocre__event_return(call, -1);
	}
	memcpy(at, shared->uname, sizeof(shared->uname));
	call->charge = sizeof(shared->uname) / 64;
	return ocre__event_return(call, 0);
}
