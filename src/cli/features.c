/* SPDX-License-Identifier: Apache-2.0 */
/* features.c - the proposals that a module uses, and those that its toolchain says it uses. */
#include "inspect.h"

void ocre__features_used(const struct ocre__inspection *in,
			 void (*each)(void *ctx, const char *name), void *ctx)
{
	uint32_t used = ocre_module_features(in->module);

	for (uint32_t bit = 0; bit < 32; bit++) {
		const char *name = ocre_feature_name(bit);

		if ((used & UINT32_C(1) << bit) != 0 && name != NULL) {
			each(ctx, name);
		}
	}
}

void ocre__features_declared(const struct ocre__inspection *in,
			     void (*each)(void *ctx, struct ocre_bytes name), void *ctx)
{
	struct ocre__section section;

	if (!ocre__section_find(in->bytes, OCRE__SECTION_CUSTOM, "target_features", &section)) {
		return;
	}
	for (uint32_t n = ocre__read_u32(&section.reader); n > 0; n--) {
		uint8_t prefix = ocre__read_u8(&section.reader);
		struct ocre_bytes name = ocre__read_vec(&section.reader);

		if (section.reader.bad) {
			return;
		}
		if (prefix == '+' || prefix == '=') {
			each(ctx, name);
		}
	}
}
