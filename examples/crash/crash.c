/* SPDX-License-Identifier: Apache-2.0 */
/* crash.c - a guest with a bug, a few calls deep: the host shows where, with names. */
#include <stdio.h>

struct sensor {
	const char *name;
	const int *samples;
	unsigned int count;
};

__attribute__((noinline)) static int sum_of(const struct sensor *sensor)
{
	int sum = 0;

	for (unsigned int i = 0; i < sensor->count; i++) {
		sum += sensor->samples[i];
	}
	return sum;
}

/* The bug: a sensor may have no samples yet. */
__attribute__((noinline)) static int average_of(const struct sensor *sensor)
{
	return sum_of(sensor) / (int)sensor->count;
}

__attribute__((noinline)) static void report(const struct sensor *sensors, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		printf("%s: ", sensors[i].name);
		fflush(stdout);
		printf("%d\n", average_of(&sensors[i]));
	}
}

int main(void)
{
	static const int inside[] = {20, 21, 22};
	static struct sensor sensors[] = {
		{"inside", inside, 3},
		{"outside", NULL, 0},
	};

	report(sensors, 2);
	return 0;
}
