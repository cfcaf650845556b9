#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# symbols.sh BUILD-DIRECTORY - what the libraries of a release build hold and need:
#   no writable static data in any library, but what the Ocre API asks for: the log level, and the
#     one state of its calls that have no argument for it;
#   every global name begins with ocre_, or is one that the Ocre API and its platform document name,
#     or of a header that ocre-v0 stands in for;
#   base and engine call nothing but memcpy and friends and the few functions of libm.
set -eu
build=$1

libraries=$(find "$build/src" "$build/ports" -name 'libocre[_-]*.a' 2>/dev/null | sort)
[ -n "$libraries" ] || {
	echo "symbols.sh: no libraries in $build: build first" >&2
	exit 1
}

status=0
for library in $libraries; do
	# Sections .data*, .bss* and thread data; .data.rel.ro is constant once loaded.
	objdump -t "$library" | awk -v library="${library##*/}" '
		/file format/ { file = $1; sub(/:$/, "", file) }
		NF >= 5 {
			section = $(NF - 2)
			if (section ~ /^\.(data|bss|tdata|tbss)/ && section !~ /^\.data\.rel\.ro/ ||
			    section == "*COM*") {
				allowed = library == "libocre_api.a" && file == "library.c.o" ||
					library == "libocre-v0.a" && file == "global.c.o" ||
					library == "libocre_platform_posix.a" && $NF == "__ocre_log_level"
				if ($NF !~ /^\./ && !allowed) {
					printf "%s: %s: writable static data: %s\n", library, file, $NF
					bad = 1
				}
			}
		}
		END { exit bad }' || status=1
	names=
	if [ "${library##*/}" = libocre-v0.a ]; then
		names='(wasm_runtime_|fs_|k_)[a-z_]*|on_ocre_healthcheck'
	fi
	nm -g --defined-only "$library" | awk -v library="${library##*/}" -v names="^($names)\$" '
		names != "^()$" && $3 ~ names { next }
		NF == 3 && $3 !~ /^(ocre_|__ocre_log_level$|user_(malloc|realloc|free)$|wamr_vtable$)/ {
			printf "%s: global name without ocre_: %s\n", library, $3
			bad = 1
		}
		END { exit bad }' || status=1
done

floor="$build/src/base/libocre_base.a"
[ ! -f "$build/src/engine/libocre_engine.a" ] || floor="$floor $build/src/engine/libocre_engine.a"
# shellcheck disable=SC2086 # a list of words
nm -g $floor | awk '
	NF == 2 && $1 == "U" { needed[$2] = 1 }
	NF == 3 { defined[$3] = 1 }
	END {
		for (name in needed) {
			if (name in defined || name == "_GLOBAL_OFFSET_TABLE_") {
				continue
			}
			# clang makes bcmp of a memcmp that asks for equality, on hosted targets.
			if (name !~ /^(mem(cpy|move|set|cmp|chr)|bcmp|str(len|cmp|ncmp|chr))$/ &&
			    name !~ /^(sqrt|ceil|floor|trunc|rint|nearbyint|fabs|copysign)f?$/) {
				printf "base and engine call %s\n", name
				bad = 1
			}
		}
		exit bad
	}' || status=1
exit $status
