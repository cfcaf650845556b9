#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# api.sh LINK RUN - compile the guests of api/ with sdk/, as its README says, see to it that all their
# imports exist, and run them. Ends with 77, and says why, where the toolchain is missing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
sdk=$here/../../sdk
link=$1
run=$2

cc=
for name in clang-19 clang-22 clang; do
	if command -v "$name" >/dev/null; then
		cc=$name
		break
	fi
done
if [ -z "$cc" ] || [ ! -f /usr/include/wasm32-wasi/stdio.h ] ||
	! { command -v wasm-ld-19 || command -v wasm-ld; } >/dev/null; then
	echo 'skipped: no clang, wasm-ld or wasi-libc (packages clang-19, lld-19, wasi-libc)'
	exit 77
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

failed=0
for source in "$here"/api/*.c; do
	name=$(basename "$source" .c)
	"$cc" --target=wasm32-wasi -O2 -Wall -Wextra -Werror -I "$sdk/include" "$source" \
		"$sdk/ocre_api.c" -o "$dir/$name.wasm"
	"$link" "$dir/$name.wasm" || failed=1
done
# For hosts that know the documented functions only.
"$cc" --target=wasm32-wasi -O2 -Wall -Wextra -Werror -DOCRE_SDK_POLL -I "$sdk/include" \
	"$here/api/timers.c" "$sdk/ocre_api.c" -o "$dir/poll.wasm"
if grep -q ocre_wait_event "$dir/poll.wasm"; then
	echo 'with OCRE_SDK_POLL ocre_wait_event is imported'
	failed=1
fi
"$run" "$dir" || failed=1
exit "$failed"
