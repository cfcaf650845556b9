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
for line in 'stack lots' 'stack 1k' 'memory -1' 'restart sometimes' 'env NAME' 'env =x' 'grace 1s' \
	'cpu-percent 101' 'cpu-weight 0' 'priority 101' 'files 0x10' 'restart on-failure:'; do
	printf 'arg a\n%s\n' "$line" >bad.config
	expect "bad.config:2: behind ${line%% *} stands " "$tool" guest.wasm bad.config
done
# Every word of the page, and what a device would not understand is not passed over in silence.
printf '%s\n' 'arg a b' 'env A=' 'env AB=c=d' 'entry main' 'memory 64K' 'stack 1K' 'heap 1M' 'log 0' \
	'budget 18446744073709551615' 'cpu-weight 10000' 'cpu-percent 100' 'priority -100' 'files 1' \
	'timers 1' 'subscriptions 1' 'events 1' 'watchdog 1' 'restart-delay 1' 'grace 1' \
	'restart no' 'restart on-failure:3' 'restart always' 'restart unless-stopped' \
	'grant filesystem' 'grant ocre:api' 'grant file:ro=/a' 'grant msg:publish=a/#' \
	'grant gpio:write=0/13' 'grant sensor=*' 'grant timers=3' >good.config
"$tool" guest.wasm good.config good.wasm >out 2>&1 || fail "refused: $(cat out)"
[ ! -s out ] || fail "not silent: $(cat out)"
"$tool" good.wasm >out
diff good.config out || fail "not what was put in"
printf 'grant publish:*\n' >odd.config
"$tool" guest.wasm odd.config good.wasm >out 2>&1 || fail "a grant of another version is refused"
grep -q "odd.config:1: 'publish:\*' grants nothing" out || fail "no warning: $(cat out)"
expect 'nowhere: No such file' "$tool" guest.wasm nowhere
expect 'not a WebAssembly module' "$tool" one.config one.config
head -c 12 guest.wasm >cut.wasm
expect 'cut.wasm: damaged' "$tool" cut.wasm one.config
head -c 5000 /dev/zero | tr '\0' x | sed 's/^/arg /' >long.config
expect 'at most 4096' "$tool" guest.wasm long.config
[ "$("$tool" guest.wasm)" = "arg one
stack 2K" ] || fail "an error changed the module"
exit $failed
