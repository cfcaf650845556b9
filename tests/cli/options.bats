# SPDX-License-Identifier: Apache-2.0
# The command line: help, version, and what is said about a wrong one.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
}

@test "--help names every command" {
	ocre_run ocre --help
	expect_status 0
	for command in run inspect validate prepare help; do
		expect_output_has "  $command "
	done
	help=$output
	ocre_run ocre help
	expect_output "$help"
}

@test "ocre help run, ocre run --help and ocre run -h are the same" {
	ocre_run ocre help run
	expect_status 0
	expect_output_has "Usage: ocre run"
	help=$output
	ocre_run ocre run --help
	expect_status 0
	expect_output "$help"
	ocre_run ocre run -h
	expect_output "$help"
}

@test "the man page has every option of the help" {
	man=$BATS_TEST_DIRNAME/../../docs/man/ocre.1
	for command in run inspect validate prepare; do
		for option in $(ocre help $command | sed -n 's/^  --\([a-z]*\).*/\1/p'); do
			grep -q "\\\\-\\\\-$option" "$man" || { echo "not in the man page: $option"; false; }
		done
	done
}

@test "--version" {
	ocre_run ocre --version
	expect_status 0
	[[ "$output" =~ ^ocre\ [0-9]+\.[0-9]+\.[0-9]+ ]]
}

@test "no command, or an unknown one" {
	ocre_run ocre
	expect_status 2
	expect_one_line
	ocre_run ocre rum
	expect_status 2
	expect_one_line
	expect_stderr_has "did you mean run?"
	ocre_run ocre hello.wasm
	expect_status 2
	expect_stderr_has "ocre run hello.wasm"
	ocre_run ocre --nonsense
	expect_status 2
	expect_stderr_has "unknown option --nonsense"
	ocre_run ocre help nonsense
	expect_status 2
}

@test "an unknown option gets a near match" {
	ocre_run ocre run --memroy 1M "$G/hello.wasm"
	expect_status 2
	expect_one_line
	expect_stderr_has "unknown option --memroy, did you mean --memory?"
	ocre_run ocre run --xyzzy "$G/hello.wasm"
	expect_status 2
	expect_stderr_has "unknown option --xyzzy (see ocre run --help)"
	ocre_run ocre run -q "$G/hello.wasm"
	expect_status 2
	expect_stderr_has "unknown option -q"
}

@test "an option without its value, or with one too many" {
	ocre_run ocre run --memory
	expect_status 2
	expect_stderr_has "--memory SIZE"
	ocre_run ocre run --stats=yes "$G/hello.wasm"
	expect_status 2
	expect_stderr_has "--stats takes no value"
}

@test "values that are none" {
	for wrong in --memory=0 --memory=x --memory=-1 --memory=12Q --memory= --memory=99999999999G \
		     --stack=1 --stack=9G --timeout=2 --timeout=ms --timeout=0s --timeout=2d \
		     --budget=x --budget=-1 --budget=1.5 --dir= --dir=:x --dir=x: --env= --env==x; do
		ocre_run ocre run $wrong "$G/hello.wasm"
		expect_status 2
		expect_one_line
		expect_output ""
	done
}

@test "values that are some" {
	for right in --memory=2M --memory=2MiB --memory=2048K --memory=2097152 --memory=2.5MB \
		     --memory=1G --stack=64K --stack=1M --timeout=10s --timeout=9999ms \
		     --timeout=1m --timeout=1h --timeout=1.5s --budget=1000000 --budget=0xffff; do
		ocre_run ocre run $right "$G/hello.wasm"
		expect_status 0
		expect_output hello
	done
}

@test "no file, or --entry with --invoke" {
	ocre_run ocre run
	expect_status 2
	expect_stderr_has "FILE"
	ocre_run ocre inspect
	expect_status 2
	ocre_run ocre validate
	expect_status 2
	ocre_run ocre run --entry a --invoke b "$G/hello.wasm"
	expect_status 2
}

@test "-- ends the options" {
	ocre_run ocre run -- "$G/hello.wasm"
	expect_status 0
	expect_output hello
}

@test "control characters of a name do not reach the terminal" {
	ocre_run ocre run $'no\e[31msuch\nfile'
	expect_status 1
	expect_one_line
	expect_stderr_has 'no\x1b[31msuch\x0afile'
}
