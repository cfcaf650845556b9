/* SPDX-License-Identifier: Apache-2.0 */
/* board.h - the board that the environment variable OCRE_BOARD names; docs/board.md. */
#ifndef OCRE_LIBOCRE_BOARD_H
#define OCRE_LIBOCRE_BOARD_H

#include <ocre/board.h>
#include <ocre/port.h>

struct ocre__board {
	const struct ocre_board *board; /* NULL: none */
	struct ocre_mem mem;
	struct ocre_sim *sim;
	struct ocre_gpiod *gpiod;
	struct ocre_iio *iio;
	struct ocre_boards both;
	const struct ocre_board *parts[2];
};

/*
 * `b` is zero but for `mem`, and not to be moved afterwards. On failure nothing is held, and `diag`
 * says what of `what` is wrong.
 */
int ocre__board_open(struct ocre__board *b, const char *what, const struct ocre_port *port,
		     struct ocre_diag *diag);
/* Also when nothing was opened. */
void ocre__board_close(struct ocre__board *b);

#endif /* OCRE_LIBOCRE_BOARD_H */
