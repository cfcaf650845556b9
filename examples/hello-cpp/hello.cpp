// SPDX-License-Identifier: Apache-2.0
// hello.cpp - the first guest in C++: containers, algorithms and streams.
#include <algorithm>
#include <iostream>
#include <map>
#include <string>
#include <vector>

int main(int argc, char **argv)
{
	std::vector<std::string> names(argv + 1, argv + argc);
	std::map<char, int> letters;

	std::sort(names.begin(), names.end());
	std::cout << "Hello from C++!\n";
	for (const std::string &name : names) {
		std::cout << "Hello, " << name << ".\n";
		for (char letter : name) {
			letters[letter]++;
		}
	}
	std::cout << "Your names have " << letters.size() << " different letters.\n";
	return 0;
}
