# SPDX-License-Identifier: Apache-2.0
# helper.bash - what the tests of the program ocre share.

bats_require_minimum_version 1.5.0

PATH="${OCRE_BIN:?the folder of the program ocre}:$PATH"

# Compile the guests that are written as text, into the folder that $G names.
compile_guests() {
	local wat

	for wat in "$BATS_TEST_DIRNAME"/guests/*.wat; do
		wat2wasm --debug-names --enable-all "$wat" \
			-o "$BATS_FILE_TMPDIR/$(basename "$wat" .wat).wasm" || return 1
	done
}

# Run a command: $status, $output (stdout), $stderr, and $seconds that it took.
ocre_run() {
	local begin=$EPOCHREALTIME

	run --separate-stderr "$@"
	seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
	echo "\$ $*"
	echo "status $status after $seconds s"
	echo "stdout: $output"
	echo "stderr: $stderr"
}

# What follows must say something about itself when it is not so.
expect_status() {
	[ "$status" -eq "$1" ] || { echo "status is $status, not $1"; return 1; }
}
expect_output() {
	[ "$output" = "$1" ] || { echo "stdout is not: $1"; return 1; }
}
expect_stderr() {
	[ "$stderr" = "$1" ] || { echo "stderr is not: $1"; return 1; }
}
expect_stderr_has() {
	[[ "$stderr" == *"$1"* ]] || { echo "stderr has not: $1"; return 1; }
}
expect_output_has() {
	[[ "$output" == *"$1"* ]] || { echo "stdout has not: $1"; return 1; }
}
# One line on stderr, which begins with "ocre: ".
expect_one_line() {
	[[ "$stderr" == "ocre: "* ]] || { echo "stderr does not begin with ocre:"; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] || { echo "stderr has not one line"; return 1; }
}
expect_sooner() {
	awk "BEGIN { exit !($seconds < $1) }" || { echo "took $seconds s"; return 1; }
}
