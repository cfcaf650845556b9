#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kconfig.sh - zephyr/Kconfig and what uses it: every symbol of ours is there and is used, and every
# switch of the engine has its symbol. Prints each offence and fails.
set -eu
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n 's/^\(menu\)\{0,1\}config \(OCRE[A-Z0-9_]*\)$/\2/p' zephyr/Kconfig | sort >"$work/defined"
# The logging template makes these of `module = OCRE`.
echo OCRE_LOG_LEVEL >>"$work/defined"

# What is used, in sources, CMake files (where a name may be put together) and configurations.
files() {
	tools/files.sh zephyr ports/zephyr 'include/ocre/*zephyr.h' \
		samples/zephyr tests/zephyr/conformance tests/zephyr/board tests/zephyr/memory \
		tests/zephyr/api
}
files | grep -v '^zephyr/Kconfig$' | xargs grep -ho 'CONFIG_OCRE[A-Z0-9_]*' |
	sed '/_$/d; s/^CONFIG_//' >"$work/seen"
# The engine's switches, which zephyr/CMakeLists.txt goes through by a loop.
sed -n '/^foreach(switch/,/)$/p' zephyr/CMakeLists.txt | tr -s ' \t' '\n' |
	sed -n 's/)$//; /^[A-Z][A-Z_]*$/s/^/OCRE_ENGINE_/p' >>"$work/seen"
# Within Kconfig itself: what others depend on, are selected by, or choose from.
sed -n 's/^\t\(depends on\|select\|imply\|def_bool\|default\|visible if\) //p' zephyr/Kconfig |
	grep -o 'OCRE[A-Z0-9_]*' >>"$work/seen" || :
sort -u "$work/seen" >"$work/used"
sort -u -o "$work/defined" "$work/defined"

status=0
report() {
	while read -r name; do
		echo "CONFIG_$name: $1"
		status=1
	done <"$2"
}
comm -13 "$work/defined" "$work/used" >"$work/missing"
comm -23 "$work/defined" "$work/used" >"$work/unused"
sed -n 's/^option(\(OCRE_ENGINE_[A-Z_]*\).*/\1/p' src/engine/CMakeLists.txt |
	grep -v '^OCRE_ENGINE_TAIL_DISPATCH$' | sort >"$work/switches"
comm -23 "$work/switches" "$work/defined" >"$work/forgotten"
report 'used, but not in zephyr/Kconfig' "$work/missing"
report 'in zephyr/Kconfig, but not used' "$work/unused"
report 'a switch of src/engine/CMakeLists.txt that is not in zephyr/Kconfig' "$work/forgotten"
exit $status
