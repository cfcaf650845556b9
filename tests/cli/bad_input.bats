# SPDX-License-Identifier: Apache-2.0
# Bad input: one line with file, offset and reason, status 1; no crash, no hang, bounded memory.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
	# 4 GiB of address space must do. A sanitizer needs more, and then the limit is left out.
	export ROOM=4194304
	bash -c "ulimit -v $ROOM && ocre --version" >/dev/null 2>&1 || ROOM=unlimited
}
setup() {
	G=$BATS_FILE_TMPDIR
	W=$BATS_TEST_TMPDIR
}

# A module of the given bytes behind its header: bytes NAME HEX...
bytes() {
	local name=$1
	shift
	printf "$(printf '\\x%s' 00 61 73 6d 01 00 00 00 "$@")" >"$W/$name.wasm"
}

# Every command says no to it: one line, status 1.
expect_refused() {
	local command

	for command in run validate inspect; do
		ocre_run timeout 20 bash -c "ulimit -v $ROOM"'; exec "$@"' bash ocre $command "$1"
		expect_status 1
		expect_one_line
		expect_output ""
		expect_stderr_has "$1"
		expect_sooner 5
	done
}

@test "no such file, a directory, no permission, an empty file" {
	expect_refused "$W/nowhere.wasm"
	expect_stderr_has "No such file"
	expect_refused "$W"
	expect_stderr_has "directory"
	: >"$W/empty.wasm"
	expect_refused "$W/empty.wasm"
	if [ "$(id -u)" -ne 0 ]; then
		cp "$G/hello.wasm" "$W/secret.wasm"
		chmod 0 "$W/secret.wasm"
		expect_refused "$W/secret.wasm"
		expect_stderr_has "Permission denied"
	fi
}

@test "not WebAssembly" {
	echo "#!/bin/sh" >"$W/script.wasm"
	expect_refused "$W/script.wasm"
	expect_stderr_has "offset 0x0"
	expect_refused "$(command -v ocre)"
}

@test "what is no module is refused before all of it is read" {
	truncate -s 900M "$W/large.wasm"
	expect_refused "$W/large.wasm"
	expect_stderr_has "not a WebAssembly module"
	expect_sooner 5
	expect_refused /dev/urandom
	expect_stderr_has "a device"
	expect_sooner 5
	ocre_run ocre run --code /dev/zero "$G/hello.wasm"
	expect_status 1
	expect_one_line
	expect_sooner 5
}

@test "a component, and WebAssembly as text" {
	printf '\0asm\x0d\0\1\0' >"$W/component.wasm"
	expect_refused "$W/component.wasm"
	expect_stderr_has "a component, not a module"
	expect_refused "$BATS_TEST_DIRNAME/guests/hello.wat"
	expect_stderr_has "wat2wasm"
}

@test "a directory for the guest that is not there" {
	ocre_run ocre run --dir "$W/nowhere" "$G/hello.wasm"
	expect_status 1
	expect_one_line
	expect_output ""
	expect_stderr_has "$W/nowhere"
	: >"$W/file"
	ocre_run ocre run --dir "$W/file" "$G/hello.wasm"
	expect_status 1
	expect_one_line
}

@test "truncated at every length" {
	size=$(stat -c %s "$G/exit.wasm")
	# Custom sections are not needed: without them a shorter module is a whole one.
	wat2wasm --enable-all "$BATS_TEST_DIRNAME/guests/exit.wat" -o "$W/whole.wasm"
	size=$(stat -c %s "$W/whole.wasm")
	for ((n = 0; n < size; n++)); do
		head -c $n "$W/whole.wasm" >"$W/cut.wasm"
		run -1 ocre validate "$W/cut.wasm" || true
		# A cut between two sections can leave a valid module, never one that runs well.
		[ "$status" -eq 0 ] || [ "$status" -eq 1 ] || { echo "$n: $status: $output"; false; }
		[ "$status" -eq 0 ] || [[ "$output" == "ocre: $W/cut.wasm: offset 0x"* ]]
	done
	ocre validate "$W/whole.wasm"
}

@test "every byte damaged" {
	size=$(stat -c %s "$G/trap.wasm")
	for ((n = 0; n < size; n++)); do
		cp "$G/trap.wasm" "$W/damaged.wasm"
		printf "\\x$(printf %02x $(((n * 37 + 129) % 256)))" |
			dd of="$W/damaged.wasm" bs=1 seek=$n conv=notrunc status=none
		status=0
		timeout 10 ocre run --timeout 1s --memory 64M "$W/damaged.wasm" >"$W/out" 2>&1 || status=$?
		case $status in
		0 | 1 | 134 | 137) ;;
		*) echo "byte $n: status $status: $(cat "$W/out")"; false ;;
		esac
	done
}

@test "absurd: a million locals, and four thousand million" {
	# one type () -> (), one function, a body with one group of locals
	bytes locals 01 04 01 60 00 00 03 02 01 00 0a 08 01 06 01 c0 84 3d 7f 0b
	expect_refused "$W/locals.wasm"
	bytes more 01 04 01 60 00 00 03 02 01 00 0a 0a 01 08 01 ff ff ff ff 0f 7f 0b
	expect_refused "$W/more.wasm"
}

@test "absurd: a table of four thousand million entries" {
	bytes table 04 0d 01 70 01 ff ff ff ff 0f ff ff ff ff 0f
	ocre_run timeout 20 ocre run "$W/table.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has table
	expect_sooner 5
}

@test "absurd: a memory of 65537 pages" {
	bytes memory 05 05 01 00 81 80 04
	expect_refused "$W/memory.wasm"
	expect_stderr_has "offset 0x"
}

@test "absurd: counts that are larger than the file" {
	for section in 01 02 03 04 06 07 09 0a 0b; do
		bytes count $section 05 ff ff ff ff 0f
		expect_refused "$W/count.wasm"
	done
}

@test "absurd: a number without end" {
	bytes leb 01 80 80 80 80 80 80 80 80 80 80 80 80 00
	expect_refused "$W/leb.wasm"
}

# A number as hexadecimal bytes of LEB128.
leb() {
	local n=$1

	while [ "$n" -ge 128 ]; do
		printf '%02x ' $((n % 128 + 128))
		n=$((n / 128))
	done
	printf '%02x ' "$n"
}

@test "absurd: a hundred thousand nested blocks" {
	n=100000
	{
		# one type () -> (), one function, exported as "run", and its body
		printf "$(printf '\\x%s' 00 61 73 6d 01 00 00 00 01 04 01 60 00 00 03 02 01 00 \
			07 07 01 03 72 75 6e 00 00 0a $(leb $((3 * n + 6))) 01 $(leb $((3 * n + 2))) 00)"
		printf '\x02\x40%.0s' $(seq $n)
		printf '\x0b%.0s' $(seq $n)
		printf '\x0b'
	} >"$W/deep.wasm"
	[ "$(stat -c %s "$W/deep.wasm")" -gt 300000 ]
	ocre_run timeout 20 ocre run "$W/deep.wasm"
	[ "$status" -eq 0 ] || expect_status 1
	[ "$status" -eq 0 ] || expect_one_line
	[[ "$stderr" != *"beyond the end"* ]]
	expect_sooner 5
}
