/* SPDX-License-Identifier: Apache-2.0 */
/*
 * beyond.h - contexts of the Ocre API with what that API has no words for. Containers need no more
 * than <ocre/core.h>: a struct ocre_container is the same thing in both.
 *
 *	ocre_container_create(context, &config, &container, &diag)	with limits, watchdog,
 *restart ocre_container_get_info(container, &info)			why it ended
 *	ocre_container_get_stats, ocre_container_read_log, ocre_core_restart, ...
 *
 * work on the contexts and containers of <ocre/ocre.h>, and what the first makes is known to
 * <ocre/ocre.h>, as a detached container. Remove containers with ocre_context_remove_container(),
 * and contexts with ocre_destroy_context(): these wait for what other threads are doing there.
 */
#ifndef OCRE_BEYOND_H
#define OCRE_BEYOND_H

#include <ocre/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is the default of every field; see struct ocre_context_config for what each does. */
struct ocre_context_options {
	size_t memory_limit; /* bytes, of the context and all its containers; 0: none */
	uint32_t executors;  /* threads that run containers, at most 256; 0: one per processor */
	uint32_t max_containers; /* 0: no limit */
	bool clear_storage;	 /* remove what containers of earlier contexts stored */
	bool honest_exit_codes;	 /* of a trap 134, of a kill 137 */
	/* Pins and sensors for its containers (board.h); to be destroyed after the context. NULL:
	 * what the environment variable OCRE_BOARD says (docs/board.md), and without it none. */
	const struct ocre_board *board;
};

/* As ocre_create_context() of library.h; `options` NULL is the same as that. */
struct ocre_context *ocre_create_context_with(const char *workdir,
					      const struct ocre_context_options *options);

/*
 * The board of a context, for as long as there is the context; NULL: it has none. A simulated one,
 * for pressing buttons and seeing LEDs: ocre_sim_of(ocre_context_board(context)).
 */
const struct ocre_board *ocre_context_board(struct ocre_context *context);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_BEYOND_H */
