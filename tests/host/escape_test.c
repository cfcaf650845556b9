/* SPDX-License-Identifier: Apache-2.0 */
/*
 * escape_test.c - a guest tries to get out of its directory, or to change one that is read-only.
 * Every test runs twice: with openat2, and with the walk that does without it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake.h"

/* The layout that most tests need: box/sub/deep, box/sub/file, and links that lead out. */
static void populate(struct fake *fake)
{
	char outside[128];

	host_mkdir(fake, "box/sub");
	host_mkdir(fake, "box/sub/deep");
	host_write(fake, "box/sub/file", "inside");
	host_mkdir(fake, "outside/dir");
	snprintf(outside, sizeof(outside), "%s/outside", fake->dir);
	host_symlink(fake, outside, "box/absolute");
	host_symlink(fake, "../outside", "box/up");
	host_symlink(fake, "../../outside", "box/sub/up");
	host_symlink(fake, "up", "box/chain1");
	host_symlink(fake, "chain1", "box/chain2");
	host_symlink(fake, "sub/up", "box/chain3");
	host_symlink(fake, "sub/deep/../../../outside", "box/winding");
	host_symlink(fake, "../outside/secret", "box/secret");
	host_symlink(fake, "/", "box/slash");
	host_symlink(fake, "..", "box/dotdot");
	host_symlink(fake, "/proc/self/root", "box/magic");
	host_symlink(fake, "sub/file", "box/good");
	host_symlink(fake, "sub/deep/..", "box/gooddir");
}

/* Paths that lead to the directory outside/ when they are followed. */
static const char *const ways_out[] = {
	"..",
	"../outside",
	"sub/../../outside",
	"./.././outside",
	"sub/deep/../../../outside",
	"absolute",
	"up",
	"sub/up",
	"chain1",
	"chain2",
	"chain3",
	"winding",
	"slash",
	"dotdot",
	"magic",
	"dotdot/outside",
	"slash/tmp",
	"magic/tmp",
	"gooddir/../../outside",
	"/",
	"/tmp",
	"//tmp",
};

/* What is behind one of them. */
static const char *const things_out[] = {
	"../outside/secret", "absolute/secret",	      "up/secret", "sub/up/secret", "chain2/secret",
	"winding/secret",    "dotdot/outside/secret", "secret",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void assert_refused(const char *what, const char *path, int rc)
{
	if (rc != E_NOTCAPABLE && rc != E_LOOP) {
		fail_msg("%s %s gave %d", what, path, rc);
	}
}

static void test_open(void **state)
{
	struct fake *fake = (struct fake *)*state;
	size_t i;

	populate(fake);
	for (i = 0; i < COUNT(ways_out); i++) {
		assert_refused(
			"open", ways_out[i],
			fake_open(fake, FD_BOX, ways_out[i], FOLLOW, O_DIR_, R_READDIR, NULL));
		assert_refused("open", ways_out[i],
			       fake_open(fake, FD_BOX, ways_out[i], FOLLOW, 0, R_READ, NULL));
	}
	for (i = 0; i < COUNT(things_out); i++) {
		assert_refused("open", things_out[i],
			       fake_open(fake, FD_BOX, things_out[i], FOLLOW, 0, R_READ, NULL));
		assert_refused("truncate", things_out[i],
			       fake_open(fake, FD_BOX, things_out[i], FOLLOW, O_CREATE_ | O_TRUNC_,
					 R_WRITE, NULL));
	}
	assert_true(host_contains(fake, "outside/secret", "secret"));
	/* The ways inside are open. */
	assert_int_equal(fake_open(fake, FD_BOX, "good", FOLLOW, 0, R_READ, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "gooddir/file", NOFOLLOW, 0, R_READ, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "sub/deep/../file", NOFOLLOW, 0, R_READ, NULL),
			 E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "sub/../sub/./deep/", NOFOLLOW, 0, 0, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "good", NOFOLLOW, 0, R_READ, NULL), E_LOOP);
}

/* A new file where a symlink leads: made inside, refused outside. */
static void test_create_through_symlink(void **state)
{
	struct fake *fake = (struct fake *)*state;

	populate(fake);
	host_symlink(fake, "../outside/new", "box/new");
	assert_refused("create", "new",
		       fake_open(fake, FD_BOX, "new", FOLLOW, O_CREATE_, R_WRITE, NULL));
	assert_refused("create", "up/new",
		       fake_open(fake, FD_BOX, "up/new", FOLLOW, O_CREATE_, R_WRITE, NULL));
	assert_false(host_exists(fake, "outside/new"));
	host_symlink(fake, "sub/made", "box/make");
	assert_int_equal(
		fake_open(fake, FD_BOX, "make", FOLLOW, O_CREATE_ | O_EXCL_, R_WRITE, NULL),
		E_EXIST);
	assert_int_equal(fake_open(fake, FD_BOX, "make", FOLLOW, O_CREATE_, R_WRITE, NULL), E_OK);
	assert_true(host_exists(fake, "box/sub/made"));
}

static int stat_path(struct fake *fake, const char *path, uint32_t lookup)
{
	uint32_t size;
	uint32_t at = fake_path(fake, AT_PATH, path, &size);

	return fake_call(fake, "path_filestat_get", FD_BOX, lookup, at, size, AT_OUT);
}

static int times_path(struct fake *fake, uint32_t dir, const char *path, uint32_t lookup)
{
	uint32_t size;
	uint32_t at = fake_path(fake, AT_PATH, path, &size);

	return fake_call(fake, "path_filestat_set_times", dir, lookup, at, size,
			 (uint64_t)1000000000u, (uint64_t)1000000000u, 5u);
}

static void test_stat_and_times(void **state)
{
	struct fake *fake = (struct fake *)*state;
	char name[128];
	struct stat st;
	size_t i;

	populate(fake);
	for (i = 0; i < COUNT(ways_out); i++) {
		assert_refused("stat", ways_out[i], stat_path(fake, ways_out[i], FOLLOW));
		assert_refused("times", ways_out[i], times_path(fake, FD_BOX, ways_out[i], FOLLOW));
	}
	for (i = 0; i < COUNT(things_out); i++) {
		assert_refused("stat", things_out[i], stat_path(fake, things_out[i], FOLLOW));
		assert_refused("times", things_out[i],
			       times_path(fake, FD_BOX, things_out[i], FOLLOW));
	}
	/* A slash behind a symlink follows it, whatever the flags say. */
	assert_refused("stat", "up/", stat_path(fake, "up/", NOFOLLOW));
	assert_refused("times", "up/", times_path(fake, FD_BOX, "up/", NOFOLLOW));
	assert_refused("stat", "magic/", stat_path(fake, "magic/", NOFOLLOW));
	snprintf(name, sizeof(name), "%s/outside/secret", fake->dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_not_equal(st.st_mtime, 1);
	/* The symlink itself may be looked at and touched. */
	assert_int_equal(stat_path(fake, "up", NOFOLLOW), E_OK);
	assert_int_equal(fake->memory[AT_OUT + 16], 7);
	assert_int_equal(times_path(fake, FD_BOX, "up", NOFOLLOW), E_OK);
	assert_int_equal(times_path(fake, FD_BOX, "good", FOLLOW), E_OK);
	snprintf(name, sizeof(name), "%s/box/sub/file", fake->dir);
	assert_int_equal(stat(name, &st), 0);
	assert_int_equal(st.st_mtime, 1);
}

static int two_paths(struct fake *fake, const char *name, uint32_t from_dir, const char *from,
		     uint32_t to_dir, const char *to)
{
	uint32_t from_size;
	uint32_t to_size;
	uint32_t at = fake_path(fake, AT_PATH, from, &from_size);
	uint32_t at2 = fake_path(fake, AT_PATH2, to, &to_size);

	if (strcmp(name, "path_link") == 0) {
		return fake_call(fake, name, from_dir, 0u, at, from_size, to_dir, at2, to_size);
	}
	return fake_call(fake, name, from_dir, at, from_size, to_dir, at2, to_size);
}

static int make_symlink(struct fake *fake, uint32_t dir, const char *target, const char *path)
{
	uint32_t target_size;
	uint32_t size;
	uint32_t at = fake_path(fake, AT_PATH2, target, &target_size);
	uint32_t at2 = fake_path(fake, AT_PATH, path, &size);

	return fake_call(fake, "path_symlink", at, target_size, dir, at2, size);
}

/* Every call that changes a directory, with its name outside. */
static void test_changes(void **state)
{
	static const char *const prefixes[] = {"..",	 "../outside", "absolute", "up",
					       "sub/up", "chain2",     "winding",  "slash",
					       "dotdot", "magic",      "/tmp"};
	struct fake *fake = (struct fake *)*state;
	char path[160];
	size_t i;

	populate(fake);
	for (i = 0; i < COUNT(prefixes); i++) {
		snprintf(path, sizeof(path), "%s/made", prefixes[i]);
		assert_refused("mkdir", path, fake_at(fake, "path_create_directory", FD_BOX, path));
		assert_refused("symlink", path, make_symlink(fake, FD_BOX, "x", path));
		assert_refused("link", path,
			       two_paths(fake, "path_link", FD_BOX, "sub/file", FD_BOX, path));
		assert_refused("rename", path,
			       two_paths(fake, "path_rename", FD_BOX, "sub/file", FD_BOX, path));
		snprintf(path, sizeof(path), "%s/secret", prefixes[i]);
		assert_refused("unlink", path, fake_at(fake, "path_unlink_file", FD_BOX, path));
		assert_refused("link", path,
			       two_paths(fake, "path_link", FD_BOX, path, FD_BOX, "mine"));
		assert_refused("rename", path,
			       two_paths(fake, "path_rename", FD_BOX, path, FD_BOX, "mine"));
		snprintf(path, sizeof(path), "%s/dir", prefixes[i]);
		assert_refused("rmdir", path, fake_at(fake, "path_remove_directory", FD_BOX, path));
		snprintf(path, sizeof(path), "%s/dir/", prefixes[i]);
		assert_refused("rmdir", path, fake_at(fake, "path_remove_directory", FD_BOX, path));
	}
	assert_true(host_contains(fake, "outside/secret", "secret"));
	assert_true(host_exists(fake, "outside/dir"));
	assert_true(host_contains(fake, "box/sub/file", "inside"));
	assert_false(host_exists(fake, "box/mine"));
	/* The last component itself may be a link that leads out: it is not followed. */
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "up", FD_BOX, "renamed"), E_OK);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, "secret", FD_BOX, "hard"), E_OK);
	assert_refused("open", "hard", fake_open(fake, FD_BOX, "hard", FOLLOW, 0, R_READ, NULL));
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "absolute"), E_OK);
	assert_true(host_exists(fake, "outside/dir"));
}

static void test_dots_at_the_end(void **state)
{
	struct fake *fake = (struct fake *)*state;

	populate(fake);
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, "sub/."), E_EXIST);
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, "sub/.."), E_EXIST);
	assert_refused("mkdir", "..", fake_at(fake, "path_create_directory", FD_BOX, ".."));
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_BOX, "."), E_INVAL);
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_BOX, "sub/deep/.."), E_INVAL);
	assert_refused("rmdir", "../", fake_at(fake, "path_remove_directory", FD_BOX, "../"));
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "."), E_ISDIR);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "sub/.", FD_BOX, "x"), E_BUSY);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "sub", FD_BOX, "sub/.."), E_BUSY);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, ".", FD_BOX, "x"), E_PERM);
	assert_true(host_exists(fake, "box/sub/deep"));
}

static void test_symlinks(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t size;
	uint32_t at;
	char name[32];
	int i;

	populate(fake);
	assert_int_equal(make_symlink(fake, FD_BOX, "/etc", "abs"), E_NOTCAPABLE);
	assert_int_equal(make_symlink(fake, FD_BOX, "", "empty"), E_NOENT);
	assert_int_equal(make_symlink(fake, FD_BOX, "../../etc", "rel"), E_OK);
	assert_refused("open", "rel", fake_open(fake, FD_BOX, "rel", FOLLOW, 0, R_READ, NULL));
	/* Forty links in a row are followed, more are a loop. */
	host_write(fake, "box/l0", "end");
	for (i = 1; i <= 42; i++) {
		char target[32];

		snprintf(name, sizeof(name), "l%d", i);
		snprintf(target, sizeof(target), "l%d", i - 1);
		assert_int_equal(make_symlink(fake, FD_BOX, target, name), E_OK);
	}
	assert_int_equal(fake_open(fake, FD_BOX, "l40", FOLLOW, 0, R_READ, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "l41", FOLLOW, 0, R_READ, NULL), E_LOOP);
	assert_int_equal(make_symlink(fake, FD_BOX, "self/x", "self"), E_OK);
	assert_int_equal(stat_path(fake, "self", FOLLOW), E_LOOP);
	/* What the link says can be read, whole or cut. */
	at = fake_path(fake, AT_PATH, "good", &size);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, at, size, AT_DATA, 100u, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 8);
	assert_memory_equal(fake->memory + AT_DATA, "sub/file", 8);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, at, size, AT_DATA, 3u, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 3);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, at, size, AT_DATA, 0u, AT_OUT),
			 E_OK);
	at = fake_path(fake, AT_PATH, "up/", &size);
	assert_refused("readlink", "up/",
		       fake_call(fake, "path_readlink", FD_BOX, at, size, AT_DATA, 9u, AT_OUT));
	at = fake_path(fake, AT_PATH, "sub/file", &size);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, at, size, AT_DATA, 9u, AT_OUT),
			 E_INVAL);
}

/* Magic links when /proc itself is what the guest was given. */
static void test_proc(void **state)
{
	static const char *const links[] = {"self/root", "self/cwd",   "self/root/etc",
					    "self/exe",	 "self/cwd/.", "thread-self/root"};
	struct fake *fake = (struct fake *)*state;
	size_t i;

	if (access("/proc/self/root", F_OK) != 0) {
		skip();
	}
	fake->preopens[0].host_path = "/proc";
	fake_restart(fake);
	for (i = 0; i < COUNT(links); i++) {
		assert_refused("open", links[i],
			       fake_open(fake, FD_BOX, links[i], FOLLOW, 0, R_READ, NULL));
		assert_refused("stat", links[i], stat_path(fake, links[i], FOLLOW));
	}
	assert_int_equal(fake_open(fake, FD_BOX, "self/status", FOLLOW, 0, R_READ, NULL), E_OK);
}

static void test_read_only(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd;
	uint32_t dir;

	populate(fake);
	assert_int_equal(fake_open(fake, FD_RO, "sub/file", 0, 0, R_READ, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_RO, "sub/file", 0, 0, R_WRITE, NULL), E_ROFS);
	assert_int_equal(fake_open(fake, FD_RO, "sub/file", 0, 0, R_READ | R_SET_SIZE, NULL),
			 E_ROFS);
	assert_int_equal(fake_open(fake, FD_RO, "sub/file", 0, O_TRUNC_, 0, NULL), E_ROFS);
	assert_int_equal(fake_open(fake, FD_RO, "new", 0, O_CREATE_, 0, NULL), E_ROFS);
	assert_int_equal(fake_at(fake, "path_create_directory", FD_RO, "new"), E_ROFS);
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_RO, "sub/deep"), E_ROFS);
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_RO, "sub/file"), E_ROFS);
	assert_int_equal(make_symlink(fake, FD_RO, "x", "new"), E_ROFS);
	assert_int_equal(times_path(fake, FD_RO, "sub/file", FOLLOW), E_ROFS);
	/* Neither from there nor to there, also when the other side is writable. */
	assert_int_equal(two_paths(fake, "path_rename", FD_RO, "sub/file", FD_BOX, "x"), E_ROFS);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "sub/file", FD_RO, "x"), E_ROFS);
	assert_int_equal(two_paths(fake, "path_link", FD_RO, "sub/file", FD_BOX, "x"), E_ROFS);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, "sub/file", FD_RO, "x"), E_ROFS);
	/* What is opened beneath it is as read-only as it is. */
	{
		uint32_t size;
		uint32_t at = fake_path(fake, AT_PATH, "sub", &size);

		assert_int_equal(fake_call(fake, "fd_fdstat_get", FD_RO, AT_DATA), E_OK);
		assert_int_equal(fake_call(fake, "path_open", FD_RO, 0u, at, size, O_DIR_,
					   fake_u64(fake, AT_DATA + 8),
					   fake_u64(fake, AT_DATA + 16), 0u, AT_OUT),
				 E_OK);
		dir = fake_u32(fake, AT_OUT);
	}
	assert_int_equal(fake_open(fake, dir, "file", 0, 0, R_WRITE, NULL), E_ROFS);
	assert_int_equal(fake_at(fake, "path_unlink_file", dir, "file"), E_ROFS);
	assert_int_equal(
		fake_call(fake, "fd_filestat_set_times", dir, (uint64_t)0, (uint64_t)0, 10u),
		E_ROFS);
	assert_int_equal(
		fake_open(fake, FD_RO, "sub/file", 0, 0, R_READ | R_SEEK | R_SET_TIMES, &fd), E_OK);
	assert_int_equal(
		fake_call(fake, "fd_filestat_set_times", fd, (uint64_t)0, (uint64_t)0, 10u),
		E_ROFS);
	assert_int_equal(fake_write(fake, fd, "x"), E_NOTCAPABLE);
	assert_true(host_contains(fake, "box/sub/file", "inside"));
}

/* ---- somebody renames directories while the guest walks through them ---- */

struct race {
	const struct fake *fake;
	atomic_bool stop;
};

/* box/a/b goes out to outside/b and back again; box/flip is a directory, then a way out. */
static void *rename_loop(void *arg)
{
	struct race *race = (struct race *)arg;
	char in[128];
	char out[128];
	char flip[128];
	char dir[128];
	char link[128];

	snprintf(in, sizeof(in), "%s/box/a/b", race->fake->dir);
	snprintf(out, sizeof(out), "%s/outside/b", race->fake->dir);
	snprintf(flip, sizeof(flip), "%s/box/flip", race->fake->dir);
	snprintf(dir, sizeof(dir), "%s/box/flip.dir", race->fake->dir);
	snprintf(link, sizeof(link), "%s/box/flip.link", race->fake->dir);
	while (!atomic_load(&race->stop)) {
		rename(in, out);
		rename(out, in);
		rename(flip, dir);
		rename(link, flip);
		rename(flip, link);
		rename(dir, flip);
	}
	return NULL;
}

/*
 * outside/secret can be had by `..` from outside/b, and through box/flip while that is a symlink.
 * Reading it even once is an escape.
 */
static void test_race(void **state)
{
	static const char *const paths[] = {"a/b/../secret", "a/b/c/../../secret", "flip/secret",
					    "a/b/../../flip/secret"};
	struct fake *fake = (struct fake *)*state;
	struct race race = {.fake = fake};
	pthread_t thread;
	unsigned int opened = 0;
	unsigned int i;

	host_mkdir(fake, "box/a");
	host_mkdir(fake, "box/a/b");
	host_mkdir(fake, "box/a/b/c");
	host_write(fake, "box/a/secret", "fine");
	host_mkdir(fake, "box/flip");
	host_write(fake, "box/flip/secret", "fine");
	host_symlink(fake, "../outside", "box/flip.link");
	atomic_init(&race.stop, false);
	assert_int_equal(pthread_create(&thread, NULL, rename_loop, &race), 0);
	for (i = 0; i < 20000; i++) {
		uint32_t fd;

		if (fake_open(fake, FD_BOX, paths[i % COUNT(paths)], FOLLOW, 0, R_READ, &fd) !=
		    E_OK) {
			continue;
		}
		opened++;
		assert_int_equal(
			fake_call(fake, "fd_read", fd, fake_iov(fake, 0, AT_DATA, 16u), 1u, AT_OUT),
			E_OK);
		assert_int_equal(fake_u32(fake, AT_OUT), 4);
		assert_memory_equal(fake->memory + AT_DATA, "fine", 4);
		assert_int_equal(fake_call(fake, "fd_close", fd), E_OK);
	}
	atomic_store(&race.stop, true);
	pthread_join(thread, NULL);
	assert_true(opened > 0);
}

/* ---- odd paths ---- */

static void test_odd_paths(void **state)
{
	struct fake *fake = (struct fake *)*state;
	char longest[5000];
	uint32_t i;

	populate(fake);
	assert_int_equal(fake_open(fake, FD_BOX, "", 0, 0, R_READ, NULL), E_NOENT);
	assert_int_equal(fake_open(fake, FD_BOX, "sub/file/", 0, 0, R_READ, NULL), E_NOTDIR);
	assert_int_equal(fake_open(fake, FD_BOX, "sub/file/..", 0, 0, R_READ, NULL), E_NOTDIR);
	assert_int_equal(fake_open(fake, FD_BOX, "sub//deep///", 0, 0, 0, NULL), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, "new/", 0, O_CREATE_, R_WRITE, NULL), E_ISDIR);
	memcpy(fake->memory + AT_PATH, "sub\0file", 8);
	assert_int_equal(fake_call(fake, "path_open", FD_BOX, 0u, AT_PATH, 8u, 0u, (uint64_t)0,
				   (uint64_t)0, 0u, AT_OUT),
			 E_ILSEQ);
	memset(longest, 'x', sizeof(longest));
	longest[300] = '\0';
	assert_int_equal(fake_open(fake, FD_BOX, longest, 0, 0, R_READ, NULL), E_NAMETOOLONG);
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, longest), E_NAMETOOLONG);
	for (i = 0; i < 4098; i += 2) {
		memcpy(longest + i, "./", 2);
	}
	longest[4098] = '\0';
	assert_int_equal(fake_open(fake, FD_BOX, longest, 0, 0, 0, NULL), E_NAMETOOLONG);
	longest[4095] = '\0';
	assert_int_equal(fake_open(fake, FD_BOX, longest, 0, 0, 0, NULL), E_OK);
}

/* Trailing slashes as the conformance tests want them, and a few that they do not have. */
static void test_slashes(void **state)
{
	struct fake *fake = (struct fake *)*state;

	populate(fake);
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, "made/"), E_OK);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "made/", FD_BOX, "moved/"), E_OK);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "sub/file/", FD_BOX, "x"),
			 E_NOTDIR);
	assert_int_equal(two_paths(fake, "path_rename", FD_BOX, "sub/file", FD_BOX, "x/"),
			 E_NOTDIR);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, "sub/file", FD_BOX, "x/"), E_NOENT);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, "sub/file/", FD_BOX, "x"), E_NOTDIR);
	assert_int_equal(two_paths(fake, "path_link", FD_BOX, "sub", FD_BOX, "x"), E_PERM);
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "sub/file/"), E_NOTDIR);
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "sub/"), E_ISDIR);
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "none/"), E_NOENT);
	assert_int_equal(make_symlink(fake, FD_BOX, "x", "none/"), E_NOENT);
	assert_int_equal(make_symlink(fake, FD_BOX, "x", "sub/"), E_EXIST);
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_BOX, "moved/"), E_OK);
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_BOX, "sub"), E_NOTEMPTY);
	/* A slash behind a symlink to a directory does not make it a directory to be removed. */
	assert_int_equal(fake_at(fake, "path_remove_directory", FD_BOX, "gooddir/"), E_NOTDIR);
	assert_int_equal(fake_at(fake, "path_unlink_file", FD_BOX, "gooddir/"), E_NOTDIR);
}

#define BOTH(test)                                                                                 \
	{#test " with openat2", test, fake_setup, fake_teardown, NULL},                            \
	{                                                                                          \
#test " with the walk", test, fake_setup_walk, fake_teardown, NULL                 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_open),
		BOTH(test_create_through_symlink),
		BOTH(test_stat_and_times),
		BOTH(test_changes),
		BOTH(test_dots_at_the_end),
		BOTH(test_symlinks),
		BOTH(test_proc),
		BOTH(test_read_only),
		BOTH(test_race),
		BOTH(test_odd_paths),
		BOTH(test_slashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
