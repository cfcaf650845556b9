/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - directories, images and time, for the tests of the Ocre API. */
#ifndef OCRE_TESTS_API_HELP_H
#define OCRE_TESTS_API_HELP_H

#include <stdbool.h>
#include <stddef.h>

/* A new empty directory, and the end of it with all that it holds. */
char *help_workdir(void);
void help_remove(char *workdir);
/* An image in `workdir`; false when it cannot be written. */
bool help_image(const char *workdir, const char *name, const void *data, size_t size);

void help_sleep_ms(unsigned int ms);

#endif /* OCRE_TESTS_API_HELP_H */
