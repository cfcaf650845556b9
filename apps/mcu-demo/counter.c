/* SPDX-License-Identifier: Apache-2.0 */
/* counter.c - counts its lives in a file, which a reset does not take away. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <wasi/libc-nocwd.h>

#define FOLDER 3 /* the first directory that a guest finds open: its own */

static void say(const char *text)
{
	write(1, text, strlen(text));
}

static int fail(const char *what)
{
	say(what);
	say(": that is not possible here\n");
	return 1;
}

int main(void)
{
	char line[32] = "life ";
	char digits[10];
	unsigned lives = 0;
	size_t size = 5;
	size_t n = 0;
	/* open("/lives") is the same, and 10 KB more of C library. */
	int fd = __wasilibc_nocwd_openat_nomode(FOLDER, "lives", O_RDWR | O_CREAT);

	if (fd < 0) {
		return fail("open");
	}
	if (read(fd, &lives, sizeof(lives)) < 0 || lseek(fd, 0, SEEK_SET) != 0) {
		return fail("read");
	}
	lives++;
	/* What was written is there from this close on, all of it or, after a power cut, none. */
	if (write(fd, &lives, sizeof(lives)) != sizeof(lives) || close(fd) != 0) {
		return fail("write");
	}
	for (; lives > 0; lives /= 10) {
		digits[n++] = (char)('0' + lives % 10);
	}
	while (n > 0) {
		line[size++] = digits[--n];
	}
	line[size++] = '\n';
	write(1, line, size);
	return 0;
}
