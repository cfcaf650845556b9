/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hungry.c - a guest that takes memory until there is no more. Its memory is counted: at the limit
 * malloc() returns NULL here, and nothing happens to the host. Ends with status 3.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_SIZE (256u * 1024)

struct piece {
	struct piece *next;
	char bytes[PIECE_SIZE];
};

int main(void)
{
	struct piece *taken = NULL, *piece;
	unsigned int pieces = 0;

	while ((piece = malloc(sizeof(*piece))) != NULL) {
		memset(piece->bytes, 0x55, sizeof(piece->bytes));
		piece->next = taken;
		taken = piece;
	}
	for (piece = taken; piece != NULL; piece = piece->next) {
		pieces++;
	}
	printf("Memory is used up after %u KiB.\n", pieces * (PIECE_SIZE / 1024));
	return 3;
}
