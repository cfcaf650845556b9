#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo.sh - compiles the examples with the toolchains that are here and runs them as containers.
# Shows every command, checks how it ended, and fails when that is not what it should be.
#
# OCRE= names the program (build/bin/ocre), OCRE_DEMO_DIR= where guests are put (build/demo).
set -u

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root" || exit 1
ocre=${OCRE:-build/bin/ocre}
dir=${OCRE_DEMO_DIR:-build/demo}
# A single install of AssemblyScript from npm, unless OCRE_NPM_INSTALL=0 forbids it.
OCRE_NPM_INSTALL=${OCRE_NPM_INSTALL:-1}
export OCRE_NPM_INSTALL

[ -x "$ocre" ] || {
	echo "demo: there is no program $ocre; run ./dev build first" >&2
	exit 1
}
mkdir -p "$dir" || exit 1

if [ -t 1 ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
else
	bold='' plain=''
fi

skipped='' failed=0 shown=0

title() {
	printf '\n%s== %s%s\n' "$bold" "$1" "$plain"
}

# guest SOURCE: compile it to $dir/NAME.wasm, which is left in $wasm. False when it is skipped.
guest() {
	source=$1
	name=$(basename "$source")
	case $name in
	hello.*) wasm=$dir/hello-${name#hello.}.wasm ;;
	*) wasm=$dir/${name%.*}.wasm ;;
	esac
	printf '%s$ examples/compile %s %s%s\n' "$bold" "$source" "$wasm" "$plain"
	rm -f "$wasm"
	examples/compile "$source" "$wasm" >"$dir/compile.log" 2>&1
	status=$?
	if [ "$status" -eq 77 ]; then
		reason=$(cat "$dir/compile.log")
		printf 'skipped: %s\n' "$reason"
		skipped="$skipped
  $source: $reason"
		return 1
	fi
	if [ "$status" -ne 0 ]; then
		cat "$dir/compile.log"
		printf '!! %s does not compile\n' "$source"
		failed=$((failed + 1))
		return 1
	fi
}

# run STATUS PATTERN ARG...: `ocre run ARG...`, which must end with that status and print a line
# that matches the pattern.
run() {
	expected=$1 pattern=$2
	shift 2
	printf '%s$ %s run %s%s\n' "$bold" "$ocre" "$*" "$plain"
	"$ocre" run "$@" >"$dir/output" 2>&1 </dev/null
	status=$?
	sed 's/^/    /' "$dir/output"
	shown=$((shown + 1))
	if [ "$status" -ne "$expected" ]; then
		printf '!! exit status %s, but %s was expected\n' "$status" "$expected"
		failed=$((failed + 1))
	elif ! grep -q -e "$pattern" "$dir/output"; then
		printf '!! nothing in the output matches: %s\n' "$pattern"
		failed=$((failed + 1))
	elif [ "$status" -ne 0 ]; then
		printf '    (exit status %s)\n' "$status"
	fi
}

title 'Four languages, each compiled here and now to WebAssembly'
for source in examples/hello-c/hello.c examples/hello-cpp/hello.cpp examples/hello-rust/hello.rs \
	examples/hello-assemblyscript/hello.ts; do
	if guest "$source"; then
		run 0 'Hello, moon' "$wasm" moon stars
	fi
done

title 'Files, arguments and environment: a guest sees what it is given, and nothing else'
if guest examples/files/files.c; then
	mkdir -p "$dir/data"
	echo 'a small text' >"$dir/data/in.txt"
	rm -f "$dir/data/out.txt"
	run 0 'GREETING is hello' --dir "$dir/data:/data" --env GREETING=hello "$wasm" \
		/data/in.txt /data/out.txt
	printf '%s$ cat %s%s\n' "$bold" "$dir/data/out.txt" "$plain"
	sed 's/^/    /' "$dir/data/out.txt"
	if [ "$(cat "$dir/data/out.txt" 2>/dev/null)" != 'A SMALL TEXT' ]; then
		echo '!! the file is not what the guest should have written'
		failed=$((failed + 1))
	fi
	echo 'Without the directory there is no such file; read-only, it cannot be written:'
	run 1 'files: /data/in.txt: ' "$wasm" /data/in.txt /data/out.txt
	run 1 'files: /data/other.txt: Read-only' --dir "$dir/data:/data:ro" "$wasm" \
		/data/in.txt /data/other.txt
fi

title 'A guest that never ends is stopped by its limits: time, or a budget of instructions'
if guest examples/endless/endless.c; then
	run 137 'timeout' --timeout 300ms "$wasm"
	run 137 'budget' --budget 5000000 "$wasm"
fi

title 'A guest that takes all memory gets what it is allowed'
if guest examples/hungry/hungry.c; then
	run 3 'Memory is used up' --memory 4M "$wasm"
	run 3 'Memory is used up' --memory 16M "$wasm"
fi

title 'A guest that crashes: the kind of trap, and where, with names'
if guest examples/crash/crash.c; then
	run 134 'average_of' "$wasm"
fi

title "$shown runs"
if [ -n "$skipped" ]; then
	printf 'Skipped, since their tools are not here:%s\n' "$skipped"
fi
if [ "$shown" -eq 0 ]; then
	echo 'Nothing could be shown.'
	exit 1
fi
if [ "$failed" -ne 0 ]; then
	printf '%s of them did not do what they should.\n' "$failed"
	exit 1
fi
echo 'All did what they should.'
