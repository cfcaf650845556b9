/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile.c - the guests of isolation_test.c: some mind their own business, the others look for
 * what is theirs. The entry function is what one does; it ends with 0, or with the number of the
 * line where it was not as it should be. Its bytes are in hostile_wasm.h:
 *
 *   clang-19 --target=wasm32 -O1 -fno-builtin -nostdlib -Wl,--no-entry,--strip-all
 *     -Wl,--max-memory=4194304
 */
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name)))
#define EXPORT(name)	     __attribute__((export_name(name)))
#define WASI(name)	     IMPORT("wasi_snapshot_preview1", name)

IMPORT("env", "ocre_sleep") int ocre_sleep(int ms);
IMPORT("env", "ocre_wait_event")
int wait_event(int ms, int *type, int *id, int *port, int *state, int *extra, int *length);
IMPORT("env", "ocre_messaging_free_module_event_data") int give_back(int, int, int);
IMPORT("env", "ocre_timer_create") int timer_create(int id);
IMPORT("env", "ocre_timer_start") int timer_start(int id, int ms, int periodic);
IMPORT("env", "ocre_timer_stop") int timer_stop(int id);
IMPORT("env", "ocre_timer_delete") int timer_delete(int id);
IMPORT("env", "ocre_timer_get_remaining") int timer_get_remaining(int id);
IMPORT("env", "ocre_publish_message")
int publish(const char *topic, const char *type, const void *payload, int size);
IMPORT("env", "ocre_subscribe_message") int subscribe(const char *filter);
IMPORT("env", "one") int one(void);
IMPORT("env", "two") int two(void);

WASI("proc_exit") void leave(int code);
WASI("fd_prestat_get") int prestat_get(int fd, void *out);
WASI("fd_prestat_dir_name") int prestat_dir_name(int fd, char *out, int size);
WASI("fd_readdir") int readdir(int fd, void *out, int size, long long cookie, int *used);
WASI("fd_write") int write_fd(int fd, const void *iovs, int count, int *written);
WASI("path_open")
int path_open(int fd, int lookup, const char *path, int size, int oflags, long long rights,
	      long long inheriting, int flags, int *out);
WASI("path_symlink")
int path_symlink(const char *target, int target_size, int fd, const char *path, int size);
WASI("path_rename")
int path_rename(int fd, const char *path, int size, int to, const char *new_path, int new_size);
WASI("path_link")
int path_link(int fd, int lookup, const char *path, int size, int to, const char *new_path,
	      int new_size);
WASI("path_unlink_file") int path_unlink(int fd, const char *path, int size);
WASI("sock_addr_resolve")
int resolve(const char *host, const char *service, const void *hints, void *out, int room,
	    int *count);

#define EXPECT(good)                                                                               \
	do {                                                                                       \
		if (!(good)) {                                                                     \
			leave(__LINE__);                                                           \
		}                                                                                  \
	} while (0)

#define PERM	   (-1)
#define INVAL	   (-22)
#define TIMEDOUT   (-110)
#define BADF	   8
#define NOENT	   44
#define ROFS	   69
#define NOTCAPABLE 76

struct event {
	int type, id, port, state, extra, length;
};

static struct event got;

static int next(int ms)
{
	return wait_event(ms, &got.type, &got.id, &got.port, &got.state, &got.extra, &got.length);
}

static int length(const char *text)
{
	int n = 0;

	while (text[n] != '\0') {
		n++;
	}
	return n;
}

static int same(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

/* ---- timers ---- */

EXPORT("keeps_time") void keeps_time(void)
{
	EXPECT(timer_create(1) == 0 && timer_create(2) == 0);
	EXPECT(timer_start(1, 5, 1) == 0 && timer_start(2, 60000, 0) == 0);
	for (int n = 0; n < 30; n++) {
		EXPECT(next(5000) == 0 && got.type == 0 && got.id == 1);
	}
	EXPECT(timer_get_remaining(2) > 50000);
	leave(0);
}

EXPORT("pries_timers") void pries_timers(void)
{
	for (int round = 0; round < 50; round++) {
		for (int id = -2; id < 20; id++) {
			EXPECT(timer_get_remaining(id) == INVAL);
			EXPECT(timer_start(id, 1, 1) == INVAL);
			EXPECT(timer_stop(id) == INVAL);
			EXPECT(timer_delete(id) == INVAL);
		}
		EXPECT(timer_stop(0x7fffffff) == INVAL);
		EXPECT(next(1) == TIMEDOUT);
	}
	leave(0);
}

/* ---- messages ---- */

EXPORT("tells") void tells(void)
{
	EXPECT(subscribe("secret/") == 0 && subscribe("mineral") == 0);
	while (publish("mine/first", "t", "1", 1) != 0) {
		ocre_sleep(1);
	}
	for (int n = 1; n <= 50; n++) {
		EXPECT(publish(n % 2 != 0 ? "secret/key" : "mineral", "t", "key", 3) == 0);
		EXPECT(next(5000) == 0 && got.type == 3 && got.id == n && got.length == 3);
		EXPECT(give_back(got.port, got.state, got.extra) == 0);
	}
	EXPECT(publish("mine/last", "t", "2", 1) == 0);
	leave(0);
}

/* May hear and say mine/# only. */
EXPORT("eavesdrops") void eavesdrops(void)
{
	static const char *const filters[] = {
		"secret", "secret/", "secret/key", "s", "#",	 "+", "+/key",
		"+/+",	  "/",	     "mineral",	   "m", "mine#", "*",
	};

	for (unsigned int n = 0; n < sizeof(filters) / sizeof(filters[0]); n++) {
		EXPECT(subscribe(filters[n]) == PERM);
	}
	EXPECT(subscribe("") == INVAL);
	EXPECT(publish("secret/key", "t", "x", 1) == PERM);
	EXPECT(publish("mineral", "t", "x", 1) == PERM);
	/* As a beginning this fits `mineral` too. */
	EXPECT(subscribe("mine") == 0);
	EXPECT(next(10000) == 0 && got.type == 3 && got.id == 1);
	EXPECT(same((const char *)got.port, "mine/first"));
	/* Addresses that were never handed out are not given back. */
	EXPECT(give_back(0, 0, 0) == INVAL && give_back(got.port + 1, got.state, got.extra) < 0);
	EXPECT(next(10000) == 0 && got.type == 3 && got.id == 2);
	EXPECT(same((const char *)got.port, "mine/last"));
	EXPECT(next(20) == TIMEDOUT);
	leave(0);
}

/* ---- files ---- */

static int open_at(int fd, const char *path, int create, int writing)
{
	int out;

	return path_open(fd, 1, path, length(path), create, writing ? 1 << 6 : 1 << 1, 0, 0, &out);
}

static int named(int fd, const char *name)
{
	static char text[64];
	int size[2];

	if (prestat_get(fd, size) != 0 || size[1] >= 64) {
		return 0;
	}
	text[size[1]] = '\0';
	return prestat_dir_name(fd, text, 64) == 0 && same(text, name);
}

EXPORT("stores") void stores(void)
{
	EXPECT(named(3, "/"));
	EXPECT(open_at(3, "secret", 1, 1) == 0);
	leave(0);
}

EXPORT("searches") void searches(void)
{
	static const char *const paths[] = {
		"../owner/secret", "..",
		"../owner",	   "../../containers/owner/secret",
		"./../owner",	   "/owner/secret",
		"link/secret",	   "link",
	};
	static char list[512];
	int used = 0;
	int entries = 0;
	int number[2];

	EXPECT(named(3, "/"));
	EXPECT(prestat_get(4, number) == BADF);
	EXPECT(open_at(3, "secret", 0, 0) == NOENT);
	/* Nothing but itself is in it: entries of 24 bytes and a name. */
	EXPECT(readdir(3, list, sizeof(list), 0, &used) == 0);
	for (int at = 0; at + 24 <= used; entries++) {
		int size = *(const int *)(const void *)(list + at + 16);

		EXPECT(list[at + 24] == '.' && size <= 2);
		at += 24 + size;
	}
	EXPECT(entries == 2);
	EXPECT(path_symlink("../owner", 8, 3, "link", 4) == 0);
	for (unsigned int n = 0; n < sizeof(paths) / sizeof(paths[0]); n++) {
		EXPECT(open_at(3, paths[n], 0, 0) == NOTCAPABLE);
		EXPECT(open_at(3, paths[n], 1, 1) == NOTCAPABLE);
	}
	EXPECT(path_link(3, 0, "../owner/secret", 15, 3, "mine", 4) == NOTCAPABLE);
	EXPECT(path_rename(3, "link/secret", 11, 3, "mine", 4) == NOTCAPABLE);
	EXPECT(path_unlink(3, "../owner/secret", 15) == NOTCAPABLE);
	leave(0);
}

/* With file:ro=/data/in and file:rw=/data/out. */
EXPORT("has_parts") void has_parts(void)
{
	int number[2];

	EXPECT(named(3, "/data/in") && named(4, "/data/out"));
	EXPECT(prestat_get(5, number) == BADF);
	EXPECT(open_at(3, "file", 0, 0) == 0);
	EXPECT(open_at(3, "file", 0, 1) == ROFS);
	EXPECT(open_at(3, "../out/new", 1, 1) == ROFS);
	EXPECT(open_at(4, "new", 1, 1) == 0);
	EXPECT(open_at(4, "../file", 0, 0) == NOTCAPABLE);
	EXPECT(open_at(4, "../in/file", 0, 0) == NOTCAPABLE);
	EXPECT(path_symlink("../in", 5, 4, "link", 4) == 0);
	EXPECT(open_at(4, "link/file", 0, 0) == NOTCAPABLE);
	EXPECT(path_link(3, 0, "file", 4, 4, "mine", 4) == ROFS);
	EXPECT(path_rename(3, "file", 4, 4, "mine", 4) == ROFS);
	leave(0);
}

/* ---- memory ---- */

#define PAGES 48

static unsigned char *grown(void)
{
	int before = __builtin_wasm_memory_grow(0, PAGES);

	EXPECT(before >= 0);
	return (unsigned char *)(before * 65536);
}

EXPORT("stains") void stains(void)
{
	unsigned char *at = grown();

	for (int n = 0; n < PAGES * 65536; n++) {
		at[n] = 0xa5;
	}
	leave(0);
}

EXPORT("sniffs") void sniffs(void)
{
	const unsigned long long *at = (const unsigned long long *)(const void *)grown();

	for (int n = 0; n < PAGES * 65536 / 8; n++) {
		EXPECT(at[n] == 0);
	}
	leave(0);
}

/* ---- functions of the application, names of hosts ---- */

EXPORT("has_one") void has_one(void)
{
	EXPECT(one() == 7 && two() == PERM);
	leave(0);
}

EXPORT("has_both") void has_both(void)
{
	EXPECT(one() == 7 && two() == 8);
	leave(0);
}

EXPORT("has_none") void has_none(void)
{
	EXPECT(one() == PERM && two() == PERM);
	leave(0);
}

static int look_up(const char *host)
{
	static char answers[8 * 28];
	static char hints[12];
	int count;

	return resolve(host, "80", hints, answers, 8, &count);
}

EXPORT("looks_up_localhost") void looks_up_localhost(void)
{
	EXPECT(look_up("localhost") == 0 && look_up("LOCALHOST") == 0);
	EXPECT(look_up("other.invalid") == NOTCAPABLE);
	EXPECT(look_up("localhost.invalid") == NOTCAPABLE);
	leave(0);
}

EXPORT("looks_up_nothing") void looks_up_nothing(void)
{
	EXPECT(look_up("localhost") == NOTCAPABLE && look_up("other.invalid") == NOTCAPABLE);
	leave(0);
}

EXPORT("looks_up_numbers") void looks_up_numbers(void)
{
	EXPECT(look_up("localhost") == NOTCAPABLE && look_up("other.invalid") == NOTCAPABLE);
	EXPECT(look_up("127.0.0.1") == 0);
	leave(0);
}
