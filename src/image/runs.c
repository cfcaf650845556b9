/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runs.c - blocks in a row: which are free, which to take, and moving them together. A block is in
 * use when a record that lives says so, or when it is held; nothing else is written down.
 */
#include "store.h"

#include <string.h>

/* Differences in wear below this are not worth spreading contents over the flash. */
#define WEAR_STEP 8u

struct run {
	uint32_t begin; /* of all blocks, when there is no more run */
	uint32_t end;
	uint32_t record; /* where; 0: only held */
	bool held;
};

static uint32_t all_blocks(const struct ocre_image_store *store)
{
	return store->flash->size / store->flash->erase_size;
}

uint32_t ocre__store_first_block(const struct ocre_image_store *store)
{
	const struct ocre_flash *flash = store->flash;

	return flash->journal_size / flash->erase_size * flash->journals;
}

uint32_t ocre__store_blocks(const struct ocre_image_store *store, uint32_t size)
{
	return size / store->flash->erase_size + (size % store->flash->erase_size != 0);
}

uint32_t ocre__store_wear(struct ocre_image_store *store, uint32_t block)
{
	uint32_t index = block - ocre__store_first_block(store);
	struct ocre__store_walk walk;
	uint16_t before = 0;
	uint32_t wear;

	if (store->turn == 0) {
		return 0;
	}
	(void)ocre__store_read(store, ocre__store_table(store) + index * (uint32_t)sizeof(before),
			       &before, sizeof(before));
	wear = before;
	ocre__store_begin(store, &walk);
	while (ocre__store_step(store, &walk)) {
		const struct ocre__store_record *r = &walk.entry.r;

		wear += r->what != WHAT_KEPT && r->place != 0 && block >= r->place &&
			block - r->place < ocre__store_blocks(store, r->size);
	}
	return wear;
}

/* The lowest run that ends behind block `from`. */
static void next_run(struct ocre_image_store *store, uint32_t from, struct run *run)
{
	const struct ocre_image_store_hold *hold;
	struct ocre__store_walk walk;

	run->begin = all_blocks(store);
	run->end = run->begin;
	run->record = 0;
	run->held = false;
	ocre__store_begin(store, &walk);
	while (ocre__store_step(store, &walk)) {
		uint32_t place = walk.entry.r.place;
		uint32_t end = place + ocre__store_blocks(store, walk.entry.r.size);

		if (place != 0 && end > from && place < run->begin &&
		    ocre__store_lives(store, &walk)) {
			run->begin = place;
			run->end = end;
			run->record = walk.at;
		}
	}
	for (hold = store->holds; hold != NULL; hold = hold->next) {
		if (hold->place + hold->blocks > from && hold->place <= run->begin) {
			run->record = hold->place == run->begin ? run->record : 0;
			run->begin = hold->place;
			run->end = hold->place + hold->blocks;
			run->held = true;
		}
	}
}

uint32_t ocre__store_free_blocks(struct ocre_image_store *store)
{
	uint32_t at = ocre__store_first_block(store);
	uint32_t sum = 0;
	struct run run;

	while (at < all_blocks(store)) {
		next_run(store, at, &run);
		sum += run.begin > at ? run.begin - at : 0;
		at = run.end;
	}
	return sum;
}

/* The wear of the most worn of some blocks, in steps. */
static uint32_t most_worn(struct ocre_image_store *store, uint32_t place, uint32_t blocks)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < blocks; i++) {
		uint32_t wear = ocre__store_wear(store, place + i) / WEAR_STEP;

		most = wear > most ? wear : most;
	}
	return most;
}

/* The hole of at least so many blocks whose first ones are least worn; false: none. */
static bool choose(struct ocre_image_store *store, uint32_t blocks, uint32_t *place)
{
	uint32_t at = ocre__store_first_block(store);
	uint32_t least = UINT32_MAX;
	struct run run;

	while (at < all_blocks(store)) {
		next_run(store, at, &run);
		if (run.begin >= at && run.begin - at >= blocks) {
			uint32_t most = most_worn(store, at, blocks);

			if (most < least) {
				least = most;
				*place = at;
			}
		}
		at = run.end;
	}
	return least != UINT32_MAX;
}

/* ---- moving ---- */

/* Of the bytes of one block, at most `size`; what cannot be read counts as well as it may. */
static uint32_t sum_of_block(const struct ocre_image_store *store, uint32_t offset, uint32_t size)
{
	uint8_t piece[PIECE] = {0};
	uint32_t sum = 0;

	size = size < store->flash->erase_size ? size : store->flash->erase_size;
	for (uint32_t at = 0; at < size; at += PIECE) {
		uint32_t n = size - at < PIECE ? size - at : PIECE;

		(void)ocre__store_read(store, offset + at, piece, n);
		for (uint32_t i = 0; i < n; i++) {
			sum = sum * 31 + piece[i];
		}
	}
	return sum;
}

static uint32_t sum_of_blocks(const struct ocre_image_store *store, uint32_t place, uint32_t size)
{
	uint32_t block = store->flash->erase_size;
	uint32_t sum = 0;

	for (uint32_t at = 0; at < size; at += block) {
		sum += sum_of_block(store, place * block + at, size - at);
	}
	return sum;
}

/*
 * From the `done`th block on, and then say that it is finished. A run moves down, a block at a time
 * and the first one first: at any moment its first blocks are at the new place and the others at
 * the old one, none lost, however little room there is between the two.
 */
static int move_blocks(struct ocre_image_store *store, const struct ocre__store_record *r,
		       uint32_t from, uint32_t done)
{
	struct ocre__store_entry finished = {.r = {.what = WHAT_VOID}};
	uint32_t block = store->flash->erase_size;
	uint32_t at;
	int rc = OCRE_OK;

	for (at = done * block; at < r->size && rc == OCRE_OK; at += block) {
		uint32_t n = r->size - at < block ? r->size - at : block;

		rc = ocre__store_erase(store, r->place * block + at);
		if (rc == OCRE_OK) {
			rc = ocre__store_copy(store, from * block + at, r->place * block + at, n);
		}
	}
	/* A new journal says it too, as it keeps no move. */
	if (rc == OCRE_OK) {
		rc = ocre__store_room(store, ocre__store_head(store, &finished.r), 0);
	}
	if (rc == OCRE_OK) {
		rc = ocre__store_append(store, &finished);
	}
	if (rc != OCRE_OK) {
		store->state = STATE_BROKEN;
	}
	return rc;
}

/* Move the first run behind a hole that may be moved, to the begin of that hole. */
static int move_one(struct ocre_image_store *store)
{
	uint32_t at = ocre__store_first_block(store);
	struct ocre__store_walk walk;
	struct run run;
	uint32_t from;
	int rc = ocre__store_room(store, 2 * (uint32_t)sizeof(walk.entry), 0);

	if (rc != OCRE_OK) {
		return rc;
	}
	for (;;) {
		next_run(store, at, &run);
		if (run.begin == all_blocks(store)) {
			return OCRE_E_BUSY;
		}
		if (run.begin > at && !run.held) {
			break;
		}
		at = run.end;
	}
	walk.next = run.record;
	if (!ocre__store_step(store, &walk)) {
		return OCRE_E_IO;
	}
	from = walk.entry.r.place;
	walk.entry.r.what = WHAT_MOVE;
	walk.entry.r.place = at;
	walk.entry.r.sum = sum_of_blocks(store, from, walk.entry.r.size);
	rc = ocre__store_append(store, &walk.entry);
	return rc == OCRE_OK ? move_blocks(store, &walk.entry.r, from, 0) : rc;
}

int ocre__store_place(struct ocre_image_store *store, uint32_t blocks, uint32_t *place)
{
	if (blocks > ocre__store_free_blocks(store)) {
		return OCRE_E_LIMIT;
	}
	while (!choose(store, blocks, place)) {
		int rc = move_one(store);

		if (rc != OCRE_OK) {
			return rc;
		}
	}
	return OCRE_OK;
}

/* ---- a move that was cut ---- */

/* Are the contents whole, with the first `done` bytes of them at the new place? */
static bool is_whole(const struct ocre_image_store *store, const struct ocre__store_record *r,
		     uint32_t from, uint32_t done)
{
	uint32_t block = store->flash->erase_size;
	uint8_t digest[OCRE_SHA256_SIZE];
	struct ocre_sha256 sha;
	int rc;

	ocre_sha256_begin(&sha);
	rc = ocre__store_hash(store, &sha, r->place * block, done);
	if (rc == OCRE_OK) {
		rc = ocre__store_hash(store, &sha, from * block + done, r->size - done);
	}
	ocre_sha256_end(&sha, digest);
	return rc == OCRE_OK && memcmp(digest, r->digest, sizeof(digest)) == 0;
}

/*
 * How many blocks had been moved is written nowhere, it is found out: with the right number, the
 * blocks that it says are at the new place and the others at the old one have the sum of the
 * record, and then its digest. Blocks that were overwritten or half written do not.
 */
static uint32_t moved(const struct ocre_image_store *store, const struct ocre__store_record *r,
		      uint32_t from)
{
	uint32_t block = store->flash->erase_size;
	uint32_t sum = sum_of_blocks(store, from, r->size);
	uint32_t at;

	for (at = 0; at < r->size; at += block) {
		if (sum == r->sum && is_whole(store, r, from, at)) {
			break;
		}
		sum += sum_of_block(store, r->place * block + at, r->size - at) -
		       sum_of_block(store, from * block + at, r->size - at);
	}
	return at / block;
}

/* Where the contents of the record at `walk` were before, or 0. */
static uint32_t place_before(struct ocre_image_store *store, const struct ocre__store_walk *walk)
{
	struct ocre__store_walk w;
	uint32_t place = 0;

	ocre__store_begin(store, &w);
	while (ocre__store_step(store, &w) && w.at < walk->at) {
		if (w.entry.r.sequence == walk->entry.r.sequence &&
		    w.entry.r.size == walk->entry.r.size && w.entry.r.what <= WHAT_MOVE) {
			place = w.entry.r.place;
		}
	}
	return place;
}

int ocre__store_finish_move(struct ocre_image_store *store)
{
	struct ocre__store_walk walk;
	uint32_t from;

	walk.at = 0;
	ocre__store_begin(store, &walk);
	while (ocre__store_step(store, &walk)) {
	}
	if (store->state == STATE_BROKEN) {
		return OCRE_E_IO;
	}
	if (walk.at == 0 || walk.entry.r.what != WHAT_MOVE) {
		return OCRE_OK;
	}
	from = place_before(store, &walk);
	if (from <= walk.entry.r.place) {
		return store->state == STATE_BROKEN ? OCRE_E_IO : OCRE_OK;
	}
	return move_blocks(store, &walk.entry.r, from, moved(store, &walk.entry.r, from));
}
