/* SPDX-License-Identifier: Apache-2.0 */
/* full.c - uses what a C program usually asks of WASI; full.expected says what it prints. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEXT "first line\nsecond line\n"

static void say(const char *what, int good)
{
	printf("%s: %s\n", what, good ? "ok" : "WRONG");
}

static long long now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void arguments(int argc, char **argv)
{
	printf("args:");
	for (int i = 1; i < argc; i++) {
		printf(" [%s]", argv[i]);
	}
	printf("\nenv: %s %s\n", getenv("GUEST_COLOR"),
	       getenv("GUEST_ABSENT") == NULL ? "(none)" : "WRONG");
}

static void standard_input(void)
{
	char line[80];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		printf("stdin: %s\n", line);
	}
}

static void clocks_and_random(void)
{
	long long start = now_ms(CLOCK_MONOTONIC), slept;
	struct timespec pause = {0, 30000000};
	unsigned char a[16], b[16];

	say("realtime", now_ms(CLOCK_REALTIME) > 1700000000000);
	nanosleep(&pause, NULL);
	slept = now_ms(CLOCK_MONOTONIC) - start;
	say("sleep", slept >= 29 && slept < 5000);
	say("random", getentropy(a, sizeof(a)) == 0 && getentropy(b, sizeof(b)) == 0 &&
			      memcmp(a, b, sizeof(a)) != 0);
}

static void write_and_read(void)
{
	FILE *file = fopen("/box/note.txt", "w");
	char back[64] = "";
	struct stat info;
	size_t size;

	say("write", file != NULL && fputs(TEXT, file) >= 0 && fclose(file) == 0);
	file = fopen("/box/note.txt", "r");
	size = file != NULL ? fread(back, 1, sizeof(back) - 1, file) : 0;
	say("read", size == strlen(TEXT) && strcmp(back, TEXT) == 0);
	say("seek", fseek(file, 6, SEEK_SET) == 0 && getc(file) == 'l' && ftell(file) == 7);
	fclose(file);
	file = fopen("/box/note.txt", "a");
	fputs("third", file);
	fclose(file);
	say("stat", stat("/box/note.txt", &info) == 0 && S_ISREG(info.st_mode) &&
			    info.st_size == (off_t)strlen(TEXT) + 5 && info.st_mtime > 1700000000);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void directories(void)
{
	char names[8][32];
	int count = 0;
	struct dirent *entry;
	DIR *dir;

	say("mkdir", mkdir("/box/sub", 0777) == 0);
	say("mkdir again", mkdir("/box/sub", 0777) != 0 && errno == EEXIST);
	say("rename", rename("/box/note.txt", "/box/sub/moved.txt") == 0);
	fclose(fopen("/box/sub/other.txt", "w"));
	dir = opendir("/box/sub");
	while (dir != NULL && count < 8 && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.') {
			snprintf(names[count++], sizeof(names[0]), "%s", entry->d_name);
		}
	}
	closedir(dir);
	qsort(names, (size_t)count, sizeof(names[0]), by_name);
	printf("readdir:");
	for (int i = 0; i < count; i++) {
		printf(" %s", names[i]);
	}
	printf("\n");
	say("rmdir not empty", rmdir("/box/sub") != 0 && errno == ENOTEMPTY);
	say("unlink", unlink("/box/sub/moved.txt") == 0 && unlink("/box/sub/other.txt") == 0);
	say("rmdir", rmdir("/box/sub") == 0);
	say("missing", fopen("/box/missing", "r") == NULL && errno == ENOENT);
	say("outside",
	    fopen("/box/../etc/passwd", "r") == NULL && fopen("/etc/passwd", "r") == NULL);
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	standard_input();
	clocks_and_random();
	write_and_read();
	directories();
	fprintf(stderr, "this goes to stderr\n");
	return 7;
}
