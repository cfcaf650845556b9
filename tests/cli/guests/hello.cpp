// SPDX-License-Identifier: Apache-2.0
// hello.cc - a guest in C++: streams, containers, virtual functions.
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct shape {
	virtual ~shape() = default;
	virtual double area() const = 0;
};
struct square : shape {
	double side;
	explicit square(double s) : side(s) {}
	double area() const override { return side * side; }
};

int main(int argc, char **argv)
{
	std::map<std::string, int> count;
	std::vector<std::unique_ptr<shape>> shapes;

	for (int n = 1; n < argc; n++) {
		count[argv[n]]++;
	}
	for (const auto &entry : count) {
		std::cout << entry.first << " " << entry.second << std::endl;
	}
	shapes.push_back(std::make_unique<square>(1.5));
	std::cout << shapes[0]->area() << std::endl;
	return 3;
}
