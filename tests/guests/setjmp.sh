#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setjmp.sh - compile setjmp.c, run it and compare what it printed. Ends with 77, and says why, where
# the compiler is missing. OCRE= names the program.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
ocre=${OCRE:?OCRE= must name the ocre program}

missing() {
	echo "skipped: $1"
	exit 77
}
command -v clang-19 >/dev/null || missing "no clang-19 (package clang-19)"
command -v wasm-ld-19 >/dev/null || missing "no wasm-ld-19 (package lld-19)"
[ -f /usr/include/wasm32-wasi/stdio.h ] || missing "no wasi-libc (package wasi-libc)"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for source in setjmp setjmp_runtime; do
	clang-19 --target=wasm32-wasi -O2 -Wall -Wextra -Werror -mllvm -wasm-enable-sjlj \
		-c "$here/$source.c" -o "$dir/$source.o"
done
clang-19 --target=wasm32-wasi "$dir/setjmp.o" "$dir/setjmp_runtime.o" -o "$dir/guest.wasm"

status=0
"$ocre" run "$dir/guest.wasm" >"$dir/stdout" || status=$?
[ "$status" -eq 0 ] || {
	echo "exit status $status"
	exit 1
}
diff -u - "$dir/stdout" <<END
jumped: 42 from 1000
sorted: 5
nested: 3 in 4
rounds: 100000
END
