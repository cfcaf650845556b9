/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base.h - what every room of Ocre shares: status codes, byte ranges, counted memory and the
 * diagnostic that carries an error's words. Needs a C11 compiler, nothing else.
 */
#ifndef OCRE_BASE_H
#define OCRE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every call that can fail returns 0 or one of these negative numbers. */
#define OCRE_STATUS_LIST(X)                                                                        \
	X(NOMEM, -1, "out of memory")                                                              \
	X(MALFORMED, -2, "malformed module")                                                       \
	X(INVALID, -3, "invalid module")                                                           \
	X(LIMIT, -4, "a configured limit was reached")                                             \
	X(UNSUPPORTED, -5, "not supported by this build")                                          \
	X(LINK, -6, "an import does not fit")                                                      \
	X(NOTFOUND, -7, "not found")                                                               \
	X(ARGUMENT, -8, "invalid argument")                                                        \
	X(STATE, -9, "not possible in this state")                                                 \
	X(IO, -10, "input or output failed")                                                       \
	X(ACCESS, -11, "access denied")                                                            \
	X(BUSY, -12, "in use")                                                                     \
	X(STALE, -13, "stored code does not fit")

enum ocre_status {
	OCRE_OK = 0,
#define OCRE__ENUM(name, number, text) OCRE_E_##name = number,
	OCRE_STATUS_LIST(OCRE__ENUM)
#undef OCRE__ENUM
};

/* The text of a status, never NULL. Any thread. */
const char *ocre_status_text(int status);

/* A range of bytes that somebody else owns. */
struct ocre_bytes {
	const uint8_t *data;
	size_t size;
};

/*
 * The words of a failure: what, and at which byte offset of the input (or OCRE_NO_OFFSET). The
 * first failure wins; later ones do not overwrite it. The caller owns it and zeroes it before use.
 */
#define OCRE_NO_OFFSET UINT32_MAX
#define OCRE_DIAG_TEXT 160
struct ocre_diag {
	int status;	 /* 0 while nothing was reported */
	uint32_t offset; /* bytes from the start of the input */
	char text[OCRE_DIAG_TEXT];
};

/*
 * Report into `diag` (which may be NULL) and return `status`. `format` knows %s, %u (uint32_t),
 * %d (int32_t), %x (uint32_t) and %%, nothing else; the text is cut at the end of the buffer.
 */
int ocre_diag_set(struct ocre_diag *diag, int status, uint32_t offset, const char *format, ...);

/*
 * Counted memory with a limit. `resize` has the meaning of realloc with both sizes told: old size 0
 * allocates, new size 0 frees and returns NULL. It returns memory aligned for any type, or NULL.
 * One ocre_mem belongs to one thread at a time. With `threads` set before a second thread sees it,
 * charge and uncharge may be called by several at once, and everything may when `resize` allows it.
 * What is charged to one with a `parent`, set after init, is charged to that too.
 */
struct ocre_mem {
	void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
	void *ctx;
	size_t limit;		 /* bytes; SIZE_MAX is none */
	size_t used;		 /* bytes held now */
	size_t peak;		 /* the highest `used` since init */
	bool threads;		 /* count atomically */
	struct ocre_mem *parent; /* NULL: none */
};

void ocre_mem_init(struct ocre_mem *mem, void *(*resize)(void *, void *, size_t, size_t), void *ctx,
		   size_t limit);

/* Zeroed memory, or NULL when the limit or the allocator says no. `size` 0 gives NULL. */
void *ocre_mem_alloc(struct ocre_mem *mem, size_t size);

/* As ocre_mem_alloc for `count` times `size` bytes; NULL when the product overflows. */
void *ocre_mem_alloc_array(struct ocre_mem *mem, size_t count, size_t size);

/* Grow or shrink; new bytes are not zeroed. On failure NULL, and `ptr` is still what it was. */
void *ocre_mem_resize(struct ocre_mem *mem, void *ptr, size_t old_size, size_t new_size);

/* `size` is what was asked for. NULL is allowed. */
void ocre_mem_free(struct ocre_mem *mem, void *ptr, size_t size);

/* Count memory that came from elsewhere (a mapping): false, and nothing counted, over the limit. */
bool ocre_mem_charge(struct ocre_mem *mem, size_t size);
void ocre_mem_uncharge(struct ocre_mem *mem, size_t size);

/* How much more may be held, by it and by all whom it is charged to. */
size_t ocre_mem_room(const struct ocre_mem *mem);

/* ---- numbers ---- */

/*
 * The decimal number that `text`, of `size` bytes, begins with; no sign. Returns how many digits it
 * has, and stores it; 0, and nothing is stored, where there is none or it is more than `most`.
 * Reads nothing behind the first byte that is no digit.
 */
size_t ocre_decimal(const char *text, size_t size, uint64_t most, uint64_t *value);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_BASE_H */
