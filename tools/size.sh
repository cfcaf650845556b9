#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# size.sh - code size of base + engine for Cortex-M33 (-Os, full validation, no SIMD). Fails when
# the text is above its limit, or when there is writable data.
#
#   size.sh            the size, object by object, against the limit
#   size.sh features   the same with each feature switched off or on alone: what a feature costs
set -eu
cd "$(dirname "$0")/.."

limit=65536
all="MUTABLE_GLOBALS MULTI_VALUE SIGN_EXT SATURATING BULK REFERENCES TAIL_CALL EXTENDED_CONST
	THREADS EXCEPTIONS EXTENTS SIMD"

# build_size DIRECTORY [-D...]: prints "text data+bss" of both libraries.
build_size() {
	dir=$1
	mkdir -p "$dir"
	shift
	if ! { cmake --preset cortex-m33 -B "$dir" "$@" && cmake --build "$dir"; } >"$dir/build.log" 2>&1; then
		cat "$dir/build.log" >&2
		exit 1
	fi
	find "$dir/src/base" "$dir/src/engine" -name 'libocre_*.a' -exec arm-none-eabi-size {} + |
		awk '$1 ~ /^[0-9]+$/ { text += $1; data += $2 + $3 } END { print text + 0, data + 0 }'
}

features() {
	base=$(build_size build-cortex-m33)
	printf '%-16s %-9s %9s\n' switch default text
	printf '%-16s %-9s %9d\n' '(defaults)' '' "${base% *}"
	for name in $all; do
		case $name in
		SIMD) was=OFF now=ON ;;
		*) was=ON now=OFF ;;
		esac
		other=$(build_size build-cortex-m33-feature "-DOCRE_ENGINE_$name=$now")
		printf '%-16s %-9s %9d  %+d when %s\n' "$name" "$was" "${other% *}" \
			"$((${other% *} - ${base% *}))" "$now"
		rm -rf build-cortex-m33-feature
	done
}

case ${1:-} in
features)
	features
	exit
	;;
'') ;;
*)
	echo "size.sh: unknown argument '$1'; 'features' is the only one" >&2
	exit 2
	;;
esac

total=$(build_size build-cortex-m33)
find build-cortex-m33/src/base build-cortex-m33/src/engine -name 'libocre_*.a' -exec arm-none-eabi-size {} + | awk '
	$1 ~ /^[0-9]+$/ { printf "%8d  %s\n", $1, $6 }' | sort -rn
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
