#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh SOURCE BUILD CC CMAKE - do what docs/embedding.md says about containers: install what is in
# BUILD, compile the guests with the installed SDK and the program with the installed library
# (pkg-config, then find_package), run it; and see that the page shows the same files.
set -eu
source=$1
build=$2
cc=$3
cmake=$4

clang=$(command -v clang-19 || command -v clang || true)
if [ -z "$clang" ] || [ ! -f /usr/include/wasm32-wasi/stdio.h ]; then
	echo "SKIPPED: the guests need clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32"
	exit 77
fi
here=$source/examples/containers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for file in sensor.c thermostat.c gateway.c; do
	# shellcheck disable=SC2016 # backquotes of Markdown
	awk -v mark="<!-- examples/containers/$file -->" '$0 == mark { shown = 1; next }
		shown && /^```$/ { exit }
		shown && !/^```c$/' "$source/docs/embedding.md" >"$work/shown.c"
	diff -u "$here/$file" "$work/shown.c" || {
		echo "docs/embedding.md does not show examples/containers/$file" >&2
		exit 1
	}
done

"$cmake" --install "$build" --prefix "$work/ocre" >/dev/null
sdk=$work/ocre/share/ocre/sdk
mkdir -p "$work/state/images"
for guest in sensor thermostat; do
	"$clang" --target=wasm32-wasi -O2 -I "$sdk/include" "$here/$guest.c" "$sdk/ocre_api.c" \
		-o "$work/state/images/$guest.wasm"
done

expect() {
	"$1" "$work/state" >"$work/output"
	diff -u "$here/expected" "$work/output"
}

config=$(find "$work/ocre" -name ocre.pc)
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # lists of flags
"$cc" -std=c11 -Wall -Wextra -Wconversion -Werror -o "$work/gateway" "$here/gateway.c" \
	$(pkg-config --cflags --libs ocre)
expect "$work/gateway"

"$cmake" -G Ninja -S "$here" -B "$work/build" -DCMAKE_C_COMPILER="$cc" \
	-DCMAKE_PREFIX_PATH="$work/ocre"
"$cmake" --build "$work/build"
expect "$work/build/gateway"
echo "ok"
