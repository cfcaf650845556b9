/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stored.c - prepared code in an image that is run in place: from a file that is mapped, or from
 * flash. An image is a header, a table with the place of each function's code, and the code, each
 * on a multiple of four bytes. Numbers have the byte order of the machine. There is no pointer in
 * it, so that many processes can share one.
 */
#include "check.h"

#include <string.h>

/* Of the engine's sources; CMakeLists.txt gives it. */
#ifndef OCRE_ENGINE_CODE_ID
#define OCRE_ENGINE_CODE_ID 0
#endif

/* To be raised when the image changes, or in builds without a code id what code means. */
#define IMAGE_VERSION 1u

struct image {
	uint8_t magic[4];
	uint32_t size;	      /* bytes of the whole */
	uint32_t identity[2]; /* of the build that wrote it, low half first; see identity() */
	uint32_t module_size;
	uint32_t module_hash[2];
	uint32_t features; /* FEATURE_* that the module uses */
	uint32_t functions;
	uint32_t check[2]; /* hash of the fields before and the table */
	uint32_t table[];  /* where each function's code begins, and the last one ends */
};

static const uint8_t magic[4] = {0, 'o', 'c', 'p'};

/* ---- hashes: against mistakes, not against malice ---- */

static uint64_t mix(uint64_t h, const uint8_t *data, size_t size)
{
	uint64_t word = 0;

	memcpy(&word, data, size);
	h = (h ^ word) * 0x9e3779b97f4a7c15u;
	return h << 29 | h >> 35;
}

/* Four words at a time, since this goes through whole modules. */
static uint64_t hash(uint64_t seed, const void *data, size_t size)
{
	uint64_t h = seed ^ size;
	uint64_t lanes[4] = {h, h + 1, h + 2, h + 3};
	const uint8_t *p = data;

	for (; size >= 32; size -= 32, p += 32) {
		for (uint32_t i = 0; i < 4; i++) {
			lanes[i] = mix(lanes[i], p + 8 * (size_t)i, 8);
		}
	}
	for (uint32_t i = 0; i < 4; i++) {
		h = mix(h, (const uint8_t *)&lanes[i], 8);
	}
	for (; size >= 8; size -= 8, p += 8) {
		h = mix(h, p, 8);
	}
	if (size > 0) {
		h = mix(h, p, size);
	}
	return h ^ h >> 32;
}

static void set_hash(uint32_t to[2], uint64_t h)
{
	to[0] = (uint32_t)h;
	to[1] = (uint32_t)(h >> 32);
}

static bool same_hash(const uint32_t a[2], uint64_t h)
{
	return a[0] == (uint32_t)h && a[1] == (uint32_t)(h >> 32);
}

/* All that decides what a word of internal code means. */
static uint64_t identity(void)
{
	static const uint32_t facts[] = {
		IMAGE_VERSION,	     __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		OCRE_ENGINE_FUSED,   OCRE_ENGINE_PAIRS,
		FEATURES_BUILT,	     IOP_call,
		IOP_br_cmp_first,    IOP_count,
		CODE_HEADER,	     CALL_WORDS,
		CALL_INDIRECT_WORDS, SLOW_WORDS,
		REGION_WORDS,	     RECORD_CELLS,
		OCRE_ENGINE_CODE_ID,
	};
	uint64_t h = hash(0, facts, sizeof(facts));

	return hash(h, ocre__op_rows, ocre__op_row_count * sizeof(ocre__op_rows[0]));
}

static uint64_t check_of(const struct image *image)
{
	uint64_t h = hash(0, image, offsetof(struct image, check));

	return hash(h, image->table, ((size_t)image->functions + 1) * sizeof(uint32_t));
}

/* Make the words of a function, filled up to a multiple of four bytes; *size of them. */
static int make_words(struct checker *c, uint32_t func, uint32_t *size)
{
	struct array *code = &c->code;
	int status = ocre__prepare_words(c, func);

	if (status == 0 && code->count % 2 != 0) {
		if (ocre__array_reserve(c, code, 1, sizeof(uint16_t))) {
			((uint16_t *)code->data)[code->count++] = 0;
		}
		status = c->status;
	}
	*size = (uint32_t)(code->count * sizeof(uint16_t));
	return status;
}

/* ---- loading ---- */

/* Code of one function: its header and one instruction at least. */
#define LEAST_CODE ((CODE_HEADER + 2) * sizeof(uint16_t))

static const struct image *image_of(const struct ocre_module *m)
{
	return (const struct image *)(const void *)m->options.stored_code.data;
}

static uint32_t end_of_table(const struct image *image)
{
	return (uint32_t)(sizeof(*image) + (image->functions + 1) * sizeof(uint32_t));
}

static bool table_fits(const struct image *image)
{
	uint32_t at = end_of_table(image);

	if (image->table[0] != at) {
		return false;
	}
	for (uint32_t i = 0; i < image->functions; i++) {
		uint32_t next = image->table[i + 1];

		if (next < at || next - at < LEAST_CODE || next % 4 != 0) {
			return false;
		}
		at = next;
	}
	return at == image->size;
}

/* Why the image cannot be used, or NULL. Reads nothing beyond it, whatever is in it. */
static const char *misfit(const struct ocre_module *m)
{
	const struct image *image = image_of(m);
	size_t size = m->options.stored_code.size;

	if ((uintptr_t)image % sizeof(uint32_t) != 0) {
		return "stored code does not begin at a multiple of 4 bytes";
	}
	if (size < sizeof(*image) || memcmp(image->magic, magic, sizeof(magic)) != 0) {
		return "stored code has no header";
	}
	if (!same_hash(image->identity, identity())) {
		return "stored code was made by another build of the engine";
	}
	if (image->size > size) {
		return "stored code is cut off";
	}
	if (image->functions > OCRE_MAX_FUNCS || end_of_table(image) > image->size ||
	    !same_hash(image->check, check_of(image)) || !table_fits(image)) {
		return "stored code is damaged";
	}
	if (image->module_size != m->bytes.size ||
	    !same_hash(image->module_hash, hash(0, m->bytes.data, m->bytes.size))) {
		return "stored code was made from another module";
	}
	return NULL;
}

int ocre__stored_check(const struct ocre_module *m, struct ocre_diag *diag)
{
	const char *why = misfit(m);

	return why == NULL ? OCRE_OK : ocre_diag_set(diag, OCRE_E_STALE, OCRE_NO_OFFSET, "%s", why);
}

/* Validate every function body, and see that the image has what it is prepared into. */
static int compare(struct ocre_module *m, struct ocre_diag *diag)
{
	const struct image *image = image_of(m);
	const uint32_t *place = image->table;
	struct checker *c;
	int status = ocre__checker_create(m, diag, &c);

	if (status != 0) {
		return status;
	}
	for (uint32_t i = m->func_imports; i < m->func_count && status == 0; i++) {
		uint32_t size;

		status = make_words(c, i, &size);
		if (status == 0 &&
		    (place[1] - place[0] != size ||
		     memcmp((const uint8_t *)image + place[0], c->code.data, size) != 0)) {
			status = ocre_diag_set(diag, OCRE_E_STALE, OCRE_NO_OFFSET,
					       "stored code of function %u is damaged", i);
		}
		place++;
	}
	ocre__checker_destroy(c);
	return status;
}

int ocre__stored_use(struct ocre_module *m, struct ocre_diag *diag)
{
	const struct image *image = image_of(m);
	int status = OCRE_OK;

	if (image->functions != m->func_count - m->func_imports) {
		return ocre_diag_set(diag, OCRE_E_STALE, OCRE_NO_OFFSET,
				     "stored code was made from another module");
	}
	if (m->options.stored_code_trusted) {
		m->features |= image->features;
	} else if (image->functions > 0) {
		status = compare(m, diag);
	}
	for (uint32_t i = 0; i < image->functions; i++) {
		const uint8_t *code = m->options.stored_code.data + image->table[i];

		m->codes[m->func_imports + i] = (const uint16_t *)(const void *)code;
	}
	return status;
}

/* ---- saving ---- */

struct saver {
	struct ocre_module *m;
	struct ocre_diag *diag;
	struct checker *c;
	bool (*write)(void *ctx, const void *data, size_t size);
	void *ctx;
};

static int put(const struct saver *s, const void *data, size_t size)
{
	return s->write(s->ctx, data, size) ? OCRE_OK
					    : ocre_diag_set(s->diag, OCRE_E_IO, OCRE_NO_OFFSET,
							    "prepared code cannot be written");
}

static int fill_header(const struct saver *s, struct image *image)
{
	const struct ocre_module *m = s->m;
	uint32_t at;

	image->functions = m->func_count - m->func_imports;
	at = end_of_table(image);
	for (uint32_t i = 0; i < image->functions; i++) {
		uint32_t size = 0;
		int status = make_words(s->c, m->func_imports + i, &size);

		if (status == 0 && size > UINT32_MAX - at) {
			status = ocre_diag_set(s->diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
					       "prepared code larger than 4 GiB");
		}
		if (status != 0) {
			return status;
		}
		image->table[i] = at;
		at += size;
	}
	image->table[image->functions] = at;
	image->size = at;
	memcpy(image->magic, magic, sizeof(magic));
	set_hash(image->identity, identity());
	image->module_size = (uint32_t)m->bytes.size;
	set_hash(image->module_hash, hash(0, m->bytes.data, m->bytes.size));
	image->features = m->features;
	set_hash(image->check, check_of(image));
	return OCRE_OK;
}

/* Each function is prepared twice, so that the header can be written first. */
static int save(const struct saver *s, struct image *image, size_t size)
{
	int status = fill_header(s, image);

	if (status == 0) {
		status = put(s, image, size);
	}
	for (uint32_t i = 0; i < image->functions && status == 0; i++) {
		uint32_t bytes = 0;

		status = make_words(s->c, s->m->func_imports + i, &bytes);
		if (status == 0) {
			status = put(s, s->c->code.data, bytes);
		}
	}
	return status;
}

static int save_locked(struct saver *s)
{
	struct ocre_module *m = s->m;
	size_t size = sizeof(struct image) +
		      ((size_t)m->func_count - m->func_imports + 1) * sizeof(uint32_t);
	struct image *image = ocre_mem_alloc(m->mem, size);
	int status;

	if (image == NULL) {
		return ocre_diag_set(s->diag, OCRE_E_NOMEM, OCRE_NO_OFFSET,
				     "out of memory while saving prepared code");
	}
	status = ocre__checker_create(m, s->diag, &s->c);
	if (status == 0) {
		status = save(s, image, size);
		ocre__checker_destroy(s->c);
	}
	ocre_mem_free(m->mem, image, size);
	return status;
}

int ocre_module_save_code(struct ocre_module *module,
			  bool (*write)(void *ctx, const void *data, size_t size), void *ctx,
			  struct ocre_diag *diag)
{
	struct saver s = {module, diag, NULL, write, ctx};
	int status;

	ocre__module_lock(module);
	status = save_locked(&s);
	ocre__module_unlock(module);
	return status;
}
