/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c - the store's records: reading, appending, and beginning a new journal. store.h first.
 */
#include "store.h"

#include <string.h>

#define MAGIC 0x6f637374u

/* ---- the device ---- */

uint32_t ocre__store_up(const struct ocre_flash *flash, uint32_t size)
{
	return (size + flash->program_unit - 1) & ~(flash->program_unit - 1);
}

int ocre__store_read(const struct ocre_image_store *store, uint32_t offset, void *data,
		     uint32_t size)
{
	const struct ocre_flash *flash = store->flash;

	return size == 0 || flash->read(flash->ctx, offset, data, size) == 0 ? OCRE_OK : OCRE_E_IO;
}

int ocre__store_program(struct ocre_image_store *store, uint32_t offset, const void *data,
			uint32_t size)
{
	const struct ocre_flash *flash = store->flash;
	const uint8_t *bytes = data;

	while (size > 0 && store->state != STATE_BROKEN) {
		uint32_t n = flash->erase_size - offset % flash->erase_size;

		n = n < size ? n : size;
		if (flash->program(flash->ctx, offset, bytes, n) != 0) {
			store->state = STATE_BROKEN;
		}
		offset += n;
		bytes += n;
		size -= n;
	}
	return store->state == STATE_BROKEN ? OCRE_E_IO : OCRE_OK;
}

int ocre__store_erase(struct ocre_image_store *store, uint32_t offset)
{
	const struct ocre_flash *flash = store->flash;

	if (store->state == STATE_BROKEN ||
	    flash->erase(flash->ctx, offset & ~(flash->erase_size - 1)) != 0) {
		store->state = STATE_BROKEN;
		return OCRE_E_IO;
	}
	return OCRE_OK;
}

int ocre__store_copy(struct ocre_image_store *store, uint32_t from, uint32_t to, uint32_t size)
{
	uint8_t piece[PIECE];

	for (uint32_t at = 0; at < size; at += PIECE) {
		uint32_t n = size - at < PIECE ? size - at : PIECE;
		int rc = ocre__store_read(store, from + at, piece, n);

		if (rc == OCRE_OK) {
			memset(piece + n, store->flash->erased, PIECE - n);
			rc = ocre__store_program(store, to + at, piece,
						 ocre__store_up(store->flash, n));
		}
		if (rc != OCRE_OK) {
			store->state = STATE_BROKEN; /* also when it cannot be read */
			return rc;
		}
	}
	return OCRE_OK;
}

int ocre__store_hash(const struct ocre_image_store *store, struct ocre_sha256 *sha, uint32_t offset,
		     uint32_t size)
{
	uint8_t piece[PIECE];
	int rc = OCRE_OK;

	for (uint32_t at = 0; at < size && rc == OCRE_OK; at += PIECE) {
		uint32_t n = size - at < PIECE ? size - at : PIECE;

		rc = ocre__store_read(store, offset + at, piece, n);
		ocre_sha256_add(sha, piece, n);
	}
	return rc;
}

/* The check of records and headers. */
static uint32_t crc32(const void *data, uint32_t size)
{
	const uint8_t *p = data;
	uint32_t crc = 0xffffffffu;

	while (size-- > 0) {
		crc ^= *p++;
		for (uint32_t bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
		}
	}
	return ~crc;
}

/* ---- where things are ---- */

static uint32_t table_size(const struct ocre_image_store *store)
{
	const struct ocre_flash *flash = store->flash;

	return ocre__store_up(flash,
			      (flash->size / flash->erase_size - ocre__store_first_block(store)) *
				      (uint32_t)sizeof(uint16_t));
}

uint32_t ocre__store_table(const struct ocre_image_store *store)
{
	return store->journal + ocre__store_up(store->flash, sizeof(struct ocre__store_header));
}

uint32_t ocre__store_first(const struct ocre_image_store *store)
{
	return ocre__store_table(store) + table_size(store);
}

uint32_t ocre__store_end(const struct ocre_image_store *store)
{
	return store->journal + store->flash->journal_size;
}

uint32_t ocre__store_head(const struct ocre_image_store *store, const struct ocre__store_record *r)
{
	return ocre__store_up(store->flash, (uint32_t)sizeof(*r) + r->name_size);
}

uint32_t ocre__store_total(const struct ocre_image_store *store, const struct ocre__store_record *r)
{
	return ocre__store_head(store, r) +
	       (r->place == 0 ? ocre__store_up(store->flash, r->size) : 0);
}

uint32_t ocre__store_contents(const struct ocre_image_store *store,
			      const struct ocre__store_walk *walk)
{
	const struct ocre__store_record *r = &walk->entry.r;

	return r->place == 0 ? walk->at + ocre__store_head(store, r)
			     : r->place * store->flash->erase_size;
}

/* ---- reading records ---- */

/* Could it be a record of ours? Nothing beyond the journal and the store is read because of it. */
static bool fits(const struct ocre_image_store *store, const struct ocre__store_record *r,
		 uint32_t room)
{
	const struct ocre_flash *flash = store->flash;
	uint32_t blocks = flash->size / flash->erase_size;

	if (r->what < WHAT_PUT || r->what > WHAT_VOID || r->name_size > OCRE_STORE_NAME ||
	    r->size > flash->size) {
		return false;
	}
	if (r->place != 0 &&
	    (r->place < ocre__store_first_block(store) || r->place >= blocks || r->size == 0 ||
	     ocre__store_blocks(store, r->size) > blocks - r->place)) {
		return false;
	}
	return ocre__store_total(store, r) <= room;
}

static int load(const struct ocre_image_store *store, struct ocre__store_walk *walk, uint32_t end)
{
	uint32_t room = end - walk->next;
	uint32_t most = (uint32_t)sizeof(walk->entry);
	int rc = OCRE_E_NOTFOUND;

	walk->at = walk->next;
	if (room >= sizeof(walk->entry.r)) {
		rc = ocre__store_read(store, walk->at, &walk->entry, room < most ? room : most);
	}
	if (rc == OCRE_OK && !fits(store, &walk->entry.r, room)) {
		rc = OCRE_E_NOTFOUND;
	}
	if (rc == OCRE_OK) {
		walk->next += ocre__store_total(store, &walk->entry.r);
	}
	return rc;
}

void ocre__store_begin(const struct ocre_image_store *store, struct ocre__store_walk *walk)
{
	walk->next = ocre__store_first(store);
}

bool ocre__store_step(struct ocre_image_store *store, struct ocre__store_walk *walk)
{
	int rc = walk->next < store->tail ? load(store, walk, store->tail) : OCRE_E_NOTFOUND;

	if (rc == OCRE_E_IO) {
		/* It was there when the store was opened: nothing may be built on this walk. */
		store->state = STATE_BROKEN;
	}
	return rc == OCRE_OK;
}

/* Does `later` say that `e` is in the store no more? */
static bool ends(const struct ocre__store_entry *later, const struct ocre__store_entry *e)
{
	bool code = e->r.kind == OCRE_STORE_CODE && later->r.kind == OCRE_STORE_IMAGE &&
		    (later->r.what == WHAT_PUT || later->r.what == WHAT_REMOVE);

	bool name = later->r.name_size == e->r.name_size &&
		    memcmp(later->name, e->name, e->r.name_size) == 0;

	/* What has a new name is still the same thing, and has its sequence. */
	return (later->r.kind == e->r.kind || code) && later->r.what != WHAT_VOID &&
	       (name || later->r.sequence == e->r.sequence);
}

bool ocre__store_lives(struct ocre_image_store *store, const struct ocre__store_walk *walk)
{
	struct ocre__store_walk later = {.next = walk->next};

	if (walk->entry.r.what > WHAT_MOVE) {
		return false;
	}
	while (ocre__store_step(store, &later)) {
		if (ends(&later.entry, &walk->entry)) {
			return false;
		}
	}
	return true;
}

bool ocre__store_next(struct ocre_image_store *store, struct ocre__store_walk *walk)
{
	while (ocre__store_step(store, walk)) {
		if (ocre__store_lives(store, walk)) {
			return true;
		}
	}
	return false;
}

int ocre__store_absent(const struct ocre_image_store *store)
{
	return store->state == STATE_BROKEN ? OCRE_E_IO : OCRE_E_NOTFOUND;
}

uint32_t ocre__store_living(struct ocre_image_store *store)
{
	struct ocre__store_walk walk;
	uint32_t sum = 0;

	ocre__store_begin(store, &walk);
	while (ocre__store_next(store, &walk)) {
		sum += ocre__store_total(store, &walk.entry.r);
	}
	return sum;
}

/* ---- writing records ---- */

/* The record and its name, ready to be written: *size bytes with what fills the last unit. */
static void seal(const struct ocre_image_store *store, struct ocre__store_entry *e, uint32_t *size)
{
	uint32_t used = (uint32_t)sizeof(e->r) + e->r.name_size;

	memset((uint8_t *)e + used, store->flash->erased, sizeof(*e) - used);
	e->r.zero = 0;
	e->r.check = crc32(&e->r.what, used - (uint32_t)sizeof(e->r.check));
	*size = ocre__store_head(store, &e->r);
}

int ocre__store_append(struct ocre_image_store *store, struct ocre__store_entry *entry)
{
	uint32_t size;
	int rc;

	seal(store, entry, &size);
	rc = ocre__store_program(store, store->tail, entry, size);
	if (rc == OCRE_OK) {
		store->tail += ocre__store_total(store, &entry->r);
	}
	return rc;
}

/* The erase counts, as they are now, to `to`. */
static int write_table(struct ocre_image_store *store, uint32_t to)
{
	uint32_t first = ocre__store_first_block(store);
	uint32_t count = store->flash->size / store->flash->erase_size - first;
	uint16_t piece[PIECE / sizeof(uint16_t)];
	uint32_t n = PIECE / sizeof(uint16_t);
	int rc = OCRE_OK;

	for (uint32_t i = 0; i < count && rc == OCRE_OK; i += n) {
		n = count - i < n ? count - i : n;
		memset(piece, store->flash->erased, sizeof(piece));
		for (uint32_t k = 0; k < n; k++) {
			uint32_t wear = ocre__store_wear(store, first + i + k);

			piece[k] = (uint16_t)(wear < UINT16_MAX ? wear : UINT16_MAX);
		}
		rc = ocre__store_program(
			store, to + i * (uint32_t)sizeof(uint16_t), piece,
			ocre__store_up(store->flash, n * (uint32_t)sizeof(uint16_t)));
	}
	return rc;
}

/* What lives, from *to on, which is then behind it. */
static int write_living(struct ocre_image_store *store, uint32_t *to)
{
	struct ocre__store_walk walk;
	int rc = OCRE_OK;

	ocre__store_begin(store, &walk);
	while (rc == OCRE_OK && ocre__store_next(store, &walk)) {
		uint32_t contents = ocre__store_contents(store, &walk);
		uint32_t head;

		walk.entry.r.what = WHAT_KEPT;
		seal(store, &walk.entry, &head);
		rc = ocre__store_program(store, *to, &walk.entry, head);
		if (rc == OCRE_OK && walk.entry.r.place == 0) {
			rc = ocre__store_copy(store, contents, *to + head, walk.entry.r.size);
		}
		*to += ocre__store_total(store, &walk.entry.r);
	}
	return rc;
}

static void fill_header(const struct ocre_image_store *store, struct ocre__store_header *header,
			uint32_t turn)
{
	const struct ocre_flash *flash = store->flash;

	header->magic = MAGIC;
	header->turn = turn;
	header->sequence = store->sequence;
	header->size = flash->size;
	header->erase_size = flash->erase_size;
	header->program_unit = flash->program_unit;
	header->journal_size = flash->journal_size;
	header->journals = flash->journals;
	header->check = crc32(&header->magic, (uint32_t)(sizeof(*header) - sizeof(header->check)));
}

/* A new journal in the place of the oldest. It is none until its header is there, written last. */
static int renew(struct ocre_image_store *store, bool keep)
{
	const struct ocre_flash *flash = store->flash;
	/* The header, with what fills its last unit. */
	uint8_t bytes[64];
	struct ocre__store_header header;
	struct ocre_image_store next = *store;
	uint32_t to;
	int rc = OCRE_OK;

	next.turn++;
	next.journal = next.turn % flash->journals * flash->journal_size;
	next.limit = ocre__store_end(&next);
	for (to = next.journal; to < next.limit && rc == OCRE_OK; to += flash->erase_size) {
		rc = ocre__store_erase(store, to);
	}
	to = ocre__store_first(&next);
	if (rc == OCRE_OK) {
		rc = write_table(store, ocre__store_table(&next));
	}
	if (rc == OCRE_OK && keep) {
		rc = write_living(store, &to);
	}
	if (rc == OCRE_OK) {
		fill_header(&next, &header, next.turn);
		memset(bytes, flash->erased, sizeof(bytes));
		memcpy(bytes, &header, sizeof(header));
		rc = ocre__store_program(store, next.journal, bytes,
					 ocre__store_up(flash, sizeof(header)));
	}
	if (rc == OCRE_OK) {
		next.tail = to;
		*store = next;
	}
	return rc;
}

int ocre__store_room(struct ocre_image_store *store, uint32_t need, uint32_t spare)
{
	uint32_t all = ocre__store_end(store) - ocre__store_first(store);
	uint32_t living = ocre__store_living(store);

	if (store->state == STATE_BROKEN) {
		return OCRE_E_IO;
	}
	if (need > all || spare > all - need || living > all - need - spare) {
		return OCRE_E_LIMIT;
	}
	return need <= store->limit - store->tail ? OCRE_OK : renew(store, true);
}

int ocre__store_clear(struct ocre_image_store *store)
{
	return renew(store, false);
}

/* ---- opening ---- */

/* The journal with the highest turn. A header that was cut is one that some parts cannot read. */
static int find_journal(struct ocre_image_store *store)
{
	const struct ocre_flash *flash = store->flash;
	int none = OCRE_E_NOTFOUND;
	struct ocre__store_header header;
	struct ocre__store_header wanted;

	store->turn = 0;
	for (uint32_t i = 0; i < flash->journals; i++) {
		uint32_t at = i * flash->journal_size;

		if (ocre__store_read(store, at, &header, sizeof(header)) != OCRE_OK) {
			none = OCRE_E_IO;
			continue;
		}
		store->sequence = header.sequence;
		fill_header(store, &wanted, header.turn);
		/* No flash lasts for so many turns; then the next is always a higher one. */
		if (memcmp(&header, &wanted, sizeof(header)) == 0 && header.turn <= INT32_MAX &&
		    header.turn % flash->journals == i && header.turn > store->turn) {
			store->turn = header.turn;
			store->journal = at;
		}
	}
	return store->turn != 0 ? OCRE_OK : none;
}

static bool is_blank(const struct ocre_image_store *store, uint32_t from, uint32_t to)
{
	uint8_t piece[PIECE];

	for (; from < to; from += PIECE) {
		uint32_t n = to - from < PIECE ? to - from : PIECE;

		if (ocre__store_read(store, from, piece, n) != OCRE_OK) {
			return false;
		}
		for (uint32_t i = 0; i < n; i++) {
			if (piece[i] != store->flash->erased) {
				return false;
			}
		}
	}
	return true;
}

int ocre__store_mount(struct ocre_image_store *store)
{
	struct ocre__store_header header;
	struct ocre__store_walk walk;
	uint32_t end;
	int rc = find_journal(store);

	if (rc == OCRE_OK) {
		rc = ocre__store_read(store, store->journal, &header, sizeof(header));
	}
	if (rc != OCRE_OK) {
		return rc;
	}
	store->sequence = header.sequence;
	end = ocre__store_end(store);
	ocre__store_begin(store, &walk);
	store->tail = walk.next;
	while (load(store, &walk, end) == OCRE_OK) {
		const struct ocre__store_record *r = &walk.entry.r;

		if (r->check !=
		    crc32(&r->what, (uint32_t)(sizeof(*r) - sizeof(r->check)) + r->name_size)) {
			break;
		}
		store->tail = walk.next;
		if (r->sequence >= store->sequence) {
			store->sequence = r->sequence + 1;
		}
	}
	/* What a cut left behind the last record cannot be programmed again. */
	store->limit = is_blank(store, store->tail, end) ? end : store->tail;
	return OCRE_OK;
}
