/* SPDX-License-Identifier: Apache-2.0 */
/* storage.c - where the storage of the older API is, and making it. Looks at the environment each
 * time, so that nothing is remembered. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocre/fs/fs.h>
#include <ocre/platform/config.h>

/* With the environment of a set-user-id program's caller nothing is chosen. */
static const char *environment(const char *name)
{
	const char *value = NULL;

	if (getuid() == geteuid() && getgid() == getegid()) {
		value = getenv(name);
	}
	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Could this user make or fill it? Looks at the nearest directory above that exists. */
static bool usable(const char *path)
{
	char parent[FILE_PATH_MAX];
	char *slash;

	if (snprintf(parent, sizeof(parent), "%s", path) >= (int)sizeof(parent)) {
		return false;
	}
	while (access(parent, F_OK) != 0 && errno == ENOENT) {
		slash = strrchr(parent, '/');
		if (slash == NULL || slash == parent) {
			return access("/", W_OK | X_OK) == 0;
		}
		*slash = '\0';
	}
	return access(parent, W_OK | X_OK) == 0;
}

static int fill(char *path, size_t size, const char *first, const char *second)
{
	int n = snprintf(path, size, "%s%s", first, second);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

int ocre_app_storage_path(char *path, size_t size)
{
	const char *place = environment("OCRE_HOME");

	if (path == NULL) {
		return -EINVAL;
	}
	if (place != NULL) {
		return place[0] == '/' ? fill(path, size, place, "") : -EINVAL;
	}
	if (usable(CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY)) {
		return fill(path, size, CONFIG_OCRE_DEFAULT_WORKING_DIRECTORY, "");
	}
	place = environment("XDG_DATA_HOME");
	if (place != NULL && place[0] == '/') {
		return fill(path, size, place, "/ocre");
	}
	place = environment("HOME");
	if (place != NULL && place[0] == '/') {
		return fill(path, size, place, "/.local/share/ocre");
	}
	return -ENOENT;
}

int ocre__storage_file(const char *name, char *path, size_t size)
{
	size_t used;
	int rc = ocre_app_storage_path(path, size);

	if (rc < 0) {
		return rc;
	}
	used = strlen(path);
	return fill(path + used, size - used, "/", name);
}

/* mkdir -p */
static int make_path(char *path)
{
	for (char *at = path + 1; at[-1] != '\0'; at++) {
		char end = *at;

		if (end != '/' && end != '\0') {
			continue;
		}
		*at = '\0';
		if (mkdir(path, 0755) != 0 && errno != EEXIST) {
			/* A directory above may be one that may only be passed through. */
			if (access(path, F_OK) != 0) {
				return -errno;
			}
		}
		*at = end;
	}
	return 0;
}

int ocre_app_storage_init(void)
{
	static const char *const parts[] = {"images", "manifests", "config", "containers"};
	char path[FILE_PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int rc = ocre__storage_file(parts[i], path, sizeof(path));

		if (rc == 0) {
			rc = make_path(path);
		}
		if (rc < 0) {
			return rc;
		}
		if (stat(path, &st) != 0) {
			return -errno;
		}
		if (!S_ISDIR(st.st_mode)) {
			return -ENOTDIR;
		}
	}
	return 0;
}
