# SPDX-License-Identifier: Apache-2.0
# What a module says about itself: the section ocre.config.
# needs: wat2wasm python3

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
	T=$BATS_TEST_TMPDIR
}

# configured GUEST LINE...: $T/GUEST.wasm, the guest with these lines as its section
configured() {
	local guest=$1

	shift
	printf '%s\n' "$@" >"$T/lines"
	"$BATS_TEST_DIRNAME/../../sdk/ocre-config" "$G/$guest.wasm" "$T/lines" "$T/$guest.wasm"
}

# A section that the tool would not write: 0, size, name, text (of less than 100 bytes).
raw() {
	local size=$((${#2} + 12))

	{
		cat "$G/$1.wasm"
		printf "\\0\\$(printf %o "$size")\\13ocre.config%s" "$2"
	} >"$T/$1.wasm"
}

words() {
	ocre_run sh -c 'ocre run "$@" | tr "\0" "|"' sh "$@"
}

@test "arguments are the module's until the command line has some" {
	configured strings "arg -v" "arg two words"
	words "$T/strings.wasm"
	expect_output "strings.wasm|-v|two words|"
	expect_stderr ""
	words "$T/strings.wasm" mine
	expect_output "strings.wasm|mine|"
}

@test "so is the environment" {
	configured strings "env A=1" "env B=b=b" "entry environment"
	words "$T/strings.wasm"
	expect_output "A=1|B=b=b|"
	words --env C=3 "$T/strings.wasm"
	expect_output "C=3|"
	words --entry _start "$T/strings.wasm" x
	expect_output "strings.wasm|x|"
}

@test "limits hold, and the command line's go before" {
	configured loop "budget 5000"
	ocre_run ocre run "$T/loop.wasm"
	expect_status 137
	expect_one_line
	expect_stderr_has "budget of 5000 used up"
	ocre_run ocre run --budget 7000 "$T/loop.wasm"
	expect_stderr_has "budget of 7000 used up"

	configured hello "memory 1K"
	ocre_run ocre run "$T/hello.wasm"
	expect_status 137
	expect_stderr_has "memory limit of 1 KiB"
	ocre_run ocre run --memory 16M "$T/hello.wasm"
	expect_status 0
	expect_output hello

	configured deep "stack 64K"
	ocre_run ocre run --invoke down "$T/deep.wasm" 100000
	expect_status 134
	expect_stderr_has "call stack exhausted"
	ocre_run ocre run --stack 1G --invoke down "$T/deep.wasm" 100000
	expect_status 0
	configured deep "stack 512"
	ocre_run ocre run --invoke down "$T/deep.wasm" 1
	expect_status 1
	expect_one_line
	expect_stderr_has "stack is not a size from 1K to 2G"
}

@test "as many descriptors as it says" {
	configured hello "files 2"
	ocre_run ocre run "$T/hello.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has "more than 2 descriptors"
	configured hello "files 3"
	ocre_run ocre run "$T/hello.wasm"
	expect_status 0
	ocre_run ocre run --dir "$T:/" "$T/hello.wasm"
	expect_status 1
}

@test "what it asks for is not given, and one line says so" {
	configured hello "grant filesystem" "grant networking"
	ocre_run ocre run "$T/hello.wasm"
	expect_status 0
	expect_output hello
	expect_stderr "ocre: $T/hello.wasm: section ocre.config: grants are given by --dir and --net only"
	ocre_run ocre run --dir "$T:/" "$T/hello.wasm"
	expect_stderr ""
}

@test "a grant opens no directory" {
	# path_open of "x" beneath descriptor 3: the errno is the exit status
	cat >"$T/opens.wat" <<-'END'
		(module
		  (import "wasi_snapshot_preview1" "path_open" (func $open
		    (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
		  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
		  (memory (export "memory") 1)
		  (data (i32.const 0) "x")
		  (func (export "_start")
		    (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)
		      (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16)))))
	END
	wat2wasm "$T/opens.wat" -o "$G/opens.wasm"
	configured opens "grant filesystem" "grant file:rw=$T"
	ocre_run ocre run "$T/opens.wasm"
	expect_status 8 # EBADF
	[ ! -e "$T/x" ]
	ocre_run ocre run --dir "$T:/" "$T/opens.wasm"
	expect_status 0
	[ -e "$T/x" ]
}

@test "what run cannot do it says in one line" {
	configured hello "restart always" "restart-delay 10" "watchdog 100" "cpu-percent 50" \
		"grant ocre:api" "log 512" "grace 2000" "priority 3" "heap 1K" "timers 4"
	ocre_run ocre run "$T/hello.wasm"
	expect_status 0
	expect_output hello
	expect_one_line
	expect_stderr_has "restart, watchdog, cpu-percent not done by ocre run; grants are given by"
	configured hello "log 512" "grace 2000" "priority 3" "timers 4" "restart no"
	ocre_run ocre run "$T/hello.wasm"
	expect_stderr ""
}

@test "what is not understood is an error with its line" {
	raw hello $'arg x\nnonsense 3\n'
	ocre_run ocre run "$T/hello.wasm"
	expect_status 1
	expect_output ""
	expect_one_line
	expect_stderr_has "section ocre.config, line 2: there is no such word"
	raw hello $'budget -3'
	ocre_run ocre run --budget 10000000 "$T/hello.wasm"
	expect_status 1
	expect_stderr_has "line 1: a number is missing"
}

@test "inspect shows it" {
	configured hello "arg -v" "grant networking" "memory 64K"
	ocre_run ocre inspect "$T/hello.wasm"
	expect_status 0
	expect_output_has $'Configuration (ocre.config):\n  arg -v\n  grant networking\n  memory 64K\n'
	ocre inspect --json "$T/hello.wasm" | python3 -c '
import json, sys
m = json.load(sys.stdin)
assert m["config"] == ["arg -v", "grant networking", "memory 64K"], m["config"]
assert m["config_error"] is None'
	ocre inspect --json "$G/hello.wasm" | python3 -c '
import json, sys
m = json.load(sys.stdin)
assert m["config"] is None and m["config_error"] is None'
}

@test "inspect shows a wrong one, and what is wrong" {
	raw hello $'arg \e[1mbold\n\nnonsense 3\n'
	ocre_run ocre inspect "$T/hello.wasm"
	expect_status 0
	expect_output_has "(not valid: section ocre.config, line 3: there is no such word)"
	! grep -q $'\e' <<<"$output"
	ocre inspect --json "$T/hello.wasm" | python3 -c '
import json, sys
m = json.load(sys.stdin)
assert m["config"] == ["arg \x1b[1mbold", "nonsense 3"], m["config"]
assert "line 3" in m["config_error"]'
}
