/* SPDX-License-Identifier: Apache-2.0 */
/* pool_test.c - memory from one block: nothing overlaps, nothing is lost, contents stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_bare.h>

#define BLOCKS 40

struct block {
	uint8_t *data;
	size_t size;
	uint8_t fill;
};

static _Alignas(16) uint8_t memory[8192];

static void check(const struct block *b)
{
	size_t i;

	for (i = 0; i < b->size; i++) {
		assert_int_equal(b->data[i], b->fill);
	}
}

static void whole_again(struct ocre_pool *pool)
{
	assert_int_equal(pool->used, 0);
	assert_int_equal(ocre_pool_largest(pool), pool->size);
}

static void what_is_given_back_becomes_one(void **state)
{
	struct ocre_pool pool;
	void *a, *b, *c;

	(void)state;
	ocre_pool_init(&pool, memory, sizeof(memory));
	assert_int_equal(pool.size, sizeof(memory));
	a = ocre_pool_resize(&pool, NULL, 0, 100);
	b = ocre_pool_resize(&pool, NULL, 0, 200);
	c = ocre_pool_resize(&pool, NULL, 0, 300);
	assert_true(a != NULL && b != NULL && c != NULL);
	assert_true(pool.used >= 600);
	ocre_pool_resize(&pool, a, 100, 0);
	ocre_pool_resize(&pool, c, 300, 0);
	ocre_pool_resize(&pool, b, 200, 0);
	whole_again(&pool);
	assert_true(pool.peak >= 600);
}

static void all_of_it_can_be_had(void **state)
{
	struct ocre_pool pool;
	void *all;

	(void)state;
	ocre_pool_init(&pool, memory, sizeof(memory));
	all = ocre_pool_resize(&pool, NULL, 0, sizeof(memory));
	assert_non_null(all);
	assert_null(ocre_pool_resize(&pool, NULL, 0, 1));
	assert_int_equal(ocre_pool_largest(&pool), 0);
	/* Smaller always works, also when nothing else is free. */
	assert_ptr_equal(ocre_pool_resize(&pool, all, sizeof(memory), 1), all);
	assert_non_null(ocre_pool_resize(&pool, NULL, 0, sizeof(memory) - 64));
}

static void what_is_too_large_is_refused(void **state)
{
	struct ocre_pool pool;
	void *a;

	(void)state;
	ocre_pool_init(&pool, memory, sizeof(memory));
	assert_null(ocre_pool_resize(&pool, NULL, 0, sizeof(memory) + 1));
	assert_null(ocre_pool_resize(&pool, NULL, 0, SIZE_MAX));
	assert_null(ocre_pool_resize(&pool, NULL, 0, SIZE_MAX - 7));
	a = ocre_pool_resize(&pool, NULL, 0, 32);
	assert_null(ocre_pool_resize(&pool, a, 32, SIZE_MAX));
	assert_null(ocre_pool_resize(&pool, a, 32, sizeof(memory) + 1));
	assert_null(ocre_pool_resize(&pool, a, 32, 0));
	whole_again(&pool);
	assert_null(ocre_pool_resize(&pool, NULL, 0, 0));
}

static void no_memory_at_all(void **state)
{
	struct ocre_pool pool;

	(void)state;
	ocre_pool_init(&pool, memory + 1, 3);
	assert_null(ocre_pool_resize(&pool, NULL, 0, 1));
	assert_int_equal(ocre_pool_largest(&pool), 0);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void a_block(struct ocre_pool *pool, struct block *b, uint32_t *seed)
{
	size_t size = next_random(seed) % 4 == 0 ? 0 : 1 + next_random(seed) % 600;
	uint8_t *data = ocre_pool_resize(pool, b->data, b->size, size);

	if (size > 0 && data == NULL) {
		/* Refused: what was there is as before; a smaller one is never refused. */
		assert_true(b->data == NULL || size > b->size);
		return;
	}
	if (size > 0 && b->data != NULL) {
		struct block kept = {data, size < b->size ? size : b->size, b->fill};

		check(&kept);
	}
	b->data = data;
	b->size = size;
	b->fill = (uint8_t)next_random(seed);
	if (size > 0) {
		assert_true(data >= memory && data + size <= memory + sizeof(memory));
		memset(data, b->fill, size);
	}
}

static void at_random(void **state)
{
	struct block blocks[BLOCKS] = {{0}};
	struct ocre_pool pool;
	uint32_t seed = 7;
	uint32_t i, step;

	(void)state;
	ocre_pool_init(&pool, memory, sizeof(memory));
	for (step = 0; step < 200000; step++) {
		struct block *b = &blocks[next_random(&seed) % BLOCKS];

		check(b);
		a_block(&pool, b, &seed);
	}
	for (i = 0; i < BLOCKS; i++) {
		check(&blocks[i]);
		ocre_pool_resize(&pool, blocks[i].data, blocks[i].size, 0);
	}
	whole_again(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_given_back_becomes_one),
		cmocka_unit_test(all_of_it_can_be_had),
		cmocka_unit_test(what_is_too_large_is_refused),
		cmocka_unit_test(no_memory_at_all),
		cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
