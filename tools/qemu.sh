#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# qemu.sh - run a firmware in QEMU with its console here: qemu.sh MACHINE FILE.elf [QEMU-ARG...].
# Ends with the status that the firmware gives, or 77 when there is no emulator. With OCRE_EXPECT
# (lines of extended regular expressions) also fails when a line of them is not in what it prints,
# and when the status is not OCRE_STATUS; OCRE_INPUT is then a line that is typed when it asks (?).
# OCRE_SERIAL is what the console is, as QEMU's -chardev says it: stdio unless given.
set -eu

machine=$1
elf=$2
shift 2
case $machine in
virt-rv32) set -- -M virt -cpu rv32 -bios none "$@" qemu=qemu-system-riscv32 ;;
*) set -- -M "$machine" "$@" qemu=qemu-system-arm ;;
esac
for qemu; do :; done
qemu=${qemu#qemu=}
command -v "$qemu" >/dev/null || {
	echo "SKIPPED: no $qemu (package qemu-system-arm or qemu-system-misc)"
	exit 77
}
n=$#
for argument; do
	n=$((n - 1))
	[ "$n" -eq 0 ] || set -- "$@" "$argument"
	shift
done
set -- timeout "${OCRE_QEMU_SECONDS:-50}" "$qemu" "$@" -nographic -monitor none \
	-chardev "${OCRE_SERIAL:-stdio},id=line" -serial chardev:line \
	-semihosting-config enable=on,target=native -kernel "$elf"
[ -n "${OCRE_EXPECT:-}" ] || exec "$@"

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
if [ -n "${OCRE_INPUT:-}" ]; then
	# Some consoles lose what comes before they are set up: a question says that it is.
	asked() {
		tries=0
		until grep -q '?' "$output" || [ $tries -eq 600 ]; do
			sleep 0.05
			tries=$((tries + 1))
		done
		printf '%s\r' "$OCRE_INPUT"
	}
	asked | "$@" >"$output" || status=$?
else
	"$@" </dev/null >"$output" || status=$?
fi
cat "$output"
if [ "$status" != "${OCRE_STATUS:-0}" ]; then
	echo "qemu.sh: status $status, not ${OCRE_STATUS:-0}"
	exit 1
fi
status=0
printf '%s\n' "$OCRE_EXPECT" >"$output.expect"
while IFS= read -r line; do
	grep -Eq -- "$line" "$output" || {
		echo "qemu.sh: not in its output: $line"
		status=1
	}
done <"$output.expect"
rm -f "$output.expect"
exit "$status"
