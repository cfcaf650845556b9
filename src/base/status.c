/* SPDX-License-Identifier: Apache-2.0 */
/* status.c - the texts of the status codes. */
#include <ocre/base.h>

const char *ocre_status_text(int status)
{
	switch (status) {
	case OCRE_OK:
		return "no error";
#define OCRE__TEXT(name, number, text)                                                             \
	case OCRE_E_##name:                                                                        \
		return text;
		OCRE_STATUS_LIST(OCRE__TEXT)
#undef OCRE__TEXT
	default:
		return "unknown error";
	}
}
