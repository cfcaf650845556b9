# SPDX-License-Identifier: Apache-2.0
# ocre inspect and ocre validate.
# needs: wat2wasm

load helper

setup_file() {
	compile_guests
}
setup() {
	G=$BATS_FILE_TMPDIR
}

@test "inspect shows what is in a module" {
	ocre_run ocre inspect "$G/everything.wasm"
	expect_status 0
	expect_output_has '(i32, i64) -> (i32, f64)'
	expect_output_has 'memory  env.memory  2 pages (128 KiB), at most 64'
	expect_output_has 'func    env.log  (i32) -> ()'
	expect_output_has 'global  env.base  i32'
	expect_output_has 'table   a"b.t  funcref, 1 entries, no maximum'
	expect_output_has 'global  counter  mutable i64'
	expect_output_has 'externref, 3 entries, at most 8'
	expect_output_has 'Start function:    2'
	expect_output_has 'Functions:         2 defined, 1 imported'
	expect_output_has 'multi-value'
	expect_output_has 'custom "name"'
}

@test "the sections that inspect lists are all of the file" {
	ocre inspect "$G/everything.wasm" | awk '
		/^Sections:/ { on = 1; next }
		on && /^  0x/ { total += $2 }
		END { print total + 8 }' >"$BATS_TEST_TMPDIR/total"
	[ "$(cat "$BATS_TEST_TMPDIR/total")" -eq "$(stat -c %s "$G/everything.wasm")" ]
}

@test "inspect tells commands, reactors and libraries apart" {
	ocre inspect "$G/hello.wasm" | grep -q '^Kind: *command$'
	ocre inspect "$G/values.wasm" | grep -q '^Kind: *reactor$'
	ocre inspect "$G/deep.wasm" | grep -q '^Kind: *library$'
}

@test "inspect --json is JSON, and says the same" {
	command -v python3 >/dev/null || skip "python3 is not here"
	ocre inspect --json "$G/everything.wasm" >"$BATS_TEST_TMPDIR/out.json"
	ocre inspect "$G/everything.wasm" --json | cmp - "$BATS_TEST_TMPDIR/out.json"
	python3 - "$BATS_TEST_TMPDIR/out.json" <<-'END'
		import json, os, sys
		m = json.load(open(sys.argv[1]))
		assert m["size"] == os.path.getsize(m["file"])
		assert m["kind"] == "library" and m["start"] == 2
		assert m["functions"] == 2 and m["globals"] == 1
		assert m["types"][0] == {"params": ["i32", "i64"], "results": ["i32", "f64"]}
		assert [i["kind"] for i in m["imports"]] == ["memory", "func", "global", "table"]
		assert m["imports"][3]["module"] == 'a"b'
		assert m["imports"][0] == {"module": "env", "name": "memory", "kind": "memory",
		    "index": 0, "min": 2, "max": 64, "shared": False}
		assert m["tables"] == [{"index": 1, "type": "externref", "min": 3, "max": 8,
		    "shared": False}]
		assert m["memories"] == []
		assert "multi-value" in m["features"]
		assert sum(s["size"] for s in m["sections"]) + 8 == m["size"]
		assert m["sections"][0]["offset"] == 8
	END
}

@test "validate is silent about what is valid, and names what is not" {
	ocre_run ocre validate "$G/hello.wasm" "$G/values.wasm"
	expect_status 0
	expect_output ""
	ocre_run ocre validate --verbose "$G/hello.wasm"
	expect_output "$G/hello.wasm: valid"
	printf '\0asm\1\0\0\0\1' >"$BATS_TEST_TMPDIR/bad.wasm"
	ocre_run ocre validate "$G/hello.wasm" "$BATS_TEST_TMPDIR/bad.wasm" "$G/values.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has "ocre: $BATS_TEST_TMPDIR/bad.wasm: offset 0x"
}

@test "a module that is well-formed but not valid" {
	echo '(module (func (result i32) (i64.const 1)))' >"$BATS_TEST_TMPDIR/invalid.wat"
	wat2wasm --no-check "$BATS_TEST_TMPDIR/invalid.wat" -o "$BATS_TEST_TMPDIR/invalid.wasm"
	ocre_run ocre validate "$BATS_TEST_TMPDIR/invalid.wasm"
	expect_status 1
	expect_one_line
	expect_stderr_has "offset 0x"
	expect_stderr_has "type mismatch"
}

@test "output that cannot be written is an error" {
	[ -e /dev/full ] || skip "no /dev/full"
	run sh -c 'ocre inspect "$1" >/dev/full' sh "$G/hello.wasm"
	expect_status 1
}

@test "inspect: a module with very many exports is listed whole, soon" {
	python3 - "$BATS_TEST_TMPDIR/many.wasm" <<'PY'
import sys

def leb(n):
    out = b""
    while True:
        byte, n = n & 127, n >> 7
        out += bytes([byte | (128 if n else 0)])
        if not n:
            return out

def section(number, body):
    return bytes([number]) + leb(len(body)) + body

names = [str(i).encode() for i in range(100000)]
exports = leb(len(names)) + b"".join(leb(len(n)) + n + b"\0\0" for n in names)
with open(sys.argv[1], "wb") as f:
    f.write(b"\0asm\1\0\0\0" + section(1, b"\1\x60\0\0") + section(3, b"\1\0") +
            section(7, exports) + section(10, b"\1\2\0\x0b"))
PY
	run timeout 20 ocre inspect "$BATS_TEST_TMPDIR/many.wasm"
	[ "$status" -eq 0 ]
	[ "$(grep -c ' func  ' <<<"$output")" -ge 100000 ]
}
