#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# size.sh - how large firmware is. `./dev size` calls it when build-mcu-m33 is built.
#
#   size.sh            engine, complete runtime and RAM on a Cortex-M33, against their limits and
#                      against docs/footprint.md
#   size.sh write      put what the firmware in build-mcu-* takes into docs/footprint.md
#   size.sh features   likewise what each switch of the engine costs; some minutes
set -eu
cd "$(dirname "$0")/.."

built=build-mcu-m33
limit=65536
switches="MUTABLE_GLOBALS MULTI_VALUE SIGN_EXT SATURATING BULK REFERENCES TAIL_CALL EXTENDED_CONST
	THREADS EXCEPTIONS EXTENTS SIMD"

# The objects of base and engine as they are in a firmware.
objects() {
	arm-none-eabi-size "$built/src/base/libocre_base.a" "$built/src/engine/libocre_engine.a" |
		awk '$1 ~ /^[0-9]+$/'
}

# One build for each switch, off where it is on and the other way round.
features() {
	set -- "$built"
	for name in $switches; do
		case $name in
		SIMD) now=ON sign=+ ;;
		*) now=OFF sign= ;;
		esac
		dir=build-mcu-m33-$name
		echo "OCRE_ENGINE_$name=$now in $dir"
		mkdir -p "$dir"
		if ! { cmake --preset mcu-m33 -B "$dir" "-DOCRE_ENGINE_$name=$now" &&
			cmake --build "$dir" --target runtime-mps2-an505 measure-mps2-an505; } >"$dir/build.log" 2>&1; then
			cat "$dir/build.log" >&2
			exit 1
		fi
		set -- "$@" "${sign}OCRE_ENGINE_$name=$dir"
	done
	tools/footprint.py features "$@"
	echo "docs/footprint.md has what each costs"
	for dir in "$built"-*; do
		rm -rf "$dir"
	done
}

case ${1:-} in
'') ;;
features)
	features
	exit
	;;
write)
	tools/footprint.py write build-mcu-*
	echo "docs/footprint.md and docs/small-guests.md have what was measured"
	exit
	;;
*)
	echo "size.sh: unknown argument '$1'; there are 'write' and 'features'" >&2
	exit 2
	;;
esac

objects | awk '{ printf "%8d  %s\n", $1, $6 }' | sort -rn
total=$(objects | awk '{ text += $1; data += $2 + $3 } END { print text + 0, data + 0 }')
text=${total% *}
data=${total#* }
echo "Cortex-M33 -Os, base + engine, no SIMD: text $text bytes (limit $limit), data + bss $data"
if [ "$text" -gt "$limit" ]; then
	echo "size.sh: text is $((text - limit)) bytes above the limit" >&2
	exit 1
fi
if [ "$data" -ne 0 ]; then
	echo "size.sh: there are $data bytes of writable static data" >&2
	exit 1
fi
tools/footprint.py check "$built"
