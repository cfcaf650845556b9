#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full.sh SOURCE - compile a full.* program, run it as a container and compare what it printed and
# how it ended. Ends with 77, and says why, where its toolchain is missing. OCRE= names the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
ocre=${OCRE:?OCRE= must name the ocre program}
source=$here/$1
expected=$source.expected
[ -f "$expected" ] || expected=$here/full.expected

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/box"

status=0
"$here/../../examples/compile" "$source" "$dir/guest.wasm" >"$dir/log" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
	cat "$dir/log"
	[ "$status" -ne 77 ] || echo "skipped: $1"
	exit "$status"
fi

printf 'a line\nanother line\n' >"$dir/stdin"
"$ocre" run --dir "$dir/box:/box" --env GUEST_COLOR=green "$dir/guest.wasm" one 'two words' '' \
	<"$dir/stdin" >"$dir/stdout" 2>"$dir/stderr" || status=$?

failed=0
diff -u "$expected" "$dir/stdout" || failed=1
echo 'this goes to stderr' | diff -u - "$dir/stderr" || failed=1
if [ "$status" -ne 7 ]; then
	echo "exit status $status, expected 7"
	failed=1
fi
if [ -n "$(ls -A "$dir/box")" ]; then
	echo "left in the directory: $(ls -A "$dir/box")"
	failed=1
fi
exit "$failed"
