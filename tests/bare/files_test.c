/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files_test.c - files on the store: what the port's calls do, and what is there after the power
 * was cut at each program and each erase of a container's writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_files.h>

#include "sim_flash.h"

static const struct ocre_flash shape = {
	.size = 12800,
	.erase_size = 256,
	.program_unit = 4,
	.journal_size = 2304,
	.journals = 2,
	.erased = 0xff,
};

/* ---- a device ---- */

static uint64_t machine_now(void)
{
	return 5000;
}

static char printed[64];

static void machine_write(const void *data, size_t size)
{
	strncat(printed, data, size);
}

static const struct ocre_machine machine = {.now = machine_now, .write = machine_write};

struct device {
	struct sim_flash sim;
	struct ocre_image_store store;
	struct ocre_pool pool;
	struct ocre_mem mem;
	struct ocre_port_bare bare;
	struct ocre_files files;
	const struct ocre_port_ops *ops;
	_Alignas(16) uint8_t memory[16384];
};

static struct device d;

/* The power comes back. */
static void boot(void)
{
	const struct ocre_files_config config = {
		.store = &d.store,
		.mem = &d.mem,
		.quota = 3000,
		.size_max = 1500,
		.open_max = 4,
	};

	assert_int_equal(ocre_image_store_open(&d.store, &d.sim.flash, NULL), OCRE_OK);
	ocre_pool_init(&d.pool, d.memory, sizeof(d.memory));
	ocre_mem_init(&d.mem, ocre_pool_resize, &d.pool, SIZE_MAX);
	ocre_port_bare_init(&d.bare, &machine);
	d.bare.realtime_ns = 1000000;
	ocre_port_files_init(&d.files, &d.bare, &config);
	d.ops = d.bare.port.ops;
}

static int setup(void **state)
{
	(void)state;
	printed[0] = '\0';
	sim_init(&d.sim, &shape, 1);
	sim_power(&d.sim, 0, SIM_NOTHING);
	assert_int_equal(ocre_image_store_format(&d.sim.flash, NULL), OCRE_OK);
	boot();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	/* All that was open is closed: nothing is held. */
	assert_int_equal(d.pool.used, 0);
	sim_deinit(&d.sim);
	return 0;
}

static int32_t root(const char *path)
{
	int32_t fd = -1;

	assert_int_equal(d.ops->open_root(&d.bare, path, &fd), 0);
	return fd;
}

static int open_in(int32_t dir, const char *path, uint32_t flags, int32_t *fd)
{
	return d.ops->open_at(&d.bare, dir, path, flags, fd);
}

#define MAKE	     (OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_TRUNCATE)
#define RDWR	     (OCRE_OPEN_WRITE | OCRE_OPEN_READ)
#define close_fd(fd) d.ops->close(&d.bare, fd)

/* A file of this text, by one container. */
static int put_text(int32_t dir, const char *name, const char *text)
{
	int32_t fd;
	int rc = open_in(dir, name, MAKE, &fd);

	if (rc != 0) {
		return rc;
	}
	assert_int_equal(d.ops->write(&d.bare, fd, text, strlen(text)), strlen(text));
	return close_fd(fd);
}

static void has_text(int32_t dir, const char *name, const char *text)
{
	struct ocre_port_stat st;
	char data[64] = {0};
	int32_t fd;

	assert_int_equal(d.ops->stat_at(&d.bare, dir, name, true, &st), 0);
	assert_int_equal(st.size, strlen(text));
	assert_int_equal(st.type, OCRE_TYPE_REGULAR);
	assert_int_equal(open_in(dir, name, 0, &fd), 0);
	assert_int_equal(d.ops->read(&d.bare, fd, data, sizeof(data) - 1), strlen(text));
	assert_string_equal(data, text);
	assert_int_equal(d.ops->read(&d.bare, fd, data, sizeof(data)), 0);
	assert_int_equal(close_fd(fd), 0);
}

static bool add_name(void *arg, const struct ocre_port_dirent *entry)
{
	char *names = arg;

	strncat(names, entry->name, entry->name_size);
	strcat(names, entry->type == OCRE_TYPE_DIRECTORY ? "/ " : " ");
	return true;
}

static void lists(int32_t dir, const char *wanted)
{
	char names[256] = "";

	assert_int_equal(d.ops->read_dir(&d.bare, dir, 0, add_name, names), 0);
	assert_string_equal(names, wanted);
}

/* ---- what the calls do ---- */

static void contents_are_new_as_a_whole(void **state)
{
	int32_t dir = root("/containers/one");
	struct ocre_image_store_info info;
	int32_t fd, other;
	char data[8] = {0};

	(void)state;
	assert_int_equal(put_text(dir, "a", "old"), 0);
	assert_int_equal(open_in(dir, "a", RDWR | OCRE_OPEN_TRUNCATE, &fd), 0);
	assert_int_equal(d.ops->write(&d.bare, fd, "newer", 5), 5);
	/* Others see it at once, the store does not. */
	assert_int_equal(open_in(dir, "./a", OCRE_OPEN_READ, &other), 0);
	assert_int_equal(d.ops->read(&d.bare, other, data, sizeof(data)), 5);
	assert_string_equal(data, "newer");
	assert_int_equal(ocre_image_store_find(&d.store, OCRE_STORE_FILE, "one/a", &info), OCRE_OK);
	assert_int_equal(info.size, 3);
	assert_int_equal(d.ops->sync(&d.bare, fd, true), 0);
	assert_int_equal(ocre_image_store_find(&d.store, OCRE_STORE_FILE, "one/a", &info), OCRE_OK);
	assert_int_equal(info.size, 5);
	assert_int_equal(info.stamp, 1005000);
	assert_int_equal(close_fd(other), 0);
	assert_int_equal(close_fd(fd), 0);
	/* Nothing was written twice. */
	assert_int_equal(d.store.sequence, info.sequence + 1);
	has_text(dir, "a", "newer");
	assert_int_equal(close_fd(dir), 0);
}

static void reading_and_writing_anywhere(void **state)
{
	const struct ocre_port_ops *ops = d.ops;
	int32_t dir = root("containers//one/");
	char data[32];
	int32_t fd;

	(void)state;
	assert_int_equal(put_text(dir, "a", "0123456789"), 0);
	assert_int_equal(open_in(dir, "a", RDWR, &fd), 0);
	assert_int_equal(ops->seek(&d.bare, fd, -3, OCRE_SEEK_END), 7);
	assert_int_equal(ops->read(&d.bare, fd, data, 2), 2);
	assert_memory_equal(data, "78", 2);
	assert_int_equal(ops->seek(&d.bare, fd, 1, OCRE_SEEK_CUR), 10);
	assert_int_equal(ops->write(&d.bare, fd, "ab", 2), 2);
	assert_int_equal(ops->seek(&d.bare, fd, 0, OCRE_SEEK_CUR), 12);
	assert_int_equal(ops->pwrite(&d.bare, fd, "X", 1, 4), 1);
	assert_int_equal(ops->pread(&d.bare, fd, data, 32, 3), 9);
	assert_memory_equal(data, "3X56789ab", 9);
	/* A hole reads as zero, also where there was something once. */
	assert_int_equal(ops->set_size(&d.bare, fd, 2), 0);
	assert_int_equal(ops->pwrite(&d.bare, fd, "z", 1, 4), 1);
	assert_int_equal(close_fd(fd), 0);
	assert_int_equal(open_in(dir, "a", RDWR | OCRE_OPEN_APPEND, &fd), 0);
	assert_int_equal(ops->write(&d.bare, fd, "end", 3), 3);
	assert_int_equal(ops->set_append(&d.bare, fd, false), 0);
	assert_int_equal(ops->seek(&d.bare, fd, 0, OCRE_SEEK_SET), 0);
	assert_int_equal(ops->write(&d.bare, fd, "A", 1), 1);
	assert_int_equal(ops->pread(&d.bare, fd, data, 32, 0), 8);
	assert_memory_equal(data, "A1\0\0zend", 8);

	assert_int_equal(ops->seek(&d.bare, fd, -1, OCRE_SEEK_SET), -OCRE_ERRNO_INVAL);
	assert_int_equal(ops->seek(&d.bare, fd, INT64_MAX, OCRE_SEEK_CUR), -OCRE_ERRNO_INVAL);
	assert_int_equal(ops->seek(&d.bare, fd, INT64_MIN, OCRE_SEEK_END), -OCRE_ERRNO_INVAL);
	assert_int_equal(ops->seek(&d.bare, fd, 5000, OCRE_SEEK_SET), 5000);
	assert_int_equal(ops->read(&d.bare, fd, data, 1), 0);
	assert_int_equal(ops->write(&d.bare, fd, "x", 1), -OCRE_ERRNO_FBIG);
	assert_int_equal(ops->pwrite(&d.bare, fd, "x", 1, UINT64_MAX), -OCRE_ERRNO_FBIG);
	assert_int_equal(ops->pwrite(&d.bare, fd, "x", 1, 1499), 1);
	assert_int_equal(ops->set_size(&d.bare, fd, 1501), -OCRE_ERRNO_FBIG);
	assert_int_equal(close_fd(fd), 0);

	assert_int_equal(open_in(dir, "a", OCRE_OPEN_WRITE | OCRE_OPEN_SYNC, &fd), 0);
	assert_int_equal(ops->read(&d.bare, fd, data, 1), -OCRE_ERRNO_BADF);
	assert_int_equal(ops->set_size(&d.bare, fd, 0), 0);
	assert_int_equal(ops->write(&d.bare, fd, "s", 1), 1);
	assert_int_equal(ocre_image_store_read(&d.store, OCRE_STORE_FILE, "one/a", 0, data, 9), 1);
	assert_int_equal(close_fd(fd), 0);
	assert_int_equal(open_in(dir, "a", OCRE_OPEN_READ, &fd), 0);
	assert_int_equal(ops->write(&d.bare, fd, "x", 1), -OCRE_ERRNO_BADF);
	assert_int_equal(ops->set_size(&d.bare, fd, 0), -OCRE_ERRNO_BADF);
	assert_int_equal(close_fd(fd), 0);
	assert_int_equal(close_fd(dir), 0);
}

static void folders_and_names(void **state)
{
	static char longest[OCRE_STORE_NAME + 1];
	int32_t all = root("/containers");
	int32_t one = root("/containers/one");
	int32_t two = -1;
	int32_t fd;

	(void)state;
	assert_int_equal(d.ops->make_dir_at(&d.bare, all, "two"), 0);
	assert_int_equal(open_in(all, "two", OCRE_OPEN_DIRECTORY, &two), 0);
	lists(two, "./ ../ ");
	assert_int_equal(put_text(two, "x", "in two"), 0);
	assert_int_equal(d.ops->make_dir_at(&d.bare, all, "two"), -OCRE_ERRNO_EXIST);
	assert_int_equal(put_text(one, "x", "in one"), 0);
	assert_int_equal(put_text(one, "y.txt", "why"), 0);
	has_text(one, "x", "in one");
	has_text(two, "x", "in two");
	lists(one, "./ ../ x y.txt ");
	lists(two, "./ ../ x ");
	lists(all, "./ ../ two/ one/ ");
	/* What is made is there at once; and gone when it never came into the store. */
	assert_int_equal(open_in(one, "z", MAKE, &fd), 0);
	lists(one, "./ ../ x y.txt z ");
	assert_int_equal(d.ops->unlink_at(&d.bare, one, "z"), -OCRE_ERRNO_BUSY);
	assert_int_equal(close_fd(fd), 0);
	has_text(one, "z", "");
	assert_int_equal(open_in(one, "z", MAKE | OCRE_OPEN_EXCLUSIVE, &fd), -OCRE_ERRNO_EXIST);
	assert_int_equal(d.ops->unlink_at(&d.bare, one, "z"), 0);
	assert_int_equal(d.ops->unlink_at(&d.bare, one, "z"), -OCRE_ERRNO_NOENT);

	/* No way out, and nothing below files. */
	assert_int_equal(open_in(one, "../two/x", 0, &fd), -OCRE_ERRNO_NOTCAPABLE);
	assert_int_equal(open_in(one, "..", 0, &fd), -OCRE_ERRNO_NOTCAPABLE);
	assert_int_equal(open_in(one, "/x", 0, &fd), -OCRE_ERRNO_NOTCAPABLE);
	assert_int_equal(open_in(one, "x/", 0, &fd), -OCRE_ERRNO_NOTDIR);
	assert_int_equal(open_in(one, "x/y", 0, &fd), -OCRE_ERRNO_NOTDIR);
	assert_int_equal(open_in(one, "x", OCRE_OPEN_DIRECTORY, &fd), -OCRE_ERRNO_NOTDIR);
	assert_int_equal(open_in(one, ".", MAKE, &fd), -OCRE_ERRNO_ISDIR);
	assert_int_equal(open_in(one, "w", OCRE_OPEN_WRITE, &fd), -OCRE_ERRNO_NOENT);
	assert_int_equal(open_in(one, ".hidden", 0, &fd), -OCRE_ERRNO_NOENT);
	assert_int_equal(open_in(one, ".hidden", MAKE, &fd), -OCRE_ERRNO_INVAL);
	assert_int_equal(open_in(one, "a b", MAKE, &fd), -OCRE_ERRNO_INVAL);
	assert_int_equal(open_in(99, "x", 0, &fd), -OCRE_ERRNO_BADF);
	memset(longest, 'n', sizeof(longest) - 1);
	assert_int_equal(open_in(one, longest, MAKE, &fd), -OCRE_ERRNO_NAMETOOLONG);
	assert_int_equal(open_in(one, longest + 4, MAKE, &fd), 0);
	assert_int_equal(close_fd(fd), 0);
	assert_int_equal(d.ops->unlink_at(&d.bare, one, longest + 4), 0);
	assert_int_equal(d.ops->make_dir_at(&d.bare, one, "sub"), -OCRE_ERRNO_NOTSUP);
	assert_int_equal(d.ops->make_dir_at(&d.bare, one, "x"), -OCRE_ERRNO_EXIST);
	assert_int_equal(d.ops->make_dir_at(&d.bare, all, "a b"), -OCRE_ERRNO_INVAL);

	assert_int_equal(d.ops->unlink_at(&d.bare, all, "two"), -OCRE_ERRNO_ISDIR);
	assert_int_equal(d.ops->remove_dir_at(&d.bare, all, "two"), -OCRE_ERRNO_NOTEMPTY);
	assert_int_equal(d.ops->remove_dir_at(&d.bare, one, "x"), -OCRE_ERRNO_NOTDIR);
	assert_int_equal(d.ops->unlink_at(&d.bare, two, "x"), 0);
	assert_int_equal(d.ops->remove_dir_at(&d.bare, all, "two"), 0);
	lists(all, "./ ../ one/ ");
	close_fd(two);
	close_fd(one);
	close_fd(all);
}

static bool three_names(void *arg, const struct ocre_port_dirent *entry)
{
	char *names = arg;
	uint64_t *next = (uint64_t *)(void *)(names + 64);

	strncat(names, entry->name, entry->name_size);
	*next = entry->next;
	return strlen(names) % 3 != 0;
}

/* In pieces, with what was told removed in between, as `rm -r` does it: none is left out. */
static void listing_while_removing(void **state)
{
	_Alignas(8) char names[64 + sizeof(uint64_t)] = "";
	int32_t dir = root("/containers/one");
	uint64_t *next = (uint64_t *)(void *)(names + 64);

	(void)state;
	for (char name[2] = "a"; name[0] <= 'i'; name[0]++) {
		assert_int_equal(put_text(dir, name, name), 0);
	}
	*next = 2;
	for (int part = 0; part < 3; part++) {
		assert_int_equal(d.ops->read_dir(&d.bare, dir, *next, three_names, names), 0);
		for (int i = 0; i < 3; i++) {
			char name[2] = {names[part * 3 + i], '\0'};

			assert_int_equal(d.ops->unlink_at(&d.bare, dir, name), 0);
		}
	}
	assert_string_equal(names, "abcdefghi");
	lists(dir, "./ ../ ");
	/* Numbers that were never given out. */
	assert_int_equal(d.ops->read_dir(&d.bare, dir, UINT64_MAX, add_name, names), 0);
	assert_int_equal(d.ops->read_dir(&d.bare, dir, 77, add_name, names), 0);
	assert_string_equal(names, "abcdefghi");
	close_fd(dir);
}

static void renaming(void **state)
{
	int32_t dir = root("/containers/one");
	int32_t other = root("/containers/other");
	int32_t fd;

	(void)state;
	assert_int_equal(put_text(dir, "state", "old"), 0);
	assert_int_equal(put_text(dir, "state.new", "newer"), 0);
	assert_int_equal(open_in(dir, "state", 0, &fd), 0);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state.new", dir, "state"),
			 -OCRE_ERRNO_BUSY);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", dir, "x"), -OCRE_ERRNO_BUSY);
	close_fd(fd);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state.new", dir, "state"), 0);
	has_text(dir, "state", "newer");
	lists(dir, "./ ../ state ");
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", dir, "./state"), 0);
	has_text(dir, "state", "newer");
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "none", dir, "x"), -OCRE_ERRNO_NOENT);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", other, "x"), -OCRE_ERRNO_XDEV);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", dir, ".x"), -OCRE_ERRNO_INVAL);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", dir, "."), -OCRE_ERRNO_ISDIR);
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "state", dir, "../other/x"),
			 -OCRE_ERRNO_NOTCAPABLE);
	lists(dir, "./ ../ state ");
	close_fd(other);
	close_fd(dir);
}

static void limits_hold(void **state)
{
	int32_t dir = root("/containers/one");
	static char large[1400];
	int32_t fds[3], fd, other;

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(put_text(dir, "a", large), 0);
	/* Over the quota with the second: the error is that of close, and there is no such file. */
	assert_int_equal(put_text(dir, "b", large), -OCRE_ERRNO_NOSPC);
	lists(dir, "./ ../ a ");
	assert_true(ocre_image_store_owned(&d.store, "one") <= 3000);
	/* Another container has its own. */
	other = root("/containers/other");
	assert_int_equal(put_text(other, "b", large), 0);
	/* What was there stays when what replaces it does not fit. */
	assert_int_equal(put_text(dir, "c", "small"), 0);
	assert_int_equal(put_text(dir, "c", large), -OCRE_ERRNO_NOSPC);
	has_text(dir, "c", "small");
	/* sync says it too, and it can be made smaller and tried again. */
	assert_int_equal(open_in(dir, "c", MAKE, &fd), 0);
	assert_int_equal(d.ops->write(&d.bare, fd, large, 1399), 1399);
	assert_int_equal(d.ops->sync(&d.bare, fd, false), -OCRE_ERRNO_NOSPC);
	assert_int_equal(d.ops->set_size(&d.bare, fd, 10), 0);
	assert_int_equal(close_fd(fd), 0);
	has_text(dir, "c", "xxxxxxxxxx");

	for (int i = 0; i < 3; i++) {
		assert_int_equal(open_in(dir, "a", 0, &fds[i]), 0);
	}
	assert_int_equal(open_in(dir, "a", 0, &fd), -OCRE_ERRNO_MFILE);
	assert_int_equal(open_in(other, "b", 0, &fd), 0);
	for (int i = 0; i < 3; i++) {
		close_fd(fds[i]);
	}
	close_fd(fd);
	close_fd(other);
	close_fd(dir);
}

/* Who only reads can make a file and empty it, but no image. */
static void made_and_emptied_by_readers(void **state)
{
	static const uint8_t bytes[] = "an image";
	const struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "i.wasm", sizeof(bytes), 0, 0};
	int32_t dir = root("/containers/one");
	int32_t images = root("/images");
	struct ocre_image_store_put put;
	int32_t fd, second;

	(void)state;
	assert_int_equal(open_in(dir, "made", OCRE_OPEN_READ | OCRE_OPEN_CREATE, &fd), 0);
	assert_int_equal(close_fd(fd), 0);
	has_text(dir, "made", "");
	assert_int_equal(put_text(dir, "full", "text"), 0);
	assert_int_equal(open_in(dir, "full", OCRE_OPEN_READ | OCRE_OPEN_TRUNCATE, &fd), 0);
	assert_int_equal(close_fd(fd), 0);
	has_text(dir, "full", "");
	/* Twice at once: it is still one that is listed, and not in the store yet. */
	assert_int_equal(open_in(dir, "new", MAKE, &fd), 0);
	assert_int_equal(open_in(dir, "new", MAKE, &second), 0);
	lists(dir, "./ ../ made full new ");
	close_fd(fd);
	close_fd(second);
	lists(dir, "./ ../ made full new ");

	assert_int_equal(ocre_image_store_put_begin(&d.store, &put, &item, NULL), OCRE_OK);
	assert_int_equal(ocre_image_store_put_add(&put, bytes, sizeof(bytes)), OCRE_OK);
	assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL), OCRE_OK);
	assert_int_equal(open_in(images, "i.wasm", OCRE_OPEN_READ | OCRE_OPEN_TRUNCATE, &fd),
			 -OCRE_ERRNO_ACCES);
	close_fd(images);
	close_fd(dir);
}

/* Names count for the quota: also those that become longer. */
static void long_names_count(void **state)
{
	static const char longest[] = "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
	int32_t dir = root("/containers/one");
	uint32_t count = 0;
	int refused = 0;

	(void)state;
	d.files.config.quota = 800;
	for (char name[] = "a"; put_text(dir, name, "") == 0; name[0]++) {
		count++;
	}
	assert_in_range(count, 5, 20);
	for (char name[] = "a"; name[0] < 'a' + (int)count; name[0]++) {
		char to[sizeof(longest)];
		int rc;

		memcpy(to, longest, sizeof(to));
		to[0] = name[0];
		rc = d.ops->rename_at(&d.bare, dir, name, dir, to);
		assert_true(rc == 0 || rc == -OCRE_ERRNO_NOSPC);
		refused += rc != 0;
	}
	assert_true(refused > 0);
	assert_true(ocre_image_store_owned(&d.store, "one") <= 800);
	/* In place of another one there is room. */
	assert_int_equal(d.ops->rename_at(&d.bare, dir, "g", dir, "f"), 0);
	close_fd(dir);
}

static void without_memory(void **state)
{
	int32_t dir = root("/containers/one");
	int32_t fd;
	int rc;

	(void)state;
	assert_int_equal(put_text(dir, "a", "kept"), 0);
	for (size_t room = 0; room < 2000; room += 16) {
		d.mem.limit = d.mem.used + room;
		rc = open_in(dir, "a", RDWR, &fd);
		if (rc == 0) {
			if (d.ops->pwrite(&d.bare, fd, "K", 1, 500) != 1) {
				rc = -OCRE_ERRNO_NOMEM;
			}
			close_fd(fd);
		}
		if (rc == 0) {
			break;
		}
		assert_int_equal(rc, -OCRE_ERRNO_NOMEM);
		d.mem.limit = SIZE_MAX;
		has_text(dir, "a", "kept");
	}
	assert_int_equal(rc, 0);
	d.mem.limit = SIZE_MAX;
	close_fd(dir);
}

static void images_are_there_in_place(void **state)
{
	static const uint8_t bytes[] = "the bytes of an image, two of them";
	const struct ocre_image_store_item item = {OCRE_STORE_IMAGE, "i.wasm", sizeof(bytes), 0, 0};
	int32_t dir = root("/images");
	struct ocre_port_file file;
	struct ocre_image_store_put put;
	struct ocre_port_stat st;
	int32_t fd;

	(void)state;
	assert_int_equal(ocre_image_store_put_begin(&d.store, &put, &item, NULL), OCRE_OK);
	assert_int_equal(put_text(dir, "no", "x"), -OCRE_ERRNO_ACCES);
	fd = root("/containers/one");
	assert_int_equal(put_text(fd, "busy", "x"), -OCRE_ERRNO_BUSY);
	close_fd(fd);
	assert_int_equal(ocre_image_store_put_add(&put, bytes, sizeof(bytes)), OCRE_OK);
	assert_int_equal(ocre_image_store_put_commit(&put, NULL, NULL), OCRE_OK);
	lists(dir, "./ ../ i.wasm ");
	assert_int_equal(d.ops->stat_at(&d.bare, dir, "i.wasm", true, &st), 0);
	assert_int_equal(st.size, sizeof(bytes));
	assert_int_equal(d.ops->file_load(&d.bare, "//images/i.wasm", false, 9999, &file), 0);
	assert_int_equal(file.bytes.size, sizeof(bytes));
	assert_memory_equal(file.bytes.data, bytes, sizeof(bytes));
	assert_ptr_equal(d.store.holds->bytes.data, file.bytes.data);
	d.ops->file_unload(&d.bare, &file);
	assert_null(d.store.holds);
	assert_int_equal(d.ops->file_load(&d.bare, "/images/i.wasm", false, 10, &file),
			 -OCRE_ERRNO_FBIG);
	assert_int_equal(d.ops->file_load(&d.bare, "/images/no", false, 10, &file),
			 -OCRE_ERRNO_NOENT);
	assert_null(d.store.holds);
	assert_int_equal(open_in(dir, "i.wasm", OCRE_OPEN_WRITE, &fd), -OCRE_ERRNO_ACCES);
	assert_int_equal(d.ops->unlink_at(&d.bare, dir, "i.wasm"), -OCRE_ERRNO_ACCES);
	close_fd(dir);
}

static void the_console_is_still_there(void **state)
{
	struct ocre_port_stat st;

	(void)state;
	assert_int_equal(d.ops->write(&d.bare, 1, "hello", 5), 5);
	assert_string_equal(printed, "hello");
	assert_int_equal(d.ops->stat(&d.bare, 0, &st), 0);
	assert_int_equal(st.type, OCRE_TYPE_CHAR);
	assert_int_equal(d.ops->close(&d.bare, 2), 0);
	assert_int_equal(d.ops->close(&d.bare, 7), -OCRE_ERRNO_BADF);
	assert_int_equal(d.ops->write(&d.bare, 7, "x", 1), -OCRE_ERRNO_BADF);
}

/* ---- power cuts ---- */

enum what {
	REWRITE, /* from nothing, in pieces */
	PATCH,	 /* some bytes in the middle */
	APPEND,
	UNLINK,
	RENAME,	    /* to "renamed" */
	SYNC_TWICE, /* two new contents in one opening */
};

struct step {
	enum what what;
	const char *folder;
	const char *name;
	uint32_t size;
	uint8_t fill;
};

static int write_pieces(int32_t fd, uint32_t size, uint8_t fill)
{
	uint8_t piece[100];

	while (size > 0) {
		uint32_t n = size < sizeof(piece) ? size : (uint32_t)sizeof(piece);

		for (uint32_t i = 0; i < n; i++) {
			piece[i] = (uint8_t)(fill + size - i);
		}
		if (d.ops->write(&d.bare, fd, piece, n) != n) {
			return -1;
		}
		size -= n;
	}
	return 0;
}

static int change(const struct step *step, int32_t dir)
{
	static const uint32_t flags[] = {
		[REWRITE] = MAKE,
		[PATCH] = RDWR | OCRE_OPEN_CREATE,
		[APPEND] = OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_APPEND,
		[SYNC_TWICE] = MAKE,
	};
	int32_t fd;
	int rc;
	int end;

	if (step->what == UNLINK) {
		return d.ops->unlink_at(&d.bare, dir, step->name);
	}
	if (step->what == RENAME) {
		return d.ops->rename_at(&d.bare, dir, step->name, dir, "renamed");
	}
	rc = open_in(dir, step->name, flags[step->what], &fd);
	if (rc != 0) {
		return rc;
	}
	if (step->what == PATCH) {
		d.ops->seek(&d.bare, fd, 20, OCRE_SEEK_SET);
	}
	rc = write_pieces(fd, step->size, step->fill);
	if (rc == 0 && step->what == SYNC_TWICE) {
		rc = d.ops->sync(&d.bare, fd, false);
		if (rc == 0) {
			rc = write_pieces(fd, step->size, step->fill);
		}
	}
	end = close_fd(fd);
	return rc != 0 ? rc : end;
}

static int do_step(const struct step *step)
{
	int32_t dir = root(step->folder);
	int rc = change(step, dir);

	close_fd(dir);
	return rc;
}

/* All that containers can see, as bytes. */
struct seen {
	uint8_t bytes[8192];
	size_t size;
	int32_t dir;
};

static void see(struct seen *seen, const void *data, size_t size)
{
	assert_true(size <= sizeof(seen->bytes) - seen->size);
	memcpy(seen->bytes + seen->size, data, size);
	seen->size += size;
}

static bool see_file(void *arg, const struct ocre_port_dirent *entry)
{
	struct seen *seen = arg;
	char name[OCRE_STORE_NAME + 1] = "";
	uint8_t data[1500];
	int32_t fd;
	int64_t n;

	if (entry->type == OCRE_TYPE_DIRECTORY) {
		return true;
	}
	memcpy(name, entry->name, entry->name_size);
	assert_int_equal(open_in(seen->dir, name, 0, &fd), 0);
	n = d.ops->read(&d.bare, fd, data, sizeof(data));
	assert_true(n >= 0);
	close_fd(fd);
	see(seen, name, sizeof(name));
	see(seen, &n, sizeof(n));
	see(seen, data, (size_t)n);
	return true;
}

static void look(struct seen *seen)
{
	static const char *const folders[] = {"/containers/one", "/containers/two"};
	struct ocre_image_store_space space;

	memset(seen, 0, sizeof(*seen));
	for (size_t i = 0; i < 2; i++) {
		seen->dir = root(folders[i]);
		assert_int_equal(d.ops->read_dir(&d.bare, seen->dir, 0, see_file, seen), 0);
		close_fd(seen->dir);
		see(seen, &i, sizeof(i));
	}
	/* No room is lost. */
	ocre_image_store_space(&d.store, &space);
	see(seen, &space.free, sizeof(space.free));
	see(seen, &space.names_free, sizeof(space.names_free));
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

static void cut_everywhere(void **state)
{
	static const struct step steps[] = {
		{REWRITE, "/containers/one", "small", 40, 1},
		{REWRITE, "/containers/one", "small", 41, 2},
		{PATCH, "/containers/one", "small", 5, 3},
		{APPEND, "/containers/one", "small", 200, 4},
		{REWRITE, "/containers/one", "large", 900, 5},
		{REWRITE, "/containers/two", "small", 0, 6},
		{APPEND, "/containers/two", "log", 300, 7},
		{APPEND, "/containers/two", "log", 300, 8},
		{APPEND, "/containers/two", "log", 300, 9},
		{PATCH, "/containers/one", "large", 100, 10},
		{UNLINK, "/containers/two", "small", 0, 0},
		{REWRITE, "/containers/two", "log", 10, 11},
		{UNLINK, "/containers/one", "large", 0, 0},
		{REWRITE, "/containers/one", "large", 1400, 12},
		{REWRITE, "/containers/one", "large", 1300, 13},
		{REWRITE, "/containers/two", "large", 1400, 14},
		{UNLINK, "/containers/one", "small", 0, 0},
		{REWRITE, "/containers/one", "small", 250, 15},
		{REWRITE, "/containers/one", "small", 251, 16},
		{REWRITE, "/containers/one", "small", 252, 17},
		{RENAME, "/containers/one", "small", 0, 0},
		{REWRITE, "/containers/one", "small", 253, 18},
		{RENAME, "/containers/one", "small", 0, 0},
		{RENAME, "/containers/one", "large", 0, 0},
		{APPEND, "/containers/one", "renamed", 99, 19},
	};
	static struct sim_flash before;
	static struct seen old, new, now;
	uint32_t tried = 0;
	uint32_t undone = 0;

	(void)state;
	sim_init(&before, &shape, 2);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		uint32_t ops;

		boot();
		look(&old);
		sim_copy(&before, &d.sim);
		sim_power(&d.sim, 0, SIM_NOTHING);
		assert_int_equal(do_step(&steps[i]), 0);
		ops = d.sim.ops;
		look(&new);
		for (uint32_t at = 1; at <= ops; at++) {
			for (uint32_t how = 0; how < SIM_CUTS; how++) {
				sim_copy(&d.sim, &before);
				sim_power(&d.sim, 0, SIM_NOTHING);
				boot();
				sim_power(&d.sim, at, (enum sim_cut)how);
				/* Whoever wrote it hears of it, at the latest when closing. */
				assert_true(do_step(&steps[i]) < 0);
				sim_power(&d.sim, 0, SIM_NOTHING);
				boot();
				look(&now);
				tried++;
				if (same(&now, &old)) {
					undone++;
					assert_int_equal(do_step(&steps[i]), 0);
					look(&now);
				}
				if (!same(&now, &new)) {
					fail_msg("step %u cut at %u, way %u", (unsigned int)i,
						 (unsigned int)at, (unsigned int)how);
				}
			}
		}
		sim_copy(&d.sim, &before);
		sim_power(&d.sim, 0, SIM_NOTHING);
		boot();
		assert_int_equal(do_step(&steps[i]), 0);
	}
	printf("%u cuts, %u undone\n", (unsigned int)tried, (unsigned int)undone);
	sim_deinit(&before);
}

/* Between two syncs: either contents were put, none of them in part. */
static void cut_between_syncs(void **state)
{
	static const struct step step = {SYNC_TWICE, "/containers/one", "twice", 60, 1};
	static struct sim_flash before;
	uint32_t seen[3] = {0};
	uint32_t ops;

	(void)state;
	sim_init(&before, &shape, 3);
	sim_copy(&before, &d.sim);
	sim_power(&d.sim, 0, SIM_NOTHING);
	assert_int_equal(do_step(&step), 0);
	ops = d.sim.ops;
	for (uint32_t at = 1; at <= ops; at++) {
		struct ocre_image_store_info info;

		sim_copy(&d.sim, &before);
		sim_power(&d.sim, 0, SIM_NOTHING);
		boot();
		sim_power(&d.sim, at, SIM_PART);
		assert_true(do_step(&step) < 0);
		sim_power(&d.sim, 0, SIM_NOTHING);
		boot();
		if (ocre_image_store_find(&d.store, OCRE_STORE_FILE, "one/twice", &info) !=
		    OCRE_OK) {
			seen[0]++;
		} else {
			assert_int_equal(
				ocre_image_store_verify(&d.store, OCRE_STORE_FILE, "one/twice"),
				OCRE_OK);
			assert_int_equal(info.size, 60);
			seen[1]++;
		}
	}
	assert_true(seen[0] > 0 && seen[1] > 0);
	sim_deinit(&before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(contents_are_new_as_a_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(reading_and_writing_anywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(folders_and_names, setup, teardown),
		cmocka_unit_test_setup_teardown(listing_while_removing, setup, teardown),
		cmocka_unit_test_setup_teardown(renaming, setup, teardown),
		cmocka_unit_test_setup_teardown(limits_hold, setup, teardown),
		cmocka_unit_test_setup_teardown(made_and_emptied_by_readers, setup, teardown),
		cmocka_unit_test_setup_teardown(long_names_count, setup, teardown),
		cmocka_unit_test_setup_teardown(without_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(images_are_there_in_place, setup, teardown),
		cmocka_unit_test_setup_teardown(the_console_is_still_there, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_everywhere, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_between_syncs, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
