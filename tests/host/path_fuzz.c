/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_fuzz.c - random programs of path calls, run on two equal trees: beneath one with openat2,
 * beneath the other with the walk. Both must answer alike, and nothing outside may change.
 *
 * With -fsanitize=fuzzer -DOCRE_FUZZER it is a libFuzzer harness; otherwise a program that makes
 * its inputs itself: path_fuzz [ROUNDS [SEED]].
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocre/port_posix.h>

#define SKIPPED 77

struct tree {
	struct ocre_port_posix posix;
	char path[96]; /* of the directory that has box/ and outside/ */
	int32_t box;
};

struct input {
	const uint8_t *data;
	size_t size;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void die(const char *what)
{
	fprintf(stderr, "path_fuzz: %s: %s\n", what, strerror(errno));
	abort();
}

/* ---- the trees ---- */

static void in_tree(const struct tree *tree, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", tree->path, name);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void make_tree(struct tree *tree, const char *base, const char *name)
{
	char path[128];
	int fd;

	snprintf(tree->path, sizeof(tree->path), "%s/%s", base, name);
	in_tree(tree, "outside", path);
	if (mkdir(tree->path, 0777) != 0 || mkdir(path, 0777) != 0) {
		die("mkdir");
	}
	in_tree(tree, "outside/a", path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0 || write(fd, "secret", 6) != 6) {
		die("write");
	}
	close(fd);
	in_tree(tree, "box", path);
	if (mkdir(path, 0777) != 0 ||
	    tree->posix.port.ops->open_root(&tree->posix, path, &tree->box) != 0) {
		die("box");
	}
	/* Ways out, which a guest could not make: one more reason to look for them. */
	in_tree(tree, "box/out", path);
	if (symlink("../outside", path) != 0) {
		die("symlink");
	}
	in_tree(tree, "box/abs", path);
	if (symlink("/tmp", path) != 0) {
		die("symlink");
	}
}

static void check_outside(const struct tree *tree)
{
	char path[128];
	char data[16];
	struct stat st;
	int fd;

	in_tree(tree, "outside", path);
	if (stat(path, &st) != 0 || st.st_nlink != 2) {
		die("outside has changed");
	}
	in_tree(tree, "outside/a", path);
	if (stat(path, &st) != 0 || st.st_size != 6 || st.st_mtime == 1 || st.st_nlink != 1) {
		die("outside/a has changed");
	}
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, data, sizeof(data)) != 6 || memcmp(data, "secret", 6) != 0) {
		die("outside/a has other contents");
	}
	close(fd);
}

/* ---- from bytes to calls ---- */

static unsigned int take(struct input *input)
{
	if (input->size == 0) {
		return 0;
	}
	input->size--;
	return *input->data++;
}

static void take_path(struct input *input, char out[256])
{
	static const char *const parts[] = {"a", "b",	"c", "d", "..", ".", "..", "out",
					    "a", "abs", "b", "c", "e",	"f", "",   ".."};
	unsigned int count = take(input);
	unsigned int i;

	out[0] = '\0';
	for (i = 0; i < 1 + count % 5; i++) {
		strcat(out, parts[take(input) % 16]);
		if (i < count % 5) {
			strcat(out, "/");
		}
	}
	if ((count & 0x80) != 0) {
		strcat(out, "/");
	}
	if (out[0] == '\0') {
		strcpy(out, ".");
	}
}

struct step {
	unsigned int op;
	unsigned int flags;
	char path[256];
	char other[256];
};

static int64_t open_one(struct tree *tree, const struct step *step)
{
	const struct ocre_port_ops *ops = tree->posix.port.ops;
	uint32_t flags = OCRE_OPEN_READ;
	int32_t fd;
	int rc;

	flags |= (step->flags & 1) != 0 ? OCRE_OPEN_WRITE : 0;
	flags |= (step->flags & 2) != 0 ? OCRE_OPEN_CREATE : 0;
	flags |= (step->flags & 4) != 0 ? OCRE_OPEN_EXCLUSIVE : 0;
	flags |= (step->flags & 8) != 0 ? OCRE_OPEN_TRUNCATE : 0;
	flags |= (step->flags & 16) != 0 ? OCRE_OPEN_DIRECTORY : 0;
	flags |= (step->flags & 32) != 0 ? OCRE_OPEN_NOFOLLOW : 0;
	/* Without CREATE, EXCLUSIVE means nothing and is not defined. */
	if ((flags & OCRE_OPEN_CREATE) == 0) {
		flags &= ~OCRE_OPEN_EXCLUSIVE;
	}
	rc = ops->open_at(&tree->posix, tree->box, step->path, flags, &fd);
	if (rc == 0) {
		if ((step->flags & 1) != 0 && ops->write(&tree->posix, fd, "x", 1) < 0) {
			rc = 1;
		}
		ops->close(&tree->posix, fd);
	}
	return rc;
}

static int64_t run_step(struct tree *tree, const struct step *step)
{
	const struct ocre_port_ops *ops = tree->posix.port.ops;
	const struct ocre_port_times times = {1000000000u, 1000000000u, 5};
	struct ocre_port_stat st;
	char target[64];
	int64_t rc;

	switch (step->op % 12) {
	case 0:
		return ops->make_dir_at(&tree->posix, tree->box, step->path);
	case 1:
		return ops->remove_dir_at(&tree->posix, tree->box, step->path);
	case 2:
		return ops->unlink_at(&tree->posix, tree->box, step->path);
	case 3:
	case 4:
		return ops->symlink_at(&tree->posix, step->other, tree->box, step->path);
	case 5:
		return ops->rename_at(&tree->posix, tree->box, step->path, tree->box, step->other);
	case 6:
		return ops->link_at(&tree->posix, tree->box, step->path, tree->box, step->other);
	case 7:
		return ops->readlink_at(&tree->posix, tree->box, step->path, target,
					step->flags % sizeof(target));
	case 8:
		rc = ops->stat_at(&tree->posix, tree->box, step->path, (step->flags & 1) != 0, &st);
		return rc != 0 ? rc : (int64_t)st.type;
	case 9:
		return ops->set_times_at(&tree->posix, tree->box, step->path,
					 (step->flags & 1) != 0, &times);
	default:
		return open_one(tree, step);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	char base[] = "/tmp/ocre-paths-XXXXXX";
	struct tree trees[2];
	int i;

	if (mkdtemp(base) == NULL) {
		die(base);
	}
	for (i = 0; i < 2; i++) {
		if (ocre_port_posix_init(&trees[i].posix, i == 0 ? 0 : OCRE_PORT_POSIX_WALK) != 0) {
			die("port");
		}
		make_tree(&trees[i], base, i == 0 ? "kernel" : "walk");
	}
	while (input.size > 0) {
		struct step step = {.op = take(&input), .flags = take(&input)};
		int64_t answers[2];

		take_path(&input, step.path);
		take_path(&input, step.other);
		for (i = 0; i < 2; i++) {
			answers[i] = run_step(&trees[i], &step);
		}
		if (answers[0] != answers[1]) {
			fprintf(stderr, "op %u flags %u path %s other %s: %d and %d\n",
				step.op % 12, step.flags, step.path, step.other, (int)answers[0],
				(int)answers[1]);
			abort();
		}
	}
	for (i = 0; i < 2; i++) {
		check_outside(&trees[i]);
		trees[i].posix.port.ops->close(&trees[i].posix, trees[i].box);
		ocre_port_posix_deinit(&trees[i].posix);
	}
	nftw(base, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}

#ifndef OCRE_FUZZER
int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 400;
	uint64_t random = argc > 2 ? strtoull(argv[2], NULL, 10) : 88172645463325252ull;
	struct ocre_port_posix posix;
	unsigned long n;
	bool both;

	if (ocre_port_posix_init(&posix, 0) != 0) {
		die("port");
	}
	both = posix.has_openat2;
	ocre_port_posix_deinit(&posix);
	if (!both) {
		printf("skipped: no openat2 here to compare the walk with\n");
		return SKIPPED;
	}
	for (n = 0; n < rounds; n++) {
		uint8_t data[400];
		size_t i;

		for (i = 0; i < sizeof(data); i++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			data[i] = (uint8_t)(random >> 30);
		}
		LLVMFuzzerTestOneInput(data, sizeof(data));
	}
	printf("%lu programs, the same answers by openat2 and by the walk\n", rounds);
	return 0;
}
#endif
