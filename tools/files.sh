#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# files.sh [PATTERN...] - the project's files, each on a line: those that git has or would add, or,
# where there is no git checkout (a release archive), all but builds. A pattern is a folder or a
# shell pattern whose * also stands for slashes.
set -eu
cd "$(dirname "$0")/.."

# In a checkout that belongs to somebody else git lists nothing unless told that it may.
listed() {
	git -c safe.directory='*' ls-files -co --exclude-standard -- "$@"
}

found() {
	if [ $# -eq 0 ]; then
		set -- '*'
	fi
	for pattern; do
		find . \( -name .git -o -path './build*' -o -name .cache -o -name __pycache__ \
			-o -name node_modules \) -prune -o -type f \
			\( -path "./$pattern" -o -path "./$pattern/*" \) -print
	done | sed 's:^\./::'
}

if [ -e .git ]; then
	listed "$@"
else
	found "$@"
fi | sort -u | while IFS= read -r file; do
	# What is deleted and not yet committed.
	[ ! -f "$file" ] || printf '%s\n' "$file"
done
