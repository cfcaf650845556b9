/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - what the files of the shell share. */
#ifndef OCRE_SHELL_INTERNAL_H
#define OCRE_SHELL_INTERNAL_H

#include <ocre/shell.h>

/* The text, filled up with blanks to `width`; at least one blank follows. */
void ocre__shell_column(struct ocre_shell *shell, const char *text, uint32_t width);
void ocre__shell_number_column(struct ocre_shell *shell, uint64_t number, uint32_t width);
/* Seconds with milliseconds. */
void ocre__shell_time(struct ocre_shell *shell, uint64_t ns);
/* With its sign and up to three places. */
void ocre__shell_real(struct ocre_shell *shell, double value);

#endif /* OCRE_SHELL_INTERNAL_H */
