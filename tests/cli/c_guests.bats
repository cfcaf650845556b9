# SPDX-License-Identifier: Apache-2.0
# Guests as toolchains make them: C, C++, Rust; with directories. A toolchain that is missing is said.

load helper

# compile SOURCE OUT: skips, and says what is missing, when that toolchain is not here.
compile() {
	local status=0

	"$BATS_TEST_DIRNAME/../../examples/compile" "$1" "$2" 2>"$BATS_TEST_TMPDIR/missing" || status=$?
	[ "$status" -ne 77 ] || skip "$(cat "$BATS_TEST_TMPDIR/missing")"
	cat "$BATS_TEST_TMPDIR/missing"
	return $status
}

setup_file() {
	local guest

	BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR
	for guest in files full hog; do
		compile "$BATS_TEST_DIRNAME/guests/$guest.c" "$BATS_FILE_TMPDIR/$guest.wasm"
	done
}

setup() {
	G=$BATS_FILE_TMPDIR
	D=$BATS_TEST_TMPDIR/dir
	mkdir -p "$D/sub"
	echo "in the file" >"$D/file"
	echo "outside" >"$BATS_TEST_TMPDIR/outside"
	ln -s ../outside "$D/link"
}

@test "C: arguments, environment, clocks, sleep, floating point, malloc, exit status" {
	ocre_run ocre run --env GREETING=hi "$G/full.wasm" a "b c"
	expect_status 7
	expect_output "0: full.wasm
1: a
2: b c
greeting: hi
slept: yes
since 2020: yes
1.414214 ok"
}

@test "--dir HOST: the same name in the guest" {
	ocre_run ocre run --dir "$D" "$G/files.wasm" cat "$D/file"
	expect_status 0
	expect_output "in the file"
	cd "$D"
	ocre_run ocre run --dir . "$G/files.wasm" cat file
	expect_output "in the file"
}

@test "--dir HOST:GUEST, several of them, and writing" {
	ocre_run ocre run --dir "$D:/one" --dir "$D/sub:/two" "$G/files.wasm" put /two/new text
	expect_status 0
	[ "$(cat "$D/sub/new")" = text ]
	ocre_run ocre run --dir "$D:/one" --dir "$D/sub:/two" "$G/files.wasm" list /one
	expect_output_has file
	expect_output_has sub
	ocre_run ocre run --dir "$D:/one" "$G/files.wasm" mkdir /one/made
	expect_status 0
	[ -d "$D/made" ]
}

@test "--dir HOST:GUEST:ro reads, and changes nothing" {
	for dir in "$D:/data:ro" ; do
		ocre_run ocre run --dir "$dir" "$G/files.wasm" cat /data/file
		expect_output "in the file"
		for what in "put /data/file x" "put /data/new x" "mkdir /data/new" "rm /data/file"; do
			ocre_run ocre run --dir "$dir" "$G/files.wasm" $what
			expect_status 1
		done
	done
	[ "$(cat "$D/file")" = "in the file" ]
	[ ! -e "$D/new" ]
	ocre_run ocre run --dir "$D:ro" "$G/files.wasm" put "$D/new" x
	expect_status 1
}

@test "nothing outside is reached" {
	for path in /data/../outside /data/sub/../../outside /data/link "$D/file" /etc/passwd \
		    "$BATS_TEST_TMPDIR/outside"; do
		ocre_run ocre run --dir "$D:/data" "$G/files.wasm" cat "$path"
		expect_status 1
		expect_output ""
	done
	ocre_run ocre run "$G/files.wasm" cat "$D/file"
	expect_status 1
}

@test "C: out of memory is seen by the guest" {
	ocre_run ocre run --memory 8M "$G/hog.wasm"
	expect_status 3
	[[ "$stderr" =~ no\ more\ after\ [4-7]\ MiB ]]
}

@test "C: a trap names the functions" {
	printf '%s\n' '__attribute__((noinline)) int deep(volatile int *p) { return *p; }' \
		'__attribute__((noinline)) int outer(int n) { return deep((int *)(n * 65536)) + 1; }' \
		'int main(int argc, char **argv) { (void)argv; return outer(argc * 32767); }' \
		>"$BATS_TEST_TMPDIR/t.c"
	compile "$BATS_TEST_TMPDIR/t.c" "$BATS_TEST_TMPDIR/t.wasm"
	ocre_run ocre run "$BATS_TEST_TMPDIR/t.wasm"
	expect_status 134
	expect_stderr_has "#0 deep (func "
	expect_stderr_has "#1 outer (func "
	expect_stderr_has "_start (func "
}

@test "C++: streams, containers, virtual functions" {
	compile "$BATS_TEST_DIRNAME/guests/hello.cpp" "$BATS_TEST_TMPDIR/hello.wasm"
	ocre_run ocre run "$BATS_TEST_TMPDIR/hello.wasm" b a b
	expect_status 3
	expect_output "a 1
b 2
2.25"
}

@test "Rust: a hash map, the exit status, and a panic" {
	compile "$BATS_TEST_DIRNAME/guests/hello.rs" "$BATS_TEST_TMPDIR/hello.wasm"
	ocre_run ocre run --env GREETING=hallo "$BATS_TEST_TMPDIR/hello.wasm" b a b
	expect_status 5
	expect_output "a 1
b 2
hallo"
	ocre_run ocre run "$BATS_TEST_TMPDIR/hello.wasm" panic
	expect_status 134
	expect_stderr_has "panicked at 'as told'"
	expect_stderr_has "ocre: trap: unreachable"
}
