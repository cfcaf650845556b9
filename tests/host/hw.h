/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hw.h - containers without a core, for the host modules of boards: two guests on one board, calls
 * by name, what they were sent.
 */
#ifndef OCRE_TESTS_HOST_HW_H
#define OCRE_TESTS_HOST_HW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/board.h>
#include <ocre/port_posix.h>
#include <ocre/providers.h>

/* The memory of a guest ends here, and nothing can be used behind it. */
#define HW_SIZE	  65536u
#define HW_EVENTS 64

struct hw;

struct hw_guest {
	struct ocre_guest guest; /* first */
	struct hw *hw;
	struct ocre_mem mem;
	uint8_t *memory;
	void *objects[2]; /* of gpio and sensor */
	uint32_t heap;	  /* addresses handed out, from here on; 0: it has no heap */
	/* What it may do. */
	bool deny[OCRE_ACTION_KINDS];
	struct ocre_action last; /* what was asked last */
	char last_name[160];
	unsigned int notes;
	/* What it was sent; under the lock of hw. */
	struct ocre_event events[HW_EVENTS];
	unsigned int event_count;
	unsigned int lost;
};

struct hw {
	struct ocre_port_posix posix;
	struct ocre_mem mem;
	struct ocre_port_mutex mutex;
	size_t held;	       /* by the allocator, all in all */
	unsigned int allocate; /* how many times more it says yes */
	struct ocre_sim *sim;
	struct hw_guest a;
	struct hw_guest b;
};

/* A board of this description (of NULL: none) and two guests. */
struct hw *hw_start(const char *description);
/* The same with any board. */
struct hw *hw_start_board(const struct ocre_board *board);
/* Ends all and proves that nothing is held. */
void hw_stop(struct hw *hw);
/* A guest ends, or begins anew. */
void hw_end(struct hw_guest *guest);
void hw_begin(struct hw_guest *guest, const struct ocre_board *board);

/* Call env.NAME with i32 arguments (as many as `sig`, its type, says). */
int32_t hw_call(struct hw_guest *guest, const char *name, const char *sig, ...);
/* The same with an f64 result. */
double hw_read(struct hw_guest *guest, const char *name, ...);
/* Put a string into the guest's memory; gives its address. */
uint32_t hw_text(struct hw_guest *guest, uint32_t addr, const char *text);
/* Takes the oldest event; fails when there is none. */
struct ocre_event hw_event(struct hw_guest *guest);

#endif /* OCRE_TESTS_HOST_HW_H */
