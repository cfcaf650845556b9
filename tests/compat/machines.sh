#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# machines.sh SOURCE-DIRECTORY WORK-DIRECTORY - call_test on machines that the other tests are not
# built for, emulated by qemu: a Cortex-M of each kind and RISC-V in each of its calling conventions,
# without an operating system, and RISC-V Linux. What has no compiler or emulator here is left out,
# and said so; `./dev install machines` has them.
set -eu
source=$1
work=$2

mkdir -p "$work"
python3 "$source/tests/compat/calls.py" 120 >"$work/calls.inc"
ran=0
failed=

# machine NAME ARCHITECTURE EMULATOR COMPILER FLAG...
machine() {
	name=$1 arch=$2 emulator=$3 compiler=$4
	shift 4
	for command in "${emulator%% *}" "$compiler"; do
		if ! command -v "$command" >/dev/null; then
			echo "skipped: calls on $name: no $command"
			return
		fi
	done
	"$compiler" "$@" -Os -std=gnu11 -Wall -Wextra -Werror -I "$source/src/compat" -I "$work" \
		-isystem "$source/tests/support/cmocka" -o "$work/$name" \
		"$source/tests/compat/call_test.c" "$source/src/compat/native_call.c" \
		"$source/src/compat/trampoline_$arch.S"
	# shellcheck disable=SC2086 # words
	if timeout 60 $emulator "$work/$name" </dev/null >"$work/$name.log" 2>&1 &&
		grep -q ', 0 failed' "$work/$name.log"; then
		echo "ok $name"
		ran=$((ran + 1))
	else
		cat "$work/$name.log"
		echo "FAILED $name"
		failed="$failed $name"
	fi
}

# bare NAME ARCHITECTURE EMULATOR COMPILER FLASH RAM FLAG...
bare() {
	name=$1 arch=$2 emulator=$3 compiler=$4 flash=$5 ram=$6
	shift 6
	machine "$name" "$arch" "$emulator -nographic -semihosting-config enable=on,target=native -kernel" \
		"$compiler" --specs=picolibc.specs --oslib=semihost --crt0=semihost "$@" \
		-Wl,--defsym=__flash="$flash",--defsym=__flash_size=4M \
		-Wl,--defsym=__ram="$ram",--defsym=__ram_size=4M
}

cortex() {
	name=$1 board=$2 flash=$3 ram=$4
	shift 4
	bare "$name" arm "qemu-system-arm -M $board" arm-none-eabi-gcc "$flash" "$ram" -mthumb "$@"
}

riscv() {
	bare "$2" riscv "qemu-system-riscv$3 -M virt -bios none" riscv64-unknown-elf-gcc \
		0x80000000 0x80400000 "-march=$1" "-mabi=$2" -mcmodel=medany
}

cortex m3 mps2-an385 0 0x20000000 -mcpu=cortex-m3
cortex m4 mps2-an386 0 0x20000000 -mcpu=cortex-m4 -mfloat-abi=softfp -mfpu=fpv4-sp-d16
cortex m4-hard mps2-an386 0 0x20000000 -mcpu=cortex-m4 -mfloat-abi=hard -mfpu=fpv4-sp-d16
cortex m7-hard mps2-an500 0 0x60000000 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16
cortex m33 mps2-an505 0x10000000 0x38000000 -mcpu=cortex-m33+nofp -mfloat-abi=soft
cortex m33-hard mps2-an505 0x10000000 0x38000000 -mcpu=cortex-m33 -mfloat-abi=hard
machine riscv64-linux riscv qemu-riscv64 riscv64-linux-gnu-gcc -static
riscv rv32imac ilp32 32
riscv rv32imafc ilp32f 32
riscv rv32imafdc ilp32d 32
riscv rv64imac lp64 64
riscv rv64imafc lp64f 64
riscv rv64imafdc lp64d 64

[ -z "$failed" ] || exit 1
if [ "$ran" = 0 ]; then
	echo "skipped: no compiler and emulator of any of these machines"
	exit 77
fi
