# SPDX-License-Identifier: Apache-2.0
# Limits: memory, stack, budget; and --stats.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
}

stat() {
	sed -n "s/^ocre: $1: \([0-9]*\).*/\1/p" <<<"$stderr"
}

unless_extents() {
	if [ -n "${OCRE_EXTENTS:-}" ]; then
		skip "this build's memory is extents: declaring and growing hold nothing"
	fi
}

@test "--memory: a guest that needs more does not begin" {
	unless_extents
	ocre_run ocre run --memory 2M "$G/big.wasm"
	expect_status 137
	expect_one_line
	expect_stderr_has "memory limit of 2 MiB"
	ocre_run ocre run --memory 70M "$G/big.wasm"
	expect_status 0
}

@test "--memory: growing is refused in time" {
	unless_extents
	ocre_run ocre run --memory 3M --invoke grow "$G/grow.wasm"
	expect_status 0
	[ "$output" -gt 16 ]
	[ "$output" -lt 48 ]
}

@test "--memory: nothing begins in a kilobyte" {
	ocre_run ocre run --memory 1K "$G/hello.wasm"
	expect_status 137
	expect_one_line
	expect_stderr_has "memory limit of 1 KiB"
}

@test "--memory: a guest that cannot go on is stopped, with a backtrace" {
	# one function whose prepared code is larger than what is left
	{
		echo '(module (memory 1) (func $large (local i32)'
		printf '(local.set 0 (i32.mul (i32.load (local.get 0)) (i32.const 7)))\n%.0s' $(seq 20000)
		echo ') (func $start (export "_start") (call $large)))'
	} >"$BATS_TEST_TMPDIR/large.wat"
	wat2wasm --debug-names "$BATS_TEST_TMPDIR/large.wat" -o "$BATS_TEST_TMPDIR/large.wasm"
	ocre_run ocre run --stack 8K --memory 150K "$BATS_TEST_TMPDIR/large.wasm"
	expect_status 137
	[ "${stderr_lines[0]}" = "ocre: memory limit of 150 KiB reached" ]
	expect_stderr_has "start (func 1)"
	ocre_run ocre run --stack 8K --memory 4M "$BATS_TEST_TMPDIR/large.wasm"
	expect_status 0
}

@test "little address space is enough for a guest that needs little" {
	# A sanitizer needs more than that for itself.
	bash -c 'ulimit -v 1000000 && ocre --version' >/dev/null 2>&1 ||
		skip "little address space: a sanitizer takes more than 1 GB for itself"
	ocre_run bash -c 'ulimit -v 1000000; exec ocre run "$1"' bash "$G/hello.wasm"
	expect_status 0
	expect_output hello
	unless_extents
	ocre_run bash -c 'ulimit -v 1000000; exec ocre run --memory 3M --invoke grow "$1"' bash \
		"$G/grow.wasm"
	expect_status 0
	[ "$output" -gt 16 ]
	[ "$output" -lt 48 ]
}

@test "--stack decides how deep a guest can go" {
	ocre_run ocre run --stack 64K --invoke down "$G/deep.wasm" 100
	expect_output 100
	ocre_run ocre run --stack 64K --invoke down "$G/deep.wasm" 100000
	expect_status 134
	expect_stderr_has "call stack exhausted"
	expect_stderr_has "more of these"
	[ "${#stderr_lines[@]}" -lt 10 ]
	ocre_run ocre run --stack 1G --invoke down "$G/deep.wasm" 10000000
	expect_status 0
	expect_output 10000000
}

@test "--budget stops an endless loop" {
	ocre_run ocre run --budget 5000000 "$G/loop.wasm"
	expect_status 137
	expect_one_line
	expect_stderr_has "budget of 5000000 used up"
	expect_sooner 5
}

@test "--budget stops in the middle of a long instruction" {
	ocre_run ocre run --budget 1000 "$G/fill.wasm"
	expect_status 137
	expect_sooner 5
}

@test "a budget that is enough is enough, one less is not" {
	ocre_run ocre run --stats --invoke down "$G/deep.wasm" 1000
	expect_status 0
	used=$(stat "budget used")
	[ "$used" -gt 1000 ]
	ocre_run ocre run --budget "$used" --invoke down "$G/deep.wasm" 1000
	expect_status 0
	expect_output 1000
	ocre_run ocre run --budget $((used - 1)) --invoke down "$G/deep.wasm" 1000
	expect_status 137
	expect_output ""
}

@test "--stats on stderr, also after a trap or a limit" {
	ocre_run ocre run --stats "$G/hello.wasm"
	expect_status 0
	expect_output hello
	[ "$(stat "budget used")" -gt 0 ]
	[ "$(stat "peak memory")" -ge 65536 ]
	[ "$(stat "parks")" -ge 0 ]
	expect_stderr_has "ocre: time: "
	ocre_run ocre run --stats "$G/trap.wasm"
	expect_status 134
	expect_stderr_has "budget used"
	ocre_run ocre run --stats --budget 1000 "$G/loop.wasm"
	expect_status 137
	[ "$(stat "budget used")" -le 1000 ]
}

@test "the same run costs the same budget" {
	ocre_run ocre run --stats "$G/trap.wasm"
	first=$(stat "budget used")
	ocre_run ocre run --stats --memory 3M --stack 64K "$G/trap.wasm"
	[ "$(stat "budget used")" -eq "$first" ]
}

@test "a sleeping guest parks and uses no processor" {
	ocre_run ocre run --stats --entry short "$G/sleep.wasm"
	expect_status 0
	[ "$(stat parks)" -ge 2 ]
	awk "BEGIN { exit !($seconds > 0.1) }"
}

@test "memory.atomic.wait parks until its time is over" {
	ocre_run ocre run --stats --invoke wait "$G/wait.wasm" 200000000
	expect_status 0
	expect_output 2
	[ "$(stat parks)" -ge 1 ]
	awk "BEGIN { exit !($seconds > 0.2) }"
	ocre_run ocre run --timeout 100ms --invoke wait "$G/wait.wasm" -1
	expect_status 137
}
