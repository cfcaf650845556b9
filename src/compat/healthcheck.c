/* SPDX-License-Identifier: Apache-2.0 */
/* healthcheck.c - the watchdog object of the older API. Knows no container. */
#include "internal.h"

#include <limits.h>
#include <string.h>

#include <zephyr/kernel.h>

#include <ocre/platform/memory.h>

static uint64_t now_ms(void)
{
	return (uint64_t)k_uptime_get();
}

static struct ocre_healthcheck_s *get(ocre_healthcheck *WDT)
{
	return WDT != NULL ? *WDT : NULL;
}

int ocre_healthcheck_init(ocre_healthcheck *WDT, int timeout)
{
	struct ocre_healthcheck_s *made;

	if (WDT == NULL || timeout <= 0) {
		return -1;
	}
	made = user_malloc(sizeof(*made));
	if (made == NULL) {
		return -1;
	}
	memset(made, 0, sizeof(*made));
	made->interval = (uint32_t)timeout;
	made->timeout = (uint32_t)timeout;
	*WDT = made;
	return 0;
}

int ocre_healthcheck_reinit(ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);

	if (check == NULL) {
		return -1;
	}
	check->is_alive_cnt = 0;
	check->is_alive_cnt_last = 0;
	check->due_ms = now_ms() + check->timeout;
	return 0;
}

int ocre_healthcheck_start(ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);

	if (check == NULL) {
		return -1;
	}
	check->enabled = true;
	check->due_ms = now_ms() + check->timeout;
	return 0;
}

int ocre_healthcheck_stop(ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);

	if (check == NULL) {
		return -1;
	}
	check->enabled = false;
	return 0;
}

int ocre_get_healthcheck_remaining(ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);
	uint64_t now = now_ms();

	if (check == NULL) {
		return -1;
	}
	if (!check->enabled || check->due_ms <= now) {
		return 0;
	}
	return check->due_ms - now < INT_MAX ? (int)(check->due_ms - now) : INT_MAX;
}

int on_ocre_healthcheck(ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);

	if (check == NULL) {
		return -1;
	}
	check->is_alive_cnt++;
	return 1;
}

int ocre_healthcheck_expiry(struct k_timer *timer, ocre_healthcheck *WDT)
{
	struct ocre_healthcheck_s *check = get(WDT);

	(void)timer;
	if (check == NULL) {
		return -1;
	}
	check->due_ms = now_ms() + check->timeout;
	if (check->enabled && check->is_alive_cnt == check->is_alive_cnt_last) {
		check->is_alive_cnt = 0;
		check->is_alive_cnt_last = 0;
		return 1;
	}
	check->is_alive_cnt_last = check->is_alive_cnt;
	return 0;
}

int ocre_healthcheck_set_restart(ocre_healthcheck *WDT, bool restart)
{
	struct ocre_healthcheck_s *check = get(WDT);

	if (check == NULL) {
		return -1;
	}
	check->restart = restart;
	return 0;
}

int ocre_healthcheck_deinit(ocre_healthcheck *WDT)
{
	if (get(WDT) == NULL) {
		return -1;
	}
	user_free(*WDT);
	*WDT = NULL;
	return 0;
}
