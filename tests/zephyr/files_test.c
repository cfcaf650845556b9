/* SPDX-License-Identifier: Apache-2.0 */
/* files_test.c - files.c on the file system of fs.c, which checks the paths that it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ocre/port_zephyr.h>

#define E(name) (-OCRE_ERRNO_##name)

struct world {
	struct ocre_zephyr_heap heap;
	struct ocre_port_zephyr port;
	uint8_t memory[16384];
	int32_t dir; /* /lfs/t */
};

static const struct ocre_port_ops *ops_of(struct world *w)
{
	return w->port.port.ops;
}

static int32_t open_at(struct world *w, const char *path, uint32_t flags)
{
	int32_t fd = -1;
	int rc = ops_of(w)->open_at(&w->port, w->dir, path, flags, &fd);

	assert_true(rc == 0 ? fd >= 3 : rc < 0);
	return rc == 0 ? fd : rc;
}

static int close_fd(struct world *w, int32_t fd)
{
	return ops_of(w)->close(&w->port, fd);
}

static void put(struct world *w, const char *path, const char *text)
{
	int32_t fd = open_at(w, path, OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_TRUNCATE);

	assert_true(fd >= 0);
	assert_int_equal(ops_of(w)->write(&w->port, fd, text, strlen(text)), strlen(text));
	assert_int_equal(close_fd(w, fd), 0);
}

static void expect(struct world *w, const char *path, const char *text)
{
	char data[64] = "";
	int32_t fd = open_at(w, path, OCRE_OPEN_READ);

	assert_true(fd >= 0);
	assert_int_equal(ops_of(w)->read(&w->port, fd, data, sizeof(data) - 1), strlen(text));
	assert_string_equal(data, text);
	assert_int_equal(ops_of(w)->read(&w->port, fd, data, 1), 0);
	assert_int_equal(close_fd(w, fd), 0);
}

static int kind_of(struct world *w, const char *path)
{
	struct ocre_port_stat st;
	int rc = ops_of(w)->stat_at(&w->port, w->dir, path, true, &st);

	return rc == 0 ? (int)st.type : rc;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	int32_t root;

	ocre_zephyr_heap_init(&w->heap, w->memory, sizeof(w->memory));
	ocre_port_zephyr_init(&w->port, &w->heap);
	assert_int_equal(ops_of(w)->open_root(&w->port, "/lfs", &root), 0);
	assert_int_equal(ops_of(w)->make_dir_at(&w->port, root, "t"), 0);
	assert_int_equal(ops_of(w)->make_dir_at(&w->port, root, "t"), E(EXIST));
	assert_int_equal(ops_of(w)->open_at(&w->port, root, "t", OCRE_OPEN_DIRECTORY, &w->dir), 0);
	assert_int_equal(close_fd(w, root), 0);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	int32_t root;

	assert_int_equal(close_fd(w, w->dir), 0);
	assert_int_equal(ops_of(w)->open_root(&w->port, "/lfs/", &root), 0);
	assert_int_equal(ops_of(w)->remove_dir_at(&w->port, root, "t"), 0);
	assert_int_equal(close_fd(w, root), 0);
	assert_int_equal(close_fd(w, root), E(BADF));
	assert_int_equal(w->heap.heap.used, 0);
	free(w);
	return 0;
}

static void bytes(void **state)
{
	struct world *w = *state;
	const struct ocre_port_ops *ops = ops_of(w);
	struct ocre_port_stat st;
	char data[16];
	int32_t fd;

	put(w, "a", "hello");
	expect(w, "a", "hello");
	expect(w, "./x/../a", "hello");
	put(w, "a", "hi");
	expect(w, "a", "hi");

	fd = open_at(w, "a", OCRE_OPEN_READ | OCRE_OPEN_WRITE);
	assert_int_equal(ops->pwrite(&w->port, fd, "abc", 3, 4), 3);
	assert_int_equal(ops->pread(&w->port, fd, data, sizeof(data), 0), 7);
	assert_memory_equal(data, "hi\0\0abc", 7);
	assert_int_equal(ops->seek(&w->port, fd, 0, OCRE_SEEK_CUR), 0);
	assert_int_equal(ops->seek(&w->port, fd, -2, OCRE_SEEK_END), 5);
	assert_int_equal(ops->read(&w->port, fd, data, sizeof(data)), 2);
	assert_int_equal(ops->seek(&w->port, fd, -1, OCRE_SEEK_SET), E(INVAL));
	assert_int_equal(ops->seek(&w->port, fd, -8, OCRE_SEEK_CUR), E(INVAL));
	assert_int_equal(ops->seek(&w->port, fd, INT64_MAX, OCRE_SEEK_CUR), E(INVAL));
	assert_int_equal(ops->set_append(&w->port, fd, true), 0);
	assert_int_equal(ops->seek(&w->port, fd, 0, OCRE_SEEK_SET), 0);
	assert_int_equal(ops->write(&w->port, fd, "!", 1), 1);
	assert_int_equal(ops->set_append(&w->port, fd, false), 0);
	assert_int_equal(ops->stat(&w->port, fd, &st), 0);
	assert_int_equal(st.size, 8);
	assert_int_equal(st.type, OCRE_TYPE_REGULAR);
	assert_int_equal(ops->set_size(&w->port, fd, 3), 0);
	assert_int_equal(ops->allocate(&w->port, fd, 1, 1), 0);
	assert_int_equal(ops->stat(&w->port, fd, &st), 0);
	assert_int_equal(st.size, 3);
	assert_int_equal(ops->allocate(&w->port, fd, 2, 8), 0);
	assert_int_equal(ops->allocate(&w->port, fd, UINT64_MAX, 2), E(FBIG));
	assert_int_equal(ops->set_size(&w->port, fd, UINT64_MAX), E(FBIG));
	assert_int_equal(ops->pread(&w->port, fd, data, 1, UINT64_MAX), E(FBIG));
	assert_int_equal(ops->stat(&w->port, fd, &st), 0);
	assert_int_equal(st.size, 10);
	assert_int_equal(ops->sync(&w->port, fd, false), 0);
	assert_int_equal(ops->advise(&w->port, fd, 0, 0, OCRE_ADVICE_RANDOM), 0);
	assert_int_equal(close_fd(w, fd), 0);

	/* What a descriptor was not opened for. */
	fd = open_at(w, "a", OCRE_OPEN_WRITE);
	assert_int_equal(ops->read(&w->port, fd, data, 1), E(BADF));
	assert_int_equal(close_fd(w, fd), 0);
	fd = open_at(w, "a", 0);
	assert_int_equal(ops->write(&w->port, fd, "x", 1), E(BADF));
	assert_int_equal(ops->set_size(&w->port, fd, 0), E(INVAL));
	assert_int_equal(close_fd(w, fd), 0);
	assert_int_equal(ops->read(&w->port, w->dir, data, 1), E(ISDIR));
	assert_int_equal(ops->pread(&w->port, 77, data, 1, 0), E(BADF));
	assert_int_equal(ops->stat(&w->port, -5, &st), E(BADF));
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "a"), 0);
}

static void names(void **state)
{
	struct world *w = *state;
	const struct ocre_port_ops *ops = ops_of(w);
	static char longest[256];
	int32_t fd;

	/* Out of the directory. */
	assert_int_equal(open_at(w, "..", OCRE_OPEN_DIRECTORY), E(NOTCAPABLE));
	assert_int_equal(open_at(w, "x/../../y", OCRE_OPEN_READ), E(NOTCAPABLE));
	assert_int_equal(open_at(w, "/lfs/t", OCRE_OPEN_READ), E(NOTCAPABLE));
	assert_int_equal(open_at(w, "", OCRE_OPEN_READ), E(NOENT));
	memset(longest, 'n', sizeof(longest) - 1);
	assert_int_equal(open_at(w, longest, OCRE_OPEN_READ), E(NAMETOOLONG));

	/* Flags. */
	assert_int_equal(open_at(w, "f", OCRE_OPEN_READ), E(NOENT));
	assert_int_equal(open_at(w, "f/", OCRE_OPEN_WRITE | OCRE_OPEN_CREATE), E(NOENT));
	put(w, "f", "1");
	assert_int_equal(open_at(w, "f", OCRE_OPEN_WRITE | OCRE_OPEN_CREATE | OCRE_OPEN_EXCLUSIVE),
			 E(EXIST));
	assert_int_equal(open_at(w, "f", OCRE_OPEN_DIRECTORY), E(NOTDIR));
	assert_int_equal(open_at(w, "f/", OCRE_OPEN_READ), E(NOTDIR));
	assert_int_equal(open_at(w, "f/.", OCRE_OPEN_READ), E(NOTDIR));
	assert_int_equal(ops->make_dir_at(&w->port, w->dir, "d"), 0);
	assert_int_equal(open_at(w, "d", OCRE_OPEN_WRITE), E(ISDIR));
	put(w, "d/g", "2");
	assert_int_equal(kind_of(w, "d"), OCRE_TYPE_DIRECTORY);
	assert_int_equal(kind_of(w, "d/"), OCRE_TYPE_DIRECTORY);
	assert_int_equal(kind_of(w, "."), OCRE_TYPE_DIRECTORY);
	assert_int_equal(kind_of(w, "d/g"), OCRE_TYPE_REGULAR);
	fd = open_at(w, "f", OCRE_OPEN_READ);
	assert_int_equal(ops->open_at(&w->port, fd, "x", OCRE_OPEN_READ, &fd), E(NOTDIR));

	/* What is open stays where it is; beneath an open directory as well. */
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "f"), E(BUSY));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "f", w->dir, "h"), E(BUSY));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d/g", w->dir, "f"), E(BUSY));
	assert_int_equal(close_fd(w, fd), 0);
	fd = open_at(w, "d/g", OCRE_OPEN_READ);
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d", w->dir, "e"), E(BUSY));
	assert_int_equal(close_fd(w, fd), 0);

	/* Removing and renaming. */
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "d"), E(ISDIR));
	assert_int_equal(ops->remove_dir_at(&w->port, w->dir, "f"), E(NOTDIR));
	assert_int_equal(ops->remove_dir_at(&w->port, w->dir, "d"), E(NOTEMPTY));
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "none"), E(NOENT));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d", w->dir, "d/in/it"), E(INVAL));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d", w->dir, "f"), E(NOTDIR));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "f", w->dir, "d"), E(ISDIR));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "f", w->dir, "new/"), E(NOTDIR));
	assert_int_equal(ops->rename_at(&w->port, w->dir, "f", w->dir, "./f"), 0);
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d/g", w->dir, "f"), 0);
	expect(w, "f", "2");
	assert_int_equal(ops->rename_at(&w->port, w->dir, "d", w->dir, "dd"), 0);
	assert_int_equal(kind_of(w, "d"), E(NOENT));
	assert_int_equal(ops->remove_dir_at(&w->port, w->dir, "dd"), 0);
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "f"), 0);
}

struct seen {
	char names[64];
	uint64_t next;
	int most;
};

static bool see(void *arg, const struct ocre_port_dirent *entry)
{
	struct seen *seen = arg;

	strncat(seen->names, entry->name, entry->name_size);
	strcat(seen->names, entry->type == OCRE_TYPE_DIRECTORY ? "/ " : " ");
	seen->next = entry->next;
	return --seen->most > 0;
}

static void listing(void **state)
{
	struct world *w = *state;
	const struct ocre_port_ops *ops = ops_of(w);
	struct seen seen = {.most = 100};
	struct ocre_port_stat st;
	char all[64];
	int32_t fd;

	put(w, "a", "");
	assert_int_equal(ops->make_dir_at(&w->port, w->dir, "b"), 0);
	assert_int_equal(ops->read_dir(&w->port, w->dir, 0, see, &seen), 0);
	assert_true(strcmp(seen.names, "./ ../ a b/ ") == 0 ||
		    strcmp(seen.names, "./ ../ b/ a ") == 0);
	strcpy(all, seen.names);
	/* One at a time, each from where the last one ended. */
	seen.names[0] = '\0';
	seen.next = 0;
	do {
		seen.most = 1;
		assert_int_equal(ops->read_dir(&w->port, w->dir, seen.next, see, &seen), 0);
	} while (seen.most == 0);
	assert_string_equal(seen.names, all);
	assert_int_equal(ops->read_dir(&w->port, w->dir, UINT64_MAX, see, &seen), 0);
	fd = open_at(w, "a", OCRE_OPEN_READ);
	assert_int_equal(ops->read_dir(&w->port, fd, 0, see, &seen), E(NOTDIR));
	assert_int_equal(close_fd(w, fd), 0);
	assert_int_equal(ops->stat(&w->port, w->dir, &st), 0);
	assert_int_equal(st.type, OCRE_TYPE_DIRECTORY);
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "a"), 0);
	assert_int_equal(ops->remove_dir_at(&w->port, w->dir, "b"), 0);
}

static void whole_files(void **state)
{
	struct world *w = *state;
	const struct ocre_port_ops *ops = ops_of(w);
	struct ocre_port_file file;
	size_t used = w->heap.heap.used;

	put(w, "image", "bytes");
	put(w, "nothing", "");
	assert_int_equal(ops->file_load(&w->port, "/lfs/t/image", true, 5, &file), 0);
	assert_int_equal(file.bytes.size, 5);
	assert_memory_equal(file.bytes.data, "bytes", 5);
	ops->file_unload(&w->port, &file);
	assert_int_equal(ops->file_load(&w->port, "/lfs/t/nothing", true, 5, &file), 0);
	assert_int_equal(file.bytes.size, 0);
	ops->file_unload(&w->port, &file);
	assert_int_equal(ops->file_load(&w->port, "/lfs/t/image", true, 4, &file), E(FBIG));
	assert_int_equal(ops->file_load(&w->port, "/lfs/t/none", true, 4, &file), E(NOENT));
	assert_int_equal(ops->file_load(&w->port, "/lfs/t", true, 4, &file), E(ISDIR));
	assert_int_equal(w->heap.heap.used, used);
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "image"), 0);
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "nothing"), 0);
}

/* Descriptors run out, memory runs out: an error, and nothing is lost. */
static void limits(void **state)
{
	struct world *w = *state;
	const struct ocre_port_ops *ops = ops_of(w);
	int32_t fds[CONFIG_OCRE_MAX_FILES];
	int32_t root;
	size_t used;
	int n = 0;

	put(w, "a", "");
	while ((fds[n] = open_at(w, "a", OCRE_OPEN_READ)) >= 0) {
		n++;
	}
	assert_int_equal(fds[n], E(MFILE));
	assert_int_equal(n, CONFIG_OCRE_MAX_FILES - 1);
	while (n > 0) {
		assert_int_equal(close_fd(w, fds[--n]), 0);
	}
	used = w->heap.heap.used;
	w->heap.heap.used = sizeof(w->memory) - 4;
	assert_int_equal(open_at(w, "a", OCRE_OPEN_READ), E(NOMEM));
	assert_int_equal(ops->open_root(&w->port, "/lfs/t", &root), E(NOMEM));
	w->heap.heap.used = used;
	assert_int_equal(ops->open_root(&w->port, "/none", &root), E(NOENT));
	assert_int_equal(ops->open_root(&w->port, "relative", &root), E(NOENT));
	assert_int_equal(ops->open_root(&w->port, "/lfs/t/a", &root), E(NOTDIR));
	assert_int_equal(ops->unlink_at(&w->port, w->dir, "a"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
		cmocka_unit_test_setup_teardown(listing, setup, teardown),
		cmocka_unit_test_setup_teardown(whole_files, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
