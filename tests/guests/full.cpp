// SPDX-License-Identifier: Apache-2.0
// full.cpp - what a C++ program usually asks of WASI; full.expected says what it prints.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

static const std::string text = "first line\nsecond line\n";

static void say(const char *what, bool good)
{
	std::cout << what << ": " << (good ? "ok" : "WRONG") << std::endl;
}

static void arguments(int argc, char **argv)
{
	std::vector<std::string> args(argv + 1, argv + argc);
	const char *color = getenv("GUEST_COLOR");

	std::cout << "args:";
	for (const std::string &arg : args) {
		std::cout << " [" << arg << "]";
	}
	std::cout << "\nenv: " << (color ? color : "WRONG") << " "
		  << (getenv("GUEST_ABSENT") ? "WRONG" : "(none)") << "\n";
}

static void standard_input()
{
	for (std::string line; std::getline(std::cin, line);) {
		std::cout << "stdin: " << line << "\n";
	}
}

static void clocks_and_random()
{
	using namespace std::chrono;
	auto start = steady_clock::now();
	auto since = duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
	std::random_device device;
	std::map<unsigned int, int> seen;

	say("realtime", since > 1700000000);
	usleep(30000);
	auto slept = duration_cast<milliseconds>(steady_clock::now() - start).count();
	say("sleep", slept >= 29 && slept < 5000);
	for (int i = 0; i < 8; i++) {
		seen[device()]++;
	}
	say("random", seen.size() >= 7);
}

static void write_and_read()
{
	std::ofstream out("/box/note.txt");
	struct stat info;

	out << text;
	out.close();
	say("write", out.good());

	std::ifstream in("/box/note.txt");
	std::stringstream back;
	back << in.rdbuf();
	say("read", back.str() == text);
	in.clear();
	in.seekg(6);
	say("seek", in.get() == 'l' && in.tellg() == std::streampos(7));
	in.close();

	std::ofstream more("/box/note.txt", std::ios::app);
	more << "third";
	more.close();
	say("stat", stat("/box/note.txt", &info) == 0 && S_ISREG(info.st_mode) &&
			    info.st_size == (off_t)text.size() + 5);
}

static void directories()
{
	std::vector<std::string> names;

	say("mkdir", mkdir("/box/sub", 0777) == 0);
	say("mkdir again", mkdir("/box/sub", 0777) != 0 && errno == EEXIST);
	say("rename", std::rename("/box/note.txt", "/box/sub/moved.txt") == 0);
	std::ofstream("/box/sub/other.txt").close();
	if (DIR *dir = opendir("/box/sub")) {
		while (struct dirent *entry = readdir(dir)) {
			if (entry->d_name[0] != '.') {
				names.push_back(entry->d_name);
			}
		}
		closedir(dir);
	}
	std::sort(names.begin(), names.end());
	std::cout << "readdir:";
	for (const std::string &name : names) {
		std::cout << " " << name;
	}
	std::cout << "\n";
	say("rmdir not empty", rmdir("/box/sub") != 0 && errno == ENOTEMPTY);
	say("unlink", std::remove("/box/sub/moved.txt") == 0 && unlink("/box/sub/other.txt") == 0);
	say("rmdir", rmdir("/box/sub") == 0);
	say("missing", !std::ifstream("/box/missing").is_open() && errno == ENOENT);
	say("outside", !std::ifstream("/box/../etc/passwd").is_open() &&
			       !std::ifstream("/etc/passwd").is_open());
}

int main(int argc, char **argv)
{
	arguments(argc, argv);
	standard_input();
	clocks_and_random();
	write_and_read();
	directories();
	std::cerr << "this goes to stderr" << std::endl;
	return 7;
}
