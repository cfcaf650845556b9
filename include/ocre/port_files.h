/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_files.h - files for a device without a file system: port.h's calls on files and directories,
 * on the store of image.h, for the bare port and what is built on it. To the core it is a working
 * directory of the name "/":
 *
 *	/images/NAME		the images of the store, to be read and run in place, with the code
 *				that the store has for them; what has lost its digest is refused
 *	/containers/ID/FILE	the files of containers, one flat folder for each
 *
 * A file that is written is held in memory as a whole and put into the store in one step: when it
 * is closed by who could write, made it or emptied it, or synced. Until then, and whatever happens
 * meanwhile, the store has what it had; a power cut leaves the old contents or the new ones (of a
 * file that is being made: none, or all of it). Errors of the flash and of the quota are those of
 * close and sync.
 *
 * Names are those of the store: at most 64 bytes with the container's, of a-z A-Z 0-9 . _ - and no
 * dot first. There are no folders in folders and no links. A file that is open cannot be removed
 * or renamed (BUSY); renaming is one step, within a folder. While an image is being put, nothing
 * can be written (BUSY).
 */
#ifndef OCRE_PORT_FILES_H
#define OCRE_PORT_FILES_H

#include <ocre/image.h>
#include <ocre/port_bare.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zero is the default of the numbers. */
struct ocre_files_config {
	struct ocre_image_store *store; /* open */
	struct ocre_mem *mem; /* for descriptors, and for the contents of what is written */
	uint32_t quota;	      /* of the store, for each folder, as image.h counts: none */
	uint32_t size_max;    /* bytes of a file that is written: 4096 */
	uint32_t open_max;    /* descriptors in each folder: 8 */
};

/* Private. */
struct ocre_files_node;
struct ocre_files_fd;
struct ocre_files {
	struct ocre_files_config config;
	struct ocre_port_bare *bare;
	struct ocre_files_node *nodes;
	struct ocre_files_fd *fds;
	int (*close)(void *ctx, int32_t fd); /* of the descriptors that were there before */
	int64_t (*read)(void *ctx, int32_t fd, void *data, size_t size);
	int64_t (*write)(void *ctx, int32_t fd, const void *data, size_t size);
	int (*stat)(void *ctx, int32_t fd, struct ocre_port_stat *out);
};

/*
 * Give the port files, before a context is opened with it; a context's `workdir` is then "/". All
 * that is named must outlive the port.
 */
void ocre_port_files_init(struct ocre_files *files, struct ocre_port_bare *bare,
			  const struct ocre_files_config *config);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_PORT_FILES_H */
