/* SPDX-License-Identifier: Apache-2.0 */
/* fs.h - where the runtime keeps images and what containers write. */
#ifndef OCRE_FS_H
#define OCRE_FS_H

#include <errno.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The directory that /lfs/ocre stands for, the storage, and its parts. The storage is $OCRE_HOME if
 * that is set (an absolute path); else CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY of the build
 * (/var/lib/ocre) if this user can write there; else $XDG_DATA_HOME/ocre, or
 * $HOME/.local/share/ocre.
 */
#define OCRE_BASE_PATH	  "/lfs/ocre"
#define APP_RESOURCE_PATH OCRE_BASE_PATH "/images"
#define PACKAGE_BASE_PATH OCRE_BASE_PATH "/manifests"
#define CONFIG_PATH	  OCRE_BASE_PATH "/config/"

/* Make the storage and its parts where they are missing. 0, or a negative errno. */
int ocre_app_storage_init(void);

/*
 * Beyond the document: the storage as a path of this system. 0, or a negative errno: -ENOENT when
 * no place is known, -ENAMETOOLONG when it does not fit, -EINVAL when $OCRE_HOME is not absolute.
 */
int ocre_app_storage_path(char *path, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* OCRE_FS_H */
