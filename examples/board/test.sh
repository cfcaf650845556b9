#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh SOURCE BUILD CC CMAKE - do what docs/board.md says about a program of your own: install what
# is in BUILD, compile the guest and the program with it, run them on the simulated board.
set -eu
source=$1
build=$2
cc=$3
cmake=$4

clang=$(command -v clang-19 || command -v clang || true)
if [ -z "$clang" ] || [ ! -f /usr/include/wasm32-wasi/stdio.h ]; then
	echo "SKIPPED: the guest needs clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32"
	exit 77
fi
here=$source/examples/board
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cmake" --install "$build" --prefix "$work/ocre" >/dev/null
sdk=$work/ocre/share/ocre/sdk
mkdir -p "$work/state/images"
"$clang" --target=wasm32-wasi -O2 -I "$sdk/include" "$here/blink.c" "$sdk/ocre_api.c" \
	-o "$work/state/images/blink.wasm"

config=$(find "$work/ocre" -name ocre.pc)
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # lists of flags
"$cc" -std=c11 -Wall -Wextra -Wconversion -Werror -o "$work/board" \
	"$here/board.c" $(pkg-config --cflags --libs ocre)
OCRE_BOARD=$here/board.txt "$work/board" "$work/state" >"$work/output"
diff -u "$here/expected" "$work/output"

"$cmake" -G Ninja -S "$here" -B "$work/build" -DCMAKE_C_COMPILER="$cc" \
	-DCMAKE_PREFIX_PATH="$work/ocre"
"$cmake" --build "$work/build"
OCRE_BOARD=$here/board.txt "$work/build/board" "$work/state" >"$work/output"
diff -u "$here/expected" "$work/output"

# Without a board the program says what to do.
if env -u OCRE_BOARD "$work/board" "$work/state" 2>"$work/words" || ! grep -q OCRE_BOARD "$work/words"; then
	echo "the program runs without a board, or does not say what is missing" >&2
	exit 1
fi
echo "ok"
