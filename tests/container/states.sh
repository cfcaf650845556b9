#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# states.sh - the table of docs/lifecycle.md is that of src/container/states.def.
set -eu
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -F '[(,)]' '/^OCRE__ROW\(/ {
	line = "|"
	for (i = 2; i <= 11; i++) {
		gsub(/ /, "", $i)
		line = line " " ($i == "NO" ? "-" : $i) " |"
	}
	print line
}' src/container/states.def >"$work/def"
awk '/^<!-- states.def -->/ { on = 1; next } /^<!-- end -->/ { on = 0 } on' docs/lifecycle.md |
	tail -n +3 >"$work/doc"
[ "$(wc -l <"$work/def")" -eq 7 ]
diff "$work/def" "$work/doc" || {
	echo "docs/lifecycle.md and src/container/states.def (above: <) differ" >&2
	exit 1
}
