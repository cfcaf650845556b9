#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh SOURCE BUILD CC CMAKE - install what is in BUILD, build this example with it (find_package,
# then pkg-config), run it; and see that docs/embedding.md shows the same program.
set -eu
source=$1
build=$2
cc=$3
cmake=$4

command -v wat2wasm >/dev/null || {
	echo "SKIPPED: the guest needs wat2wasm (Debian: wabt)"
	exit 77
}
here=$source/examples/embed
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2016 # backquotes of Markdown
awk '/^<!-- examples\/embed\/embed.c -->$/ { shown = 1; next }
	shown && /^```$/ { exit }
	shown && !/^```c$/' "$source/docs/embedding.md" >"$work/shown.c"
diff -u "$here/embed.c" "$work/shown.c" || {
	echo "docs/embedding.md does not show examples/embed/embed.c" >&2
	exit 1
}

wat2wasm --debug-names "$here/guest.wat" -o "$work/guest.wasm"
expect() {
	status=0
	"$1" "$work/guest.wasm" >"$work/output" || status=$?
	diff -u "$here/expected" "$work/output"
	[ "$status" -eq 1 ] || {
		echo "$1 ended with $status, not 1" >&2
		exit 1
	}
}

"$cmake" --install "$build" --prefix "$work/ocre" >/dev/null

"$cmake" -G Ninja -S "$here" -B "$work/build" -DCMAKE_C_COMPILER="$cc" \
	-DCMAKE_PREFIX_PATH="$work/ocre"
"$cmake" --build "$work/build"
expect "$work/build/embed"

config=$(find "$work/ocre" -name ocre-engine.pc)
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # lists of flags
"$cc" -std=c11 -Wall -Wextra -Wconversion -Werror $(pkg-config --cflags ocre-engine) \
	-o "$work/embed" "$here/embed.c" $(pkg-config --libs ocre-engine)
expect "$work/embed"
echo "ok"
