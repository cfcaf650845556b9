/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sections.h - a walk over the sections of a module, for what the engine does not keep: sizes,
 * offsets, custom sections. Made for modules that the engine has accepted, but safe on any bytes:
 * what cannot be read ends the walk.
 */
#ifndef OCRE_CLI_SECTIONS_H
#define OCRE_CLI_SECTIONS_H

#include <ocre/engine.h>

enum ocre__section_id {
	OCRE__SECTION_CUSTOM = 0,
	OCRE__SECTION_TYPE = 1,
	OCRE__SECTION_IMPORT = 2,
	OCRE__SECTION_FUNCTION = 3,
	OCRE__SECTION_TABLE = 4,
	OCRE__SECTION_MEMORY = 5,
	OCRE__SECTION_GLOBAL = 6,
	OCRE__SECTION_EXPORT = 7,
	OCRE__SECTION_START = 8,
	OCRE__SECTION_ELEMENT = 9,
	OCRE__SECTION_CODE = 10,
	OCRE__SECTION_DATA = 11,
	OCRE__SECTION_DATA_COUNT = 12,
	OCRE__SECTION_TAG = 13,
};

struct ocre__reader {
	const uint8_t *at;
	const uint8_t *end;
	bool bad; /* something could not be read; everything read since is 0 */
};

uint8_t ocre__read_u8(struct ocre__reader *r);
uint32_t ocre__read_u32(struct ocre__reader *r);
/* A vector's length and its bytes: names, lists of types. */
struct ocre_bytes ocre__read_vec(struct ocre__reader *r);
struct ocre_limits ocre__read_limits(struct ocre__reader *r);

struct ocre__section {
	uint8_t id;
	uint32_t offset;	    /* of its first byte in the module */
	uint32_t size;		    /* header and content */
	struct ocre_bytes name;	    /* of a custom section */
	struct ocre__reader reader; /* its content, after the name of a custom section */
};

const char *ocre__section_name(uint8_t id);

/* The section at *at (8 for the first), and *at moved behind it. False at the end. */
bool ocre__section_next(struct ocre_bytes module, size_t *at, struct ocre__section *out);

/* The first section with this id, custom sections by name; false when there is none. */
bool ocre__section_find(struct ocre_bytes module, uint8_t id, const char *custom,
			struct ocre__section *out);

/* Length of the vector that a section begins with, 0 when there is no such section. */
uint32_t ocre__section_count(struct ocre_bytes module, uint8_t id);

/* The types of a module, one after the other: `reader` is the type section's, behind its count. */
bool ocre__read_func_type(struct ocre__reader *r, struct ocre_func_type *out);

#endif /* OCRE_CLI_SECTIONS_H */
