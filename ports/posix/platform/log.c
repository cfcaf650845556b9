/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - log lines to standard error, each by one write. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <ocre/platform/config.h>
#include <ocre/platform/log.h>

int __ocre_log_level = CONFIG_OCRE_DEFAULT_LOG_LEVEL;

void ocre_log_line(int level, const char *module, const char *format, ...)
{
	static const char names[][4] = {"err", "wrn", "inf", "dbg"};
	char line[512];
	va_list args;
	int at;
	int n;

	if (level < OCRE_LOG_ERR || level > OCRE_LOG_DBG || level > __ocre_log_level) {
		return;
	}
	at = snprintf(line, sizeof(line) / 2, "<%s> %s: ", names[level - 1], module);
	if (at < 0) {
		return;
	}
	if ((size_t)at >= sizeof(line) / 2) {
		at = (int)(sizeof(line) / 2) - 1;
	}
	va_start(args, format);
	n = vsnprintf(line + at, sizeof(line) - (size_t)at, format, args);
	va_end(args);
	if (n < 0) {
		return;
	}
	at = n < (int)sizeof(line) - at ? at + n : (int)sizeof(line) - 1;
	line[at] = '\n'; /* in place of the NUL */
	if (write(STDERR_FILENO, line, (size_t)at + 1) < 0) {
		return; /* nobody is left to tell */
	}
}
