/* SPDX-License-Identifier: Apache-2.0 */
/* sha256_test.c - the examples of FIPS 180-4, and the same message in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/sha256.h>

static void expect(const char *message, size_t size, const char *digest)
{
	uint8_t bytes[OCRE_SHA256_SIZE];
	char text[OCRE_SHA256_TEXT];

	ocre_sha256(message, size, bytes);
	ocre_sha256_text(bytes, text);
	assert_string_equal(text, digest);
}

static void examples_of_the_standard(void **state)
{
	const char *two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	const char *long_one = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
			       "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

	(void)state;
	expect(NULL, 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect(two_blocks, 56, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	expect(long_one, 112, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void a_million_times_a(void **state)
{
	uint8_t bytes[OCRE_SHA256_SIZE];
	char text[OCRE_SHA256_TEXT];
	struct ocre_sha256 sha;
	char piece[1000];

	(void)state;
	memset(piece, 'a', sizeof(piece));
	ocre_sha256_begin(&sha);
	for (int i = 0; i < 1000; i++) {
		ocre_sha256_add(&sha, piece, sizeof(piece));
	}
	ocre_sha256_end(&sha, bytes);
	ocre_sha256_text(bytes, text);
	assert_string_equal(text,
			    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the block borders, cut in two at every place. */
static void pieces_do_not_matter(void **state)
{
	uint8_t whole[OCRE_SHA256_SIZE];
	uint8_t cut[OCRE_SHA256_SIZE];
	struct ocre_sha256 sha;
	uint8_t data[200];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)(i * 7);
	}
	for (size_t size = 0; size <= sizeof(data); size++) {
		ocre_sha256(data, size, whole);
		for (size_t at = 0; at <= size; at++) {
			ocre_sha256_begin(&sha);
			ocre_sha256_add(&sha, data, at);
			ocre_sha256_add(&sha, data + at, size - at);
			ocre_sha256_end(&sha, cut);
			assert_memory_equal(cut, whole, sizeof(whole));
		}
	}
}

/* The padding's lengths have digests that are known from elsewhere (coreutils' sha256sum). */
static void block_borders(void **state)
{
	char zeros[64] = {0};

	(void)state;
	expect(zeros, 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7");
	expect(zeros, 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb");
	expect(zeros, 63, "c7723fa1e0127975e49e62e753db53924c1bd84b8ac1ac08df78d09270f3d971");
	expect(zeros, 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b");
}

static void text_and_back(void **state)
{
	const char *small = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	const char *large = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD";
	uint8_t bytes[OCRE_SHA256_SIZE];
	char text[OCRE_SHA256_TEXT];

	(void)state;
	assert_true(ocre_sha256_parse(large, bytes));
	ocre_sha256_text(bytes, text);
	assert_string_equal(text, small);
	assert_false(ocre_sha256_parse("", bytes));
	assert_false(ocre_sha256_parse("ba78", bytes));
	assert_false(ocre_sha256_parse(
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag", bytes));
	assert_false(ocre_sha256_parse(
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0", bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_of_the_standard),
		cmocka_unit_test(a_million_times_a),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(block_borders),
		cmocka_unit_test(text_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
