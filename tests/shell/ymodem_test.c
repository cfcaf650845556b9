/* SPDX-License-Identifier: Apache-2.0 */
/* ymodem_test.c - a sender of our own against the receiver: whole, damaged, cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/ymodem.h>

#define S UINT64_C(1000000000)

struct line {
	struct ocre_ymodem y;
	struct ocre_ymodem_sink sink;
	uint64_t now;
	uint8_t answers[256]; /* of the receiver, since the last look */
	size_t answer_count;
	/* the sink */
	char name[80];
	uint32_t size;
	uint8_t got[8192];
	size_t got_size;
	int begins, ends, aborts;
	int fail_begin, fail_add, fail_end;
};

static void answer(void *ctx, const void *data, size_t size)
{
	struct line *l = ctx;

	assert_true(l->answer_count + size <= sizeof(l->answers));
	memcpy(l->answers + l->answer_count, data, size);
	l->answer_count += size;
}

static int on_begin(void *ctx, const char *name, uint32_t size, struct ocre_diag *diag)
{
	struct line *l = ctx;

	if (l->fail_begin != 0) {
		return ocre_diag_set(diag, l->fail_begin, OCRE_NO_OFFSET, "the store is full");
	}
	l->begins++;
	strcpy(l->name, name);
	l->size = size;
	return 0;
}

static int on_add(void *ctx, const void *data, size_t size, struct ocre_diag *diag)
{
	struct line *l = ctx;

	(void)diag;
	assert_true(l->got_size + size <= sizeof(l->got));
	memcpy(l->got + l->got_size, data, size);
	l->got_size += size;
	return l->fail_add;
}

static int on_end(void *ctx, struct ocre_diag *diag)
{
	struct line *l = ctx;

	(void)diag;
	l->ends++;
	return l->fail_end;
}

static void on_abort(void *ctx)
{
	((struct line *)ctx)->aborts++;
}

static void start(struct line *l)
{
	memset(l, 0, sizeof(*l));
	l->sink = (struct ocre_ymodem_sink){on_begin, on_add, on_end, on_abort, l};
	l->y.sink = &l->sink;
	l->y.send = answer;
	l->y.send_ctx = l;
	l->now = 5 * S;
	ocre_ymodem_start(&l->y, l->now);
	assert_int_equal(l->answer_count, 1);
	assert_int_equal(l->answers[0], 'C');
	l->answer_count = 0;
}

/* The sender is silent: what failed is over, and the receiver has taken all that there was. */
static void settle(struct line *l)
{
	for (int i = 0; i < 3 && l->y.state == OCRE_YMODEM_RUNS; i++) {
		l->now += S / 2;
		l->answer_count = 0;
		ocre_ymodem_tick(&l->y, l->now);
		assert_int_equal(l->answer_count, 0);
	}
}

static uint16_t crc(const uint8_t *data, size_t size)
{
	uint16_t value = 0;

	while (size-- > 0) {
		value = (uint16_t)(value ^ *data++ << 8);
		for (int i = 0; i < 8; i++) {
			value = (uint16_t)((value & 0x8000) ? value << 1 ^ 0x1021 : value << 1);
		}
	}
	return value;
}

/* One block into `out`; how long it is. */
static size_t make_block(uint8_t *out, uint8_t number, const void *data, size_t size, bool large)
{
	size_t whole = large ? 1024 : 128;
	uint16_t sum;

	out[0] = large ? 2 : 1;
	out[1] = number;
	out[2] = (uint8_t)~number;
	memset(out + 3, 0x1a, whole);
	memcpy(out + 3, data, size);
	sum = crc(out + 3, whole);
	out[3 + whole] = (uint8_t)(sum >> 8);
	out[4 + whole] = (uint8_t)sum;
	return whole + 5;
}

/* All that a sender says for a file, block after block. */
static size_t make_transfer(uint8_t *out, const char *name, const uint8_t *data, size_t size,
			    size_t *marks)
{
	uint8_t head[128] = {0};
	size_t at = 0, done = 0, n = 0;
	uint8_t number = 1;

	strcpy((char *)head, name);
	sprintf((char *)head + strlen(name) + 1, "%zu 14775302147 100644", size);
	marks[n++] = at += make_block(out, 0, head, 128, false);
	while (done < size) {
		bool large = size - done > 128;
		size_t part = large ? 1024 : 128;

		part = part < size - done ? part : size - done;
		marks[n++] = at += make_block(out + at, number++, data + done, part, large);
		done += part;
	}
	out[at++] = 4; /* EOT */
	marks[n++] = at;
	memset(head, 0, sizeof(head));
	marks[n++] = at += make_block(out + at, 0, head, 128, false);
	marks[n] = 0;
	return at;
}

static uint8_t file[3000];
static uint8_t transfer[8192];
static size_t marks[16];

static size_t make(void)
{
	for (size_t i = 0; i < sizeof(file); i++) {
		file[i] = (uint8_t)(i * 7 + i / 256);
	}
	return make_transfer(transfer, "some/dir/guest.wasm", file, sizeof(file), marks);
}

static void expect_whole(struct line *l)
{
	assert_int_equal(l->y.state, OCRE_YMODEM_DONE);
	assert_string_equal(l->name, "guest");
	assert_int_equal(l->size, sizeof(file));
	assert_int_equal(l->got_size, sizeof(file));
	assert_memory_equal(l->got, file, sizeof(file));
	assert_int_equal(l->begins, 1);
	assert_int_equal(l->ends, 1);
	assert_int_equal(l->aborts, 0);
}

static void a_file(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));
	static const uint8_t answers[] = {6, 'C', 6, 6, 6, 6, 'C', 6};

	(void)state;
	start(l);
	assert_int_equal(ocre_ymodem_take(&l->y, transfer, size, l->now), size);
	expect_whole(l);
	assert_int_equal(l->answer_count, sizeof(answers));
	assert_memory_equal(l->answers, answers, sizeof(answers));
	/* What follows is not for us. */
	assert_int_equal(ocre_ymodem_take(&l->y, "ps\r", 3, l->now), 0);
	free(l);
}

static void byte_by_byte_with_noise_before(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));

	(void)state;
	start(l);
	ocre_ymodem_take(&l->y, "\r\n\xff", 3, l->now);
	for (size_t i = 0; i < size; i++) {
		ocre_ymodem_take(&l->y, transfer + i, 1, l->now);
	}
	expect_whole(l);
	free(l);
}

/* Each block is damaged once, and sent again when it is asked for. */
static void damaged_blocks_are_sent_again(void **state)
{
	struct line *l = malloc(sizeof(*l));
	size_t from = 0;

	(void)state;
	make();
	start(l);
	for (size_t n = 0; marks[n] != 0; n++) {
		if (marks[n] - from > 1) {
			transfer[from + 40] ^= 1;
			l->answer_count = 0;
			ocre_ymodem_take(&l->y, transfer + from, marks[n] - from, l->now);
			assert_int_equal(l->answer_count, 1);
			assert_int_equal(l->answers[0], 0x15);
			transfer[from + 40] ^= 1;
		}
		ocre_ymodem_take(&l->y, transfer + from, marks[n] - from, l->now);
		from = marks[n];
	}
	expect_whole(l);
	free(l);
}

/* Our answer was lost: the sender says it once more. */
static void blocks_that_come_twice(void **state)
{
	struct line *l = malloc(sizeof(*l));
	size_t from = 0;

	(void)state;
	make();
	start(l);
	for (size_t n = 0; marks[n] != 0; n++) {
		ocre_ymodem_take(&l->y, transfer + from, marks[n] - from, l->now);
		if (n > 0 && marks[n] - from > 1 && marks[n + 1] != 0) {
			ocre_ymodem_take(&l->y, transfer + from, marks[n] - from, l->now);
		}
		from = marks[n];
	}
	expect_whole(l);
	free(l);
}

/* Cut at every byte, and nothing follows: it ends by itself, and the sink knows. */
static void cut_at_every_byte(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));
	size_t file_is_there = marks[4]; /* behind EOT: header, three blocks, EOT */

	(void)state;
	for (size_t n = 0; n < size; n++) {
		start(l);
		ocre_ymodem_take(&l->y, transfer, n, l->now);
		for (int i = 0; i < 100 && l->y.state == OCRE_YMODEM_RUNS; i++) {
			l->now += 4 * S;
			l->answer_count = 0;
			ocre_ymodem_tick(&l->y, l->now);
		}
		if (n >= file_is_there) {
			assert_int_equal(l->y.state, OCRE_YMODEM_DONE);
			assert_int_equal(l->ends, 1);
		} else {
			assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
			assert_true(l->y.diag.text[0] != '\0');
			assert_int_equal(l->aborts, l->begins);
			assert_int_equal(l->ends, 0);
		}
		/* And the next one is as the first. */
		l->begins = l->aborts = l->ends = 0;
		l->got_size = 0;
		ocre_ymodem_start(&l->y, l->now);
		ocre_ymodem_take(&l->y, transfer, size, l->now);
		expect_whole(l);
	}
	free(l);
}

static void a_pause_in_the_middle_of_a_block(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));

	(void)state;
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[0] + 500, l->now);
	l->now += 4 * S;
	l->answer_count = 0;
	ocre_ymodem_tick(&l->y, l->now);
	assert_int_equal(l->answers[0], 0x15);
	ocre_ymodem_take(&l->y, transfer + marks[0], size - marks[0], l->now);
	expect_whole(l);
	free(l);
}

static void it_is_refused(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));

	(void)state;
	start(l);
	l->fail_begin = OCRE_E_LIMIT;
	ocre_ymodem_take(&l->y, transfer, size, l->now);
	assert_int_equal(l->answers[0], 0x18);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_string_equal(l->y.diag.text, "the store is full");
	assert_int_equal(l->aborts, 0);
	start(l);
	l->fail_add = OCRE_E_IO;
	ocre_ymodem_take(&l->y, transfer, size, l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(l->aborts, 1);
	start(l);
	l->fail_end = OCRE_E_INVALID;
	ocre_ymodem_take(&l->y, transfer, size, l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(l->aborts, 0);
	start(l);
	ocre_ymodem_cancel(&l->y);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	free(l);
}

static void senders_that_make_no_sense(void **state)
{
	static const char *const heads[] = {"",
					    "name",
					    "name\0",
					    "name\0x",
					    "name\0"
					    "99999999999",
					    "dir/\0"
					    "12"};
	static const size_t sizes[] = {1, 4, 6, 7, 17, 8};
	struct line *l = malloc(sizeof(*l));
	uint8_t block[200];

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		uint8_t head[128] = {0};
		size_t size;

		memcpy(head, heads[i], sizes[i]);
		size = make_block(block, 0, head, sizeof(head), false);
		start(l);
		ocre_ymodem_take(&l->y, block, size, l->now);
		settle(l);
		assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
		assert_int_equal(l->begins, 0);
	}
	/* A block that is missing; a file that is shorter than was said; a sender that gives up. */
	make();
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[0], l->now);
	ocre_ymodem_take(&l->y, transfer + marks[1], marks[2] - marks[1], l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(l->aborts, 1);
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[1], l->now);
	ocre_ymodem_take(&l->y, "\4", 1, l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[1], l->now);
	ocre_ymodem_take(&l->y, "\x18\x18", 2, l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(l->aborts, 1);
	free(l);
}

/* What the sender still sends after it was refused is not for whoever reads next. */
static void the_rest_is_passed_over(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));

	(void)state;
	start(l);
	l->fail_begin = OCRE_E_LIMIT;
	assert_int_equal(ocre_ymodem_take(&l->y, transfer, size, l->now), size);
	l->now += S / 4;
	ocre_ymodem_tick(&l->y, l->now);
	assert_int_equal(l->y.state, OCRE_YMODEM_RUNS);
	assert_int_equal(ocre_ymodem_take(&l->y, "\rreset\r", 7, l->now), 7);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(ocre_ymodem_take(&l->y, "ps\r", 3, l->now), 0);
	/* Not for ever, even when it never stops. */
	start(l);
	l->fail_begin = OCRE_E_LIMIT;
	ocre_ymodem_take(&l->y, transfer, size, l->now);
	for (int i = 0; i < 200 && l->y.state == OCRE_YMODEM_RUNS; i++) {
		ocre_ymodem_take(&l->y, transfer, size, l->now);
		l->now += S / 10;
		ocre_ymodem_tick(&l->y, l->now);
	}
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	free(l);
}

/* Noise is not a sender: one that is gone is missed, whatever the line makes. */
static void noise_without_end(void **state)
{
	static const size_t froms[] = {0, 133, 133 + 1029};
	struct line *l = malloc(sizeof(*l));

	(void)state;
	make();
	for (size_t i = 0; i < 3; i++) {
		uint64_t began;

		start(l);
		began = l->now;
		ocre_ymodem_take(&l->y, transfer, froms[i], l->now);
		while (l->y.state == OCRE_YMODEM_RUNS && l->now - began < 200 * S) {
			l->answer_count = 0;
			ocre_ymodem_take(&l->y, "\xff\xfe noise", 8, l->now);
			l->now += S / 20;
			ocre_ymodem_tick(&l->y, l->now);
		}
		assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
		assert_string_equal(l->y.diag.text, "nothing comes");
		assert_true(l->now - began < 90 * S);
		assert_int_equal(l->aborts, l->begins);
	}
	free(l);
}

/* The block with the name once more: the sender has heard neither of our two answers to it. */
static void the_name_twice(void **state)
{
	size_t size = make();
	struct line *l = malloc(sizeof(*l));

	(void)state;
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[0], l->now);
	l->answer_count = 0;
	ocre_ymodem_take(&l->y, transfer, marks[0], l->now);
	assert_int_equal(l->answer_count, 2);
	assert_memory_equal(l->answers, "\6C", 2);
	/* The letter alone was lost. */
	l->answer_count = 0;
	l->now += 4 * S;
	ocre_ymodem_tick(&l->y, l->now);
	assert_memory_equal(l->answers, "C", 1);
	ocre_ymodem_take(&l->y, transfer + marks[0], size - marks[0], l->now);
	expect_whole(l);
	free(l);
}

static void more_than_was_said(void **state)
{
	struct line *l = malloc(sizeof(*l));
	uint8_t block[1029];
	size_t size;

	(void)state;
	make();
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[3], l->now);
	assert_int_equal(l->got_size, sizeof(file));
	size = make_block(block, 4, file, 128, false);
	ocre_ymodem_take(&l->y, block, size, l->now);
	settle(l);
	assert_int_equal(l->y.state, OCRE_YMODEM_FAILED);
	assert_int_equal(l->aborts, 1);
	free(l);
}

/* The first file is there; the sender is told that no other is wanted, and what it sends is not
 * taken for a line. */
static void a_second_file(void **state)
{
	struct line *l = malloc(sizeof(*l));

	(void)state;
	make();
	start(l);
	ocre_ymodem_take(&l->y, transfer, marks[4], l->now);
	l->answer_count = 0;
	ocre_ymodem_take(&l->y, transfer, marks[1], l->now);
	assert_int_equal(l->answers[0], 0x18);
	settle(l);
	expect_whole(l);
	free(l);
}

/* The file is there: a sender that ends in another way than it should does not undo that. */
static void a_bad_end(void **state)
{
	struct line *l = malloc(sizeof(*l));

	(void)state;
	make();
	for (int way = 0; way < 3; way++) {
		start(l);
		ocre_ymodem_take(&l->y, transfer, marks[4], l->now);
		assert_int_equal(l->ends, 1);
		if (way == 0) {
			ocre_ymodem_take(&l->y, "\x18\x18", 2, l->now);
		} else if (way == 1) {
			transfer[marks[4] + 9] ^= 1;
			for (int i = 0; i < 12; i++) {
				ocre_ymodem_take(&l->y, transfer + marks[4], marks[5] - marks[4],
						 l->now);
			}
			transfer[marks[4] + 9] ^= 1;
		} else {
			ocre_ymodem_cancel(&l->y);
		}
		settle(l);
		expect_whole(l);
	}
	free(l);
}

static void bytes_at_random(void **state)
{
	struct line *l = malloc(sizeof(*l));
	uint32_t seed = 3;

	(void)state;
	make();
	for (int round = 0; round < 3000; round++) {
		start(l);
		for (int i = 0; i < 40 && l->y.state == OCRE_YMODEM_RUNS; i++) {
			uint8_t piece[64];
			size_t from;

			seed = seed * 1664525u + 1013904223u;
			from = (seed >> 8) % 4000;
			memcpy(piece, transfer + from, sizeof(piece));
			if (seed >> 31 != 0) {
				piece[seed % 64] = (uint8_t)(seed >> 16);
			}
			l->answer_count = 0;
			ocre_ymodem_take(&l->y, piece, sizeof(piece), l->now);
			l->now += seed % 5 * S;
			l->answer_count = 0;
			ocre_ymodem_tick(&l->y, l->now);
		}
		assert_true(l->aborts + l->ends <= l->begins);
	}
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file),
		cmocka_unit_test(byte_by_byte_with_noise_before),
		cmocka_unit_test(damaged_blocks_are_sent_again),
		cmocka_unit_test(blocks_that_come_twice),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(a_pause_in_the_middle_of_a_block),
		cmocka_unit_test(it_is_refused),
		cmocka_unit_test(senders_that_make_no_sense),
		cmocka_unit_test(the_rest_is_passed_over),
		cmocka_unit_test(noise_without_end),
		cmocka_unit_test(the_name_twice),
		cmocka_unit_test(more_than_was_said),
		cmocka_unit_test(a_second_file),
		cmocka_unit_test(a_bad_end),
		cmocka_unit_test(bytes_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
