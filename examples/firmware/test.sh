#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh SOURCE CMAKE - do what docs/firmware.md says, in a folder of its own, and see that the page
# shows the same files.
set -eu
source=$1
cmake=$2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$source/examples/firmware
for file in CMakeLists.txt ticks.config; do
	# shellcheck disable=SC2016 # backquotes of Markdown
	awk -v mark="<!-- examples/firmware/$file -->" '$0 == mark { shown = 1; next }
		shown && /^```$/ { exit }
		shown && !/^```[a-z]+$/' "$source/docs/firmware.md" >"$work/shown"
	diff -u "$here/$file" "$work/shown" || {
		echo "docs/firmware.md does not show examples/firmware/$file" >&2
		exit 1
	}
done

cp -r "$here" "$work/door"
cd "$work/door"
"$cmake" -G Ninja -B build -DOCRE="$source" \
	-DCMAKE_TOOLCHAIN_FILE="$source/cmake/toolchain-cortex-m3.cmake" -DCMAKE_BUILD_TYPE=MinSizeRel
"$cmake" --build build -j 2
OCRE_EXPECT="tick 1
tick 3
door: ticks ended with 5; worked [0-9]+ times meanwhile, RAM at most [0-9]+ of 12288"
export OCRE_EXPECT
"$source/tools/qemu.sh" lm3s6965evb build/bin/door-lm3s6965evb.elf
"$source/tools/qemu.sh" mps2-an385 build/bin/door-board.elf

# What cannot be is told when it is configured, in words.
if "$cmake" -G Ninja -B wrong -DOCRE="$source" \
	-DCMAKE_TOOLCHAIN_FILE="$source/cmake/toolchain-cortex-m4.cmake" >out 2>&1; then
	echo "a machine of another processor is not refused" >&2
	exit 1
fi
tr -s '\n ' ' ' <out | grep -F "no machine 'lm3s6965evb' for the processor 'cortex-m4'; there are: netduinoplus2"
