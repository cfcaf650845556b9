/* SPDX-License-Identifier: Apache-2.0 */
/* sections.c - see sections.h. Encodings: WebAssembly core specification, 5.2, 5.3 and 5.5. */
#include <string.h>

#include "sections.h"

uint8_t ocre__read_u8(struct ocre__reader *r)
{
	if (r->bad || r->at == r->end) {
		r->bad = true;
		return 0;
	}
	return *r->at++;
}

uint32_t ocre__read_u32(struct ocre__reader *r)
{
	uint32_t v = 0;

	for (unsigned int shift = 0; shift < 35; shift += 7) {
		uint8_t byte = ocre__read_u8(r);

		v |= (uint32_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			return r->bad ? 0 : v;
		}
	}
	r->bad = true;
	return 0;
}

struct ocre_bytes ocre__read_vec(struct ocre__reader *r)
{
	uint32_t size = ocre__read_u32(r);
	struct ocre_bytes out = {r->at, size};

	if (r->bad || size > (size_t)(r->end - r->at)) {
		r->bad = true;
		out.size = 0;
		return out;
	}
	r->at += size;
	return out;
}

struct ocre_limits ocre__read_limits(struct ocre__reader *r)
{
	struct ocre_limits out = {0, UINT32_MAX, false};
	uint8_t flags = ocre__read_u8(r);

	out.shared = (flags & 2) != 0;
	out.min = ocre__read_u32(r);
	if ((flags & 1) != 0) {
		out.max = ocre__read_u32(r);
	}
	return out;
}

const char *ocre__section_name(uint8_t id)
{
	static const char *const names[] = {"custom", "type",	"import",     "function", "table",
					    "memory", "global", "export",     "start",	  "element",
					    "code",   "data",	"data count", "tag"};

	return id < sizeof(names) / sizeof(names[0]) ? names[id] : "unknown";
}

bool ocre__section_next(struct ocre_bytes module, size_t *at, struct ocre__section *out)
{
	struct ocre__reader r;
	struct ocre_bytes content;

	if (*at >= module.size) {
		return false;
	}
	r = (struct ocre__reader){module.data + *at, module.data + module.size, false};
	memset(out, 0, sizeof(*out));
	out->offset = (uint32_t)*at;
	out->id = ocre__read_u8(&r);
	content = ocre__read_vec(&r);
	if (r.bad) {
		return false;
	}
	out->size = (uint32_t)((size_t)(r.at - module.data) - *at);
	out->reader = (struct ocre__reader){content.data, content.data + content.size, false};
	if (out->id == OCRE__SECTION_CUSTOM) {
		out->name = ocre__read_vec(&out->reader);
	}
	*at += out->size;
	return true;
}

bool ocre__section_find(struct ocre_bytes module, uint8_t id, const char *custom,
			struct ocre__section *out)
{
	size_t at = 8;

	while (ocre__section_next(module, &at, out)) {
		if (out->id == id &&
		    (custom == NULL || (out->name.size == strlen(custom) &&
					memcmp(out->name.data, custom, out->name.size) == 0))) {
			return true;
		}
	}
	return false;
}

uint32_t ocre__section_count(struct ocre_bytes module, uint8_t id)
{
	struct ocre__section section;

	return ocre__section_find(module, id, NULL, &section) ? ocre__read_u32(&section.reader) : 0;
}

bool ocre__read_func_type(struct ocre__reader *r, struct ocre_func_type *out)
{
	struct ocre_bytes params;
	struct ocre_bytes results;

	if (ocre__read_u8(r) != 0x60) {
		return false;
	}
	params = ocre__read_vec(r);
	results = ocre__read_vec(r);
	out->params = params.data;
	out->param_count = (uint32_t)params.size;
	out->results = results.data;
	out->result_count = (uint32_t)results.size;
	return !r->bad;
}
