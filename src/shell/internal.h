/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of the shell share. */
#ifndef OCRE_SHELL_INTERNAL_H
#define OCRE_SHELL_INTERNAL_H

#include <ocre/shell.h>

/* What came from a guest or a line: nothing in it can command the terminal. */
void ocre__shell_text(struct ocre_shell *shell, const char *text, size_t size);
/* The text, filled up with blanks to `width`; at least one blank follows. */
void ocre__shell_column(struct ocre_shell *shell, const char *text, uint32_t width);
void ocre__shell_number_column(struct ocre_shell *shell, uint64_t number, uint32_t width);
/* Seconds with milliseconds. */
void ocre__shell_time(struct ocre_shell *shell, uint64_t ns);
/* With its sign and up to three places. */
void ocre__shell_real(struct ocre_shell *shell, double value);

#endif /* OCRE_SHELL_INTERNAL_H */
