/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wasi_test.c - the functions of preview 1 and snapshot 0, called as a guest calls them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fake.h"

/* ---- arguments, environment, clocks, random bytes, the end ---- */

static void test_args(void **state)
{
	struct fake *fake = (struct fake *)*state;

	assert_int_equal(fake_call(fake, "args_sizes_get", AT_OUT, AT_OUT + 4), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 3);
	assert_int_equal(fake_u32(fake, AT_OUT + 4), 19);
	assert_int_equal(fake_call(fake, "args_get", AT_OUT, AT_DATA), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), AT_DATA);
	assert_int_equal(fake_u32(fake, AT_OUT + 4), AT_DATA + 5);
	assert_int_equal(fake_u32(fake, AT_OUT + 8), AT_DATA + 9);
	assert_memory_equal(fake->memory + AT_DATA, "prog\0one\0two words", 19);
	assert_int_equal(fake_call(fake, "environ_sizes_get", AT_OUT, AT_OUT + 4), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	assert_int_equal(fake_call(fake, "environ_get", AT_OUT, AT_DATA), E_OK);
	assert_memory_equal(fake->memory + AT_DATA, "A=1\0LONG=some value", 20);

	/* Nothing at all, and an empty argument. */
	fake->options.arg_count = 0;
	fake->options.env_count = 0;
	fake_restart(fake);
	assert_int_equal(fake_call(fake, "args_sizes_get", AT_OUT, AT_OUT + 4), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);
	assert_int_equal(fake_u32(fake, AT_OUT + 4), 0);
	assert_int_equal(fake_call(fake, "args_get", FAKE_SIZE, FAKE_SIZE), E_OK);
	assert_int_equal(fake_call(fake, "environ_get", AT_OUT, AT_DATA), E_OK);
}

static void test_clocks(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t id;

	for (id = 0; id < 4; id++) {
		assert_int_equal(fake_call(fake, "clock_res_get", id, AT_OUT), E_OK);
		assert_true(fake_u64(fake, AT_OUT) > 0);
		assert_int_equal(fake_call(fake, "clock_time_get", id, (uint64_t)1, AT_OUT), E_OK);
		assert_true(fake_u64(fake, AT_OUT) > 0);
	}
	assert_int_equal(fake_call(fake, "clock_res_get", 4u, AT_OUT), E_INVAL);
	assert_int_equal(fake_call(fake, "clock_time_get", 99u, (uint64_t)0, AT_OUT), E_INVAL);
}

static void test_random(void **state)
{
	struct fake *fake = (struct fake *)*state;
	static const uint8_t zeros[64];

	assert_int_equal(fake_call(fake, "random_get", FAKE_SIZE - 64, 64u), E_OK);
	assert_memory_not_equal(fake->memory + FAKE_SIZE - 64, zeros, 64);
	assert_int_equal(fake->call.charge, 1);
	assert_int_equal(fake_call(fake, "random_get", FAKE_SIZE - 64, 65u), E_FAULT);
	assert_int_equal(fake_call(fake, "random_get", 0xfffffff0u, 0x20u), E_FAULT);
	assert_int_equal(fake_call(fake, "random_get", FAKE_SIZE, 0u), E_OK);
}

static void test_end(void **state)
{
	struct fake *fake = (struct fake *)*state;

	assert_int_equal(fake_call(fake, "proc_exit", 42u), -2);
	assert_int_equal(fake->call.exit_code, 42);
	assert_int_equal(fake_call(fake, "proc_raise", 6u), -2);
	assert_int_equal(fake->call.exit_code, 134);
	assert_int_equal(fake_call(fake, "proc_raise", 0u), E_OK);
	assert_int_equal(fake_call(fake, "proc_raise", 16u), E_OK);
	assert_int_equal(fake_call(fake, "proc_raise", 18u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "proc_raise", 31u), E_INVAL);
	/* Others get their turn. */
	assert_int_equal(fake_call(fake, "sched_yield"), -1);
	assert_int_equal(fake->park.deadline_ns, 0);
	assert_int_equal(fake_resume(fake), E_OK);
}

/* ---- files ---- */

static uint32_t open_new(struct fake *fake, const char *path, uint64_t rights)
{
	uint32_t fd;

	assert_int_equal(fake_open(fake, FD_BOX, path, NOFOLLOW, O_CREATE_, rights, &fd), E_OK);
	assert_true(fd > FD_RO);
	return fd;
}

static int seek(struct fake *fake, uint32_t fd, int64_t offset, uint32_t whence)
{
	return fake_call(fake, "fd_seek", fd, (uint64_t)offset, whence, AT_OUT);
}

static void test_read_and_write(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_new(fake, "file", R_FILE);
	uint32_t i;

	/* Many small pieces, empty ones among them, and a large one. */
	memcpy(fake->memory + AT_DATA, "hello, world", 12);
	memset(fake->memory + AT_BIG, 'z', 100000);
	fake_iov(fake, 0, AT_DATA, 5);
	fake_iov(fake, 1, 0xffffffff, 0);
	fake_iov(fake, 2, AT_DATA + 5, 2);
	fake_iov(fake, 3, AT_BIG, 100000);
	fake_iov(fake, 4, AT_DATA + 7, 5);
	assert_int_equal(fake_call(fake, "fd_write", fd, AT_IOVS, 5u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 100012);
	assert_int_equal(fake->call.charge, 100012 / 64);
	assert_int_equal(fake_call(fake, "fd_tell", fd, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 100012);

	assert_int_equal(seek(fake, fd, -7, 2), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 100005);
	fake_iov(fake, 0, AT_PATH, 3);
	fake_iov(fake, 1, AT_PATH2, 100);
	assert_int_equal(fake_call(fake, "fd_read", fd, AT_IOVS, 2u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 7);
	assert_memory_equal(fake->memory + AT_PATH, "zzw", 3);
	assert_memory_equal(fake->memory + AT_PATH2, "orld", 4);
	assert_int_equal(fake_call(fake, "fd_read", fd, AT_IOVS, 2u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);

	/* At a position, which does not move the other one. */
	assert_int_equal(fake_call(fake, "fd_pread", fd, AT_IOVS, 2u, (uint64_t)3, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 103);
	assert_memory_equal(fake->memory + AT_PATH, "lo,", 3);
	fake_iov(fake, 0, AT_DATA, 2);
	fake_iov(fake, 1, AT_DATA + 10, 2);
	assert_int_equal(fake_call(fake, "fd_pwrite", fd, AT_IOVS, 2u, (uint64_t)1, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 4);
	assert_int_equal(fake_call(fake, "fd_tell", fd, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 100012);
	fake_iov(fake, 0, AT_PATH, 8);
	assert_int_equal(fake_call(fake, "fd_pread", fd, AT_IOVS, 1u, (uint64_t)0, AT_OUT), E_OK);
	assert_memory_equal(fake->memory + AT_PATH, "hheld, z", 8);
	assert_int_equal(fake_call(fake, "fd_pread", fd, AT_IOVS, 1u, (uint64_t)INT64_MAX, AT_OUT),
			 E_INVAL);

	assert_int_equal(seek(fake, fd, -1, 0), E_INVAL);
	assert_int_equal(seek(fake, fd, 0, 3), E_INVAL);
	assert_int_equal(fake_call(fake, "fd_write", fd, AT_IOVS, 1025u, AT_OUT), E_INVAL);
	for (i = 0; i < 1024; i++) {
		fake_iov(fake, i, AT_BIG + i, 1);
		fake->memory[AT_BIG + i] = (uint8_t)('a' + i % 26);
	}
	assert_int_equal(fake_call(fake, "fd_pwrite", fd, AT_IOVS, 1024u, (uint64_t)0, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1024);
	fake_iov(fake, 0, AT_DATA, 1024);
	assert_int_equal(fake_call(fake, "fd_pread", fd, AT_IOVS, 1u, (uint64_t)0, AT_OUT), E_OK);
	assert_memory_equal(fake->memory + AT_DATA, fake->memory + AT_BIG, 1024);
}

/* A call that moves much lets others run in between, and goes on where it was. */
static void test_long_moves_park(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_new(fake, "file", R_FILE);
	uint32_t i;
	unsigned int parks = 0;
	int rc;

	for (i = 0; i < 40; i++) {
		fake_iov(fake, i, AT_BIG, 0x10001 + i);
	}
	rc = fake_call(fake, "fd_write", fd, AT_IOVS, 40u, AT_OUT);
	while (rc == -1) {
		parks++;
		assert_int_equal(fake->park.fd_count, 0);
		assert_int_equal(fake->call.charge, 0);
		rc = fake_resume(fake);
	}
	assert_int_equal(rc, E_OK);
	assert_in_range(parks, 2, 10);
	assert_int_equal(fake_u32(fake, AT_OUT), 40 * 0x10001 + 39 * 20);
	assert_int_equal(fake->call.charge, (40 * 0x10001 + 39 * 20) / 64);
	assert_int_equal(fake_call(fake, "fd_filestat_get", fd, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT + 32), 40 * 0x10001 + 39 * 20);
}

static void test_status(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_new(fake, "file", R_FILE);
	uint32_t size;
	uint32_t at;

	assert_int_equal(fake_write(fake, fd, "12345"), E_OK);
	assert_int_equal(
		fake_call(fake, "fd_filestat_set_times", fd, (uint64_t)111, (uint64_t)222, 5u),
		E_OK);
	assert_int_equal(fake_call(fake, "fd_filestat_get", fd, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT + 16], 4);
	assert_int_equal(fake_u64(fake, AT_OUT + 24), 1);
	assert_int_equal(fake_u64(fake, AT_OUT + 32), 5);
	assert_int_equal(fake_u64(fake, AT_OUT + 40), 111);
	assert_int_equal(fake_u64(fake, AT_OUT + 48), 222);
	/* Only what was asked for is changed. */
	assert_int_equal(
		fake_call(fake, "fd_filestat_set_times", fd, (uint64_t)7, (uint64_t)333, 4u), E_OK);
	at = fake_path(fake, AT_PATH, "file", &size);
	assert_int_equal(fake_call(fake, "path_filestat_get", FD_BOX, 0u, at, size, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT + 40), 111);
	assert_int_equal(fake_u64(fake, AT_OUT + 48), 333);
	assert_int_equal(fake_call(fake, "path_filestat_get", FD_BOX, 2u, at, size, AT_OUT),
			 E_INVAL);
	assert_int_equal(fake_call(fake, "fd_filestat_set_times", fd, (uint64_t)0, (uint64_t)0, 3u),
			 E_INVAL);
	assert_int_equal(
		fake_call(fake, "fd_filestat_set_times", fd, (uint64_t)0, (uint64_t)0, 16u),
		E_INVAL);
	assert_int_equal(fake_call(fake, "fd_filestat_set_size", fd, (uint64_t)2), E_OK);
	assert_int_equal(fake_call(fake, "fd_filestat_set_size", fd, UINT64_MAX), E_INVAL);
	assert_int_equal(fake_call(fake, "fd_allocate", fd, (uint64_t)0, (uint64_t)0), E_INVAL);
	assert_int_equal(fake_call(fake, "fd_allocate", fd, UINT64_MAX, (uint64_t)2), E_INVAL);
	assert_true(host_contains(fake, "box/file", "12"));
	fd = open_new(fake, "file", R_FILE | (1u << 7) | (1u << 4) | R_DATASYNC);
	assert_int_equal(fake_call(fake, "fd_advise", fd, (uint64_t)0, (uint64_t)9, 3u), E_OK);
	assert_int_equal(fake_call(fake, "fd_advise", fd, (uint64_t)0, (uint64_t)9, 6u), E_INVAL);
	assert_int_equal(fake_call(fake, "fd_advise", fd, (uint64_t)INT64_MAX, (uint64_t)9, 0u),
			 E_INVAL);
	assert_int_equal(fake_call(fake, "fd_sync", fd), E_OK);
	assert_int_equal(fake_call(fake, "fd_datasync", fd), E_OK);
}

static void test_snapshot0(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd;
	uint32_t size;
	uint32_t at;

	fake->module = &ocre_host_wasi_unstable;
	/* All rights there are: it gets those that can be had. */
	at = fake_path(fake, AT_PATH, "file", &size);
	assert_int_equal(fake_call(fake, "path_open", FD_BOX, 0u, at, size, O_CREATE_, UINT64_MAX,
				   UINT64_MAX, 0u, AT_OUT),
			 E_OK);
	fd = fake_u32(fake, AT_OUT);
	assert_int_equal(fake_write(fake, fd, "123456789"), E_OK);
	memset(fake->memory + AT_OUT, 0xee, 64);
	assert_int_equal(fake_call(fake, "fd_filestat_get", fd, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT + 16], 4);
	assert_int_equal(fake_u32(fake, AT_OUT + 20), 1);
	assert_int_equal(fake_u64(fake, AT_OUT + 24), 9);
	assert_int_equal(fake->memory[AT_OUT + 56], 0xee);
	memset(fake->memory + AT_OUT, 0, 64);
	assert_int_equal(fake_call(fake, "path_filestat_get", FD_BOX, 0u, at, size, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT + 24), 9);
	/* cur 0, end 1, set 2 */
	assert_int_equal(seek(fake, fd, 3, 2), E_OK);
	assert_int_equal(seek(fake, fd, 2, 0), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 5);
	assert_int_equal(seek(fake, fd, -1, 1), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 8);
	/* A clock with an identifier before it. */
	memset(fake->memory + AT_DATA, 0, 112);
	ocre_put_u64(fake->memory + AT_DATA, 77);
	ocre_put_u64(fake->memory + AT_DATA + 16, 0x1234567890);
	ocre_put_u32(fake->memory + AT_DATA + 24, 1);
	ocre_put_u64(fake->memory + AT_DATA + 32, 1000);
	ocre_put_u64(fake->memory + AT_DATA + 56, 78);
	fake->memory[AT_DATA + 56 + 8] = 1;
	ocre_put_u32(fake->memory + AT_DATA + 56 + 16, 999);
	assert_int_equal(fake_call(fake, "poll_oneoff", AT_DATA, AT_BIG, 2u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	assert_int_equal(fake_u64(fake, AT_BIG), 78);
	assert_int_equal(ocre_get_u16(fake->memory + AT_BIG + 8), E_BADF);
	assert_int_equal(fake_call(fake, "poll_oneoff", AT_DATA, AT_BIG, 1u, AT_OUT), -1);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u64(fake, AT_BIG), 77);
}

/* ---- the descriptor table ---- */

static void test_rights(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_new(fake, "file", R_READ | R_WRITE | R_SEEK | R_TELL);
	uint32_t dir;

	assert_int_equal(fake_call(fake, "fd_fdstat_get", fd, AT_OUT), E_OK);
	assert_int_equal(fake->memory[AT_OUT], 4);
	assert_int_equal(fake_u64(fake, AT_OUT + 8), R_READ | R_WRITE | R_SEEK | R_TELL);
	assert_int_equal(fake_call(fake, "fd_filestat_set_size", fd, (uint64_t)0), E_NOTCAPABLE);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_rights", fd, R_READ | R_TELL, (uint64_t)0),
			 E_OK);
	assert_int_equal(fake_write(fake, fd, "x"), E_NOTCAPABLE);
	assert_int_equal(seek(fake, fd, 0, 0), E_NOTCAPABLE);
	assert_int_equal(seek(fake, fd, 0, 1), E_OK);
	assert_int_equal(fake_call(fake, "fd_pread", fd, fake_iov(fake, 0, AT_DATA, 1), 1u,
				   (uint64_t)0, AT_OUT),
			 E_NOTCAPABLE);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_rights", fd, R_READ | R_WRITE, (uint64_t)0),
			 E_NOTCAPABLE);
	/* What a directory cannot pass on, it does not. */
	assert_int_equal(fake_open(fake, FD_BOX, ".", 0, O_DIR_, R_READDIR, &dir), E_OK);
	assert_int_equal(fake_open(fake, dir, "file", 0, 0, R_READ, NULL), E_NOTCAPABLE);
	assert_int_equal(fake_open(fake, FD_BOX, "file", 0, 0, 1ull << 40, NULL), E_NOTCAPABLE);
	/* A file is no directory; a directory cannot be read. */
	assert_int_equal(fake_open(fake, fd, "x", 0, 0, R_READ, NULL), E_NOTDIR);
	assert_int_equal(fake_call(fake, "fd_read", dir, AT_IOVS, 1u, AT_OUT), E_NOTCAPABLE);
	assert_int_equal(fake_open(fake, FD_BOX, ".", 0, O_DIR_, R_READ | R_WRITE, NULL), E_ISDIR);
	assert_int_equal(fake_open(fake, FD_BOX, "file", 0, O_DIR_, R_READ, NULL), E_NOTDIR);
	assert_int_equal(fake_open(fake, FD_BOX, "x", 0, O_DIR_ | O_CREATE_, R_READ, NULL),
			 E_INVAL);
	assert_int_equal(fake_open(fake, FD_BOX, "x", 0, 16u, R_READ, NULL), E_INVAL);
	assert_int_equal(fake_open(fake, FD_BOX, "x", 2u, 0, R_READ, NULL), E_INVAL);
	assert_int_equal(fake_open(fake, 99u, "x", 0, 0, R_READ, NULL), E_BADF);
}

static void test_preopens(void **state)
{
	struct fake *fake = (struct fake *)*state;

	assert_int_equal(fake_call(fake, "fd_prestat_get", FD_RO, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);
	assert_int_equal(fake_u32(fake, AT_OUT + 4), 3);
	memset(fake->memory + AT_DATA, '#', 8);
	assert_int_equal(fake_call(fake, "fd_prestat_dir_name", FD_RO, AT_DATA, 8u), E_OK);
	assert_memory_equal(fake->memory + AT_DATA, "/ro#####", 8);
	assert_int_equal(fake_call(fake, "fd_prestat_dir_name", FD_RO, AT_DATA, 2u), E_NAMETOOLONG);
	assert_int_equal(fake_call(fake, "fd_prestat_get", 0u, AT_OUT), E_BADF);
	assert_int_equal(fake_call(fake, "fd_prestat_get", 5u, AT_OUT), E_BADF);
	/* Closed, it is gone, and its number is used again for something that is no preopen. */
	assert_int_equal(fake_call(fake, "fd_close", FD_BOX), E_OK);
	assert_int_equal(fake_call(fake, "fd_close", FD_BOX), E_BADF);
	assert_int_equal(fake_call(fake, "fd_prestat_get", FD_BOX, AT_OUT), E_BADF);
	{
		uint32_t fd;

		assert_int_equal(fake_open(fake, FD_RO, ".", 0, 0, 0, &fd), E_OK);
		assert_int_equal(fd, FD_BOX);
		assert_int_equal(fake_call(fake, "fd_prestat_get", fd, AT_OUT), E_BADF);
	}
}

static void test_renumber(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t a = open_new(fake, "a", R_FILE);
	uint32_t b = open_new(fake, "b", R_FILE);

	assert_int_equal(fake_call(fake, "fd_renumber", a, b), E_OK);
	assert_int_equal(fake_call(fake, "fd_close", a), E_BADF);
	assert_int_equal(fake_write(fake, b, "to a"), E_OK);
	assert_true(host_contains(fake, "box/a", "to a"));
	assert_int_equal(fake_call(fake, "fd_renumber", b, a), E_BADF);
	assert_int_equal(fake_call(fake, "fd_renumber", a, b), E_BADF);
	assert_int_equal(fake_call(fake, "fd_renumber", b, b), E_OK);
	assert_int_equal(fake_write(fake, b, "!"), E_OK);
	/* A preopen moves with its name. */
	assert_int_equal(fake_call(fake, "fd_renumber", FD_RO, b), E_OK);
	assert_int_equal(fake_call(fake, "fd_prestat_get", b, AT_OUT), E_OK);
}

static void test_flags(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd = open_new(fake, "file", R_FILE);

	assert_int_equal(fake_write(fake, fd, "abc"), E_OK);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, F_APPEND), E_OK);
	assert_int_equal(seek(fake, fd, 0, 0), E_OK);
	assert_int_equal(fake_write(fake, fd, "def"), E_OK);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, 0u), E_OK);
	assert_int_equal(seek(fake, fd, 0, 0), E_OK);
	assert_int_equal(fake_write(fake, fd, "X"), E_OK);
	assert_true(host_contains(fake, "box/file", "Xbcdef"));
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, 16u), E_NOTSUP);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, 32u), E_INVAL);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", fd, F_NONBLOCK), E_OK);
	assert_int_equal(fake_call(fake, "fd_fdstat_get", fd, AT_OUT), E_OK);
	assert_int_equal(ocre_get_u16(fake->memory + AT_OUT + 2), F_NONBLOCK);
}

static void test_exhaustion(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t fd;
	uint32_t i;

	fake->options.max_fds = 20;
	fake_restart(fake);
	for (i = 5; i < 20; i++) {
		assert_int_equal(fake_open(fake, FD_BOX, ".", 0, 0, 0, &fd), E_OK);
		assert_int_equal(fd, i);
	}
	assert_int_equal(fake_open(fake, FD_BOX, "new", 0, O_CREATE_, R_WRITE, &fd), E_MFILE);
	assert_false(host_exists(fake, "box/new"));
	assert_int_equal(fake_call(fake, "fd_close", 11u), E_OK);
	assert_int_equal(fake_open(fake, FD_BOX, ".", 0, 0, 0, &fd), E_OK);
	assert_int_equal(fd, 11);
}

/* ---- directories ---- */

static void test_readdir(void **state)
{
	struct fake *fake = (struct fake *)*state;
	char name[32];
	unsigned int seen[300] = {0};
	unsigned int others = 0;
	uint64_t cookie = 0;
	uint32_t size;
	unsigned int i;

	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "box/file-%u", i);
		host_write(fake, name, "");
	}
	/* With a small buffer, from cookie to cookie, as C libraries do. */
	do {
		uint32_t at = AT_DATA;
		uint32_t end;

		assert_int_equal(
			fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 200u, cookie, AT_OUT), E_OK);
		size = fake_u32(fake, AT_OUT);
		end = AT_DATA + size;
		while (end - at >= 24 && end - at - 24 >= fake_u32(fake, at + 16)) {
			uint32_t length = fake_u32(fake, at + 16);
			const char *entry = (const char *)fake->memory + at + 24;

			cookie = fake_u64(fake, at);
			snprintf(name, sizeof(name), "%.*s", (int)length, entry);
			if (sscanf(name, "file-%u", &i) == 1) {
				assert_true(i < 300);
				assert_int_equal(fake->memory[at + 20], 4);
				seen[i]++;
			} else {
				assert_true(strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
				others++;
			}
			at += 24 + length;
		}
	} while (size == 200);
	assert_int_equal(others, 2);
	for (i = 0; i < 300; i++) {
		assert_int_equal(seen[i], 1);
	}
	assert_int_equal(fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 0u, (uint64_t)0, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);
	assert_int_equal(fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 30u, (uint64_t)0, AT_OUT),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 30);
	assert_int_equal(fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 9u, UINT64_MAX, AT_OUT),
			 E_INVAL);
	/* A cookie that was never given out: any answer but a crash. */
	fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 900u, (uint64_t)0x123456789abcdef, AT_OUT);
}

/* ---- what waits: pipes, sockets, time ---- */

/* The ends of a pipe as the guest's standard input and output. */
static void give_pipe(struct fake *fake, int ends[2])
{
	assert_int_equal(pipe(ends), 0);
	fake->options.stdio[0] = ends[0];
	fake->options.stdio[1] = ends[1];
	fake_restart(fake);
}

static void take_pipe(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void test_pipe_reads_park(void **state)
{
	struct fake *fake = (struct fake *)*state;
	int ends[2];

	give_pipe(fake, ends);
	fake_iov(fake, 0, AT_DATA, 2);
	fake_iov(fake, 1, AT_DATA + 2, 100);
	assert_int_equal(fake_call(fake, "fd_read", 0u, AT_IOVS, 2u, AT_OUT), -1);
	assert_int_equal(fake->park.fd_count, 1);
	assert_int_equal(fake->park.fds[0].fd, ends[0]);
	assert_int_equal(fake->park.fds[0].events, OCRE_PARK_READ);
	assert_true(fake->park.deadline_ns == UINT64_MAX);
	/* Continued too early, it parks again. */
	assert_int_equal(fake_resume(fake), -1);
	assert_int_equal(write(ends[1], "hello", 5), 5);
	assert_int_equal(fake_resume(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 5);
	assert_memory_equal(fake->memory + AT_DATA, "hello", 5);
	/* What is there is enough; it does not wait for more. */
	assert_int_equal(write(ends[1], "ab", 2), 2);
	assert_int_equal(fake_call(fake, "fd_read", 0u, AT_IOVS, 2u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", 0u, F_NONBLOCK), E_OK);
	assert_int_equal(fake_call(fake, "fd_read", 0u, AT_IOVS, 2u, AT_OUT), E_AGAIN);
	/* The other side of the pipe has not noticed: nothing was set on it. */
	assert_int_equal(fcntl(ends[0], F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(seek(fake, 0, 0, 1), E_NOTCAPABLE);
	assert_int_equal(fake_write(fake, 0, "x"), E_NOTCAPABLE);
	close(ends[1]);
	assert_int_equal(fake_call(fake, "fd_read", 0u, AT_IOVS, 2u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 0);
	close(ends[0]);
}

/* A write is done when all of it is written, however often it has to wait. */
static void test_pipe_writes_park(void **state)
{
	struct fake *fake = (struct fake *)*state;
	static char got[200000];
	size_t used = 0;
	unsigned int parks = 0;
	uint32_t i;
	int ends[2];
	int rc;

	give_pipe(fake, ends);
	for (i = 0; i < 100000; i++) {
		fake->memory[AT_BIG + i] = (uint8_t)(i % 251);
	}
	fake_iov(fake, 0, AT_BIG, 7);
	fake_iov(fake, 1, AT_BIG + 7, 99993);
	fake_iov(fake, 2, AT_BIG, 100000);
	rc = fake_call(fake, "fd_write", 1u, AT_IOVS, 3u, AT_OUT);
	while (rc == -1) {
		ssize_t n;

		assert_int_equal(fake->park.fds[0].events, OCRE_PARK_WRITE);
		parks++;
		n = read(ends[0], got + used, 5000);
		assert_true(n > 0);
		used += (size_t)n;
		rc = fake_resume(fake);
	}
	assert_int_equal(rc, E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 200000);
	assert_true(parks > 10);
	while (used < sizeof(got)) {
		ssize_t n = read(ends[0], got + used, sizeof(got) - used);

		assert_true(n > 0);
		used += (size_t)n;
	}
	assert_memory_equal(got, fake->memory + AT_BIG, 100000);
	assert_memory_equal(got + 100000, fake->memory + AT_BIG, 100000);
	/* Without waiting, what fits is written, then EAGAIN. */
	assert_int_equal(fake_call(fake, "fd_fdstat_set_flags", 1u, F_NONBLOCK), E_OK);
	assert_int_equal(fake_call(fake, "fd_write", 1u, AT_IOVS, 3u, AT_OUT), E_OK);
	assert_in_range(fake_u32(fake, AT_OUT), 4096, 65536);
	assert_int_equal(fake_call(fake, "fd_write", 1u, AT_IOVS, 3u, AT_OUT), E_AGAIN);
	/* Nobody reads any more. */
	signal(SIGPIPE, SIG_IGN);
	close(ends[0]);
	assert_int_equal(fake_call(fake, "fd_write", 1u, AT_IOVS, 3u, AT_OUT), E_PIPE);
	close(ends[1]);
}

/* Subscription `n`: a clock, or a descriptor. */
static void subscribe_clock(struct fake *fake, uint32_t n, uint32_t clock, uint64_t timeout,
			    uint16_t flags)
{
	uint8_t *at = fake->memory + AT_DATA + (size_t)n * 48;

	memset(at, 0, 48);
	ocre_put_u64(at, 100 + n);
	ocre_put_u32(at + 16, clock);
	ocre_put_u64(at + 24, timeout);
	ocre_put_u16(at + 40, flags);
}

static void subscribe_fd(struct fake *fake, uint32_t n, uint8_t tag, uint32_t fd)
{
	uint8_t *at = fake->memory + AT_DATA + (size_t)n * 48;

	memset(at, 0, 48);
	ocre_put_u64(at, 100 + n);
	at[8] = tag;
	ocre_put_u32(at + 16, fd);
}

static int poll(struct fake *fake, uint32_t count)
{
	memset(fake->memory + AT_BIG, 0xcc, 512);
	return fake_call(fake, "poll_oneoff", AT_DATA, AT_BIG, count, AT_OUT);
}

static void assert_event(const struct fake *fake, uint32_t n, uint32_t from, uint32_t error,
			 uint8_t tag)
{
	const uint8_t *at = fake->memory + AT_BIG + (size_t)n * 32;

	assert_int_equal(ocre_get_u64(at), 100 + from);
	assert_int_equal(ocre_get_u16(at + 8), error);
	assert_int_equal(at[10], tag);
}

static uint64_t now(struct fake *fake, uint32_t clock)
{
	assert_int_equal(fake_call(fake, "clock_time_get", clock, (uint64_t)0, AT_OUT), E_OK);
	return fake_u64(fake, AT_OUT);
}

#define MS 1000000ull

static void test_sleep(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint64_t start = now(fake, 1);

	subscribe_clock(fake, 0, 1, 30 * MS, 0);
	assert_int_equal(poll(fake, 1), -1);
	assert_int_equal(fake->park.fd_count, 0);
	assert_in_range(fake->park.deadline_ns, start + 30 * MS, start + 1000 * MS);
	/* Too early: the same moment still counts, not 30 ms from now. */
	{
		uint64_t deadline = fake->park.deadline_ns;

		usleep(5000);
		assert_int_equal(fake_resume(fake), -1);
		assert_true(fake->park.deadline_ns == deadline);
	}
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	assert_event(fake, 0, 0, E_OK, 0);
	assert_true(now(fake, 1) - start >= 30 * MS);

	/* Absolute, on both clocks; the earliest decides, and only what is due is told. */
	subscribe_clock(fake, 0, 0, now(fake, 0) + 3600000 * MS, 1);
	subscribe_clock(fake, 1, 1, now(fake, 1) + 5 * MS, 1);
	subscribe_clock(fake, 2, 0, now(fake, 0) + 3600000 * MS, 1);
	assert_int_equal(poll(fake, 3), -1);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	assert_event(fake, 0, 1, E_OK, 0);
	subscribe_clock(fake, 0, 0, now(fake, 0) + 5 * MS, 1);
	assert_int_equal(poll(fake, 1), -1);
	assert_int_equal(fake_finish(fake), E_OK);

	/* At once. */
	subscribe_clock(fake, 0, 1, 0, 0);
	assert_int_equal(poll(fake, 1), E_OK);
	subscribe_clock(fake, 0, 0, 1, 1);
	assert_int_equal(poll(fake, 1), E_OK);
	/* For ever, without overflow. */
	subscribe_clock(fake, 0, 1, UINT64_MAX, 0);
	assert_int_equal(poll(fake, 1), -1);
	assert_true(fake->park.deadline_ns == UINT64_MAX);
	/* Clocks that cannot be waited for, and bad requests. */
	subscribe_clock(fake, 0, 2, 1, 0);
	subscribe_clock(fake, 1, 9, 1, 0);
	subscribe_clock(fake, 2, 1, 1, 2);
	assert_int_equal(poll(fake, 3), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 3);
	assert_event(fake, 0, 0, E_NOTSUP, 0);
	assert_event(fake, 1, 1, E_INVAL, 0);
	assert_int_equal(poll(fake, 0), E_INVAL);
	assert_int_equal(poll(fake, 4097), E_INVAL);
	subscribe_fd(fake, 0, 3, 0);
	assert_int_equal(poll(fake, 1), E_INVAL);
}

static void test_poll_fds(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint32_t file;
	uint32_t i;
	int ends[2];

	give_pipe(fake, ends);
	file = open_new(fake, "file", R_FILE);
	assert_int_equal(fake_write(fake, file, "12345"), E_OK);
	assert_int_equal(seek(fake, file, 2, 0), E_OK);
	/* Both wait; then the descriptor is ready, with what can be read. */
	subscribe_clock(fake, 0, 1, 3600000 * MS, 0);
	subscribe_fd(fake, 1, 1, 0);
	assert_int_equal(poll(fake, 2), -1);
	assert_int_equal(fake->park.fd_count, 1);
	assert_int_equal(fake->park.fds[0].fd, ends[0]);
	assert_true(fake->park.deadline_ns != UINT64_MAX);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 1);
	assert_event(fake, 0, 1, E_OK, 1);
	assert_int_equal(fake_u64(fake, AT_BIG + 16), 3);
	/* Files are always ready, bad descriptors are an event; in the order of subscription. */
	subscribe_fd(fake, 0, 2, 1);
	subscribe_fd(fake, 1, 1, 77);
	subscribe_fd(fake, 2, 1, file);
	subscribe_clock(fake, 3, 1, 0, 0);
	subscribe_clock(fake, 4, 1, 3600000 * MS, 0);
	assert_int_equal(poll(fake, 5), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 4);
	assert_event(fake, 0, 0, E_OK, 2);
	assert_event(fake, 1, 1, E_BADF, 1);
	assert_event(fake, 2, 2, E_OK, 1);
	assert_int_equal(fake_u64(fake, AT_BIG + 2 * 32 + 16), 3);
	assert_event(fake, 3, 3, E_OK, 0);
	/* More descriptors than a park can name: it looks again soon. */
	assert_int_equal(read(ends[0], fake->memory + AT_PATH, 3), 3);
	for (i = 0; i < 12; i++) {
		subscribe_fd(fake, i, 1, 0);
	}
	assert_int_equal(poll(fake, 12), -1);
	assert_int_equal(fake->park.fd_count, OCRE_PARK_FDS);
	assert_true(fake->park.deadline_ns != UINT64_MAX);
	/* The other side is gone. */
	close(ends[1]);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 12);
	assert_event(fake, 11, 11, E_OK, 1);
	assert_int_equal(ocre_get_u16(fake->memory + AT_BIG + 24), 1);
	close(ends[0]);
}

/* A FIFO in a directory: opening it must not wait for the other side. */
static void test_fifo(void **state)
{
	struct fake *fake = (struct fake *)*state;
	char name[128];
	uint32_t fd;
	int other;

	snprintf(name, sizeof(name), "%s/box/fifo", fake->dir);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(fake_open(fake, FD_BOX, "fifo", 0, 0, R_READ | R_POLL, &fd), E_OK);
	fake_iov(fake, 0, AT_DATA, 10);
	other = open(name, O_WRONLY | O_NONBLOCK);
	assert_true(other >= 0);
	assert_int_equal(fake_call(fake, "fd_read", fd, AT_IOVS, 1u, AT_OUT), -1);
	assert_int_equal(write(other, "hi", 2), 2);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	close(other);
}

static void test_sockets(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);
	int client = socket(AF_UNIX, SOCK_STREAM, 0);
	int32_t given;
	uint32_t fd;
	int ends[2];

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", fake->dir);
	assert_int_equal(bind(listening, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listening, 1), 0);
	given = listening;
	fake->options.sockets = &given;
	fake->options.socket_count = 1;
	give_pipe(fake, ends);
	assert_int_equal(fake_call(fake, "sock_accept", 5u, 0u, AT_OUT), -1);
	assert_int_equal(fake->park.fds[0].fd, listening);
	assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fake_finish(fake), E_OK);
	fd = fake_u32(fake, AT_OUT);
	assert_int_equal(fd, 6);

	fake_iov(fake, 0, AT_DATA, 3);
	fake_iov(fake, 1, AT_DATA + 3, 3);
	assert_int_equal(fake_call(fake, "sock_recv", fd, AT_IOVS, 2u, 0u, AT_OUT, AT_OUT + 8), -1);
	assert_int_equal(write(client, "abcd", 4), 4);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 4);
	assert_memory_equal(fake->memory + AT_DATA, "abcd", 4);
	/* Looked at, not taken; then all of six bytes in two steps. */
	assert_int_equal(write(client, "xyz", 3), 3);
	assert_int_equal(fake_call(fake, "sock_recv", fd, AT_IOVS, 2u, 1u, AT_OUT, AT_OUT + 8),
			 E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 3);
	assert_int_equal(fake_call(fake, "sock_recv", fd, AT_IOVS, 2u, 2u, AT_OUT, AT_OUT + 8), -1);
	assert_int_equal(write(client, "123", 3), 3);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 6);
	assert_memory_equal(fake->memory + AT_DATA, "xyz123", 6);

	assert_int_equal(fake_call(fake, "sock_send", fd, AT_IOVS, 2u, 0u, AT_OUT), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 6);
	assert_int_equal(read(client, fake->memory + AT_BIG, 10), 6);
	assert_memory_equal(fake->memory + AT_BIG, "xyz123", 6);
	assert_int_equal(fake_write(fake, fd, "also"), E_OK);
	assert_int_equal(fake_call(fake, "sock_send", fd, AT_IOVS, 1u, 1u, AT_OUT), E_INVAL);
	assert_int_equal(fake_call(fake, "sock_recv", fd, AT_IOVS, 1u, 4u, AT_OUT, AT_OUT),
			 E_INVAL);

	assert_int_equal(fake_call(fake, "sock_shutdown", fd, 0u), E_INVAL);
	assert_int_equal(fake_call(fake, "sock_shutdown", fd, 2u), E_OK);
	assert_int_equal(fake_call(fake, "sock_send", fd, AT_IOVS, 1u, 0u, AT_OUT), E_PIPE);
	assert_int_equal(fake_call(fake, "sock_shutdown", 1u, 2u), E_NOTSOCK);
	assert_int_equal(fake_call(fake, "sock_accept", FD_BOX, 0u, AT_OUT), E_NOTSOCK);
	assert_int_equal(fake_call(fake, "sock_recv", 0u, AT_IOVS, 1u, 0u, AT_OUT, AT_OUT),
			 E_NOTSOCK);
	assert_int_equal(fake_call(fake, "sock_accept", fd, 0u, AT_OUT), E_INVAL);
	assert_int_equal(fake_call(fake, "sock_accept", 5u, 1u, AT_OUT), E_INVAL);
	close(client);
	close(listening);
	take_pipe(ends);
}

/* Messages keep their borders. */
static void test_datagrams(void **state)
{
	struct fake *fake = (struct fake *)*state;
	int32_t given;
	int ends[2];
	char got[16];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	given = ends[0];
	fake->options.sockets = &given;
	fake->options.socket_count = 1;
	fake_restart(fake);
	memcpy(fake->memory + AT_DATA, "abcdef", 6);
	fake_iov(fake, 0, AT_DATA, 2);
	fake_iov(fake, 1, AT_DATA + 2, 4);
	assert_int_equal(fake_call(fake, "sock_send", 5u, AT_IOVS, 2u, 0u, AT_OUT), E_OK);
	assert_int_equal(read(ends[1], got, sizeof(got)), 6);
	assert_int_equal(fake_call(fake, "sock_recv", 5u, AT_IOVS, 1u, 0u, AT_OUT, AT_OUT + 4), -1);
	assert_int_equal(write(ends[1], "12345", 5), 5);
	assert_int_equal(fake_finish(fake), E_OK);
	assert_int_equal(fake_u32(fake, AT_OUT), 2);
	assert_int_equal(ocre_get_u16(fake->memory + AT_OUT + 4), 1);
	take_pipe(ends);
}

/* ---- hostile arguments ---- */

/* Every function, with every argument at places where memory ends or numbers wrap. */
static void call_with_everything(struct fake *fake, const struct ocre_host_module *module)
{
	static const uint64_t values[] = {
		0,
		1,
		3,
		4,
		5,
		AT_DATA,
		FAKE_SIZE - 8,
		FAKE_SIZE - 1,
		FAKE_SIZE,
		FAKE_SIZE + 1,
		0x7fffffff,
		0x80000000,
		0xfffffff8,
		0xffffffff,
		UINT64_MAX,
	};
	const size_t count = sizeof(values) / sizeof(values[0]);
	uint64_t random = 88172645463325252ull;
	size_t f;

	for (f = 0; f < module->count; f++) {
		const char *name = module->funcs[f].name;
		unsigned int round;

		for (round = 0; round < 3000; round++) {
			uint64_t a[9];
			unsigned int i;
			const char *sig = module->funcs[f].sig;

			for (i = 0; i < 9; i++) {
				random ^= random << 13;
				random ^= random >> 7;
				random ^= random << 17;
				a[i] = values[(random >> 20) % count];
			}
			fake->func = &module->funcs[f];
			memset(&fake->record, 0, sizeof(fake->record));
			for (i = 0; *sig != ':'; sig++, i++) {
				fake->args[i] = *sig == 'i' ? (uint32_t)a[i] : a[i];
			}
			/* fake_call() fills the rest; this one has no variable arguments. */
			fake->call.resumed = false;
			fake->call.host = fake->wasi;
			if (fake->func->fn(&fake->call) == OCRE_HOST_PARK) {
				assert_true(fake->park.fd_count <= OCRE_PARK_FDS);
			} else if (strcmp(name, "proc_exit") != 0 &&
				   strcmp(name, "proc_raise") != 0) {
				assert_true(fake->call.ret[0] <= 76);
			}
		}
		/* Whatever was closed or moved is back for the next function. */
		fake_restart(fake);
	}
}

static void test_hostile_arguments(void **state)
{
	struct fake *fake = (struct fake *)*state;
	int ends[2];

	give_pipe(fake, ends);
	fake_call(fake, "sched_yield");
	call_with_everything(fake, &ocre_host_wasi_preview1);
	call_with_everything(fake, &ocre_host_wasi_unstable);
	fake->no_memory = true;
	call_with_everything(fake, &ocre_host_wasi_preview1);
	take_pipe(ends);
}

/* Each pointer argument of each function that has one, just beyond the end: EFAULT. */
static void test_faults(void **state)
{
	struct fake *fake = (struct fake *)*state;
	const uint32_t bad = FAKE_SIZE - 1;
	uint32_t fd = open_new(fake, "file", R_FILE);
	uint32_t n;
	uint32_t path = fake_path(fake, AT_PATH, "file", &n);
	const uint64_t z = 0;

	host_write(fake, "box/file", "data");
	fake_iov(fake, 0, AT_DATA, 4);
	assert_int_equal(fake_call(fake, "args_get", AT_OUT, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "args_get", bad, AT_DATA), E_FAULT);
	assert_int_equal(fake_call(fake, "args_sizes_get", bad, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "args_sizes_get", AT_OUT, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "environ_get", AT_OUT, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "environ_sizes_get", AT_OUT, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "clock_res_get", 0u, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "clock_time_get", 0u, z, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_fdstat_get", fd, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_filestat_get", fd, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_prestat_get", FD_BOX, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_prestat_dir_name", FD_RO, bad, 3u), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_pread", fd, bad, 1u, z, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_pread", fd, AT_IOVS, 1u, z, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_pwrite", fd, AT_IOVS, 1u, z, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_read", fd, AT_IOVS, 1u, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_write", fd, AT_IOVS, 1u, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_write", fd, FAKE_SIZE - 16, 3u, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_readdir", FD_BOX, bad, 2u, z, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_readdir", FD_BOX, AT_DATA, 100u, z, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_seek", fd, z, 0u, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_tell", fd, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "path_create_directory", FD_BOX, bad, 2u), E_FAULT);
	assert_int_equal(fake_call(fake, "path_filestat_get", FD_BOX, 0u, bad, 2u, AT_OUT),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_filestat_get", FD_BOX, 0u, path, n, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "path_filestat_set_times", FD_BOX, 0u, bad, 2u, z, z, 0u),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_link", FD_BOX, 0u, bad, 2u, FD_BOX, path, n),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_link", FD_BOX, 0u, path, n, FD_BOX, bad, 2u),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_open", FD_BOX, 0u, bad, 2u, 0u, z, z, 0u, AT_OUT),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_open", FD_BOX, 0u, path, n, 0u, z, z, 0u, bad),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, bad, 2u, AT_DATA, 2u, AT_OUT),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, path, n, bad, 2u, AT_OUT),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_readlink", FD_BOX, path, n, AT_DATA, 2u, bad),
			 E_FAULT);
	assert_int_equal(fake_call(fake, "path_remove_directory", FD_BOX, bad, 2u), E_FAULT);
	assert_int_equal(fake_call(fake, "path_rename", FD_BOX, bad, 2u, FD_BOX, path, n), E_FAULT);
	assert_int_equal(fake_call(fake, "path_rename", FD_BOX, path, n, FD_BOX, bad, 2u), E_FAULT);
	assert_int_equal(fake_call(fake, "path_symlink", bad, 2u, FD_BOX, path, n), E_FAULT);
	assert_int_equal(fake_call(fake, "path_symlink", path, n, FD_BOX, bad, 2u), E_FAULT);
	assert_int_equal(fake_call(fake, "path_unlink_file", FD_BOX, bad, 2u), E_FAULT);
	subscribe_clock(fake, 0, 1, 0, 0);
	assert_int_equal(fake_call(fake, "poll_oneoff", bad, AT_BIG, 1u, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "poll_oneoff", AT_DATA, bad, 1u, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "poll_oneoff", AT_DATA, AT_BIG, 1u, bad), E_FAULT);
	assert_int_equal(fake_call(fake, "random_get", bad, 2u), E_FAULT);
	/* A buffer that ends outside, behind one that is good: nothing is moved. */
	fake_iov(fake, 1, bad, 2);
	assert_int_equal(fake_call(fake, "fd_write", fd, AT_IOVS, 2u, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_read", fd, AT_IOVS, 2u, AT_OUT), E_FAULT);
	assert_int_equal(fake_call(fake, "fd_tell", fd, AT_OUT), E_OK);
	assert_int_equal(fake_u64(fake, AT_OUT), 0);
	assert_true(host_contains(fake, "box/file", "data"));
}

/* ---- memory that runs out ---- */

static int descriptors_open(void)
{
	int count = 0;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		count += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
	}
	return count;
}

static void test_no_memory(void **state)
{
	struct fake *fake = (struct fake *)*state;
	unsigned int allowed;
	int before;
	int rc = OCRE_E_NOMEM;

	ocre_wasi_destroy(fake->wasi);
	fake->wasi = NULL;
	before = descriptors_open();
	for (allowed = 0; rc != OCRE_OK; allowed++) {
		struct ocre_diag diag = {0};

		assert_true(allowed < 50);
		fake->allocate = allowed;
		rc = ocre_wasi_create(&fake->options, &fake->wasi, &diag);
		if (rc != OCRE_OK) {
			assert_int_equal(rc, OCRE_E_NOMEM);
			assert_int_equal(diag.status, OCRE_E_NOMEM);
			assert_null(fake->wasi);
			assert_int_equal(fake->held, 0);
			assert_int_equal(descriptors_open(), before);
		}
	}
	assert_true(allowed > 4);
	/* Calls that need some: ENOMEM, nothing held, nothing done. */
	fake->allocate = 0;
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, "new"), E_NOMEM);
	assert_int_equal(fake_open(fake, FD_BOX, "new", 0, O_CREATE_, R_READ, NULL), E_NOMEM);
	fake->allocate = 1;
	{
		uint32_t n;
		uint32_t at = fake_path(fake, AT_PATH, "new", &n);

		assert_int_equal(fake_call(fake, "path_symlink", at, n, FD_BOX, at, n), E_NOMEM);
		fake->allocate = 1;
		assert_int_equal(fake_call(fake, "path_rename", FD_BOX, at, n, FD_BOX, at, n),
				 E_NOMEM);
		fake->allocate = 1;
		assert_int_equal(fake_call(fake, "path_link", FD_BOX, 0u, at, n, FD_BOX, at, n),
				 E_NOMEM);
	}
	assert_false(host_exists(fake, "box/new"));
	fake->allocate = UINT32_MAX;
	assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, "new"), E_OK);
}

static void test_bad_options(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct ocre_wasi *wasi = NULL;
	struct ocre_diag diag = {0};

	fake->preopens[1].host_path = "/nowhere/at/all";
	assert_int_equal(ocre_wasi_create(&fake->options, &wasi, &diag), OCRE_E_NOTFOUND);
	assert_string_equal(diag.text, "directory /nowhere/at/all: there is no such directory");
	memset(&diag, 0, sizeof(diag));
	fake->preopens[1].host_path = "/dev/null";
	assert_int_equal(ocre_wasi_create(&fake->options, &wasi, &diag), OCRE_E_NOTFOUND);
	assert_string_equal(diag.text, "directory /dev/null: it is not a directory");
	fake->preopens[1].host_path = fake->box;
	fake->options.max_fds = 4;
	assert_int_equal(ocre_wasi_create(&fake->options, &wasi, NULL), OCRE_E_LIMIT);
	fake->options.max_fds = 0;
	fake->options.stdio[2] = 9999;
	assert_int_equal(ocre_wasi_create(&fake->options, &wasi, NULL), OCRE_E_IO);
	fake->options.stdio[2] = -1;
	assert_null(wasi);
}

/* Lent descriptors are still open when the guest has closed them. */
static void test_lent(void **state)
{
	struct fake *fake = (struct fake *)*state;
	int ends[2];
	uint32_t fd;

	give_pipe(fake, ends);
	assert_int_equal(fake_call(fake, "fd_close", 0u), E_OK);
	assert_int_equal(fake_call(fake, "fd_close", 0u), E_BADF);
	assert_int_equal(fake_call(fake, "fd_close", 2u), E_BADF);
	/* A file does not become the standard input, or error. */
	assert_int_equal(fake_open(fake, FD_BOX, ".", 0, 0, 0, &fd), E_OK);
	assert_true(fd > 2);
	assert_true(fcntl(ends[0], F_GETFD) >= 0);
	fake->options.stdio[0] = -1;
	fake->options.stdio[1] = -1;
	fake_restart(fake);
	assert_true(fcntl(ends[1], F_GETFD) >= 0);
	take_pipe(ends);
	/* A directory as standard input is no way to its files. */
	fake->options.stdio[0] = open(fake->dir, O_RDONLY | O_DIRECTORY);
	fake_restart(fake);
	assert_int_equal(fake_open(fake, 0, "outside/secret", 0, 0, R_READ, NULL), E_NOTCAPABLE);
	assert_int_equal(fake_call(fake, "fd_readdir", 0u, AT_DATA, 99u, (uint64_t)0, AT_OUT),
			 E_NOTCAPABLE);
	close(fake->options.stdio[0]);
	fake->options.stdio[0] = -1;
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(test_args),
		ONE(test_clocks),
		ONE(test_random),
		ONE(test_end),
		ONE(test_read_and_write),
		ONE(test_long_moves_park),
		ONE(test_status),
		ONE(test_snapshot0),
		ONE(test_rights),
		ONE(test_preopens),
		ONE(test_renumber),
		ONE(test_flags),
		ONE(test_exhaustion),
		ONE(test_readdir),
		ONE(test_pipe_reads_park),
		ONE(test_pipe_writes_park),
		ONE(test_sleep),
		ONE(test_poll_fds),
		ONE(test_fifo),
		ONE(test_sockets),
		ONE(test_datagrams),
		ONE(test_hostile_arguments),
		ONE(test_faults),
		ONE(test_no_memory),
		ONE(test_bad_options),
		ONE(test_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
