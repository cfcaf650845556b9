/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - says so, and who it was told to greet. */
#include <string.h>
#include <unistd.h>

static void say(const char *text)
{
	write(1, text, strlen(text));
}

int main(int argc, char **argv)
{
	say("Hello, ");
	say(argc > 1 ? argv[1] : "world");
	say("!\n");
	return 0;
}
