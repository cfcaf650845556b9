#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh - every harness of tests/fuzz, one after the other: fuzz.sh SECONDS (each). Goes on from
# what the last run learned. Fails when one of them finds something.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
dir=build-fuzz

case $seconds in
*[!0-9]* | '')
	echo "fuzz: \"$seconds\" is no number of seconds" >&2
	exit 2
	;;
esac

compiler=${CC:-clang-19}
if ! command -v "$compiler" >/dev/null; then
	compiler=gcc
fi
if [ ! -f "$dir/build.ninja" ]; then
	CC=$compiler cmake -S . -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DOCRE_BENCH=OFF \
		>/dev/null
fi
targets="fuzz_module fuzz_exports"
if cmake --build "$dir" --target help | grep -q '^fuzz_paths:'; then
	targets="$targets fuzz_paths"
fi
# shellcheck disable=SC2086 # a list of words
cmake --build "$dir" -j "$(nproc)" --target $targets

failed=
one() {
	echo "==> fuzz $1 for $seconds s"
	status=0
	tests/fuzz/run "$1" "$seconds" "$dir/tests/fuzz/$2" "$dir/fuzz" || status=$?
	case $status in
	0 | 77) ;;
	*) failed="$failed $1" ;;
	esac
}
one module fuzz_module
one differential fuzz_exports
one structured fuzz_exports
one paths fuzz_paths
if [ -n "$failed" ]; then
	echo "fuzz: found something:$failed, see $dir/fuzz/found" >&2
	exit 1
fi
