/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - log lines, with the macros that the Ocre platform requirements name. A source file that
 * logs has exactly one of LOG_MODULE_REGISTER(name) and LOG_MODULE_DECLARE(name); what else these
 * are given is for platforms that have a use for it.
 *
 * On POSIX a line "<err> module: text" goes to standard error, whole, whatever other threads write.
 */
#ifndef OCRE_PLATFORM_LOG_H
#define OCRE_PLATFORM_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

#define OCRE_LOG_ERR 1
#define OCRE_LOG_WRN 2
#define OCRE_LOG_INF 3
#define OCRE_LOG_DBG 4

/* Lines of a higher level are not written; 0: none are. May be set at any time. */
extern int __ocre_log_level;

#if defined(__GNUC__) || defined(__clang__)
#define OCRE__LOG_PRINTF __attribute__((format(printf, 3, 4)))
#define OCRE__LOG_UNUSED __attribute__((unused))
#else
#define OCRE__LOG_PRINTF
#define OCRE__LOG_UNUSED
#endif

/* One line without its newline; as printf. Lines of more than 511 bytes are cut. */
void ocre_log_line(int level, const char *module, const char *format, ...) OCRE__LOG_PRINTF;

#define LOG_MODULE_REGISTER(...) OCRE__LOG_MODULE(__VA_ARGS__, )
#define LOG_MODULE_DECLARE(...)	 OCRE__LOG_MODULE(__VA_ARGS__, )
#define OCRE__LOG_MODULE(module, ...)                                                              \
	static const char ocre__log_module[] OCRE__LOG_UNUSED = #module

#define LOG_ERR(...) ocre_log_line(OCRE_LOG_ERR, ocre__log_module, __VA_ARGS__)
#define LOG_WRN(...) ocre_log_line(OCRE_LOG_WRN, ocre__log_module, __VA_ARGS__)
#define LOG_INF(...) ocre_log_line(OCRE_LOG_INF, ocre__log_module, __VA_ARGS__)
#define LOG_DBG(...) ocre_log_line(OCRE_LOG_DBG, ocre__log_module, __VA_ARGS__)

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PLATFORM_LOG_H */
