#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# footprint.sh [DIRECTORY...] - flash and RAM of the firmware programs in build directories (those
# of ./dev test mcu-...), as rows of a table. Guests in flash are counted apart: modules and their
# prepared code. The native stack is not part of static RAM.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- build-mcu-*

# The sum of the sizes of files that are there.
bytes() {
	total=0
	for file; do
		[ ! -f "$file" ] || total=$((total + $(wc -c <"$file")))
	done
	echo "$total"
}

printf '| program | machine | flash | of it guests | static RAM | native stack |\n'
printf '|---|---|---|---|---|---|\n'
found=
for dir; do
	for elf in "$dir"/bin/mcu-*.elf; do
		[ -f "$elf" ] || continue
		found=yes
		name=$(basename "$elf" .elf)
		program=mcu-$(echo "$name" | cut -d- -f2)
		machine=${name#"$program"-}
		case $machine in
		virt-rv32) size=riscv64-unknown-elf-size ;;
		*) size=arm-none-eabi-size ;;
		esac
		guests=$(bytes "$dir/apps/$program"/*.wasm "$dir/apps/$program"/*.ocode)
		"$size" -A "$elf" | awk -v program="$program" -v machine="$machine" -v guests="$guests" '
			$1 == ".init" || $1 == ".text" { flash += $2 }
			$1 == ".data" { flash += $2; ram += $2 }
			$1 == ".bss" || $1 == ".tbss_space" { ram += $2 }
			$1 == ".stack" { stack = $2 }
			END {
				printf "| %s | %s | %d | %d | %d | %d |\n", program, machine, flash, guests,
					ram, stack
			}'
	done
done
[ -n "$found" ] || {
	echo "footprint.sh: no firmware in: $*; ./dev test mcu-m3 builds some" >&2
	exit 1
}
