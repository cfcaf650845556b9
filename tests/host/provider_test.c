/* SPDX-License-Identifier: Apache-2.0 */
/* provider_test.c - what of a container's settings and grants its guest sees through WASI. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest.h"

#include <ocre/port_posix.h>
#include <ocre/providers.h>

#define OUT  0x100u
#define IOVS 0x200u
#define PATH 0x300u
#define DATA 0x400u

#define E_OK	     0
#define E_BADF	     8
#define E_LOOP	     32
#define E_NOENT	     44
#define E_ROFS	     69
#define E_NOTCAPABLE 76

#define R_READ	      (UINT64_C(1) << 1)
#define R_WRITE	      (UINT64_C(1) << 6)
#define R_READDIR     (UINT64_C(1) << 14)
#define OFLAG_CREATE_ 1u
#define OFLAG_DIR_    2u
#define OFLAG_TRUNC_  8u

struct one {
	struct world world;
	struct ocre_port_posix posix;
	struct guest guest;
	struct ocre_mount mounts[3];
	char dir[32];
	char file[48];
};

static int setup(void **state)
{
	static const char *const args[] = {"program", "argument"};
	static const char *const env[] = {"HOME=/", "TOKEN=secret", "ODD"};
	struct one *one = (struct one *)calloc(1, sizeof(*one));
	int fd;

	assert_non_null(one);
	world_open(&one->world, &ocre_provider_wasi, NULL);
	assert_int_equal(ocre_port_posix_init(&one->posix, 0), 0);
	one->world.port = one->posix.port;
	guest_init(&one->world, &one->guest, "one");
	strcpy(one->dir, "/tmp/ocre-provider-XXXXXX");
	assert_non_null(mkdtemp(one->dir));
	snprintf(one->file, sizeof(one->file), "%s/file", one->dir);
	fd = open(one->file, O_CREAT | O_RDWR, 0600);
	assert_true(fd >= 0);
	close(fd);
	one->mounts[0].host_path = one->dir;
	one->mounts[0].guest_path = "/data";
	one->mounts[1].host_path = one->dir;
	one->mounts[1].guest_path = "/ro";
	one->mounts[1].read_only = true;
	one->guest.guest.args = args;
	one->guest.guest.arg_count = 2;
	one->guest.guest.env = env;
	one->guest.guest.env_count = 3;
	one->guest.guest.mounts = one->mounts;
	one->guest.guest.mount_count = 2;
	for (int i = 0; i < 3; i++) {
		one->guest.guest.stdio[i] = -1;
	}
	/* Without any grants for files and variables, unless a test says otherwise. */
	one->guest.denied =
		1u << OCRE_ACTION_FILE_READ | 1u << OCRE_ACTION_FILE_WRITE | 1u << OCRE_ACTION_ENV;
	*state = one;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct one *one = (struct one *)*state;

	guest_end(&one->guest);
	world_close(&one->world);
	ocre_port_posix_deinit(&one->posix);
	assert_int_equal(nftw(one->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(one);
	return 0;
}

/* The environment as the guest sees it: a number and bytes. */
static void expect_env(struct guest *guest, uint32_t count, const char *bytes, uint32_t size)
{
	assert_int_equal(guest_call(guest, "environ_sizes_get", "ii:i", OUT, OUT + 4), 0);
	assert_int_equal(guest_u32(guest, OUT), count);
	assert_int_equal(guest_u32(guest, OUT + 4), size);
	assert_int_equal(guest_call(guest, "environ_get", "ii:i", OUT, DATA), 0);
	assert_memory_equal(guest->memory + DATA, bytes, size);
}

/* Open /file of preopen `dir` for reading or writing. */
static int open_file(struct guest *guest, uint32_t dir, bool writing)
{
	guest_text(guest, PATH, "file");
	return guest_call(guest, "path_open", "iiiiiIIii:i", dir, 0u, PATH, 4u, 0u,
			  writing ? (uint64_t)64 : (uint64_t)2, (uint64_t)0, 0u, OUT);
}

static int write_fd(struct guest *guest, uint32_t fd, const char *text)
{
	guest_text(guest, DATA, text);
	ocre_put_u32(guest->memory + IOVS, DATA);
	ocre_put_u32(guest->memory + IOVS + 4, (uint32_t)strlen(text));
	return guest_call(guest, "fd_write", "iiii:i", fd, IOVS, 1u, OUT);
}

static void test_without_grants(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest_begin(guest);
	assert_int_equal(guest_call(guest, "args_sizes_get", "ii:i", OUT, OUT + 4), 0);
	assert_int_equal(guest_u32(guest, OUT), 2);
	assert_int_equal(guest_u32(guest, OUT + 4), 17);
	expect_env(guest, 3, "HOME=/\0TOKEN=secret\0ODD", 24);
	/* Mounts are there as they were given. */
	assert_int_equal(open_file(guest, 3, true), 0);
	assert_int_equal(open_file(guest, 4, false), 0);
	assert_int_equal(open_file(guest, 4, true), E_ROFS);
	assert_int_equal(guest->notes, 0);
}

static void test_env_grants(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->denied &= ~(1u << OCRE_ACTION_ENV);
	guest->denied_name = "TOKEN";
	guest_begin(guest);
	expect_env(guest, 2, "HOME=/\0ODD", 11);
	assert_int_equal(guest->notes, 1);
}

static void test_file_grants(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	/* To read, but not to write. */
	guest->denied &= ~(1u << OCRE_ACTION_FILE_READ);
	guest_begin(guest);
	assert_int_equal(open_file(guest, 3, false), 0);
	assert_int_equal(open_file(guest, 3, true), E_ROFS);
	assert_int_equal(open_file(guest, 4, true), E_ROFS);
	assert_int_equal(guest->notes, 0);
}

static void test_file_grant_missing(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	/* There are grants, and none of them is for /data. */
	guest->denied &= ~(1u << OCRE_ACTION_FILE_READ | 1u << OCRE_ACTION_FILE_WRITE);
	guest->denied_name = "/data";
	guest_begin(guest);
	assert_int_equal(guest->notes, 1);
	assert_int_equal(guest_call(guest, "fd_prestat_dir_name", "iii:i", 3u, OUT, 3u), 0);
	assert_memory_equal(guest->memory + OUT, "/ro", 3);
	assert_int_equal(open_file(guest, 3, true), E_ROFS); /* its own setting */
	assert_int_equal(open_file(guest, 4, false), E_BADF);
}

/* ---- grants for what lies in a mount ---- */

/*
 * in/file, in/up (a link out), out/, secret/key, conf (a file), link (to secret). in/sub is a
 * directory.
 */
static void populate(const struct one *one)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "cd %s && mkdir in in/sub out secret && echo in >in/file && echo key >secret/key "
		 "&& "
		 "echo conf >conf && ln -s ../secret in/up && ln -s ../secret/key in/key && "
		 "ln -s secret link && ln -s . in/self",
		 one->dir);
	assert_int_equal(system(line), 0);
}

static bool there(const struct one *one, const char *path, const char *content)
{
	char line[512];

	snprintf(line, sizeof(line), "test \"$(cat %s/%s 2>/dev/null)\" = '%s'", one->dir, path,
		 content);
	return system(line) == 0;
}

static int open_at(struct guest *guest, uint32_t dir, const char *path, uint32_t oflags,
		   uint64_t rights)
{
	guest_text(guest, PATH, path);
	return guest_call(guest, "path_open", "iiiiiIIii:i", dir, 1u, PATH, (uint32_t)strlen(path),
			  oflags, rights, (uint64_t)0, 0u, OUT);
}

/* Calls of one path. */
static int at(struct guest *guest, const char *name, uint32_t dir, const char *path)
{
	guest_text(guest, PATH, path);
	return guest_call(guest, name, "iii:i", dir, PATH, (uint32_t)strlen(path));
}

/* rename, and link. */
static int move(struct guest *guest, bool link, uint32_t from, const char *path, uint32_t to,
		const char *new_path)
{
	guest_text(guest, PATH, path);
	guest_text(guest, DATA, new_path);
	return link ? guest_call(guest, "path_link", "iiiiiii:i", from, 0u, PATH,
				 (uint32_t)strlen(path), to, DATA, (uint32_t)strlen(new_path))
		    : guest_call(guest, "path_rename", "iiiiii:i", from, PATH,
				 (uint32_t)strlen(path), to, DATA, (uint32_t)strlen(new_path));
}

static int make_symlink(struct guest *guest, const char *target, uint32_t dir, const char *path)
{
	guest_text(guest, PATH, target);
	guest_text(guest, DATA, path);
	return guest_call(guest, "path_symlink", "iiiii:i", PATH, (uint32_t)strlen(target), dir,
			  DATA, (uint32_t)strlen(path));
}

static int stat_at(struct guest *guest, uint32_t dir, const char *path)
{
	guest_text(guest, PATH, path);
	return guest_call(guest, "path_filestat_get", "iiiii:i", dir, 1u, PATH,
			  (uint32_t)strlen(path), OUT);
}

static int set_times(struct guest *guest, uint32_t dir, const char *path)
{
	guest_text(guest, PATH, path);
	return guest_call(guest, "path_filestat_set_times", "iiiiIIi:i", dir, 1u, PATH,
			  (uint32_t)strlen(path), (uint64_t)0, (uint64_t)0, 5u);
}

static void expect_preopen(struct guest *guest, uint32_t fd, const char *name)
{
	memset(guest->memory + OUT, 0, 64);
	assert_int_equal(guest_call(guest, "fd_prestat_get", "ii:i", fd, OUT),
			 name != NULL ? E_OK : E_BADF);
	if (name != NULL) {
		assert_int_equal(guest_call(guest, "fd_prestat_dir_name", "iii:i", fd, OUT, 64u),
				 E_OK);
		assert_string_equal((const char *)guest->memory + OUT, name);
	}
}

/* /data/in to read and /data/out to write: these two, and no way from them to anything else. */
static void test_grants_inside_a_mount(void **state)
{
	static const char *const grants[] = {"r/data/in", "w/data/out", NULL};
	static const char *const ways[] = {
		"..",
		"../secret",
		"../secret/key",
		"up",
		"up/key",
		"key",
		"sub/../../conf",
		"self/self/../../secret/key",
		"/data/conf",
		"/etc/passwd",
		"../conf",
		"./../conf",
		"up/",
		"sub/../up/../../",
	};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	populate(one);
	guest->guest.mount_count = 1;
	guest->file_grants = grants;
	guest_begin(guest);
	assert_int_equal(guest->notes, 0);
	expect_preopen(guest, 3, "/data/in");
	expect_preopen(guest, 4, "/data/out");
	expect_preopen(guest, 5, NULL);
	/* What they are for. */
	assert_int_equal(open_at(guest, 3, "file", 0, R_READ), E_OK);
	assert_int_equal(open_at(guest, 3, "sub/../self/file", 0, R_READ), E_OK);
	assert_int_equal(open_at(guest, 3, ".", OFLAG_DIR_, R_READDIR), E_OK);
	assert_int_equal(open_at(guest, 4, "new", OFLAG_CREATE_, R_WRITE), E_OK);
	assert_int_equal(at(guest, "path_create_directory", 4, "dir"), E_OK);
	assert_int_equal(move(guest, false, 4, "new", 4, "dir/new"), E_OK);
	assert_int_equal(make_symlink(guest, "dir/new", 4, "link"), E_OK);
	assert_int_equal(open_at(guest, 4, "link", 0, R_READ), E_OK);
	/* in/ cannot be changed, also not by a second name for what is in it. */
	assert_int_equal(open_at(guest, 3, "file", 0, R_WRITE), E_ROFS);
	assert_int_equal(open_at(guest, 3, "file", OFLAG_TRUNC_, R_READ), E_ROFS);
	assert_int_equal(open_at(guest, 3, "new", OFLAG_CREATE_, R_READ), E_ROFS);
	assert_int_equal(move(guest, true, 3, "file", 4, "file"), E_ROFS);
	assert_int_equal(move(guest, false, 3, "file", 4, "file"), E_ROFS);
	assert_int_equal(move(guest, false, 4, "dir/new", 3, "file"), E_ROFS);
	assert_int_equal(at(guest, "path_unlink_file", 3, "file"), E_ROFS);
	assert_int_equal(set_times(guest, 3, "file"), E_ROFS);
	/* Links that the guest makes itself. */
	assert_int_equal(make_symlink(guest, "../secret", 4, "up"), E_OK);
	assert_int_equal(make_symlink(guest, "../secret/key", 4, "key"), E_OK);
	assert_int_equal(make_symlink(guest, ".", 4, "self"), E_OK);
	assert_int_equal(at(guest, "path_create_directory", 4, "sub"), E_OK);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		for (uint32_t dir = 3; dir < 5; dir++) {
			const char *way = ways[i];
			int rc = open_at(guest, dir, way, 0, R_READ);

			if (rc != E_NOTCAPABLE) {
				fail_msg("%s of %u: %d", way, dir, rc);
			}
			assert_int_equal(open_at(guest, dir, way, OFLAG_DIR_, R_READDIR),
					 E_NOTCAPABLE);
			assert_int_equal(stat_at(guest, dir, way), E_NOTCAPABLE);
		}
		assert_int_not_equal(open_at(guest, 4, ways[i], OFLAG_CREATE_, R_WRITE), E_OK);
		assert_int_not_equal(set_times(guest, 4, ways[i]), E_OK);
		assert_int_not_equal(move(guest, true, 4, "../secret/key", 4, "mine"), E_OK);
		assert_int_not_equal(move(guest, false, 4, "up/key", 4, "mine"), E_OK);
		assert_int_not_equal(move(guest, false, 4, "dir/new", 4, "../conf"), E_OK);
		assert_int_not_equal(at(guest, "path_unlink_file", 4, "up/key"), E_OK);
		assert_int_not_equal(at(guest, "path_unlink_file", 4, "../conf"), E_OK);
		assert_int_not_equal(at(guest, "path_remove_directory", 4, "../in/sub"), E_OK);
		assert_int_not_equal(make_symlink(guest, "x", 4, "../x"), E_OK);
		assert_int_not_equal(at(guest, "path_create_directory", 4, "up/x"), E_OK);
	}
	/* The directory of a descriptor moved away is still no way up. */
	assert_int_equal(open_at(guest, 4, "dir", OFLAG_DIR_, R_READDIR), E_OK);
	assert_true(there(one, "in/file", "in"));
	assert_true(there(one, "secret/key", "key"));
	assert_true(there(one, "conf", "conf"));
}

/* A file, and one that is not there yet: these two entries of /data, and nothing else of it. */
static void test_grants_for_files(void **state)
{
	static const char *const grants[] = {"r/data/conf", "w/data/state", NULL};
	static const char *const others[] = {".",	   "..",      "./conf",	    "conf/",
					     "in/../conf", "in/file", "secret/key", "/data/conf",
					     "conf2",	   "con",     "link",	    "conf/."};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;
	uint32_t moved;
	char path[64];
	char aside[64];

	populate(one);
	guest->guest.mount_count = 1;
	guest->file_grants = grants;
	guest_begin(guest);
	expect_preopen(guest, 3, "/data");
	expect_preopen(guest, 4, NULL);
	assert_int_equal(open_at(guest, 3, "conf", 0, R_READ), E_OK);
	assert_int_equal(stat_at(guest, 3, "conf"), E_OK);
	assert_int_equal(open_at(guest, 3, "conf", 0, R_WRITE), E_ROFS);
	assert_int_equal(open_at(guest, 3, "conf", OFLAG_TRUNC_, R_READ), E_ROFS);
	assert_int_equal(set_times(guest, 3, "conf"), E_ROFS);
	assert_int_equal(open_at(guest, 3, "state", 0, R_READ), E_NOENT);
	assert_int_equal(open_at(guest, 3, "state", OFLAG_CREATE_, R_WRITE), E_OK);
	assert_int_equal(write_fd(guest, guest_u32(guest, OUT), "kept"), 0);
	assert_int_equal(set_times(guest, 3, "state"), E_OK);
	assert_true(there(one, "state", "kept"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(open_at(guest, 3, others[i], 0, R_READ), E_NOTCAPABLE);
		assert_int_equal(open_at(guest, 3, others[i], OFLAG_CREATE_, R_WRITE),
				 E_NOTCAPABLE);
		assert_int_equal(stat_at(guest, 3, others[i]), E_NOTCAPABLE);
		assert_int_equal(set_times(guest, 3, others[i]), E_NOTCAPABLE);
	}
	/* The directory is not the guest's: no list, no names come or go. */
	assert_int_equal(
		guest_call(guest, "fd_readdir", "iiiIi:i", 3u, DATA, 512u, (uint64_t)0, OUT),
		E_NOTCAPABLE);
	assert_int_equal(at(guest, "path_unlink_file", 3, "state"), E_NOTCAPABLE);
	assert_int_equal(at(guest, "path_create_directory", 3, "state"), E_NOTCAPABLE);
	assert_int_equal(at(guest, "path_remove_directory", 3, "in"), E_NOTCAPABLE);
	assert_int_equal(move(guest, false, 3, "state", 3, "conf"), E_NOTCAPABLE);
	assert_int_equal(move(guest, true, 3, "conf", 3, "state"), E_NOTCAPABLE);
	assert_int_equal(make_symlink(guest, "secret/key", 3, "state"), E_NOTCAPABLE);
	/* Rights do not come back under another number. */
	assert_int_equal(open_at(guest, 3, "conf", 0, R_READ), E_OK);
	moved = guest_u32(guest, OUT);
	assert_int_equal(guest_call(guest, "fd_renumber", "ii:i", 3u, moved), E_OK);
	assert_int_equal(open_at(guest, moved, "secret/key", 0, R_READ), E_NOTCAPABLE);
	assert_int_equal(open_at(guest, moved, "conf", 0, R_READ), E_OK);
	/* Somebody puts a link to a secret in the place of a granted file. */
	snprintf(path, sizeof(path), "%s/conf", one->dir);
	snprintf(aside, sizeof(aside), "%s/aside", one->dir);
	assert_int_equal(rename(path, aside), 0);
	assert_int_equal(symlink("secret/key", path), 0);
	assert_int_equal(open_at(guest, moved, "conf", 0, R_READ), E_LOOP);
}

/* A directory to read, with one file in it to write. */
static void test_file_to_write_in_directory_to_read(void **state)
{
	static const char *const grants[] = {"w/data/in/file", "r/data/in", NULL};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;
	char path[64];

	populate(one);
	guest->guest.mount_count = 1;
	guest->file_grants = grants;
	guest_begin(guest);
	expect_preopen(guest, 3, "/data/in");
	expect_preopen(guest, 4, NULL);
	assert_int_equal(open_at(guest, 3, "file", 0, R_WRITE), E_OK);
	assert_int_equal(write_fd(guest, guest_u32(guest, OUT), "new"), 0);
	assert_true(there(one, "in/file", "new"));
	assert_int_equal(set_times(guest, 3, "file"), E_OK);
	assert_int_equal(open_at(guest, 3, "self/file", 0, R_READ), E_OK);
	assert_int_equal(open_at(guest, 3, "./file", 0, R_WRITE), E_ROFS);
	assert_int_equal(open_at(guest, 3, "self/file", 0, R_WRITE), E_ROFS);
	assert_int_equal(open_at(guest, 3, "other", OFLAG_CREATE_, R_WRITE), E_ROFS);
	assert_int_equal(at(guest, "path_unlink_file", 3, "file"), E_ROFS);
	assert_int_equal(move(guest, false, 3, "file", 3, "sub/file"), E_ROFS);
	assert_int_equal(move(guest, true, 3, "file", 3, "sub/file"), E_ROFS);
	/* What is opened to read is not writable by the way. */
	assert_int_equal(open_at(guest, 3, "file", 0, R_READ | UINT64_C(1) << 23), E_OK);
	assert_int_equal(guest_call(guest, "fd_filestat_set_times", "iIIi:i", guest_u32(guest, OUT),
				    (uint64_t)0, (uint64_t)0, 5u),
			 E_ROFS);
	/* A link in its place is not written through. */
	snprintf(path, sizeof(path), "%s/in/file", one->dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("sub/other", path), 0);
	assert_int_equal(open_at(guest, 3, "file", OFLAG_CREATE_, R_WRITE), E_LOOP);
}

/* What a wider grant allows no narrower one takes away; each path comes once. */
static void test_grants_add_up(void **state)
{
	static const char *const grants[] = {"r/data/in/sub",  "w/data/in", "r/data/in",
					     "r/data/in/file", "r/else",    NULL};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	populate(one);
	guest->guest.mount_count = 1;
	guest->file_grants = grants;
	guest_begin(guest);
	expect_preopen(guest, 3, "/data/in");
	expect_preopen(guest, 4, NULL);
	assert_int_equal(open_at(guest, 3, "sub/x", OFLAG_CREATE_, R_WRITE), E_OK);
	assert_int_equal(open_at(guest, 3, "file", 0, R_WRITE), E_OK);
}

/* A mount is whole where a grant is for all of it; mounts in mounts have their own. */
static void test_grants_and_mounts(void **state)
{
	static const char *const grants[] = {"w/data/in/sub", "r/data/secret", "w/ro",
					     "w/data/secret/x", NULL};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;
	char sub[64];

	populate(one);
	snprintf(sub, sizeof(sub), "%s/secret", one->dir);
	one->mounts[2].host_path = sub; /* in the place of one->dir/in, which it covers */
	one->mounts[2].guest_path = "/data/in";
	guest->guest.mount_count = 3;
	guest->file_grants = grants;
	guest_begin(guest);
	expect_preopen(guest, 3, "/data/secret");
	assert_int_equal(open_at(guest, 3, "key", 0, R_READ), E_OK);
	assert_int_equal(open_at(guest, 3, "key", 0, R_WRITE), E_ROFS);
	assert_int_equal(open_at(guest, 3, "x", OFLAG_CREATE_, R_WRITE), E_OK);
	/* The mount is read-only, whatever the grant says. */
	expect_preopen(guest, 4, "/ro");
	assert_int_equal(open_at(guest, 4, "conf", 0, R_WRITE), E_ROFS);
	/* /data/in/sub is meant in the mount /data/in, which has none: it may become a file. */
	expect_preopen(guest, 5, "/data/in");
	assert_int_equal(open_at(guest, 5, "key", 0, R_READ), E_NOTCAPABLE);
	assert_int_equal(open_at(guest, 5, "sub", OFLAG_CREATE_, R_WRITE), E_OK);
	assert_true(there(one, "secret/sub", ""));
	expect_preopen(guest, 6, NULL);
}

/* No symlink is followed to find what a grant names. */
static void test_grants_by_symlinks(void **state)
{
	static const char *const grants[] = {"w/data/link", "r/data/link/key", "r/data/none/file",
					     NULL};
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;

	populate(one);
	guest->guest.mount_count = 1;
	guest->file_grants = grants;
	guest_begin(guest);
	expect_preopen(guest, 3, "/data");
	expect_preopen(guest, 4, NULL);
	assert_int_equal(open_at(guest, 3, "link", 0, R_READ), E_LOOP);
	assert_int_equal(open_at(guest, 3, "link/key", 0, R_READ), E_NOTCAPABLE);
	assert_int_equal(open_at(guest, 3, "link", OFLAG_CREATE_, R_WRITE), E_LOOP);
	assert_int_equal(guest->notes, 1);
	assert_non_null(strstr(guest->note, "/data/none"));
}

/* Without descriptors what the guest writes goes to its log, and all else works as it should. */
static void test_log_alone(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest_begin(guest);
	assert_int_equal(write_fd(guest, 1, "to the log\n"), 0);
	assert_int_equal(guest_u32(guest, OUT), 11);
	assert_int_equal(write_fd(guest, 2, "error\n"), 0);
	assert_int_equal(write_fd(guest, 1, "more\n"), 0);
	assert_string_equal(guest->output[0], "to the log\nmore\n");
	assert_string_equal(guest->output[1], "error\n");
	assert_int_equal(write_fd(guest, 0, "x"), E_BADF);
	/* It looks like a terminal: C libraries then write line by line. */
	assert_int_equal(guest_call(guest, "fd_fdstat_get", "ii:i", 1u, OUT), 0);
	assert_int_equal(guest->memory[OUT], 2);
	assert_int_equal(ocre_get_u64(guest->memory + OUT + 8) & (1u << 2 | 1u << 5), 0);
	assert_int_equal(guest_call(guest, "fd_filestat_get", "ii:i", 1u, OUT), 0);
	assert_int_equal(guest->memory[OUT + 16], 2);
	/* Calls that mean something for files only do not reach the port. */
	assert_int_equal(guest_call(guest, "fd_sync", "i:i", 1u), E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_datasync", "i:i", 1u), E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_seek", "iIii:i", 1u, (uint64_t)0, 1u, OUT),
			 E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_read", "iiii:i", 1u, IOVS, 1u, OUT), E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_filestat_set_size", "iI:i", 1u, (uint64_t)0),
			 E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_filestat_set_times", "iIIi:i", 1u, (uint64_t)0,
				    (uint64_t)0, 5u),
			 E_NOTCAPABLE);
	assert_int_equal(guest_call(guest, "fd_fdstat_set_flags", "ii:i", 1u, 5u), 0);
	/* It can always be written, which one who waits for it hears at once. */
	memset(guest->memory + DATA, 0, 96);
	ocre_put_u64(guest->memory + DATA, 77);
	guest->memory[DATA + 8] = 2;
	ocre_put_u32(guest->memory + DATA + 16, 1);
	guest->memory[DATA + 48 + 8] = 1;
	ocre_put_u32(guest->memory + DATA + 48 + 16, 2);
	assert_int_equal(guest_call(guest, "poll_oneoff", "iiii:i", DATA, 0x1000u, 2u, OUT), 0);
	assert_int_equal(guest_u32(guest, OUT), 2);
	assert_int_equal(guest_u32(guest, 0x1000), 77);
	assert_int_equal(guest_u32(guest, 0x1008) & 0xffffu, 0);
	assert_int_equal(guest_u32(guest, 0x1028) & 0xffffu, E_NOTCAPABLE);
	/* Under another number it is still the same; closed it is gone. */
	assert_int_equal(open_file(guest, 3, false), 0);
	assert_int_equal(guest_call(guest, "fd_renumber", "ii:i", 1u, guest_u32(guest, OUT)), 0);
	assert_int_equal(write_fd(guest, 5, "moved\n"), 0);
	assert_non_null(strstr(guest->output[0], "moved\n"));
	assert_int_equal(write_fd(guest, 1, "x"), E_BADF);
	assert_int_equal(guest_call(guest, "fd_close", "i:i", 2u), 0);
	assert_int_equal(write_fd(guest, 2, "x"), E_BADF);
}

/* With a descriptor it goes there, and to the log; and a lot of it in pieces. */
static void test_log_and_descriptor(void **state)
{
	struct one *one = (struct one *)*state;
	struct guest *guest = &one->guest;
	int pipes[2];
	char got[64];

	assert_int_equal(pipe(pipes), 0);
	guest->guest.stdio[1] = pipes[1];
	guest_begin(guest);
	/* Two pieces leave as one, in both ways. */
	guest_text(guest, DATA, "both");
	ocre_put_u32(guest->memory + IOVS, DATA);
	ocre_put_u32(guest->memory + IOVS + 4, 4);
	ocre_put_u32(guest->memory + IOVS + 8, guest_text(guest, DATA + 16, "\n"));
	ocre_put_u32(guest->memory + IOVS + 12, 1);
	assert_int_equal(guest_call(guest, "fd_write", "iiii:i", 1u, IOVS, 2u, OUT), 0);
	assert_int_equal(read(pipes[0], got, sizeof(got)), 5);
	assert_memory_equal(got, "both\n", 5);
	assert_string_equal(guest->output[0], "both\n");
	assert_int_equal(guest->outputs, 1);
	/* What could not be written is not in the log either. */
	close(pipes[0]);
	assert_int_not_equal(write_fd(guest, 1, "lost"), 0);
	assert_string_equal(guest->output[0], "both\n");
	close(pipes[1]);
}

static void test_sockets_need_grants(void **state)
{
	struct guest *guest = &((struct one *)*state)->guest;

	guest->denied |= 1u << OCRE_ACTION_LISTEN;
	guest_begin(guest);
	assert_int_equal(guest_call(guest, "sock_open", "iiii:i", 3u, 0u, 1u, OUT), 0);
	ocre_put_u32(guest->memory + DATA, 0);
	memcpy(guest->memory + DATA + 4, "\x7f\0\0\1\0\0", 6);
	assert_int_equal(guest_call(guest, "sock_bind", "ii:i", guest_u32(guest, OUT), DATA),
			 E_NOTCAPABLE);
	assert_int_equal(guest->notes, 1);
}

static void test_failures(void **state)
{
	struct one *one = (struct one *)*state;
	/* One of a directory, and one of a file. */
	static const char *const grants[] = {"r/data", "w/data/file", "r/ro", NULL};
	struct ocre_diag diag = {0};
	void *object = NULL;
	unsigned int n = 0;
	int rc;

	one->mounts[0].host_path = "/nonexistent";
	assert_int_equal(ocre_provider_wasi.create(NULL, &one->guest.guest, &object, &diag),
			 OCRE_E_NOTFOUND);
	assert_non_null(strstr(diag.text, "/nonexistent"));
	one->mounts[0].host_path = one->dir;
	one->guest.guest.max_fds = 4;
	one->guest.file_grants = grants;
	assert_int_equal(ocre_provider_wasi.create(NULL, &one->guest.guest, &object, NULL),
			 OCRE_E_LIMIT);
	one->guest.guest.max_fds = 16;
	do {
		memset(&diag, 0, sizeof(diag));
		one->guest.allocate = n++;
		rc = ocre_provider_wasi.create(NULL, &one->guest.guest, &object, &diag);
		assert_true(rc == OCRE_OK || (rc == OCRE_E_NOMEM && diag.text[0] != '\0'));
		assert_true(rc == OCRE_OK || one->guest.held == 0);
	} while (rc != OCRE_OK);
	assert_true(n > 6);
	one->guest.object = object;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_without_grants),
		TEST(test_env_grants),
		TEST(test_file_grants),
		TEST(test_file_grant_missing),
		TEST(test_grants_inside_a_mount),
		TEST(test_grants_for_files),
		TEST(test_file_to_write_in_directory_to_read),
		TEST(test_grants_add_up),
		TEST(test_grants_and_mounts),
		TEST(test_grants_by_symlinks),
		TEST(test_log_alone),
		TEST(test_log_and_descriptor),
		TEST(test_sockets_need_grants),
		TEST(test_failures),
#undef TEST
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
