# SPDX-License-Identifier: Apache-2.0
# Prepared code in a file.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
	C=$BATS_TEST_TMPDIR/code
}

# What a run says of itself that must not depend on where the code is.
expect_same_run() {
	ocre_run ocre run "$@"
	local status_of_plain=$status output_of_plain=$output stderr_of_plain=$stderr

	ocre_run ocre run --code "$C" "$@"
	expect_status "$status_of_plain"
	expect_output "$output_of_plain"
	expect_stderr "$stderr_of_plain"
}

@test "stored code does the same, with the same budget, traps and backtraces" {
	for guest in hello exit traps deep values; do
		ocre_run ocre prepare "$G/$guest.wasm" "$C"
		expect_status 0
		expect_output ""
		expect_stderr ""
		expect_same_run "$G/$guest.wasm"
	done
	ocre prepare "$G/loop.wasm" "$C"
	expect_same_run --budget 1000000 "$G/loop.wasm"
}

peak() {
	ocre run --stats "$@" 2>&1 >/dev/null | sed -n 's/^ocre: peak memory: \([0-9]*\) .*/\1/p'
}

@test "stored code is not the container's memory" {
	ocre prepare "$G/hello.wasm" "$C"
	plain=$(peak "$G/hello.wasm")
	stored=$(peak --code "$C" "$G/hello.wasm")
	echo "$stored bytes instead of $plain"
	[ "$stored" -gt 0 ]
	[ "$stored" -lt "$plain" ]
}

@test "an image of another module, or none at all, is refused" {
	ocre prepare "$G/hello.wasm" "$C"
	ocre_run ocre run --code "$C" "$G/exit.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has "made from another module: make it with ocre prepare"
	for size in 0 1 40 60; do
		head -c $size "$C" >"$C.part"
		ocre_run ocre run --code "$C.part" "$G/hello.wasm"
		expect_status 1
		expect_one_line
	done
	ocre_run ocre run --code "$G/hello.wasm" "$G/hello.wasm"
	expect_status 1
	expect_stderr_has "stored code has no header"
	ocre_run ocre run --code "$C.none" "$G/hello.wasm"
	expect_status 1
	expect_one_line
}

@test "what is there is replaced, not overwritten, and nothing is left after a failure" {
	ocre prepare "$G/exit.wasm" "$C"
	ln "$C" "$C.held"
	ocre prepare "$G/hello.wasm" "$C"
	ocre_run ocre run --code "$C.held" "$G/exit.wasm"
	expect_status 42
	ocre_run ocre run --code "$C" "$G/hello.wasm"
	expect_output hello
	ocre_run ocre prepare "$G/hello.wasm" "$BATS_TEST_TMPDIR/no/such"
	expect_status 1
	expect_one_line
	ocre_run ocre prepare "$G/hello.wasm" "$BATS_TEST_TMPDIR"
	expect_status 1
	expect_one_line
	[ -d "$BATS_TEST_TMPDIR" ]
	if [ -c /dev/full ]; then
		ocre_run ocre prepare "$G/hello.wasm" /dev/full
		expect_status 1
		expect_one_line
		[ -c /dev/full ]
	fi
}

@test "the module is not written over, and a bad one gives no file" {
	cp "$G/hello.wasm" "$C.wasm"
	ocre_run ocre prepare "$C.wasm" "$C.wasm"
	expect_status 1
	expect_one_line
	cmp "$G/hello.wasm" "$C.wasm"
	head -c 30 "$G/hello.wasm" >"$C.bad"
	ocre_run ocre prepare "$C.bad" "$C"
	expect_status 1
	expect_one_line
	[ ! -e "$C" ]
	ocre_run ocre prepare "$G/hello.wasm"
	expect_status 2
	expect_one_line
	ocre_run ocre prepare --output "$C" "$G/hello.wasm"
	expect_status 2
	expect_one_line
}
