/* SPDX-License-Identifier: Apache-2.0 */
/* fills.c - writes everywhere in 128 KiB, and looks again and again whether it is still there. */
#include <stdlib.h>
#include <unistd.h>

#define SIZE (128 * 1024u)
#define STEP 61 /* less than anything that is allocated; native_sim is slow */

static unsigned char block[SIZE];

static unsigned char at(unsigned i, unsigned seed)
{
	return (unsigned char)((i * 31 + i / 251) ^ seed);
}

static int is_kept(unsigned seed)
{
	volatile unsigned char *p = block;
	unsigned i;

	for (i = 0; i < SIZE; i += STEP) {
		if (p[i] != at(i, seed)) {
			return 0;
		}
	}
	usleep(20000);
	return 1;
}

int main(int argc, char **argv)
{
	volatile unsigned char *p = block;
	unsigned seed = argc > 1 ? (unsigned)atoi(argv[1]) : 0;
	unsigned i;

	for (i = 0; i < SIZE; i += STEP) {
		if (p[i] != 0) {
			return 2;
		}
		p[i] = at(i, seed);
	}
	/* All that comes has been done once: from here on it needs no more memory. */
	if (!is_kept(seed)) {
		return 3;
	}
	write(1, "full\n", 5);
	while (is_kept(seed)) {
	}
	return 3;
}
