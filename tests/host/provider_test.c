/* SPDX-License-Identifier: Apache-2.0 */
/* provider_test.c - what of a container's settings and grants its guest sees through WASI. */
#define _GNU_SOURCE
#include <fcntl.h>
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

#define E_BADF	     8
#define E_ROFS	     69
#define E_NOTCAPABLE 76

struct one {
	struct world world;
	struct ocre_port_posix posix;
	struct guest guest;
	struct ocre_mount mounts[2];
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

static int teardown(void **state)
{
	struct one *one = (struct one *)*state;

	guest_end(&one->guest);
	world_close(&one->world);
	ocre_port_posix_deinit(&one->posix);
	unlink(one->file);
	rmdir(one->dir);
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
		TEST(test_without_grants),	TEST(test_env_grants),
		TEST(test_file_grants),		TEST(test_file_grant_missing),
		TEST(test_log_alone),		TEST(test_log_and_descriptor),
		TEST(test_sockets_need_grants), TEST(test_failures),
#undef TEST
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
