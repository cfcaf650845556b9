/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - the store on raw flash, inside: its layout, and what its three files share.
 * journal.c knows records, runs.c knows blocks, store.c is what include/ocre/image.h promises.
 *
 *	| journal 0 | journal 1 | ... | blocks: runs of contents and holes |
 *
 * A journal: a header, a table of erase counts, records one behind another. All parts begin at a
 * multiple of the program unit; numbers have the byte order of the machine. The journal with the
 * highest turn is the store; the others are not looked at. What a record says holds until a later
 * one says otherwise. Whether blocks are in use is known from records alone.
 */
#ifndef IMAGE_STORE_H
#define IMAGE_STORE_H

#include <ocre/image.h>

struct ocre__store_header {
	uint32_t check; /* CRC-32 of what follows */
	uint32_t magic;
	uint32_t turn;
	uint32_t sequence; /* nothing that was put has this or a higher one */
	uint32_t size;	   /* as in struct ocre_flash */
	uint32_t erase_size;
	uint32_t program_unit;
	uint32_t journal_size;
	uint32_t journals;
};

enum ocre__store_what {
	WHAT_PUT = 1,
	WHAT_KEPT,   /* a put of an earlier journal, or under another name */
	WHAT_MOVE,   /* a put of what was elsewhere; the last record: it is being moved now */
	WHAT_REMOVE, /* there is none */
	WHAT_VOID,   /* says nothing; may have blocks that were erased in vain, or skip bytes */
};

struct ocre__store_record {
	uint32_t check; /* CRC-32 of what follows, with the name */
	uint8_t what;
	uint8_t kind;
	uint8_t name_size;
	uint8_t zero;
	uint32_t size;	/* bytes of contents */
	uint32_t place; /* the first of their blocks; 0: they follow in the journal */
	uint32_t sequence;
	uint32_t stamp[2]; /* low half first */
	uint32_t sum;	   /* when moved: the sums of its blocks */
	uint8_t digest[OCRE_SHA256_SIZE];
};

/* A record with its name, as it lies in flash. */
struct ocre__store_entry {
	struct ocre__store_record r;
	char name[OCRE_STORE_NAME];
};

/* Going through records: `at` is where `entry` is, `next` what follows. */
struct ocre__store_walk {
	uint32_t at;
	uint32_t next;
	struct ocre__store_entry entry;
};

enum ocre__store_state {
	STATE_READY,
	STATE_PUTTING,
	STATE_BROKEN, /* the device failed: only reading, as far as it can, until it is opened again
		       */
};

/* Contents are copied and hashed in pieces of so many bytes; a multiple of any program unit. */
#define PIECE 128u

/* Room that only removing and moving may use, so that they are always possible. */
#define SPARE (4 * (uint32_t)sizeof(struct ocre__store_entry))

/* Room that files leave to others: the names of an image and its code, as long as can be. */
#define FILES_LEAVE (2 * (uint32_t)sizeof(struct ocre__store_entry))

/* ---- journal.c ---- */

/* Rounded up to the program unit. */
uint32_t ocre__store_up(const struct ocre_flash *flash, uint32_t size);
int ocre__store_read(const struct ocre_image_store *store, uint32_t offset, void *data,
		     uint32_t size);
int ocre__store_program(struct ocre_image_store *store, uint32_t offset, const void *data,
			uint32_t size);
/* Erases the block in which `offset` is. */
int ocre__store_erase(struct ocre_image_store *store, uint32_t offset);
/* Contents from one place to an erased other one. */
int ocre__store_copy(struct ocre_image_store *store, uint32_t from, uint32_t to, uint32_t size);

/* Add contents to a digest. */
int ocre__store_hash(const struct ocre_image_store *store, struct ocre_sha256 *sha, uint32_t offset,
		     uint32_t size);

/* Where the erase counts are, where the first record is, and the end of the journal in use. */
uint32_t ocre__store_table(const struct ocre_image_store *store);
uint32_t ocre__store_first(const struct ocre_image_store *store);
uint32_t ocre__store_end(const struct ocre_image_store *store);
/* Bytes of the record itself, without contents, and with those that follow it. */
uint32_t ocre__store_head(const struct ocre_image_store *store, const struct ocre__store_record *r);
uint32_t ocre__store_total(const struct ocre_image_store *store,
			   const struct ocre__store_record *r);
/* Where its contents begin. */
uint32_t ocre__store_contents(const struct ocre_image_store *store,
			      const struct ocre__store_walk *walk);

void ocre__store_begin(const struct ocre_image_store *store, struct ocre__store_walk *walk);
/* The next record of any kind; false behind the last, and when it cannot be read: broken then. */
bool ocre__store_step(struct ocre_image_store *store, struct ocre__store_walk *walk);
/* Is it something that is in the store: put, and not replaced or removed since? */
bool ocre__store_lives(struct ocre_image_store *store, const struct ocre__store_walk *walk);
/* The next that lives. */
bool ocre__store_next(struct ocre_image_store *store, struct ocre__store_walk *walk);

/* What it means that a walk has not found something. */
int ocre__store_absent(const struct ocre_image_store *store);

/* Bytes that what lives takes in the journal. */
uint32_t ocre__store_living(struct ocre_image_store *store);
/*
 * Make sure that `need` bytes can be appended: a new journal if it must be. At least `spare` bytes
 * must be left in a journal of what lives, else OCRE_E_LIMIT.
 */
int ocre__store_room(struct ocre_image_store *store, uint32_t need, uint32_t spare);
/* Append a record, for which there is room. Contents that follow it are already there. */
int ocre__store_append(struct ocre_image_store *store, struct ocre__store_entry *entry);
/* Take over the journal with the highest turn; OCRE_E_NOTFOUND, OCRE_E_IO. */
int ocre__store_mount(struct ocre_image_store *store);
/* Begin an empty journal, `turn` the highest so far. */
int ocre__store_clear(struct ocre_image_store *store);

/* ---- runs.c ---- */

/* Contents outside the journal have a run of blocks. */
uint32_t ocre__store_blocks(const struct ocre_image_store *store, uint32_t size);
uint32_t ocre__store_first_block(const struct ocre_image_store *store);
/* Erases of a block so far, as well as they are known. */
uint32_t ocre__store_wear(struct ocre_image_store *store, uint32_t block);
uint32_t ocre__store_free_blocks(struct ocre_image_store *store);
/*
 * The first of `blocks` free ones in a row, the least worn; moves runs when it has to. OCRE_E_LIMIT
 * or OCRE_E_BUSY when there are none.
 */
int ocre__store_place(struct ocre_image_store *store, uint32_t blocks, uint32_t *place);
/* Finish moving a run, if the last record says that one is being moved. */
int ocre__store_finish_move(struct ocre_image_store *store);
#endif /* IMAGE_STORE_H */
