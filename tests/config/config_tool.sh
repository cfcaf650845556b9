#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# config_tool.sh OCRE-CONFIG - the tool that writes the section ocre.config.
set -eu

tool=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
failed=0

fail() {
	echo "FAILED: $*"
	failed=1
}

# expect TEXT COMMAND...: it fails with one line that has the text.
expect() {
	text=$1
	shift
	if "$@" >out 2>&1; then
		fail "no error from: $*"
	elif ! grep -q -F -- "$text" out || [ "$(wc -l <out)" != 1 ]; then
		fail "$*: $(cat out)"
	fi
}

printf '\0asm\1\0\0\0\1\4\1\140\0\0' >guest.wasm
cp guest.wasm plain.wasm
printf '# a comment\n\n  arg one  \nstack 2K\n' >one.config
"$tool" guest.wasm one.config
[ "$("$tool" guest.wasm)" = "arg one
stack 2K" ] || fail "what was put in does not come out"
size=$(wc -c <guest.wasm)
"$tool" guest.wasm one.config
[ "$(wc -c <guest.wasm)" = "$size" ] || fail "there are two of them now"
printf 'arg two\n' >two.config
"$tool" guest.wasm two.config other.wasm
[ "$("$tool" other.wasm)" = "arg two" ] || fail "it was not replaced"
[ "$("$tool" guest.wasm)" = "arg one
stack 2K" ] || fail "the module itself was changed"
[ -z "$("$tool" plain.wasm)" ] || fail "a section where there is none"

printf 'arg\n' >bad.config
expect 'bad.config:1: there is nothing behind arg' "$tool" guest.wasm bad.config
printf 'arg a\ncolour red\n' >bad.config
expect 'bad.config:2: there is no word colour' "$tool" guest.wasm bad.config
expect 'nowhere: No such file' "$tool" guest.wasm nowhere
expect 'not a WebAssembly module' "$tool" one.config one.config
head -c 12 guest.wasm >cut.wasm
expect 'cut.wasm: damaged' "$tool" cut.wasm one.config
head -c 5000 /dev/zero | tr '\0' x | sed 's/^/arg /' >long.config
expect 'at most 4096' "$tool" guest.wasm long.config
[ "$("$tool" guest.wasm)" = "arg one
stack 2K" ] || fail "an error changed the module"
exit $failed
