/* SPDX-License-Identifier: Apache-2.0 */
/* ymodem.c - the receiver of YMODEM, one file. */
#include <string.h>

#include <ocre/ymodem.h>

#define SOH 0x01
#define STX 0x02
#define EOT 0x04
#define ACK 0x06
#define NAK 0x15
#define CAN 0x18

#define S	    UINT64_C(1000000000)
#define WAIT_START  60 /* times a second, for the sender to begin */
#define WAIT_BLOCK  10 /* bad or missing blocks in a row */
#define OVERHEAD    5  /* kind, number, its complement, CRC */
#define CANCELS_END 2
#define QUIET	    (S / 2) /* nothing came for so long: the sender has stopped */
#define QUIET_MOST  (10 * S)

enum phase {
	HEADER, /* asking for the block with name and size */
	DATA,
	TRAILER, /* the file is there; the sender says that there is no other */
	DRAIN,	 /* it is over, but the sender may still send: that is not for whoever reads next */
};

static void send(struct ocre_ymodem *y, uint8_t byte)
{
	y->send(y->send_ctx, &byte, 1);
}

/* Tell the sender that it is over. */
static void hang_up(struct ocre_ymodem *y, enum ocre_ymodem_state outcome)
{
	static const uint8_t cancel[] = {CAN, CAN, CAN};

	y->send(y->send_ctx, cancel, sizeof(cancel));
	y->outcome = outcome;
	y->phase = DRAIN;
	y->drain_ns = y->now_ns + QUIET_MOST;
}

static void fail(struct ocre_ymodem *y, int status, const char *text)
{
	if (y->begun) {
		y->sink->abort(y->sink->ctx);
		y->begun = false;
	}
	ocre_diag_set(&y->diag, status, OCRE_NO_OFFSET, "%s", text);
	/* What comes behind the file changes nothing about it. */
	hang_up(y, y->phase == TRAILER ? OCRE_YMODEM_DONE : OCRE_YMODEM_FAILED);
}

/* A sink has refused, and said why. */
static void refused(struct ocre_ymodem *y, int status)
{
	fail(y, status, ocre_status_text(status));
}

void ocre_ymodem_start(struct ocre_ymodem *y, uint64_t now_ns)
{
	memset(&y->diag, 0, sizeof(y->diag));
	y->state = OCRE_YMODEM_RUNS;
	y->phase = HEADER;
	y->errors = 0;
	y->size = 0;
	y->received = 0;
	y->have = 0;
	y->number = 0;
	y->cancels = 0;
	y->begun = false;
	y->now_ns = now_ns;
	y->deadline_ns = now_ns;
	ocre_ymodem_tick(y, now_ns);
}

/* ---- blocks ---- */

static uint16_t crc16(const uint8_t *data, uint32_t size)
{
	uint32_t crc = 0;

	while (size-- > 0) {
		crc ^= (uint32_t)*data++ << 8;
		for (int i = 0; i < 8; i++) {
			crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
		}
	}
	return (uint16_t)crc;
}

static uint32_t block_size(const struct ocre_ymodem *y)
{
	return y->block[0] == STX ? 1024 : 128;
}

/* The name without directories, in place; NULL when it does not end. */
static char *base_name(char *text, size_t size)
{
	char *end = memchr(text, '\0', size);
	char *name = text;
	char *at;

	if (end == NULL) {
		return NULL;
	}
	for (at = text; at < end; at++) {
		if (*at == '/' || *at == '\\') {
			name = at + 1;
		}
	}
	return name;
}

static bool read_size(const char *text, const char *end, uint32_t *out)
{
	uint64_t size = 0;
	bool is_number = ocre_decimal(text, (size_t)(end - text), UINT32_MAX, &size) > 0;

	*out = (uint32_t)size;
	return is_number;
}

static void header(struct ocre_ymodem *y)
{
	char *text = (char *)y->block + 3;
	uint32_t size = block_size(y);
	char *name = base_name(text, size);
	size_t length;
	int rc;

	if (name == NULL || *name == '\0') {
		fail(y, OCRE_E_INVALID, "the sender has no file");
		return;
	}
	length = strlen(name);
	if (!read_size(name + length + 1, text + size, &y->size)) {
		fail(y, OCRE_E_INVALID, "the sender does not say how long the file is");
		return;
	}
	if (length > 5 && strcmp(name + length - 5, ".wasm") == 0) {
		name[length -= 5] = '\0';
	}
	if (length > OCRE_YMODEM_NAME) {
		fail(y, OCRE_E_INVALID, "the file's name is too long");
		return;
	}
	rc = y->sink->begin(y->sink->ctx, name, y->size, &y->diag);
	if (rc != OCRE_OK) {
		refused(y, rc);
		return;
	}
	y->begun = true;
	y->phase = DATA;
	y->number = 1;
	send(y, ACK);
	send(y, 'C');
}

static void data(struct ocre_ymodem *y)
{
	uint32_t size = block_size(y);
	uint32_t left = y->size - y->received;
	int rc;

	if (left == 0) {
		fail(y, OCRE_E_INVALID, "the file is longer than was said");
		return;
	}
	/* The last block is filled up. */
	size = size < left ? size : left;
	rc = y->sink->add(y->sink->ctx, y->block + 3, size, &y->diag);
	if (rc != OCRE_OK) {
		refused(y, rc);
		return;
	}
	y->received += size;
	y->number++;
	send(y, ACK);
}

static void end_of_file(struct ocre_ymodem *y)
{
	int rc;

	if (y->received != y->size) {
		fail(y, OCRE_E_INVALID, "the file is shorter than was said");
		return;
	}
	y->begun = false;
	rc = y->sink->end(y->sink->ctx, &y->diag);
	if (rc != OCRE_OK) {
		refused(y, rc);
		return;
	}
	y->phase = TRAILER;
	send(y, ACK);
	send(y, 'C');
}

/* One file is enough: an empty name says that there is no other. */
static void trailer(struct ocre_ymodem *y)
{
	if (y->block[3] == '\0') {
		send(y, ACK);
		y->state = OCRE_YMODEM_DONE;
	} else {
		hang_up(y, OCRE_YMODEM_DONE);
	}
}

/* All bytes of a block are there. */
static void block(struct ocre_ymodem *y)
{
	uint32_t size = block_size(y);
	const uint8_t *crc = y->block + 3 + size;

	if ((y->block[1] ^ y->block[2]) != 0xff ||
	    crc16(y->block + 3, size) != (crc[0] << 8 | crc[1])) {
		if (++y->errors > WAIT_BLOCK) {
			fail(y, OCRE_E_IO, "too many damaged blocks");
			return;
		}
		send(y, NAK);
		return;
	}
	y->errors = 0;
	if (y->phase == TRAILER) {
		trailer(y);
	} else if (y->block[1] == (uint8_t)(y->number - 1) && y->phase == DATA) {
		send(y, ACK); /* once more: our answer was lost */
		if (y->received == 0) {
			send(y, 'C');
		}
	} else if (y->block[1] != y->number) {
		fail(y, OCRE_E_IO, "a block is missing");
	} else if (y->phase == HEADER) {
		header(y);
	} else {
		data(y);
	}
}

/* ---- bytes ---- */

/* False when it is none that begins something. */
static bool first_byte(struct ocre_ymodem *y, uint8_t byte)
{
	y->cancels = byte == CAN ? (uint8_t)(y->cancels + 1) : 0;
	switch (byte) {
	case SOH:
	case STX:
		y->have = 1;
		y->block[0] = byte;
		break;
	case EOT:
		if (y->phase == DATA) {
			end_of_file(y);
		} else if (y->phase == TRAILER) {
			send(y, ACK);
		}
		break;
	case CAN:
		if (y->cancels >= CANCELS_END) {
			fail(y, OCRE_E_IO, "the sender gave up");
		}
		break;
	case 0x03: /* a person at a terminal: Ctrl-C */
		if (y->phase == HEADER) {
			fail(y, OCRE_E_IO, "cancelled");
		}
		break;
	default:
		return false;
	}
	return true;
}

static void take_byte(struct ocre_ymodem *y, uint8_t byte)
{
	bool noise;

	if (y->phase == DRAIN) {
		y->deadline_ns = y->now_ns + QUIET;
		return;
	}
	if (y->have > 0) {
		y->block[y->have++] = byte;
		noise = false;
	} else {
		noise = !first_byte(y, byte);
	}
	if (y->have > 0 && y->have == block_size(y) + OVERHEAD) {
		y->have = 0;
		block(y);
	}
	/* Noise must not keep a sender alive that is gone. */
	if (y->phase == DRAIN) {
		y->deadline_ns = y->now_ns + QUIET;
	} else if (!noise) {
		y->deadline_ns = y->now_ns + (y->phase == HEADER ? S : 3 * S);
	}
}

size_t ocre_ymodem_take(struct ocre_ymodem *y, const void *bytes, size_t size, uint64_t now_ns)
{
	const uint8_t *at = bytes;
	size_t n;

	y->now_ns = now_ns;
	for (n = 0; n < size && y->state == OCRE_YMODEM_RUNS; n++) {
		take_byte(y, at[n]);
	}
	return n;
}

void ocre_ymodem_tick(struct ocre_ymodem *y, uint64_t now_ns)
{
	uint8_t ask;

	y->now_ns = now_ns;
	if (y->state != OCRE_YMODEM_RUNS) {
		return;
	}
	if (y->phase == DRAIN && (now_ns >= y->deadline_ns || now_ns >= y->drain_ns)) {
		y->state = y->outcome;
		return;
	}
	if (now_ns < y->deadline_ns) {
		return;
	}
	y->deadline_ns = now_ns + S;
	/* Before the first block of the file the sender waits for the letter, too. */
	ask = y->phase == HEADER || (y->received == 0 && y->have == 0) ? 'C' : NAK;
	y->have = 0;
	if (y->phase == TRAILER) {
		/* Some senders say no more once the file is there. */
		y->state = OCRE_YMODEM_DONE;
	} else if (++y->errors > (y->phase == HEADER ? WAIT_START : WAIT_BLOCK)) {
		fail(y, OCRE_E_IO, "nothing comes");
		y->deadline_ns = now_ns + QUIET;
	} else {
		send(y, ask);
	}
}

void ocre_ymodem_cancel(struct ocre_ymodem *y)
{
	if (y->state != OCRE_YMODEM_RUNS) {
		return;
	}
	if (y->phase != DRAIN) {
		fail(y, OCRE_E_IO, "cancelled");
	}
	y->state = y->outcome;
}
