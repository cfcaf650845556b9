/* SPDX-License-Identifier: Apache-2.0 */
/*
 * posix_test.c - the port to Linux itself: waiting and waking, whole files, error numbers. Its
 * paths are in escape_test.c, its descriptors in wasi_test.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <ocre/engine.h>

#include "fake.h"

#define MS 1000000ull

static uint64_t now(const struct fake *fake)
{
	uint64_t ns = 0;

	assert_int_equal(
		fake->posix.port.ops->clock_now(fake->posix.port.ctx, OCRE_CLOCK_MONOTONIC, &ns),
		0);
	return ns;
}

static int wait_for(struct fake *fake, const struct ocre_park_fd *fds, uint32_t count,
		    uint64_t deadline)
{
	return fake->posix.port.ops->wait(fake->posix.port.ctx, fds, count, deadline, NULL);
}

static void test_deadlines(void **state)
{
	struct fake *fake = (struct fake *)*state;
	uint64_t start = now(fake);

	assert_int_equal(wait_for(fake, NULL, 0, start + 20 * MS), 0);
	assert_true(now(fake) >= start + 20 * MS);
	/* What is over already does not wait. */
	start = now(fake);
	assert_int_equal(wait_for(fake, NULL, 0, 0), 0);
	assert_int_equal(wait_for(fake, NULL, 0, start), 0);
	assert_true(now(fake) < start + 1000 * MS);
	assert_int_equal(wait_for(fake, NULL, OCRE_PORT_WAIT_FDS + 1, 0), -OCRE_ERRNO_INVAL);
}

static void test_descriptors(void **state)
{
	struct fake *fake = (struct fake *)*state;
	const struct ocre_port *port = &fake->posix.port;
	struct ocre_port_ready ready[2];
	struct ocre_park_fd fds[2];
	uint8_t which[2] = {7, 7};
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	fds[0].fd = ends[0];
	fds[0].events = OCRE_PARK_READ;
	fds[1].fd = ends[1];
	fds[1].events = OCRE_PARK_WRITE;
	assert_int_equal(wait_for(fake, fds, 1, now(fake) + 5 * MS), 0);
	assert_int_equal(wait_for(fake, fds, 2, UINT64_MAX), 1);
	assert_int_equal(port->ops->wait(port->ctx, fds, 2, UINT64_MAX, which), 1);
	assert_int_equal(which[0], 0);
	assert_int_equal(which[1], 1);
	assert_int_equal(port->ops->ready(port->ctx, fds, 2, ready), 0);
	assert_int_equal(ready[0].events, 0);
	assert_int_equal(ready[1].events, OCRE_PARK_WRITE);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	assert_int_equal(wait_for(fake, fds, 1, UINT64_MAX), 1);
	assert_int_equal(port->ops->ready(port->ctx, fds, 1, ready), 0);
	assert_int_equal(ready[0].events, OCRE_PARK_READ);
	assert_int_equal(ready[0].available, 3);
	assert_false(ready[0].hangup);
	close(ends[1]);
	assert_int_equal(port->ops->ready(port->ctx, fds, 2, ready), 0);
	assert_true(ready[0].hangup);
	assert_int_equal(ready[1].error, OCRE_ERRNO_BADF);
	close(ends[0]);
}

static void *wake_soon(void *arg)
{
	struct fake *fake = (struct fake *)arg;

	usleep(20000);
	fake->posix.port.ops->wake(fake->posix.port.ctx);
	return NULL;
}

static void test_wake(void **state)
{
	struct fake *fake = (struct fake *)*state;
	const struct ocre_port *port = &fake->posix.port;
	pthread_t thread;
	int i;

	assert_int_equal(pthread_create(&thread, NULL, wake_soon, fake), 0);
	assert_int_equal(wait_for(fake, NULL, 0, UINT64_MAX), 0);
	pthread_join(thread, NULL);
	/* A wake before the wait counts, once, however often it was called. */
	for (i = 0; i < 100000; i++) {
		port->ops->wake(port->ctx);
	}
	assert_int_equal(wait_for(fake, NULL, 0, UINT64_MAX), 0);
	{
		uint64_t start = now(fake);

		assert_int_equal(wait_for(fake, NULL, 0, start + 10 * MS), 0);
		assert_true(now(fake) >= start + 10 * MS);
	}
}

static void on_alarm(int signal)
{
	(void)signal;
}

/* A signal ends the wait, so that Ctrl-C acts at once. */
static void test_signal(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct sigaction action = {.sa_handler = on_alarm};
	struct sigaction before;
	struct itimerval soon = {.it_value = {.tv_usec = 20000}};

	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	assert_int_equal(wait_for(fake, NULL, 0, UINT64_MAX), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
}

static int load(struct fake *fake, const char *path, bool immutable, size_t limit,
		struct ocre_port_file *out)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/%s", fake->dir, path);
	memset(out, 0, sizeof(*out));
	return fake->posix.port.ops->file_load(fake->posix.port.ctx, name, immutable, limit, out);
}

static void unload(struct fake *fake, struct ocre_port_file *file)
{
	fake->posix.port.ops->file_unload(fake->posix.port.ctx, file);
	assert_null(file->bytes.data);
}

static void test_whole_files(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct ocre_port_file file;
	char name[128];
	int fd;
	int i;

	assert_int_equal(load(fake, "outside/secret", false, SIZE_MAX, &file), 0);
	assert_int_equal(file.bytes.size, 6);
	assert_memory_equal(file.bytes.data, "secret", 6);
	/* Private: what others write to the file now is not seen. */
	host_write(fake, "outside/secret", "SECRET");
	assert_memory_equal(file.bytes.data, "secret", 6);
	unload(fake, &file);
	assert_int_equal(load(fake, "outside/secret", true, SIZE_MAX, &file), 0);
	assert_memory_equal(file.bytes.data, "SECRET", 6);
	unload(fake, &file);
	host_write(fake, "empty", "");
	assert_int_equal(load(fake, "empty", false, SIZE_MAX, &file), 0);
	assert_int_equal(file.bytes.size, 0);
	unload(fake, &file);
	assert_int_equal(load(fake, "empty", true, SIZE_MAX, &file), 0);
	assert_int_equal(file.bytes.size, 0);
	unload(fake, &file);

	snprintf(name, sizeof(name), "%s/large", fake->dir);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	for (i = 0; i < 100000; i++) {
		assert_int_equal(write(fd, &i, 4), 4);
	}
	close(fd);
	assert_int_equal(load(fake, "large", false, 400000, &file), 0);
	assert_int_equal(file.bytes.size, 400000);
	memcpy(&i, file.bytes.data + 399996, 4);
	assert_int_equal(i, 99999);
	unload(fake, &file);
	assert_int_equal(load(fake, "large", false, 399999, &file), -OCRE_ERRNO_FBIG);
	assert_int_equal(load(fake, "large", true, 399999, &file), -OCRE_ERRNO_FBIG);
	assert_int_equal(load(fake, "none", false, SIZE_MAX, &file), -OCRE_ERRNO_NOENT);
	assert_int_equal(load(fake, "box", false, SIZE_MAX, &file), -OCRE_ERRNO_ISDIR);
	assert_int_equal(load(fake, "large/x", false, SIZE_MAX, &file), -OCRE_ERRNO_NOTDIR);
}

static void *write_fifo(void *arg)
{
	int fd = open((const char *)arg, O_WRONLY);
	int i;

	for (i = 0; i < 25000 && fd >= 0; i++) {
		if (write(fd, &i, 4) != 4) {
			break;
		}
	}
	close(fd);
	return NULL;
}

/* A pipe does not tell its size. */
static void test_file_from_pipe(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct ocre_port_file file;
	pthread_t thread;
	char name[128];
	int last;

	snprintf(name, sizeof(name), "%s/fifo", fake->dir);
	assert_int_equal(mkfifo(name, 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, write_fifo, name), 0);
	assert_int_equal(load(fake, "fifo", false, SIZE_MAX, &file), 0);
	pthread_join(thread, NULL);
	assert_int_equal(file.bytes.size, 100000);
	memcpy(&last, file.bytes.data + 99996, 4);
	assert_int_equal(last, 24999);
	unload(fake, &file);
}

/* The walk is chosen when asked for; otherwise what the kernel has. */
static void test_ways(void **state)
{
	struct fake *fake = (struct fake *)*state;
	struct ocre_port_posix posix;

	assert_int_equal(ocre_port_posix_init(&posix, OCRE_PORT_POSIX_WALK), 0);
	assert_false(posix.has_openat2);
	ocre_port_posix_deinit(&posix);
	print_message("openat2: %s\n", fake->posix.has_openat2 ? "yes" : "no, the walk is used");
}

/* Deep enough that the walk gives up, aloud, and wide enough that it leaks nothing. */
static void test_deep(void **state)
{
	struct fake *fake = (struct fake *)*state;
	char path[1024] = "";
	int before;
	int i;

	for (i = 0; i < 300; i++) {
		strcat(path, "d/");
		assert_int_equal(fake_at(fake, "path_create_directory", FD_BOX, path),
				 i <= 256 || fake->posix.has_openat2 ? E_OK : E_NAMETOOLONG);
	}
	before = dup(0);
	close(before);
	for (i = 0; i < 100; i++) {
		assert_int_equal(fake_open(fake, FD_BOX, "d/d/d/d/../../x", 0, 0, R_READ, NULL),
				 E_NOENT);
	}
	i = dup(0);
	close(i);
	assert_int_equal(i, before);
}

/* Whoever gets a kept reservation finds nothing of the one before, however much that one used. */
static void test_memory_pool(void **state)
{
	static const size_t sizes[] = {65536, 128 * 1024, 4 * 1024 * 1024};
	const size_t most = (size_t)16 * 1024 * 1024;
	struct ocre_memory_pool pool;
	struct ocre_memory_ops ops;
	uint8_t *taken[OCRE_MEMORY_POOL_SLOTS + 1];

	(void)state;
	ocre_memory_pool_init(&pool);
	ocre_memory_pool_ops(&pool, &ops);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		uint8_t *first = ops.reserve(ops.ctx, most);
		uint8_t *second;

		assert_non_null(first);
		assert_true(ops.commit(ops.ctx, first, 0, sizes[s] / 2));
		assert_true(ops.commit(ops.ctx, first, sizes[s] / 2, sizes[s]));
		memset(first, 0x55, sizes[s]);
		ops.release(ops.ctx, first, most);
		second = ops.reserve(ops.ctx, most);
		assert_ptr_equal(second, first);
		assert_true(ops.commit(ops.ctx, second, 0, most));
		for (size_t i = 0; i < most; i++) {
			assert_false(second[i] != 0);
		}
		ops.release(ops.ctx, second, most);
	}
	/* More than it keeps; each is another one. */
	for (int i = 0; i <= OCRE_MEMORY_POOL_SLOTS; i++) {
		taken[i] = ops.reserve(ops.ctx, most);
		assert_non_null(taken[i]);
		assert_true(ops.commit(ops.ctx, taken[i], 0, 4096));
		taken[i][0] = (uint8_t)i;
	}
	for (int i = 0; i <= OCRE_MEMORY_POOL_SLOTS; i++) {
		assert_int_equal(taken[i][0], i);
		ops.release(ops.ctx, taken[i], most);
	}
	ocre_memory_pool_deinit(&pool);
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, fake_setup, fake_teardown)
#define WALK(test)                                                                                 \
	{                                                                                          \
#test " with the walk", test, fake_setup_walk, fake_teardown, NULL                 \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(test_deadlines),   ONE(test_descriptors),	 ONE(test_wake), ONE(test_signal),
		ONE(test_whole_files), ONE(test_file_from_pipe), ONE(test_ways), ONE(test_deep),
		WALK(test_deep),       ONE(test_memory_pool),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
