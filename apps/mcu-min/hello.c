/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hello.c - the guest of mcu-min, as small as docs/small-guests.md makes them: no stdio, and its
 * arguments as WASI gives them, since main(argc, argv) brings malloc(). With printf() and all that
 * it runs as well, and takes 24 KB of flash and 48 KB for its prepared code.
 */
#include <string.h>
#include <unistd.h>

#include <wasi/api.h>

static void say(const char *text)
{
	(void)write(STDOUT_FILENO, text, strlen(text));
}

int main(void)
{
	static uint8_t text[64];
	static uint8_t *args[4];
	__wasi_size_t count, size;

	if (__wasi_args_sizes_get(&count, &size) != 0 || count == 0 || count > 4 ||
	    size > sizeof(text) || __wasi_args_get(args, text) != 0) {
		return 1;
	}
	say("hello from ");
	say((const char *)args[0]);
	say(count == 1 ? "\n" : ", which was told ");
	if (count > 1) {
		say((const char *)args[1]);
		say("\n");
	}
	return 7;
}
