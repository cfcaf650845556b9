#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh - every harness of tests/fuzz, as many at once as there are processors: fuzz.sh SECONDS
# (each). Goes on from what the last run learned. Fails when one of them finds something.
set -eu
cd "$(dirname "$0")/.."
dir=build-fuzz

# fuzz.sh --one SECONDS HARNESS PROGRAM: what it prints comes out when it has ended.
if [ "${1:-}" = --one ]; then
	log=$dir/fuzz/$3.log
	mkdir -p "$dir/fuzz"
	status=0
	tests/fuzz/run "$3" "$2" "$dir/tests/fuzz/$4" "$dir/fuzz" >"$log" 2>&1 || status=$?
	[ "$status" = 77 ] || printf '==> fuzz %s for %s s: exit status %s\n' "$3" "$2" "$status"
	tail -n 40 "$log"
	[ "$status" = 0 ] || [ "$status" = 77 ]
	exit
fi

seconds=${1:-60}
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
# Each has a program of its name, but two share `exports`.
harnesses=$(cmake --build "$dir" --target help |
	sed -n 's/^fuzz_\([a-z]*\):.*/\1 fuzz_\1/p' | sed '/^exports /d')
harnesses="$harnesses
differential fuzz_exports
structured fuzz_exports"
echo "$harnesses" | cut -d ' ' -f 2 | sort -u |
	xargs cmake --build "$dir" -j "$(nproc)" --target
if ! echo "$harnesses" | xargs -P "$(nproc)" -L 1 tools/fuzz.sh --one "$seconds"; then
	echo "fuzz: something was found, see $dir/fuzz" >&2
	exit 1
fi
