# SPDX-License-Identifier: Apache-2.0
# What a guest gets, and what it gives back.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
}

@test "hello" {
	ocre_run ocre run "$G/hello.wasm"
	expect_status 0
	expect_output hello
	expect_stderr ""
}

@test "the exit status is the guest's, its low eight bits" {
	ocre_run ocre run "$G/exit.wasm"
	expect_status 42
	expect_stderr ""
	ocre_run ocre run "$G/exit300.wasm"
	expect_status 44
}

@test "arguments reach the guest untouched" {
	ocre_run sh -c 'ocre run "$1/strings.wasm" "$@" | tr "\0" "|"' sh "$G" --stats -- "two words" "" --help é
	expect_output "strings.wasm|$G|--stats|--|two words||--help|é|"
}

@test "big argument lists" {
	ocre run "$G/strings.wasm" $(seq 1 20000) | tr '\0' '\n' >"$BATS_TEST_TMPDIR/out"
	{ echo strings.wasm; seq 1 20000; } | cmp - "$BATS_TEST_TMPDIR/out"
	long=$(printf 'x%.0s' $(seq 1 100000))
	[ "$(ocre run "$G/strings.wasm" "$long" | wc -c)" -eq 100014 ]
}

@test "the environment is what --env says, nothing else" {
	export OCRE_TEST_A=here OCRE_TEST_B=hidden
	ocre_run sh -c 'ocre run --entry environment "$@" | tr "\0" "|"' sh --env X=1 --env OCRE_TEST_A \
		--env OCRE_TEST_NONE --env EMPTY= --env Y=a=b "$G/strings.wasm"
	expect_output "X=1|OCRE_TEST_A=here|EMPTY=|Y=a=b|"
}

@test "stdin to stdout, a megabyte through pipes" {
	seq 1 150000 >"$BATS_TEST_TMPDIR/in"
	cat "$BATS_TEST_TMPDIR/in" | ocre run "$G/read.wasm" | cat >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	ocre run "$G/read.wasm" <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
	cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
	ocre run "$G/read.wasm" <&-
}

@test "a reader that goes away ends the guest" {
	ocre_run timeout 10 bash -c 'yes | ocre run "$1" | head -n 1' bash "$G/read.wasm"
	expect_status 0
	expect_output y
	expect_sooner 5
}

@test "a trap: what was printed before, the kind, the backtrace, status 134" {
	ocre_run ocre run "$G/trap.wasm"
	expect_status 134
	expect_output before
	[ "${stderr_lines[0]}" = "ocre: trap: out of bounds memory access" ]
	[[ "${stderr_lines[1]}" =~ ^\ \ #0\ inner\ \(func\ 1\)\ at\ 0x[0-9a-f]+$ ]]
	[[ "${stderr_lines[2]}" =~ ^\ \ #1\ middle\ \(func\ 2\)\ at\ 0x[0-9a-f]+$ ]]
	[[ "${stderr_lines[3]}" =~ ^\ \ #2\ start\ \(func\ 3\)\ at\ 0x[0-9a-f]+$ ]]
	[ "${#stderr_lines[@]}" -eq 4 ]
}

@test "the offset in a backtrace is that of the instruction in the file" {
	ocre_run ocre run "$G/trap.wasm"
	offset=$(sed -n 's/.*#0 .* at 0x//p' <<<"$stderr")
	# i32.load is 0x28, its alignment and offset are 2 and 0
	[ "$(od -An -tx1 -j $((16#$offset)) -N 3 "$G/trap.wasm" | tr -d ' ')" = 280200 ]
}

@test "every kind of trap" {
	while read -r name text; do
		ocre_run ocre run --entry "$name" "$G/traps.wasm"
		expect_status 134
		[[ "${stderr_lines[0]}" == "ocre: trap: $text"* ]]
	done <<-END
		unreachable unreachable
		divide integer divide by zero
		overflow integer overflow
		convert invalid conversion to integer
		null uninitialized element
		undefined undefined element
		type indirect call type mismatch
		recurse call stack exhausted
		unlinked failed to call unlinked import function
	END
	ocre_run ocre run --entry fine "$G/traps.wasm"
	expect_status 0
}

@test "a call of what nobody provides names it" {
	ocre_run ocre run --entry unlinked "$G/traps.wasm"
	expect_stderr_has env
	expect_stderr_has missing
}

@test "--strict refuses imports that nobody provides" {
	ocre_run ocre run --strict --entry fine "$G/traps.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has missing
	ocre_run ocre run --strict "$G/hello.wasm"
	expect_status 0
}

@test "endless recursion has a backtrace that ends" {
	ocre_run ocre run --entry recurse "$G/traps.wasm"
	expect_status 134
	expect_stderr_has "more frames"
	[ "${#stderr_lines[@]}" -lt 100 ]
}

@test "a trap in the start function" {
	ocre_run ocre run "$G/start_trap.wasm"
	expect_status 134
	expect_stderr_has "trap: unreachable"
}

@test "which function is the entry" {
	ocre_run ocre run "$G/main.wasm"
	expect_status 7
	ocre_run ocre run "$G/on_init.wasm"
	expect_status 8
	ocre_run ocre run "$G/only_run.wasm"
	expect_status 0
	ocre_run ocre run --entry run "$G/main.wasm"
	expect_status 134
	ocre_run ocre run "$G/deep.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has --entry
	ocre_run ocre run --entry nowhere "$G/main.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has nowhere
}

@test "--invoke prints the results" {
	while read -r words; do
		set -- ${words% = *}
		ocre_run ocre run --invoke "$1" "$G/values.wasm" "${@:2}"
		expect_status 0
		expect_output "$(tr ' ' '\n' <<<"${words#* = }")"
	done <<-END
		add 40 2 = 42
		add -5 3 = -2
		add 0xffffffff 1 = 0
		add 0x7fffffff 1 = -2147483648
		add -0x10 4294967295 = -17
		i64 -9223372036854775808 = -9223372036854775808
		i64 0xFFFFFFFFFFFFFFFF = -1
		f32 0.1 = 0.1
		f32 -inf = -inf
		f64 0.1 = 0.1
		f64 1e300 = 1e+300
		f64 0x1p-1 = 0.5
		f64 nan = nan
		half 5 = 2.5
		swap 1 2 = 2 1
		ref null = null
		ready = 1
	END
	ocre_run ocre run --invoke none "$G/values.wasm"
	expect_status 0
	expect_output ""
}

@test "--invoke with arguments that do not fit" {
	for words in "add 1" "add 1 2 3" "add 1 x" "add 1 4294967296" "add 1 -2147483649" "add 1 1.5" \
		     "add 1 0x" "i64 18446744073709551616" "f64 1,5" "f32 x" "ref 5"; do
		set -- $words
		ocre_run ocre run --invoke "$1" "$G/values.wasm" "${@:2}"
		expect_status 2
		expect_one_line
		expect_output ""
	done
	ocre_run ocre run --invoke nowhere "$G/values.wasm"
	expect_status 1
	expect_stderr_has nowhere
}

@test "--invoke of a function that traps" {
	ocre_run ocre run --invoke divide "$G/traps.wasm"
	expect_status 134
	expect_output ""
}
