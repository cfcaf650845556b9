/* SPDX-License-Identifier: Apache-2.0 */
/* scratch.h - a directory for a test, and its end. */
#ifndef OCRE_TESTS_COMPAT_SCRATCH_H
#define OCRE_TESTS_COMPAT_SCRATCH_H

/* A new empty directory; its path is to be given to scratch_remove(). */
char *scratch_make(void);
/* With all that is in it. */
void scratch_remove(char *path);

#endif /* OCRE_TESTS_COMPAT_SCRATCH_H */
