# SPDX-License-Identifier: Apache-2.0
# Ending a guest from outside: timeout, SIGINT, SIGTERM; in a loop, in a sleep, in a read.
# needs: wat2wasm mkfifo timeout

load helper

setup_file() {
	compile_guests
	mkfifo "$BATS_FILE_TMPDIR/fifo"
}
setup() {
	G=$BATS_FILE_TMPDIR
}

@test "--timeout in a loop" {
	ocre_run ocre run --timeout 300ms "$G/loop.wasm"
	expect_status 137
	expect_one_line
	expect_stderr_has "timeout of 300 ms"
	expect_sooner 5
}

@test "--timeout in a long instruction" {
	ocre_run ocre run --timeout 300ms "$G/fill.wasm"
	expect_status 137
	expect_sooner 5
}

@test "--timeout in a sleep, with what was printed before" {
	ocre_run ocre run --timeout 300ms "$G/sleep.wasm"
	expect_status 137
	expect_output asleep
	expect_sooner 5
}

@test "--timeout in a read that gets nothing" {
	exec 9<>"$G/fifo"
	ocre_run ocre run --timeout 300ms "$G/read.wasm" <&9
	expect_status 137
	expect_sooner 5
}

@test "a timeout that is not reached" {
	ocre_run ocre run --timeout 1m "$G/hello.wasm"
	expect_status 0
}

# The status that a shell sees when a signal ended a process is 128 and its number.
@test "SIGINT and SIGTERM end it at once" {
	exec 9<>"$G/fifo"
	for guest in loop fill sleep read; do
		ocre_run timeout --preserve-status -s INT 0.3 ocre run "$G/$guest.wasm" <&9
		expect_status 130
		expect_sooner 5
		ocre_run timeout --preserve-status -s TERM 0.3 ocre run "$G/$guest.wasm" <&9
		expect_status 143
		expect_sooner 5
	done
}

@test "SIGINT: what was printed before is there, and the stats" {
	# One signal, once it sleeps: a second one ends it without a word. With set -m the job does not
	# begin with SIGINT ignored.
	ocre_run bash -c 'set -m; ocre run --stats "$1" >"$2" &
		until grep -q asleep "$2"; do sleep 0.05; done
		kill -INT $!; wait $!; status=$?; cat "$2"; exit $status' \
		bash "$G/sleep.wasm" "$BATS_TEST_TMPDIR/out"
	expect_status 130
	expect_output asleep
	expect_stderr_has "budget used"
}

@test "a signal that was ignored stays ignored" {
	ocre_run sh -c 'trap "" INT; ocre run --timeout 600ms "$1" & sleep 0.2; kill -INT $!; wait $!' \
		sh "$G/loop.wasm"
	expect_status 137
}
