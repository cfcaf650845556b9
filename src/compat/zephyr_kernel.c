/* SPDX-License-Identifier: Apache-2.0 */
/* zephyr_kernel.c - the stand-in for Zephyr's clock and sleep. */
#include <errno.h>
#include <time.h>

#include <zephyr/kernel.h>

int32_t k_usleep(int32_t us)
{
	struct timespec left = {us / 1000000, (long)(us % 1000000) * 1000};

	while (us > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
	return 0;
}

int32_t k_msleep(int32_t ms)
{
	struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

	while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
	}
	return 0;
}

int64_t k_uptime_get(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
