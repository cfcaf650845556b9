/* SPDX-License-Identifier: Apache-2.0 */
/* storage.h - images that were received over the console and are kept in flash. */
#ifndef MCU_DEMO_STORAGE_H
#define MCU_DEMO_STORAGE_H

#include <ocre/image.h>
#include <ocre/port_bare.h>
#include <ocre/shell.h>
#include <ocre/ymodem.h>

#define STORAGE_IMAGES 4 /* that can be run at a time */

struct storage {
	const struct ocre_machine_flash *hardware;
	struct ocre_mem *mem;
	struct ocre_flash flash;
	struct ocre_image_store store;
	struct ocre_image_store_put put;
	struct ocre_ymodem_sink sink;
	char name[OCRE_STORE_NAME + 1]; /* of what is being received */
	/* Images in place, and the code that was prepared from them. */
	struct ocre_image_store_hold images[STORAGE_IMAGES];
	struct ocre_image_store_hold codes[STORAGE_IMAGES];
	char names[STORAGE_IMAGES][OCRE_STORE_NAME + 1];
	uint32_t count;
	/* The shell's list: the first ones are the firmware's own. */
	struct ocre_shell_image *list;
	uint32_t own_count;
	/* What is not as it should be, in one line. */
	void (*say)(void *ctx, const char *name, const char *text);
	void *say_ctx;
};

/*
 * Open the store, or make one when there is none. False when the flash cannot be used. Code that is
 * missing, since a reset came before it or the firmware is another one, is prepared now. `say`,
 * `list` and `own_count` must be there.
 */
bool storage_open(struct storage *s, const struct ocre_machine_flash *hardware,
		  struct ocre_mem *mem, struct ocre_diag *diag);
/*
 * Put what the store has behind the firmware's own images, and hold it: what still has its digest.
 * Returns how many images there are then.
 */
uint32_t storage_list(struct storage *s);
/* Let all of them go: no container may be made of them. */
void storage_release(struct storage *s);

#endif /* MCU_DEMO_STORAGE_H */
