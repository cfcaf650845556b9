/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - the store on raw flash: what image.h promises, with the records of journal.c and the
 * blocks of runs.c.
 */
#include "store.h"

#include <string.h>

_Static_assert(sizeof(struct ocre__store_entry) == PIECE, "a record fills whole units");
_Static_assert(offsetof(struct ocre__store_entry, name) == sizeof(struct ocre__store_record),
	       "the name follows its record");

_Static_assert(sizeof(struct ocre_image_store) + sizeof(struct ocre_image_store_put) <= 320,
	       "RAM is dear");

/* ---- names ---- */

bool ocre_image_store_is_name(enum ocre_image_store_kind kind, const char *name)
{
	bool first = true;
	uint32_t n;

	for (n = 0; n <= OCRE_STORE_NAME && name[n] != '\0'; n++) {
		char c = name[n];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '-' || (c == '.' && !first);
		bool between = c == '/' && !first && kind == OCRE_STORE_FILE;

		if (!word && !between) {
			return false;
		}
		first = between;
	}
	return n <= OCRE_STORE_NAME && !first;
}

/* ---- finding ---- */

static bool find(struct ocre_image_store *store, enum ocre_image_store_kind kind, const char *name,
		 struct ocre__store_walk *walk)
{
	size_t size = strlen(name);

	ocre__store_begin(store, walk);
	while (ocre__store_step(store, walk)) {
		if (walk->entry.r.kind == kind && walk->entry.r.name_size == size &&
		    memcmp(walk->entry.name, name, size) == 0 && ocre__store_lives(store, walk)) {
			return true;
		}
	}
	return false;
}

static void tell(const struct ocre__store_entry *e, struct ocre_image_store_info *out)
{
	memcpy(out->name, e->name, e->r.name_size);
	out->name[e->r.name_size] = '\0';
	out->kind = e->r.kind;
	out->size = e->r.size;
	out->sequence = e->r.sequence;
	out->stamp = (uint64_t)e->r.stamp[1] << 32 | e->r.stamp[0];
	memcpy(out->digest, e->r.digest, sizeof(out->digest));
}

int ocre_image_store_find(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			  const char *name, struct ocre_image_store_info *out)
{
	struct ocre__store_walk walk;

	if (!find(store, kind, name, &walk)) {
		return ocre__store_absent(store);
	}
	if (out != NULL) {
		tell(&walk.entry, out);
	}
	return OCRE_OK;
}

bool ocre_image_store_next(struct ocre_image_store *store, uint32_t *cursor,
			   struct ocre_image_store_info *out)
{
	struct ocre__store_walk walk;

	ocre__store_begin(store, &walk);
	if (*cursor != 0) {
		walk.next = *cursor;
	}
	if (!ocre__store_next(store, &walk)) {
		return false;
	}
	*cursor = walk.next;
	tell(&walk.entry, out);
	return true;
}

int64_t ocre_image_store_read(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			      const char *name, uint32_t offset, void *data, uint32_t size)
{
	struct ocre__store_walk walk;
	uint32_t left;
	int rc;

	if (!find(store, kind, name, &walk)) {
		return ocre__store_absent(store);
	}
	left = offset < walk.entry.r.size ? walk.entry.r.size - offset : 0;
	size = size < left ? size : left;
	rc = ocre__store_read(store, ocre__store_contents(store, &walk) + offset, data, size);
	return rc == OCRE_OK ? (int64_t)size : rc;
}

static int digest_of(const struct ocre_image_store *store, uint32_t offset, uint32_t size,
		     uint8_t digest[OCRE_SHA256_SIZE])
{
	struct ocre_sha256 sha;
	int rc;

	ocre_sha256_begin(&sha);
	rc = ocre__store_hash(store, &sha, offset, size);
	ocre_sha256_end(&sha, digest);
	return rc;
}

int ocre_image_store_verify(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			    const char *name)
{
	struct ocre__store_walk walk;
	uint8_t digest[OCRE_SHA256_SIZE];
	int rc;

	if (!find(store, kind, name, &walk)) {
		return ocre__store_absent(store);
	}
	rc = digest_of(store, ocre__store_contents(store, &walk), walk.entry.r.size, digest);
	if (rc != OCRE_OK) {
		return rc;
	}
	return memcmp(digest, walk.entry.r.digest, sizeof(digest)) == 0 ? OCRE_OK : OCRE_E_INVALID;
}

/* ---- in place ---- */

int ocre_image_store_hold(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			  const char *name, struct ocre_image_store_hold *hold)
{
	struct ocre__store_walk walk;

	if (kind == OCRE_STORE_FILE || store->flash->base == NULL) {
		return OCRE_E_UNSUPPORTED;
	}
	if (!find(store, kind, name, &walk)) {
		return ocre__store_absent(store);
	}
	hold->bytes.data = store->flash->base + ocre__store_contents(store, &walk);
	hold->bytes.size = walk.entry.r.size;
	hold->place = walk.entry.r.place;
	hold->blocks = ocre__store_blocks(store, walk.entry.r.size);
	hold->next = store->holds;
	store->holds = hold;
	return OCRE_OK;
}

void ocre_image_store_release(struct ocre_image_store *store, struct ocre_image_store_hold *hold)
{
	struct ocre_image_store_hold **at = &store->holds;

	while (*at != NULL && *at != hold) {
		at = &(*at)->next;
	}
	if (*at == hold) {
		*at = hold->next;
	}
}

/* ---- room ---- */

/* What must be left in a journal after a put, so that there is not a new one for each write. */
static uint32_t spare(const struct ocre_image_store *store)
{
	uint32_t eighth = store->flash->journal_size / 8;

	return eighth > SPARE ? eighth : SPARE;
}

/* Whoever may write files must not be able to keep images out. */
static uint32_t to_leave(const struct ocre_image_store *store, uint8_t kind)
{
	return spare(store) + (kind == OCRE_STORE_FILE ? FILES_LEAVE : 0);
}

void ocre_image_store_space(struct ocre_image_store *store, struct ocre_image_store_space *out)
{
	const struct ocre_flash *flash = store->flash;
	uint32_t first = ocre__store_first_block(store);
	uint32_t all = flash->size / flash->erase_size;
	uint32_t living = ocre__store_living(store);

	memset(out, 0, sizeof(*out));
	out->total = (all - first) * flash->erase_size;
	out->free = ocre__store_free_blocks(store) * flash->erase_size;
	out->names_total = ocre__store_end(store) - ocre__store_first(store) - spare(store);
	out->names_free = living < out->names_total ? out->names_total - living : 0;
	for (uint32_t i = first; i < all; i++) {
		uint32_t wear = ocre__store_wear(store, i);

		out->erases = wear > out->erases ? wear : out->erases;
	}
	out->journal_erases = (store->turn + flash->journals - 1) / flash->journals;
}

/* What an entry takes, in its journal and in blocks. */
static uint32_t takes(const struct ocre_image_store *store, const struct ocre__store_record *r)
{
	uint32_t blocks = r->place == 0 ? 0 : ocre__store_blocks(store, r->size);

	return ocre__store_total(store, r) + blocks * store->flash->erase_size;
}

/* What the files of the first `size` bytes of `owner` take, but for the file called `name`. */
static uint32_t owned(struct ocre_image_store *store, const char *owner, size_t size,
		      const char *name)
{
	struct ocre__store_walk walk;
	uint32_t sum = 0;

	ocre__store_begin(store, &walk);
	while (ocre__store_next(store, &walk)) {
		const struct ocre__store_entry *e = &walk.entry;
		bool other = name == NULL || strlen(name) != e->r.name_size ||
			     memcmp(e->name, name, e->r.name_size) != 0;

		if (e->r.kind == OCRE_STORE_FILE && e->r.name_size >= size && other &&
		    memcmp(e->name, owner, size) == 0 &&
		    (e->r.name_size == size || e->name[size] == '/')) {
			sum += takes(store, &e->r);
		}
	}
	return sum;
}

uint32_t ocre_image_store_owned(struct ocre_image_store *store, const char *owner)
{
	size_t size = strlen(owner);

	return size > OCRE_STORE_NAME ? 0 : owned(store, owner, size, NULL);
}

/* ---- opening ---- */

static bool is_power_of_two(uint32_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

static bool is_possible(const struct ocre_flash *flash)
{
	uint32_t head = (uint32_t)sizeof(struct ocre__store_header) + 2 * SPARE;

	return flash->read != NULL && flash->program != NULL && flash->erase != NULL &&
	       is_power_of_two(flash->program_unit) && flash->program_unit <= 32 &&
	       is_power_of_two(flash->erase_size) && flash->erase_size >= PIECE &&
	       flash->size % flash->erase_size == 0 && flash->size <= UINT32_MAX / 2 &&
	       flash->journal_size != 0 && flash->journal_size % flash->erase_size == 0 &&
	       flash->journals >= 2 && flash->journals < flash->size / flash->journal_size &&
	       flash->journal_size > head + spare(&(struct ocre_image_store){.flash = flash}) +
					     flash->size / flash->erase_size * 2;
}

static int prepare(struct ocre_image_store *store, const struct ocre_flash *flash,
		   struct ocre_diag *diag)
{
	memset(store, 0, sizeof(*store));
	store->flash = flash;
	if (!is_possible(flash)) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "no store can be in such flash: see struct ocre_flash");
	}
	return OCRE_OK;
}

int ocre_image_store_open(struct ocre_image_store *store, const struct ocre_flash *flash,
			  struct ocre_diag *diag)
{
	int rc = prepare(store, flash, diag);

	if (rc != OCRE_OK) {
		return rc;
	}
	rc = ocre__store_mount(store);
	if (rc != OCRE_OK) {
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
				     rc == OCRE_E_IO ? "the flash cannot be read"
						     : "no store is in the flash: format it");
	}
	rc = ocre__store_finish_move(store);
	return rc == OCRE_OK ? rc
			     : ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
					     "what was being moved cannot be moved: %s",
					     ocre_status_text(rc));
}

int ocre_image_store_format(const struct ocre_flash *flash, struct ocre_diag *diag)
{
	struct ocre_image_store store;
	int rc = prepare(&store, flash, diag);

	if (rc != OCRE_OK) {
		return rc;
	}
	/* With a store in it, erase counts and turns go on. */
	(void)ocre__store_mount(&store);
	rc = ocre__store_clear(&store);
	return rc == OCRE_OK
		       ? rc
		       : ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "the flash cannot be written");
}

/* ---- putting ---- */

static void fill_record(const struct ocre_image_store_put *put, struct ocre__store_entry *e)
{
	memset(e, 0, sizeof(*e));
	e->r.what = WHAT_PUT;
	e->r.kind = put->kind;
	e->r.name_size = put->name_size;
	e->r.size = put->size;
	e->r.place = put->place;
	e->r.sequence = put->sequence;
	e->r.stamp[0] = (uint32_t)put->stamp;
	e->r.stamp[1] = (uint32_t)(put->stamp >> 32);
	memcpy(e->name, put->name, put->name_size);
}

/* Room for its record, and for its contents: in the journal when `small`, else in blocks. */
static int make_room(struct ocre_image_store_put *put, const char *name, bool small, uint32_t quota)
{
	struct ocre_image_store *store = put->store;
	struct ocre__store_entry e;
	int rc = OCRE_OK;

	put->place = small ? 0 : 1; /* any, for now */
	fill_record(put, &e);
	if (quota != 0) {
		size_t owner = 0;
		uint32_t others;

		while (name[owner] != '\0' && name[owner] != '/') {
			owner++;
		}
		others = owned(store, name, owner, name);
		if (others > quota || takes(store, &e.r) > quota - others) {
			return OCRE_E_ACCESS; /* told apart by the caller */
		}
	}
	if (!small) {
		rc = ocre__store_place(store, ocre__store_blocks(store, put->size), &put->place);
	}
	if (rc == OCRE_OK) {
		rc = ocre__store_room(store, ocre__store_total(store, &e.r),
				      to_leave(store, e.r.kind));
	}
	return rc;
}

static int explain(struct ocre_image_store *store, int rc, const struct ocre_image_store_item *item,
		   struct ocre_diag *diag)
{
	const uint32_t block = store->flash->erase_size;
	const uint32_t free = ocre__store_free_blocks(store) * block;

	switch (rc) {
	case OCRE_E_ACCESS:
		return ocre_diag_set(diag, OCRE_E_LIMIT, OCRE_NO_OFFSET,
				     "%s: over the quota of %u bytes", item->name, item->quota);
	case OCRE_E_BUSY:
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
				     "%s: the room for it lies between images in use", item->name);
	case OCRE_E_LIMIT:
		if (item->size <= free) {
			return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
					     "%s: the store is full: of names and small files",
					     item->name);
		}
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET,
				     "%s: the store is full: %u bytes in blocks of %u are free",
				     item->name, free, block);
	default:
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s: the flash failed", item->name);
	}
}

int ocre_image_store_put_begin(struct ocre_image_store *store, struct ocre_image_store_put *put,
			       const struct ocre_image_store_item *item, struct ocre_diag *diag)
{
	uint32_t quarter = store->flash->journal_size / 4;
	bool small;
	int rc;

	if (!ocre_image_store_is_name(item->kind, item->name) || item->kind < OCRE_STORE_IMAGE ||
	    item->kind > OCRE_STORE_FILE || (item->size == 0 && item->kind != OCRE_STORE_FILE)) {
		return ocre_diag_set(diag, OCRE_E_ARGUMENT, OCRE_NO_OFFSET,
				     "'%s' is empty, or no name: a-z A-Z 0-9 . _ - and no dot "
				     "first, at most %u",
				     item->name, (uint32_t)OCRE_STORE_NAME);
	}
	if (store->state != STATE_READY) {
		return ocre_diag_set(diag, store->state == STATE_PUTTING ? OCRE_E_BUSY : OCRE_E_IO,
				     OCRE_NO_OFFSET, "%s: another put is under way, or failed",
				     item->name);
	}
	if (item->kind == OCRE_STORE_CODE &&
	    ocre_image_store_find(store, OCRE_STORE_IMAGE, item->name, NULL) == OCRE_E_NOTFOUND) {
		return ocre_diag_set(diag, OCRE_E_NOTFOUND, OCRE_NO_OFFSET,
				     "there is no image %s for the code", item->name);
	}
	if (item->size > store->flash->size) {
		return explain(store, OCRE_E_LIMIT, item, diag);
	}
	memset(put, 0, sizeof(*put));
	put->store = store;
	put->kind = (uint8_t)item->kind;
	put->size = item->size;
	put->stamp = item->stamp;
	put->name_size = (uint8_t)strlen(item->name);
	memcpy(put->name, item->name, put->name_size);
	small = item->kind == OCRE_STORE_FILE &&
		item->size + sizeof(struct ocre__store_entry) < quarter;
	rc = make_room(put, item->name, small, item->quota);
	if (store->state == STATE_BROKEN) {
		rc = OCRE_E_IO;
	}
	if (rc != OCRE_OK) {
		return explain(store, rc, item, diag);
	}
	put->sequence = store->sequence;
	ocre_sha256_begin(&put->sha);
	store->state = STATE_PUTTING;
	return OCRE_OK;
}

/* Where the contents of a put begin. */
static uint32_t contents(const struct ocre_image_store_put *put)
{
	const struct ocre_image_store *store = put->store;
	struct ocre__store_record r = {.name_size = put->name_size};

	return put->place == 0 ? store->tail + ocre__store_head(store, &r)
			       : put->place * store->flash->erase_size;
}

/* Whole units; blocks are erased when the first of them is written. */
static int write(struct ocre_image_store_put *put, uint32_t at, const uint8_t *data, uint32_t size)
{
	struct ocre_image_store *store = put->store;
	uint32_t block = store->flash->erase_size;
	uint32_t to = contents(put) + at;
	int rc = OCRE_OK;

	while (size > 0 && rc == OCRE_OK) {
		uint32_t n = block - to % block < size ? block - to % block : size;

		if (put->place != 0 && to % block == 0) {
			rc = ocre__store_erase(store, to);
		}
		if (rc == OCRE_OK) {
			rc = ocre__store_program(store, to, data, n);
		}
		to += n;
		data += n;
		size -= n;
	}
	return rc;
}

int ocre_image_store_put_add(struct ocre_image_store_put *put, const void *data, size_t size)
{
	uint32_t unit = put->store->flash->program_unit;
	const uint8_t *bytes = data;
	int rc = OCRE_OK;

	if (size > put->size - put->done) {
		return OCRE_E_ARGUMENT;
	}
	ocre_sha256_add(&put->sha, data, size);
	while (size > 0 && rc == OCRE_OK) {
		uint32_t held = put->done % unit;
		uint32_t n = (uint32_t)size & ~(unit - 1);

		if (held == 0 && n > 0) {
			rc = write(put, put->done, bytes, n);
		} else {
			n = unit - held < size ? unit - held : (uint32_t)size;
			memcpy(put->unit + held, bytes, n);
			if (held + n == unit) {
				rc = write(put, put->done - held, put->unit, unit);
			}
		}
		put->done += n;
		bytes += n;
		size -= n;
	}
	return rc;
}

/* What does not fill a unit. */
static int write_rest(struct ocre_image_store_put *put)
{
	const struct ocre_flash *flash = put->store->flash;
	uint32_t held = put->done % flash->program_unit;

	if (put->done != put->size) {
		return OCRE_E_ARGUMENT;
	}
	if (held == 0 || put->written) {
		return OCRE_OK;
	}
	put->written = true;
	memset(put->unit + held, flash->erased, sizeof(put->unit) - held);
	return write(put, put->done - held, put->unit, flash->program_unit);
}

int ocre_image_store_put_bytes(struct ocre_image_store_put *put, struct ocre_bytes *out)
{
	const struct ocre_flash *flash = put->store->flash;
	int rc = write_rest(put);

	if (rc == OCRE_OK && (put->kind == OCRE_STORE_FILE || flash->base == NULL)) {
		return OCRE_E_UNSUPPORTED;
	}
	if (rc == OCRE_OK) {
		*out = (struct ocre_bytes){flash->base + contents(put), put->size};
	}
	return rc;
}

/* Write what is left and look at what is in the flash now. */
static int finish(struct ocre_image_store_put *put, const uint8_t *wanted, uint8_t *digest)
{
	uint8_t given[OCRE_SHA256_SIZE];
	int rc = write_rest(put);

	ocre_sha256_end(&put->sha, given);
	if (rc == OCRE_OK) {
		rc = digest_of(put->store, contents(put), put->size, digest);
	}
	if (rc == OCRE_OK && (memcmp(given, digest, sizeof(given)) != 0)) {
		return OCRE_E_IO;
	}
	return rc == OCRE_OK && wanted != NULL && memcmp(given, wanted, sizeof(given)) != 0
		       ? OCRE_E_INVALID
		       : rc;
}

int ocre_image_store_put_commit(struct ocre_image_store_put *put,
				const uint8_t digest[OCRE_SHA256_SIZE], struct ocre_diag *diag)
{
	struct ocre_image_store *store = put->store;
	struct ocre__store_entry e;
	int rc;

	fill_record(put, &e);
	rc = finish(put, digest, e.r.digest);
	if (rc == OCRE_OK) {
		rc = ocre__store_append(store, &e);
	}
	if (rc != OCRE_OK) {
		ocre_image_store_put_abort(put);
		return ocre_diag_set(diag, rc, OCRE_NO_OFFSET, "%s: %s",
				     rc == OCRE_E_INVALID    ? "not what its digest says"
				     : rc == OCRE_E_ARGUMENT ? "fewer bytes than were announced"
							     : "the flash failed",
				     ocre_status_text(rc));
	}
	store->sequence++;
	store->state = STATE_READY;
	return OCRE_OK;
}

void ocre_image_store_put_abort(struct ocre_image_store_put *put)
{
	struct ocre_image_store *store = put->store;
	struct ocre__store_entry e;

	if (store->state != STATE_PUTTING) {
		return;
	}
	/* So that what was written is counted, and passed over. */
	fill_record(put, &e);
	e.r.what = WHAT_VOID;
	store->state = STATE_READY;
	if (put->done > 0) {
		(void)ocre__store_append(store, &e);
	}
}

int ocre_image_store_remove(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			    const char *name)
{
	struct ocre__store_walk walk;
	int rc = OCRE_E_BUSY;

	if (store->state == STATE_PUTTING) {
		return rc;
	}
	if (!find(store, kind, name, &walk)) {
		return ocre__store_absent(store);
	}
	rc = ocre__store_room(store, sizeof(walk.entry), 0);
	if (rc != OCRE_OK) {
		return rc;
	}
	walk.entry.r.what = WHAT_REMOVE;
	walk.entry.r.size = 0;
	walk.entry.r.place = 0;
	return ocre__store_append(store, &walk.entry);
}

int ocre_image_store_rename(struct ocre_image_store *store, const char *name, const char *new_name)
{
	struct ocre__store_walk walk;
	struct ocre__store_entry e;
	uint32_t from;
	int rc = OCRE_E_BUSY;

	if (store->state == STATE_PUTTING) {
		return rc;
	}
	if (!ocre_image_store_is_name(OCRE_STORE_FILE, new_name)) {
		return OCRE_E_ARGUMENT;
	}
	if (!find(store, OCRE_STORE_FILE, name, &walk)) {
		return ocre__store_absent(store);
	}
	e = walk.entry;
	e.r.what = WHAT_KEPT;
	e.r.name_size = (uint8_t)strlen(new_name);
	memcpy(e.name, new_name, e.r.name_size);
	rc = ocre__store_room(store, ocre__store_total(store, &e.r),
			      to_leave(store, OCRE_STORE_FILE));
	if (rc != OCRE_OK) {
		return rc;
	}
	/* It may be elsewhere now. */
	if (!find(store, OCRE_STORE_FILE, name, &walk)) {
		return ocre__store_absent(store);
	}
	from = ocre__store_contents(store, &walk);
	if (e.r.place == 0) {
		rc = ocre__store_copy(store, from, store->tail + ocre__store_head(store, &e.r),
				      e.r.size);
	}
	return rc == OCRE_OK ? ocre__store_append(store, &e) : rc;
}
