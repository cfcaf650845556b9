#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh - every check that runs nothing of ours. All of them run; fails when one does.
# Called by `./dev lint`, which has built the release in build/.
set -eu
cd "$(dirname "$0")/.."

failed=
check() {
	name=$1
	shift
	if "$@"; then
		echo "ok      $name"
	else
		echo "FAILED  $name"
		failed="$failed $name"
	fi
}

formatting() {
	tools/files.sh '*.c' '*.h' | xargs -P 2 -n 64 clang-format-14 --dry-run -Werror 2>&1 |
		sed -n 's/^\([^: ]*\):[0-9].*/\1: not as .clang-format has it; .\/dev fmt formats/p' |
		sort -u | grep . && return 1
	return 0
}

# Files whose first line names a shell.
scripts() {
	tools/files.sh | grep -v '\.[ch]$' | while read -r file; do
		case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
		'#!'*bats*) ;;
		'#!'*sh) printf '%s\n' "$file" ;;
		esac
	done
}

shell() {
	scripts | xargs -P 2 -n 16 shellcheck
}

# One configuration, given as definitions: left alone cppcheck tries every combination of switches.
analysis() {
	# ports/zephyr/devices.c is a table that Zephyr's macros make.
	tools/files.sh 'src/*.c' 'ports/*.c' 'apps/*.c' 'zephyr/*.c' | grep -v ports/zephyr/devices.c |
		cppcheck --file-list=- --quiet -j 2 --std=c11 -I include \
		-D__linux__=1 -D__x86_64__=1 -D__LP64__=1 -DUINTPTR_MAX=0xffffffffffffffffu \
		-DOCRE_ENGINE_SIMD=1 -DOCRE_ENGINE_THREADS=1 -DOCRE_ENGINE_EXCEPTIONS=1 \
		-DOCRE_ENGINE_EXTENTS=0 -DOCRE_ENGINE_TAIL_DISPATCH=0 -DOCRE_ENGINE_FUSED=0 \
		--enable=warning,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=unknownMacro \
		--suppress=legacyUninitvar # does not follow calls; the compilers' own check does
}

# Every source file says its licence in its first two lines.
licence() {
	tools/files.sh '*.c' '*.h' '*.def' '*.sh' '*.cmake' '*CMakeLists.txt' '*.py' '*.ts' '*.rs' '*.cc' dev |
		while read -r file; do
			head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' ||
				echo "$file: no SPDX line"
		done | grep . && return 1
	return 0
}

check formatting formatting
check shellcheck shell
check cppcheck analysis
check licence licence
check doors tools/doors.sh
check kconfig tools/kconfig.sh
check symbols tools/symbols.sh build
[ -z "$failed" ] || {
	echo "lint.sh: failed:$failed" >&2
	exit 1
}
