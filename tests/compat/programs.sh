#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# programs.sh BUILD CC CMAKE [EXAMPLE...] - build programs with nothing but what is installed and
# pkg-config, and run them. Without EXAMPLE our own of programs/; example1 to example3 are those of
# the Ocre runtime API document, in $OCRE_DOCUMENTS or ../shared/documents beside the sources.
set -eu
build=$1
cc=$2
cmake=$3
shift 3

here=$(cd "$(dirname "$0")" && pwd)
text=${OCRE_DOCUMENTS:-$here/../../../shared/documents}/ocre-runtime-api.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# Whoever uses the package does not see where it was staged.
"$cmake" --install "$build" --prefix "$work/staged" >"$work/install.log" ||
	fail "cannot install: $(cat "$work/install.log")"
mv "$work/staged" "$work/installed"
PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name ocre-v0.pc)")
export PKG_CONFIG_PATH
[ "$(pkg-config --cflags ocre-v0)" != "" ] || fail "pkg-config does not know ocre-v0"

# compile NAME SOURCE [FLAG...]
compile() {
	name=$1
	source=$2
	shift 2
	# shellcheck disable=SC2046 # lists of flags
	"$cc" "$@" $(pkg-config --cflags ocre-v0) -o "$work/$name" "$source" \
		$(pkg-config --libs ocre-v0) || fail "$name does not compile"
}

# run NAME - with a storage of its own; sets $output, what it printed, and $log, its standard error
run() {
	mkdir -p "$work/$1.home/images"
	OCRE_HOME=$work/$1.home "$work/$1" >"$work/$1.out" 2>"$work/$1.log" || {
		cat "$work/$1.out" "$work/$1.log" >&2
		fail "$1 failed"
	}
	output=$(cat "$work/$1.out")
	log=$(cat "$work/$1.log")
}

expect() {
	[ "$output" = "$2" ] || fail "$1: expected:
$2
but it was:
$output"
	echo "$1: ok"
}

repeat() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		echo "$1"
	done
}

# A module that sleeps for ever: (loop (call $ocre_sleep 100))
sleeping() {
	printf '\000asm\001\000\000\000\001\011\002\140\001\177\001\177\140\000\000\002\022\001\003'
	printf 'env\012ocre_sleep\000\000\003\002\001\001\005\003\001\000\001\007\023\002\006memory'
	printf '\002\000\006_start\000\001\012\017\001\015\000\003\100\101\344\000\020\000\032\014'
	printf '\000\013\013'
}

if [ $# = 0 ]; then
	for name in led watch; do
		compile "$name" "$here/programs/$name.c" -std=c11 -Wall -Wextra -Werror
	done
	run led
	expect led "it was switched on five times
3 containers were created
it is stopped"
	run watch
	expect watch "unresponsive 1
unresponsive 2
status 3"
	mkdir "$work/project"
	cat >"$work/project/CMakeLists.txt" <<-END
		cmake_minimum_required(VERSION 3.20)
		project(led LANGUAGES C)
		find_package(ocre REQUIRED COMPONENTS v0)
		add_executable(cmake_led $here/programs/led.c)
		target_link_libraries(cmake_led PRIVATE ocre::v0)
		set_target_properties(cmake_led PROPERTIES RUNTIME_OUTPUT_DIRECTORY $work)
	END
	{
		"$cmake" -S "$work/project" -B "$work/project/build" -DCMAKE_C_COMPILER="$cc" \
			-DCMAKE_PREFIX_PATH="$work/installed" &&
			"$cmake" --build "$work/project/build"
	} >"$work/cmake.log" 2>&1 || fail "find_package: $(cat "$work/cmake.log")"
	run cmake_led
	expect cmake_led "it was switched on five times
3 containers were created
it is stopped"
	exit 0
fi

if [ ! -f "$text" ]; then
	echo "skipped: there is no $text (set OCRE_DOCUMENTS)"
	exit 77
fi
awk -v dir="$work" -f "$here/extract.awk" "$text"
for name in "$@"; do
	compile "$name" "$work/$name.c" -w
	case $name in
	example1)
		run "$name"
		expect "$name" "Ocre runtime initialized successfully"
		;;
	example2) # the module returns at once, so that it is STOPPED, 3, when it is looked at
		run "$name"
		lines=$(echo "$log" | grep -c '^<inf> ocre_example: Container status: [23]$')
		[ "$lines" = 10 ] || fail "$name: $log"
		output=$(echo "$log" | tail -n 9)
		expect "$name" "$(repeat '<inf> ocre_example: Container status: 3' | head -n 9)"
		[ -f "$work/$name.home/images/hello.bin" ] || fail "$name: the image is not there"
		;;
	example3) # needs a module `sample`, which lives until it is stopped: RUNNING, 2
		mkdir -p "$work/$name.home/images"
		sleeping >"$work/$name.home/images/sample.bin"
		run "$name"
		output=$log
		expect "$name" "<inf> ocre_lifecycle: Container status after 5 seconds: 2"
		;;
	*)
		fail "$name: there is no such example"
		;;
	esac
done
