/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage_test.c - the pieces of the older API that need no container: where the storage is, the
 * stand-ins for Zephyr's files and clock, and the watchdog object.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocre/fs/fs.h>
#include <ocre/ocre_container_runtime.h>
#include <zephyr/fs/fs.h>
#include <zephyr/kernel.h>

#include "scratch.h"

static int setup(void **state)
{
	char *home = scratch_make();

	*state = home;
	setenv("OCRE_HOME", home, 1);
	return ocre_app_storage_init();
}

static int teardown(void **state)
{
	scratch_remove(*state);
	unsetenv("OCRE_HOME");
	return 0;
}

static void the_storage_has_its_parts(void **state)
{
	static const char *const parts[] = {"images", "manifests", "config", "containers"};
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/%s", (char *)*state, parts[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	/* Once more, with what is there. */
	assert_int_equal(ocre_app_storage_init(), 0);
	assert_int_equal(ocre_app_storage_path(path, sizeof(path)), 0);
	assert_string_equal(path, (char *)*state);
}

static void directories_above_are_made(void **state)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/a//b/c/", (char *)*state);
	setenv("OCRE_HOME", path, 1);
	assert_int_equal(ocre_app_storage_init(), 0);
	snprintf(path, sizeof(path), "%s/a/b/c/images", (char *)*state);
	assert_int_equal(stat(path, &st), 0);
}

static void what_cannot_be_the_storage(void **state)
{
	char path[FILE_PATH_MAX + 8];
	struct fs_file_t file;
	char small[4];

	setenv("OCRE_HOME", "somewhere", 1);
	assert_int_equal(ocre_app_storage_init(), -EINVAL);
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	setenv("OCRE_HOME", path, 1);
	assert_int_equal(ocre_app_storage_init(), -ENAMETOOLONG);
	/* A file where a directory should be. */
	setenv("OCRE_HOME", *state, 1);
	fs_file_t_init(&file);
	assert_int_equal(fs_open(&file, "/lfs/ocre/plain", FS_O_CREATE | FS_O_WRITE), 0);
	assert_int_equal(fs_close(&file), 0);
	snprintf(path, sizeof(path), "%s/plain", (char *)*state);
	setenv("OCRE_HOME", path, 1);
	assert_int_equal(ocre_app_storage_init(), -ENOTDIR);
	assert_int_equal(ocre_app_storage_path(small, sizeof(small)), -ENAMETOOLONG);
	assert_int_equal(ocre_app_storage_path(NULL, 0), -EINVAL);
}

/* The default, for a user who may write to it and for one who may not. */
static void without_ocre_home(void **state)
{
	const char *chosen = "/var/lib/ocre";
	char path[FILE_PATH_MAX];
	char *home = *state;

	unsetenv("OCRE_HOME");
	setenv("HOME", home, 1);
	unsetenv("XDG_DATA_HOME");
	assert_int_equal(ocre_app_storage_path(path, sizeof(path)), 0);
	if (access("/var/lib", W_OK) == 0 || access(chosen, W_OK) == 0) {
		assert_string_equal(path, chosen);
		return;
	}
	assert_memory_equal(path, home, strlen(home));
	assert_string_equal(path + strlen(home), "/.local/share/ocre");
	setenv("XDG_DATA_HOME", "/elsewhere", 1);
	assert_int_equal(ocre_app_storage_path(path, sizeof(path)), 0);
	assert_string_equal(path, "/elsewhere/ocre");
	unsetenv("XDG_DATA_HOME");
	unsetenv("HOME");
	assert_int_equal(ocre_app_storage_path(path, sizeof(path)), -ENOENT);
}

static void files_are_written_and_read(void **state)
{
	char path[PATH_MAX];
	struct fs_file_t file;
	struct stat st;
	char data[16];

	fs_file_t_init(&file);
	assert_int_equal(fs_open(&file, "/lfs/ocre/images/a.bin", FS_O_CREATE | FS_O_RDWR), 0);
	assert_int_equal(fs_open(&file, "/lfs/ocre/images/b.bin", FS_O_CREATE), -EBUSY);
	assert_int_equal(fs_write(&file, "hello world", 11), 11);
	assert_int_equal(fs_tell(&file), 11);
	assert_int_equal(fs_seek(&file, 6, FS_SEEK_SET), 0);
	assert_int_equal(fs_read(&file, data, sizeof(data)), 5);
	assert_memory_equal(data, "world", 5);
	assert_int_equal(fs_truncate(&file, 5), 0);
	assert_int_equal(fs_sync(&file), 0);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_close(&file), 0);
	snprintf(path, sizeof(path), "%s/images/a.bin", (char *)*state);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 5);
	/* Without FS_O_TRUNC the bytes stay; FS_O_APPEND goes to the end. */
	assert_int_equal(fs_open(&file, "/lfs/ocre/images/a.bin", FS_O_WRITE | FS_O_APPEND), 0);
	assert_int_equal(fs_write(&file, "!", 1), 1);
	assert_int_equal(fs_read(&file, data, 1), -EACCES);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 6);
	assert_int_equal(fs_open(&file, "/lfs/ocre/images/a.bin", FS_O_READ), 0);
	assert_int_equal(fs_write(&file, "!", 1), -EACCES);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_unlink("/lfs/ocre/images/a.bin"), 0);
	assert_int_equal(fs_unlink("/lfs/ocre/images/a.bin"), -ENOENT);
	assert_int_equal(fs_mkdir("/lfs/ocre/mine"), 0);
	assert_int_equal(fs_mkdir("/lfs/ocre/mine"), -EEXIST);
	assert_int_equal(fs_unlink("/lfs/ocre/mine"), 0);
}

static void only_the_storage_is_there(void **state)
{
	struct fs_file_t file;

	(void)state;
	fs_file_t_init(&file);
	assert_int_equal(fs_open(&file, "/etc/passwd", FS_O_READ), -ENOENT);
	assert_int_equal(fs_open(&file, "/lfs", FS_O_READ), -ENOENT);
	assert_int_equal(fs_open(&file, "/lfs/ocreature", FS_O_READ), -ENOENT);
	assert_int_equal(fs_open(&file, "/lfs/ocre/../x", FS_O_READ), -EINVAL);
	assert_int_equal(fs_open(&file, "/lfs/ocre/images/..", FS_O_READ), -EINVAL);
	assert_int_equal(fs_open(&file, "lfs/ocre/x", FS_O_READ), -EINVAL);
	assert_int_equal(fs_open(&file, NULL, FS_O_READ), -EINVAL);
	assert_int_equal(fs_open(NULL, "/lfs/ocre/x", FS_O_READ), -EINVAL);
	assert_int_equal(fs_open(&file, "/lfs/ocre/x", FS_O_READ), -ENOENT);
	assert_int_equal(fs_open(&file, "/lfs/ocre/..x", FS_O_CREATE | FS_O_WRITE), 0);
	assert_int_equal(fs_close(&file), 0);
	assert_int_equal(fs_write(&file, "x", 1), -EBADF);
	assert_int_equal(fs_read(NULL, NULL, 1), -EBADF);
}

static void sleeping_takes_its_time(void **state)
{
	int64_t begin = k_uptime_get();

	(void)state;
	assert_int_equal(k_msleep(30), 0);
	assert_int_equal(k_usleep(20000), 0);
	assert_int_equal(k_msleep(-1), 0);
	assert_true(k_uptime_get() - begin >= 49);
	assert_true(k_uptime_get() - begin < 5000);
}

static void a_watchdog_by_itself(void **state)
{
	ocre_healthcheck check = (ocre_healthcheck)(uintptr_t)0xdead; /* as a program's may be */

	(void)state;
	assert_int_equal(ocre_healthcheck_init(NULL, 10), -1);
	assert_int_equal(ocre_healthcheck_init(&check, 0), -1);
	assert_int_equal(ocre_healthcheck_init(&check, 60000), 0);
	assert_int_equal(ocre_get_healthcheck_remaining(&check), 0);
	/* Not started: never unresponsive. */
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 0);
	assert_int_equal(ocre_healthcheck_start(&check), 0);
	assert_true(ocre_get_healthcheck_remaining(&check) > 50000);
	assert_true(ocre_get_healthcheck_remaining(&check) <= 60000);
	/* A sign of life, none, and one again. */
	assert_int_equal(on_ocre_healthcheck(&check), 1);
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 0);
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 1);
	assert_int_equal(on_ocre_healthcheck(&check), 1);
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 0);
	assert_int_equal(ocre_healthcheck_reinit(&check), 0);
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 1);
	assert_int_equal(ocre_healthcheck_stop(&check), 0);
	assert_int_equal(ocre_healthcheck_expiry(NULL, &check), 0);
	assert_int_equal(ocre_healthcheck_deinit(&check), 0);
	assert_null(check);
	assert_int_equal(ocre_healthcheck_deinit(&check), -1);
	assert_int_equal(ocre_healthcheck_start(&check), -1);
	assert_int_equal(on_ocre_healthcheck(NULL), -1);
	/* And everything else, for none and for one that was given back. */
	for (int n = 0; n < 2; n++) {
		ocre_healthcheck *none = n == 0 ? NULL : &check;

		assert_int_equal(ocre_healthcheck_reinit(none), -1);
		assert_int_equal(ocre_healthcheck_start(none), -1);
		assert_int_equal(ocre_healthcheck_stop(none), -1);
		assert_int_equal(ocre_get_healthcheck_remaining(none), -1);
		assert_int_equal(on_ocre_healthcheck(none), -1);
		assert_int_equal(ocre_healthcheck_expiry(NULL, none), -1);
		assert_int_equal(ocre_healthcheck_set_restart(none, true), -1);
		assert_int_equal(ocre_healthcheck_deinit(none), -1);
	}
	assert_int_equal(ocre_healthcheck_init(&check, -1), -1);
	assert_null(check);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_storage_has_its_parts),	   TEST(directories_above_are_made),
		TEST(what_cannot_be_the_storage),	   TEST(without_ocre_home),
		TEST(files_are_written_and_read),	   TEST(only_the_storage_is_there),
		cmocka_unit_test(sleeping_takes_its_time), cmocka_unit_test(a_watchdog_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
