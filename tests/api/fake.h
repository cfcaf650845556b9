/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake.h - what the Ocre API runs on in these tests: the real port, and a driver "wamr/wasip1"
 *whose images are one word of text.
 *
 *	exit N	 ends with exit code N
 *	loop	 works for ever
 *	sleep	 waits for ever
 *	polite	 waits until it is asked to end, and ends with 7
 *	trap	 traps
 *	invalid	 cannot be loaded
 *	nostart	 can be loaded, and not be started
 */
#ifndef OCRE_TESTS_API_FAKE_H
#define OCRE_TESTS_API_FAKE_H

#include <stdbool.h>

#include <ocre/ocre.h>

/* What the driver was given for the container that it made last, as text: "a|b|c". */
struct fake_seen {
	char args[256];
	char env[256];
	char grants[256];
	char mounts[512];
	int stdio[3];
};
extern struct fake_seen fake_seen;

/* Make ocre_choice_open() fail. */
extern bool fake_choice_fails;
/* How often it was opened and not closed. */
extern _Atomic int fake_choice_users;

/* Until the container has this status; false after five seconds. */
bool fake_becomes(struct ocre_container *container, ocre_container_status_t status);

#endif /* OCRE_TESTS_API_FAKE_H */
