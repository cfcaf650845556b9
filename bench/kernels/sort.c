/* SPDX-License-Identifier: Apache-2.0 */
/* sort.c - sorting: a quicksort and a heapsort of the same numbers, branches that surprise. */
#include "kernel.h"

const char kernel_name[] = "sort";

#define COUNT 20000

static int32_t first[COUNT], second[COUNT];

static void swap(int32_t *x, int32_t *y)
{
	int32_t t = *x;

	*x = *y;
	*y = t;
}

static void quick(int32_t *v, int low, int high)
{
	while (low < high) {
		int32_t pivot = v[low + (high - low) / 2];
		int i = low, j = high;

		while (i <= j) {
			while (v[i] < pivot) {
				i++;
			}
			while (v[j] > pivot) {
				j--;
			}
			if (i <= j) {
				swap(&v[i++], &v[j--]);
			}
		}
		if (j - low < high - i) {
			quick(v, low, j);
			low = i;
		} else {
			quick(v, i, high);
			high = j;
		}
	}
}

static void sift(int32_t *v, int root, int count)
{
	for (;;) {
		int child = 2 * root + 1;

		if (child >= count) {
			return;
		}
		if (child + 1 < count && v[child + 1] > v[child]) {
			child++;
		}
		if (v[root] >= v[child]) {
			return;
		}
		swap(&v[root], &v[child]);
		root = child;
	}
}

static void heap(int32_t *v, int count)
{
	for (int i = count / 2 - 1; i >= 0; i--) {
		sift(v, i, count);
	}
	for (int end = count - 1; end > 0; end--) {
		swap(&v[0], &v[end]);
		sift(v, 0, end);
	}
}

uint32_t kernel_run(void)
{
	uint32_t seed = 4711, sum = 0;

	for (int i = 0; i < COUNT; i++) {
		first[i] = second[i] = (int32_t)kernel_random(&seed);
	}
	quick(first, 0, COUNT - 1);
	heap(second, COUNT);
	for (int i = 0; i < COUNT; i++) {
		if (first[i] != second[i] || (i > 0 && first[i - 1] > first[i])) {
			return 0;
		}
		sum = sum * 31 + (uint32_t)first[i];
	}
	return sum;
}
