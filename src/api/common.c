/* SPDX-License-Identifier: Apache-2.0 */
/* common.c - which build this is, and which names are names. */
#include <stddef.h>

#include <ocre/common.h>

#include "build.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "an unknown compiler"
#endif

const struct ocre_config ocre_build_configuration = {
	.version = OCRE_BUILD_VERSION,
	.commit_id = OCRE_BUILD_COMMIT,
	.build_info = OCRE_BUILD_SYSTEM ", " COMPILER,
	.build_date = OCRE_BUILD_DATE,
};

static int is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

int ocre_is_valid_name(const char *id)
{
	if (id == NULL || id[0] == '\0' || id[0] == '.') {
		return 0;
	}
	for (; *id != '\0'; id++) {
		if (!is_name_char(*id)) {
			return 0;
		}
	}
	return 1;
}
