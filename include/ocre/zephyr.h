/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zephyr.h - Ocre in a Zephyr application: a context with what prj.conf chose, on Zephyr's threads,
 * heaps, drivers, files, log and shell. docs/zephyr.md begins with this:
 *
 *	static struct ocre_zephyr ocre;
 *
 *	int main(void)
 *	{
 *		struct ocre_diag diag = {0};
 *
 *		if (ocre_zephyr_open(&ocre, NULL, &diag) != OCRE_OK) {
 *			printk("%s\n", diag.text);
 *			return 0;
 *		}
 *		... ocre_container_create(ocre.context, ...) and so on: core.h ...
 *	}
 */
#ifndef OCRE_ZEPHYR_H
#define OCRE_ZEPHYR_H

#include <ocre/core.h>
#include <ocre/driver_wasm.h>
#include <ocre/port_zephyr.h>

#if defined(CONFIG_OCRE_BOARD)
#include <ocre/board_zephyr.h>
#endif
#if defined(CONFIG_OCRE_SHELL)
#include <ocre/shell.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* A module and its prepared code, as ocre_zephyr_guest() of zephyr/CMakeLists.txt links them. */
struct ocre_zephyr_image {
	struct ocre_bytes bytes;
	struct ocre_bytes code;
};

/* Everything that a context needs; `context` and `board` are for the application. */
struct ocre_zephyr {
	struct ocre_context *context;
	const struct ocre_board *board; /* NULL: neither pins nor sensors */
	struct ocre_port_zephyr port;
	struct ocre_zephyr_heap heap;
	struct ocre_mem mem; /* of the board and the shell */
	struct ocre_provider_choice providers[5];
	struct ocre_wasm_config wasm;
	struct ocre_driver_choice driver;
#if defined(CONFIG_OCRE_BOARD)
	struct ocre_zephyr_board devices;
#endif
#if defined(CONFIG_OCRE_SHELL)
	struct ocre_shell shell;
#endif
#if defined(CONFIG_OCRE_HEAP_OWN)
	uint8_t memory[CONFIG_OCRE_HEAP_SIZE] __aligned(8);
#endif
};

/*
 * Open a context. `config` may be NULL: executors, memory, driver, host modules and log are filled
 * in, and the working directory where it is NULL and files are configured; the rest is taken as it
 * is, the board too, where there is one. `ocre` must stay where it is. On failure nothing is held.
 */
int ocre_zephyr_open(struct ocre_zephyr *ocre, const struct ocre_context_config *config,
		     struct ocre_diag *diag);
/* Kills and removes every container. The shell has no commands any more. */
void ocre_zephyr_close(struct ocre_zephyr *ocre);

#if defined(CONFIG_OCRE_SHELL)
/*
 * Give Zephyr's shell the command `ocre` for this context, with `images` (which must stay) to make
 * containers of. There is one shell: the last call counts, and NULL takes the commands away.
 * ocre->shell may have its fields `more`, `device` and `user` set before.
 */
void ocre_zephyr_shell(struct ocre_zephyr *ocre, const struct ocre_shell_image *images,
		       uint32_t count);
#endif

#ifdef __cplusplus
}
#endif

#endif /* OCRE_ZEPHYR_H */
