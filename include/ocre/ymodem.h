/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ymodem.h - receive one file over a serial line by YMODEM (Forsberg, "XMODEM/YMODEM protocol
 * reference", 1988), as `sb FILE` of lrzsz and most terminal programs send it: blocks of 128 or
 * 1024 bytes with a CRC-16, the first with name and size. Bytes and time go in, bytes come out by a
 * function; nothing waits and nothing is allocated.
 */
#ifndef OCRE_YMODEM_H
#define OCRE_YMODEM_H

#include <ocre/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCRE_YMODEM_NAME 64u

/* What becomes of the file. Each returns 0 or an OCRE_E_, which ends the transfer. */
struct ocre_ymodem_sink {
	/* `name` is the sender's, without directories and without a .wasm at its end. */
	int (*begin)(void *ctx, const char *name, uint32_t size, struct ocre_diag *diag);
	int (*add)(void *ctx, const void *data, size_t size, struct ocre_diag *diag);
	/* All of it has come. */
	int (*end)(void *ctx, struct ocre_diag *diag);
	/* It will not come; after begin only, and not after end. */
	void (*abort)(void *ctx);
	void *ctx;
};

enum ocre_ymodem_state {
	OCRE_YMODEM_RUNS,
	OCRE_YMODEM_DONE,
	OCRE_YMODEM_FAILED, /* `diag` says why */
};

struct ocre_ymodem {
	const struct ocre_ymodem_sink *sink;
	void (*send)(void *ctx, const void *data, size_t size);
	void *send_ctx;
	struct ocre_diag diag;
	/* private */
	enum ocre_ymodem_state state;
	enum ocre_ymodem_state outcome; /* when what the sender still sends has been passed over */
	uint64_t now_ns;
	uint64_t deadline_ns;
	uint64_t drain_ns;
	uint32_t phase;
	uint32_t errors;
	uint32_t size;
	uint32_t received;
	uint32_t have; /* bytes of the block in hand */
	uint8_t number;
	uint8_t cancels;
	bool begun;
	uint8_t block[1024 + 5];
};

/* Fill in sink, send and send_ctx before. The sender may be started up to a minute later. */
void ocre_ymodem_start(struct ocre_ymodem *y, uint64_t now_ns);
/*
 * What came. What follows the end of the transfer is not taken: how many bytes were. A transfer
 * that failed runs on until the sender has been silent for half a second (ten at most), so that the
 * rest of its file is not taken for something else.
 */
size_t ocre_ymodem_take(struct ocre_ymodem *y, const void *data, size_t size, uint64_t now_ns);
/* Time passes: to be called when `deadline_ns` is over, or at any time. */
void ocre_ymodem_tick(struct ocre_ymodem *y, uint64_t now_ns);
/* End it from this side, at once. */
void ocre_ymodem_cancel(struct ocre_ymodem *y);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_YMODEM_H */
