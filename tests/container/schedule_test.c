/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schedule_test.c - shares, caps, latencies and what waiting costs, in real time. Bars are wide,
 * and each thing is measured up to five times, since the machine may do something else for a while:
 * what is wrong with us is wrong every time. The program prints what it measured.
 *
 *   schedule_test [seconds]     how long shares are measured; 1 without it
 */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TRIES 5

static unsigned int seconds = 1;

/* `measure` says whether the bar was held. */
static void try_to_hold(bool (*measure)(void))
{
	for (int i = 1; !measure(); i++) {
		assert_true(i < TRIES);
	}
}

static struct fake *open_with(uint32_t executors)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	fake_init(fake, true);
	fake->open.executors = executors;
	fake_open(fake);
	return fake;
}

static void close_it(struct fake *fake)
{
	fake_deinit(fake);
	free(fake);
}

static struct ocre_container *burner(struct fake *fake, uint32_t weight, uint32_t percent,
				     int32_t priority)
{
	struct ocre_container_config config = fake_script(NULL, "b");
	struct ocre_container *c = NULL;

	config.cpu_weight = weight;
	config.cpu_percent = percent;
	config.priority = priority;
	assert_int_equal(ocre_container_create(fake->context, &config, &c, NULL), OCRE_OK);
	assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	return c;
}

static double cpu_of(struct ocre_container *c)
{
	struct ocre_container_stats stats;

	assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	return (double)stats.cpu_ns / 1e9;
}

static bool weights(void)
{
	struct fake *fake = open_with(1);
	struct ocre_container *a = burner(fake, 75, 0, 0);
	struct ocre_container *b = burner(fake, 25, 0, 0);
	double share;

	sleep(seconds);
	share = cpu_of(a) / (cpu_of(a) + cpu_of(b)) * 100;
	printf("weights 75 and 25: %.1f %% and %.1f %%\n", share, 100 - share);
	close_it(fake);
	return share > 72 && share < 78;
}

static bool cap(void)
{
	struct fake *fake = open_with(1);
	struct ocre_container *a = burner(fake, 0, 30, 0);
	uint64_t begin = fake_now(fake);
	double share;

	sleep(seconds);
	share = cpu_of(a) / ((double)(fake_now(fake) - begin) / 1e9) * 100;
	printf("cap of 30 %%: %.1f %%\n", share);
	close_it(fake);
	return share > 20 && share < 33;
}

static bool priority(void)
{
	struct fake *fake = open_with(1);
	struct ocre_container *low = burner(fake, 0, 0, 0);
	struct ocre_container *high = burner(fake, 0, 0, 1);
	double of_high, of_low;

	usleep(200000);
	of_high = cpu_of(high);
	of_low = cpu_of(low);
	printf("priorities: %.3f s and %.3f s\n", of_high, of_low);
	close_it(fake);
	return of_low < of_high / 10;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

#define MANY	1000
#define SAMPLES 100

/* It runs: nearly all the time it is in a slice, since there is an executor for it. */
static struct ocre_container *in_slices(struct fake *fake)
{
	struct ocre_container *c = burner(fake, 0, 0, 0);
	struct ocre_container_stats stats;

	do {
		assert_int_equal(ocre_container_get_stats(c, &stats), OCRE_OK);
	} while (stats.slices < 3);
	return c;
}

static bool print_latency(const char *what, uint64_t *times)
{
	qsort(times, SAMPLES, sizeof(times[0]), compare);
	printf("%s in a slice: median %.2f ms, 99 %% %.2f ms\n", what,
	       (double)times[SAMPLES / 2] / 1e6, (double)times[SAMPLES - 2] / 1e6);
	assert_true(times[SAMPLES / 2] > MS / 100); /* it was in one, and that was waited for */
	return times[SAMPLES - 2] < 250 * MS;
}

/* Beside a thousand of all kinds, one that runs for ever is paused and killed in its slices. */
static bool latency(void)
{
	static const char *const scripts[] = {"P", "p100000", "w", "p500 L", "w700 L"};
	static uint64_t pauses[SAMPLES];
	static uint64_t kills[SAMPLES];
	struct fake *fake = open_with(2);
	bool held;

	for (int i = 0; i < MANY; i++) {
		struct ocre_container *c = fake_create(fake, NULL, scripts[i % 5]);

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	}
	for (int i = 0; i < SAMPLES; i++) {
		struct ocre_container *c = in_slices(fake);
		uint64_t begin = fake_now(fake);

		assert_int_equal(ocre_core_pause(c), OCRE_OK);
		pauses[i] = fake_now(fake) - begin;
		assert_int_equal(ocre_core_unpause(c), OCRE_OK);
		usleep(1000 + (useconds_t)i * 37 % 1000);
		begin = fake_now(fake);
		assert_int_equal(ocre_core_kill(c), OCRE_OK);
		kills[i] = fake_now(fake) - begin;
		assert_int_equal(ocre_container_remove(c), OCRE_OK);
	}
	held = print_latency("pause", pauses);
	held = print_latency("kill", kills) && held;
	close_it(fake);
	return held;
}

#define TICKS 10

/* A thousand containers with a timer each. On a busy machine the limit is a wide one. */
static bool timers(void)
{
	static uint64_t late[MANY * TICKS];
	struct fake *fake = open_with(2);
	uint64_t until = fake_now(fake) + 60000 * MS;
	int good = 0;

	fake->config.late = late;
	fake->config.late_room = MANY * TICKS;
	for (int i = 0; i < MANY; i++) {
		struct ocre_container *c = fake_create(fake, NULL, "T100 l10 P");

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
	}
	while (fake->config.late_count < MANY * TICKS && fake_now(fake) < until) {
		usleep(10000);
	}
	assert_int_equal(fake->config.late_count, MANY * TICKS);
	qsort(late, MANY * TICKS, sizeof(late[0]), compare);
	while (good < MANY * TICKS && late[good] <= 2 * MS) {
		good++;
	}
	printf("timers: %.2f %% of %d ticks within 2 ms, 99 %% %.2f ms\n",
	       100.0 * good / (MANY * TICKS), MANY * TICKS,
	       (double)late[MANY * TICKS / 100 * 99] / 1e6);
	close_it(fake);
	return late[MANY * TICKS / 2] < 50 * MS;
}

static uint64_t process_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* Ten thousand pages of linear memory are more than an emulated 32-bit process gets. */
#define PARKED (UINTPTR_MAX > UINT32_MAX ? 10000 : 1000)

/* Many that wait cost nothing, and each is awake at once when something comes. */
static bool parked(void)
{
	const struct ocre_event event = {.type = OCRE_EVENT_GPIO};
	struct fake *fake = open_with(2);
	struct ocre_container **all = calloc(PARKED, sizeof(*all));
	long memory;
	uint64_t used;
	uint64_t begin;

	for (int i = 0; i < PARKED; i++) {
		all[i] = fake_create(fake, NULL, "w100000000 L");
		assert_int_equal(ocre_core_start(all[i], NULL), OCRE_OK);
	}
	memory = fake->memory.used;
	usleep(200000);
	used = process_ns();
	usleep(500000);
	used = process_ns() - used;
	printf("%d parked: %.3f ms of processor in 500 ms, %ld bytes each\n", PARKED,
	       (double)used / 1e6, memory / PARKED);
	begin = fake_now(fake);
	for (int i = 0; i < PARKED; i++) {
		assert_int_equal(ocre_container_post(all[i], &event), OCRE_OK);
	}
	while (fake->config.events < PARKED) {
		usleep(100);
	}
	printf("events: %.2f us each\n", (double)(fake_now(fake) - begin) / 1e3 / PARKED);
	free(all);
	close_it(fake);
	return used < 5 * MS;
}

/*
 * A whole life of one that has nothing to do. Executors look for the next one while they come so
 * quickly, and no longer.
 */
static bool start_and_end(void)
{
	struct fake *fake = open_with(1);
	static uint64_t times[1000];
	uint64_t used = UINT64_MAX;

	fake_create(fake, "keeps-the-image", "x0");
	for (int i = 0; i < 1000; i++) {
		uint64_t begin = fake_now(fake);
		struct ocre_container *c = fake_create(fake, NULL, "x0");

		assert_int_equal(ocre_core_start(c, NULL), OCRE_OK);
		assert_int_equal(ocre_core_wait(c, UINT32_MAX, NULL), OCRE_OK);
		assert_int_equal(ocre_container_remove(c), OCRE_OK);
		times[i] = fake_now(fake) - begin;
	}
	qsort(times, 1000, sizeof(times[0]), compare);
	/* A sanitizer tidies up for a while; whoever looks for work for ever does so every time. */
	for (int i = 0; i < TRIES && used >= 5 * MS; i++) {
		used = process_ns();
		usleep(200000);
		used = process_ns() - used;
	}
	printf("create, start, wait, remove: %.1f us in the median; then %.3f ms in 200 ms\n",
	       (double)times[500] / 1e3, (double)used / 1e6);
	close_it(fake);
	return times[500] < 10 * MS && used < 5 * MS;
}

#define TEST(name)                                                                                 \
	static void test_##name(void **state)                                                      \
	{                                                                                          \
		(void)state;                                                                       \
		try_to_hold(name);                                                                 \
	}

TEST(weights)
TEST(cap)
TEST(priority)
TEST(latency)
TEST(timers)
TEST(parked)
TEST(start_and_end)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),	      cmocka_unit_test(test_cap),
		cmocka_unit_test(test_priority),      cmocka_unit_test(test_latency),
		cmocka_unit_test(test_timers),	      cmocka_unit_test(test_parked),
		cmocka_unit_test(test_start_and_end),
	};

	if (argc > 1) {
		seconds = (unsigned int)strtoul(argv[1], NULL, 10);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
