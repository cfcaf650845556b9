/* SPDX-License-Identifier: Apache-2.0 */
/* help.h - directories, images and time, for the tests of the Ocre API. */
#ifndef OCRE_TESTS_API_HELP_H
#define OCRE_TESTS_API_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include <ocre/ocre.h>

/* A new empty directory, and the end of it with all that it holds. */
char *help_workdir(void);
void help_remove(char *workdir);
/* An image in `workdir`; false when it cannot be written. */
bool help_image(const char *workdir, const char *name, const void *data, size_t size);

/* Until the container has this status; false after five seconds. */
bool help_becomes(struct ocre_container *container, ocre_container_status_t status);
void help_sleep_ms(unsigned int ms);

#endif /* OCRE_TESTS_API_HELP_H */
