/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - a store that survives power cuts: images, the code prepared from them, and the files of
 * containers. src/image implements it on raw flash (docs/design/image-store.md has the layout); but
 * for struct ocre_flash and the two calls that take one, nothing here knows of flash.
 *
 * The promise: every call that changes something is one step. When the power fails in the middle,
 * the next ocre_image_store_open() finds what was there before the call or what the call was to
 * make, bit for bit, and no room is lost. Everything else in the store is untouched.
 *
 * A store belongs to one thread. It allocates nothing: what it needs beyond these structs is less
 * than 1.25 KiB of stack during a call. Calls return 0 or an OCRE_E_; after a failure the store has
 * what it had. OCRE_E_IO is the device's, also of calls that only look: open the store again, until
 * then it may refuse changes.
 */
#ifndef OCRE_IMAGE_H
#define OCRE_IMAGE_H

#include <ocre/base.h>
#include <ocre/sha256.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the device ---- */

/*
 * Flash as processors and SPI chips have it: `erase` makes a block all `erased` bytes, `program`
 * writes whole units that read as erased. No unit is programmed twice without an erase between (so
 * that flash with error correction will do; one where an erased unit may not even be programmed
 * with erased bytes first must leave such a call out). No program call crosses the border of a
 * block.
 * Offsets count from the start of the store. Each returns 0, or another number when it failed. What
 * cannot be read while the store is opened is taken for what a power cut left, since flash with
 * error correction answers so: on a bus that may fail, `read` tries more than once.
 */
struct ocre_flash {
	int (*read)(void *ctx, uint32_t offset, void *data, uint32_t size);
	int (*program)(void *ctx, uint32_t offset, const void *data, uint32_t size);
	int (*erase)(void *ctx, uint32_t offset);
	void *ctx;
	const uint8_t *base;   /* where the processor sees it, on a multiple of 4; NULL: nowhere */
	uint32_t size;	       /* bytes, a multiple of erase_size */
	uint32_t erase_size;   /* bytes, a power of two */
	uint32_t program_unit; /* bytes: 1, 2, 4, 8, 16 or 32 */
	/*
	 * The journal: room for all names (about 80 bytes each) and small files, twice or more. One
	 * is in use, and is written anew in the next when it is full: the more there are, the
	 * longer they last.
	 */
	uint32_t journal_size; /* bytes of one, a multiple of erase_size */
	uint32_t journals;     /* 2 or more */
	uint8_t erased;	       /* what an erased byte reads as: 0xff, seldom 0 */
};

/* ---- what is in it ---- */

enum ocre_image_store_kind {
	OCRE_STORE_IMAGE = 1,
	/*
	 * What was prepared from the image of the same name. It goes when that image is replaced or
	 * removed, so that it never meets other bytes; `stamp` says for which build it is.
	 */
	OCRE_STORE_CODE = 2,
	/* Small ones, of less than a quarter of a journal, take no block of their own. */
	OCRE_STORE_FILE = 3,
};

/* Most bytes of a name, without the NUL. */
#define OCRE_STORE_NAME 64u

/*
 * A name is of a-z A-Z 0-9 . _ - and has no dot first. That of a file may have several such parts
 * with a / between; the first of them says whose it is (a container's).
 */
bool ocre_image_store_is_name(enum ocre_image_store_kind kind, const char *name);

struct ocre_image_store_info {
	char name[OCRE_STORE_NAME + 1];
	uint8_t kind;	   /* enum ocre_image_store_kind */
	uint32_t size;	   /* bytes of its contents */
	uint32_t sequence; /* rises with everything that is put */
	uint64_t stamp;	   /* what the caller gave */
	uint8_t digest[OCRE_SHA256_SIZE];
};

/* ---- the store ---- */

/* The fields are private. Neither flash nor store may move while it is open. */
struct ocre_image_store_hold;
struct ocre_image_store {
	const struct ocre_flash *flash;
	struct ocre_image_store_hold *holds;
	uint32_t journal;  /* where the journal in use begins */
	uint32_t tail;	   /* where its next record goes */
	uint32_t limit;	   /* and up to where records may go */
	uint32_t turn;	   /* number of that journal, 1 is the first */
	uint32_t sequence; /* of what is put next */
	uint32_t state;
};

/*
 * Open what is in the flash; finishes or undoes what a power cut left. OCRE_E_NOTFOUND when there
 * is no store of this form; OCRE_E_ARGUMENT when `flash` describes nothing possible. There is
 * nothing to be closed.
 */
int ocre_image_store_open(struct ocre_image_store *store, const struct ocre_flash *flash,
			  struct ocre_diag *diag);

/* Make an empty store. Cut in the middle, it leaves the old one whole or none. */
int ocre_image_store_format(const struct ocre_flash *flash, struct ocre_diag *diag);

/* ---- putting ---- */

struct ocre_image_store_item {
	enum ocre_image_store_kind kind;
	const char *name;
	uint32_t size;	/* bytes of all pieces together */
	uint64_t stamp; /* the caller's: for code the build that it is for, for a file its time */
	/* Most bytes that a file's owner may take, with names and what rounding costs; 0: no limit.
	 */
	uint32_t quota;
};

/* The caller's, until commit or abort. Private. */
struct ocre_image_store_put {
	struct ocre_image_store *store;
	uint32_t size;	/* announced */
	uint32_t done;	/* bytes that were given */
	uint32_t place; /* first block; 0: in the journal */
	uint32_t sequence;
	uint64_t stamp;
	struct ocre_sha256 sha;
	uint8_t kind;
	uint8_t name_size;
	bool written;	  /* those, too */
	uint8_t unit[32]; /* the last done % program_unit bytes */
	char name[OCRE_STORE_NAME];
};

/*
 * Begin to put something, in place of what has that kind and name: that stays what it is until the
 * commit, so that there must be room for both. Images that nobody holds may be moved to make room.
 * One at a time, and nothing else is changed meanwhile (OCRE_E_BUSY).
 *
 * OCRE_E_LIMIT: the store is full, or it is over the quota. OCRE_E_BUSY: there is room, but in
 * pieces between images that are held. OCRE_E_NOTFOUND: code without an image.
 */
int ocre_image_store_put_begin(struct ocre_image_store *store, struct ocre_image_store_put *put,
			       const struct ocre_image_store_item *item, struct ocre_diag *diag);
int ocre_image_store_put_add(struct ocre_image_store_put *put, const void *data, size_t size);
/*
 * The contents in place, when all of them were given, to be looked at before they replace anything.
 * They stay there until the next call that changes the store, the commit not counted.
 * OCRE_E_UNSUPPORTED as for ocre_image_store_hold().
 */
int ocre_image_store_put_bytes(struct ocre_image_store_put *put, struct ocre_bytes *out);
/*
 * Read it back, and if it has the digest of what was given, and `digest` unless that is NULL
 * (OCRE_E_INVALID when not), it is in the store from now on. The put is over in any case.
 */
int ocre_image_store_put_commit(struct ocre_image_store_put *put,
				const uint8_t digest[OCRE_SHA256_SIZE], struct ocre_diag *diag);
void ocre_image_store_put_abort(struct ocre_image_store_put *put);

/* With an image goes its code. OCRE_E_NOTFOUND, OCRE_E_BUSY during a put. Needs no free room. */
int ocre_image_store_remove(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			    const char *name);

/*
 * Another name for a file, in place of what has that. Within one owner, or the quota is not looked
 * at. Small ones need the room of another put. OCRE_E_NOTFOUND, ARGUMENT, BUSY and LIMIT as above.
 */
int ocre_image_store_rename(struct ocre_image_store *store, const char *name, const char *new_name);

/* ---- looking ---- */

/* `out` may be NULL. */
int ocre_image_store_find(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			  const char *name, struct ocre_image_store_info *out);

/* All that there is, in no order: *cursor is 0 first; a change in between ends the walk. */
bool ocre_image_store_next(struct ocre_image_store *store, uint32_t *cursor,
			   struct ocre_image_store_info *out);

/* How many bytes from `offset` on were copied, at most `size`, 0 behind the end; or an OCRE_E_. */
int64_t ocre_image_store_read(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			      const char *name, uint32_t offset, void *data, uint32_t size);

/* Whether its contents still have its digest: OCRE_E_INVALID when not. */
int ocre_image_store_verify(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			    const char *name);

/*
 * The contents of an image or of code, in place, at a multiple of 4 bytes. Until it is released,
 * they stay where and what they are, also when they are replaced or removed meanwhile. A store is
 * opened with nothing held. OCRE_E_UNSUPPORTED for files, and where the processor does not see the
 * flash.
 */
struct ocre_image_store_hold {
	struct ocre_bytes bytes;
	uint32_t place; /* private, as are those that follow */
	uint32_t blocks;
	struct ocre_image_store_hold *next;
};
int ocre_image_store_hold(struct ocre_image_store *store, enum ocre_image_store_kind kind,
			  const char *name, struct ocre_image_store_hold *hold);
/* Twice is once. */
void ocre_image_store_release(struct ocre_image_store *store, struct ocre_image_store_hold *hold);

/* ---- room ---- */

struct ocre_image_store_space {
	uint32_t total; /* bytes for contents that have blocks of their own; a block is the least */
	uint32_t free;
	uint32_t names_total; /* bytes for names and small files; files leave the last 256 */
	uint32_t names_free;
	uint32_t erases;	 /* of the block that was erased most; not counted above 65535 */
	uint32_t journal_erases; /* likewise, of the journals' blocks */
};
void ocre_image_store_space(struct ocre_image_store *store, struct ocre_image_store_space *out);

/* What the files of `owner` take, as it counts for their quota. */
uint32_t ocre_image_store_owned(struct ocre_image_store *store, const char *owner);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_IMAGE_H */
